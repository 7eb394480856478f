/* SPDX-License-Identifier: GPL-2.0-only */
/* sockets.h - egress.sockets: from entries to rows of the kernel's table. */
#ifndef HARDENCTL_SOCKETS_H
#define HARDENCTL_SOCKETS_H

#include "draft.h"

/* How many rows it takes at most, never 0. */
__u32 sockets_rows(const struct policy *policy);

/* Finds the programs that some entries are for. */
int sockets_find(struct draft *draft, struct fail *fail);

/* Adds the program `path` that an entry of `key` is for to `programs`; if it isn't there, that is an error unless `optional`. */
int sockets_find_program(struct draft *draft, struct program_files *programs, const char *key, const char *path, bool optional,
			 const struct where *where, struct fail *fail);

/* Asks the kernel who they are. */
int sockets_resolve(struct draft *draft, struct fail *fail);

/* Adds who may make sockets of that kind to those who already may. */
int sockets_put(struct draft *draft, const struct socket_kind *key, __u32 who, struct fail *fail);

int sockets_fill(struct draft *draft, struct fail *fail);

#endif
