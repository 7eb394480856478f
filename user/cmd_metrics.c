// SPDX-License-Identifier: GPL-2.0-only
/* cmd_metrics.c - what is in force and what was refused, for Prometheus. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "metrics.h"
#include "util.h"

static int write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t written = write(fd, text, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text += written;
		size -= written;
	}
	return 0;
}

/* Its name does not end in .prom, so that node_exporter, which may run as anybody, does not take it up. */
static int write_beside(const char *path, const char *text, size_t size)
{
	_cleanup_free_ char *temporary = NULL;
	_cleanup_close_ int fd = -1;
	int err;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write_all(fd, text, size);
	if (!err && (fchmod(fd, 0644) || fsync(fd) || rename(temporary, path)))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

static int write_textfile(const struct metrics *metrics, const char *path)
{
	_cleanup_free_ char *text = NULL;
	struct fail fail;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int err = -ENOMEM;

	if (out) {
		metrics_write(metrics, out);
		if (!fclose(out))
			err = write_beside(path, text, size);
	}
	if (!err)
		return EXIT_DONE;
	fail_set(&fail, EXIT_FAILED, -err, err == -ENOENT ? "make its directory" : NULL,
		 "metrics: write '%s': %s", path, strerror(-err));
	return cmd_failed(&fail);
}

int cmd_metrics(int argc, char **argv)
{
	const char *path = NULL;
	const struct option_row rows[] = { { "--textfile", NULL, NULL, &path }, {} };
	int code = cmd_options("metrics", argc, argv, rows, &argc);
	struct metrics metrics;
	struct kernel kernel;
	struct fail fail;

	if (code >= 0)
		return code;
	if (argc > 1)
		return cmd_usage("metrics", "takes no argument '%s'", argv[1]);
	if (path && !*path)
		return cmd_usage("metrics", "--textfile wants the name of a file");
	kernel_ask(&kernel);
	code = cmd_preflight(&kernel, /* quiet= */ false);
	if (code >= 0)
		return code;
	if (metrics_read(&metrics, &fail))
		return cmd_failed(&fail);
	if (path)
		return write_textfile(&metrics, path);
	metrics_write(&metrics, stdout);
	return EXIT_DONE;
}
