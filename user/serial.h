/* SPDX-License-Identifier: GPL-2.0-only */
/* serial.h - the highest serial of a policy that was in force in this boot: what is below it is an older policy played back. */
#ifndef HARDENCTL_SERIAL_H
#define HARDENCTL_SERIAL_H

#include <linux/types.h>

#include "fail.h"

#define SERIAL_RUN	"/run/hardenctl"
#define SERIAL_FILE	"serial"

/* 0 where there was none.  -errno with a message: it is there and can't be read, and no policy may be taken for newer. */
int serial_highest(const char *run, __u64 *ret_serial, struct fail *fail);

/* Keeps it where it is higher than what is kept.  -errno with a message. */
int serial_note(const char *run, __u64 serial, struct fail *fail);

#endif
