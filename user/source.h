/* SPDX-License-Identifier: GPL-2.0-only */
/* source.h - a text file as people see it: characters, lines, and places to point at. */
#ifndef HARDENCTL_SOURCE_H
#define HARDENCTL_SOURCE_H

#include <stddef.h>

#include "abi.h"
#include "diag.h"

#define SOURCE_LINE_MAX		(1u << 20)	/* bytes of one line */
#define SOURCE_EMPTY_MAX	100u		/* empty lines in a row */

struct source {
	const char *name;
	const char *bytes;	/* not owned, nor is the name */
	size_t len;
	__u32 *lines;		/* where each line begins; there is at least one */
	size_t n_lines;
	struct diags *diags;
};

/* Finds the lines. Returns 0 or -ENOMEM. */
int source_init(struct source *source, const char *name, const char *bytes, size_t len,
		struct diags *diags);
void source_free(struct source *source);

/* Returns 0, or -EINVAL with a diag if it isn't lines of plain UTF-8 that show all they say. */
int source_check(const struct source *source);

/* The number of the line that byte `at` is in, from 1. */
unsigned int source_line(const struct source *source, size_t at);

/* Where bytes at..end stand. */
struct diag_place source_place(const struct source *source, size_t at, size_t end);

/* Adds an error there, and returns -EINVAL. */
__attribute__((format(printf, 4, 5)))
int source_error(const struct source *source, size_t at, size_t end, const char *format, ...);

#endif
