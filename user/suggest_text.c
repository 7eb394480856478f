// SPDX-License-Identifier: GPL-2.0-only
/* suggest_text.c - lines of a policy as text: entries, what is said about them, and a whole drop-in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "names.h"
#include "suggest.h"
#include "suggest_parts.h"
#include "text.h"

#define SHOWN	3	/* programs and logs that a comment names */

/* Quoted unless it reads as a plain word: what is in it is ours, or went through advice_is_plain(). */
static void write_value(const char *text, FILE *out)
{
	bool plain = text[0] != '-' && strcmp(text, "null") &&
		     strspn(text, "/._+-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(text);

	fprintf(out, plain ? "%s" : "\"%s\"", text);
}

static void write_list(const struct words *words, FILE *out)
{
	for (size_t i = 0; i < words->count; i++) {
		fputs(i ? ", " : words->count > 1 ? "[" : "", out);
		write_value(words->list[i], out);
	}
	if (words->count > 1)
		fputc(']', out);
}

void suggest_write_entry(const struct suggest_line *line, FILE *out)
{
	const char *comma = "";

	if (line->key->form == SUGGEST_SWITCH) {
		fputs("allow", out);
		return;
	}
	/* A program is a mapping only where there is more to say of it. */
	if (line->key->form == SUGGEST_WORDS || (!strcmp(line->key->fields[0], "path") && !line->field[1].count)) {
		write_value(line->field[0].list[0], out);
		return;
	}
	fputc('{', out);
	for (int field = 0; field < SUGGEST_FIELDS && line->key->fields[field]; field++) {
		if (!line->field[field].count)
			continue;
		fprintf(out, "%s%s: ", comma, line->key->fields[field]);
		write_list(&line->field[field], out);
		comma = ", ";
	}
	fputc('}', out);
}

static void write_names(const struct words *words, const char *none, FILE *out)
{
	for (size_t i = 0; i < words->count && i < SHOWN; i++)
		fprintf(out, "%s%s", i ? ", " : "", words->list[i][0] ? text_quote(words->list[i], strlen(words->list[i])).s : none);
	if (words->count > SHOWN)
		fprintf(out, " and %zu more", words->count - SHOWN);
}

/* One line: all in it is escaped, so that nothing can end it. */
static void write_comment(const struct suggest_line *line, FILE *out)
{
	fprintf(out, "%llu time%s, ", (unsigned long long)line->count, line->count == 1 ? "" : "s");
	if (line->count == 1)
		fprintf(out, "%.19s%s (record %llu)", line->first, line->first[0] ? "Z" : "", (unsigned long long)line->first_seq);
	else
		fprintf(out, "%.19s%s to %.19s%s (records %llu to %llu)", line->first, line->first[0] ? "Z" : "", line->last,
			line->last[0] ? "Z" : "", (unsigned long long)line->first_seq, (unsigned long long)line->last_seq);
	fputs(", by ", out);
	write_names(&line->programs, "a program that is not known", out);
	fputs(", from ", out);
	write_names(&line->sources, "", out);
	if (line->note)
		fprintf(out, "; %s", line->note);
}

/* What a FILE of memory got, once it is closed; NULL: it has not all of it. */
static char *closed(FILE *out, char **text)
{
	bool failed = ferror(out);

	if (!fclose(out) && !failed)
		return *text;
	free(*text);
	return NULL;
}

static char *to_text(void (*write)(const struct suggest_line *line, FILE *out), const struct suggest_line *line)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	write(line, out);
	return closed(out, &text);
}

char *suggest_entry(const struct suggest_line *line)
{
	return to_text(suggest_write_entry, line);
}

char *suggest_comment(const struct suggest_line *line)
{
	return to_text(write_comment, line);
}

void suggest_write_comment(const struct suggest_line *line, int indent, FILE *out)
{
	fprintf(out, "%*s# ", indent, "");
	write_comment(line, out);
	fputc('\n', out);
}

void suggest_write_key(const struct suggest_line *lines, size_t n, int indent, FILE *out)
{
	if (lines->key->form == SUGGEST_SWITCH) {
		suggest_write_comment(lines, indent, out);
		fprintf(out, "%*s%s: allow\n", indent, "", lines->key->name);
		return;
	}
	fprintf(out, "%*s%s:\n", indent, "", lines->key->name);
	suggest_write_items(lines, n, indent + 2, out);
}

void suggest_write_items(const struct suggest_line *lines, size_t n, int indent, FILE *out)
{
	for (size_t i = 0; i < n; i++) {
		suggest_write_comment(&lines[i], indent, out);
		fprintf(out, "%*s- ", indent, "");
		suggest_write_entry(&lines[i], out);
		fputc('\n', out);
	}
}

size_t suggest_group(const struct suggestion *suggestion, size_t first)
{
	size_t n = first;

	while (n < suggestion->n_lines && suggestion->lines[n].key == suggestion->lines[first].key)
		n++;
	return n - first;
}

char *suggest_dropin(const struct suggestion *suggestion)
{
	__u32 guard = GUARD_COUNT;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < suggestion->n_lines; i += suggest_group(suggestion, i)) {
		const struct suggest_line *lines = &suggestion->lines[i];

		if (lines->key->guard != guard)
			fprintf(out, "%s:\n", guard_names[lines->key->guard]);
		guard = lines->key->guard;
		suggest_write_key(lines, suggest_group(suggestion, i), 2, out);
	}
	return closed(out, &text);
}
