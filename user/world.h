/* SPDX-License-Identifier: GPL-2.0-only */
/* world.h - what is there already, held still by a lock while a verb changes it. */
#ifndef HARDENCTL_WORLD_H
#define HARDENCTL_WORLD_H

#include "fail.h"
#include "set.h"

struct world {
	struct sets sets;
	const struct set_info *old;	/* the live one of them, or NULL */
	int lock, cgroup;
};

#define WORLD_INIT	{ .lock = -1, .cgroup = -1 }
#define _cleanup_world_	__attribute__((cleanup(world_close)))

/* Waits for the lock, opens the root cgroup and finds the sets. */
int world_open(struct world *world, struct fail *fail);
void world_close(struct world *world);

/* Fails with EXIT_REFUSED where the machine is sealed: `verb` can do nothing there. */
int world_check_sealed(const struct world *world, const char *verb, struct fail *fail);

#endif
