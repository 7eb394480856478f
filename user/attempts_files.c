// SPDX-License-Identifier: GPL-2.0-only
/* attempts_files.c - what needs a file that was not there at the baseline: the attempts of exec.introduced; and devices. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "attempts.h"
#include "disks.h"
#include "set.h"
#include "util.h"

/* No kernel can make a program of an empty file: it goes through if it is refused for that. */
int try_introduced(const struct set_info *set)
{
	_cleanup_close_ int dir = set->introduced ? disks_own_directory() : -1;
	_cleanup_close_ int file = dir < 0 ? -1 : openat(dir, "canary", O_CREAT | O_RDONLY | O_CLOEXEC, 0700);
	char *argv[] = { (char *)"canary", NULL }, *envp[] = { NULL };

	if (file < 0)
		return CANNOT_TRY;
	syscall(SYS_execveat, dir, "canary", argv, envp, 0);
	return errno == EPERM || errno == EACCES ? errno : 0;
}

int try_introduced_code(const struct set_info *set)
{
	_cleanup_close_ int dir = set->introduced ? disks_own_directory() : -1;
	_cleanup_close_ int file = dir < 0 ? -1 : openat(dir, "canary", O_CREAT | O_RDONLY | O_CLOEXEC, 0600);
	void *map = file < 0 ? NULL : mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
	int err = errno;

	if (!map)
		return CANNOT_TRY;
	if (map == MAP_FAILED)
		return err;
	munmap(map, 1);
	return 0;
}

/* There is no such device: it goes through if it is refused for that. */
static int open_nothing(bool judged, mode_t type, unsigned int number)
{
	_cleanup_close_ int dir = judged ? disks_own_directory() : -1;
	int fd;

	if (dir < 0 || mknodat(dir, "canary", type | 0600, makedev(DISK_CANARY_MAJOR, number)))
		return CANNOT_TRY;
	fd = openat(dir, "canary", O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd < 0 && (errno == EPERM || errno == EACCES) ? errno : 0;
}

/* In the list of disks for this. */
int try_raw_device(const struct set_info *set)
{
	return open_nothing(set->introduced, S_IFBLK, DISK_CANARY_MINOR);
}

/* In no list of devices, but one that has all: only making it is allowed. */
int try_device(const struct set_info *set)
{
	static const __u64 lists[] = { DISK_KEY(0, 0, 1) | DEVICE_ANY, DISK_KEY(DISK_CANARY_MAJOR, 0, 1) | DEVICE_ANY_MINOR,
				       DISK_KEY(DISK_CANARY_MAJOR, DISK_CANARY_MINOR, 1) };
	_cleanup_close_ int map = set_map(set->map_devices);
	__u32 mask;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (map < 0 || !bpf_map_lookup_elem(map, &lists[i], &mask))
			return CANNOT_TRY;
	return open_nothing(set->devices, S_IFCHR, DISK_CANARY_MINOR);
}

/* For nobody, of what data.protect lists. */
int try_protected_device(const struct set_info *set)
{
	return open_nothing(set->data_devices, S_IFCHR, PROTECT_CANARY_MINOR);
}
