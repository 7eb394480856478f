/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel_dev.bpf.h - which devices may be opened after the seal. */
#ifndef HARDENCTL_KERNEL_DEV_BPF_H
#define HARDENCTL_KERNEL_DEV_BPF_H

#include "core.bpf.h"
#include "introduced.bpf.h"

/* Documentation/admin-guide/devices.txt: the same on every kernel. */
#define MAJOR_MEMORY	1
#define MAJOR_TTY	5
#define MAJORS_PTS	136	/* to 143 */

/* null, zero, full, random, urandom, one's own terminal, and pseudo-terminals: they lead nowhere. */
static __always_inline bool leads_nowhere(__u32 major, __u32 minor, bool character)
{
	if (!character)
		return false;
	if (major == MAJOR_MEMORY)
		return minor == 3 || minor == 5 || (minor >= 7 && minor <= 9);
	return (major == MAJOR_TTY && (minor == 0 || minor == 2)) || (major >= MAJORS_PTS && major < MAJORS_PTS + 8);
}

/* What the policy allows of it: a mask as in the table. */
static __always_inline __u32 device_mask(__u64 key)
{
	__u64 major = (key & ~0xfffffull) | DEVICE_ANY_MINOR, all = (key & (1ull << 32)) | DEVICE_ANY;
	__u32 *row, mask = 0;

	row = bpf_map_lookup_elem(&hctl_devices, &key);
	if (row)
		mask |= *row;
	row = bpf_map_lookup_elem(&hctl_devices, &major);
	if (row)
		mask |= *row;
	row = bpf_map_lookup_elem(&hctl_devices, &all);
	if (row)
		mask |= *row;
	return mask;
}

/* By some program, be it another one: for a hook that can't tell, or will not. */
static __always_inline bool device_listed(__u64 key, __u32 access)
{
	__u32 mask = device_mask(key);

	mask |= mask >> 8;
	/* A node is no more than a name; but who may not open a device needs none. */
	if (access == DEVICE_MKNOD)
		return mask;
	return !(access & ~(mask | DEVICE_MKNOD) & DEVICE_ACCESS);
}

static __always_inline __u32 user_mask(__u64 key, const struct file_id *program)
{
	struct device_user user = { .key = key, .program = *program };
	__u32 *row = bpf_map_lookup_elem(&hctl_dev_users, &user);

	return row ? *row : 0;
}

/* A character device that some entry gives to one program: whether it is this one. */
static __always_inline int judge_device(struct file *file)
{
	struct inode *inode = file->f_inode;
	__u32 access = (file->f_mode & 3) << 1, mask;
	struct file_id program;
	__u64 key;

	if ((inode->i_mode & FILE_TYPE) != FILE_CHAR)
		return 0;
	key = DISK_KEY(0, inode->i_rdev, 1);
	mask = device_mask(key);
	/* For commands alone: as if it were both, which is what the kernel asks for then. */
	if (!access)
		access = DEVICE_READ | DEVICE_WRITE;
	if (!(mask >> 8) || !(access & ~mask) || !armed() || !judged_from_seal(GUARD_kernel))
		return 0;
	/* Nobody may: kernel__dev has recorded that already, and refused it unless it does no more than record. */
	if (!verdict(GUARD_kernel) && (access & ~(mask | mask >> 8)))
		return 0;
	if (program_of(bpf_get_current_task_btf(), &program) &&
	    bpf_map_lookup_elem(&hctl_filesystems, &program.dev)) {
		mask |= user_mask(key, &program);
		mask |= user_mask((key & ~0xfffffull) | DEVICE_ANY_MINOR, &program);
		mask |= user_mask((key & (1ull << 32)) | DEVICE_ANY, &program);
		if (!(access & ~mask))
			return 0;
	}
	return refuse_file(GUARD_kernel, KIND_kernel_file_open_device, file);
}

#endif
