// SPDX-License-Identifier: GPL-2.0-only
/* event_show.c - a record's line in the colours of its parts. */
#include <string.h>

#include "event.h"
#include "style.h"
#include "util.h"

static enum tone tone_of(const struct record *record)
{
	if (record->flags & RECORD_CANARY)
		return TONE_DIM;
	return record->flags & RECORD_DENIED ? TONE_BAD : TONE_WARN;
}

/* Number and time, what became of what, the rest. */
void event_show(const struct record *record, const struct event_context *context, const struct style *style, FILE *out)
{
	_cleanup_free_ char *line = NULL;
	const char *action, *end;
	size_t size;
	FILE *text;

	if (!style->colour) {
		event_text(record, context, out);
		return;
	}
	text = open_memstream(&line, &size);
	if (!text)
		return;
	event_text(record, context, text);
	fclose(text);
	action = strstr(line, "Z ");
	end = action ? strchr(action, ':') : NULL;
	if (!end) {
		fputs(line, out);
		return;
	}
	fprintf(out, "%s%.*s%s %s%.*s%s%s", style_on(style, TONE_DIM), (int)(action + 1 - line), line, style_off(style),
		style_on(style, tone_of(record)), (int)(end + 1 - (action + 2)), action + 2, style_off(style), end + 1);
}
