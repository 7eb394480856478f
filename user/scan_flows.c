// SPDX-License-Identifier: GPL-2.0-only
/* scan_flows.c - what of the sockets that are open a set will cut, as the set itself sees it. */
#include "scan_parts.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hardenctl.skel.h"
#include "util.h"

/* What only the seal will refuse is no reason not to load. */
static bool enforces(const struct set_info *set, __u32 guard)
{
	return set->mode[guard] == MODE_ENFORCE && set->before_seal[guard] == MODE_ENFORCE;
}

static bool is_refused(const struct set_info *set, const struct row_socket *sock)
{
	/* It is egress that refuses the answers, too. */
	return enforces(set, GUARD_egress) && (!sock->accepted || enforces(set, GUARD_ingress));
}

/* Of all who have it: the first may not be the caller's. */
static void find_session(const struct search *search, char *ret_text, size_t size)
{
	for (size_t i = 0; i < search->n_files; i++) {
		const struct row_file *file = &search->files[i];

		if (!is_cut(file) || !file->socket.caller || file->socket.listens || file->socket.proto != IPPROTO_TCP ||
		    !is_refused(search->set, &file->socket))
			continue;
		snprintf(ret_text, size, "%s", flow_text(file).text);
		return;
	}
}

int scan_flows(struct hardenctl_bpf *skel, const struct set_info *set, struct flows *ret_flows, struct fail *fail)
{
	struct search search = { .set = set, .findings = &ret_flows->cut };
	struct bpf_link *link = bpf_program__attach_iter(skel->progs.scan__files, NULL);
	int err = link ? search_read(link, sizeof(*search.files), (void **)&search.files, &search.n_files) : -errno;

	err = err ?: search_flows(&search);
	if (!err)
		find_session(&search, ret_flows->session, sizeof(ret_flows->session));
	bpf_link__destroy(link);
	free(search.files);
	if (err)
		return fail_set(fail, EXIT_FAILED, -err, NULL, "look at open sockets: %s", strerror(-err));
	return 0;
}
