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
 * Its last name goes.  The number of its inode may come back, and not every file system (ramfs, 9p, vfat) has
 * generations to tell the two apart.
 */
static __always_inline void unnamed(struct inode *inode)
{
	if (inode && inode->i_nlink <= 1 && !inode->i_generation)
		changed(inode);
}

/* Opening a file for writing that may be run, or that programs are in. */
static __always_inline int judge_writer(struct file *file)
{
	struct inode *inode = file->f_inode;
	struct file_id id = inode_id_of(inode);
	__u32 *what;

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
	return refuse_file(GUARD_exec, KIND_exec_file_open_raw_device, file);
}

TEXT(block_text) = "/dev/block/";
TEXT(char_text) = "/dev/char/";

/* For hooks that know no path: the numbers follow in user space. */
static __always_inline void record_device(struct record *rec, __u64 key)
{
	rec->object.file.id = (struct file_id) { .dev = key };
	if (key >> 32)
		__builtin_memcpy(rec->object.file.path, char_text, sizeof(char_text));
	else
		__builtin_memcpy(rec->object.file.path, block_text, sizeof(block_text));
}

/* Commands that only ask: include/uapi/linux/fs.h, blkzoned.h, hdreg.h, cdrom.h, loop.h, fs.h. */
static __always_inline bool only_asks(__u32 cmd)
{
	switch (cmd) {
	case 0x125e:		/* BLKROGET */
	case 0x1260:		/* BLKGETSIZE */
	case 0x1261:		/* BLKFLSBUF */
	case 0x1263:		/* BLKRAGET */
	case 0x1267:		/* BLKSECTGET */
	case 0x1268:		/* BLKSSZGET */
	case 0x80081270:	/* BLKBSZGET */
	case 0x80041270:	/* the same of a 32-bit program */
	case 0x80081272:	/* BLKGETSIZE64 */
	case 0x80041272:	/* the same of a 32-bit program */
	case 0x1278:		/* BLKIOMIN */
	case 0x1279:		/* BLKIOOPT */
	case 0x127a:		/* BLKALIGNOFF */
	case 0x127b:		/* BLKPBSZGET */
	case 0x127c:		/* BLKDISCARDZEROES */
	case 0x127e:		/* BLKROTATIONAL */
	case 0x80081280:	/* BLKGETDISKSEQ */
	case 0x80041284:	/* BLKGETZONESZ */
	case 0x80041285:	/* BLKGETNRZONES */
	case 0x301:		/* HDIO_GETGEO */
	case 0x4c03:		/* LOOP_GET_STATUS */
	case 0x4c05:		/* LOOP_GET_STATUS64 */
	case 0x5331:		/* CDROM_GET_CAPABILITY */
	case 0x5326:		/* CDROM_DRIVE_STATUS */
	case 0x5305:		/* CDROMREADTOCHDR */
	case 0x5306:		/* CDROMREADTOCENTRY */
		return true;
	}
	return false;
}

/*
 * Commands to a block device, for which it need not be open for writing: SG_IO and its like write to any sector of a
 * disk by any of its partitions; LOOP_CHANGE_FD, BLKPG and others put something else in its place, or give it another
 * number.
 */
static __always_inline int judge_disk(struct file *file, __u32 cmd)
{
	struct inode *inode = file->f_inode;
	__u64 key = DISK_KEY(0, inode->i_rdev, 0);
	struct record *rec;
	bool deny;

	if (!config.introduced || (inode->i_mode & FILE_TYPE) != FILE_BLOCK || only_asks(cmd) ||
	    !bpf_map_lookup_elem(&hctl_disks, &key) || !baseline_holds() || !armed())
		return 0;
	deny = verdict(GUARD_exec);
	rec = refusal_begin(KIND_exec_file_ioctl_raw_device, OBJECT_FILE, deny, key_of_number(key));
	if (rec) {
		record_device(rec, key);
		refusal_end(rec);
	}
	return answer_link(deny);
}

#endif
