/* SPDX-License-Identifier: GPL-2.0-only */
/* runnable.h - the baseline of exec.introduced: the files that may be run because they are there. */
#ifndef HARDENCTL_RUNNABLE_H
#define HARDENCTL_RUNNABLE_H

#include <stddef.h>

#include "abi.h"
#include "fail.h"

struct bpf_program;
struct hardenctl_bpf;

struct runnable {
	size_t taken;
	size_t written;		/* left out, as somebody has them open for writing */
	char example[256];	/* one of those */
};

/*
 * Takes the snapshot: every file that is executable by anybody, or has ".so" in its name, on the file systems that
 * the first process sees and whose content only this machine changes; mounts with noexec are left out.  And the disks
 * and images that those file systems lie on.  `skel` has the programs exec__snapshot*, loaded on the maps of the set
 * that it is for, whose hooks are attached already.  This process must have no
 * other file open with O_PATH.
 * What can't be looked at, or is changed meanwhile, is not in it, and so will be refused.  Changes the working
 * directory while it runs.
 */
int runnable_take(struct hardenctl_bpf *skel, struct runnable *ret_runnable, struct fail *fail);

/*
 * Has one of the programs look at all descriptors of this process that are open with O_PATH; what it says of each
 * goes to `row`, which returns 0 or -errno with a message.
 */
int runnable_hand_over(const struct bpf_program *program, int (*row)(void *arg, const struct runnable_row *row),
		       void *arg, struct fail *fail);

#endif
