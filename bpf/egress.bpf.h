/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * egress.bpf.h - whether the policy lists a destination: for the guard, and for the seal's scan, which asks
 * it about sockets that were connected before.
 */
#ifndef HARDENCTL_EGRESS_BPF_H
#define HARDENCTL_EGRESS_BPF_H

#include "core.bpf.h"

#include <bpf/bpf_endian.h>

#define AF_UNIX		1
#define AF_INET		2
#define AF_INET6	10
#define SOCK_STREAM	1
#define SOCK_DGRAM	2
#define SOCK_RAW	3
#define IPPROTO_TCP	6
#define IPPROTO_UDP	17
#define IPPROTO_ICMP	1
#define IPPROTO_ICMPV6	58
#define TCP_SYN_SENT	2
#define TCP_CLOSE	7
#define TCP_LISTEN	10

struct map_trie4 {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lpm4);
	__type(value, struct span);
};

struct map_trie6 {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lpm6);
	__type(value, struct span);
};

struct map_ports {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	/*
	 * No BPF_F_RDONLY_PROG: on a frozen array with it the verifier takes each read for that of a constant,
	 * which it can only do where there is one element, so that the scan's programs would not load.
	 */
	__type(key, __u32);
	__type(value, struct port_rule);
};

/* egress.allow, by where it goes; ingress.allow, by where it comes from. */
extern struct map_trie4 hctl_trie4 SEC(".maps");
extern struct map_trie4 hctl_from4 SEC(".maps");
extern struct map_trie6 hctl_from6 SEC(".maps");
extern struct map_trie6 hctl_trie6 SEC(".maps");
extern struct map_ports hctl_ports SEC(".maps");

#define LOOPBACK_INDEX	1	/* include/net/flow.h: the loopback device of every network namespace */

#define BY_ANY		(~0u)	/* for whom is not known, and need not be: rows of every program */

/* Where bytes would go, normalised, and for whom. */
struct target {
	__u32 addr[4];		/* network order; addr[0] alone for AF_INET */
	__u16 family;
	__u16 port;
	__u8 proto;		/* IPPROTO_ICMP for ICMPv6, too */
	__u8 type, pad[2];	/* all of it is read by another function, which the verifier wants initialised */
	__u32 uid;		/* of who sends, for rows with a user; UID_ANY: that was asked before */
	__u32 by;		/* the row's number of the program that made the socket; 0: none that has a row; BY_ANY */
};

/*
 * The number of the program that made a socket.  Which one asks now is of no matter: these hooks can't tell up to 6.15.
 * Of a socket that was made before the load, or while the pins were lost, nothing is known, and no row with a program
 * is for it.
 */
static __always_inline __u32 number_of(const struct socket_tag *tag)
{
	struct identity *identity;
	struct file_id id;

	if (!tag)
		return 0;
	id = tag->program;
	identity = bpf_map_lookup_elem(&hctl_identities, &id);
	return identity && !is_stale(identity, &id) ? identity->by : 0;
}

static __always_inline __u32 maker_of(void *sk)
{
	return number_of(bpf_sk_storage_get(&hctl_sockets, sk, NULL, 0));
}

/* Notes that a socket's sending is recorded; whether it was before.  Each of its packets would be a record, otherwise. */
static __always_inline bool note_recorded(void *sk)
{
	struct socket_tag *tag = bpf_sk_storage_get(&hctl_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	bool before = tag && (tag->flags & SOCKET_RECORDED);

	if (tag)
		tag->flags |= SOCKET_RECORDED;
	return before;
}

static __always_inline bool is_icmp(__u8 proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

/* v4-mapped as IPv4. */
static __always_inline bool unmap6(struct target *t)
{
	if (t->addr[0] || t->addr[1] || t->addr[2] != bpf_htonl(0xffff))
		return false;
	t->family = AF_INET;
	t->addr[0] = t->addr[3];
	t->addr[2] = 0;
	t->addr[3] = 0;
	return true;
}

/* As the kernel will use it: the unspecified address as loopback, too. */
static __always_inline void normalise6(struct target *t)
{
	if (unmap6(t))
		t->addr[0] = t->addr[0] ?: bpf_htonl(0x7f000001);
	else if (!t->addr[0] && !t->addr[1] && !t->addr[2] && !t->addr[3])
		t->addr[3] = bpf_htonl(1);
}

/* Not inline: the verifier looks into each call that is on its own, which took a load half a minute. */
__noinline int ports_list(__u32 first, __u32 count, const struct target *t, __u16 port)
{
	struct port_rule *rule;
	__u32 index;

	if (!t)
		return false;
	for (__u32 i = 0; i < SPAN_MAX; i++) {
		if (i >= count)
			break;
		index = first + i;
		rule = bpf_map_lookup_elem(&hctl_ports, &index);
		if (rule && rule->lo <= port && port <= rule->hi &&
		    (rule->proto ? rule->proto == t->proto : t->proto != IPPROTO_ICMP) &&
		    (!config.egress_by || !rule->by || t->by == BY_ANY || rule->by == t->by) &&
		    (!config.egress_user || rule->uid == UID_ANY || t->uid == UID_ANY || rule->uid == t->uid))
			return true;
	}
	return false;
}

static __always_inline bool span_lists(const struct span *span, const struct target *t, __u16 port)
{
	return span && ports_list(span->first, span->count, t, port);
}

static __always_inline bool lists4(struct map_trie4 *trie, __u32 addr, const struct target *t, __u16 port)
{
	struct lpm4 key = { .prefixlen = 32 };

	__builtin_memcpy(key.addr, &addr, sizeof(key.addr));
	return span_lists(bpf_map_lookup_elem(trie, &key), t, port);
}

/*
 * The IPv4 address to which some router or tunnel would send it on: that of 6to4, NAT64 (RFC 6052, and RFC 8215 where the
 * prefix has 96 bits), and v4-compatible ones.
 */
static __always_inline bool has_inner(const __u32 addr[4], __u32 *ret_addr)
{
	*ret_addr = addr[3];
	if ((addr[0] & bpf_htonl(0xffff0000)) == bpf_htonl(0x20020000)) {
		*ret_addr = addr[0] >> 16 | addr[1] << 16;
		return true;
	}
	if (addr[0] == bpf_htonl(0x0064ff9b))
		return (!addr[1] && !addr[2]) || (addr[1] & bpf_htonl(0xffff0000)) == bpf_htonl(0x00010000);
	return !addr[0] && !addr[1] && !addr[2] && addr[3] != bpf_htonl(1);
}

/* By the two tables that a list of the policy comes to. */
static __always_inline bool lists(struct map_trie4 *trie4, struct map_trie6 *trie6, const struct target *t, __u16 port)
{
	struct lpm6 key = { .prefixlen = 128 };
	__u32 inner;

	if (t->family == AF_INET)
		return lists4(trie4, t->addr[0], t, port);
	__builtin_memcpy(key.addr, t->addr, sizeof(key.addr));
	return span_lists(bpf_map_lookup_elem(trie6, &key), t, port) &&
	       (!has_inner(t->addr, &inner) || lists4(trie4, inner, t, port));
}

static __always_inline bool listed(const struct target *t)
{
	return lists(&hctl_trie4, &hctl_trie6, t, t->port);
}

/* Whether the policy has somebody there send to the port. */
static __always_inline bool listed_from(const struct target *t, __u16 port)
{
	return lists(&hctl_from4, &hctl_from6, t, port);
}

#endif
