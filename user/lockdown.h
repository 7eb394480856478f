/* SPDX-License-Identifier: GPL-2.0-only */
/* lockdown.h - why the kernel asks whether it is locked down: the reasons that kernel.allow names. */
#ifndef HARDENCTL_LOCKDOWN_H
#define HARDENCTL_LOCKDOWN_H

#include "abi.h"
#include "fail.h"

struct btf;
struct policy;

/* The running kernel's, by their values; "": there is no such reason. */
struct lockdown {
	char name[LOCKDOWN_MAX][LOCKDOWN_NAME];
};

/*
 * The names that a policy may use, NULL at the end: those of every kernel that we know, as policies are checked on any
 * machine.  What decides is the running kernel's own list.
 */
extern const char *const lockdown_words[];

/* Reads the kernel's enum lockdown_reason; a kernel without it has no reason. */
void lockdown_read(const struct btf *btf, struct lockdown *ret_lockdown);

/* The value of a reason; -1: there is none of that name. */
int lockdown_find(const struct lockdown *lockdown, const char *name);

/* The reasons that the policy allows, as a mask of their values; fails for one that this kernel hasn't. */
int lockdown_resolve(const struct lockdown *lockdown, const struct policy *policy, __u64 *ret_mask, struct fail *fail);

#endif
