// SPDX-License-Identifier: GPL-2.0-only
/* diag.c - what is wrong with a text, where, for people: a growing list. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "policy.h"
#include "style.h"
#include "text.h"

/* Of a source line, this many bytes are shown before, in and after what is marked. */
#define SHOWN_BEFORE	80
#define SHOWN_MARKED	120
#define SHOWN_AFTER	60

#define TEXT_MAX	1024	/* of one message; values in it are cut by text_quote() */

/* One piece of a source line, escaped; a tab is one blank, so that the caret stays in place. */
static size_t show(char *buf, size_t size, const char *s, size_t len)
{
	char piece[SHOWN_MARKED];

	memcpy(piece, s, len);
	for (size_t i = 0; i < len; i++)
		if (piece[i] == '\t')
			piece[i] = ' ';
	text_escape(buf, size, piece, len);
	return strlen(buf);
}

static bool inside_character(const char *s, size_t len, size_t at)
{
	return at < len && (s[at] & 0xc0) == 0x80;
}

/* Copies what surrounds the mistake, so that a line of megabytes costs no more than another. */
static void copy_source(struct diag *diag, const struct diag_place *place)
{
	/* Escaping makes at most six bytes (\uNNNN) of two, so four of one (\xNN) is the worst. */
	char buf[4 * (SHOWN_BEFORE + SHOWN_MARKED + SHOWN_AFTER) + 16] = "";
	size_t at = place->at < place->len ? place->at : place->len, out = 0, marked;
	size_t from = at > SHOWN_BEFORE ? at - SHOWN_BEFORE : 0, end, to;

	while (from && from < at && inside_character(place->source, place->len, from))
		from++;
	end = at + place->width < place->len ? at + place->width : place->len;
	if (end - at > SHOWN_MARKED)
		end = at + SHOWN_MARKED;
	while (end > at && inside_character(place->source, place->len, end))
		end--;
	to = end + SHOWN_AFTER < place->len ? end + SHOWN_AFTER : place->len;
	while (to > end && inside_character(place->source, place->len, to))
		to--;

	if (from)
		out = strlen(strcpy(buf, "..."));
	out += show(buf + out, sizeof(buf) - out, place->source + from, at - from);
	diag->caret = text_columns(buf, out) + 1;
	marked = show(buf + out, sizeof(buf) - out, place->source + at, end - at);
	diag->width = text_columns(buf + out, marked);
	if (!diag->width)
		diag->width = 1;
	out += marked;
	out += show(buf + out, sizeof(buf) - out, place->source + end, to - end);
	if (to < place->len)
		strcpy(buf + out, "...");
	diag->source = strdup(buf);
}

static struct diag *append(struct diags *diags, const char *file)
{
	struct diag *diag;

	/* Grown whenever the count is a power of two. */
	if (!(diags->count & (diags->count - 1))) {
		size_t room = diags->count ? 2 * diags->count : 1;
		struct diag *list = reallocarray(diags->list, room, sizeof(*list));

		if (!list)
			return NULL;
		diags->list = list;
	}
	diag = &diags->list[diags->count];
	*diag = (struct diag) { .file = strdup(file), .width = 1, .caret = 1 };
	if (!diag->file)
		return NULL;
	diags->count++;
	return diag;
}

static void add(struct diags *diags, const struct diag_place *place, bool warning, const char *format, va_list args)
{
	char text[TEXT_MAX];
	struct diag *diag;

	if (diags->count > POLICY_DIAGS_MAX)
		return;
	diag = append(diags, place->file);
	if (!diag)
		return;
	diag->warning = warning;
	if (diags->count > POLICY_DIAGS_MAX) {
		diag->text = strdup("too many errors: the rest is not shown");
		return;
	}
	vsnprintf(text, sizeof(text), format, args);
	diag->text = strdup(text);
	diag->line = place->line;
	if (!place->source)
		return;
	diag->column = text_columns(place->source,
				    place->at < place->len ? place->at : place->len) + 1;
	copy_source(diag, place);
}

void diag_error(struct diags *diags, const struct diag_place *place, const char *format, ...)
{
	va_list args;

	diags->errors++;
	va_start(args, format);
	add(diags, place, /* warning= */ false, format, args);
	va_end(args);
}

void diag_warning(struct diags *diags, const struct diag_place *place, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(diags, place, /* warning= */ true, format, args);
	va_end(args);
}

static int by_place(const void *left, const void *right)
{
	const struct diag *a = left, *b = right;

	if (!a->line != !b->line)
		return a->line ? -1 : 1;	/* the "too many" line stays last */
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return strcmp(a->text ? a->text : "", b->text ? b->text : "");
}

void diags_sort(struct diags *diags, size_t first)
{
	if (first < diags->count)
		qsort(diags->list + first, diags->count - first, sizeof(*diags->list), by_place);
}

static void print_file(const char *file, FILE *out)
{
	size_t len = strlen(file);

	while (len) {
		char piece[64];
		size_t used = text_escape(piece, sizeof(piece), file, len);

		fputs(piece, out);
		file += used;
		len -= used;
	}
}

static void show_one(const struct diag *diag, const struct style *style, FILE *out)
{
	const char *on = style_on(style, diag->warning ? TONE_WARN : TONE_BAD), *off = style_off(style);

	print_file(diag->file, out);
	if (diag->line)
		fprintf(out, ":%u", diag->line);
	if (diag->line && diag->column)
		fprintf(out, ":%u", diag->column);
	fprintf(out, ": %s%s:%s %s\n", on, diag->warning ? "warning" : "error", off, diag->text ? diag->text : "out of memory");
	if (!diag->source)
		return;
	fprintf(out, "%s\n%*s%s", diag->source, (int)diag->caret - 1, "", on);
	for (unsigned int column = 0; column < diag->width; column++)
		fputc('^', out);
	fprintf(out, "%s\n", off);
}

void diags_show(const struct diags *diags, const struct style *style, FILE *out)
{
	for (size_t i = 0; i < diags->count; i++)
		show_one(&diags->list[i], style, out);
}

void diags_print(const struct diags *diags, FILE *out)
{
	diags_show(diags, &(struct style){}, out);
}

void diags_free(struct diags *diags)
{
	if (!diags)
		return;
	for (size_t i = 0; i < diags->count; i++) {
		free(diags->list[i].file);
		free(diags->list[i].text);
		free(diags->list[i].source);
	}
	free(diags->list);
	*diags = (struct diags) { 0 };
}
