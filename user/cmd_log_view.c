// SPDX-License-Identifier: GPL-2.0-only
/* cmd_log_view.c - prints records, and what is known of those that are gone. */
#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>

#include "cmd.h"
#include "cmd_log.h"
#include "event_parts.h"

/* What was printed has left, or nobody will have it. */
static int flush(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	return errno ? -errno : -EIO;
}

/* Puts `json`. */
static void print_json(struct json_object *json)
{
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

static int print_record(const struct log_view *view, const struct record *record)
{
	const struct log_format *format = view->request->format;

	if (format->event)
		print_json(format->event(event_json(record, &view->context), record));
	else
		event_show(record, &view->context, &view->request->style, stdout);
	return view->request->follow || ferror(stdout) ? flush() : 0;
}

int log_view_lost(struct log_view *view, __u64 count, const char *cause)
{
	const struct log_format *format = view->request->format;
	__u64 last = view->next - 1;

	if (format->lost)
		print_json(format->lost(event_lost(last, count, cause)));
	else
		printf("-- %llu records up to %llu are gone: %s --\n", (unsigned long long)count, (unsigned long long)last, cause);
	return flush();
}

__u64 log_view_first(const struct log_request *request, struct recorder *recorder)
{
	unsigned long long left = request->lines;
	struct record record;
	__u64 seq = recorder->counters.head + 1, previous;

	if (left == LOG_ALL)
		return recorder_next(recorder, 0) ?: 1;
	while (left && (previous = recorder_previous(recorder, seq))) {
		seq = previous;
		if (!recorder_read(recorder, seq, &record) && log_filter_matches(&request->filter, &record, recorder))
			left--;
	}
	return seq;
}

/* Those that were overwritten, as far as the next one that is there tells. */
static int print_lost(struct log_view *view)
{
	__u64 lost = view->lost;

	view->lost = 0;
	return lost ? log_view_lost(view, lost, "overwritten") : 0;
}

static int print_next(struct log_view *view, struct recorder *recorder)
{
	struct record record;
	int err = recorder_read(recorder, view->next, &record);

	if (err == -EAGAIN)
		return err;
	if (err) {
		view->lost++;
		view->next++;
		return 0;
	}
	err = print_lost(view);
	view->next++;
	if (!err && log_filter_matches(&view->request->filter, &record, recorder))
		err = print_record(view, &record);
	return err;
}

int log_view_print(struct log_view *view, struct recorder *recorder)
{
	__u64 next;
	int err = 0;

	view->context.recorder = recorder;
	while (!err && (next = recorder_next(recorder, view->next - 1))) {
		view->lost += next - view->next;
		view->next = next;
		err = print_next(view, recorder);
	}
	return err == -EAGAIN ? err : err ?: print_lost(view);
}

int log_write_failed(int err)
{
	/* -EINTR: told to stop while nobody read. */
	__fpurge(stdout);
	if ((err == -EPIPE || err == -EINTR) && freopen("/dev/null", "w", stdout))
		return EXIT_DONE;
	/* main() says what it is. */
	errno = -err;
	return EXIT_INTERNAL;
}
