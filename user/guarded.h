/* SPDX-License-Identifier: GPL-2.0-only */
/* guarded.h - the files, directories and pins that nobody changes after the seal. */
#ifndef HARDENCTL_GUARDED_H
#define HARDENCTL_GUARDED_H

#include "identity.h"
#include "policy.h"

/* Opens our binary, the policy's files, our directories and our units. */
int guarded_add_files(struct program_files *files, const struct policy *policy, struct fail *fail);

/* Opens the pins of set `number` and the directories above them, and those that their mounts stand on. */
int guarded_add_pins(struct program_files *files, __u64 number, struct fail *fail);

#endif
