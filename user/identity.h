/* SPDX-License-Identifier: GPL-2.0-only */
/* identity.h - files as descriptors, and what the kernel says they are. */
#ifndef HARDENCTL_IDENTITY_H
#define HARDENCTL_IDENTITY_H

#include <stddef.h>

#include "abi.h"
#include "fail.h"

struct bpf_link;
struct bpf_program;

struct program_file {
	char path[PROGRAM_PATH];
	__u32 order;		/* as it was added */
	int fd;			/* O_PATH; of what the path named when the list was made */
	struct file_id id;	/* all 0 until identities_resolve() */
	__u32 kind, flags;	/* as in struct identity */
	__u64 parent, line;	/* as in struct identity */
	__u32 by;		/* as in struct identity */
	__u64 data;		/* mask of entries of data.protect: as in struct identity, or struct protected */
	__u32 place;		/* as in struct guarded */
	__u32 overrides;	/* enum kind_id under which it is not refused after all; KIND_COUNT: none */
	__u64 sb, fop;		/* addresses of its super block and of its inode's operations, as id */
};

struct program_files {
	struct program_file *list;
	size_t count;
};

/*
 * Opens `name` below `dir` (AT_FDCWD: any path) as `path`, unless it is not there, which is no error.  What there
 * is to say of the file besides `kind` the caller writes into the new last entry.
 */
int identities_add_at(struct program_files *files, int dir, const char *name, const char *path,
		      __u32 kind, struct fail *fail);

/* The same for an open descriptor, O_PATH perhaps, which it takes over. */
int identities_add_fd(struct program_files *files, int fd, const char *path, __u32 kind, struct fail *fail);

/* Lets this process hold as many descriptors as it takes.  Best effort: a load that lacks some says so. */
void identities_raise_limit(void);

/* Opens the running hardenctl, so that its canaries can be told from others' attempts. */
int identities_add_self(struct program_files *files, struct fail *fail);

/* Asks the kernel, through iter/task_file program `iter_prog`, for the identity of each descriptor. */
int identities_resolve(struct program_files *files, const struct bpf_program *iter_prog,
		       struct fail *fail);

/* The same in two steps: nothing can be attached any more once a seal has armed.  The link may be NULL: ask() says so. */
struct bpf_link *identities_attach(const struct bpf_program *iter_prog);
int identities_ask(struct program_files *files, const struct bpf_link *link, struct fail *fail);

/*
 * Leaves one entry for each file: with the path and kind of the first that has one, the flags of all, and no kind
 * if one of them overrides it.
 */
void identities_merge(struct program_files *files);

/* Lets go of the descriptors and keeps what is known of them. */
void identities_close(struct program_files *files);

void identities_free(struct program_files *files);

#endif
