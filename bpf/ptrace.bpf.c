// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptrace.bpf.c - refuses that one process controls or reads another.
 *
 *   ptrace_access_check (cgroup root)  attach, seize, process_vm_*, /proc/PID/mem, pidfd_getfd ask with
 *                                      PTRACE_MODE_ATTACH; /proc/PID/{environ,maps,exe,fd ...}, kcmp,
 *                                      process_madvise with PTRACE_MODE_READ
 *   ptrace_traceme (cgroup root)       a child that offers itself, which never asks the hook above
 *
 *   file_open (link, seal_files.bpf.c) /proc/PID/{environ,maps ...} once more: see ptrace.bpf.h
 *
 * A process never asks the first two about its own thread group.
 */
#include "core.bpf.h"
#include "ptrace.bpf.h"

/*
 * Until the seal commits, hardenctl reads what its scan must know of others, such as their network namespaces.
 * Not of its own child, which is its canary: that says what holds for everybody else.
 */
static __always_inline bool scans(struct task_struct *target)
{
	struct task_struct *task = bpf_get_current_task_btf(), *parent = target->real_parent;
	struct state *s = state_of();

	if (!s || s->sealed_until == SEALED_FOREVER || !is_hardenctl(task))
		return false;
	return parent && parent->tgid != task->tgid;
}

static __always_inline int refuse(struct task_struct *object, __u32 kind, __u32 mode)
{
	bool deny = verdict(GUARD_ptrace);
	struct subject subject;
	struct record *rec;

	/* Asked only to leave something out of what is shown: every `ps` does so for every process. */
	if (mode & PTRACE_MODE_NOAUDIT) {
		refusal_count(kind, deny, &subject);
		return answer_cgroup(deny);
	}
	rec = refusal_begin(kind, OBJECT_TASK, deny, key_of_number((__u64)mode << 32 | object->tgid));
	if (rec) {
		rec->object.task.pid = object->tgid;
		rec->object.task.access = mode;
		__builtin_memcpy(rec->object.task.comm, object->comm, sizeof(rec->object.task.comm));
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}

SEC("lsm_cgroup/ptrace_access_check")
int BPF_PROG(ptrace__ptrace_access_check, struct task_struct *child, unsigned int mode)
{
	bool attach = mode & PTRACE_MODE_ATTACH;

	if ((!attach && !config.ptrace_read) || !armed() ||
	    allowed(bpf_get_current_task_btf(), child, attach ? ACCESS_ATTACH : ACCESS_READ))
		return 1;
	if (attach)
		return refuse(child, KIND_ptrace_ptrace_access_check_attach, mode);
	if (scans(child))
		return 1;
	return refuse(child, KIND_ptrace_ptrace_access_check_read, mode);
}

SEC("lsm_cgroup/ptrace_traceme")
int BPF_PROG(ptrace__ptrace_traceme, struct task_struct *parent)
{
	if (!armed() || allowed(parent, bpf_get_current_task_btf(), ACCESS_ATTACH))
		return 1;
	return refuse(parent, KIND_ptrace_ptrace_traceme_traceme, PTRACE_MODE_ATTACH);
}
