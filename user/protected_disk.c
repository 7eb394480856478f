// SPDX-License-Identifier: GPL-2.0-only
/*
 * protected_disk.c - files of data.protect on a disk: nobody may read the same bytes from below their file system.
 *
 * Who could is held back by kernel.devices: from the seal on no device is opened that it does not list, be it by mount(2),
 * device mapper or a loop device, and be it the same disk under a number that it was given anew.  So the disk, what it
 * consists of and what commands reach it by must not be listed, and kernel.sysfs must not let devices be taken away.
 */
#include "protected_disk.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "disks.h"

static int refuse(const struct draft *draft, const struct protect_rule *rule, const char *path, const char *hint, const char *why,
		  struct fail *fail)
{
	return fail_set(fail, EXIT_FAILED, EOPNOTSUPP, hint, "%s:%u: data.protect: keep '%s' from others below its file system: %s",
			draft->policy->files[rule->where.file], rule->where.line, path, why);
}

/* Entries for one program count for what takes commands, as with systemd-shutdown and device mapper. */
static bool is_listed(const struct device_row *row, __u64 key)
{
	__u64 character = key & 1ull << 32;

	if (row->program && character)
		return false;
	return row->key == key || row->key == ((key & ~0xfffffull) | DEVICE_ANY_MINOR) || row->key == (character | DEVICE_ANY);
}

static int check_row(const struct draft *draft, size_t n_listed, const struct protect_rule *rule, const char *path, __u64 key,
		     struct fail *fail)
{
	char why[128];

	for (size_t i = 0; i < n_listed; i++) {
		if (!is_listed(&draft->devices.list[i], key))
			continue;
		snprintf(why, sizeof(why), "kernel.devices lists %s %u:%u, by which its disk can be read", key >> 32 ? "char" : "block",
			 (__u32)key >> 20, (__u32)key & 0xfffff);
		return refuse(draft, rule, path, "leave that out of kernel.devices; what takes commands may be listed 'by' one program",
			      why, fail);
	}
	return 0;
}

static int check_guard(const struct draft *draft, const struct protect_rule *rule, const char *path, struct fail *fail)
{
	const struct policy *policy = draft->policy;

	if (policy->guard[GUARD_data].mode != MODE_ENFORCE ||
	    (policy->guard[GUARD_kernel].mode == MODE_ENFORCE && draft->set.devices && policy->sysfs.deny))
		return 0;
	return refuse(draft, rule, path, "set 'kernel.mode: enforce', list what may be opened in 'kernel.devices' ([]: nothing), and leave "
		      "'kernel.sysfs' at deny", "raw devices may be opened", fail);
}

int protected_disk(const struct draft *draft, size_t n_listed, const struct protect_rule *rule, const char *path, dev_t dev,
		   struct fail *fail)
{
	struct disks disks = {};
	char device[32];
	int err;

	snprintf(device, sizeof(device), "%u:%u", major(dev), minor(dev));
	err = check_guard(draft, rule, path, fail) ?: disks_add(&disks, "ext4", device, fail);
	if (!err && !disks.count)
		err = refuse(draft, rule, path, NULL, "sysfs doesn't tell what disk it lies on", fail);
	if (!err && disks.n_images)
		err = refuse(draft, rule, path, "mount a disk there", "it lies in an image, and that is a file for everybody", fail);
	for (size_t i = 0; !err && i < disks.count; i++)
		if (disks.rows[i].disk == DISK_BELOW)
			err = check_row(draft, n_listed, rule, path, disks.rows[i].key, fail);
	disks_free(&disks);
	return err;
}
