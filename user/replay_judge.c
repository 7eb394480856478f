// SPDX-License-Identifier: GPL-2.0-only
/* replay_judge.c - what a policy would do about what was recorded, by the rule that the record's reason stands for. */
#include <string.h>

#include "event.h"
#include "filesystems.h"
#include "lockdown.h"
#include "names.h"
#include "reasons.h"
#include "replay_parts.h"
#include "sysctls.h"
#include "util.h"

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

/* Who starts it may let it: all but loaders and what is new.  `class`: -1: it is in none, but not listed. */
static struct judgement judge_edges(struct replay *replay, const struct replay_row *row, int class, struct judgement judgement)
{
	const struct policy *policy = replay->policy;

	for (size_t i = 0; i < policy->n_edges && class != EXEC_LOADER && class != EXEC_INTRODUCED; i++) {
		const struct edge_rule *edge = &policy->edges[i];
		bool parent = edge->parent && is_by(replay, edge->parent, row);

		if (!is_object(replay, edge->program, row) || (!edge->parent && class >= 0 && edge->class != class) ||
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
	return judge_edges(replay, row, -1, is_known(row) ? denied(policy->allow_where) :
			   unknown(policy->allow_where, "the record does not have the path of the file"));
}

static struct judgement judge_exec_class(struct replay *replay, const struct replay_row *row, int class)
{
	const struct policy *policy = replay->policy;
	bool start = !strncmp(kind_names[row->record.kind].hook, "bprm_", 5);

	/* What the class lets is still to be listed. */
	if (!policy->exec[class].deny)
		return start ? judge_program(replay, row) : allowed(policy->exec[class].where);
	for (size_t i = 0; i < policy->n_programs; i++)
		if (policy->programs[i].class == class && is_object(replay, policy->programs[i].path, row))
			return allowed(policy->programs[i].where);
	return judge_edges(replay, row, class, denied(policy->exec[class].where));
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

/* ---- What only the guard's mode allows, and the seal ---- */

static struct judgement judge_mode(struct replay *replay, const struct replay_row *row)
{
	if (kind_names[row->record.kind].guard_id == GUARD_ptrace)
		return judge_tracer(replay, row);
	/* What modules.allow lists the kernel may ask for, too. */
	if (row->record.kind == KIND_modules_kernel_module_request_autoload)
		return judge_module(replay, row);
	return denied(replay->policy->guard[kind_names[row->record.kind].guard_id].where);
}

static struct judgement judge_nothing(struct replay *replay, const struct replay_row *row)
{
	__u32 guard = kind_names[row->record.kind].guard_id;

	if (guard == GUARD_exec)
		return unknown(replay->policy->allow_where, "the record does not have the program's arguments and environment");
	if (guard == GUARD_data)
		return unknown(replay->policy->n_protect ? replay->policy->protect_where : replay->policy->guard[guard].where,
			       "which file a path of data.protect names is known on the machine alone");
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
		[ALLOW_SEALED_MODE] = judge_mode, [ALLOW_DESTINATION] = replay_flow, [ALLOW_SOURCE] = replay_flow,
		[ALLOW_SOCKET] = replay_socket, [ALLOW_REROUTE] = replay_reroute, [ALLOW_DEPUTY] = replay_deputy,
		[ALLOW_VSOCK] = replay_vsock, [ALLOW_BPF] = judge_seal, [ALLOW_LOCKDOWN] = judge_lockdown,
		[ALLOW_DEVICE] = replay_device, [ALLOW_SYSCTL] = judge_sysctl, [ALLOW_FINDING] = judge_seal,
	};
	const struct guard_policy *guard = &replay->policy->guard[kind_names[row->record.kind].guard_id];

	if (guard->mode == MODE_OFF)
		return allowed(guard->where);
	return judges[reasons[row->record.kind]->allow](replay, row);
}
