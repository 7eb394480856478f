// SPDX-License-Identifier: GPL-2.0-only
/*
 * load.c - puts a policy in force.
 *
 * A load that is killed leaves a set behind that is attached but not armed, or armed but not yet proven
 * (then both sets enforce and the new one records).  Neither is ever less than what was in force, and
 * the next load clears them away.
 */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "counter.h"
#include "draft.h"
#include "hardenctl.skel.h"
#include "names.h"
#include "pins.h"
#include "seal.h"
#include "serial.h"
#include "state.h"
#include "stream.h"
#include "tags.h"
#include "util.h"
#include "world.h"

#define _cleanup_draft_	__attribute__((cleanup(draft_free)))

static void remove_set(const struct set_info *set, int cgroup)
{
	set_detach(set, cgroup);
	pins_remove(set->set);
}

/*
 * Clears away what killed loads left: sets that were never armed, and sets older than the live one as
 * soon as that one is proven.  Without this, fifty killed loads would use up the kernel's attach slots.
 */
static void clear_leftovers(struct world *world)
{
	enum canary result[GUARD_COUNT];
	bool proven = true;

	for (size_t i = 0; i < world->sets.count; i++)
		if (world->sets.list[i].set > world->sets.armed)
			remove_set(&world->sets.list[i], world->cgroup);
	if (!world->old || world->sets.list[0].set == world->old->set)
		return;
	proven = set_attached(world->old, world->cgroup) == world->old->attachments;
	canary_run(world->old, SEAL_NONE, proven, /* thorough= */ true, result);
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		proven = proven && result[guard] != CANARY_PASSED;
	for (size_t i = 0; proven && world->sets.list[i].set < world->old->set; i++)
		remove_set(&world->sets.list[i], world->cgroup);
}

static int prove(const struct draft *draft, int cgroup, struct loaded *ret_loaded, struct fail *fail)
{
	size_t live = set_attached(&draft->set, cgroup);

	if (live != draft->set.attachments)
		return fail_set(fail, EXIT_FAILED, EIO, NULL,
				"prove the new set: %zu of %u programs are attached", live,
				draft->set.attachments);
	canary_run(&draft->set, SEAL_NONE, /* live= */ true, /* thorough= */ true, ret_loaded->canary);
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		if (ret_loaded->canary[guard] == CANARY_PASSED)
			return fail_set(fail, EXIT_FAILED, EIO,
					"the programs are attached but do not fire: is "
					"kernel.ftrace_enabled 1?",
					"prove the %s guard: what it must refuse went through",
					guard_names[guard]);
	return 0;
}

static void retire_older(const struct world *world, __u64 newest)
{
	for (size_t i = 0; i < world->sets.count; i++)
		set_detach(&world->sets.list[i], world->cgroup);
	pins_remove_but(newest);
}

/* What can change the state that the set is judged by; NULL where that can't be had. */
static struct hardenctl_bpf *open_state(const struct set_info *set)
{
	struct hardenctl_bpf *skel = hardenctl_bpf__open();
	struct bpf_program *prog;
	struct config *config;

	if (!skel)
		return NULL;
	/* For a record: whose it is, and where it goes. */
	config = (struct config *)&skel->rodata->config;
	config->set = set->set;
	config->records = set->records;
	memcpy(config->mode, set->mode, sizeof(config->mode));
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, prog == skel->progs.state__change);
	if (!seal_take_maps(skel, set) && !hardenctl_bpf__load(skel))
		return skel;
	hardenctl_bpf__destroy(skel);
	return NULL;
}

static void note_refused(const struct set_info *set, const char *why)
{
	struct hardenctl_bpf *skel = open_state(set);
	struct state_change change = { .op = STATE_REFUSED };

	snprintf(change.name, sizeof(change.name), "%.*s", (int)sizeof(change.name) - 1, why);
	if (skel)
		state_change(bpf_program__fd(skel->progs.state__change), &change);
	hardenctl_bpf__destroy(skel);
}

void load_note_refused(const char *why)
{
	_cleanup_world_ struct world world = WORLD_INIT;
	struct fail fail;

	if (!world_open(&world, &fail) && world.old && !world_check_sealed(&world, "load", &fail))
		note_refused(world.old, why);
}

/* An older policy that is played back is signed as well as the newer one.  Where nothing is signed, anybody writes a higher one. */
static int check_serial(const struct world *world, const struct policy *policy, struct fail *fail)
{
	__u64 highest, ever = 0;
	int err = serial_highest(SERIAL_RUN, &highest, fail);

	if (!err && policy->signer[0])
		err = counter_highest(&ever, fail);
	if (err)
		return err;
	if (world->old && world->old->serial > highest)
		highest = world->old->serial;
	if (policy->serial >= highest && policy->serial >= ever)
		return 0;
	if (ever > highest)
		fail_set(fail, EXIT_REFUSED, EPERM, "raise `serial` in the policy",
			 "load '%s': its serial %llu is below %llu, which the TPM has counted", policy->files[0],
			 (unsigned long long)policy->serial, (unsigned long long)ever);
	else
		fail_set(fail, EXIT_REFUSED, EPERM, "raise `serial` in the policy, or reboot",
			 "load '%s': its serial %llu is below %llu, which was in force in this boot", policy->files[0],
			 (unsigned long long)policy->serial, (unsigned long long)highest);
	if (world->old)
		note_refused(world->old, fail->text);
	return -EPERM;
}

static int check_ftrace(const struct kernel *kernel, struct fail *fail)
{
	const struct kernel_check *check = kernel_find(kernel, "ftrace-enabled");

	if (!check || check->ok)
		return 0;
	return fail_set(fail, EXIT_FAILED, EPERM, check->hint,
			"load: kernel.ftrace_enabled is 0: LSM programs would be attached and never run");
}

static void report(const struct draft *draft, const struct policy *policy, struct loaded *ret_loaded)
{
	ret_loaded->set = draft->set;
	ret_loaded->reload = draft->reload;
	if (draft->set.records != policy->log_records)
		ret_loaded->records_kept = draft->set.records;
}

/* Before it is armed, so that nobody is cut off who could have said so. */
static int judge_flows(struct draft *draft, bool force, struct loaded *ret_loaded, struct fail *fail)
{
	struct flows *flows = &ret_loaded->flows;
	int err = tags_wanted(draft) ? scan_flows(draft->skel, &draft->set, flows, fail) : 0;

	if (err || force || !flows->session[0])
		return err;
	return fail_set(fail, EXIT_REFUSED, EPERM, "list it in the policy, or load with --force, which cuts it",
			"load '%s': it would cut the session that asks for it: %s", draft->policy->files[0], flows->session);
}

static int try_out(struct draft *draft, bool force, struct loaded *ret_loaded, struct fail *fail)
{
	int err = draft_identify_running(draft, fail);

	err = err ?: tags_note(draft, fail);
	return err ?: judge_flows(draft, force, ret_loaded, fail);
}

/*
 * A log that is new begins a chain, whose key is shown once.  Before the set is armed: from then on there is something that logd
 * may write.  Nothing in the kernel depends on it, so a load goes on without.
 */
static void begin_chain(const struct draft *draft, struct loaded *ret_loaded)
{
	if (!draft->reload)
		stream_new_chain(STREAM_RUN, draft->set.map_log, ret_loaded->log_key, &ret_loaded->no_chain);
}

/* Attached, armed, proven: or as if it had never been. */
static int put_in_force(struct draft *draft, const struct world *world, bool force, struct loaded *ret_loaded,
			struct fail *fail)
{
	int err = draft_attach(draft, world->cgroup, fail);

	/* Whatever changes a file is seen by now, and nothing is refused yet. */
	draft_close_files(draft);
	err = err ?: judge_flows(draft, force, ret_loaded, fail);
	if (!err && draft->set.introduced && draft->set.baseline == BASELINE_LOAD)
		err = runnable_take(draft->skel, &ret_loaded->runnable, fail);
	if (!err)
		begin_chain(draft, ret_loaded);
	err = err ?: draft_arm(draft, draft->set.set, fail);
	if (!err)
		err = prove(draft, world->cgroup, ret_loaded, fail) ?: draft_retire_older(draft, fail);
	if (err) {
		struct fail ignored;

		draft_arm(draft, world->sets.armed, &ignored);
		remove_set(&draft->set, world->cgroup);
		return err;
	}
	retire_older(world, draft->set.set);
	serial_note(SERIAL_RUN, draft->set.serial, &ret_loaded->no_serial);
	if (draft->set.signer[0])
		counter_note(draft->set.serial, &ret_loaded->no_counter);
	return 0;
}

int load_policy(const struct policy *policy, const struct rules *rules, const struct kernel *kernel,
		bool dry_run, bool force, struct loaded *ret_loaded, struct fail *fail)
{
	_cleanup_world_ struct world world = WORLD_INIT;
	_cleanup_draft_ struct draft draft = {};
	__u64 number;
	int err;

	err = check_ftrace(kernel, fail);
	err = err ?: world_open(&world, fail);
	err = err ?: world_check_sealed(&world, "load", fail);
	err = err ?: check_serial(&world, policy, fail);
	if (err)
		return err;
	if (!dry_run)
		clear_leftovers(&world);
	number = world.sets.count ? world.sets.list[world.sets.count - 1].set + 1 : 1;
	err = draft_open(policy, rules, kernel, world.old, number, dry_run, &draft, fail);
	err = err ?: draft_fill(&draft, rules, fail);
	if (!err)
		err = dry_run ? try_out(&draft, force, ret_loaded, fail) :
				put_in_force(&draft, &world, force, ret_loaded, fail);
	if (!err)
		report(&draft, policy, ret_loaded);
	return err;
}

int load_possible(struct fail *fail)
{
	_cleanup_world_ struct world world = WORLD_INIT;
	int err = sets_find(&world.sets, fail);

	world.old = err ? NULL : sets_live(&world.sets);
	return err ?: world_check_sealed(&world, "load", fail);
}

/*
 * Links go on for as long as RCU takes to free their pins, refusing mappings to whoever starts next: one store ends
 * that.  Best effort, as is what frees them.
 */
static void disarm(struct hardenctl_bpf *skel)
{
	struct state_change change = { .op = STATE_ARM, .set = 0 };

	if (skel)
		state_change(bpf_program__fd(skel->progs.state__change), &change);
}

int load_undo(struct fail *fail)
{
	_cleanup_world_ struct world world = WORLD_INIT;
	int err = world_open(&world, fail), one;
	struct hardenctl_bpf *skel;

	err = err ?: world_check_sealed(&world, "unload", fail);
	if (err)
		return err;
	if (!world.sets.count) {
		pins_remove_but(0);
		return fail_set(fail, EXIT_FAILED, ENOENT, NULL, "unload: nothing is loaded");
	}
	/* While the maps are there. */
	skel = open_state(&world.sets.list[world.sets.count - 1]);
	for (size_t i = 0; i < world.sets.count; i++) {
		one = set_detach(&world.sets.list[i], world.cgroup);
		err = err ?: one;
	}
	one = pins_remove_but(0);
	err = err ?: one;
	if (!err)
		disarm(skel);
	hardenctl_bpf__destroy(skel);
	if (err)
		return fail_set(fail, EXIT_FAILED, -err, NULL, "unload: %s", strerror(-err));
	return 0;
}
