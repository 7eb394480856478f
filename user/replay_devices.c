// SPDX-License-Identifier: GPL-2.0-only
/* replay_devices.c - judges records of devices, by path, by number or by what /proc says of a driver. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "replay_parts.h"
#include "util.h"

#define MAJOR_MISC	10

enum device_match { DEVICE_NO, DEVICE_YES, DEVICE_MAYBE };

/* "/dev/char/10:200", where that is all that the hook knew; else what the path is here. */
static bool device_key(const struct replay_row *row, __u64 *ret_key)
{
	const struct object_file *file = &row->record.object.file;
	bool character = !strncmp(file->path, "/dev/char/", 10);
	unsigned int major, minor;
	struct stat st;

	if ((character || !strncmp(file->path, "/dev/block/", 11)) &&
	    sscanf(strrchr(file->path, '/') + 1, "%u:%u", &major, &minor) == 2) {
		*ret_key = DISK_KEY(major, minor, character);
		return true;
	}
	if (!row->here || stat(file->path, &st) || (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)))
		return false;
	*ret_key = DISK_KEY(major(st.st_rdev), minor(st.st_rdev), S_ISCHR(st.st_mode));
	return true;
}

/* Whether a driver that the policy names has that number now: of /proc/misc a minor, else a major. */
static enum device_match match_driver(const struct device_rule *rule, __u64 key)
{
	bool misc = rule->form == DEVICE_MISC, character = misc || rule->key >> 32 & 1, here = misc;
	_cleanup_file_ FILE *file = fopen(misc ? "/proc/misc" : "/proc/devices", "re");
	const char *wanted = strchr(rule->name, ' ') + 1;
	char line[128], name[65];
	unsigned int number;

	if (!file)
		return DEVICE_MAYBE;
	while (fgets(line, sizeof(line), file)) {
		if (strstr(line, "devices:"))
			here = !strncmp(line, "Char", 4) == character;
		else if (here && sscanf(line, "%u %64s", &number, name) == 2 && !strcmp(name, wanted) &&
			 (misc ? key == DISK_KEY(MAJOR_MISC, number, 1) :
				 (key & ~0xfffffull) == DISK_KEY(number, 0, character)))
			return DEVICE_YES;
	}
	return DEVICE_NO;
}

static enum device_match match_device(const struct device_rule *rule, const struct replay_row *row)
{
	bool known;
	__u64 key = 0, wild;
	struct stat st;

	if (rule->form == DEVICE_PATH && !strcmp(rule->name, row->record.object.file.path))
		return DEVICE_YES;
	known = device_key(row, &key);
	if (rule->form == DEVICE_PATH && known && !stat(rule->name, &st))
		return key == DISK_KEY(major(st.st_rdev), minor(st.st_rdev), S_ISCHR(st.st_mode)) ? DEVICE_YES : DEVICE_NO;
	if (!known || rule->form == DEVICE_PATH)
		return DEVICE_MAYBE;
	if (rule->form != DEVICE_NUMBER)
		return row->here ? match_driver(rule, key) : DEVICE_MAYBE;
	wild = rule->key & DEVICE_ANY ? DISK_KEY(0, 0, key >> 32 & 1) | DEVICE_ANY :
	       rule->key & DEVICE_ANY_MINOR ? (key & ~0xfffffull) | DEVICE_ANY_MINOR : key;
	return rule->key == wild ? DEVICE_YES : DEVICE_NO;
}

struct judgement replay_device(struct replay *replay, const struct replay_row *row)
{
	const struct device_rules *rules = &replay->policy->devices;
	struct judgement judgement = denied(rules->where);

	if (!rules->set)
		return allowed(rules->where);
	if (row->record.object_type != OBJECT_FILE || !row->record.object.file.path[0])
		return unknown(rules->where, "the record does not have the device");
	for (size_t i = 0; i < rules->count; i++) {
		const struct device_rule *rule = &rules->list[i];
		enum device_match is = is_by(replay, rule->by, row) ? match_device(rule, row) : DEVICE_NO;

		if (is == DEVICE_YES && rule->access == (DEVICE_READ | DEVICE_WRITE))
			return allowed(rule->where);
		if (is == DEVICE_YES)
			judgement = unknown(rule->where, "the record does not say whether it was to be read or written");
		else if (is == DEVICE_MAYBE && judgement.verdict == REPLAY_DENIED)
			judgement = unknown(rule->where, "which device an entry means is known on the machine alone");
	}
	return judgement;
}
