/* SPDX-License-Identifier: GPL-2.0-only */
/* refusals.h - holds what was refused against the list of what is known to be. */
#ifndef SYSTEMD_REFUSALS_H
#define SYSTEMD_REFUSALS_H

/* Every refusal of the log is explained by a row of the list, every row has occurred, none was overwritten. */
void check_refusals(void);

/* The units that failed are those of the list. */
void check_failed_units(void);

#endif
