/* SPDX-License-Identifier: GPL-2.0-only */
/* suggest.h - the fewest lines of a policy that would allow what was recorded. */
#ifndef HARDENCTL_SUGGEST_H
#define HARDENCTL_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "diag.h"
#include "replay.h"

#define SUGGEST_FIELDS	4
#define SUGGEST_PORTS	32	/* of one entry: many more are a range, which somebody has to choose */

/* How a key is written. */
enum suggest_form {
	SUGGEST_WORDS,		/* a list of words */
	SUGGEST_ENTRIES,	/* a list of mappings */
	SUGGEST_SWITCH,		/* allow */
};

struct suggest_key {
	__u32 guard;		/* whose section it is in */
	const char *name;
	enum suggest_form form;
	const char *fields[SUGGEST_FIELDS];	/* of an entry, in the order in which they are written; NULL: no more */
	unsigned int lists;	/* mask of fields that can have several values */
};

/* Different ones, sorted. */
struct words {
	char **list;
	size_t count;
};

/* An entry of a list, or the value of a key. */
struct suggest_line {
	const struct suggest_key *key;
	struct words field[SUGGEST_FIELDS];	/* of a word the first */
	struct words programs, sources;		/* who tried, "": unknown; the logs */
	__u32 *rows;		/* of the log */
	size_t n_rows;
	__u64 count, first_seq, last_seq;
	char first[REPLAY_TIME], last[REPLAY_TIME];
	bool dangerous;
	const char *note;	/* what is to be said of it besides, or NULL */
};

/* Records of one reason for which there is no line. */
struct suggest_left {
	__u32 kind;		/* enum kind_id */
	bool dangerous;		/* --dangerous would take them */
	const char *why;
	__u64 count;
	size_t rows;		/* that differ */
	__u64 last_seq;
};

struct suggestion {
	struct suggest_line *lines;
	size_t n_lines;
	struct suggest_left *left;
	size_t n_left;
	__u64 records, allowed;	/* that were looked at; of them, those that the policy allows already */
	char digest[80];	/* of the policy as it is */
	char *dropin;		/* the lines as a file of their own; NULL: there are none */
	char *diff;		/* against the policy; NULL: the lines can't be put into its text */
};

struct suggest_request {
	const struct replay_log *log;
	const char *path;	/* of the policy in force; NULL: it can't be read, so a drop-in */
	int guard;		/* -1: all */
	bool denied;		/* what was refused, too */
	bool dangerous;
	bool lookup;		/* this is the machine: users and hosts of the policy are looked up */
};

/*
 * Judges the log by the policy, collects lines for what that does not allow, and proves that the policy with these lines is
 * valid and allows it.  Returns 0; -EINVAL with diags where the policy is invalid; -ENOTRECOVERABLE with diags where what came
 * out is; -errno.  In all cases the caller calls suggest_free().
 */
int suggest(const struct suggest_request *request, struct diags *diags, struct suggestion *ret_suggestion);
void suggest_free(struct suggestion *suggestion);

/* suggest_lines.c: 1: added a line for that row of the log; 0: noted what speaks against one; -ENOMEM. */
int suggest_add(struct suggestion *suggestion, const struct replay_log *log, __u32 index, bool dangerous, struct replay *replay);

/* Notes a row for which there is no line. */
int suggest_leave(struct suggestion *suggestion, const struct replay_row *row, const char *why, bool dangerous);

void suggest_drop(struct suggestion *suggestion, size_t index);

/* Makes one of lines that differ in one list alone. */
int suggest_merge(struct suggestion *suggestion);

/* suggest_text.c: "{to: 192.0.2.1, port: 443}", and when and by whom it was tried.  The caller frees them; NULL: no memory. */
char *suggest_entry(const struct suggest_line *line);
char *suggest_comment(const struct suggest_line *line);

/* suggest_edit.c: the lines put into a policy's text.  -ENOTSUP: there is no place for them; -ENOMEM. */
int suggest_edit(const struct suggestion *suggestion, const char *path, const char *text, size_t len, char **ret_text,
		 char **ret_diff);

/* The lines as a text of their own. */
char *suggest_dropin(const struct suggestion *suggestion);

#endif
