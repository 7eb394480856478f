/* SPDX-License-Identifier: GPL-2.0-only */
/* egress_reroute.bpf.h - after the seal: who may still change where packets go (egress.netlink). */
#ifndef HARDENCTL_EGRESS_REROUTE_BPF_H
#define HARDENCTL_EGRESS_REROUTE_BPF_H

#include "core.bpf.h"

/* A mask of enum reroute: what everybody and this task's program may change. */
static __always_inline __u32 reroutes_of(struct task_struct *task)
{
	struct file_id program = {};
	__u32 *row = bpf_map_lookup_elem(&hctl_netlink, &program), mask = row ? *row : 0;

	if (!config.netlink_users || !program_of(task, &program) ||
	    !bpf_map_lookup_elem(&hctl_filesystems, &program.dev))
		return mask;
	row = bpf_map_lookup_elem(&hctl_netlink, &program);
	return row ? mask | *row : mask;
}

/* Apart for each hook, as the verifier must know a kind. */
#define refuse_reroute(kind, what_group, what_number, what_class)			\
	({										\
		bool __deny = verdict(GUARD_egress);					\
		struct record *__rec = refusal_begin(kind, OBJECT_REQUEST, __deny,	\
						     key_of_number((__u64)(what_group) << 32 | (__u32)(what_number))); \
											\
		if (__rec) {								\
			__rec->object.request.group = what_group;			\
			__rec->object.request.number = what_number;			\
			__rec->object.request.class = what_class;			\
			refusal_end(__rec);						\
		}									\
		answer_link(__deny);							\
	})

#endif
