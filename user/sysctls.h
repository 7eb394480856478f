/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctls.h - kernel.sysctls: which settings of the kernel may be written after the seal, and which are dangerous. */
#ifndef HARDENCTL_SYSCTLS_H
#define HARDENCTL_SYSCTLS_H

#include <stdbool.h>
#include <stddef.h>

#include "fail.h"
#include "policy.h"

/* Why `name` is dangerous, in words; NULL: it is not.  It stands there as in struct sysctl_key; a tree is none. */
const char *sysctls_danger(const char *name);

/* Whether every setting of a tree (with its slash) is dangerous, so that the tree would hold none of them. */
bool sysctls_dangerous_tree(const char *tree);

/* Whether it is a setting of one interface; then its name's part after the interface, and before it, with the slash. */
bool sysctls_interface(const char *name, size_t *ret_before, const char **ret_after);

/*
 * A name of /proc/sys, with "*" for an interface.  False: too long, or with characters that no sysctl has but the name of
 * an interface.
 */
bool sysctls_canonical(const char *name, char ret_name[SYSCTL_MAX]);

/* How many rows the kernel's table needs at most. */
__u32 sysctls_rows(const struct policy *policy);

/* Fills the kernel's table. */
int sysctls_fill(int map, const struct policy *policy, struct fail *fail);

#endif
