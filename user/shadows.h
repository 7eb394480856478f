/* SPDX-License-Identifier: GPL-2.0-only */
/* shadows.h - entries of egress.allow and ingress.allow that allow nothing that others don't. Pure. */
#ifndef HARDENCTL_SHADOWS_H
#define HARDENCTL_SHADOWS_H

#include "ports.h"

#define SHADOWS_DEPTH	130	/* networks around each other: lengths 0 to 128, and the one at hand */

/* One network of one entry of the policy. */
struct item {
	struct cidr net;
	__u32 rule;
};

struct shadows;

/* Of `entries`, of which entry i allows spans[i] of `own`.  All of these outlive it.  NULL: no memory. */
struct shadows *shadows_make(const struct policy *policy, const struct net_rules *entries, const struct ports *own,
			     const struct span *spans);

/*
 * The entries that list one network, within as many networks as `depth` says, which were given before; those around a
 * `class` list nothing in it.  Networks come in the order of their addresses.
 */
void shadows_add(struct shadows *shadows, size_t depth, bool class, const struct item *items, size_t n);

/* Warns of each entry that others make superfluous. */
void shadows_report(const struct shadows *shadows, struct diags *diags);

void shadows_free(struct shadows *shadows);

#endif
