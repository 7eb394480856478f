/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stream.h - records as JSON Lines in a ring of files in RAM, for people and programs to follow.
 *
 * A convenience: the log is the kernel's map (recorder.h), which needs no reader.  A line's number says
 * whether one is missing, so a reader that was killed goes on after the last whole line of the newest file.
 */
#ifndef HARDENCTL_STREAM_H
#define HARDENCTL_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"
#include "fail.h"

#define STREAM_DIR	"/run/hardenctl/log"
#define STREAM_FILES	8		/* kept */
#define STREAM_BYTES	(2u << 20)	/* a file is closed once it is as long */

struct stream {
	int dir, file;		/* descriptors; -1: none */
	__u32 log;		/* id of the log map that the records are of */
	size_t size;		/* of `file` */
	__u64 next;		/* seq of the record that is to come */
};

/* Opens the ring for the log map with id `log`, after its last whole line.  -errno with a message. */
int stream_open(__u32 log, struct stream *ret_stream, struct fail *fail);

/* Appends a line for record `seq`, in one write.  -ENOSPC and the like: nothing was written; try again later. */
int stream_write(struct stream *stream, __u64 seq, const char *json);
void stream_close(struct stream *stream);

/* Says "I am here", as the one reader.  -EBUSY: another one is. */
int stream_claim(int *ret_lock, struct fail *fail);
void stream_beat(int lock);

/* Whether a reader has said so within the last seconds. */
bool stream_has_reader(void);

#endif
