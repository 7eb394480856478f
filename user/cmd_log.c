// SPDX-License-Identifier: GPL-2.0-only
/* cmd_log.c - shows refusals. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "cmd_log.h"
#include "event_ecs.h"
#include "event_ocsf.h"
#include "names.h"
#include "text.h"
#include "util.h"
#include "when.h"

#define LINES_DEFAULT	100
#define LINES_FOLLOWED	10	/* that were there before */
#define TORN_TRIES	5
#define TORN_US		2000

static struct json_object *same(struct json_object *event, const struct record *record)
{
	(void)record;
	return event;
}

static struct json_object *same_lost(struct json_object *lost)
{
	return lost;
}

static const struct log_format formats[] = {
	{ "text", NULL, NULL },
	{ "json", same, same_lost },
	{ "ocsf", event_ocsf, event_ocsf_lost },
	{ "ecs", event_ecs, event_ecs_lost },
};

/* What was on the command line; NULL: was not. */
struct words {
	const char *guard, *reason, *pid, *exe, *lines, *since, *until, *output, *boot;
	bool json, follow, reverse, this_boot, last_boot;
};

/* All that is there, a record that is being written by then included if that takes no longer than it should. */
static int print_forward(const struct log_request *request, struct recorder *recorder, int cgroup)
{
	struct log_view view = { .request = request, .context = { .cgroup = cgroup } };
	unsigned int tries = 0;
	int err;

	view.next = log_view_first(request, recorder);
	while ((err = log_view_print(&view, recorder)) == -EAGAIN)
		if (tries++ < TORN_TRIES) {
			usleep(TORN_US);
		} else {
			view.next++;
			tries = 0;
		}
	return err;
}

static int print_backward(const struct log_request *request, struct recorder *recorder, int cgroup)
{
	struct log_view view = { .request = request, .context = { .cgroup = cgroup } };
	__u64 first = log_view_first(request, recorder);
	struct recorder one = *recorder;
	int err = 0;

	for (__u64 seq = recorder->counters.head; !err && seq && seq >= first; seq = recorder_previous(recorder, seq)) {
		one.counters.head = seq;
		view.next = seq;
		view.lost = 0;
		err = log_view_print(&view, &one);
		if (err == -EAGAIN)
			err = 0;
	}
	return err;
}

static int print_all(const struct set_info *set, const struct log_request *request)
{
	int cgroup = kernel_cgroup_root(), err;
	struct recorder recorder;
	struct fail fail;

	if (recorder_open(set, &recorder, &fail)) {
		close_fd(&cgroup);
		return cmd_failed(&fail);
	}
	err = request->reverse ? print_backward(request, &recorder, cgroup) : print_forward(request, &recorder, cgroup);
	recorder_close(&recorder);
	close_fd(&cgroup);
	if (!err && fflush(stdout))
		err = -errno;
	return err ? log_write_failed(err) : EXIT_DONE;
}

static int show(const struct log_request *request)
{
	const struct set_info *live;
	struct sets sets = {};
	struct fail fail;
	int code;

	if (sets_find(&sets, &fail))
		return cmd_failed(&fail);
	live = sets_live(&sets);
	if (live) {
		code = print_all(live, request);
	} else {
		fputs("hardenctl: log: nothing is loaded\nhint: hardenctl load\n", stderr);
		code = EXIT_FAILED;
	}
	sets_free(&sets);
	return code;
}

/* "there is no WHAT 'WORD': did you mean 'NEAREST'?", or which there are. */
static int no_such(const char *what, const char *word, const char *const *names)
{
	const char *nearest = text_nearest(word, names);
	char list[1024] = "";

	if (nearest)
		return cmd_usage("log", "there is no %s '%s': did you mean '%s'?", what, text_quote(word, strlen(word)).s, nearest);
	for (; *names; names++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", list[0] ? ", " : "", *names);
	return cmd_usage("log", "there is no %s '%s', but %s", what, text_quote(word, strlen(word)).s, list);
}

static int parse_guard(const struct words *words, struct log_request *request)
{
	const char *names[GUARD_COUNT + 1] = {};

	request->filter.guard = words->guard ? guard_find(words->guard) : -1;
	if (!words->guard || request->filter.guard >= 0)
		return -1;
	memcpy(names, guard_names, sizeof(guard_names));
	return no_such("guard", words->guard, names);
}

static int parse_reason(const struct words *words, struct log_request *request)
{
	const char *names[KIND_COUNT + 1];
	char what[64] = "reason";

	if (!words->reason)
		return -1;
	request->filter.reason = log_filter_reason(words->reason, request->filter.guard);
	if (request->filter.reason)
		return -1;
	if (words->guard)
		snprintf(what, sizeof(what), "reason of guard %s", words->guard);
	log_filter_reasons(request->filter.guard, names);
	return no_such(what, words->reason, names);
}

static bool parse_number(const char *text, unsigned long long max, unsigned long long *ret_number)
{
	char *end;

	errno = 0;
	*ret_number = strtoull(text, &end, 10);
	return !errno && !*end && text[0] >= '0' && text[0] <= '9' && *ret_number <= max;
}

static int parse_output(const struct words *words, struct log_request *request)
{
	const char *wanted = words->output ?: words->json ? "json" : "text", *names[ARRAY_SIZE(formats) + 1] = {};

	if (words->json && strcmp(wanted, "json"))
		return cmd_usage("log", "--json and -o %s: take one of them", text_quote(wanted, strlen(wanted)).s);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		names[i] = formats[i].name;
		if (!strcmp(wanted, formats[i].name))
			request->format = &formats[i];
	}
	if (!request->format)
		return no_such("output", wanted, names);
	/* Our own form is complete: who adds up its lines must come to the kernel's counters. */
	request->filter.canaries = request->filter.canaries || !strcmp(wanted, "json");
	return -1;
}

static int parse_lines(const struct words *words, struct log_request *request)
{
	bool text = !request->format->event;

	if (words->lines && strcmp(words->lines, "all")) {
		if (!parse_number(words->lines, LOG_ALL - 1, &request->lines))
			return cmd_usage("log", "-n wants a number or all, not '%s'",
					 text_quote(words->lines, strlen(words->lines)).s);
		return -1;
	}
	request->lines = words->lines || !text || words->since || words->until ? LOG_ALL :
			 words->follow ? LINES_FOLLOWED : LINES_DEFAULT;
	return -1;
}

static int parse_who(const struct words *words, struct log_request *request)
{
	unsigned long long pid = 0;

	if (words->pid && (!parse_number(words->pid, ~0u, &pid) || !pid))
		return cmd_usage("log", "--pid wants the number of a process or thread, not '%s'",
				 text_quote(words->pid, strlen(words->pid)).s);
	request->filter.pid = pid;
	if (words->exe && words->exe[0] != '/')
		return cmd_usage("log", "--exe wants the path of a program, or of a directory with a '/' at its end, not '%s'",
				 text_quote(words->exe, strlen(words->exe)).s);
	request->filter.exe = words->exe;
	return -1;
}

static int parse_times(const struct words *words, struct log_request *request)
{
	const struct {
		const char *option, *text;
		__u64 *ret_ns;
	} times[] = {
		{ "--since", words->since, &request->filter.since },
		{ "--until", words->until, &request->filter.until },
	};
	struct when_now now;

	when_now(&now);
	request->filter.until = ~0ull;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		if (times[i].text && when_parse(times[i].text, &now, times[i].ret_ns))
			return cmd_usage("log", "%s wants a time like '2026-11-23 03:34:30', today, yesterday, now, -5m, '5min ago' or "
					 "+12.5s (after boot), not '%s'", times[i].option,
					 text_quote(times[i].text, strlen(times[i].text)).s);
	return -1;
}

/* journalctl's habits: "-b", "-b 0", "-b -1", "--boot=ID". */
static int parse_boot(struct words *words, int argc, char **argv)
{
	bool boot = words->this_boot && argc == 2;

	if (boot)
		words->boot = argv[1];
	if (argc > 1 && !boot)
		return cmd_usage("log", "takes no argument '%s'", text_quote(argv[1], strlen(argv[1])).s);
	if (words->last_boot || (words->boot && strcmp(words->boot, "0")))
		return cmd_usage("log", "only this boot is there: the log lives in RAM and ends with it; to keep it, send it elsewhere with "
				 "log -f or the files of logd");
	return -1;
}

static int parse(const struct words *words, struct log_request *request)
{
	static int (*const steps[])(const struct words *words, struct log_request *request) = {
		parse_guard, parse_reason, parse_output, parse_lines, parse_who, parse_times,
	};
	int code = -1;

	request->follow = words->follow;
	request->reverse = words->reverse;
	if (words->follow && (words->reverse || words->until))
		return cmd_usage("log", "-f goes on with what comes, which -%c excludes", words->reverse ? 'r' : 'U');
	for (size_t i = 0; code < 0 && i < ARRAY_SIZE(steps); i++)
		code = steps[i](words, request);
	return code;
}

int cmd_log(int argc, char **argv)
{
	struct log_request request = {};
	struct words words = {};
	const char *colour = NULL;
	const struct option_row rows[] = {
		{ "--json", NULL, &words.json, NULL },
		{ "--output", "-o", NULL, &words.output },
		{ "--follow", "-f", &words.follow, NULL },
		{ "--lines", "-n", NULL, &words.lines },
		{ "--since", "-S", NULL, &words.since },
		{ "--until", "-U", NULL, &words.until },
		{ "--reverse", "-r", &words.reverse, NULL },
		{ "--all", "-a", &request.filter.canaries, NULL },
		{ "--guard", NULL, NULL, &words.guard },
		{ "--reason", NULL, NULL, &words.reason },
		{ "--pid", NULL, NULL, &words.pid },
		{ "--exe", NULL, NULL, &words.exe },
		{ "--boot", "-b", &words.this_boot, NULL },
		{ "--boot", "-b", NULL, &words.boot },
		{ "-1", NULL, &words.last_boot, NULL },
		{ "--color", NULL, NULL, &colour },
		{},
	};
	int code = cmd_log_verify_asked(argc, argv) ? cmd_log_verify(argc, argv) :
		   cmd_options("log", argc, argv, rows, &argc);
	struct kernel kernel;

	if (code < 0)
		code = parse_boot(&words, argc, argv);
	if (code < 0)
		code = parse(&words, &request);
	if (code < 0)
		code = cmd_colour("log", colour, STDOUT_FILENO, &request.style);
	if (code >= 0)
		return code;
	kernel_ask(&kernel);
	code = cmd_preflight(&kernel, /* quiet= */ false);
	if (code >= 0)
		return code;
	/* Who closes a pipe gets no message about it. */
	signal(SIGPIPE, SIG_IGN);
	return request.follow ? log_follow(&request) : show(&request);
}
