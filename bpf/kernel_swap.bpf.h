/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel_swap.bpf.h - swap that somebody turns on after the seal: memory on a disk, which the seal's scan never saw. */
#ifndef HARDENCTL_KERNEL_SWAP_BPF_H
#define HARDENCTL_KERNEL_SWAP_BPF_H

#include "core.bpf.h"
#include "syscall.bpf.h"

#define NR_SWAPON	167		/* arch/x86/entry/syscalls */
#define NR_SWAPON_32	87

TEXT(swap_text) = "swap";

/* What is open for writing: swapon(2) has no hook of its own, and opens what it is given as others open files. */
static __always_inline int judge_swap(struct file *file)
{
	struct record *rec;
	bool deny;

	if (config.mode[GUARD_kernel] == MODE_OFF ||
	    !in_syscall(bpf_get_current_task_btf(), NR_SWAPON, NR_SWAPON_32) || !armed() ||
	    !judged_from_seal(GUARD_kernel))
		return 0;
	deny = verdict(GUARD_kernel);
	rec = refusal_begin(KIND_kernel_file_open_swap, OBJECT_TEXT, deny, key_of_file(file));
	if (rec) {
		record_text(rec, swap_text, "");
		if (bpf_d_path(&file->f_path, rec->object.text.detail, sizeof(rec->object.text.detail)) < 0)
			rec->flags |= RECORD_CUT;
		refusal_end(rec);
	}
	return answer_link(deny);
}

#endif
