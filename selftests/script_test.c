// SPDX-License-Identifier: GPL-2.0-only
/*
 * script_test.c - an interpreter runs the scripts that are listed for it, and nothing else; after the seal their paths
 * lead where they did.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 * Alone: it seals the machine
 */
#include "child.h"
#include "files.h"
#include "sealing.h"

#include <linux/mount.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/mount.h>

/* A tmpfs: links need a file system that can be written. */
#define DIR		"/tmp/script_test"
#define X		DIR "/way/x"		/* for Perl, listed as it is */
#define OTHER		DIR "/way/other"	/* likewise, but not listed */
#define ISOLATED	DIR "/way/isolated"	/* for Python, with an argument in its #! line */
#define S		DIR "/link/s"		/* for a shell, through a symbolic link; from DHCLIENT only */
#define DHCLIENT	DIR "/dhclient"		/* a copy of this test: it starts its arguments */
#define PERL		"/usr/bin/perl"

struct start {
	const char *argv[8];
	const char *path;		/* NULL: argv[0] */
	const char *env[4];
	const char *directory;		/* where it is started; NULL: here */
	attempt_fn how;			/* NULL: execve */
	unsigned long flags;		/* CLONE_* of the process that does */
	const char *out;		/* what it prints where it runs */
	const char *reason;		/* where it is refused */
};

static int by_execve(const void *arg)
{
	const struct start *start = arg;

	if (start->directory && chdir(start->directory))
		return EBADF;
	execve(start->path ?: start->argv[0], (char *const *)start->argv, (char *const *)start->env);
	return errno;
}

static int by_descriptor(const void *arg)
{
	const struct start *start = arg;
	int fd = open(start->argv[0], O_RDONLY);

	syscall(SYS_execveat, fd, "", start->argv, start->env, AT_EMPTY_PATH);
	return errno;
}

/* Its script by a descriptor that names the very file. */
static int with_descriptor(const void *arg)
{
	const char *argv[] = { PERL, "/proc/self/fd/99", NULL };

	if (dup2(open(X, O_RDONLY), 99) != 99)
		return EBADF;
	execve(argv[0], (char *const *)argv, (char *const *)((const struct start *)arg)->env);
	return errno;
}

/* Where the path leads to the same inode. */
static int in_chroot(const void *arg)
{
	if (chroot(DIR "/root") || chdir("/"))
		return EBADF;
	return by_execve(arg);
}

/* In a process that has a root directory of its own again. */
static int in_own_directory(const void *arg)
{
	if (unshare(CLONE_FS))
		return EBADF;
	return by_execve(arg);
}

#define MANY		3000
#define FLIPS		20
static const char *many[MANY + 8];

static int with_many_arguments(const void *arg)
{
	const struct start *start = arg;
	size_t n = 0;

	while (start->argv[n])
		n++;
	memcpy(many, start->argv, n * sizeof(many[0]));
	for (size_t i = n; i < (start->reason ? MANY : MANY / 3); i++)
		many[i] = "argument";
	execve(many[0], (char *const *)many, (char *const *)start->env);
	return errno;
}

/* One that is longer than a look at it. */
static int with_long_argument(const void *arg)
{
	const struct start *start = arg;
	static char text[100000];
	const char *argv[] = { PERL, X, text, NULL };

	memset(text, 'a', sizeof(text) - 1);
	execve(argv[0], (char *const *)argv, (char *const *)start->env);
	return errno;
}

/* ---- Verdicts ---- */

struct outcome {
	char out[8192];
	int err, signal;
};

/* Not in_child(), which takes a signal for a failure. */
static void run(const struct start *start, struct outcome *ret)
{
	int out[2], report[2], status, err = 0;
	size_t used = 0;
	ssize_t len;
	pid_t pid;

	memset(ret, 0, sizeof(*ret));
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(report, O_CLOEXEC), 0);
	fflush(NULL);
	pid = syscall(SYS_clone, start->flags | SIGCHLD, NULL, NULL, NULL, 0);
	assert_true(pid >= 0);
	if (!pid) {
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(out[1], 1);
		err = (start->how ?: by_execve)(start);
		_exit(write(report[1], &err, sizeof(err)) != sizeof(err));
	}
	close(out[1]);
	close(report[1]);
	while (used < sizeof(ret->out) - 1 && (len = read(out[0], ret->out + used, sizeof(ret->out) - 1 - used)) > 0)
		used += len;
	assert_true(read(report[0], &ret->err, sizeof(ret->err)) >= 0);
	close(out[0]);
	close(report[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	ret->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void allow(void **state)
{
	struct mark before = mark();
	struct outcome outcome;

	run(*state, &outcome);
	assert_int_equal(outcome.err, 0);
	assert_int_equal(outcome.signal, 0);
	assert_string_equal(outcome.out, ((const struct start *)*state)->out ?: "ran\n");
	assert_undisturbed(&before, GUARD_exec);
}

/* By the exec itself. */
static void deny(void **state)
{
	const struct start *start = *state;
	struct mark before = mark();
	struct outcome outcome;

	run(start, &outcome);
	assert_string_equal(outcome.out, "");
	assert_int_equal(outcome.err, EPERM);
	json_object_put(assert_refused(&before, GUARD_exec, start->reason, 1));
}

/* Before its first instruction. */
static void deny_by_signal(void **state)
{
	const struct start *start = *state;
	struct mark before = mark();
	struct json_object *record;
	struct outcome outcome;
	char self[PROGRAM_PATH] = "";

	run(start, &outcome);
	assert_string_equal(outcome.out, "");
	assert_int_equal(outcome.err, 0);
	assert_int_equal(outcome.signal, SIGKILL);
	record = assert_refused(&before, GUARD_exec, start->reason, 1);
	assert_field(record, "hook", "bprm_committed_creds");
	if (!start->flags && strcmp(start->argv[0], DHCLIENT)) {
		assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
		assert_field(record, "exe", self);
	}
	json_object_put(record);
}

static void allow_recorded(void **state)
{
	const struct start *start = *state;
	struct mark before = mark();
	struct outcome outcome;

	run(start, &outcome);
	assert_int_equal(outcome.signal, 0);
	assert_string_equal(outcome.out, start->out);
	json_object_put(assert_would_deny(&before, GUARD_exec, start->reason));
}

/* ---- Arguments that another thread changes ---- */

struct flip {
	char *path;
	volatile bool stop;
};

static void *flip_argument(void *arg)
{
	struct flip *flip = arg;

	/* Of one length: whichever copy wins is a whole path. */
	while (!flip->stop) {
		memcpy(flip->path, DIR "/way/xxxxx", sizeof(OTHER));
		memcpy(flip->path, OTHER, sizeof(OTHER));
	}
	return NULL;
}

static int by_flipping(const void *arg)
{
	static char path[] = OTHER;
	struct flip flip = { .path = path };
	const char *argv[] = { PERL, path, NULL };
	pthread_t thread;

	if (pthread_create(&thread, NULL, flip_argument, &flip))
		return ECHILD;
	usleep(1000);
	execve(argv[0], (char *const *)argv, (char *const *)((const struct start *)arg)->env);
	return errno;
}

static void deny_script_that_another_thread_puts_in_its_place(void **state)
{
	const struct start start = { .how = by_flipping };
	unsigned int ran = 0, ended = 0;
	struct outcome outcome;

	(void)state;
	for (int i = 0; i < FLIPS; i++) {
		run(&start, &outcome);
		ran += !strcmp(outcome.out, "ran 0\n");
		ended += outcome.signal == SIGKILL;
		assert_true(!outcome.out[0] || !strcmp(outcome.out, "ran 0\n"));
	}
	assert_int_equal(ran + ended, FLIPS);
}

/* ---- The files and the policy ---- */

static void script(const char *path, const char *text)
{
	spill(path, text);
	assert_int_equal(chmod(path, 0755), 0);
}

static void directory(const char *path)
{
	assert_int_equal(mkdir(path, 0755), 0);
}

#define PERL_TEXT(word)	"#!" PERL "\nprint join(\" \", \"" word "\", @ARGV), $ENV{LD_PRELOAD} // \"\", \"\\n\";\n"

#define KEYS	"allow: [/usr/bin/, /usr/sbin/, " DHCLIENT ", "					\
		"{path: " PERL ", class: interpreter, script: " X "}, "				\
		"{path: " PERL ", class: interpreter, script: " DIR "/way/xxxxx}, "			\
		"{path: /usr/bin/python3, class: interpreter, script: " ISOLATED "}], "		\
		"except: [{parent: " DHCLIENT ", program: /bin/sh, script: " S ", after-seal: yes}]"
#define SCRIPTS(mode)	POLICY_TEXT_WITH("mode: " mode ", " KEYS, "enforce", "enforce", "enforce") SEAL_TEXT(TOLERATE_GUARDS)

static bool supported;

static int begin(void **state)
{
	char self[PROGRAM_PATH] = "";

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	if (mkdir(DIR, 0755))
		assert_int_equal(errno, EEXIST);
	assert_int_equal(mount("tmpfs", DIR, "tmpfs", 0, "mode=0755"), 0);
	directory(DIR "/way");
	directory(DIR "/way/below");
	directory(DIR "/elsewhere");
	assert_int_equal(symlink("way", DIR "/link"), 0);
	script(X, PERL_TEXT("ran"));
	script(DIR "/way/xxxxx", "#!" PERL "\nprint \"ran \", scalar(@ARGV), \"\\n\";\n");
	script(OTHER, PERL_TEXT("other"));
	script(ISOLATED, "#!/usr/bin/python3 -I\nimport sys\nprint('ran', sys.flags.isolated, *sys.argv[1:])\n");
	script(DIR "/way/s", "#!/bin/sh\necho ran $1\n");
	script(DIR "/way/s2", "#!/bin/sh\necho other\n");
	script(DIR "/way/copy", PERL_TEXT("ran"));
	assert_int_equal(link(X, DIR "/hard"), 0);
	assert_int_equal(symlink(X, DIR "/soft"), 0);
	copy_file(self, DHCLIENT);
	directory(DIR "/root");
	directory(DIR "/root/usr");
	directory(DIR "/root/tmp");
	directory(DIR "/root" DIR);
	directory(DIR "/root" DIR "/way");
	assert_int_equal(link(X, DIR "/root" X), 0);
	assert_int_equal(mount("/usr", DIR "/root/usr", NULL, MS_BIND, NULL), 0);
	load_text(SCRIPTS("enforce"));
	return 0;
}

/* ---- What can't be loaded, or sealed ---- */

static void deny_load(const char *entry, const char *why)
{
	char text[4096];
	struct ran *ran;

	snprintf(text, sizeof(text), "version: 1\nname: selftest\nexec: {mode: enforce, introduced: allow, allow: [%s]}\n%s", entry,
		 strstr(POLICY_ENFORCE, "ptrace:"));
	spill(POLICY ".wrong", text);
	ran = HARDEN(1, "load", "--policy", POLICY ".wrong");
	if (!strstr(ran->err, why))
		print_message("# %s\n", ran->err);
	assert_non_null(strstr(ran->err, why));
}

static void deny_load_of_absent_script(void **state)
{
	(void)state;
	deny_load("{path: " PERL ", script: " DIR "/absent}", DIR "/absent");
}

static void deny_load_of_program_as_script(void **state)
{
	(void)state;
	deny_load("{path: " PERL ", script: /usr/bin/true}", "is a program");
}

static void deny_load_of_script_for_another_program(void **state)
{
	(void)state;
	deny_load("{path: /usr/bin/python3, script: " X "}", "names another program");
}

static void deny_load_under_lockdown(void **state)
{
	(void)state;
	deny_load("{path: " PERL ", script: " X "}", "lockdown=confidentiality");
	spill(POLICY, POLICY_ENFORCE);
	HARDEN(0, "load", "--policy", POLICY);
}

/* Replaced by another file, which nothing guards. */
static void deny_seal_after_script_was_replaced(void **state)
{
	struct ran *ran;

	(void)state;
	script(DIR "/way/new", PERL_TEXT("ran"));
	assert_int_equal(rename(DIR "/way/new", X), 0);
	ran = HARDEN(2, "seal");
	assert_non_null(strstr(ran->out, X) ?: strstr(ran->err, X));
	assert_state("loaded");
}

/* ---- After the seal ---- */

static int sealed(void **state)
{
	(void)state;
	assert_int_equal(unlink(DIR "/hard"), 0);
	assert_int_equal(link(X, DIR "/hard"), 0);
	assert_int_equal(unlink(DIR "/root" X), 0);
	assert_int_equal(link(X, DIR "/root" X), 0);
	load_text(SCRIPTS("enforce"));
	HARDEN(0, "seal");
	assert_state("sealed");
	return 0;
}

static int audited(void **state)
{
	(void)state;
	load_text(SCRIPTS("audit"));
	return 0;
}

static int again(void **state)
{
	(void)state;
	load_text(SCRIPTS("enforce"));
	return 0;
}

static int open_to_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

static int mount_over(const char *path)
{
	return mount(DIR "/elsewhere", path, NULL, MS_BIND, NULL);
}

static int mount_new_over(const char *path)
{
	int context = syscall(SYS_fsopen, "tmpfs", 0), fd, err;

	assert_int_equal(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), 0);
	fd = syscall(SYS_fsmount, context, 0, 0);
	assert_true(fd >= 0);
	err = syscall(SYS_move_mount, fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
	close(fd);
	close(context);
	return err;
}

#define assert_kept(call, reason_)							\
	do {										\
		struct mark __before = mark();						\
		errno = 0;								\
		assert_int_equal((call), -1);						\
		assert_int_equal(errno, EPERM);						\
		json_object_put(assert_refused(&__before, GUARD_seal, (reason_), 1));	\
	} while (0)

static void deny_change_of_script(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_kept(open_to_write(X), "write");
	assert_kept(truncate(X, 0), "attributes");
	assert_kept(chmod(X, 0777), "attributes");
	assert_kept(unlink(X), "unlink");
	assert_kept(rename(X, DIR "/way/y"), "rename");
	assert_kept(rename(OTHER, X), "rename");
	before = mark();
	assert_int_equal(open_to_write(OTHER), 0);
	assert_int_equal(chmod(OTHER, 0755), 0);
	assert_undisturbed(&before, GUARD_seal);
}

static void deny_change_of_way(void **state)
{
	struct mark before;

	(void)state;
	assert_kept(rename(DIR "/way", DIR "/way2"), "rename");
	assert_kept(unlink(DIR "/link"), "unlink");
	assert_kept(rename(DIR "/soft", DIR "/link"), "rename");
	assert_kept(syscall(SYS_renameat2, AT_FDCWD, DIR "/elsewhere", AT_FDCWD, DIR "/way", RENAME_EXCHANGE), "rename");
	before = mark();
	spill(DIR "/way/unrelated", "");
	assert_int_equal(rename(DIR "/way/unrelated", DIR "/way/below/moved"), 0);
	assert_int_equal(rename(DIR "/way/below", DIR "/way/renamed"), 0);
	assert_int_equal(mkdir(DIR "/way/new", 0755), 0);
	assert_int_equal(rmdir(DIR "/way/new"), 0);
	assert_int_equal(unlink(DIR "/soft"), 0);
	assert_int_equal(symlink(X, DIR "/soft"), 0);
	assert_int_equal(chmod(DIR "/way", 0755), 0);
	assert_undisturbed(&before, GUARD_seal);
}

static void deny_mount_over_way(void **state)
{
	struct mark before;

	(void)state;
	assert_kept(mount_over(DIR "/way"), "cover");
	assert_kept(mount_over(DIR), "cover");
	assert_kept(mount(OTHER, X, NULL, MS_BIND, NULL), "cover");
	assert_kept(mount("tmpfs", DIR "/way", "tmpfs", 0, NULL), "cover");
	assert_kept(mount_new_over(DIR "/way"), "cover");
	assert_kept(umount2(DIR, MNT_DETACH), "unmount");
	before = mark();
	assert_int_equal(mount("tmpfs", DIR "/elsewhere", "tmpfs", 0, NULL), 0);
	assert_int_equal(umount(DIR "/elsewhere"), 0);
	assert_int_equal(mount_new_over(DIR "/elsewhere"), 0);
	assert_int_equal(umount(DIR "/elsewhere"), 0);
	assert_int_equal(mount(NULL, DIR, NULL, MS_REMOUNT, "mode=0755"), 0);
	assert_undisturbed(&before, GUARD_seal);
}

static int mount_in_private(const void *arg)
{
	(void)arg;
	int tree = syscall(SYS_open_tree, AT_FDCWD, DIR "/way", OPEN_TREE_CLONE);

	if (tree < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return EBADF;
	/* A copy of a shared mount, too, as systemd and container runtimes make them. */
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, DIR "/way", MOVE_MOUNT_F_EMPTY_PATH) ||
	    umount2(DIR "/way", MNT_DETACH))
		return errno;
	return mount_over(DIR "/way") || umount2(DIR "/way", 0) ? errno : 0;
}

static void allow_mount_over_way_in_private_namespace(void **state)
{
	const struct place place = { .namespaces = CLONE_NEWNS };
	struct mark before = mark();
	struct child child;

	(void)state;
	assert_int_equal(mount(NULL, DIR, NULL, MS_SHARED, NULL), 0);
	child = in_child(&place, mount_in_private, NULL);
	assert_int_equal(mount(NULL, DIR, NULL, MS_PRIVATE, NULL), 0);
	assert_int_equal(child.err, 0);
	assert_undisturbed(&before, GUARD_seal);
}

static int detach_in_shared(const void *arg)
{
	(void)arg;
	return mount_over(DIR "/way") ? errno : 0;
}

/* It would propagate. */
static void deny_mount_over_way_in_shared_namespace(void **state)
{
	const struct place place = { .namespaces = CLONE_NEWNS };
	struct mark before;
	struct child child;

	(void)state;
	assert_int_equal(mount(NULL, DIR, NULL, MS_SHARED, NULL), 0);
	before = mark();
	child = in_child(&place, detach_in_shared, NULL);
	assert_int_equal(child.err, EPERM);
	json_object_put(assert_refused(&before, GUARD_seal, "cover", 1));
	assert_int_equal(mount(NULL, DIR, NULL, MS_PRIVATE, NULL), 0);
}

/* Of this very set: what a canary moves. */
static __u64 proof(__u32 kind)
{
	struct set_info set = live_set();
	int map = set_map(set.map_proof);
	__u64 value = 0;

	assert_int_equal(bpf_map_lookup_elem(map, &kind, &value), 0);
	close(map);
	return value;
}

static void deny_canary(void **state)
{
	__u64 before = proof(KIND_exec_bprm_committed_creds_script);

	(void)state;
	HARDEN(0, "verify");
	assert_int_equal(proof(KIND_exec_bprm_committed_creds_script), before + 1);
}

/* ---- The tests ---- */

#define TEST(name, verdict, ...) { name, verdict, NULL, NULL, &(struct start) { __VA_ARGS__ } }
#define ARGS(...)	.argv = { __VA_ARGS__ }
#define ENV(...)	.env = { __VA_ARGS__ }
#define SCRIPT		.reason = "script"
#define ENVIRONMENT	.reason = "script-environment"
#define INTERPRETER	.reason = "interpreter"

#define STARTS											\
	TEST("allow_script_by_its_line", allow, ARGS(X)),						\
	TEST("allow_script_by_its_line_with_arguments", allow, ARGS(X, "-e", "print 1"),		\
	     .out = "ran -e print 1\n"),							\
	TEST("allow_script_with_argument_in_its_line", allow, ARGS(ISOLATED, "-c", "x"), .out = "ran 1 -c x\n"), \
	TEST("allow_script_as_argument", allow, ARGS(PERL, X, "-e", "a"), .out = "ran -e a\n"),		\
	TEST("allow_python_as_the_line_has_it", allow, ARGS("/usr/bin/python3", "-I", ISOLATED, "a"),	\
	     .out = "ran 1 a\n"),								\
	TEST("deny_python_without_the_argument_of_the_line", deny_by_signal, ARGS("/usr/bin/python3", ISOLATED), SCRIPT), \
	TEST("deny_argument_that_the_line_has_not", deny_by_signal, ARGS(PERL, "-w", X), SCRIPT),	\
	TEST("deny_other_name_of_program", deny_by_signal, ARGS("/tmp/evil/bin/perl", X), .path = PERL, SCRIPT),	\
	TEST("allow_script_in_harmless_environment", allow, ARGS(PERL, X),				\
	     ENV("HOME=/", "LANG=C", "FOO=PERL5LIB=/x")),						\
	TEST("allow_script_without_preloaded_library", allow, ARGS(X), ENV("LD_PRELOAD=/x.so")),	\
	TEST("allow_script_in_pid_namespace", allow, ARGS(X), .flags = CLONE_NEWPID),			\
	TEST("allow_script_with_1000_arguments", allow, ARGS(DIR "/way/xxxxx"), .how = with_many_arguments,	\
	     .out = "ran 999\n"),								\
												\
	TEST("deny_text", deny_by_signal, ARGS(PERL, "-e", "print 1"), SCRIPT),				\
	TEST("deny_text_before_script", deny_by_signal, ARGS(PERL, "-eprint 1", X), SCRIPT),		\
	TEST("deny_module_before_script", deny_by_signal, ARGS("/usr/bin/python3", "-m", "this", ISOLATED), SCRIPT), \
	TEST("deny_option_before_script", deny_by_signal, ARGS("/usr/bin/python3", "-i", ISOLATED), SCRIPT),	\
	TEST("deny_python_text", deny_by_signal, ARGS("/usr/bin/python3", "-c", "print(1)"), SCRIPT),	\
	TEST("deny_standard_input", deny_by_signal, ARGS(PERL), SCRIPT),				\
	TEST("deny_standard_input_by_name", deny_by_signal, ARGS(PERL, "-"), SCRIPT),			\
	TEST("deny_other_script", deny_by_signal, ARGS(PERL, OTHER), SCRIPT),				\
	TEST("deny_script_of_another_interpreter", deny_by_signal, ARGS(PERL, ISOLATED), SCRIPT),	\
	TEST("deny_other_script_by_its_line", deny, ARGS(OTHER), .reason = "unlisted"),			\
	TEST("deny_copy_of_script_by_its_line", deny, ARGS(DIR "/way/copy"), .reason = "unlisted"),	\
	TEST("deny_symlink_as_argument", deny_by_signal, ARGS(PERL, DIR "/soft"), SCRIPT),		\
	TEST("deny_symlink_by_its_line", deny_by_signal, ARGS(DIR "/soft"), SCRIPT),			\
	TEST("deny_symlink_by_its_line_with_script_behind", deny_by_signal, ARGS(DIR "/soft", X), SCRIPT),	\
	TEST("deny_hard_link_as_argument", deny_by_signal, ARGS(PERL, DIR "/hard"), SCRIPT),		\
	TEST("deny_hard_link_by_its_line", deny_by_signal, ARGS(DIR "/hard"), SCRIPT),			\
	TEST("deny_other_way_to_script", deny_by_signal, ARGS(PERL, DIR "/link/x"), SCRIPT),		\
	TEST("deny_relative_path", deny_by_signal, ARGS(PERL, "way/x"), .directory = DIR, SCRIPT),	\
	TEST("deny_relative_path_by_its_line", deny_by_signal, ARGS("way/x"), .directory = DIR, SCRIPT),	\
	TEST("deny_longer_path", deny_by_signal, ARGS(PERL, X "y"), SCRIPT),				\
	TEST("deny_descriptor_as_argument", deny_by_signal, ARGS(PERL), .how = with_descriptor, SCRIPT),	\
	TEST("deny_descriptor_of_script", deny_by_signal, ARGS(X), .how = by_descriptor, SCRIPT),	\
	TEST("deny_login_shell", deny_by_signal, ARGS("-perl", X), .path = PERL, SCRIPT),		\
	TEST("deny_text_in_pid_namespace", deny_by_signal, ARGS(PERL, "-e", "print 1"), .flags = CLONE_NEWPID, SCRIPT), \
	TEST("deny_3000_arguments", deny_by_signal, ARGS(PERL, X), .how = with_many_arguments, SCRIPT),	\
	TEST("deny_variable_behind_long_argument", deny_by_signal, ARGS(PERL, X), ENV("PERL5LIB=/x"),	\
	     .how = with_long_argument, ENVIRONMENT),							\
												\
	TEST("deny_PERL5OPT", deny_by_signal, ARGS(PERL, X), ENV("A=1", "PERL5OPT=-Mx"), ENVIRONMENT),	\
	TEST("deny_PERL5LIB_by_its_line", deny_by_signal, ARGS(X), ENV("PERL5LIB=/x"), ENVIRONMENT),	\
	TEST("deny_PYTHONPATH", deny_by_signal, ARGS(ISOLATED), ENV("PYTHONPATH=/x"), ENVIRONMENT),	\
	TEST("deny_BASH_ENV", deny_by_signal, ARGS(X), ENV("BASH_ENV=/x", "B="), ENVIRONMENT),		\
												\
	TEST("deny_script_in_chroot", deny, ARGS(PERL, X), .how = in_chroot, INTERPRETER),		\
	TEST("deny_script_in_mount_namespace", deny, ARGS(PERL, X), .flags = CLONE_NEWNS, INTERPRETER),	\
	TEST("deny_script_with_shared_root", deny, ARGS(PERL, X), .flags = CLONE_FS, INTERPRETER),	\
	TEST("allow_script_with_root_of_its_own_again", allow, ARGS(PERL, X), .flags = CLONE_FS, .how = in_own_directory), \
	cmocka_unit_test(deny_script_that_another_thread_puts_in_its_place),				\
												\
	TEST("allow_script_from_parent", allow, ARGS(DHCLIENT, S), .out = "ran\n"),			\
	TEST("allow_script_as_argument_from_parent", allow, ARGS(DHCLIENT, "/bin/sh", S, "a"), .out = "ran a\n"),	\
	TEST("deny_text_from_parent", deny_by_signal, ARGS(DHCLIENT, "/bin/sh", "-c", "echo"), SCRIPT),	\
	TEST("deny_other_script_from_parent", deny_by_signal, ARGS(DHCLIENT, "/bin/sh", DIR "/way/s2"), SCRIPT),	\
	TEST("deny_other_way_from_parent", deny_by_signal, ARGS(DHCLIENT, DIR "/way/s"), SCRIPT),	\
	TEST("deny_script_from_other_parent", deny, ARGS(S), .reason = "unlisted"),			\
	TEST("deny_shell_for_script_from_other_parent", deny, ARGS("/bin/sh", S), .reason = "shell"),	\
	cmocka_unit_test(deny_canary)

/* The others are tried on the sealed machine, where they matter more. */
static const struct CMUnitTest loaded[] = {
	TEST("allow_script_by_its_line_before_the_seal", allow, ARGS(X)),
	TEST("allow_script_as_argument_before_the_seal", allow, ARGS(PERL, X, "-e", "a"), .out = "ran -e a\n"),
	TEST("deny_text_before_the_seal", deny_by_signal, ARGS(PERL, "-e", "print 1"), SCRIPT),
	TEST("deny_PERL5OPT_before_the_seal", deny_by_signal, ARGS(X), ENV("PERL5OPT=-Mx"), ENVIRONMENT),
	TEST("deny_other_script_before_the_seal", deny, ARGS(OTHER), .reason = "unlisted"),
	TEST("allow_script_from_parent_before_the_seal", allow, ARGS(DHCLIENT, S), .out = "ran\n"),
	cmocka_unit_test(deny_canary),
};

static const struct CMUnitTest in_audit[] = {
	TEST("allow_text_in_audit_mode_but_record_it", allow_recorded, ARGS(PERL, "-e", "print 1"), SCRIPT, .out = "1"),
	TEST("allow_variable_in_audit_mode_but_record_it", allow_recorded, ARGS(X), ENV("PERL5LIB=/x"), ENVIRONMENT,
	     .out = "ran\n"),
	TEST("allow_script_in_audit_mode", allow, ARGS(X)),
};

static const struct CMUnitTest refused[] = {
	cmocka_unit_test(deny_load_of_absent_script),
	cmocka_unit_test(deny_load_of_program_as_script),
	cmocka_unit_test(deny_load_of_script_for_another_program),
	cmocka_unit_test(deny_seal_after_script_was_replaced),
};

static const struct CMUnitTest after_seal[] = {
	STARTS,
	cmocka_unit_test(deny_change_of_script),
	cmocka_unit_test(deny_change_of_way),
	cmocka_unit_test(deny_mount_over_way),
	cmocka_unit_test(allow_mount_over_way_in_private_namespace),
	cmocka_unit_test(deny_mount_over_way_in_shared_namespace),
	TEST("allow_script_all_the_same", allow, ARGS(X)),
};

static int begin_unsupported(void **state)
{
	(void)state;
	mkdir(DIR, 0755);
	mkdir(DIR "/way", 0755);
	script(X, PERL_TEXT("ran"));
	return 0;
}

static const struct CMUnitTest unsupported[] = {
	cmocka_unit_test(deny_load_under_lockdown),
};

int main(int argc, char **argv)
{
	static struct kernel kernel;

	if (argc > 1) {
		execv(argv[1], argv + 1);
		printf("%s\n", strerror(errno));
		return 1;
	}
	kernel_ask(&kernel);
	kernel_ask_hooks(&kernel);
	supported = kernel.reads_memory;
	if (!supported)
		return cmocka_run_group_tests(unsupported, begin_unsupported, unload);
	return cmocka_run_group_tests(loaded, begin, NULL) +
	       cmocka_run_group_tests(in_audit, audited, again) +
	       cmocka_run_group_tests(refused, NULL, NULL) +
	       cmocka_run_group_tests(after_seal, sealed, NULL);
}
