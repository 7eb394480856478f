/* SPDX-License-Identifier: GPL-2.0-only */
/* draft.h - a set in the making: from a policy to programs that are attached, but not yet armed. */
#ifndef HARDENCTL_DRAFT_H
#define HARDENCTL_DRAFT_H

#include "fail.h"
#include "identity.h"
#include "policy.h"
#include "rules.h"
#include "set.h"

struct hardenctl_bpf;

struct draft {
	struct hardenctl_bpf *skel;
	struct program_files files;	/* the programs that it knows by identity */
	struct set_info set;		/* what it will say of itself */
	struct state *state;		/* the kernel's, mapped; NULL before draft_fill() */
	struct state names;		/* the table of policy files that `state` is to have */
	bool reload;			/* it takes over maps of an older set */
};

/*
 * Puts the programs through the verifier and resolves the identities that the policy names.  `number` is
 * the new set's; `old` is the set whose log, counters and state it takes over, or NULL.  Attaches
 * nothing.  Free the draft in any case.
 */
int draft_open(const struct policy *policy, const struct rules *rules, const struct set_info *old,
	       __u64 number, struct draft *ret_draft, struct fail *fail);

/* Fills every map and freezes all but the state. */
int draft_fill(struct draft *draft, const struct rules *rules, struct fail *fail);

/* Attaches and pins.  On failure the caller takes away what set.attachment[] says, attached or not. */
int draft_attach(struct draft *draft, int cgroup, struct fail *fail);

/* The one store that arms every set up to `number` and makes that one record. */
void draft_arm(struct draft *draft, __u64 number);

/* Frees what this process holds; what is attached or pinned stays. */
void draft_free(struct draft *draft);

#endif
