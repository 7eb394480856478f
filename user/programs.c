// SPDX-License-Identifier: GPL-2.0-only
/* programs.c - exec.allow: the programs that a policy lists. */
#include "programs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#include "classes.h"
#include "util.h"
#include "verity.h"

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

/* An entry for what is not there would be found out only when the program fails to start. */
static int check_verity(const struct policy *policy, const struct exec_rule *rule, int fd, struct fail *fail)
{
	const char *file = policy->files[rule->where.file];
	char is[VERITY_TEXT], listed[VERITY_TEXT], hint[PROGRAM_PATH + 32];
	struct verity verity;
	int err = verity_measure(fd, &verity);

	snprintf(hint, sizeof(hint), "run: fsverity enable %s", rule->path);
	if (err == -ENODATA)
		return fail_set(fail, EXIT_FAILED, ENODATA, hint, "%s:%u: exec.allow: '%s' has no fs-verity digest", file,
				rule->where.line, rule->path);
	if (err)
		return fail_set(fail, EXIT_FAILED, -err, "ext4, f2fs and btrfs can have fs-verity",
				"%s:%u: exec.allow: ask for the fs-verity digest of '%s': %s", file, rule->where.line,
				rule->path, strerror(-err));
	if (!memcmp(&verity, &rule->verity, sizeof(verity)))
		return 0;
	verity_format(&verity, is);
	verity_format(&rule->verity, listed);
	return fail_set(fail, EXIT_FAILED, EINVAL, "list the digest that it has, or install what was listed",
			"%s:%u: exec.allow: '%s' has the fs-verity digest %s, not %s", file, rule->where.line, rule->path, is,
			listed);
}

/* Which file it is decides nothing: that only tells canaries and people. */
static int add_verity(struct program_files *files, const struct policy *policy, const struct exec_rule *rule,
		      const struct kernel *kernel, struct fail *fail)
{
	_cleanup_close_ int fd = -1;
	int err;

	if (!kernel->fsverity)
		return fail_set(fail, EXIT_KERNEL, ENOTSUP, "list the program without 'verity'",
				"%s:%u: exec.allow: '%s': this kernel can't tell fs-verity digests; Linux 6.8 and newer can",
				policy->files[rule->where.file], rule->where.line, rule->path);
	fd = open(rule->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "open '%s' to measure it: %s", rule->path, strerror(errno));
	err = check_verity(policy, rule, fd, fail);
	if (err)
		return err;
	err = identities_add_fd(files, fd, rule->path, KIND_COUNT, fail);
	fd = -1;
	if (!err)
		files->list[files->count - 1].flags = IDENTITY_VERITY;
	return err;
}

static int add_rule(struct program_files *files, const struct policy *policy, const struct exec_rule *rule,
		    const struct kernel *kernel, struct fail *fail)
{
	bool tree = rule->path[strlen(rule->path) - 1] == '/';
	size_t before = files->count;
	int err = rule->verity.size ? add_verity(files, policy, rule, kernel, fail) :
		  tree ? add_tree(files, rule, fail) : add(files, rule, rule->path, fail);

	if (err || files->count > before)
		return err;
	return fail_set(fail, EXIT_FAILED, ENOENT, "name a program that is there, or leave the entry out",
			"%s:%u: exec.allow: find %s'%s': %s", policy->files[rule->where.file], rule->where.line,
			tree ? "a program below " : "", rule->path, strerror(ENOENT));
}

int programs_add(struct program_files *files, const struct policy *policy, const struct kernel *kernel,
		 struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; !err && i < policy->n_programs; i++)
		err = add_rule(files, policy, &policy->programs[i], kernel, fail);
	return err;
}

size_t programs_verity_rows(const struct policy *policy)
{
	size_t rows = 0;

	for (size_t i = 0; policy->guard[GUARD_exec].mode != MODE_OFF && i < policy->n_programs; i++)
		rows += policy->programs[i].verity.size > 0;
	return rows;
}

static __u64 bit_of(__u32 kind)
{
	return kind < 64 ? 1ull << kind : 0;
}

int programs_fill_verity(int map, const struct policy *policy, struct fail *fail)
{
	if (!programs_verity_rows(policy))
		return 0;
	for (size_t i = 0; i < policy->n_programs; i++) {
		const struct exec_rule *rule = &policy->programs[i];
		__u64 kinds = 0;

		if (!rule->verity.size)
			continue;
		/* Entries for one digest add up. */
		if (bpf_map_lookup_elem(map, &rule->verity, &kinds))
			kinds = 0;
		kinds |= bit_of(KIND_exec_bprm_check_security_unlisted) | bit_of(classes_kind(rule->class));
		if (bpf_map_update_elem(map, &rule->verity, &kinds, BPF_ANY))
			return fail_set(fail, EXIT_FAILED, errno, NULL, "fill the table of digests: %s", strerror(errno));
	}
	return 0;
}
