/* SPDX-License-Identifier: GPL-2.0-only */
/* net.h - networks, ports and numbers as text. Pure. */
#ifndef HARDENCTL_NET_H
#define HARDENCTL_NET_H

#include "policy.h"

#define NET_TEXT	64	/* a network as text: "addr/len", with its NUL */
#define NET_WHY		256	/* why a text is wrong, with its NUL */

struct net_why {
	char text[NET_WHY];
};

/*
 * "ADDRESS" or "ADDRESS/LEN", v4 or v6, no host bits, no zone. Returns 0, or -EINVAL and
 * what is wrong in *ret_why (the values in it are escaped).
 */
int net_parse_cidr(const char *text, struct cidr *ret_cidr, struct net_why *ret_why);

/* Whether it has the form of a host name: labels of letters, digits and hyphens, the last not all digits. */
bool net_is_name(const char *text);

/* "PORT" or "LOW-HIGH", 1 to 65535. */
int net_parse_ports(const char *text, struct port_range *ret_ports, struct net_why *ret_why);

/* A decimal number without sign, blanks or leading zeros. Returns 0, -EINVAL or -ERANGE. */
int net_parse_number(const char *text, __u64 max, __u64 *ret_number);

void net_format_cidr(const struct cidr *cidr, char ret_text[NET_TEXT]);

/* Zeroes the bits of `addr` (4 or 16 bytes) from bit `len` on. */
void net_mask(__u8 *addr, size_t size, unsigned int len);

#endif
