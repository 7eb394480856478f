/* SPDX-License-Identifier: GPL-2.0-only */
/* modules.h - modules of the running kernel, and how one has them loaded. */
#ifndef HARDENCTL_SELFTESTS_MODULES_H
#define HARDENCTL_SELFTESTS_MODULES_H

#include "child.h"

#include <limits.h>
#include <linux/module.h>
#include <sys/mman.h>
#include <sys/utsname.h>

/* For section egress of POLICY_TEXT: sockets whose module the kernel then asks for. */
#define EGRESS_ALG	"enforce\n  sockets: [{family: alg}]"

static UNUSED bool is_locked_down(void)
{
	char text[64];

	slurp("/sys/kernel/security/lockdown", text, sizeof(text));
	return strstr(text, "[confidentiality]");
}

/* Whether this kernel lets a program read texts and images: 6.1 does not where it is locked down. */
static UNUSED bool tells_texts(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	assert_int_equal(uname(&name), 0);
	assert_int_equal(sscanf(name.release, "%u.%u", &major, &minor), 2);
	return major > 6 || (major == 6 && minor > 1) || !is_locked_down();
}

static UNUSED bool ends(const char *text, const char *end)
{
	size_t len = strlen(text), tail = strlen(end);

	return len >= tail && !strcmp(text + len - tail, end);
}

/* The file of a module as the kernel's package ships it, by modules.dep. */
static UNUSED void find_module(const char *name, char *ret_path, size_t size)
{
	char path[PATH_MAX], line[4096], base[64];
	struct utsname kernel;
	FILE *in;

	assert_int_equal(uname(&kernel), 0);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", kernel.release);
	snprintf(base, sizeof(base), "/%s.ko", name);
	in = fopen(path, "re");
	assert_non_null(in);
	ret_path[0] = 0;
	while (!ret_path[0] && fgets(line, sizeof(line), in)) {
		char found[512], *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = 0;
		if (!strstr(line, base))
			continue;
		snprintf(found, sizeof(found), "/lib/modules/%s/%.300s", kernel.release, line);
		assert_non_null(realpath(found, path));
		snprintf(ret_path, size, "%s", path);
	}
	fclose(in);
	if (!ret_path[0])
		fail_msg("this kernel has no module %s", name);
}

/* The same as a plain file, whether it is shipped compressed or not. */
static UNUSED void copy_module(const char *name, const char *path)
{
	char found[PATH_MAX], compressed[PATH_MAX];

	find_module(name, found, sizeof(found));
	snprintf(compressed, sizeof(compressed), "%s.xz", path);
	assert_int_equal(RUN("cp", found, ends(found, ".xz") ? compressed : path)->status, 0);
	if (ends(found, ".xz"))
		assert_int_equal(RUN("xz", "-d", "-f", compressed)->status, 0);
}

static UNUSED bool is_loaded(const char *module)
{
	char text[65536], line[64];

	slurp("/proc/modules", text, sizeof(text));
	snprintf(line, sizeof(line), "\n%s ", module);
	return strstr(text, line) || !strncmp(text, line + 1, strlen(line + 1));
}

/* 0 or an errno, as all of these. */
static UNUSED int finit_module(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return EBADF;
	err = syscall(SYS_finit_module, fd, "", flags) ? errno : 0;
	close(fd);
	return err;
}

/* The image of a plain file, from memory. */
static UNUSED int init_module_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	struct stat st;
	void *image;

	if (fd < 0 || fstat(fd, &st))
		return EBADF;
	image = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (image == MAP_FAILED)
		return EBADF;
	err = syscall(SYS_init_module, image, st.st_size, "") ? errno : 0;
	munmap(image, st.st_size);
	return err;
}

#endif
