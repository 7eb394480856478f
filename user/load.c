// SPDX-License-Identifier: GPL-2.0-only
/*
 * load.c - puts a policy in force.
 *
 * A load that is killed leaves a set behind that is attached but not armed, or armed but not yet proven
 * (then both sets enforce and the new one records).  Neither is ever less than what was in force, and
 * the next load clears them away.
 */
#include "load.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "hardenctl.skel.h"
#include "identity.h"
#include "kernel.h"
#include "names.h"
#include "pins.h"
#include "set.h"
#include "util.h"

#define LOCK_DIR	"/run/hardenctl"
#define LOCK_FILE	LOCK_DIR "/lock"

struct load {
	const struct policy *policy;
	const struct rules *rules;
	struct hardenctl_bpf *skel;
	struct program_files files;
	struct sets sets;		/* as found, before ours */
	const struct set_info *old;	/* the live one of them, or NULL */
	struct set_info set;		/* ours */
	struct state *state;		/* the kernel's, mapped */
	struct state names;		/* what its table of policy files is to be */
	int lock, cgroup;
	struct fail *fail;
};

static void load_free(struct load *load)
{
	state_unmap(load->state);
	hardenctl_bpf__destroy(load->skel);
	identities_free(&load->files);
	sets_free(&load->sets);
	close_fd(&load->cgroup);
	close_fd(&load->lock);
}

#define _cleanup_load_	__attribute__((cleanup(load_free)))
#define LOAD_INIT	{ .lock = -1, .cgroup = -1 }

static int failed(struct load *load, const char *what)
{
	int err = errno;

	return fail_set(load->fail, EXIT_FAILED, err, NULL, "%s: %s", what, strerror(err));
}

/* Two loads at once would each take the other's set for a leftover. */
static int take_lock(struct load *load)
{
	if (mkdir(LOCK_DIR, 0755) && errno != EEXIST)
		return failed(load, "make '" LOCK_DIR "'");
	load->lock = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (load->lock < 0 || flock(load->lock, LOCK_EX))
		return failed(load, "lock '" LOCK_FILE "'");
	return 0;
}

static int open_world(struct load *load)
{
	int err = take_lock(load);

	if (err)
		return err;
	load->cgroup = kernel_cgroup_root();
	if (load->cgroup < 0)
		return fail_set(load->fail, EXIT_KERNEL, -load->cgroup,
				"run hardenctl in the initial cgroup namespace",
				"open the root of the cgroup v2 hierarchy: %s",
				strerror(-load->cgroup));
	err = sets_find(&load->sets, load->fail);
	load->old = err ? NULL : sets_live(&load->sets);
	return err;
}

static void remove_set(const struct set_info *set, int cgroup)
{
	set_detach(set, cgroup);
	pins_remove(set->set);
}

/*
 * Clears away what killed loads left: sets that were never armed, and sets older than the live one as
 * soon as that one is proven.  Without this, fifty killed loads would use up the kernel's attach slots.
 */
static void clear_leftovers(struct load *load)
{
	enum canary result[GUARD_COUNT];
	bool proven = true;

	for (size_t i = 0; i < load->sets.count; i++)
		if (load->sets.list[i].set > load->sets.armed)
			remove_set(&load->sets.list[i], load->cgroup);
	if (!load->old || load->sets.list[0].set == load->old->set)
		return;
	proven = set_attached(load->old, load->cgroup) == load->old->attachments;
	canary_run(load->old, proven, result);
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		proven = proven && result[guard] != CANARY_PASSED;
	for (size_t i = 0; proven && load->sets.list[i].set < load->old->set; i++)
		remove_set(&load->sets.list[i], load->cgroup);
}

/* The guard that a program belongs to, by its name: GUARD__hook.  GUARD_COUNT: the core. */
static __u32 guard_of(const struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog), *end = strstr(name, "__");
	char guard[32];

	snprintf(guard, sizeof(guard), "%.*s", end ? (int)(end - name) : 0, name);
	return guard_find(guard) < 0 ? GUARD_COUNT : guard_find(guard);
}

static void describe(struct load *load)
{
	const struct policy *policy = load->policy;
	struct set_info *set = &load->set;
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	set->abi = ABI_VERSION;
	set->kinds = KIND_COUNT;
	set->set = load->sets.count ? load->sets.list[load->sets.count - 1].set + 1 : 1;
	set->serial = policy->serial;
	set->loaded_ns = now.tv_sec * 1000000000ull + now.tv_nsec;
	set->records = load->old ? load->old->records : policy->log_records;
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		set->mode[guard] = policy->guard[guard].mode;
	for (size_t i = 0; i < load->files.count; i++)
		set->rules[GUARD_exec] += load->files.list[i].kind != KIND_COUNT;
	set->rules[GUARD_egress] = policy->n_egress;
	snprintf(set->name, sizeof(set->name), "%s", policy->name);
	snprintf(set->path, sizeof(set->path), "%s", policy->files[0]);
	snprintf(set->digest, sizeof(set->digest), "%s", policy->digest);
}

/* A map of the older set, taken over by the new one. */
static int reuse(struct load *load, struct bpf_map *map, __u32 id)
{
	int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0 || bpf_map__reuse_fd(map, fd)) {
		failed(load, "take over a map of the loaded policy");
		close_fd(&fd);
		return -EIO;
	}
	close(fd);
	return 0;
}

static int size_maps(struct load *load)
{
	const struct rules *rules = load->rules;
	__u32 n4 = rules->n_rows4, n6 = rules->n_rows - rules->n_rows4, ports = rules->n_ports;
	struct hardenctl_bpf *skel = load->skel;
	int err = 0;

	bpf_map__set_max_entries(skel->maps.hctl_trie4, n4 ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_trie6, n6 ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_ports, ports ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_identities, load->files.count);
	bpf_map__set_max_entries(skel->maps.hctl_log, load->set.records);
	if (!load->old)
		return 0;
	err = err ?: reuse(load, skel->maps.hctl_state, load->old->map_state);
	err = err ?: reuse(load, skel->maps.hctl_log, load->old->map_log);
	err = err ?: reuse(load, skel->maps.hctl_counters, load->old->map_counters);
	return err ?: reuse(load, skel->maps.hctl_programs, load->old->map_programs);
}

/* The line of the policy that a refusal of each kind goes back to. */
static struct where rule_of(const struct policy *policy, __u32 kind)
{
	__u32 guard = kind_names[kind].guard_id;

	if (guard == GUARD_exec)
		return policy->shells;
	if (guard == GUARD_egress)
		return policy->egress_allow;
	return policy->guard[guard].where;
}

/* The place of a policy file in the state's table; 0, "no file", where the table is full. */
static __u32 intern_file(struct state *state, const char *path)
{
	__u32 i;

	for (i = 1; i < state->files && i < STATE_FILES; i++)
		if (!strncmp(state->file[i], path, FILE_LEN - 1))
			return i;
	if (i == STATE_FILES)
		return 0;
	snprintf(state->file[i], FILE_LEN, "%s", path);
	state->files = i + 1;
	return i;
}

/* Starts from the names that older records refer to. */
static int copy_names(struct load *load)
{
	_cleanup_close_ int fd = -1;
	__u32 zero = 0;

	load->names.files = 1;
	if (!load->old)
		return 0;
	fd = set_map(load->old->map_state);
	if (fd < 0 || bpf_map_lookup_elem(fd, &zero, &load->names))
		return failed(load, "read the state map");
	return 0;
}

static void publish_names(struct load *load)
{
	memcpy(load->state->file, load->names.file, sizeof(load->names.file));
	load->state->files = load->names.files;
}

static int prepare(struct load *load)
{
	struct bpf_program *prog;
	struct config *config;
	int err;

	load->skel = hardenctl_bpf__open();
	if (!load->skel)
		return failed(load, "open the built-in BPF programs");
	err = size_maps(load);
	err = err ?: copy_names(load);
	if (err)
		return err;
	config = (struct config *)&load->skel->rodata->config;
	config->set = load->set.set;
	config->records = load->set.records;
	memcpy(config->mode, load->set.mode, sizeof(config->mode));
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct where where = rule_of(load->policy, kind);

		config->rule[kind].line = where.line;
		config->rule[kind].file = intern_file(&load->names, load->policy->files[where.file]);
	}
	bpf_object__for_each_program(prog, load->skel->obj) {
		__u32 guard = guard_of(prog);

		if (guard < GUARD_COUNT && load->set.mode[guard] == MODE_OFF)
			bpf_program__set_autoload(prog, false);
	}
	return 0;
}

static __u32 id_of(const struct bpf_map *map)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &len) ? 0 : info.id;
}

static int verify_programs(struct load *load)
{
	struct set_info *set = &load->set;
	struct bpf_program *prog;
	int err = hardenctl_bpf__load(load->skel);

	if (err) {
		errno = -err;
		return failed(load, "load the BPF programs into the kernel (-v shows the verifier's words)");
	}
	set->map_state = id_of(load->skel->maps.hctl_state);
	set->map_log = id_of(load->skel->maps.hctl_log);
	set->map_counters = id_of(load->skel->maps.hctl_counters);
	set->map_programs = id_of(load->skel->maps.hctl_programs);
	set->map_proof = id_of(load->skel->maps.hctl_proof);
	set->map_identities = id_of(load->skel->maps.hctl_identities);
	set->map_trie4 = id_of(load->skel->maps.hctl_trie4);
	set->map_trie6 = id_of(load->skel->maps.hctl_trie6);
	set->map_ports = id_of(load->skel->maps.hctl_ports);
	bpf_object__for_each_program(prog, load->skel->obj) {
		struct attachment *at = &set->attachment[set->attachments];
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);

		if (bpf_program__type(prog) == BPF_PROG_TYPE_TRACING || !bpf_program__autoload(prog))
			continue;
		if (set->attachments == ATTACH_MAX)
			return fail_set(load->fail, EXIT_INTERNAL, E2BIG, NULL, "too many programs");
		if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			return failed(load, "ask for a program's id");
		at->prog_id = info.id;
		at->attach_type = bpf_program__expected_attach_type(prog);
		at->leg = at->attach_type == BPF_LSM_MAC ? LEG_LINK : LEG_CGROUP;
		at->guard = guard_of(prog);
		snprintf(at->name, sizeof(at->name), "%s", bpf_program__name(prog));
		set->attachments++;
	}
	return 0;
}

static int fill_identities(struct load *load)
{
	int fd = bpf_map__fd(load->skel->maps.hctl_identities), err;

	err = identities_resolve(&load->files, load->skel->progs.core__file_ids, load->fail);
	for (size_t i = 0; !err && i < load->files.count; i++) {
		struct program_file *file = &load->files.list[i];
		struct identity row = { .kind = file->kind };

		snprintf(row.path, sizeof(row.path), "%s", file->path);
		/* Two names of one program: the first stands. */
		if (bpf_map_update_elem(fd, &file->id, &row, BPF_NOEXIST) && errno != EEXIST)
			err = failed(load, "fill the table of programs");
	}
	return err;
}

static int fill_tries(struct load *load)
{
	int trie4 = bpf_map__fd(load->skel->maps.hctl_trie4);
	int trie6 = bpf_map__fd(load->skel->maps.hctl_trie6);
	int ports = bpf_map__fd(load->skel->maps.hctl_ports);
	const struct rules *rules = load->rules;

	for (__u32 i = 0; i < rules->n_ports; i++)
		if (bpf_map_update_elem(ports, &i, &rules->ports[i], BPF_ANY))
			return failed(load, "fill the table of ports");
	for (size_t i = 0; i < rules->n_rows; i++) {
		const struct trie_row *row = &rules->rows[i];
		struct lpm4 key4 = { .prefixlen = row->net.len };
		struct lpm6 key6 = { .prefixlen = row->net.len };
		int err;

		memcpy(key4.addr, row->net.addr, sizeof(key4.addr));
		memcpy(key6.addr, row->net.addr, sizeof(key6.addr));
		err = row->net.family == 2 /* AF_INET */ ?
			bpf_map_update_elem(trie4, &key4, &row->span, BPF_ANY) :
			bpf_map_update_elem(trie6, &key6, &row->span, BPF_ANY);
		if (err)
			return failed(load, "fill the table of networks");
	}
	return 0;
}

/* Runs core__running once, so that records can name the programs that run already. */
static int remember_running(struct load *load)
{
	struct bpf_link *link = bpf_program__attach_iter(load->skel->progs.core__running, NULL);
	int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1, err = 0;
	char byte;

	if (fd < 0 || read(fd, &byte, 1) < 0)
		err = failed(load, "walk the running tasks");
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return err;
}

/* Frozen already, by the load that made it: freezing twice is an error. */
static bool taken_over(const struct load *load, const struct bpf_map *map)
{
	return map == load->skel->maps.hctl_log || map == load->skel->maps.hctl_counters ||
	       map == load->skel->maps.hctl_programs;
}

/* Nothing but the state map stays writable, for anyone, from here on. */
static int freeze(struct load *load)
{
	struct bpf_map *map;
	__u32 zero = 0;

	if (bpf_map_update_elem(bpf_map__fd(load->skel->maps.hctl_set), &zero, &load->set, BPF_ANY))
		return failed(load, "describe the set");
	bpf_object__for_each_map(map, load->skel->obj) {
		if (map == load->skel->maps.hctl_state || bpf_map__is_internal(map) ||
		    (load->old && taken_over(load, map)))
			continue;
		if (bpf_map_freeze(bpf_map__fd(map)))
			return failed(load, "freeze a map");
	}
	return 0;
}

static int fill(struct load *load)
{
	int err = fill_identities(load);

	err = err ?: fill_tries(load);
	err = err ?: remember_running(load);
	return err ?: freeze(load);
}

static int attach_failed(struct load *load, const char *what)
{
	int err = errno;

	return fail_set(load->fail, EXIT_FAILED, err,
			err == EPERM ? "another program on the cgroup root allows no second one" : NULL,
			"attach or pin '%s': %s", what, strerror(err));
}

static int attach_one(struct load *load, struct bpf_program *prog, const struct attachment *at)
{
	struct bpf_link *link;
	char path[256];
	int err;

	if (at->leg == LEG_CGROUP) {
		err = bpf_prog_attach(bpf_program__fd(prog), load->cgroup, at->attach_type,
				      BPF_F_ALLOW_MULTI);
		return err ? attach_failed(load, at->name) : 0;
	}
	link = bpf_program__attach(prog);
	if (!link)
		return attach_failed(load, at->name);
	pins_path(load->set.set, at->name, path, sizeof(path));
	err = bpf_link__pin(link, path);
	if (err) {
		errno = -err;
		err = attach_failed(load, path);
	}
	bpf_link__destroy(link);
	return err;
}

static int attach(struct load *load)
{
	struct bpf_program *prog;
	__u32 i;
	int err;

	/* hctl_set belongs to no program's code; bound to one, it lives as long as the set. */
	if (bpf_prog_bind_map(bpf_program__fd(load->skel->progs.seal__sysctl),
			      bpf_map__fd(load->skel->maps.hctl_set), NULL))
		return failed(load, "bind the set's description");
	/* A load that was killed before its set could be found may have used the number. */
	pins_remove(load->set.set);
	err = pins_make(load->set.set, load->fail);
	for (i = 0; !err && i < load->set.attachments; i++) {
		prog = bpf_object__find_program_by_name(load->skel->obj, load->set.attachment[i].name);
		err = attach_one(load, prog, &load->set.attachment[i]);
	}
	return err;
}

static void arm(struct load *load, __u64 set)
{
	__atomic_store_n(&load->state->armed, set, __ATOMIC_SEQ_CST);
}

static int prove(struct load *load, struct loaded *ret_loaded)
{
	size_t live = set_attached(&load->set, load->cgroup);

	if (live != load->set.attachments)
		return fail_set(load->fail, EXIT_FAILED, EIO, NULL,
				"prove the new set: %zu of %u programs are attached", live,
				load->set.attachments);
	canary_run(&load->set, /* live= */ true, ret_loaded->canary);
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		if (ret_loaded->canary[guard] == CANARY_PASSED)
			return fail_set(load->fail, EXIT_FAILED, EIO,
					"the programs are attached but do not fire: is kernel.ftrace_enabled 1?",
					"prove the %s guard: what it must refuse went through",
					guard_names[guard]);
	return 0;
}

static void retire_older(struct load *load)
{
	for (size_t i = 0; i < load->sets.count; i++)
		set_detach(&load->sets.list[i], load->cgroup);
	pins_remove_but(load->set.set);
}

static int check_serial(struct load *load)
{
	if (!load->old || load->policy->serial >= load->old->serial)
		return 0;
	return fail_set(load->fail, EXIT_REFUSED, EPERM, "raise `serial` in the policy",
			"load '%s': its serial %llu is below %llu, which is in force",
			load->policy->files[0], (unsigned long long)load->policy->serial,
			(unsigned long long)load->old->serial);
}

static int check_ftrace(const struct kernel *kernel, struct fail *fail)
{
	const struct kernel_check *check = kernel_find(kernel, "ftrace-enabled");

	if (!check || check->ok)
		return 0;
	return fail_set(fail, EXIT_FAILED, EPERM, check->hint,
			"load: kernel.ftrace_enabled is 0: LSM programs would be attached and never run");
}

static int map_state(struct load *load)
{
	load->state = state_map(bpf_map__fd(load->skel->maps.hctl_state));
	if (!load->state)
		return failed(load, "map the state");
	publish_names(load);
	return 0;
}

int load_policy(const struct policy *policy, const struct rules *rules, const struct kernel *kernel,
		bool dry_run, struct loaded *ret_loaded, struct fail *fail)
{
	_cleanup_load_ struct load load = LOAD_INIT;
	int err;

	load.policy = policy;
	load.rules = rules;
	load.fail = fail;
	err = check_ftrace(kernel, fail);
	err = err ?: open_world(&load);
	err = err ?: check_serial(&load);
	if (!err && !dry_run)
		clear_leftovers(&load);
	if (!err && policy->deny_shells && policy->guard[GUARD_exec].mode != MODE_OFF)
		err = identities_add_shells(&load.files, fail);
	err = err ?: identities_add_self(&load.files, fail);
	if (err)
		return err;
	describe(&load);
	err = prepare(&load);
	err = err ?: verify_programs(&load);
	if (err || dry_run)
		goto out;
	err = fill(&load);
	err = err ?: map_state(&load);
	err = err ?: attach(&load);
	if (!err) {
		arm(&load, load.set.set);
		err = prove(&load, ret_loaded);
	}
	if (err) {
		if (load.state)
			arm(&load, load.sets.armed);
		remove_set(&load.set, load.cgroup);
		return err;
	}
	retire_older(&load);
out:
	if (!err) {
		ret_loaded->set = load.set;
		ret_loaded->reload = load.old;
		ret_loaded->records_kept =
			load.set.records == policy->log_records ? 0 : load.set.records;
	}
	return err;
}

int load_undo(struct fail *fail)
{
	_cleanup_load_ struct load load = LOAD_INIT;
	int err, one;

	load.fail = fail;
	err = open_world(&load);
	if (err)
		return err;
	if (!load.sets.count)
		return fail_set(fail, EXIT_FAILED, ENOENT, NULL, "unload: nothing is loaded");
	for (size_t i = 0; i < load.sets.count; i++) {
		one = set_detach(&load.sets.list[i], load.cgroup);
		err = err ?: one;
	}
	one = pins_remove_but(0);
	err = err ?: one;
	if (err)
		return fail_set(fail, EXIT_FAILED, -err, NULL, "unload: %s", strerror(-err));
	return 0;
}
