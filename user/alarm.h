/* SPDX-License-Identifier: GPL-2.0-only */
/* alarm.h - what the policy wants done when something that must not happen has happened. */
#ifndef HARDENCTL_ALARM_H
#define HARDENCTL_ALARM_H

#include "abi.h"

/*
 * Tells the journal at priority alert (syslog(3), and the kernel's log for where nobody listens).  Then, for
 * ON_FAILURE_POWEROFF, writes out what is to be written and powers the machine off at once, without asking
 * the service manager, which may be whom not to ask.  Returns where that fails, and otherwise for
 * ON_FAILURE_CONTINUE.
 */
void alarm_raise(enum on_failure action, const char *text);

#endif
