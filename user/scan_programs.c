// SPDX-License-Identifier: GPL-2.0-only
/* scan_programs.c - BPF programs that others have in the kernel. */
#include "scan_parts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "hardenctl.skel.h"
#include "kernel.h"
#include "util.h"

#define MAPS_MAX	64	/* MAX_USED_MAPS */
#define TYPES_MAX	64
#define ROOT_PROGRAMS	640	/* BPF_CGROUP_MAX_PROGS for each of the ten hooks of lsm_cgroup */
#define BPF_TYPES_MAX	128	/* enum bpf_attach_type */

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

/*
 * Whether it is of a set that a load has retired: detached, and freed as soon as RCU gets to it.  The
 * description that every program of a set holds tells.
 */
static bool is_retired(const struct search *search, const struct bpf_prog_info *info, const __u32 *maps)
{
	struct set_info set;

	for (__u32 i = 0; i < MIN(info->nr_map_ids, MAPS_MAX); i++) {
		if (set_describes(maps[i], &set) <= 0 || set.map_state != search->set->map_state ||
		    set.set >= search->set->set)
			continue;
		for (__u32 j = 0; j < MIN(set.attachments, ATTACH_MAX); j++)
			if (set.attachment[j].prog_id == info->id)
				return true;
	}
	return false;
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

/* Whether it calls a helper, or can't be looked into; -errno. */
static int calls_helpers(__u32 id)
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	_cleanup_free_ struct bpf_insn *insns = NULL;
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info), count;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return fd < 0 && errno == ENOENT ? 0 : -errno;
	count = info.xlated_prog_len / sizeof(*insns);
	insns = calloc(count + 1, sizeof(*insns));
	if (!insns)
		return -ENOMEM;
	len = sizeof(info);
	memset(&info, 0, sizeof(info));
	info.xlated_prog_insns = (__u64)(unsigned long)insns;
	info.xlated_prog_len = count * sizeof(*insns);
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	for (__u32 i = 0; i < count; i++)
		if (insns[i].code == (BPF_JMP | BPF_CALL) && insns[i].src_reg != BPF_PSEUDO_CALL)
			return 1;
	return !count || !info.xlated_prog_insns;
}

/*
 * A program for devices that was loaded before the seal can be attached to the root cgroup after it, where it runs after
 * ours: by bpf_set_retval it turned a refusal into success.  Those of service managers call nothing.
 */
static int judge_override(struct search *search, const struct bpf_prog_info *info)
{
	int calls;

	if (info->type != BPF_PROG_TYPE_CGROUP_DEVICE || !(search->set->seal_bpf & SEAL_BPF_DEVICE))
		return 0;
	calls = calls_helpers(info->id);
	if (calls <= 0)
		return calls;
	return findings_add(search->findings, search->set, FINDING_canary, GUARD_seal,
			    "remove that program, or leave cgroup_device out of seal.bpf",
			    "program %u %s (cgroup_device) calls helpers, and could undo refusals: never tolerated", info->id,
			    info->name);
}

/* It could replace a function of a program of ours, by a link that seal.bpf does not see for what it is. */
static int judge_extension(struct search *search, const struct bpf_prog_info *info)
{
	if (info->type != BPF_PROG_TYPE_EXT)
		return 0;
	return findings_add(search->findings, search->set, FINDING_canary, GUARD_seal,
			    "remove that program; seal.tolerate can't name this",
			    "program %u %s replaces functions of other programs: never tolerated", info->id,
			    info->name);
}

/*
 * One on the root cgroup that runs after ours could turn a refusal into success (bpf_set_retval).  On child
 * groups they run before ours, and so do those that were there first: systemd-networkd has one that watches
 * sysctls.  They stand here in the order in which they run, and after the seal nobody attaches another.
 */
static int judge_root(struct search *search, int cgroup, __u32 attach_type)
{
	__u32 ids[ROOT_PROGRAMS] = {}, flags[ROOT_PROGRAMS] = {};
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ids, .prog_attach_flags = flags,
		    .prog_cnt = ROOT_PROGRAMS);
	bool ours = false;
	int err = 0;

	if (bpf_prog_query_opts(cgroup, attach_type, &opts))
		return -errno;
	for (__u32 i = 0; !err && i < opts.prog_cnt; i++) {
		if (is_ours(search, ids[i]))
			ours = true;
		else if (ours)
			err = findings_add(search->findings, search->set, FINDING_canary, GUARD_seal,
					   "load again, so that ours come after it, or detach it",
					   "program %u is on the root cgroup after ours (%s): never tolerated",
					   ids[i], libbpf_bpf_attach_type_str(attach_type) ?: "?");
		search->findings->outrun |= ours && !is_ours(search, ids[i]);
	}
	return err;
}

static int judge_roots(struct search *search)
{
	_cleanup_close_ int cgroup = kernel_cgroup_root();
	const struct set_info *set = search->set;
	bool seen[BPF_TYPES_MAX] = {};
	int err = cgroup < 0 ? cgroup : 0;

	for (__u32 i = 0; !err && i < MIN(set->attachments, ATTACH_MAX); i++) {
		__u32 type = set->attachment[i].attach_type;

		if (set->attachment[i].leg != LEG_CGROUP || type >= BPF_TYPES_MAX || seen[type])
			continue;
		seen[type] = true;
		err = judge_root(search, cgroup, type);
	}
	return err;
}

/*
 * Who has a descriptor of one that bpf(2) still detaches after the seal (seal.bpf), or a pin, takes it out of force.  Those of
 * processes are found by name besides; one in flight, or in a ring, is in no table.
 */
static int judge_holders(struct search *search)
{
	const struct set_info *set = search->set;
	int err = 0;

	for (__u32 i = 0; !err && i < MIN(set->attachments, ATTACH_MAX); i++) {
		const struct attachment *at = &set->attachment[i];

		for (size_t j = 0; !err && at->attach_type == BPF_CGROUP_DEVICE && at->leg == LEG_CGROUP &&
		     j < search->n_programs; j++)
			if (search->programs[j].id == at->prog_id && search->programs[j].holders > 1)
				err = FOUND(search, descriptor, "end who has it open, or has it on its way through a socket, and "
					    "remove its pin; or load again",
					    "%u more than the root cgroup hold hardenctl's program %u %s",
					    search->programs[j].holders - 1, at->prog_id, at->name);
	}
	return err;
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

/* 1: filled in; 0: it is gone. */
static int read_info(__u32 id, struct bpf_prog_info *info, __u32 maps[MAPS_MAX])
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	__u32 len = sizeof(*info);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	memset(info, 0, sizeof(*info));
	info->map_ids = (__u64)(unsigned long)maps;
	info->nr_map_ids = MAPS_MAX;
	return bpf_obj_get_info_by_fd(fd, info, &len) ? -errno : 1;
}

static int judge(struct search *search, __u32 id, struct group groups[TYPES_MAX])
{
	struct bpf_prog_info info;
	__u32 maps[MAPS_MAX] = {};
	int err = read_info(id, &info, maps);

	if (err <= 0)
		return err;
	if (is_retired(search, &info, maps))
		return 0;
	err = judge_maps(search, &info, maps);
	err = err ?: judge_extension(search, &info);
	err = err ?: judge_override(search, &info);
	if (!err && !admitted(search, info.type))
		add_name(&groups[MIN(info.type, TYPES_MAX - 1)], &info);
	return err;
}

int scan_programs(struct search *search)
{
	struct group groups[TYPES_MAX] = {};
	__u32 id = 0;
	int err = judge_roots(search);

	err = err ?: judge_holders(search);

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
