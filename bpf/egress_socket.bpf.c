// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_socket.bpf.c - refuses sockets that send past the hooks on destinations, unless the policy lists them.
 *
 *   socket_create (link; on 6.1 cgroup root)   socket(2), socketpair(2) and io_uring's, of every family: as asked for
 *   sock_create (cgroup root)                  inet sockets, with the type and protocol that the kernel has found; it
 *                                              can't ask which program a task is (up to 6.15)
 *
 * Sockets that the kernel makes for itself are let through: who has it make one that leads out (mounts, tunnels, SMC's TCP,
 * MPTCP's subflows) needs a mount, netlink or a socket of another family first, and those have hooks of their own.  What
 * accept(2) returns is of the listener's kind, which was judged here, or found by the seal.
 */
#include "egress_socket.bpf.h"

struct map_sock_kinds hctl_sock_kinds SEC(".maps");

/* Apart for each hook, as the verifier must know a kind. */
#define refuse_socket(kind, asked)								\
	({											\
		bool __deny = verdict(GUARD_egress);						\
		struct record *__rec = refusal_begin(kind, OBJECT_NET, __deny, key_of_number(	\
			(__u64)(asked)->family << 48 | (__u64)(asked)->type << 32 | protocol_of(asked)));	\
												\
		if (__rec) {									\
			__builtin_memset(__rec->object.net.addr, 0, sizeof(__rec->object.net.addr));	\
			__rec->object.net.family = (asked)->family;				\
			__rec->object.net.port = 0;						\
			__rec->object.net.proto = protocol_of(asked);				\
			__rec->object.net.type = (asked)->type;					\
			refusal_end(__rec);							\
		}										\
		__deny;										\
	})

static __always_inline bool refuse_asked(const struct asked *asked)
{
	/* The canary of sock_create, behind this one, which no policy lets through. */
	if (asked->proto == PROTO_CANARY && is_inet(asked) && asked->type == SOCK_RAW)
		return false;
	if (!armed() || socket_listed_for(asked, bpf_get_current_task_btf()))
		return false;
	/* Nobody may: where nothing is refused, sock_create records that. */
	if (is_inet(asked) && !verdict(GUARD_egress) && !socket_listed(asked))
		return false;
	return refuse_socket(KIND_egress_socket_create_socket_type, asked);
}

SEC("?lsm/socket_create")
int BPF_PROG(egress__socket_create, int family, int type, int protocol, int kern, int ret)
{
	struct asked asked = { .family = family, .type = type, .proto = protocol };

	if (ret || kern || is_ordinary(&asked))
		return ret;
	return answer_link(refuse_asked(&asked));
}

/* On 6.1, where pins can be lost: a packet socket would break the promise. */
SEC("?lsm_cgroup/socket_create")
int BPF_PROG(egress__socket_create_root, int family, int type, int protocol, int kern)
{
	struct asked asked = { .family = family, .type = type, .proto = protocol };

	if (kern || is_ordinary(&asked))
		return 1;
	return answer_cgroup(refuse_asked(&asked));
}

static __always_inline bool mark_raw(struct bpf_sock *ctx)
{
	struct socket_tag *tag = bpf_sk_storage_get(&hctl_sockets, ctx, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (!tag)
		return false;
	tag->flags |= SOCKET_RAW;
	return true;
}

SEC("cgroup/sock_create")
int egress__sock_create(struct bpf_sock *ctx)
{
	struct asked asked = { .family = ctx->family, .type = ctx->type, .proto = ctx->protocol };

	if (is_tcp_or_udp(&asked))
		return 1;
	/* What the kernel sends for itself, by raw sockets too, may do more. */
	if (asked.type == SOCK_RAW && !mark_raw(ctx) && armed() && verdict(GUARD_egress))
		return answer_cgroup(true);
	if (!armed() || socket_listed(&asked))
		return 1;
	return answer_cgroup(refuse_socket(KIND_egress_sock_create_socket_type, &asked));
}
