/* SPDX-License-Identifier: GPL-2.0-only */
/* ports.h - sets of ports, protocols, programs and users, in the form that the kernel side reads. Pure. */
#ifndef HARDENCTL_PORTS_H
#define HARDENCTL_PORTS_H

#include <stddef.h>

#include "policy.h"

#define PORTS_MAX	(1u << 20)	/* rows that one entry of the policy may come to before they are merged */

struct ports {
	struct port_rule *list;
	size_t count, room;
};

/*
 * These append; the list is a set again after ports_merge(). They return 0 or -ENOMEM.  The first one gives the policy's
 * programs numbers from 1 on, and users whose name was not looked up numbers that no user has; it fails with -E2BIG for
 * an entry of more than PORTS_MAX rows.
 */
int ports_add_rule(struct ports *ports, const struct policy *policy, const struct egress_rule *rule);
int ports_add_list(struct ports *ports, const struct port_rule *list, struct span span);

/*
 * Joins what overlaps or touches, leaves out what is for one program or user and allowed to any, and makes one element
 * (proto 0) of two that differ in the protocol only, TCP and UDP, not ICMP. Equal sets become equal lists.
 */
void ports_merge(struct ports *ports);

/* Whether one element of the set, merged, allows all that `port` does; of TCP and UDP one each. */
bool ports_cover(const struct ports *ports, const struct port_rule *port);

__u64 ports_hash(const struct ports *ports);
void ports_free(struct ports *ports);

#endif
