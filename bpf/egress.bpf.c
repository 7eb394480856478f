// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress.bpf.c - refuses every IPv4 and IPv6 destination that the policy does not list.
 *
 *   connect4, connect6 (cgroup root)   TCP and UDP connect; TCP fast open too: it passes
 *                                      sk_prot->pre_connect although no LSM hook sees it
 *   sendmsg4, sendmsg6 (cgroup root)   UDP with an address of its own; connected sends pay nothing
 *   sock_create (cgroup root)          inet sockets whose destinations the four above do not see
 *
 * None of these needs a trampoline.  An address is looked up as the kernel will use it: v4-mapped
 * ones as IPv4 and the unspecified address, which connects to this host, as loopback.
 */
#include "core.bpf.h"

#include <bpf/bpf_endian.h>

#define AF_INET		2
#define AF_INET6	10
#define SOCK_STREAM	1
#define SOCK_DGRAM	2
#define IPPROTO_TCP	6
#define IPPROTO_UDP	17

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lpm4);
	__type(value, struct span);
} hctl_trie4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lpm6);
	__type(value, struct span);
} hctl_trie6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct port_rule);
} hctl_ports SEC(".maps");

/* Where bytes would go, normalised. */
struct target {
	__u32 addr[4];		/* network order; addr[0] alone for AF_INET */
	__u16 family;
	__u16 port;
	__u8 proto;
	__u8 type;
};

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

static __always_inline int judge_target(const struct target *t, __u32 kind)
{
	struct record *rec;
	bool deny;

	if ((t->proto == IPPROTO_TCP || t->proto == IPPROTO_UDP) && listed(t))
		return 1;
	if (!armed())
		return 1;
	deny = verdict(GUARD_egress);
	rec = refusal_begin(kind, OBJECT_NET, deny);
	if (rec) {
		__builtin_memcpy(rec->object.net.addr, t->addr, sizeof(rec->object.net.addr));
		rec->object.net.family = t->family;
		rec->object.net.port = t->port;
		rec->object.net.proto = t->proto;
		rec->object.net.type = t->type;
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}

static __always_inline int judge4(struct bpf_sock_addr *ctx, __u32 kind)
{
	struct target t = {
		.addr = { ctx->user_ip4 },
		.family = AF_INET,
		.port = bpf_ntohs(ctx->user_port),
		.proto = ctx->protocol,
		.type = ctx->type,
	};

	if (!t.addr[0])
		t.addr[0] = bpf_htonl(0x7f000001);
	return judge_target(&t, kind);
}

static __always_inline int judge6(struct bpf_sock_addr *ctx, __u32 kind)
{
	struct target t = {
		.addr = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] },
		.family = AF_INET6,
		.port = bpf_ntohs(ctx->user_port),
		.proto = ctx->protocol,
		.type = ctx->type,
	};

	if (!t.addr[0] && !t.addr[1] && t.addr[2] == bpf_htonl(0xffff)) {
		t.family = AF_INET;
		t.addr[0] = t.addr[3] ?: bpf_htonl(0x7f000001);
		t.addr[2] = 0;
		t.addr[3] = 0;
	} else if (!t.addr[0] && !t.addr[1] && !t.addr[2] && !t.addr[3]) {
		t.addr[3] = bpf_htonl(1);
	}
	return judge_target(&t, kind);
}

SEC("cgroup/connect4")
int egress__connect4(struct bpf_sock_addr *ctx)
{
	return judge4(ctx, KIND_egress_connect4_unlisted);
}

SEC("cgroup/connect6")
int egress__connect6(struct bpf_sock_addr *ctx)
{
	return judge6(ctx, KIND_egress_connect6_unlisted);
}

SEC("cgroup/sendmsg4")
int egress__sendmsg4(struct bpf_sock_addr *ctx)
{
	return judge4(ctx, KIND_egress_sendmsg4_unlisted);
}

SEC("cgroup/sendmsg6")
int egress__sendmsg6(struct bpf_sock_addr *ctx)
{
	return judge6(ctx, KIND_egress_sendmsg6_unlisted);
}

/* Raw, ping, UDP-Lite, SCTP, MPTCP ... sockets send past the hooks above. */
SEC("cgroup/sock_create")
int egress__sock_create(struct bpf_sock *ctx)
{
	struct record *rec;
	bool deny;

	if ((ctx->type == SOCK_STREAM && ctx->protocol == IPPROTO_TCP) ||
	    (ctx->type == SOCK_DGRAM && ctx->protocol == IPPROTO_UDP) || !armed())
		return 1;
	deny = verdict(GUARD_egress);
	rec = refusal_begin(KIND_egress_sock_create_socket_type, OBJECT_NET, deny);
	if (rec) {
		__builtin_memset(rec->object.net.addr, 0, sizeof(rec->object.net.addr));
		rec->object.net.family = ctx->family;
		rec->object.net.port = 0;
		rec->object.net.proto = ctx->protocol;
		rec->object.net.type = ctx->type;
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}
