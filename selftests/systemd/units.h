/* SPDX-License-Identifier: GPL-2.0-only */
/* units.h - the units whose settings the tests look at. */
#ifndef SYSTEMD_UNITS_H
#define SYSTEMD_UNITS_H

/* What systemd loads for a setting when its unit starts; LSM: only an entry in a map, as long as it keeps a
 * program from its own start. */
enum bpf_kind { NO_BPF, DEVICE, SKB, OTHER, LSM };

#define BIT(kind)	(1u << (kind))

/* Restarts the units and looks at what their probes could do: those whose kind is in the mask hold. */
void check_units(unsigned int held, const char *when);

/* The unit that runs since before the load. */
void check_long(const char *when);

#endif
