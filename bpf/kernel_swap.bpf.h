/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel_swap.bpf.h - swap that somebody turns on after the seal: memory on a disk, which the seal's scan never saw. */
#ifndef HARDENCTL_KERNEL_SWAP_BPF_H
#define HARDENCTL_KERNEL_SWAP_BPF_H

#include "core.bpf.h"

#define NR_SWAPON	167		/* arch/x86/entry/syscalls */
#define NR_SWAPON_32	87
#define X32_BIT		0x40000000	/* the same call by the x32 ABI */
#define TS_COMPAT	0x0002		/* arch/x86/include/asm/thread_info.h: a system call of a 32-bit program */

TEXT(swap_text) = "swap";

/*
 * swapon(2) has no hook of its own, and opens what it is given for writing, as others do: what tells is the number of the
 * system call.  After the seal no tracer can change it on the way.
 */
static __always_inline bool turns_swap_on(struct task_struct *task)
{
	struct pt_regs___call *regs = (struct pt_regs___call *)bpf_task_pt_regs(task);
	__u64 number = regs->orig_ax;

	if (task->thread_info.status & TS_COMPAT)
		return (__u32)number == NR_SWAPON_32;
	return (number & ~(__u64)X32_BIT) == NR_SWAPON;
}

/* What is open for writing. */
static __always_inline int judge_swap(struct file *file)
{
	struct record *rec;
	bool deny;

	if (config.mode[GUARD_kernel] == MODE_OFF || !turns_swap_on(bpf_get_current_task_btf()) || !armed() || !sealed())
		return 0;
	deny = verdict(GUARD_kernel);
	rec = refusal_begin(KIND_kernel_file_open_swap, OBJECT_TEXT, deny);
	if (rec) {
		record_text(rec, swap_text, "");
		if (bpf_d_path(&file->f_path, rec->object.text.detail, sizeof(rec->object.text.detail)) < 0)
			rec->flags |= RECORD_CUT;
		refusal_end(rec);
	}
	return answer_link(deny);
}

#endif
