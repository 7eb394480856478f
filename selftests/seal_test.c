// SPDX-License-Identifier: GPL-2.0-only
/*
 * seal_test.c - kernel.ftrace_enabled, which would silently disarm the guards, can't be written.
 * Boots: plain lockdown
 */
#include "send_raw.h"
#include "util.h"

#include <sys/mount.h>

#define SYSCTLS		"/proc/sys/"
#define SWITCH		"kernel/ftrace_enabled"
#define TWIN		"kernel/ftrace_dump_on_oops"	/* alike, and harmless */

/* A way to write a sysctl; the length of `text`, or -errno. */
struct way {
	const char *name;
	int (*write)(const char *name, const char *text);
};

/* Of the switch and of its twin, from before the load. */
static int early[2];

static int open_sysctl(const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), SYSCTLS "%s", name);
	return open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
}

static int result_of(int fd, ssize_t len)
{
	int err = errno;

	close(fd);
	return len < 0 ? -err : len;
}

static int by_write(const char *name, const char *text)
{
	int fd = open_sysctl(name, 0);

	return result_of(fd, write(fd, text, strlen(text)));
}

/* As a shell's redirection does. */
static int by_truncation(const char *name, const char *text)
{
	int fd = open_sysctl(name, O_CREAT | O_TRUNC);

	return result_of(fd, write(fd, text, strlen(text)));
}

static int by_writev(const char *name, const char *text)
{
	struct iovec parts[] = { { (void *)text, strlen(text) } };
	int fd = open_sysctl(name, 0);

	return result_of(fd, pwritev(fd, parts, 1, 0));
}

static int by_splice(const char *name, const char *text)
{
	int fd = open_sysctl(name, 0), pipes[2];
	ssize_t len;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(write(pipes[1], text, strlen(text)), strlen(text));
	len = splice(pipes[0], NULL, fd, NULL, strlen(text), 0);
	len = result_of(fd, len);
	close(pipes[0]);
	close(pipes[1]);
	return len;
}

static int by_uring(const char *name, const char *text)
{
	int fd = open_sysctl(name, 0), ret;
	const struct io_uring_sqe request = {
		.opcode = IORING_OP_WRITE, .fd = fd, .addr = (__u64)text, .len = strlen(text),
	};

	ret = uring(&request);
	close(fd);
	return ret;
}

static int by_early_descriptor(const char *name, const char *text)
{
	ssize_t len = pwrite(early[!strcmp(name, TWIN)], text, strlen(text), 0);

	return len < 0 ? -errno : len;
}

static bool map_root(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && result_of(fd, write(fd, "0 0 1", 5)) == 5;
}

/* The second child is the first process of its namespaces, with a /proc of its own. */
static int write_as_first_process(const char *name, const char *text)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (mount("proc", "/proc", "proc", 0, NULL))
			_exit(250);
		status = by_write(name, text);
		_exit(status < 0 ? -status : 0);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 251;
}

static int by_root_of_other_namespaces(const char *name, const char *text)
{
	int ready[2], mapped[2], status;
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC) | pipe2(mapped, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) ||
		    write(ready[1], &byte, 1) != 1 || read(mapped[0], &byte, 1) != 1)
			_exit(252);
		_exit(write_as_first_process(name, text));
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_true(map_root(pid));
	assert_int_equal(write(mapped[1], &byte, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(ready[0]);
	close(mapped[0]);
	close(mapped[1]);
	assert_true(WIFEXITED(status));
	/* These say which step failed; no errno is as high. */
	assert_true(WEXITSTATUS(status) < 250);
	return WEXITSTATUS(status) ? -WEXITSTATUS(status) : (int)strlen(text);
}

static const struct way ways[] = {
	{ "write", by_write },
	{ "truncation", by_truncation },
	{ "writev", by_writev },
	{ "splice", by_splice },
	{ "uring", by_uring },
	{ "early_descriptor", by_early_descriptor },
	{ "root_of_other_namespaces", by_root_of_other_namespaces },
};

static void skip_if_missing(const struct way *way)
{
	if (way->write != by_uring || !without_uring())
		return;
	print_message("# SKIP this kernel has no io_uring\n");
	skip();
}

static void assert_switch(const char *value)
{
	char text[16];

	slurp(SYSCTLS SWITCH, text, sizeof(text));
	assert_string_equal(text, value);
}

static void allow_before_load(void **state)
{
	const struct way *way = *state;

	skip_if_missing(way);
	assert_int_equal(way->write(SWITCH, "1\n"), 2);
	assert_int_equal(way->write(TWIN, "0\n"), 2);
	assert_switch("1\n");
}

static void expect_refusal(const struct way *way, const char *text)
{
	struct mark before = mark();
	struct json_object *record;

	assert_int_equal(way->write(SWITCH, text), -EPERM);
	assert_switch("1\n");
	record = assert_refused(&before, GUARD_seal, "ftrace-enabled", 1);
	assert_field(record, "hook", "sysctl");
	assert_field(record, "object.what", "sysctl");
	assert_field(record, "object.detail", SWITCH);
	json_object_put(record);
}

static void deny_switch(void **state)
{
	skip_if_missing(*state);
	expect_refusal(*state, "0\n");
	/* What is there already, too. */
	expect_refusal(*state, "1\n");
}

static void allow_twin(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();

	skip_if_missing(way);
	assert_int_equal(way->write(TWIN, "0\n"), 2);
	assert_undisturbed(&before, GUARD_seal);
}

/* Shorter and longer names than that of the switch. */
static void allow_other_sysctls(void **state)
{
	static const char *const names[] = {
		"kernel/panic", "vm/swappiness", "net/ipv4/conf/default/accept_source_route",
	};
	struct mark before = mark();
	char path[128], text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), SYSCTLS "%s", names[i]);
		slurp(path, text, sizeof(text));
		assert_true(text[0]);
		assert_int_equal(by_write(names[i], text), strlen(text));
	}
	assert_undisturbed(&before, GUARD_seal);
}

static void allow_reading_the_switch(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_switch("1\n");
	assert_undisturbed(&before, GUARD_seal);
}

static void deny_switch_to_sysctl_the_program(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_not_equal(RUN("sysctl", "-w", "kernel.ftrace_enabled=0")->status, 0);
	assert_switch("1\n");
	json_object_put(assert_refused(&before, GUARD_seal, "ftrace-enabled", 1));
	assert_int_equal(RUN("sysctl", "-w", "kernel.ftrace_dump_on_oops=0")->status, 0);
}

static void allow_every_guard_to_hold_after_that(void **state)
{
	(void)state;
	HARDEN(0, "verify");
}

static int set_up(void **state)
{
	(void)state;
	early[0] = open_sysctl(SWITCH, 0);
	early[1] = open_sysctl(TWIN, 0);
	return early[0] < 0 || early[1] < 0;
}

int main(void)
{
	struct CMUnitTest unloaded[ARRAY_SIZE(ways)], loaded[2 * ARRAY_SIZE(ways)], *next = loaded;
	const struct CMUnitTest others[] = {
		cmocka_unit_test(allow_other_sysctls),
		cmocka_unit_test(allow_reading_the_switch),
		cmocka_unit_test(deny_switch_to_sysctl_the_program),
		cmocka_unit_test(allow_every_guard_to_hold_after_that),
	};
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		unloaded[i] = test_of_row("allow_by", ways[i].name, "before_load",
					  allow_before_load, &ways[i]);
		*next++ = test_of_row("deny_switch_by", ways[i].name, "", deny_switch, &ways[i]);
		*next++ = test_of_row("allow_twin_by", ways[i].name, "", allow_twin, &ways[i]);
	}
	failed = cmocka_run_group_tests(unloaded, set_up, NULL);
	failed += cmocka_run_group_tests(loaded, load_enforce, NULL);
	return failed + cmocka_run_group_tests(others, NULL, unload);
}
