// SPDX-License-Identifier: GPL-2.0-only
/* net.c - networks, ports and numbers as text. Pure. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "net.h"
#include "text.h"

#define ADDRESS_LEN	INET6_ADDRSTRLEN	/* the longest address, with its NUL */

__attribute__((format(printf, 2, 3)))
static int wrong(struct net_why *ret_why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_why->text, sizeof(ret_why->text), format, args);
	va_end(args);
	return -EINVAL;
}

int net_parse_number(const char *text, __u64 max, __u64 *ret_number)
{
	__u64 number = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return -EINVAL;
	for (const char *p = text; *p; p++)
		if (*p < '0' || *p > '9')
			return -EINVAL;
	for (const char *p = text; *p; p++) {
		__u64 digit = *p - '0';

		if (number > (max - digit) / 10 || digit > max)
			return -ERANGE;
		number = 10 * number + digit;
	}
	*ret_number = number;
	return 0;
}

void net_mask(__u8 *addr, size_t size, unsigned int len)
{
	for (size_t i = 0; i < size; i++) {
		unsigned int kept = len > 8 * i ? len - 8 * i : 0;

		if (kept < 8)
			addr[i] &= 0xff00 >> kept;
	}
}

void net_format_cidr(const struct cidr *cidr, char ret_text[NET_TEXT])
{
	char address[ADDRESS_LEN] = "?";

	inet_ntop(cidr->family, cidr->addr, address, sizeof(address));
	snprintf(ret_text, NET_TEXT, "%s/%u", address, cidr->len);
}

static int no_address(const char *text, size_t len, struct net_why *ret_why)
{
	struct text_quote quote = text_quote(text, len);
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)len, text);
	if (text[len] == '/' && net_is_name(name))
		return wrong(ret_why, "'%s' is a host name, which has no prefix length", quote.s);
	if (!strcmp(text, "any") || !strcmp(text, "all") || !strcmp(text, "*"))
		return wrong(ret_why, "'%s' is not an address: for every one, list "
			     "0.0.0.0/0 and ::/0", quote.s);
	if (memchr(text, '%', len))
		return wrong(ret_why, "'%s' has a zone: a policy can't be bound to an interface",
			     quote.s);
	if (memchr(text, ':', len))
		return wrong(ret_why, "'%s' is not an IPv6 address", quote.s);
	if (strspn(text, "0123456789.") >= len)
		return wrong(ret_why, "'%s' is not an IPv4 address", quote.s);
	return wrong(ret_why, "'%s' is neither an address nor a host name", quote.s);
}

/* RFC 1123, section 2.1.  What inet_aton() would take for an address, such as 10.1 or 0x7f.1, has no such last label. */
bool net_is_name(const char *text)
{
	const char *label = text;
	size_t len = strlen(text);

	if (!len || len > 253)
		return false;
	for (;;) {
		size_t size = strspn(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

		if (!size || size > 63 || label[0] == '-' || label[size - 1] == '-' || (label[size] && label[size] != '.'))
			return false;
		if (!label[size] || !label[size + 1])
			return strspn(label, "0123456789") < size && strncmp(label, "0x", 2);
		label += size + 1;
	}
}

static int host_bits(const char *text, const struct cidr *given, const struct cidr *network,
		     struct net_why *ret_why)
{
	struct cidr host = *given;
	char network_text[NET_TEXT], host_text[NET_TEXT];

	host.len = host.family == AF_INET ? 32 : 128;
	net_format_cidr(network, network_text);
	net_format_cidr(&host, host_text);
	return wrong(ret_why, "'%s' has bits set beyond its prefix: write '%s' for the network "
		     "or '%s' for the host", text_quote(text, strlen(text)).s, network_text,
		     host_text);
}

int net_parse_cidr(const char *text, struct cidr *ret_cidr, struct net_why *ret_why)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text), size;
	struct cidr given = { 0 }, network;
	char address[ADDRESS_LEN];
	__u64 bits;

	if (!len || len >= sizeof(address))
		return no_address(text, len, ret_why);
	memcpy(address, text, len);
	address[len] = 0;
	given.family = memchr(address, ':', len) ? AF_INET6 : AF_INET;
	if (inet_pton(given.family, address, given.addr) != 1)
		return no_address(text, len, ret_why);
	size = given.family == AF_INET ? 4 : 16;
	bits = 8 * size;
	if (slash && net_parse_number(slash + 1, 8 * size, &bits))
		return wrong(ret_why, "'%s' has a wrong prefix length: 0 to %zu are possible",
			     text_quote(text, strlen(text)).s, 8 * size);
	given.len = bits;
	network = given;
	net_mask(network.addr, size, network.len);
	if (memcmp(network.addr, given.addr, size))
		return host_bits(text, &given, &network, ret_why);
	/* The kernel side sees loopback in its place, so it would never match. */
	if (network.len == 8 * size && !memcmp(network.addr, (const __u8 [16]){ 0 }, size))
		return wrong(ret_why, "'%s' is nobody's address: write '%s/0' for every address",
			     text_quote(text, strlen(text)).s, address);
	*ret_cidr = network;
	return 0;
}

static int parse_port(const char *text, __u16 *ret_port)
{
	__u64 number;

	if (net_parse_number(text, 65535, &number) || !number)
		return -EINVAL;
	*ret_port = number;
	return 0;
}

int net_parse_ports(const char *text, struct port_range *ret_ports, struct net_why *ret_why)
{
	struct text_quote quote = text_quote(text, strlen(text));
	const char *dash = strchr(text, '-');
	struct port_range ports;
	char low[8] = "";

	if (dash && (size_t)(dash - text) < sizeof(low))
		memcpy(low, text, dash - text);
	if (parse_port(dash ? low : text, &ports.lo) ||
	    parse_port(dash ? dash + 1 : text, &ports.hi))
		return wrong(ret_why, "'%s' is not a port (1 to 65535) or a range of ports "
			     "(LOW-HIGH)", quote.s);
	if (ports.lo > ports.hi)
		return wrong(ret_why, "port range '%s' runs backwards: write '%u-%u'", quote.s,
			     ports.hi, ports.lo);
	*ret_ports = ports;
	return 0;
}
