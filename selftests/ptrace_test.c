// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptrace_test.c - the ptrace guard refuses control of one process by another.
 * Boots: plain lockdown
 */
#include "common.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static pid_t victim;
static char secret[] = "a secret";

static int start_victim(void **state)
{
	load_enforce(state);
	victim = fork();
	assert_true(victim >= 0);
	if (!victim) {
		pause();
		_exit(0);
	}
	return 0;
}

static int end_victim(void **state)
{
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	return unload(state);
}

static void expect_attach_refused(const struct mark *from)
{
	struct json_object *record = assert_refused(from, GUARD_ptrace, "attach", 1);
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", victim);
	assert_field(record, "hook", "ptrace_access_check");
	assert_field(record, "comm", "ptrace_test");
	assert_field(record, "object.pid", pid);
	assert_field(record, "object.access", "attach");
	assert_non_null(strstr(field(record, "exe"), "ptrace_test"));
	json_object_put(record);
}

static void deny_process_vm_readv_of_another(void **state)
{
	struct iovec from = { secret, sizeof(secret) };
	char copy[sizeof(secret)] = "";
	struct iovec to = { copy, sizeof(copy) };
	struct mark before = mark();

	(void)state;
	assert_int_equal(process_vm_readv(victim, &to, 1, &from, 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_string_equal(copy, "");
	expect_attach_refused(&before);
}

static void allow_process_vm_readv_of_oneself(void **state)
{
	struct iovec from = { secret, sizeof(secret) };
	char copy[sizeof(secret)] = "";
	struct iovec to = { copy, sizeof(copy) };
	struct mark before = mark();

	(void)state;
	assert_int_equal(process_vm_readv(getpid(), &to, 1, &from, 1, 0), sizeof(secret));
	assert_string_equal(copy, secret);
	assert_undisturbed(&before, GUARD_ptrace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deny_process_vm_readv_of_another),
		cmocka_unit_test(allow_process_vm_readv_of_oneself),
	};

	return cmocka_run_group_tests(tests, start_victim, end_victim);
}
