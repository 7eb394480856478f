/* SPDX-License-Identifier: GPL-2.0-only */
/* state.h - asks the kernel's state machine (bpf/state.bpf.c) for a change. */
#ifndef HARDENCTL_STATE_H
#define HARDENCTL_STATE_H

#include "abi.h"

/* `prog` is a descriptor of state__change.  0, or -errno: what the program answered, or why it did not run. */
int state_change(int prog, const struct state_change *change);

#endif
