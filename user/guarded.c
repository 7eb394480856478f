// SPDX-License-Identifier: GPL-2.0-only
/* guarded.c - the files, directories and pins that nobody changes after the seal. */
#include "guarded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "pins.h"
#include "scripts.h"
#include "util.h"

static const char *const fixed[] = { "/etc/hardenctl", "/etc/hardenctl/policy.d", "/etc/hardenctl/keys.d" };

/* What packages bring, besides our binary and units. */
#define PACKAGED	"/usr/lib/hardenctl"
static const char *const packaged[] = { PACKAGED, PACKAGED "/policy.d", PACKAGED "/keys.d", PACKAGED "/policy.yaml" };

static const char *const units[] = {
	"hardenctl-load.service", "hardenctl-seal.service", "hardenctl-logd.service",
	"hardenctl-sealed.target",
};

#define UNITS_OF_ADMIN		"/etc/systemd/system"
#define UNITS_OF_PACKAGES	"/usr/lib/systemd/system"

static int add(struct program_files *files, const char *path, struct fail *fail)
{
	return identities_add_at(files, AT_FDCWD, path, path, KIND_COUNT, fail);
}

/* The files of a directory, such as keys. */
static int add_entries(struct program_files *files, const char *path, struct fail *fail)
{
	char entry_path[PATH_MAX];
	DIR *dir = opendir(path);
	struct dirent *entry;
	int err = 0;

	while (dir && !err && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(entry_path, sizeof(entry_path), "%s/%s", path, entry->d_name);
		err = add(files, entry_path, fail);
	}
	if (dir)
		closedir(dir);
	return err;
}

/* The drop-ins' directory beside the policy, where there is one. */
static int add_dropins(struct program_files *files, const char *policy, struct fail *fail)
{
	const char *slash = strrchr(policy, '/');
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.*spolicy.d", slash ? (int)(slash + 1 - policy) : 0, policy);
	return add(files, path, fail);
}

/* One line of /proc/self/mountinfo. */
struct mount_line {
	int id, parent;
	char at[PATH_MAX];
};

/* The mount with number `id`; false where it is out of sight. */
static bool find_mount(int id, struct mount_line *ret_line)
{
	_cleanup_file_ FILE *file = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0)
		if (sscanf(line, "%d %d %*s %*s %4095s", &ret_line->id, &ret_line->parent,
			   ret_line->at) == 3 && ret_line->id == id)
			return true;
	return false;
}

/*
 * The directory that a mount covers: seen in a copy of the mount below it.  Removing that directory in a
 * mount namespace where nothing stands on it detaches the mount everywhere (detach_mounts()).
 */
static int add_covered(struct program_files *files, const struct mount_line *mount,
		       const struct mount_line *parent, struct fail *fail)
{
	_cleanup_close_ int tree = syscall(SYS_open_tree, AT_FDCWD, parent->at,
					   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	size_t len = strcmp(parent->at, "/") ? strlen(parent->at) : 0;

	/* Best effort: pins are expendable. */
	if (tree < 0 || strlen(mount->at) <= len + 1 || strlen(mount->at) >= PROGRAM_PATH)
		return 0;
	return identities_add_at(files, tree, mount->at + len + 1, mount->at, KIND_COUNT, fail);
}

static int add_mountpoints(struct program_files *files, const char *path, struct fail *fail)
{
	struct mount_line mount, parent;
	struct statx st;
	int err = 0;

	if (syscall(SYS_statx, AT_FDCWD, path, 0, STATX_MNT_ID, &st) ||
	    !(st.stx_mask & STATX_MNT_ID) || !find_mount(st.stx_mnt_id, &mount))
		return 0;
	while (!err && mount.parent != mount.id && find_mount(mount.parent, &parent)) {
		err = add_covered(files, &mount, &parent, fail);
		mount = parent;
	}
	return err;
}

/* Each script, and what its path leads through, so that it can't be made to lead elsewhere. */
static int add_scripts(struct program_files *files, const struct policy *policy, struct fail *fail)
{
	int err = 0;

	if (policy->guard[GUARD_exec].mode == MODE_OFF)
		return 0;
	for (size_t i = 0; !err && i < policy->n_edges; i++) {
		if (!policy->edges[i].script)
			continue;
		err = scripts_walk(files, policy->edges[i].script, fail);
		err = err ?: add_mountpoints(files, policy->edges[i].script, fail);
	}
	return err;
}

static int add_units(struct program_files *files, const char *dir, struct fail *fail)
{
	char path[PATH_MAX];
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(units); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, units[i]);
		err = add(files, path, fail);
	}
	return err;
}

/* What a package upgrade replaces: with seal.upgrades: allow nobody keeps it from that. */
static int add_packaged(struct program_files *files, struct fail *fail)
{
	char path[PATH_MAX] = "";
	int err = 0;

	/* Its name tells more in a record than /proc/self/exe would. */
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) > 0)
		err = identities_add_at(files, AT_FDCWD, "/proc/self/exe", path, KIND_COUNT, fail);
	for (size_t i = 0; !err && i < ARRAY_SIZE(packaged); i++)
		err = add(files, packaged[i], fail);
	err = err ?: add_entries(files, PACKAGED "/keys.d", fail);
	return err ?: add_units(files, UNITS_OF_PACKAGES, fail);
}

int guarded_add_files(struct program_files *files, const struct policy *policy, struct fail *fail)
{
	bool upgrades = policy->seal.upgrades;
	int err = 0;

	for (size_t i = 0; !err && i < policy->n_files; i++)
		if (!upgrades || strncmp(policy->files[i], PACKAGED "/", strlen(PACKAGED "/")))
			err = add(files, policy->files[i], fail);
	err = err ?: add_dropins(files, policy->files[0], fail);
	for (size_t i = 0; !err && i < ARRAY_SIZE(fixed); i++)
		err = add(files, fixed[i], fail);
	err = err ?: add_entries(files, "/etc/hardenctl/keys.d", fail);
	err = err ?: add_units(files, UNITS_OF_ADMIN, fail);
	if (!upgrades)
		err = err ?: add_packaged(files, fail);
	return err ?: add_scripts(files, policy, fail);
}

int guarded_add_pins(struct program_files *files, __u64 number, struct fail *fail)
{
	char path[PATH_MAX];
	int err = add(files, PINS, fail);

	snprintf(path, sizeof(path), PINS "/%llu", (unsigned long long)number);
	err = err ?: add(files, path, fail);
	err = err ?: add_entries(files, path, fail);
	return err ?: add_mountpoints(files, path, fail);
}
