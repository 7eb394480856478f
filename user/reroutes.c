// SPDX-License-Identifier: GPL-2.0-only
/* reroutes.c - egress.netlink: from entries to rows of the kernel's table. */
#include "reroutes.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "hardenctl.skel.h"
#include "sockets.h"

__u32 reroutes_rows(const struct policy *policy)
{
	return policy->reroutes.count + 1;
}

int reroutes_find(struct draft *draft, struct fail *fail)
{
	const struct reroute_rules *rules = &draft->policy->reroutes;
	int err = 0;

	for (size_t i = 0; !err && i < rules->count; i++) {
		const struct reroute_rule *rule = &rules->list[i];

		if (rule->by)
			err = sockets_find_program(draft, &draft->netlink_programs, "egress.netlink", rule->by, rule->optional,
						   &rule->where, fail);
	}
	return err;
}

int reroutes_resolve(struct draft *draft, struct fail *fail)
{
	if (!draft->netlink_programs.count)
		return 0;
	return identities_resolve(&draft->netlink_programs, draft->skel->progs.core__file_ids, fail);
}

/* Entries for the same program add up. */
static int put(int map, const struct file_id *program, __u32 operations, struct fail *fail)
{
	__u32 old = 0;

	if (bpf_map_lookup_elem(map, program, &old) && errno != ENOENT)
		return draft_failed(fail, "read the table of egress.netlink");
	operations |= old;
	if (bpf_map_update_elem(map, program, &operations, BPF_ANY))
		return draft_failed(fail, "fill the table of egress.netlink");
	return 0;
}

int reroutes_fill(struct draft *draft, struct fail *fail)
{
	const struct program_files *programs = &draft->netlink_programs;
	int map = bpf_map__fd(draft->skel->maps.hctl_netlink), err = 0;
	const struct file_id all = {};
	size_t next = 0;

	if (draft->set.mode[GUARD_egress] == MODE_OFF)
		return 0;
	for (size_t i = 0; !err && i < draft->policy->reroutes.count; i++) {
		const struct reroute_rule *rule = &draft->policy->reroutes.list[i];

		/* They are in the order of the entries; one that is not there has been left out. */
		if (rule->by && (next == programs->count || strcmp(programs->list[next].path, rule->by)))
			continue;
		err = put(map, rule->by ? &programs->list[next++].id : &all, rule->operations, fail);
	}
	return err;
}
