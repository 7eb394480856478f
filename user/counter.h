/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * counter.h - the highest serial of a signed policy that was ever in force here, in a counter of the TPM.
 *
 * It outlives reboots and can't be set back; but the TPM's owner can remove it, which is root where the owner has no password.
 */
#ifndef HARDENCTL_COUNTER_H
#define HARDENCTL_COUNTER_H

#include <linux/types.h>

#include "fail.h"

/*
 * 0 where there is no TPM that can be talked to, or no counter in it yet.  -errno with a message: there may be one, and no policy may
 * be taken for newer.
 */
int counter_highest(__u64 *ret_serial, struct fail *fail);

/* Raises it to `serial`, or makes it.  0 without a TPM; -errno with a message. */
int counter_note(__u64 serial, struct fail *fail);

#endif
