// SPDX-License-Identifier: GPL-2.0-only
/* runnable.c - walks the file systems for what may be run, and hands it to the kernel side. */
#include "runnable.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "disks.h"
#include "hardenctl.skel.h"
#include "identity.h"
#include "util.h"

#define BATCH	4096	/* descriptors at a time */
#define ROOT	"/proc/1/root"
#define ANY_EXEC	(S_IXUSR | S_IXGRP | S_IXOTH)

/*
 * Those on which nobody but this machine's kernel changes a file, and always in the hooks' sight.  Not overlay:
 * whoever writes to the directory below it changes what it shows, under another inode.  Not FUSE, NFS and their
 * like: a program, or another machine, says what is in them.  9p and virtiofs are the hypervisor's.
 */
static const char *const file_systems[] = {
	"btrfs", "cramfs", "erofs", "exfat", "ext2", "ext3", "ext4", "f2fs", "iso9660", "ramfs", "rootfs", "squashfs",
	"tmpfs", "udf", "vfat", "xfs", "9p", "virtiofs",
};

struct mount {
	unsigned int id;
	char type[64];
	char device[24];	/* MAJOR:MINOR */
	char root[PATH_MAX];	/* the directory of the file system that is mounted */
	char at[PATH_MAX];
};

struct walk {
	const struct hardenctl_bpf *skel;
	struct runnable *result;
	struct fail *fail;
	struct mount *done;
	size_t n_done;
	struct disks disks;	/* below those on which something was found */
	int fds[BATCH];
	char *names[BATCH];
	size_t count;
};

/* Octal, as the kernel writes blanks. */
static void unescape(char *text)
{
	char *to = text;
	int code;

	for (const char *from = text; *from; to++) {
		if (*from == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
			*to = code;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = 0;
}

/* Whether a comma-separated list has the word. */
static bool has_option(const char *options, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = options; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (!strncmp(at, word, len) && (!at[len] || at[len] == ','))
			return true;
	return false;
}

static bool is_trusted(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(file_systems); i++)
		if (!strcmp(type, file_systems[i]))
			return true;
	return false;
}

/* A line of mountinfo; false: nothing can be run from there, or nothing of it can be vouched for. */
static bool read_mount(char *line, struct mount *ret_mount)
{
	char *rest = strstr(line, " - "), options[1024];

	if (!rest || sscanf(line, "%u %*d %23s %4095s %4095s %1023s", &ret_mount->id, ret_mount->device, ret_mount->root,
			    ret_mount->at, options) != 5 ||
	    sscanf(rest + 3, "%63s", ret_mount->type) != 1)
		return false;
	unescape(ret_mount->root);
	unescape(ret_mount->at);
	return is_trusted(ret_mount->type) && !has_option(options, "noexec");
}

/* Whether the directory of that name is not of that mount: another one stands on it, or on one above it. */
static bool is_elsewhere(const struct mount *mount, const char *path)
{
	struct statx st;

	return syscall(SYS_statx, AT_FDCWD, path, 0, STATX_MNT_ID, &st) || !(st.stx_mask & STATX_MNT_ID) ||
	       st.stx_mnt_id != mount->id;
}

/*
 * Whether a mount of the same file system has been walked that shows all of this one, too.  Not where another stands on
 * just that place: of a directory that is mounted on itself, as a read-only /usr is, the mount below shows nothing.
 */
static bool is_covered(const struct walk *walk, const struct mount *mount)
{
	char path[sizeof(ROOT) + 2 * PATH_MAX];

	for (size_t i = 0; i < walk->n_done; i++) {
		const struct mount *done = &walk->done[i];
		size_t len = strcmp(done->root, "/") ? strlen(done->root) : 0;

		if (strcmp(done->device, mount->device) || strncmp(mount->root, done->root, len) ||
		    (len && mount->root[len] && mount->root[len] != '/'))
			continue;
		snprintf(path, sizeof(path), ROOT "%s/%s", done->at, mount->root + len);
		if (!is_elsewhere(done, path))
			return true;
	}
	return false;
}

static int take_row(void *arg, const struct runnable_row *row)
{
	struct walk *walk = arg;
	struct runnable *result = walk->result;

	if (row->result == RUNNABLE_NO_ROOM)
		return fail_set(walk->fail, EXIT_FAILED, E2BIG, "mount noexec what holds no programs, or set "
				"exec.introduced to allow", "baseline: more than %d files that can be run",
				RUNNABLE_MAX);
	if (row->result == RUNNABLE_TAKEN) {
		result->taken++;
		return 0;
	}
	for (size_t i = 0; !result->written && i < walk->count; i++)
		if ((__u32)walk->fds[i] == row->fd)
			snprintf(result->example, sizeof(result->example), "%s", walk->names[i]);
	result->written++;
	return 0;
}

int runnable_hand_over(const struct bpf_program *program, int (*row)(void *arg, const struct runnable_row *row),
		       void *arg, struct fail *fail)
{
	union bpf_iter_link_info which = { .task.pid = getpid() };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &which, .link_info_len = sizeof(which));
	struct bpf_link *link = bpf_program__attach_iter(program, &opts);
	_cleanup_close_ int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
	struct runnable_row rows[512];
	ssize_t len = fd < 0 ? -1 : 1;
	int err = 0;

	/* The kernel fills the buffer with whole rows. */
	while (!err && fd >= 0 && len) {
		len = read(fd, rows, sizeof(rows));
		if ((len < 0 && errno != EAGAIN && errno != EINTR) || (len > 0 && len % sizeof(rows[0])))
			break;
		for (size_t i = 0; !err && len > 0 && i < len / sizeof(rows[0]); i++)
			err = row(arg, &rows[i]);
	}
	if (!err && len)
		err = fail_set(fail, EXIT_FAILED, errno, NULL, "baseline: have the kernel take it: %s", strerror(errno));
	bpf_link__destroy(link);
	return err;
}

static void close_all(struct walk *walk)
{
	while (walk->count) {
		close(walk->fds[--walk->count]);
		free(walk->names[walk->count]);
	}
}

static int hand_over(struct walk *walk)
{
	int err = runnable_hand_over(walk->skel->progs.exec__snapshot, take_row, walk, walk->fail);

	close_all(walk);
	return err;
}

static bool is_runnable(const FTSENT *entry)
{
	return entry->fts_info == FTS_F &&
	       (entry->fts_statp->st_mode & ANY_EXEC || strstr(entry->fts_name, ".so"));
}

static int add(struct walk *walk, const FTSENT *entry)
{
	/* Gone, or out of reach: then it is not in the baseline. */
	int fd = open(entry->fts_accpath, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char *name = fd < 0 ? NULL : strdup(entry->fts_path + strlen(ROOT));

	if (fd >= 0 && !name)
		close(fd);
	if (fd < 0 || !name)
		return 0;
	walk->fds[walk->count] = fd;
	walk->names[walk->count++] = name;
	return walk->count == BATCH ? hand_over(walk) : 0;
}

static int note_done(struct walk *walk, const struct mount *mount)
{
	struct mount *grown = realloc(walk->done, (walk->n_done + 1) * sizeof(*grown));

	if (!grown)
		return fail_set(walk->fail, EXIT_INTERNAL, ENOMEM, NULL, "out of memory");
	walk->done = grown;
	grown[walk->n_done++] = *mount;
	return 0;
}

/* Whatever is mounted below has a line of its own.  Not by device numbers, as btrfs has one for each subvolume. */
static int walk_mount(struct walk *walk, const struct mount *mount)
{
	char path[sizeof(ROOT) + PATH_MAX];
	char *const paths[] = { path, NULL };
	bool found = false;
	FTSENT *entry;
	int err;
	FTS *tree;

	snprintf(path, sizeof(path), ROOT "%s", mount->at);
	if (is_elsewhere(mount, path))
		return 0;
	err = note_done(walk, mount);
	/* With chdir(), so that a file is opened by its name and not from the top each time. */
	tree = fts_open(paths, FTS_PHYSICAL, NULL);
	while (tree && !err && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_D && entry->fts_level && is_elsewhere(mount, entry->fts_accpath)) {
			fts_set(tree, entry, FTS_SKIP);
		} else if (is_runnable(entry)) {
			err = add(walk, entry);
			found = true;
		}
	}
	if (tree)
		fts_close(tree);
	return err || !found ? err : disks_add(&walk->disks, mount->type, mount->device, walk->fail);
}

int runnable_take(struct hardenctl_bpf *skel, struct runnable *ret_runnable, struct fail *fail)
{
	_cleanup_file_ FILE *mounts = fopen("/proc/1/mountinfo", "re");
	_cleanup_free_ struct walk *walk = calloc(1, sizeof(*walk));
	_cleanup_free_ char *line = NULL;
	struct mount mount;
	size_t size = 0;
	int err = 0;

	memset(ret_runnable, 0, sizeof(*ret_runnable));
	if (!mounts || !walk)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "baseline: read '/proc/1/mountinfo': %s",
				strerror(errno));
	walk->skel = skel;
	walk->result = ret_runnable;
	walk->fail = fail;
	identities_raise_limit();
	while (!err && getline(&line, &size, mounts) > 0) {
		if (!read_mount(line, &mount) || is_covered(walk, &mount))
			continue;
		err = walk_mount(walk, &mount);
	}
	err = err ?: hand_over(walk);
	close_all(walk);
	err = err ?: disks_take(&walk->disks, skel, fail);
	disks_free(&walk->disks);
	free(walk->done);
	return err;
}
