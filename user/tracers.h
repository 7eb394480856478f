/* SPDX-License-Identifier: GPL-2.0-only */
/* tracers.h - ptrace.allow: from paths to identities to rows of the kernel's table. */
#ifndef HARDENCTL_TRACERS_H
#define HARDENCTL_TRACERS_H

#include "draft.h"

/* Opens the programs that the entries name.  One that is not there is an error, with the entry's line. */
int tracers_find(struct draft *draft, const struct policy *policy, struct fail *fail);

/* Opens what of /proc/self is judged when it is opened: what shows memory, and what writes it. */
int readers_find(struct draft *draft, struct fail *fail);

/* Asks the kernel what they are, once the programs that can tell are loaded. */
int tracers_resolve(struct draft *draft, struct fail *fail);

int tracers_fill(struct draft *draft, struct fail *fail);

#endif
