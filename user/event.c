// SPDX-License-Identifier: GPL-2.0-only
/* event.c - a record as people and programs read it. */
#include "event.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#include "event_object.h"
#include "event_parts.h"
#include "kernel.h"
#include "names.h"
#include "text.h"
#include "util.h"
#include "when.h"

#define NS_PER_S	1000000000ull
#define NO_LOGIN	(~0u)	/* audit's AUDIT_UID_UNSET */

void event_escape(const char *bytes, size_t size, char *ret_text)
{
	size_t left = strnlen(bytes, size), len;
	__u32 c = 0;

	for (; left; bytes += len, left -= len) {
		len = text_decode(bytes, left, &c);
		if (len && !text_hidden(c)) {
			memcpy(ret_text, bytes, len);
			ret_text += len;
			continue;
		}
		len = len ?: 1;
		for (size_t i = 0; i < len; i++)
			ret_text += sprintf(ret_text, "\\x%02x", (unsigned char)bytes[i]);
	}
	*ret_text = 0;
}

struct json_object *event_escaped(const char *bytes, size_t size)
{
	char text[TEXT_MAX];

	event_escape(bytes, MIN(size, (size_t)512), text);
	return json_object_new_string(text);
}

__u64 event_wall_ns(__u64 boot_ns)
{
	struct when_now now;

	when_now(&now);
	return now.wall_ns - now.boot_ns + boot_ns;
}

static void wall_time(__u64 boot_ns, char *ret_text, size_t size)
{
	__u64 ns = event_wall_ns(boot_ns);
	time_t s = ns / NS_PER_S;
	struct tm tm;

	gmtime_r(&s, &tm);
	size -= strftime(ret_text, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(ret_text + strlen(ret_text), size, ".%09lluZ", (unsigned long long)(ns % NS_PER_S));
}

static const char *action(const struct record *record)
{
	return record->flags & RECORD_DENIED ? "denied" : "would-deny";
}

static const char *rule_file(const struct record *record, const struct event_context *context)
{
	return record->rule.file < STATE_FILES ?
		context->recorder->names[record->rule.file].path : "";
}

static struct json_object *rule_json(const struct record *record,
				     const struct event_context *context)
{
	struct json_object *rule = json_object_new_object();

	event_add(rule, "file", event_escaped(rule_file(record, context), FILE_LEN));
	event_add(rule, "line", json_object_new_int64(record->rule.line));
	return rule;
}

static struct json_object *parent_json(const struct record *record, const struct event_context *context)
{
	struct json_object *parent = json_object_new_object();
	char exe[PROGRAM_PATH];

	recorder_program(context->recorder, &record->parent_exe, exe);
	event_add(parent, "comm", event_escaped(record->parent_comm, COMM_LEN));
	event_add(parent, "exe", event_escaped(exe, sizeof(exe)));
	return parent;
}

/* Those that are not the first process's. */
static void add_namespaces(struct json_object *json, const struct record *record, const struct event_context *context)
{
	static const char *const names[NS_COUNT] = {
		[NS_MNT] = "mnt", [NS_NET] = "net", [NS_PID] = "pid", [NS_USER] = "user",
	};
	struct json_object *object = NULL;

	for (int i = 0; i < NS_COUNT; i++) {
		if (!record->ns[i] || record->ns[i] == context->recorder->first_ns[i])
			continue;
		object = object ?: json_object_new_object();
		event_add(object, names[i], json_object_new_int64(record->ns[i]));
	}
	if (object)
		event_add(json, "namespaces", object);
}

static void add_subject(struct json_object *json, const struct record *record,
			const struct event_context *context)
{
	char path[PATH_MAX], exe[PROGRAM_PATH], dev[32];

	recorder_program(context->recorder, &record->exe, exe);
	event_device(record->exe.dev, dev, sizeof(dev));
	event_add(json, "pid", json_object_new_int64(record->pid));
	event_add(json, "tgid", json_object_new_int64(record->tgid));
	event_add(json, "ppid", json_object_new_int64(record->ppid));
	event_add(json, "uid", json_object_new_int64(record->uid));
	event_add(json, "comm", event_escaped(record->comm, COMM_LEN));
	event_add(json, "exe", event_escaped(exe, sizeof(exe)));
	event_add(json, "exe_dev", json_object_new_string(dev));
	event_add(json, "exe_ino", json_object_new_uint64(record->exe.ino));
	event_add(json, "auid", record->login == NO_LOGIN ? NULL : json_object_new_int64(record->login));
	path[0] = 0;
	if (context->cgroup >= 0)
		kernel_cgroup_path(context->cgroup, record->cgroup, path, sizeof(path));
	event_add(json, "cgroup", event_escaped(path, sizeof(path)));
	event_add(json, "parent", parent_json(record, context));
	add_namespaces(json, record, context);
}

struct json_object *event_json(const struct record *record, const struct event_context *context)
{
	const struct kind_name *kind = &kind_names[record->kind];
	struct json_object *json = json_object_new_object();
	char text[64];

	event_add(json, "v", json_object_new_int(1));
	event_add(json, "seq", json_object_new_uint64(record->seq));
	wall_time(record->boot_ns, text, sizeof(text));
	event_add(json, "time", json_object_new_string(text));
	event_add(json, "boot_ns", json_object_new_uint64(record->boot_ns));
	event_add(json, "guard", json_object_new_string(kind->guard));
	event_add(json, "hook", json_object_new_string(kind->hook));
	event_add(json, "action", json_object_new_string(action(record)));
	event_add(json, "reason", json_object_new_string(reason_names[record->kind]));
	event_add(json, "rule", rule_json(record, context));
	add_subject(json, record, context);
	event_add(json, "object", event_object_json(record));
	if (record->flags & RECORD_CUT)
		event_add(json, "truncated", json_object_new_boolean(1));
	event_add(json, "canary", json_object_new_boolean(!!(record->flags & RECORD_CANARY)));
	event_add(json, "count", json_object_new_int64(record->count));
	event_add(json, "first_seq", json_object_new_uint64(record->first));
	return json;
}

void event_text(const struct record *record, const struct event_context *context, FILE *out)
{
	char time[64], comm[TEXT_MAX], exe[PROGRAM_PATH], exe_text[TEXT_MAX];

	wall_time(record->boot_ns, time, sizeof(time));
	event_escape(record->comm, COMM_LEN, comm);
	recorder_program(context->recorder, &record->exe, exe);
	event_escape(exe, sizeof(exe), exe_text);
	fprintf(out, "%llu %.19sZ %s %s:", (unsigned long long)record->seq, time, action(record),
		kind_names[record->kind].guard);
	fprintf(out, " %s", reason_names[record->kind]);
	event_object(record, out);
	fprintf(out, " by pid %u (%s) uid %u", record->tgid, comm, record->uid);
	if (exe_text[0])
		fprintf(out, " exe %s", exe_text);
	if (record->rule.line) {
		event_escape(rule_file(record, context), FILE_LEN, exe_text);
		fprintf(out, " rule %s:%u", exe_text, record->rule.line);
	}
	if (record->count > 1)
		fprintf(out, " [%u times since %llu]", record->count, record->first);
	fprintf(out, "%s\n", record->flags & RECORD_CANARY ? " [canary]" : "");
}
