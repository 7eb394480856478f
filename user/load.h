/* SPDX-License-Identifier: GPL-2.0-only */
/* load.h - puts a policy in force, and takes it out again before the seal. */
#ifndef HARDENCTL_LOAD_H
#define HARDENCTL_LOAD_H

#include <stdbool.h>

#include "canary.h"
#include "chain.h"
#include "fail.h"
#include "kernel.h"
#include "policy.h"
#include "rules.h"
#include "runnable.h"
#include "scan.h"

/* What became of a load, for the verb to print. */
struct loaded {
	struct set_info set;
	enum canary canary[GUARD_COUNT];
	struct runnable runnable;	/* the baseline, where it is taken at the load */
	struct flows flows;		/* what it cuts of what is open, be it refused for that; to be freed */
	bool reload;			/* an older set was in force before */
	char log_key[CHAIN_HEX + 1];	/* of a log that is new, for whoever verifies it; "": the log is not new, or has no chain */
	struct fail no_chain;		/* why it has none, or "" */
	struct fail no_serial;		/* why its serial is not kept for the boot, or "" */
	struct fail no_counter;		/* why the TPM has not counted it, or "" */
	__u32 records_kept;		/* a reload keeps the log: its capacity where the policy asks for another, else 0 */
};

/*
 * Puts `policy` in force.  The new set is attached, armed and proven by its canaries before the old one
 * goes; on any failure the new one is taken away and the old one stands as it was.  With `dry_run` the
 * programs only go through the verifier, and see what is open.  It refuses to cut the connection that the caller works
 * over, unless `force`.  `kernel` lacks nothing that is required.  Returns 0, or -errno with a
 * message.
 */
int load_policy(const struct policy *policy, const struct rules *rules, const struct kernel *kernel,
		bool dry_run, bool force, struct loaded *ret_loaded, struct fail *fail);

/* Fails where the machine is sealed.  Asked first, whatever the policy's file is like by now. */
int load_possible(struct fail *fail);

/*
 * Leaves a record of a policy that was refused for `why`, where an older one is in force; elsewhere there is no log.  Best
 * effort: it is refused, record or no record.
 */
void load_note_refused(const char *why);

/* Takes every set away.  -ENOENT with a message if nothing is loaded. */
int load_undo(struct fail *fail);

#endif
