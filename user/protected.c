// SPDX-License-Identifier: GPL-2.0-only
/* protected.c - data.protect: from paths, devices and programs to rows of the kernel's table. */
#include "protected.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "devices.h"
#include "hardenctl.skel.h"
#include "protected_disk.h"
#include "schema.h"
#include "util.h"

#ifndef CONFIGFS_MAGIC
#define CONFIGFS_MAGIC	0x62656570	/* fs/configfs/mount.c; not in uapi */
#endif

#define SHM_PLACE	"/dev/shm/"

/* As the kernel has a device's number. */
#define KERNEL_DEV(dev)	(major(dev) << 20 | minor(dev))

static int refuse(struct draft *draft, const struct protect_rule *rule, const char *path, int err, const char *hint,
		  struct fail *fail)
{
	return fail_set(fail, EXIT_FAILED, err, hint, "%s:%u: data.protect: find '%s': %s",
			draft->policy->files[rule->where.file], rule->where.line, path, strerror(err));
}

static bool is_tree(const char *path)
{
	return path[strlen(path) - 1] == '/';
}

static int note_device(struct draft *draft, __u32 dev, const struct protect_rule *rule, const char *path, struct fail *fail)
{
	__u32 *devs = draft->set.data_devs;

	for (size_t i = 0; i < PROTECT_DEVS; i++) {
		if (devs[i] && devs[i] != dev)
			continue;
		devs[i] = dev;
		return 0;
	}
	return refuse(draft, rule, path, E2BIG, "data.protect can be about eight file systems at most", fail);
}

/*
 * Below any other file system there is something to read the same bytes from: a server, the layers of an overlay; and btrfs
 * and XFS have commands that do so by number.  configfs is where a confidential VM asks for reports on itself: tsm/report.
 */
static int check(struct draft *draft, size_t n_listed, const struct protect_rule *rule, const char *path, int fd, struct fail *fail)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) || fstatfs(fd, &fs))
		return refuse(draft, rule, path, errno, NULL, fail);
	if (is_tree(path) != S_ISDIR(st.st_mode))
		return refuse(draft, rule, path, EINVAL, "a directory has a slash at its end, a file has none", fail);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return refuse(draft, rule, path, EINVAL, "name a regular file, or a directory with a slash at its end", fail);
	if (fs.f_type == EXT4_SUPER_MAGIC)
		return protected_disk(draft, n_listed, rule, path, st.st_dev, fail) ?:
		       note_device(draft, KERNEL_DEV(st.st_dev), rule, path, fail);
	if (fs.f_type != TMPFS_MAGIC && fs.f_type != CONFIGFS_MAGIC)
		return refuse(draft, rule, path, EOPNOTSUPP, "only files in a tmpfs or on ext4 are supported: what others have can be read "
			      "below them; copy it to a directory of /run, and name that", fail);
	return note_device(draft, KERNEL_DEV(st.st_dev), rule, path, fail);
}

static int find_path(struct draft *draft, size_t n_listed, size_t index, const char *path, struct fail *fail)
{
	const struct protect_rule *rule = &draft->policy->protect[index];
	int fd = open(path, O_PATH | O_CLOEXEC), err;

	if (fd < 0)
		return refuse(draft, rule, path, errno, "create it before the policy is loaded, or leave it out", fail);
	err = check(draft, n_listed, rule, path, fd, fail);
	if (err) {
		close(fd);
		return err;
	}
	err = identities_add_fd(&draft->protected, fd, path, KIND_COUNT, fail);
	if (!err)
		draft->protected.list[draft->protected.count - 1].data = 1ull << index;
	return err;
}

static bool is_hardenctl(int fd)
{
	struct stat own, st;

	return !stat("/proc/self/exe", &own) && !fstat(fd, &st) && own.st_dev == st.st_dev && own.st_ino == st.st_ino;
}

static int find_owner(struct draft *draft, size_t index, const char *path, struct fail *fail)
{
	const struct protect_rule *rule = &draft->policy->protect[index];
	size_t before = draft->files.count;
	int err = identities_add_at(&draft->files, AT_FDCWD, path, path, KIND_COUNT, fail);

	if (!err && draft->files.count == before)
		return refuse(draft, rule, path, ENOENT, "name a program that is there", fail);
	if (!err && rule->paths.count && is_hardenctl(draft->files.list[before].fd))
		return refuse(draft, rule, path, EINVAL, "hardenctl opens these files to prove that nobody else can: give it devices "
			      "alone", fail);
	if (err)
		return err;
	draft->files.list[before].flags = IDENTITY_DATA;
	draft->files.list[before].data = 1ull << index;
	return 0;
}

/* What data.protect gives to a program needs no entry of kernel.devices to be opened by it. */
static int list_device(struct draft *draft, __u64 key, struct fail *fail)
{
	struct device_rows *rows = &draft->devices;
	struct device_row *grown = reallocarray(rows->list, rows->count + 1, sizeof(*grown));

	if (!grown)
		return fail_set(fail, EXIT_INTERNAL, ENOMEM, NULL, "out of memory");
	rows->list = grown;
	grown[rows->count++] = (struct device_row) { .key = key, .access = DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD };
	return 0;
}

static int find_device(struct draft *draft, size_t index, const struct device_rule *device, struct fail *fail)
{
	struct device_rows *rows = &draft->protected_devices;
	size_t before = rows->count;
	int err = devices_numbers(draft, device, "data.protect", /* one_program= */ true, draft->policy->protect[index].optional,
				  rows, fail);

	for (size_t i = before; !err && i < rows->count; i++) {
		rows->list[i].rule = index;
		if (draft->set.devices)
			err = list_device(draft, rows->list[i].key, fail);
	}
	return err;
}

static bool is_root_of_other(const struct draft *draft, size_t n, const char *own, const FTSENT *entry)
{
	struct stat st;

	for (size_t i = 0; i < n; i++)
		if (strcmp(draft->protected.list[i].path, own) && !fstat(draft->protected.list[i].fd, &st) &&
		    st.st_ino == entry->fts_statp->st_ino && st.st_dev == entry->fts_statp->st_dev)
			return true;
	return false;
}

/* A file with several names may have one outside, by which no directory tells that it is protected. */
static int find_links(struct draft *draft, size_t n, size_t tree, struct fail *fail)
{
	char own[PROGRAM_PATH], *roots[] = { own, NULL };
	__u64 rules = draft->protected.list[tree].data;
	int err = 0, fd;
	FTSENT *entry;
	FTS *walk;

	strcpy(own, draft->protected.list[tree].path);
	walk = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
	if (!walk)
		return draft_failed(fail, "walk a directory of data.protect");
	while (!err && (errno = 0, entry = fts_read(walk))) {
		if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS) {
			errno = entry->fts_errno;
			err = errno == ENOENT ? 0 : draft_failed(fail, "walk a directory of data.protect");
		} else if (entry->fts_info == FTS_D && entry->fts_level && is_root_of_other(draft, n, own, entry)) {
			fts_set(walk, entry, FTS_SKIP);
		} else if (entry->fts_info != FTS_D && entry->fts_info != FTS_DP && entry->fts_statp->st_nlink > 1) {
			fd = open(entry->fts_path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
			/* Under a name that is shorter than its own may be: that of the tree. */
			err = fd < 0 ? draft_failed(fail, "open a file of data.protect") :
			      identities_add_fd(&draft->protected, fd, own, KIND_COUNT, fail);
			if (!err) {
				draft->protected.list[draft->protected.count - 1].data = rules;
				draft->protected.list[draft->protected.count - 1].by = tree;
			}
		}
	}
	if (!err && errno)
		err = draft_failed(fail, "walk a directory of data.protect");
	fts_close(walk);
	return err;
}

/* The scan can't see whose shared memory or keys somebody has got at, so nobody may have had the time to. */
static int check_untold(const struct policy *policy, const struct protect_rule *rule, struct fail *fail)
{
	const struct guard_policy *guard = &policy->guard[GUARD_data];

	if (!(rule->shm || rule->keys) || guard->mode != MODE_ENFORCE || guard->before_seal == MODE_ENFORCE)
		return 0;
	return fail_set(fail, EXIT_FAILED, EINVAL, "leave 'data.before-seal' out, or the key",
			"%s:%u: data.protect: '%s' must be enforced from the load on: what others get at before the seal it does not find",
			policy->files[rule->where.file], rule->where.line, rule->shm ? "shm" : "keys");
}

/* All of its hooks are links. */
static int check_kernel(const struct policy *policy, const struct kernel *kernel, struct fail *fail)
{
	const struct where *where = policy->n_protect ? &policy->protect[0].where : NULL;

	if (!where || kernel->reads_memory)
		return 0;
	return fail_set(fail, EXIT_FAILED, ENOTSUP, "leave the entries out, or lockdown=confidentiality",
			"%s:%u: data.protect: this kernel can't keep the rule in force under lockdown=confidentiality; Linux 6.2 and "
			"newer can", policy->files[where->file], where->line);
}

/* Shared memory and keys have no canary of their own, so they have that of devices. */
static void note_entries(struct draft *draft)
{
	const struct policy *policy = draft->policy;

	if (policy->guard[GUARD_data].mode == MODE_OFF)
		return;
	for (size_t i = 0; i < policy->n_protect; i++) {
		draft->set.shm |= policy->protect[i].shm != 0;
		draft->set.keys |= policy->protect[i].keys != 0;
		draft->set.data_devices |= policy->protect[i].devices.count || policy->protect[i].shm || policy->protect[i].keys;
		for (unsigned int class = 0; class < SHM_COUNT; class++)
			if (policy->protect[i].shm >> class & 1)
				draft->set.data_shm[class] |= 1ull << i;
		for (unsigned int class = 0; class < KEY_CLASS_COUNT; class++)
			if (policy->protect[i].keys >> class & 1)
				draft->set.data_keys[class] |= 1ull << i;
	}
}

int protected_find(struct draft *draft, const struct kernel *kernel, struct fail *fail)
{
	const struct policy *policy = draft->policy;
	size_t n, n_listed = draft->devices.count;
	int err = check_kernel(policy, kernel, fail);

	if (policy->n_protect)
		identities_raise_limit();
	for (size_t i = 0; !err && i < policy->n_protect; i++) {
		const struct protect_rule *rule = &policy->protect[i];

		err = check_untold(policy, rule, fail);
		for (size_t j = 0; !err && j < rule->paths.count; j++)
			err = find_path(draft, n_listed, i, rule->paths.list[j], fail);
		for (size_t j = 0; !err && j < rule->devices.count; j++)
			err = find_device(draft, i, &rule->devices.list[j], fail);
		for (size_t j = 0; !err && j < rule->by.count; j++)
			err = find_owner(draft, i, rule->by.list[j], fail);
	}
	note_entries(draft);
	n = draft->protected.count;
	draft->set.protected_names = n;
	for (size_t i = 0; !err && i < n; i++) {
		draft->protected.list[i].by = i;
		if (is_tree(draft->protected.list[i].path))
			err = find_links(draft, n, i, fail);
	}
	return err;
}

bool protected_any(const struct draft *draft)
{
	return draft->protected.count || draft->set.data_devices;
}

void protected_configure(const struct draft *draft, struct config *config)
{
	struct stat st;

	config->data = draft->protected.count > 0;
	config->data_devices = draft->set.data_devices;
	config->shm = draft->set.shm;
	memcpy(config->data_shm, draft->set.data_shm, sizeof(config->data_shm));
	memcpy(config->data_keys, draft->set.data_keys, sizeof(config->data_keys));
	for (unsigned int class = 0; class < KEY_CLASS_COUNT; class++)
		snprintf(config->key_types[class].text, sizeof(config->key_types[class].text), "%s", key_type_words[class]);
	if (draft->set.shm && !stat(SHM_PLACE, &st))
		config->shm_dev = KERNEL_DEV(st.st_dev);
	memcpy(config->data_devs, draft->set.data_devs, sizeof(config->data_devs));
	for (size_t i = 0; i < draft->policy->n_protect; i++)
		config->data_remove |= (__u64)draft->policy->protect[i].remove << i;
}

int protected_resolve(struct draft *draft, struct fail *fail)
{
	if (!draft->protected.count)
		return 0;
	return identities_resolve(&draft->protected, draft->skel->progs.core__file_ids, fail);
}

static int put(struct draft *draft, const struct file_id *id, __u64 rules, __u32 name, struct fail *fail)
{
	int map = bpf_map__fd(draft->skel->maps.hctl_protected);
	struct protected row = {}, old = {};

	if (bpf_map_lookup_elem(map, id, &old) && errno != ENOENT)
		return draft_failed(fail, "read the table of data.protect");
	row.rules = rules | old.rules;
	row.name = old.rules ? old.name : name;
	if (bpf_map_update_elem(map, id, &row, BPF_ANY))
		return draft_failed(fail, "fill the table of data.protect");
	return 0;
}

static int fill_devices(struct draft *draft, struct fail *fail)
{
	const struct file_id canary = { .ino = DISK_KEY(DISK_CANARY_MAJOR, PROTECT_CANARY_MINOR, 1) };
	const struct device_rows *rows = &draft->protected_devices;
	int err = draft->set.data_devices ? put(draft, &canary, PROTECT_NOBODY, 0, fail) : 0;

	for (size_t i = 0; !err && i < rows->count; i++) {
		const struct file_id id = { .ino = rows->list[i].key };

		err = put(draft, &id, 1ull << rows->list[i].rule, 0, fail);
	}
	return err;
}

/* Half of the table stays free, for what gets a name elsewhere later. */
int protected_fill(struct draft *draft, struct fail *fail)
{
	int names = bpf_map__fd(draft->skel->maps.hctl_prot_names), err = 0;
	const struct program_files *files = &draft->protected;

	if (files->count + draft->protected_devices.count > PROTECT_MAX / 2)
		return fail_set(fail, EXIT_FAILED, E2BIG, "remove hard links in the directories of data.protect",
				"%zu files of data.protect have several names: at most %u can be known",
				files->count, PROTECT_MAX / 2);
	for (__u32 i = 0; !err && i < files->count; i++) {
		struct protected_name name = {};

		err = put(draft, &files->list[i].id, files->list[i].data, files->list[i].by, fail);
		snprintf(name.path, sizeof(name.path), "%.*s", PROTECT_NAME - 1, files->list[i].path);
		if (!err && i < draft->set.protected_names && bpf_map_update_elem(names, &i, &name, BPF_ANY))
			err = draft_failed(fail, "fill the table of data.protect");
	}
	return err ?: fill_devices(draft, fail);
}
