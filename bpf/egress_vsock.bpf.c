// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_vsock.bpf.c - egress.vsock: where vsock sockets may connect: the hypervisor's host, or another part of this machine.
 *
 *   socket_connect (link)   connect of vsock sockets; there is no other way to send by those that it has made possible:
 *                           stream and seqpacket.  Datagrams need an entry of egress.sockets
 *   socket_listen (link)    whoever may only connect does not listen
 *
 * Loaded only where there are entries: without one a vsock socket is of a kind that egress_socket.bpf.c refuses.
 */
#include "core.bpf.h"
#include "egress_socket.bpf.h"

/* As struct sockaddr_vm, which lies within the bytes of a struct sockaddr. */
struct vsock_address {
	__u16 family, reserved;
	__u32 port, cid;
};
#define VSOCK_ADDRESS	16	/* bytes of a struct sockaddr_vm: the kernel takes no less */

struct map_vsock hctl_vsock SEC(".maps");

static __always_inline bool row_lists(const struct file_id *by, __u32 cid, __u32 port)
{
	struct vsock_key key = {
		.prefixlen = VSOCK_PREFIX + 32, .cid = cid, .by = *by, .port = bpf_htonl(port),
	};

	return bpf_map_lookup_elem(&hctl_vsock, &key);
}

/* VSOCK_ANY is nobody's address: a canary's, which no entry lists. */
static __always_inline bool place_listed(__u32 cid, __u32 port)
{
	struct file_id by = {};

	if (cid == VSOCK_ANY)
		return false;
	if (row_lists(&by, cid, port) || row_lists(&by, VSOCK_ANY, port))
		return true;
	return program_of(bpf_get_current_task_btf(), &by) && bpf_map_lookup_elem(&hctl_filesystems, &by.dev) &&
	       (row_lists(&by, cid, port) || row_lists(&by, VSOCK_ANY, port));
}

/* Apart for each hook, as the verifier must know a kind. */
#define refuse_vsock(kind, sk, cid, port)						\
	({										\
		bool __deny = verdict(GUARD_egress);					\
		struct record *__rec = refusal_begin(kind, OBJECT_NET, __deny,		\
						     key_of_number((__u64)(cid) << 32 | (port)));	\
											\
		if (__rec) {								\
			struct object_net *__net = &__rec->object.net;			\
											\
			__builtin_memset(__net, 0, sizeof(*__net));			\
			((__u32 *)__net->addr)[0] = cid;				\
			((__u32 *)__net->addr)[1] = port;				\
			__net->family = AF_VSOCK;					\
			__net->type = (sk)->sk_type;					\
			refusal_end(__rec);						\
		}									\
		__deny;									\
	})

/* For the seal, which can't see where a socket is connected, and finds those that no set has let. */
static __always_inline void note_judged(struct sock *sk)
{
	struct socket_tag *tag = bpf_sk_storage_get(&hctl_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (tag)
		tag->set = config.set;
}

SEC("lsm/socket_connect")
int BPF_PROG(egress__socket_connect, struct socket *socket, struct sockaddr *address, int len, int ret)
{
	const struct vsock_address *at = (const void *)address;
	struct sock *sk;
	__u32 cid, port;

	if (ret)
		return ret;
	sk = socket->sk;
	if (!sk || sk->__sk_common.skc_family != AF_VSOCK)
		return 0;
	/* The kernel takes none that is shorter, nor of another family but AF_UNSPEC, which disconnects. */
	if (len < VSOCK_ADDRESS || at->family != AF_VSOCK)
		return 0;
	cid = at->cid;
	port = at->port;
	if (place_listed(cid, port)) {
		note_judged(sk);
		return 0;
	}
	if (!armed())
		return 0;
	return answer_link(refuse_vsock(KIND_egress_socket_connect_vsock, sk, cid, port));
}

SEC("lsm/socket_listen")
int BPF_PROG(egress__socket_listen, struct socket *socket, int backlog, int ret)
{
	struct asked asked = { .family = AF_VSOCK };
	struct sock *sk;

	if (ret)
		return ret;
	sk = socket->sk;
	if (!sk || sk->__sk_common.skc_family != AF_VSOCK)
		return 0;
	asked.type = sk->sk_type;
	asked.proto = sk->sk_protocol;
	if (!armed() || socket_listed_as(&asked, bpf_get_current_task_btf(), SOCKET_ALL))
		return 0;
	return answer_link(refuse_vsock(KIND_egress_socket_listen_vsock, sk, VSOCK_ANY, VSOCK_ANY));
}
