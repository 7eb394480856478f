// SPDX-License-Identifier: GPL-2.0-only
/*
 * seal_ioctl.bpf.c - the one program on ioctl(2), for whichever guard has something to say of one.
 *
 *   file_ioctl (link)          answers to another process's system calls, for the ptrace guard; commands to disks of
 *                              the baseline, for the exec guard; to /proc/mtrr, for the kernel guard; addresses, routes and devices, for the egress guard
 *   file_ioctl_compat (link)   the same of a 32-bit program
 *
 * Each judge begins with the command, or with the sort of file, so that any other costs a trampoline and two
 * comparisons.
 */
#include "core.bpf.h"
#include "egress_ioctl.bpf.h"
#include "introduced.bpf.h"
#include "kernel_pseudo.bpf.h"
#include "ptrace_seccomp.bpf.h"

SEC("lsm/file_ioctl")
int BPF_PROG(seal__file_ioctl, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	return ret ?: judge_listener(file, cmd) ?: judge_disk(file, cmd) ?: judge_mtrr(file, cmd) ?: judge_network(file, cmd);
}

/* v6.8, commit f1bb47a31dff, and stable kernels; without it file_ioctl is asked for these, too. */
SEC("?lsm/file_ioctl_compat")
int BPF_PROG(seal__file_ioctl_compat, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	return ret ?: judge_listener(file, cmd) ?: judge_disk(file, cmd) ?: judge_mtrr(file, cmd) ?: judge_network(file, cmd);
}
