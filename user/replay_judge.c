// SPDX-License-Identifier: GPL-2.0-only
/* replay_judge.c - what a policy would do about what was recorded, by the rule that the record's reason stands for. */
#include "replay.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "event.h"
#include "filesystems.h"
#include "lockdown.h"
#include "names.h"
#include "reasons.h"
#include "sysctls.h"
#include "util.h"

#define ENTRIES_SHOWN	512	/* of a longer list it takes too long to say which one allowed something */

static struct judgement allowed(struct where where)
{
	return (struct judgement) { REPLAY_ALLOWED, where, NULL };
}

static struct judgement denied(struct where where)
{
	return (struct judgement) { REPLAY_DENIED, where, NULL };
}

static struct judgement unknown(struct where where, const char *why)
{
	return (struct judgement) { REPLAY_UNKNOWN, where, why };
}

/* Whether the subject is the program that an entry is for; NULL: every one. */
static bool is_by(struct replay *replay, const char *by, const struct replay_row *row)
{
	return !by || replay_is_file(replay, by, row->exe, &row->record.exe, row->here);
}

static bool is_object(struct replay *replay, const char *listed, const struct replay_row *row)
{
	const struct object_file *file = &row->record.object.file;

	return row->record.object_type == OBJECT_FILE &&
	       replay_is_file(replay, listed, file->path, &file->id, row->here);
}

static bool is_known(const struct replay_row *row)
{
	return row->record.object_type == OBJECT_FILE && (row->record.object.file.path[0] ||
							  (row->here && row->record.object.file.id.ino));
}

/* ---- exec ---- */

static struct judgement judge_program(struct replay *replay, const struct replay_row *row)
{
	const struct policy *policy = replay->policy;

	if (!policy->allow)
		return allowed(policy->allow_where);
	for (size_t i = 0; i < policy->n_programs; i++) {
		const struct exec_rule *rule = &policy->programs[i];

		if (!is_object(replay, rule->path, row))
			continue;
		return rule->verity.size ? unknown(rule->where, "the record does not have the fs-verity digest that an entry asks for") :
					   allowed(rule->where);
	}
	for (size_t i = 0; i < policy->n_edges; i++)
		if (!policy->edges[i].parent && is_object(replay, policy->edges[i].program, row))
			return unknown(policy->edges[i].where, "the record does not have the script that an entry asks for");
	return is_known(row) ? denied(policy->allow_where) :
	       unknown(policy->allow_where, "the record does not have the path of the file");
}

/* What exec.except, or an entry of exec.allow with `class`, lets start all the same. */
static struct judgement judge_exception(struct replay *replay, const struct replay_row *row, int class)
{
	const struct policy *policy = replay->policy;
	struct judgement judgement = denied(policy->exec[class].where);

	for (size_t i = 0; i < policy->n_programs; i++)
		if (policy->programs[i].class == class && is_object(replay, policy->programs[i].path, row))
			return allowed(policy->programs[i].where);
	for (size_t i = 0; i < policy->n_edges; i++) {
		const struct edge_rule *edge = &policy->edges[i];
		bool parent = edge->parent && is_by(replay, edge->parent, row);

		if (!is_object(replay, edge->program, row) || (!edge->parent && edge->class != class) ||
		    (edge->parent && !parent && !edge->descends))
			continue;
		if (parent && !edge->script && !edge->unlinked && edge->after_seal)
			return allowed(edge->where);
		judgement = unknown(edge->where, edge->script ? "the record does not have the script that an entry asks for" :
				    !parent ? "the record does not have the ancestors that an entry asks for" :
				    edge->unlinked ? "the record does not say whether the file still had a name" :
				    "an entry lets it until the seal alone");
	}
	return judgement;
}

static struct judgement judge_exec_class(struct replay *replay, const struct replay_row *row, int class)
{
	bool start = row->record.kind < KIND_COUNT && !strncmp(kind_names[row->record.kind].hook, "bprm_", 5);

	if (replay->policy->exec[class].deny)
		return judge_exception(replay, row, class);
	/* What the class lets is still to be listed. */
	return start && class != EXEC_INTRODUCED ? judge_program(replay, row) : allowed(replay->policy->exec[class].where);
}

static struct judgement judge_paths(struct replay *replay, const struct path_rules *rules, const struct replay_row *row,
				    bool subject)
{
	bool known = subject ? row->exe[0] || (row->here && row->record.exe.ino) : is_known(row);

	if (!rules->set)
		return allowed(rules->where);
	for (size_t i = 0; i < rules->count; i++)
		if (subject ? is_by(replay, rules->list[i].path, row) : is_object(replay, rules->list[i].path, row))
			return allowed(rules->list[i].where);
	return known ? denied(rules->where) : unknown(rules->where, "the record does not have the path of the file");
}

static struct judgement judge_library(struct replay *replay, const struct replay_row *row)
{
	return judge_paths(replay, &replay->policy->libraries, row, /* subject= */ false);
}

static struct judgement judge_jit(struct replay *replay, const struct replay_row *row)
{
	return judge_paths(replay, &replay->policy->jit, row, /* subject= */ true);
}

/* ---- Classes: deny or allow ---- */

static struct judgement judge_switch(const struct class_policy *class)
{
	return class->deny ? denied(class->where) : allowed(class->where);
}

static struct judgement judge_tracer(struct replay *replay, const struct replay_row *row);

static struct judgement judge_class(struct replay *replay, const struct replay_row *row)
{
	static const struct { const char *rule; int class; } execs[] = {
		{ "exec.shells", EXEC_SHELLS }, { "exec.interpreters", EXEC_INTERPRETERS }, { "exec.loader", EXEC_LOADER },
		{ "exec.fileless", EXEC_FILELESS }, { "exec.introduced", EXEC_INTRODUCED },
	}, kernels[] = {
		{ "kernel.io_uring", KERNEL_IO_URING }, { "kernel.userfaultfd", KERNEL_USERFAULTFD },
		{ "kernel.user_namespaces", KERNEL_USER_NAMESPACES }, { "kernel.perf", KERNEL_PERF },
	};
	const char *rule = reasons[row->record.kind]->rule;
	const struct policy *policy = replay->policy;

	for (size_t i = 0; i < ARRAY_SIZE(execs); i++)
		if (!strcmp(rule, execs[i].rule))
			return judge_exec_class(replay, row, execs[i].class);
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++)
		if (!strcmp(rule, kernels[i].rule))
			return judge_switch(&policy->kernel[kernels[i].class]);
	if (!strcmp(rule, "modules.firmware"))
		return judge_switch(&policy->firmware);
	if (!strcmp(rule, "kernel.sysfs"))
		return judge_switch(&policy->sysfs);
	return judge_tracer(replay, row);
}

/* ---- ptrace ---- */

static bool is_read(__u32 kind)
{
	return !strcmp(kind_names[kind].reason, "read");
}

static struct judgement judge_tracer(struct replay *replay, const struct replay_row *row)
{
	const struct policy *policy = replay->policy;
	__u32 kind = row->record.kind;
	bool attach = kind == KIND_ptrace_ptrace_access_check_attach, perf = !strcmp(kind_names[kind].reason, "perf");
	struct judgement judgement = denied(policy->guard[GUARD_ptrace].where);

	if (is_read(kind) && !policy->ptrace_read.deny)
		return allowed(policy->ptrace_read.where);
	for (size_t i = 0; i < policy->n_tracers && (attach || perf || is_read(kind)); i++) {
		const struct tracer_rule *rule = &policy->tracers[i];

		if ((attach && rule->access != ACCESS_ATTACH) || !is_by(replay, rule->tracer, row))
			continue;
		if (!rule->target)
			return allowed(rule->where);
		judgement = unknown(rule->where, "the record does not have the program of the process that an entry asks for");
	}
	return judgement;
}

/* ---- modules ---- */

static struct judgement judge_module(struct replay *replay, const struct replay_row *row)
{
	const struct policy *policy = replay->policy;
	struct where where = policy->n_modules ? policy->modules_where : policy->guard[GUARD_modules].where;
	char name[512];

	event_module(&row->record, name, sizeof(name));
	for (char *at = name; *at; at++)
		if (*at == '-')
			*at = '_';
	if (!name[0])
		return policy->n_modules ? unknown(where, "the record does not have the name of the module") : denied(where);
	for (size_t i = 0; i < policy->n_modules; i++)
		if (!strcmp(policy->modules[i].name.text, name) ||
		    (replay_has_module(replay, policy->modules[i].name.text) > 0 &&
		     replay_needs_module(replay, policy->modules[i].name.text, name)))
			return allowed(policy->modules[i].where);
	if (policy->n_modules && row->record.kind == KIND_modules_kernel_module_request_autoload &&
	    replay_has_module(replay, name) < 1)
		return unknown(where, "the kernel asked for the module by another of its names");
	return denied(where);
}

/* ---- egress and ingress ---- */

static bool is_packet(const struct replay_row *row)
{
	return !strncmp(kind_names[row->record.kind].hook, "skb_", 4);
}

static __u16 number_of(struct replay *replay, const struct replay_row *row)
{
	const struct policy *policy = replay->policy;

	for (size_t i = 0; i < policy->n_egress_programs; i++)
		if (is_by(replay, policy->egress_programs[i].path, row))
			return i + 1;
	return 0;
}

/* Whose packet it was is asked when the socket is made; then packets are judged as any user's. */
static bool match(struct replay *replay, __u32 guard, struct flow flow, bool any_user)
{
	const struct policy *policy = replay->policy;

	if (rules_match(replay->rules, guard, &flow))
		return true;
	for (size_t i = 0; any_user && i < policy->n_egress_users; i++) {
		flow.uid = policy->egress_users[i].uid;
		if (policy->egress_users[i].known && rules_match(replay->rules, guard, &flow))
			return true;
	}
	return false;
}

/* Whether the other guard has an entry for the peer, on some port: then it could be an answer. */
static bool may_be_answer(struct replay *replay, __u32 other, struct flow flow)
{
	struct net_rules rules = policy_net_rules(replay->policy, other);

	for (size_t i = 0; rules.on && i < rules.count; i++)
		for (size_t j = 0; j < (rules.list[i].n_ports ?: 1); j++) {
			flow.port = rules.list[i].n_ports ? rules.list[i].ports[j].lo : 0;
			if (match(replay, other, flow, /* any_user= */ true))
				return true;
		}
	return false;
}

static struct flow flow_of(struct replay *replay, const struct replay_row *row)
{
	const struct object_net *net = &row->record.object.net;
	struct flow flow = {
		.family = net->family, .port = net->port, .by = number_of(replay, row), .uid = row->record.uid,
		.proto = net->proto == IPPROTO_ICMPV6 ? IPPROTO_ICMP : net->proto,
	};

	memcpy(flow.addr, net->addr, sizeof(flow.addr));
	return flow;
}

/* The entry that allows it, for people: the kernel's rows do not tell. */
static struct where find_entry(struct replay *replay, __u32 guard, const struct flow *flow)
{
	struct net_rules entries = policy_net_rules(replay->policy, guard);
	struct policy one = *replay->policy;
	struct where where = {};

	for (size_t i = 0; !where.line && entries.count <= ENTRIES_SHOWN && i < entries.count; i++) {
		struct rules *rules = NULL;
		struct diags diags = {};

		one.n_egress = one.n_ingress = 1;
		one.egress = one.ingress = (struct egress_rule *)&entries.list[i];
		if (!rules_compile(&one, &diags, &rules) && rules_match(rules, guard, flow))
			where = entries.list[i].where;
		rules_free(rules);
		diags_free(&diags);
	}
	return where;
}

static struct judgement judge_flow(struct replay *replay, const struct replay_row *row)
{
	const struct policy *policy = replay->policy;
	__u32 guard = kind_names[row->record.kind].guard_id, other = guard == GUARD_egress ? GUARD_ingress : GUARD_egress;
	struct where where = guard == GUARD_egress ? policy->egress_allow : policy->ingress_allow;
	struct flow flow = flow_of(replay, row);

	if (row->record.object_type != OBJECT_NET)
		return unknown(where, "the record does not have the address");
	/* Who listens is asked for by this address, which nobody has. */
	if (guard == GUARD_ingress && !is_packet(row)) {
		flow.family = AF_INET;
		memset(flow.addr, 0, sizeof(flow.addr));
		memset(flow.addr, 255, 4);
	}
	if (match(replay, guard, flow, is_packet(row)))
		return allowed(find_entry(replay, guard, &flow));
	if (rules_table(replay->rules, guard)->unresolved)
		return unknown(where, "the policy has names of hosts or users, which are not looked up here");
	/* To TCP sockets answers come by their connections, of which nobody is asked. */
	if (is_packet(row) && (guard == GUARD_egress || flow.proto == IPPROTO_UDP) && may_be_answer(replay, other, flow))
		return unknown(where, "it can be an answer, and the record does not have both ports");
	return denied(where);
}

static struct judgement judge_socket(struct replay *replay, const struct replay_row *row)
{
	const struct socket_rules *rules = &replay->policy->sockets;
	const struct vsock_rules *vsocks = &replay->policy->vsocks;
	const struct object_net *net = &row->record.object.net;

	for (size_t i = 0; i < rules->count; i++) {
		const struct socket_rule *rule = &rules->list[i];

		if (rule->family == net->family && (rule->type == SOCKET_ANY_TYPE || rule->type == net->type) &&
		    (rule->proto == SOCKET_ANY_PROTO || rule->proto == net->proto) && is_by(replay, rule->by, row))
			return allowed(rule->where);
	}
	/* Where it may connect, and only that. */
	for (size_t i = 0; i < vsocks->count && net->family == AF_VSOCK; i++)
		if (row->record.kind != KIND_egress_socket_listen_vsock && net->type != SOCK_DGRAM &&
		    is_by(replay, vsocks->list[i].by, row))
			return allowed(vsocks->list[i].where);
	return denied(rules->where);
}

static struct judgement judge_reroute(struct replay *replay, const struct replay_row *row)
{
	const struct reroute_rules *rules = &replay->policy->reroutes;
	__u32 class = row->record.object.request.class;

	if (row->record.object_type != OBJECT_REQUEST || class >= REROUTE_COUNT)
		return unknown(rules->where, "the record does not have the operation");
	for (size_t i = 0; i < rules->count; i++)
		if (rules->list[i].operations >> class & 1 && is_by(replay, rules->list[i].by, row))
			return allowed(rules->list[i].where);
	return denied(rules->where);
}

static struct judgement judge_deputy(struct replay *replay, const struct replay_row *row)
{
	const struct deputy_rules *rules = &replay->policy->deputies;
	const struct file_id none = {};

	if (!rules->set)
		return allowed(rules->where);
	if (row->record.object_type != OBJECT_PEER || !row->record.object.peer.maker[0])
		return unknown(rules->where, "the record does not have the program that made the socket");
	for (size_t i = 0; i < rules->count; i++)
		if (replay_is_file(replay, rules->list[i].to, row->record.object.peer.maker, &none, false) &&
		    is_by(replay, rules->list[i].by, row))
			return allowed(rules->list[i].where);
	return denied(rules->where);
}

static struct judgement judge_vsock(struct replay *replay, const struct replay_row *row)
{
	const struct vsock_rules *rules = &replay->policy->vsocks;
	struct vsock_address at = event_vsock(&row->record);
	struct judgement judgement;

	judgement = judge_socket(replay, row);
	if (row->record.kind == KIND_egress_socket_listen_vsock)
		return judgement;
	/* An entry of egress.sockets lets it connect to everywhere. */
	for (size_t i = 0; i < rules->count; i++) {
		const struct vsock_rule *rule = &rules->list[i];

		if (at.cid != VSOCK_ANY && (rule->cid == VSOCK_ANY || rule->cid == at.cid) && at.port >= rule->ports.lo &&
		    at.port <= rule->ports.hi && is_by(replay, rule->by, row))
			return allowed(rule->where);
	}
	if (rules->count || judgement.verdict != REPLAY_ALLOWED)
		return denied(rules->where);
	return judgement;
}

/* ---- kernel ---- */

static struct judgement judge_lockdown(struct replay *replay, const struct replay_row *row)
{
	const struct policy *policy = replay->policy;
	const char *name = row->record.object.text.detail;

	for (size_t i = 0; lockdown_words[i]; i++)
		if (!strcmp(lockdown_words[i], name))
			return policy->lockdown >> i & 1 ? allowed(policy->lockdown_where) : denied(policy->lockdown_where);
	return denied(policy->lockdown_where);
}

static struct judgement judge_mount(struct replay *replay, const struct replay_row *row)
{
	const struct policy *policy = replay->policy;
	int type = filesystem_find(row->record.object.text.detail);

	return !policy->mounts_set || (type >= 0 && policy->mounts[type]) ? allowed(policy->mounts_where) :
									    denied(policy->mounts_where);
}

/* A tree holds none that is dangerous. */
static struct judgement judge_sysctl(struct replay *replay, const struct replay_row *row)
{
	const struct sysctl_rules *rules = &replay->policy->sysctls;
	char name[SYSCTL_MAX];

	if (!sysctls_canonical(row->record.object.text.detail, name))
		return unknown(rules->where, "the record does not have the name of the setting");
	if (!rules->set && !sysctls_danger(name))
		return allowed(rules->where);
	for (size_t i = 0; i < rules->count; i++) {
		const char *listed = rules->list[i].name;
		size_t len = strlen(listed);

		if (!strcmp(listed, name) || (listed[len - 1] == '/' && !strncmp(listed, name, len) && !sysctls_danger(name)))
			return allowed(rules->list[i].where);
	}
	return denied(rules->where);
}

enum device_match { DEVICE_NO, DEVICE_YES, DEVICE_MAYBE };

/* "/dev/char/10:200", where that is all that the hook knew; else what the path is here. */
static bool device_key(const struct replay_row *row, __u64 *ret_key)
{
	const struct object_file *file = &row->record.object.file;
	bool character = !strncmp(file->path, "/dev/char/", 10);
	unsigned int major, minor;
	struct stat st;

	if ((character || !strncmp(file->path, "/dev/block/", 11)) &&
	    sscanf(strrchr(file->path, '/') + 1, "%u:%u", &major, &minor) == 2) {
		*ret_key = DISK_KEY(major, minor, character);
		return true;
	}
	if (!row->here || stat(file->path, &st) || (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)))
		return false;
	*ret_key = DISK_KEY(major(st.st_rdev), minor(st.st_rdev), S_ISCHR(st.st_mode));
	return true;
}

static enum device_match match_device(const struct device_rule *rule, const struct replay_row *row)
{
	bool known;
	__u64 key = 0, wild;
	struct stat st;

	if (rule->form == DEVICE_PATH && !strcmp(rule->name, row->record.object.file.path))
		return DEVICE_YES;
	known = device_key(row, &key);
	if (rule->form == DEVICE_PATH && known && !stat(rule->name, &st))
		return key == DISK_KEY(major(st.st_rdev), minor(st.st_rdev), S_ISCHR(st.st_mode)) ? DEVICE_YES : DEVICE_NO;
	if (rule->form != DEVICE_NUMBER || !known)
		return DEVICE_MAYBE;
	wild = rule->key & DEVICE_ANY ? DISK_KEY(0, 0, key >> 32 & 1) | DEVICE_ANY :
	       rule->key & DEVICE_ANY_MINOR ? (key & ~0xfffffull) | DEVICE_ANY_MINOR : key;
	return rule->key == wild ? DEVICE_YES : DEVICE_NO;
}

static struct judgement judge_device(struct replay *replay, const struct replay_row *row)
{
	const struct device_rules *rules = &replay->policy->devices;
	struct judgement judgement = denied(rules->where);

	if (!rules->set)
		return allowed(rules->where);
	if (row->record.object_type != OBJECT_FILE || !row->record.object.file.path[0])
		return unknown(rules->where, "the record does not have the device");
	for (size_t i = 0; i < rules->count; i++) {
		const struct device_rule *rule = &rules->list[i];
		enum device_match is = is_by(replay, rule->by, row) ? match_device(rule, row) : DEVICE_NO;

		if (is == DEVICE_YES && rule->access == (DEVICE_READ | DEVICE_WRITE))
			return allowed(rule->where);
		if (is == DEVICE_YES)
			judgement = unknown(rule->where, "the record does not say whether it was to be read or written");
		else if (is == DEVICE_MAYBE && judgement.verdict == REPLAY_DENIED)
			judgement = unknown(rule->where, "which device an entry means is known on the machine alone");
	}
	return judgement;
}

/* ---- What only the guard's mode allows, and the seal ---- */

static struct judgement judge_mode(struct replay *replay, const struct replay_row *row)
{
	if (kind_names[row->record.kind].guard_id == GUARD_ptrace)
		return judge_tracer(replay, row);
	return denied(replay->policy->guard[kind_names[row->record.kind].guard_id].where);
}

static struct judgement judge_nothing(struct replay *replay, const struct replay_row *row)
{
	__u32 guard = kind_names[row->record.kind].guard_id;

	if (guard == GUARD_exec)
		return unknown(replay->policy->allow_where, "the record does not have the program's arguments and environment");
	return denied(replay->policy->guard[guard].where);
}

static struct judgement judge_seal(struct replay *replay, const struct replay_row *row)
{
	(void)row;
	return unknown(replay->policy->guard[GUARD_seal].where, "what a seal finds and admits is known on the machine alone");
}

struct judgement replay_judge(struct replay *replay, const struct replay_row *row)
{
	static struct judgement (*const judges[])(struct replay *replay, const struct replay_row *row) = {
		[ALLOW_NOTHING] = judge_nothing, [ALLOW_CLASS] = judge_class, [ALLOW_SEALED_CLASS] = judge_class,
		[ALLOW_PROGRAM] = judge_program, [ALLOW_LIBRARY] = judge_library, [ALLOW_JIT] = judge_jit,
		[ALLOW_MODULE] = judge_module, [ALLOW_MOUNT] = judge_mount, [ALLOW_MODE] = judge_mode,
		[ALLOW_SEALED_MODE] = judge_mode, [ALLOW_DESTINATION] = judge_flow, [ALLOW_SOURCE] = judge_flow,
		[ALLOW_SOCKET] = judge_socket, [ALLOW_REROUTE] = judge_reroute, [ALLOW_DEPUTY] = judge_deputy,
		[ALLOW_VSOCK] = judge_vsock, [ALLOW_BPF] = judge_seal, [ALLOW_LOCKDOWN] = judge_lockdown,
		[ALLOW_DEVICE] = judge_device, [ALLOW_SYSCTL] = judge_sysctl, [ALLOW_FINDING] = judge_seal,
	};
	const struct guard_policy *guard = &replay->policy->guard[kind_names[row->record.kind].guard_id];

	if (guard->mode == MODE_OFF)
		return allowed(guard->where);
	return judges[reasons[row->record.kind]->allow](replay, row);
}
