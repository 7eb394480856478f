// SPDX-License-Identifier: GPL-2.0-only
/* cmd_seal.c - seals the machine until it reboots. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#include "alarm.h"
#include "cmd.h"
#include "names.h"
#include "seal.h"

static void finding_name(const struct finding *finding, char *ret_name, size_t size)
{
	const char *guard = finding->kind >= FINDING_audit ? guard_names[finding->guard] : "";

	snprintf(ret_name, size, "%s%s%s", finding_names[finding->kind], guard[0] ? ":" : "", guard);
}

static void print_json(const struct sealed *sealed, bool done)
{
	struct json_object *json = json_object_new_object(), *list = json_object_new_array(), *row;
	char name[64];

	json_object_object_add(json, "schema", json_object_new_string("hardenctl.seal/1"));
	json_object_object_add(json, "sealed", json_object_new_boolean(done));
	for (size_t i = 0; i < sealed->findings.count; i++) {
		const struct finding *finding = &sealed->findings.list[i];
		row = json_object_new_object();
		finding_name(finding, name, sizeof(name));
		json_object_object_add(row, "kind", json_object_new_string(name));
		json_object_object_add(row, "what", json_object_new_string(finding->what));
		json_object_object_add(row, "advice", json_object_new_string(finding->advice));
		json_object_object_add(row, "tolerated", json_object_new_boolean(finding->tolerated));
		json_object_array_add(list, row);
	}
	json_object_object_add(json, "findings", list);
	if (sealed->runnable.taken) {
		row = json_object_new_object();
		json_object_object_add(row, "files", json_object_new_uint64(sealed->runnable.taken));
		json_object_object_add(row, "open_for_writing", json_object_new_uint64(sealed->runnable.written));
		json_object_object_add(json, "baseline", row);
	}
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

static void print_findings(const struct sealed *sealed)
{
	char name[64];

	for (size_t i = 0; i < sealed->findings.count; i++) {
		const struct finding *finding = &sealed->findings.list[i];

		finding_name(finding, name, sizeof(name));
		printf("%s %s: %s\n", finding->tolerated ? "tolerated" : "found", name, finding->what);
		if (!finding->tolerated)
			printf("  hint: %s\n", finding->advice);
	}
}

int cmd_seal_now(bool dry_run, bool json)
{
	struct sealed sealed = {};
	struct fail fail;
	int code, err = seal_machine(dry_run, &sealed, &fail);
	bool done;

	/* systemd-networkd watches sysctls that way, and starts after the load of the boot. */
	if (err == -EAGAIN) {
		code = cmd_load_again(&sealed.set);
		if (code) {
			alarm_raise(sealed.set.on_seal_refused, "seal: another program has come after ours on the root cgroup");
			findings_free(&sealed.findings);
			return code;
		}
		findings_free(&sealed.findings);
		sealed = (struct sealed){ .reloaded = true };
		err = seal_machine(dry_run, &sealed, &fail);
	}
	done = !err && !dry_run;
	if (done && !sealed.before)
		cmd_measure("seal", &sealed.set);
	if (json)
		print_json(&sealed, done || sealed.before);
	else
		print_findings(&sealed);
	if (!json && !err)
		cmd_print_baseline(&sealed.runnable);
	if (!json && sealed.before)
		puts("sealed already, until the machine reboots");
	else if (!json && done)
		printf("sealed: policy '%s' is in force until the machine reboots\n", sealed.set.name);
	else if (!json && !err)
		puts("nothing would stop the seal");
	fflush(stdout);
	if (err && !dry_run && fail.exit_code == EXIT_REFUSED)
		alarm_raise(sealed.set.on_seal_refused, fail.text);
	findings_free(&sealed.findings);
	return err ? cmd_failed(&fail) : EXIT_DONE;
}

int cmd_seal(int argc, char **argv)
{
	bool dry_run = false, json = false, verbose = false;
	const struct option_row rows[] = {
		{ "--dry-run", NULL, &dry_run, NULL },
		{ "--json", NULL, &json, NULL },
		{ "--verbose", "-v", &verbose, NULL },
		{},
	};
	int code = cmd_options("seal", argc, argv, rows, &argc);
	struct kernel kernel;

	if (code >= 0)
		return code;
	if (argc > 1)
		return cmd_usage("seal", "takes no argument '%s'", argv[1]);
	kernel_ask(&kernel);
	code = cmd_preflight(&kernel, /* quiet= */ false);
	return code >= 0 ? code : cmd_seal_now(dry_run, json);
}
