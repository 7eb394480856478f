// SPDX-License-Identifier: GPL-2.0-only
/* devices.c - kernel.devices: from names to numbers to rows of the kernel's table. */
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

static int add_row(struct draft *draft, const struct device_rule *rule, __u64 key, struct fail *fail)
{
	struct device_rows *rows = &draft->devices;
	struct device_row *grown = reallocarray(rows->list, rows->count + 1, sizeof(*grown));

	if (!grown)
		return fail_set(fail, EXIT_INTERNAL, ENOMEM, NULL, "out of memory");
	rows->list = grown;
	grown[rows->count++] = (struct device_row) {
		.key = key, .access = rule->access | DEVICE_MKNOD,
		.program = rule->by ? draft->device_programs.count : 0,
	};
	return 0;
}

static int rule_failed(struct draft *draft, const struct device_rule *rule, int err, const char *hint, const char *what,
		       struct fail *fail)
{
	return fail_set(fail, EXIT_FAILED, err, hint, "%s:%u: kernel.devices: %s '%s': %s",
			draft->policy->files[rule->where.file], rule->where.line, what, rule->name, strerror(err));
}

/* A node, by the numbers that it has now. */
static int find_node(struct draft *draft, const struct device_rule *rule, struct fail *fail)
{
	struct stat st;

	if (stat(rule->name, &st))
		return errno == ENOENT || errno == ENOTDIR ? 0 :
		       rule_failed(draft, rule, errno, NULL, "look at", fail);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return rule_failed(draft, rule, ENODEV, "name a device", "find the number of", fail);
	if (rule->by && S_ISBLK(st.st_mode))
		return rule_failed(draft, rule, EINVAL, "'by' is for character devices: mount(2) opens others by itself",
				   "give to one program", fail);
	return add_row(draft, rule, DISK_KEY(major(st.st_rdev), minor(st.st_rdev), S_ISCHR(st.st_mode)), fail);
}

/* Each major that a driver has: sd has sixteen. */
static int find_driver(struct draft *draft, const struct device_rule *rule, struct fail *fail)
{
	_cleanup_file_ FILE *file = fopen(PROC_DEVICES, "re");
	bool character = rule->key >> 32 & 1, here = false;
	const char *wanted = strchr(rule->name, ' ') + 1;
	char line[128], name[65];
	unsigned int major;
	int err = 0;

	if (!file)
		return rule_failed(draft, rule, errno, "mount /proc", "find", fail);
	while (!err && fgets(line, sizeof(line), file)) {
		if (strstr(line, "devices:"))
			here = !strncmp(line, "Char", 4) == character;
		else if (here && sscanf(line, "%u %64s", &major, name) == 2 && !strcmp(name, wanted))
			err = add_row(draft, rule, DISK_KEY(major, 0, character) | DEVICE_ANY_MINOR, fail);
	}
	return err;
}

static int find_misc(struct draft *draft, const struct device_rule *rule, struct fail *fail)
{
	_cleanup_file_ FILE *file = fopen(PROC_MISC, "re");
	const char *wanted = strchr(rule->name, ' ') + 1;
	char line[128], name[65];
	unsigned int minor;
	int err = 0;

	if (!file)
		return rule_failed(draft, rule, errno, "mount /proc", "find", fail);
	while (!err && fgets(line, sizeof(line), file))
		if (sscanf(line, "%u %64s", &minor, name) == 2 && !strcmp(name, wanted))
			err = add_row(draft, rule, DISK_KEY(MAJOR_MISC, minor, 1), fail);
	return err;
}

static int find_number(struct draft *draft, const struct device_rule *rule, struct fail *fail)
{
	return add_row(draft, rule, rule->key, fail);
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
	static int (*const find[])(struct draft *draft, const struct device_rule *rule, struct fail *fail) = {
		[DEVICE_PATH] = find_node, [DEVICE_NUMBER] = find_number, [DEVICE_DRIVER] = find_driver,
		[DEVICE_MISC] = find_misc,
	};
	const struct device_rules *rules = &draft->policy->devices;
	int err = 0;

	for (size_t i = 0; !err && i < rules->count; i++) {
		const struct device_rule *rule = &rules->list[i];
		size_t before = draft->devices.count;

		if (rule->by)
			err = find_program(draft, rule, fail);
		err = err ?: find[rule->form](draft, rule, fail);
		if (!err && draft->devices.count == before && !rule->optional)
			err = rule_failed(draft, rule, ENODEV, "have its driver loaded first, or say 'optional: yes'", "find",
					  fail);
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
