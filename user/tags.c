// SPDX-License-Identifier: GPL-2.0-only
/* tags.c - what the kernel side is told of the sockets that are open when a set comes into force. */
#include "tags.h"

#include "hardenctl.skel.h"

bool tags_wanted(const struct draft *draft)
{
	return draft->set.mode[GUARD_egress] != MODE_OFF || draft->set.mode[GUARD_ingress] != MODE_OFF;
}

int tags_note(struct draft *draft, struct fail *fail)
{
	char row;
	int err;

	if (!tags_wanted(draft))
		return 0;
	err = draft_walk(draft->skel->progs.core__tag_listeners, &row, sizeof(row), "look for listeners", fail);
	return err ?: draft_walk(draft->skel->progs.core__tag_sockets, &row, sizeof(row), "note whose sockets are open", fail);
}
