/* SPDX-License-Identifier: GPL-2.0-only */
/* records.h - records as JSON, made from what the kernel would have written. */
#ifndef HARDENCTL_SELFTESTS_RECORDS_H
#define HARDENCTL_SELFTESTS_RECORDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "event.h"
#include "names.h"
#include "replay.h"
#include "util.h"

/* What `log --json` prints of a record that this program made. */
static inline struct json_object *json_of(const struct record *record, const char *exe)
{
	static struct recorder recorder = { .log = -1, .programs = -1 };
	const struct event_context context = { .recorder = &recorder, .cgroup = -1 };
	struct json_object *json = event_json(record, &context);

	json_object_object_add(json, "exe", json_object_new_string(exe));
	return json;
}

static inline void add_record(struct replay_log *log, struct record record, const char *exe)
{
	static __u64 seq;
	struct json_object *json;

	record.seq = record.seq ?: ++seq;
	json = json_of(&record, exe);
	assert_int_equal(replay_add(log, json, "t.jsonl", /* here= */ false), 0);
	json_object_put(json);
}

static inline struct record file_record(int kind, const char *path)
{
	struct record record = { .kind = kind, .object_type = OBJECT_FILE };

	record.object.file.id.ino = 9;
	snprintf(record.object.file.path, sizeof(record.object.file.path), "%s", path);
	return record;
}

static inline struct record text_record(int kind, const char *what, const char *detail)
{
	struct record record = { .kind = kind, .object_type = OBJECT_TEXT };

	snprintf(record.object.text.what, sizeof(record.object.text.what), "%s", what);
	snprintf(record.object.text.detail, sizeof(record.object.text.detail), "%s", detail);
	return record;
}

static inline struct record net_record(int kind, const char *address, int port, int proto)
{
	struct record record = { .kind = kind, .object_type = OBJECT_NET };
	struct object_net *net = &record.object.net;

	net->family = strchr(address, ':') ? AF_INET6 : AF_INET;
	net->port = port;
	net->proto = proto;
	net->type = proto == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
	assert_int_equal(inet_pton(net->family, address, net->addr), 1);
	return record;
}

static inline struct record socket_record(int family, int type, int proto)
{
	struct record record = { .kind = KIND_egress_sock_create_socket_type, .object_type = OBJECT_NET };

	record.object.net = (struct object_net) { .family = family, .type = type, .proto = proto };
	return record;
}

static inline struct record vsock_record(int kind, __u32 cid, __u32 port)
{
	struct record record = { .kind = kind, .object_type = OBJECT_NET };
	struct vsock_address at = { cid, port };

	record.object.net = (struct object_net) { .family = AF_VSOCK, .type = SOCK_STREAM };
	memcpy(record.object.net.addr, &at, sizeof(at));
	return record;
}

static inline struct record peer_record(const char *maker)
{
	struct record record = { .kind = KIND_egress_unix_stream_connect_deputy, .object_type = OBJECT_PEER };

	record.object.peer = (struct object_peer) { .type = SOCK_STREAM, .len = 6, .name = "/run/x" };
	snprintf(record.object.peer.maker, sizeof(record.object.peer.maker), "%s", maker);
	return record;
}

static inline struct record reroute_record(__u32 class)
{
	struct record record = { .kind = KIND_egress_netlink_send_reroute, .object_type = OBJECT_REQUEST };

	record.object.request = (struct object_request) { .number = 24, .class = class };
	return record;
}

static inline struct record task_record(int kind, bool attach)
{
	struct record record = { .kind = kind, .object_type = OBJECT_TASK };

	record.object.task.pid = 7;
	record.object.task.access = attach ? 2 : 1;
	strcpy(record.object.task.comm, "x");
	return record;
}

#endif
