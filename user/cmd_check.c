// SPDX-License-Identifier: GPL-2.0-only
/* cmd_check.c - checks a policy without loading it, and what it would do about what was recorded. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "against.h"
#include "cmd.h"
#include "dump.h"
#include "event.h"
#include "login.h"
#include "lookup.h"
#include "names.h"
#include "owners.h"
#include "replay_kernel.h"
#include "rules.h"
#include "style.h"
#include "util.h"

/* What is asked, and where `--json` has it go: NULL, it is printed. */
struct report {
	struct json_object *diags, *dumps, *replays;
	const struct replay_log *log;	/* `--against`; NULL: none */
	struct style style;		/* of stderr */
	bool dump, strict;		/* `--dump`, `--strict` */
	bool lookup;			/* users and hosts are looked up */
	bool own;			/* a login of the caller's is at stake */
};

/* The text has what to do behind what is wrong, where there is something. */
static void add_message(struct json_object *row, const char *text)
{
	const char *hint = strstr(text, "; did you mean ");

	json_object_object_add(row, "text", json_object_new_string(text));
	json_object_object_add(row, "message", json_object_new_string_len(text, hint ? hint - text : (int)strlen(text)));
	json_object_object_add(row, "hint", hint ? json_object_new_string(hint + 2) : NULL);
}

static void add_diags(struct json_object *list, const struct diags *diags)
{
	for (size_t i = 0; i < diags->count; i++) {
		const struct diag *diag = &diags->list[i];
		struct json_object *row = json_object_new_object();

		json_object_object_add(row, "file", json_object_new_string(diag->file ?: ""));
		json_object_object_add(row, "line", json_object_new_int64(diag->line));
		json_object_object_add(row, "column", json_object_new_int64(diag->column));
		json_object_object_add(row, "severity", json_object_new_string(diag->warning ?
									       "warning" : "error"));
		add_message(row, diag->text ?: "");
		json_object_array_add(list, row);
	}
}

static void dump(const char *path, const struct policy *policy, const struct rules *rules, const struct report *report)
{
	struct json_object *row;

	if (!report->dumps) {
		dump_write(policy, rules, stdout);
		return;
	}
	row = dump_json(policy, rules);
	json_object_object_add(row, "file", json_object_new_string(path));
	json_object_array_add(report->dumps, row);
}

/* What it was about, as `log` shows it, without the blank before it. */
static char *object_text(const struct replay_row *row)
{
	const struct record *record = &row->record;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (record->object_type == OBJECT_REQUEST)
		fprintf(out, " %s", record->object.request.class < REROUTE_COUNT ?
			reroute_names[record->object.request.class] : "(an operation without a name)");
	else
		event_object(record, out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	memmove(text, text + 1, strlen(text));
	return text;
}

static void print_row(const struct policy *policy, const struct against_row *row)
{
	const struct replay_row *record = row->row;
	const struct where *where = &row->judgement.where;
	_cleanup_free_ char *object = object_text(record);
	char exe[4 * PROGRAM_PATH + 1];

	event_escape(record->exe, sizeof(record->exe), exe);
	printf("  %s", policy->files[where->file]);
	if (where->line)
		printf(":%u", where->line);
	printf(": %s %s %s by %s", kind_names[record->record.kind].guard, reason_names[record->record.kind], object ?: "",
	       exe[0] ? exe : "a program that is not known");
	if (record->count > 1)
		printf(", %llu times", (unsigned long long)record->count);
	printf(", record %llu%s%s\n", (unsigned long long)record->last_seq, row->outcome == CANNOT_TELL ? ": " : "",
	       row->outcome == CANNOT_TELL ? row->judgement.why : "");
}

static void print_against(const char *path, const struct policy *policy, const struct against *against,
			  const struct replay_log *log)
{
	static const struct { enum outcome outcome; const char *title; } lists[] = {
		{ NEWLY_DENIED, "newly denied:" }, { NEWLY_ALLOWED, "newly allowed:" }, { CANNOT_TELL, "cannot tell:" },
	};

	printf("%s: would newly deny %llu, newly allow %llu; deny as before %llu, let through as before %llu, cannot tell %llu\n",
	       path, (unsigned long long)against->count[NEWLY_DENIED], (unsigned long long)against->count[NEWLY_ALLOWED],
	       (unsigned long long)against->count[STILL_DENIED], (unsigned long long)against->count[STILL_ALLOWED],
	       (unsigned long long)against->count[CANNOT_TELL]);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (against->count[lists[i].outcome])
			puts(lists[i].title);
		for (size_t j = 0; j < against->n_rows; j++)
			if (against->rows[j].outcome == lists[i].outcome)
				print_row(policy, &against->rows[j]);
	}
	if (log->lost)
		printf("the log lacks %llu records\n", (unsigned long long)log->lost);
	if (log->unreadable)
		printf("%llu lines of the log are no records that this hardenctl knows, ignoring them\n",
		       (unsigned long long)log->unreadable);
}

static struct json_object *json_row(const struct policy *policy, const struct against_row *row)
{
	struct json_object *json = json_object_new_object();
	const struct replay_row *record = row->row;
	_cleanup_free_ char *object = object_text(record);
	char exe[4 * PROGRAM_PATH + 1];

	event_escape(record->exe, sizeof(record->exe), exe);
	json_object_object_add(json, "outcome", json_object_new_string(outcome_names[row->outcome]));
	json_object_object_add(json, "file", json_object_new_string(policy->files[row->judgement.where.file]));
	json_object_object_add(json, "line", json_object_new_int64(row->judgement.where.line));
	json_object_object_add(json, "guard", json_object_new_string(kind_names[record->record.kind].guard));
	json_object_object_add(json, "reason", json_object_new_string(reason_names[record->record.kind]));
	json_object_object_add(json, "object", json_object_new_string(object ?: ""));
	json_object_object_add(json, "exe", json_object_new_string(exe));
	json_object_object_add(json, "count", json_object_new_uint64(record->count));
	json_object_object_add(json, "last", json_object_new_uint64(record->last_seq));
	json_object_object_add(json, "why", row->judgement.why ? json_object_new_string(row->judgement.why) : NULL);
	return json;
}

static void add_against(const char *path, const struct policy *policy, const struct against *against,
			const struct report *report)
{
	struct json_object *json = json_object_new_object(), *rows = json_object_new_array();

	json_object_object_add(json, "policy", json_object_new_string(path));
	for (int outcome = 0; outcome < OUTCOMES; outcome++)
		json_object_object_add(json, outcome_names[outcome], json_object_new_uint64(against->count[outcome]));
	json_object_object_add(json, "canaries", json_object_new_uint64(report->log->canaries));
	json_object_object_add(json, "lost", json_object_new_uint64(report->log->lost));
	json_object_object_add(json, "unreadable", json_object_new_uint64(report->log->unreadable));
	for (size_t i = 0; i < against->n_rows; i++)
		json_object_array_add(rows, json_row(policy, &against->rows[i]));
	json_object_object_add(json, "records", rows);
	json_object_array_add(report->replays, json);
}

/* Whether something would newly be denied; -ENOMEM. */
static int replay(const char *path, const struct policy *policy, const struct rules *rules, const struct report *report)
{
	struct against against;
	int err = against_log(policy, rules, report->log, &against);
	bool denies;

	if (err)
		return err;
	denies = against.count[NEWLY_DENIED];
	if (report->replays)
		add_against(path, policy, &against, report);
	else
		print_against(path, policy, &against, report->log);
	against_free(&against);
	return denies;
}

static int parse(const char *path, const struct report *report, struct diags *diags, struct policy **ret_policy,
		 struct rules **ret_rules)
{
	int err = policy_parse_signed(path, /* warn= */ true, diags, ret_policy);
	struct login login;

	if (!err && report->lookup)
		err = lookup_names(*ret_policy, diags);
	if (!err)
		err = rules_compile(*ret_policy, diags, ret_rules);
	if (!err)
		owners_warn(*ret_policy, diags);
	if (err || !report->own)
		return err;
	login = login_own();
	login_warn(&login, *ret_policy, *ret_rules, diags);
	return 0;
}

static int check_one(const char *path, const struct report *report)
{
	struct json_object *list = report->diags;
	struct policy *policy = NULL;
	struct rules *rules = NULL;
	struct diags diags = {};
	int err = parse(path, report, &diags, &policy, &rules), denies = 0;
	bool fails = report->strict && diags.count;

	if (list)
		add_diags(list, &diags);
	else
		diags_show(&diags, &report->style, stderr);
	if (!list && !err)
		printf("%s: valid%s\n", path, fails ? ", but there are warnings" : "");
	if (!err && report->dump)
		dump(path, policy, rules, report);
	if (!err && report->log)
		denies = replay(path, policy, rules, report);
	rules_free(rules);
	policy_free(policy);
	diags_free(&diags);
	if (denies < 0)
		return EXIT_INTERNAL;
	fails = fails || (report->strict && denies);
	return err == -EINVAL || (!err && fails) ? EXIT_REFUSED : err ? EXIT_FAILED : EXIT_DONE;
}

/* -1 to go on, else the exit code. */
static int read_kernel(struct replay_log *log)
{
	const struct set_info *live;
	struct sets sets = {};
	struct kernel kernel;
	struct fail fail;
	int code;

	kernel_ask(&kernel);
	code = cmd_preflight(&kernel, /* quiet= */ false);
	if (code >= 0)
		return code;
	if (sets_find(&sets, &fail))
		return cmd_failed(&fail);
	live = sets_live(&sets);
	if (!live)
		fputs("hardenctl: check: nothing is loaded, so there are no records\nhint: --against FILE\n", stderr);
	code = !live ? EXIT_FAILED : replay_read_kernel(log, live, &fail) ? cmd_failed(&fail) : -1;
	sets_free(&sets);
	return code;
}

static int read_log(const char *against, struct replay_log *log)
{
	struct fail fail;

	if (!strcmp(against, "kernel"))
		return read_kernel(log);
	return replay_read(log, against, &fail) ? cmd_failed(&fail) : -1;
}

static struct json_object *add_list(struct json_object *object, const char *key)
{
	struct json_object *list = json_object_new_array();

	json_object_object_add(object, key, list);
	return list;
}

static struct json_object *begin_json(struct report *report)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "schema", json_object_new_string("hardenctl.check/1"));
	report->diags = add_list(object, "diagnostics");
	if (report->dump)
		report->dumps = add_list(object, "egress");
	if (report->log)
		report->replays = add_list(object, "against");
	return object;
}

/* The exit code: could not check (1) says less than invalid (2). */
static int check_all(int argc, char **argv, struct report *report, bool json)
{
	struct json_object *object = json ? begin_json(report) : NULL;
	int worst = EXIT_DONE;

	for (int i = 1; i < argc || i == 1; i++) {
		int code = check_one(argc > 1 ? argv[i] : cmd_policy_path(), report);

		if (code > worst)
			worst = code;
	}
	if (json) {
		json_object_object_add(object, "valid", json_object_new_boolean(!worst));
		puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(object);
	}
	return worst;
}

int cmd_check(int argc, char **argv)
{
	bool json = false;
	const char *against = NULL, *colour = NULL;
	struct report report = { .own = isatty(STDIN_FILENO) || getenv("SSH_CONNECTION") };
	const struct option_row rows[] = {
		{ "--json", NULL, &json, NULL }, { "--dump", NULL, &report.dump, NULL },
		{ "--strict", NULL, &report.strict, NULL }, { "--against", NULL, NULL, &against },
		{ "--color", NULL, NULL, &colour }, {},
	};
	struct replay_log log = {};
	int code = cmd_options("check", argc, argv, rows, &argc);

	if (code < 0)
		code = cmd_colour("check", colour, STDERR_FILENO, &report.style);
	if (code < 0 && against)
		code = read_log(against, &log);
	if (code < 0) {
		report.log = against ? &log : NULL;
		report.lookup = report.dump || (against && !strcmp(against, "kernel"));
		code = check_all(argc, argv, &report, json);
	}
	replay_free(&log);
	return code;
}
