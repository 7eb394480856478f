/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_pseudo.bpf.h - files by which one configures the kernel, which nobody opens for writing after the seal.
 *
 * By the file system that a file is of and by its name there: in these the kernel gives all names, and a bind mount or
 * another mount of one changes neither.
 */
#ifndef HARDENCTL_KERNEL_PSEUDO_BPF_H
#define HARDENCTL_KERNEL_PSEUDO_BPF_H

#include "core.bpf.h"
#include "compat.bpf.h"
#include "introduced.bpf.h"

/* include/uapi/linux/magic.h, include/linux/efi.h, xenfs: the same on every kernel */
#define MAGIC_PROC	0x9fa0
#define MAGIC_SYSFS	0x62656572
#define MAGIC_CGROUP	0x27e0eb	/* version 1 */
#define MAGIC_EFIVARFS	0xde5e81e4
#define MAGIC_PSTORE	0x6165676c
#define MAGIC_BINFMT	0x42494e4d
#define MAGIC_CONFIGFS	0x62656570
#define MAGIC_SECURITY	0x73636673
#define MAGIC_APPARMOR	0x5a3c69f0
#define MAGIC_RESCTRL	0x7655821
#define MAGIC_XENFS	0xabba1974
#define MAGIC_TRACEFS	0x74726163
#define MAGIC_DEBUGFS	0x64626720

#define PROC_DEPTH	8	/* directories below procfs's root that are climbed */

/*
 * Whether a dentry has that name, of 32 characters at most, or one that is as long and begins with the same 16.  The length tells
 * a name that stands in the dentry from one that does not, where other dentries' names may still stand.
 */
#define is_named(dentry, literal)							\
	({										\
		const union {								\
			char text[40];							\
			__u64 word[5];							\
		} __name = { .text = literal };						\
		const __u32 __len = sizeof(literal) - 1;				\
		static_assert(sizeof(literal) <= 32, "is_named: shorter than DNAME_INLINE_LEN");	\
		(dentry)->d_name.len == __len &&					\
		!((compat_short_name(dentry, 0) ^ __name.word[0]) &			\
		  (__len >= 8 ? ~0ull : (1ull << (8 * (__len & 7))) - 1)) &&		\
		(__len <= 8 || !((compat_short_name(dentry, 8) ^ __name.word[1]) &	\
				 (__len >= 16 ? ~0ull : (1ull << (8 * (__len & 7))) - 1)));	\
	})

/* What of sysfs goes on: udev's triggers.  Some files start programs or are parameters of modules, whatever the policy says. */
static __always_inline __u32 sysfs_kind(struct dentry *dentry)
{
	if (is_named(dentry->d_parent, "parameters"))
		return KIND_kernel_file_open_module_parameter;
	if (is_named(dentry, "uevent_helper"))
		return KIND_kernel_file_open_pseudo_file;
	return config.sysfs || is_named(dentry, "uevent") ? KIND_COUNT : KIND_kernel_file_open_sysfs;
}

/*
 * What of procfs is neither a process's nor a sysctl: sysrq, memory types, PCI, SCSI and ACPI by hand, debugging messages,
 * drivers' own, and pktgen, which sends.
 */
static __always_inline __u32 proc_kind(struct dentry *dentry)
{
	struct dentry *at = dentry, *parent;

	if (is_named(dentry->d_parent, "pktgen"))
		return KIND_kernel_file_open_pseudo_file;
#pragma unroll
	for (int i = 0; i < PROC_DEPTH; i++) {
		parent = at->d_parent;
		/* That of the root is itself. */
		if ((__u64)parent->d_parent == (__u64)parent)
			return is_named(at, "sysrq-trigger") || is_named(at, "mtrr") || is_named(at, "bus") ||
			       is_named(at, "scsi") || is_named(at, "acpi") || is_named(at, "driver") ||
			       is_named(at, "dynamic_debug") ?
			       KIND_kernel_file_open_pseudo_file : KIND_COUNT;
		at = parent;
	}
	return KIND_kernel_file_open_pseudo_file;
}

/*
 * Of configfs's tsm/report/NAME, by which a confidential VM asks for reports on itself (v6.7): they say what the machine is.
 * Nobody makes a directory at the root, or in tsm.
 */
static __always_inline bool is_attestation(struct dentry *dentry)
{
	struct dentry *reports = dentry->d_parent->d_parent, *tsm = reports->d_parent, *root = tsm->d_parent;

	return is_named(reports, "report") && is_named(tsm, "tsm") && (__u64)root->d_parent == (__u64)root;
}

/* What opening it for writing is refused as; KIND_COUNT: not at all. */
static __always_inline __u32 pseudo_kind(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	struct super_block *sb = file->f_inode->i_sb;

	if (config.mode[GUARD_kernel] == MODE_OFF || !sb || !dentry)
		return KIND_COUNT;
	switch (sb->s_magic) {
	case MAGIC_SYSFS:
		return sysfs_kind(dentry);
	case MAGIC_PROC:
		return proc_kind(dentry);
	case MAGIC_CGROUP:
		return is_named(dentry, "release_agent") || is_named(dentry, "notify_on_release") ?
		       KIND_kernel_file_open_pseudo_file : KIND_COUNT;
	case MAGIC_SECURITY:
		/* AppArmor's answers to daemons that ask it. */
		return is_named(dentry, ".access") ? KIND_COUNT : KIND_kernel_file_open_pseudo_file;
	case MAGIC_CONFIGFS:
		return is_attestation(dentry) ? KIND_COUNT : KIND_kernel_file_open_pseudo_file;
	case MAGIC_EFIVARFS:
	case MAGIC_PSTORE:
	case MAGIC_BINFMT:
	case MAGIC_APPARMOR:
	case MAGIC_RESCTRL:
	case MAGIC_XENFS:
		return KIND_kernel_file_open_pseudo_file;
	}
	return KIND_COUNT;
}

TEXT(efivarfs_text) = "efivarfs";

/* To unlink a variable of the firmware takes the variable away; no other file system here has files that one may unlink. */
static __always_inline int judge_removal(struct inode *inode)
{
	struct super_block *sb;

	if (config.mode[GUARD_kernel] == MODE_OFF || !inode)
		return 0;
	sb = inode->i_sb;
	if (!sb || sb->s_magic != MAGIC_EFIVARFS || !armed() || !judged_from_seal(GUARD_kernel))
		return 0;
	return answer_link(refuse_text(GUARD_kernel, KIND_kernel_inode_unlink_pseudo_file, efivarfs_text));
}

#define IS_SHUT(name)								\
	(bpf_core_enum_value_exists(enum lockdown_reason, name) &&		\
	 !(config.lockdown_allow >> bpf_core_enum_value(enum lockdown_reason, name) & 1))

/*
 * Whether locked_down is asked when it is opened, and nobody when it is read or written: who has it open goes on.  Of what is
 * not more than readable debugfs does not ask, either.
 */
static __always_inline bool is_locked_file(struct file *file, bool writable)
{
	struct inode *inode = file->f_inode;
	struct super_block *sb = inode->i_sb;

	if (config.mode[GUARD_kernel] == MODE_OFF || !sb || (inode->i_mode & FILE_TYPE) != FILE_REGULAR)
		return false;
	if (sb->s_magic == MAGIC_TRACEFS)
		return IS_SHUT(LOCKDOWN_TRACEFS);
	return sb->s_magic == MAGIC_DEBUGFS && (writable || (inode->i_mode & 07777 & ~0444)) && IS_SHUT(LOCKDOWN_DEBUGFS);
}

/* Memory of a device, which locked_down was asked for when it was mapped. */
static __always_inline bool is_hardware(struct file *file)
{
	struct super_block *sb = file->f_inode->i_sb;

	return config.mode[GUARD_kernel] != MODE_OFF && sb && (sb->s_magic == MAGIC_SYSFS || sb->s_magic == MAGIC_PROC) &&
	       IS_SHUT(LOCKDOWN_PCI_ACCESS);
}

static __always_inline int judge_pseudo(struct file *file)
{
	__u32 kind = pseudo_kind(file);

	if (kind == KIND_COUNT || !armed() || !judged_from_seal(GUARD_kernel))
		return 0;
	/* Apart, as the verifier must know a kind. */
	if (kind == KIND_kernel_file_open_sysfs)
		return refuse_file(GUARD_kernel, KIND_kernel_file_open_sysfs, file);
	if (kind == KIND_kernel_file_open_module_parameter)
		return refuse_file(GUARD_kernel, KIND_kernel_file_open_module_parameter, file);
	return refuse_file(GUARD_kernel, KIND_kernel_file_open_pseudo_file, file);
}

/* arch/x86/include/uapi/asm/mtrr.h.  Not whole commands: those of 32-bit programs have another size. */
#define MTRR_MAGIC	'M'
#define MTRR_GET	3
#define MTRR_GET_PAGE	8

TEXT(mtrr_text) = "/proc/mtrr";

/* Its commands change memory types, and the kernel does not ask for what the file was opened. */
static __always_inline int judge_mtrr(struct file *file, __u32 cmd)
{
	struct dentry *dentry = file->f_path.dentry;
	struct super_block *sb;

	if (((cmd >> 8) & 0xff) != MTRR_MAGIC || (cmd & 0xff) == MTRR_GET || (cmd & 0xff) == MTRR_GET_PAGE ||
	    config.mode[GUARD_kernel] == MODE_OFF || !dentry)
		return 0;
	sb = file->f_inode->i_sb;
	if (!sb || sb->s_magic != MAGIC_PROC || !is_named(dentry, "mtrr") || !armed() || !judged_from_seal(GUARD_kernel))
		return 0;
	return answer_link(refuse_text(GUARD_kernel, KIND_kernel_file_ioctl_memory_type, mtrr_text));
}

#endif
