/* SPDX-License-Identifier: GPL-2.0-only */
/* lookup.h - the names of users and hosts in a policy, once, by the machine that it is to be loaded on. */
#ifndef HARDENCTL_LOOKUP_H
#define HARDENCTL_LOOKUP_H

#include "diag.h"
#include "policy.h"

/*
 * Asks NSS for every user of egress.allow and ingress.allow and, with egress.resolve, for every host, all of whose
 * addresses are kept.  Nobody is asked for entries of a guard that is off.  Returns 0, -ENXIO with a located diag for each that there is none of, or -ENOMEM.
 */
int lookup_names(struct policy *policy, struct diags *diags);

#endif
