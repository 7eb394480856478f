/* SPDX-License-Identifier: GPL-2.0-only */
/* replay_kernel.h - the records that the kernel has now, for a replay. */
#ifndef HARDENCTL_REPLAY_KERNEL_H
#define HARDENCTL_REPLAY_KERNEL_H

#include "replay.h"
#include "set.h"

/* Adds all records of the set's log. */
int replay_read_kernel(struct replay_log *log, const struct set_info *set, struct fail *fail);

#endif
