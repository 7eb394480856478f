/* SPDX-License-Identifier: GPL-2.0-only */
/* event.h - a record as people and programs read it. */
#ifndef HARDENCTL_EVENT_H
#define HARDENCTL_EVENT_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdio.h>

#include "recorder.h"

/* What turns the ids of a record into names. */
struct event_context {
	const struct recorder *recorder;
	int cgroup;			/* the cgroup root, or -1: cgroups stay unnamed */
};

/* One JSON object, which the caller puts. */
struct json_object *event_json(const struct record *record, const struct event_context *context);

/* One line, control bytes escaped. */
void event_text(const struct record *record, const struct event_context *context, FILE *out);

/* The same, in the colours of `style`. */
struct style;
void event_show(const struct record *record, const struct event_context *context, const struct style *style, FILE *out);

/* What the refusal was about, as that line has it, after a blank. */
void event_object(const struct record *record, FILE *out);

/* Of a record about a vsock socket: where it was to connect. */
struct vsock_address {
	__u32 cid, port;	/* VSOCK_ANY */
};
struct vsock_address event_vsock(const struct record *record);

/* The name of the module that a record of the modules guard is about, "" where there is none or it is not known. */
void event_module(const struct record *record, char *ret_name, size_t size);

/*
 * Copies text that a process chose: control bytes and what is not UTF-8 become \xNN.  `ret_text` has
 * room for four times `size` and a NUL.
 */
void event_escape(const char *bytes, size_t size, char *ret_text);

#endif
