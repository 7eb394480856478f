/* SPDX-License-Identifier: GPL-2.0-only */
/* reroutes.h - egress.netlink: from entries to rows of the kernel's table. */
#ifndef HARDENCTL_REROUTES_H
#define HARDENCTL_REROUTES_H

#include "draft.h"

/* How many rows it takes at most, never 0. */
__u32 reroutes_rows(const struct policy *policy);

/* Finds the programs that some entries are for. */
int reroutes_find(struct draft *draft, struct fail *fail);

/* Asks the kernel who they are. */
int reroutes_resolve(struct draft *draft, struct fail *fail);

int reroutes_fill(struct draft *draft, struct fail *fail);

#endif
