/* SPDX-License-Identifier: GPL-2.0-only */
/* disks.h - what the file systems of the baseline lie on, so that nobody changes a program from below. */
#ifndef HARDENCTL_DISKS_H
#define HARDENCTL_DISKS_H

#include <stddef.h>

#include "abi.h"
#include "fail.h"

struct hardenctl_bpf;

struct disk_row {
	__u64 key;		/* DISK_KEY */
	enum disk disk;
};

/* Zero-initialized; free it in any case. */
struct disks {
	struct disk_row *rows;
	size_t count;
	char **images;		/* files that loop devices show */
	size_t n_images;
};

/* Adds what a file system lies on: its device (MAJOR:MINOR as mountinfo has it), all below that, and what leads there. */
int disks_add(struct disks *disks, const char *type, const char *device, struct fail *fail);

/* Puts all of it into the kernel's lists.  `skel` as for runnable_take(). */
int disks_take(const struct disks *disks, struct hardenctl_bpf *skel, struct fail *fail);

void disks_free(struct disks *disks);

/*
 * A descriptor of a file system of our own that is mounted nowhere, for files that nobody else sees: what else there is
 * may be read-only, or mounted with noexec.  -1: this process may not have one.
 */
int disks_own_directory(void);

#endif
