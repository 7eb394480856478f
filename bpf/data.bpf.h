/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * data.bpf.h - which files the policy gives to certain programs alone.
 *
 * A file is judged by where it is: its own row or else that of the nearest directory above it, up to the root of its file
 * system.  So what is created below a tree is protected from its first moment, and no cache or memory pressure can
 * lose that.  By dentries, not by mounts: through whatever mount, namespace or layer of overlayfs it is reached.
 *
 * A character device is judged by its number, whatever node it is opened by; shared memory by the program that made it.
 */
#ifndef HARDENCTL_DATA_BPF_H
#define HARDENCTL_DATA_BPF_H

#include "core.bpf.h"
#include "exec.bpf.h"
#include "introduced.bpf.h"

/* include/uapi/linux/magic.h */
#define MAGIC_TMPFS	0x01021994
#define MAGIC_HUGETLBFS	0x958458f6

#define FILE_DIRECTORY	0040000	/* include/uapi/linux/stat.h, the same on every kernel */

TEXT(protected_text) = "file";

/* Whether its file system has anything that is protected: all that other files pay. */
static __always_inline bool data_concerns(struct inode *inode)
{
	struct super_block *sb;
	bool found = false;

	if (!config.data || !inode)
		return false;
	sb = inode->i_sb;
	if (!sb)
		return false;
#pragma unroll
	for (int i = 0; i < PROTECT_DEVS; i++)
		found |= config.data_devs[i] && sb->s_dev == config.data_devs[i];
	return found;
}

static __always_inline struct protected *protected_itself(struct inode *inode)
{
	struct file_id id = inode_id_of(inode);

	return bpf_map_lookup_elem(&hctl_protected, &id);
}

/*
 * What protects it; no rules: nothing.  A dentry that hangs nowhere has been found by a handle and not by a path, and
 * of one that hangs too deep we can't tell either: nobody's.
 */
static __always_inline struct protected protected_by(struct dentry *dentry)
{
	struct protected none = {}, unknown = { .rules = PROTECT_NOBODY }, *row;
	struct dentry *parent;
	struct inode *inode;

	for (int i = 0; i < PROTECT_DEPTH; i++) {
		inode = dentry->d_inode;
		if (inode) {
			row = protected_itself(inode);
			if (row)
				return *row;
		}
		parent = dentry->d_parent;
		if (!parent)
			return unknown;
		if (parent == dentry)
			return inode && inode->i_sb->s_root == dentry ? none : unknown;
		dentry = parent;
	}
	return unknown;
}

/* Up to 6.6 overlayfs opens a layer's file by the path of its own: where that leads says nothing of the file. */
static __always_inline struct protected protected_file(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	struct protected unknown = { .rules = PROTECT_NOBODY }, *row;

	if (dentry && dentry->d_inode == file->f_inode)
		return protected_by(dentry);
	row = protected_itself(file->f_inode);
	return row ? *row : unknown;
}

static __always_inline bool is_character(struct inode *inode)
{
	return inode && (inode->i_mode & FILE_TYPE) == FILE_CHAR;
}

/* Entries for the number, for its major and for all add up. */
static __always_inline __u64 device_rules(struct inode *inode)
{
	__u64 number = DISK_KEY(0, inode->i_rdev, 1), rules = 0;
	const __u64 keys[] = { number, (number & ~0xfffffull) | DEVICE_ANY_MINOR, DISK_KEY(0, 0, 1) | DEVICE_ANY };

#pragma unroll
	for (int i = 0; i < 3; i++) {
		struct file_id id = { .ino = keys[i] };
		struct protected *row = bpf_map_lookup_elem(&hctl_protected, &id);

		if (row)
			rules |= row->rules;
	}
	return rules;
}

/* Mask of the entries for such shared memory. */
static __always_inline __u64 shm_entries(__u32 classes)
{
	__u64 entries = 0;

#pragma unroll
	for (int i = 0; i < SHM_COUNT; i++)
		if (classes >> i & 1)
			entries |= config.data_shm[i];
	return entries;
}

/* An older policy's program that this one doesn't know: nobody's. */
static __always_inline __u64 shm_rules(const struct shm_tag *tag)
{
	struct identity *maker = bpf_map_lookup_elem(&hctl_identities, &tag->maker);

	return maker ? maker->data & shm_entries(tag->classes) : PROTECT_NOBODY;
}

/* Of a memfd, or a file in memory. */
static __always_inline __u64 shm_file_rules(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;
	struct shm_tag *tag;

	if (!sb || (sb->s_magic != MAGIC_TMPFS && sb->s_magic != MAGIC_HUGETLBFS))
		return 0;
	tag = bpf_inode_storage_get(&hctl_shm, inode, NULL, 0);
	return tag ? shm_rules(tag) : 0;
}

/* Mask of the entries that are for a task's program.  Kernel threads have none, and no entry. */
static __always_inline __u64 owned_by(struct task_struct *task)
{
	struct identity *identity = identity_of(task);

	return identity ? identity->data : 0;
}

/* Of what is protected wherever it is found. */
static __always_inline __u64 plain_rules(struct inode *inode)
{
	if (config.data_devices && is_character(inode))
		return device_rules(inode);
	return config.shm && inode ? shm_file_rules(inode) : 0;
}

static __always_inline bool is_refused(const struct protected *row)
{
	return row->rules && armed() && !(owned_by(bpf_get_current_task_btf()) & row->rules);
}

/* What somebody has open or mapped that is for other programs; not shared memory, which nobody could get at since the load. */
static __always_inline bool is_withheld(struct task_struct *task, struct file *file)
{
	struct protected row;

	row.rules = plain_rules(file->f_inode);
	if (row.rules && !(owned_by(task) & row.rules))
		return true;
	if (!data_concerns(file->f_inode))
		return false;
	row = protected_file(file);
	return row.rules && !(owned_by(task) & row.rules);
}

/* `kind` is a constant. */
static __always_inline int refuse_protected(const struct protected *row, __u32 kind, struct inode *inode)
{
	bool deny = verdict(GUARD_data);
	struct protected_name *name;
	__u32 index = row->name;
	struct record *rec;

	rec = refusal_begin(kind, OBJECT_TEXT, deny, key_of_id(inode_id_of(inode)));
	if (rec) {
		record_text(rec, protected_text, "");
		name = bpf_map_lookup_elem(&hctl_prot_names, &index);
		if (name)
			__builtin_memcpy(rec->object.text.detail, name->path, sizeof(rec->object.text.detail));
		refusal_end(rec);
	}
	return answer_link(deny);
}
static_assert(sizeof(((struct object_text *)0)->detail) == PROTECT_NAME, "refuse_protected: copies one to the other");

/* Until the seal hardenctl looks into directories, when it loads another policy: which of their files have several names. */
static __always_inline bool may_walk(struct inode *inode)
{
	return (inode->i_mode & FILE_TYPE) == FILE_DIRECTORY && is_hardenctl(bpf_get_current_task_btf()) && !sealed();
}

/* Opening, or taking over. */
static __always_inline int judge_protected_file(struct file *file, __u32 kind)
{
	struct protected row = {};

	row.rules = plain_rules(file->f_inode);
	if (is_refused(&row))
		return refuse_file(GUARD_data, kind, file);
	if (!data_concerns(file->f_inode))
		return 0;
	row = protected_file(file);
	if (!is_refused(&row) || may_walk(file->f_inode))
		return 0;
	return refuse_file(GUARD_data, kind, file);
}

/* Changing what is there, or making something: then `dentry` is to be, and its directory decides. */
static __always_inline int judge_protected(struct inode *inode, struct dentry *dentry, __u32 kind)
{
	struct protected row;

	if (!data_concerns(inode))
		return 0;
	row = protected_by(dentry);
	return is_refused(&row) ? refuse_protected(&row, kind, inode) : 0;
}

/* Entries with `remove: allow`: so that whoever shuts the machine down can delete a tree. */
static __always_inline int judge_protected_removal(struct dentry *dentry, __u32 kind)
{
	struct inode *inode = dentry->d_inode;
	struct protected row;

	if (!data_concerns(inode))
		return 0;
	row = protected_by(dentry);
	if (row.rules & config.data_remove)
		return 0;
	return is_refused(&row) ? refuse_protected(&row, kind, inode) : 0;
}

/*
 * A file gets a name on another side of a boundary: from now on it is protected itself, by what protected it before, or
 * else by what it comes into.  Where there is no room for that, it doesn't get the name.
 */
static __always_inline bool keep_protected(struct inode *inode, const struct protected *from, const struct protected *to)
{
	struct file_id id = inode_id_of(inode);
	struct protected row = from->rules ? *from : *to;

	if (from->rules == to->rules)
		return true;
	/* Of what is below a directory some files may have other names, outside: each would have to be looked at. */
	if (!from->rules && (inode->i_mode & FILE_TYPE) == FILE_DIRECTORY)
		return false;
	return !bpf_map_update_elem(&hctl_protected, &id, &row, BPF_ANY);
}

/* Another name, or a name elsewhere. */
static __always_inline int judge_protected_name(struct dentry *old, struct dentry *new, __u32 kind)
{
	struct inode *inode = old->d_inode;
	struct protected from, to;

	if (!data_concerns(inode))
		return 0;
	from = protected_by(old);
	to = protected_by(new);
	if (!from.rules && !to.rules)
		return 0;
	if (is_refused(&from))
		return refuse_protected(&from, kind, inode);
	if (is_refused(&to))
		return refuse_protected(&to, kind, inode);
	if (!armed() || keep_protected(inode, &from, &to))
		return 0;
	return refuse_protected(from.rules ? &from : &to, kind, inode);
}

#endif
