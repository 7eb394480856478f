// SPDX-License-Identifier: GPL-2.0-only
/*
 * readers_test.c - the ptrace guard refuses that one process reads what belongs to another, but to those that
 * ptrace.allow names.  A program is what it was at exec.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 */
#include "forge.h"
#include "util.h"
#include "victim.h"

#include <dirent.h>
#include <linux/kcmp.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define DIR_HERE	"/tmp/readers_test"
#define COPY		DIR_HERE "/copy"

static char self[256];
static struct victim victim;

/* ---- What there is to read: 0 if it could be read, else an errno ---- */

struct reader {
	const char *name;	/* below /proc/PID */
	attempt_fn how;
};

static int read_opened(const struct reader *reader, int flags)
{
	int fd = open(proc_path(victim.pid, reader->name), flags | O_CLOEXEC);
	char bytes[64];
	int err = fd < 0 || read(fd, bytes, sizeof(bytes)) < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

static int read_link(const void *arg)
{
	const struct reader *reader = arg;
	char bytes[64];

	return readlink(proc_path(victim.pid, reader->name), bytes, sizeof(bytes)) < 0 ? errno : 0;
}

static int read_file(const void *arg)
{
	return read_opened(arg, O_RDONLY);
}

/* Root may, although nothing can be written there. */
static int read_file_for_writing(const void *arg)
{
	return read_opened(arg, O_RDWR);
}

/* The name of a mapping, which one needs to know first. */
static int read_map_files(const void *arg)
{
	char bytes[64], name[48];
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;

	(void)arg;
	/* The victim is a fork: its program is mapped where ours is. */
	if (!maps || fscanf(maps, "%lx-%lx", &start, &end) != 2)
		return EBADF;
	fclose(maps);
	snprintf(name, sizeof(name), "map_files/%lx-%lx", start, end);
	return readlink(proc_path(victim.pid, name), bytes, sizeof(bytes)) < 0 ? errno : 0;
}

static int compare(const void *arg)
{
	(void)arg;
	return syscall(SYS_kcmp, getpid(), victim.pid, KCMP_VM, 0, 0) < 0 ? errno : 0;
}

static int read_robust_list(const void *arg)
{
	void *head;
	size_t len;

	(void)arg;
	return syscall(SYS_get_robust_list, victim.pid, &head, &len) ? errno : 0;
}

static int advise(const void *arg)
{
	struct iovec range = { (void *)((uintptr_t)secret & ~4095ul), 4096 };
	int pidfd = syscall(SYS_pidfd_open, victim.pid, 0), err;

	(void)arg;
	err = syscall(SYS_process_madvise, pidfd, &range, 1, MADV_COLD, 0) < 0 ? errno : 0;
	close(pidfd);
	return err;
}

static const struct reader readers[] = {
	{ "environ", read_file }, { "maps", read_file }, { "smaps", read_file }, { "smaps_rollup", read_file },
	{ "numa_maps", read_file }, { "auxv", read_file }, { "io", read_file }, { "pagemap", read_file },
	{ "exe", read_link }, { "cwd", read_link }, { "root", read_link }, { "fd/0", read_link },
	{ "ns/mnt", read_link }, { "map_files", read_map_files },
	{ "auxv", read_file_for_writing }, { "kcmp", compare }, { "get_robust_list", read_robust_list }, { "process_madvise", advise },
};

/* ---- Verdicts ---- */

static void deny(void **state)
{
	const struct reader *reader = *state;
	const struct place here = {};
	struct mark before = mark();
	struct child child = in_child(&here, reader->how, reader);
	unsigned int times = mark().denied[GUARD_ptrace] - before.denied[GUARD_ptrace];
	struct json_object *record;

	assert_true(child.reported);
	/* Since v6.14 the kernel lets who has CAP_PERFMON advise although it was refused, and no other hook is asked. */
	if (child.err || reader->how != advise)
		assert_true(child.err == EPERM || child.err == EACCES);
	/* Newer kernels ask for the name and for what it leads to. */
	assert_true(times == 1 || (times == 2 && reader->how == read_map_files));
	record = assert_refused(&before, GUARD_ptrace, "read", times);
	assert_rule(record, "ptrace:");
	assert_number(record, "tgid", child.pid);
	assert_number(record, "object.pid", victim.pid);
	assert_field(record, "object.access", "read");
	json_object_put(record);
}

static void allow(void **state)
{
	const struct reader *reader = *state;
	const struct place here = {};
	struct mark before = mark();
	struct child child = in_child(&here, reader->how, reader);

	assert_true(child.reported);
	assert_int_equal(child.err, 0);
	assert_undisturbed(&before, GUARD_ptrace);
}

static void allow_reading_oneself(void **state)
{
	struct mark before = mark();
	char text[64];

	(void)state;
	slurp("/proc/self/environ", text, sizeof(text));
	slurp("/proc/self/maps", text, sizeof(text));
	assert_true(text[0]);
	assert_true(readlink("/proc/self/exe", text, sizeof(text)) > 0);
	assert_undisturbed(&before, GUARD_ptrace);
}

/* Every ps asks whether it may see more: refused, counted, and nothing that anybody would want to read about. */
static void allow_stat_without_a_record(void **state)
{
	struct mark before = mark(), after;
	struct json_object *list;
	char text[4096];

	(void)state;
	slurp(proc_path(victim.pid, "stat"), text, sizeof(text));
	assert_true(atoi(text) == victim.pid);
	slurp(proc_path(victim.pid, "cmdline"), text, sizeof(text));
	assert_non_null(strstr(text, program_invocation_short_name));
	after = mark();
	list = records_since(&before, GUARD_ptrace);
	assert_int_equal(json_object_array_length(list), 0);
	assert_true(after.denied[GUARD_ptrace] > before.denied[GUARD_ptrace]);
	json_object_put(list);
}

/* ---- Who may ---- */

/* What this program does when a test starts it: reads or attaches to a process, and exits with the errno. */
static int act(const char *deed, pid_t pid)
{
	char bytes[64];

	if (!strcmp(deed, "secure"))
		return getauxval(AT_SECURE);
	if (!strcmp(deed, "read"))
		return readlink(proc_path(pid, "exe"), bytes, sizeof(bytes)) < 0 ? errno : 0;
	return ptrace(PTRACE_SEIZE, pid, NULL, NULL) ? errno : 0;
}

static int run_self(const char *program, const char *deed, pid_t pid)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", pid);
	return RUN(program, deed, number)->status;
}

static pid_t start_sleep(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		execl("/usr/bin/sleep", "sleep", "1000", NULL);
		_exit(127);
	}
	usleep(300000);
	return pid;
}

static void load_rules(const char *entries)
{
	char text[4096];

	snprintf(text, sizeof(text), "version: 1\nexec: { mode: enforce }\nptrace: { mode: enforce, allow: [%s] }\n"
		 "modules: { mode: enforce }\negress: { mode: enforce }\ningress: { mode: off }\n"
		 "kernel: { mode: off }\ndata: { mode: off }\n", entries);
	load_text(text);
}

static void allow_only_the_listed_program(void **state)
{
	char entries[512];

	(void)state;
	snprintf(entries, sizeof(entries), "{tracer: %s, access: read}", self);
	load_rules(entries);
	assert_int_equal(run_self(self, "read", victim.pid), 0);
	assert_int_equal(run_self(COPY, "read", victim.pid), EACCES);
	/* Nobody else's code runs as the listed program. */
	assert_int_equal(run_self(self, "secure", 0), 1);
	assert_int_equal(run_self(COPY, "secure", 0), 0);
	/* Reading is not controlling. */
	assert_int_equal(run_self(self, "attach", victim.pid), EPERM);
}

static void allow_only_the_listed_target(void **state)
{
	pid_t sleeper = start_sleep();
	char entries[512];

	(void)state;
	snprintf(entries, sizeof(entries), "{tracer: %s, target: /usr/bin/sleep, access: attach}", self);
	load_rules(entries);
	assert_int_equal(run_self(self, "attach", sleeper), 0);
	assert_int_equal(run_self(self, "read", sleeper), 0);
	assert_int_equal(run_self(COPY, "attach", sleeper), EPERM);
	assert_int_equal(run_self(self, "attach", victim.pid), EPERM);
	assert_int_equal(run_self(self, "read", victim.pid), EACCES);
	kill(sleeper, SIGKILL);
	waitpid(sleeper, NULL, 0);
}

/* A child that forges /proc/PID/exe is still what it was at exec, and so is what it forks. */
static int forge(const void *arg)
{
	char link[256] = "";
	int status;
	pid_t pid;

	if (forge_program(arg) || readlink("/proc/self/exe", link, sizeof(link) - 1) < 0 || strcmp(link, arg))
		return EBADMSG;
	status = act("read", victim.pid);
	if (status != EACCES)
		return status;
	pid = fork();
	if (!pid)
		_exit(act("read", victim.pid));
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void deny_inherited_and_forged_identity(void **state)
{
	const struct place here = {};
	struct child child;
	char entries[512];

	(void)state;
	snprintf(entries, sizeof(entries), "{tracer: %s, access: read}", COPY);
	load_rules(entries);
	assert_int_equal(run_self(COPY, "read", victim.pid), 0);
	child = in_child(&here, forge, COPY);
	assert_int_equal(child.err, EACCES);
}

static void deny_load_of_an_entry_for_nothing(void **state)
{
	struct ran *ran;

	(void)state;
	spill(POLICY, "version: 1\nexec: { mode: enforce }\nptrace:\n  mode: enforce\n  allow:\n"
	      "    - {tracer: /nowhere, access: read}\nmodules: { mode: off }\negress: { mode: off }\n"
	      "ingress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n");
	ran = RUN(HARDENCTL, "load", "--policy", POLICY);
	assert_int_equal(ran->status, 1);
	assert_non_null(strstr(ran->err, ":6: ptrace.allow: find '/nowhere'"));
}

/* ---- Modes ---- */

static int begin(void **state)
{
	struct ran *ran;

	if (mkdir(DIR_HERE, 0755))
		assert_int_equal(errno, EEXIST);
	ran = RUN("cp", self, COPY);
	assert_int_equal(ran->status, 0);
	load_enforce(state);
	victim = start_victim(0);
	return 0;
}

static int may_read(void **state)
{
	(void)state;
	load_text("version: 1\nexec: { mode: enforce }\nptrace: { mode: enforce, read: allow }\n"
		  "modules: { mode: enforce }\negress: { mode: enforce }\ningress: { mode: off }\n"
		  "kernel: { mode: off }\ndata: { mode: off }\n");
	return 0;
}

static int end(void **state)
{
	end_victim(&victim);
	unlink(COPY);
	return unload(state);
}

/* ---- */

int main(int argc, char **argv)
{
	struct CMUnitTest denied[ARRAY_SIZE(readers) + 2], allowed[ARRAY_SIZE(readers)];
	const struct CMUnitTest rules[] = {
		cmocka_unit_test(allow_only_the_listed_program),
		cmocka_unit_test(allow_only_the_listed_target),
		cmocka_unit_test(deny_inherited_and_forged_identity),
		cmocka_unit_test(deny_load_of_an_entry_for_nothing),
	};
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (argc == 3)
		return act(argv[1], atoi(argv[2]));
	self[len > 0 ? len : 0] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		denied[i] = test_of_row("deny", readers[i].name, "", deny, &readers[i]);
		allowed[i] = test_of_row("allow", readers[i].name, "_where_reading_is", allow, &readers[i]);
	}
	denied[ARRAY_SIZE(readers)] = (struct CMUnitTest)cmocka_unit_test(allow_reading_oneself);
	denied[ARRAY_SIZE(readers) + 1] = (struct CMUnitTest)cmocka_unit_test(allow_stat_without_a_record);
	return cmocka_run_group_tests(denied, begin, NULL) +
	       cmocka_run_group_tests(rules, NULL, NULL) +
	       cmocka_run_group_tests(allowed, may_read, end);
}
