// SPDX-License-Identifier: GPL-2.0-only
/*
 * serial.c - the highest serial of a policy that was in force in this boot.
 *
 * In a file, as what the kernel has goes with the last set; it is there whole or not at all.
 */
#include "serial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define SERIAL_NEW	SERIAL_FILE ".new"
#define SERIAL_TEXT	24	/* decimal digits of 64 bits, newline, NUL */

static int open_run(const char *run)
{
	int dir = open(run, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return dir < 0 ? -errno : dir;
}

/* Digits and a newline, as serial_note() writes them. */
static int parse(const char *text, __u64 *ret_serial)
{
	char again[SERIAL_TEXT];

	*ret_serial = strtoull(text, NULL, 10);
	snprintf(again, sizeof(again), "%llu\n", *ret_serial);
	return strcmp(text, again) ? -EBADMSG : 0;
}

static int read_serial(int dir, __u64 *ret_serial)
{
	_cleanup_close_ int fd = openat(dir, SERIAL_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[SERIAL_TEXT];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (len < 0)
		return -errno;
	text[len] = 0;
	return parse(text, ret_serial);
}

int serial_highest(const char *run, __u64 *ret_serial, struct fail *fail)
{
	_cleanup_close_ int dir = open_run(run);
	int err = dir < 0 ? dir : read_serial(dir, ret_serial);

	if (err == -ENOENT)
		*ret_serial = err = 0;
	if (!err)
		return 0;
	return fail_set(fail, EXIT_FAILED, -err, "it is hardenctl's: reboot", "read '%s/" SERIAL_FILE "', the highest serial of this boot: %s",
			run, err == -EBADMSG ? "something else is in it" : strerror(-err));
}

static int write_serial(int dir, __u64 serial)
{
	_cleanup_close_ int fd = -1;
	char text[SERIAL_TEXT];
	ssize_t len = snprintf(text, sizeof(text), "%llu\n", serial);

	unlinkat(dir, SERIAL_NEW, 0);
	fd = openat(dir, SERIAL_NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	errno = ENOSPC;
	if (write(fd, text, len) != len || renameat(dir, SERIAL_NEW, dir, SERIAL_FILE))
		return -errno;
	return 0;
}

int serial_note(const char *run, __u64 serial, struct fail *fail)
{
	_cleanup_close_ int dir = -1;
	__u64 highest;
	int err = serial_highest(run, &highest, fail);

	if (err || serial <= highest)
		return err;
	err = mkdir(run, 0755) && errno != EEXIST ? -errno : 0;
	dir = err ? err : open_run(run);
	err = dir < 0 ? dir : write_serial(dir, serial);
	if (!err)
		return 0;
	return fail_set(fail, EXIT_FAILED, -err, NULL, "write '%s/" SERIAL_FILE "': %s", run, strerror(-err));
}
