/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stream.h - records as JSON Lines in a ring of files in RAM, for people and programs to follow.
 *
 * A convenience: the log is the kernel's map (recorder.h), which needs no reader.  Each file is a segment of a chain (chain.h):
 * its first line says which one, and every line has a MAC.  What makes these, and how far it has got, stands in one more file,
 * which is overwritten after every line: a reader that was killed before that finds one line more than it knows of, and keeps it
 * if its MAC is right.  So no line is there twice, and none is missing that the kernel still has.
 *
 * A log whose chain could not be begun has none, and its lines say so: "chain":null.
 */
#ifndef HARDENCTL_STREAM_H
#define HARDENCTL_STREAM_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#include "abi.h"
#include "chain.h"
#include "fail.h"

#define STREAM_RUN	"/run/hardenctl"
#define STREAM_LOG	"log"		/* the ring's directory below it */
#define STREAM_STATE	"chain"		/* where the chain has got to */
#define STREAM_DIR	STREAM_RUN "/" STREAM_LOG
#define STREAM_FILES	8		/* kept */
#define STREAM_BYTES	(2u << 20)	/* a file is closed once it is as long */
#define STREAM_LINE	16384		/* the longest line */

struct stream {
	int dir, file, state;		/* descriptors; -1: none */
	bool chained;
	bool torn;			/* half a line is at the end of the file, which could not be cut off */
	char boot[CHAIN_BOOT];
	size_t room;			/* of a file: STREAM_BYTES */
	void (*begins)(const struct chain_header *header);	/* told before a file gets its header; NULL: nobody */
	struct chain_state at;		/* with `log` and `next` also where there is no chain */
};

#define STREAM_INIT	{ .dir = -1, .file = -1, .state = -1, .room = STREAM_BYTES }

/*
 * Begins the chain of log map `log`, which is new, in directory `run`: for logd to go on with, and the key for whoever is to
 * verify it.  -errno with a message: the log has no chain.
 */
int stream_new_chain(const char *run, __u32 log, char ret_key[CHAIN_HEX + 1], struct fail *fail);

/* Where the chain has got to.  -ENOENT: there is none; -EBADMSG: it is torn; -errno. */
int stream_read_state(const char *run, struct chain_state *ret_state);

/* The id of this boot. */
void stream_boot(char ret_boot[CHAIN_BOOT]);

/*
 * Opens the ring below directory `run` for the log map with id `log`, after its last whole line, and leaves `begins`
 * to the caller.  -errno with a message.
 */
int stream_open(const char *run, __u32 log, struct stream *ret_stream, struct fail *fail);

/* The files of the ring in directory `dir`, oldest first: scandir(3) allocates them.  Their number, or -1 with errno. */
int stream_list(int dir, struct dirent ***ret_names);
void stream_free_list(struct dirent **names, int count);

/* Which log a file of the ring is of, by its name; 0: it is none of them. */
__u32 stream_log_of(const char *name);

/*
 * Appends a line for the next `count` records, in one write, and goes on by as many.  -ENOSPC and the like: nothing was written;
 * try again later.
 */
int stream_write(struct stream *stream, const char *json, __u64 count);
void stream_close(struct stream *stream);

/* Says "I am here", as the one reader.  -EBUSY: another one is. */
int stream_claim(int *ret_lock, struct fail *fail);
void stream_beat(int lock);

/* Whether a reader has said so within the last seconds. */
bool stream_has_reader(void);

#endif
