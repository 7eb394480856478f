/* SPDX-License-Identifier: GPL-2.0-only */
/* request_names.h - what was asked of the kernel by number (struct object_request), in words. */
#ifndef HARDENCTL_REQUEST_NAMES_H
#define HARDENCTL_REQUEST_NAMES_H

#include <stddef.h>

#include "abi.h"

/* "IP_OPTIONS", or numbers where there is no name. */
void request_name(const struct record *record, char *ret_text, size_t size);

#endif
