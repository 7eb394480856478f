// SPDX-License-Identifier: GPL-2.0-only
/* status.c - what is in force. */
#include "status.h"

#include <errno.h>
#include <string.h>

#include "util.h"

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
	recorder_close(&recorder);
	return 0;
}

int status_read(struct status *status, bool thorough, struct fail *fail)
{
	_cleanup_close_ int cgroup = kernel_cgroup_root();
	const struct set_info *live;
	struct sets sets;
	int err = sets_find(&sets, fail);

	if (err)
		return err;
	live = sets_live(&sets);
	status->loaded = live;
	status->seal = sets.seal;
	if (live) {
		status->set = *live;
		status->attached = set_attached(live, cgroup);
		canary_run(live, sets.seal, status->attached == live->attachments, thorough, status->canary);
		err = read_counters(status, fail);
	}
	sets_free(&sets);
	return err;
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

/* Whether a guard's weaker mode stands in seal.tolerate. */
static bool tolerated(const struct status *status, int guard)
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
		if (status->set.mode[guard] != MODE_ENFORCE && !tolerated(status, guard))
			return false;
	return true;
}
