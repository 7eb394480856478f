/* SPDX-License-Identifier: GPL-2.0-only */
/* libraries.h - exec.libraries and exec.jit: the files that may be code besides programs, and who needs none. */
#ifndef HARDENCTL_LIBRARIES_H
#define HARDENCTL_LIBRARIES_H

#include "identity.h"
#include "policy.h"

/*
 * Opens what exec.libraries lists (of a tree, every regular file that is an ELF program or library), the dynamic
 * loaders, what hardenctl itself has mapped by now, and the programs of exec.jit.  An entry that leads to nothing is
 * an error.  Nothing where the policy has neither key.
 */
int libraries_add(struct program_files *files, const struct policy *policy, struct fail *fail);

/* An error where exec.jit lists hardenctl.  After identities_merge(). */
int libraries_check(const struct program_files *files, struct fail *fail);

#endif
