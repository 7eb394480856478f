// SPDX-License-Identifier: GPL-2.0-only
/* edges.c - exec.except: who may start what a class refuses; from paths to rows of the kernel's table. */
#include "edges.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "hardenctl.skel.h"
#include "state.h"
#include "util.h"

#define FILES		2	/* of each entry in draft->edges: the parent and the program */
#define ROWS		2	/* of each entry in the table: for the program with a name, and without one */

size_t edges_rows(const struct draft *draft)
{
	return draft->edges.count / FILES * ROWS;
}

static int find(struct program_files *files, const struct policy *policy, const struct edge_rule *rule,
		const char *path, struct fail *fail)
{
	size_t before = files->count;
	int err = identities_add_at(files, AT_FDCWD, path, path, KIND_COUNT, fail);

	if (err || files->count > before)
		return err;
	return fail_set(fail, EXIT_FAILED, ENOENT, "name a program that is there, or leave the entry out",
			"%s:%u: exec.except: find '%s': %s", policy->files[rule->where.file],
			rule->where.line, path, strerror(ENOENT));
}

int edges_find(struct draft *draft, const struct policy *policy, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; !err && i < policy->n_edges; i++) {
		const struct edge_rule *rule = &policy->edges[i];

		err = find(&draft->edges, policy, rule, rule->parent, fail);
		err = err ?: find(&draft->edges, policy, rule, rule->program, fail);
		/* Where the kernel finds the parent's bit. */
		err = err ?: find(&draft->files, policy, rule, rule->parent, fail);
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
	return fail_set(fail, EXIT_FAILED, EINVAL, "leave the entry out",
			"%s:%u: exec.except: '%s' is a dynamic loader, which no entry can let start",
			draft->policy->files[rule->where.file], rule->where.line, file->path);
}

static int give_bits(struct draft *draft, int identities, __u64 *used, struct fail *fail)
{
	__u64 parents = 0;
	int err = 0;

	for (size_t i = 0; !err && i < draft->policy->n_edges; i++) {
		const struct edge_rule *rule = &draft->policy->edges[i];
		struct program_file *parent = by_id(draft, &draft->edges.list[FILES * i].id);

		if (!parent)
			return fail_set(fail, EXIT_FAILED, EAGAIN, "load again",
					"exec.except: '%s' was replaced during the load", rule->parent);
		err = check_program(draft, rule, &draft->edges.list[FILES * i + 1], fail);
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

static int add_row(struct draft *draft, const struct edge *key, const struct edge_rule *rule,
		   const struct program_file *parent, struct fail *fail)
{
	int fd = bpf_map__fd(draft->skel->maps.hctl_edges);
	struct edge_parents row = {};

	/* Entries for one program add up. */
	if (bpf_map_lookup_elem(fd, key, &row) && errno != ENOENT)
		return draft_failed(fail, "read the table of exceptions");
	*(rule->descends ? &row.line : &row.child) |= rule->descends ? parent->line : parent->parent;
	if (rule->after_seal)
		*(rule->descends ? &row.line_sealed : &row.child_sealed) |=
			rule->descends ? parent->line : parent->parent;
	if (bpf_map_update_elem(fd, key, &row, BPF_ANY))
		return draft_failed(fail, "fill the table of exceptions");
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
	int err = draft->edges.count ? use_lines(draft, fail) : 0;

	for (size_t i = 0; !err && i < draft->edges.count; i++)
		if (bpf_map_update_elem(filesystems, &draft->edges.list[i].id.dev, &(__u32){ 1 }, BPF_ANY))
			err = draft_failed(fail, "fill the table of file systems");

	for (size_t i = 0; !err && i < draft->edges.count / FILES; i++) {
		const struct edge_rule *rule = &draft->policy->edges[i];
		const struct program_file *parent = by_id(draft, &draft->edges.list[FILES * i].id);
		struct edge key = { .program = draft->edges.list[FILES * i + 1].id };

		err = add_row(draft, &key, rule, parent, fail);
		key.unlinked = 1;
		if (!err && rule->unlinked)
			err = add_row(draft, &key, rule, parent, fail);
	}
	return err;
}
