/* SPDX-License-Identifier: GPL-2.0-only */
/* explain.h - a record, and what there is to say about it, as texts that are safe to show. */
#ifndef HARDENCTL_EXPLAIN_H
#define HARDENCTL_EXPLAIN_H

#include <json-c/json.h>
#include <stdbool.h>

#include "advice.h"
#include "event.h"
#include "reasons.h"

struct explanation {
	struct json_object *event;	/* as `log --json` has it: every text in it is escaped */
	const struct reason *reason;
	bool canary;			/* hardenctl's own: then there is no advice */
	struct advice advice;
	char *sentence;			/* who tried what, when, and what became of it */
	char *rule;			/* what decided, and where it stands */
	char dropin[4 * FILE_LEN + 64];	/* a file that could hold the lines of advice */
	const char *effective;		/* when they could take effect */
};

/*
 * Explains `record` on a machine where `set` is in force.  `inspects`: as for advice_of().  Returns 0 or
 * -ENOMEM; in both cases the caller calls explain_free().
 */
int explain(const struct record *record, const struct event_context *context, const struct set_info *set,
	    enum seal_state seal, bool inspects, struct explanation *ret_explanation);
/* When a change of the policy could take effect. */
const char *explain_effective(enum seal_state seal);

void explain_free(struct explanation *explanation);

#endif
