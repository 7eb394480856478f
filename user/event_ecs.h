/* SPDX-License-Identifier: GPL-2.0-only */
/* event_ecs.h - events in the form of the Elastic Common Schema, version ECS_VERSION. */
#ifndef HARDENCTL_EVENT_ECS_H
#define HARDENCTL_EVENT_ECS_H

#include <json-c/json.h>

#include "abi.h"

#define ECS_VERSION	"8.17.0"

/* Takes what event_json() made of the record; what has no place there goes to `hardenctl`.  The caller puts the result. */
struct json_object *event_ecs(struct json_object *event, const struct record *record);

/* The same for what event_lost() made. */
struct json_object *event_ecs_lost(struct json_object *lost);

#endif
