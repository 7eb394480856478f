// SPDX-License-Identifier: GPL-2.0-only
/* replay_kernel.c - the records that the kernel has now, for a replay. */
#include "replay_kernel.h"

#include "event.h"
#include "recorder.h"

static int add_one(struct replay_log *log, const struct record *record, const struct event_context *context)
{
	struct json_object *json = event_json(record, context);
	int err = replay_add(log, json, "the kernel's log", /* here= */ true);

	json_object_put(json);
	return err;
}

int replay_read_kernel(struct replay_log *log, const struct set_info *set, struct fail *fail)
{
	struct event_context context = { .cgroup = -1 };
	struct recorder recorder;
	struct record record;
	int err = recorder_open(set, &recorder, fail);

	if (err)
		return err;
	context.recorder = &recorder;
	log->lost += recorder_overwritten(&recorder);
	for (__u64 seq = 0; !err && (seq = recorder_next(&recorder, seq));) {
		if (recorder_read(&recorder, seq, &record))
			log->lost++;
		else if (record.kind >= KIND_COUNT)
			log->unreadable++;
		else
			err = add_one(log, &record, &context);
	}
	recorder_close(&recorder);
	return err ? fail_set(fail, EXIT_FAILED, -err, NULL, "read the kernel's log: it has too many records that differ") : 0;
}
