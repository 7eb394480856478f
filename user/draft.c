// SPDX-License-Identifier: GPL-2.0-only
/* draft.c - a set in the making: its programs through the verifier, its maps filled and frozen. */
#include "draft.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "classes.h"
#include "configure.h"
#include "deputies.h"
#include "devices.h"
#include "edges.h"
#include "filesystems.h"
#include "guarded.h"
#include "hardenctl.skel.h"
#include "libraries.h"
#include "makers.h"
#include "modules.h"
#include "names.h"
#include "programs.h"
#include "protected.h"
#include "reroutes.h"
#include "rows.h"
#include "sockets.h"
#include "state.h"
#include "sysctls.h"
#include "tracers.h"
#include "user_text.h"
#include "util.h"
#include "vsocks.h"

int draft_failed(struct fail *fail, const char *what)
{
	int err = errno;

	return fail_set(fail, EXIT_FAILED, err, NULL, "%s: %s", what, strerror(err));
}

/* A map of the older set, taken over by the new one. */
static int reuse(struct bpf_map *map, __u32 id, struct fail *fail)
{
	_cleanup_close_ int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0 || bpf_map__reuse_fd(map, fd))
		return draft_failed(fail, "take over a map of the loaded policy");
	return 0;
}

static int size_maps(struct draft *draft, const struct rules *rules, const struct set_info *old,
		     struct fail *fail)
{
	const struct net_table *out = &rules->egress, *in = &rules->ingress;
	struct hardenctl_bpf *skel = draft->skel;
	int err;

	bpf_map__set_max_entries(skel->maps.hctl_trie4, out->n_rows4 ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_trie6, out->n_rows - out->n_rows4 ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_from4, in->n_rows4 ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_from6, in->n_rows - in->n_rows4 ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_ports, rules->n_ports ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_identities, draft->files.count);
	bpf_map__set_max_entries(skel->maps.hctl_heads, draft->files.count);
	bpf_map__set_max_entries(skel->maps.hctl_edges, edges_rows(draft) ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_scripts, edges_rows(draft) ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_verity, programs_verity_rows(draft->policy) ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_modules, draft->modules.count ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_mounts, filesystems_rows());
	bpf_map__set_max_entries(skel->maps.hctl_sysctls, sysctls_rows(draft->policy));
	bpf_map__set_max_entries(skel->maps.hctl_devices, draft->devices.count ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_dev_users, draft->devices.count ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_sock_kinds, sockets_rows(draft->policy));
	bpf_map__set_max_entries(skel->maps.hctl_netlink, reroutes_rows(draft->policy));
	bpf_map__set_max_entries(skel->maps.hctl_unix, deputies_rows(draft->policy));
	bpf_map__set_max_entries(skel->maps.hctl_vsock, vsocks_rows(draft->policy));
	bpf_map__set_max_entries(skel->maps.hctl_protected, protected_any(draft) ? PROTECT_MAX : 1);
	bpf_map__set_max_entries(skel->maps.hctl_segments, draft->set.data_shm[SHM_SYSV] ? SEGMENTS_MAX : 1);
	bpf_map__set_max_entries(skel->maps.hctl_keys, draft->set.keys ? PROTECT_KEYS : 1);
	bpf_map__set_max_entries(skel->maps.hctl_prot_names, draft->set.protected_names ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_guarded, GUARDED_MAX + draft->guarded.count);
	bpf_map__set_max_entries(skel->maps.hctl_readers, draft->readers.count ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_tracers, draft->tracers.count ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_runnable, draft->set.introduced ? RUNNABLE_MAX : 1);
	bpf_map__set_max_entries(skel->maps.hctl_disks, draft->set.introduced ? DISKS_MAX : 1);
	bpf_map__set_max_entries(skel->maps.hctl_log, draft->set.records + KIND_MAX);
	if (!old)
		return 0;
	err = reuse(skel->maps.hctl_state, old->map_state, fail);
	err = err ?: reuse(skel->maps.hctl_names, old->map_names, fail);
	err = err ?: reuse(skel->maps.hctl_log, old->map_log, fail);
	err = err ?: reuse(skel->maps.hctl_counters, old->map_counters, fail);
	err = err ?: reuse(skel->maps.hctl_programs, old->map_programs, fail);
	/* What it notes of tasks and sockets would count. */
	if (draft->dry_run)
		return err;
	err = err ?: reuse(skel->maps.hctl_sockets, old->map_sockets, fail);
	err = err ?: reuse(skel->maps.hctl_shm, old->map_shm, fail);
	draft->segments = draft->set.data_shm[SHM_SYSV] && old->data_shm[SHM_SYSV];
	if (draft->segments)
		err = err ?: reuse(skel->maps.hctl_segments, old->map_segments, fail);
	draft->keys = draft->set.keys && old->keys;
	if (draft->keys)
		err = err ?: reuse(skel->maps.hctl_keys, old->map_keys, fail);
	return err ?: reuse(skel->maps.hctl_tasks, old->map_tasks, fail);
}

__u32 draft_map_id(const struct bpf_map *map)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &len) ? 0 : info.id;
}

static void note_maps(struct draft *draft)
{
	struct hardenctl_bpf *skel = draft->skel;
	struct set_info *set = &draft->set;

	set->map_state = draft_map_id(skel->maps.hctl_state);
	set->map_names = draft_map_id(skel->maps.hctl_names);
	set->map_own = draft_map_id(skel->maps.hctl_own);
	set->map_guarded = draft_map_id(skel->maps.hctl_guarded);
	set->map_mount = draft_map_id(skel->maps.hctl_mount);
	set->map_log = draft_map_id(skel->maps.hctl_log);
	set->map_counters = draft_map_id(skel->maps.hctl_counters);
	set->map_programs = draft_map_id(skel->maps.hctl_programs);
	set->map_tasks = draft_map_id(skel->maps.hctl_tasks);
	set->map_sockets = draft_map_id(skel->maps.hctl_sockets);
	set->map_proof = draft_map_id(skel->maps.hctl_proof);
	set->map_repeats = draft_map_id(skel->maps.hctl_repeats);
	set->map_identities = draft_map_id(skel->maps.hctl_identities);
	set->map_readers = draft_map_id(skel->maps.hctl_readers);
	set->map_tracers = draft_map_id(skel->maps.hctl_tracers);
	set->map_heads = draft_map_id(skel->maps.hctl_heads);
	set->map_runnable = draft_map_id(skel->maps.hctl_runnable);
	set->map_disks = draft_map_id(skel->maps.hctl_disks);
	set->map_filesystems = draft_map_id(skel->maps.hctl_filesystems);
	set->map_edges = draft_map_id(skel->maps.hctl_edges);
	set->map_scripts = draft_map_id(skel->maps.hctl_scripts);
	set->map_execs = draft_map_id(skel->maps.hctl_execs);
	set->map_verity = draft_map_id(skel->maps.hctl_verity);
	set->map_modules = draft_map_id(skel->maps.hctl_modules);
	set->map_mounts = draft_map_id(skel->maps.hctl_mounts);
	set->map_sysctls = draft_map_id(skel->maps.hctl_sysctls);
	set->map_devices = draft_map_id(skel->maps.hctl_devices);
	set->map_device_users = draft_map_id(skel->maps.hctl_dev_users);
	set->map_sock_kinds = draft_map_id(skel->maps.hctl_sock_kinds);
	set->map_netlink = draft_map_id(skel->maps.hctl_netlink);
	set->map_unix = draft_map_id(skel->maps.hctl_unix);
	set->map_vsock = draft_map_id(skel->maps.hctl_vsock);
	set->map_protected = draft_map_id(skel->maps.hctl_protected);
	set->map_protected_names = draft_map_id(skel->maps.hctl_prot_names);
	set->map_shm = draft_map_id(skel->maps.hctl_shm);
	set->map_segments = draft_map_id(skel->maps.hctl_segments);
	set->map_keys = draft_map_id(skel->maps.hctl_keys);
	set->map_trie4 = draft_map_id(skel->maps.hctl_trie4);
	set->map_trie6 = draft_map_id(skel->maps.hctl_trie6);
	set->map_from4 = draft_map_id(skel->maps.hctl_from4);
	set->map_from6 = draft_map_id(skel->maps.hctl_from6);
	set->map_ports = draft_map_id(skel->maps.hctl_ports);
}

static int note_programs(struct draft *draft, struct fail *fail)
{
	struct set_info *set = &draft->set;
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, draft->skel->obj) {
		struct attachment *at = &set->attachment[set->attachments];
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);

		/* These run for the loader, and hang nowhere. */
		if (bpf_program__type(prog) == BPF_PROG_TYPE_TRACING ||
		    bpf_program__type(prog) == BPF_PROG_TYPE_SYSCALL || !bpf_program__autoload(prog))
			continue;
		if (set->attachments == ATTACH_MAX)
			return fail_set(fail, EXIT_INTERNAL, E2BIG, NULL, "too many programs");
		if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			return draft_failed(fail, "ask for a program's id");
		at->prog_id = info.id;
		at->attach_type = bpf_program__expected_attach_type(prog);
		at->leg = at->attach_type == BPF_LSM_MAC ? LEG_LINK : LEG_CGROUP;
		at->guard = configure_guard(prog);
		snprintf(at->name, sizeof(at->name), "%s", bpf_program__name(prog));
		set->attachments++;
	}
	return 0;
}

static int find_programs(struct draft *draft, const struct policy *policy, const struct kernel *kernel,
			 struct fail *fail)
{
	int err = 0;

	if (policy->guard[GUARD_exec].mode != MODE_OFF)
		err = classes_add(&draft->files, policy, fail) ?: programs_add(&draft->files, policy, kernel, fail) ?:
		      libraries_add(&draft->files, policy, fail) ?: edges_find(draft, policy, kernel, fail);
	if (policy->guard[GUARD_modules].mode != MODE_OFF)
		err = err ?: modules_find(&draft->files, &draft->modules, policy, kernel, fail);
	return err ?: identities_add_self(&draft->files, fail);
}

/* Whether the policy has it, and not only hardenctl. */
static bool is_rule(const struct program_file *file)
{
	return file->kind != KIND_COUNT || (!(file->flags & IDENTITY_SELF) &&
	       file->flags & (IDENTITY_RUN | IDENTITY_VERITY | IDENTITY_MAP | IDENTITY_JIT));
}

int draft_open(const struct policy *policy, const struct rules *rules, const struct kernel *kernel,
	       const struct set_info *old, __u64 number, bool dry_run, struct draft *ret_draft, struct fail *fail)
{
	struct draft *draft = ret_draft;
	bool on;
	int err;

	memset(draft, 0, sizeof(*draft));
	draft->reload = old;
	draft->dry_run = dry_run;
	draft->policy = policy;
	if (policy->n_programs || policy->libraries.count || policy->jit.count || policy->n_modules || policy->n_egress_programs ||
	    policy->deputies.count || policy->vsocks.count)
		identities_raise_limit();
	err = configure_check_paths(policy, fail);
	if (err)
		return err;
	if (policy->guard[GUARD_kernel].mode != MODE_OFF)
		err = lockdown_resolve(&kernel->lockdown, policy, &draft->lockdown, fail);
	if (err)
		return err;
	configure_describe(draft, policy, kernel, old, number);
	/* Each of both guards may ask the rows of the other. */
	on = policy->guard[GUARD_egress].mode != MODE_OFF || policy->guard[GUARD_ingress].mode != MODE_OFF;
	draft->set.egress_by = rules->by && on;
	draft->set.egress_user = rules->user && on;
	err = find_programs(draft, policy, kernel, fail) ?: readers_find(draft, fail);
	if (policy->guard[GUARD_ptrace].mode != MODE_OFF)
		err = err ?: tracers_find(draft, policy, fail);
	if (draft->set.devices)
		err = err ?: devices_find(draft, fail);
	if (policy->guard[GUARD_data].mode != MODE_OFF)
		err = err ?: protected_find(draft, kernel, fail);
	if (draft->set.egress_by)
		err = err ?: makers_find(draft, fail);
	if (policy->guard[GUARD_egress].mode != MODE_OFF)
		err = err ?: sockets_find(draft, fail) ?: reroutes_find(draft, fail) ?: deputies_find(draft, fail) ?:
		      vsocks_find(draft, kernel, fail);
	err = err ?: guarded_add_files(&draft->guarded, policy, fail);
	if (err)
		return err;
	err = user_text_allow();
	draft->skel = err ? NULL : hardenctl_bpf__open();
	if (!draft->skel)
		return draft_failed(fail, "open the built-in BPF programs");
	err = size_maps(draft, rules, old, fail);
	err = err ?: configure_names(draft, old, fail);
	if (err)
		return err;
	configure_programs(draft, policy, kernel);
	err = hardenctl_bpf__load(draft->skel);
	if (err)
		/* The older set lets only its own file read kernel memory: EINVAL says a helper that is not to be had. */
		return fail_set(fail, EXIT_FAILED, -err, old && err == -EINVAL ?
				"if another file of hardenctl loaded what is in force, as before an upgrade: 'hardenctl unload' first, "
				"or list bpf-read-kernel in kernel.allow" : NULL,
				"load the BPF programs into the kernel (-v shows what the verifier says): %s", strerror(-err));
	note_maps(draft);
	err = note_programs(draft, fail);
	err = err ?: identities_resolve(&draft->files, draft->skel->progs.core__file_ids, fail);
	identities_merge(&draft->files);
	err = err ?: libraries_check(&draft->files, fail);
	err = err ?: edges_resolve(draft, old, fail);
	err = err ?: tracers_resolve(draft, fail);
	err = err ?: devices_resolve(draft, fail);
	err = err ?: protected_resolve(draft, fail);
	err = err ?: makers_resolve(draft, fail);
	err = err ?: sockets_resolve(draft, fail);
	err = err ?: reroutes_resolve(draft, fail);
	err = err ?: deputies_resolve(draft, fail);
	err = err ?: vsocks_resolve(draft, fail);
	for (size_t i = 0; !err && i < draft->files.count; i++)
		draft->set.rules[GUARD_exec] += is_rule(&draft->files.list[i]);
	return err;
}

int draft_walk(const struct bpf_program *prog, void *ret_row, size_t size, const char *what, struct fail *fail)
{
	struct bpf_link *link = bpf_program__attach_iter(prog, NULL);
	int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1, err = 0;
	ssize_t len = fd < 0 ? -1 : read(fd, ret_row, size);
	char rest[256];

	/* To the end: what has no row makes no difference to a reader. */
	while (len > 0 || (len < 0 && fd >= 0 && (errno == EAGAIN || errno == EINTR)))
		len = read(fd, rest, sizeof(rest));
	if (len < 0)
		err = draft_failed(fail, what);
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return err;
}

static int fill_identities(struct draft *draft, struct fail *fail)
{
	int fd = bpf_map__fd(draft->skel->maps.hctl_identities);
	int filesystems = bpf_map__fd(draft->skel->maps.hctl_filesystems);
	__u32 known = 0;	/* no file system has the number 0 */

	for (size_t i = 0; i < draft->files.count; i++) {
		struct program_file *file = &draft->files.list[i];
		struct identity row = {
			.kind = file->kind, .flags = file->flags, .parent = file->parent, .line = file->line, .by = file->by,
			.data = file->data,
		};

		snprintf(row.path, sizeof(row.path), "%s", file->path);
		if (bpf_map_update_elem(fd, &file->id, &row, BPF_NOEXIST) ||
		    (file->id.dev != known &&
		     bpf_map_update_elem(filesystems, &file->id.dev, &(__u32){ 1 }, BPF_ANY)))
			return draft_failed(fail, "fill the table of programs");
		known = file->id.dev;
	}
	return 0;
}

/* So that copies of what a class refuses are known. */
static int fill_heads(struct draft *draft, struct fail *fail)
{
	int fd = bpf_map__fd(draft->skel->maps.hctl_heads), err = 0;
	struct head head;

	for (size_t i = 0; err >= 0 && i < draft->files.count; i++) {
		const struct program_file *file = &draft->files.list[i];

		err = file->kind == KIND_COUNT ? 0 : classes_head(file, &head, fail);
		if (err > 0 && bpf_map_update_elem(fd, &head, &file->kind, BPF_ANY))
			err = draft_failed(fail, "fill the table of how programs begin");
	}
	return err < 0 ? err : 0;
}

static int fill_ports(struct draft *draft, const struct rules *rules, struct fail *fail)
{
	int ports = bpf_map__fd(draft->skel->maps.hctl_ports);

	for (__u32 i = 0; i < rules->n_ports; i++) {
		struct port_rule port = rules->ports[i];

		port.by = makers_number(draft, port.by);
		if (bpf_map_update_elem(ports, &i, &port, BPF_ANY))
			return draft_failed(fail, "fill the table of ports");
	}
	return 0;
}

/* The networks of one guard, with what hctl_ports has of each. */
static int fill_tries(struct draft *draft, const struct rules *rules, __u32 guard, const struct bpf_map *map4,
		      const struct bpf_map *map6, struct fail *fail)
{
	const struct net_table *table = rules_table(rules, guard);
	int trie4 = bpf_map__fd(map4), trie6 = bpf_map__fd(map6);

	/* Whoever loads has looked them up. */
	if (table->unresolved && draft->set.mode[guard] != MODE_OFF)
		return fail_set(fail, EXIT_INTERNAL, EINVAL, NULL, "the rules have names in them");
	for (size_t i = 0; i < table->n_rows; i++) {
		const struct trie_row *row = &table->rows[i];
		struct lpm4 key4 = { .prefixlen = row->net.len };
		struct lpm6 key6 = { .prefixlen = row->net.len };
		int err;

		memcpy(key4.addr, row->net.addr, sizeof(key4.addr));
		memcpy(key6.addr, row->net.addr, sizeof(key6.addr));
		err = row->net.family == AF_INET ?
			bpf_map_update_elem(trie4, &key4, &row->span, BPF_ANY) :
			bpf_map_update_elem(trie6, &key6, &row->span, BPF_ANY);
		if (err)
			return draft_failed(fail, "fill the table of networks");
	}
	return 0;
}

int draft_identify_running(struct draft *draft, struct fail *fail)
{
	struct row_first first = {};
	int err = draft_walk(draft->skel->progs.core__running, &first, sizeof(first), "walk the running tasks", fail);

	draft->mount.namespace = first.namespace;
	draft->mount.root_mount = first.root_mount;
	draft->mount.root_dentry = first.root_dentry;
	memcpy(draft->mount.ns, first.ns, sizeof(first.ns));
	return err;
}

/* Frozen already, by the load that made it: freezing twice is an error. */
static bool taken_over(const struct draft *draft, const struct bpf_map *map)
{
	return map == draft->skel->maps.hctl_log || map == draft->skel->maps.hctl_counters ||
	       map == draft->skel->maps.hctl_programs || map == draft->skel->maps.hctl_state ||
	       map == draft->skel->maps.hctl_names || map == draft->skel->maps.hctl_tasks ||
	       map == draft->skel->maps.hctl_sockets || map == draft->skel->maps.hctl_shm ||
	       (map == draft->skel->maps.hctl_segments && draft->segments) ||
	       (map == draft->skel->maps.hctl_keys && draft->keys);
}

/* Filled once the programs are attached: they name pins and links. */
bool draft_filled_late(const struct draft *draft, const struct bpf_map *map)
{
	return map == draft->skel->maps.hctl_own || map == draft->skel->maps.hctl_guarded ||
	       map == draft->skel->maps.hctl_mount;
}

/* The state too: from here on only state__change writes to it. */
static int freeze(struct draft *draft, struct fail *fail)
{
	struct bpf_map *map;
	__u32 zero = 0;

	if (bpf_map_update_elem(bpf_map__fd(draft->skel->maps.hctl_set), &zero, &draft->set, BPF_ANY))
		return draft_failed(fail, "describe the set");
	bpf_object__for_each_map(map, draft->skel->obj) {
		if (draft_filled_late(draft, map) || bpf_map__is_internal(map) ||
		    (draft->reload && taken_over(draft, map)))
			continue;
		if (bpf_map_freeze(bpf_map__fd(map)))
			return draft_failed(fail, "freeze a map");
	}
	return 0;
}

/* Names that a failed load leaves stay in the table, and harm nobody. */
static int add_names(struct draft *draft, struct fail *fail)
{
	struct state_change change = { .op = STATE_NAME };
	int prog = bpf_program__fd(draft->skel->progs.state__change), err;

	for (__u32 i = draft->first_new; !draft->dry_run && i < draft->n_names; i++) {
		change.index = i;
		memcpy(change.name, draft->names[i].path, sizeof(change.name));
		err = state_change(prog, &change);
		if (err) {
			errno = -err;
			return draft_failed(fail, "write the table of policy files");
		}
	}
	return 0;
}

int draft_fill(struct draft *draft, const struct rules *rules, struct fail *fail)
{
	const struct hardenctl_bpf *skel = draft->skel;
	int err = fill_identities(draft, fail);

	err = err ?: fill_heads(draft, fail);
	err = err ?: programs_fill_verity(bpf_map__fd(skel->maps.hctl_verity), draft->policy, fail);
	err = err ?: modules_fill(bpf_map__fd(skel->maps.hctl_modules), &draft->modules, fail);
	err = err ?: filesystems_fill(bpf_map__fd(skel->maps.hctl_mounts), draft->policy, fail);
	err = err ?: edges_fill(draft, fail);
	err = err ?: tracers_fill(draft, fail);
	err = err ?: fill_ports(draft, rules, fail);
	err = err ?: fill_tries(draft, rules, GUARD_egress, skel->maps.hctl_trie4, skel->maps.hctl_trie6, fail);
	err = err ?: fill_tries(draft, rules, GUARD_ingress, skel->maps.hctl_from4, skel->maps.hctl_from6, fail);
	if (draft->set.mode[GUARD_kernel] != MODE_OFF)
		err = err ?: sysctls_fill(bpf_map__fd(skel->maps.hctl_sysctls), draft->policy, fail);
	err = err ?: devices_fill(draft, fail);
	err = err ?: protected_fill(draft, fail);
	err = err ?: sockets_fill(draft, fail);
	err = err ?: reroutes_fill(draft, fail);
	err = err ?: deputies_fill(draft, fail);
	err = err ?: vsocks_fill(draft, fail);
	err = err ?: add_names(draft, fail);
	return err ?: freeze(draft, fail);
}

static int change_set(struct draft *draft, __u32 op, __u64 number, const char *what, struct fail *fail)
{
	struct state_change change = { .op = op, .set = number };
	int err = state_change(bpf_program__fd(draft->skel->progs.state__change), &change);

	if (!err)
		return 0;
	errno = -err;
	return draft_failed(fail, what);
}

int draft_arm(struct draft *draft, __u64 number, struct fail *fail)
{
	return change_set(draft, STATE_ARM, number, "arm the set", fail);
}

int draft_retire_older(struct draft *draft, struct fail *fail)
{
	return change_set(draft, STATE_RETIRE, draft->set.set - 1, "retire the older set", fail);
}

void draft_close_files(struct draft *draft)
{
	identities_close(&draft->files);
	identities_close(&draft->guarded);
	identities_close(&draft->tracers);
	identities_close(&draft->readers);
	identities_close(&draft->device_programs);
	identities_close(&draft->egress_programs);
	identities_close(&draft->socket_programs);
	identities_close(&draft->netlink_programs);
	identities_close(&draft->unix_programs);
	identities_close(&draft->vsock_programs);
	identities_close(&draft->protected);
}

void draft_free(struct draft *draft)
{
	hardenctl_bpf__destroy(draft->skel);
	identities_free(&draft->files);
	identities_free(&draft->guarded);
	identities_free(&draft->tracers);
	identities_free(&draft->readers);
	identities_free(&draft->edges);
	modules_free(&draft->modules);
	identities_free(&draft->device_programs);
	identities_free(&draft->protected);
	identities_free(&draft->egress_programs);
	identities_free(&draft->socket_programs);
	identities_free(&draft->netlink_programs);
	identities_free(&draft->unix_programs);
	identities_free(&draft->vsock_programs);
	free(draft->devices.list);
	free(draft->protected_devices.list);
}
