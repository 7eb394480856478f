/* SPDX-License-Identifier: GPL-2.0-only */
/* exec.bpf.h - who may have what as code besides programs, for every hook that asks and for the scan. */
#ifndef HARDENCTL_EXEC_BPF_H
#define HARDENCTL_EXEC_BPF_H

#include "core.bpf.h"
#include "compat.bpf.h"
#include "introduced.bpf.h"
#include "ptrace.bpf.h"

#define SB_NOUSER	(1ul << 31)	/* include/linux/fs.h, the same on every kernel */

/* What the policy says of the program that a task is; NULL: nothing, or the program isn't known. */
static __always_inline struct identity *identity_of(struct task_struct *task)
{
	struct identity *identity;
	struct file_id id;

	if (!program_of(task, &id))
		return NULL;
	identity = bpf_map_lookup_elem(&hctl_identities, &id);
	return identity && !is_stale(identity, &id) ? identity : NULL;
}

/* exec.jit.  hardenctl never: it is what proves that others may not. */
static __always_inline bool may_jit(struct task_struct *task)
{
	struct identity *identity;

	if (!config.jit)
		return true;
	identity = identity_of(task);
	return identity && (identity->flags & (IDENTITY_JIT | IDENTITY_SELF)) == IDENTITY_JIT;
}

/*
 * A file by its interface alone: what it holds was written by whoever has it open, and is gone with that.  Unlinked
 * ones, memfds and shared memory have no links; secret memory, rings and other anonymous inodes are in file systems
 * that can't be mounted; /dev/zero is a device.
 */
static __always_inline bool is_memory(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	return !inode->i_nlink || (inode->i_mode & FILE_TYPE) != FILE_REGULAR || !sb || (sb->s_flags & SB_NOUSER);
}

/* Whether the task's own program is that file: it is started and not only mapped, which exec.bpf.c has judged. */
static __always_inline bool is_program(struct task_struct *task, const struct file_id *id)
{
	struct file_id program;

	return program_of(task, &program) && program.ino == id->ino && program.dev == id->dev &&
	       program.gen == id->gen;
}

/* Whether exec.libraries, or what goes without saying, lets a task have that file as code. */
static __always_inline bool is_listed(struct task_struct *task, const struct identity *identity)
{
	if (!identity)
		return false;
	/* A shell that can't start would go on as another program's library. */
	if (identity->kind != KIND_COUNT && identity->kind != KIND_exec_bprm_check_security_loader)
		return false;
	if (identity->kind != KIND_COUNT || (identity->flags & (IDENTITY_MAP | IDENTITY_RUN)))
		return true;
	return (identity->flags & IDENTITY_OWN_MAP) && is_hardenctl(task);
}

/*
 * What mapping that file as code is refused as; KIND_COUNT: not at all.  `changed`: what is mapped can be, or was,
 * written by the process, and so is no longer what is in the file.
 */
static __always_inline __u32 code_kind(struct task_struct *task, struct file *file, bool changed)
{
	struct file_id id = file_id_of(file);
	struct identity *identity = bpf_map_lookup_elem(&hctl_identities, &id);
	bool memory = is_memory(file->f_inode), refused;

	if (identity && is_stale(identity, &id))
		identity = NULL;
	refused = identity && identity->kind != KIND_COUNT;
	if (config.jit && changed && !may_jit(task))
		return KIND_exec_mmap_file_jit;
	if (!memory && is_introduced(file->f_inode) && !is_program(task, &id))
		return KIND_exec_mmap_file_introduced;
	if (is_listed(task, identity) || (!config.libraries && !memory && !refused) || is_program(task, &id))
		return KIND_COUNT;
	/* Unlinked, a library would be memory: it takes a program of exec.jit, not that the policy has none. */
	if (memory && config.jit)
		return may_jit(task) ? KIND_COUNT : KIND_exec_mmap_file_jit;
	return config.libraries || refused ? KIND_exec_mmap_file_library : KIND_COUNT;
}

/* The same for memory that is of no file. */
static __always_inline __u32 memory_kind(struct task_struct *task)
{
	return may_jit(task) ? KIND_COUNT : KIND_exec_mmap_file_jit;
}

/*
 * Whether that file of /proc/PID is about the memory that the task has itself: by its own PID, a thread's of its, or that
 * of a process with which it shares its memory.  Of none of these the kernel asks the ptrace hook.  Who can't tell must
 * take it for that.
 */
static __always_inline bool is_own(struct inode *inode, struct task_struct *task)
{
	__u64 pid = proc_pid_of(inode), target;

	target = pid ? (__u64)compat_read(struct pid, pid, tasks[0].first) : 0;
	if (!target)
		return true;
	target -= bpf_core_field_offset(struct task_struct, pid_links);
	return (__u64)compat_read(struct task_struct, target, mm) == (__u64)task->mm;
}

/*
 * Opening one's own /proc/PID/mem for writing: through it a process writes to its code, whatever its pages' protection
 * is.  Other processes' memory is what the ptrace guard judges.
 */
static __always_inline int judge_own_memory(struct file *file)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!is_own(file->f_inode, task) || !armed() || may_jit(task))
		return 0;
	return refuse_file(GUARD_exec, KIND_exec_file_open_jit, file);
}

#endif
