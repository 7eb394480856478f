/* SPDX-License-Identifier: GPL-2.0-only */
/* advice.h - the lines of a policy that would allow what a record refused.  Pure. */
#ifndef HARDENCTL_ADVICE_H
#define HARDENCTL_ADVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"

#define ADVICE_LINES	256

/*
 * Lines are a whole drop-in, made of words of ours, numbers, addresses and, for a program, a path of letters and
 * digits: nothing else that a process chose gets into a policy this way.
 */
struct advice {
	char lines[ADVICE_LINES];	/* "" where nothing can allow it; so below */
	const char *permits;		/* what else they permit; or why there are none, or NULL */
	char narrow[ADVICE_LINES];	/* that permits less, "" where this build has nothing */
	const char *narrow_permits;
};

/* `inspects`: what struct kernel says of inspects_programs, without which seal.bpf admits nothing. */
void advice_of(const struct record *record, bool inspects, struct advice *ret_advice);

/* Whether a policy can hold a path without quotes: the process may have chosen it. */
bool advice_is_plain(const char *path, size_t len);

#endif
