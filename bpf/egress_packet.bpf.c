// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_packet.bpf.c - refuses packets whose real destination the policy does not list.
 *
 *   skb_egress (cgroup root)   what any socket sends, after netfilter has translated it: connections from before the load,
 *                              translated addresses, source routes, raw sockets, and what the kernel says for itself
 *
 * Not seen here: packets of no socket (ARP, resets of IPv6, tunnels' and forwarded ones), packet sockets.
 * Those need devices, switches and sockets that the seal wants absent and refuses afterwards.  What stays on this machine was judged
 * by connect and sendmsg.
 */
#include "core.bpf.h"
#include "egress.bpf.h"
#include "packet.bpf.h"

/* ICMP and ICMPv6 types that answer somebody. */
#define ICMP_ANSWERS	(1u << 0 | 1u << 3 | 1u << 11 | 1u << 12 | 1u << 14)
#define ICMPV6_ERROR_MAX	4
#define ICMPV6_ECHO_REPLY	129
#define MLD_FIRST	130
#define ND_LAST		137
#define MLD2_REPORT	143

/* Without it there is no network, and it goes no further than the next router: MLD, and neighbour discovery. */
static __always_inline bool is_neighbourly(const struct packet *p, bool own)
{
	bool near = (p->t.addr[0] & bpf_htonl(0xff000000)) == bpf_htonl(0xff000000) ||
		    (p->t.addr[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000);

	return p->carried == IPPROTO_ICMPV6 && (near || own) &&
	       ((p->icmp >= MLD_FIRST && p->icmp <= ND_LAST) || p->icmp == MLD2_REPORT);
}

static __always_inline bool is_answer(const struct packet *p)
{
	if (p->carried == IPPROTO_ICMP)
		return p->icmp < 32 && (ICMP_ANSWERS >> p->icmp & 1);
	return p->icmp <= ICMPV6_ERROR_MAX || p->icmp == ICMPV6_ECHO_REPLY;
}

/* Whom ingress does no more than record is answered. */
static __always_inline bool came_in(const struct packet *p)
{
	return !verdict(GUARD_ingress) || listed_from(&p->t, p->local);
}

/* `own`: the kernel sends it, and no socket of anybody's. */
static __always_inline bool may_leave(const struct packet *p, const struct socket_tag *tag, bool own)
{
	if (p->bad)
		return false;
	if (is_icmp(p->carried) && is_neighbourly(p, own))
		return true;
	if (listed(&p->t))
		return true;
	if (p->carried == IPPROTO_UDP)
		return config.mode[GUARD_ingress] != MODE_OFF && listed_from(&p->t, p->local);
	if (is_icmp(p->carried))
		return own && is_answer(p) && came_in(p);
	return (own || (tag && tag->flags & SOCKET_ACCEPTED)) && came_in(p);
}

/* Neither TCP, UDP nor ICMP: of a kind of sockets that the policy lists, wherever they send to, or wrapped by IPsec. */
static __always_inline bool is_of_kind(const struct packet *p, struct bpf_sock *sk)
{
	return !p->bad && !is_icmp(p->carried) && p->carried != IPPROTO_TCP && p->carried != IPPROTO_UDP &&
	       (sk->type == SOCK_RAW || sk->protocol == p->carried);
}

SEC("cgroup_skb/egress")
int egress__skb_egress(struct __sk_buff *skb)
{
	struct packet p = {};
	struct socket_tag *tag;
	struct bpf_sock *sk;
	bool own;

	if (skb->ifindex == LOOPBACK_INDEX)
		return judge_loopback(skb, CANARY_OUT, KIND_egress_skb_egress_unlisted);
	sk = skb->sk;
	if (sk)
		sk = bpf_sk_fullsock(sk);
	/* The kernel does not ask about others. */
	if (!sk)
		return answer_cgroup(armed() && count_packet(GUARD_egress, KIND_egress_skb_egress_unlisted));
	read_packet(skb, &p, true);
	tag = bpf_sk_storage_get(&hctl_sockets, sk, NULL, 0);
	own = sk->type == SOCK_RAW && !(tag && tag->flags & SOCKET_RAW);
	if (sk->type != SOCK_RAW) {
		/* As its owner knows it, whatever it was translated to; what is wrapped goes to a gateway of which no port is known. */
		p.local = sk->src_port;
		if (!is_icmp(p.carried))
			p.t.proto = sk->protocol;
	}
	/* The last acknowledgement of a connection, or a reset, comes after the socket is gone. */
	if (config.egress_by)
		p.t.by = own ? BY_ANY : number_of(tag);
	if (!p.routed && (is_of_kind(&p, sk) || may_leave(&p, tag, own)))
		return 1;
	if (!armed())
		return 1;
	/* Who made it answer is elsewhere, and could fill the log. */
	if (own)
		return answer_cgroup(count_packet(GUARD_egress, KIND_egress_skb_egress_unlisted));
	if (!verdict(GUARD_egress) && note_recorded(sk))
		return 1;
	if (p.routed)
		return answer_cgroup(refuse_packet(GUARD_egress, KIND_egress_skb_egress_source_route, skb, sk, &p));
	return answer_cgroup(refuse_packet(GUARD_egress, KIND_egress_skb_egress_unlisted, skb, sk, &p));
}
