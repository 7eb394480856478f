// SPDX-License-Identifier: GPL-2.0-only
/*
 * edges_test.c - exec.except: a shell starts where its parent is listed, and nowhere else.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 * Alone: it seals the machine
 */
#include "child.h"
#include "files.h"
#include "sealing.h"

#include <pthread.h>
#include <sys/mount.h>
#include <sys/prctl.h>

/* A tmpfs.  Each parent is a copy of this test, which then does what its arguments say: see act(). */
#define DIR		"/tmp/edges_test"
#define FIFO		DIR "/fifo"

static char *const no_environment[] = { NULL };

/* ---- What a parent does ---- */

static void *execve_thread(void *arg)
{
	char **argv = arg;

	execve(argv[0], argv, no_environment);
	return (void *)(intptr_t)errno;
}

static int exec_in_thread(char **argv)
{
	pthread_t thread;
	void *err = (void *)ECHILD;

	if (!pthread_create(&thread, NULL, execve_thread, argv))
		pthread_join(thread, &err);
	return (intptr_t)err;
}

/* As a child whose parent has ended: it belongs to another one by then. */
static void go_on_as_orphan(void)
{
	pid_t pid = getpid();

	if (fork())
		_exit(0);
	while (getppid() == pid)
		usleep(1000);
}

static void go_on_as_child(void)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid)
		return;
	waitpid(pid, &status, 0);
	_exit(WEXITSTATUS(status));
}

/*
 * fork: go on as a child; orphan: as one whose parent has ended; wait: until someone writes to FIFO; exec PATH ARG...,
 * thread PATH ARG...: start a program, the latter from another thread; fexec FD ARG...: the one in a descriptor.
 */
static int act(char **argv)
{
	char byte;
	int err;

	for (;; argv++) {
		if (!strcmp(*argv, "fork"))
			go_on_as_child();
		else if (!strcmp(*argv, "orphan"))
			go_on_as_orphan();
		else if (!strcmp(*argv, "wait"))
			err = read(open(FIFO, O_RDONLY), &byte, 1);
		else
			break;
	}
	if (!strcmp(*argv, "thread"))
		err = exec_in_thread(argv + 1);
	else if (!strcmp(*argv, "fexec"))
		err = syscall(SYS_execveat, atoi(argv[1]), "", argv + 1, no_environment, AT_EMPTY_PATH) ? errno : 0;
	else
		err = execve(argv[1], argv + 1, no_environment) ? errno : 0;
	dprintf(1, "%s\n", err == EPERM ? "refused" : strerror(err));
	return 1;
}

/* ---- Verdicts ---- */

struct start {
	const char *argv[16];
	const char *reason;	/* NULL: shell */
	const char *out;	/* what it prints where it runs */
};

static int start(const void *arg)
{
	const struct start *start = arg;

	execve(start->argv[0], (char *const *)start->argv, no_environment);
	return errno;
}

static void deny(void **state)
{
	const struct start *what = *state;
	const struct place place = {};
	struct mark before = mark();
	struct child child = in_child(&place, start, what);

	assert_string_equal(child.out, "refused\n");
	json_object_put(assert_refused(&before, GUARD_exec, what->reason ?: "shell", 1));
}

static void allow(void **state)
{
	const struct start *what = *state;
	const struct place place = {};
	struct mark before = mark();
	struct child child = in_child(&place, start, what);

	assert_string_equal(child.out, what->out ?: "ran\n");
	assert_undisturbed(&before, GUARD_exec);
}

/* ---- The policies ---- */

#define EXEC(keys)	POLICY_TEXT_WITH("mode: enforce, " keys, "enforce", "enforce", "enforce")
#define EDGE(from, to, more)	"{parent: " from ", program: " to more "}"
#define EDGES	"except: ["								\
	EDGE(DIR "/cron", "/bin/sh", "") ", "						\
	EDGE(DIR "/cron", "/usr/bin/awk", "") ", "						\
	EDGE(DIR "/dhclient", "/bin/sh", ", after-seal: yes") ", "			\
	EDGE(DIR "/line", "/usr/bin/perl", ", descends: yes") ", "			\
	EDGE(DIR "/session", "/bin/sh", ", descends: yes, after-seal: yes") ", "		\
	EDGE(DIR "/systemd", DIR "/executor", ", unlinked: yes, after-seal: yes") ", "	\
	EDGE(DIR "/systemd", DIR "/named", ", after-seal: yes") "]"

#define EXECUTOR	"100"	/* the descriptors of two programs that are unlinked */
#define NAMED		"101"

static pid_t early, later;	/* processes that wait for a word */

/* A process that waits, below a parent of its own: what it does when it is told to, it writes into `out`. */
static pid_t begin_waiting(const char *const argv[], const char *out)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
	execve(argv[0], (char *const *)argv, no_environment);
	_exit(127);
}

static void hold(const char *path, const char *fd)
{
	int held = open(path, O_RDONLY);

	assert_true(held >= 0);
	assert_int_equal(dup2(held, atoi(fd)), atoi(fd));
	close(held);
}

static int begin(void **state)
{
	static const char *const names[] = { "cron", "dhclient", "line", "session", "systemd", "other" };
	const char *const waiting[] = { DIR "/line", "fork", "exec", DIR "/other", "wait", "exec", "/usr/bin/perl", "-e",
					"print qq{ran\\n}", NULL };
	char self[PATH_MAX] = "", path[64];

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	if (mkdir(DIR, 0755))
		assert_int_equal(errno, EEXIST);
	assert_int_equal(mount("tmpfs", DIR, "tmpfs", 0, "mode=0755"), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), DIR "/%s", names[i]);
		copy_file(self, path);
	}
	copy_file("/usr/bin/id", DIR "/executor");
	copy_file("/usr/bin/id", DIR "/named");
	copy_file("/usr/bin/dash", DIR "/dash");
	assert_int_equal(mkfifo(FIFO, 0600), 0);
	hold(DIR "/executor", EXECUTOR);
	hold(DIR "/named", NAMED);
	early = begin_waiting(waiting, DIR "/early");
	sleep(1);
	load_text(EXEC(EDGES));
	return 0;
}

static int unlink_programs(void **state)
{
	(void)state;
	assert_int_equal(unlink(DIR "/executor"), 0);
	assert_int_equal(unlink(DIR "/named"), 0);
	return 0;
}

/* ---- Descendants, over loads ---- */

static void expect(pid_t pid, const char *path, const char *out)
{
	char text[64] = "";
	int fd = open(FIFO, O_WRONLY);

	assert_int_equal(write(fd, "!", 1), 1);
	close(fd);
	waitpid(pid, NULL, 0);
	/* An orphan is nobody's to wait for. */
	for (int i = 0; i < 1000 && !text[0]; i++) {
		usleep(10000);
		slurp(path, text, sizeof(text));
	}
	assert_string_equal(text, out);
}

static void allow_perl_from_what_descended_before_the_load(void **state)
{
	struct mark before = mark();

	(void)state;
	expect(early, DIR "/early", "ran\n");
	assert_undisturbed(&before, GUARD_exec);
}

static void orphan_waits(void)
{
	const char *const waiting[] = { DIR "/line", "orphan", "exec", DIR "/other", "wait", "exec", "/usr/bin/perl", "-e",
					"print qq{ran\\n}", NULL };

	later = begin_waiting(waiting, DIR "/later");
	sleep(1);
}

static void allow_perl_from_orphan_after_a_reload(void **state)
{
	struct mark before;

	(void)state;
	orphan_waits();
	load_text(EXEC("except: [" EDGE(DIR "/cron", "/usr/bin/perl", ", descends: yes") ", "
		       EDGE(DIR "/line", "/usr/bin/perl", ", descends: yes") "]"));
	before = mark();
	expect(later, DIR "/later", "ran\n");
	assert_undisturbed(&before, GUARD_exec);
}

/* Whose bit another one must not get. */
static void deny_perl_from_orphan_of_what_is_no_parent_any_more(void **state)
{
	struct mark before;

	(void)state;
	orphan_waits();
	load_text(EXEC("except: [" EDGE(DIR "/dhclient", "/usr/bin/perl", ", descends: yes") "]"));
	before = mark();
	expect(later, DIR "/later", "refused\n");
	json_object_put(assert_refused(&before, GUARD_exec, "interpreter", 1));
}

/* ---- What can't be loaded ---- */

static void deny_load(const char *keys, const char *why)
{
	struct ran *ran;

	spill(POLICY, keys);
	ran = HARDEN(1, "load", "--policy", POLICY);
	if (!strstr(ran->err, why))
		print_message("# %s\n", ran->err);
	assert_non_null(strstr(ran->err, why));
	assert_non_null(strstr(ran->err, POLICY ":3: "));
}

static void deny_load_of_absent_parent(void **state)
{
	(void)state;
	deny_load(EXEC("except: [" EDGE(DIR "/absent", "/bin/sh", "") "]"), "find '" DIR "/absent'");
	HARDEN(0, "load", "--dry-run", "--policy", POLICY ".good");
}

static void deny_load_of_absent_program(void **state)
{
	(void)state;
	deny_load(EXEC("except: [" EDGE("/bin/sh", DIR "/absent", "") "]"), "find '" DIR "/absent'");
}

static void deny_load_of_edge_to_the_loader(void **state)
{
	(void)state;
	deny_load(EXEC("except: [" EDGE(DIR "/cron", "/lib64/ld-linux-x86-64.so.2", "") "]"), "dynamic loader");
}

static void deny_load_of_more_parents_than_bits(void **state)
{
	char text[16384], path[64];
	size_t used;

	(void)state;
	used = snprintf(text, sizeof(text), "version: 1\nname: selftest\nexec: {mode: enforce, introduced: allow, except: [");
	for (int i = 0; i <= PARENTS_MAX; i++) {
		snprintf(path, sizeof(path), DIR "/parent%d", i);
		copy_file("/usr/bin/true", path);
		/* One below the limit loads. */
		if (i == PARENTS_MAX) {
			snprintf(text + used, sizeof(text) - used, "]}\n%s", strstr(POLICY_ENFORCE, "ptrace:"));
			load_text(text);
		}
		used += snprintf(text + used, sizeof(text) - used, "%s{parent: %s, program: /bin/sh}", i ? ", " : "", path);
	}
	snprintf(text + used, sizeof(text) - used, "]}\n%s", strstr(POLICY_ENFORCE, "ptrace:"));
	deny_load(text, "more than 64 different parents");
}

/* ---- With exec.allow, and after the seal ---- */

static int listed(void **state)
{
	(void)state;
	load_text(EXEC("allow: [" DIR "/cron, " DIR "/other, /usr/bin/cat], except: ["
		       EDGE(DIR "/cron", "/usr/bin/id", "") ", " EDGE(DIR "/cron", "/bin/sh", "") "]"));
	return 0;
}

static int sealed(void **state)
{
	(void)state;
	load_text(EXEC(EDGES) SEAL_TEXT(TOLERATE_GUARDS));
	HARDEN(0, "seal");
	assert_state("sealed");
	return 0;
}

static int restore(void **state)
{
	(void)state;
	unlink(DIR "/executor");
	unlink(DIR "/named");
	copy_file("/usr/bin/id", DIR "/executor");
	copy_file("/usr/bin/id", DIR "/named");
	hold(DIR "/executor", EXECUTOR);
	hold(DIR "/named", NAMED);
	sealed(state);
	return unlink_programs(state);
}

static int checks(void **state)
{
	(void)state;
	spill(POLICY ".good", EXEC("except: [" EDGE(DIR "/cron", "/bin/sh", "") "]"));
	return 0;
}

/* ---- The tests ---- */

#define TEST(name, verdict, ...) { name, verdict, NULL, NULL, &(struct start) { __VA_ARGS__ } }
#define FROM(parent, ...)	.argv = { DIR "/" parent, __VA_ARGS__ }
#define SH		"/bin/sh", "-c", "echo ran"
#define PERL		"/usr/bin/perl", "-e", "print qq{ran\\n}"
#define INTERPRETER	.reason = "interpreter"
#define ID		"-u"

static const struct CMUnitTest loaded[] = {
	TEST("allow_sh_from_cron", allow, FROM("cron", "exec", SH)),
	TEST("allow_sh_from_child_of_cron", allow, FROM("cron", "fork", "fork", "exec", SH)),
	TEST("allow_sh_from_thread_of_cron", allow, FROM("cron", "thread", SH)),
	TEST("allow_sh_by_another_name_from_cron", allow, FROM("cron", "exec", "/usr/bin/dash", "-c", "echo ran")),
	TEST("deny_bash_from_cron", deny, FROM("cron", "exec", "/bin/bash", "-c", "echo ran")),
	TEST("deny_copy_of_sh_from_cron", deny, FROM("cron", "exec", DIR "/dash", "-c", "echo ran")),
	TEST("deny_perl_from_cron", deny, FROM("cron", "exec", PERL), INTERPRETER),
	TEST("deny_sh_from_other", deny, FROM("other", "exec", SH)),
	TEST("deny_sh_from_what_cron_starts", deny, FROM("cron", "fork", "exec", DIR "/other", "exec", SH)),
	TEST("deny_sh_from_other_that_starts_cron", deny, FROM("other", "exec", DIR "/other", "fork", "exec", SH)),
	TEST("allow_sh_from_cron_that_other_starts", allow, FROM("other", "fork", "exec", DIR "/cron", "exec", SH)),
	TEST("allow_awk_from_cron", allow, FROM("cron", "exec", "/usr/bin/awk", "BEGIN { print \"ran\" }")),
	TEST("deny_loader_from_cron", deny, FROM("cron", "exec", "/lib64/ld-linux-x86-64.so.2", "/usr/bin/id"),
	     .reason = "loader"),

	TEST("allow_perl_from_line", allow, FROM("line", "exec", PERL)),
	TEST("allow_perl_from_descendant", allow,
	     FROM("line", "fork", "exec", DIR "/other", "fork", "exec", DIR "/other", "exec", PERL)),
	TEST("allow_perl_from_orphan", allow, FROM("line", "orphan", "exec", DIR "/other", "exec", PERL)),
	TEST("allow_perl_from_what_was_line", allow, FROM("line", "exec", DIR "/other", "thread", PERL)),
	TEST("deny_perl_from_orphan_of_other", deny, FROM("other", "orphan", "exec", DIR "/other", "exec", PERL),
	     INTERPRETER),
	TEST("deny_sh_from_descendant_of_line", deny, FROM("line", "fork", "exec", DIR "/other", "exec", SH)),
	TEST("deny_sh_from_descendant_of_cron", deny, FROM("cron", "orphan", "exec", DIR "/other", "exec", SH)),
	cmocka_unit_test(allow_perl_from_what_descended_before_the_load),

	TEST("allow_executor_with_a_name", allow, FROM("other", "fexec", EXECUTOR, ID), .out = "0\n"),
};

static const struct CMUnitTest unlinked[] = {
	TEST("allow_unlinked_executor_from_systemd", allow, FROM("systemd", "fexec", EXECUTOR, ID), .out = "0\n"),
	TEST("deny_unlinked_executor_from_other", deny, FROM("other", "fexec", EXECUTOR, ID), .reason = "fileless"),
	TEST("deny_unlinked_executor_from_cron", deny, FROM("cron", "fexec", EXECUTOR, ID), .reason = "fileless"),
	TEST("deny_unlinked_other_program_from_systemd", deny, FROM("systemd", "fexec", NAMED, ID),
	     .reason = "fileless"),
};

static const struct CMUnitTest reloaded[] = {
	cmocka_unit_test(allow_perl_from_orphan_after_a_reload),
	cmocka_unit_test(deny_perl_from_orphan_of_what_is_no_parent_any_more),
	cmocka_unit_test(deny_load_of_absent_parent),
	cmocka_unit_test(deny_load_of_absent_program),
	cmocka_unit_test(deny_load_of_edge_to_the_loader),
	cmocka_unit_test(deny_load_of_more_parents_than_bits),
};

static const struct CMUnitTest only_listed[] = {
	TEST("allow_unlisted_id_from_cron", allow, FROM("cron", "exec", "/usr/bin/id", ID), .out = "0\n"),
	TEST("deny_unlisted_id_from_other", deny, FROM("other", "exec", "/usr/bin/id", ID), .reason = "unlisted"),
	TEST("allow_unlisted_sh_from_cron", allow, FROM("cron", "exec", SH)),
	TEST("deny_unlisted_true_from_cron", deny, FROM("cron", "exec", "/usr/bin/true"), .reason = "unlisted"),
	TEST("allow_listed_cat_from_cron", allow, FROM("cron", "exec", "/usr/bin/cat", "/proc/self/comm"), .out = "cat\n"),
};

static const struct CMUnitTest after_seal[] = {
	TEST("allow_sh_from_dhclient_after_the_seal", allow, FROM("dhclient", "fork", "exec", SH)),
	TEST("allow_sh_from_descendant_after_the_seal", allow,
	     FROM("session", "orphan", "exec", DIR "/other", "exec", SH)),
	TEST("deny_sh_from_cron_after_the_seal", deny, FROM("cron", "exec", SH)),
	TEST("deny_perl_from_line_after_the_seal", deny, FROM("line", "exec", PERL), INTERPRETER),
	TEST("deny_perl_from_dhclient_after_the_seal", deny, FROM("dhclient", "exec", PERL), INTERPRETER),
	TEST("allow_unlinked_executor_from_systemd_after_the_seal", allow, FROM("systemd", "fexec", EXECUTOR, ID),
	     .out = "0\n"),
	TEST("deny_unlinked_executor_from_other_after_the_seal", deny, FROM("other", "fexec", EXECUTOR, ID),
	     .reason = "fileless"),
};

int main(int argc, char **argv)
{
	if (argc > 1)
		return act(argv + 1);
	return cmocka_run_group_tests(loaded, begin, NULL) +
	       cmocka_run_group_tests(unlinked, unlink_programs, NULL) +
	       cmocka_run_group_tests(reloaded, checks, NULL) +
	       cmocka_run_group_tests(only_listed, listed, NULL) +
	       cmocka_run_group_tests(after_seal, restore, NULL);
}
