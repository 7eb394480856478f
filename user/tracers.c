// SPDX-License-Identifier: GPL-2.0-only
/* tracers.c - ptrace.allow: from paths to identities to rows of the kernel's table. */
#include "tracers.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "hardenctl.skel.h"
#include "util.h"

static int find(struct draft *draft, const struct policy *policy, const struct tracer_rule *rule,
		const char *path, struct fail *fail)
{
	size_t before = draft->tracers.count;
	int err = identities_add_at(&draft->tracers, AT_FDCWD, path, path, rule->access, fail);

	if (err || draft->tracers.count > before)
		return err;
	return fail_set(fail, EXIT_FAILED, ENOENT, "name a program that is there, or leave the entry out",
			"%s:%u: ptrace.allow: find '%s': %s", policy->files[rule->where.file],
			rule->where.line, path, strerror(ENOENT));
}

/* For the exec guard, too. */
static int add_program(struct draft *draft, const char *path, struct fail *fail)
{
	int err = identities_add_at(&draft->files, AT_FDCWD, path, path, KIND_COUNT, fail);

	if (!err)
		draft->files.list[draft->files.count - 1].flags = IDENTITY_TRACER;
	return err;
}

/*
 * What mm_access() guards, which since v6.14 asks for CAP_PERFMON where ptrace_access_check refused reading: there
 * these are judged when they are opened.  By their operations, since those are the same for every process.
 */
static int find_readers(struct draft *draft, struct fail *fail)
{
	static const char *const names[] = {
		"environ", "auxv", "maps", "smaps", "smaps_rollup", "numa_maps", "pagemap",
	};
	char path[64];
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "/proc/self/%s", names[i]);
		err = identities_add_at(&draft->readers, AT_FDCWD, path, path, READER_SHOWS, fail);
	}
	return err;
}

/* What writes to memory whatever its protection is. */
static int find_writers(struct draft *draft, struct fail *fail)
{
	static const char path[] = "/proc/self/mem";
	int err = identities_add_at(&draft->readers, AT_FDCWD, path, path, READER_WRITES, fail);

	if (!err && !draft->readers.count)
		return fail_set(fail, EXIT_FAILED, ENOENT, "mount /proc", "identify '%s': %s", path, strerror(ENOENT));
	return err;
}

int readers_find(struct draft *draft, struct fail *fail)
{
	int err = draft->set.jit ? find_writers(draft, fail) : 0;

	if (!err && draft->set.ptrace_files)
		err = find_readers(draft, fail);
	return err;
}

int tracers_find(struct draft *draft, const struct policy *policy, struct fail *fail)
{
	int err = 0;

	/* An entry for any target has its tracer in both places. */
	for (size_t i = 0; !err && i < policy->n_tracers; i++) {
		const struct tracer_rule *rule = &policy->tracers[i];

		err = find(draft, policy, rule, rule->tracer, fail);
		err = err ?: find(draft, policy, rule, rule->target ?: rule->tracer, fail);
		err = err ?: add_program(draft, rule->tracer, fail);
	}
	return err;
}

int tracers_resolve(struct draft *draft, struct fail *fail)
{
	const struct bpf_program *iter = draft->skel->progs.core__file_ids;
	int err = 0;

	if (draft->readers.count)
		err = identities_resolve(&draft->readers, iter, fail);
	if (!err && draft->tracers.count)
		err = identities_resolve(&draft->tracers, iter, fail);
	return err;
}

int tracers_fill(struct draft *draft, struct fail *fail)
{
	int fd = bpf_map__fd(draft->skel->maps.hctl_tracers);
	int readers = bpf_map__fd(draft->skel->maps.hctl_readers);

	for (size_t i = 0; i < draft->readers.count; i++)
		if (bpf_map_update_elem(readers, &draft->readers.list[i].fop, &draft->readers.list[i].kind, BPF_ANY))
			return draft_failed(fail, "fill the table of files that show memory");
	for (size_t i = 0; i < draft->tracers.count / 2; i++) {
		const struct tracer_rule *rule = &draft->policy->tracers[i];
		struct tracing key = { .tracer = draft->tracers.list[2 * i].id };
		__u32 mask = 0;

		if (rule->target)
			key.target = draft->tracers.list[2 * i + 1].id;
		/* Two entries of one pair: both hold. */
		if (bpf_map_lookup_elem(fd, &key, &mask) && errno != ENOENT)
			return draft_failed(fail, "read the table of tracers");
		mask |= rule->access;
		if (bpf_map_update_elem(fd, &key, &mask, BPF_ANY))
			return draft_failed(fail, "fill the table of tracers");
	}
	return 0;
}
