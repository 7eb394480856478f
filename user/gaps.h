/* SPDX-License-Identifier: GPL-2.0-only */
/* gaps.h - what some kernels give no way to refuse, or only wholesale.  `probe` says it; the README's table has the same. */
#ifndef HARDENCTL_GAPS_H
#define HARDENCTL_GAPS_H

#include <stdbool.h>

struct kernel;

struct gap {
	const char *name, *what;	/* what a kernel can that has no such gap */
	bool (*closed)(const struct kernel *kernel);
	const char *consequence;	/* where it can't */
	const char *hint;
};

/* A NULL name at the end. */
extern const struct gap gaps[];

#endif
