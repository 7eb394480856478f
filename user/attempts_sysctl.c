// SPDX-License-Identifier: GPL-2.0-only
/* attempts_sysctl.c - a dangerous setting, written with the value that it has anyway. */
#include "attempts_parts.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "set.h"
#include "util.h"

/* Of every kernel; the policy may list some. */
static const char *const names[] = { "kernel/randomize_va_space", "kernel/kptr_restrict", "kernel/dmesg_restrict" };

static bool refused(int map, const char *name)
{
	struct sysctl_key key = { .prefixlen = 8 * SYSCTL_MAX };
	__u32 verdict;

	snprintf(key.name, sizeof(key.name), "%s", name);
	return !bpf_map_lookup_elem(map, &key, &verdict) && verdict == SYSCTL_DANGEROUS;
}

static int write_again(const char *name)
{
	char path[SYSCTL_MAX + 16], value[64];
	ssize_t len;
	int fd, err;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, value, sizeof(value));
	err = len <= 0 ? CANNOT_TRY : pwrite(fd, value, len, 0) < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	return err;
}

int try_sysctl(const struct set_info *set)
{
	_cleanup_close_ int map = set_map(set->map_sysctls);

	for (size_t i = 0; map >= 0 && i < ARRAY_SIZE(names); i++)
		if (refused(map, names[i]))
			return write_again(names[i]);
	return CANNOT_TRY;
}
