/* SPDX-License-Identifier: GPL-2.0-only */
/* protected.h - the scenario in which systemd is asked for a protected file. */
#ifndef SYSTEMD_PROTECTED_H
#define SYSTEMD_PROTECTED_H

void scenario_data(void);

#endif
