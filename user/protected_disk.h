/* SPDX-License-Identifier: GPL-2.0-only */
/* protected_disk.h - files of data.protect on a disk: nobody may read the same bytes from below their file system. */
#ifndef HARDENCTL_PROTECTED_DISK_H
#define HARDENCTL_PROTECTED_DISK_H

#include <sys/types.h>

#include "draft.h"

/*
 * Whether the policy keeps everybody from what the file system `dev` of `path` lies on; an error says what to change.  The
 * first `n_listed` of draft->devices are those of kernel.devices.
 */
int protected_disk(const struct draft *draft, size_t n_listed, const struct protect_rule *rule, const char *path, dev_t dev,
		   struct fail *fail);

#endif
