// SPDX-License-Identifier: GPL-2.0-only
/* suggest_lines.c - from a record to the narrowest line that would allow it. */
#include "suggest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advice.h"
#include "event.h"
#include "filesystems.h"
#include "lockdown.h"
#include "names.h"
#include "net.h"
#include "reasons.h"
#include "rules.h"
#include "socket_names.h"
#include "suggest_parts.h"
#include "sysctls.h"
#include "util.h"

enum line_key {
	LINE_SHELLS, LINE_INTERPRETERS, LINE_LOADER, LINE_FILELESS, LINE_INTRODUCED, LINE_EXCEPT, LINE_PROGRAM, LINE_LIBRARY,
	LINE_JIT, LINE_TRACER, LINE_MODULE, LINE_FIRMWARE, LINE_TO, LINE_SOCKET, LINE_NETLINK, LINE_UNIX, LINE_VSOCK, LINE_FROM,
	LINE_LOCKDOWN, LINE_IO_URING, LINE_USERFAULTFD, LINE_NAMESPACES, LINE_PERF, LINE_MOUNT, LINE_SYSCTL, LINE_SYSFS,
	LINE_DEVICE, LINE_KEYS
};

/* In the order in which they are shown. */
static const struct suggest_key keys[LINE_KEYS] = {
	[LINE_SHELLS] = { GUARD_exec, "shells", SUGGEST_SWITCH, {}, 0 },
	[LINE_INTERPRETERS] = { GUARD_exec, "interpreters", SUGGEST_SWITCH, {}, 0 },
	[LINE_LOADER] = { GUARD_exec, "loader", SUGGEST_SWITCH, {}, 0 },
	[LINE_FILELESS] = { GUARD_exec, "fileless", SUGGEST_SWITCH, {}, 0 },
	[LINE_INTRODUCED] = { GUARD_exec, "introduced", SUGGEST_SWITCH, {}, 0 },
	[LINE_EXCEPT] = { GUARD_exec, "except", SUGGEST_ENTRIES, { "parent", "program", "after-seal" }, 0 },
	[LINE_PROGRAM] = { GUARD_exec, "allow", SUGGEST_ENTRIES, { "path", "class" }, 0 },
	[LINE_LIBRARY] = { GUARD_exec, "libraries", SUGGEST_WORDS, {}, 0 },
	[LINE_JIT] = { GUARD_exec, "jit", SUGGEST_WORDS, {}, 0 },
	[LINE_TRACER] = { GUARD_ptrace, "allow", SUGGEST_ENTRIES, { "tracer", "access" }, 0 },
	[LINE_MODULE] = { GUARD_modules, "allow", SUGGEST_WORDS, {}, 0 },
	[LINE_FIRMWARE] = { GUARD_modules, "firmware", SUGGEST_SWITCH, {}, 0 },
	[LINE_TO] = { GUARD_egress, "allow", SUGGEST_ENTRIES, { "to", "port", "proto", "by" }, 15 },
	[LINE_SOCKET] = { GUARD_egress, "sockets", SUGGEST_ENTRIES, { "family", "type", "proto", "by" }, 0 },
	[LINE_NETLINK] = { GUARD_egress, "netlink", SUGGEST_ENTRIES, { "operations", "by" }, 1 },
	[LINE_UNIX] = { GUARD_egress, "unix", SUGGEST_ENTRIES, { "to", "by" }, 3 },
	[LINE_VSOCK] = { GUARD_egress, "vsock", SUGGEST_ENTRIES, { "cid", "port", "by" }, 3 },
	[LINE_FROM] = { GUARD_ingress, "allow", SUGGEST_ENTRIES, { "from", "port", "proto", "by" }, 15 },
	[LINE_LOCKDOWN] = { GUARD_kernel, "allow", SUGGEST_WORDS, {}, 0 },
	[LINE_IO_URING] = { GUARD_kernel, "io_uring", SUGGEST_SWITCH, {}, 0 },
	[LINE_USERFAULTFD] = { GUARD_kernel, "userfaultfd", SUGGEST_SWITCH, {}, 0 },
	[LINE_NAMESPACES] = { GUARD_kernel, "user_namespaces", SUGGEST_SWITCH, {}, 0 },
	[LINE_PERF] = { GUARD_kernel, "perf", SUGGEST_SWITCH, {}, 0 },
	[LINE_MOUNT] = { GUARD_kernel, "mounts", SUGGEST_WORDS, {}, 0 },
	[LINE_SYSCTL] = { GUARD_kernel, "sysctls", SUGGEST_WORDS, {}, 0 },
	[LINE_SYSFS] = { GUARD_kernel, "sysfs", SUGGEST_SWITCH, {}, 0 },
	[LINE_DEVICE] = { GUARD_kernel, "devices", SUGGEST_ENTRIES, { "device", "by" }, 1 },
};

static const char no_path[] = "the path is not known, or not one to copy from a log";
static const char no_key[] = "nothing allows it but the guard's mode, and that allows all";
static const char every_program[] = "permits it to every program: the record does not tell which one it was";

/* What is made of one record.  A word that there was no memory for leaves the line without it, which fail() then sees. */
struct draft_line {
	struct suggest_line line;
	bool also_program;	/* exec.allow must list it, too */
	bool no_memory;
};

static void set_field(struct draft_line *draft, int field, const char *text)
{
	struct words *words = &draft->line.field[field];

	words->list = calloc(1, sizeof(*words->list));
	if (words->list)
		words->list[0] = strdup(text);
	words->count = words->list && words->list[0];
	draft->no_memory |= !words->count;
}

static void begin(struct draft_line *draft, enum line_key key)
{
	draft->line.key = &keys[key];
}

static bool is_plain(const char *path)
{
	return path[0] && advice_is_plain(path, strlen(path));
}

/* The program that it is for; without one it is for every program. */
static void set_by(struct draft_line *draft, int field, const struct replay_row *row, bool narrow)
{
	if (is_plain(row->exe)) {
		set_field(draft, field, row->exe);
		return;
	}
	draft->line.note = every_program;
	draft->line.dangerous |= !narrow;
}

/* ---- One for each way in which a policy can allow something: NULL, or what speaks against it ---- */

static const char *add_nothing(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	(void)row;
	(void)draft;
	(void)replay;
	return no_key;
}

static const char *add_seal(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	(void)row;
	(void)draft;
	(void)replay;
	return "what a seal accepts and admits is no matter of records: hardenctl seal --dry-run, hardenctl explain";
}

static const char *add_path(enum line_key key, const char *path, struct draft_line *draft)
{
	if (!is_plain(path))
		return no_path;
	begin(draft, key);
	set_field(draft, 0, path);
	return NULL;
}

static const char *file_path(const struct replay_row *row)
{
	return row->record.object_type == OBJECT_FILE ? row->record.object.file.path : "";
}

static const char *add_program(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	(void)replay;
	return add_path(LINE_PROGRAM, file_path(row), draft);
}

static const char *add_library(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	(void)replay;
	return add_path(LINE_LIBRARY, file_path(row), draft);
}

static const char *add_jit(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	(void)replay;
	return add_path(LINE_JIT, row->exe, draft);
}

/* For a program of a class that is refused, by the narrowest way that there is: from whom, as a program, or all of them. */
static const char *add_exec_class(const struct replay_row *row, struct draft_line *draft, enum line_key key,
				  const struct replay *replay)
{
	static const char *const classes[] = { [LINE_SHELLS] = "shell", [LINE_INTERPRETERS] = "interpreter", [LINE_LOADER] = "loader" };
	bool plain = is_plain(file_path(row)), start = !strncmp(kind_names[row->record.kind].hook, "bprm_", 5);
	bool listed = start && replay->policy->allow;

	draft->line.dangerous = true;
	if ((key == LINE_SHELLS || key == LINE_INTERPRETERS) && is_plain(row->exe) && plain) {
		begin(draft, LINE_EXCEPT);
		set_field(draft, 0, row->exe);
		set_field(draft, 1, file_path(row));
		set_field(draft, 2, "yes");
		draft->line.note = "permits whoever controls that parent to start it with any arguments, on the sealed machine, too";
		return NULL;
	}
	if (listed && (key == LINE_FILELESS || !plain))
		return "besides its class exec.allow refuses it, and that lists paths";
	begin(draft, listed && key != LINE_INTRODUCED ? LINE_PROGRAM : key);
	draft->line.note = "permits all of that class, to every program and user, on the sealed machine, too";
	if (draft->line.key != &keys[LINE_PROGRAM]) {
		draft->also_program = listed;
		return NULL;
	}
	set_field(draft, 0, file_path(row));
	set_field(draft, 1, classes[key]);
	draft->line.note = "permits it to every program and user, with any arguments, on the sealed machine, too";
	return NULL;
}

static const char *add_tracer(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	__u32 kind = row->record.kind;
	bool attach = kind == KIND_ptrace_ptrace_access_check_attach;

	(void)replay;
	if (!attach && strcmp(kind_names[kind].reason, "read") && strcmp(kind_names[kind].reason, "perf"))
		return no_key;
	if (!is_plain(row->exe))
		return no_path;
	begin(draft, LINE_TRACER);
	set_field(draft, 0, row->exe);
	set_field(draft, 1, attach ? "attach" : "read");
	draft->line.dangerous = attach;
	draft->line.note = attach ? "permits control of every process, until the seal: `target` names the one that is meant" :
				    "permits reading every process: `target` names the one that is meant";
	return NULL;
}

static const char *add_class(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	static const struct { const char *rule; enum line_key key; bool exec, dangerous; } rows[] = {
		{ "exec.shells", LINE_SHELLS, true, true }, { "exec.interpreters", LINE_INTERPRETERS, true, true },
		{ "exec.loader", LINE_LOADER, true, true }, { "exec.fileless", LINE_FILELESS, true, true },
		{ "exec.introduced", LINE_INTRODUCED, true, true }, { "modules.firmware", LINE_FIRMWARE, false, true },
		{ "kernel.sysfs", LINE_SYSFS, false, true }, { "kernel.io_uring", LINE_IO_URING, false, false },
		{ "kernel.userfaultfd", LINE_USERFAULTFD, false, false },
		{ "kernel.user_namespaces", LINE_NAMESPACES, false, false }, { "kernel.perf", LINE_PERF, false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(reasons[row->record.kind]->rule, rows[i].rule))
			continue;
		if (rows[i].exec)
			return add_exec_class(row, draft, rows[i].key, replay);
		begin(draft, rows[i].key);
		draft->line.dangerous = rows[i].dangerous;
		draft->line.note = "permits it to every program and user, on the sealed machine, too";
		return NULL;
	}
	return add_tracer(row, draft, replay);
}

/* A name that this kernel's modules.dep lacks would keep the policy from being loaded. */
static const char *add_module(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	bool asked = row->record.kind == KIND_modules_kernel_module_request_autoload;
	char name[512];
	int has;

	event_module(&row->record, name, sizeof(name));
	if (!name[0] || strspn(name, "_-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(name) ||
	    strlen(name) > 55)
		return "the name is not known, or not one to copy from a log";
	has = replay_has_module(replay, name);
	if (!has && asked)
		return "it is another name of a module: what is loaded for it has a record of its own";
	if (!has)
		return "this kernel's modules.dep has no module of that name";
	if (has < 0 && asked)
		return "it may be another name of a module, and there is no modules.dep of this kernel to tell";
	begin(draft, LINE_MODULE);
	set_field(draft, 0, name);
	draft->line.note = "permits it until the seal, with those that it needs";
	return NULL;
}

static const char *add_mode(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	if (row->record.kind == KIND_modules_kernel_module_request_autoload)
		return add_module(row, draft, replay);
	return kind_names[row->record.kind].guard_id == GUARD_ptrace ? add_tracer(row, draft, replay) : no_key;
}

static const char *proto_word(__u16 proto)
{
	return proto == IPPROTO_TCP ? "tcp" : proto == IPPROTO_UDP ? "udp" :
	       proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6 ? "icmp" : NULL;
}

/* An address with another one in it needs both, sorted.  To nobody's address is to this machine itself. */
static const char *set_address(struct draft_line *draft, const struct object_net *net, bool to)
{
	bool nobody = to && !memcmp(net->addr, (const __u8 [16]){}, 16);
	char text[INET6_ADDRSTRLEN], inner[INET_ADDRSTRLEN], *first;
	struct words *words = &draft->line.field[0];
	struct cidr net4, cidr;
	struct net_why why;

	inet_ntop(net->family, net->addr, text, sizeof(text));
	if (nobody)
		strcpy(text, net->family == AF_INET ? "127.0.0.1" : "::1");
	if (net_parse_cidr(text, &cidr, &why))
		return "no entry can list this address";
	words->list = calloc(2, sizeof(*words->list));
	if (words->list)
		words->list[0] = strdup(text);
	words->count = words->list && words->list[0];
	draft->no_memory |= !words->count;
	if (nobody || net->family != AF_INET6 || !rules_inner(net->addr, &net4) || !words->count)
		return NULL;
	inet_ntop(AF_INET, net4.addr, inner, sizeof(inner));
	if (net_parse_cidr(inner, &cidr, &why))
		return "no entry can list the address within this one";
	words->list[1] = strdup(inner);
	words->count += words->list[1] != NULL;
	draft->no_memory |= words->count < 2;
	if (words->count == 2 && strcmp(words->list[0], words->list[1]) > 0) {
		first = words->list[1];
		words->list[1] = words->list[0];
		words->list[0] = first;
	}
	return NULL;
}

static const char *set_flow(const struct replay_row *row, struct draft_line *draft)
{
	const struct object_net *net = &row->record.object.net;
	const char *proto = proto_word(net->proto);
	char port[8];

	if (row->record.object_type != OBJECT_NET || (net->family != AF_INET && net->family != AF_INET6) || !proto)
		return "an entry has an effect for TCP, UDP and ICMP only";
	if (net->port && strcmp(proto, "icmp")) {
		snprintf(port, sizeof(port), "%u", net->port);
		set_field(draft, 1, port);
	}
	set_field(draft, 2, proto);
	return NULL;
}

static const char *add_destination(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	const char *why;

	(void)replay;
	begin(draft, LINE_TO);
	why = set_flow(row, draft);
	if (why)
		return why;
	why = set_address(draft, &row->record.object.net, /* to= */ true);
	set_by(draft, 3, row, /* narrow= */ true);
	if (!draft->line.field[1].count && strcmp(draft->line.field[2].count ? draft->line.field[2].list[0] : "", "icmp")) {
		draft->line.note = "permits every port: a policy can't name port 0";
		draft->line.dangerous = true;
	}
	return why;
}

/* Who listens names nobody, and any entry for the port will do: this machine itself is the fewest. */
static const char *add_source(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	const struct object_net *net = &row->record.object.net;
	bool listens = strncmp(kind_names[row->record.kind].hook, "skb_", 4);
	const char *why;

	(void)replay;
	begin(draft, LINE_FROM);
	why = set_flow(row, draft);
	if (why)
		return why;
	if (listens)
		set_field(draft, 0, net->family == AF_INET6 ? "::1" : "127.0.0.0/8");
	else
		why = set_address(draft, net, /* to= */ false);
	set_by(draft, 3, row, /* narrow= */ true);
	if (!draft->line.field[1].count && strcmp(draft->line.field[2].count ? draft->line.field[2].list[0] : "", "icmp")) {
		draft->line.note = "permits every port: a policy can't name port 0";
		draft->line.dangerous = true;
	} else if (listens && !draft->line.note) {
		draft->line.note = "it listens, and no record has anybody come in from elsewhere: name in `from` those who may";
	}
	return why;
}

static const char *add_socket(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	const struct object_net *net = &row->record.object.net;
	bool inet = net->family == AF_INET || net->family == AF_INET6;
	char word[16];

	(void)replay;
	if (row->record.object_type != OBJECT_NET || !net->family || (inet && net->proto == PROTO_CANARY))
		return "no entry can list this one";
	begin(draft, LINE_SOCKET);
	set_field(draft, 0, socket_word_name(socket_families, net->family, word, sizeof(word)));
	set_field(draft, 1, socket_word_name(socket_types, net->type, word, sizeof(word)));
	if (inet)
		set_field(draft, 2, socket_word_name(socket_protos, net->proto, word, sizeof(word)));
	draft->line.note = "what it sends so, and where, no rule for destinations sees";
	set_by(draft, 3, row, /* narrow= */ false);
	return NULL;
}

static const char *add_reroute(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	(void)replay;
	if (row->record.object_type != OBJECT_REQUEST || row->record.object.request.class >= REROUTE_COUNT)
		return "the record does not have the operation";
	begin(draft, LINE_NETLINK);
	set_field(draft, 0, reroute_names[row->record.object.request.class]);
	set_by(draft, 1, row, /* narrow= */ false);
	return NULL;
}

static const char *add_deputy(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	(void)replay;
	if (row->record.object_type != OBJECT_PEER || !is_plain(row->record.object.peer.maker))
		return "the program that made the socket is not known, or its path is not one to copy from a log";
	begin(draft, LINE_UNIX);
	set_field(draft, 0, row->record.object.peer.maker);
	set_by(draft, 1, row, /* narrow= */ false);
	return NULL;
}

static const char *add_vsock(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	struct vsock_address at = event_vsock(&row->record);
	char number[16];

	if (row->record.kind == KIND_egress_socket_listen_vsock)
		return add_socket(row, draft, replay);
	if (at.cid == VSOCK_ANY || at.port == VSOCK_ANY)
		return "no entry can list this one";
	begin(draft, LINE_VSOCK);
	snprintf(number, sizeof(number), "%u", at.cid);
	set_field(draft, 0, number);
	snprintf(number, sizeof(number), "%u", at.port);
	set_field(draft, 1, number);
	set_by(draft, 2, row, /* narrow= */ false);
	return NULL;
}

static bool is_lockdown(const char *name)
{
	for (size_t i = 0; lockdown_words[i]; i++)
		if (!strcmp(lockdown_words[i], name))
			return true;
	return false;
}

static const char *add_lockdown(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	(void)replay;
	if (row->record.object_type != OBJECT_TEXT || !is_lockdown(row->record.object.text.detail))
		return "hardenctl knows no name for this reason, and what has no name can't be listed";
	begin(draft, LINE_LOCKDOWN);
	set_field(draft, 0, row->record.object.text.detail);
	draft->line.dangerous = true;
	draft->line.note = "permits it to everybody with the privilege, on the sealed machine, too";
	return NULL;
}

static const char *add_mount(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	(void)replay;
	if (row->record.object_type != OBJECT_TEXT || filesystem_find(row->record.object.text.detail) < 0)
		return "this build does not know that type of file system";
	begin(draft, LINE_MOUNT);
	set_field(draft, 0, row->record.object.text.detail);
	draft->line.note = "permits it to everybody who may mount";
	return NULL;
}

static const char *add_sysctl(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	char name[SYSCTL_MAX];
	const char *why;

	if (row->record.object_type != OBJECT_TEXT || !sysctls_canonical(row->record.object.text.detail, name) ||
	    !strchr(name, '/') || !strcmp(name, "kernel/ftrace_enabled"))
		return "the name is not known, or not one that can be listed";
	begin(draft, LINE_SYSCTL);
	set_field(draft, 0, name);
	why = sysctls_danger(name);
	draft->line.dangerous = why != NULL;
	draft->line.note = why ? "a setting that weakens the kernel" :
			   replay->policy->sysctls.set ? NULL : "this makes a list: what that does not have is refused after the seal";
	return NULL;
}

/* Elsewhere it counts as a character device: most are. */
static bool is_block(const char *path, bool here)
{
	struct stat st;

	return here && !stat(path, &st) && S_ISBLK(st.st_mode);
}

/* "/dev/char/10:200" is "char 10:200". */
static const char *add_device(const struct replay_row *row, struct draft_line *draft, struct replay *replay)
{
	const char *path = file_path(row);
	bool character = !strncmp(path, "/dev/char/", 10), block = !strncmp(path, "/dev/block/", 11);
	char name[32];

	(void)replay;
	begin(draft, LINE_DEVICE);
	if (character || block) {
		const char *number = strrchr(path, '/') + 1;

		if (strspn(number, "0123456789:") != strlen(number) || strlen(number) > 16)
			return no_path;
		snprintf(name, sizeof(name), "%s %s", character ? "char" : "block", number);
		set_field(draft, 0, name);
	} else if (is_plain(path)) {
		set_field(draft, 0, path);
	} else {
		return no_path;
	}
	if (!block && !is_block(path, row->here)) {
		set_by(draft, 1, row, /* narrow= */ false);
		return NULL;
	}
	draft->line.dangerous = true;
	draft->line.note = "permits it to every program: a block device can't be given to one";
	return NULL;
}

static const char *(*const adders[])(const struct replay_row *row, struct draft_line *draft, struct replay *replay) = {
	[ALLOW_NOTHING] = add_nothing, [ALLOW_CLASS] = add_class, [ALLOW_SEALED_CLASS] = add_class,
	[ALLOW_PROGRAM] = add_program, [ALLOW_LIBRARY] = add_library, [ALLOW_JIT] = add_jit, [ALLOW_MODULE] = add_module,
	[ALLOW_MOUNT] = add_mount, [ALLOW_MODE] = add_mode, [ALLOW_SEALED_MODE] = add_nothing,
	[ALLOW_DESTINATION] = add_destination, [ALLOW_SOURCE] = add_source, [ALLOW_SOCKET] = add_socket,
	[ALLOW_REROUTE] = add_reroute, [ALLOW_DEPUTY] = add_deputy, [ALLOW_VSOCK] = add_vsock, [ALLOW_BPF] = add_seal,
	[ALLOW_LOCKDOWN] = add_lockdown, [ALLOW_DEVICE] = add_device, [ALLOW_SYSCTL] = add_sysctl, [ALLOW_FINDING] = add_seal,
};

static int add_word(struct words *words, const char *text)
{
	words->list = calloc(1, sizeof(*words->list));
	if (!words->list)
		return -ENOMEM;
	words->list[0] = strdup(text);
	words->count = words->list[0] != NULL;
	return words->count ? 0 : -ENOMEM;
}

static int append(struct suggestion *suggestion, struct suggest_line *line)
{
	size_t n = suggestion->n_lines;
	struct suggest_line *grown = n & (n - 1) ? suggestion->lines :
				     reallocarray(suggestion->lines, n ? 2 * n : 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	suggestion->lines = grown;
	grown[suggestion->n_lines++] = *line;
	return 0;
}

/* Who tried it, and where that was read. */
static int fill(struct suggest_line *line, const struct replay_row *row, __u32 index)
{
	line->rows = malloc(sizeof(*line->rows));
	if (!line->rows)
		return -ENOMEM;
	line->rows[line->n_rows++] = index;
	memcpy(line->first, row->first, sizeof(line->first));
	memcpy(line->last, row->last, sizeof(line->last));
	return add_word(&line->programs, is_plain(row->exe) ? row->exe : "") ?: add_word(&line->sources, row->source);
}

/* Gives the line away; on failure, too. */
static int finish(struct suggestion *suggestion, struct draft_line *draft, const struct replay_row *row, __u32 index)
{
	struct suggest_line *line = &draft->line;
	int err = draft->no_memory ? -ENOMEM : fill(line, row, index);

	err = err ?: append(suggestion, line);
	if (err)
		suggest_free_line(line);
	return err;
}

static struct draft_line begin_line(const struct replay_row *row)
{
	return (struct draft_line) { .line = {
		.count = row->count, .first_seq = row->record.seq, .last_seq = row->last_seq,
	} };
}

/* A load would not find it, or another mount namespace has it. */
static bool lacks_file(const struct suggest_line *line)
{
	for (int field = 0; field < SUGGEST_FIELDS; field++)
		for (size_t i = 0; i < line->field[field].count; i++)
			if (line->field[field].list[i][0] == '/' && access(line->field[field].list[i], F_OK))
				return true;
	return false;
}

int suggest_add(struct suggestion *suggestion, const struct replay_log *log, __u32 index, bool dangerous, struct replay *replay)
{
	const struct replay_row *row = &log->list[index];
	struct draft_line draft = begin_line(row), program = begin_line(row);
	const char *why = adders[reasons[row->record.kind]->allow](row, &draft, replay);
	struct suggest_line *line = &draft.line;
	int err;

	if (!why && row->here && lacks_file(line))
		why = "a file that the line would name is not there any more, or somewhere else for this program";
	else if (!why && line->dangerous && !dangerous)
		why = line->note ?: every_program;
	if (why) {
		suggest_free_line(line);
		return draft.no_memory ? -ENOMEM : suggest_leave(suggestion, row, why, line->dangerous);
	}
	err = finish(suggestion, &draft, row, index);
	if (!err && draft.also_program && !add_program(row, &program, replay))
		err = finish(suggestion, &program, row, index);
	return err ?: 1;
}
