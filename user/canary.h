/* SPDX-License-Identifier: GPL-2.0-only */
/* canary.h - tries what each guard refuses, for real, and tells what became of it. */
#ifndef HARDENCTL_CANARY_H
#define HARDENCTL_CANARY_H

#include "abi.h"
#include "set.h"

enum canary {
	CANARY_UNTESTED,	/* the guard is off, or this machine has nothing to try it on */
	CANARY_SHADOWED,	/* an earlier layer refused it; ours is attached */
	CANARY_RECORDED,	/* let through and recorded: the guard is in audit mode */
	CANARY_REFUSED,		/* refused, and this set's counter moved */
	CANARY_PASSED,		/* not refused, or not recorded in audit mode */
	CANARY_COUNT
};

extern const char *const canary_names[CANARY_COUNT];

/* The mode that a guard of `set` works in now: one with `before-seal: audit` only records until the seal. */
__u32 canary_mode(const struct set_info *set, enum seal_state seal, __u32 guard);

/*
 * Tries every guard of `set`, one result a guard.  Some can only be tried once the machine is sealed.  `live` tells
 * whether all of the set's attachments are in force; where they are not, "shadowed" is no proof and counts as passed.
 * `thorough` tries each hook, else one for each guard and each program on the root cgroup.  What a canary does is harmless
 * where it passes: an empty module image, a datagram socket's connect, a shell that runs ":".
 */
void canary_run(const struct set_info *set, enum seal_state seal, bool live, bool thorough,
		enum canary ret_result[GUARD_COUNT]);

#endif
