/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * args.bpf.h - what a program was to be given, for people: the caller's memory, which it may change while we look.
 *
 * What is not in memory just then is not read.
 */
#ifndef HARDENCTL_ARGS_BPF_H
#define HARDENCTL_ARGS_BPF_H

#include "core.bpf.h"
#include "syscall.bpf.h"

#define NR_EXECVE	59
#define NR_EXECVE_32	11
#define NR_EXECVEAT	322
#define NR_EXECVEAT_32	358
#define ARGS_READ	16
static_assert(ARGS_MAX == 128, "record_args: the mask");

/* Before the new program has its memory, they are where the system call says.  0: the kernel itself starts the program. */
static __always_inline __u64 args_of_call(struct task_struct *task)
{
	struct pt_regs___call *regs = (struct pt_regs___call *)bpf_task_pt_regs(task);

	if (in_syscall(task, NR_EXECVEAT, NR_EXECVEAT_32))
		return regs->dx;
	if (!in_syscall(task, NR_EXECVE, NR_EXECVE_32))
		return 0;
	return task->thread_info.status & TS_COMPAT ? regs->cx : regs->si;
}

static __always_inline void record_args(struct record *rec)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 width = task->thread_info.status & TS_COMPAT ? 4 : 8, used = 0;
	__u64 next = args_of_call(task), arg;
	long len;

	__builtin_memset(rec->object.exec.args, 0, ARGS_MAX);
	for (int i = 0; next && i < ARGS_READ && used < ARGS_MAX; i++, next += width) {
		arg = 0;
		if (bpf_probe_read_user(&arg, width, (const void *)next) || !arg)
			break;
		/* Again, where 6.1's verifier sees it. */
		asm volatile("%0 &= 127" : "+r"(used));
		len = bpf_probe_read_user_str(rec->object.exec.args + used, ARGS_MAX - used, (const void *)arg);
		if (len < 0 || len > ARGS_MAX)
			break;
		/* Of an empty one the kernel does not count the NUL (strncpy_from_user_nofault()). */
		used += len ?: 1;
	}
}

/* Once it has it, they stand there one after the other. */
static __always_inline void record_started_args(struct record *rec)
{
	struct mm_struct *mm = bpf_get_current_task_btf()->mm;
	__u64 size = mm ? mm->arg_end - mm->arg_start : 0;

	__builtin_memset(rec->object.exec.args, 0, ARGS_MAX);
	if (size > ARGS_MAX)
		size = ARGS_MAX;
	if (size)
		bpf_probe_read_user(rec->object.exec.args, size, (const void *)mm->arg_start);
}

#endif
