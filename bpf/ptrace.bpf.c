// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptrace.bpf.c - refuses control of one process by another.
 *
 *   ptrace_access_check (cgroup root)  attach, seize, process_vm_*, /proc/PID/mem, pidfd_getfd:
 *                                      all ask with PTRACE_MODE_ATTACH
 *   ptrace_traceme (cgroup root)       a child that offers itself, which never asks the hook above
 *
 * A process never asks the hook about its own thread group.
 */
#include "core.bpf.h"

#define PTRACE_MODE_ATTACH	0x02	/* include/linux/ptrace.h, the same on every kernel */

static __always_inline void record_task(struct record *rec, struct task_struct *task, __u32 access)
{
	rec->object.task.pid = task->tgid;
	rec->object.task.access = access;
	__builtin_memcpy(rec->object.task.comm, task->comm, sizeof(rec->object.task.comm));
	refusal_end(rec);
}

SEC("lsm_cgroup/ptrace_access_check")
int BPF_PROG(ptrace__ptrace_access_check, struct task_struct *child, unsigned int mode)
{
	struct record *rec;
	bool deny;

	if (!(mode & PTRACE_MODE_ATTACH) || !armed())
		return 1;
	deny = verdict(GUARD_ptrace);
	rec = refusal_begin(KIND_ptrace_ptrace_access_check_attach, OBJECT_TASK, deny);
	if (rec)
		record_task(rec, child, mode);
	return answer_cgroup(deny);
}

SEC("lsm_cgroup/ptrace_traceme")
int BPF_PROG(ptrace__ptrace_traceme, struct task_struct *parent)
{
	struct record *rec;
	bool deny;

	if (!armed())
		return 1;
	deny = verdict(GUARD_ptrace);
	rec = refusal_begin(KIND_ptrace_ptrace_traceme_traceme, OBJECT_TASK, deny);
	if (rec)
		record_task(rec, parent, PTRACE_MODE_ATTACH);
	return answer_cgroup(deny);
}
