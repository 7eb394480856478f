/* SPDX-License-Identifier: GPL-2.0-only */
/* syscall.bpf.h - which system call a task is in, for what has no hook of its own.  No tracer changes it after the seal. */
#ifndef HARDENCTL_SYSCALL_BPF_H
#define HARDENCTL_SYSCALL_BPF_H

#include "core.bpf.h"

#define X32_BIT		0x40000000	/* the same call by the x32 ABI */
#define PF_IO_WORKER	0x00000010	/* include/linux/sched.h, the same on every kernel */
#define TS_COMPAT	0x0002		/* arch/x86/include/asm/thread_info.h: a system call of a 32-bit program */

/* By its number for 64-bit programs and that for 32-bit ones, which int $0x80 takes from any. */
static __always_inline bool in_syscall(struct task_struct *task, __u32 number, __u32 number_32)
{
	struct pt_regs___call *regs = (struct pt_regs___call *)bpf_task_pt_regs(task);
	/* The kernel looks at no more of the register, and keeps all of it. */
	__u32 called = regs->orig_ax;

	/* io_uring's threads have the registers of who made them, in whatever system call that was. */
	if (task->flags & PF_IO_WORKER)
		return false;
	if (task->thread_info.status & TS_COMPAT)
		return called == number_32;
	return (called & ~X32_BIT) == number;
}

#endif
