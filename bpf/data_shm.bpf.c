// SPDX-License-Identifier: GPL-2.0-only
/*
 * data_shm.bpf.c - whose shared memory is: that of programs that data.protect names is for programs of the same entry.
 *
 *   d_instantiate (link)       memfds, and files of /dev/shm and of hugetlbfs, as they come to be: before anybody can find them
 *   shm_alloc_security, shm_free_security, shm_shmat (link)   segments of shmget(2), whose files no other hook is asked for
 *
 * Descriptors, by whatever way, are judged by data.bpf.h.  Loaded only if the policy has data.protect with `shm`.  All are links:
 * see the table in seal.bpf.c.
 */
#include "core.bpf.h"
#include "data.bpf.h"

struct map_shm hctl_shm SEC(".maps");
struct map_segments hctl_segments SEC(".maps");

#define SIGKILL		9

TEXT(segment_text) = "segment";

/* What it is, of what the policy can name: a mask.  Segments have no dentry that a hook sees (S_PRIVATE). */
static __always_inline __u32 shm_classes(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;
	bool kernels;

	if (!sb || (inode->i_mode & FILE_TYPE) != FILE_REGULAR)
		return 0;
	kernels = sb->s_flags & SB_KERNMOUNT;
	if (sb->s_magic == MAGIC_HUGETLBFS)
		return 1 << SHM_HUGETLB | (kernels ? 1 << SHM_MEMFD : 0);
	if (sb->s_magic != MAGIC_TMPFS)
		return 0;
	if (kernels)
		return 1 << SHM_MEMFD;
	return sb->s_dev == config.shm_dev ? 1 << SHM_POSIX : 0;
}

/* Who maps or sends it later may have left the policy's programs; who made it stays the same. */
SEC("lsm/d_instantiate")
int BPF_PROG(data__d_instantiate, struct dentry *dentry, struct inode *inode)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct shm_tag *tag;
	__u32 classes;

	if (!inode)
		return 0;
	classes = shm_classes(inode);
	if (!classes || !(owned_by(task) & shm_entries(classes)))
		return 0;
	tag = bpf_inode_storage_get(&hctl_shm, inode, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (tag && program_of(task, &tag->maker)) {
		tag->classes = classes;
		return 0;
	}
	/* This hook can't refuse.  Without a tag it would be everybody's, so its maker must not come to fill it. */
	bpf_send_signal(SIGKILL);
	return 0;
}

SEC("lsm/shm_alloc_security")
int BPF_PROG(data__shm_alloc, struct kern_ipc_perm *segment, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct shm_tag tag = { .classes = 1 << SHM_SYSV };
	__u64 key = (__u64)segment;

	if (ret || !(owned_by(task) & shm_entries(tag.classes)))
		return ret;
	if (!program_of(task, &tag.maker))
		return -EPERM;
	/* Full: there are more than SHMMNI, the kernel's default. */
	return bpf_map_update_elem(&hctl_segments, &key, &tag, BPF_ANY) ? -EPERM : 0;
}

SEC("lsm/shm_free_security")
int BPF_PROG(data__shm_free, struct kern_ipc_perm *segment)
{
	__u64 key = (__u64)segment;

	bpf_map_delete_elem(&hctl_segments, &key);
	return 0;
}

SEC("lsm/shm_shmat")
int BPF_PROG(data__shm_shmat, struct kern_ipc_perm *segment, char *address, int flags, int ret)
{
	__u64 key = (__u64)segment;
	struct protected row = {};
	struct shm_tag *tag;

	if (ret)
		return ret;
	tag = bpf_map_lookup_elem(&hctl_segments, &key);
	if (!tag)
		return 0;
	row.rules = shm_rules(tag);
	return is_refused(&row) ? answer_link(refuse_text(GUARD_data, KIND_data_shm_shmat_protected, segment_text)) : 0;
}
