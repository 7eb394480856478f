/* SPDX-License-Identifier: GPL-2.0-only */
/* user_text.h - lets a program read a process's own text where libbpf would have it do so by a forbidden way. */
#ifndef HARDENCTL_USER_TEXT_H
#define HARDENCTL_USER_TEXT_H

/*
 * To be called once, before the programs are opened.
 *
 * libbpf asks what a kernel can do by loading a program that calls bpf_probe_read_kernel.  Lockdown for
 * confidentiality forbids that, so libbpf takes the kernel for one from before 5.5, and calls what such a one has
 * instead of bpf_probe_read_user and bpf_probe_read_user_str: bpf_probe_read and bpf_probe_read_str, which read the kernel's
 * memory, and are forbidden, too.
 * 0 or -errno.
 */
int user_text_allow(void);

#endif
