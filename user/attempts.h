/* SPDX-License-Identifier: GPL-2.0-only */
/* attempts.h - what each guard refuses, to be tried for real; private to the canaries. */
#ifndef HARDENCTL_ATTEMPTS_H
#define HARDENCTL_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"

#define CANNOT_TRY	(-1)

/*
 * What one attempt met: 0 if the operation went through (whatever the kernel then thought of it), an
 * errno if it was refused, CANNOT_TRY if this machine has nothing to try it on.
 */
typedef int (*attempt)(const struct set_info *set);

/*
 * AFTER_SEAL: it is refused from then on only.  UNTIL_SEAL: from then on something else refuses it.  ON_CGROUP: by a program
 * on the root cgroup, which may be lost alone, or whose refusal another one there may undo (bpf_set_retval()).
 */
enum attempt_flags { ALWAYS, AFTER_SEAL = 1, UNTIL_SEAL = 2, ON_CGROUP = 4 };

/* Each guard's attempts, and the kind whose counter must move.  A guard's first is the quick one. */
struct canary_attempt {
	__u32 guard, kind;
	attempt try;
	__u8 flags;		/* enum attempt_flags */
};

int try_library(const struct set_info *set);
int try_library_later(const struct set_info *set);
int try_jit(const struct set_info *set);
int try_jit_later(const struct set_info *set);
int try_own_memory(const struct set_info *set);
int try_introduced(const struct set_info *set);
int try_introduced_code(const struct set_info *set);
int try_raw_device(const struct set_info *set);
int try_device(const struct set_info *set);

extern const struct canary_attempt attempts[];
extern const size_t n_attempts;

#endif
