// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptrace_perf.bpf.c - refuses that one process measures another: samples hold registers and up to 64 KiB of stack.
 *
 *   perf_event_alloc (link)   whoever has CAP_PERFMON, or CAP_SYS_ADMIN, never meets ptrace_access_check there.
 *                             An event without a task samples whatever runs on a processor, so everybody
 *   bprm_committed_creds (link)  an event of its own goes on in what a process starts, whoever reads the samples
 *                             by then: it ends there
 */
#include "core.bpf.h"
#include "compat.bpf.h"
#include "ptrace.bpf.h"

#define SIGKILL	9

/* False: there is no memory to note it, so that it would not be seen at the task's next exec. */
static __always_inline bool note(struct task_struct *task)
{
	struct task_program *program;

	program = bpf_task_storage_get(&hctl_tasks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!program)
		return false;
	/* A new one, of a task whose program isn't known. */
	if (!program->id.ino)
		program->exec = ~0ull;
	program->measured = 1;
	return true;
}

/*
 * An event that a child inherits comes here, too: by then it has its parent's number still.  The kernel's own events
 * are made by its threads, but for the breakpoints of a debugger, which has the registers anyway.
 */
SEC("lsm/perf_event_alloc")
int BPF_PROG(ptrace__perf_event_alloc, struct perf_event *event, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf(), *target = event->hw.target;

	if (ret || (task->flags & PF_KTHREAD))
		return ret;
	if (target && target->tgid == task->tgid && note(target))
		return 0;
	if (target && target->ptrace && (__u64)target->parent == (__u64)task)
		return 0;
	if (!armed() || allowed(task, target, ACCESS_READ))
		return 0;
	return refuse_reading(target, KIND_ptrace_perf_event_alloc_perf);
}

/*
 * Not at the check before the exec: until then other threads can make events.  Here there is one thread left, and
 * what asked to end at an exec (remove_on_exec) has ended.  The program dies before it runs its first instruction.
 */
SEC("lsm/bprm_committed_creds")
int BPF_PROG(ptrace__bprm_committed_creds, struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_program *program = bpf_task_storage_get(&hctl_tasks, task, NULL, 0);

	if (!program || !program->measured || !armed())
		return 0;
	if (!compat_is_measured(task)) {
		program->measured = 0;
		return 0;
	}
	if (refuse_reading(task, KIND_ptrace_bprm_committed_creds_perf))
		bpf_send_signal(SIGKILL);
	return 0;
}
