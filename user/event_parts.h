/* SPDX-License-Identifier: GPL-2.0-only */
/* event_parts.h - what the forms have in common into which others want events: see event_ocsf.h and event_ecs.h. */
#ifndef HARDENCTL_EVENT_PARTS_H
#define HARDENCTL_EVENT_PARTS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "abi.h"

/* Which records a row of a table is for, as bpf/guards.h spells them; NULL: any. */
struct event_match {
	__u32 guard;
	const char *hook, *reason;
};
bool event_matches(const struct event_match *match, __u32 kind);

/* A line in the place of `count` records up to number `last` that are gone. */
struct json_object *event_lost(__u64 last, __u64 count, const char *cause);

void event_add(struct json_object *to, const char *key, struct json_object *value);
void event_add_text(struct json_object *to, const char *key, const char *text);
void event_add_number(struct json_object *to, const char *key, __s64 number);

/* The text at `key`, "" where there is none. */
const char *event_text_at(struct json_object *from, const char *key);

/* Moves member `key` of `from` to `to` as `name`, if it is there. */
void event_move(struct json_object *from, const char *key, struct json_object *to, const char *name);

/* "denied exec: shell /usr/bin/dash". */
struct json_object *event_summary(const struct record *record);

/* "3 records up to 42 are gone: overwritten". */
struct json_object *event_lost_summary(struct json_object *lost);

/* What comes after the last '/' of a path. */
const char *event_base_name(const char *path);

/* This machine's name. */
struct json_object *event_host_name(void);

#endif
