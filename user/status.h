/* SPDX-License-Identifier: GPL-2.0-only */
/* status.h - what is in force, as proven just now. */
#ifndef HARDENCTL_STATUS_H
#define HARDENCTL_STATUS_H

#include <stdbool.h>

#include "canary.h"
#include "fail.h"
#include "kernel.h"
#include "recorder.h"

struct status {
	struct kernel kernel;			/* filled by the caller */
	bool loaded;
	enum seal_state seal;
	struct set_info set;			/* what follows only if `loaded` */
	size_t attached;			/* of set.attachments */
	enum canary canary[GUARD_COUNT];
	__u64 denied[GUARD_COUNT], would_deny[GUARD_COUNT];	/* canaries not among them */
	__u64 records, overwritten, lost[LOST_COUNT];
};

/* Runs the canaries (all of them if `thorough`, else those of canary_run()) and reads the counters. */
int status_read(struct status *status, bool thorough, struct fail *fail);

/* Whether a guard does what its mode says: off, or its canary met what it must. */
bool status_proven(const struct status *status, int guard);

/* Whether every guard is proven and every program attached. */
bool status_whole(const struct status *status);

/* That, and sealed, and no guard weaker than `enforce` but those that the policy tolerates. */
bool status_green(const struct status *status);

#endif
