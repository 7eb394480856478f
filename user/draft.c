// SPDX-License-Identifier: GPL-2.0-only
/* draft.c - a set in the making. */
#include "draft.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "hardenctl.skel.h"
#include "names.h"
#include "pins.h"
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

static void describe(struct draft *draft, const struct policy *policy, const struct set_info *old,
		     __u64 number)
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
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		set->mode[guard] = policy->guard[guard].mode;
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

/* The place of a policy file in the state's table; 0, "no file", where the table is full. */
static __u32 intern_file(struct state *state, const char *file)
{
	char path[FILE_LEN];
	__u32 i;

	if (absolute(file, path))
		return 0;
	for (i = 1; i < state->files && i < STATE_FILES; i++)
		if (!strcmp(state->file[i], path))
			return i;
	if (i == STATE_FILES)
		return 0;
	memcpy(state->file[i], path, FILE_LEN);
	state->files = i + 1;
	return i;
}

/* Starts from the names that older records refer to. */
static int copy_names(struct draft *draft, const struct set_info *old, struct fail *fail)
{
	_cleanup_close_ int fd = -1;
	__u32 zero = 0;

	draft->names.files = 1;
	if (!old)
		return 0;
	fd = set_map(old->map_state);
	if (fd < 0 || bpf_map_lookup_elem(fd, &zero, &draft->names))
		return failed(fail, "read the state map");
	return 0;
}

static void configure(struct draft *draft, const struct policy *policy)
{
	struct config *config = (struct config *)&draft->skel->rodata->config;
	struct bpf_program *prog;

	config->set = draft->set.set;
	config->records = draft->set.records;
	memcpy(config->mode, draft->set.mode, sizeof(config->mode));
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct where where = rule_of(policy, kind);

		config->rule[kind].line = where.line;
		config->rule[kind].file = intern_file(&draft->names, policy->files[where.file]);
	}
	bpf_object__for_each_program(prog, draft->skel->obj) {
		__u32 guard = guard_of(prog);

		if (guard < GUARD_COUNT && draft->set.mode[guard] == MODE_OFF)
			bpf_program__set_autoload(prog, false);
	}
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

		/* The iterators run once, for the loader. */
		if (bpf_program__type(prog) == BPF_PROG_TYPE_TRACING || !bpf_program__autoload(prog))
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

int draft_open(const struct policy *policy, const struct rules *rules, const struct set_info *old,
	       __u64 number, struct draft *ret_draft, struct fail *fail)
{
	struct draft *draft = ret_draft;
	int err;

	memset(draft, 0, sizeof(*draft));
	draft->reload = old;
	err = check_paths(policy, fail);
	if (err)
		return err;
	describe(draft, policy, old, number);
	err = find_programs(draft, policy, fail);
	if (err)
		return err;
	draft->skel = hardenctl_bpf__open();
	if (!draft->skel)
		return failed(fail, "open the built-in BPF programs");
	err = size_maps(draft, rules, old, fail);
	err = err ?: copy_names(draft, old, fail);
	if (err)
		return err;
	configure(draft, policy);
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
	struct bpf_link *link = bpf_program__attach_iter(draft->skel->progs.core__running, NULL);
	int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1, err = 0;
	char byte;

	if (fd < 0 || read(fd, &byte, 1) < 0)
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
	       map == draft->skel->maps.hctl_programs;
}

/* Nothing but the state map stays writable, for anyone, from here on. */
static int freeze(struct draft *draft, struct fail *fail)
{
	struct bpf_map *map;
	__u32 zero = 0;

	if (bpf_map_update_elem(bpf_map__fd(draft->skel->maps.hctl_set), &zero, &draft->set, BPF_ANY))
		return failed(fail, "describe the set");
	bpf_object__for_each_map(map, draft->skel->obj) {
		if (map == draft->skel->maps.hctl_state || bpf_map__is_internal(map) ||
		    (draft->reload && taken_over(draft, map)))
			continue;
		if (bpf_map_freeze(bpf_map__fd(map)))
			return failed(fail, "freeze a map");
	}
	return 0;
}

int draft_fill(struct draft *draft, const struct rules *rules, struct fail *fail)
{
	int err = fill_identities(draft, fail);

	err = err ?: fill_tries(draft, rules, fail);
	err = err ?: remember_running(draft, fail);
	err = err ?: freeze(draft, fail);
	if (err)
		return err;
	draft->state = state_map(bpf_map__fd(draft->skel->maps.hctl_state));
	if (!draft->state)
		return failed(fail, "map the state");
	memcpy(draft->state->file, draft->names.file, sizeof(draft->names.file));
	draft->state->files = draft->names.files;
	return 0;
}

static int attach_failed(const char *what, struct fail *fail)
{
	int err = errno;

	return fail_set(fail, EXIT_FAILED, err,
			err == EPERM ? "another program on the cgroup root allows no second one" : NULL,
			"attach or pin '%s': %s", what, strerror(err));
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
	bpf_link__destroy(link);
	return err;
}

/* Whichever of the set's programs is the last to go, or the first that a killed load left: it tells. */
static int bind_description(struct draft *draft, struct fail *fail)
{
	int set = bpf_map__fd(draft->skel->maps.hctl_set);

	for (__u32 i = 0; i < draft->set.attachments; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(
			draft->skel->obj, draft->set.attachment[i].name);

		if (bpf_prog_bind_map(bpf_program__fd(prog), set, NULL))
			return failed(fail, "bind the set's description");
	}
	return 0;
}

int draft_attach(struct draft *draft, int cgroup, struct fail *fail)
{
	int err = bind_description(draft, fail);

	/* A load that was killed before its set could be found may have used the number. */
	pins_remove(draft->set.set);
	err = err ?: pins_make(draft->set.set, fail);
	for (__u32 i = 0; !err && i < draft->set.attachments; i++)
		err = attach_one(draft, &draft->set.attachment[i], cgroup, fail);
	return err;
}

void draft_arm(struct draft *draft, __u64 number)
{
	__atomic_store_n(&draft->state->armed, number, __ATOMIC_SEQ_CST);
}

void draft_free(struct draft *draft)
{
	state_unmap(draft->state);
	hardenctl_bpf__destroy(draft->skel);
	identities_free(&draft->files);
}
