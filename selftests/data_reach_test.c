// SPDX-License-Identifier: GPL-2.0-only
/*
 * data_reach_test.c - long ways to protected bytes, from every side: other tools, other namespaces, rings, watchers, other processes'
 * descriptors. None brings a byte of the marker, after the seal neither.
 * Boots: plain
 * Kernels: 6.12
 * Alone: it seals the machine
 *
 * Every way has its twin: the same to a file that nothing protects, with its program in the same state.
 */
#include "child.h"
#include "files.h"
#include "pressure.h"
#include "sealing.h"
#include "send_raw.h"
#include "util.h"

#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define BASE		"/tmp/reach"	/* a tmpfs */
#define TREE		BASE "/up/tree"
#define OPEN		BASE "/up/open"	/* its twin */
#define OWNER		BASE "/owner"	/* a copy of this program */
#define STRANGER	BASE "/stranger"	/* another one, which no entry names */
#define MARKER		"the marker"
#define MANY		(is_long() ? 100000U : 2000U)

#define POLICY_HERE									\
	"version: 1\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"	\
	"egress: { mode: off }\ningress: { mode: off }\nkernel: { mode: off }\n"	\
	"data: { mode: enforce, protect: [{paths: " TREE "/, by: " OWNER "}] }\n"	\
	SEAL_TEXT(", \"off:exec\", \"off:ptrace\", \"off:modules\", \"off:egress\", \"off:ingress\", \"off:kernel\"")

/* A program that has the file open, in namespaces of its own. */
struct holder {
	pid_t pid;
	int in, fd;
};

/* Where somebody goes, and what is there. */
struct target {
	const char *dir, *program;
	struct holder holder;
};

static bool has_marker(int fd)
{
	char text[64] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 && strstr(text, MARKER);
}

/* 0: it has brought the marker; errno otherwise, or EIO where it brought something else. */
static int judge(int fd)
{
	int err = fd < 0 ? errno : has_marker(fd) ? 0 : EIO;

	if (fd >= 0)
		close(fd);
	return err;
}

static const char *in(const struct target *target, const char *name)
{
	static char paths[4][256];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s%s", target->dir, name);
	return path;
}

/* By a shell, as an administrator would. */
static int by_command(const char *format, const struct target *target)
{
	char command[512];
	struct ran *ran;

	snprintf(command, sizeof(command), format, target->dir);
	ran = RUN("/bin/sh", "-c", command);
	if (strstr(ran->out, MARKER))
		return 0;
	return strstr(ran->err, "Operation not permitted") ? EPERM : EIO;
}

static int by_cat(const struct target *target) { return by_command("cat %s/file", target); }
static int by_cp(const struct target *target) { return by_command("cp %s/file /tmp/copy && cat /tmp/copy; rm -f /tmp/copy", target); }
static int by_dd(const struct target *target) { return by_command("dd if=%s/file status=none", target); }
static int by_tar(const struct target *target) { return by_command("tar cf - -C %s file | tr -d '\\000'", target); }
static int by_grep(const struct target *target) { return by_command("grep -r marker %s", target); }

static int by_ring(const struct target *target)
{
	const struct io_uring_sqe request = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (__u64)in(target, "/file"), .open_flags = O_RDONLY
	};
	int fd = uring(&request);

	if (fd < 0)
		return -fd;
	return judge(fd);
}

/* By the ring's own thread, which has the program of its process. */
static int by_ring_later(const struct target *target)
{
	const struct io_uring_sqe request = {
		.opcode = IORING_OP_OPENAT, .flags = IOSQE_ASYNC, .fd = AT_FDCWD, .addr = (__u64)in(target, "/file"),
		.open_flags = O_RDONLY
	};
	int fd = uring(&request);

	if (fd < 0)
		return -fd;
	return judge(fd);
}

/* The kernel opens for the watcher what others open. */
static int by_fanotify(const struct target *target)
{
	struct fanotify_event_metadata event = {};
	int group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY), err;
	ssize_t len;

	assert_true(group >= 0);
	assert_int_equal(fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_CLOSE_NOWRITE, AT_FDCWD, BASE), 0);
	assert_int_equal(RUN(target->program, "read", in(target, "/file"))->status, 0);
	/* The program's own file comes first. */
	do {
		len = read(group, &event, sizeof(event));
		err = len < 0 ? errno : event.fd < 0 ? EPERM : judge(event.fd);
	} while (err == EIO);
	close(group);
	return err;
}

static int by_anothers_descriptor(const struct target *target)
{
	int pidfd = syscall(SYS_pidfd_open, target->holder.pid, 0), fd, err;

	assert_true(pidfd >= 0);
	fd = syscall(SYS_pidfd_getfd, pidfd, target->holder.fd, 0);
	err = judge(fd);
	close(pidfd);
	return err;
}

static int by_anothers_link(const struct target *target)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", target->holder.pid, target->holder.fd);
	return judge(open(path, O_RDONLY | O_CLOEXEC));
}

static int by_anothers_root(const struct target *target)
{
	char path[320];

	snprintf(path, sizeof(path), "/proc/%d/root%s/file", target->holder.pid, target->dir);
	return judge(open(path, O_RDONLY | O_CLOEXEC));
}

static int child_says(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int by_its_namespaces(const struct target *target)
{
	pid_t pid = fork();
	int pidfd;

	if (pid)
		return child_says(pid);
	pidfd = syscall(SYS_pidfd_open, target->holder.pid, 0);
	if (pidfd < 0 || setns(pidfd, CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS))
		_exit(ENOSYS);
	_exit(judge(open(in(target, "/file"), O_RDONLY | O_CLOEXEC)));
}

static int by_new_namespaces(const struct target *target)
{
	pid_t pid = fork();

	if (pid)
		return child_says(pid);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP))
		_exit(ENOSYS);
	_exit(judge(open(in(target, "/file"), O_RDONLY | O_CLOEXEC)));
}

/* The directory above it is nobody's. */
static int by_another_name(const struct target *target)
{
	char path[256];
	int err;

	assert_int_equal(rename(BASE "/up", BASE "/down"), 0);
	snprintf(path, sizeof(path), BASE "/down%s/file", strrchr(target->dir, '/'));
	err = judge(open(path, O_RDONLY | O_CLOEXEC));
	assert_int_equal(rename(BASE "/down", BASE "/up"), 0);
	return err;
}

static int by_moved_mount(const struct target *target)
{
	int tree = syscall(SYS_open_tree, AT_FDCWD, target->dir, 1 /* OPEN_TREE_CLONE */ | O_CLOEXEC), err;

	if (tree < 0)
		return errno;
	err = judge(openat(tree, "file", O_RDONLY | O_CLOEXEC));
	close(tree);
	return err;
}

/* What was opened without being read opens for nobody else. */
static int by_path_descriptor(const struct target *target)
{
	int path = open(in(target, "/file"), O_PATH | O_CLOEXEC), err;
	char link[64];

	assert_true(path >= 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path);
	err = judge(open(link, O_RDONLY | O_CLOEXEC));
	close(path);
	return err;
}

static const struct way {
	const char *name, *hook;
	int (*go)(const struct target *target);
} ways[] = {
	{ "cat", "file_open", by_cat }, { "cp", "file_open", by_cp }, { "dd", "file_open", by_dd }, { "tar", "file_open", by_tar },
	{ "grep", "file_open", by_grep }, { "ring", "file_open", by_ring }, { "ring_later", "file_open", by_ring_later },
	{ "fanotify", "file_open", by_fanotify }, { "anothers_descriptor", "file_receive", by_anothers_descriptor },
	{ "anothers_link", "file_open", by_anothers_link }, { "anothers_root", "file_open", by_anothers_root },
	{ "its_namespaces", "file_open", by_its_namespaces }, { "new_namespaces", "file_open", by_new_namespaces },
	{ "another_name", "file_open", by_another_name }, { "moved_mount", "file_open", by_moved_mount },
	{ "path_descriptor", "file_open", by_path_descriptor },
};

static struct target targets[] = { { TREE, OWNER, {} }, { OPEN, STRANGER, {} } };

static void deny(void **state)
{
	const struct way *way = *state;
	struct mark before = mark(), now;
	struct json_object *record;

	assert_int_equal(way->go(&targets[0]), EPERM);
	now = mark();
	/* Tools try again, or the directory first. */
	assert_in_range(now.denied[GUARD_data] - before.denied[GUARD_data], 1, 3);
	record = assert_refused(&before, GUARD_data, "protected", now.denied[GUARD_data] - before.denied[GUARD_data]);
	assert_field(record, "hook", way->hook);
	assert_rule(record, "data:");
	json_object_put(record);
	before = mark();
	assert_int_equal(way->go(&targets[1]), 0);
	assert_undisturbed(&before, GUARD_data);
}

static void hold(struct target *target)
{
	char said[16] = "";
	int to[2], from[2];

	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	target->holder.pid = fork();
	if (!target->holder.pid) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execl(target->program, target->program, "hold", in(target, "/file"), NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	target->holder.in = to[1];
	assert_true(read(from[0], said, sizeof(said) - 1) > 0);
	close(from[0]);
	target->holder.fd = atoi(said);
}

static void load(void **state)
{
	(void)state;
	load_text(POLICY_HERE);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		hold(&targets[i]);
}

static void seal(void **state)
{
	(void)state;
	HARDEN(0, "seal");
	assert_state("sealed");
	assert_whole();
}

/* None is known by itself: what is above it decides, whatever the kernel has forgotten of it. */
static void deny_each_of_many_files_under_pressure(void **state)
{
	char path[64];

	(void)state;
	for (int turn = 0; turn < 3; turn++) {
		struct mark before = mark();

		if (turn == 1)
			drop_caches();
		if (turn == 2)
			use_memory();
		for (unsigned int i = 0; i < MANY; i++) {
			snprintf(path, sizeof(path), TREE "/many/%u", i);
			assert_int_equal(judge(open(path, O_RDONLY | O_CLOEXEC)), EPERM);
		}
		assert_int_equal(mark().denied[GUARD_data] - before.denied[GUARD_data], MANY);
	}
	assert_int_equal(judge(open(OPEN "/file", O_RDONLY | O_CLOEXEC)), 0);
	assert_int_equal(RUN(OWNER, "read", path)->status, 0);
}

static void allow_the_owner_to_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		close(targets[i].holder.in);
		assert_int_equal(child_says(targets[i].holder.pid), 0);
		assert_int_equal(RUN(targets[i].program, "read", in(&targets[i], "/file"))->status, 0);
	}
}

static int set_up(void **state)
{
	char path[64];

	(void)state;
	mkdir(BASE, 0755);
	if (mount("none", BASE, "tmpfs", 0, NULL) || mkdir(BASE "/up", 0755) || mkdir(TREE, 0755) || mkdir(OPEN, 0755))
		return -1;
	spill(TREE "/file", MARKER);
	spill(OPEN "/file", MARKER);
	mkdir(TREE "/many", 0755);
	for (unsigned int i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), TREE "/many/%u", i);
		spill(path, MARKER);
	}
	copy_file("/proc/self/exe", OWNER);
	copy_file("/proc/self/exe", STRANGER);
	return 0;
}

/* ---- What both programs do ---- */

static int work(char **argv)
{
	int fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	char byte;

	if (!strcmp(argv[1], "read"))
		return judge(fd);
	if (fd < 0 || unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS) || dprintf(STDOUT_FILENO, "%d\n", fd) < 0)
		return errno;
	while (read(STDIN_FILENO, &byte, 1) == 1)
		;
	return has_marker(fd) ? 0 : EIO;
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[2 * ARRAY_SIZE(ways) + 8];
	size_t n = 0;

	if (argc > 2 && (!strcmp(argv[0], OWNER) || !strcmp(argv[0], STRANGER)))
		return work(argv);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(load);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		tests[n++] = test_of_row("deny", ways[i].name, "", deny, &ways[i]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(seal);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		tests[n++] = test_of_row("deny", ways[i].name, "sealed", deny, &ways[i]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_each_of_many_files_under_pressure);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_the_owner_to_end);
	return _cmocka_run_group_tests("data_reach", tests, n, set_up, NULL);
}
