/* SPDX-License-Identifier: GPL-2.0-only */
/* boots.h - scenarios in which hardenctl's own units load and seal, or can't. */
#ifndef SYSTEMD_BOOTS_H
#define SYSTEMD_BOOTS_H

/* Does not return if there is a boot of that name. */
void boot_play(const char *name);

#endif
