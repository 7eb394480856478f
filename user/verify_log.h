/* SPDX-License-Identifier: GPL-2.0-only */
/* verify_log.h - whether exported lines are what logd wrote: by their chain, and by the records that the kernel still has. */
#ifndef HARDENCTL_VERIFY_LOG_H
#define HARDENCTL_VERIFY_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "chain.h"
#include "event.h"

/* A file as it was read: a segment. */
struct log_file {
	char *path;
	char *text;			/* with a NUL after `len` bytes */
	size_t len;
	struct chain_header header;	/* as it claims, until it is verified; segment 0: it has none */
};

/* One line for one record, or for some that were lost. */
struct log_line {
	const char *text;
	size_t len;			/* with the newline */
	__u64 seq;			/* of the last record that it is for */
	__u64 lost;			/* how many it says are lost; 0: it is a record */
};

#define WHY_SIZE	512

enum line_answer {
	LINE_SAME,	/* the kernel has that record, and it says the same */
	LINE_GONE,	/* the kernel does not have it (any more) */
	LINE_DOUBTFUL,	/* it can't be told whether that was so when the line was written */
	LINE_OTHER,	/* the kernel's record says something else */
};

/* Asks the kernel about a line; what is wrong goes to `ret_why`. */
typedef enum line_answer (*line_ask)(void *arg, const struct log_line *line, char ret_why[WHY_SIZE]);

enum log_verdict { LOG_WHOLE, LOG_UNCHECKED, LOG_ALTERED };

struct verify_place {
	const char *path;		/* NULL: none */
	size_t line;
	char what[WHY_SIZE];
};

struct verify {
	const char *const *keys;	/* the first keys of logs; one of them is this one's */
	size_t n_keys;
	const struct chain_state *state;	/* where the chain had got to before the files were read; NULL: not known */
	line_ask ask;			/* NULL: the kernel can't be asked */
	void *arg;

	/* The answer */
	enum log_verdict verdict;
	struct verify_place place;	/* the first line that is altered, else the first that nothing speaks for */
	size_t lines;			/* of records, up to there */
	__u64 lost;			/* records that lines say are gone */
	size_t same;			/* of these lines, as the kernel has them */
	size_t unchecked;		/* lines that nothing speaks for but themselves */
	__u64 first, last;		/* seqs; last 0: none */
};

/* Reads what each file claims to be, and puts them into order by log and segment. */
void verify_sort(struct log_file *files, size_t count);

/* How many files from the first on are of the same log. */
size_t verify_group(const struct log_file *files, size_t count);

/* Verifies the files of one log, in order. */
void verify_log(const struct log_file *files, size_t count, struct verify *verify);

/* For line_ask: `context` has the recorder. */
enum line_answer verify_line(struct recorder *recorder, const struct event_context *context, const struct log_line *line,
			     char ret_why[WHY_SIZE]);

/* Whether the line is what logd writes for the record, in what does not depend on when it was written. */
bool verify_record(const struct record *record, const struct event_context *context, const struct log_line *line,
		   char ret_why[WHY_SIZE]);

#endif
