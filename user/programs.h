/* SPDX-License-Identifier: GPL-2.0-only */
/* programs.h - exec.allow: the programs that a policy lists. */
#ifndef HARDENCTL_PROGRAMS_H
#define HARDENCTL_PROGRAMS_H

#include "identity.h"
#include "kernel.h"
#include "policy.h"

/*
 * Opens every program of exec.allow, those of its trees included.  An entry that names nothing is an error, with
 * its line, and so is one with a digest that the file has not, or that this kernel can't tell.
 */
int programs_add(struct program_files *files, const struct policy *policy, const struct kernel *kernel,
		 struct fail *fail);

/* How many entries list a digest, and the table of these. */
size_t programs_verity_rows(const struct policy *policy);
int programs_fill_verity(int map, const struct policy *policy, struct fail *fail);

#endif
