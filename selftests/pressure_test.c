// SPDX-License-Identifier: GPL-2.0-only
/*
 * pressure_test.c - dropped caches, memory pressure, reused inode numbers and full tables change no verdict.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 */
#include "child.h"
#include "pressure.h"
#include "pressure_table.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <time.h>

#define IMAGE		"/tmp/pressure_test.ext4"
#define IMAGE_SIZE	(24 << 20)
#define REUSE_MAX	512		/* files made until one gets the number */
#define PROGRAM		"/usr/bin/true"
#define SHELL		"/usr/bin/dash"

/* A file system with a listed program in it, an unlisted one and a shell. */
static const struct system {
	const char *name, *dir;
	bool reuses;		/* the numbers of its inodes */
} tmpfs = { "tmpfs", "/tmp/pressure_test.tmpfs", false }, ext4 = { "ext4", "/tmp/pressure_test.dir", true };

static bool has_ext4;

static const char *in(const struct system *system, const char *name)
{
	static char path[4][128];
	static unsigned int next;
	char *to = path[next++ % 4];

	snprintf(to, sizeof(path[0]), "%s/%s", system->dir, name);
	return to;
}

/* ---- Starting programs ---- */

static int start(const void *arg)
{
	char *argv[] = { (char *)arg, "-c", ":", NULL }, *envp[] = { NULL };

	execve(arg, argv, envp);
	return errno;
}

static void assert_runs(const char *path)
{
	const struct place here = {};
	struct mark before = mark();
	struct child child = in_child(&here, start, path);

	assert_false(child.reported);
	assert_int_equal(child.status, 0);
	assert_undisturbed(&before, GUARD_exec);
}

static void assert_refused_start(const char *path, const char *reason)
{
	const struct place here = {};
	struct mark before = mark();
	struct child child = in_child(&here, start, path);
	struct json_object *record;

	assert_true(child.reported);
	assert_int_equal(child.err, EPERM);
	record = assert_refused(&before, GUARD_exec, reason, 1);
	assert_object_file(record, path);
	json_object_put(record);
}

static void assert_verdicts(const struct system *system)
{
	assert_runs(in(system, "listed"));
	assert_refused_start(in(system, "unlisted"), "unlisted");
	assert_refused_start(in(system, "shell"), "shell");
	assert_refused_start(SHELL, "shell");
}

/* ---- Pressure ---- */

static void same_verdicts_after_dropped_caches(void **state)
{
	assert_verdicts(*state);
	drop_caches();
	assert_verdicts(*state);
}

static void same_verdicts_after_memory_pressure(void **state)
{
	(void)state;
	use_memory();
	assert_verdicts(&tmpfs);
	if (has_ext4)
		assert_verdicts(&ext4);
}

/* ---- Reuse of an inode ---- */

static void copy(const char *from, const char *to)
{
	struct ran *ran = RUN("cp", from, to);

	assert_int_equal(ran->status, 0);
}

static __u32 generation_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int generation = 0;

	if (fd < 0 || ioctl(fd, FS_IOC_GETVERSION, &generation))
		generation = 0;
	close(fd);
	return generation;
}

/* A file that has the number of one that is gone, and at its path. */
static bool reuse(const struct system *system, ino_t ino)
{
	struct stat st;
	char name[32];
	bool same;

	for (int i = 0; i < REUSE_MAX; i++) {
		snprintf(name, sizeof(name), "new.%d", i);
		close(open(in(system, name), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755));
		assert_int_equal(stat(in(system, name), &st), 0);
		same = st.st_ino == ino;
		if (same)
			assert_int_equal(rename(in(system, name), in(system, "short-lived")), 0);
		else
			unlink(in(system, name));
		if (same)
			return true;
	}
	return false;
}

static void deny_newcomer_with_the_number_of_a_listed_program(void **state)
{
	const struct system *system = *state;
	const char *path = in(system, "short-lived");
	char bytes[65536];
	struct stat st;
	__u32 generation;
	bool reused;
	int from, to;
	ssize_t len;

	assert_runs(path);
	assert_int_equal(stat(path, &st), 0);
	generation = generation_of(path);
	assert_int_equal(unlink(path), 0);
	sync();
	drop_caches();
	reused = reuse(system, st.st_ino);
	assert_int_equal(reused, system->reuses);
	/* The same content, too: that does not make it the listed file. */
	from = open(PROGRAM, O_RDONLY | O_CLOEXEC);
	to = open(in(system, "short-lived"), O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
	while ((len = read(from, bytes, sizeof(bytes))) > 0)
		assert_int_equal(write(to, bytes, len), len);
	close(from);
	close(to);
	if (reused)
		assert_int_not_equal(generation_of(in(system, "short-lived")), generation);
	assert_refused_start(in(system, "short-lived"), "unlisted");
	assert_runs(in(system, "listed"));
}

/* ---- Full tables ---- */

/* Who was started when there was no room left is known all the same, but for the path that records show. */
static void same_verdicts_with_a_full_table_of_programs(void **state)
{
	__u64 before = lost();
	struct mark from;
	struct json_object *record;

	(void)state;
	for (unsigned int i = 0; i < PROGRAMS_MAX + 16; i++)
		assert_true(start_new(tmpfs.dir, i));
	assert_true(lost() - before >= 16);
	assert_refused_start(SHELL, "shell");
	assert_refused_start(in(&tmpfs, "shell"), "shell");
	assert_runs(in(&tmpfs, "listed"));
	/* A record of a program that is not in the table. */
	copy("/usr/bin/env", in(&tmpfs, "env"));
	from = mark();
	RUN(in(&tmpfs, "env"), SHELL, "-c", ":");
	record = assert_refused(&from, GUARD_exec, "shell", 1);
	assert_field(record, "comm", "env");
	assert_field(record, "exe", "");
	json_object_put(record);
}

/* ---- Long lists ---- */

#define MANY		10000
#define MANY_SECONDS	3	/* more than one takes, on an emulated processor that is not alone */
#define MANY_TRIES	3	/* since others may have it just then */

/* How long it takes to load a policy that lists what is below `dir`. */
static double load_listed(const char *dir)
{
	struct timespec start, end;
	char text[1024];

	snprintf(text, sizeof(text), POLICY_TEXT_WITH("mode: enforce, allow: [/usr/bin/cp, %s/]", "enforce", "enforce", "off"),
		 in(&tmpfs, dir));
	clock_gettime(CLOCK_MONOTONIC, &start);
	load_text(text);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9;
}

static void allow_ten_thousand_programs(void **state)
{
	double one, many = 0;
	char name[32];

	(void)state;
	assert_int_equal(mkdir(in(&tmpfs, "few"), 0755), 0);
	assert_int_equal(mkdir(in(&tmpfs, "many"), 0755), 0);
	for (int i = 0; i < MANY - 1; i++) {
		snprintf(name, sizeof(name), "many/%d", i);
		assert_int_equal(close(open(in(&tmpfs, name), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755)), 0);
	}
	copy(PROGRAM, in(&tmpfs, "few/one"));
	copy(PROGRAM, in(&tmpfs, "many/one"));
	one = load_listed("few");
	assert_runs(in(&tmpfs, "few/one"));
	assert_refused_start(in(&tmpfs, "many/one"), "unlisted");
	for (int i = 0; i < MANY_TRIES; i++) {
		many = load_listed("many");
		print_message("# loaded in %.1f s, one of them in %.1f s\n", many, one);
		if (many - one < MANY_SECONDS)
			break;
	}
	assert_true(many - one < MANY_SECONDS);
	assert_runs(in(&tmpfs, "many/one"));
	assert_refused_start(in(&tmpfs, "few/one"), "unlisted");
	assert_refused_start(in(&tmpfs, "shell"), "shell");
}

/* ---- */

static int begin(void **state)
{
	static const char *const files[][2] = {
		{ PROGRAM, "listed" }, { PROGRAM, "short-lived" }, { "/usr/bin/id", "unlisted" }, { SHELL, "shell" },
	};
	const struct system *systems[] = { &tmpfs, &ext4 };
	char text[2048];

	(void)state;
	mkdir(tmpfs.dir, 0755);
	mkdir(ext4.dir, 0755);
	assert_int_equal(mount("tmpfs", tmpfs.dir, "tmpfs", 0, "size=64m"), 0);
	close(open(IMAGE, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(truncate(IMAGE, IMAGE_SIZE), 0);
	has_ext4 = !RUN("modprobe", "loop")->status && !RUN("modprobe", "ext4")->status &&
		   !RUN("mkfs.ext4", "-q", IMAGE)->status && !RUN("mount", "-o", "loop", IMAGE, ext4.dir)->status;
	for (size_t i = 0; i < (has_ext4 ? 2 : 1); i++)
		for (size_t j = 0; j < 4; j++)
			copy(files[j][0], in(systems[i], files[j][1]));
	snprintf(text, sizeof(text), POLICY_TEXT_WITH("mode: enforce, allow: [/usr/bin/cp, %s, %s%s%s%s%s]", "enforce",
		 "enforce", "off"), in(&tmpfs, "listed"), in(&tmpfs, "short-lived"), has_ext4 ? ", " : "",
		 has_ext4 ? in(&ext4, "listed") : "", has_ext4 ? ", " : "", has_ext4 ? in(&ext4, "short-lived") : "");
	load_text(text);
	return 0;
}

static int load_classes(void **state)
{
	RUN(HARDENCTL, "unload");
	return load_enforce(state);
}

static int end(void **state)
{
	unload(state);
	umount(tmpfs.dir);
	if (has_ext4)
		RUN("umount", ext4.dir);
	unlink(IMAGE);
	rmdir(tmpfs.dir);
	rmdir(ext4.dir);
	return 0;
}

static void need_ext4(void **state)
{
	(void)state;
	if (has_ext4)
		return;
	print_message("# SKIP ext4 on a loop device can't be had\n");
	skip();
}

#define ON(system, test)	{ #test "_on_" #system, test, NULL, NULL, (void *)&(system) }

static const struct CMUnitTest on_tmpfs[] = {
	ON(tmpfs, same_verdicts_after_dropped_caches),
	cmocka_unit_test(same_verdicts_after_memory_pressure),
	ON(tmpfs, deny_newcomer_with_the_number_of_a_listed_program),
};

static const struct CMUnitTest on_ext4[] = {
	ON(ext4, same_verdicts_after_dropped_caches),
	ON(ext4, deny_newcomer_with_the_number_of_a_listed_program),
};

static const struct CMUnitTest lacking[] = { cmocka_unit_test(need_ext4) };

static const struct CMUnitTest many[] = { cmocka_unit_test(allow_ten_thousand_programs) };

static const struct CMUnitTest full[] = { cmocka_unit_test(same_verdicts_with_a_full_table_of_programs) };

int main(void)
{
	int failed = cmocka_run_group_tests(on_tmpfs, begin, NULL);

	failed += has_ext4 ? cmocka_run_group_tests(on_ext4, NULL, NULL) : cmocka_run_group_tests(lacking, NULL, NULL);
	failed += cmocka_run_group_tests(many, NULL, NULL);
	/* Thousands of programs take a minute to start under TCG. */
	if (!is_long())
		return end(NULL) + failed;
	return failed + cmocka_run_group_tests(full, load_classes, end);
}
