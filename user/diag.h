/* SPDX-License-Identifier: GPL-2.0-only */
/* diag.h - what is wrong with a text, where, for people: a growing list. */
#ifndef HARDENCTL_DIAG_H
#define HARDENCTL_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct diag {
	char *file;
	unsigned int line, column;	/* from 1; 0: the file as a whole */
	unsigned int width;		/* columns that the caret marks, at least 1 */
	char *text;
	char *source;			/* the line of the file, or NULL; escaped, a long one cut */
	unsigned int caret;		/* the column of `source` that the caret is below, from 1 */
	bool warning;
};

struct diags {
	struct diag *list;
	size_t count, errors;		/* errors: with those that were too many to keep */
};

/* Where a mistake stands: `width` bytes from byte `at` of one line of a file. */
struct diag_place {
	const char *file;
	const char *source;		/* the line, without its end; NULL: unknown */
	size_t len;			/* of the line, in bytes */
	unsigned int line;		/* from 1; 0: the file as a whole */
	size_t at, width;
};

/*
 * Adds a line to the list. Without memory for it the error is still counted, so nothing that was
 * found wrong can pass for right. Values in the format's arguments come from text_quote().
 */
__attribute__((format(printf, 3, 4)))
void diag_error(struct diags *diags, const struct diag_place *place, const char *format, ...);

/* The same for what is possible, but perhaps not meant. */
__attribute__((format(printf, 3, 4)))
void diag_warning(struct diags *diags, const struct diag_place *place, const char *format, ...);

/* Sorts those from index `first` on by line and column. */
void diags_sort(struct diags *diags, size_t first);

void diags_free(struct diags *diags);

/* Prints "file:line:column: error: text", the source line and a caret, for each. */
void diags_print(const struct diags *diags, FILE *out);

/* The same, in the colours of `style`. */
struct style;
void diags_show(const struct diags *diags, const struct style *style, FILE *out);

#endif
