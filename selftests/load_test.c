// SPDX-License-Identifier: GPL-2.0-only
/*
 * load_test.c - a load changes everything or nothing.
 * Boots: plain
 * Kernels: 6.12
 * Long boots: lockdown
 */
#include "objects.h"
#include "util.h"

#include <sched.h>
#include <sys/mount.h>

#define OTHER_POLICY	"/tmp/other.yaml"
#define MISTAKES	"selftests/golden/ten-mistakes.yaml"
#define RULE_LINE	"8"	/* of egress.allow in POLICY_TEXT */

/* As POLICY_TEXT, under another name and two lines further down. */
#define OTHER_TEXT	"# Another policy.\n\n" POLICY_ENFORCE
#define OTHER_LINE	"10"

static struct objects unloaded, loaded;

static int load_other(const char *text)
{
	spill(OTHER_POLICY, text);
	return RUN(HARDENCTL, "load", "--policy", OTHER_POLICY)->status;
}

/* ---- Where nothing is loaded ---- */

static void allow_dry_run_that_leaves_nothing(void **state)
{
	(void)state;
	spill(POLICY, POLICY_ENFORCE);
	HARDEN(0, "load", "--policy", POLICY, "--dry-run");
	assert_objects(&unloaded);
	assert_int_equal(pinned_sets(), 0);
	HARDEN(1, "status");
	assert_int_not_equal(connect_unlisted(9), EPERM);
}

static void deny_invalid_policy_that_leaves_nothing(void **state)
{
	(void)state;
	HARDEN(2, "load", "--policy", MISTAKES);
	HARDEN(1, "load", "--policy", "/tmp/there is no such file");
	assert_objects(&unloaded);
	HARDEN(1, "status");
}

/* Another program on the cgroup root allows no second one: some of ours are there by then. */
static void deny_load_beside_an_exclusive_program(void **state)
{
	const struct bpf_insn allow[] = { { .code = 0xb7, .imm = 1 }, { .code = 0x95 } };
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_CGROUP_INET6_CONNECT);
	int prog = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "foreign", "GPL", allow, 2, &opts);
	int cgroup = kernel_cgroup_root();
	struct objects with_foreign;

	(void)state;
	assert_true(prog >= 0 && cgroup >= 0);
	assert_int_equal(bpf_prog_attach(prog, cgroup, BPF_CGROUP_INET6_CONNECT, 0), 0);
	with_foreign = objects();
	spill(POLICY, POLICY_ENFORCE);
	assert_non_null(strstr(HARDEN(1, "load", "--policy", POLICY)->err, "hint: "));
	assert_objects(&with_foreign);
	HARDEN(1, "status");
	assert_int_equal(pinned_sets(), 0);
	assert_int_equal(bpf_prog_detach2(prog, cgroup, BPF_CGROUP_INET6_CONNECT), 0);
	close(prog);
	close(cgroup);
	assert_objects(&unloaded);
}

/* ---- Where a policy is in force ---- */

static int load_first(void **state)
{
	load_enforce(state);
	loaded = settled_objects();
	return 0;
}

static void allow_reload_that_keeps_what_was_recorded(void **state)
{
	struct mark first = mark(), second;
	struct json_object *list;

	(void)state;
	assert_int_equal(connect_unlisted(9), EPERM);
	spill(OTHER_POLICY, OTHER_TEXT "log: { records: 128 }\n");
	assert_non_null(strstr(HARDEN(0, "load", "--policy", OTHER_POLICY)->err, "ignoring"));
	second = mark();
	assert_int_equal(second.denied[GUARD_egress] - first.denied[GUARD_egress], 1);
	assert_true(second.newest > first.newest);
	assert_int_equal(connect_unlisted(9), EPERM);

	json_object_put(assert_refused(&second, GUARD_egress, "unlisted", 1));
	json_object_put(assert_refused(&first, GUARD_egress, "unlisted", 2));
	list = records_since(&first, GUARD_egress);
	assert_field(json_object_array_get_idx(list, 0), "rule.file", POLICY);
	assert_field(json_object_array_get_idx(list, 0), "rule.line", RULE_LINE);
	assert_field(json_object_array_get_idx(list, 1), "rule.file", OTHER_POLICY);
	assert_field(json_object_array_get_idx(list, 1), "rule.line", OTHER_LINE);
	json_object_put(list);
	assert_objects(&loaded);
	assert_int_equal(pinned_sets(), 1);
}

/* A policy that would refuse and seal: every guard of it records instead, but one that is off, and nothing is sealed. */
static void allow_audit_that_refuses_and_seals_nothing(void **state)
{
	struct mark before;

	(void)state;
	assert_int_equal(connect_unlisted(9), EPERM);
	spill(OTHER_POLICY, POLICY_ENFORCE "seal: { at: load }\non-load-failure: poweroff\n");
	assert_non_null(strstr(HARDEN(0, "audit", "--policy", OTHER_POLICY)->out, "nothing is refused"));
	before = mark();
	assert_int_not_equal(connect_unlisted(9), EPERM);
	json_object_put(assert_would_deny(&before, GUARD_egress, "unlisted"));
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		assert_int_equal(live_set().mode[guard], guard == GUARD_seal ? MODE_ENFORCE :
				 guard == GUARD_kernel || guard == GUARD_ingress || guard == GUARD_data ? MODE_OFF : MODE_AUDIT);
	assert_null(strstr(HARDEN(2, "status", "--json")->out, "\"sealed\""));
	HARDEN(0, "load", "--policy", POLICY);
	assert_int_equal(connect_unlisted(9), EPERM);
}

/* The number of lines "MISTAKES:LINE:COLUMN: error: TEXT". */
static unsigned int located_errors(const char *text)
{
	unsigned int line, column, count = 0;
	char error[8];

	for (; text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL)
		count += sscanf(text, MISTAKES ":%u:%u: %7s", &line, &column, error) == 3 &&
			 line && column && !strcmp(error, "error:");
	return count;
}

static void deny_invalid_policy_and_keep_the_old(void **state)
{
	struct json_object *before = status_json(EXIT_REFUSED), *after;

	(void)state;
	assert_int_equal(located_errors(HARDEN(2, "load", "--policy", MISTAKES)->err), 10);
	after = status_json(EXIT_REFUSED);
	assert_string_equal(field(before, "policy.digest"), field(after, "policy.digest"));
	assert_in_force(field(before, "policy.digest"));
	json_object_put(before);
	json_object_put(after);
	assert_objects(&loaded);
}

static void allow_dry_run_that_keeps_the_old(void **state)
{
	struct set_info before = live_set();

	(void)state;
	spill(OTHER_POLICY, POLICY_AUDIT);
	HARDEN(0, "load", "--dry-run", "--policy", OTHER_POLICY);
	assert_int_equal(connect_unlisted(9), EPERM);
	assert_in_force(before.digest);
	assert_objects(&loaded);
}

/* In a mount namespace of its own, where `spoil` has been at the pins. */
static int load_where(bool (*spoil)(void))
{
	pid_t pid = fork();
	int status, null;

	assert_true(pid >= 0);
	if (!pid) {
		null = open("/dev/null", O_RDWR);
		if (dup2(null, 1) < 0 || dup2(null, 2) < 0 || unshare(CLONE_NEWNS) ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || !spoil())
			_exit(99);
		execl(HARDENCTL, HARDENCTL, "load", "--policy", POLICY, NULL);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool no_bpffs(void)
{
	return !umount2("/sys/fs/bpf", MNT_DETACH);
}

static bool read_only_bpffs(void)
{
	return !mount("/sys/fs/bpf", "/sys/fs/bpf", NULL, MS_BIND, NULL) &&
	       !mount(NULL, "/sys/fs/bpf", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
}

static bool as_it_is(void)
{
	return true;
}

static void deny_load_that_cannot_pin_and_keep_the_old(void **state)
{
	struct set_info before = live_set();

	(void)state;
	spill(POLICY, POLICY_AUDIT);
	assert_int_equal(load_where(no_bpffs), 1);
	assert_int_equal(load_where(read_only_bpffs), 1);
	assert_int_equal(connect_unlisted(9), EPERM);
	assert_in_force(before.digest);
	assert_objects(&loaded);
}

static void allow_load_in_another_mount_namespace(void **state)
{
	(void)state;
	spill(POLICY, POLICY_ENFORCE);
	assert_int_equal(load_where(as_it_is), 0);
	assert_int_equal(pinned_sets(), 1);
	assert_objects(&loaded);
}

/* Out of descriptors at several depths; programs, maps and standard streams alone are more than 32. */
static void deny_load_that_runs_out_of_descriptors(void **state)
{
	static const char *const limits[] = { "--nofile=12", "--nofile=20", "--nofile=32" };
	struct set_info before = live_set();

	(void)state;
	spill(OTHER_POLICY, POLICY_AUDIT);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		assert_int_equal(RUN("prlimit", limits[i], HARDENCTL, "load", "--policy",
				     OTHER_POLICY)->status, 1);
		assert_int_equal(connect_unlisted(9), EPERM);
	}
	assert_in_force(before.digest);
	assert_objects(&loaded);
}

static void allow_two_loads_at_once(void **state)
{
	pid_t pids[2];
	int status;

	(void)state;
	spill(POLICY, POLICY_ENFORCE);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i]) {
			int null = open("/dev/null", O_RDWR);

			dup2(null, 1);
			execl(HARDENCTL, HARDENCTL, "load", "--policy", POLICY, NULL);
			_exit(98);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	assert_in_force(live_set().digest);
	assert_objects(&loaded);
}

static void allow_no_program_of_a_guard_that_is_off(void **state)
{
	(void)state;
	assert_int_equal(load_other(POLICY_TEXT("off", "enforce", "off", "audit")), 0);
	assert_no_program_of("exec");
	assert_no_program_of("modules");
	assert_true(has_program_of("ptrace"));
	assert_true(has_program_of("egress"));
	assert_int_equal(load_other(POLICY_TEXT("audit", "off", "enforce", "off")), 0);
	assert_true(has_program_of("exec"));
	assert_true(has_program_of("modules"));
	assert_no_program_of("ptrace");
	assert_no_program_of("egress");
}

static void deny_serial_below_the_one_in_force(void **state)
{
	struct set_info before;

	(void)state;
	assert_int_equal(load_other(POLICY_ENFORCE "serial: 7\n"), 0);
	before = live_set();
	assert_int_equal(before.serial, 7);
	assert_int_equal(load_other(POLICY_AUDIT "serial: 6\n"), 2);
	assert_int_equal(load_other(POLICY_AUDIT), 2);
	assert_int_equal(connect_unlisted(9), EPERM);
	assert_in_force(before.digest);
	/* Nor once it has been taken away. */
	HARDEN(0, "unload");
	assert_int_equal(load_other(POLICY_AUDIT "serial: 6\n"), 2);
	assert_non_null(strstr(HARDEN(2, "load", "--policy", OTHER_POLICY)->err, "7, which was in force in this boot"));
	HARDEN(1, "verify");
}

static void allow_serial_like_the_one_in_force(void **state)
{
	(void)state;
	assert_int_equal(load_other(OTHER_TEXT "serial: 7\n"), 0);
}

static void allow_unload_that_leaves_nothing(void **state)
{
	(void)state;
	HARDEN(0, "unload");
	assert_objects(&unloaded);
	assert_int_equal(access(PINS, F_OK), -1);
	assert_int_not_equal(connect_unlisted(9), EPERM);
	HARDEN(1, "unload");
	HARDEN(1, "verify");
}

static int set_up(void **state)
{
	(void)state;
	unloaded = unloaded_objects();
	return 0;
}

int main(void)
{
	const struct CMUnitTest before[] = {
		cmocka_unit_test(allow_dry_run_that_leaves_nothing),
		cmocka_unit_test(deny_invalid_policy_that_leaves_nothing),
		cmocka_unit_test(deny_load_beside_an_exclusive_program),
	};
	const struct CMUnitTest after[] = {
		cmocka_unit_test(allow_reload_that_keeps_what_was_recorded),
		cmocka_unit_test(deny_invalid_policy_and_keep_the_old),
		cmocka_unit_test(allow_dry_run_that_keeps_the_old),
		cmocka_unit_test(allow_audit_that_refuses_and_seals_nothing),
		cmocka_unit_test(deny_load_that_cannot_pin_and_keep_the_old),
		cmocka_unit_test(allow_load_in_another_mount_namespace),
		cmocka_unit_test(deny_load_that_runs_out_of_descriptors),
		cmocka_unit_test(allow_two_loads_at_once),
		cmocka_unit_test(allow_no_program_of_a_guard_that_is_off),
		cmocka_unit_test(deny_serial_below_the_one_in_force),
		cmocka_unit_test(allow_serial_like_the_one_in_force),
		cmocka_unit_test(allow_unload_that_leaves_nothing),
	};
	int failed = cmocka_run_group_tests(before, set_up, NULL);

	return failed + cmocka_run_group_tests(after, load_first, unload);
}
