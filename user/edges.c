// SPDX-License-Identifier: GPL-2.0-only
/* edges.c - exec.except, and entries for a script: what may start all the same. */
#include "edges.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "classes.h"
#include "hardenctl.skel.h"
#include "scripts.h"
#include "state.h"
#include "util.h"

/* The files of each entry in draft->edges; for what it does not have, the program once more. */
enum { PARENT, PROGRAM, SCRIPT, FILES };
#define ROWS		3	/* that an entry has in the table, at most */

size_t edges_rows(const struct draft *draft)
{
	return draft->edges.count / FILES * ROWS;
}

static const char *list_of(const struct edge_rule *rule)
{
	return rule->parent ? "exec.except" : "exec.allow";
}

static int refuse(const struct policy *policy, const struct edge_rule *rule, int err, const char *hint, const char *what,
		  const char *path, const char *why, struct fail *fail)
{
	return fail_set(fail, EXIT_FAILED, err, hint, "%s:%u: %s: %s'%s'%s", policy->files[rule->where.file],
			rule->where.line, list_of(rule), what, path, why);
}

static int find(struct program_files *files, const struct policy *policy, const struct edge_rule *rule,
		const char *path, struct fail *fail)
{
	size_t before = files->count;
	int err = identities_add_at(files, AT_FDCWD, path, path, KIND_COUNT, fail);

	if (err || files->count > before)
		return err;
	return refuse(policy, rule, ENOENT, "name a program that is there, or leave the entry out", "find ", path,
		      ": No such file or directory", fail);
}

/* Under lockdown=confidentiality 6.1 shows us no mounts, so that who takes our pins away could then replace the script. */
static int check_kernel(const struct policy *policy, const struct edge_rule *rule, const struct kernel *kernel,
			struct fail *fail)
{
	if (kernel->reads_memory)
		return 0;
	return refuse(policy, rule, ENOTSUP, "leave the entry out, or lockdown=confidentiality", "script ", rule->script,
		      ": this kernel can't guard it under lockdown=confidentiality; Linux 6.2 and newer can", fail);
}

/* Its program by another name would not be what its #! line has started; and an ELF file would need no program. */
static int describe_script(const struct policy *policy, const struct edge_rule *rule, struct script *ret_script,
			   struct fail *fail)
{
	int err = scripts_line(rule->script, &ret_script->program, &ret_script->argument);

	if (err == -ENOEXEC)
		return refuse(policy, rule, EINVAL, "name a script", "script ", rule->script, " is a program", fail);
	if (err < 0)
		return refuse(policy, rule, -err, "name a script that is there, or leave the entry out", "read the script ",
			      rule->script, err == -E2BIG ? ": its first line is too long" : ": it can't be read", fail);
	if (err && strcmp(ret_script->program.text, rule->program))
		return refuse(policy, rule, EINVAL, "name the program as the script's first line does", "the script ",
			      rule->script, " names another program in its #! line", fail);
	if (!err && strlen(rule->program) > ARGUMENT_MAX)
		return refuse(policy, rule, E2BIG, NULL, "", rule->program, " is too long a path", fail);
	snprintf(ret_script->program.text, sizeof(ret_script->program.text), "%s", rule->program);
	return 0;
}

int edges_find(struct draft *draft, const struct policy *policy, const struct kernel *kernel, struct fail *fail)
{
	struct script script;
	int err = 0;

	for (size_t i = 0; !err && i < policy->n_edges; i++) {
		const struct edge_rule *rule = &policy->edges[i];

		err = find(&draft->edges, policy, rule, rule->parent ?: rule->program, fail);
		err = err ?: find(&draft->edges, policy, rule, rule->program, fail);
		err = err ?: find(&draft->edges, policy, rule, rule->script ?: rule->program, fail);
		/* Where the kernel finds the parent's bit, and a canary the interpreter. */
		err = err ?: find(&draft->files, policy, rule, rule->parent ?: rule->program, fail);
		if (!err && rule->script)
			err = check_kernel(policy, rule, kernel, fail) ?: describe_script(policy, rule, &script, fail);
	}
	return err;
}

static struct program_file *by_id(struct draft *draft, const struct file_id *id)
{
	for (size_t i = 0; i < draft->files.count; i++)
		if (!memcmp(&draft->files.list[i].id, id, sizeof(*id)))
			return &draft->files.list[i];
	return NULL;
}

static int no_bit(const struct policy *policy, const struct edge_rule *rule, struct fail *fail)
{
	return fail_set(fail, EXIT_FAILED, E2BIG,
			rule->descends ? "list fewer, or reboot: earlier loads count, too" : "list fewer",
			"%s:%u: exec.except: more than %d different parents%s", policy->files[rule->where.file],
			rule->where.line, PARENTS_MAX, rule->descends ? " with 'descends: yes'" : "");
}

static __u64 first_free(__u64 used)
{
	return ~used & (used + 1);
}

/* The bit that an older set gave to this very file: its descendants have that. */
static __u64 line_of(int identities, const struct file_id *id)
{
	struct identity identity;

	if (identities < 0 || bpf_map_lookup_elem(identities, id, &identity))
		return 0;
	return identity.line;
}

/* A class that an edge can't override would make it an entry without any effect. */
static int check_program(struct draft *draft, const struct edge_rule *rule, const struct program_file *file,
			 struct fail *fail)
{
	const struct program_file *known = by_id(draft, &file->id);

	if (!known || known->kind != KIND_exec_bprm_check_security_loader)
		return 0;
	return refuse(draft->policy, rule, EINVAL, "leave the entry out", "", file->path,
		      " is a dynamic loader, which no entry can let start", fail);
}

static int give_bits(struct draft *draft, int identities, __u64 *used, struct fail *fail)
{
	__u64 parents = 0;
	int err = 0;

	for (size_t i = 0; !err && i < draft->policy->n_edges; i++) {
		const struct edge_rule *rule = &draft->policy->edges[i];
		const struct program_file *files = &draft->edges.list[FILES * i];
		struct program_file *parent = by_id(draft, &files[PARENT].id);

		if (!parent)
			return refuse(draft->policy, rule, EAGAIN, "load again", "", files[PARENT].path,
				      " was replaced during the load", fail);
		err = check_program(draft, rule, &files[PROGRAM], fail);
		if (!err && !rule->parent)
			continue;
		if (!err && rule->descends && !parent->line) {
			parent->line = line_of(identities, &parent->id) ?: first_free(*used);
			*used |= parent->line;
			err = parent->line ? 0 : no_bit(draft->policy, rule, fail);
		} else if (!err && !rule->descends && !parent->parent) {
			parent->parent = first_free(parents);
			parents |= parent->parent;
			err = parent->parent ? 0 : no_bit(draft->policy, rule, fail);
		}
	}
	return err;
}

int edges_resolve(struct draft *draft, const struct set_info *old, struct fail *fail)
{
	_cleanup_close_ int identities = old ? set_map(old->map_identities) : -1;
	struct state state = {};
	__u32 zero = 0;
	int err;

	if (!draft->edges.count)
		return 0;
	err = identities_resolve(&draft->edges, draft->skel->progs.core__file_ids, fail);
	if (err)
		return err;
	if (bpf_map_lookup_elem(bpf_map__fd(draft->skel->maps.hctl_state), &zero, &state))
		return draft_failed(fail, "read the state map");
	draft->lines = state.lines;
	return give_bits(draft, identities, &draft->lines, fail);
}

static int add_row(struct draft *draft, const struct edge *key, const struct edge_parents *add, struct fail *fail)
{
	int fd = bpf_map__fd(draft->skel->maps.hctl_edges);
	struct edge_parents row = {};

	/* Entries for one program add up. */
	if (bpf_map_lookup_elem(fd, key, &row) && errno != ENOENT)
		return draft_failed(fail, "read the table of exceptions");
	row.child |= add->child;
	row.child_sealed |= add->child_sealed;
	row.line |= add->line;
	row.line_sealed |= add->line_sealed;
	row.any |= add->any;
	if (bpf_map_update_elem(fd, key, &row, BPF_ANY))
		return draft_failed(fail, "fill the table of exceptions");
	return 0;
}

static __u64 bit_of(__u32 kind)
{
	return kind < 64 ? 1ull << kind : 0;
}

/* Who may start it, by the bits of the parent. */
static struct edge_parents parents_of(const struct edge_rule *rule, const struct program_file *parent)
{
	struct edge_parents row = {};

	if (!rule->parent)
		row.any = bit_of(KIND_exec_bprm_check_security_unlisted) | bit_of(classes_kind(rule->class));
	else if (rule->descends)
		row.line = parent->line;
	else
		row.child = parent->parent;
	row.child_sealed = rule->after_seal ? row.child : 0;
	row.line_sealed = rule->after_seal ? row.line : 0;
	return row;
}

static int add_script(struct draft *draft, const struct edge_rule *rule, const struct program_file *files,
		      const struct edge_parents *parents, struct fail *fail)
{
	struct edge key = { .program = files[PROGRAM].id, .script = files[SCRIPT].id };
	int scripts = bpf_map__fd(draft->skel->maps.hctl_scripts), err = add_row(draft, &key, parents, fail);
	struct script script = { .id = files[SCRIPT].id }, other;
	struct edge_parents start = *parents;
	struct argument path = {};

	/* Started without a #! line, the program has no script until its arguments name one. */
	key.script = (struct file_id) { .dev = SCRIPT_ANY };
	err = err ?: add_row(draft, &key, parents, fail);
	/* The first round of an exec is that of the script. */
	key = (struct edge) { .program = files[SCRIPT].id };
	start.any &= bit_of(KIND_exec_bprm_check_security_unlisted);
	err = err ?: add_row(draft, &key, &start, fail);
	err = err ?: describe_script(draft->policy, rule, &script, fail);
	if (err)
		return err;
	snprintf(path.text, sizeof(path.text), "%s", rule->script);
	if (!bpf_map_lookup_elem(scripts, &path, &other) && memcmp(&other, &script, sizeof(other)))
		return refuse(draft->policy, rule, EINVAL, "leave one of them out", "the script ", rule->script,
			      " has an entry for another program already", fail);
	if (bpf_map_update_elem(scripts, &path, &script, BPF_ANY))
		return draft_failed(fail, "fill the table of scripts");
	return 0;
}

/* Before anything is attached, so that no process can have a bit that is not known to be used. */
static int use_lines(struct draft *draft, struct fail *fail)
{
	const struct state_change change = { .op = STATE_LINES, .set = draft->lines };
	int err = state_change(bpf_program__fd(draft->skel->progs.state__change), &change);

	if (!err)
		return 0;
	errno = -err;
	return draft_failed(fail, "note the parents of exceptions");
}

int edges_fill(struct draft *draft, struct fail *fail)
{
	int filesystems = bpf_map__fd(draft->skel->maps.hctl_filesystems);
	int err = draft->edges.count && !draft->dry_run ? use_lines(draft, fail) : 0;

	for (size_t i = 0; !err && i < draft->edges.count; i++)
		if (bpf_map_update_elem(filesystems, &draft->edges.list[i].id.dev, &(__u32){ 1 }, BPF_ANY))
			err = draft_failed(fail, "fill the table of file systems");

	for (size_t i = 0; !err && i < draft->edges.count / FILES; i++) {
		const struct edge_rule *rule = &draft->policy->edges[i];
		const struct program_file *files = &draft->edges.list[FILES * i];
		struct edge_parents parents = parents_of(rule, by_id(draft, &files[PARENT].id));
		struct edge key = { .program = files[PROGRAM].id };

		err = rule->script ? add_script(draft, rule, files, &parents, fail) : add_row(draft, &key, &parents, fail);
		key.unlinked = 1;
		if (!err && rule->unlinked)
			err = add_row(draft, &key, &parents, fail);
	}
	return err;
}
