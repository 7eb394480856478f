/* SPDX-License-Identifier: GPL-2.0-only */
/* pressure.h - a kernel that is short of memory. */
#ifndef HARDENCTL_SELFTESTS_PRESSURE_H
#define HARDENCTL_SELFTESTS_PRESSURE_H

#include "common.h"

#include <sys/mman.h>

static UNUSED void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	sync();
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "3", 1), 1);
	close(fd);
}

static UNUSED size_t available(void)
{
	char text[4096], *at;

	slurp("/proc/meminfo", text, sizeof(text));
	at = strstr(text, "\nMemAvailable:");
	assert_non_null(at);
	return strtoul(at + 14, NULL, 10) << 10;
}

/* All but a little of the memory, for a moment, by a child that is the first to go if that was too much. */
static UNUSED void use_memory(void)
{
	size_t size = available();
	pid_t child = fork();
	int status, fd;
	char *all;

	if (!child) {
		fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "1000", 4) != 4)
			_exit(1);
		all = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		for (size_t at = 0; all != MAP_FAILED && at < size - (16 << 20); at += 4096)
			all[at] = 1;
		_exit(all == MAP_FAILED);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
}

#endif
