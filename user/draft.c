// SPDX-License-Identifier: GPL-2.0-only
/* draft.c - a set in the making. */
#include "draft.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "guarded.h"
#include "hardenctl.skel.h"
#include "names.h"
#include "pins.h"
#include "state.h"
#include "util.h"

static int failed(struct fail *fail, const char *what)
{
	int err = errno;

	return fail_set(fail, EXIT_FAILED, err, NULL, "%s: %s", what, strerror(err));
}

/* The guard that a program belongs to, by its name: GUARD__hook.  GUARD_COUNT: the core. */
static __u32 guard_of(const struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog), *end = strstr(name, "__");
	char guard[32];

	snprintf(guard, sizeof(guard), "%.*s", end ? (int)(end - name) : 0, name);
	return guard_find(guard) < 0 ? GUARD_COUNT : guard_find(guard);
}

/* Records and status name files so that they can be found from anywhere. -ENAMETOOLONG, -errno. */
static int absolute(const char *path, char ret_path[FILE_LEN])
{
	char here[FILE_LEN] = "";
	int len;

	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		return errno == ERANGE ? -ENAMETOOLONG : -errno;
	len = snprintf(ret_path, FILE_LEN, "%s%s%s", here, here[0] ? "/" : "", path);
	return len < FILE_LEN ? 0 : -ENAMETOOLONG;
}

static int check_paths(const struct policy *policy, struct fail *fail)
{
	char path[FILE_LEN];
	int err;

	for (size_t i = 0; i < policy->n_files; i++) {
		err = absolute(policy->files[i], path);
		if (err)
			return fail_set(fail, EXIT_FAILED, -err, "use a shorter path",
					"load '%s': its name in records: %s", policy->files[i],
					strerror(-err));
	}
	return 0;
}

static void describe(struct draft *draft, const struct policy *policy, const struct kernel *kernel,
		     const struct set_info *old, __u64 number)
{
	struct set_info *set = &draft->set;
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	set->abi = ABI_VERSION;
	set->kinds = KIND_COUNT;
	set->set = number;
	set->serial = policy->serial;
	set->loaded_ns = now.tv_sec * 1000000000ull + now.tv_nsec;
	set->records = old ? old->records : policy->log_records;
	for (int guard = 0; guard < GUARD_COUNT; guard++) {
		set->mode[guard] = policy->guard[guard].mode;
		set->before_seal[guard] = policy->guard[guard].before_seal;
	}
	set->tolerate = policy->seal.tolerate;
	set->tolerate_audit = policy->seal.tolerate_audit;
	set->tolerate_off = policy->seal.tolerate_off;
	set->seal_retry = policy->seal.retry;
	set->seal_bpf = kernel->inspects_programs ? policy->seal.bpf : 0;
	set->on_load_failure = policy->on_load_failure;
	set->on_seal_refused = policy->on_seal_refused;
	set->on_canary_lost = policy->on_canary_lost;
	set->rules[GUARD_egress] = policy->n_egress;
	snprintf(set->name, sizeof(set->name), "%s", policy->name);
	absolute(policy->files[0], set->path);
	snprintf(set->digest, sizeof(set->digest), "%s", policy->digest);
}

/* A map of the older set, taken over by the new one. */
static int reuse(struct bpf_map *map, __u32 id, struct fail *fail)
{
	_cleanup_close_ int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0 || bpf_map__reuse_fd(map, fd))
		return failed(fail, "take over a map of the loaded policy");
	return 0;
}

static int size_maps(struct draft *draft, const struct rules *rules, const struct set_info *old,
		     struct fail *fail)
{
	__u32 n4 = rules->n_rows4, n6 = rules->n_rows - rules->n_rows4, ports = rules->n_ports;
	struct hardenctl_bpf *skel = draft->skel;
	int err;

	bpf_map__set_max_entries(skel->maps.hctl_trie4, n4 ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_trie6, n6 ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_ports, ports ?: 1);
	bpf_map__set_max_entries(skel->maps.hctl_identities, draft->files.count);
	bpf_map__set_max_entries(skel->maps.hctl_log, draft->set.records);
	if (!old)
		return 0;
	err = reuse(skel->maps.hctl_state, old->map_state, fail);
	err = err ?: reuse(skel->maps.hctl_names, old->map_names, fail);
	err = err ?: reuse(skel->maps.hctl_log, old->map_log, fail);
	err = err ?: reuse(skel->maps.hctl_counters, old->map_counters, fail);
	return err ?: reuse(skel->maps.hctl_programs, old->map_programs, fail);
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

/* The place of a policy file in the table of names; 0, "no file", where the table is full. */
static __u32 intern_file(struct draft *draft, const char *file)
{
	char path[FILE_LEN];
	__u32 i;

	if (absolute(file, path))
		return 0;
	for (i = 1; i < draft->n_names; i++)
		if (!strcmp(draft->names[i].path, path))
			return i;
	if (i == STATE_FILES)
		return 0;
	memcpy(draft->names[i].path, path, FILE_LEN);
	draft->n_names = i + 1;
	return i;
}

/* Starts from the names that older records refer to. */
static int copy_names(struct draft *draft, const struct set_info *old, struct fail *fail)
{
	_cleanup_close_ int fd = -1;
	__u32 i = 1;

	if (old) {
		fd = set_map(old->map_names);
		if (fd < 0)
			return failed(fail, "read the table of policy files");
		for (; i < STATE_FILES; i++)
			if (bpf_map_lookup_elem(fd, &i, &draft->names[i]) || !draft->names[i].path[0])
				break;
	}
	draft->n_names = i;
	draft->first_new = i;
	return 0;
}

static bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* What a load has no use for: guards that are off, and what only the seal runs. */
static bool wanted(const struct draft *draft, const struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog);
	__u32 guard = guard_of(prog);

#ifdef DEBUG_UNGUARDED_PINS
	/* So that a test can destroy the pins, and see that everything else holds. */
	if (!strcmp(name, "seal__sb_umount") || starts_with(name, "seal__inode_"))
		return false;
#endif
	if (!strcmp(name, "seal__bpf_prog_load") || !strcmp(name, "seal__bpf_prog"))
		return draft->set.seal_bpf;
	if (starts_with(name, "scan__") || !strcmp(name, "state__sealer_exit"))
		return false;
	return guard == GUARD_COUNT || draft->set.mode[guard] != MODE_OFF;
}

static void configure(struct draft *draft, const struct policy *policy, const struct kernel *kernel)
{
	struct config *config = (struct config *)&draft->skel->rodata->config;
	struct bpf_program *prog;

	config->set = draft->set.set;
	config->records = draft->set.records;
	config->seal_bpf = draft->set.seal_bpf;
	config->probe_read = !kernel->confidential;
	config->setattr_idmap = kernel->setattr_idmap;
	memcpy(config->mode, draft->set.mode, sizeof(config->mode));
	memcpy(config->before_seal, draft->set.before_seal, sizeof(config->before_seal));
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct where where = rule_of(policy, kind);

		config->rule[kind].line = where.line;
		config->rule[kind].file = intern_file(draft, policy->files[where.file]);
	}
	bpf_object__for_each_program(prog, draft->skel->obj)
		bpf_program__set_autoload(prog, wanted(draft, prog));
}

static __u32 id_of(const struct bpf_map *map)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &len) ? 0 : info.id;
}

static void note_maps(struct draft *draft)
{
	struct hardenctl_bpf *skel = draft->skel;
	struct set_info *set = &draft->set;

	set->map_state = id_of(skel->maps.hctl_state);
	set->map_names = id_of(skel->maps.hctl_names);
	set->map_own = id_of(skel->maps.hctl_own);
	set->map_guarded = id_of(skel->maps.hctl_guarded);
	set->map_mount = id_of(skel->maps.hctl_mount);
	set->map_log = id_of(skel->maps.hctl_log);
	set->map_counters = id_of(skel->maps.hctl_counters);
	set->map_programs = id_of(skel->maps.hctl_programs);
	set->map_proof = id_of(skel->maps.hctl_proof);
	set->map_identities = id_of(skel->maps.hctl_identities);
	set->map_trie4 = id_of(skel->maps.hctl_trie4);
	set->map_trie6 = id_of(skel->maps.hctl_trie6);
	set->map_ports = id_of(skel->maps.hctl_ports);
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
			return failed(fail, "ask for a program's id");
		at->prog_id = info.id;
		at->attach_type = bpf_program__expected_attach_type(prog);
		at->leg = at->attach_type == BPF_LSM_MAC ? LEG_LINK : LEG_CGROUP;
		at->guard = guard_of(prog);
		snprintf(at->name, sizeof(at->name), "%s", bpf_program__name(prog));
		set->attachments++;
	}
	return 0;
}

static int find_programs(struct draft *draft, const struct policy *policy, struct fail *fail)
{
	int err = 0;

	if (policy->deny_shells && policy->guard[GUARD_exec].mode != MODE_OFF)
		err = identities_add_shells(&draft->files, fail);
	return err ?: identities_add_self(&draft->files, fail);
}

int draft_open(const struct policy *policy, const struct rules *rules, const struct kernel *kernel,
	       const struct set_info *old, __u64 number, struct draft *ret_draft, struct fail *fail)
{
	struct draft *draft = ret_draft;
	int err;

	memset(draft, 0, sizeof(*draft));
	draft->reload = old;
	err = check_paths(policy, fail);
	if (err)
		return err;
	describe(draft, policy, kernel, old, number);
	err = find_programs(draft, policy, fail);
	err = err ?: guarded_add_files(&draft->guarded, policy, fail);
	if (err)
		return err;
	draft->skel = hardenctl_bpf__open();
	if (!draft->skel)
		return failed(fail, "open the built-in BPF programs");
	err = size_maps(draft, rules, old, fail);
	err = err ?: copy_names(draft, old, fail);
	if (err)
		return err;
	configure(draft, policy, kernel);
	err = hardenctl_bpf__load(draft->skel);
	if (err) {
		errno = -err;
		return failed(fail, "load the BPF programs into the kernel "
			      "(-v shows what the verifier says)");
	}
	note_maps(draft);
	err = note_programs(draft, fail);
	err = err ?: identities_resolve(&draft->files, draft->skel->progs.core__file_ids, fail);
	for (size_t i = 0; !err && i < draft->files.count; i++)
		draft->set.rules[GUARD_exec] += draft->files.list[i].kind != KIND_COUNT;
	return err;
}

static int fill_identities(struct draft *draft, struct fail *fail)
{
	int fd = bpf_map__fd(draft->skel->maps.hctl_identities);

	for (size_t i = 0; i < draft->files.count; i++) {
		struct program_file *file = &draft->files.list[i];
		struct identity row = { .kind = file->kind };

		snprintf(row.path, sizeof(row.path), "%s", file->path);
		if (bpf_map_update_elem(fd, &file->id, &row, BPF_NOEXIST))
			return failed(fail, "fill the table of programs");
	}
	return 0;
}

static int fill_tries(struct draft *draft, const struct rules *rules, struct fail *fail)
{
	int trie4 = bpf_map__fd(draft->skel->maps.hctl_trie4);
	int trie6 = bpf_map__fd(draft->skel->maps.hctl_trie6);
	int ports = bpf_map__fd(draft->skel->maps.hctl_ports);

	for (__u32 i = 0; i < rules->n_ports; i++)
		if (bpf_map_update_elem(ports, &i, &rules->ports[i], BPF_ANY))
			return failed(fail, "fill the table of ports");
	for (size_t i = 0; i < rules->n_rows; i++) {
		const struct trie_row *row = &rules->rows[i];
		struct lpm4 key4 = { .prefixlen = row->net.len };
		struct lpm6 key6 = { .prefixlen = row->net.len };
		int err;

		memcpy(key4.addr, row->net.addr, sizeof(key4.addr));
		memcpy(key6.addr, row->net.addr, sizeof(key6.addr));
		err = row->net.family == AF_INET ?
			bpf_map_update_elem(trie4, &key4, &row->span, BPF_ANY) :
			bpf_map_update_elem(trie6, &key6, &row->span, BPF_ANY);
		if (err)
			return failed(fail, "fill the table of networks");
	}
	return 0;
}

/* Runs core__running once, so that records can name the programs that run already. */
static int remember_running(struct draft *draft, struct fail *fail)
{
	__u64 *namespace = &draft->mount.namespace;
	struct bpf_link *link = bpf_program__attach_iter(draft->skel->progs.core__running, NULL);
	int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1, err = 0;
	ssize_t len = fd < 0 ? -1 : read(fd, namespace, sizeof(*namespace));

	/* To the end: a task that has no row makes no difference to a reader. */
	while (len > 0)
		len = read(fd, &(__u64){ 0 }, sizeof(__u64));
	if (len < 0)
		err = failed(fail, "walk the running tasks");
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return err;
}

/* Frozen already, by the load that made it: freezing twice is an error. */
static bool taken_over(const struct draft *draft, const struct bpf_map *map)
{
	return map == draft->skel->maps.hctl_log || map == draft->skel->maps.hctl_counters ||
	       map == draft->skel->maps.hctl_programs || map == draft->skel->maps.hctl_state ||
	       map == draft->skel->maps.hctl_names;
}

/* Filled once the programs are attached: they name pins and links. */
static bool filled_late(const struct draft *draft, const struct bpf_map *map)
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
		return failed(fail, "describe the set");
	bpf_object__for_each_map(map, draft->skel->obj) {
		if (filled_late(draft, map) || bpf_map__is_internal(map) ||
		    (draft->reload && taken_over(draft, map)))
			continue;
		if (bpf_map_freeze(bpf_map__fd(map)))
			return failed(fail, "freeze a map");
	}
	return 0;
}

/* Names that a failed load leaves stay in the table, and harm nobody. */
static int add_names(struct draft *draft, struct fail *fail)
{
	struct state_change change = { .op = STATE_NAME };
	int prog = bpf_program__fd(draft->skel->progs.state__change), err;

	for (__u32 i = draft->first_new; i < draft->n_names; i++) {
		change.index = i;
		memcpy(change.name, draft->names[i].path, sizeof(change.name));
		err = state_change(prog, &change);
		if (err) {
			errno = -err;
			return failed(fail, "write the table of policy files");
		}
	}
	return 0;
}

int draft_fill(struct draft *draft, const struct rules *rules, struct fail *fail)
{
	int err = fill_identities(draft, fail);

	err = err ?: fill_tries(draft, rules, fail);
	err = err ?: remember_running(draft, fail);
	err = err ?: add_names(draft, fail);
	return err ?: freeze(draft, fail);
}

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
		return failed(fail, "fill the table of our own objects");
	return 0;
}

static int own_link(struct draft *draft, const struct bpf_link *link, __u32 prog_id, struct fail *fail)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &len))
		return failed(fail, "ask for a link's id");
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
		return failed(fail, "bind a map to a program");
	return 0;
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
		if (!err && !bpf_map__is_internal(map) && map != skel->maps.hctl_set)
			err = bind_map(skel->progs.seal__sysctl, map, fail);
	return err;
}

static int own_maps_and_programs(struct draft *draft, struct fail *fail)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, draft->skel->obj)
		err = err ?: own_add(draft, OWN_MAP, id_of(map), 0, fail);
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
	for (size_t i = 0; i < files->count; i++) {
		struct guarded row = {};

		snprintf(row.path, sizeof(row.path), "%s", files->list[i].path);
		if (bpf_map_update_elem(fd, &files->list[i].id, &row, BPF_ANY))
			return failed(fail, "fill the table of guarded files");
		if (strcmp(row.path, PINS))
			continue;
		draft->mount.sb = files->list[i].sb;
		draft->mount.dev = files->list[i].id.dev;
	}
	if (bpf_map_update_elem(bpf_map__fd(draft->skel->maps.hctl_mount), &zero, &draft->mount, BPF_ANY))
		return failed(fail, "note where the pins are");
	return 0;
}

static int freeze_late(struct draft *draft, struct fail *fail)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, draft->skel->obj)
		if (filled_late(draft, map) && bpf_map_freeze(bpf_map__fd(map)))
			return failed(fail, "freeze a map");
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
	err = err ?: own_maps_and_programs(draft, fail);
	err = err ?: fill_guarded(draft, fail);
	return err ?: freeze_late(draft, fail);
}

int draft_arm(struct draft *draft, __u64 number, struct fail *fail)
{
	struct state_change change = { .op = STATE_ARM, .set = number };
	int err = state_change(bpf_program__fd(draft->skel->progs.state__change), &change);

	if (!err)
		return 0;
	errno = -err;
	return failed(fail, "arm the set");
}

void draft_free(struct draft *draft)
{
	hardenctl_bpf__destroy(draft->skel);
	identities_free(&draft->files);
	identities_free(&draft->guarded);
}
