// SPDX-License-Identifier: GPL-2.0-only
/*
 * data.bpf.c - what the policy gives to certain programs alone, where seal_files.bpf.c has no program on the hook.
 *
 *   bprm_check_security (link)    who has such files or devices may have them open: it starts only programs that have them, too
 *   inode_setxattr, _removexattr, _set_acl, _remove_acl (link)   attributes
 *   inode_file_setattr (link)     flags of chattr(1), by file_setattr(2); by an ioctl they need a descriptor
 *   path_notify (link)            watches, which tell the names of files
 *   sb_mount, move_mount (link)   mounting something over them
 *
 * Loaded only if the policy has data.protect, and but for the first only if that names files.  All are links: see the table in seal.bpf.c.
 */
#include "core.bpf.h"
#include "data.bpf.h"

struct map_protected hctl_protected SEC(".maps");
struct map_protected_names hctl_prot_names SEC(".maps");

/* include/uapi/linux/mount.h */
#define MS_REMOUNT	0x20
#define MS_BIND		0x1000
#define MS_PROPAGATION	(1 << 17 | 1 << 18 | 1 << 19 | 1 << 20)

/* Descriptors go on to what a program starts, be it by its own fault: whoever opened nothing yet may do so meanwhile. */
SEC("lsm/bprm_check_security")
int BPF_PROG(data__bprm_check_security, struct linux_binprm *bprm, int ret)
{
	__u64 mine = owned_by(bpf_get_current_task_btf()), next;
	struct file_id id = file_id_of(bprm->file);
	struct identity *identity;

	if (ret)
		return ret;
	identity = bpf_map_lookup_elem(&hctl_identities, &id);
	next = identity && !is_stale(identity, &id) ? identity->data : 0;
	/* It must be no one else's code: LD_PRELOAD and its like are dropped, as for a program with setuid. */
	if (next)
		bpf_bprm_opts_set(bprm, BPF_F_BPRM_SECUREEXEC);
	if (!(mine & ~next) || !armed())
		return 0;
	return refuse_file(GUARD_data, KIND_data_bprm_check_security_inherit, bprm->file);
}

SEC("lsm/inode_setxattr")
int BPF_PROG(data__inode_setxattr, void *idmap, struct dentry *dentry, const char *name, const void *value, __u64 size, int flags,
	     int ret)
{
	return ret ?: judge_protected(dentry->d_inode, dentry, KIND_data_inode_setxattr_protected);
}

SEC("lsm/inode_removexattr")
int BPF_PROG(data__inode_removexattr, void *idmap, struct dentry *dentry, const char *name, int ret)
{
	return ret ?: judge_protected(dentry->d_inode, dentry, KIND_data_inode_removexattr_protected);
}

/* Since v6.2; before, both hooks above are asked for access control lists, too. */
SEC("?lsm/inode_set_acl")
int BPF_PROG(data__inode_set_acl, void *idmap, struct dentry *dentry, const char *name, void *acl, int ret)
{
	return ret ?: judge_protected(dentry->d_inode, dentry, KIND_data_inode_set_acl_protected);
}

SEC("?lsm/inode_remove_acl")
int BPF_PROG(data__inode_remove_acl, void *idmap, struct dentry *dentry, const char *name, int ret)
{
	return ret ?: judge_protected(dentry->d_inode, dentry, KIND_data_inode_remove_acl_protected);
}

/* Since v6.17, with the system call; before, the only way was an ioctl. */
SEC("?lsm/inode_file_setattr")
int BPF_PROG(data__inode_file_setattr, struct dentry *dentry, void *attr, int ret)
{
	return ret ?: judge_protected(dentry->d_inode, dentry, KIND_data_inode_file_setattr_protected);
}

SEC("lsm/path_notify")
int BPF_PROG(data__path_notify, const struct path *path, __u64 mask, unsigned int type, int ret)
{
	struct dentry *dentry = path->dentry;

	return ret ?: judge_protected(dentry->d_inode, dentry, KIND_data_path_notify_protected);
}

/* Nobody may, as no program of the policy's has a use for it. */
static __always_inline int judge_cover(const struct path *path, __u32 kind)
{
	struct dentry *dentry = path->dentry;
	struct protected row;

	if (!data_concerns(dentry->d_inode))
		return 0;
	row = protected_by(dentry);
	return row.rules && armed() ? refuse_protected(&row, kind, dentry->d_inode) : 0;
}

SEC("lsm/sb_mount")
int BPF_PROG(data__sb_mount, const char *what, const struct path *path, const char *type, unsigned long flags, void *data,
	     int ret)
{
	if (ret || (flags & MS_REMOUNT) || (!(flags & MS_BIND) && (flags & MS_PROPAGATION)))
		return ret;
	return judge_cover(path, KIND_data_sb_mount_cover);
}

SEC("lsm/move_mount")
int BPF_PROG(data__move_mount, const struct path *from, const struct path *to, int ret)
{
	return ret ?: judge_cover(to, KIND_data_move_mount_cover);
}
