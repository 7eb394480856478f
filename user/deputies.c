// SPDX-License-Identifier: GPL-2.0-only
/* deputies.c - egress.unix: from entries to rows of the kernel's table. */
#include "deputies.h"

#include <bpf/bpf.h>
#include <string.h>

#include "hardenctl.skel.h"
#include "sockets.h"

__u32 deputies_rows(const struct policy *policy)
{
	return policy->deputies.count ?: 1;
}

static const struct program_file *find(const struct draft *draft, const char *path)
{
	for (size_t i = 0; i < draft->unix_programs.count; i++)
		if (!strcmp(draft->unix_programs.list[i].path, path))
			return &draft->unix_programs.list[i];
	return NULL;
}

/* Each once, however many entries name it. */
static int add(struct draft *draft, const struct deputy_rule *rule, const char *path, struct fail *fail)
{
	if (!path || find(draft, path))
		return 0;
	return sockets_find_program(draft, &draft->unix_programs, "egress.unix", path, rule->optional, &rule->where, fail);
}

int deputies_find(struct draft *draft, struct fail *fail)
{
	const struct deputy_rules *rules = &draft->policy->deputies;
	int err = 0;

	for (size_t i = 0; !err && i < rules->count; i++)
		err = add(draft, &rules->list[i], rules->list[i].to, fail) ?:
		      add(draft, &rules->list[i], rules->list[i].by, fail);
	return err;
}

int deputies_resolve(struct draft *draft, struct fail *fail)
{
	if (!draft->unix_programs.count)
		return 0;
	return identities_resolve(&draft->unix_programs, draft->skel->progs.core__file_ids, fail);
}

int deputies_fill(struct draft *draft, struct fail *fail)
{
	const struct deputy_rules *rules = &draft->policy->deputies;
	int map = bpf_map__fd(draft->skel->maps.hctl_unix);

	if (draft->set.mode[GUARD_egress] == MODE_OFF)
		return 0;
	for (size_t i = 0; i < rules->count; i++) {
		const struct deputy_rule *rule = &rules->list[i];
		const struct program_file *to = find(draft, rule->to), *by = rule->by ? find(draft, rule->by) : NULL;
		struct deputy key = {};

		/* One that is not there has been left out. */
		if (!to || (rule->by && !by))
			continue;
		key.to = to->id;
		if (by)
			key.by = by->id;
		if (bpf_map_update_elem(map, &key, &(__u32){ 1 }, BPF_ANY))
			return draft_failed(fail, "fill the table of egress.unix");
	}
	return 0;
}
