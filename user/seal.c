// SPDX-License-Identifier: GPL-2.0-only
/*
 * seal.c - the checked transition to a sealed machine.
 *
 * Arm first, then look: once everything is armed, nothing that the scan looks for can come into being, so
 * what it does not find is not there.  The arming is provisional.  The kernel takes it back when this process
 * dies or the deadline passes (bpf/state.bpf.c), and a commit after that fails.
 */
#include "seal.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "canary.h"
#include "hardenctl.skel.h"
#include "kernel.h"
#include "names.h"
#include "scripts.h"
#include "state.h"
#include "util.h"
#include "world.h"

/* What the seal has in the kernel of its own: a few programs on the live set's maps. */
struct sealer {
	struct hardenctl_bpf *skel;
	struct bpf_link *exit;		/* of state__sealer_exit */
	struct bpf_link *ids;		/* of core__file_ids */
	const struct world *world;
	const struct set_info *set;
	struct scan scan;
};

static void sealer_free(struct sealer *sealer)
{
	scan_close(&sealer->scan);
	bpf_link__destroy(sealer->exit);
	bpf_link__destroy(sealer->ids);
	hardenctl_bpf__destroy(sealer->skel);
}

#define _cleanup_sealer_	__attribute__((cleanup(sealer_free)))

static int kernel_says(struct fail *fail, int err, const char *what)
{
	return fail_set(fail, EXIT_FAILED, -err, NULL, "seal: %s: %s", what, strerror(-err));
}

static int reuse(struct bpf_map *map, __u32 id)
{
	_cleanup_close_ int fd = set_map(id);

	return fd < 0 ? fd : bpf_map__reuse_fd(map, fd);
}

int seal_take_maps(struct hardenctl_bpf *skel, const struct set_info *set)
{
	const struct { struct bpf_map *map; __u32 id; } rows[] = {
		{ skel->maps.hctl_state, set->map_state },
		{ skel->maps.hctl_names, set->map_names },
		{ skel->maps.hctl_log, set->map_log },
		{ skel->maps.hctl_counters, set->map_counters },
		{ skel->maps.hctl_programs, set->map_programs },
		{ skel->maps.hctl_tasks, set->map_tasks },
		{ skel->maps.hctl_sockets, set->map_sockets },
		{ skel->maps.hctl_proof, set->map_proof },
		{ skel->maps.hctl_repeats, set->map_repeats },
		{ skel->maps.hctl_identities, set->map_identities },
		{ skel->maps.hctl_heads, set->map_heads },
		{ skel->maps.hctl_runnable, set->map_runnable },
		{ skel->maps.hctl_disks, set->map_disks },
		{ skel->maps.hctl_filesystems, set->map_filesystems },
		{ skel->maps.hctl_edges, set->map_edges },
		{ skel->maps.hctl_scripts, set->map_scripts },
		{ skel->maps.hctl_execs, set->map_execs },
		{ skel->maps.hctl_verity, set->map_verity },
		{ skel->maps.hctl_modules, set->map_modules },
		{ skel->maps.hctl_mounts, set->map_mounts },
		{ skel->maps.hctl_sysctls, set->map_sysctls },
		{ skel->maps.hctl_devices, set->map_devices },
		{ skel->maps.hctl_dev_users, set->map_device_users },
		{ skel->maps.hctl_sock_kinds, set->map_sock_kinds },
		{ skel->maps.hctl_netlink, set->map_netlink },
		{ skel->maps.hctl_unix, set->map_unix },
		{ skel->maps.hctl_vsock, set->map_vsock },
		{ skel->maps.hctl_protected, set->map_protected },
		{ skel->maps.hctl_prot_names, set->map_protected_names },
		{ skel->maps.hctl_shm, set->map_shm },
		{ skel->maps.hctl_segments, set->map_segments },
		{ skel->maps.hctl_keys, set->map_keys },
		{ skel->maps.hctl_tracers, set->map_tracers },
		{ skel->maps.hctl_readers, set->map_readers },
		{ skel->maps.hctl_own, set->map_own },
		{ skel->maps.hctl_guarded, set->map_guarded },
		{ skel->maps.hctl_mount, set->map_mount },
		{ skel->maps.hctl_trie4, set->map_trie4 },
		{ skel->maps.hctl_trie6, set->map_trie6 },
		{ skel->maps.hctl_from4, set->map_from4 },
		{ skel->maps.hctl_from6, set->map_from6 },
		{ skel->maps.hctl_ports, set->map_ports },
	};
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(rows); i++)
		err = reuse(rows[i].map, rows[i].id);
	bpf_map__set_autocreate(skel->maps.hctl_set, false);
	bpf_map__set_autocreate(skel->maps.hctl_listeners, false);
	return err;
}

static bool wanted(const struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog);

	return !strncmp(name, "scan__", 6) || !strncmp(name, "state__", 7) || !strncmp(name, "exec__snapshot", 14) ||
	       !strcmp(name, "core__file_ids");
}

static int sealer_open(struct sealer *sealer, struct fail *fail)
{
	struct hardenctl_bpf *skel = hardenctl_bpf__open();
	struct bpf_program *prog;
	struct config *config;
	struct kernel kernel;
	int err;

	sealer->skel = skel;
	if (!skel)
		return kernel_says(fail, -errno, "open the built-in BPF programs");
	config = (struct config *)&skel->rodata->config;
	config->set = sealer->set->set;
	config->records = sealer->set->records;
	config->introduced = sealer->set->introduced;
	kernel_ask(&kernel);
	config->probe_read = !kernel.confidential;
	config->libraries = sealer->set->libraries;
	config->jit = sealer->set->jit;
	config->devices = sealer->set->devices;
	config->data = sealer->set->protected_names > 0;
	config->data_devices = sealer->set->data_devices;
	memcpy(config->data_devs, sealer->set->data_devs, sizeof(config->data_devs));
	config->sysfs = sealer->set->sysfs;
	config->lockdown_allow = sealer->set->lockdown_allow;
	config->egress_by = sealer->set->egress_by;
	config->egress_user = sealer->set->egress_user;
	memcpy(config->mode, sealer->set->mode, sizeof(config->mode));
	memcpy(config->before_seal, sealer->set->before_seal, sizeof(config->before_seal));
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, wanted(prog));
	err = seal_take_maps(skel, sealer->set);
	err = err ?: hardenctl_bpf__load(skel);
	if (err)
		return kernel_says(fail, err, "load its programs");
	sealer->exit = bpf_program__attach(skel->progs.state__sealer_exit);
	if (!sealer->exit)
		return kernel_says(fail, -errno, "watch over its own death");
	sealer->ids = identities_attach(skel->progs.core__file_ids);
	if (!sealer->ids)
		return kernel_says(fail, -errno, "ask for identities");
	return scan_prepare(&sealer->scan, skel, sealer->set, fail);
}

static int change(struct sealer *sealer, enum state_op op)
{
	struct state_change change = { .op = op };

	return state_change(bpf_program__fd(sealer->skel->progs.state__change), &change);
}

/* Every guard must hold before anything rests on it. */
static int prove(struct sealer *sealer, struct findings *findings)
{
	const struct set_info *set = sealer->set;
	size_t live = set_attached(set, sealer->world->cgroup);
	enum canary result[GUARD_COUNT];
	int err = 0;

	if (live != set->attachments)
		err = findings_add(findings, set, FINDING_canary, GUARD_seal, "run hardenctl load again",
				   "%zu of %u programs are attached", live, set->attachments);
	canary_run(set, SEAL_PROVISIONAL, live == set->attachments, /* thorough= */ true, result);
	for (__u32 guard = 0; !err && guard < GUARD_COUNT; guard++) {
		if (result[guard] == CANARY_PASSED)
			err = findings_add(findings, set, FINDING_canary, guard,
					   "run hardenctl load again, and look at hardenctl verify",
					   "guard %s: what it must refuse went through",
					   guard_names[guard]);
		/* Sealed, it could never be told from one that was lost. */
		else if (result[guard] == CANARY_UNTESTED && set->mode[guard] != MODE_OFF)
			err = findings_add(findings, set, FINDING_canary, guard,
					   "give it something to refuse, or set its mode to off",
					   "guard %s: nothing could be tried that it refuses",
					   guard_names[guard]);
	}
	return err;
}

/*
 * A script that was replaced since the load, or to which another path leads by now, is none that the kernel judges or
 * guards.  From the arming on it can't happen any more.
 */
static int find_scripts(struct sealer *sealer, struct findings *findings, struct fail *fail)
{
	char path[PROGRAM_PATH];
	int err = scripts_moved(sealer->set, sealer->ids, path, fail);

	if (err <= 0)
		return err;
	err = findings_add(findings, sealer->set, FINDING_canary, GUARD_exec, "run hardenctl load again",
			   "the script %s: its path leads to another file than at the load, or another way", path);
	return err ? kernel_says(fail, err, "look at the scripts") : 0;
}

/* The canaries come last: each leaves a record, and a retry would leave them again. */
static int look(struct sealer *sealer, bool armed, struct findings *findings, struct fail *fail)
{
	int err = scan(&sealer->scan, findings, fail) ?: find_scripts(sealer, findings, fail);

	if (err || findings->open || !armed)
		return err;
	err = prove(sealer, findings);
	return err ? kernel_says(fail, err, "prove the guards") : 0;
}

static int too_slow(struct fail *fail)
{
	return fail_set(fail, EXIT_FAILED, ETIME, "is the machine overloaded?  Try again",
			"seal: looking took longer than %llu s, so the provisional arming is over",
			SEAL_DEADLINE_NS / 1000000000);
}

/* While nothing is armed: once it is, what is not in the baseline can't start. */
static int take_baseline(struct sealer *sealer, struct runnable *ret_runnable, struct fail *fail)
{
	if (!sealer->set->introduced || sealer->set->baseline != BASELINE_SEAL)
		return 0;
	return runnable_take(sealer->skel, ret_runnable, fail);
}

/* One try.  0: sealed; 1: findings; -errno. */
static int try_once(struct sealer *sealer, struct findings *findings, struct fail *fail)
{
	int err = change(sealer, STATE_SEAL_BEGIN);

	if (err)
		return kernel_says(fail, err, "arm provisionally");
	err = look(sealer, /* armed= */ true, findings, fail);
	if (!err && !findings->open) {
		err = change(sealer, STATE_SEAL_COMMIT);
		if (err == -ETIME)
			return too_slow(fail);
		return err ? kernel_says(fail, err, "commit") : 0;
	}
	/* Told apart here, since what was found without being armed tells nothing. */
	if (change(sealer, STATE_SEAL_BACK) == -ETIME)
		return too_slow(fail);
	return err ?: 1;
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return time.tv_sec;
}

/* The record, which is all that an unattended machine has of it. */
static void record_refusal(struct sealer *sealer, const struct findings *findings)
{
	struct state_change change = { .op = STATE_REPORT };

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];

		if (finding->tolerated)
			continue;
		snprintf(change.name, sizeof(change.name), "%s: %.100s", finding_names[finding->kind],
			 finding->what);
		state_change(bpf_program__fd(sealer->skel->progs.state__change), &change);
	}
}

static int refused(struct sealer *sealer, const struct findings *findings, struct fail *fail)
{
	record_refusal(sealer, findings);
	return fail_set(fail, EXIT_REFUSED, EPERM,
			"remove what was found, or list its kind in seal.tolerate and load again",
			"seal: refused by %zu finding%s; the machine is loaded as before, not sealed",
			findings->open, findings->open == 1 ? "" : "s");
}

int seal_machine(bool dry_run, struct sealed *ret_sealed, struct fail *fail)
{
	_cleanup_world_ struct world world = WORLD_INIT;
	_cleanup_sealer_ struct sealer sealer = { .world = &world };
	time_t end;
	int err = world_open(&world, fail);

	if (err)
		return err;
	if (!world.old)
		return fail_set(fail, EXIT_FAILED, ENOENT, "hardenctl load", "seal: nothing is loaded");
	sealer.set = world.old;
	ret_sealed->set = *world.old;
	ret_sealed->before = world.sets.seal == SEAL_DONE;
	if (ret_sealed->before)
		return 0;
	err = sealer_open(&sealer, fail);
	if (err)
		return err;
	if (dry_run) {
		err = take_baseline(&sealer, &ret_sealed->runnable, fail);
		err = err ?: look(&sealer, /* armed= */ false, &ret_sealed->findings, fail);
		if (!err && ret_sealed->findings.open)
			err = fail_set(fail, EXIT_REFUSED, EPERM, NULL,
				       "seal: it would be refused by what was found");
		return err;
	}
	end = now() + sealer.set->seal_retry;
	for (;;) {
		findings_free(&ret_sealed->findings);
		ret_sealed->tries++;
		err = take_baseline(&sealer, &ret_sealed->runnable, fail);
		err = err ?: try_once(&sealer, &ret_sealed->findings, fail);
		if (err <= 0)
			return err;
		if (ret_sealed->findings.outrun && !ret_sealed->reloaded)
			return -EAGAIN;
		if (now() >= end)
			return refused(&sealer, &ret_sealed->findings, fail);
		sleep(1);
	}
}
