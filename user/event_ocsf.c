// SPDX-License-Identifier: GPL-2.0-only
/* event_ocsf.c - events in the form of the Open Cybersecurity Schema Framework (schema.ocsf.io). */
#include "event_ocsf.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "event.h"
#include "event_parts.h"
#include "names.h"
#include "util.h"
#include "when.h"

#define NS_PER_MS	1000000

/* Numbers of the schema, with their captions. */
struct word {
	int id;
	const char *caption;
};

/* What an event is about, for one class. */
typedef void describe(struct json_object *out, struct json_object *event, const struct record *record);

struct class {
	struct word class, category;
	describe *describe;
};

struct row {
	struct event_match match;
	const struct class *class;
	struct word activity;
};

static const struct word type_other = { 99, "Other" };

static void add_word(struct json_object *to, const char *id, const char *name, struct word word)
{
	event_add_number(to, id, word.id);
	event_add_text(to, name, word.caption);
}

static struct json_object *object_of(struct json_object *event)
{
	struct json_object *object = NULL;

	json_object_object_get_ex(event, "object", &object);
	return object;
}

/* A name is required of a file, and may be all that is known. */
static struct json_object *file_json(const char *path)
{
	struct json_object *file = json_object_new_object();
	const char *name = event_base_name(path);

	event_add_text(file, "name", name[0] ? name : path[0] ? path : "unknown");
	if (path[0] == '/')
		event_add_text(file, "path", path);
	event_add_number(file, "type_id", 0);
	return file;
}

/* The path that the object has, or that one which is its detail. */
static const char *object_path(struct json_object *event)
{
	struct json_object *object = object_of(event);
	const char *path = event_text_at(object, "path");

	return path[0] ? path : event_text_at(object, "detail");
}

static void describe_file(struct json_object *out, struct json_object *event, const struct record *record)
{
	struct json_object *file = file_json(object_path(event)), *object = object_of(event);
	const char *inode = event_text_at(object, "ino");
	char id[64];

	(void)record;
	if (inode[0]) {
		snprintf(id, sizeof(id), "%s/%s", event_text_at(object, "dev"), inode);
		event_add_text(file, "uid", id);
	}
	event_add(out, "file", file);
}

static void describe_driver(struct json_object *out, struct json_object *event, const struct record *record)
{
	struct json_object *driver = json_object_new_object(), *object = object_of(event);
	const char *path = event_text_at(object, "path");

	(void)record;
	event_add(driver, "file", file_json(path[0] ? path : event_text_at(object, "name")));
	event_add(out, "driver", driver);
}

static void describe_module(struct json_object *out, struct json_object *event, const struct record *record)
{
	static const struct word mapped = { 4, "Mapped" };
	struct json_object *module = json_object_new_object();

	(void)record;
	event_add(module, "file", file_json(object_path(event)));
	add_word(module, "load_type_id", "load_type", mapped);
	event_add(out, "module", module);
}

/* The resource is no mutex, system call or pipe, which is all that the schema has, but for bpf(2). */
static void describe_kernel(struct json_object *out, struct json_object *event, const struct record *record)
{
	struct json_object *kernel = json_object_new_object(), *object = object_of(event);
	const char *what = event_text_at(object, "what"), *path = event_text_at(object, "path");
	char socket[80];

	snprintf(socket, sizeof(socket), "%.24s %.24s socket", event_text_at(object, "family"), event_text_at(object, "type"));
	event_add_text(kernel, "name", record->object_type == OBJECT_NET ? socket : what[0] ? what : path[0] ? path :
		       reason_names[record->kind]);
	if (record->object_type == OBJECT_BPF) {
		event_add_number(kernel, "type_id", 2);
		event_add_text(kernel, "type", "System Call");
		event_add_text(kernel, "system_call", "bpf");
	} else {
		event_add_number(kernel, "type_id", type_other.id);
		event_add_text(kernel, "type", reason_names[record->kind]);
	}
	event_add(out, "kernel", kernel);
}

/* What was to start, as the process that it would have been; of ptrace whom it was about; else who did it. */
static void describe_process(struct json_object *out, struct json_object *event, const struct record *record)
{
	struct json_object *process = json_object_new_object(), *object = object_of(event);
	const char *path = event_text_at(object, "path");

	if (record->object_type == OBJECT_TASK) {
		event_add_number(process, "pid", record->object.task.pid);
		event_add_text(process, "name", event_text_at(object, "comm"));
	} else {
		event_add_number(process, "pid", record->tgid);
		event_add_text(process, "name", event_base_name(path));
		event_add(process, "file", file_json(path));
	}
	event_add(out, "process", process);
}

static void describe_memory(struct json_object *out, struct json_object *event, const struct record *record)
{
	struct json_object *process = json_object_new_object();

	event_add_number(process, "pid", record->tgid);
	event_add_text(process, "name", event_text_at(event, "comm"));
	event_add(out, "process", process);
}

static bool has_address(const struct record *record)
{
	static const __u8 none[16];

	return (record->object.net.family == AF_INET || record->object.net.family == AF_INET6) &&
	       memcmp(record->object.net.addr, none, sizeof(none));
}

static bool has_port(const struct record *record)
{
	__u16 proto = record->object.net.proto;

	return proto != IPPROTO_ICMP && proto != IPPROTO_ICMPV6;
}

/* Whom it was to be sent to. */
static struct json_object *remote_endpoint(struct json_object *event, const struct record *record)
{
	struct json_object *endpoint = json_object_new_object(), *object = object_of(event);
	const char *path = event_text_at(object, "path"), *maker = event_text_at(object, "maker");
	char name[80];

	if (record->object_type == OBJECT_PEER) {
		event_add_text(endpoint, "name", path[0] ? path : "a unix socket without a name");
		if (maker[0])
			event_add_text(endpoint, "svc_name", maker);
	} else if (record->object.net.family == AF_VSOCK) {
		/* Ports of vsock have 32 bits, and those of the schema 16. */
		snprintf(name, sizeof(name), "vsock:%.16s:%.16s", event_text_at(object, "addr"), event_text_at(object, "port"));
		event_add_text(endpoint, "name", name);
	} else {
		event_add_text(endpoint, "ip", event_text_at(object, "addr"));
		if (has_port(record))
			event_add_number(endpoint, "port", record->object.net.port);
	}
	return endpoint;
}

static struct json_object *local_endpoint(const struct record *record)
{
	struct json_object *endpoint = json_object_new_object();

	event_add(endpoint, "hostname", event_host_name());
	if (has_port(record))
		event_add_number(endpoint, "port", record->object.net.port);
	return endpoint;
}

static void add_connection(struct json_object *out, struct json_object *event, const struct record *record)
{
	static const struct word inbound = { 1, "Inbound" }, outbound = { 2, "Outbound" }, local = { 99, "Local" };
	struct json_object *info = json_object_new_object(), *object = object_of(event);
	__u16 family = record->object_type == OBJECT_NET ? record->object.net.family : AF_UNIX;
	bool inet = family == AF_INET || family == AF_INET6;

	add_word(info, "direction_id", "direction", kind_names[record->kind].guard_id == GUARD_ingress ? inbound :
		 family == AF_UNIX ? local : outbound);
	event_add_text(info, "protocol_name", event_text_at(object, inet ? "proto" : "family"));
	if (inet) {
		event_add_number(info, "protocol_num", record->object.net.proto);
		event_add_number(info, "protocol_ver_id", family == AF_INET ? 4 : 6);
	}
	event_add(out, "connection_info", info);
}

/* Of the guard ingress the port is ours, and the address that of who sent something, or of nobody. */
static void describe_network(struct json_object *out, struct json_object *event, const struct record *record)
{
	struct json_object *source;

	if (kind_names[record->kind].guard_id != GUARD_ingress || record->object_type != OBJECT_NET) {
		event_add(out, "dst_endpoint", remote_endpoint(event, record));
	} else {
		event_add(out, "dst_endpoint", local_endpoint(record));
		if (has_address(record)) {
			source = json_object_new_object();
			event_add_text(source, "ip", event_text_at(object_of(event), "addr"));
			event_add(out, "src_endpoint", source);
		}
	}
	add_connection(out, event, record);
}

#define SYSTEM	{ 1, "System Activity" }

static const struct class base = { { 0, "Base Event" }, { 0, "Uncategorized" }, NULL };
static const struct class file_system = { { 1001, "File System Activity" }, SYSTEM, describe_file };
static const struct class kernel_extension = { { 1002, "Kernel Extension Activity" }, SYSTEM, describe_driver };
static const struct class kernel = { { 1003, "Kernel Activity" }, SYSTEM, describe_kernel };
static const struct class memory = { { 1004, "Memory Activity" }, SYSTEM, describe_memory };
static const struct class module = { { 1005, "Module Activity" }, SYSTEM, describe_module };
static const struct class process = { { 1007, "Process Activity" }, SYSTEM, describe_process };
static const struct class network = { { 4001, "Network Activity" }, { 4, "Network Activity" }, describe_network };

/* The first that matches. */
static const struct row rows[] = {
	{ { GUARD_exec, NULL, "raw_device" }, &file_system, { 3, "Update" } },
	{ { GUARD_exec, NULL, "library" }, &module, { 1, "Load" } },
	{ { GUARD_exec, "mmap_file", "introduced" }, &module, { 1, "Load" } },
	{ { GUARD_exec, "file_mprotect", "introduced" }, &module, { 1, "Load" } },
	{ { GUARD_exec, "file_open", "jit" }, &memory, { 8, "Write" } },
	{ { GUARD_exec, NULL, "jit" }, &memory, { 2, "Modify Page" } },
	{ { GUARD_exec, NULL, NULL }, &process, { 1, "Launch" } },
	{ { GUARD_ptrace, NULL, "core_pattern" }, &kernel, { 4, "Invoke" } },
	{ { GUARD_ptrace, NULL, "seccomp" }, &kernel, { 4, "Invoke" } },
	{ { GUARD_ptrace, NULL, "attach" }, &process, { 4, "Inject" } },
	{ { GUARD_ptrace, NULL, "traceme" }, &process, { 4, "Inject" } },
	{ { GUARD_ptrace, NULL, NULL }, &process, { 3, "Open" } },
	{ { GUARD_modules, NULL, "firmware" }, &kernel, { 4, "Invoke" } },
	{ { GUARD_modules, NULL, "kexec" }, &kernel, { 4, "Invoke" } },
	{ { GUARD_modules, NULL, "ima_policy" }, &kernel, { 4, "Invoke" } },
	{ { GUARD_modules, NULL, "certificate" }, &kernel, { 4, "Invoke" } },
	{ { GUARD_modules, NULL, NULL }, &kernel_extension, { 1, "Load" } },
	{ { GUARD_egress, NULL, "socket_type" }, &kernel, { 1, "Create" } },
	{ { GUARD_egress, NULL, "socket_option" }, &kernel, { 4, "Invoke" } },
	{ { GUARD_egress, NULL, "reroute" }, &kernel, { 4, "Invoke" } },
	{ { GUARD_egress, "socket_listen", NULL }, &network, { 7, "Listen" } },
	{ { GUARD_egress, "sendmsg4", NULL }, &network, { 6, "Traffic" } },
	{ { GUARD_egress, "sendmsg6", NULL }, &network, { 6, "Traffic" } },
	{ { GUARD_egress, "skb_egress", NULL }, &network, { 6, "Traffic" } },
	{ { GUARD_egress, "unix_may_send", NULL }, &network, { 6, "Traffic" } },
	{ { GUARD_egress, NULL, NULL }, &network, { 1, "Open" } },
	{ { GUARD_ingress, "skb_ingress", NULL }, &network, { 1, "Open" } },
	{ { GUARD_ingress, NULL, NULL }, &network, { 7, "Listen" } },
	{ { GUARD_kernel, "inode_unlink", NULL }, &file_system, { 4, "Delete" } },
	{ { GUARD_kernel, "file_open", "swap" }, &kernel, { 4, "Invoke" } },
	{ { GUARD_kernel, "file_open", NULL }, &file_system, { 14, "Open" } },
	{ { GUARD_kernel, "dev", NULL }, &file_system, { 14, "Open" } },
	{ { GUARD_kernel, NULL, NULL }, &kernel, { 4, "Invoke" } },
	{ { GUARD_seal, NULL, "write" }, &file_system, { 3, "Update" } },
	{ { GUARD_seal, NULL, "held" }, &file_system, { 14, "Open" } },
	{ { GUARD_seal, NULL, "attributes" }, &file_system, { 6, "Set Attributes" } },
	{ { GUARD_seal, NULL, "unlink" }, &file_system, { 4, "Delete" } },
	{ { GUARD_seal, NULL, "rename" }, &file_system, { 5, "Rename" } },
	{ { GUARD_seal, NULL, "create" }, &file_system, { 1, "Create" } },
	{ { GUARD_seal, NULL, "unmount" }, &file_system, { 13, "Unmount" } },
	{ { GUARD_seal, NULL, "move" }, &file_system, { 12, "Mount" } },
	{ { GUARD_seal, NULL, "cover" }, &file_system, { 12, "Mount" } },
	{ { GUARD_seal, NULL, NULL }, &kernel, { 4, "Invoke" } },
};

static const struct row *row_of(const struct record *record)
{
	static const struct row none = { {}, &kernel, { 4, "Invoke" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (event_matches(&rows[i].match, record->kind))
			return &rows[i];
	return &none;
}

static void add_class(struct json_object *out, const struct class *class, struct word activity)
{
	add_word(out, "category_uid", "category_name", class->category);
	add_word(out, "class_uid", "class_name", class->class);
	add_word(out, "activity_id", "activity_name", activity);
	event_add_number(out, "type_uid", class->class.id * 100 + activity.id);
}

static void add_severity(struct json_object *out, const struct record *record)
{
	static const struct word canary = { 1, "Informational" }, let = { 2, "Low" }, denied = { 3, "Medium" },
				 seal = { 4, "High" };

	add_word(out, "severity_id", "severity", record->flags & RECORD_CANARY ? canary :
		 !(record->flags & RECORD_DENIED) ? let : kind_names[record->kind].guard_id == GUARD_seal ? seal : denied);
}

/* The profile security_control. */
static void add_control(struct json_object *out, struct json_object *event, const struct record *record)
{
	static const struct word words[][3] = {
		{ { 3, "Observed" }, { 15, "Detected" }, { 1, "Success" } },
		{ { 2, "Denied" }, { 2, "Blocked" }, { 2, "Failure" } },
	};
	const struct word *outcome = words[!!(record->flags & RECORD_DENIED)];
	struct json_object *policy, *rule = NULL;
	char uid[32];

	add_word(out, "action_id", "action", outcome[0]);
	add_word(out, "disposition_id", "disposition", outcome[1]);
	add_word(out, "status_id", "status", outcome[2]);
	event_add(out, "is_alert", json_object_new_boolean(!(record->flags & RECORD_CANARY)));
	if (!record->rule.line || !json_object_object_get_ex(event, "rule", &rule))
		return;
	policy = json_object_new_object();
	event_add_text(policy, "name", event_text_at(rule, "file"));
	snprintf(uid, sizeof(uid), "line %u", record->rule.line);
	event_add_text(policy, "uid", uid);
	event_add(out, "policy", policy);
}

static struct json_object *metadata(void)
{
	struct json_object *data = json_object_new_object(), *product = json_object_new_object(), *profiles = json_object_new_array();

	event_add_text(data, "version", OCSF_VERSION);
	event_add_text(product, "name", "hardenctl");
	event_add_text(product, "vendor_name", "hardenctl");
	event_add_text(product, "version", VERSION);
	event_add(data, "product", product);
	json_object_array_add(profiles, json_object_new_string("host"));
	json_object_array_add(profiles, json_object_new_string("security_control"));
	event_add(data, "profiles", profiles);
	event_add_text(data, "log_name", "hardenctl log");
	return data;
}

static struct json_object *device(void)
{
	struct json_object *device = json_object_new_object(), *os = json_object_new_object();

	event_add(device, "hostname", event_host_name());
	event_add_number(device, "type_id", 0);
	event_add_text(os, "name", "Linux");
	event_add_number(os, "type_id", 200);
	event_add(device, "os", os);
	return device;
}

/* Who starts it, as far as the event tells. */
static struct json_object *parent_process(struct json_object *event)
{
	struct json_object *parent = json_object_new_object(), *known = NULL;
	const char *exe;

	event_move(event, "ppid", parent, "pid");
	if (!json_object_object_get_ex(event, "parent", &known))
		return parent;
	event_add_text(parent, "name", event_text_at(known, "comm"));
	exe = event_text_at(known, "exe");
	if (exe[0])
		event_add(parent, "file", file_json(exe));
	json_object_object_del(event, "parent");
	return parent;
}

static void add_actor(struct json_object *out, struct json_object *event)
{
	struct json_object *actor = json_object_new_object(), *doer = json_object_new_object(), *user = json_object_new_object();
	const char *exe = event_text_at(event, "exe");

	event_move(event, "tgid", doer, "pid");
	event_move(event, "pid", doer, "tid");
	event_move(event, "comm", doer, "name");
	if (exe[0])
		event_add(doer, "file", file_json(exe));
	json_object_object_del(event, "exe");
	/* Ids of users are texts. */
	event_add_text(user, "uid", event_text_at(event, "uid"));
	json_object_object_del(event, "uid");
	event_add(doer, "user", user);
	event_add(doer, "parent_process", parent_process(event));
	event_add(actor, "process", doer);
	event_add(out, "actor", actor);
}

struct json_object *event_ocsf(struct json_object *event, const struct record *record)
{
	struct json_object *out = json_object_new_object(), *data = metadata();
	const struct row *row = row_of(record);

	add_class(out, row->class, row->activity);
	event_add_number(out, "time", event_wall_ns(record->boot_ns) / NS_PER_MS);
	add_severity(out, record);
	event_add(out, "message", event_summary(record));
	event_move(event, "count", out, "count");
	add_control(out, event, record);
	event_move(event, "seq", data, "sequence");
	event_move(event, "time", data, "original_time");
	event_add(out, "metadata", data);
	event_add(out, "device", device());
	row->class->describe(out, event, record);
	add_actor(out, event);
	json_object_object_del(event, "v");
	event_add(out, "unmapped", event);
	return out;
}

struct json_object *event_ocsf_lost(struct json_object *lost)
{
	static const struct word medium = { 3, "Medium" };
	struct json_object *out = json_object_new_object(), *data = metadata();
	struct when_now now;

	when_now(&now);
	add_class(out, &base, type_other);
	event_add_number(out, "time", now.wall_ns / NS_PER_MS);
	add_word(out, "severity_id", "severity", medium);
	event_add(out, "message", event_lost_summary(lost));
	event_move(lost, "seq", data, "sequence");
	event_add(out, "metadata", data);
	event_add(out, "device", device());
	json_object_object_del(lost, "v");
	event_add(out, "unmapped", lost);
	return out;
}
