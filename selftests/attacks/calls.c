// SPDX-License-Identifier: GPL-2.0-only
/* calls.c - attacks by system calls: the clock, rings of io_uring, keys. */
#include "attacks.h"

#include <linux/keyctl.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

#define STEP		1000	/* s */
#define RING_SIZE	4096	/* of one entry: no more can be mapped */

/* ---- The clock ---- */

static time_t ahead(void)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return real.tv_sec - boot.tv_sec;
}

/* Whether the clock has been stepped since it was `from` ahead; sets it back. */
static bool was_stepped(time_t from)
{
	time_t by = ahead() - from;
	struct timespec now;

	if (by > -STEP / 2 && by < STEP / 2)
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec -= by;
	clock_settime(CLOCK_REALTIME, &now);
	return true;
}

static enum outcome clock_steps(void)
{
	enum outcome outcome = at_first();
	struct timex timex = {};
	struct timespec now;
	struct timeval day;
	time_t from = ahead();

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += STEP;
	clock_settime(CLOCK_REALTIME, &now);
	try_way(&outcome, "clock_settime", was_stepped(from));
	gettimeofday(&day, NULL);
	day.tv_sec += STEP;
	settimeofday(&day, NULL);
	try_way(&outcome, "settimeofday", was_stepped(from));
	if (adjtimex(&timex) < 0)
		return disturbed("reading how the clock runs: %s", strerror(errno));
	return outcome;
}

static enum outcome clock_offset(void)
{
	struct timex timex = { .modes = ADJ_SETOFFSET, .time.tv_sec = STEP };
	time_t from = ahead();

	adjtimex(&timex);
	if (ahead() - from < STEP / 2)
		return HELD;
	timex.time.tv_sec = -STEP;
	adjtimex(&timex);
	return loosened("adjtimex stepped the clock");
}

/* ---- Rings ---- */

int by_ring(const struct io_uring_sqe *sqe)
{
	const struct io_uring_params *params = &kept.ring_params;
	struct io_uring_sqe *entries;
	__u32 *tail, *head, *array;
	char *rings;
	int err;

	rings = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, kept.ring, IORING_OFF_SQ_RING);
	entries = mmap(NULL, sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, kept.ring, IORING_OFF_SQES);
	if (rings == MAP_FAILED || entries == MAP_FAILED)
		return -errno;
	tail = (__u32 *)(rings + params->sq_off.tail);
	array = (__u32 *)(rings + params->sq_off.array);
	head = (__u32 *)(rings + params->cq_off.head);
	entries[0] = *sqe;
	array[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	err = syscall(SYS_io_uring_enter, kept.ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0 ? -errno : 0;
	if (!err) {
		__u32 mask = *(__u32 *)(rings + params->cq_off.ring_mask);

		err = ((struct io_uring_cqe *)(rings + params->cq_off.cqes))[*head & mask].res;
		__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	}
	munmap(rings, RING_SIZE);
	munmap(entries, sizeof(*sqe));
	return err;
}

static enum outcome new_rings(void)
{
	static const __u32 flags[] = { 0, IORING_SETUP_SQPOLL, IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE };
	enum outcome outcome = at_first();

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		struct io_uring_params params = { .flags = flags[i], .cq_entries = 8 };
		int ring = syscall(SYS_io_uring_setup, 1, &params);

		try_way(&outcome, "io_uring_setup", ring >= 0);
		close(ring);
	}
	try_way(&outcome, "userfaultfd", close(syscall(SYS_userfaultfd, O_CLOEXEC)) == 0);
	if (eventfd(0, EFD_CLOEXEC) < 0)
		return disturbed("eventfd: %s", strerror(errno));
	return outcome;
}

static int open_by_ring(const char *path, int flags)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT, .flags = IOSQE_ASYNC, .fd = AT_FDCWD, .addr = (__u64)path,
		.open_flags = flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
	};

	return by_ring(&sqe);
}

/* By a thread that the kernel makes for a ring from before the seal. */
static enum outcome files_by_ring(void)
{
	static const struct { const char *path; int flags; } files[] = {
		{ "/sys/module/printk/parameters/time", O_WRONLY }, { "/proc/sysrq-trigger", O_WRONLY },
		{ "/proc/kcore", O_RDONLY }, { "/dev/kmsg", O_WRONLY }, { "/dev/port", O_RDONLY },
		{ BINARY, O_WRONLY },
	};
	enum outcome outcome = at_first();

	if (kept.ring < 0)
		return NOT_HERE;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		/* hardenctl's files are guarded from the load on, and this file may be running. */
		if (!kept.sealer && !strcmp(files[i].path, BINARY))
			continue;
		try_way(&outcome, files[i].path, open_by_ring(files[i].path, files[i].flags) >= 0);
	}
	if (open_by_ring("/etc/passwd", O_RDONLY) < 0)
		return disturbed("a ring opens no file at all");
	return outcome;
}

/* ---- Keys ---- */

/* As /proc/keys has it; 0: there is none. */
static int keyring(const char *name)
{
	static char text[65536];
	char *at, *line;

	slurp("/proc/keys", text, sizeof(text));
	at = strstr(text, name);
	if (!at)
		return 0;
	for (line = at; line > text && line[-1] != '\n'; line--)
		;
	return strtoul(line, NULL, 16);
}

/* Whose keys the kernel trusts; the kernel itself refuses these. */
static enum outcome keys(void)
{
	static const char *const names[] = { ".builtin_trusted_keys", ".secondary_trusted_keys", ".platform", ".machine", ".ima" };
	enum outcome outcome = HELD;
	long own = syscall(SYS_add_key, "user", "attack", "key", 3, KEY_SPEC_PROCESS_KEYRING);

	if (own < 0)
		return disturbed("a key of one's own: %s", strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int ring = keyring(names[i]);

		if (!ring)
			continue;
		if (syscall(SYS_add_key, "asymmetric", "attack", "key", 3, ring) >= 0 ||
		    syscall(SYS_keyctl, KEYCTL_LINK, own, ring) >= 0)
			outcome = loosened("the keyring %s", names[i]);
	}
	return outcome == HELD && !kept.sealer ? NOT_HERE : outcome;
}

/* ---- */

void keep_calls(void)
{
	kept.ring = syscall(SYS_io_uring_setup, 1, &kept.ring_params);
	assert_true(kept.ring >= 0);
}

static const char no_hook[] = "no hook is asked (README); records go by the time since the boot, too";

const struct attack attacks_calls[] = {
	{ "clock_steps", 76, clock_steps, 0, NULL },
	{ "clock_offset", 76, clock_offset, 0, no_hook },
	{ "new_rings", 77, new_rings, 0, NULL },
	{ "files_by_ring", 77, files_by_ring, 0, NULL },
	{ "keys", 78, keys, 0, NULL },
	{},
};
