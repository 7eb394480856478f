// SPDX-License-Identifier: GPL-2.0-only
/* libraries.c - exec.libraries and exec.jit: the files that may be code besides programs, and who needs none. */
#include "libraries.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "classes.h"
#include "util.h"

static int add(struct program_files *files, const char *path, __u32 flags, struct fail *fail)
{
	size_t before = files->count;
	int err = identities_add_at(files, AT_FDCWD, path, path, KIND_COUNT, fail);
	struct stat st;

	if (err || files->count == before)
		return err;
	files->list[before].flags = flags;
	if (!fstat(files->list[before].fd, &st) && S_ISREG(st.st_mode))
		return 0;
	return fail_set(fail, EXIT_FAILED, EINVAL, "a directory has a slash at its end",
			"identify '%s': it is not a regular file", path);
}

/* 1: what the kernel or the dynamic loader could map as code; 0: another file, such as a module or an object. */
static int is_code(const char *path, struct fail *fail)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	Elf64_Ehdr header;
	ssize_t len = fd < 0 ? -1 : read(fd, &header, sizeof(header));

	if (len < 0)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "exec.libraries: read '%s': %s", path, strerror(errno));
	/* e_type stands at the same place in both classes. */
	return len > (ssize_t)offsetof(Elf64_Ehdr, e_machine) && !memcmp(header.e_ident, ELFMAG, SELFMAG) &&
	       (header.e_type == ET_DYN || header.e_type == ET_EXEC);
}

/* Links lead out of the tree. */
static int add_tree(struct program_files *files, char *path, struct fail *fail)
{
	char *const paths[] = { path, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	int err = 0;

	while (tree && !err && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_F && S_ISREG(entry->fts_statp->st_mode)) {
			err = is_code(entry->fts_accpath, fail);
			err = err > 0 ? add(files, entry->fts_accpath, IDENTITY_MAP, fail) : err;
		} else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR) {
			err = fail_set(fail, EXIT_FAILED, entry->fts_errno, NULL, "exec.libraries: read '%s': %s",
				       entry->fts_path, strerror(entry->fts_errno));
		}
	}
	if (tree)
		fts_close(tree);
	return err;
}

static int add_rules(struct program_files *files, const struct policy *policy, const struct path_rules *rules,
		     const char *key, __u32 flags, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; !err && i < rules->count; i++) {
		const struct path_rule *rule = &rules->list[i];
		bool tree = rule->path[strlen(rule->path) - 1] == '/';
		size_t before = files->count;

		err = tree ? add_tree(files, rule->path, fail) : add(files, rule->path, flags, fail);
		if (!err && files->count == before)
			err = fail_set(fail, EXIT_FAILED, ENOENT, "name what is there, or leave the entry out",
				       "%s:%u: %s: find %s'%s': %s", policy->files[rule->where.file],
				       rule->where.line, key, tree ? "a library below " : "", rule->path,
				       strerror(ENOENT));
	}
	return err;
}

/*
 * What hardenctl runs on, for itself alone: whoever can't run status does not know what is in force, and a policy need
 * not list for everybody what nobody else needs.
 */
static int add_own(struct program_files *files, struct fail *fail)
{
	_cleanup_file_ FILE *maps = fopen("/proc/self/maps", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!maps)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "read '/proc/self/maps': %s", strerror(errno));
	while (!err && getline(&line, &size, maps) > 0) {
		char prot[5], path[PATH_MAX];

		if (sscanf(line, "%*s %4s %*s %*s %*s %4095[^\n]", prot, path) == 2 && prot[2] == 'x' && path[0] == '/')
			err = add(files, path, IDENTITY_OWN_MAP, fail);
	}
	return err;
}

int libraries_add(struct program_files *files, const struct policy *policy, struct fail *fail)
{
	size_t first = files->count;
	int err = 0;

	if (policy->libraries.set) {
		err = classes_add_loaders(files, fail);
		for (size_t i = first; i < files->count; i++)
			files->list[i].flags = IDENTITY_MAP;
		err = err ?: add_own(files, fail);
		err = err ?: add_rules(files, policy, &policy->libraries, "exec.libraries", IDENTITY_MAP, fail);
	}
	return err ?: add_rules(files, policy, &policy->jit, "exec.jit", IDENTITY_JIT, fail);
}

int libraries_check(const struct program_files *files, struct fail *fail)
{
	const __u32 both = IDENTITY_SELF | IDENTITY_JIT;

	for (size_t i = 0; i < files->count; i++)
		if ((files->list[i].flags & both) == both)
			return fail_set(fail, EXIT_FAILED, EINVAL, "leave it out",
					"exec.jit: hardenctl can't be listed: it proves that others are refused");
	return 0;
}
