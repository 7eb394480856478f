/* SPDX-License-Identifier: GPL-2.0-only */
/* event.h - a record as people and programs read it. */
#ifndef HARDENCTL_EVENT_H
#define HARDENCTL_EVENT_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdio.h>

#include "recorder.h"

/* The wall clock's time of a record, as far as the present clock tells. */
__u64 event_wall_ns(__u64 boot_ns);

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
/* The file that a record is about, NULL: it is about none. */
const struct file_id *event_file(const struct record *record);

/* Its path as far as it is known, of at most *ret_size bytes, which need not end in a NUL; NULL as event_file(). */
const char *event_path(const struct record *record, size_t *ret_size);

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
 * Copies text that a process chose: what steers or deceives a terminal (text_hidden) and what is not UTF-8 become
 * \xNN, byte by byte.  `ret_text` has room for four times `size` and a NUL.
 */
void event_escape(const char *bytes, size_t size, char *ret_text);

#endif
