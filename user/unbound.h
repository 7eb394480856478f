/* SPDX-License-Identifier: GPL-2.0-only */
/* unbound.h - units that wait for the seal and start without it all the same. */
#ifndef HARDENCTL_UNBOUND_H
#define HARDENCTL_UNBOUND_H

#include <stddef.h>

/*
 * Writes the names of the units that have After=hardenctl-sealed.target and none of Requires=, Requisite= and BindsTo=, which
 * systemd starts where the seal was refused: "a.service, b.service", cut where `size` ends, "" if there is none.  From the files in
 * `dirs`, of which an earlier one hides a later one's unit of that name; NULL: those of the system's manager.  Nothing is asked
 * of systemd, which need not run.  Returns how many there are, or -ENOMEM.
 */
int unbound_units(const char *const *dirs, char *ret_names, size_t size);

#endif
