// SPDX-License-Identifier: GPL-2.0-only
/* scan_programs.c - BPF programs that others have in the kernel. */
#include "scan_parts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "hardenctl.skel.h"
#include "util.h"

#define MAPS_MAX	64	/* MAX_USED_MAPS */
#define TYPES_MAX	64

/* The programs of one type, which stand in one finding: a machine under systemd has dozens. */
struct group {
	unsigned int count;
	char names[160];
};

static bool is_ours(const struct search *search, __u32 id)
{
	struct bpf_program *prog;

	for (__u32 i = 0; i < MIN(search->set->attachments, ATTACH_MAX); i++)
		if (search->set->attachment[i].prog_id == id)
			return true;
	if (search_own(search, OWN_PROG, id))
		return true;
	/* The sealer's. */
	bpf_object__for_each_program(prog, search->scan->skel->obj) {
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);

		if (bpf_program__fd(prog) >= 0 &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len) && info.id == id)
			return true;
	}
	return false;
}

/* seal.bpf lets the like of it be loaded even after the seal. */
static bool admitted(const struct search *search, __u32 type)
{
	return ((search->set->seal_bpf & SEAL_BPF_DEVICE) && type == BPF_PROG_TYPE_CGROUP_DEVICE) ||
	       ((search->set->seal_bpf & SEAL_BPF_SKB) && type == BPF_PROG_TYPE_CGROUP_SKB);
}

static const char *type_name(__u32 type)
{
	return libbpf_bpf_prog_type_str(type) ?: "unknown";
}

/* What a program could do to us by a map of ours, no policy can accept. */
static int judge_maps(struct search *search, const struct bpf_prog_info *info, const __u32 *maps)
{
	for (__u32 i = 0; i < MIN(info->nr_map_ids, MAPS_MAX); i++)
		if (search_own(search, OWN_MAP, maps[i]))
			return findings_add(search->findings, search->set, FINDING_canary, GUARD_seal,
					    "remove that program; seal.tolerate can't name this",
					    "program %u %s (%s) uses hardenctl's map %u: never tolerated",
					    info->id, info->name, type_name(info->type), maps[i]);
	return 0;
}

static void add_name(struct group *group, const struct bpf_prog_info *info)
{
	size_t used = strlen(group->names);

	group->count++;
	/* A name that is cut in the middle is worse than none. */
	if (used + sizeof(info->name) + 16 < sizeof(group->names))
		snprintf(group->names + used, sizeof(group->names) - used, "%s%u %s", used ? ", " : "",
			 info->id, info->name);
	else if (used < 3 || strcmp(group->names + used - 3, "..."))
		strcpy(group->names + used, used ? ", ..." : "...");
}

static int judge(struct search *search, __u32 id, struct group groups[TYPES_MAX])
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = {};
	__u32 maps[MAPS_MAX] = {}, len = sizeof(info);
	int err;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	info.map_ids = (__u64)(unsigned long)maps;
	info.nr_map_ids = MAPS_MAX;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	err = judge_maps(search, &info, maps);
	if (!err && !admitted(search, info.type))
		add_name(&groups[MIN(info.type, TYPES_MAX - 1)], &info);
	return err;
}

int scan_programs(struct search *search)
{
	struct group groups[TYPES_MAX] = {};
	__u32 id = 0;
	int err = 0;

	while (!err && !bpf_prog_get_next_id(id, &id))
		if (!is_ours(search, id))
			err = judge(search, id, groups);
	for (__u32 type = 0; !err && type < TYPES_MAX; type++)
		if (groups[type].count)
			err = FOUND(search, bpf_foreign,
				    "remove them, admit their kind in seal.bpf, or tolerate bpf-foreign",
				    "%u of type %s: %s", groups[type].count, type_name(type),
				    groups[type].names);
	return err;
}
