// SPDX-License-Identifier: GPL-2.0-only
/* programs.c - exec.allow: the programs that a policy lists. */
#include "programs.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#include "classes.h"

#define ANY_EXEC	(S_IXUSR | S_IXGRP | S_IXOTH)

static int add(struct program_files *files, const struct exec_rule *rule, const char *path, struct fail *fail)
{
	size_t before = files->count;
	int err = identities_add_at(files, AT_FDCWD, path, path, KIND_COUNT, fail);

	if (err || files->count == before)
		return err;
	files->list[before].flags = IDENTITY_RUN;
	files->list[before].overrides = classes_kind(rule->class);
	return 0;
}

/* Links lead out of the tree, and what can't be executed is no program. */
static int add_tree(struct program_files *files, const struct exec_rule *rule, struct fail *fail)
{
	char *const paths[] = { rule->path, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	int err = 0;

	while (tree && !err && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_F && entry->fts_statp->st_mode & ANY_EXEC)
			err = add(files, rule, entry->fts_accpath, fail);
		else if (entry->fts_info == FTS_DNR || (entry->fts_info == FTS_ERR))
			err = fail_set(fail, EXIT_FAILED, entry->fts_errno, NULL, "exec.allow: read '%s': %s",
				       entry->fts_path, strerror(entry->fts_errno));
	}
	if (tree)
		fts_close(tree);
	return err;
}

static int add_rule(struct program_files *files, const struct policy *policy, const struct exec_rule *rule,
		    struct fail *fail)
{
	bool tree = rule->path[strlen(rule->path) - 1] == '/';
	size_t before = files->count;
	int err = tree ? add_tree(files, rule, fail) : add(files, rule, rule->path, fail);

	if (err || files->count > before)
		return err;
	return fail_set(fail, EXIT_FAILED, ENOENT, "name a program that is there, or leave the entry out",
			"%s:%u: exec.allow: find %s'%s': %s", policy->files[rule->where.file], rule->where.line,
			tree ? "a program below " : "", rule->path, strerror(ENOENT));
}

int programs_add(struct program_files *files, const struct policy *policy, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; !err && i < policy->n_programs; i++)
		err = add_rule(files, policy, &policy->programs[i], fail);
	return err;
}
