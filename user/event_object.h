/* SPDX-License-Identifier: GPL-2.0-only */
/* event_object.h - what a record's program tried it on, for event.c alone. */
#ifndef HARDENCTL_EVENT_OBJECT_H
#define HARDENCTL_EVENT_OBJECT_H

#include <json-c/json.h>

#include "abi.h"

/* Room for any text of a record, escaped. */
#define TEXT_MAX	(4 * 512 + 1)

/* Text of a record, escaped. */
struct json_object *event_escaped(const char *bytes, size_t size);

/* "8:1", of the kernel's own dev_t. */
void event_device(__u32 dev, char *ret_text, size_t size);

/* The member `object` of an event. */
struct json_object *event_object_json(const struct record *record);

#endif
