// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress.bpf.c - refuses every IPv4 and IPv6 destination that the policy does not list.
 *
 *   connect4, connect6 (cgroup root)   TCP and UDP connect; TCP fast open too: it passes
 *                                      sk_prot->pre_connect although no LSM hook sees it
 *   sendmsg4, sendmsg6 (cgroup root)   UDP with an address of its own; connected sends pay nothing
 *   socket_post_create (link)          only where entries have `by`, or there is egress.unix: notes which
 *                                      program made a socket.  Expendable: without a note no such entry
 *                                      allows anything
 *
 * But for the last, none of these needs a trampoline.  Sockets whose destinations they do not see are
 * egress_socket.bpf.c's; what packets say is egress_packet.bpf.c's.  An address is looked up as the kernel will use it: v4-mapped ones as IPv4 and the unspecified
 * address, which connects to this host, as loopback.  Which addresses an entry for a wider network does not list is in the
 * rows already: see user/rules.c.
 */
#include "core.bpf.h"
#include "egress.bpf.h"

struct map_trie4 hctl_trie4 SEC(".maps");
struct map_trie6 hctl_trie6 SEC(".maps");
struct map_trie4 hctl_from4 SEC(".maps");
struct map_trie6 hctl_from6 SEC(".maps");
struct map_ports hctl_ports SEC(".maps");

static __always_inline void ask_for_whom(struct bpf_sock_addr *ctx, struct target *t)
{
	if (config.egress_user)
		t->uid = bpf_get_current_uid_gid();
	if (config.egress_by)
		t->by = maker_of(ctx->sk);
}

/* It never arrives: judge_loopback(). */
static __always_inline bool is_packet_canary(struct bpf_sock_addr *ctx, const struct target *t, __u32 kind)
{
	struct bpf_sock *sk = ctx->sk;

	return kind == KIND_egress_sendmsg4_unlisted && t->family == AF_INET && sk && sk->src_port == t->port &&
	       (t->addr[0] == bpf_htonl(CANARY_OUT) ||
		(t->addr[0] == bpf_htonl(CANARY_IN) && config.mode[GUARD_ingress] != MODE_OFF));
}

/* Of a UDP server: where it sends to is where a request may have come from. */
static __always_inline bool is_reply(struct bpf_sock_addr *ctx, const struct target *t)
{
	struct bpf_sock *sk = ctx->sk;

	return config.mode[GUARD_ingress] != MODE_OFF && t->proto == IPPROTO_UDP && sk && listed_from(t, sk->src_port);
}

/* Whether it listened once or came in is over; whoever connects has what it sends judged by where that goes. */
static __always_inline void forget_listening(struct bpf_sock_addr *ctx, const struct target *t)
{
	struct socket_tag *tag;

	if (t->proto != IPPROTO_TCP)
		return;
	tag = bpf_sk_storage_get(&hctl_sockets, ctx->sk, NULL, 0);
	if (tag)
		tag->flags &= ~SOCKET_ACCEPTED;
}

static __always_inline int judge_target(struct bpf_sock_addr *ctx, const struct target *t, __u32 kind)
{
	struct record *rec;
	bool deny;

	if ((t->proto == IPPROTO_TCP || t->proto == IPPROTO_UDP || t->proto == IPPROTO_ICMP) && listed(t))
		return 1;
	if (is_reply(ctx, t) || is_packet_canary(ctx, t, kind))
		return 1;
	if (!armed())
		return 1;
	deny = verdict(GUARD_egress);
	if (!deny)
		note_recorded(ctx->sk);
	rec = refusal_begin(kind, OBJECT_NET, deny, key_of_address(t->addr, t->family, t->port, ctx->protocol, t->type));
	if (rec) {
		__builtin_memcpy(rec->object.net.addr, t->addr, sizeof(rec->object.net.addr));
		rec->object.net.family = t->family;
		rec->object.net.port = t->port;
		rec->object.net.proto = ctx->protocol;
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
		.proto = is_icmp(ctx->protocol) ? IPPROTO_ICMP : ctx->protocol,
		.type = ctx->type,
	};

	if (!t.addr[0])
		t.addr[0] = bpf_htonl(0x7f000001);
	ask_for_whom(ctx, &t);
	forget_listening(ctx, &t);
	return judge_target(ctx, &t, kind);
}

static __always_inline int judge6(struct bpf_sock_addr *ctx, __u32 kind)
{
	struct target t = {
		.addr = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] },
		.family = AF_INET6,
		.port = bpf_ntohs(ctx->user_port),
		.proto = is_icmp(ctx->protocol) ? IPPROTO_ICMP : ctx->protocol,
		.type = ctx->type,
	};

	normalise6(&t);
	ask_for_whom(ctx, &t);
	forget_listening(ctx, &t);
	return judge_target(ctx, &t, kind);
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

static __always_inline bool is_noted(int family)
{
	return family == AF_UNIX ? config.egress_unix : config.egress_by && (family == AF_INET || family == AF_INET6);
}

/*
 * What the kernel makes for itself, in whoever's name, is nobody's: the file system or the protocol that it belongs to
 * goes on using it when that program is gone.
 */
SEC("lsm/socket_post_create")
int BPF_PROG(egress__socket_post_create, struct socket *socket, int family, int type, int protocol, int kern, int ret)
{
	struct task_program *maker;
	struct socket_tag *tag;
	struct sock *sk;

	if (ret)
		return ret;
	if (kern || !is_noted(family))
		return 0;
	sk = socket->sk;
	maker = task_program_of(bpf_get_current_task_btf());
	if (!sk || !maker)
		return 0;
	tag = bpf_sk_storage_get(&hctl_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (tag)
		tag->program = maker->id;
	return 0;
}
