/* SPDX-License-Identifier: GPL-2.0-only */
/* egress_socket.bpf.h - which sockets may come to be: for the guard, and for the seal's scan. */
#ifndef HARDENCTL_EGRESS_SOCKET_BPF_H
#define HARDENCTL_EGRESS_SOCKET_BPF_H

#include "core.bpf.h"
#include "egress.bpf.h"

#define AF_NETLINK	16
#define AF_VSOCK	40
#define SOCK_SEQPACKET	5
#define SOCK_DCCP	6
#define IPPROTO_DCCP	33
#define IPPROTO_SCTP	132
#define IPPROTO_RAW	255

/* What socket(2) is asked for. */
struct asked {
	__u16 family, type;
	__u32 proto;
};

static __always_inline bool is_inet(const struct asked *asked)
{
	return asked->family == AF_INET || asked->family == AF_INET6;
}

/* The protocol that the kernel takes where it is left to it. */
static __always_inline __u32 protocol_of(const struct asked *asked)
{
	if (asked->proto || !is_inet(asked))
		return asked->proto;
	return asked->type == SOCK_STREAM ? IPPROTO_TCP : asked->type == SOCK_DGRAM ? IPPROTO_UDP :
	       asked->type == SOCK_SEQPACKET ? IPPROTO_SCTP : asked->type == SOCK_DCCP ? IPPROTO_DCCP : 0;
}

static __always_inline bool is_tcp_or_udp(const struct asked *asked)
{
	return (asked->type == SOCK_STREAM && asked->proto == IPPROTO_TCP) ||
	       (asked->type == SOCK_DGRAM && asked->proto == IPPROTO_UDP);
}

/* What needs no entry: local to the machine, judged by destination, or judged message by message. */
static __always_inline bool is_ordinary(const struct asked *asked)
{
	if (is_inet(asked))
		return (asked->type == SOCK_STREAM && (!asked->proto || asked->proto == IPPROTO_TCP)) ||
		       (asked->type == SOCK_DGRAM && (!asked->proto || asked->proto == IPPROTO_UDP));
	return asked->family == AF_UNIX || asked->family == AF_NETLINK;
}

static __always_inline __u32 socket_row(struct socket_kind *key, __u16 type, __u32 proto)
{
	__u32 *row;

	key->type = type;
	key->proto = proto;
	row = bpf_map_lookup_elem(&hctl_sock_kinds, key);
	return row ? *row : 0;
}

/* What the rows of one program, or those of everybody, say: a mask of enum socket_who. */
static __always_inline __u32 socket_mask(const struct asked *asked, const struct file_id *program)
{
	struct socket_kind key = { .program = *program, .family = asked->family };
	__u32 proto = protocol_of(asked), mask;

	/* For a canary: no entry holds for it. */
	if (is_inet(asked) && proto == PROTO_CANARY)
		return 0;
	mask = socket_row(&key, asked->type, proto);
	mask |= socket_row(&key, asked->type, SOCKET_ANY_PROTO);
	mask |= socket_row(&key, SOCKET_ANY_TYPE, proto);
	return mask | socket_row(&key, SOCKET_ANY_TYPE, SOCKET_ANY_PROTO);
}

/* By somebody, be it another one: for a hook that can't tell who asks. */
static __always_inline bool socket_listed(const struct asked *asked)
{
	struct file_id all = {};

	return socket_mask(asked, &all);
}

/* `who`: mask of enum socket_who, one of which is enough. */
static __always_inline bool socket_listed_as(const struct asked *asked, struct task_struct *task, __u32 who)
{
	struct file_id program = {};
	__u32 mask = socket_mask(asked, &program);

	if (mask & who)
		return true;
	return (mask & SOCKET_SOME) && program_of(task, &program) &&
	       bpf_map_lookup_elem(&hctl_filesystems, &program.dev) && (socket_mask(asked, &program) & who);
}

static __always_inline bool socket_listed_for(const struct asked *asked, struct task_struct *task)
{
	return socket_listed_as(asked, task, SOCKET_ALL | SOCKET_CONNECT);
}

#endif
