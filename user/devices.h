/* SPDX-License-Identifier: GPL-2.0-only */
/* devices.h - kernel.devices: from names to numbers to rows of the kernel's table. */
#ifndef HARDENCTL_DEVICES_H
#define HARDENCTL_DEVICES_H

#include "draft.h"

/* Finds the numbers that this machine's devices have, and the programs that some are for. */
int devices_find(struct draft *draft, struct fail *fail);

/* Asks the kernel who those programs are. */
int devices_resolve(struct draft *draft, struct fail *fail);

int devices_fill(struct draft *draft, struct fail *fail);

#endif
