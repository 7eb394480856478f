// SPDX-License-Identifier: GPL-2.0-only
/* hooks_test.c - probe asks for every hook that a record can name, and says what follows where one is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "abi.h"
#include "hardenctl.skel.h"
#include "hooks.h"
#include "kernel.h"
#include "names.h"

static struct kernel kernel;

/* Of a kernel that has no BTF, and so nothing at all. */
static int ask_nothing(void **state)
{
	struct hardenctl_bpf *skel = hardenctl_bpf__open();

	(void)state;
	assert_non_null(skel);
	hooks_ask(&kernel, skel, NULL);
	hardenctl_bpf__destroy(skel);
	return 0;
}

static const struct kernel_check *find(const char *hook)
{
	static const char *const forms[] = { "%s", "cgroup/%s", "cgroup_%s" };
	const struct kernel_check *check = NULL;
	char name[64];

	for (size_t i = 0; !check && i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(name, sizeof(name), forms[i], hook);
		check = kernel_find(&kernel, name);
	}
	return check;
}

/* guards.h calls cgroup_skb/egress skb_egress; "state" is no hook but a program that hardenctl itself runs. */
static void allow_no_kind_whose_hook_is_not_asked_for(void **state)
{
	(void)state;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		char hook[64];

		if (!strcmp(kind_names[kind].hook, "state"))
			continue;
		snprintf(hook, sizeof(hook), "%s", kind_names[kind].hook);
		if (!strncmp(hook, "skb_", 4))
			hook[3] = '/';
		if (!find(hook))
			fail_msg("probe does not ask for %s of kind %s", hook, reason_names[kind]);
	}
}

static void allow_no_hook_without_a_fix_and_a_consequence(void **state)
{
	size_t optional = 0;

	(void)state;
	assert_true(kernel.n_checks > 60 && kernel.n_checks < KERNEL_CHECKS_MAX - 30);
	for (size_t i = 0; i < kernel.n_checks; i++) {
		const struct kernel_check *check = &kernel.check[i];

		assert_false(check->ok);
		if (!check->hint || !check->consequence)
			fail_msg("%s has no %s", check->name, check->hint ? "consequence" : "hint");
		optional += !check->required;
		assert_ptr_equal(kernel_find(&kernel, check->name), check);
	}
	/* Those that only some policies need. */
	assert_int_equal(optional, 12);
	assert_true(kernel_find(&kernel, "bprm_committed_creds")->required);
	assert_non_null(kernel_lacks(&kernel));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_no_kind_whose_hook_is_not_asked_for),
		cmocka_unit_test(allow_no_hook_without_a_fix_and_a_consequence),
	};

	return cmocka_run_group_tests(tests, ask_nothing, NULL);
}
