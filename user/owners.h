/* SPDX-License-Identifier: GPL-2.0-only */
/* owners.h - programs of data.protect that run whatever text they are given, or without which others can't do their work. */
#ifndef HARDENCTL_OWNERS_H
#define HARDENCTL_OWNERS_H

#include "diag.h"
#include "policy.h"

/* Warns of each that exec.allow doesn't keep to scripts, of devices that hardenctl lacks, and of those that may come later. */
void owners_warn(const struct policy *policy, struct diags *diags);

#endif
