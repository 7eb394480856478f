/* SPDX-License-Identifier: GPL-2.0-only */
/* classes.h - the programs of this machine that a class of the exec policy names. */
#ifndef HARDENCTL_CLASSES_H
#define HARDENCTL_CLASSES_H

#include "identity.h"
#include "policy.h"

/*
 * Opens every program of the classes that the policy denies: the built-in lists (policies/shells and its like)
 * and, for shells, each line of /etc/shells.  What is not there is no error; what is there and can't be opened
 * is.
 */
int classes_add(struct program_files *files, const struct policy *policy, struct fail *fail);

/* Opens every dynamic loader, whether it may be started or not: programs need it as code. */
int classes_add_loaders(struct program_files *files, struct fail *fail);

/* The kind under which a class of lists is refused: shells, interpreters, loaders. */
__u32 classes_kind(int class);

/* Of the built-in lists, by name: the class, or -1. */
int classes_find(const char *path);

/*
 * How a program begins, by which the kernel knows its copies.  1: it is in *ret_head; 0: it is no ELF file, and so
 * refused by way of its interpreter.  One that can't be read is an error.
 */
int classes_head(const struct program_file *file, struct head *ret_head, struct fail *fail);

#endif
