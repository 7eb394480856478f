/* SPDX-License-Identifier: GPL-2.0-only */
/* devices.h - kernel.devices, and devices of data.protect: from names to numbers to rows of the kernel's tables. */
#ifndef HARDENCTL_DEVICES_H
#define HARDENCTL_DEVICES_H

#include "draft.h"

/*
 * Adds the numbers that a device has on this machine, with no access yet.  `section` is the key for errors; where it is for
 * `one_program`, block devices are one.  What is not there is an error unless it is `optional`.
 */
int devices_numbers(const struct draft *draft, const struct device_rule *rule, const char *section, bool one_program,
		    bool optional, struct device_rows *rows, struct fail *fail);

/* Finds the numbers that this machine's devices have, and the programs that some are for. */
int devices_find(struct draft *draft, struct fail *fail);

/* Asks the kernel who those programs are. */
int devices_resolve(struct draft *draft, struct fail *fail);

int devices_fill(struct draft *draft, struct fail *fail);

#endif
