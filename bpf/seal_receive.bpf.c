// SPDX-License-Identifier: GPL-2.0-only
/*
 * seal_receive.bpf.c - after the seal nobody gets a descriptor that its scan would have stopped for.
 *
 *   file_receive (link)   what is taken from a message (SCM_RIGHTS), from another process (pidfd_getfd) and from a seccomp
 *                         supervisor; of raw sockets it is noted that they are some program's, before the seal, too
 *
 * A descriptor that is on its way through a socket is in no process's table, where the scan looks.  Files that are opened
 * after the seal meet the hooks on opening them, so that what is refused here was open before.
 */
#include "core.bpf.h"
#include "data.bpf.h"
#include "egress_socket.bpf.h"
#include "held.bpf.h"
#include "kernel_pseudo.bpf.h"
#include "ptrace.bpf.h"

#define FMODE_WRITE	0x2		/* include/linux/fs.h, the same on every kernel */
#define ANON_MAGIC	0x09041934	/* include/uapi/linux/magic.h */

/* Another process's memory, or where what lies in it. */
static __always_inline bool shows_memory(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	struct task_struct *task = bpf_get_current_task_btf();
	bool memory = is_named(dentry, "mem");
	__u64 pid;

	if (is_named(dentry, "kcore"))
		return true;
	if (config.mode[GUARD_ptrace] == MODE_OFF)
		return false;
	if (!memory && !(config.ptrace_read && (is_named(dentry, "environ") || is_named(dentry, "auxv") ||
						is_named(dentry, "pagemap") || is_named(dentry, "maps") ||
						is_named(dentry, "smaps") || is_named(dentry, "smaps_rollup") ||
						is_named(dentry, "numa_maps"))))
		return false;
	pid = proc_pid_of(file->f_inode);
	return !pid || (pid != (__u64)task->thread_pid && pid != (__u64)task->group_leader->thread_pid);
}

/* By the name that the kernel gives it: BPF objects, perf events, and what section kernel denies. */
static __always_inline bool is_anonymous_power(struct dentry *dentry)
{
	return is_named(dentry, "bpf-map") || is_named(dentry, "bpf-prog") || is_named(dentry, "bpf-link") ||
	       is_named(dentry, "bpf_link") || (judges_copies() && is_named(dentry, "[perf_event]")) ||
	       ((config.kernel_deny & 1 << KERNEL_IO_URING) && is_named(dentry, "[io_uring]")) ||
	       ((config.kernel_deny & 1 << KERNEL_USERFAULTFD) && is_named(dentry, "[userfaultfd]"));
}

static __always_inline bool outlives_seal(struct file *file)
{
	struct inode *inode = file->f_inode;
	struct super_block *sb = inode->i_sb;
	struct dentry *dentry = file->f_path.dentry;
	bool writable = file->f_mode & FMODE_WRITE;
	struct file_id id = inode_id_of(inode);

	if (!sb || !dentry || device_of(inode, writable))
		return true;
	if (writable && (bpf_map_lookup_elem(&hctl_guarded, &id) || pseudo_kind(file) != KIND_COUNT))
		return true;
	if (is_locked_file(file, writable))
		return true;
	if (sb->s_magic == PROC_SUPER_MAGIC)
		return shows_memory(file);
	return sb->s_magic == ANON_MAGIC && is_anonymous_power(dentry);
}

/*
 * A raw socket that was on its way when the set was loaded has no tag, and without one what it sends counts as the kernel's own
 * answers.  False: it got none now.
 */
static __always_inline bool tag_raw(struct file *file)
{
	struct socket *socket = bpf_sock_from_file(file);
	struct sock *sk = socket ? socket->sk : NULL;
	struct socket_tag *tag;

	if (!sk || (sk->__sk_common.skc_family != AF_INET && sk->__sk_common.skc_family != AF_INET6) || sk->sk_type != SOCK_RAW)
		return true;
	tag = bpf_sk_storage_get(&hctl_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (tag)
		tag->flags |= SOCKET_RAW;
	return tag;
}

SEC("lsm/file_receive")
int BPF_PROG(seal__file_receive, struct file *file, int ret)
{
	if (!ret && config.mode[GUARD_egress] != MODE_OFF && !tag_raw(file) && armed() && verdict(GUARD_egress))
		return answer_link(true);
	ret = ret ?: judge_protected_file(file, KIND_data_file_receive_protected);
	if (ret || !armed() || !sealed() || !outlives_seal(file))
		return ret;
	return refuse_file(GUARD_seal, KIND_seal_file_receive_held, file);
}
