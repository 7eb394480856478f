// SPDX-License-Identifier: GPL-2.0-only
/* modules.c - modules.allow: the modules that a policy lists, and those that they need. */
#include "modules.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define DIRECTORY	"/lib/modules"	/* where kmod looks */
#define ALIASES_MAX	65536

/* What is looked for, and what was found. */
struct lookup {
	const struct policy *policy;
	struct program_files *files;
	struct module_names *names;
	bool *found;			/* by entry of the policy */
	char dir[128];
	struct fail *fail;
};

/* As modprobe takes them: '-' and '_' are the same.  False: it is too long to be told from one that was cut. */
static bool plain_name(const char *text, size_t len, struct module_name *ret_name)
{
	memset(ret_name, 0, sizeof(*ret_name));
	if (!len || len >= sizeof(ret_name->text) - 1)
		return false;
	for (size_t i = 0; i < len; i++)
		ret_name->text[i] = text[i] == '-' ? '_' : text[i];
	return true;
}

/* "kernel/net/8021q/8021q.ko.xz" is module 8021q. */
static bool name_of_path(const char *path, struct module_name *ret_name)
{
	const char *base = strrchr(path, '/'), *end;

	base = base ? base + 1 : path;
	end = strstr(base, ".ko");
	return end && plain_name(base, end - base, ret_name);
}

static struct module_use_row *find_name(const struct module_names *names, const struct module_name *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!memcmp(&names->list[i].name, name, sizeof(*name)))
			return &names->list[i];
	return NULL;
}

static int add_name(struct lookup *lookup, const struct module_name *name, __u32 uses)
{
	struct module_names *names = lookup->names;
	struct module_use_row *row = find_name(names, name), *grown;

	if (row) {
		row->uses |= uses;
		return 0;
	}
	if (names->count == ALIASES_MAX)
		return fail_set(lookup->fail, EXIT_FAILED, E2BIG, "list fewer modules", "modules.allow: too many aliases");
	grown = reallocarray(names->list, names->count + 1, sizeof(*grown));
	if (!grown)
		return fail_set(lookup->fail, EXIT_INTERNAL, ENOMEM, NULL, "out of memory");
	names->list = grown;
	grown[names->count++] = (struct module_use_row){ *name, uses };
	return 0;
}

/* A file by its path in modules.dep, relative or not. */
static int add_file(struct lookup *lookup, const char *relative)
{
	size_t before = lookup->files->count;
	struct module_name name;
	char path[PROGRAM_PATH];
	int len, err;

	len = snprintf(path, sizeof(path), "%s%s%s", relative[0] == '/' ? "" : lookup->dir, relative[0] == '/' ? "" : "/",
		       relative);
	if (len >= (int)sizeof(path) || !name_of_path(path, &name))
		return fail_set(lookup->fail, EXIT_FAILED, ENAMETOOLONG, NULL, "modules.allow: '%s' is no path that can be used",
				relative);
	err = identities_add_at(lookup->files, AT_FDCWD, path, path, KIND_COUNT, lookup->fail);
	if (!err && lookup->files->count == before)
		err = fail_set(lookup->fail, EXIT_FAILED, ENOENT, "run: depmod", "modules.allow: find '%s', which %s/modules.dep "
			       "names: %s", path, lookup->dir, strerror(ENOENT));
	if (err)
		return err;
	lookup->files->list[before].flags = IDENTITY_MODULE;
	return add_name(lookup, &name, MODULE_IMAGE | MODULE_REQUEST);
}

/* Marks the entries of that name; whether there are any. */
static bool wanted(struct lookup *lookup, const struct module_name *name)
{
	bool any = false;

	for (size_t i = 0; i < lookup->policy->n_modules; i++) {
		if (memcmp(&lookup->policy->modules[i].name, name, sizeof(*name)))
			continue;
		lookup->found[i] = true;
		any = true;
	}
	return any;
}

/* "kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko ...": depmod writes everything that it needs, directly or not. */
static int read_dependencies(struct lookup *lookup, char *line)
{
	char *colon = strchr(line, ':'), *at, *save = NULL;
	struct module_name name;
	int err;

	if (!colon)
		return 0;
	*colon = 0;
	if (!name_of_path(line, &name) || !wanted(lookup, &name))
		return 0;
	err = add_file(lookup, line);
	for (at = strtok_r(colon + 1, " \n", &save); !err && at; at = strtok_r(NULL, " \n", &save))
		err = add_file(lookup, at);
	return err;
}

static int read_builtin(struct lookup *lookup, char *line)
{
	struct module_name name;

	if (name_of_path(line, &name))
		wanted(lookup, &name);
	return 0;
}

/* "alias fs-ext4 ext4".  The kernel asks by whole names; patterns are for what udev asks of modprobe. */
static int read_alias(struct lookup *lookup, char *line)
{
	char *save = NULL, *word = strtok_r(line, " \n", &save), *alias, *module;
	struct module_name name;
	struct module_use_row *row;

	if (!word || strcmp(word, "alias"))
		return 0;
	alias = strtok_r(NULL, " \n", &save);
	module = strtok_r(NULL, " \n", &save);
	if (!alias || !module || strpbrk(alias, "*?[") || !plain_name(module, strlen(module), &name))
		return 0;
	row = find_name(lookup->names, &name);
	if (!row || !(row->uses & MODULE_IMAGE) || !plain_name(alias, strlen(alias), &name))
		return 0;
	return add_name(lookup, &name, MODULE_REQUEST);
}

static int each_line(struct lookup *lookup, const char *file, int (*read)(struct lookup *lookup, char *line))
{
	_cleanup_free_ char *line = NULL;
	_cleanup_file_ FILE *in = NULL;
	char path[160];
	size_t size = 0;
	int err = 0;

	snprintf(path, sizeof(path), "%s/%s", lookup->dir, file);
	in = fopen(path, "re");
	if (!in)
		return fail_set(lookup->fail, EXIT_FAILED, errno, "install the running kernel's modules, or run depmod",
				"modules.allow: open '%s': %s", path, strerror(errno));
	while (!err && (errno = 0, getline(&line, &size, in) > 0))
		err = read(lookup, line);
	if (!err && ferror(in))
		err = fail_set(lookup->fail, EXIT_FAILED, errno, NULL, "modules.allow: read '%s': %s", path, strerror(errno));
	return err;
}

static int all_found(const struct lookup *lookup)
{
	const struct policy *policy = lookup->policy;

	for (size_t i = 0; i < policy->n_modules; i++)
		if (!lookup->found[i])
			return fail_set(lookup->fail, EXIT_FAILED, ENOENT, "name a module of this kernel, or leave the entry out; "
					"an alias is no name", "%s:%u: modules.allow: there is no module '%s' in %s",
					policy->files[policy->modules[i].where.file], policy->modules[i].where.line,
					policy->modules[i].name.text, lookup->dir);
	return 0;
}

int modules_find(struct program_files *files, struct module_names *ret_names, const struct policy *policy,
		 const struct kernel *kernel, struct fail *fail)
{
	_cleanup_free_ bool *found = NULL;
	struct lookup lookup = { .policy = policy, .files = files, .names = ret_names, .fail = fail };
	int err;

	if (!policy->n_modules)
		return 0;
	found = calloc(policy->n_modules, sizeof(*found));
	if (!found)
		return fail_set(fail, EXIT_INTERNAL, ENOMEM, NULL, "out of memory");
	lookup.found = found;
	snprintf(lookup.dir, sizeof(lookup.dir), DIRECTORY "/%s", kernel->release);
	err = each_line(&lookup, "modules.dep", read_dependencies);
	err = err ?: each_line(&lookup, "modules.builtin", read_builtin);
	err = err ?: all_found(&lookup);
	return err ?: each_line(&lookup, "modules.alias", read_alias);
}

int modules_fill(int map, const struct module_names *names, struct fail *fail)
{
	for (size_t i = 0; i < names->count; i++)
		if (bpf_map_update_elem(map, &names->list[i].name, &names->list[i].uses, BPF_NOEXIST))
			return fail_set(fail, EXIT_FAILED, errno, NULL, "fill the table of modules: %s", strerror(errno));
	return 0;
}

void modules_free(struct module_names *names)
{
	free(names->list);
	names->list = NULL;
	names->count = 0;
}
