// SPDX-License-Identifier: GPL-2.0-only
/* classes.c - the programs of this machine that a class of the exec policy names. */
#include "classes.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

/* Generated from the files of the same names in policies/: one string a line, a comma after each. */
static const char *const shells[] = {
#include "shells.inc"
};

static const char *const interpreters[] = {
#include "interpreters.inc"
};

static const char *const loaders[] = {
#include "loaders.inc"
};

static const struct class {
	enum exec_class class;
	__u32 kind;
	const char *const *patterns;
	size_t count;
} classes[] = {
	/* First: classes_add_loaders(). */
	{ EXEC_LOADER, KIND_exec_bprm_check_security_loader, loaders, ARRAY_SIZE(loaders) },
	{ EXEC_SHELLS, KIND_exec_bprm_check_security_shell, shells, ARRAY_SIZE(shells) },
	{ EXEC_INTERPRETERS, KIND_exec_bprm_check_security_interpreter, interpreters,
	  ARRAY_SIZE(interpreters) },
};

static const char *const directories[] = {
	"/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/usr/games",
};

/* Programs are files; a directory of that name is none. */
static int add(struct program_files *files, const char *path, __u32 kind, struct fail *fail)
{
	struct stat st;

	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return 0;
	return identities_add_at(files, AT_FDCWD, path, path, kind, fail);
}

static bool matches(const char *pattern, const char *name)
{
	/* Most differ in the first letter, and there are a hundred patterns for each of thousands of names. */
	if (pattern[0] != name[0])
		return false;
	return strpbrk(pattern, "[*?") ? !fnmatch(pattern, name, 0) : !strcmp(pattern, name);
}

int classes_find(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		for (size_t j = 0; j < classes[i].count; j++)
			if (matches(classes[i].patterns[j], strchr(classes[i].patterns[j], '/') ? path : name))
				return classes[i].class;
	return -1;
}

static int add_name(struct program_files *files, const struct class *class, const char *directory,
		    const char *name, struct fail *fail)
{
	char path[PATH_MAX];
	int err = 0;

	for (size_t i = 0; !err && i < class->count; i++) {
		if (!matches(class->patterns[i], name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, name);
		err = add(files, path, class->kind, fail);
	}
	return err;
}

static int add_directory(struct program_files *files, const struct policy *policy, const char *path,
			 struct fail *fail)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	int err = 0;

	if (!dir)
		return errno == ENOENT || errno == ENOTDIR ? 0 :
			fail_set(fail, EXIT_FAILED, errno, NULL, "look for shells in '%s': %s", path,
				 strerror(errno));
	while (!err && (entry = readdir(dir)))
		for (size_t i = 0; !err && i < ARRAY_SIZE(classes); i++)
			if (policy->exec[classes[i].class].deny)
				err = add_name(files, &classes[i], path, entry->d_name, fail);
	closedir(dir);
	return err;
}

/* On most machines /bin is /usr/bin: each is read once. */
static int add_directories(struct program_files *files, const struct policy *policy, struct fail *fail)
{
	struct stat seen[ARRAY_SIZE(directories)], *here = seen;
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(directories); i++) {
		struct stat *other = seen;

		if (stat(directories[i], here))
			continue;
		while (other < here && (other->st_dev != here->st_dev || other->st_ino != here->st_ino))
			other++;
		if (other < here)
			continue;
		here++;
		err = add_directory(files, policy, directories[i], fail);
	}
	return err;
}

static int add_paths(struct program_files *files, const struct class *class, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; !err && i < class->count; i++) {
		glob_t found;

		if (!strchr(class->patterns[i], '/') || glob(class->patterns[i], 0, NULL, &found))
			continue;
		for (size_t j = 0; !err && j < found.gl_pathc; j++)
			err = add(files, found.gl_pathv[j], class->kind, fail);
		globfree(&found);
	}
	return err;
}

int classes_add_loaders(struct program_files *files, struct fail *fail)
{
	struct class loader = classes[0];

	loader.kind = KIND_COUNT;
	return add_paths(files, &loader, fail);
}

__u32 classes_kind(int class)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if ((int)classes[i].class == class)
			return classes[i].kind;
	return KIND_COUNT;
}

static int add_etc_shells(struct program_files *files, struct fail *fail)
{
	_cleanup_file_ FILE *etc = fopen("/etc/shells", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!etc && errno != ENOENT)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "read '/etc/shells': %s",
				strerror(errno));
	while (etc && !err && getline(&line, &size, etc) >= 0) {
		line[strcspn(line, "# \t\r\n")] = 0;
		if (line[0] == '/')
			err = add(files, line, KIND_exec_bprm_check_security_shell, fail);
	}
	return err;
}

int classes_add(struct program_files *files, const struct policy *policy, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(classes); i++)
		if (policy->exec[classes[i].class].deny)
			err = add_paths(files, &classes[i], fail);
	if (!err && policy->exec[EXEC_SHELLS].deny)
		err = add_etc_shells(files, fail);
	return err ?: add_directories(files, policy, fail);
}

int classes_head(const struct program_file *file, struct head *ret_head, struct fail *fail)
{
	__u64 words[HEAD_SIZE / sizeof(__u64)] = {};
	_cleanup_close_ int fd = -1;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, words, sizeof(words)) < 0)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "read '%s' to know its copies: %s",
				file->path, strerror(errno));
	if (memcmp(words, ELFMAG, SELFMAG))
		return 0;
	memset(ret_head, 0, sizeof(*ret_head));
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		head_add(ret_head, words[i]);
	return 1;
}
