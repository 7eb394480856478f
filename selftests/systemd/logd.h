/* SPDX-License-Identifier: GPL-2.0-only */
/* logd.h - the unit of `hardenctl logd`: whoever ends it or stops it by a signal, it comes back. */
#ifndef SYSTEMD_LOGD_H
#define SYSTEMD_LOGD_H

#include <stdbool.h>

/* It waits for a load. */
void check_logd_waits(void);

/* It follows the log; systemd can restart it. */
void check_logd_follows(const char *when);
void check_logd_restart(void);

/* What happens to it; all take seconds, so other tests may run until check_logd_back(). */
enum harm { KILLED, STOPPED, FROZEN };
void harm_logd(enum harm harm);
void check_logd_back(void);

/* No line of the whole boot is missing or there twice. */
void check_logd_lines(void);

#endif
