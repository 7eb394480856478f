// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec_test.c - the exec guard refuses shells, interpreters, loaders and what has no file, by whatever name and
 * from wherever they are started.
 * Boots: plain
 * Kernels: 6.1 7
 * Long boots: lockdown
 */
#include "child.h"
#include "files.h"

#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/mount.h>

/* A tmpfs: hard links need a file system that can be written. */
#define DIR		"/tmp/exec_test"
#define CGROUP		"/exec_test"

/* One start of a program. */
struct start {
	const char *path;
	const char *argv[4];
	const char *program;	/* whose start is judged, if not that of `path` */
	const char *reason;	/* NULL: shell */
	bool nameless;		/* no path leads to what is started */
	const char *out;	/* what it prints where it runs; NULL: a user id */
	attempt_fn how;		/* NULL: execve */
	struct place place;
};

#define SHELL(file)	.path = (file), .argv = { (file), "-c", "echo ran" }, .out = "ran\n"
#define ID(file)	.path = (file), .argv = { (file), "-u" }

static char *const no_environment[] = { NULL };

/* ---- How to start it; each returns only if that failed ---- */

static int by_execve(const void *arg)
{
	const struct start *start = arg;

	execve(start->path, (char *const *)start->argv, no_environment);
	return errno;
}

static int by_execveat(const void *arg)
{
	const struct start *start = arg;
	int fd = open(start->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return EBADF;
	syscall(SYS_execveat, fd, "", start->argv, no_environment, AT_EMPTY_PATH);
	return errno;
}

static int by_proc_fd(const void *arg)
{
	const struct start *start = arg;
	int fd = open(start->path, O_PATH | O_CLOEXEC);
	char path[32];

	if (fd < 0)
		return EBADF;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	execve(path, (char *const *)start->argv, no_environment);
	return errno;
}

/* A program in a file that no directory has; `fd` is open for reading alone by the time it starts. */
static int start_nameless(const struct start *start, int fd)
{
	char path[32], buffer[65536];
	int from = open(start->path, O_RDONLY | O_CLOEXEC), readable;
	ssize_t len;

	while ((len = read(from, buffer, sizeof(buffer))) > 0)
		if (write(fd, buffer, len) != len)
			return EBADF;
	fchmod(fd, 0755);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	readable = open(path, O_RDONLY | O_CLOEXEC);
	if (from < 0 || len || readable < 0)
		return EBADF;
	close(fd);
	syscall(SYS_execveat, readable, "", start->argv, no_environment, AT_EMPTY_PATH);
	return errno;
}

static int by_memfd(const void *arg)
{
	return start_nameless(arg, memfd_create("id", MFD_CLOEXEC));
}

static int by_tmpfile(const void *arg)
{
	return start_nameless(arg, open(DIR, O_TMPFILE | O_RDWR | O_CLOEXEC, 0700));
}

static int by_unlinked(const void *arg)
{
	int fd = open(DIR "/unlinked", O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0700);

	unlink(DIR "/unlinked");
	return start_nameless(arg, fd);
}

/* The twin of those: the same steps with a file that keeps its name. */
static int by_named(const void *arg)
{
	unlink(DIR "/named");
	return start_nameless(arg, open(DIR "/named", O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0700));
}

static void *execve_thread(void *arg)
{
	return (void *)(intptr_t)by_execve(arg);
}

static int by_thread(const void *arg)
{
	pthread_t thread;
	void *err;

	if (pthread_create(&thread, NULL, execve_thread, (void *)arg) || pthread_join(thread, &err))
		return ECHILD;
	return (intptr_t)err;
}

/* ---- Verdicts ---- */

static struct child run_start(const struct start *start)
{
	return in_child(&start->place, start->how ?: by_execve, start);
}

static void assert_exec_record(struct json_object *record, const struct start *start,
			       const struct child *child)
{
	char path[PATH_MAX];

	assert_field(record, "hook", "bprm_check_security");
	assert_rule(record, "exec:");
	assert_actor(record, child);
	if (!start->nameless && (!start->reason || strcmp(start->reason, "fileless"))) {
		assert_non_null(realpath(start->program ?: start->path, path));
		assert_object_file(record, path);
	}
	if (start->how == by_thread)
		assert_string_not_equal(field(record, "pid"), field(record, "tgid"));
	else
		assert_number(record, "pid", child->pid);
}

static void assert_ran(const struct start *start, const struct child *child)
{
	uid_t uid = start->place.namespaces & CLONE_NEWUSER ? NOBODY : start->place.uid;
	char id[16];

	snprintf(id, sizeof(id), "%u\n", uid);
	assert_int_equal(child->err, 0);
	assert_false(child->reported);
	assert_int_equal(child->status, 0);
	assert_string_equal(child->out, start->out ?: id);
}

static void deny(void **state)
{
	const struct start *start = *state;
	struct mark before = mark();
	struct child child = run_start(start);
	struct json_object *record;

	assert_true(child.reported);
	assert_int_equal(child.err, EPERM);
	assert_string_equal(child.out, "");
	record = assert_refused(&before, GUARD_exec, start->reason ?: "shell", 1);
	assert_exec_record(record, start, &child);
	json_object_put(record);
}

static void allow(void **state)
{
	const struct start *start = *state;
	struct mark before = mark();
	struct child child = run_start(start);

	assert_ran(start, &child);
	assert_undisturbed(&before, GUARD_exec);
}

static void allow_recorded(void **state)
{
	const struct start *start = *state;
	struct mark before = mark();
	struct child child = run_start(start);
	struct json_object *record;

	assert_ran(start, &child);
	record = assert_recorded(&before, GUARD_exec, /* denied= */ false, start->reason ?: "shell", 1);
	assert_exec_record(record, start, &child);
	json_object_put(record);
}

/* ---- The files ---- */

static char etc_shells[4096];

static void copy(const char *from, const char *to)
{
	assert_int_equal(RUN("cp", from, to)->status, 0);
}

static void bind(const char *from, const char *to)
{
	spill(to, "");
	assert_int_equal(mount(from, to, NULL, MS_BIND, NULL), 0);
}

static void script(const char *path, const char *text)
{
	spill(path, text);
	assert_int_equal(chmod(path, 0755), 0);
}

/* Every kind of name, once for a shell and once for a program that is none. */
static void make_names(const char *program, const char *name)
{
	char file[64], other[64];

	snprintf(file, sizeof(file), DIR "/%s", name);
	copy(program, file);
	snprintf(other, sizeof(other), DIR "/%s-hard", name);
	assert_int_equal(link(file, other), 0);
	snprintf(other, sizeof(other), DIR "/%s-soft", name);
	assert_int_equal(symlink(program, other), 0);
	snprintf(other, sizeof(other), DIR "/%s-bound", name);
	bind(program, other);
	snprintf(other, sizeof(other), DIR "/%s-hard-bound", name);
	bind(file, other);
}

/* Other content of the same size: the kernel must look at more than that. */
static void make_as_long(const char *program, const char *as, const char *to)
{
	struct stat st;

	copy(program, to);
	assert_int_equal(stat(as, &st), 0);
	assert_int_equal(truncate(to, st.st_size), 0);
}

static void list_shell(const char *path)
{
	char text[sizeof(etc_shells) + 64];

	slurp("/etc/shells", etc_shells, sizeof(etc_shells));
	snprintf(text, sizeof(text), "%s%s\n", etc_shells, path);
	spill("/etc/shells", text);
}

static int begin(void **state)
{
	if (mkdir(DIR, 0755))
		assert_int_equal(errno, EEXIST);
	assert_int_equal(mount("tmpfs", DIR, "tmpfs", 0, "mode=0755"), 0);
	make_cgroup(CGROUP);
	make_names("/usr/bin/bash", "shell");
	make_names("/usr/bin/id", "id");
	assert_int_equal(mkdir(DIR "/other", 0755), 0);
	copy("/usr/bin/id", DIR "/other/bash");
	copy("/usr/bin/bash", DIR "/other/id");
	copy("/usr/bin/perl", DIR "/other/lrep");
	copy("/lib64/ld-linux-x86-64.so.2", DIR "/other/loader");
	make_as_long("/usr/bin/id", "/usr/bin/bash", DIR "/other/long");
	assert_int_equal(mkdir(DIR "/overlay", 0755), 0);
	assert_int_equal(mount("overlay", DIR "/overlay", "overlay", 0, "lowerdir=/usr/bin:/usr/sbin"), 0);
	assert_int_equal(mkdir(DIR "/tree", 0755), 0);
	assert_int_equal(mkdir(DIR "/tree/below", 0755), 0);
	script(DIR "/script-of-perl", "#!/usr/bin/perl\nprint \"ran\\n\";\n");
	script(DIR "/script", "#!/bin/sh\necho ran\n");
	script(DIR "/script-of-script", "#!" DIR "/script\n");
	script(DIR "/no-shell", "#!/usr/bin/cat\n");
	script(DIR "/no-shell-of-script", "#!" DIR "/no-shell\n");
	list_shell(DIR "/shell");
	return load_enforce(state);
}

static int audit(void **state)
{
	(void)state;
	load_text(POLICY_TEXT("audit", "enforce", "enforce", "enforce"));
	return 0;
}

#define CLASSES(shells, others) \
	POLICY_TEXT_WITH("mode: enforce, shells: " shells ", interpreters: " others ", loader: " others \
			 ", fileless: " others, "enforce", "enforce", "enforce")

static int others_allowed(void **state)
{
	(void)state;
	load_text(CLASSES("deny", "allow"));
	return 0;
}

static int shells_only_allowed(void **state)
{
	(void)state;
	load_text(CLASSES("allow", "deny"));
	return 0;
}

static int listed(void **state)
{
	(void)state;
	copy("/usr/bin/id", DIR "/tree/below/id");
	script(DIR "/tree/script", "#!/usr/bin/dash\necho ran\n");
	load_text(POLICY_TEXT_WITH("mode: enforce, allow: [/usr/bin/id, /usr/bin/perl, " DIR "/tree/, "
				   "{path: /usr/bin/dash, class: shell}]", "enforce", "enforce", "enforce"));
	copy_file(DIR "/tree/below/id", DIR "/tree/later");
	return 0;
}

static int off(void **state)
{
	(void)state;
	load_text(POLICY_TEXT("off", "enforce", "enforce", "enforce"));
	return 0;
}

static int end(void **state)
{
	unload(state);
	spill("/etc/shells", etc_shells);
	remove_cgroup(CGROUP);
	assert_int_equal(umount2(DIR "/overlay", MNT_DETACH), 0);
	assert_int_equal(umount2(DIR, MNT_DETACH), 0);
	return 0;
}

/* ---- The tests ---- */

#define TEST(name, verdict, ...) \
	{ name, verdict, NULL, NULL, &(struct start) { __VA_ARGS__ } }

/* The same surroundings for a shell, and for a program that is none. */
#define BOTH(name, ...)									\
	TEST("deny_bash_" name, deny, SHELL("/usr/bin/bash"), __VA_ARGS__),		\
	TEST("allow_id_" name, allow, ID("/usr/bin/id"), __VA_ARGS__)

#define SCRIPT(file, interpreter, text) \
	.path = (file), .argv = { (file) }, .program = (interpreter), .out = (text)

#define BUSYBOX(applet, ...) \
	.path = "/bin/busybox", .argv = { applet, __VA_ARGS__ }

#define PERL(file) \
	.path = (file), .argv = { (file), "-e", "print qq{ran\\n}" }, .out = "ran\n", .reason = "interpreter"
#define LOADER(file, program) \
	.path = (file), .argv = { (file), program, "-u" }, .reason = "loader"
#define NAMELESS(file, how_) \
	.path = (file), .argv = { (file), "-u" }, .how = (how_), .reason = "fileless"

static const struct CMUnitTest enforced[] = {
	TEST("deny_bash", deny, SHELL("/bin/bash")),
	TEST("deny_dash", deny, SHELL("/bin/dash")),
	TEST("deny_sh", deny, SHELL("/bin/sh")),
	TEST("deny_rbash", deny, SHELL("/usr/bin/rbash")),
	TEST("deny_busybox_sh", deny, BUSYBOX("busybox", "sh", "-c", "echo ran")),
	TEST("allow_id", allow, ID("/usr/bin/id")),

	TEST("deny_listed_shell", deny, SHELL(DIR "/shell")),
	TEST("deny_hard_link_of_shell", deny, SHELL(DIR "/shell-hard")),
	TEST("deny_symlink_to_bash", deny, SHELL(DIR "/shell-soft")),
	TEST("deny_bind_mount_of_bash", deny, SHELL(DIR "/shell-bound")),
	TEST("deny_bind_mount_of_listed_shell", deny, SHELL(DIR "/shell-hard-bound")),
	TEST("allow_copy_of_id", allow, ID(DIR "/id")),
	TEST("allow_hard_link_of_id", allow, ID(DIR "/id-hard")),
	TEST("allow_symlink_to_id", allow, ID(DIR "/id-soft")),
	TEST("allow_bind_mount_of_id", allow, ID(DIR "/id-bound")),
	TEST("allow_bind_mount_of_copy_of_id", allow, ID(DIR "/id-hard-bound")),
	TEST("allow_id_that_is_called_bash", allow, ID(DIR "/other/bash")),

	TEST("deny_copy_of_bash", deny, SHELL(DIR "/other/id")),
	TEST("deny_bash_on_overlay", deny, SHELL(DIR "/overlay/bash")),
	TEST("allow_id_on_overlay", allow, ID(DIR "/overlay/id")),
	TEST("allow_program_as_long_as_bash", allow, ID(DIR "/other/long")),

	TEST("deny_perl", deny, PERL("/usr/bin/perl")),
	TEST("deny_copy_of_perl", deny, PERL(DIR "/other/lrep")),
	TEST("deny_script_of_perl", deny, SCRIPT(DIR "/script-of-perl", "/usr/bin/perl", ""), .reason = "interpreter"),
	TEST("deny_awk", deny, .path = "/usr/bin/awk", .argv = { "awk", "BEGIN { print \"ran\" }" },
	     .reason = "interpreter"),

	TEST("deny_loader_of_id", deny, LOADER("/lib64/ld-linux-x86-64.so.2", "/usr/bin/id")),
	TEST("deny_loader_of_bash", deny, LOADER("/lib64/ld-linux-x86-64.so.2", "/usr/bin/bash")),
	TEST("deny_copy_of_loader", deny, LOADER(DIR "/other/loader", "/usr/bin/id")),

	TEST("deny_id_in_memfd", deny, NAMELESS("/usr/bin/id", by_memfd)),
	TEST("deny_bash_in_memfd", deny, NAMELESS("/usr/bin/bash", by_memfd)),
	TEST("deny_id_in_tmpfile", deny, NAMELESS("/usr/bin/id", by_tmpfile)),
	TEST("deny_id_in_unlinked_file", deny, NAMELESS("/usr/bin/id", by_unlinked)),
	TEST("allow_id_in_named_file", allow, ID("/usr/bin/id"), .how = by_named),

	TEST("deny_script_of_sh", deny, SCRIPT(DIR "/script", "/bin/sh", "")),
	TEST("deny_script_of_script_of_sh", deny, SCRIPT(DIR "/script-of-script", "/bin/sh", "")),
	TEST("allow_script_of_cat", allow, SCRIPT(DIR "/no-shell", NULL, "#!/usr/bin/cat\n")),
	TEST("allow_script_of_script_of_cat", allow,
	     SCRIPT(DIR "/no-shell-of-script", NULL,
		    "#!/usr/bin/cat\n#!" DIR "/no-shell\n")),

	BOTH("by_execveat_of_descriptor", .how = by_execveat),
	BOTH("by_proc_self_fd", .how = by_proc_fd),
	BOTH("by_thread", .how = by_thread),
	BOTH("as_nobody", .place = { .uid = NOBODY }),
	BOTH("in_child_cgroup", .place = { .cgroup = CGROUP }),
	BOTH("in_cgroup_namespace", .place = { .namespaces = CLONE_NEWCGROUP }),
	BOTH("in_mount_namespace", .place = { .namespaces = CLONE_NEWNS }),
	BOTH("in_net_namespace", .place = { .namespaces = CLONE_NEWNET }),
	BOTH("in_pid_namespace", .place = { .namespaces = CLONE_NEWPID }),
	BOTH("in_user_namespace", .place = { .namespaces = CLONE_NEWUSER }),
	BOTH("in_all_namespaces", .place = {
		.namespaces = CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS |
			      CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS }),
};

static const struct CMUnitTest audited[] = {
	TEST("allow_bash_in_audit_mode_but_record_it", allow_recorded, SHELL("/bin/bash")),
	TEST("allow_busybox_sh_in_audit_mode_but_record_it", allow_recorded,
	     BUSYBOX("busybox", "sh", "-c", "echo ran"), .out = "ran\n"),
	TEST("allow_script_of_sh_in_audit_mode_but_record_it", allow_recorded,
	     SCRIPT(DIR "/script", "/bin/sh", "ran\n")),
	TEST("allow_id_in_audit_mode", allow, ID("/usr/bin/id")),
};

/* Each class by its own key. */
static const struct CMUnitTest allowed[] = {
	TEST("allow_perl_where_interpreters_are", allow, PERL("/usr/bin/perl")),
	TEST("allow_loader_where_it_is", allow, LOADER("/lib64/ld-linux-x86-64.so.2", "/usr/bin/id")),
	TEST("allow_memfd_where_fileless_is", allow, NAMELESS("/usr/bin/id", by_memfd)),
	TEST("deny_bash_all_the_same", deny, SHELL("/usr/bin/bash")),
	TEST("deny_copy_of_bash_all_the_same", deny, SHELL(DIR "/other/id")),
	TEST("deny_bash_in_memfd_by_its_content", deny, SHELL("/usr/bin/bash"), .how = by_memfd, .program = NULL,
	     .nameless = true),
};

static const struct CMUnitTest shells_allowed[] = {
	TEST("allow_bash_where_shells_are", allow, SHELL("/usr/bin/bash")),
	TEST("allow_copy_of_bash_where_shells_are", allow, SHELL(DIR "/other/id")),
	TEST("deny_perl_all_the_same", deny, PERL("/usr/bin/perl")),
};

#define UNLISTED	.reason = "unlisted"

static const struct CMUnitTest only_listed[] = {
	TEST("allow_listed_id", allow, ID("/usr/bin/id")),
	TEST("allow_symlink_to_listed_id", allow, ID(DIR "/id-soft")),
	TEST("allow_bind_mount_of_listed_id", allow, ID(DIR "/id-bound")),
	TEST("allow_listed_id_by_proc_self_fd", allow, ID("/usr/bin/id"), .how = by_proc_fd),
	TEST("deny_copy_of_listed_id", deny, ID(DIR "/id"), UNLISTED),
	TEST("deny_unlisted_cat", deny, .path = "/usr/bin/cat", .argv = { "cat", "/dev/null" }, UNLISTED),
	TEST("deny_unlisted_by_thread", deny, ID(DIR "/id"), .how = by_thread, UNLISTED),
	TEST("deny_unlisted_in_all_namespaces", deny, ID(DIR "/id"), UNLISTED, .place = {
		.namespaces = CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS |
			      CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS }),
	TEST("allow_program_below_listed_tree", allow, ID(DIR "/tree/below/id")),
	TEST("deny_program_that_came_into_the_tree_later", deny, ID(DIR "/tree/later"), UNLISTED),
	TEST("allow_dash_listed_with_its_class", allow, SHELL("/usr/bin/dash")),
	TEST("deny_bash_all_the_same", deny, SHELL("/usr/bin/bash")),
	TEST("deny_perl_listed_without_its_class", deny, PERL("/usr/bin/perl")),
	TEST("deny_memfd_of_listed_id", deny, NAMELESS("/usr/bin/id", by_memfd)),
	TEST("allow_listed_script_of_listed_dash", allow, SCRIPT(DIR "/tree/script", NULL, "ran\n")),
	TEST("deny_unlisted_script_of_listed_dash", deny, SCRIPT(DIR "/script", DIR "/script", ""), UNLISTED),
};

static const struct CMUnitTest unguarded[] = {
	TEST("allow_bash_in_off_mode", allow, SHELL("/bin/bash")),
	TEST("allow_hard_link_of_shell_in_off_mode", allow, SHELL(DIR "/shell-hard")),
	TEST("allow_busybox_sh_in_off_mode", allow,
	     BUSYBOX("busybox", "sh", "-c", "echo ran"), .out = "ran\n"),
	TEST("allow_script_of_script_of_sh_in_off_mode", allow,
	     SCRIPT(DIR "/script-of-script", NULL, "ran\n")),
};

int main(void)
{
	return cmocka_run_group_tests(enforced, begin, NULL) +
	       cmocka_run_group_tests(audited, audit, NULL) +
	       cmocka_run_group_tests(allowed, others_allowed, NULL) +
	       cmocka_run_group_tests(shells_allowed, shells_only_allowed, NULL) +
	       cmocka_run_group_tests(only_listed, listed, NULL) +
	       cmocka_run_group_tests(unguarded, off, end);
}
