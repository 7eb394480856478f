/* SPDX-License-Identifier: GPL-2.0-only */
/* sealing.h - for tests that seal: once one has, its VM is good for nothing else. */
#ifndef HARDENCTL_SELFTESTS_SEALING_H
#define HARDENCTL_SELFTESTS_SEALING_H

#include "objects.h"

/* A test runs below a shell, by hand below some more, and on a machine that nobody has tidied up. */
#define TOLERATE_MACHINE							\
	"tracer, proc-mem, socket-raw, socket-unlisted, listener-unlisted, bpf-foreign, probe, binfmt, "	\
	"process-unlisted, exec-memory, core-pipe, swap, forwarding, tunnel, descriptor"

#define SEAL_TEXT(tolerate)							\
	"seal: { tolerate: [" TOLERATE_MACHINE tolerate "] }\n"

#define TOLERATE_GUARDS	", \"off:ingress\", \"off:kernel\", \"off:data\""

#define POLICY_SEALABLE	POLICY_ENFORCE SEAL_TEXT(TOLERATE_GUARDS)

/* As status says it, without running a canary. */
static UNUSED const char *machine_state(void)
{
	static const char *const names[] = {
		[SEAL_NONE] = "loaded", [SEAL_PROVISIONAL] = "sealing", [SEAL_DONE] = "sealed",
	};
	struct sets sets;
	struct fail fail;
	const char *name;

	assert_int_equal(sets_find(&sets, &fail), 0);
	name = sets_live(&sets) ? names[sets.seal] : "off";
	sets_free(&sets);
	return name;
}

static UNUSED void assert_state(const char *expected)
{
	assert_string_equal(machine_state(), expected);
}

/* Everything of the live set is in force, and every canary is refused. */
static UNUSED void assert_whole(void)
{
	struct set_info set = live_set();
	int cgroup = kernel_cgroup_root();

	assert_int_equal(set_attached(&set, cgroup), set.attachments);
	close(cgroup);
	HARDEN(0, "verify");
}

#endif
