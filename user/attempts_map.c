// SPDX-License-Identifier: GPL-2.0-only
/* attempts_map.c - executable memory: the attempts of exec.libraries and exec.jit. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attempts.h"
#include "disks.h"
#include "util.h"

/* What a mapping meets that is to be executable, at once or later.  Without a descriptor it is anonymous memory. */
static int map_code(int fd, bool later)
{
	int flags = MAP_PRIVATE | (fd < 0 ? MAP_ANONYMOUS : 0), err = 0;
	size_t len = getpagesize();
	void *code = mmap(NULL, len, later ? PROT_READ : PROT_READ | PROT_EXEC, flags, fd, 0);

	if (code == MAP_FAILED)
		return errno;
	if (later && mprotect(code, len, PROT_READ | PROT_EXEC))
		err = errno;
	munmap(code, len);
	return err;
}

/* A new file is in no list. */
static int map_new(const struct set_info *set, bool later)
{
	_cleanup_close_ int dir = set->libraries ? disks_own_directory() : -1;
	_cleanup_close_ int fd = dir < 0 ? -1 : openat(dir, "canary", O_CREAT | O_RDONLY | O_CLOEXEC, 0600);

	return fd < 0 ? CANNOT_TRY : map_code(fd, later);
}

int try_library(const struct set_info *set)
{
	return map_new(set, /* later= */ false);
}

int try_library_later(const struct set_info *set)
{
	return map_new(set, /* later= */ true);
}

int try_jit(const struct set_info *set)
{
	return set->jit ? map_code(-1, /* later= */ false) : CANNOT_TRY;
}

int try_jit_later(const struct set_info *set)
{
	return set->jit ? map_code(-1, /* later= */ true) : CANNOT_TRY;
}

int try_own_memory(const struct set_info *set)
{
	_cleanup_close_ int fd = set->jit ? open("/proc/self/mem", O_RDWR | O_CLOEXEC) : -1;

	if (!set->jit)
		return CANNOT_TRY;
	return fd < 0 ? errno : 0;
}
