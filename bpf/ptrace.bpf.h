/* SPDX-License-Identifier: GPL-2.0-only */
/* ptrace.bpf.h - who may read and control whom, for every hook that asks. */
#ifndef HARDENCTL_PTRACE_BPF_H
#define HARDENCTL_PTRACE_BPF_H

#include "core.bpf.h"
#include "compat.bpf.h"

/* include/linux/ptrace.h, the same on every kernel */
#define PTRACE_MODE_READ	0x01
#define PTRACE_MODE_ATTACH	0x02
#define PTRACE_MODE_NOAUDIT	0x04

#define PROC_SUPER_MAGIC	0x9fa0	/* include/uapi/linux/magic.h */

/* include/linux/sched.h, the same on every kernel */
#define PF_DUMPCORE	0x00000200
#define PF_KTHREAD	0x00200000

/*
 * Whether copies of another process's memory are judged, for programs that are loaded whatever the mode.  Samples and
 * core files hold registers, stacks and all the rest, as an attached tracer would get them: whatever `read` says.
 */
static __always_inline bool judges_copies(void)
{
	return config.mode[GUARD_ptrace] != MODE_OFF;
}

static __always_inline bool is_hardenctl(struct task_struct *task)
{
	struct identity *identity;
	struct file_id id;

	if (!program_of(task, &id))
		return false;
	identity = bpf_map_lookup_elem(&hctl_identities, &id);
	return identity && (identity->flags & IDENTITY_SELF);
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

/* Which files of /proc/PID are judged when they are opened, by their operations: a mask of enum reader_mask; 0: another file. */
static __always_inline __u32 reader_of(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;
	__u32 *mask;
	__u64 fop;

	if (!sb || sb->s_magic != PROC_SUPER_MAGIC)
		return 0;
	fop = (__u64)inode->i_fop;
	mask = bpf_map_lookup_elem(&hctl_readers, &fop);
	return mask ? *mask : 0;
}

/* Address of the struct pid that an inode of /proc is about; 0 where that can't be read. */
static __always_inline __u64 proc_pid_of(struct inode *inode)
{
	__u64 at = (__u64)inode - bpf_core_field_offset(struct proc_inode, vfs_inode);

	return (__u64)compat_read(struct proc_inode, at, pid);
}

/*
 * Opening what shows another process's memory: /proc/PID/{environ,maps ...}.  Since v6.14 whoever has CAP_PERFMON
 * reads them although ptrace_access_check refused it.  An inode of /proc knows its task's number only, so that
 * entries with a target don't hold here.
 */
static __always_inline int judge_reader(struct file *file)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 pid = proc_pid_of(file->f_inode);
	struct record *rec;
	struct state *s;
	__u32 number;
	bool deny;

	if (pid == (__u64)task->thread_pid || pid == (__u64)task->group_leader->thread_pid || !armed() ||
	    allowed(task, NULL, ACCESS_READ))
		return 0;
	s = state_of();
	if (s && s->sealed_until != SEALED_FOREVER && is_hardenctl(task))
		return 0;
	deny = verdict(GUARD_ptrace);
	number = compat_read(struct pid, pid, numbers[0].nr);
	rec = refusal_begin(KIND_ptrace_file_open_read, OBJECT_TASK, deny, key_of_number(number));
	if (rec) {
		rec->object.task.pid = number;
		rec->object.task.access = PTRACE_MODE_READ;
		__builtin_memset(rec->object.task.comm, 0, sizeof(rec->object.task.comm));
		refusal_end(rec);
	}
	return answer_link(deny);
}

/* For a link that judges reading `object`; NULL: every process. */
static __always_inline int refuse_reading(struct task_struct *object, __u32 kind)
{
	bool deny = verdict(GUARD_ptrace);
	struct record *rec;

	rec = refusal_begin(kind, OBJECT_TASK, deny, key_of_number(object ? object->tgid : 0));
	if (rec) {
		__builtin_memset(&rec->object.task, 0, sizeof(rec->object.task));
		rec->object.task.access = PTRACE_MODE_READ;
		if (object) {
			rec->object.task.pid = object->tgid;
			__builtin_memcpy(rec->object.task.comm, object->comm, sizeof(rec->object.task.comm));
		}
		refusal_end(rec);
	}
	return answer_link(deny);
}

/*
 * A file that the kernel makes or opens for a task's core dump: all of its memory, for whoever reads the file.
 * Anybody can have one made by a signal, and raise the limit that would keep it small by prlimit(2).
 */
static __always_inline int judge_core(__u32 kind)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!(task->flags & PF_DUMPCORE) || !judges_copies() || !armed())
		return 0;
	return refuse_reading(task, kind);
}

#endif
