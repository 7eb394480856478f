// SPDX-License-Identifier: GPL-2.0-only
/*
 * seal_files.bpf.c - keeps our binary, policy, keys, units and pins as they are, after the seal.
 *
 * And the scripts that exec.allow and exec.except name, with what their paths lead through: directories and symbolic
 * links that keep their names and places, while what is in them may change.
 *
 * The data guard asks each of these hooks for the files that the policy gives to one program: see data.bpf.h.
 *
 * By inode, from a table that is frozen before the seal.  All of these are links, and expendable: see the
 * table in seal.bpf.c.
 *
 *   file_open (link)                       opening for writing; for the ptrace guard, what shows memory, and core
 *                                          dumps; for the exec guard, what is in the baseline, images below it,
 *                                          and what writes to one's own memory; for the kernel guard, swap, files that
 *                                          configure the kernel, and devices that are for one program
 *   inode_setattr (link)                   mode, owner, size, times; a new size for the baseline, too
 *   inode_unlink, _rmdir, _rename (link)   taking away, replacing; also the directory that a mount of ours
 *                                          stands on: removing it in another mount namespace would detach
 *                                          the mount without asking sb_umount
 *   inode_create, _link, _symlink,         new drop-ins in a directory of ours; inode_create core dumps, so
 *   _mkdir, _mknod (link)                  that refusing to open them leaves no empty files
 */
#include "core.bpf.h"
#include "compat.bpf.h"
#include "data.bpf.h"
#include "exec.bpf.h"
#include "introduced.bpf.h"
#include "kernel_dev.bpf.h"
#include "kernel_pseudo.bpf.h"
#include "kernel_swap.bpf.h"
#include "ptrace.bpf.h"

#define FMODE_WRITE	0x2	/* include/linux/fs.h, the same on every kernel */

TEXT(file_text) = "file";

static __always_inline struct guarded *guarded(struct inode *inode)
{
	struct file_id id = inode_id_of(inode);

	return bpf_map_lookup_elem(&hctl_guarded, &id);
}

static __always_inline int refuse_change(const struct guarded *guarded, __u32 kind)
{
	bool deny = verdict(GUARD_seal);
	struct record *rec;

	rec = refusal_begin(kind, OBJECT_TEXT, deny, key_of_text(guarded->path, PROGRAM_PATH));
	if (rec) {
		__builtin_memset(&rec->object.text, 0, sizeof(rec->object.text));
		__builtin_memcpy(rec->object.text.what, file_text, sizeof(file_text));
		__builtin_memcpy(rec->object.text.detail, guarded->path,
				 sizeof(rec->object.text.detail));
		refusal_end(rec);
	}
	return answer_link(deny);
}

/* That it stays what its name leads to. */
static __always_inline int judge_name(struct inode *inode, __u32 kind)
{
	struct guarded *ours = guarded(inode);

	if (!ours || !armed() || !sealed())
		return 0;
	return refuse_change(ours, kind);
}

/* What is in it, and what it is. */
static __always_inline int judge_inode(struct inode *inode, __u32 kind)
{
	struct guarded *ours = guarded(inode);

	if (!ours || ours->place || !armed() || !sealed())
		return 0;
	return refuse_change(ours, kind);
}

SEC("lsm/file_open")
int BPF_PROG(seal__file_open, struct file *file, int ret)
{
	__u32 reader;

	if (ret)
		return ret;
	ret = judge_protected_file(file, KIND_data_file_open_protected);
	if (!ret && file->f_mode & FMODE_WRITE)
		ret = judge_inode(file->f_inode, KIND_seal_file_open_write) ?: judge_writer(file) ?:
		      judge_core(KIND_ptrace_file_open_core) ?: judge_swap(file) ?: judge_pseudo(file);
	if (!ret && config.device_users)
		ret = judge_device(file);
	if (ret || !(config.ptrace_files || config.jit))
		return ret;
	/* Here, since a second program on the same hook would cost every open another hundred instructions. */
	reader = reader_of(file->f_inode);
	if (config.ptrace_files && (reader & READER_SHOWS))
		return judge_reader(file);
	if (config.jit && (reader & READER_WRITES) && (file->f_mode & FMODE_WRITE))
		return judge_own_memory(file);
	return 0;
}

SEC("lsm/inode_setattr")
int seal__inode_setattr(unsigned long long *ctx)
{
	struct dentry *dentry;
	struct iattr *attr;

	compat_inode_setattr(ctx, &dentry, &attr);
	/* truncate(2), and O_TRUNC without opening for writing. */
	if (attr->ia_valid & ATTR_SIZE)
		changed(dentry->d_inode);
	return judge_inode(dentry->d_inode, KIND_seal_inode_setattr_attributes) ?:
	       judge_protected(dentry->d_inode, dentry, KIND_data_inode_setattr_protected);
}

SEC("lsm/inode_unlink")
int BPF_PROG(seal__inode_unlink, struct inode *dir, struct dentry *dentry, int ret)
{
	unnamed(dentry->d_inode);
	return ret ?: judge_name(dentry->d_inode, KIND_seal_inode_unlink_unlink) ?: judge_removal(dentry->d_inode) ?:
	       judge_protected_removal(dentry, KIND_data_inode_unlink_protected);
}

SEC("lsm/inode_rmdir")
int BPF_PROG(seal__inode_rmdir, struct inode *dir, struct dentry *dentry, int ret)
{
	return ret ?: judge_name(dentry->d_inode, KIND_seal_inode_rmdir_unlink) ?:
	       judge_protected_removal(dentry, KIND_data_inode_rmdir_protected);
}

/* What is renamed, what it would replace, and the directory that it would appear in. */
SEC("lsm/inode_rename")
int BPF_PROG(seal__inode_rename, struct inode *old_dir, struct dentry *old, struct inode *new_dir,
	     struct dentry *new, int ret)
{
	if (ret)
		return ret;
	unnamed(new->d_inode);
	return judge_name(old->d_inode, KIND_seal_inode_rename_rename) ?:
	       judge_name(new->d_inode, KIND_seal_inode_rename_rename) ?:
	       judge_inode(new_dir, KIND_seal_inode_rename_rename) ?:
	       judge_protected_name(old, new, KIND_data_inode_rename_protected);
}

SEC("lsm/inode_create")
int BPF_PROG(seal__inode_create, struct inode *dir, struct dentry *dentry, int mode, int ret)
{
	return ret ?: judge_inode(dir, KIND_seal_inode_create_create) ?:
		      judge_protected(dir, dentry, KIND_data_inode_create_protected) ?:
		      judge_core(KIND_ptrace_inode_create_core);
}

SEC("lsm/inode_link")
int BPF_PROG(seal__inode_link, struct dentry *old, struct inode *dir, struct dentry *new, int ret)
{
	return ret ?: judge_inode(dir, KIND_seal_inode_link_create) ?:
		      judge_protected_name(old, new, KIND_data_inode_link_protected);
}

SEC("lsm/inode_symlink")
int BPF_PROG(seal__inode_symlink, struct inode *dir, struct dentry *dentry, const char *name, int ret)
{
	return ret ?: judge_inode(dir, KIND_seal_inode_symlink_create) ?:
		      judge_protected(dir, dentry, KIND_data_inode_symlink_protected);
}

SEC("lsm/inode_mkdir")
int BPF_PROG(seal__inode_mkdir, struct inode *dir, struct dentry *dentry, int mode, int ret)
{
	return ret ?: judge_inode(dir, KIND_seal_inode_mkdir_create) ?:
		      judge_protected(dir, dentry, KIND_data_inode_mkdir_protected);
}

SEC("lsm/inode_mknod")
int BPF_PROG(seal__inode_mknod, struct inode *dir, struct dentry *dentry, int mode, __u32 dev, int ret)
{
	return ret ?: judge_inode(dir, KIND_seal_inode_mknod_create) ?:
		      judge_protected(dir, dentry, KIND_data_inode_mknod_protected);
}
