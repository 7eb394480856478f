/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel.h - what the running kernel can do for us.  Asks BTF and the kernel's own files, never a version. */
#ifndef HARDENCTL_KERNEL_H
#define HARDENCTL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "lockdown.h"

#define KERNEL_CHECKS_MAX	128

/* What a check is about, in the order in which `probe` shows them. */
enum check_group { CHECK_KERNEL, CHECK_HOOK, CHECK_CGROUP, CHECK_ITERATOR, CHECK_LIMIT, CHECK_GROUPS };

/* One thing that we need, or like to know. */
struct kernel_check {
	char name[48];
	enum check_group group;
	bool ok;
	bool required;		/* without it `load` gives exit code 3 */
	char detail[160];
	const char *consequence;	/* what follows where it is missing, or NULL */
	const char *hint;	/* how to get it, or NULL */
};

struct kernel {
	char release[65];
	char lsm[256];			/* the active LSMs; "" where the kernel does not tell */
	struct kernel_check check[KERNEL_CHECKS_MAX];
	size_t n_checks;
	bool confidential;		/* lockdown=confidentiality: no reading of kernel memory by address */
	bool reads_memory;		/* programs can read what bare pointers lead to: mounts, so that nobody takes our pins
					 * away, texts, images of modules */
	bool inspects_programs;		/* a program can be looked into when it is loaded (seal.bpf) */
	bool setattr_idmap;		/* inode_setattr has an argument before the dentry */
	bool perf_attr;			/* perf_event_open has an argument before the type */
	bool fsverity;			/* tells LSM programs a file's fs-verity digest */
	bool perfmon_reads;		/* CAP_PERFMON overrides what ptrace_access_check refuses readers */
	struct lockdown lockdown;	/* the reasons that it can be locked down for */
	bool file_setattr;		/* flags of files can be set without a descriptor */
	bool acl_hooks;			/* access control lists have hooks of their own */
	bool ioctl_compat;		/* 32-bit programs' ioctl(2) has a hook of its own */
};

/*
 * Asks what can be asked at no cost; kernel_ask_hooks() adds a check for each LSM hook, and what else
 * only the kernel's BTF tells, for which it has to parse that.  Neither needs privilege but for reading securityfs where it is not
 * mounted.
 */
void kernel_ask(struct kernel *ret_kernel);
void kernel_ask_hooks(struct kernel *kernel);

/* The first required thing that is missing, or NULL: then hardenctl can load here. */
const struct kernel_check *kernel_lacks(const struct kernel *kernel);

/* The check of that name, or NULL. */
const struct kernel_check *kernel_find(const struct kernel *kernel, const char *name);

/* Adds a check; NULL: no room.  What follows where one is missing that is `required` is always the same. */
struct kernel_check *kernel_add_check(struct kernel *kernel, enum check_group group, const char *name, bool required, bool ok,
				      const char *hint, const char *format, ...) __attribute__((format(printf, 7, 8)));

/* Whether the caller has the capabilities that every verb on the kernel's objects needs. */
bool kernel_privileged(void);

/* A mount of the file system `type` of our own, attached nowhere; -errno. */
int kernel_mount(const char *type);

/*
 * Descriptor of the root directory of the cgroup v2 hierarchy, from a mount of our own, so that it
 * does not matter what is mounted where.  -ENOENT from inside a cgroup namespace, where the root is
 * out of sight; -errno.
 */
int kernel_cgroup_root(void);

/* Writes the path of cgroup `id` below `root`, "" where it is gone. */
void kernel_cgroup_path(int root, unsigned long long id, char *ret_path, size_t size);

#endif
