/* SPDX-License-Identifier: GPL-2.0-only */
/* vsocks.h - egress.vsock: from entries to rows of the kernel's tables. */
#ifndef HARDENCTL_VSOCKS_H
#define HARDENCTL_VSOCKS_H

#include "draft.h"

/* How many rows it takes at most, never 0; and in the table of kinds of sockets. */
__u32 vsocks_rows(const struct policy *policy);
__u32 vsocks_socket_rows(const struct policy *policy);

/* Finds the programs that some entries are for.  An error where this kernel could not keep the rule in force. */
int vsocks_find(struct draft *draft, const struct kernel *kernel, struct fail *fail);

/* Asks the kernel who they are. */
int vsocks_resolve(struct draft *draft, struct fail *fail);

int vsocks_fill(struct draft *draft, struct fail *fail);

#endif
