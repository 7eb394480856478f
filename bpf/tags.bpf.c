// SPDX-License-Identifier: GPL-2.0-only
/*
 * tags.bpf.c - what is to be known of the sockets that are open when a policy is loaded.
 *
 *   iter/task_file (listeners)   the ports that TCP sockets listen at
 *   iter/task_file (sockets)     which program a socket is of, whether somebody connected to it, and whether it is raw
 *
 * Both are run once, in that order, by the load: when the hooks are there that note it of later sockets, and core__running
 * has told what program each task is.  A socket that is in no table of descriptors stays nobody's.
 */
#include "core.bpf.h"
#include "egress_socket.bpf.h"

#define QUEUE_MAX	128

struct listener {
	__u32 netns;		/* inode number of the network namespace */
	__u32 port;		/* host order */
};

/* Needed by the load alone, and gone with it.  What has no room is no listener: egress judges what comes in by it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LISTENERS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct listener);
	__type(value, __u32);
} hctl_listeners SEC(".maps");

/* A socket of which some guard asks who made it; NULL: another file. */
static __always_inline struct sock *judged_of(struct file *file)
{
	struct socket *socket = file ? bpf_sock_from_file(file) : NULL;
	struct sock *sk = socket ? socket->sk : NULL;
	__u16 family = sk ? sk->__sk_common.skc_family : 0;

	return family == AF_INET || family == AF_INET6 || (family == AF_UNIX && config.egress_unix) ? sk : NULL;
}

static __always_inline bool is_tcp(struct sock *sk)
{
	return sk->sk_type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP;
}

static __always_inline bool listens(struct sock *sk)
{
	return is_tcp(sk) && sk->__sk_common.skc_state == TCP_LISTEN;
}

static __always_inline struct listener listener_of(struct sock *sk)
{
	struct net *net = sk->__sk_common.skc_net.net;
	struct listener listener = { .port = sk->__sk_common.skc_num };

	listener.netns = net ? net->ns.inum : 0;
	return listener;
}

SEC("iter/task_file")
int core__tag_listeners(struct bpf_iter__task_file *ctx)
{
	struct sock *sk = judged_of(ctx->file);
	struct listener listener;
	__u32 yes = 1;

	if (!sk || !listens(sk))
		return 0;
	listener = listener_of(sk);
	bpf_map_update_elem(&hctl_listeners, &listener, &yes, BPF_ANY);
	return 0;
}

/* A connection has the port of the listener that it came in by. */
static __always_inline bool was_accepted(struct sock *sk)
{
	__u8 state = sk->__sk_common.skc_state;
	struct listener listener;

	if (!is_tcp(sk) || state == TCP_SYN_SENT || state == TCP_CLOSE)
		return false;
	listener = listener_of(sk);
	return bpf_map_lookup_elem(&hctl_listeners, &listener);
}

/*
 * Notes one of those who have a socket.  Where they are of several programs, it is of none: which one made it is not
 * to be told any more, unless the first process has it, which makes sockets for units and comes first here.  What was noted when
 * it was made, or by an older set's load, stays.
 */
static __always_inline void note_holder(struct sock *sk, struct task_struct *task, const struct file_id *owner, bool accepted)
{
	struct socket_tag *tag = bpf_sk_storage_get(&hctl_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	struct file_id none = {};

	if (!tag)
		return;
	if (!tag->found && is_same(&tag->program, &none)) {
		tag->program = *owner;
		tag->found = config.set;
		if (accepted)
			tag->flags |= SOCKET_ACCEPTED;
		if (task->tgid == 1)
			tag->flags |= SOCKET_INIT;
	} else if (tag->found == (__u32)config.set && !(tag->flags & SOCKET_INIT) && !is_same(&tag->program, owner)) {
		tag->program = none;
	}
	/* Of one that was made while the hooks were being attached, too. */
	if (listens(sk))
		tag->flags |= SOCKET_ACCEPTED;
	if (sk->sk_type == SOCK_RAW)
		tag->flags |= SOCKET_RAW;
}

/* Connections that nobody has taken yet, which are in no table of descriptors. */
static __always_inline void note_waiting(struct sock *sk, struct task_struct *task, const struct file_id *owner)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	struct request_sock *request;
	struct sock *child;

	if (!tcp)
		return;
	request = tcp->inet_conn.icsk_accept_queue.rskq_accept_head;
	for (int i = 0; i < QUEUE_MAX && request; i++) {
		child = request->sk;
		if (child)
			note_holder(child, task, owner, /* accepted= */ true);
		request = request->dl_next;
	}
}

SEC("iter/task_file")
int core__tag_sockets(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct sock *sk = judged_of(ctx->file);
	struct file_id owner = {};

	if (!task || !sk)
		return 0;
	program_of(task, &owner);
	note_holder(sk, task, &owner, was_accepted(sk));
	if (listens(sk))
		note_waiting(sk, task, &owner);
	return 0;
}
