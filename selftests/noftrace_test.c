// SPDX-License-Identifier: GPL-2.0-only
/*
 * noftrace_test.c - a kernel that was booted with sysctl.kernel.ftrace_enabled=0, under which LSM
 * programs would be attached and never run.  Newer kernels refuse that setting; there a load works.
 * Boots: noftrace
 */
#include <sys/mount.h>

#include "objects.h"

#define SWITCH	"/proc/sys/kernel/ftrace_enabled"

static struct objects unloaded;

static void assert_switch(const char *value)
{
	char text[16];

	slurp(SWITCH, text, sizeof(text));
	assert_string_equal(text, value);
}

static int write_switch(const char *value)
{
	int fd = open(SWITCH, O_WRONLY | O_CLOEXEC), err;

	assert_true(fd >= 0);
	err = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static void deny_load_and_leave_nothing(void **state)
{
	struct ran *ran;

	(void)state;
	spill(POLICY, POLICY_ENFORCE);
	ran = HARDEN(1, "load", "--policy", POLICY);
	assert_non_null(strstr(ran->err, "kernel.ftrace_enabled is 0"));
	assert_non_null(strstr(ran->err, "hint: remove sysctl.kernel.ftrace_enabled=0"));
	assert_objects(&unloaded);
	assert_int_equal(pinned_sets(), 0);
	HARDEN(1, "status");
}

static void deny_load_of_a_policy_in_audit_mode(void **state)
{
	(void)state;
	spill(POLICY, POLICY_AUDIT);
	HARDEN(1, "load", "--policy", POLICY);
	assert_objects(&unloaded);
}

/*
 * Lies to hardenctl about the switch, by a file mounted over it: the programs are attached and never
 * run, which only the canaries can find out.
 */
static void deny_load_whose_canaries_pass(void **state)
{
	struct ran *ran;

	(void)state;
	spill(POLICY, POLICY_ENFORCE);
	spill("/tmp/switch", "1\n");
	assert_int_equal(mount("/tmp/switch", SWITCH, NULL, MS_BIND, NULL), 0);
	ran = HARDEN(1, "load", "--policy", POLICY);
	assert_int_equal(umount(SWITCH), 0);
	assert_non_null(strstr(ran->err, "what it must refuse went through"));
	assert_objects(&unloaded);
	assert_int_equal(pinned_sets(), 0);
	HARDEN(1, "status");
}

/* The nearly identical operation. */
static void allow_load_where_the_switch_is_on_again(void **state)
{
	(void)state;
	assert_int_equal(write_switch("1"), 0);
	assert_switch("1\n");
	load_text(POLICY_ENFORCE);
	HARDEN(0, "verify");
	HARDEN(2, "status");
}

static void deny_zero_by_the_kernel_itself(void **state)
{
	(void)state;
	assert_int_equal(write_switch("0"), -EOPNOTSUPP);
	assert_switch("1\n");
}

static void allow_load_where_the_kernel_kept_the_switch_on(void **state)
{
	(void)state;
	assert_switch("1\n");
	load_text(POLICY_ENFORCE);
	HARDEN(0, "verify");
	HARDEN(2, "status");
}

/* The boot must have asked for it, or the tests prove nothing. */
static int set_up(void **state)
{
	char line[4096];

	(void)state;
	unloaded = unloaded_objects();
	slurp("/proc/cmdline", line, sizeof(line));
	return !strstr(line, "sysctl.kernel.ftrace_enabled=0");
}

int main(void)
{
	const struct CMUnitTest off[] = {
		cmocka_unit_test(deny_load_and_leave_nothing),
		cmocka_unit_test(deny_load_of_a_policy_in_audit_mode),
		cmocka_unit_test(deny_load_whose_canaries_pass),
		cmocka_unit_test(allow_load_where_the_switch_is_on_again),
	};
	const struct CMUnitTest kept_on[] = {
		cmocka_unit_test(deny_zero_by_the_kernel_itself),
		cmocka_unit_test(allow_load_where_the_kernel_kept_the_switch_on),
	};
	char text[16];

	slurp(SWITCH, text, sizeof(text));
	return text[0] == '0' ? cmocka_run_group_tests(off, set_up, unload) :
				cmocka_run_group_tests(kept_on, set_up, unload);
}
