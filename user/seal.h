/* SPDX-License-Identifier: GPL-2.0-only */
/* seal.h - the checked transition after which nobody loosens anything until the machine reboots. */
#ifndef HARDENCTL_SEAL_H
#define HARDENCTL_SEAL_H

#include <stdbool.h>

#include "fail.h"
#include "kernel.h"
#include "runnable.h"
#include "scan.h"

struct sealed {
	struct set_info set;
	struct findings findings;	/* of the last scan; the caller frees them */
	struct runnable runnable;	/* the baseline, where it is taken at the seal */
	bool before;			/* it was sealed already */
	bool reloaded;			/* by the caller, after an -EAGAIN: not asked for again */
	unsigned int tries;
};

/*
 * Arms provisionally, proves every guard, scans, and commits: or steps back, with EXIT_REFUSED, and nothing is
 * changed.  As often as the policy's seal.retry allows.  With `dry_run` it only scans.  -EAGAIN without a message: the caller is
 * to load the same policy again first, since somebody's program has come after ours on the root cgroup.
 */
int seal_machine(bool dry_run, struct sealed *ret_sealed, struct fail *fail);

struct hardenctl_bpf;

/* The set's maps under the names that the programs know, so that none is made. -errno. */
int seal_take_maps(struct hardenctl_bpf *skel, const struct set_info *set);

#endif
