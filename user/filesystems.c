// SPDX-License-Identifier: GPL-2.0-only
/* filesystems.c - types of file systems that kernel.mounts can list. */
#include "filesystems.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "util.h"

/* magic: statfs(2)'s f_type, where the kernel tells no name; one that is not here can't be listed there. */
#define TYPES(T)								\
	T("9p", 0x01021997) T("affs", 0xadff) T("afs", 0x5346414f) T("autofs", 0x0187)	\
	T("bcachefs", 0xca451a4e) T("befs", 0x42465331) T("beegfs", 0x19830326)	\
	T("binder", 0x6c6f6f70) T("binfmt_misc", 0x42494e4d) T("bpf", 0xcafe4a11)	\
	T("btrfs", 0x9123683e) T("ceph", 0x00c36400) T("cgroup", 0x0027e0eb)	\
	T("cgroup2", 0x63677270) T("cifs", 0xff534d42) T("coda", 0x73757245)	\
	T("configfs", 0x62656570) T("cpuset", 0x0027e0eb) T("cramfs", 0x28cd3d45)	\
	T("debugfs", 0x64626720) T("devpts", 0x1cd1) T("devtmpfs", 0x01021994)	\
	T("ecryptfs", 0xf15f) T("efivarfs", 0xde5e81e4) T("erofs", 0xe0f5e1e2)	\
	T("exfat", 0x2011bab0) T("ext2", 0xef53) T("ext3", 0xef53) T("ext4", 0xef53)	\
	T("f2fs", 0xf2f52010) T("fuse", 0x65735546) T("fuseblk", 0x65735546)	\
	T("fusectl", 0x65735543) T("gfs2", 0x01161970) T("gpfs", 0x47504653)	\
	T("hfs", 0x4244) T("hfsplus", 0x482b) T("hpfs", 0xf995e849)		\
	T("hugetlbfs", 0x958458f6) T("iso9660", 0x9660) T("jffs2", 0x72b6)	\
	T("jfs", 0x3153464a) T("lustre", 0x0bd00bd0) T("minix", 0x4d5a)		\
	T("mqueue", 0x19800202) T("msdos", 0x4d44) T("nfs", 0x6969) T("nfs4", 0x6969)	\
	T("nfsd", 0x6e667364) T("nilfs2", 0x3434) T("ntfs", 0x5346544e)		\
	T("ntfs3", 0x7366746e) T("ocfs2", 0x7461636f) T("omfs", 0xc2993d87)	\
	T("orangefs", 0x20030528) T("overlay", 0x794c7630) T("proc", 0x9fa0)	\
	T("pstore", 0x6165676c) T("qnx4", 0x002f) T("qnx6", 0x68191122)		\
	T("ramfs", 0x858458f6) T("reiserfs", 0x52654973) T("resctrl", 0x07655821)	\
	T("romfs", 0x7275) T("rpc_pipefs", 0x67596969) T("securityfs", 0x73636673)	\
	T("selinuxfs", 0xf97cff8c) T("smackfs", 0x43415d53) T("smb3", 0xff534d42)	\
	T("squashfs", 0x73717368) T("sysfs", 0x62656572) T("sysv", 0x012ff7b4)	\
	T("tmpfs", 0x01021994) T("tracefs", 0x74726163) T("ubifs", 0x24051905)	\
	T("udf", 0x15013346) T("ufs", 0x00011954) T("vboxsf", 0x786f4256)	\
	T("vfat", 0x4d44) T("virtiofs", 0x65735546) T("xenfs", 0xabba1974)	\
	T("xfs", 0x58465342) T("zfs", 0x2fc12fc1) T("zonefs", 0x5a4f4653)

#define TYPE_NAME(name, magic)	name,
#define TYPE_MAGIC(name, magic)	magic,

const char *const filesystem_names[] = { TYPES(TYPE_NAME) NULL };
static const __u64 magics[] = { TYPES(TYPE_MAGIC) };
static_assert(ARRAY_SIZE(magics) <= POLICY_MOUNTS_MAX, "struct policy: one place a type");

/*
 * These bring nothing in: views of the kernel, and what begins empty.  hardenctl itself needs the first three, the canary that
 * opens a disk among them.  The last is one and the same wherever it is mounted, and shares its magic with tmpfs.
 */
static const char *const always[] = { "cgroup2", "securityfs", "tmpfs", "devtmpfs" };

/* What the seal looks into. */
static const char *const sealers[] = { "tracefs", "binfmt_misc" };

int filesystem_find(const char *name)
{
	for (int i = 0; filesystem_names[i]; i++)
		if (!strcmp(filesystem_names[i], name))
			return i;
	return -1;
}

__u64 filesystem_magic(int type)
{
	return magics[type];
}

__u32 filesystems_listed(const struct policy *policy)
{
	__u32 listed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		listed += policy->mounts[i];
	return listed;
}

__u32 filesystems_rows(void)
{
	/* By name, and by magic. */
	return 2 * ARRAY_SIZE(magics);
}

static enum mount_who who_mounts(const struct policy *policy, size_t type)
{
	if (policy->mounts[type])
		return MOUNT_ANYBODY;
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		if (!strcmp(filesystem_names[type], always[i]))
			return MOUNT_ANYBODY;
	for (size_t i = 0; i < ARRAY_SIZE(sealers); i++)
		if (!strcmp(filesystem_names[type], sealers[i]))
			return MOUNT_SEALER;
	return MOUNT_NOBODY;
}

/* A magic alone does not tell which of the types it is that have it: whoever may not mount one may not mount any. */
static enum mount_who who_mounts_magic(const struct policy *policy, __u64 magic)
{
	enum mount_who who = MOUNT_ANYBODY;

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (magics[i] == magic && who_mounts(policy, i) != MOUNT_ANYBODY)
			who = who_mounts(policy, i) == MOUNT_SEALER && who != MOUNT_NOBODY ? MOUNT_SEALER : MOUNT_NOBODY;
	return who;
}

static int add_row(int map, const struct mount_type *type, enum mount_who who, const char *name, struct fail *fail)
{
	struct mount_rule rule = { .who = who };

	snprintf(rule.name, sizeof(rule.name), "%s", name);
	if (!bpf_map_update_elem(map, type, &rule, BPF_ANY))
		return 0;
	return fail_set(fail, EXIT_FAILED, errno, NULL, "fill the table of file systems: %s", strerror(errno));
}

int filesystems_fill(int map, const struct policy *policy, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(magics); i++) {
		const char *name = filesystem_names[i];
		struct mount_type by_name = {}, by_magic = { .magic = magics[i] };

		snprintf(by_name.name, sizeof(by_name.name), "%s", name);
		err = add_row(map, &by_name, who_mounts(policy, i), name, fail);
		err = err ?: add_row(map, &by_magic, who_mounts_magic(policy, magics[i]), name, fail);
	}
	return err;
}
