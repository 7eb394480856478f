/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_core.h - core dumps: of others, of oneself, to files and to programs. */
#ifndef HARDENCTL_SELFTESTS_MEMORY_CORE_H
#define HARDENCTL_SELFTESTS_MEMORY_CORE_H

#include "files.h"
#include "util.h"
#include "victim.h"

#include <dirent.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define CORES		"/tmp/memory_test.cores"
#define CORE_PATTERN	"/proc/sys/kernel/core_pattern"
#define CORE_PIPE_LIMIT	"/proc/sys/kernel/core_pipe_limit"

/* What the test found there, and what it set. */
static char old_pattern[256], file_pattern[] = CORES "/core.%p";

static const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY }, none = { 0, RLIM_INFINITY };

/* Files there are, and the size of the biggest. */
static int cores(off_t *ret_size)
{
	struct dirent *entry;
	DIR *dir = opendir(CORES);
	int count = 0;

	assert_non_null(dir);
	*ret_size = 0;
	while ((entry = readdir(dir))) {
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		assert_int_equal(fstatat(dirfd(dir), entry->d_name, &st, 0), 0);
		*ret_size = st.st_size > *ret_size ? st.st_size : *ret_size;
		unlinkat(dirfd(dir), entry->d_name, 0);
		count++;
	}
	closedir(dir);
	return count;
}

struct crash {
	const char *name;
	bool oneself;		/* raises its own limit; else it is raised, and the signal sent, from outside */
	bool filtered;		/* coredump_filter as wide as it goes */
	bool kept_out;		/* its secret is in memory that isn't to be dumped */
};

static const struct crash crashes[] = {
	{ "dump_of_another", false, false, false },
	{ "dump_of_another_with_everything_in_it", false, true, false },
	{ "dump_of_another_without_its_secret", false, false, true },
	{ "dump_of_oneself", true, false, false },
};

static _Noreturn void be_crashing(const struct crash *crash, int ready)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	strcpy(page, SECRET);
	if (crash->kept_out)
		madvise(page, 4096, MADV_DONTDUMP);
	prctl(PR_SET_DUMPABLE, 1);
	setrlimit(RLIMIT_CORE, crash->oneself ? &unlimited : &none);
	if (write(ready, "", 1) != 1)
		_exit(1);
	if (crash->oneself)
		abort();
	for (;;)
		pause();
}

/* Returns whether the kernel says that it dumped. */
static bool make_crash(const struct crash *crash, pid_t *ret_pid)
{
	int ready[2], status, fd;
	pid_t pid;
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	fflush(NULL);
	pid = fork();
	if (!pid)
		be_crashing(crash, ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	if (!crash->oneself) {
		assert_int_equal(prlimit(pid, RLIMIT_CORE, &unlimited, NULL), 0);
		fd = crash->filtered ? open(proc_path(pid, "coredump_filter"), O_WRONLY | O_CLOEXEC) : -1;
		if (crash->filtered)
			assert_int_equal(write(fd, "0x1ff", 5), 5);
		close(fd);
		assert_int_equal(kill(pid, SIGABRT), 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	close(ready[0]);
	close(ready[1]);
	*ret_pid = pid;
	return WCOREDUMP(status);
}

/* Not even an empty file is left. */
static void deny_core(void **state)
{
	struct mark before = mark();
	struct json_object *record;
	pid_t pid;
	off_t size;

	assert_false(make_crash(*state, &pid));
	assert_int_equal(cores(&size), 0);
	record = assert_refused(&before, GUARD_ptrace, "core", 1);
	assert_field(record, "hook", "inode_create");
	assert_rule(record, "ptrace:");
	assert_number(record, "tgid", pid);
	assert_number(record, "object.pid", pid);
	assert_field(record, "object.access", "read");
	json_object_put(record);
}

static void allow_core(void **state)
{
	struct mark before = mark();
	pid_t pid;
	off_t size;

	assert_true(make_crash(*state, &pid));
	assert_int_equal(cores(&size), 1);
	assert_true(size > 4096);
	assert_undisturbed(&before, GUARD_ptrace);
}

static void allow_core_but_record_it(void **state)
{
	struct mark before = mark();
	struct json_object *list;
	pid_t pid;
	off_t size;

	assert_true(make_crash(*state, &pid));
	assert_int_equal(cores(&size), 1);
	/* Making the file and opening it. */
	list = assert_recorded(&before, GUARD_ptrace, /* denied= */ false, "core", 2);
	json_object_put(list);
}

/* Other files of a process that could be dumped; and its limit, which nobody but itself may want to know. */
static void allow_files_and_limits(void **state)
{
	struct rlimit limit;
	struct mark before = mark();
	off_t size;

	(void)state;
	assert_int_equal(prlimit(0, RLIMIT_CORE, &unlimited, NULL), 0);
	assert_int_equal(prlimit(0, RLIMIT_CORE, NULL, &limit), 0);
	assert_true(limit.rlim_cur == RLIM_INFINITY);
	spill(CORES "/core.1", "no core");
	assert_int_equal(cores(&size), 1);
	assert_int_equal(size, 7);
	assert_undisturbed(&before, GUARD_ptrace);
}

/* ---- Where dumps go ---- */

static void deny_core_settings(void **state)
{
	static const char *const paths[] = { CORE_PATTERN, CORE_PIPE_LIMIT };
	static const char *const names[] = { "kernel/core_pattern", "kernel/core_pipe_limit" };
	static const char *const texts[] = { "|/usr/bin/true", "1" };
	char was[256], is[256];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct mark before = mark();
		struct json_object *record;

		slurp(paths[i], was, sizeof(was));
		assert_int_equal(put_text(paths[i], texts[i]), EPERM);
		slurp(paths[i], is, sizeof(is));
		assert_string_equal(is, was);
		record = assert_refused(&before, GUARD_ptrace, "core-pattern", 1);
		assert_field(record, "hook", "sysctl");
		assert_rule(record, "ptrace:");
		assert_number(record, "tgid", getpid());
		assert_field(record, "object.what", "sysctl");
		assert_field(record, "object.detail", names[i]);
		json_object_put(record);
	}
}

static void allow_neighbouring_settings(void **state)
{
	struct mark before = mark();
	char was[16];

	(void)state;
	slurp("/proc/sys/kernel/core_uses_pid", was, sizeof(was));
	assert_int_equal(put_text("/proc/sys/kernel/core_uses_pid", was), 0);
	slurp("/proc/sys/kernel/panic", was, sizeof(was));
	assert_int_equal(put_text("/proc/sys/kernel/panic", was), 0);
	assert_undisturbed(&before, GUARD_ptrace);
}

static void allow_core_settings(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(put_text(CORE_PIPE_LIMIT, "0"), 0);
	assert_int_equal(put_text(CORE_PATTERN, "core"), 0);
	assert_int_equal(put_text(CORE_PATTERN, file_pattern), 0);
	assert_undisturbed(&before, GUARD_ptrace);
}

/* A program that the kernel starts for a dump is a program like any other. */
static void deny_shell_as_core_handler(void **state)
{
	struct mark before;
	pid_t pid;

	(void)state;
	unlink(CORES "/ran");
	assert_int_equal(put_text(CORE_PATTERN, "|/bin/sh -c echo${IFS}>" CORES "/ran"), 0);
	before = mark();
	make_crash(&crashes[0], &pid);
	usleep(300000);
	assert_int_equal(access(CORES "/ran", F_OK), -1);
	json_object_put(assert_refused(&before, GUARD_exec, "shell", 1));
	assert_int_equal(put_text(CORE_PATTERN, "|/usr/bin/touch " CORES "/ran"), 0);
	make_crash(&crashes[0], &pid);
	for (int i = 0; i < 100 && access(CORES "/ran", F_OK); i++)
		usleep(50000);
	assert_int_equal(access(CORES "/ran", F_OK), 0);
	unlink(CORES "/ran");
	assert_int_equal(put_text(CORE_PATTERN, file_pattern), 0);
}

#endif
