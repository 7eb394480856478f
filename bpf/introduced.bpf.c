// SPDX-License-Identifier: GPL-2.0-only
/*
 * introduced.bpf.c - takes the snapshot of what may be run, and forgets file systems that go.
 *
 *   iter/task_file (three)     the loader's own descriptors, which it opened with O_PATH, into the lists: programs,
 *                             images of loop devices, and disks
 *   cgroup/dev (cgroup root)  writing to what a file system of the baseline lies on.  Device mapper, mount(2) and
 *                             swapon(2) ask it, too, for what they open themselves, so that nobody gets at a disk by
 *                             a device that was made later
 *   sb_delete (link)          a file system is gone: the number of its device may come back with another one.
 *                             Expendable only as the other links are: see the table in seal.bpf.c
 *
 * What is changed is taken off by the hooks of seal_files.bpf.c, which are there anyway.
 */
#include "introduced.bpf.h"

#define FMODE_PATH	0x4000	/* include/linux/fs.h, the same on every kernel */
#define MODE_BELOW	0100	/* user/disks.c: DISK_BELOW, and not DISK_BESIDE */

/*
 * In the list first, and only then asked whether anybody has it open for writing: who opens it in between is seen
 * by one of the two, as the kernel counts a writer before it asks file_open.
 */
static __always_inline __u32 take(struct inode *inode, __u32 what)
{
	struct file_id id = inode_id_of(inode);
	__u32 dev = id.dev;

	if (bpf_map_update_elem(&hctl_runnable, &id, &what, BPF_ANY))
		return RUNNABLE_NO_ROOM;
	if (bpf_map_update_elem(&hctl_filesystems, &dev, &what, BPF_ANY)) {
		bpf_map_delete_elem(&hctl_runnable, &id);
		return RUNNABLE_NO_ROOM;
	}
	/* The driver of a loop device has its image open for writing, by a descriptor that somebody else closed long ago. */
	if (what == RUNNABLE_PROGRAM && inode->i_writecount.counter > 0) {
		bpf_map_delete_elem(&hctl_runnable, &id);
		return RUNNABLE_WRITTEN;
	}
	return RUNNABLE_TAKEN;
}

/* Nodes that the loader made: their mode says what they are. */
static __always_inline __u32 take_disk(struct inode *inode)
{
	bool character = (inode->i_mode & FILE_TYPE) == FILE_CHAR;
	__u64 key = DISK_KEY(0, inode->i_rdev, character);
	__u32 disk = inode->i_mode & MODE_BELOW ? DISK_BELOW : DISK_BESIDE;

	return bpf_map_update_elem(&hctl_disks, &key, &disk, BPF_ANY) ? RUNNABLE_NO_ROOM : RUNNABLE_TAKEN;
}

/* What a descriptor of the loader's is of; NULL: not one for a list.  Who kept a descriptor of the program gets nothing by it. */
static __always_inline struct inode *candidate(struct file *file)
{
	struct state *s = state_of();

	if (!file || !(file->f_mode & FMODE_PATH) || !s || s->sealed_until == SEALED_FOREVER)
		return NULL;
	return file->f_inode;
}

static __always_inline int say(struct bpf_iter__task_file *ctx, __u32 result)
{
	struct runnable_row row = { .fd = ctx->fd, .result = result };

	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

SEC("iter/task_file")
int exec__snapshot(struct bpf_iter__task_file *ctx)
{
	struct inode *inode = candidate(ctx->file);

	if (!inode || (inode->i_mode & FILE_TYPE) != FILE_REGULAR)
		return 0;
	return say(ctx, take(inode, RUNNABLE_PROGRAM));
}

SEC("iter/task_file")
int exec__snapshot_images(struct bpf_iter__task_file *ctx)
{
	struct inode *inode = candidate(ctx->file);

	if (!inode || (inode->i_mode & FILE_TYPE) != FILE_REGULAR)
		return 0;
	return say(ctx, take(inode, RUNNABLE_IMAGE));
}

SEC("iter/task_file")
int exec__snapshot_disks(struct bpf_iter__task_file *ctx)
{
	struct inode *inode = candidate(ctx->file);
	__u32 type;

	if (!inode)
		return 0;
	type = inode->i_mode & FILE_TYPE;
	if (type != FILE_BLOCK && type != FILE_CHAR)
		return 0;
	return say(ctx, take_disk(inode));
}

SEC("cgroup/dev")
int exec__dev(struct bpf_cgroup_dev_ctx *ctx)
{
	bool character = (ctx->access_type & 0xffff) == BPF_DEVCG_DEV_CHAR;
	__u64 key = DISK_KEY(ctx->major, ctx->minor, character);
	__u32 access = ctx->access_type >> 16, *disk;
	struct record *rec;
	bool deny;

	/* Reading through a character device is a command, too. */
	if (!(access & (character ? BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE : BPF_DEVCG_ACC_WRITE)))
		return 1;
	disk = bpf_map_lookup_elem(&hctl_disks, &key);
	if (!disk || *disk != DISK_BELOW || !baseline_holds() || !armed())
		return 1;
	deny = verdict(GUARD_exec);
	rec = refusal_begin(KIND_exec_dev_raw_device, OBJECT_FILE, deny, key_of_number(key));
	if (rec) {
		record_device(rec, key);
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}

static long forget(struct bpf_map *map, struct file_id *id, __u32 *value, __u32 *dev)
{
	if (id->dev == *dev)
		bpf_map_delete_elem(map, id);
	return 0;
}

SEC("lsm/sb_delete")
int BPF_PROG(core__sb_delete, struct super_block *sb)
{
	__u32 dev = sb->s_dev;

	/* Of most of them we know no file. */
	if (bpf_map_delete_elem(&hctl_filesystems, &dev))
		return 0;
	if (config.introduced)
		bpf_for_each_map_elem(&hctl_runnable, forget, &dev, 0);
	return 0;
}
