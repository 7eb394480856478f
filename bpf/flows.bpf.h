/* SPDX-License-Identifier: GPL-2.0-only */
/* flows.bpf.h - what the guards make of a socket that is there already: for `load`, and for the seal's scan. */
#ifndef HARDENCTL_FLOWS_BPF_H
#define HARDENCTL_FLOWS_BPF_H

#include "core.bpf.h"
#include "egress.bpf.h"
#include "egress_socket.bpf.h"
#include "ingress.bpf.h"
#include "rows.h"

#define SOCK_BINDPORT_LOCK	8	/* include/net/sock.h: bind(2) asked for that very port */
#define CALLERS_MAX		64

static __always_inline bool is_off(__u32 guard)
{
	return config.mode[guard] == MODE_OFF;
}

/* Of who reads this.  Not inline, so that the verifier sees the loop once. */
__noinline int is_callers(__u32 tgid)
{
	struct task_struct *at = compat_plain(struct task_struct, bpf_get_current_task_btf());

	/* The first process is everybody's ancestor, and nobody's login. */
	for (int i = 0; i < CALLERS_MAX; i++) {
		if ((__u32)at->tgid == tgid)
			return true;
		at = at->real_parent;
		if (!at || at->tgid <= 1)
			break;
	}
	return false;
}

static __always_inline bool is_open_port(struct sock *sk, const struct row_socket *row)
{
	if (row->proto == IPPROTO_TCP)
		return row->state == TCP_LISTEN;
	return !sk->__sk_common.skc_dport && row->local && (BPF_CORE_READ_BITFIELD(sk, sk_userlocks) & SOCK_BINDPORT_LOCK);
}

static __always_inline bool is_accepted(struct sock *sk)
{
	struct socket_tag *tag = bpf_sk_storage_get(&hctl_sockets, sk, NULL, 0);

	return tag && (tag->flags & SOCKET_ACCEPTED);
}

/* Packets of the loopback device are not judged. */
static __always_inline bool is_local(struct sock *sk, const struct target *t)
{
	if (t->family == AF_INET)
		return (t->addr[0] & bpf_htonl(0xff000000)) == bpf_htonl(0x7f000000) ||
		       t->addr[0] == sk->__sk_common.skc_rcv_saddr;
	return (!t->addr[0] && !t->addr[1] && !t->addr[2] && t->addr[3] == bpf_htonl(1)) ||
	       (t->addr[0] == sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[0] &&
		t->addr[1] == sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[1] &&
		t->addr[2] == sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[2] &&
		t->addr[3] == sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[3]);
}

/* As their hooks would judge it now: what comes in by either list, and what it sends, too. */
static __always_inline bool flow_listed(struct sock *sk, const struct row_socket *row, const struct target *t)
{
	bool out = !is_off(GUARD_egress), in = !is_off(GUARD_ingress);

	if (row->listens)
		return !in || may_listen(t->proto, row->local, t->uid, t->by);
	if ((out && listed(t)) ||
	    (in && (row->accepted || row->proto == IPPROTO_UDP) && listed_from(t, row->local)))
		return true;
	if (row->proto == IPPROTO_UDP)
		return !out && !in;
	return row->accepted ? !in || is_local(sk, t) : !out;
}

static __always_inline void describe_peer(struct sock *sk, struct target *t)
{
	t->family = sk->__sk_common.skc_family;
	t->port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (t->family == AF_INET) {
		t->addr[0] = sk->__sk_common.skc_daddr;
		return;
	}
	t->addr[0] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[0];
	t->addr[1] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[1];
	t->addr[2] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[2];
	t->addr[3] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[3];
	normalise6(t);
}

/* Whoever may do no more than connect may have no listener, nor what was connected before egress.vsock judged that. */
static __always_inline bool vsock_listed(const struct asked *asked, struct sock *sk, struct task_struct *task)
{
	struct socket_tag *tag;

	if (socket_listed_as(asked, task, SOCKET_ALL))
		return true;
	if (!socket_listed_as(asked, task, SOCKET_CONNECT))
		return false;
	if (!sk->__sk_common.skc_state || sk->__sk_common.skc_state == TCP_CLOSE)
		return true;
	tag = bpf_sk_storage_get(&hctl_sockets, sk, NULL, 0);
	return tag && tag->set == (__u32)config.set;
}

/* False: a family that there is nothing to say of. */
static __always_inline bool describe_socket(struct task_struct *task, struct socket *socket, struct row_socket *row)
{
	struct sock *sk = socket->sk;
	const struct cred *cred;
	struct asked asked = {};
	struct target t = {};
	struct net *net;

	if (!sk)
		return false;
	row->family = sk->__sk_common.skc_family;
	if (row->family == AF_UNIX || row->family == AF_NETLINK)
		return false;
	net = sk->__sk_common.skc_net.net;
	row->netns = net ? net->ns.inum : 0;
	row->type = socket->type;
	row->proto = sk->sk_protocol;
	row->state = sk->__sk_common.skc_state;
	asked.family = row->family;
	asked.type = row->type;
	asked.proto = row->proto;
	if (!is_inet(&asked) || !is_tcp_or_udp(&asked)) {
		row->listed = asked.family == AF_VSOCK ? vsock_listed(&asked, sk, task) : socket_listed_for(&asked, task);
		return true;
	}
	row->local = sk->__sk_common.skc_num;
	row->listens = is_open_port(sk, row);
	row->accepted = row->listens || is_accepted(sk);
	describe_peer(sk, &t);
	row->port = t.port;
	row->peer_family = t.family;
	__builtin_memcpy(row->addr, t.addr, sizeof(row->addr));
	t.proto = row->proto;
	cred = task->cred;
	if (config.egress_user)
		t.uid = cred ? cred->uid.val : UID_ANY;
	if (config.egress_by)
		t.by = maker_of(sk);
	row->listed = flow_listed(sk, row, &t);
	row->caller = is_callers(task->tgid);
	return true;
}

#endif
