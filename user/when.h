/* SPDX-License-Identifier: GPL-2.0-only */
/* when.h - points in time as people write them. */
#ifndef HARDENCTL_WHEN_H
#define HARDENCTL_WHEN_H

#include <linux/types.h>

/* The same moment by both clocks. */
struct when_now {
	__u64 wall_ns;		/* CLOCK_REALTIME */
	__u64 boot_ns;		/* CLOCK_BOOTTIME, which records have */
};

void when_now(struct when_now *ret_now);

/*
 * Reads "2026-11-23[ 03:34[:30]]" (local time; UTC with a Z), "03:34", "now", "today", "yesterday", "-5m", "5min ago", and
 * "+12.5s" after boot.  *ret_boot_ns is 0 for what was before this boot.  -EINVAL: none of them.
 */
int when_parse(const char *text, const struct when_now *now, __u64 *ret_boot_ns);

#endif
