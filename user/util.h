/* SPDX-License-Identifier: GPL-2.0-only */
/* util.h - ownership by cleanup attributes. */
#ifndef HARDENCTL_UTIL_H
#define HARDENCTL_UTIL_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define MIN(a, b)		((a) < (b) ? (a) : (b))

static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void free_ptr(void *ptr)
{
	free(*(void **)ptr);
}

static inline void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define _cleanup_close_	__attribute__((cleanup(close_fd)))
#define _cleanup_free_	__attribute__((cleanup(free_ptr)))
#define _cleanup_file_	__attribute__((cleanup(close_file)))

#define TAKE_FD(fd)	({ int __fd = (fd); (fd) = -1; __fd; })
#define TAKE_PTR(ptr)	({ __typeof__(ptr) __ptr = (ptr); (ptr) = NULL; __ptr; })

#endif
