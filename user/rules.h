/* SPDX-License-Identifier: GPL-2.0-only */
/* rules.h - from a policy to rows for the kernel's maps.  Pure. */
#ifndef HARDENCTL_RULES_H
#define HARDENCTL_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"
#include "diag.h"
#include "policy.h"

struct trie_row {
	struct cidr net;
	struct span span;
};

/* What becomes of egress.allow, or of ingress.allow. */
struct net_table {
	struct trie_row *rows;	/* each network once */
	size_t n_rows, n_rows4;	/* all; those of them that are AF_INET */
	bool unresolved;	/* it names users or hosts that were not looked up: of no use to a kernel */
};

struct rules {
	struct net_table egress, ingress;
	struct port_rule *ports;	/* of both, those of egress first */
	size_t n_ports;
	bool by, user;		/* some of them are for one program; for one user */
};

/* Who sends where; or to which port of ours, and whence. */
struct flow {
	int family;
	__u8 addr[16];		/* of the other side, in network order; the first four bytes for AF_INET */
	__u16 port;		/* host order; of ICMP any */
	__u8 proto;		/* IPPROTO_ICMP: ICMPv6, too */
	__u16 by;		/* number of the program that made the socket: its index in the policy, from 1; 0: another one */
	__u32 uid;
};

/*
 * The longest matching prefix alone decides in the kernel, so each row carries the ports of every
 * rule whose network contains it; equal spans are stored once, overlapping ranges merged, and networks
 * left out that say no more than the one around them.  Multicast, broadcast and scoped addresses have rows
 * of their own, which carry nothing of networks around them.
 * In the table of ingress.allow the row of 255.255.255.255, which nothing comes from, has the ports of all entries, whatever
 * they are for: asked where nobody has sent anything yet.
 * v4-mapped v6 networks (::ffff:0:0/96 and longer) become v4 ones, as the kernel side normalises
 * addresses before it looks them up.  Entries that allow nothing that others don't are warned about.
 * Returns 0 and rules that the caller frees; -EINVAL with a located diag where more than SPAN_MAX port
 * rules meet on one address; -ENOMEM.
 */
int rules_compile(const struct policy *policy, struct diags *diags, struct rules **ret_rules);

/* Of GUARD_egress or GUARD_ingress. */
const struct net_table *rules_table(const struct rules *rules, __u32 guard);

/* Asks the rows of a guard as the kernel does: longest prefix, then its span; for an IPv4 address within an IPv6 one, too. */
bool rules_match(const struct rules *rules, __u32 guard, const struct flow *flow);

/*
 * The IPv4 address to which some router or tunnel would send on what goes to an IPv6 one: 6to4, NAT64, v4-compatible.
 * False: there is none.
 */
bool rules_inner(const __u8 addr[16], struct cidr *ret_net);

void rules_free(struct rules *rules);

#endif
