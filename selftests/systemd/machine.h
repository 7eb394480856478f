/* SPDX-License-Identifier: GPL-2.0-only */
/* machine.h - the machine that a scenario begins and ends with. */
#ifndef SYSTEMD_MACHINE_H
#define SYSTEMD_MACHINE_H

#include <stdbool.h>

/* Waits until all is started; `failing` is the one unit that is to fail, NULL: none. */
void begin(const char *failing);

/* Prints the plan and the journal; does not return. */
void poweroff(void);

bool is_active(const char *unit);

/* As "252". */
int systemd_version(void);

#endif
