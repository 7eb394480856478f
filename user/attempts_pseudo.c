// SPDX-License-Identifier: GPL-2.0-only
/* attempts_pseudo.c - files that configure the kernel: opened for writing, and not written. */
#include "attempts_parts.h"

#include <asm/mtrr.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
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

/* Memory of no size has no type: it goes through if it is refused for that. */
int try_memory_type(const struct set_info *set)
{
	struct mtrr_sentry entry = { .type = MTRR_NUM_TYPES };
	int fd = open("/proc/mtrr", O_RDONLY | O_CLOEXEC), err;

	(void)set;
	if (fd < 0)
		return CANNOT_TRY;
	err = ioctl(fd, MTRRIOC_ADD_ENTRY, &entry) ? errno : 0;
	close(fd);
	return err == EPERM || err == EACCES ? err : 0;
}
