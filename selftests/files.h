/* SPDX-License-Identifier: GPL-2.0-only */
/* files.h - whole files, for tests that bring their own or change the kernel's. */
#ifndef HARDENCTL_SELFTESTS_FILES_H
#define HARDENCTL_SELFTESTS_FILES_H

#include "common.h"

#include <sys/sendfile.h>

/* To a new file that may be executed. */
static UNUSED void copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	struct stat st;

	assert_int_equal(fstat(in, &st), 0);
	out = open(to, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755);
	assert_true(out >= 0);
	while (st.st_size > 0) {
		ssize_t len = sendfile(out, in, NULL, st.st_size);

		assert_true(len > 0);
		st.st_size -= len;
	}
	assert_int_equal(fchmod(out, 0755), 0);
	close(out);
	close(in);
}

/* Writes to a file that is there, such as a sysctl; 0 or an errno. */
static UNUSED int put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return err;
}

#endif
