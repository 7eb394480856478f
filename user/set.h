/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * set.h - the sets of programs that are in the kernel, found without any pin or file: each describes
 * itself in a frozen map called hctl_set, which every one of its programs holds.
 */
#ifndef HARDENCTL_SET_H
#define HARDENCTL_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"
#include "fail.h"

enum seal_state { SEAL_NONE, SEAL_PROVISIONAL, SEAL_DONE };

struct sets {
	struct set_info *list;	/* by number, lowest first */
	size_t count;
	__u64 armed;		/* number of the newest armed set; 0: none */
	enum seal_state seal;
};

/* Finds every set.  -ENOTSUP with a message where a set of another build's ABI is loaded. */
int sets_find(struct sets *ret_sets, struct fail *fail);
void sets_free(struct sets *sets);

/* The set that records and whose policy is in force: the newest armed one; NULL: off. */
const struct set_info *sets_live(const struct sets *sets);

/* 1: map `map_id` is the description of a set, copied out, be it in force or not; 0: it is not; -errno. */
int set_describes(__u32 map_id, struct set_info *ret_set);

/* A descriptor of one of a set's maps, for reading only; -errno. */
int set_map(__u32 map_id);

/* How many of the set's attachments are in force now. */
size_t set_attached(const struct set_info *set, int cgroup);

/* Takes a set's programs off the cgroup root.  Returns 0, or -errno of the first that failed. */
int set_detach(const struct set_info *set, int cgroup);

#endif
