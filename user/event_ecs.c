// SPDX-License-Identifier: GPL-2.0-only
/* event_ecs.c - events in the form of the Elastic Common Schema (elastic.co/docs/reference/ecs). */
#include "event_ecs.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "event_parts.h"
#include "names.h"
#include "util.h"

struct row {
	struct event_match match;
	const char *category, *type;	/* event.category; event.type, beside "denied" or "allowed" */
};

/* The first that matches. */
static const struct row rows[] = {
	{ { GUARD_exec, NULL, "raw_device" }, "file", "change" },
	{ { GUARD_exec, NULL, "library" }, "library", "start" },
	{ { GUARD_exec, "mmap_file", "introduced" }, "library", "start" },
	{ { GUARD_exec, "file_mprotect", "introduced" }, "library", "start" },
	{ { GUARD_exec, NULL, "jit" }, "process", "change" },
	{ { GUARD_exec, NULL, NULL }, "process", "start" },
	{ { GUARD_ptrace, NULL, "core_pattern" }, "configuration", "change" },
	{ { GUARD_ptrace, NULL, "attach" }, "process", "change" },
	{ { GUARD_ptrace, NULL, "traceme" }, "process", "change" },
	{ { GUARD_ptrace, NULL, NULL }, "process", "access" },
	{ { GUARD_modules, NULL, NULL }, "driver", "start" },
	{ { GUARD_egress, NULL, "reroute" }, "configuration", "change" },
	{ { GUARD_egress, NULL, NULL }, "network", "connection" },
	{ { GUARD_ingress, NULL, NULL }, "network", "connection" },
	{ { GUARD_kernel, "inode_unlink", NULL }, "file", "deletion" },
	{ { GUARD_kernel, "file_open", NULL }, "file", "access" },
	{ { GUARD_kernel, "dev", NULL }, "file", "access" },
	{ { GUARD_kernel, NULL, "mount" }, "configuration", "change" },
	{ { GUARD_kernel, "sysctl", NULL }, "configuration", "change" },
	{ { GUARD_kernel, NULL, NULL }, "api", "access" },
	{ { GUARD_seal, NULL, "write" }, "file", "change" },
	{ { GUARD_seal, NULL, "held" }, "file", "access" },
	{ { GUARD_seal, NULL, "attributes" }, "file", "change" },
	{ { GUARD_seal, NULL, "unlink" }, "file", "deletion" },
	{ { GUARD_seal, NULL, "rename" }, "file", "change" },
	{ { GUARD_seal, NULL, "create" }, "file", "creation" },
	{ { GUARD_seal, "state", NULL }, "configuration", "info" },
	{ { GUARD_seal, NULL, "canary_lost" }, "configuration", "info" },
	{ { GUARD_seal, NULL, "unmount" }, "configuration", "change" },
	{ { GUARD_seal, NULL, "move" }, "configuration", "change" },
	{ { GUARD_seal, NULL, "cover" }, "configuration", "change" },
	{ { GUARD_seal, NULL, NULL }, "api", "access" },
};

static const struct row *row_of(const struct record *record)
{
	static const struct row none = { {}, "host", "info" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (event_matches(&rows[i].match, record->kind))
			return &rows[i];
	return &none;
}

static void add_list(struct json_object *to, const char *key, const char *first, const char *second)
{
	struct json_object *list = json_object_new_array();

	json_object_array_add(list, json_object_new_string(first));
	if (second)
		json_object_array_add(list, json_object_new_string(second));
	event_add(to, key, list);
}

/* What every line has. */
static struct json_object *frame(const char *kind)
{
	struct json_object *out = json_object_new_object(), *ecs = json_object_new_object(), *host = json_object_new_object();
	struct json_object *os = json_object_new_object(), *observer = json_object_new_object(), *about = json_object_new_object();

	event_add_text(ecs, "version", ECS_VERSION);
	event_add(out, "ecs", ecs);
	event_add_text(about, "kind", kind);
	event_add_text(about, "module", "hardenctl");
	event_add_text(about, "dataset", "hardenctl.log");
	event_add(out, "event", about);
	event_add(host, "hostname", event_host_name());
	event_add_text(os, "type", "linux");
	event_add(host, "os", os);
	event_add(out, "host", host);
	event_add_text(observer, "vendor", "hardenctl");
	event_add_text(observer, "product", "hardenctl");
	event_add_text(observer, "version", VERSION);
	event_add(out, "observer", observer);
	return out;
}

/* As what the guard did, which is what the outcome is of. */
static void add_event(struct json_object *about, struct json_object *event, const struct record *record)
{
	const struct row *row = row_of(record);
	bool denied = record->flags & RECORD_DENIED;
	char text[64];

	add_list(about, "category", row->category, NULL);
	add_list(about, "type", denied ? "denied" : "allowed", row->type);
	snprintf(text, sizeof(text), "%s-%s", kind_names[record->kind].guard, denied ? "denied" : "would-deny");
	event_add_text(about, "action", text);
	event_add_text(about, "outcome", "success");
	snprintf(text, sizeof(text), "%s/%s", kind_names[record->kind].guard, reason_names[record->kind]);
	event_add_text(about, "code", text);
	event_move(event, "seq", about, "sequence");
}

/* Where the policy says so. */
static void add_rule(struct json_object *out, struct json_object *event, const struct record *record)
{
	struct json_object *from = NULL, *rule = json_object_new_object();
	char id[32];

	event_add_text(rule, "category", kind_names[record->kind].guard);
	event_add_text(rule, "name", reason_names[record->kind]);
	if (record->rule.line && json_object_object_get_ex(event, "rule", &from)) {
		snprintf(id, sizeof(id), "%u", record->rule.line);
		event_add_text(rule, "id", id);
		event_add_text(rule, "ruleset", event_text_at(from, "file"));
	}
	json_object_object_del(event, "rule");
	event_add(out, "rule", rule);
}

static struct json_object *parent_process(struct json_object *event)
{
	struct json_object *parent = json_object_new_object(), *known = NULL;

	event_move(event, "ppid", parent, "pid");
	if (!json_object_object_get_ex(event, "parent", &known))
		return parent;
	event_move(known, "comm", parent, "name");
	event_move(known, "exe", parent, "executable");
	json_object_object_del(event, "parent");
	return parent;
}

static void add_process(struct json_object *out, struct json_object *event)
{
	struct json_object *process = json_object_new_object(), *thread = json_object_new_object(), *user = json_object_new_object();

	event_move(event, "tgid", process, "pid");
	event_move(event, "pid", thread, "id");
	event_add(process, "thread", thread);
	event_move(event, "comm", process, "name");
	if (event_text_at(event, "exe")[0])
		event_move(event, "exe", process, "executable");
	json_object_object_del(event, "exe");
	event_add(process, "parent", parent_process(event));
	event_add(out, "process", process);
	event_add_text(user, "id", event_text_at(event, "uid"));
	json_object_object_del(event, "uid");
	event_add(out, "user", user);
}

static void add_file(struct json_object *out, struct json_object *object)
{
	const char *path = event_text_at(object, "path");
	struct json_object *file;

	if (!path[0])
		path = event_text_at(object, "detail");
	if (path[0] != '/')
		return;
	file = json_object_new_object();
	event_add_text(file, "path", path);
	event_add_text(file, "name", event_base_name(path));
	if (event_text_at(object, "ino")[0])
		event_add_text(file, "inode", event_text_at(object, "ino"));
	event_add(out, "file", file);
}

static struct json_object *endpoint(struct json_object *object, bool has_ip, bool has_port)
{
	struct json_object *end = json_object_new_object(), *port = NULL;
	const char *address = event_text_at(object, "addr");

	event_add_text(end, "address", address[0] ? address : event_text_at(object, "path"));
	if (has_ip)
		event_add_text(end, "ip", address);
	if (has_port && json_object_object_get_ex(object, "port", &port))
		event_add(end, "port", json_object_get(port));
	return end;
}

/* Of the guard ingress the port is ours, and the address that of who sent something, or of nobody. */
static void add_network(struct json_object *out, struct json_object *object, const struct record *record)
{
	static const __u8 none[16];
	bool in = kind_names[record->kind].guard_id == GUARD_ingress, peer = record->object_type == OBJECT_PEER;
	const struct object_net *net = &record->object.net;
	bool inet = !peer && (net->family == AF_INET || net->family == AF_INET6);
	bool has_port = !peer && net->proto != IPPROTO_ICMP && net->proto != IPPROTO_ICMPV6;
	struct json_object *network = json_object_new_object(), *own;
	char number[16];

	event_add_text(network, "direction", in ? "ingress" : peer ? "internal" : "egress");
	event_add_text(network, "transport", event_text_at(object, inet ? "proto" : "family"));
	if (inet) {
		event_add_text(network, "type", net->family == AF_INET ? "ipv4" : "ipv6");
		snprintf(number, sizeof(number), "%u", net->proto);
		event_add_text(network, "iana_number", number);
	}
	event_add(out, "network", network);
	/* A socket that was not made leads nowhere. */
	if (!strcmp(kind_names[record->kind].reason, "socket_type"))
		return;
	if (!in) {
		event_add(out, "destination", endpoint(object, inet && event_text_at(object, "addr")[0], has_port));
		return;
	}
	if (inet && memcmp(net->addr, none, sizeof(none)))
		event_add(out, "source", endpoint(object, true, false));
	own = json_object_new_object();
	event_add(own, "address", event_host_name());
	if (has_port)
		event_add_number(own, "port", net->port);
	event_add(out, "destination", own);
}

struct json_object *event_ecs(struct json_object *event, const struct record *record)
{
	struct json_object *out = frame(record->flags & RECORD_CANARY ? "event" : "alert"), *about, *object = NULL;

	json_object_object_get_ex(out, "event", &about);
	json_object_object_get_ex(event, "object", &object);
	event_move(event, "time", out, "@timestamp");
	event_add(out, "message", event_summary(record));
	add_event(about, event, record);
	add_rule(out, event, record);
	add_process(out, event);
	if (record->object_type == OBJECT_NET || record->object_type == OBJECT_PEER)
		add_network(out, object, record);
	else
		add_file(out, object);
	json_object_object_del(event, "v");
	event_add(out, "hardenctl", event);
	return out;
}

struct json_object *event_ecs_lost(struct json_object *lost)
{
	struct json_object *out = frame("pipeline_error"), *about;
	char text[32];
	time_t now = time(NULL);
	struct tm tm;

	json_object_object_get_ex(out, "event", &about);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	event_add_text(out, "@timestamp", text);
	event_add(out, "message", event_lost_summary(lost));
	event_move(lost, "seq", about, "sequence");
	json_object_object_del(lost, "v");
	event_add(out, "hardenctl", lost);
	return out;
}
