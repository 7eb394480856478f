// SPDX-License-Identifier: GPL-2.0-only
/* makers.c - egress.allow, ingress.allow: the programs that entries are for, from paths to identities. */
#include "makers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "hardenctl.skel.h"

/* Those of entries of guards that are on. */
static void mark(const struct policy *policy, __u32 guard, bool ret_needed[EGRESS_PROGRAMS_MAX])
{
	struct net_rules entries = policy_net_rules(policy, guard);

	for (size_t i = 0; entries.on && i < entries.count; i++)
		for (size_t j = 0; j < entries.list[i].n_by; j++)
			ret_needed[entries.list[i].by[j]] = true;
}

static int find(struct draft *draft, __u16 index, struct fail *fail)
{
	const struct egress_program *program = &draft->policy->egress_programs[index];
	struct program_files *files = &draft->egress_programs;
	size_t before = files->count;
	int err = identities_add_at(files, AT_FDCWD, program->path, program->path, KIND_COUNT, fail);

	if (err)
		return err;
	if (files->count == before)
		return fail_set(fail, EXIT_FAILED, ENOENT, "name a program that is there, or leave the entry out",
				"%s:%u: %s: find '%s': %s", draft->policy->files[program->where.file],
				program->where.line, program->list, program->path, strerror(ENOENT));
	files->list[before].by = index + 1;
	/* For the exec guard, too: what may send where others may not must be no one else's code. */
	err = identities_add_at(&draft->files, AT_FDCWD, program->path, program->path, KIND_COUNT, fail);
	if (err)
		return err;
	draft->files.list[draft->files.count - 1].flags = IDENTITY_EGRESS;
	draft->files.list[draft->files.count - 1].by = index + 1;
	return 0;
}

int makers_find(struct draft *draft, struct fail *fail)
{
	bool needed[EGRESS_PROGRAMS_MAX] = { false };
	int err = 0;

	mark(draft->policy, GUARD_egress, needed);
	mark(draft->policy, GUARD_ingress, needed);
	for (size_t i = 0; !err && i < draft->policy->n_egress_programs; i++)
		err = needed[i] ? find(draft, i, fail) : 0;
	return err;
}

int makers_resolve(struct draft *draft, struct fail *fail)
{
	if (!draft->egress_programs.count)
		return 0;
	return identities_resolve(&draft->egress_programs, draft->skel->progs.core__file_ids, fail);
}

/* Of one file under several names, the first number counts. */
__u16 makers_number(const struct draft *draft, __u16 by)
{
	const struct program_file *list = draft->egress_programs.list, *own = NULL;
	size_t count = draft->egress_programs.count;

	for (size_t i = 0; by && !own && i < count; i++)
		own = list[i].by == by ? &list[i] : NULL;
	for (size_t i = 0; own && i < count; i++)
		if (!memcmp(&list[i].id, &own->id, sizeof(own->id)))
			return list[i].by;
	return by;
}
