// SPDX-License-Identifier: GPL-2.0-only
/* text.c - bytes that others chose, made safe to show: UTF-8, escapes, nearest words. */
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "util.h"

#define NEAREST_LEN	32	/* longer words are never taken for a typing error */

size_t text_decode(const char *s, size_t len, __u32 *ret_char)
{
	static const __u32 smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	__u32 c;
	size_t n;

	if (!len)
		return 0;
	n = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (!n || n > len || p[0] > 0xf4)
		return 0;
	c = n == 1 ? p[0] : p[0] & (0x7f >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_char = c;
	return n;
}

bool text_hidden(__u32 c)
{
	static const struct { __u32 lo, hi; } hidden[] = {
		{ 0x0000, 0x001f },	/* C0: escape sequences begin here */
		{ 0x007f, 0x009f },	/* DEL and C1, which some terminals obey too */
		{ 0x200b, 0x200f },	/* zero width, direction marks */
		{ 0x2028, 0x202e },	/* line separators, direction overrides */
		{ 0x2060, 0x206f },	/* invisible operators, direction isolates */
		{ 0xfeff, 0xfeff },	/* byte order mark */
		{ 0xfff9, 0xfffb },	/* interlinear annotations */
		{ 0xe0000, 0xe007f },	/* tags */
	};

	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++)
		if (c >= hidden[i].lo && c <= hidden[i].hi)
			return true;
	return false;
}

size_t text_escape(char *buf, size_t size, const char *s, size_t len)
{
	size_t used = 0, out = 0;

	while (used < len) {
		char piece[16];
		__u32 c = 0;
		size_t n = text_decode(s + used, len - used, &c), width;

		if (!n)
			width = snprintf(piece, sizeof(piece), "\\x%02x", (unsigned char)s[used]);
		else if (text_hidden(c))
			width = snprintf(piece, sizeof(piece), c < 0x80 ? "\\x%02x" : "\\u%04x", c);
		else
			memcpy(piece, s + used, width = n);
		if (out + width >= size)
			break;
		memcpy(buf + out, piece, width);
		out += width;
		used += n ? n : 1;
	}
	buf[out] = 0;
	return used;
}

struct text_quote text_quote(const char *s, size_t len)
{
	struct text_quote quote;

	/* Room for the dots is kept, so that they never push out what they stand for. */
	if (text_escape(quote.s, sizeof(quote.s) - strlen("..."), s, len) < len)
		strcat(quote.s, "...");
	return quote;
}

size_t text_columns(const char *s, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len; i++)
		columns += (s[i] & 0xc0) != 0x80;
	return columns;
}

size_t text_distance(const char *a, const char *b)
{
	size_t rows[3][NEAREST_LEN + 1], n = strlen(a), m = strlen(b);
	size_t *older = rows[0], *old = rows[1], *row = rows[2];

	if (n > NEAREST_LEN || m > NEAREST_LEN)
		return n > m ? n : m;
	for (size_t j = 0; j <= m; j++)
		old[j] = older[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *spare = older;

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = old[j - 1] + (a[i - 1] != b[j - 1]);

			if (old[j] + 1 < best)
				best = old[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    older[j - 2] + 1 < best)
				best = older[j - 2] + 1;
			row[j] = best;
		}
		older = old;
		old = row;
		row = spare;
	}
	return old[m];
}

const char *text_nearest(const char *word, const char *const *words)
{
	size_t len = strlen(word), best = len / 3 + 1;
	const char *nearest = NULL;

	if (!len || len > NEAREST_LEN)
		return NULL;
	for (; *words; words++) {
		size_t n = strlen(*words), edits;

		if (n > NEAREST_LEN)
			continue;
		edits = text_distance(word, *words);
		/* Half of it must be right: "no" is no suggestion for "on". */
		if (edits <= best && 2 * edits < (n > len ? n : len)) {
			best = edits - (edits > 0);
			nearest = *words;
		}
	}
	return nearest;
}
