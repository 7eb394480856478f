/* SPDX-License-Identifier: GPL-2.0-only */
/* status.h - what is in force, as proven just now. */
#ifndef HARDENCTL_STATUS_H
#define HARDENCTL_STATUS_H

#include <stdbool.h>

#include "canary.h"
#include "fail.h"
#include "kernel.h"
#include "measure.h"
#include "recorder.h"

/* The newest record of a guard that is no canary's. */
struct last_record {
	__u64 seq;				/* 0: none, or none among the newest STATUS_WALK records */
	__u64 boot_ns;
	__u32 kind;				/* enum kind_id */
};

#define STATUS_WALK	4096

struct status {
	struct kernel kernel;			/* filled by the caller */
	bool loaded;
	enum seal_state seal;
	struct set_info set;			/* what follows only if `loaded` */
	size_t attached;			/* of set.attachments */
	enum canary canary[GUARD_COUNT];
	__u64 denied[GUARD_COUNT], would_deny[GUARD_COUNT];	/* canaries not among them */
	struct last_record last[GUARD_COUNT];
	__u64 records, overwritten, lost[LOST_COUNT];
	bool reader;				/* logd is there */
	struct measured measured;		/* only where status_measure() was called */
	bool counted;				/* and whether the TPM keeps the policy's serial */
	char unbound[512];			/* of unbound_units(), and how many; only where the caller asked */
	int n_unbound;
	__u64 read_ns, proven_ns;		/* when, CLOCK_BOOTTIME: the counters were read, the canaries were run */
};

/* Runs the canaries (all of them if `thorough`, else those of canary_run()) and reads the counters. */
int status_read(struct status *status, bool thorough, struct fail *fail);

/*
 * Reads again what status_read() has read.  Canaries write records, so they only run where something of the set has
 * changed since, or the last time is `age_ns` ago.
 */
int status_refresh(struct status *status, __u64 age_ns, struct fail *fail);

/* Asks the TPM, which takes its time. */
void status_measure(struct status *status);

/* Whether a guard does what its mode says: off, or its canary met what it must. */
bool status_proven(const struct status *status, int guard);

/* Whether a guard weaker than `enforce` is one that the policy tolerates. */
bool status_tolerated(const struct status *status, int guard);

/* Whether every guard is proven and every program attached. */
bool status_whole(const struct status *status);

/* That, and sealed, and no guard weaker than `enforce` but those that the policy tolerates. */
bool status_green(const struct status *status);

#endif
