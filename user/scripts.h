/* SPDX-License-Identifier: GPL-2.0-only */
/* scripts.h - the way that a script's path leads: each directory and link of it, and the script. */
#ifndef HARDENCTL_SCRIPTS_H
#define HARDENCTL_SCRIPTS_H

#include "identity.h"
#include "set.h"

/*
 * Adds what `path` leads through, as places, and last the file that it leads to.  -ENOENT after saying so where there is
 * none.
 */
int scripts_walk(struct program_files *files, const char *path, struct fail *fail);

/*
 * What the #! line of a script has started, as argument 0, and its argument.  1; 0: it has no such line; -ENOEXEC: it is a
 * program; -E2BIG; -errno.
 */
int scripts_line(const char *path, struct argument *ret_program, struct argument *ret_argument);

/*
 * Whether the path of some script of the set leads elsewhere than at its load, or another way: 1, and its path; 0; -errno.
 * `ids` is of identities_attach().
 */
int scripts_moved(const struct set_info *set, const struct bpf_link *ids, char ret_path[PROGRAM_PATH],
		  struct fail *fail);

#endif
