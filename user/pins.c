// SPDX-License-Identifier: GPL-2.0-only
/* pins.c - the links of the pinned leg. */
#include "pins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>


int pins_make(__u64 set, struct fail *fail)
{
	char path[PATH_MAX];
	struct statfs fs;

	if (statfs(PINS_MOUNT, &fs) || fs.f_type != BPF_FS_MAGIC)
		return fail_set(fail, EXIT_FAILED, ENOENT, "mount -t bpf bpf " PINS_MOUNT,
				"pin below '" PINS_MOUNT "': no bpf file system is mounted there");
	if (mkdir(PINS, 0700) && errno != EEXIST)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "make '%s': %s", PINS,
				strerror(errno));
	snprintf(path, sizeof(path), PINS "/%llu", (unsigned long long)set);
	if (mkdir(path, 0700))
		return fail_set(fail, EXIT_FAILED, errno, NULL, "make '%s': %s", path,
				strerror(errno));
	return 0;
}

void pins_path(__u64 set, const char *name, char *ret_path, size_t size)
{
	snprintf(ret_path, size, PINS "/%llu/%s", (unsigned long long)set, name);
}

static int empty_and_remove(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && unlinkat(fd, entry->d_name, 0) && !err)
			err = -errno;
	closedir(dir);
	if (unlinkat(parent, name, AT_REMOVEDIR) && !err)
		err = -errno;
	return err;
}

int pins_remove(__u64 set)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PINS "/%llu", (unsigned long long)set);
	return empty_and_remove(AT_FDCWD, path);
}

int pins_remove_but(__u64 keep)
{
	DIR *dir = opendir(PINS);
	struct dirent *entry;
	int err = 0, one;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || strtoull(entry->d_name, NULL, 10) == keep)
			continue;
		one = empty_and_remove(dirfd(dir), entry->d_name);
		err = err ?: one;
	}
	closedir(dir);
	if (!keep)
		rmdir(PINS);
	return err;
}
