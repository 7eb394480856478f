// SPDX-License-Identifier: GPL-2.0-only
/* cmd_explain.c - what a refusal was, and what would allow it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "explain.h"
#include "names.h"
#include "net.h"
#include "style.h"
#include "util.h"

static const char canary_text[] =
	"This is hardenctl's own canary, which tries what the guard must refuse: nothing is wrong, and there is "
	"nothing to allow.";

static void print_lines(const char *lines, const char *permits, const struct style *style)
{
	for (const char *end; (end = strchr(lines, '\n')); lines = end + 1)
		printf("      %s%.*s%s\n", style_on(style, TONE_GOOD), (int)(end - lines), lines, style_off(style));
	printf("            This permits %s\n", permits);
}

static void print_advice(const struct explanation *expl, const struct style *style)
{
	const struct advice *advice = &expl->advice;

	if (advice->lines[0]) {
		printf("  allow     merge these lines into the policy, or put them into %s:\n", expl->dropin);
		print_lines(advice->lines, advice->permits, style);
	} else {
		printf("  allow     nothing in a policy allows it.%s%s\n", advice->permits ? "  " : "",
		       advice->permits ?: "");
	}
	if (advice->narrow[0]) {
		puts("  narrower  these instead:");
		print_lines(advice->narrow, advice->narrow_permits, style);
	} else if (advice->lines[0]) {
		puts("  narrower  this build has nothing that permits less.");
	}
	printf("  instead   %s\n", expl->reason->instead);
	if (advice->lines[0])
		printf("  when      %s\n", expl->effective);
}

static void print_text(const struct explanation *expl, const struct record *record, const struct style *style)
{
	const struct kind_name *kind = &kind_names[record->kind];

	printf("%s%s%s\n\n", style_on(style, TONE_STRONG), expl->sentence, style_off(style));
	printf("  why       guard %s, reason %s, hook %s.  %s\n", kind->guard, reason_names[record->kind], kind->hook,
	       expl->reason->meaning);
	printf("  rule      %s\n", expl->rule);
	if (expl->canary)
		printf("  canary    %s\n", canary_text);
	else
		print_advice(expl, style);
}

static void add(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, text ? json_object_new_string(text) : NULL);
}

static void add_lines(struct json_object *to, const char *key, const char *lines, const char *permits)
{
	struct json_object *object = lines[0] ? json_object_new_object() : NULL;

	if (object) {
		add(object, "lines", lines);
		add(object, "permits", permits);
	}
	json_object_object_add(to, key, object);
}

static void print_json(const struct explanation *expl)
{
	const struct advice *advice = &expl->advice;
	struct json_object *json = json_object_new_object();
	bool allowed = advice->lines[0];

	add(json, "schema", "hardenctl.explain/1");
	json_object_object_add(json, "record", json_object_get(expl->event));
	add(json, "sentence", expl->sentence);
	add(json, "meaning", expl->reason->meaning);
	add(json, "rule", expl->rule);
	add_lines(json, "allow", advice->lines, advice->permits);
	add(json, "allow_not", allowed ? NULL : expl->canary ? canary_text :
	    advice->permits ?: "Nothing in a policy allows it.");
	add_lines(json, "narrower", advice->narrow, advice->narrow_permits);
	add(json, "drop_in", allowed ? expl->dropin : NULL);
	add(json, "instead", expl->canary ? NULL : expl->reason->instead);
	add(json, "effective", allowed ? expl->effective : NULL);
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

/* A kind that this build does not know can't be explained, nor can it be there. */
static int read_known(struct recorder *recorder, __u64 seq, struct record *ret_record)
{
	int err = recorder_read(recorder, seq, ret_record);

	if (err)
		return err;
	return ret_record->kind < KIND_COUNT ? 0 : -ENOENT;
}

/* Reads record `seq`, or with 0 the newest one that is not of a canary. */
static int find(struct recorder *recorder, __u64 seq, struct record *ret_record, struct fail *fail)
{
	__u64 oldest, newest;
	int err;

	recorder_range(recorder, &oldest, &newest);
	if (!newest)
		return fail_set(fail, EXIT_FAILED, ENOENT, NULL, "explain: the log is empty: nothing was refused yet");
	for (__u64 at = newest; !seq && at; at = recorder_previous(recorder, at))
		if (!read_known(recorder, at, ret_record) && !(ret_record->flags & RECORD_CANARY))
			return 0;
	if (!seq)
		return fail_set(fail, EXIT_FAILED, ENOENT, "hardenctl log -a shows them",
				"explain: the log has only hardenctl's own canaries, records %llu to %llu", oldest,
				newest);
	err = seq > newest ? -ENOENT : read_known(recorder, seq, ret_record);
	if (err == -EAGAIN)
		return fail_set(fail, EXIT_FAILED, EAGAIN, "try again", "explain: record %llu is being written", seq);
	if (err)
		return fail_set(fail, EXIT_FAILED, -err, NULL, "explain: record %llu %s: the kernel has %llu to %llu",
				seq, err == -ESTALE ? "was overwritten" : "is not there", oldest, newest);
	return 0;
}

static int show(const struct record *record, const struct recorder *recorder, const struct sets *sets,
		struct kernel *kernel, bool json, const struct style *style)
{
	struct event_context context = { .recorder = recorder, .cgroup = kernel_cgroup_root() };
	struct explanation expl;
	int err;

	/* It parses the kernel's BTF, which only this question is worth. */
	if (reasons[record->kind]->allow == ALLOW_BPF)
		kernel_ask_hooks(kernel);
	err = explain(record, &context, sets_live(sets), sets->seal, kernel->inspects_programs, &expl);
	if (err)
		fputs("hardenctl: explain: out of memory\n", stderr);
	else if (json)
		print_json(&expl);
	else
		print_text(&expl, record, style);
	explain_free(&expl);
	close_fd(&context.cgroup);
	return err ? EXIT_INTERNAL : EXIT_DONE;
}

static int explain_seq(const struct sets *sets, __u64 seq, struct kernel *kernel, bool json,
		       const struct style *style)
{
	const struct set_info *live = sets_live(sets);
	struct recorder recorder;
	struct record record;
	struct fail fail;
	int code;

	if (!live) {
		fputs("hardenctl: explain: nothing is loaded\nhint: hardenctl load\n", stderr);
		return EXIT_FAILED;
	}
	if (recorder_open(live, &recorder, &fail))
		return cmd_failed(&fail);
	if (find(&recorder, seq, &record, &fail))
		code = cmd_failed(&fail);
	else
		code = show(&record, &recorder, sets, kernel, json, style);
	recorder_close(&recorder);
	return code;
}

int cmd_explain(int argc, char **argv)
{
	bool json = false;
	const char *colour = NULL;
	const struct option_row rows[] = { { "--json", NULL, &json, NULL }, { "--color", NULL, NULL, &colour }, {} };
	struct style style;
	int code = cmd_options("explain", argc, argv, rows, &argc);
	struct sets sets = {};
	struct kernel kernel;
	struct fail fail;
	__u64 seq = 0;

	if (code >= 0)
		return code;
	if (argc != 2)
		return cmd_usage("explain", "wants one argument: the number of a record, or 'last'");
	if (strcmp(argv[1], "last") && (net_parse_number(argv[1], ~0ull, &seq) || !seq))
		return cmd_usage("explain", "'%s' is not the number of a record, nor 'last'", argv[1]);
	code = cmd_colour("explain", colour, STDOUT_FILENO, &style);
	if (code >= 0)
		return code;
	kernel_ask(&kernel);
	code = cmd_preflight(&kernel, /* quiet= */ false);
	if (code >= 0)
		return code;
	if (sets_find(&sets, &fail))
		return cmd_failed(&fail);
	code = explain_seq(&sets, seq, &kernel, json, &style);
	sets_free(&sets);
	return code;
}
