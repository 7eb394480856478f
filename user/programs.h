/* SPDX-License-Identifier: GPL-2.0-only */
/* programs.h - exec.allow: the programs that a policy lists. */
#ifndef HARDENCTL_PROGRAMS_H
#define HARDENCTL_PROGRAMS_H

#include "identity.h"
#include "policy.h"

/*
 * Opens every program of exec.allow, those of its trees included.  An entry that names nothing is an error, with
 * its line.
 */
int programs_add(struct program_files *files, const struct policy *policy, struct fail *fail);

#endif
