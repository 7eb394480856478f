// SPDX-License-Identifier: GPL-2.0-only
/* attach.c - a draft's programs to their hooks, its links to their pins; and what names those. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "draft.h"
#include "guarded.h"
#include "hardenctl.skel.h"
#include "pins.h"
#include "tags.h"
#include "util.h"

static int attach_failed(const char *what, struct fail *fail)
{
	int err = errno;

	return fail_set(fail, EXIT_FAILED, err,
			err == EPERM ? "another program on the cgroup root allows no second one" : NULL,
			"attach or pin '%s': %s", what, strerror(err));
}

static int own_add(struct draft *draft, __u32 type, __u32 id, __u32 value, struct fail *fail)
{
	struct own key = { .type = type, .id = id };

	if (!id || bpf_map_update_elem(bpf_map__fd(draft->skel->maps.hctl_own), &key, &value, BPF_ANY))
		return draft_failed(fail, "fill the table of our own objects");
	return 0;
}

static int own_link(struct draft *draft, const struct bpf_link *link, __u32 prog_id, struct fail *fail)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &len))
		return draft_failed(fail, "ask for a link's id");
	return own_add(draft, OWN_LINK, info.id, prog_id, fail);
}

static int attach_one(struct draft *draft, const struct attachment *at, int cgroup, struct fail *fail)
{
	struct bpf_program *prog =
		bpf_object__find_program_by_name(draft->skel->obj, at->name);
	struct bpf_link *link;
	char path[256];
	int err;

	if (at->leg == LEG_CGROUP) {
		err = bpf_prog_attach(bpf_program__fd(prog), cgroup, at->attach_type,
				      BPF_F_ALLOW_MULTI);
		return err ? attach_failed(at->name, fail) : 0;
	}
	link = bpf_program__attach(prog);
	if (!link)
		return attach_failed(at->name, fail);
	pins_path(draft->set.set, at->name, path, sizeof(path));
	err = bpf_link__pin(link, path);
	if (err) {
		errno = -err;
		err = attach_failed(path, fail);
	}
	err = err ?: own_link(draft, link, at->prog_id, fail);
	bpf_link__destroy(link);
	return err;
}

static int bind_map(const struct bpf_program *prog, const struct bpf_map *map, struct fail *fail)
{
	if (bpf_prog_bind_map(bpf_program__fd(prog), bpf_map__fd(map), NULL))
		return draft_failed(fail, "bind a map to a program");
	return 0;
}

/* What only the load itself needs goes when it ends. */
static bool is_kept(const struct draft *draft, const struct bpf_map *map)
{
	return map != draft->skel->maps.hctl_listeners;
}

/*
 * The description goes to every program: whichever is the last to go, or the first that a killed load left, it
 * tells.  The other maps go to the one program that every set has, so that they live whatever is off.
 */
static int bind_maps(struct draft *draft, struct fail *fail)
{
	struct hardenctl_bpf *skel = draft->skel;
	struct bpf_map *map;
	int err = 0;

	for (__u32 i = 0; !err && i < draft->set.attachments; i++)
		err = bind_map(bpf_object__find_program_by_name(skel->obj, draft->set.attachment[i].name),
			   skel->maps.hctl_set, fail);
	bpf_object__for_each_map(map, skel->obj)
		if (!err && !bpf_map__is_internal(map) && map != skel->maps.hctl_set && is_kept(draft, map))
			err = bind_map(skel->progs.seal__sysctl, map, fail);
	return err;
}

static int own_maps_and_programs(struct draft *draft, struct fail *fail)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, draft->skel->obj)
		if (!err && is_kept(draft, map))
			err = own_add(draft, OWN_MAP, draft_map_id(map), 0, fail);
	for (__u32 i = 0; !err && i < draft->set.attachments; i++)
		err = own_add(draft, OWN_PROG, draft->set.attachment[i].prog_id, 0, fail);
	return err;
}

/* The pins are there by now, and the table of what is guarded is complete. */
static int fill_guarded(struct draft *draft, struct fail *fail)
{
	struct program_files *files = &draft->guarded;
	int fd = bpf_map__fd(draft->skel->maps.hctl_guarded), err;
	__u32 zero = 0;

	err = guarded_add_pins(files, draft->set.set, fail);
	err = err ?: identities_resolve(files, draft->skel->progs.core__file_ids, fail);
	if (err)
		return err;
	identities_merge(files);
	for (size_t i = 0; i < files->count; i++) {
		struct guarded row = {};

		row.place = files->list[i].place;
		snprintf(row.path, sizeof(row.path), "%s", files->list[i].path);
		if (bpf_map_update_elem(fd, &files->list[i].id, &row, BPF_ANY))
			return draft_failed(fail, "fill the table of guarded files");
		if (strcmp(row.path, PINS))
			continue;
		draft->mount.sb = files->list[i].sb;
		draft->mount.dev = files->list[i].id.dev;
	}
	if (bpf_map_update_elem(bpf_map__fd(draft->skel->maps.hctl_mount), &zero, &draft->mount, BPF_ANY))
		return draft_failed(fail, "note where the pins are");
	return 0;
}

static int freeze_late(struct draft *draft, struct fail *fail)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, draft->skel->obj)
		if (draft_filled_late(draft, map) && bpf_map_freeze(bpf_map__fd(map)))
			return draft_failed(fail, "freeze a map");
	return 0;
}

int draft_attach(struct draft *draft, int cgroup, struct fail *fail)
{
	int err = bind_maps(draft, fail);

	/* A load that was killed before its set could be found may have used the number. */
	pins_remove(draft->set.set);
	err = err ?: pins_make(draft->set.set, fail);
	for (__u32 i = 0; !err && i < draft->set.attachments; i++)
		err = attach_one(draft, &draft->set.attachment[i], cgroup, fail);
	err = err ?: draft_identify_running(draft, fail) ?: tags_note(draft, fail);
	err = err ?: own_maps_and_programs(draft, fail);
	err = err ?: fill_guarded(draft, fail);
	return err ?: freeze_late(draft, fail);
}
