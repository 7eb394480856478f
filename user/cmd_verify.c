// SPDX-License-Identifier: GPL-2.0-only
/* cmd_verify.c - tries every guard now. */
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>

#include "alarm.h"
#include "canary.h"
#include "cmd.h"
#include "names.h"
#include "status.h"
#include "util.h"

static void print_json(const struct status *status, bool proven)
{
	struct json_object *json = json_object_new_object(), *list = json_object_new_array();

	json_object_object_add(json, "schema", json_object_new_string("hardenctl.verify/1"));
	json_object_object_add(json, "proven", json_object_new_boolean(proven));
	for (int guard = 0; guard < GUARD_COUNT; guard++) {
		struct json_object *row = json_object_new_object();

		json_object_object_add(row, "name", json_object_new_string(guard_names[guard]));
		json_object_object_add(row, "mode", json_object_new_string(
			mode_names[status->set.mode[guard]]));
		json_object_object_add(row, "canary", json_object_new_string(
			canary_names[status->canary[guard]]));
		json_object_array_add(list, row);
	}
	json_object_object_add(json, "guards", list);
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

/*
 * Has the kernel record that a guard no longer refuses, through the one hook of ours that needs no
 * trampoline (bpf/seal.bpf.c).  The write itself is refused.
 */
static void report_lost(const struct status *status, int guard)
{
	_cleanup_close_ int fd = -1;

	if (status->seal != SEAL_DONE)
		return;
	fd = open("/proc/sys/kernel/ftrace_enabled", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		dprintf(fd, "canary lost: %s", guard_names[guard]);
}

int cmd_verify(int argc, char **argv)
{
	bool json = false, proven = true;
	const struct option_row rows[] = { { "--json", NULL, &json, NULL }, {} };
	int code = cmd_options("verify", argc, argv, rows, &argc);
	struct status status;
	struct fail fail;

	if (code >= 0)
		return code;
	if (argc > 1)
		return cmd_usage("verify", "takes no argument '%s'", argv[1]);
	kernel_ask(&status.kernel);
	code = cmd_preflight(&status.kernel, /* quiet= */ false);
	if (code >= 0)
		return code;
	if (status_read(&status, /* thorough= */ true, &fail)) {
		code = cmd_failed(&fail);
		return code == EXIT_FAILED ? EXIT_INTERNAL : code;
	}
	if (!status.loaded) {
		fputs("hardenctl: verify: nothing is loaded\nhint: hardenctl load\n", stderr);
		return EXIT_FAILED;
	}
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		if (!status_proven(&status, guard)) {
			proven = false;
			report_lost(&status, guard);
		}
	if (json)
		print_json(&status, proven);
	for (int guard = 0; !json && guard < GUARD_COUNT; guard++)
		if (status.set.mode[guard] != MODE_OFF)
			printf("%-8s %-8s canary %s\n", guard_names[guard],
			       mode_names[status.set.mode[guard]], canary_names[status.canary[guard]]);
	fflush(stdout);
	if (!proven && status.seal == SEAL_DONE)
		alarm_raise(status.set.on_canary_lost,
			    "a guard of the sealed policy no longer refuses: see hardenctl verify");
	return proven ? EXIT_DONE : EXIT_REFUSED;
}
