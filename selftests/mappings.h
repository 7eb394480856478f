/* SPDX-License-Identifier: GPL-2.0-only */
/* mappings.h - every way to come by executable memory, to be tried by the test itself or by a copy of it. */
#ifndef HARDENCTL_SELFTESTS_MAPPINGS_H
#define HARDENCTL_SELFTESTS_MAPPINGS_H

#include "child.h"

#include <dlfcn.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>

/* A tmpfs, so that nothing of it is listed by chance. */
#define DIR		"/tmp/mappings_test"
#define LISTED		DIR "/tree/talker.so"
#define UNLISTED	DIR "/unlisted.so"
#define DATA		DIR "/data"

#define RW	(PROT_READ | PROT_WRITE)
#define RX	(PROT_READ | PROT_EXEC)
#define RWX	(RW | PROT_EXEC)

/* Something to be mapped with one protection, written perhaps, and given another one. */
struct mapping {
	const char *name;
	attempt_fn how;		/* NULL: mmap and mprotect */
	int (*source)(const struct mapping *mapping);	/* a descriptor; NULL: anonymous memory */
	const char *path;	/* of the source, or of what is opened */
	int first, flags, then;	/* then: 0, or what mprotect asks for */
	bool touch;
};

static int source_file(const struct mapping *mapping)
{
	bool writes = (mapping->flags & MAP_SHARED) && ((mapping->first | mapping->then) & PROT_WRITE);

	return open(mapping->path, (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
}

static int filled(int fd)
{
	return fd < 0 || ftruncate(fd, 4096) ? -1 : fd;
}

static int source_memfd(const struct mapping *mapping)
{
	(void)mapping;
	return filled(memfd_create("mapping", MFD_CLOEXEC));
}

static int source_unlinked(const struct mapping *mapping)
{
	int fd = open(DIR "/unlinked", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0700);

	(void)mapping;
	unlink(DIR "/unlinked");
	return filled(fd);
}

/* A file with a link that is in no directory all the same. */
static int source_ring(const struct mapping *mapping)
{
	struct io_uring_params params = {};

	(void)mapping;
	return syscall(SYS_io_uring_setup, 4, &params);
}

static int by_mapping(const struct mapping *mapping)
{
	int fd = mapping->source ? mapping->source(mapping) : -1;
	char *at;

	if (mapping->source && fd < 0)
		return EBADF;
	at = mmap(NULL, 4096, mapping->first, mapping->flags | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
	if (at == MAP_FAILED)
		return errno;
	if (mapping->touch)
		*(volatile char *)at = 1;
	return mapping->then && mprotect(at, 4096, mapping->then) ? errno : 0;
}

static int try_mapping(const void *arg)
{
	const struct mapping *mapping = arg;

	return mapping->how ? mapping->how(mapping) : by_mapping(mapping);
}

static UNUSED int by_pkey(const void *arg)
{
	void *at = mmap(NULL, 4096, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)arg;
	/* Without a key it is mprotect: not every processor has keys. */
	return syscall(SYS_pkey_mprotect, at, 4096, RX, -1) ? errno : 0;
}

static UNUSED int by_heap(const void *arg)
{
	const struct mapping *mapping = arg;
	char *at = sbrk(3 * 4096);

	at = (char *)(((uintptr_t)at + 4095) & ~4095ul);
	*at = 1;
	return mprotect(at, 4096, mapping->then) ? errno : 0;
}

static UNUSED int by_stack(const void *arg)
{
	const struct mapping *mapping = arg;
	char *here = (char *)((uintptr_t)__builtin_frame_address(0) & ~4095ul);

	return mprotect(here, 4096, mapping->then) ? errno : 0;
}

static UNUSED int by_shmat(const void *arg)
{
	const struct mapping *mapping = arg;
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0700), err;

	if (id < 0)
		return EBADF;
	err = shmat(id, NULL, mapping->first & PROT_EXEC ? SHM_EXEC : 0) == (void *)-1 ? errno : 0;
	shmctl(id, IPC_RMID, NULL);
	return err;
}

/* From now on what can be read can be executed; a child does it, and ends. */
static UNUSED int by_personality(const void *arg)
{
	personality(READ_IMPLIES_EXEC);
	return by_mapping(arg);
}

static UNUSED int by_dlopen(const void *arg)
{
	const struct mapping *mapping = arg;

	if (dlopen(mapping->path, RTLD_NOW))
		return 0;
	return strstr(dlerror(), "failed to map segment") ? EPERM : EBADF;
}

/* ---- One's own memory by its file ---- */

static int open_for(const char *path, const struct mapping *mapping)
{
	int fd = open(path, (mapping->then & PROT_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC), err = errno;

	close(fd);
	return fd < 0 ? err : 0;
}

static UNUSED int by_open(const void *arg)
{
	const struct mapping *mapping = arg;

	return open_for(mapping->path, mapping);
}

static int other, done[2];

static void *wait_for_end(void *arg)
{
	char byte;

	(void)arg;
	other = gettid();
	if (write(done[1], "", 1) != 1 || read(done[0], &byte, 1) < 0)
		return NULL;
	for (;;)
		pause();
	return NULL;
}

/* /proc has a directory for each thread, which only its list leaves out. */
static UNUSED int by_thread(const void *arg)
{
	pthread_t thread;
	char path[32];

	if (pipe(done) || pthread_create(&thread, NULL, wait_for_end, NULL))
		return EBADF;
	while (!*(volatile int *)&other)
		usleep(1000);
	snprintf(path, sizeof(path), "/proc/%d/mem", other);
	return open_for(path, arg);
}

struct shared {
	const struct mapping *mapping;
	pid_t parent;
	int err;
};

static int open_parent(void *arg)
{
	struct shared *shared = arg;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/mem", shared->parent);
	shared->err = open_for(path, shared->mapping);
	return 0;
}

/* Another process, with the same memory: the kernel asks no ptrace hook. */
static UNUSED int by_sharer(const void *arg)
{
	static char stack[65536] __attribute__((aligned(16)));
	struct shared shared = { .mapping = arg, .parent = getpid(), .err = EBADF };
	pid_t pid = clone(open_parent, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &shared);

	waitpid(pid, NULL, 0);
	return shared.err;
}

#endif
