/* SPDX-License-Identifier: GPL-2.0-only */
/* against.h - what a policy would do otherwise than the one under which records were made. */
#ifndef HARDENCTL_AGAINST_H
#define HARDENCTL_AGAINST_H

#include "replay.h"

enum outcome { NEWLY_DENIED, NEWLY_ALLOWED, STILL_DENIED, STILL_ALLOWED, CANNOT_TELL, OUTCOMES };

extern const char *const outcome_names[OUTCOMES];	/* as --json has them */

struct against_row {
	const struct replay_row *row;
	enum outcome outcome;
	struct judgement judgement;
};

struct against {
	struct against_row *rows;	/* as in the log */
	size_t n_rows;
	__u64 count[OUTCOMES];		/* records */
};

/* Judges every row of the log, which must outlive *ret_against.  Returns 0 or -ENOMEM. */
int against_log(const struct policy *policy, const struct rules *rules, const struct replay_log *log, struct against *ret_against);
void against_free(struct against *against);

#endif
