/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_types.h - the kernel's types, cut down to the fields that we read.
 *
 * Kept by hand so that a build needs no BTF of the build machine and a reader sees at a glance what
 * is read.  CO-RE relocates every field at load; a field that a kernel lacks fails the load there.
 */
#ifndef HARDENCTL_KERNEL_TYPES_H
#define HARDENCTL_KERNEL_TYPES_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct super_block {
	__u32 s_dev;
};

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
	__u32 i_generation;
};

struct path {
};

struct file {
	struct path f_path;
	struct inode *f_inode;
};

struct mm_struct {
	struct file *exe_file;
};

struct task_struct {
	struct mm_struct *mm;
	struct task_struct *real_parent;
	int pid;
	int tgid;
	char comm[16];
};

struct linux_binprm {
	struct file *file;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

/* Only its name and its size matter: see compat.bpf.h. */
struct new_utsname {
	char sysname[65];
};

#pragma clang attribute pop

/* Values are placeholders: CO-RE puts in those of the running kernel. */
enum kernel_read_file_id {
	READING_FIRMWARE = 1,
	READING_MODULE = 2,
	READING_KEXEC_IMAGE = 3,
	READING_KEXEC_INITRAMFS = 4,
	READING_POLICY = 5,
	READING_X509_CERTIFICATE = 6,
	READING_MODULE_COMPRESSED = 7,	/* 7.2 */
};

enum kernel_load_data_id {
	LOADING_FIRMWARE = 1,
	LOADING_MODULE = 2,
	LOADING_KEXEC_IMAGE = 3,
	LOADING_KEXEC_INITRAMFS = 4,
	LOADING_POLICY = 5,
	LOADING_X509_CERTIFICATE = 6,
	LOADING_MODULE_COMPRESSED = 7,	/* 7.2 */
};

#endif
