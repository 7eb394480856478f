/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel_after.bpf.h - when the kernel guard judges what the boot needs and a sealed machine does not. */
#ifndef HARDENCTL_KERNEL_AFTER_BPF_H
#define HARDENCTL_KERNEL_AFTER_BPF_H

#include "core.bpf.h"

/* From the seal on, whatever before-seal says.  In audit mode always, so that a machine can be watched that never is sealed. */
static __always_inline bool judges_after_seal(void)
{
	return armed() && (config.mode[GUARD_kernel] == MODE_AUDIT || sealed());
}

#endif
