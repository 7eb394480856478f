/* SPDX-License-Identifier: GPL-2.0-only */
/* forge.h - a process that has the kernel name another program as the one that it runs. */
#ifndef HARDENCTL_SELFTESTS_FORGE_H
#define HARDENCTL_SELFTESTS_FORGE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FORGE_MAPPINGS	32

/*
 * Puts a copy without a file in the place of a mapping, which code in it survives: the C library, which makes the
 * change, is another file.
 */
static int forge_unmap(unsigned long start, unsigned long end, int prot)
{
	size_t size = end - start;
	char *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		return errno;
	memcpy(copy, (const void *)start, size);
	if (mprotect(copy, size, prot) ||
	    mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)start) == MAP_FAILED)
		return errno;
	return 0;
}

/*
 * Makes /proc/self/exe the file at `path`, by PR_SET_MM_EXE_FILE; 0 or an errno.  The kernel wants the old
 * program unmapped first.
 */
static int forge_program(const char *path)
{
	struct { unsigned long start, end; int prot; } found[FORGE_MAPPINGS];
	char self[256] = "", line[512], flags[5], file[256];
	int fd = open(path, O_RDONLY | O_CLOEXEC), count = 0, err = 0;
	FILE *maps = fopen("/proc/self/maps", "re");

	if (fd < 0 || !maps || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return EBADF;
	while (count < FORGE_MAPPINGS && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %255s", &found[count].start, &found[count].end, flags, file) != 4 ||
		    strcmp(file, self))
			continue;
		found[count++].prot = (flags[0] == 'r' ? PROT_READ : 0) | (flags[1] == 'w' ? PROT_WRITE : 0) |
				      (flags[2] == 'x' ? PROT_EXEC : 0);
	}
	fclose(maps);
	for (int i = 0; !err && i < count; i++)
		err = forge_unmap(found[i].start, found[i].end, found[i].prot);
	if (!err && prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, fd, 0, 0))
		err = errno;
	close(fd);
	return err;
}

#endif
