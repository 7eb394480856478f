// SPDX-License-Identifier: GPL-2.0-only
/* attempts_data.c - opening and changing what data.protect gives to other programs. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempts_parts.h"
#include "set.h"
#include "util.h"

static int try_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* To the mode that it has. */
static int try_mode(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return CANNOT_TRY;
	return chmod(path, st.st_mode & 07777) ? errno : 0;
}

/* The first of such a type that is still there.  A path that was cut is another one. */
static int try_first(const struct set_info *set, bool files, bool directories, int (*try)(const char *path))
{
	_cleanup_close_ int map = set->protected_names ? set_map(set->map_protected_names) : -1;
	struct protected_name name;
	struct stat st;

	for (__u32 i = 0; map >= 0 && i < set->protected_names; i++)
		if (!bpf_map_lookup_elem(map, &i, &name) && strnlen(name.path, sizeof(name.path)) < sizeof(name.path) - 1 &&
		    !stat(name.path, &st) && ((files && S_ISREG(st.st_mode)) || (directories && S_ISDIR(st.st_mode))))
			return try(name.path);
	return CANNOT_TRY;
}

int try_protected_file(const struct set_info *set)
{
	return try_first(set, /* files= */ true, /* directories= */ false, try_open);
}

/* Until the seal hardenctl may. */
int try_protected_directory(const struct set_info *set)
{
	return try_first(set, /* files= */ false, /* directories= */ true, try_open);
}

int try_protected_mode(const struct set_info *set)
{
	return try_first(set, /* files= */ true, /* directories= */ true, try_mode);
}
