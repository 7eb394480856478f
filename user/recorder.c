// SPDX-License-Identifier: GPL-2.0-only
/* recorder.c - reads the flight recorder. */
#include "recorder.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "names.h"
#include "util.h"

int recorder_open(const struct set_info *set, struct recorder *ret_recorder, struct fail *fail)
{
	_cleanup_close_ int names = set_map(set->map_names), counters = set_map(set->map_counters);
	struct recorder rec = { .capacity = set->records };
	__u32 zero = 0;
	int err = 0;

	rec.log = set_map(set->map_log);
	rec.programs = set_map(set->map_programs);
	for (__u32 i = 0; !err && i < STATE_FILES; i++)
		err = bpf_map_lookup_elem(names, &i, &rec.names[i]);
	if (err || rec.log < 0 || rec.programs < 0 || counters < 0 ||
	    bpf_map_lookup_elem(counters, &zero, &rec.counters)) {
		fail_set(fail, EXIT_FAILED, errno, NULL, "open the recorder: %s", strerror(errno));
		recorder_close(&rec);
		return -EIO;
	}
	*ret_recorder = rec;
	return 0;
}

void recorder_close(struct recorder *rec)
{
	close_fd(&rec->log);
	close_fd(&rec->programs);
	rec->log = -1;
	rec->programs = -1;
}

void recorder_range(const struct recorder *rec, __u64 *ret_oldest, __u64 *ret_newest)
{
	__u64 newest = rec->counters.head;

	*ret_newest = newest;
	*ret_oldest = newest > rec->capacity ? newest - rec->capacity + 1 : 1;
}

/*
 * The kernel copies a value from its start, where seq is, and writes seq 0 first and the true one last:
 * a record whose seq is right both in the copy and in one made after it was whole.
 */
int recorder_read(struct recorder *rec, __u64 seq, struct record *ret_record)
{
	__u32 slot = (seq - 1) % rec->capacity;
	struct record again;

	if (bpf_map_lookup_elem(rec->log, &slot, ret_record) ||
	    bpf_map_lookup_elem(rec->log, &slot, &again))
		return -errno;
	if (ret_record->seq > seq || again.seq > seq)
		return -ESTALE;
	if (ret_record->seq == seq && again.seq == seq)
		return 0;
	rec->torn++;
	return -EAGAIN;
}

void recorder_count(const struct recorder *rec, __u32 guard, __u64 *ret_denied, __u64 *ret_would_deny)
{
	*ret_denied = 0;
	*ret_would_deny = 0;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if (kind_names[kind].guard_id != guard)
			continue;
		*ret_denied += rec->counters.kind[kind].denied;
		*ret_would_deny += rec->counters.kind[kind].would_deny;
	}
}

void recorder_program(const struct recorder *rec, const struct file_id *id,
		      char ret_path[PROGRAM_PATH])
{
	struct program program = {};

	if (id->ino)
		bpf_map_lookup_elem(rec->programs, id, &program);
	memcpy(ret_path, program.path, PROGRAM_PATH);
	ret_path[PROGRAM_PATH - 1] = 0;
}
