// SPDX-License-Identifier: GPL-2.0-only
/*
 * ingress.bpf.c - refuses what comes in, and listening for it, where the policy does not list it.
 *
 *   skb_ingress (cgroup root)    what comes from other machines for a TCP listener or a UDP socket.  Packets of a TCP connection
 *                                pass: what goes back is egress's, which asks for the rule that let it in
 *   bind4, bind6 (cgroup root)   UDP, with a port: it could receive from then on
 *   socket_listen (link)         TCP.  Expendable: what comes for a listener is refused all the same.  It notes that a socket
 *                                listens, which connections that it accepts inherit; without that their answers are refused
 */
#include "core.bpf.h"
#include "egress.bpf.h"
#include "ingress.bpf.h"
#include "packet.bpf.h"

static __always_inline void fill_port(struct record *rec, __u16 family, __u16 port, __u16 proto, __u16 type)
{
	__builtin_memset(rec->object.net.addr, 0, sizeof(rec->object.net.addr));
	rec->object.net.family = family;
	rec->object.net.port = port;
	rec->object.net.proto = proto;
	rec->object.net.type = type;
	refusal_end(rec);
}

/* Port 0: the kernel takes any, which is how clients do it; skb_ingress sees to that only answers come in. */
static __always_inline int judge_bind(struct bpf_sock_addr *ctx, __u32 kind)
{
	__u16 port = bpf_ntohs(ctx->user_port);
	struct record *rec;
	bool deny;

	if (ctx->protocol != IPPROTO_UDP || !port ||
	    may_listen(IPPROTO_UDP, port, config.egress_user ? bpf_get_current_uid_gid() : 0, config.egress_by ? maker_of(ctx->sk) : 0))
		return 1;
	if (!armed())
		return 1;
	deny = verdict(GUARD_ingress);
	rec = refusal_begin(kind, OBJECT_NET, deny, key_of_number((__u64)ctx->family << 32 | port));
	if (rec)
		fill_port(rec, ctx->family, port, ctx->protocol, ctx->type);
	return answer_cgroup(deny);
}

SEC("cgroup/bind4")
int ingress__bind4(struct bpf_sock_addr *ctx)
{
	return judge_bind(ctx, KIND_ingress_bind4_unlisted);
}

SEC("cgroup/bind6")
int ingress__bind6(struct bpf_sock_addr *ctx)
{
	return judge_bind(ctx, KIND_ingress_bind6_unlisted);
}

static __always_inline bool refuse_listening(struct sock *sk)
{
	__u16 family = sk->__sk_common.skc_family, port = sk->__sk_common.skc_num;
	struct record *rec;
	bool deny;

	if (config.mode[GUARD_ingress] == MODE_OFF ||
	    may_listen(IPPROTO_TCP, port, bpf_get_current_uid_gid(), config.egress_by ? maker_of(sk) : 0))
		return false;
	if (!armed())
		return false;
	deny = verdict(GUARD_ingress);
	rec = refusal_begin(KIND_ingress_socket_listen_unlisted, OBJECT_NET, deny, key_of_number((__u64)family << 32 | port));
	if (rec)
		fill_port(rec, family, port, IPPROTO_TCP, SOCK_STREAM);
	return deny;
}

SEC("lsm/socket_listen")
int BPF_PROG(ingress__socket_listen, struct socket *socket, int backlog, int ret)
{
	struct sock *sk = socket->sk;
	struct socket_tag *tag;
	__u16 family;
	__u8 state;

	if (ret || !sk)
		return ret;
	family = sk->__sk_common.skc_family;
	state = sk->__sk_common.skc_state;
	/* One that is connected can't listen, and must not count as if it did. */
	if ((family != AF_INET && family != AF_INET6) || sk->sk_protocol != IPPROTO_TCP ||
	    (state != TCP_CLOSE && state != TCP_LISTEN))
		return 0;
	if (refuse_listening(sk))
		return answer_link(true);
	tag = bpf_sk_storage_get(&hctl_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (tag)
		tag->flags |= SOCKET_ACCEPTED;
	return 0;
}

/* To a UDP socket, from where it may have sent to; where nothing says where that is, on a port that nobody may choose. */
static __always_inline bool is_answered(const struct packet *p)
{
	if (p->carried != IPPROTO_UDP)
		return false;
	return config.mode[GUARD_egress] == MODE_OFF ? !may_listen(IPPROTO_UDP, p->local, UID_ANY, p->t.by) : listed(&p->t);
}

SEC("cgroup_skb/ingress")
int ingress__skb_ingress(struct __sk_buff *skb)
{
	struct packet p = {};
	struct bpf_sock *sk;

	if (skb->ifindex == LOOPBACK_INDEX)
		return judge_loopback(skb, CANARY_IN, KIND_ingress_skb_ingress_unlisted);
	sk = skb->sk;
	if (!sk)
		return 1;
	sk = bpf_sk_fullsock(sk);
	if (!sk || !(sk->protocol == IPPROTO_UDP || (sk->protocol == IPPROTO_TCP && sk->state == TCP_LISTEN)) || sk->type == SOCK_RAW)
		return 1;
	read_packet(skb, &p, false);
	p.local = sk->src_port;
	if (config.egress_by)
		p.t.by = number_of(bpf_sk_storage_get(&hctl_sockets, sk, NULL, 0));
	if (!p.bad && (listed_from(&p.t, p.local) || is_answered(&p)))
		return 1;
	if (!armed())
		return 1;
	return answer_cgroup(refuse_packet(GUARD_ingress, KIND_ingress_skb_ingress_unlisted, skb, sk, &p));
}
