/* SPDX-License-Identifier: GPL-2.0-only */
/* style.h - what a terminal can show: colours, characters beyond ASCII, how many of them in a line. */
#ifndef HARDENCTL_STYLE_H
#define HARDENCTL_STYLE_H

#include <stdbool.h>
#include <stdio.h>

struct style {
	bool colour;
	bool cursor;		/* it can go back and draw over what it shows */
	bool utf8;		/* the locale is UTF-8, and the terminal can show more than ASCII */
	unsigned int columns;	/* 0: no terminal, lines may be as long as they like */
};

enum tone { TONE_PLAIN, TONE_GOOD, TONE_WARN, TONE_BAD, TONE_DIM, TONE_STRONG, TONE_COUNT };

/*
 * Of what goes to `fd`.  `when` is the value of --color: always, never, or auto (which NULL is, too): on a terminal,
 * unless NO_COLOR is set or TERM is dumb.  False where it is none of them.
 */
bool style_ask(const char *when, int fd, struct style *ret_style);

/* What turns a tone on and off again: "" where there is no colour. */
const char *style_on(const struct style *style, enum tone tone);
const char *style_off(const struct style *style);

/*
 * Writes `text` in lines that fit, broken at blanks, each after `indent` blanks but for the first, which begins at column
 * `used`.  A newline at the end.
 */
void style_wrap(const struct style *style, unsigned int used, unsigned int indent, const char *text, FILE *out);

#endif
