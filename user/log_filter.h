/* SPDX-License-Identifier: GPL-2.0-only */
/* log_filter.h - which records somebody wants to see. */
#ifndef HARDENCTL_LOG_FILTER_H
#define HARDENCTL_LOG_FILTER_H

#include <stdbool.h>

#include "recorder.h"

struct log_filter {
	int guard;		/* -1: any */
	const char *reason;	/* as reason_names spells it; NULL: any */
	const char *exe;	/* path of a program, or of a tree where it ends with '/'; NULL: any */
	__u32 pid;		/* of process or thread; 0: any */
	bool canaries;
	__u64 since, until;	/* CLOCK_BOOTTIME, both included */
};

bool log_filter_matches(const struct log_filter *filter, const struct record *record, const struct recorder *recorder);

/* Whether `path` is `wanted` or, where that ends with '/', below it. */
bool log_filter_path(const char *path, const char *wanted);

/* The name of a reason as reason_names has it, of `guard` (-1: of any), or NULL. */
const char *log_filter_reason(const char *name, int guard);

/* The names of all reasons of `guard` (-1: of all), each once; the last is NULL. */
void log_filter_reasons(int guard, const char *ret_names[KIND_COUNT + 1]);

#endif
