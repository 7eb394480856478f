// SPDX-License-Identifier: GPL-2.0-only
/* cmd_status.c - what is in force, as proven just now. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "event.h"
#include "names.h"
#include "status.h"
#include "stream.h"

static void add(struct json_object *to, const char *key, struct json_object *value)
{
	json_object_object_add(to, key, value);
}

static struct json_object *text(const char *bytes)
{
	char escaped[4 * FILE_LEN + 1];

	event_escape(bytes, FILE_LEN, escaped);
	return json_object_new_string(escaped);
}

static struct json_object *guards_json(const struct status *status)
{
	struct json_object *list = json_object_new_array();

	for (int guard = 0; guard < GUARD_COUNT; guard++) {
		struct json_object *row = json_object_new_object();

		add(row, "name", json_object_new_string(guard_names[guard]));
		add(row, "mode", json_object_new_string(mode_names[status->set.mode[guard]]));
		add(row, "before_seal", json_object_new_string(
			mode_names[status->set.before_seal[guard]]));
		add(row, "canary", json_object_new_string(canary_names[status->canary[guard]]));
		add(row, "denied", json_object_new_uint64(status->denied[guard]));
		add(row, "would_deny", json_object_new_uint64(status->would_deny[guard]));
		add(row, "rules", json_object_new_int64(status->set.rules[guard]));
		json_object_array_add(list, row);
	}
	return list;
}

static struct json_object *policy_json(const struct status *status)
{
	struct json_object *policy = json_object_new_object();

	add(policy, "name", text(status->set.name));
	add(policy, "path", text(status->set.path));
	add(policy, "digest", text(status->set.digest));
	add(policy, "signed_by", NULL);
	add(policy, "serial", json_object_new_uint64(status->set.serial));
	return policy;
}

static struct json_object *log_json(const struct status *status)
{
	struct json_object *log = json_object_new_object(), *lost = json_object_new_object();

	for (int cause = 0; cause < LOST_COUNT; cause++)
		add(lost, lost_names[cause], json_object_new_uint64(status->lost[cause]));
	add(log, "capacity", json_object_new_int64(status->set.records));
	add(log, "records", json_object_new_uint64(status->records));
	add(log, "overwritten", json_object_new_uint64(status->overwritten));
	add(log, "lost", lost);
	return log;
}

static const char *state_name(const struct status *status)
{
	static const char *const names[] = {
		[SEAL_NONE] = "loaded", [SEAL_PROVISIONAL] = "sealing", [SEAL_DONE] = "sealed",
	};

	return status->loaded ? names[status->seal] : "off";
}

static void print_json(const struct status *status)
{
	struct json_object *json = json_object_new_object(), *part;

	add(json, "schema", json_object_new_string("hardenctl.status/1"));
	add(json, "state", json_object_new_string(state_name(status)));
	add(json, "policy", policy_json(status));
	add(json, "guards", guards_json(status));
	part = json_object_new_object();
	add(part, "expected", json_object_new_int64(status->set.attachments));
	add(part, "live", json_object_new_int64(status->attached));
	add(json, "attachments", part);
	add(json, "log", log_json(status));
	add(json, "reader", json_object_new_string(stream_has_reader() ? "up" : "down"));
	part = json_object_new_object();
	add(part, "release", text(status->kernel.release));
	add(part, "lsm", text(status->kernel.lsm));
	add(json, "kernel", part);
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

static const char *colour(const char *code)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO) || (no && *no) || !term || !strcmp(term, "dumb"))
		return "";
	return code;
}

/* "enforce", or what that means until the seal. */
static const char *mode_now(const struct status *status, __u32 guard)
{
	__u32 mode = status->set.mode[guard];

	return canary_mode(&status->set, status->seal, guard) == mode ? mode_names[mode] : "audit*";
}

static void print_headline(const struct status *status)
{
	bool whole = status_whole(status), green = status_green(status);

	printf("%s%s%s hardenctl: %s%s%s\n",
	       colour(green ? "\033[32m" : whole ? "\033[33m" : "\033[31m"), green ? "*" : whole ? "o" : "!",
	       colour("\033[0m"), state_name(status), status->seal == SEAL_NONE ? ", not sealed" : "",
	       whole ? "" : ", and NOT every guard holds");
}

static void print_hints(const struct status *status)
{
	const struct set_info *set = &status->set;

	for (int guard = 0; guard < GUARD_COUNT; guard++)
		if (canary_mode(set, status->seal, guard) != set->mode[guard]) {
			puts("  * only records until the seal (before-seal: audit)");
			break;
		}
	printf("  reader %s\n", stream_has_reader() ? "up" : "down (the kernel keeps the log all the same)");
	if (status->attached != set->attachments)
		puts(status->seal == SEAL_NONE ?
		     "  hint: programs are gone from the kernel; hardenctl load attaches them again" :
		     "  hint: programs are gone from the kernel, and only a reboot brings them back");
	else if (status->seal == SEAL_NONE)
		puts("  hint: root can still loosen this; hardenctl seal --dry-run lists what a seal needs");
}

static void print_text(const struct status *status)
{
	const struct set_info *set = &status->set;
	char name[4 * FILE_LEN + 1], path[4 * FILE_LEN + 1];

	event_escape(set->name, sizeof(set->name), name);
	event_escape(set->path, sizeof(set->path), path);
	print_headline(status);
	printf("  policy %s (%s) serial %llu\n         %s\n\n", name, path,
	       (unsigned long long)set->serial, set->digest);
	printf("  %-8s %-8s %6s %8s %11s  %s\n", "guard", "mode", "rules", "denied", "would-deny",
	       "canary");
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		printf("  %-8s %-8s %6u %8llu %11llu  %s\n", guard_names[guard],
		       mode_now(status, guard), set->rules[guard],
		       (unsigned long long)status->denied[guard],
		       (unsigned long long)status->would_deny[guard],
		       set->mode[guard] == MODE_OFF ? "-" : canary_names[status->canary[guard]]);
	printf("\n  programs %zu of %u attached; log %llu records, %llu overwritten, room for %u\n",
	       status->attached, set->attachments, (unsigned long long)status->records,
	       (unsigned long long)status->overwritten, set->records);
	print_hints(status);
}

static int report(struct status *status, bool json, bool quiet)
{
	struct fail fail;

	/* 1 would say that nothing is loaded, which is not what a failure tells. */
	if (status_read(status, /* thorough= */ false, &fail)) {
		if (!quiet)
			cmd_failed(&fail);
		return fail.exit_code == EXIT_FAILED ? EXIT_INTERNAL : fail.exit_code;
	}
	if (!status->loaded) {
		/* What is loaded has its hooks; only here is it worth the time to ask. */
		kernel_ask_hooks(&status->kernel);
		if (kernel_lacks(&status->kernel))
			return cmd_preflight(&status->kernel, quiet);
	}
	if (json)
		print_json(status);
	else if (!status->loaded && !quiet)
		puts("hardenctl: not loaded: nothing is enforced\nhint: hardenctl load");
	else if (!quiet)
		print_text(status);
	if (!status->loaded)
		return EXIT_FAILED;
	return status_green(status) ? EXIT_DONE : EXIT_REFUSED;
}

int cmd_status(int argc, char **argv)
{
	bool json = false, quiet = false;
	const struct option_row rows[] = {
		{ "--json", NULL, &json, NULL },
		{ "--quiet", "-q", &quiet, NULL },
		{},
	};
	int code = cmd_options("status", argc, argv, rows, &argc);
	struct status status = {};

	if (code >= 0)
		return code;
	if (argc > 1)
		return cmd_usage("status", "takes no argument '%s'", argv[1]);
	if (quiet)
		json = false;
	kernel_ask(&status.kernel);
	code = cmd_preflight(&status.kernel, quiet);
	if (code >= 0)
		return code;
	return report(&status, json, quiet);
}
