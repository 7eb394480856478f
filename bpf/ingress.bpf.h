/* SPDX-License-Identifier: GPL-2.0-only */
/* ingress.bpf.h - whether the policy lists a port to listen on: for the guard, and for the seal's scan. */
#ifndef HARDENCTL_INGRESS_BPF_H
#define HARDENCTL_INGRESS_BPF_H

#include "egress.bpf.h"

/* Nobody sends from there: its row has the ports of all entries, wherever they are from. */
#define FROM_SOMEWHERE	bpf_htonl(0xffffffff)

/* Where it would be known who asks, and which program made the socket. */
static __always_inline bool may_listen(__u8 proto, __u16 port, __u32 uid, __u32 by)
{
	struct target t = { .addr = { FROM_SOMEWHERE }, .family = AF_INET, .proto = proto, .uid = uid, .by = by };

	return listed_from(&t, port);
}

#endif
