/* SPDX-License-Identifier: GPL-2.0-only */
/* hooks.h - where in the kernel programs of ours may hang, and whether this one has it. */
#ifndef HARDENCTL_HOOKS_H
#define HARDENCTL_HOOKS_H

struct btf;
struct kernel;
struct hardenctl_bpf;

/* Adds a check for each hook that a program of `skel` wants, by what the kernel's BTF has. */
void hooks_ask(struct kernel *kernel, const struct hardenctl_bpf *skel, const struct btf *btf);

#endif
