// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptrace.bpf.c - refuses that one process controls or reads another.
 *
 *   ptrace_access_check (cgroup root)  attach, seize, process_vm_*, /proc/PID/mem, pidfd_getfd ask with
 *                                      PTRACE_MODE_ATTACH; /proc/PID/{environ,maps,exe,fd ...}, kcmp,
 *                                      process_madvise with PTRACE_MODE_READ
 *   ptrace_traceme (cgroup root)       a child that offers itself, which never asks the hook above
 *
 *   file_open (link)                   /proc/PID/{environ,maps ...} once more, where the kernel has
 *                                      bpf_rdonly_cast: since v6.14 whoever has CAP_PERFMON reads them although
 *                                      ptrace_access_check refused it
 *
 * A process never asks the first two about its own thread group.
 */
#include "core.bpf.h"
#include "compat.bpf.h"

/* include/linux/ptrace.h, the same on every kernel */
#define PTRACE_MODE_READ	0x01
#define PTRACE_MODE_ATTACH	0x02
#define PTRACE_MODE_NOAUDIT	0x04

static __always_inline bool is_hardenctl(struct task_struct *task)
{
	struct identity *identity;
	struct file_id id;

	if (!program_of(task, &id))
		return false;
	identity = bpf_map_lookup_elem(&hctl_identities, &id);
	return identity && (identity->flags & IDENTITY_SELF);
}

/*
 * Until the seal commits, hardenctl reads what its scan must know of others, such as their network namespaces.
 * Not of its own child, which is its canary: that says what holds for everybody else.
 */
static __always_inline bool scans(struct task_struct *target)
{
	struct task_struct *task = bpf_get_current_task_btf(), *parent = target->real_parent;
	struct state *s = state_of();

	if (!s || s->sealed_until == SEALED_FOREVER || !is_hardenctl(task))
		return false;
	return parent && parent->tgid != task->tgid;
}

/* ptrace.allow; without a target the entries for any.  A program that isn't known is in no entry; after the seal nobody attaches. */
static __always_inline bool allowed(struct task_struct *tracer, struct task_struct *target, __u32 access)
{
	struct tracing key = {};
	__u32 *any, *one, mask;

	if (!config.tracers || !program_of(tracer, &key.tracer))
		return false;
	any = bpf_map_lookup_elem(&hctl_tracers, &key);
	mask = any ? *any : 0;
	if (target && program_of(target, &key.target)) {
		one = bpf_map_lookup_elem(&hctl_tracers, &key);
		mask |= one ? *one : 0;
	}
	/* Who may attach may read, but for as long. */
	if ((mask & ACCESS_READ) && access == ACCESS_READ)
		return true;
	return (mask & ACCESS_ATTACH) && !sealed();
}

static __always_inline int refuse(struct task_struct *object, __u32 kind, __u32 mode)
{
	bool deny = verdict(GUARD_ptrace);
	struct subject subject;
	struct record *rec;

	/* Asked only to leave something out of what is shown: every `ps` does so for every process. */
	if (mode & PTRACE_MODE_NOAUDIT) {
		refusal_count(kind, deny, &subject);
		return answer_cgroup(deny);
	}
	rec = refusal_begin(kind, OBJECT_TASK, deny);
	if (rec) {
		rec->object.task.pid = object->tgid;
		rec->object.task.access = mode;
		__builtin_memcpy(rec->object.task.comm, object->comm, sizeof(rec->object.task.comm));
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}

SEC("lsm_cgroup/ptrace_access_check")
int BPF_PROG(ptrace__ptrace_access_check, struct task_struct *child, unsigned int mode)
{
	bool attach = mode & PTRACE_MODE_ATTACH;

	if ((!attach && !config.ptrace_read) || !armed() ||
	    allowed(bpf_get_current_task_btf(), child, attach ? ACCESS_ATTACH : ACCESS_READ))
		return 1;
	if (attach)
		return refuse(child, KIND_ptrace_ptrace_access_check_attach, mode);
	if (scans(child))
		return 1;
	return refuse(child, KIND_ptrace_ptrace_access_check_read, mode);
}

SEC("lsm_cgroup/ptrace_traceme")
int BPF_PROG(ptrace__ptrace_traceme, struct task_struct *parent)
{
	if (!armed() || allowed(parent, bpf_get_current_task_btf(), ACCESS_ATTACH))
		return 1;
	return refuse(parent, KIND_ptrace_ptrace_traceme_traceme, PTRACE_MODE_ATTACH);
}

#define PROC_SUPER_MAGIC	0x9fa0	/* include/uapi/linux/magic.h */

/* An inode of /proc knows its task's number only, so that entries with a target don't hold here. */
SEC("?lsm/file_open")
int BPF_PROG(ptrace__file_open, struct file *file, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct inode *inode = file->f_inode;
	struct super_block *sb = inode->i_sb;
	struct record *rec;
	struct state *s;
	__u64 fop, pid;
	bool deny;

	if (ret)
		return ret;
	if (!sb || sb->s_magic != PROC_SUPER_MAGIC)
		return 0;
	fop = (__u64)inode->i_fop;
	if (!bpf_map_lookup_elem(&hctl_readers, &fop))
		return 0;
	pid = (__u64)inode - bpf_core_field_offset(struct proc_inode, vfs_inode);
	pid = (__u64)compat_read(struct proc_inode, pid, pid);
	if (pid == (__u64)task->thread_pid || pid == (__u64)task->group_leader->thread_pid || !armed() ||
	    allowed(task, NULL, ACCESS_READ))
		return 0;
	s = state_of();
	if (s && s->sealed_until != SEALED_FOREVER && is_hardenctl(task))
		return 0;
	deny = verdict(GUARD_ptrace);
	rec = refusal_begin(KIND_ptrace_file_open_read, OBJECT_TASK, deny);
	if (rec) {
		rec->object.task.pid = compat_read(struct pid, pid, numbers[0].nr);
		rec->object.task.access = PTRACE_MODE_READ;
		__builtin_memset(rec->object.task.comm, 0, sizeof(rec->object.task.comm));
		refusal_end(rec);
	}
	return answer_link(deny);
}
