// SPDX-License-Identifier: GPL-2.0-only
/* source.c - a text file as people see it: characters, lines, and places to point at. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"
#include "text.h"

#define ERROR_TEXT	512	/* of one error; the values in it are cut by text_quote() */

/* A line ends with LF, CR LF or CR, as YAML has it. */
static bool ends_line(const struct source *source, size_t at)
{
	const char *bytes = source->bytes;

	return bytes[at] == '\n' ||
	       (bytes[at] == '\r' && (at + 1 == source->len || bytes[at + 1] != '\n'));
}

int source_init(struct source *source, const char *name, const char *bytes, size_t len,
		struct diags *diags)
{
	size_t n_lines = 1;

	*source = (struct source) { .name = name, .bytes = bytes, .len = len, .diags = diags };
	for (size_t at = 0; at < len; at++)
		n_lines += ends_line(source, at);
	source->lines = calloc(n_lines, sizeof(*source->lines));
	if (!source->lines)
		return -ENOMEM;
	source->n_lines = 1;
	for (size_t at = 0; at < len; at++)
		if (ends_line(source, at))
			source->lines[source->n_lines++] = at + 1;
	return 0;
}

void source_free(struct source *source)
{
	free(source->lines);
}

unsigned int source_line(const struct source *source, size_t at)
{
	size_t low = 0, high = source->n_lines;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->lines[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return low + 1;
}

struct diag_place source_place(const struct source *source, size_t at, size_t end)
{
	unsigned int line;
	size_t start, stop;

	if (at > source->len)
		at = source->len;
	line = source_line(source, at);
	start = source->lines[line - 1];
	stop = line < source->n_lines ? source->lines[line] : source->len;
	while (stop > start && (source->bytes[stop - 1] == '\n' || source->bytes[stop - 1] == '\r'))
		stop--;
	return (struct diag_place) {
		.file = source->name, .source = source->bytes + start, .len = stop - start,
		.line = line, .at = at - start, .width = end > at ? end - at : 1,
	};
}

int source_error(const struct source *source, size_t at, size_t end, const char *format, ...)
{
	struct diag_place place = source_place(source, at, end);
	char text[ERROR_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	diag_error(source->diags, &place, "%s", text);
	return -EINVAL;
}

static bool is_empty(const struct source *source, size_t start, size_t end)
{
	while (start < end && strchr(" \t\r\n", source->bytes[start]) && source->bytes[start])
		start++;
	return start == end;
}

/*
 * libfyaml keeps every token of a line until the line's end, in 200 times the line's memory; and
 * the time that it takes for empty lines within a text grows with their square.
 */
static int check_lines(const struct source *source)
{
	size_t empty = 0;

	for (size_t i = 0; i < source->n_lines; i++) {
		size_t start = source->lines[i];
		size_t end = i + 1 < source->n_lines ? source->lines[i + 1] : source->len;

		if (end - start > SOURCE_LINE_MAX)
			return source_error(source, start, start + 1,
					    "a line longer than %u bytes", SOURCE_LINE_MAX);
		empty = is_empty(source, start, end) ? empty + 1 : 0;
		if (empty > SOURCE_EMPTY_MAX)
			return source_error(source, start, start + 1,
					    "more than %u empty lines in a row", SOURCE_EMPTY_MAX);
	}
	return 0;
}

/*
 * A reviewer must see what the parser reads: no control bytes, nothing that reorders text, no
 * second encoding. libfyaml would let some of these pass.
 */
int source_check(const struct source *source)
{
	const char *bytes = source->bytes;

	if (check_lines(source))
		return -EINVAL;
	for (size_t at = 0, n; at < source->len; at += n) {
		__u32 c;

		n = text_decode(bytes + at, source->len - at, &c);
		if (!n)
			return source_error(source, at, at + 1, "not UTF-8: byte 0x%02x",
					    (unsigned char)bytes[at]);
		if (!c)
			return source_error(source, at, at + 1,
					    "a NUL byte: this is not a text file");
		/* libfyaml 0.7 frees memory twice after some tabs (its issue 57). */
		if (c == '\t')
			return source_error(source, at, at + 1,
					    "a tab: a policy is indented with blanks");
		if (text_hidden(c) && c != '\n' && c != '\r')
			return source_error(source, at, at + n, "character U+%04X is not "
					    "allowed: it hides or moves other text", c);
	}
	return 0;
}
