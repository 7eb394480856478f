// SPDX-License-Identifier: GPL-2.0-only
/* event_parts.c - what the forms have in common into which others want events. */
#include "event_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "event.h"
#include "names.h"

bool event_matches(const struct event_match *match, __u32 kind)
{
	const struct kind_name *name = &kind_names[kind];

	return name->guard_id == match->guard && (!match->hook || !strcmp(name->hook, match->hook)) &&
	       (!match->reason || !strcmp(name->reason, match->reason));
}

void event_add(struct json_object *to, const char *key, struct json_object *value)
{
	json_object_object_add(to, key, value);
}

void event_add_text(struct json_object *to, const char *key, const char *text)
{
	event_add(to, key, json_object_new_string(text));
}

void event_add_number(struct json_object *to, const char *key, __s64 number)
{
	event_add(to, key, json_object_new_int64(number));
}

struct json_object *event_lost(__u64 last, __u64 count, const char *cause)
{
	struct json_object *lost = json_object_new_object();

	event_add_number(lost, "v", 1);
	event_add(lost, "seq", json_object_new_uint64(last));
	event_add(lost, "lost", json_object_new_uint64(count));
	event_add_text(lost, "cause", cause);
	return lost;
}

const char *event_text_at(struct json_object *from, const char *key)
{
	struct json_object *value = NULL;

	if (from)
		json_object_object_get_ex(from, key, &value);
	return value ? json_object_get_string(value) : "";
}

void event_move(struct json_object *from, const char *key, struct json_object *to, const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(from, key, &value))
		return;
	event_add(to, name, json_object_get(value));
	json_object_object_del(from, key);
}

struct json_object *event_summary(const struct record *record)
{
	struct json_object *summary;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return json_object_new_string("");
	fprintf(out, "%s %s: %s", record->flags & RECORD_DENIED ? "denied" : "would-deny", kind_names[record->kind].guard,
		reason_names[record->kind]);
	event_object(record, out);
	fclose(out);
	summary = json_object_new_string(text);
	free(text);
	return summary;
}

struct json_object *event_lost_summary(struct json_object *lost)
{
	char text[160];

	snprintf(text, sizeof(text), "%s records up to %s are gone: ", event_text_at(lost, "lost"), event_text_at(lost, "seq"));
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", event_text_at(lost, "cause"));
	return json_object_new_string(text);
}

const char *event_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

struct json_object *event_host_name(void)
{
	char text[4 * sizeof(((struct utsname *)0)->nodename) + 1];
	struct utsname name = {};

	uname(&name);
	event_escape(name.nodename, sizeof(name.nodename), text);
	return json_object_new_string(text);
}
