// SPDX-License-Identifier: GPL-2.0-only
/* disks.c - finds the disks, images and command channels below the file systems of the baseline, by sysfs. */
#include "disks.h"

#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "hardenctl.skel.h"
#include "kernel.h"
#include "runnable.h"
#include "util.h"

#define DEPTH_MAX	16	/* of devices upon devices */
#define DM_CONTROL	236	/* the minor of /dev/mapper/control, which is a misc device (major 10) */

static int out_of_memory(struct fail *fail)
{
	return fail_set(fail, EXIT_INTERNAL, ENOMEM, NULL, "out of memory");
}

static struct disk_row *find(const struct disks *disks, __u64 key)
{
	for (size_t i = 0; i < disks->count; i++)
		if (disks->rows[i].key == key)
			return &disks->rows[i];
	return NULL;
}

static int mark(struct disks *disks, __u64 key, enum disk disk, struct fail *fail)
{
	struct disk_row *row = find(disks, key), *grown;

	if (row) {
		row->disk = row->disk == DISK_BELOW ? DISK_BELOW : disk;
		return 0;
	}
	if (disks->count == DISKS_MAX)
		return fail_set(fail, EXIT_FAILED, E2BIG, NULL, "baseline: more than %d devices", DISKS_MAX);
	grown = realloc(disks->rows, (disks->count + 1) * sizeof(*grown));
	if (!grown)
		return out_of_memory(fail);
	disks->rows = grown;
	grown[disks->count++] = (struct disk_row) { key, disk };
	return 0;
}

static bool read_text(const char *dir, const char *name, char *ret_text, size_t size)
{
	char path[PATH_MAX];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, ret_text, size - 1);
	if (fd >= 0)
		close(fd);
	ret_text[len < 0 ? 0 : len] = 0;
	ret_text[strcspn(ret_text, "\n")] = 0;
	return len > 0;
}

static bool read_number(const char *dir, unsigned int *ret_major, unsigned int *ret_minor)
{
	char text[64];

	return read_text(dir, "dev", text, sizeof(text)) && sscanf(text, "%u:%u", ret_major, ret_minor) == 2;
}

static int add_image(struct disks *disks, const char *dir, struct fail *fail)
{
	char image[PATH_MAX], **grown;

	if (!read_text(dir, "loop/backing_file", image, sizeof(image)))
		return 0;
	grown = realloc(disks->images, (disks->n_images + 1) * sizeof(*grown));
	if (!grown)
		return out_of_memory(fail);
	disks->images = grown;
	grown[disks->n_images] = strdup(image);
	return grown[disks->n_images++] ? 0 : out_of_memory(fail);
}

/* Calls `add` with the directory of each device that is listed in `dir`. */
static int each(struct disks *disks, const char *dir,
		int (*add)(struct disks *disks, const char *dir, int depth, struct fail *fail), int depth,
		struct fail *fail)
{
	DIR *list = opendir(dir);
	struct dirent *entry;
	char path[PATH_MAX];
	int err = 0;

	while (list && !err && (entry = readdir(list))) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) < (int)sizeof(path))
			err = add(disks, path, depth, fail);
	}
	if (list)
		closedir(list);
	return err;
}

static int add_partition(struct disks *disks, const char *dir, int depth, struct fail *fail)
{
	unsigned int major, minor;
	char text[16];

	(void)depth;
	if (!read_text(dir, "partition", text, sizeof(text)) || !read_number(dir, &major, &minor))
		return 0;
	return mark(disks, DISK_KEY(major, minor, 0), DISK_BESIDE, fail);
}

/*
 * A device that something of the baseline lies on: what it consists of, and, where it is a partition, the whole disk
 * and its other partitions.
 */
static int add_device(struct disks *disks, const char *dir, int depth, struct fail *fail)
{
	char real[PATH_MAX], below[PATH_MAX], text[16];
	unsigned int major, minor;
	int err;

	if (!read_number(dir, &major, &minor))
		return 0;
	if (depth == DEPTH_MAX || !realpath(dir, real))
		return fail_set(fail, EXIT_FAILED, ELOOP, NULL, "baseline: find what device %u:%u consists of: %s", major,
				minor, strerror(ELOOP));
	err = mark(disks, DISK_KEY(major, minor, 0), DISK_BELOW, fail);
	err = err ?: add_image(disks, real, fail);
	snprintf(below, sizeof(below), "%.*s/slaves", PATH_MAX - 16, real);
	err = err ?: each(disks, below, add_device, depth + 1, fail);
	/* Whoever may give device mapper another table for it changes what is on it, and the table is user memory. */
	snprintf(below, sizeof(below), "%.*s/dm", PATH_MAX - 16, real);
	if (!err && !access(below, F_OK))
		err = mark(disks, DISK_KEY(10, DM_CONTROL, 1), DISK_BELOW, fail);
	if (!err && read_text(real, "partition", text, sizeof(text))) {
		*strrchr(real, '/') = 0;
		err = add_device(disks, real, depth + 1, fail);
	}
	return err ?: each(disks, real, add_partition, 0, fail);
}

/* SCSI and NVMe commands by character devices: any of them may be for such a disk. */
static int add_channel(struct disks *disks, const char *dir, int depth, struct fail *fail)
{
	unsigned int major, minor;

	(void)depth;
	return read_number(dir, &major, &minor) ? mark(disks, DISK_KEY(major, minor, 1), DISK_BELOW, fail) : 0;
}

/* The devices of btrfs, whose own number is of no device. */
static int add_btrfs(struct disks *disks, const char *dir, int depth, struct fail *fail)
{
	char devices[PATH_MAX];

	snprintf(devices, sizeof(devices), "%.*s/devices", PATH_MAX - 16, dir);
	return each(disks, devices, add_device, depth, fail);
}

int disks_add(struct disks *disks, const char *type, const char *device, struct fail *fail)
{
	static const char *const channels[] = {
		"/sys/class/scsi_generic", "/sys/class/bsg", "/sys/class/nvme", "/sys/class/nvme-generic",
	};
	char dir[64];
	int err;

	if (!strcmp(type, "btrfs")) {
		err = each(disks, "/sys/fs/btrfs", add_btrfs, 0, fail);
	} else if (strncmp(device, "0:", 2)) {
		snprintf(dir, sizeof(dir), "/sys/dev/block/%.24s", device);
		err = add_device(disks, dir, 0, fail);
	} else {
		return 0;
	}
	for (size_t i = 0; !err && i < ARRAY_SIZE(channels); i++)
		err = each(disks, channels[i], add_channel, 0, fail);
	return err;
}

static int take_row(void *arg, const struct runnable_row *row)
{
	if (row->result == RUNNABLE_TAKEN)
		return 0;
	return fail_set(arg, EXIT_FAILED, ENOMEM, NULL, "baseline: list the disks and images below it: no room");
}

static int take_images(const struct disks *disks, struct hardenctl_bpf *skel, struct fail *fail)
{
	int *fds = calloc(disks->n_images + 1, sizeof(*fds)), err = 0;
	size_t count = 0;

	if (!fds)
		return out_of_memory(fail);
	for (size_t i = 0; !err && i < disks->n_images; i++) {
		fds[count] = open(disks->images[i], O_PATH | O_CLOEXEC);
		if (fds[count] >= 0)
			count++;
		else
			err = fail_set(fail, EXIT_FAILED, errno, "unmount what is in it, or mount it noexec",
				       "baseline: find '%s', a loop device's image: %s", disks->images[i], strerror(errno));
	}
	if (!err && count)
		err = runnable_hand_over(skel->progs.exec__snapshot_images, take_row, fail, fail);
	while (count)
		close(fds[--count]);
	free(fds);
	return err;
}

int disks_own_directory(void)
{
	return kernel_mount("tmpfs");
}

/* The kernel side knows by the mode of a node what it is. */
static int open_node(int dir, const struct disk_row *row)
{
	mode_t type = row->key >> 32 ? S_IFCHR : S_IFBLK, mode = row->disk == DISK_BELOW ? 0700 : 0600;
	char name[32];

	snprintf(name, sizeof(name), "%llx", (unsigned long long)row->key);
	if (mknodat(dir, name, type | mode, makedev((__u32)row->key >> 20, row->key & 0xfffff)))
		return -1;
	return openat(dir, name, O_PATH | O_CLOEXEC);
}

static int take_nodes(const struct disks *disks, struct hardenctl_bpf *skel, struct fail *fail)
{
	const struct disk_row canary = { DISK_KEY(DISK_CANARY_MAJOR, DISK_CANARY_MINOR, 0), DISK_BELOW };
	int *fds = calloc(disks->count + 1, sizeof(*fds)), dir = disks_own_directory(), err = 0;
	size_t count = 0;

	if (!fds)
		return out_of_memory(fail);
	while (!err && count <= disks->count) {
		fds[count] = dir < 0 ? -1 : open_node(dir, count ? &disks->rows[count - 1] : &canary);
		if (fds[count] >= 0)
			count++;
		else
			err = fail_set(fail, EXIT_FAILED, errno, NULL, "baseline: make a node for a device: %s",
				       strerror(errno));
	}
	if (!err)
		err = runnable_hand_over(skel->progs.exec__snapshot_disks, take_row, fail, fail);
	while (count)
		close(fds[--count]);
	if (dir >= 0)
		close(dir);
	free(fds);
	return err;
}

int disks_take(const struct disks *disks, struct hardenctl_bpf *skel, struct fail *fail)
{
	return take_nodes(disks, skel, fail) ?: take_images(disks, skel, fail);
}

void disks_free(struct disks *disks)
{
	while (disks->n_images)
		free(disks->images[--disks->n_images]);
	free(disks->images);
	free(disks->rows);
}
