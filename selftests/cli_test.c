// SPDX-License-Identifier: GPL-2.0-only
/*
 * cli_test.c - exit codes and help of every verb; probe and check.
 * Boots: plain
 * Kernels: 6.12
 * Long boots: lockdown
 */
#include "gaps.h"
#include "modules.h"
#include "objects.h"

#include <sys/utsname.h>

static void expect_unprivileged(struct ran *ran)
{
	assert_int_equal(ran->status, 4);
	assert_string_equal(ran->out, "");
	assert_non_null(strstr(ran->err, "hardenctl: not privileged"));
	assert_non_null(strstr(ran->err, "hint: "));
}

static void allow_probe_to_say_that_it_can(void **state)
{
	struct json_object *probe = parse_json(HARDEN(0, "probe", "--json")->out), *list, *row;
	struct utsname name;

	(void)state;
	uname(&name);
	assert_field(probe, "schema", "hardenctl.probe/1");
	assert_field(probe, "release", name.release);
	assert_field(probe, "able", "true");
	assert_true(json_object_object_get_ex(probe, "checks", &list));
	assert_true(json_object_array_length(list) > 10);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		row = json_object_array_get_idx(list, i);
		assert_non_null(field(row, "name"));
		assert_non_null(field(row, "group"));
		if (!strcmp(field(row, "required"), "true"))
			assert_field(row, "ok", "true");
	}
	json_object_put(probe);
	assert_non_null(strstr(HARDEN(0, "probe")->out, name.release));
}

static struct json_object *check_of(struct json_object *probe, const char *name)
{
	struct json_object *list, *row;

	assert_true(json_object_object_get_ex(probe, "checks", &list));
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		row = json_object_array_get_idx(list, i);
		if (!strcmp(field(row, "name"), name))
			return row;
	}
	fail_msg("no check '%s'", name);
	return NULL;
}

/* Debian's kernels, by what each is known to have. */
static void allow_probe_to_say_what_can_t_be_refused(void **state)
{
	struct json_object *probe = parse_json(HARDEN(0, "probe", "--json")->out);
	unsigned int major = 0, minor = 0;
	struct utsname name;
	bool old, hides;
	char expected[1024];

	(void)state;
	uname(&name);
	assert_int_equal(sscanf(name.release, "%u.%u", &major, &minor), 2);
	old = major == 6 && minor == 1;
	hides = old && is_locked_down();
	for (const struct gap *gap = gaps; gap->name; gap++) {
		struct json_object *row = check_of(probe, gap->name);
		bool lacks = !strcmp(gap->name, "unit-programs") || !strcmp(gap->name, "fs-verity") ? old :
			     !strcmp(gap->name, "refused-readers") ? major > 6 || minor >= 14 :
			     !strcmp(gap->name, "clock-offset") || !strcmp(gap->name, "old-executables") ? true : hides;

		assert_field(row, "required", "false");
		assert_field(row, "ok", lacks ? "false" : "true");
		if (lacks) {
			assert_field(row, "consequence", gap->consequence);
			assert_field(row, "hint", gap->hint);
		} else {
			assert_null(field(row, "consequence"));
			assert_null(field(row, "hint"));
		}
		snprintf(expected, sizeof(expected), "then: %s\n       hint: %s\n", gap->consequence, gap->hint);
		assert_int_equal(strstr(HARDEN(0, "probe")->out, expected) != NULL, lacks);
	}
	json_object_put(probe);
}

static void allow_check_to_tell_valid_from_invalid_and_missing(void **state)
{
	struct ran *ran;

	(void)state;
	spill(POLICY, POLICY_ENFORCE);
	HARDEN(0, "check", POLICY);
	HARDEN(1, "check", "/tmp/there is no such file");
	ran = HARDEN(2, "check", "selftests/golden/ten-mistakes.yaml");
	assert_non_null(strstr(ran->err, "selftests/golden/ten-mistakes.yaml:5:9: error: "));
	/* It needs no privilege. */
	assert_int_equal(RUN(UNPRIVILEGED, HARDENCTL, "check", POLICY)->status, 0);
	/* A login's own address and shell. */
	HARDEN(0, "check", "--strict", POLICY);
	ran = RUN("env", "SSH_CONNECTION=192.0.2.1 4000 192.0.2.2 22", HARDENCTL, "check", "--strict", POLICY);
	assert_int_equal(ran->status, 2);
	assert_non_null(strstr(ran->err, "warning: your logins end in "));
}

static void deny_unknown_verbs_and_options(void **state)
{
	(void)state;
	HARDEN(64, "stauts");
	HARDEN(64, "status", "--jsn");
	HARDEN(64, "status", "more");
	HARDEN(64, "status", "--color=sometimes");
	HARDEN(64, "status", "-q", "--watch");
	HARDEN(64, "verify", "-x");
	HARDEN(64, "load", "--policy");
	HARDEN(64, "log", "-n", "many");
	HARDEN(64, "log", "--guard", "nobody");
	assert_non_null(strstr(HARDEN(64, "log", "--guard", "exce")->err, "did you mean 'exec'?"));
	assert_non_null(strstr(HARDEN(64, "log", "--reason", "shel")->err, "did you mean 'shell'?"));
	assert_non_null(strstr(HARDEN(64, "log", "--guard", "ptrace", "--reason", "shell")->err, "no reason of guard ptrace 'shell'"));
	assert_non_null(strstr(HARDEN(64, "log", "-o", "jsn")->err, "did you mean 'json'?"));
	assert_non_null(strstr(HARDEN(64, "log", "-b", "-1")->err, "the log lives in RAM"));
	assert_non_null(strstr(HARDEN(64, "log", "--boot=1")->err, "the log lives in RAM"));
	HARDEN(64, "log", "-S", "never");
	HARDEN(64, "log", "-f", "-U", "now");
	HARDEN(64, "log", "-f", "-r");
	HARDEN(64, "log", "--pid", "0");
	HARDEN(64, "log", "--exe", "curl");
	HARDEN(64, "log", "--json", "-o", "ecs");
	HARDEN(64, "metrics", "more");
	HARDEN(64, "check", "--against");
	HARDEN(64, "suggest", "--log");
	HARDEN(64, "suggest", "more");
	HARDEN(64, "suggest", "--guard", "nobody");
	HARDEN(64, "metrics", "--textfile");
	HARDEN(64, "metrics", "--textfile=");
	HARDEN(64, "explain");
	HARDEN(64, "explain", "0");
	HARDEN(64, "explain", "12x");
	HARDEN(64, "explain", "-1");
	HARDEN(64, "explain", "1", "2");
	assert_int_equal(RUN(HARDENCTL)->status, 64);
	assert_non_null(strstr(HARDEN(64, "stauts")->err, "did you mean 'status'"));
}

static void allow_help_of_every_verb(void **state)
{
	char help[sizeof(((struct ran *)0)->out)], verb[16], usage[64];
	unsigned int verbs = 0;
	struct ran *ran;

	(void)state;
	assert_int_equal(strncmp(HARDEN(0, "--version")->out, "hardenctl ", 10), 0);
	strcpy(help, HARDEN(0, "--help")->out);
	for (char *line = strchr(help, '\n'); line; line = strchr(line + 1, '\n')) {
		if (sscanf(line, "\n  %15[a-z] %*s", verb) != 1 || !strcmp(verb, "hardenctl"))
			continue;
		ran = HARDEN(0, verb, "--help");
		snprintf(usage, sizeof(usage), "usage: hardenctl %s ", verb);
		assert_int_equal(strncmp(ran->out, usage, strlen(usage)), 0);
		verbs++;
	}
	assert_true(verbs >= 11);
}

static void deny_unprivileged_users(void **state)
{
	(void)state;
	expect_unprivileged(RUN(UNPRIVILEGED, HARDENCTL, "status"));
	expect_unprivileged(RUN(UNPRIVILEGED, HARDENCTL, "load", "--policy", POLICY));
	expect_unprivileged(RUN(UNPRIVILEGED, HARDENCTL, "log"));
	expect_unprivileged(RUN(UNPRIVILEGED, HARDENCTL, "explain", "last"));
	expect_unprivileged(RUN(UNPRIVILEGED, HARDENCTL, "metrics"));
	expect_unprivileged(RUN(UNPRIVILEGED, HARDENCTL, "suggest"));
	expect_unprivileged(RUN(UNPRIVILEGED, HARDENCTL, "verify"));
	expect_unprivileged(RUN(UNPRIVILEGED, HARDENCTL, "unload"));
}

/* It has every capability there, and none that counts. */
static void deny_root_of_a_user_namespace(void **state)
{
	(void)state;
	expect_unprivileged(RUN("unshare", "--user", "--map-root-user", HARDENCTL, "status"));
	expect_unprivileged(RUN("unshare", "--user", "--map-root-user", "--mount", "--cgroup",
				HARDENCTL, "load", "--policy", POLICY));
	/* Its own mounts and cgroups alone make no difference. */
	assert_int_equal(RUN("unshare", "--mount", "--cgroup", HARDENCTL, "status")->status, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_probe_to_say_that_it_can),
		cmocka_unit_test(allow_probe_to_say_what_can_t_be_refused),
		cmocka_unit_test(allow_check_to_tell_valid_from_invalid_and_missing),
		cmocka_unit_test(deny_unknown_verbs_and_options),
		cmocka_unit_test(allow_help_of_every_verb),
		cmocka_unit_test(deny_unprivileged_users),
		cmocka_unit_test(deny_root_of_a_user_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
