// SPDX-License-Identifier: GPL-2.0-only
/* attempts_kernel.c - what the kernel guard refuses, to be tried for real. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "attempts_parts.h"
#include "util.h"

/* Whoever gets it may use every I/O port, and uses none; it ends with the child. */
static void raise_privilege(int report, const void *arg)
{
	(void)arg;
	/* Who has it already, as whoever started hardenctl may have, is not asked again. */
	if (iopl(0) || iopl(3))
		attempt_report(report);
}

/* Opened, and not read. */
static int open_kcore(void)
{
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == EPERM || errno == EACCES ? errno : CANNOT_TRY;
	close(fd);
	return 0;
}

int try_lockdown(const struct set_info *set)
{
	int err = set->kernel_tries & KERNEL_TRY_IOPORT ? attempt_in_child(raise_privilege, NULL) : CANNOT_TRY;

	/* A kernel without CONFIG_X86_IOPL_IOPERM. */
	if (err == ENOSYS || err == EINVAL)
		err = CANNOT_TRY;
	return err == CANNOT_TRY && (set->kernel_tries & KERNEL_TRY_KCORE) ? open_kcore() : err;
}

static bool denied(const struct set_info *set, enum kernel_class class)
{
	return set->kernel_deny & 1 << class;
}

/* EPERM is also what kernel.io_uring_disabled says. */
static int made(int fd)
{
	int err = errno;

	if (fd < 0)
		return err == EPERM || err == EACCES ? err : CANNOT_TRY;
	close(fd);
	return 0;
}

int try_uring(const struct set_info *set)
{
	struct io_uring_params params = {};

	return denied(set, KERNEL_IO_URING) ? made(syscall(SYS_io_uring_setup, 1, &params)) : CANNOT_TRY;
}

int try_userfault(const struct set_info *set)
{
	return denied(set, KERNEL_USERFAULTFD) ? made(syscall(SYS_userfaultfd, O_CLOEXEC)) : CANNOT_TRY;
}

/* It ends with the child.  There may be as many as there may be. */
static void unshare_user(int report, const void *arg)
{
	(void)arg;
	if (!unshare(CLONE_NEWUSER))
		return;
	if (errno != EPERM && errno != EACCES)
		errno = CANNOT_TRY;
	attempt_report(report);
}

int try_userns(const struct set_info *set)
{
	return denied(set, KERNEL_USER_NAMESPACES) ? attempt_in_child(unshare_user, NULL) : CANNOT_TRY;
}

/* Beyond what a period can be, which the kernel only says after it asked for permission: there is no event either way. */
int try_measuring(const struct set_info *set)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_TASK_CLOCK, .disabled = 1,
		.exclude_kernel = 1, .sample_period = 1ull << 63,
	};
	int fd;

	if (!denied(set, KERNEL_PERF))
		return CANNOT_TRY;
	fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd >= 0)
		close(fd);
	if (fd < 0 && errno == ENOSYS)
		return CANNOT_TRY;
	return fd < 0 && (errno == EPERM || errno == EACCES) ? errno : 0;
}

#define NO_SUCH_ZONE	(16 * 60)	/* minutes west: the kernel takes up to fifteen hours, after it asked for permission */

int try_clock(const struct set_info *set)
{
	const struct timezone zone = { .tz_minuteswest = NO_SUCH_ZONE };

	(void)set;
	/* The C library passes no time zone on. */
	if (!syscall(SYS_settimeofday, NULL, &zone))
		return 0;
	return errno == EPERM || errno == EACCES ? errno : 0;
}

/* A file of no length, in memory, holds no swap. */
int try_swap(const struct set_info *set)
{
	_cleanup_close_ int fd = memfd_create("canary", MFD_CLOEXEC);
	char path[64];

	(void)set;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0)
		return CANNOT_TRY;
	if (!swapon(path, 0)) {
		swapoff(path);
		return 0;
	}
	if (errno == ENOSYS)
		return CANNOT_TRY;
	return errno == EPERM || errno == EACCES ? errno : 0;
}
