/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * recorder.h - reads the flight recorder: the kernel's frozen map of refusals and its counters.
 *
 * By read-only descriptors and look-ups, not by mmap: mm/mmap.c takes VM_SHARED from a mapping of a
 * descriptor that can't be written, and kernel/bpf/syscall.c then refuses it, so a mapping would need a
 * descriptor that looks writable.
 */
#ifndef HARDENCTL_RECORDER_H
#define HARDENCTL_RECORDER_H

#include "abi.h"
#include "fail.h"
#include "set.h"

struct recorder {
	int log, programs;		/* read-only descriptors */
	__u32 capacity;
	__u32 first_ns[NS_COUNT];	/* of the first process */
	struct counters counters;	/* as they were at recorder_open() */
	struct file_name names[STATE_FILES];	/* the policy files of rules */
	unsigned long long torn;	/* records that were being written when read */
};

int recorder_open(const struct set_info *set, struct recorder *ret_recorder, struct fail *fail);
void recorder_close(struct recorder *recorder);

/* Numbers of the oldest and the newest record that the ring can still have; newest 0: none yet. */
void recorder_range(const struct recorder *recorder, __u64 *ret_oldest, __u64 *ret_newest);

/* How many records are gone: all that are older than those, but for the first of each kind. */
__u64 recorder_overwritten(const struct recorder *recorder);

/*
 * The number of the next record after `seq`, or the last one before it, that can still be there; 0: there is none.  The first
 * record of each kind outlives those around it.
 */
__u64 recorder_next(const struct recorder *recorder, __u64 seq);
__u64 recorder_previous(const struct recorder *recorder, __u64 seq);

/* Copies record `seq`.  -ESTALE: overwritten; -EAGAIN: being written just now; -errno. */
int recorder_read(struct recorder *recorder, __u64 seq, struct record *ret_record);

/* Refusals of `guard`, canaries not among them. */
void recorder_count(const struct recorder *recorder, __u32 guard, __u64 *ret_denied,
		    __u64 *ret_would_deny);

/* Path of program `id` at its first exec, "" where unknown. */
void recorder_program(const struct recorder *recorder, const struct file_id *id,
		      char ret_path[PROGRAM_PATH]);

#endif
