/* SPDX-License-Identifier: GPL-2.0-only */
/* configure.h - from a policy to what a set says of itself, and to the constants of its programs. */
#ifndef HARDENCTL_CONFIGURE_H
#define HARDENCTL_CONFIGURE_H

#include "draft.h"

struct bpf_program;

/* The guard that a program belongs to, by its name: GUARD__hook.  GUARD_COUNT: the core. */
__u32 configure_guard(const struct bpf_program *prog);

/* -ENAMETOOLONG, with a message, where a policy file's name is too long for records. */
int configure_check_paths(const struct policy *policy, struct fail *fail);

/* Fills draft->set, as far as the policy decides it. */
void configure_describe(struct draft *draft, const struct policy *policy, const struct kernel *kernel,
			const struct set_info *old, __u64 number);

/* Takes over the names of policy files that older records refer to. */
int configure_names(struct draft *draft, const struct set_info *old, struct fail *fail);

/* Fills the constants, and says which programs are to be loaded. */
void configure_programs(struct draft *draft, const struct policy *policy, const struct kernel *kernel);

#endif
