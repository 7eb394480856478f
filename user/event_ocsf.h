/* SPDX-License-Identifier: GPL-2.0-only */
/* event_ocsf.h - events in the form of the Open Cybersecurity Schema Framework, version OCSF_VERSION. */
#ifndef HARDENCTL_EVENT_OCSF_H
#define HARDENCTL_EVENT_OCSF_H

#include <json-c/json.h>

#include "abi.h"

#define OCSF_VERSION	"1.4.0"

/* Takes what event_json() made of the record; what has no place there goes to `unmapped`.  The caller puts the result. */
struct json_object *event_ocsf(struct json_object *event, const struct record *record);

/* The same for what event_lost() made. */
struct json_object *event_ocsf_lost(struct json_object *lost);

#endif
