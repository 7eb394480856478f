/* SPDX-License-Identifier: GPL-2.0-only */
/* edges.h - exec.except, and entries for a script: what may start all the same; from paths to rows of the kernel's table. */
#ifndef HARDENCTL_EDGES_H
#define HARDENCTL_EDGES_H

#include "draft.h"

/* Opens the programs of each entry. */
int edges_find(struct draft *draft, const struct policy *policy, const struct kernel *kernel, struct fail *fail);

/*
 * Asks the kernel what they are, and gives each parent its bit.  The bit of one whose descendants count is the one
 * that it had in the `old` set, or one that no set has used in this boot.  After identities_merge().
 */
int edges_resolve(struct draft *draft, const struct set_info *old, struct fail *fail);

int edges_fill(struct draft *draft, struct fail *fail);

/* How many rows the table may get. */
size_t edges_rows(const struct draft *draft);

#endif
