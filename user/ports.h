/* SPDX-License-Identifier: GPL-2.0-only */
/* ports.h - sets of ports, in the form that the kernel side reads. Pure. */
#ifndef HARDENCTL_PORTS_H
#define HARDENCTL_PORTS_H

#include <stddef.h>

#include "policy.h"

struct ports {
	struct port_rule *list;
	size_t count, room;
};

/* These append; the list is a set again after ports_merge(). They return 0 or -ENOMEM. */
int ports_add(struct ports *ports, struct port_rule port);
int ports_add_rule(struct ports *ports, const struct egress_rule *rule);
int ports_add_list(struct ports *ports, const struct port_rule *list, struct span span);

/*
 * Joins what overlaps or touches, and makes one element (proto 0) of two that differ in the
 * protocol only. Equal sets become equal lists.
 */
void ports_merge(struct ports *ports);

__u64 ports_hash(const struct ports *ports);
void ports_free(struct ports *ports);

#endif
