// SPDX-License-Identifier: GPL-2.0-only
/* status.c - what is in force. */
#include "status.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "counter.h"
#include "names.h"
#include "stream.h"
#include "util.h"

static __u64 boot_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* Goes back from the newest record until each guard that has refused something has its last one. */
static void find_last(struct status *status, struct recorder *recorder)
{
	__u64 seq = status->records;
	__u32 missing = 0;

	for (int guard = 0; guard < GUARD_COUNT; guard++)
		if (status->denied[guard] || status->would_deny[guard])
			missing |= 1u << guard;
	for (unsigned int steps = 0; missing && seq && steps < STATUS_WALK; steps++, seq = recorder_previous(recorder, seq)) {
		struct record record;
		__u32 guard;

		if (recorder_read(recorder, seq, &record) || record.kind >= KIND_COUNT || record.flags & RECORD_CANARY)
			continue;
		guard = kind_names[record.kind].guard_id;
		if (missing & 1u << guard)
			status->last[guard] = (struct last_record){ record.seq, record.boot_ns, record.kind };
		missing &= ~(1u << guard);
	}
}

static int read_counters(struct status *status, struct fail *fail)
{
	struct recorder recorder;
	__u64 oldest;
	int err = recorder_open(&status->set, &recorder, fail);

	if (err)
		return err;
	recorder_range(&recorder, &oldest, &status->records);
	status->overwritten = recorder_overwritten(&recorder);
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		recorder_count(&recorder, guard, &status->denied[guard], &status->would_deny[guard]);
	for (int cause = 0; cause < LOST_COUNT; cause++)
		status->lost[cause] = recorder.counters.lost[cause];
	memset(status->last, 0, sizeof(status->last));
	find_last(status, &recorder);
	recorder_close(&recorder);
	return 0;
}

/* Whether what the canaries said of `status` holds for `live`, which is this much attached now. */
static bool is_as_proven(const struct status *status, const struct set_info *live, enum seal_state seal, size_t attached)
{
	return status->loaded && status->set.set == live->set && status->seal == seal && status->attached == attached;
}

static int read_sets(struct status *status, const struct sets *sets, bool thorough, __u64 age_ns, struct fail *fail)
{
	_cleanup_close_ int cgroup = kernel_cgroup_root();
	const struct set_info *live = sets_live(sets);
	size_t attached;

	status->read_ns = boot_ns();
	status->reader = stream_has_reader();
	if (!live) {
		status->loaded = false;
		return 0;
	}
	attached = set_attached(live, cgroup);
	if (!is_as_proven(status, live, sets->seal, attached) || status->read_ns - status->proven_ns >= age_ns) {
		canary_run(live, sets->seal, attached == live->attachments, thorough, status->canary);
		status->proven_ns = boot_ns();
	}
	status->loaded = true;
	status->seal = sets->seal;
	status->set = *live;
	status->attached = attached;
	return read_counters(status, fail);
}

static int read_all(struct status *status, bool thorough, __u64 age_ns, struct fail *fail)
{
	struct sets sets;
	int err = sets_find(&sets, fail);

	if (err)
		return err;
	err = read_sets(status, &sets, thorough, age_ns, fail);
	sets_free(&sets);
	return err;
}

int status_read(struct status *status, bool thorough, struct fail *fail)
{
	return read_all(status, thorough, /* age_ns= */ 0, fail);
}

int status_refresh(struct status *status, __u64 age_ns, struct fail *fail)
{
	return read_all(status, /* thorough= */ false, age_ns, fail);
}

void status_measure(struct status *status)
{
	struct fail ignored;
	__u64 serial;

	measure_read(MEASURE_RUN, &status->measured);
	status->counted = status->set.signer[0] && !counter_highest(&serial, &ignored) && serial && serial >= status->set.serial;
}

bool status_proven(const struct status *status, int guard)
{
	switch (canary_mode(&status->set, status->seal, guard)) {
	case MODE_OFF:
		return true;
	case MODE_AUDIT:
		return status->canary[guard] == CANARY_RECORDED ||
		       status->canary[guard] == CANARY_SHADOWED;
	default:
		return status->canary[guard] == CANARY_REFUSED ||
		       status->canary[guard] == CANARY_SHADOWED;
	}
}

bool status_tolerated(const struct status *status, int guard)
{
	__u32 mask = status->set.mode[guard] == MODE_OFF ? status->set.tolerate_off :
		     status->set.tolerate_audit;

	return mask & (1u << guard);
}

bool status_whole(const struct status *status)
{
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		if (!status_proven(status, guard))
			return false;
	return status->attached == status->set.attachments;
}

bool status_green(const struct status *status)
{
	if (!status->loaded || status->seal != SEAL_DONE || !status_whole(status))
		return false;
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		if (status->set.mode[guard] != MODE_ENFORCE && !status_tolerated(status, guard))
			return false;
	return true;
}
