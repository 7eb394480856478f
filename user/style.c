// SPDX-License-Identifier: GPL-2.0-only
/* style.c - what a terminal can show. */
#include "style.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "text.h"

#define COLUMNS_DEFAULT	80
#define COLUMNS_LEAST	20	/* below that a line has room for nothing */

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* As setlocale(3) would find it; its result does not matter here, since nothing is translated. */
static bool locale_is_utf8(void)
{
	const char *name = setting("LC_ALL") ?: setting("LC_CTYPE") ?: setting("LANG");
	const char *charset = name ? strchr(name, '.') : NULL;

	return charset && (!strncasecmp(charset + 1, "utf-8", 5) || !strncasecmp(charset + 1, "utf8", 4));
}

/* A serial console knows no size of its own. */
static unsigned int ask_columns(int fd)
{
	const char *text = setting("COLUMNS");
	struct winsize size = {};
	long columns = text ? strtol(text, NULL, 10) : 0;

	if (columns <= 0 && !ioctl(fd, TIOCGWINSZ, &size))
		columns = size.ws_col;
	if (columns <= 0 || columns > 65535)
		columns = COLUMNS_DEFAULT;
	return columns < COLUMNS_LEAST ? COLUMNS_LEAST : columns;
}

bool style_ask(const char *when, int fd, struct style *ret_style)
{
	const char *term = setting("TERM");
	bool terminal = isatty(fd), able = term && strcmp(term, "dumb");
	struct style style = { .cursor = terminal && able, .utf8 = locale_is_utf8() && (!terminal || able) };

	if (terminal)
		style.columns = ask_columns(fd);
	if (!when || !strcmp(when, "auto"))
		style.colour = terminal && able && !setting("NO_COLOR");
	else if (!strcmp(when, "always"))
		style.colour = true;
	else if (strcmp(when, "never"))
		return false;
	*ret_style = style;
	return true;
}

const char *style_on(const struct style *style, enum tone tone)
{
	static const char *const codes[TONE_COUNT] = {
		[TONE_PLAIN] = "", [TONE_GOOD] = "\033[32m", [TONE_WARN] = "\033[33m", [TONE_BAD] = "\033[31m",
		[TONE_DIM] = "\033[2m", [TONE_STRONG] = "\033[1m",
	};

	return style->colour ? codes[tone] : "";
}

const char *style_off(const struct style *style)
{
	return style->colour ? "\033[0m" : "";
}

void style_wrap(const struct style *style, unsigned int used, unsigned int indent, const char *text, FILE *out)
{
	bool first = true;

	while (*text) {
		size_t len = strcspn(text, " "), columns = text_columns(text, len);

		if (!first && style->columns && used + 1 + columns > style->columns) {
			fprintf(out, "\n%*s", (int)indent, "");
			used = indent;
		} else if (!first) {
			fputc(' ', out);
			used++;
		}
		fwrite(text, 1, len, out);
		used += columns;
		first = false;
		text += len + (text[len] == ' ');
	}
	fputc('\n', out);
}
