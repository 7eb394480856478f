/* SPDX-License-Identifier: GPL-2.0-only */
/* screen.h - what is in force, as `status` shows it. */
#ifndef HARDENCTL_SCREEN_H
#define HARDENCTL_SCREEN_H

#include <json-c/json.h>
#include <stdio.h>

#include "status.h"
#include "style.h"

/* One screen; on a narrow terminal with fewer columns. */
void screen_write(const struct status *status, const struct style *style, FILE *out);

/* One JSON object, which the caller puts. */
struct json_object *screen_json(const struct status *status);

#endif
