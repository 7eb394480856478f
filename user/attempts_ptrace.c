// SPDX-License-Identifier: GPL-2.0-only
/* attempts_ptrace.c - what the ptrace guard refuses, to be tried on children. */
#include "attempts_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

#define CORE_PATTERN	"/proc/sys/kernel/core_pattern"
#define CORE_LIMIT	4096	/* the least that the kernel dumps */

/* Does something to a child that waits; returns what it returns, CANNOT_TRY without a child. */
static int to_child(int (*deed)(pid_t child))
{
	pid_t self = getpid(), child = fork();
	int err;

	if (child < 0)
		return CANNOT_TRY;
	if (!child) {
		/* Outliving a killed load, it would hold the load's lock for ever. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == self)
			pause();
		_exit(0);
	}
	err = deed(child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return err;
}

static int read_memory(pid_t child)
{
	char here = 0, there;
	struct iovec to = { &there, 1 }, from = { &here, 1 };

	return process_vm_readv(child, &to, 1, &from, 1, 0) < 0 ? errno : 0;
}

int try_attach(const struct set_info *set)
{
	(void)set;
	return to_child(read_memory);
}

static int read_link(pid_t child)
{
	char path[32], link[8];

	snprintf(path, sizeof(path), "/proc/%d/cwd", child);
	return readlink(path, link, sizeof(link)) < 0 ? errno : 0;
}

int try_read(const struct set_info *set)
{
	return set->ptrace_read ? to_child(read_link) : CANNOT_TRY;
}

static void offer_tracing(int report, const void *arg)
{
	(void)arg;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		attempt_report(report);
}

int try_traceme(const struct set_info *set)
{
	(void)set;
	return attempt_in_child(offer_tracing, NULL);
}

/*
 * By the task's clock: most other events, and every one that is let through, switch static keys in the scheduler, and
 * nobody should patch that for a proof.  So there is no attempt for the exec of a measured process either.
 */
static int measure(pid_t child)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_TASK_CLOCK,
		.disabled = 1, .exclude_kernel = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, child, -1, -1, 0);

	if (fd < 0)
		return errno == ENOSYS ? CANNOT_TRY : errno;
	close(fd);
	return 0;
}

int try_perf(const struct set_info *set)
{
	(void)set;
	return to_child(measure);
}

static int wait_for(pid_t child)
{
	int status = 0;

	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static ssize_t read_core_pattern(char *ret_text, size_t size)
{
	_cleanup_close_ int fd = open(CORE_PATTERN, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : read(fd, ret_text, size);
}

static _Noreturn void crash(const char *dir)
{
	const struct rlimit limit = { CORE_LIMIT, CORE_LIMIT };

	if (chdir(dir) || setrlimit(RLIMIT_CORE, &limit) || prctl(PR_SET_DUMPABLE, 1))
		_exit(1);
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* 0: dumped; EPERM: something kept it from that, which the counter tells. */
static int crash_in(const char *dir)
{
	pid_t child = fork();
	int status;

	if (!child)
		crash(dir);
	status = wait_for(child);
	if (child < 0 || !WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
		return CANNOT_TRY;
	return WCOREDUMP(status) ? 0 : EPERM;
}

static void remove_directory(const char *path)
{
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

/*
 * In a directory of its own, so that nothing is left of it; a core file elsewhere would be left by a guard that only
 * records.  A pattern that starts a program makes no file.
 */
int try_core(const struct set_info *set)
{
	char dir[] = "/run/hardenctl-canary.XXXXXX", pattern[256] = "";
	ssize_t len = read_core_pattern(pattern, sizeof(pattern) - 1);
	bool enforced = set->mode[GUARD_ptrace] == MODE_ENFORCE && set->before_seal[GUARD_ptrace] == MODE_ENFORCE;
	int err;

	if (len < 2 || pattern[0] == '|' || pattern[0] == '@' || (strchr(pattern, '/') && !enforced) || !mkdtemp(dir))
		return CANNOT_TRY;
	err = crash_in(dir);
	remove_directory(dir);
	return err;
}

/* Writes the value that is there anyway. */
int try_core_pattern(const struct set_info *set)
{
	_cleanup_close_ int fd = open(CORE_PATTERN, O_WRONLY | O_CLOEXEC);
	char pattern[256];
	ssize_t len = fd < 0 ? -1 : read_core_pattern(pattern, sizeof(pattern));

	(void)set;
	if (len < 0)
		return CANNOT_TRY;
	return write(fd, pattern, len) < 0 ? errno : 0;
}

/* Answers a call that nobody made, to a filter that lets everything pass. */
static void supervise(int report, const void *arg)
{
	struct sock_filter allow = { .code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW };
	struct sock_fprog program = { .len = 1, .filter = &allow };
	struct seccomp_notif_resp answer = {};
	int listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);

	(void)arg;
	if (listener < 0)
		errno = CANNOT_TRY;
	else if (!ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) || (errno != EPERM && errno != EACCES))
		errno = 0;
	attempt_report(report);
}

int try_seccomp(const struct set_info *set)
{
	(void)set;
	return attempt_in_child(supervise, NULL);
}
