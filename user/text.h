/* SPDX-License-Identifier: GPL-2.0-only */
/* text.h - bytes that others chose, made safe to show: UTF-8, escapes, nearest words. */
#ifndef HARDENCTL_TEXT_H
#define HARDENCTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"

#define TEXT_QUOTE	96	/* an echoed value, escaped, with its NUL */

struct text_quote {
	char s[TEXT_QUOTE];
};

/* Decodes the character at the start of `s`. Returns its length in bytes; 0 if it isn't UTF-8. */
size_t text_decode(const char *s, size_t len, __u32 *ret_char);

/* Would it hide or move other text on a terminal? Controls, line separators, direction marks. */
bool text_hidden(__u32 c);

/*
 * Writes as many whole characters as fit into `size` bytes, NUL included; those that text_hidden()
 * names, and bytes that aren't UTF-8, as \xNN or \uNNNN.  Returns how many bytes of `s` were used.
 */
size_t text_escape(char *buf, size_t size, const char *s, size_t len);

/* text_escape() for a message: a value, cut with "..." where it is long. */
struct text_quote text_quote(const char *s, size_t len);

/* How many characters a valid UTF-8 text has. */
size_t text_columns(const char *s, size_t len);

/*
 * Edits (insert, delete, replace, swap neighbours) that lead from `a` to `b`; for words too long to be mistyped as many as
 * the longer one has bytes.
 */
size_t text_distance(const char *a, const char *b);

/* The word of the NULL-terminated list that is most like `word`, or NULL if none is. */
const char *text_nearest(const char *word, const char *const *words);

#endif
