/* SPDX-License-Identifier: GPL-2.0-only */
/* deputies.h - egress.unix: from entries to rows of the kernel's table. */
#ifndef HARDENCTL_DEPUTIES_H
#define HARDENCTL_DEPUTIES_H

#include "draft.h"

/* How many rows it takes at most, never 0. */
__u32 deputies_rows(const struct policy *policy);

/* Finds the programs that some entries are for, or lead to. */
int deputies_find(struct draft *draft, struct fail *fail);

/* Asks the kernel who they are. */
int deputies_resolve(struct draft *draft, struct fail *fail);

int deputies_fill(struct draft *draft, struct fail *fail);

#endif
