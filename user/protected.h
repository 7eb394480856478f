/* SPDX-License-Identifier: GPL-2.0-only */
/* protected.h - data.protect: from paths and devices to rows of the kernel's table. */
#ifndef HARDENCTL_PROTECTED_H
#define HARDENCTL_PROTECTED_H

#include "draft.h"

/* Opens what the entries name, and their programs; notes the file systems and the devices' numbers. */
int protected_find(struct draft *draft, const struct kernel *kernel, struct fail *fail);

/* Whether it has found anything. */
bool protected_any(const struct draft *draft);

/* The constants of the programs. */
void protected_configure(const struct draft *draft, struct config *config);

int protected_resolve(struct draft *draft, struct fail *fail);
int protected_fill(struct draft *draft, struct fail *fail);

#endif
