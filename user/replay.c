// SPDX-License-Identifier: GPL-2.0-only
/* replay.c - reads records back from JSON Lines, the same ones as one. */
#include "replay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "event.h"
#include "names.h"
#include "net.h"
#include "socket_names.h"
#include "util.h"

#define LINE_MAX_BYTES	65536	/* of JSON; a record's own are at most 4 KiB */

static const char *text_of(struct json_object *json, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(json, key, &value) || !json_object_is_type(value, json_type_string))
		return "";
	/* One with a NUL in it would be taken for its beginning. */
	if (strlen(json_object_get_string(value)) != (size_t)json_object_get_string_len(value))
		return "";
	return json_object_get_string(value);
}

static __u64 number_of(struct json_object *json, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(json, key, &value) || !json_object_is_type(value, json_type_int))
		return 0;
	return json_object_get_uint64(value);
}

/* What does not fit is left out: the beginning of a path would be another path. */
static bool copy(char *ret_text, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		return false;
	memcpy(ret_text, text, len);
	return true;
}

/* It goes into comments. */
static void copy_time(char ret_time[REPLAY_TIME], const char *text)
{
	if (strspn(text, "0123456789-:.TZ") == strlen(text))
		copy(ret_time, REPLAY_TIME, text);
}

static int find_kind(struct json_object *json)
{
	const char *guard = text_of(json, "guard"), *hook = text_of(json, "hook"), *reason = text_of(json, "reason");

	for (int kind = 0; kind < KIND_COUNT; kind++)
		if (!strcmp(kind_names[kind].guard, guard) && !strcmp(kind_names[kind].hook, hook) &&
		    !strcmp(reason_names[kind], reason))
			return kind;
	return -1;
}

/* "254:1" as the kernel's dev_t. */
static __u32 device_of(const char *text)
{
	unsigned int major, minor;

	return sscanf(text, "%u:%u", &major, &minor) == 2 && major < 4096 && minor < 1u << 20 ? major << 20 | minor : 0;
}

static void read_file(struct json_object *object, struct record *record)
{
	struct object_file *file = &record->object.file;

	record->object_type = OBJECT_FILE;
	file->id.dev = device_of(text_of(object, "dev"));
	file->id.ino = number_of(object, "ino");
	if (!copy(file->path, sizeof(file->path), text_of(object, "path")))
		record->flags |= RECORD_CUT;
}

static void read_task(struct json_object *object, struct record *record)
{
	struct object_task *task = &record->object.task;

	record->object_type = OBJECT_TASK;
	task->pid = number_of(object, "pid") != 0;
	task->access = !strcmp(text_of(object, "access"), "attach") ? 2 : 1;
	copy(task->comm, sizeof(task->comm), text_of(object, "comm"));
}

static bool word_of(const struct socket_word *words, const char *text, __u32 *ret_number)
{
	const struct socket_word *word = socket_word_find(words, text);
	__u64 number;

	if (!word && net_parse_number(text, ~0u, &number))
		return false;
	*ret_number = word ? word->number : number;
	return true;
}

static bool read_vsock(struct json_object *object, struct object_net *net)
{
	const char *text = text_of(object, "addr");
	struct vsock_address at = { VSOCK_ANY, number_of(object, "port") };
	__u64 cid;

	if (strcmp(text, "any") && *text) {
		if (net_parse_number(text, VSOCK_ANY, &cid))
			return false;
		at.cid = cid;
	}
	memcpy(net->addr, &at, sizeof(at));
	return true;
}

static bool read_net(struct json_object *object, struct record *record)
{
	struct object_net *net = &record->object.net;
	__u32 family, type, proto;

	record->object_type = OBJECT_NET;
	if (!word_of(socket_families, text_of(object, "family"), &family) ||
	    !word_of(socket_types, text_of(object, "type"), &type) || !word_of(socket_protos, text_of(object, "proto"), &proto))
		return false;
	net->family = family;
	net->type = type;
	net->proto = proto;
	if (family == AF_VSOCK)
		return read_vsock(object, net);
	net->port = number_of(object, "port");
	return (family != AF_INET && family != AF_INET6) || inet_pton(family, text_of(object, "addr"), net->addr) == 1;
}

static void read_text(struct json_object *object, struct record *record)
{
	record->object_type = OBJECT_TEXT;
	copy(record->object.text.what, sizeof(record->object.text.what), text_of(object, "what"));
	copy(record->object.text.detail, sizeof(record->object.text.detail), text_of(object, "detail"));
}

static void read_peer(struct json_object *object, struct record *record)
{
	record->object_type = OBJECT_PEER;
	if (copy(record->object.peer.name, sizeof(record->object.peer.name), text_of(object, "path")))
		record->object.peer.len = strlen(record->object.peer.name);
	copy(record->object.peer.maker, sizeof(record->object.peer.maker), text_of(object, "maker"));
}

static void read_request(struct json_object *object, struct record *record)
{
	const char *class = text_of(object, "detail");

	record->object_type = OBJECT_REQUEST;
	record->object.request.class = REROUTE_NONE;
	for (__u32 i = 0; i < REROUTE_COUNT; i++)
		if (!strcmp(class, reroute_names[i]))
			record->object.request.class = i;
}

/* A module without a file is known by the name alone. */
static void read_module(struct json_object *object, struct record *record)
{
	if (text_of(object, "path")[0]) {
		read_file(object, record);
		return;
	}
	record->object_type = OBJECT_TEXT;
	copy(record->object.text.what, sizeof(record->object.text.what), text_of(object, "name"));
}

/* By the names that its object has, as event.c gives each type others. */
static bool read_object(struct json_object *object, struct record *record)
{
	struct json_object *value = NULL;

	if (kind_names[record->kind].guard_id == GUARD_modules)
		read_module(object, record);
	else if (json_object_object_get_ex(object, "maker", &value))
		read_peer(object, record);
	else if (json_object_object_get_ex(object, "family", &value))
		return read_net(object, record);
	else if (json_object_object_get_ex(object, "comm", &value))
		read_task(object, record);
	else if (json_object_object_get_ex(object, "path", &value))
		read_file(object, record);
	else if (!strcmp(reason_names[record->kind], "reroute"))
		read_request(object, record);
	else if (json_object_object_get_ex(object, "what", &value))
		read_text(object, record);
	return true;
}

/* FNV-1a: a collision costs time alone. */
static __u64 hash_row(const struct replay_row *row)
{
	const unsigned char *bytes = (const unsigned char *)&row->record;
	__u64 hash = 0xcbf29ce484222325;

	for (size_t i = offsetof(struct record, exe); i < sizeof(row->record); i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	for (const char *at = row->exe; *at; at++)
		hash = (hash ^ (unsigned char)*at) * 0x100000001b3;
	return hash;
}

static bool is_same(const struct replay_row *a, const struct replay_row *b)
{
	const size_t from = offsetof(struct record, exe);

	return a->here == b->here && !strcmp(a->exe, b->exe) &&
	       !memcmp((const char *)&a->record + from, (const char *)&b->record + from, sizeof(a->record) - from);
}

/* Where the row is, or would be. */
static __u64 *find_slot(struct replay_log *log, const struct replay_row *row)
{
	size_t at = hash_row(row) & (log->n_slots - 1);

	while (log->slots[at] && !is_same(&log->list[log->slots[at] - 1], row))
		at = (at + 1) & (log->n_slots - 1);
	return &log->slots[at];
}

/* Doubled once it is half full. */
static int make_room(struct replay_log *log)
{
	size_t n = log->n_slots ? 2 * log->n_slots : 256;
	struct replay_row *list;
	__u64 *slots;

	if (2 * log->count < log->n_slots)
		return 0;
	list = reallocarray(log->list, n / 2, sizeof(*list));
	if (!list)
		return -ENOMEM;
	log->list = list;
	slots = calloc(n, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(log->slots);
	log->slots = slots;
	log->n_slots = n;
	for (size_t i = 0; i < log->count; i++)
		*find_slot(log, &log->list[i]) = i + 1;
	return 0;
}

static int add_row(struct replay_log *log, const struct replay_row *row)
{
	struct replay_row *old;
	__u64 *slot;
	int err = make_room(log);

	if (err)
		return err;
	slot = find_slot(log, row);
	if (!*slot) {
		if (log->count == REPLAY_MAX)
			return -E2BIG;
		log->list[log->count++] = *row;
		*slot = log->count;
		return 0;
	}
	old = &log->list[*slot - 1];
	/* A record counts those before it that it repeats, too. */
	old->count += row->count - (row->first_seq && old->first_seq == row->first_seq && old->counted < row->counted ? old->counted : 0);
	old->first_seq = row->first_seq;
	old->counted = row->counted;
	old->sources |= strcmp(old->source, row->source) != 0;
	old->last_seq = row->last_seq;
	memcpy(old->last, row->last, sizeof(old->last));
	return 0;
}

/* False: it is none that this build knows. */
static bool read_row(struct json_object *json, struct replay_row *row)
{
	struct json_object *object = NULL;
	int kind = find_kind(json);

	if (kind < 0 || number_of(json, "v") != 1 || !json_object_object_get_ex(json, "object", &object))
		return false;
	row->record.kind = kind;
	row->record.seq = row->last_seq = number_of(json, "seq");
	row->record.uid = number_of(json, "uid");
	row->record.exe.dev = device_of(text_of(json, "exe_dev"));
	row->record.exe.ino = number_of(json, "exe_ino");
	row->record.flags = strcmp(text_of(json, "action"), "denied") ? 0 : RECORD_DENIED;
	row->count = row->counted = number_of(json, "count") ?: 1;
	row->first_seq = number_of(json, "first_seq");
	copy(row->exe, sizeof(row->exe), text_of(json, "exe"));
	copy_time(row->first, text_of(json, "time"));
	copy_time(row->last, text_of(json, "time"));
	return read_object(object, &row->record);
}

static bool is_true(struct json_object *json, const char *key)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(json, key, &value) && json_object_get_boolean(value);
}

int replay_add(struct replay_log *log, struct json_object *json, const char *source, bool here)
{
	struct replay_row row = { .source = source, .here = here };

	log->records++;
	if (number_of(json, "lost")) {
		log->records--;
		log->lost += number_of(json, "lost");
		return 0;
	}
	if (is_true(json, "canary")) {
		log->canaries++;
		return 0;
	}
	if (!read_row(json, &row)) {
		log->unreadable++;
		return 0;
	}
	return add_row(log, &row);
}

static int add_line(struct replay_log *log, const char *line, size_t len, const char *source)
{
	struct json_object *json = len && len < LINE_MAX_BYTES ? json_tokener_parse(line) : NULL;
	int err = 0;

	if (len && json_object_is_type(json, json_type_object))
		err = replay_add(log, json, source, /* here= */ false);
	else if (len)
		log->unreadable++;
	json_object_put(json);
	return err;
}

int replay_read(struct replay_log *log, const char *path, struct fail *fail)
{
	bool standard = !strcmp(path, "-");
	_cleanup_file_ FILE *opened = standard ? NULL : fopen(path, "re");
	FILE *in = standard ? stdin : opened;
	_cleanup_free_ char *line = NULL;
	unsigned long number = 0;
	size_t size = 0;
	ssize_t len;
	int err = 0;

	if (!in)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "open '%s': %s", path, strerror(errno));
	while (!err && (errno = 0, len = getline(&line, &size, in)) >= 0) {
		__u64 before = log->unreadable;

		number++;
		err = add_line(log, line, len && line[len - 1] == '\n' ? len - 1 : len, standard ? "standard input" : path);
		if (log->unreadable > before && !log->first_unreadable)
			log->first_unreadable = number;
	}
	if (err)
		return fail_set(fail, EXIT_FAILED, -err, err == -E2BIG ? "replay it in parts" : NULL, "read '%s': %s", path,
				err == -E2BIG ? "it has too many records that differ" : "out of memory");
	if (ferror(in))
		return fail_set(fail, EXIT_FAILED, errno, NULL, "read '%s': %s", path, strerror(errno));
	return 0;
}

void replay_free(struct replay_log *log)
{
	free(log->list);
	free(log->slots);
	memset(log, 0, sizeof(*log));
}
