/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * introduced.bpf.h - which files may be run because they were there at the baseline.
 *
 * A positive list: who is not in it was introduced.  Whatever could change a file takes it off, and nothing puts
 * it back but a new snapshot, which only hardenctl takes, before the seal.
 */
#ifndef HARDENCTL_INTRODUCED_BPF_H
#define HARDENCTL_INTRODUCED_BPF_H

#include "core.bpf.h"
#include "compat.bpf.h"

/* include/uapi/linux/stat.h, the same on every kernel */
#define FILE_TYPE	0170000
#define FILE_CHAR	0020000
#define FILE_BLOCK	0060000
#define FILE_REGULAR	0100000

#define ATTR_SIZE	(1 << 3)	/* include/linux/fs.h, the same on every kernel */

/* Whether the snapshot is in force. */
static __always_inline bool baseline_holds(void)
{
	return config.introduced && (config.baseline == BASELINE_LOAD || sealed());
}

static __always_inline bool is_introduced(struct inode *inode)
{
	struct file_id id = inode_id_of(inode);

	return config.introduced && !bpf_map_lookup_elem(&hctl_runnable, &id) && baseline_holds();
}

/* From now on it is another file. */
static __always_inline void changed(struct inode *inode)
{
	struct file_id id = inode_id_of(inode);

	/* Looked up first: deleting what isn't there takes a lock. */
	if (config.introduced && bpf_map_lookup_elem(&hctl_runnable, &id))
		bpf_map_delete_elem(&hctl_runnable, &id);
}

/*
 * Its last name goes.  The number of its inode may come back, and not every file system (overlayfs, 9p, vfat) has
 * generations to tell the two apart.
 */
static __always_inline void unnamed(struct inode *inode)
{
	if (inode && inode->i_nlink <= 1)
		changed(inode);
}

/* Opening a file for writing that may be run, or that programs are in. */
static __always_inline int judge_writer(struct file *file)
{
	struct inode *inode = file->f_inode;
	struct file_id id = inode_id_of(inode);
	struct record *rec;
	__u32 *what;
	bool deny;

	if (!config.introduced)
		return 0;
	what = bpf_map_lookup_elem(&hctl_runnable, &id);
	if (!what)
		return 0;
	if (*what == RUNNABLE_PROGRAM) {
		bpf_map_delete_elem(&hctl_runnable, &id);
		return 0;
	}
	if (!baseline_holds() || !armed())
		return 0;
	deny = verdict(GUARD_exec);
	rec = refusal_begin(KIND_exec_file_open_raw_device, OBJECT_FILE, deny);
	if (rec) {
		record_file(rec, file);
		refusal_end(rec);
	}
	return answer_link(deny);
}

#endif
