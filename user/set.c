// SPDX-License-Identifier: GPL-2.0-only
/* set.c - the sets of programs that are in the kernel. */
#include "set.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

#define SET_MAP_NAME	"hctl_set"
#define CGROUP_PROGS	64	/* BPF_CGROUP_MAX_PROGS, for one attach type */
#define LSM_CGROUP_PROGS 640	/* the same for all ten hooks of lsm_cgroup together */

int set_map(__u32 map_id)
{
	LIBBPF_OPTS(bpf_get_fd_by_id_opts, opts, .open_flags = BPF_F_RDONLY);
	int fd = bpf_map_get_fd_by_id_opts(map_id, &opts);

	return fd < 0 ? -errno : fd;
}

/*
 * Whether a program of the set is still on the cgroup root.  Its description alone proves nothing: after
 * the last detach it stays for as long as RCU takes to free the programs, which are out of force by then.
 */
static bool alive(const struct set_info *set)
{
	__u32 next;

	for (__u32 i = 0; i < MIN(set->attachments, ATTACH_MAX); i++)
		if (set->attachment[i].leg == LEG_CGROUP &&
		    !bpf_prog_get_next_id(set->attachment[i].prog_id - 1, &next) &&
		    next == set->attachment[i].prog_id)
			return true;
	return false;
}

int set_describes(__u32 map_id, struct set_info *ret_set)
{
	_cleanup_close_ int fd = set_map(map_id);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info), zero = 0;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || strcmp(info.name, SET_MAP_NAME) ||
	    info.type != BPF_MAP_TYPE_ARRAY)
		return 0;
	if (info.value_size != sizeof(*ret_set))
		return -ENOTSUP;
	if (bpf_map_lookup_elem(fd, &zero, ret_set))
		return -errno;
	if (ret_set->abi != ABI_VERSION || ret_set->kinds != KIND_COUNT)
		/* A set that was never filled in is a load in progress or a killed one. */
		return ret_set->abi ? -ENOTSUP : 0;
	return 1;
}

static int by_number(const void *a, const void *b)
{
	const struct set_info *x = a, *y = b;

	return x->set < y->set ? -1 : x->set > y->set;
}

static enum seal_state seal_of(const struct state *state)
{
	struct timespec now;

	if (state->sealed_until == SEALED_NEVER || state->sealed_until == SEALED_FOREVER)
		return state->sealed_until == SEALED_FOREVER ? SEAL_DONE : SEAL_NONE;
	/* The next hook that asks takes an expired one back. */
	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec < state->sealed_until ? SEAL_PROVISIONAL :
	       SEAL_NONE;
}

static int read_state(__u32 map_id, struct sets *sets)
{
	_cleanup_close_ int fd = set_map(map_id);
	struct state state;
	__u32 zero = 0;

	if (fd < 0)
		return fd;
	if (bpf_map_lookup_elem(fd, &zero, &state))
		return -errno;
	sets->armed = state.armed;
	sets->seal = seal_of(&state);
	return 0;
}

int sets_find(struct sets *ret_sets, struct fail *fail)
{
	_cleanup_free_ struct set_info *list = NULL;
	struct set_info set, *grown;
	size_t count = 0;
	__u32 id = 0;
	int err;

	memset(ret_sets, 0, sizeof(*ret_sets));
	while (!bpf_map_get_next_id(id, &id)) {
		err = set_describes(id, &set);
		if (err > 0)
			err = alive(&set);
		if (err == -ENOTSUP)
			return fail_set(fail, EXIT_REFUSED, ENOTSUP,
					"reboot, or unload with the hardenctl that loaded it",
					"find what is loaded: another version of hardenctl loaded it");
		if (err <= 0)
			continue;
		grown = realloc(list, (count + 1) * sizeof(*list));
		if (!grown)
			return fail_set(fail, EXIT_INTERNAL, ENOMEM, NULL, "out of memory");
		list = grown;
		list[count++] = set;
	}
	/* Root of a user namespace has every capability, and none that counts here. */
	if (errno == EPERM)
		return fail_set(fail, EXIT_PRIVILEGE, EPERM, "run it as root of the initial user namespace",
				"not privileged: list BPF maps: %s", strerror(EPERM));
	if (errno != ENOENT)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "list BPF maps: %s", strerror(errno));
	if (count) {
		qsort(list, count, sizeof(*list), by_number);
		err = read_state(list[count - 1].map_state, ret_sets);
		if (err)
			return fail_set(fail, EXIT_FAILED, -err, NULL, "read the state map: %s",
					strerror(-err));
	}
	ret_sets->list = TAKE_PTR(list);
	ret_sets->count = count;
	return 0;
}

void sets_free(struct sets *sets)
{
	free(sets->list);
	sets->list = NULL;
	sets->count = 0;
}

const struct set_info *sets_live(const struct sets *sets)
{
	for (size_t i = sets->count; i-- > 0;)
		if (sets->list[i].set <= sets->armed)
			return &sets->list[i];
	return NULL;
}

static bool on_cgroup(const struct attachment *at, int cgroup)
{
	__u32 ids[LSM_CGROUP_PROGS], flags[LSM_CGROUP_PROGS];
	LIBBPF_OPTS(bpf_prog_query_opts, opts,
		    .prog_ids = ids,
		    /* The kernel insists on these for lsm_cgroup, and forbids none of the others. */
		    .prog_attach_flags = flags,
		    .prog_cnt = at->attach_type == BPF_LSM_CGROUP ? LSM_CGROUP_PROGS : CGROUP_PROGS);

	if (bpf_prog_query_opts(cgroup, at->attach_type, &opts))
		return false;
	for (__u32 i = 0; i < opts.prog_cnt; i++)
		if (ids[i] == at->prog_id)
			return true;
	return false;
}

/* By id alone: after the seal nobody gets a descriptor of our links.  While a link is there, it is attached. */
static bool on_link(const struct set_info *set, const struct attachment *at)
{
	_cleanup_close_ int own = set_map(set->map_own);
	struct own key = { .type = OWN_LINK };
	__u32 prog;

	while (own >= 0 && !bpf_link_get_next_id(key.id, &key.id))
		if (!bpf_map_lookup_elem(own, &key, &prog) && prog == at->prog_id)
			return true;
	return false;
}

size_t set_attached(const struct set_info *set, int cgroup)
{
	size_t live = 0;

	for (__u32 i = 0; i < MIN(set->attachments, ATTACH_MAX); i++)
		live += set->attachment[i].leg == LEG_CGROUP ?
			on_cgroup(&set->attachment[i], cgroup) :
			on_link(set, &set->attachment[i]);
	return live;
}

int set_detach(const struct set_info *set, int cgroup)
{
	int err = 0;

	for (__u32 i = 0; i < MIN(set->attachments, ATTACH_MAX); i++) {
		const struct attachment *at = &set->attachment[i];
		_cleanup_close_ int fd = -1;

		if (at->leg != LEG_CGROUP || !on_cgroup(at, cgroup))
			continue;
		fd = bpf_prog_get_fd_by_id(at->prog_id);
		if ((fd < 0 || bpf_prog_detach2(fd, cgroup, at->attach_type)) && !err)
			err = -errno;
	}
	return err;
}
