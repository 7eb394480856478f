// SPDX-License-Identifier: GPL-2.0-only
/* diff.c - a text with some pieces replaced, and the difference as diff -u and patch have it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suggest_parts.h"
#include "util.h"

#define CONTEXT	3	/* lines */

/* Lines [from, to) of the old text, counted from 0, become others. */
struct change {
	size_t from, to, n_new;
	char *text;		/* whole lines */
};

struct old {
	const char *text;
	size_t len;
	size_t *lines;		/* where each begins, and the text's end */
	size_t n_lines;
};

static int find_lines(struct old *old)
{
	size_t n = 1;

	for (size_t i = 0; i < old->len; i++)
		n += old->text[i] == '\n';
	old->lines = calloc(n + 1, sizeof(*old->lines));
	if (!old->lines)
		return -ENOMEM;
	for (size_t i = 0; i < old->len; i++)
		if (old->text[i] == '\n' && i + 1 < old->len)
			old->lines[++old->n_lines] = i + 1;
	old->n_lines += old->len > 0;
	old->lines[old->n_lines] = old->len;
	return 0;
}

/* The line that byte `at` is in; of the text's end the one after the last. */
static size_t line_of(const struct old *old, size_t at)
{
	size_t low = 0, high = old->n_lines;

	if (at >= old->len)
		return old->n_lines;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (old->lines[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The lines that an edit touches: none, where it puts whole lines between others. */
static void touch(const struct old *old, const struct text_edit *edit, size_t *ret_from, size_t *ret_to)
{
	size_t len = strlen(edit->text);
	bool start = !edit->at || old->text[edit->at - 1] == '\n';

	*ret_from = line_of(old, edit->at);
	*ret_to = *ret_from;
	if (edit->at == edit->end && start && len && edit->text[len - 1] == '\n')
		return;
	/* Behind a last line that has no end. */
	if (*ret_from == old->n_lines && *ret_from)
		--*ret_from;
	*ret_to = (edit->end > edit->at ? line_of(old, edit->end - 1) : *ret_from) + 1;
	if (*ret_to > old->n_lines)
		*ret_to = old->n_lines;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (const char *at = text; *at; at = strchrnul(at, '\n'), at += *at == '\n')
		n++;
	return n;
}

/* Text [from, to) with these edits. */
static char *apply(const struct old *old, size_t from, size_t to, const struct text_edit *edits, size_t n)
{
	char *text = NULL;
	size_t size, at = from;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		fwrite(old->text + at, 1, edits[i].at - at, out);
		fputs(edits[i].text, out);
		at = edits[i].end;
	}
	fwrite(old->text + at, 1, to - at, out);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

/* Lines that are the same at its beginning and end are no part of it. */
static void trim(const struct old *old, struct change *change)
{
	while (change->from < change->to) {
		size_t len = old->lines[change->from + 1] - old->lines[change->from];

		if (strlen(change->text) < len || memcmp(change->text, old->text + old->lines[change->from], len) ||
		    old->text[old->lines[change->from] + len - 1] != '\n')
			break;
		memmove(change->text, change->text + len, strlen(change->text + len) + 1);
		change->from++;
	}
	while (change->from < change->to) {
		size_t start = old->lines[change->to - 1], len = old->lines[change->to] - start, all = strlen(change->text);

		if (all < len || memcmp(change->text + all - len, old->text + start, len) ||
		    (all > len && change->text[all - len - 1] != '\n'))
			break;
		change->text[all - len] = 0;
		change->to--;
	}
	change->n_new = count_lines(change->text);
}

static int find_changes(const struct old *old, const struct text_edit *edits, size_t n, struct change *changes, size_t *ret_n)
{
	size_t count = 0;

	for (size_t i = 0, next; i < n; i = next) {
		struct change *change = &changes[count++];
		size_t from, to;

		touch(old, &edits[i], &change->from, &change->to);
		for (next = i + 1; next < n; next++) {
			touch(old, &edits[next], &from, &to);
			if (from > change->to || (from == change->to && to > from && change->to > change->from))
				break;
			if (to > change->to)
				change->to = to;
		}
		change->text = apply(old, old->lines[change->from], old->lines[change->to], edits + i, next - i);
		if (!change->text)
			return -ENOMEM;
		trim(old, change);
	}
	*ret_n = count;
	return 0;
}

static void write_lines(const char *text, size_t len, char mark, FILE *out)
{
	for (size_t at = 0, end; at < len; at = end) {
		const char *newline = memchr(text + at, '\n', len - at);

		end = newline ? (size_t)(newline - text) + 1 : len;
		fputc(mark, out);
		fwrite(text + at, 1, end - at, out);
		if (!newline)
			fputs("\n\\ No newline at end of file\n", out);
	}
}

static void write_old(const struct old *old, size_t from, size_t to, char mark, FILE *out)
{
	write_lines(old->text + old->lines[from], old->lines[to] - old->lines[from], mark, out);
}

/* An empty range is named by the line before it. */
static void write_range(char sign, size_t from, size_t n, FILE *out)
{
	fprintf(out, " %c%zu", sign, n ? from + 1 : from);
	if (n != 1)
		fprintf(out, ",%zu", n);
}

/* Changes whose context meets are one hunk.  `shift`: how many lines the text has grown by before it. */
static size_t write_hunk(const struct old *old, const struct change *changes, size_t n, long *shift, FILE *out)
{
	size_t count = 1, from = changes->from > CONTEXT ? changes->from - CONTEXT : 0, to, at;
	long grown = (long)changes->n_new - (long)(changes->to - changes->from);

	while (count < n && changes[count].from <= changes[count - 1].to + 2 * CONTEXT) {
		grown += (long)changes[count].n_new - (long)(changes[count].to - changes[count].from);
		count++;
	}
	to = MIN(changes[count - 1].to + CONTEXT, old->n_lines);
	fputs("@@", out);
	write_range('-', from, to - from, out);
	write_range('+', from + *shift, to - from + grown, out);
	fputs(" @@\n", out);
	at = from;
	for (size_t i = 0; i < count; i++) {
		write_old(old, at, changes[i].from, ' ', out);
		write_old(old, changes[i].from, changes[i].to, '-', out);
		write_lines(changes[i].text, strlen(changes[i].text), '+', out);
		at = changes[i].to;
	}
	write_old(old, at, to, ' ', out);
	*shift += grown;
	return count;
}

static char *write_diff(const char *path, const struct old *old, const struct change *changes, size_t n)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	long shift = 0;

	if (!out)
		return NULL;
	fprintf(out, "--- %s\n+++ %s\n", path, path);
	for (size_t i = 0; i < n;)
		i += write_hunk(old, changes + i, n - i, &shift, out);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

int diff_apply(const char *path, const char *text, size_t len, const struct text_edit *edits, size_t n, char **ret_text,
	       char **ret_diff)
{
	struct old old = { .text = text, .len = len };
	_cleanup_free_ struct change *changes = calloc(n + 1, sizeof(*changes));
	_cleanup_free_ char *applied = NULL, *diff = NULL;
	size_t n_changes = 0;
	int err = changes ? find_lines(&old) : -ENOMEM;

	if (!err)
		err = find_changes(&old, edits, n, changes, &n_changes);
	if (!err) {
		applied = apply(&old, 0, len, edits, n);
		diff = write_diff(path, &old, changes, n_changes);
	}
	for (size_t i = 0; changes && i < n; i++)
		free(changes[i].text);
	free(old.lines);
	if (err || !applied || !diff)
		return err ?: -ENOMEM;
	*ret_text = TAKE_PTR(applied);
	*ret_diff = TAKE_PTR(diff);
	return 0;
}
