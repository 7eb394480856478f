// SPDX-License-Identifier: GPL-2.0-only
/* canary.c - judges what became of each attempt at what a guard refuses. */
#include "canary.h"

#include <bpf/bpf.h>
#include <errno.h>

#include "attempts.h"
#include "util.h"

const char *const canary_names[CANARY_COUNT] = {
	[CANARY_UNTESTED] = "untested",
	[CANARY_SHADOWED] = "shadowed",
	[CANARY_RECORDED] = "recorded",
	[CANARY_REFUSED] = "refused",
	[CANARY_PASSED] = "passed",
};

__u32 canary_mode(const struct set_info *set, enum seal_state seal, __u32 guard)
{
	if (set->mode[guard] == MODE_ENFORCE && seal == SEAL_NONE)
		return set->before_seal[guard];
	return set->mode[guard];
}

static __u64 proof(int map, __u32 kind)
{
	__u64 value = 0;

	return bpf_map_lookup_elem(map, &kind, &value) ? 0 : value;
}

static enum canary judge(__u32 mode, int err, bool moved, bool live)
{
	if (err == CANNOT_TRY)
		return CANARY_UNTESTED;
	if (mode == MODE_AUDIT && moved)
		return CANARY_RECORDED;
	if (err && moved)
		return CANARY_REFUSED;
	if (err == EPERM || err == EACCES)
		return live ? CANARY_SHADOWED : CANARY_PASSED;
	return CANARY_PASSED;
}

static enum canary run(const struct set_info *set, enum seal_state seal, bool live, int map, size_t i)
{
	__u64 before = proof(map, attempts[i].kind);
	int err = attempts[i].try(set);
	bool moved = proof(map, attempts[i].kind) != before;

	return judge(canary_mode(set, seal, attempts[i].guard), err, moved, live);
}

void canary_run(const struct set_info *set, enum seal_state seal, bool live, bool thorough,
		enum canary ret_result[GUARD_COUNT])
{
	_cleanup_close_ int map = set_map(set->map_proof);

	for (int guard = 0; guard < GUARD_COUNT; guard++)
		ret_result[guard] = CANARY_UNTESTED;
	for (size_t i = 0; map >= 0 && i < n_attempts; i++) {
		__u32 guard = attempts[i].guard, flags = attempts[i].flags;
		enum canary result;

		if (set->mode[guard] == MODE_OFF || (flags & AFTER_SEAL && seal == SEAL_NONE) ||
		    (flags & UNTIL_SEAL && seal != SEAL_NONE))
			continue;
		/* Once something tells about the guard, the others are for the thorough. */
		if (!thorough && !(flags & ON_CGROUP) && ret_result[guard] != CANARY_UNTESTED)
			continue;
		result = run(set, seal, live, map, i);
		/* The enum is ordered: the attempt that says most about the guard decides. */
		if (result > ret_result[guard])
			ret_result[guard] = result;
	}
}
