// SPDX-License-Identifier: GPL-2.0-only
/* sockets.c - egress.sockets: from entries to rows of the kernel's table. */
#include "sockets.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "hardenctl.skel.h"
#include "vsocks.h"

__u32 sockets_rows(const struct policy *policy)
{
	return 2 * policy->sockets.count + vsocks_socket_rows(policy) ?: 1;
}

/* For the exec guard, too: it must be no one else's code. */
int sockets_find_program(struct draft *draft, struct program_files *programs, const char *key, const char *path, bool optional,
			 const struct where *where, struct fail *fail)
{
	size_t before = programs->count;
	int err = identities_add_at(programs, AT_FDCWD, path, path, KIND_COUNT, fail);

	if (!err && programs->count == before)
		return optional ? 0 :
		       fail_set(fail, EXIT_FAILED, ENOENT, "name a program that is there, or say 'optional: yes'",
				"%s:%u: %s: find '%s': %s", draft->policy->files[where->file], where->line, key, path,
				strerror(ENOENT));
	err = err ?: identities_add_at(&draft->files, AT_FDCWD, path, path, KIND_COUNT, fail);
	if (!err)
		draft->files.list[draft->files.count - 1].flags = IDENTITY_SOCKET;
	return err;
}

int sockets_find(struct draft *draft, struct fail *fail)
{
	const struct socket_rules *rules = &draft->policy->sockets;
	int err = 0;

	for (size_t i = 0; !err && i < rules->count; i++) {
		const struct socket_rule *rule = &rules->list[i];

		if (rule->by)
			err = sockets_find_program(draft, &draft->socket_programs, "egress.sockets", rule->by, rule->optional,
						   &rule->where, fail);
	}
	return err;
}

int sockets_resolve(struct draft *draft, struct fail *fail)
{
	if (!draft->socket_programs.count)
		return 0;
	return identities_resolve(&draft->socket_programs, draft->skel->progs.core__file_ids, fail);
}

int sockets_put(struct draft *draft, const struct socket_kind *key, __u32 who, struct fail *fail)
{
	int map = bpf_map__fd(draft->skel->maps.hctl_sock_kinds);
	__u32 old = 0;

	if (bpf_map_lookup_elem(map, key, &old) && errno != ENOENT)
		return draft_failed(fail, "read the table of sockets");
	who |= old;
	if (bpf_map_update_elem(map, key, &who, BPF_ANY))
		return draft_failed(fail, "fill the table of sockets");
	return 0;
}

int sockets_fill(struct draft *draft, struct fail *fail)
{
	const struct program_files *programs = &draft->socket_programs;
	size_t next = 0;
	int err = 0;

	if (draft->set.mode[GUARD_egress] == MODE_OFF)
		return 0;
	for (size_t i = 0; !err && i < draft->policy->sockets.count; i++) {
		const struct socket_rule *rule = &draft->policy->sockets.list[i];
		struct socket_kind key = { .family = rule->family, .type = rule->type, .proto = rule->proto };

		/* They are in the order of the entries; one that is not there has been left out. */
		if (rule->by && (next == programs->count || strcmp(programs->list[next].path, rule->by)))
			continue;
		err = sockets_put(draft, &key, rule->by ? SOCKET_SOME : SOCKET_ALL, fail);
		if (err || !rule->by)
			continue;
		key.program = programs->list[next++].id;
		err = sockets_put(draft, &key, SOCKET_ALL, fail);
	}
	return err;
}
