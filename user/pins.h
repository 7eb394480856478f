/* SPDX-License-Identifier: GPL-2.0-only */
/* pins.h - the links of the pinned leg below /sys/fs/bpf/hardenctl/NUMBER/.  All of them are expendable. */
#ifndef HARDENCTL_PINS_H
#define HARDENCTL_PINS_H

#include <stddef.h>

#include "abi.h"
#include "fail.h"

#define PINS_MOUNT	"/sys/fs/bpf"
#define PINS		PINS_MOUNT "/hardenctl"

/* Makes the directory of set `set`.  Fails where /sys/fs/bpf is no bpffs. */
int pins_make(__u64 set, struct fail *fail);

/* Path of the pin `name` of set `set`. */
void pins_path(__u64 set, const char *name, char *ret_path, size_t size);

/* Unlinks all pins of every set but `keep` (0: of all), and the directories that are then empty. */
int pins_remove_but(__u64 keep);

/* Unlinks the pins of set `set`. */
int pins_remove(__u64 set);

#endif
