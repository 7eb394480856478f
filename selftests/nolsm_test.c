// SPDX-License-Identifier: GPL-2.0-only
/*
 * nolsm_test.c - a kernel that was booted without the BPF LSM: hardenctl says so and does nothing.
 * Boots: nolsm
 */
#include "objects.h"

static struct objects unloaded;

/* One line for people that names the LSM, and the fix beside it. */
static void expect_hint(const struct ran *ran)
{
	assert_non_null(strstr(ran->err, "hardenctl: this kernel cannot enforce: bpf-lsm"));
	assert_non_null(strstr(ran->err, "hint: add bpf to the lsm= list"));
	assert_string_equal(ran->out, "");
}

static void deny_status_with_3(void **state)
{
	struct ran *ran;

	(void)state;
	expect_hint(HARDEN(3, "status"));
	ran = HARDEN(3, "status", "-q");
	assert_string_equal(ran->err, "");
	expect_hint(HARDEN(3, "status", "--json"));
	expect_hint(HARDEN(3, "verify"));
	expect_hint(HARDEN(3, "log"));
}

static void deny_load_with_3_and_leave_nothing(void **state)
{
	(void)state;
	spill(POLICY, POLICY_ENFORCE);
	expect_hint(HARDEN(3, "load", "--policy", POLICY));
	expect_hint(HARDEN(3, "load", "--policy", POLICY, "--dry-run"));
	assert_objects(&unloaded);
	assert_int_equal(pinned_sets(), 0);
}

static void deny_probe_with_3(void **state)
{
	struct json_object *probe;

	(void)state;
	probe = parse_json(HARDEN(3, "probe", "--json")->out);
	assert_field(probe, "able", "false");
	json_object_put(probe);
	assert_non_null(strstr(HARDEN(3, "probe")->out, "hint: add bpf to the lsm= list"));
}

/* Who is not privileged can't be told more than that. */
static void deny_unprivileged_users_with_4(void **state)
{
	(void)state;
	assert_int_equal(RUN(UNPRIVILEGED, HARDENCTL, "status")->status, 4);
}

/* What needs no kernel works. */
static void allow_check(void **state)
{
	(void)state;
	spill(POLICY, POLICY_ENFORCE);
	HARDEN(0, "check", POLICY);
}

static int set_up(void **state)
{
	(void)state;
	unloaded = unloaded_objects();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deny_status_with_3),
		cmocka_unit_test(deny_load_with_3_and_leave_nothing),
		cmocka_unit_test(deny_probe_with_3),
		cmocka_unit_test(deny_unprivileged_users_with_4),
		cmocka_unit_test(allow_check),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
