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
	_cleanup_close_ int mounts = set_map(set->map_mount);
	struct pin_mount mount;
	struct recorder rec = { .capacity = set->records };
	__u32 zero = 0;
	int err = 0;

	rec.log = set_map(set->map_log);
	rec.programs = set_map(set->map_programs);
	for (__u32 i = 0; !err && i < STATE_FILES; i++)
		err = bpf_map_lookup_elem(names, &i, &rec.names[i]);
	err = err ?: bpf_map_lookup_elem(mounts, &zero, &mount);
	if (err || rec.log < 0 || rec.programs < 0 || counters < 0 ||
	    bpf_map_lookup_elem(counters, &zero, &rec.counters)) {
		fail_set(fail, EXIT_FAILED, errno, NULL, "open the recorder: %s", strerror(errno));
		recorder_close(&rec);
		return -EIO;
	}
	memcpy(rec.first_ns, mount.ns, sizeof(rec.first_ns));
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

/* Whether record `seq` stands in the place of its kind, and in which. */
static bool is_first(const struct recorder *rec, __u64 seq, __u32 *ret_kind)
{
	for (__u32 kind = 0; kind < KIND_COUNT; kind++)
		if (rec->counters.kind[kind].first == seq) {
			*ret_kind = kind;
			return true;
		}
	return false;
}

__u64 recorder_overwritten(const struct recorder *rec)
{
	__u64 oldest, newest, gone;

	recorder_range(rec, &oldest, &newest);
	gone = oldest - 1;
	for (__u32 kind = 0; kind < KIND_COUNT; kind++) {
		__u64 first = rec->counters.kind[kind].first;

		gone -= first && first < oldest;
	}
	return gone;
}

__u64 recorder_next(const struct recorder *rec, __u64 seq)
{
	__u64 oldest, newest, next;

	recorder_range(rec, &oldest, &newest);
	if (seq >= newest)
		return 0;
	next = seq + 1 > oldest ? seq + 1 : oldest;
	for (__u32 kind = 0; kind < KIND_COUNT; kind++) {
		__u64 first = rec->counters.kind[kind].first;

		if (first > seq && first < next)
			next = first;
	}
	return next;
}

__u64 recorder_previous(const struct recorder *rec, __u64 seq)
{
	__u64 oldest, newest, previous = 0;

	recorder_range(rec, &oldest, &newest);
	if (seq > oldest && newest)
		return seq - 1 < newest ? seq - 1 : newest;
	for (__u32 kind = 0; kind < KIND_COUNT; kind++) {
		__u64 first = rec->counters.kind[kind].first;

		if (first < seq && first > previous)
			previous = first;
	}
	return previous;
}

/* While it is written, a record has ~seq. */
static bool is_newer(__u64 found, __u64 seq)
{
	return (found >> 63 ? ~found : found) > seq;
}

/*
 * The kernel copies a value from its start, where seq is, and stores the true one last: a record whose seq is right both in
 * the copy and in one made after it was whole.
 */
int recorder_read(struct recorder *rec, __u64 seq, struct record *ret_record)
{
	__u32 slot = (seq - 1) % rec->capacity, kind;
	struct record again;

	if (is_first(rec, seq, &kind))
		slot = rec->capacity + kind;
	if (bpf_map_lookup_elem(rec->log, &slot, ret_record) ||
	    bpf_map_lookup_elem(rec->log, &slot, &again))
		return -errno;
	if (ret_record->seq == seq && again.seq == seq)
		return 0;
	if (is_newer(ret_record->seq, seq) || is_newer(again.seq, seq))
		return -ESTALE;
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
