// SPDX-License-Identifier: GPL-2.0-only
/* attempts_pseudo.c - files that configure the kernel: opened for writing, and not written. */
#include "attempts_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int open_for_writing(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == EROFS ? CANNOT_TRY : errno;
	close(fd);
	return 0;
}

int try_module_parameter(const struct set_info *set)
{
	(void)set;
	return open_for_writing("/sys/module/printk/parameters/time");
}

int try_sysfs(const struct set_info *set)
{
	return set->sysfs ? CANNOT_TRY : open_for_writing("/sys/kernel/rcu_normal");
}

int try_pseudo_file(const struct set_info *set)
{
	(void)set;
	return open_for_writing("/proc/sysrq-trigger");
}
