/* SPDX-License-Identifier: GPL-2.0-only */
/* names.h - the names that bpf/guards.h gives to guards and kinds. */
#ifndef HARDENCTL_NAMES_H
#define HARDENCTL_NAMES_H

#include <stdbool.h>

#include "abi.h"

struct kind_name {
	const char *guard, *hook, *reason;
	__u32 guard_id;
};

extern const char *const guard_names[GUARD_COUNT];
extern const char *const mode_names[MODE_COUNT];
extern const struct kind_name kind_names[KIND_COUNT];
extern const char *const lost_names[LOST_COUNT];
extern const char *const reroute_names[REROUTE_COUNT];	/* as in egress.netlink */
extern const char *finding_names[FINDING_COUNT];	/* as in seal.tolerate */
extern const char *reason_names[KIND_COUNT];		/* of a kind, as the log prints it */

/* Returns the guard's number or -1. */
int guard_find(const char *name);

/* Whether this build enforces anything under that guard. */
bool guard_exists(__u32 guard);

#endif
