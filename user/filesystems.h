/* SPDX-License-Identifier: GPL-2.0-only */
/* filesystems.h - types of file systems that kernel.mounts can list. */
#ifndef HARDENCTL_FILESYSTEMS_H
#define HARDENCTL_FILESYSTEMS_H

#include "fail.h"
#include "policy.h"

/* Names of all types, ending with NULL: a type's place there is its number. */
extern const char *const filesystem_names[];

/* A type's number, or -1. */
int filesystem_find(const char *name);

/* Its magic number, by its own. */
__u64 filesystem_magic(int type);

/* How many types the policy lists. */
__u32 filesystems_listed(const struct policy *policy);

/* The table of what may be mounted: how many rows it has at most, and filling it. */
__u32 filesystems_rows(void);
int filesystems_fill(int map, const struct policy *policy, struct fail *fail);

#endif
