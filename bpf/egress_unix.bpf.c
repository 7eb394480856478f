// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_unix.bpf.c - egress.unix: which programs may reach which by unix sockets.  One that sends for others is a way out.
 *
 *   unix_stream_connect (link)   connect of stream and seqpacket sockets
 *   unix_may_send (link)         connect of datagram sockets, and each datagram that they send
 *
 * Loaded only where the policy has the key.  What is connected already is not asked again, but for datagrams; nor is it
 * seen who gets a connected socket from another one.
 */
#include "core.bpf.h"
#include "egress.bpf.h"

#define PF_KTHREAD	0x00200000

struct map_unix hctl_unix SEC(".maps");

static __always_inline bool pair_listed(const struct file_id *by, const struct file_id *to)
{
	struct deputy key = { .to = *to };
	__u32 dev = to->dev;

	if (!bpf_map_lookup_elem(&hctl_filesystems, &dev))
		return false;
	if (bpf_map_lookup_elem(&hctl_unix, &key))
		return true;
	key.by = *by;
	dev = by->dev;
	return bpf_map_lookup_elem(&hctl_filesystems, &dev) && bpf_map_lookup_elem(&hctl_unix, &key);
}

/* The kernel's own threads are no program's.  A canary's socket is nobody's, and so is one whose maker isn't known. */
static __always_inline bool may_reach(struct sock *other, const struct file_id *to)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file_id by = {};

	if (task->flags & PF_KTHREAD)
		return true;
	if (!to->ino || other->sk_mark == MARK_CANARY)
		return false;
	return (program_of(task, &by) && is_same(&by, to)) || pair_listed(&by, to);
}

static __always_inline struct file_id maker_id_of(struct sock *sk)
{
	struct socket_tag *tag = bpf_sk_storage_get(&hctl_sockets, sk, NULL, 0);
	struct file_id none = {};

	return tag ? tag->program : none;
}

/* Only what is of the name: behind it lies other memory of the kernel's. */
static __always_inline __u64 cut(__u64 word, int left)
{
	if (left >= 8)
		return word;
	return left > 0 ? word & ((1ull << 8 * left) - 1) : 0;
}

static __always_inline void copy_name(struct object_peer *peer, struct sock *other)
{
	struct unix_sock *sk = bpf_skc_to_unix_sock(other);
	struct unix_address *address = sk ? sk->addr : NULL;
	__u64 *words = (__u64 *)peer->name;
	const char *text;
	int len;

	peer->len = 0;
	__builtin_memset(peer->name, 0, sizeof(peer->name));
	if (!address)
		return;
	len = address->len - sizeof(__u16);
	text = address->name[0].sun_path;
	/* A reader of 108 bytes reads none of the 112th. */
#pragma unroll
	for (int i = 0; i < 13; i++)
		words[i] = cut(*(const __u64 *)(text + 8 * i), len - 8 * i);
	words[13] = cut(*(const __u32 *)(text + 104), len - 104);
	peer->len = len > 108 ? 108 : len;
}

static __always_inline void describe(struct object_peer *peer, struct sock *other, const struct file_id *to)
{
	struct file_id id = *to;
	struct program *maker = bpf_map_lookup_elem(&hctl_programs, &id);

	peer->type = other->sk_type;
	copy_name(peer, other);
	if (maker)
		__builtin_memcpy(peer->maker, maker->path, sizeof(peer->maker));
	else
		__builtin_memset(peer->maker, 0, sizeof(peer->maker));
}

/* Apart for each hook, as the verifier must know a kind. */
#define judge_peer(kind, other)								\
	({										\
		struct file_id __to = maker_id_of(other);				\
		bool __deny = false;							\
											\
		if (!may_reach(other, &__to) && armed()) {				\
			struct record *__rec;						\
											\
			__deny = verdict(GUARD_egress);					\
			__rec = refusal_begin(kind, OBJECT_PEER, __deny, key_of_id(__to)); \
			if (__rec) {							\
				describe(&__rec->object.peer, other, &__to);		\
				refusal_end(__rec);					\
			}								\
		}									\
		__deny;									\
	})

SEC("lsm/unix_stream_connect")
int BPF_PROG(egress__unix_stream_connect, struct sock *own, struct sock *other, struct sock *accepted, int ret)
{
	if (ret)
		return ret;
	return answer_link(judge_peer(KIND_egress_unix_stream_connect_deputy, other));
}

/* A pair of socketpair(2), or two sockets that were judged when they were connected to one another. */
static __always_inline bool is_pair(struct sock *own, struct sock *other)
{
	struct unix_sock *from = bpf_skc_to_unix_sock(own), *to = bpf_skc_to_unix_sock(other);

	return from && to && from->peer == other && to->peer == own;
}

SEC("lsm/unix_may_send")
int BPF_PROG(egress__unix_may_send, struct socket *from, struct socket *to, int ret)
{
	struct sock *own, *other;

	if (ret)
		return ret;
	own = from->sk;
	other = to->sk;
	/* Nobody is there any more, or can be told. */
	if (!own || !other)
		return answer_link(verdict(GUARD_egress));
	if (is_pair(own, other))
		return 0;
	return answer_link(judge_peer(KIND_egress_unix_may_send_deputy, other));
}
