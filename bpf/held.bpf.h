/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * held.bpf.h - open files that the seal must not outlive: for its scan, which finds them in tables of descriptors, and for
 * the hook on descriptors that somebody is sent.
 */
#ifndef HARDENCTL_HELD_BPF_H
#define HARDENCTL_HELD_BPF_H

#include "core.bpf.h"
#include "introduced.bpf.h"
#include "kernel_dev.bpf.h"

#define MAJOR_MEM	1
#define MAJOR_MSR	202
#define MAJOR_MISC	10
#define MINOR_SNAPSHOT	231	/* hibernation by hand: all memory, by commands that lockdown is not asked about */

/* Whether it is open for what exec__dev refuses. */
static __always_inline bool is_raw_disk(struct inode *inode, bool writable)
{
	bool character = (inode->i_mode & FILE_TYPE) == FILE_CHAR;
	__u64 key = DISK_KEY(0, inode->i_rdev, character);
	__u32 *disk;

	if (!config.introduced || !(character || ((inode->i_mode & FILE_TYPE) == FILE_BLOCK && writable)))
		return false;
	disk = bpf_map_lookup_elem(&hctl_disks, &key);
	return disk && *disk == DISK_BELOW;
}

/* What kernel__dev refuses to open from the seal on. */
static __always_inline bool is_unlisted_device(struct inode *inode, bool writable)
{
	bool character = (inode->i_mode & FILE_TYPE) == FILE_CHAR;
	__u32 device = inode->i_rdev;

	if (!config.devices || !(character || (inode->i_mode & FILE_TYPE) == FILE_BLOCK) ||
	    leads_nowhere(device >> 20, device & 0xfffff, character))
		return false;
	return !device_listed(DISK_KEY(0, device, character), DEVICE_READ | (writable ? DEVICE_WRITE : 0));
}

/* /dev/mem, /dev/kmem, /dev/port, /dev/snapshot, the MSRs of any processor, disks below the baseline, and what isn't listed; 0: another file. */
static __always_inline __u32 device_of(struct inode *inode, bool writable)
{
	__u32 device = inode->i_rdev, minor = device & 0xfffff;

	if (is_unlisted_device(inode, writable) || is_raw_disk(inode, writable))
		return device;
	if ((inode->i_mode & FILE_TYPE) != FILE_CHAR)
		return 0;
	if (device >> 20 == MAJOR_MSR || (device >> 20 == MAJOR_MISC && minor == MINOR_SNAPSHOT))
		return device;
	return device >> 20 == MAJOR_MEM && (minor == 1 || minor == 2 || minor == 4) ? device : 0;
}

#endif
