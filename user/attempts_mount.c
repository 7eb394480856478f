// SPDX-License-Identifier: GPL-2.0-only
/* attempts_mount.c - what kernel.mounts refuses, to be tried with file systems that nothing is in. */
#include "attempts_parts.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"
#include "set.h"
#include "util.h"

/* Most kernels have each of these, and neither module nor device is needed for one. */
static const char *const types[] = { "ramfs", "hugetlbfs", "pstore", "debugfs", "mqueue" };

static bool is_listed(int map, const char *type)
{
	struct mount_type key = {};
	struct mount_rule rule;

	strcpy(key.name, type);
	return map < 0 || bpf_map_lookup_elem(map, &key, &rule) || rule.who != MOUNT_NOBODY;
}

/* Attached nowhere, and gone when it is closed. */
int try_mount(const struct set_info *set)
{
	_cleanup_close_ int map = set_map(set->map_mounts);
	int fd;

	if (!attempt_has(set, "kernel__sb_kern_mount") && !attempt_has(set, "kernel__sb_kern_mount_root"))
		return CANNOT_TRY;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (is_listed(map, types[i]))
			continue;
		fd = kernel_mount(types[i]);
		if (fd == -ENODEV)
			continue;
		if (fd < 0)
			return -fd;
		close(fd);
		return 0;
	}
	return CANNOT_TRY;
}

/* Nothing is mounted: it ends with the name of what would be. */
int try_mount_of(const struct set_info *set)
{
	_cleanup_close_ int map = set_map(set->map_mounts);

	for (size_t i = 0; attempt_has(set, "kernel__fs_context_parse_param") && i < ARRAY_SIZE(types); i++) {
		_cleanup_close_ int context = -1;

		if (is_listed(map, types[i]))
			continue;
		context = syscall(SYS_fsopen, types[i], FSOPEN_CLOEXEC);
		if (context < 0)
			continue;
		return syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", "canary", 0) ? errno : 0;
	}
	return CANNOT_TRY;
}
