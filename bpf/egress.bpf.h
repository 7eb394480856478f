/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * egress.bpf.h - whether the policy lists a destination: for the guard, and for the seal's scan, which asks
 * it about sockets that were connected before.
 */
#ifndef HARDENCTL_EGRESS_BPF_H
#define HARDENCTL_EGRESS_BPF_H

#include "core.bpf.h"

#include <bpf/bpf_endian.h>

#define AF_INET		2
#define AF_INET6	10
#define SOCK_STREAM	1
#define SOCK_DGRAM	2
#define IPPROTO_TCP	6
#define IPPROTO_UDP	17

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

extern struct map_trie4 hctl_trie4 SEC(".maps");
extern struct map_trie6 hctl_trie6 SEC(".maps");
extern struct map_ports hctl_ports SEC(".maps");

/* Where bytes would go, normalised. */
struct target {
	__u32 addr[4];		/* network order; addr[0] alone for AF_INET */
	__u16 family;
	__u16 port;
	__u8 proto;
	__u8 type;
};

/* As the kernel will use it: v4-mapped as IPv4, and the unspecified address as loopback. */
static __always_inline void normalise6(struct target *t)
{
	if (!t->addr[0] && !t->addr[1] && t->addr[2] == bpf_htonl(0xffff)) {
		t->family = AF_INET;
		t->addr[0] = t->addr[3] ?: bpf_htonl(0x7f000001);
		t->addr[2] = 0;
		t->addr[3] = 0;
	} else if (!t->addr[0] && !t->addr[1] && !t->addr[2] && !t->addr[3]) {
		t->addr[3] = bpf_htonl(1);
	}
}

static __always_inline bool listed(const struct target *t)
{
	struct lpm4 key4 = { .prefixlen = 32 };
	struct lpm6 key6 = { .prefixlen = 128 };
	struct port_rule *rule;
	struct span *span;
	__u32 index;

	if (t->family == AF_INET) {
		__builtin_memcpy(key4.addr, t->addr, sizeof(key4.addr));
		span = bpf_map_lookup_elem(&hctl_trie4, &key4);
	} else {
		__builtin_memcpy(key6.addr, t->addr, sizeof(key6.addr));
		span = bpf_map_lookup_elem(&hctl_trie6, &key6);
	}
	if (!span)
		return false;
	for (__u32 i = 0; i < SPAN_MAX; i++) {
		if (i >= span->count)
			break;
		index = span->first + i;
		rule = bpf_map_lookup_elem(&hctl_ports, &index);
		if (rule && rule->lo <= t->port && t->port <= rule->hi &&
		    (!rule->proto || rule->proto == t->proto))
			return true;
	}
	return false;
}

#endif
