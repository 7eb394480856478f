// SPDX-License-Identifier: GPL-2.0-only
/* attempts_net.c - what the egress and ingress guards refuse, to be tried for real. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "attempts.h"
#include "attempts_parts.h"
#include "set.h"
#include "util.h"

#define PACKET_WAITS	20
#define PACKET_WAIT_MS	10
#define PORTS_TRIED	1024

/* Documentation networks (RFC 5737, RFC 3849): nobody's, so hardly listed unless everything is. */
static const char *const nobody4[] = { "192.0.2.1", "198.51.100.1", "203.0.113.1", "240.0.0.1" };
static const char *const nobody6[] = { "2001:db8::1", "100::1", "2001:2::1" };

/* What the policy says of an address. */
struct listing {
	struct port_rule rule[SPAN_MAX];
	__u32 count;
};

static void list(int trie, int ports, const void *key, struct listing *ret_listing)
{
	struct span span;
	__u32 index;

	ret_listing->count = 0;
	if (bpf_map_lookup_elem(trie, key, &span))
		return;
	for (__u32 i = 0; i < span.count && ret_listing->count < SPAN_MAX; i++) {
		index = span.first + i;
		if (!bpf_map_lookup_elem(ports, &index, &ret_listing->rule[ret_listing->count]))
			ret_listing->count++;
	}
}

static bool lists(const struct listing *listing, __u16 port, __u8 proto)
{
	for (__u32 i = 0; i < listing->count; i++) {
		const struct port_rule *rule = &listing->rule[i];

		if (rule->lo <= port && port <= rule->hi && (!rule->proto || rule->proto == proto))
			return true;
	}
	return false;
}

static bool listed(int trie, int ports, const void *key, __u16 port, __u8 proto)
{
	struct listing listing;

	list(trie, ports, key, &listing);
	return lists(&listing, port, proto);
}

/* Finds a UDP destination that the set does not list. */
static bool unlisted4(const struct set_info *set, struct sockaddr_in *ret_to)
{
	_cleanup_close_ int trie = set_map(set->map_trie4), ports = set_map(set->map_ports);

	for (size_t i = 0; trie >= 0 && ports >= 0 && i < ARRAY_SIZE(nobody4); i++) {
		struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
		struct lpm4 key = { .prefixlen = 32 };

		inet_pton(AF_INET, nobody4[i], &to.sin_addr);
		memcpy(key.addr, &to.sin_addr, sizeof(key.addr));
		if (!listed(trie, ports, &key, 9, IPPROTO_UDP)) {
			*ret_to = to;
			return true;
		}
	}
	return false;
}

static bool unlisted6(const struct set_info *set, struct sockaddr_in6 *ret_to)
{
	_cleanup_close_ int trie = set_map(set->map_trie6), ports = set_map(set->map_ports);

	for (size_t i = 0; trie >= 0 && ports >= 0 && i < ARRAY_SIZE(nobody6); i++) {
		struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(9) };
		struct lpm6 key = { .prefixlen = 128 };

		inet_pton(AF_INET6, nobody6[i], &to.sin6_addr);
		memcpy(key.addr, &to.sin6_addr, sizeof(key.addr));
		if (!listed(trie, ports, &key, 9, IPPROTO_UDP)) {
			*ret_to = to;
			return true;
		}
	}
	return false;
}

/* A datagram socket's connect sends nothing, whether it passes or not. */
static int udp_connect(int family, const void *to, socklen_t len)
{
	_cleanup_close_ int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return CANNOT_TRY;
	if (!connect(fd, to, len))
		return 0;
	return errno == EPERM || errno == EACCES ? errno : 0;
}

int try_connect4(const struct set_info *set)
{
	struct sockaddr_in to;

	return unlisted4(set, &to) ? udp_connect(AF_INET, &to, sizeof(to)) : CANNOT_TRY;
}

int try_connect6(const struct set_info *set)
{
	struct sockaddr_in6 to;

	return unlisted6(set, &to) ? udp_connect(AF_INET6, &to, sizeof(to)) : CANNOT_TRY;
}

/* Bound to the loopback device: a datagram that passes goes no further. */
int try_sendmsg4(const struct set_info *set)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to;

	if (fd < 0 || !unlisted4(set, &to) ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", sizeof("lo")))
		return CANNOT_TRY;
	if (sendto(fd, "", 1, 0, (struct sockaddr *)&to, sizeof(to)) >= 0)
		return 0;
	return errno == EPERM || errno == EACCES ? errno : 0;
}

/* A protocol that no policy can list: socket_create leaves it to the hook behind it. */
int try_raw_socket(const struct set_info *set)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, PROTO_CANARY);

	(void)set;
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* There is none without a family, which the kernel says after it has asked. */
int try_socket(const struct set_info *set)
{
	int fd = socket(AF_UNSPEC, SOCK_RAW | SOCK_CLOEXEC, 0);

	(void)set;
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* No options, which is what it has anyway. */
int try_socket_option(const struct set_info *set)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)set;
	if (fd < 0)
		return CANNOT_TRY;
	return setsockopt(fd, SOL_IP, IP_OPTIONS, NULL, 0) ? errno : 0;
}

/* There is no such family. */
int try_message(const struct set_info *set)
{
	struct nlmsghdr message = { .nlmsg_len = sizeof(message), .nlmsg_type = CANARY_MESSAGE, .nlmsg_flags = NLM_F_REQUEST };
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	if (set->netlink_open || fd < 0)
		return CANNOT_TRY;
	return send(fd, &message, sizeof(message), 0) < 0 ? errno : 0;
}

/* No protocol of sockets knows it, nor do devices. */
int try_socket_ioctl(const struct set_info *set)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)set;
	if (fd < 0)
		return CANNOT_TRY;
	return ioctl(fd, CANARY_IOCTL, NULL) && errno == EPERM ? errno : 0;
}

int try_table(const struct set_info *set)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)set;
	if (fd < 0)
		return CANNOT_TRY;
	return setsockopt(fd, SOL_IP, CANARY_OPTION, NULL, 0) && errno == EPERM ? errno : 0;
}

/* What is marked so is nobody's, although we made it; the kernel chooses a name for it. */
static int canary_socket(int type)
{
	const struct sockaddr at = { .sa_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0), mark = MARK_CANARY;

	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) ||
			bind(fd, &at, sizeof(at.sa_family)) || (type == SOCK_STREAM && listen(fd, 1))))
		close_fd(&fd);
	return fd;
}

static int try_unix(const struct set_info *set, int type)
{
	_cleanup_close_ int to = set->egress_unix ? canary_socket(type) : -1;
	_cleanup_close_ int from = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);

	if (to < 0 || from < 0 || getsockname(to, (struct sockaddr *)&at, &len))
		return CANNOT_TRY;
	return connect(from, (struct sockaddr *)&at, len) ? errno : 0;
}

int try_unix_stream(const struct set_info *set)
{
	return try_unix(set, SOCK_STREAM);
}

int try_unix_datagram(const struct set_info *set)
{
	return try_unix(set, SOCK_DGRAM);
}

/* Nobody's address.  Only who may have the socket gets as far as that. */
int try_vsock(const struct set_info *set)
{
	const struct sockaddr_vm at = { .svm_family = AF_VSOCK, .svm_cid = VSOCK_ANY, .svm_port = VSOCK_ANY };
	_cleanup_close_ int fd = set->vsock_open ? socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;

	if (fd < 0)
		return CANNOT_TRY;
	return connect(fd, (const struct sockaddr *)&at, sizeof(at)) && errno == EPERM ? errno : 0;
}

/* A socket that sends to itself: where the packet programs are gone it arrives, and goes no further. */
static int canary_to_self(__u32 addr, struct sockaddr_in *ret_to)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*ret_to);

	*ret_to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(addr) };
	if (fd >= 0 && !bind(fd, (struct sockaddr *)ret_to, len) && !getsockname(fd, (struct sockaddr *)ret_to, &len))
		return fd;
	close_fd(&fd);
	return -1;
}

int try_packet_out(const struct set_info *set)
{
	struct sockaddr_in to;
	_cleanup_close_ int fd = canary_to_self(CANARY_OUT, &to);

	(void)set;
	if (fd < 0)
		return CANNOT_TRY;
	if (sendto(fd, "", 1, 0, (struct sockaddr *)&to, sizeof(to)) >= 0)
		return 0;
	return errno == EPERM ? errno : CANNOT_TRY;
}

/* The sender is not told: it either arrives or is counted, at once or as soon as the kernel gets to it. */
int try_packet_in(const struct set_info *set)
{
	struct sockaddr_in to;
	_cleanup_close_ int fd = canary_to_self(CANARY_IN, &to);
	_cleanup_close_ int map = set_map(set->map_proof);
	__u32 kind = KIND_ingress_skb_ingress_unlisted;
	__u64 before = 0, now = 0;

	if (fd < 0 || map < 0 || bpf_map_lookup_elem(map, &kind, &before))
		return CANNOT_TRY;
	if (sendto(fd, "", 1, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		return CANNOT_TRY;
	for (int i = 0; i < PACKET_WAITS; i++) {
		if (!bpf_map_lookup_elem(map, &kind, &now) && now != before)
			return EPERM;
		if (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, PACKET_WAIT_MS) > 0)
			return 0;
	}
	return 0;
}

/* Where somebody may listen.  False: that can't be told. */
static bool list_listening(const struct set_info *set, struct listing *ret_listing)
{
	_cleanup_close_ int trie = set_map(set->map_from4);
	_cleanup_close_ int ports = set_map(set->map_ports);
	struct lpm4 key = { .prefixlen = 32, .addr = { 255, 255, 255, 255 } };

	if (trie < 0 || ports < 0)
		return false;
	list(trie, ports, &key, ret_listing);
	return true;
}

/* 0: there is none. */
static __u16 unlisted_port(const struct set_info *set)
{
	struct listing listing;

	if (!list_listening(set, &listing))
		return 0;
	for (__u16 port = 1; port < PORTS_TRIED; port++)
		if (!lists(&listing, port, IPPROTO_UDP))
			return port;
	return 0;
}

static int try_bind(const struct set_info *set, int family)
{
	_cleanup_close_ int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 at6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in at4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	at4.sin_port = at6.sin6_port = htons(unlisted_port(set));
	if (fd < 0 || !at4.sin_port)
		return CANNOT_TRY;
	if (!(family == AF_INET ? bind(fd, (struct sockaddr *)&at4, sizeof(at4)) : bind(fd, (struct sockaddr *)&at6, sizeof(at6))))
		return 0;
	return errno == EPERM ? errno : CANNOT_TRY;
}

int try_bind4(const struct set_info *set)
{
	return try_bind(set, AF_INET);
}

int try_bind6(const struct set_info *set)
{
	return try_bind(set, AF_INET6);
}

/* On no port yet, which only who may listen on all of them is let do; it is closed at once. */
int try_listen(const struct set_info *set)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct listing listing;

	if (fd < 0 || !list_listening(set, &listing) || lists(&listing, 0, IPPROTO_TCP))
		return CANNOT_TRY;
	return listen(fd, 0) ? errno : 0;
}
