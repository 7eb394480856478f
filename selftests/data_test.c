// SPDX-License-Identifier: GPL-2.0-only
/*
 * data_test.c - data.protect with files of a tmpfs.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 7
 * Alone: it seals the machine
 */
#define KERNEL_GUARD	"mode: off"
#include "data_files.h"

/* Where the pins can be lost the rule could be. */
static void deny_loading_what_the_kernel_cannot_keep(void **state)
{
	struct ran *ran;

	(void)state;
	spill(POLICY, POLICY_HERE("mode: enforce, protect: " RULES("deny")));
	ran = HARDEN(1, "load", "--policy", POLICY);
	assert_non_null(strstr(ran->err, "data.protect: this kernel can't keep the rule in force"));
}

static int set_up(void **state)
{
	(void)state;
	mkdir(BASE, 0755);
	return mount("none", BASE, "tmpfs", 0, NULL) ? -1 : fill_base();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest unsupported[] = { cmocka_unit_test(deny_loading_what_the_kernel_cannot_keep) };
	struct CMUnitTest tests[FILE_TESTS];
	static struct kernel kernel;

	if (argc > 1 && !strcmp(argv[0], OWNER))
		return own(argc, argv);
	kernel_ask(&kernel);
	kernel_ask_hooks(&kernel);
	if (!kernel.reads_memory)
		return cmocka_run_group_tests(unsupported, set_up, NULL);
	overlay_hides = !kernel.inspects_programs;
	return _cmocka_run_group_tests("data", tests, add_file_tests(tests), set_up, NULL);
}
