/* SPDX-License-Identifier: GPL-2.0-only */
/* identity.h - files as descriptors, and what the kernel says they are. */
#ifndef HARDENCTL_IDENTITY_H
#define HARDENCTL_IDENTITY_H

#include <stddef.h>

#include "abi.h"
#include "fail.h"

struct bpf_program;

struct program_file {
	char path[PROGRAM_PATH];
	int fd;			/* O_PATH; of what the path named when the list was made */
	struct file_id id;	/* all 0 until identities_resolve() */
	__u32 kind;		/* enum kind_id; KIND_COUNT: hardenctl itself, or no program */
	__u64 sb;		/* address of its super block, as id */
};

struct program_files {
	struct program_file *list;
	size_t count;
};

/*
 * Opens `name` below `dir` (AT_FDCWD: any path) as `path`, unless it is not there, which is no error.
 */
int identities_add_at(struct program_files *files, int dir, const char *name, const char *path,
		      __u32 kind, struct fail *fail);

/* Opens the running hardenctl, so that its canaries can be told from others' attempts. */
int identities_add_self(struct program_files *files, struct fail *fail);

/* Asks the kernel, through iter/task_file program `iter_prog`, for the identity of each descriptor. */
int identities_resolve(struct program_files *files, const struct bpf_program *iter_prog,
		       struct fail *fail);

/* Of two names of one file the first stands. */
void identities_drop_duplicates(struct program_files *files);

void identities_free(struct program_files *files);

#endif
