/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_log.h - what `log` shows, to whom, and how it goes on. */
#ifndef HARDENCTL_CMD_LOG_H
#define HARDENCTL_CMD_LOG_H

#include <stdbool.h>

#include "event.h"
#include "log_filter.h"
#include "style.h"

#define LOG_ALL	(~0ull)	/* lines: as many as there are */

/* A form of output. */
struct log_format {
	const char *name;
	/* Makes of an event, or of a lost line, what is printed; both NULL: text. */
	struct json_object *(*event)(struct json_object *event, const struct record *record);
	struct json_object *(*lost)(struct json_object *lost);
};

struct log_request {
	struct log_filter filter;
	const struct log_format *format;
	unsigned long long lines;	/* the last that match; LOG_ALL */
	bool follow, reverse;
	struct style style;
};

/* Shows records of one log, in their order. */
struct log_view {
	const struct log_request *request;
	struct event_context context;
	__u64 next;		/* seq of the record that is to come */
	__u64 lost;		/* that were overwritten just before it */
};

/* Where to begin so that as many matching records follow as the request wants. */
__u64 log_view_first(const struct log_request *request, struct recorder *recorder);

/*
 * Prints what comes from view->next on.  -EAGAIN: the next record is being written; -EPIPE, -EIO and such: standard output takes
 * no more.
 */
int log_view_print(struct log_view *view, struct recorder *recorder);

/* Prints a line in the place of the `count` records before view->next. */
int log_view_lost(struct log_view *view, __u64 count, const char *cause);

/* Prints what is there and then what comes, until SIGINT or SIGTERM, or until nobody reads it; returns the exit code. */
int log_follow(const struct log_request *request);

/* What becomes of standard output that takes no more: who closed a pipe has seen enough. */
int log_write_failed(int err);

#endif
