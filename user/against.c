// SPDX-License-Identifier: GPL-2.0-only
/* against.c - what a policy would do otherwise than the one under which records were made. */
#include "against.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

const char *const outcome_names[OUTCOMES] = {
	[NEWLY_DENIED] = "newly_denied", [NEWLY_ALLOWED] = "newly_allowed", [STILL_DENIED] = "still_denied",
	[STILL_ALLOWED] = "still_allowed", [CANNOT_TELL] = "cannot_tell",
};

/* A guard that only records lets through what its rules refuse; what `before-seal: audit` lets through ends at the seal. */
static enum outcome compare(const struct policy *policy, const struct replay_row *row, const struct judgement *judgement)
{
	bool was = row->record.flags & RECORD_DENIED;

	if (policy->guard[kind_names[row->record.kind].guard_id].mode != MODE_ENFORCE || judgement->verdict == REPLAY_ALLOWED)
		return was ? NEWLY_ALLOWED : STILL_ALLOWED;
	if (judgement->verdict == REPLAY_UNKNOWN)
		return CANNOT_TELL;
	return was ? STILL_DENIED : NEWLY_DENIED;
}

int against_log(const struct policy *policy, const struct rules *rules, const struct replay_log *log, struct against *ret_against)
{
	struct against against = { .rows = calloc(log->count + 1, sizeof(*against.rows)) };
	struct replay replay;

	if (!against.rows || replay_open(policy, rules, &replay)) {
		free(against.rows);
		return -ENOMEM;
	}
	for (size_t i = 0; i < log->count; i++) {
		struct against_row *row = &against.rows[against.n_rows++];

		row->row = &log->list[i];
		row->judgement = replay_judge(&replay, row->row);
		row->outcome = compare(policy, row->row, &row->judgement);
		against.count[row->outcome] += row->row->count;
	}
	replay_close(&replay);
	*ret_against = against;
	return 0;
}

void against_free(struct against *against)
{
	free(against->rows);
	memset(against, 0, sizeof(*against));
}
