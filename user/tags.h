/* SPDX-License-Identifier: GPL-2.0-only */
/* tags.h - what the kernel side is told of the sockets that are open when a set comes into force. */
#ifndef HARDENCTL_TAGS_H
#define HARDENCTL_TAGS_H

#include "draft.h"

/* Whether a guard is on that judges by it. */
bool tags_wanted(const struct draft *draft);

/*
 * Notes which program each open socket is of, and which connections came in.  To be called after
 * draft_identify_running(), whose programs these are.
 */
int tags_note(struct draft *draft, struct fail *fail);

#endif
