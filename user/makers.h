/* SPDX-License-Identifier: GPL-2.0-only */
/* makers.h - egress.allow, ingress.allow: the programs that entries are for, from paths to identities. */
#ifndef HARDENCTL_MAKERS_H
#define HARDENCTL_MAKERS_H

#include "draft.h"

/* Opens them, and adds them to the programs that the set knows. */
int makers_find(struct draft *draft, struct fail *fail);

/* Asks the kernel which files they are, before they are merged. */
int makers_resolve(struct draft *draft, struct fail *fail);

/* The number of a program of the policy, from 1, or 0: that of the first which is the same file. */
__u16 makers_number(const struct draft *draft, __u16 by);

#endif
