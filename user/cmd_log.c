// SPDX-License-Identifier: GPL-2.0-only
/* cmd_log.c - shows refusals. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "event.h"
#include "names.h"
#include "util.h"

#define LINES_DEFAULT	100

struct filter {
	int guard;		/* -1: any */
	bool canaries, json;
	unsigned long long lines;
};

static bool matches(const struct record *record, const struct filter *filter)
{
	if (record->kind >= KIND_COUNT)
		return false;
	if ((record->flags & RECORD_CANARY) && !filter->canaries)
		return false;
	return filter->guard < 0 || kind_names[record->kind].guard_id == (__u32)filter->guard;
}

static void print_one(const struct record *record, const struct event_context *context, bool json)
{
	struct json_object *object;

	if (!json) {
		event_text(record, context, stdout);
		return;
	}
	object = event_json(record, context);
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

/* Where to begin so that `lines` matching records follow. */
static __u64 first_of(struct recorder *recorder, const struct filter *filter, __u64 oldest,
		      __u64 newest)
{
	unsigned long long left = filter->lines;
	struct record record;
	__u64 seq = newest + 1;

	while (left && seq > oldest) {
		seq--;
		if (!recorder_read(recorder, seq, &record) && matches(&record, filter))
			left--;
	}
	return seq;
}

static int print_all(const struct set_info *set, const struct filter *filter)
{
	struct event_context context = { .cgroup = kernel_cgroup_root() };
	struct recorder recorder;
	struct record record;
	__u64 oldest, newest;
	struct fail fail;

	if (recorder_open(set, &recorder, &fail)) {
		close_fd(&context.cgroup);
		return cmd_failed(&fail);
	}
	context.recorder = &recorder;
	recorder_range(&recorder, &oldest, &newest);
	for (__u64 seq = first_of(&recorder, filter, oldest, newest); seq <= newest; seq++)
		if (!recorder_read(&recorder, seq, &record) && matches(&record, filter))
			print_one(&record, &context, filter->json);
	recorder_close(&recorder);
	close_fd(&context.cgroup);
	return EXIT_DONE;
}

static int show(const struct filter *filter)
{
	const struct set_info *live;
	struct sets sets = {};
	struct fail fail;
	int code;

	if (sets_find(&sets, &fail))
		return cmd_failed(&fail);
	live = sets_live(&sets);
	if (live) {
		code = print_all(live, filter);
	} else {
		fputs("hardenctl: log: nothing is loaded\nhint: hardenctl load\n", stderr);
		code = EXIT_FAILED;
	}
	sets_free(&sets);
	return code;
}

static int parse_filter(struct filter *filter, const char *guard, const char *lines)
{
	char *end;

	filter->guard = guard ? guard_find(guard) : -1;
	if (guard && filter->guard < 0)
		return cmd_usage("log", "there is no guard '%s'", guard);
	filter->lines = filter->json ? ~0ull : LINES_DEFAULT;
	if (!lines)
		return -1;
	errno = 0;
	filter->lines = strtoull(lines, &end, 10);
	if (errno || *end || end == lines || lines[0] == '-')
		return cmd_usage("log", "-n wants a number, not '%s'", lines);
	return -1;
}

int cmd_log(int argc, char **argv)
{
	struct filter filter = {};
	const char *guard = NULL, *lines = NULL;
	const struct option_row rows[] = {
		{ "--json", NULL, &filter.json, NULL },
		{ "--all", "-a", &filter.canaries, NULL },
		{ "--guard", NULL, NULL, &guard },
		{ "--lines", "-n", NULL, &lines },
		{},
	};
	int code = cmd_log_verify_asked(argc, argv) ? cmd_log_verify(argc, argv) :
		   cmd_options("log", argc, argv, rows, &argc);
	struct kernel kernel;

	if (code >= 0)
		return code;
	if (argc > 1)
		return cmd_usage("log", "takes no argument '%s'", argv[1]);
	code = parse_filter(&filter, guard, lines);
	if (code >= 0)
		return code;
	filter.canaries = filter.canaries || filter.json;
	kernel_ask(&kernel);
	code = cmd_preflight(&kernel, /* quiet= */ false);
	if (code >= 0)
		return code;
	return show(&filter);
}
