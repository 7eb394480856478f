// SPDX-License-Identifier: GPL-2.0-only
/* names.c - the names that bpf/guards.h gives to guards and kinds. */
#include "names.h"

#include <string.h>

#define GUARD_NAME(guard, kinds)	[GUARD_##guard] = #guard,
#define KIND_NAME(guard, hook, reason) \
	[KIND_##guard##_##hook##_##reason] = { #guard, #hook, #reason, GUARD_##guard },

const char *const guard_names[GUARD_COUNT] = {
	GUARDS(GUARD_NAME, GUARD_NOTHING)
};

const struct kind_name kind_names[KIND_COUNT] = {
	GUARDS(GUARD_KINDS, KIND_NAME)
};

const char *const mode_names[MODE_COUNT] = {
	[MODE_OFF] = "off",
	[MODE_AUDIT] = "audit",
	[MODE_ENFORCE] = "enforce",
};

const char *const lost_names[LOST_COUNT] = {
	[LOST_PROGRAM_TABLE] = "program-table-full",
	[LOST_REPEAT_TABLE] = "repeat-table-full",
};

#define REROUTE_NAME(class)	[REROUTE_##class] = #class,

const char *const reroute_names[REROUTE_COUNT] = {
	REROUTES(REROUTE_NAME)
};

#define FINDING_NAME(kind)	[FINDING_##kind] = #kind,
#define REASON_NAME(guard, hook, reason)	[KIND_##guard##_##hook##_##reason] = #reason,

/* As people spell them: '-' for '_', put there once before main(). */
static char findings[FINDING_COUNT][32] = {
	FINDINGS(FINDING_NAME)
	[FINDING_audit] = "audit", [FINDING_off] = "off", [FINDING_canary] = "canary",
};

static char reasons[KIND_COUNT][32] = {
	GUARDS(GUARD_KINDS, REASON_NAME)
};

const char *finding_names[FINDING_COUNT];
const char *reason_names[KIND_COUNT];

static const char *spelled(char *name)
{
	for (char *at = name; *at; at++)
		if (*at == '_')
			*at = '-';
	return name;
}

static __attribute__((constructor)) void spell(void)
{
	for (int kind = 0; kind < FINDING_COUNT; kind++)
		finding_names[kind] = spelled(findings[kind]);
	for (int kind = 0; kind < KIND_COUNT; kind++)
		reason_names[kind] = spelled(reasons[kind]);
}

int guard_find(const char *name)
{
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		if (!strcmp(guard_names[guard], name))
			return guard;
	return -1;
}

bool guard_exists(__u32 guard)
{
	for (int kind = 0; kind < KIND_COUNT; kind++)
		if (kind_names[kind].guard_id == guard)
			return true;
	return false;
}
