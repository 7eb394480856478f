// SPDX-License-Identifier: GPL-2.0-only
/* makers.c - egress.allow: the programs that entries are for, from paths to identities. */
#include "makers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "hardenctl.skel.h"

static int find(struct draft *draft, const struct egress_program *program, struct fail *fail)
{
	struct program_files *files = &draft->egress_programs;
	size_t before = files->count;
	int err = identities_add_at(files, AT_FDCWD, program->path, program->path, KIND_COUNT, fail);

	if (!err && files->count == before)
		return fail_set(fail, EXIT_FAILED, ENOENT, "name a program that is there, or leave the entry out",
				"%s:%u: egress.allow: find '%s': %s", draft->policy->files[program->where.file],
				program->where.line, program->path, strerror(ENOENT));
	return err;
}

/* For the exec guard, too: what may send where others may not must be no one else's code. */
int makers_find(struct draft *draft, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; !err && i < draft->policy->n_egress_programs; i++) {
		const struct egress_program *program = &draft->policy->egress_programs[i];
		struct program_file *file;

		err = find(draft, program, fail) ?:
		      identities_add_at(&draft->files, AT_FDCWD, program->path, program->path, KIND_COUNT, fail);
		if (err)
			return err;
		file = &draft->files.list[draft->files.count - 1];
		file->flags = IDENTITY_EGRESS;
		file->by = i + 1;
	}
	return err;
}

int makers_resolve(struct draft *draft, struct fail *fail)
{
	if (!draft->egress_programs.count)
		return 0;
	return identities_resolve(&draft->egress_programs, draft->skel->progs.core__file_ids, fail);
}

__u16 makers_number(const struct draft *draft, __u16 by)
{
	const struct program_file *list = draft->egress_programs.list;

	for (__u16 i = 1; i < by && by <= draft->egress_programs.count; i++)
		if (!memcmp(&list[i - 1].id, &list[by - 1].id, sizeof(list->id)))
			return i;
	return by;
}
