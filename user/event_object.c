// SPDX-License-Identifier: GPL-2.0-only
/* event_object.c - what a record's program tried it on: a file, a program, a socket, a request to the kernel. */
#include "event_object.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "event.h"
#include "event_parts.h"
#include "names.h"
#include "request_names.h"
#include "socket_names.h"
#include "util.h"

/* The kernel's own dev_t: twelve bits of major above twenty of minor. */
void event_device(__u32 dev, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "%u:%u", dev >> 20, dev & 0xfffff);
}

const struct file_id *event_file(const struct record *record)
{
	return record->object_type == OBJECT_FILE ? &record->object.file.id :
	       record->object_type == OBJECT_EXEC ? &record->object.exec.id : NULL;
}

const char *event_path(const struct record *record, size_t *ret_size)
{
	bool exec = record->object_type == OBJECT_EXEC;

	*ret_size = exec ? sizeof(record->object.exec.path) : sizeof(record->object.file.path);
	return exec ? record->object.exec.path : record->object_type == OBJECT_FILE ? record->object.file.path : NULL;
}

/* Its path, escaped; where the kernel side knows a device by its number alone, the name that /dev has for that. */
static void path_text(const struct record *record, char ret_text[TEXT_MAX])
{
	size_t size, len;
	const char *path = event_path(record, &size);

	event_escape(path, size, ret_text);
	len = strlen(ret_text);
	if (len && ret_text[len - 1] == '/')
		event_device(event_file(record)->dev, ret_text + len, TEXT_MAX - len);
}

/* What it was to be started with, a blank after each; "" where that is not known. */
static void args_text(const struct record *record, char ret_text[TEXT_MAX])
{
	const char *args = record->object.exec.args;
	size_t len = record->object_type == OBJECT_EXEC ? ARGS_MAX : 0;
	char plain[ARGS_MAX];

	while (len && !args[len - 1])
		len--;
	for (size_t i = 0; i < len; i++)
		plain[i] = args[i] ?: ' ';
	event_escape(plain, len, ret_text);
}

/* What the modules guard refuses and is no module. */
static bool is_no_module(__u32 kind)
{
	switch (kind) {
	case KIND_modules_kernel_read_file_firmware:
	case KIND_modules_kernel_read_file_kexec:
	case KIND_modules_kernel_read_file_ima_policy:
	case KIND_modules_kernel_read_file_certificate:
		return true;
	}
	return false;
}

/* "/lib/.../snd-hda-intel.ko.xz" is module snd_hda_intel. */
void event_module(const struct record *record, char *ret_name, size_t size)
{
	char path[sizeof(record->object.file.path) + 1] = "", *base, *end;

	if (record->object_type == OBJECT_TEXT) {
		snprintf(ret_name, size, "%.64s", record->object.text.what);
		return;
	}
	ret_name[0] = 0;
	if (!event_file(record) || is_no_module(record->kind))
		return;
	memcpy(path, record->object.file.path, sizeof(record->object.file.path));
	base = strrchr(path, '/');
	snprintf(ret_name, size, "%s", base ? base + 1 : path);
	end = strstr(ret_name, ".ko");
	if (end)
		*end = 0;
	for (end = ret_name; *end; end++)
		if (*end == '-')
			*end = '_';
}

static bool is_inet(const struct record *record)
{
	return record->object.net.family == AF_INET || record->object.net.family == AF_INET6;
}

static const char *family_name(const struct record *record, char *buffer, size_t size)
{
	return socket_word_name(socket_families, record->object.net.family, buffer, size);
}

static const char *type_name(const struct record *record, char *buffer, size_t size)
{
	return socket_word_name(socket_types, record->object.net.type, buffer, size);
}

/* Other families than inet and inet6 number theirs in their own ways. */
static const char *proto_name(const struct record *record, char *buffer, size_t size)
{
	static const struct socket_word none[] = { { NULL, 0 } };

	return socket_word_name(is_inet(record) ? socket_protos : none, record->object.net.proto, buffer, size);
}

/* Whether it is about a socket that was not made: it has no address yet. */
static bool is_socket(const struct record *record)
{
	return record->kind == KIND_egress_sock_create_socket_type ||
	       record->kind == KIND_egress_socket_create_socket_type;
}

static const char *address(const struct record *record, char *buffer, size_t size)
{
	int family = record->object.net.family == AF_INET ? AF_INET : AF_INET6;

	return inet_ntop(family, record->object.net.addr, buffer, size) ?: "";
}

struct vsock_address event_vsock(const struct record *record)
{
	struct vsock_address at;

	memcpy(&at, record->object.net.addr, sizeof(at));
	return at;
}

/* Whether it has an address of vsock: a socket that was not made has none. */
static bool is_vsock(const struct record *record)
{
	return record->kind == KIND_egress_socket_connect_vsock || record->kind == KIND_egress_socket_listen_vsock;
}

/* "any": nobody's, which a canary tries, and whoever listens. */
static const char *vsock_number(__u32 number, char *buffer, size_t size)
{
	snprintf(buffer, size, "%u", number);
	return number == VSOCK_ANY ? "any" : buffer;
}

static const char *access_name(__u32 access)
{
	return access & 2 /* PTRACE_MODE_ATTACH */ ? "attach" : "read";
}

static struct json_object *object_file(const struct record *record)
{
	struct json_object *object = json_object_new_object();
	const struct file_id *id = event_file(record);
	char dev[32], path[TEXT_MAX];

	path_text(record, path);
	event_device(id->dev, dev, sizeof(dev));
	event_add(object, "path", json_object_new_string(path));
	event_add(object, "dev", json_object_new_string(dev));
	event_add(object, "ino", json_object_new_uint64(id->ino));
	return object;
}

/* Of the last one that does not fit the log, what fits. */
static struct json_object *args_json(const struct record *record)
{
	const char *args = record->object.exec.args;
	struct json_object *list = json_object_new_array();
	size_t left = ARGS_MAX;

	/* The end of them can't be told from empty ones. */
	while (left && !args[left - 1])
		left--;
	for (size_t len; left; args += len, left -= len) {
		len = strnlen(args, left);
		json_object_array_add(list, event_escaped(args, len));
		len += len < left;
	}
	return list;
}

static struct json_object *object_exec(const struct record *record)
{
	struct json_object *object = object_file(record);

	event_add(object, "args", args_json(record));
	return object;
}

static struct json_object *object_task(const struct record *record)
{
	struct json_object *object = json_object_new_object();

	event_add(object, "pid", json_object_new_int64(record->object.task.pid));
	event_add(object, "comm", event_escaped(record->object.task.comm, COMM_LEN));
	event_add(object, "access", json_object_new_string(access_name(record->object.task.access)));
	return object;
}

static struct json_object *object_net(const struct record *record)
{
	struct json_object *object = json_object_new_object();
	char buffer[INET6_ADDRSTRLEN], word[16];

	event_add(object, "family", json_object_new_string(family_name(record, word, sizeof(word))));
	event_add(object, "type", json_object_new_string(type_name(record, word, sizeof(word))));
	event_add(object, "proto", json_object_new_string(proto_name(record, word, sizeof(word))));
	if (is_vsock(record)) {
		struct vsock_address at = event_vsock(record);

		event_add(object, "addr", json_object_new_string(vsock_number(at.cid, buffer, sizeof(buffer))));
		event_add(object, "port", json_object_new_int64(at.port));
		return object;
	}
	event_add(object, "addr", json_object_new_string(is_inet(record) ? address(record, buffer, sizeof(buffer)) : ""));
	event_add(object, "port", json_object_new_int(record->object.net.port));
	return object;
}

/* As ss(8) shows it: an abstract name begins with '@', where it has a NUL; "": none. */
static void peer_name(const struct record *record, char *ret_text)
{
	const struct object_peer *peer = &record->object.peer;
	char name[UNIX_NAME + 1] = "";

	memcpy(name, peer->name, MIN(peer->len, (__u32)UNIX_NAME));
	for (__u32 i = 0; !peer->name[0] && i < peer->len && i < UNIX_NAME; i++)
		name[i] = name[i] ?: '@';
	event_escape(name, sizeof(name), ret_text);
}

static struct json_object *object_peer(const struct record *record)
{
	struct json_object *object = json_object_new_object();
	char text[TEXT_MAX], word[16];

	peer_name(record, text);
	event_add(object, "family", json_object_new_string("unix"));
	event_add(object, "type", json_object_new_string(socket_word_name(socket_types, record->object.peer.type, word, sizeof(word))));
	event_add(object, "path", json_object_new_string(text));
	event_add(object, "maker", event_escaped(record->object.peer.maker, sizeof(record->object.peer.maker)));
	return object;
}

static struct json_object *object_text(const struct record *record)
{
	struct json_object *object = json_object_new_object();

	event_add(object, "what", event_escaped(record->object.text.what, sizeof(record->object.text.what)));
	event_add(object, "detail", event_escaped(record->object.text.detail,
					sizeof(record->object.text.detail)));
	return object;
}

static const char *bpf_command(__u32 cmd, char *buffer, size_t size)
{
	static const char *const names[] = {
		[BPF_MAP_GET_FD_BY_ID] = "BPF_MAP_GET_FD_BY_ID",
		[BPF_PROG_LOAD] = "BPF_PROG_LOAD",
		[BPF_OBJ_GET] = "BPF_OBJ_GET",
		[BPF_PROG_ATTACH] = "BPF_PROG_ATTACH",
		[BPF_PROG_DETACH] = "BPF_PROG_DETACH",
		[BPF_PROG_TEST_RUN] = "BPF_PROG_TEST_RUN",
		[BPF_PROG_GET_FD_BY_ID] = "BPF_PROG_GET_FD_BY_ID",
		[BPF_RAW_TRACEPOINT_OPEN] = "BPF_RAW_TRACEPOINT_OPEN",
		[BPF_LINK_CREATE] = "BPF_LINK_CREATE",
		[BPF_LINK_UPDATE] = "BPF_LINK_UPDATE",
		[BPF_LINK_GET_FD_BY_ID] = "BPF_LINK_GET_FD_BY_ID",
		[BPF_ITER_CREATE] = "BPF_ITER_CREATE",
		[BPF_LINK_DETACH] = "BPF_LINK_DETACH",
	};

	if (cmd < ARRAY_SIZE(names) && names[cmd])
		return names[cmd];
	snprintf(buffer, size, "bpf command %u", cmd);
	return buffer;
}

/* What the command was about, as far as the kernel knew: "type 15", "id 42", "instruction 7". */
static void bpf_detail(const struct record *record, char *ret_text, size_t size)
{
	const struct object_bpf *object = &record->object.bpf;
	const char *reason = kind_names[record->kind].reason;
	size_t len = 0;

	ret_text[0] = 0;
	if (object->cmd == BPF_PROG_LOAD || object->cmd == BPF_PROG_ATTACH ||
	    object->cmd == BPF_PROG_DETACH)
		len = snprintf(ret_text, size, "type %u", object->type);
	if (!strcmp(reason, "instruction"))
		snprintf(ret_text + len, size - len, " instruction %u", object->insn);
	else if (object->id)
		snprintf(ret_text + len, size - len, "%s%s %u", len ? " " : "",
			 object->cmd == BPF_PROG_LOAD ? "map" : "id", object->id);
}

static struct json_object *object_bpf(const struct record *record)
{
	struct json_object *object = json_object_new_object();
	char name[32], detail[64];

	bpf_detail(record, detail, sizeof(detail));
	event_add(object, "what", json_object_new_string(bpf_command(record->object.bpf.cmd, name,
							       sizeof(name))));
	event_add(object, "detail", json_object_new_string(detail));
	return object;
}

/* As egress.netlink spells it; "": it is none of those. */
static const char *request_class(const struct record *record)
{
	__u32 class = record->object.request.class;

	return class < REROUTE_COUNT ? reroute_names[class] : "";
}

static struct json_object *object_request(const struct record *record)
{
	struct json_object *object = json_object_new_object();
	char name[64];

	request_name(record, name, sizeof(name));
	event_add(object, "what", json_object_new_string(name));
	event_add(object, "detail", json_object_new_string(request_class(record)));
	return object;
}

struct json_object *event_object_json(const struct record *record)
{
	static struct json_object *(*const table[OBJECT_COUNT])(const struct record *) = {
		[OBJECT_FILE] = object_file,
		[OBJECT_TASK] = object_task,
		[OBJECT_NET] = object_net,
		[OBJECT_TEXT] = object_text,
		[OBJECT_BPF] = object_bpf,
		[OBJECT_REQUEST] = object_request,
		[OBJECT_PEER] = object_peer,
		[OBJECT_EXEC] = object_exec,
	};
	struct json_object *object;
	char name[PATH_MAX];

	if (kind_names[record->kind].guard_id != GUARD_modules)
		return record->object_type < OBJECT_COUNT && table[record->object_type] ?
			table[record->object_type](record) : json_object_new_object();
	object = event_file(record) ? object_file(record) :
		 json_object_new_object();
	event_module(record, name, sizeof(name));
	event_add(object, "name", name[0] ? event_escaped(name, sizeof(name)) : NULL);
	return object;
}

/* Of the guard ingress the port is ours, and the address that of who sent something, or of nobody. */
static void write_peer(const struct record *record, FILE *out)
{
	const struct object_net *net = &record->object.net;
	bool in = kind_names[record->kind].guard_id == GUARD_ingress;
	bool icmp = net->proto == IPPROTO_ICMP || net->proto == IPPROTO_ICMPV6;
	char addr[INET6_ADDRSTRLEN], proto[16];

	fprintf(out, " %s", proto_name(record, proto, sizeof(proto)));
	address(record, addr, sizeof(addr));
	if (in && !icmp)
		fprintf(out, " port %u", net->port);
	if (in && memcmp(net->addr, (const __u8 [16]){}, 16))
		fprintf(out, " from %s", addr);
	else if (icmp)
		fprintf(out, " %s", addr);
	else if (!in)
		fprintf(out, net->family == AF_INET ? " %s:%u" : " [%s]:%u", addr, net->port);
}

void event_object(const struct record *record, FILE *out)
{
	char name[PATH_MAX], text[TEXT_MAX], addr[INET6_ADDRSTRLEN], proto[16], family[16];

	switch (record->object_type) {
	case OBJECT_FILE:
	case OBJECT_EXEC:
		path_text(record, text);
		event_device(event_file(record)->dev, name, sizeof(name));
		if (record->flags & RECORD_CUT)
			fprintf(out, " inode %s/%llu (its path is not known)", name, event_file(record)->ino);
		else
			fprintf(out, " %s", text);
		args_text(record, text);
		if (text[0])
			fprintf(out, " (%s)", text);
		break;
	case OBJECT_TASK:
		if (!record->object.task.pid) {
			fputs(" every process", out);
			break;
		}
		event_escape(record->object.task.comm, COMM_LEN, text);
		fprintf(out, " pid %u (%s)", record->object.task.pid, text);
		break;
	case OBJECT_NET:
		if (is_socket(record)) {
			fprintf(out, " family %s, type %s, protocol %s", family_name(record, family, sizeof(family)),
				type_name(record, addr, sizeof(addr)), proto_name(record, proto, sizeof(proto)));
			break;
		}
		if (is_vsock(record)) {
			struct vsock_address at = event_vsock(record);

			fprintf(out, " vsock cid %s port", vsock_number(at.cid, addr, sizeof(addr)));
			fprintf(out, " %s", vsock_number(at.port, addr, sizeof(addr)));
			break;
		}
		write_peer(record, out);
		break;
	case OBJECT_BPF:
		bpf_detail(record, text, sizeof(text));
		fprintf(out, " %s%s%s", bpf_command(record->object.bpf.cmd, name, sizeof(name)),
			text[0] ? " " : "", text);
		break;
	case OBJECT_REQUEST:
		request_name(record, text, sizeof(text));
		fprintf(out, request_class(record)[0] ? " %s (%s)" : " %s", text, request_class(record));
		break;
	case OBJECT_PEER:
		peer_name(record, text);
		fprintf(out, " unix socket %s", text[0] ? text : "(without a name)");
		event_escape(record->object.peer.maker, sizeof(record->object.peer.maker), text);
		fprintf(out, " of %s", text[0] ? text : "a program that is not known");
		break;
	case OBJECT_NONE:
		fputs(" (the kernel names no object)", out);
		break;
	case OBJECT_TEXT:
		event_escape(record->object.text.what, sizeof(record->object.text.what), text);
		fprintf(out, " %s", text[0] ? text : "(name unknown)");
		event_escape(record->object.text.detail, sizeof(record->object.text.detail), text);
		fprintf(out, "%s%s", text[0] ? " " : "", text);
		break;
	}
}
