/* SPDX-License-Identifier: GPL-2.0-only */
/* suggest_parts.h - pieces of text that a drop-in and an edited policy share; private to suggest_*.c. */
#ifndef HARDENCTL_SUGGEST_PARTS_H
#define HARDENCTL_SUGGEST_PARTS_H

#include <stdio.h>

#include "suggest.h"

void suggest_free_line(struct suggest_line *line);

/* How many lines from `first` on have its key: they are sorted by it. */
size_t suggest_group(const struct suggestion *suggestion, size_t first);

void suggest_write_entry(const struct suggest_line *line, FILE *out);
void suggest_write_comment(const struct suggest_line *line, int indent, FILE *out);

/* A key with all of its lines, and the items of a list alone, each with its comment above. */
void suggest_write_key(const struct suggest_line *lines, size_t n, int indent, FILE *out);
void suggest_write_items(const struct suggest_line *lines, size_t n, int indent, FILE *out);

/* A piece of a text that is to be replaced. */
struct text_edit {
	size_t at, end;
	int rank;		/* among those at the same place */
	size_t order;
	char *text;
};

/* diff.c: the text with `edits`, which are sorted and don't overlap, and how it differs, as diff -u has it.  -ENOMEM. */
int diff_apply(const char *path, const char *text, size_t len, const struct text_edit *edits, size_t n, char **ret_text,
	       char **ret_diff);

#endif
