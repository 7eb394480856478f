/* SPDX-License-Identifier: GPL-2.0-only */
/* replay.h - records that were made under one policy, judged by the text of another.  No kernel calls. */
#ifndef HARDENCTL_REPLAY_H
#define HARDENCTL_REPLAY_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

#include "abi.h"
#include "fail.h"
#include "policy.h"
#include "rules.h"

#define REPLAY_MAX	131072	/* records that differ; past this, an error says so */
#define REPLAY_TIME	32	/* "2026-01-01T00:00:00.000000000Z", with its NUL */

/* Records that are the same but for when, and by which process, they were made. */
struct replay_row {
	struct record record;	/* of the first; as far as its JSON tells: no set, no cgroup, no pids */
	char exe[PROGRAM_PATH];	/* the subject's program; "": not known */
	char first[REPLAY_TIME], last[REPLAY_TIME];
	__u64 last_seq;
	__u64 count;		/* how often */
	__u64 first_seq, counted;	/* of the last record: what it repeats, and how often that was by then */
	const char *source;	/* the log that has the first */
	bool sources;		/* others have some, too */
	bool here;		/* of the running kernel: its numbers of devices and inodes mean something */
};

struct replay_log {
	struct replay_row *list;
	size_t count;
	__u64 *slots;		/* hash table of indices into the list, from 1 */
	size_t n_slots;
	__u64 records, canaries, lost;	/* all; those that hardenctl itself made; those that the log says it lacks */
	__u64 unreadable;	/* lines that are no record that this build knows */
	unsigned long first_unreadable;	/* the number of the first such line; 0: none */
};

/* Adds one record as event_json() has it.  Returns 0, also for one that it can't use; -E2BIG; -ENOMEM. */
int replay_add(struct replay_log *log, struct json_object *json, const char *source, bool here);

/* Adds all lines of a file of JSON Lines, "-" for standard input.  `path` must outlive the log. */
int replay_read(struct replay_log *log, const char *path, struct fail *fail);
void replay_free(struct replay_log *log);

enum replay_verdict { REPLAY_ALLOWED, REPLAY_DENIED, REPLAY_UNKNOWN, REPLAY_VERDICTS };

struct judgement {
	enum replay_verdict verdict;	/* by the rules, whatever the guard's mode */
	struct where where;		/* of what decides; line 0: nothing in the text */
	const char *why;		/* of REPLAY_UNKNOWN: what a record does not tell */
};

struct replay_path;

/* What a record is judged by. */
struct replay {
	const struct policy *policy;
	const struct rules *rules;
	struct replay_path *paths;	/* files that were looked at */
	size_t n_paths, n_slots;
	struct rules **entries[2];	/* of egress.allow and ingress.allow, each entry's own, once it was needed */
	char *modules;			/* modules.dep of the running kernel, "" where there is none */
};

/* Both must outlive `ret_replay`, and users and hosts be looked up where they are to be judged. */
int replay_open(const struct policy *policy, const struct rules *rules, struct replay *ret_replay);
void replay_close(struct replay *replay);

/*
 * Judges by the rule that the record's reason stands for.  What a record can't tell, such as a script or the program of a
 * process that was traced, is REPLAY_UNKNOWN and never allowed.
 */
struct judgement replay_judge(struct replay *replay, const struct replay_row *row);

/* Whether a listed path, which may be a directory with a slash at its end, is the file of that path and identity. */
bool replay_is_file(struct replay *replay, const char *listed, const char *path, const struct file_id *id, bool here);

/* Of the running kernel's modules.dep: 1: it has that module, 0: it has not, -1: it can't be read. */
int replay_has_module(struct replay *replay, const char *name);

/* Whether `module` needs `other`, as modules.dep has it. */
bool replay_needs_module(struct replay *replay, const char *module, const char *other);

#endif
