// SPDX-License-Identifier: GPL-2.0-only
/* devices.c - kernel.devices, and devices of data.protect: from names to numbers to rows of the kernel's tables. */
#include "devices.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "hardenctl.skel.h"
#include "util.h"

#define PROC_DEVICES	"/proc/devices"
#define PROC_MISC	"/proc/misc"
#define MAJOR_MISC	10

/* What is looked for, and where it goes. */
struct lookup {
	const struct draft *draft;
	const struct device_rule *rule;
	const char *section;
	struct device_rows *rows;
};

static int add_row(const struct lookup *lookup, __u64 key, struct fail *fail)
{
	struct device_rows *rows = lookup->rows;
	struct device_row *grown = reallocarray(rows->list, rows->count + 1, sizeof(*grown));

	if (!grown)
		return fail_set(fail, EXIT_INTERNAL, ENOMEM, NULL, "out of memory");
	rows->list = grown;
	grown[rows->count++] = (struct device_row) { .key = key };
	return 0;
}

static int lookup_failed(const struct lookup *lookup, int err, const char *hint, const char *what, struct fail *fail)
{
	const struct where *where = &lookup->rule->where;

	return fail_set(fail, EXIT_FAILED, err, hint, "%s:%u: %s: %s '%s': %s", lookup->draft->policy->files[where->file],
			where->line, lookup->section, what, lookup->rule->name, strerror(err));
}

/* A node, by the numbers that it has now. */
static int find_node(const struct lookup *lookup, struct fail *fail)
{
	struct stat st;

	if (stat(lookup->rule->name, &st))
		return errno == ENOENT || errno == ENOTDIR ? 0 : lookup_failed(lookup, errno, NULL, "look at", fail);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return lookup_failed(lookup, ENODEV, "name a device", "find the number of", fail);
	return add_row(lookup, DISK_KEY(major(st.st_rdev), minor(st.st_rdev), S_ISCHR(st.st_mode)), fail);
}

/* Each major that a driver has: sd has sixteen. */
static int find_driver(const struct lookup *lookup, struct fail *fail)
{
	_cleanup_file_ FILE *file = fopen(PROC_DEVICES, "re");
	bool character = lookup->rule->key >> 32 & 1, here = false;
	const char *wanted = strchr(lookup->rule->name, ' ') + 1;
	char line[128], name[65];
	unsigned int major;
	int err = 0;

	if (!file)
		return lookup_failed(lookup, errno, "mount /proc", "find", fail);
	while (!err && fgets(line, sizeof(line), file)) {
		if (strstr(line, "devices:"))
			here = !strncmp(line, "Char", 4) == character;
		else if (here && sscanf(line, "%u %64s", &major, name) == 2 && !strcmp(name, wanted))
			err = add_row(lookup, DISK_KEY(major, 0, character) | DEVICE_ANY_MINOR, fail);
	}
	return err;
}

static int find_misc(const struct lookup *lookup, struct fail *fail)
{
	_cleanup_file_ FILE *file = fopen(PROC_MISC, "re");
	const char *wanted = strchr(lookup->rule->name, ' ') + 1;
	char line[128], name[65];
	unsigned int minor;
	int err = 0;

	if (!file)
		return lookup_failed(lookup, errno, "mount /proc", "find", fail);
	while (!err && fgets(line, sizeof(line), file))
		if (sscanf(line, "%u %64s", &minor, name) == 2 && !strcmp(name, wanted))
			err = add_row(lookup, DISK_KEY(MAJOR_MISC, minor, 1), fail);
	return err;
}

static int find_number(const struct lookup *lookup, struct fail *fail)
{
	return add_row(lookup, lookup->rule->key, fail);
}

int devices_numbers(const struct draft *draft, const struct device_rule *rule, const char *section, bool one_program,
		    bool optional, struct device_rows *rows, struct fail *fail)
{
	static int (*const find[])(const struct lookup *lookup, struct fail *fail) = {
		[DEVICE_PATH] = find_node, [DEVICE_NUMBER] = find_number, [DEVICE_DRIVER] = find_driver,
		[DEVICE_MISC] = find_misc,
	};
	const struct lookup lookup = { draft, rule, section, rows };
	size_t before = rows->count;
	int err = find[rule->form](&lookup, fail);

	for (size_t i = before; !err && i < rows->count; i++)
		if (one_program && !(rows->list[i].key >> 32 & 1))
			err = lookup_failed(&lookup, EINVAL, "'by' is for character devices: mount(2) opens others by itself",
					    "give to one program", fail);
	if (!err && rows->count == before && !optional)
		err = lookup_failed(&lookup, ENODEV, "have its driver loaded first, or say 'optional: yes'", "find", fail);
	return err;
}

/* For the exec guard, too: it must be no one else's code. */
static int find_program(struct draft *draft, const struct device_rule *rule, struct fail *fail)
{
	size_t before = draft->device_programs.count;
	int err = identities_add_at(&draft->device_programs, AT_FDCWD, rule->by, rule->by, KIND_COUNT, fail);

	if (!err && draft->device_programs.count == before)
		return fail_set(fail, EXIT_FAILED, ENOENT, "name a program that is there, or leave the entry out",
				"%s:%u: kernel.devices: find '%s': %s", draft->policy->files[rule->where.file],
				rule->where.line, rule->by, strerror(ENOENT));
	err = err ?: identities_add_at(&draft->files, AT_FDCWD, rule->by, rule->by, KIND_COUNT, fail);
	if (!err)
		draft->files.list[draft->files.count - 1].flags = IDENTITY_DEVICE;
	return err;
}

int devices_find(struct draft *draft, struct fail *fail)
{
	const struct device_rules *rules = &draft->policy->devices;
	int err = 0;

	for (size_t i = 0; !err && i < rules->count; i++) {
		const struct device_rule *rule = &rules->list[i];
		size_t before = draft->devices.count;

		if (rule->by)
			err = find_program(draft, rule, fail);
		err = err ?: devices_numbers(draft, rule, "kernel.devices", rule->by, rule->optional, &draft->devices, fail);
		for (size_t j = before; j < draft->devices.count; j++) {
			draft->devices.list[j].access = rule->access | DEVICE_MKNOD;
			draft->devices.list[j].program = rule->by ? draft->device_programs.count : 0;
		}
	}
	return err;
}

int devices_resolve(struct draft *draft, struct fail *fail)
{
	if (!draft->device_programs.count)
		return 0;
	return identities_resolve(&draft->device_programs, draft->skel->progs.core__file_ids, fail);
}

/* Entries for the same add up. */
static int put(int map, const void *key, __u32 mask, struct fail *fail)
{
	__u32 old = 0;

	if (bpf_map_lookup_elem(map, key, &old) && errno != ENOENT)
		return draft_failed(fail, "read the table of devices");
	mask |= old;
	if (bpf_map_update_elem(map, key, &mask, BPF_ANY))
		return draft_failed(fail, "fill the table of devices");
	return 0;
}

int devices_fill(struct draft *draft, struct fail *fail)
{
	int devices = bpf_map__fd(draft->skel->maps.hctl_devices);
	int users = bpf_map__fd(draft->skel->maps.hctl_dev_users), err = 0;

	for (size_t i = 0; !err && i < draft->devices.count; i++) {
		const struct device_row *row = &draft->devices.list[i];
		struct device_user user = { .key = row->key };

		err = put(devices, &row->key, row->program ? DEVICE_BY(row->access) : row->access, fail);
		if (err || !row->program)
			continue;
		user.program = draft->device_programs.list[row->program - 1].id;
		err = put(users, &user, row->access, fail);
	}
	return err;
}
