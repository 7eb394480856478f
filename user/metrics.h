/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * metrics.h - what is in force and what was refused, as Prometheus reads it.
 *
 * It is polled, so no canary runs: that would fill the log and count as proof what nobody looked at.  A
 * guard's mode is therefore called its mode, never "enforcing", which only `status` and `verify` may say.
 */
#ifndef HARDENCTL_METRICS_H
#define HARDENCTL_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "abi.h"
#include "fail.h"
#include "set.h"

struct metrics {
	bool reader;			/* logd is there */
	bool loaded;
	enum seal_state seal;
	struct set_info set;		/* this and what follows only if `loaded` */
	size_t attached;		/* of set.attachments */
	__u64 records, overwritten;
	struct counters counters;
};

int metrics_read(struct metrics *ret_metrics, struct fail *fail);

/* The text format, version 0.0.4, without timestamps. */
void metrics_write(const struct metrics *metrics, FILE *out);

#endif
