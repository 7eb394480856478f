// SPDX-License-Identifier: GPL-2.0-only
/*
 * debuggers_test.c - what people use to look into processes meets the ptrace guard.
 * Boots: plain
 * Kernels: 6.12
 * Long boots: lockdown
 */
#include "victim.h"

#define GDB	"/usr/bin/gdb"
#define STRACE	"/usr/bin/strace"

static struct victim victim;

static bool lacks(const char *path)
{
	if (!access(path, X_OK))
		return false;
	print_message("# SKIP required: %s is not installed\n", path);
	return true;
}

/* Asserts that the program at `path` was refused, once or more, and if `pid` on that process. */
static void assert_debugger_refused(const struct mark *from, const char *path, pid_t pid)
{
	struct json_object *list = records_since(from, GUARD_ptrace), *record;
	size_t count = json_object_array_length(list);
	struct mark now = mark();
	bool found = !pid;

	assert_true(count >= 1);
	assert_int_equal(now.denied[GUARD_ptrace] - from->denied[GUARD_ptrace], count);
	for (size_t i = 0; i < count; i++) {
		record = json_object_array_get_idx(list, i);
		assert_field(record, "action", "denied");
		assert_field(record, "comm", basename(path));
		assert_field(record, "exe", path);
		found |= atoi(field(record, "object.pid")) == pid;
	}
	assert_true(found);
	json_object_put(list);
}

static void deny_gdb(void **state)
{
	struct mark before;
	struct ran *ran;
	char pid[16];

	(void)state;
	if (lacks(GDB))
		skip();
	snprintf(pid, sizeof(pid), "%d", victim.pid);
	before = mark();
	ran = RUN(GDB, "-nx", "-readnever", "-batch", "-p", pid);
	assert_non_null(strstr(ran->err, "ptrace: Operation not permitted."));
	assert_debugger_refused(&before, GDB, victim.pid);
	assert_victim(&victim, SECRET);
}

static void deny_strace_of_running_process(void **state)
{
	struct mark before;
	struct ran *ran;
	char pid[16];

	(void)state;
	if (lacks(STRACE))
		skip();
	snprintf(pid, sizeof(pid), "%d", victim.pid);
	before = mark();
	ran = RUN(STRACE, "-p", pid);
	assert_int_equal(ran->status, 1);
	assert_non_null(strstr(ran->err, "Operation not permitted"));
	assert_debugger_refused(&before, STRACE, victim.pid);
	assert_victim(&victim, SECRET);
}

static void deny_strace_of_new_process(void **state)
{
	struct mark before;
	struct ran *ran;

	(void)state;
	if (lacks(STRACE))
		skip();
	before = mark();
	ran = RUN(STRACE, "/usr/bin/echo", "ran");
	assert_int_equal(ran->status, 1);
	assert_non_null(strstr(ran->err, "Operation not permitted"));
	assert_null(strstr(ran->err, "execve("));
	assert_string_equal(ran->out, "");
	assert_debugger_refused(&before, STRACE, 0);
}

static void allow_process_that_nobody_traces(void **state)
{
	struct mark before = mark();
	struct ran *ran = RUN("/usr/bin/echo", "ran");

	(void)state;
	assert_int_equal(ran->status, 0);
	assert_string_equal(ran->out, "ran\n");
	assert_undisturbed(&before, GUARD_ptrace);
}

static void allow_gdb_in_off_mode(void **state)
{
	struct mark before;
	struct ran *ran;
	char pid[16];

	(void)state;
	if (lacks(GDB))
		skip();
	snprintf(pid, sizeof(pid), "%d", victim.pid);
	before = mark();
	ran = RUN(GDB, "-nx", "-readnever", "-batch", "-p", pid, "-ex", "print (char *)&secret");
	assert_int_equal(ran->status, 0);
	assert_non_null(strstr(ran->out, "\"" SECRET "\""));
	assert_undisturbed(&before, GUARD_ptrace);
	assert_victim(&victim, SECRET);
}

static void allow_strace_in_off_mode(void **state)
{
	struct mark before;
	struct ran *ran;

	(void)state;
	if (lacks(STRACE))
		skip();
	before = mark();
	ran = RUN(STRACE, "/usr/bin/echo", "ran");
	assert_int_equal(ran->status, 0);
	assert_string_equal(ran->out, "ran\n");
	assert_non_null(strstr(ran->err, "execve(\"/usr/bin/echo\""));
	assert_undisturbed(&before, GUARD_ptrace);
}

static int begin(void **state)
{
	(void)state;
	load_text(POLICY_TEXT("off", "enforce", "off", "off"));
	victim = start_victim(0);
	return 0;
}

static int off(void **state)
{
	(void)state;
	load_text(POLICY_TEXT("off", "off", "off", "off"));
	return 0;
}

static int end(void **state)
{
	end_victim(&victim);
	return unload(state);
}

static const struct CMUnitTest enforced[] = {
	cmocka_unit_test(deny_gdb),
	cmocka_unit_test(deny_strace_of_running_process),
	cmocka_unit_test(deny_strace_of_new_process),
	cmocka_unit_test(allow_process_that_nobody_traces),
};

static const struct CMUnitTest unguarded[] = {
	cmocka_unit_test(allow_gdb_in_off_mode),
	cmocka_unit_test(allow_strace_in_off_mode),
};

int main(void)
{
	return cmocka_run_group_tests(enforced, begin, NULL) +
	       cmocka_run_group_tests(unguarded, off, end);
}
