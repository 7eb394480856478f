/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * child.h - children that try something in a place of their own (namespaces, cgroup, user), and
 * what a record must say about who tried it.
 */
#ifndef HARDENCTL_SELFTESTS_CHILD_H
#define HARDENCTL_SELFTESTS_CHILD_H

#include "common.h"

#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define CGROUP_ROOT	"/sys/fs/cgroup"
#define NOBODY		65534

/* Where, and as whom, a child tries.  All zero: where the test itself is. */
struct place {
	unsigned long namespaces;	/* CLONE_NEW* */
	const char *cgroup;		/* "/NAME": a cgroup that make_cgroup() made */
	uid_t uid;
};

/* What became of it. */
struct child {
	struct place place;
	pid_t pid;		/* in the test's own pid namespace */
	int entered;		/* not 0: errno that kept it from its place; it tried nothing */
	int err;		/* what it reported: an errno, or 0 */
	bool reported;		/* false: it never came back, as after an exec */
	int status;		/* as in struct ran */
	char out[4096];		/* its standard output */
};

/* Tries something; returns 0 or an errno. */
typedef int (*attempt_fn)(const void *arg);

static UNUSED void make_cgroup(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), CGROUP_ROOT "%s", name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static UNUSED void remove_cgroup(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), CGROUP_ROOT "%s", name);
	assert_int_equal(rmdir(path), 0);
}

static int enter_place(const struct place *place)
{
	char path[128];
	int fd;

	if (place->cgroup) {
		snprintf(path, sizeof(path), CGROUP_ROOT "%s/cgroup.procs", place->cgroup);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "0", 1) != 1)
			return errno;
		close(fd);
	}
	if (place->uid && (setgroups(0, NULL) || setresgid(place->uid, place->uid, place->uid) ||
			   setresuid(place->uid, place->uid, place->uid)))
		return errno;
	return 0;
}

static _Noreturn void be_child(const struct place *place, attempt_fn attempt, const void *arg,
			       int report, int out)
{
	int err[2] = { enter_place(place), 0 };

	dup2(out, 1);
	if (!err[0])
		err[1] = attempt(arg);
	_exit(write(report, err, sizeof(err)) == sizeof(err) ? 0 : 126);
}

static void read_child(struct child *child, int report, int out)
{
	size_t used = 0;
	int err[2] = {};
	ssize_t len;

	child->reported = read(report, err, sizeof(err)) == sizeof(err);
	child->entered = err[0];
	child->err = err[1];
	while (used < sizeof(child->out) - 1 &&
	       (len = read(out, child->out + used, sizeof(child->out) - 1 - used)) > 0)
		used += len;
	child->out[used] = 0;
}

/*
 * Has a child try something in `place`, to its end.  Fails the test where the child couldn't get
 * there or died of a signal.  Only fork() keeps the C library in order, so a child that starts
 * threads must stay in the test's namespaces.
 */
static UNUSED struct child in_child(const struct place *place, attempt_fn attempt, const void *arg)
{
	struct child child = { .place = *place };
	int report[2], out[2], status;

	assert_int_equal(pipe2(report, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	fflush(NULL);
	child.pid = place->namespaces ?
		syscall(SYS_clone, place->namespaces | SIGCHLD, NULL, NULL, NULL, 0) : fork();
	assert_true(child.pid >= 0);
	if (!child.pid)
		be_child(place, attempt, arg, report[1], out[1]);
	close(report[1]);
	close(out[1]);
	read_child(&child, report[0], out[0]);
	close(report[0]);
	close(out[0]);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	child.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	assert_int_equal(child.entered, 0);
	assert_true(child.status < 128);
	return child;
}

/* ---- Records ---- */

#define assert_number(record, path, number)						\
	do {										\
		char __text[32];							\
		snprintf(__text, sizeof(__text), "%lld", (long long)(number));		\
		assert_field((record), (path), __text);					\
	} while (0)

/* The line of POLICY that begins with `key`. */
static unsigned int policy_line(const char *key)
{
	static char text[4096];
	unsigned int line = 1;

	slurp(POLICY, text, sizeof(text));
	for (const char *at = text; at; line++) {
		if (!strncmp(at, key, strlen(key)))
			return line;
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	fail_msg("no line of " POLICY " begins with '%s'", key);
	return 0;
}

/* Asserts that the record goes back to the line of the policy that begins with `key`. */
static UNUSED void assert_rule(struct json_object *record, const char *key)
{
	assert_field(record, "rule.file", POLICY);
	assert_number(record, "rule.line", policy_line(key));
}

/* Asserts that the record names the child, which runs the test's own program. */
static UNUSED void assert_actor(struct json_object *record, const struct child *child)
{
	char exe[PROGRAM_PATH] = "", comm[COMM_LEN];

	/* The kernel keeps so many bytes of it. */
	snprintf(comm, sizeof(comm), "%s", program_invocation_short_name);
	assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	assert_number(record, "tgid", child->pid);
	assert_number(record, "ppid", getpid());
	assert_number(record, "uid", child->place.uid);
	assert_field(record, "comm", comm);
	assert_field(record, "exe", exe);
	assert_field(record, "cgroup", child->place.cgroup ?: "/");
}

/* Asserts that the record's object is the file at `path`, reached by that very name. */
static UNUSED void assert_object_file(struct json_object *record, const char *path)
{
	struct stat st;
	char dev[32];

	assert_int_equal(stat(path, &st), 0);
	snprintf(dev, sizeof(dev), "%u:%u", major(st.st_dev), minor(st.st_dev));
	assert_field(record, "object.path", path);
	assert_number(record, "object.ino", st.st_ino);
	assert_field(record, "object.dev", dev);
}

#endif
