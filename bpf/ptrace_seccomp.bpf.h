/* SPDX-License-Identifier: GPL-2.0-only */
/* ptrace_seccomp.bpf.h - who may answer for another process's system calls. */
#ifndef HARDENCTL_PTRACE_SECCOMP_BPF_H
#define HARDENCTL_PTRACE_SECCOMP_BPF_H

#include "core.bpf.h"
#include "compat.bpf.h"
#include "ptrace.bpf.h"

#define ANON_INODE_FS_MAGIC	0x09041934	/* include/uapi/linux/magic.h */

/* include/uapi/linux/seccomp.h.  Not whole commands: the kernel takes one of them with any size. */
#define SECCOMP_MAGIC		'!'
#define SECCOMP_NOTIF_ID_VALID	2
#define SECCOMP_NOTIF_SET_FLAGS	4

TEXT(notification_text) = "seccomp notification";

/* Only the kernel makes files of that file system, and it names them. */
static __always_inline bool is_listener(struct file *file)
{
	struct super_block *sb = file->f_inode->i_sb;
	struct dentry *dentry = file->f_path.dentry;
	union {
		char text[16];
		__u64 words[2];
	} name = { .text = "seccomp notify" };

	return sb && sb->s_magic == ANON_INODE_FS_MAGIC && dentry &&
	       compat_short_name(dentry, 0) == name.words[0] &&
	       (compat_short_name(dentry, 8) & 0xffffffffffffff) == name.words[1];
}

/*
 * A supervisor reads the arguments of the calls that a filter hands it, fakes their results and puts descriptors into
 * the process: as much control as a tracer's.  What only asks whether a call still waits, or how it waits, may go on.
 */
static __always_inline int judge_listener(struct file *file, __u32 cmd)
{
	struct record *rec;
	bool deny;

	if (((cmd >> 8) & 0xff) != SECCOMP_MAGIC || (cmd & 0xff) == SECCOMP_NOTIF_ID_VALID ||
	    (cmd & 0xff) == SECCOMP_NOTIF_SET_FLAGS || config.mode[GUARD_ptrace] == MODE_OFF)
		return 0;
	if (!is_listener(file) || !armed() || allowed(bpf_get_current_task_btf(), NULL, ACCESS_ATTACH))
		return 0;
	deny = verdict(GUARD_ptrace);
	rec = refusal_begin(KIND_ptrace_file_ioctl_seccomp, OBJECT_TEXT, deny, key_of_number(0));
	if (rec) {
		record_text(rec, notification_text, "");
		refusal_end(rec);
	}
	return answer_link(deny);
}

#endif
