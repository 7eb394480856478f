// SPDX-License-Identifier: GPL-2.0-only
/* cmd_check.c - checks a policy without loading it. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "dump.h"
#include "lookup.h"
#include "rules.h"
#include "style.h"

/* Where `--json` has it go: NULL, it is printed. */
struct report {
	struct json_object *diags, *dumps;
	bool dump;		/* `--dump` */
	struct style style;	/* of stderr */
};

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
		json_object_object_add(row, "text", json_object_new_string(diag->text ?: ""));
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

static int check_one(const char *path, const struct report *report)
{
	struct json_object *list = report->diags;
	struct policy *policy = NULL;
	struct rules *rules = NULL;
	struct diags diags = {};
	int err = policy_parse(path, &diags, &policy);

	if (!err && report->dump)
		err = lookup_names(policy, &diags);
	if (!err)
		err = rules_compile(policy, &diags, &rules);
	if (list)
		add_diags(list, &diags);
	else
		diags_show(&diags, &report->style, stderr);
	if (!list && !err)
		printf("%s: valid\n", path);
	if (!err && report->dump)
		dump(path, policy, rules, report);
	rules_free(rules);
	policy_free(policy);
	diags_free(&diags);
	return !err ? EXIT_DONE : err == -EINVAL ? EXIT_REFUSED : EXIT_FAILED;
}

int cmd_check(int argc, char **argv)
{
	bool json = false;
	const char *colour = NULL;
	struct report report = {};
	const struct option_row rows[] = {
		{ "--json", NULL, &json, NULL }, { "--dump", NULL, &report.dump, NULL }, { "--color", NULL, NULL, &colour }, {},
	};
	struct json_object *object = NULL;
	int code = cmd_options("check", argc, argv, rows, &argc), worst = EXIT_DONE;

	if (code >= 0)
		return code;
	code = cmd_colour("check", colour, STDERR_FILENO, &report.style);
	if (code >= 0)
		return code;
	if (json) {
		object = json_object_new_object();
		report.diags = json_object_new_array();
		json_object_object_add(object, "schema", json_object_new_string("hardenctl.check/1"));
		json_object_object_add(object, "diagnostics", report.diags);
	}
	if (json && report.dump) {
		report.dumps = json_object_new_array();
		json_object_object_add(object, "egress", report.dumps);
	}
	for (int i = 1; i < argc || i == 1; i++) {
		code = check_one(argc > 1 ? argv[i] : cmd_policy_path(), &report);
		/* Could not check (1) says less than invalid (2). */
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
