// SPDX-License-Identifier: GPL-2.0-only
/*
 * upcalls_test.c - programs that the kernel starts by itself, and interpreters of formats that root registers, obey the
 * policy like any other.
 * Boots: ram
 * Long boots: ramlockdown
 */
#include "child.h"
#include "files.h"
#include "util.h"

#include <linux/keyctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define SHELL		"/usr/bin/dash"
#define HERE		"/usr/local/upcalls"
#define HELPER		HERE "/helper"
#define REQUEST_KEY	"/usr/bin/request-key"	/* the kernel asks for /sbin/request-key */
#define MARK		"/tmp/upcalls.ran"	/* left by this very program, where it is the helper */
#define CGROUP1		"/tmp/upcalls.cgroup"
#define MODPROBE	"/proc/sys/kernel/modprobe"
#define CORE_PATTERN	"/proc/sys/kernel/core_pattern"
#define BINFMT		"/proc/sys/fs/binfmt_misc"
#define FORMAT		"upcalls_test"
#define FILE_OF_FORMAT	HERE "/file"

#define POLICY_HERE									\
	"version: 1\nexec: { mode: enforce, introduced: allow }\nptrace: { mode: off }\nmodules: { mode: off }\n"	\
	"egress: { mode: off }\ningress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n"

static char self[256];

/* ---- What has the kernel start something; 0 or an errno of what comes before that ---- */

static int ask_for_key(const char *helper)
{
	static int asked;
	char key[32];

	copy_file(helper, REQUEST_KEY);
	/* That a key could not be made is remembered for a while. */
	snprintf(key, sizeof(key), "hardenctl:upcalls.%d", asked++);
	if (syscall(SYS_request_key, "user", key, "callout", KEY_SPEC_PROCESS_KEYRING) >= 0)
		return EEXIST;
	unlink(REQUEST_KEY);
	return 0;
}

static int ask_for_module(const char *helper)
{
	char was[256];
	int err, fd;

	unlink(HELPER);
	copy_file(helper, HELPER);
	slurp(MODPROBE, was, sizeof(was));
	was[strcspn(was, "\n")] = 0;
	err = put_text(MODPROBE, HELPER);
	/* A family that no kernel has. */
	fd = err ? -1 : socket(AF_MAX - 1, SOCK_DGRAM, 0);
	if (fd >= 0)
		close(fd);
	return put_text(MODPROBE, was) ?: err;
}

static int crash(const void *arg)
{
	const struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	int status;
	pid_t pid = fork();

	(void)arg;
	if (!pid) {
		if (setrlimit(RLIMIT_CORE, &limit) || prctl(PR_SET_DUMPABLE, 1))
			_exit(1);
		abort();
	}
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) ? 0 : ECHILD;
}

static int dump(const char *helper)
{
	const struct place here = {};
	char was[256];
	int err;

	unlink(HELPER);
	copy_file(helper, HELPER);
	slurp(CORE_PATTERN, was, sizeof(was));
	was[strcspn(was, "\n")] = 0;
	err = put_text(CORE_PATTERN, "|" HELPER " %p") ?: in_child(&here, crash, NULL).err;
	return put_text(CORE_PATTERN, was) ?: err;
}

/* The last task leaves a group of cgroup v1. */
static int leave_group(const char *helper)
{
	int err = 0;
	pid_t pid;

	unlink(HELPER);
	copy_file(helper, HELPER);
	if (mkdir(CGROUP1, 0755) || mount("none", CGROUP1, "cgroup", 0, "none,name=upcalls"))
		return errno;
	if (mkdir(CGROUP1 "/group", 0755))
		err = errno;
	err = err ?: put_text(CGROUP1 "/release_agent", HELPER) ?: put_text(CGROUP1 "/group/notify_on_release", "1");
	pid = fork();
	if (!pid)
		_exit(put_text(CGROUP1 "/group/cgroup.procs", "0"));
	waitpid(pid, NULL, 0);
	/* It is started from a work queue. */
	for (int i = 0; i < 100 && access(MARK, F_OK); i++)
		usleep(20000);
	rmdir(CGROUP1 "/group");
	if (umount(CGROUP1) || rmdir(CGROUP1))
		return errno;
	return err;
}

static int start_file(const void *arg)
{
	char *argv[] = { FILE_OF_FORMAT, NULL }, *envp[] = { NULL };

	(void)arg;
	execve(FILE_OF_FORMAT, argv, envp);
	return errno;
}

/* `flags`: with F the kernel opens the interpreter when it is registered, and keeps it. */
static int by_format(const char *helper, const char *flags)
{
	char line[256];
	int err;

	unlink(HELPER);
	copy_file(helper, HELPER);
	spill(FILE_OF_FORMAT, "upcalls!");
	chmod(FILE_OF_FORMAT, 0755);
	if (access(BINFMT "/register", F_OK) && mount("binfmt_misc", BINFMT, "binfmt_misc", 0, NULL))
		return errno;
	snprintf(line, sizeof(line), ":" FORMAT ":M::upcalls!::" HELPER ":%s", flags);
	err = put_text(BINFMT "/register", line);
	if (!err) {
		const struct place here = {};

		in_child(&here, start_file, NULL);
		err = put_text(BINFMT "/" FORMAT, "-1");
	}
	return err;
}

static int by_opened_format(const char *helper)
{
	return by_format(helper, "F");
}

static int by_named_format(const char *helper)
{
	return by_format(helper, "");
}

static const struct upcall {
	const char *name;
	int (*have_started)(const char *helper);
	const char *comm;	/* of who is about to become the helper; NULL: several */
} upcalls[] = {
	{ "request_key", ask_for_key, NULL },
	{ "modprobe", ask_for_module, NULL },
	{ "core_handler", dump, NULL },
	{ "release_agent", leave_group, NULL },
	{ "interpreter_of_a_format", by_named_format, "upcalls_test" },
	{ "opened_interpreter_of_a_format", by_opened_format, "upcalls_test" },
};

/* ---- */

static void deny_upcall(void **state)
{
	const struct upcall *upcall = *state;
	struct mark before = mark();
	struct json_object *record;

	unlink(MARK);
	assert_int_equal(upcall->have_started(SHELL), 0);
	record = assert_refused(&before, GUARD_exec, "shell", 1);
	assert_field(record, "hook", "bprm_check_security");
	assert_field(record, "uid", "0");
	if (upcall->comm)
		assert_field(record, "comm", upcall->comm);
	json_object_put(record);
}

/* The helper is this very program. */
static void allow_upcall(void **state)
{
	const struct upcall *upcall = *state;
	struct mark before = mark();

	unlink(MARK);
	assert_int_equal(upcall->have_started(self), 0);
	for (int i = 0; i < 100 && access(MARK, F_OK); i++)
		usleep(20000);
	assert_int_equal(access(MARK, F_OK), 0);
	assert_undisturbed(&before, GUARD_exec);
}

static int begin(void **state)
{
	(void)state;
	if (mkdir("/usr/local", 0755))
		assert_int_equal(errno, EEXIST);
	assert_int_equal(mkdir(HERE, 0755), 0);
	load_text(POLICY_HERE);
	return 0;
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[2 * ARRAY_SIZE(upcalls)];
	ssize_t len;

	(void)argv;
	if (argc > 1 || strcmp(argv[0], "build/selftests/upcalls_test")) {
		close(open(MARK, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		return 0;
	}
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[len > 0 ? len : 0] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(upcalls); i++) {
		tests[2 * i] = test_of_row("deny", upcalls[i].name, "which_is_a_shell", deny_upcall, &upcalls[i]);
		tests[2 * i + 1] = test_of_row("allow", upcalls[i].name, "", allow_upcall, &upcalls[i]);
	}
	return cmocka_run_group_tests(tests, begin, unload);
}
