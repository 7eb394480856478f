/* SPDX-License-Identifier: GPL-2.0-only */
/* pressure_table.h - programs by the thousand, for the table of those whose path records show. */
#ifndef HARDENCTL_SELFTESTS_PRESSURE_TABLE_H
#define HARDENCTL_SELFTESTS_PRESSURE_TABLE_H

#include "common.h"

/* The smallest program: it ends with exit status 0.  One whose beginning is that of no shell. */
static const unsigned char tiny[] = {
	0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	2, 0, 0x3e, 0, 1, 0, 0, 0, 0x78, 0, 0x40, 0, 0, 0, 0, 0,
	0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0x40, 0, 0x38, 0, 1, 0, 0, 0, 0, 0, 0, 0,
	1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0,
	0x81, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 0, 0, 0, 0, 0,
	0, 0x10, 0, 0, 0, 0, 0, 0,
	0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05,	/* exit(0) */
};

/* A program that was never started before: its inode is new each time. */
static bool start_new(const char *dir, unsigned int i)
{
	char path[128];
	int fd, status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/tiny.%u", dir, i);
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755);
	if (fd < 0 || write(fd, tiny, sizeof(tiny)) != sizeof(tiny))
		return false;
	close(fd);
	pid = vfork();
	if (!pid) {
		execl(path, "tiny", NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	unlink(path);
	return pid > 0 && !status;
}

static __u64 lost(void)
{
	struct set_info set = live_set();
	struct recorder recorder;
	struct fail fail;
	__u64 count;

	assert_int_equal(recorder_open(&set, &recorder, &fail), 0);
	count = recorder.counters.lost[LOST_PROGRAM_TABLE];
	recorder_close(&recorder);
	return count;
}

#endif
