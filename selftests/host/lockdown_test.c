// SPDX-License-Identifier: GPL-2.0-only
/* lockdown_test.c - which of a kernel's lockdown reasons a policy can allow: by its BTF, also of a kernel yet to come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lockdown.h"
#include "policy.h"
#include "util.h"

struct row {
	const char *name;
	int value;
};

/* A kernel whose values are others, which lacks some reasons and has others. */
static const struct row kernel[] = {
	{ "LOCKDOWN_NONE", 0 }, { "LOCKDOWN_DEV_MEM", 7 }, { "LOCKDOWN_PCMCIA_CIS", 8 }, { "LOCKDOWN_INTEGRITY_MAX", 9 },
	{ "LOCKDOWN_KCORE", 10 }, { "LOCKDOWN_SOMETHING_NEW", 11 }, { "LOCKDOWN_TRACEFS", 63 }, { "LOCKDOWN_PERF", 64 },
	{ "LOCKDOWN_MSR", -1 }, { "LOCKDOWN_CONFIDENTIALITY_MAX", 12 },
	{ "LOCKDOWN_WITH_A_NAME_LONGER_THAN_ANY", 13 }, { "OTHER_KEXEC", 14 },
};

static struct btf *btf_of(const char *name)
{
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	assert_true(btf__add_enum(btf, name, 4) > 0);
	for (size_t i = 0; i < ARRAY_SIZE(kernel); i++)
		assert_int_equal(btf__add_enum_value(btf, kernel[i].name, kernel[i].value), 0);
	return btf;
}

static int word(const char *name)
{
	for (int i = 0; lockdown_words[i]; i++)
		if (!strcmp(lockdown_words[i], name))
			return i;
	fail_msg("'%s' is no word of kernel.allow", name);
	return -1;
}

/* The mask of what a policy allows that lists these two, or -errno. */
static int resolve(const struct lockdown *lockdown, const char *one, const char *other, __u64 *ret_mask)
{
	struct policy policy = { .files = { (char *)"t.yaml" }, .lockdown_where = { 0, 12 } };
	struct fail fail;
	int err;

	policy.lockdown = 1ull << word(one) | 1ull << word(other);
	*ret_mask = ~0ull;
	err = lockdown_resolve(lockdown, &policy, ret_mask, &fail);
	if (err) {
		assert_int_equal(fail.exit_code, EXIT_KERNEL);
		assert_non_null(strstr(fail.text, "t.yaml:12: kernel.allow"));
		assert_int_equal(*ret_mask, ~0ull);
	}
	return err;
}

static void allow_what_the_kernel_has_by_its_own_values(void **state)
{
	struct btf *btf = btf_of("lockdown_reason");
	struct lockdown lockdown;
	__u64 mask;

	(void)state;
	lockdown_read(btf, &lockdown);
	assert_int_equal(resolve(&lockdown, "dev-mem", "kcore", &mask), 0);
	assert_int_equal(mask, 1ull << 7 | 1ull << 10);
	assert_int_equal(resolve(&lockdown, "tracefs", "tracefs", &mask), 0);
	assert_int_equal(mask, 1ull << 63);
	assert_string_equal(lockdown.name[8], "pcmcia-cis");
	/* For records. */
	assert_string_equal(lockdown.name[11], "something-new");
	btf__free(btf);
}

static void deny_what_the_kernel_has_not(void **state)
{
	struct btf *btf = btf_of("lockdown_reason");
	struct lockdown lockdown;
	__u64 mask;

	(void)state;
	lockdown_read(btf, &lockdown);
	/* Not there; there, with a value that no mask has a bit for. */
	assert_int_equal(resolve(&lockdown, "dev-mem", "kexec", &mask), -ENOTSUP);
	assert_int_equal(resolve(&lockdown, "dev-mem", "perf", &mask), -ENOTSUP);
	assert_int_equal(resolve(&lockdown, "dev-mem", "msr", &mask), -ENOTSUP);
	assert_int_equal(resolve(&lockdown, "dev-mem", "dev-mem", &mask), 0);
	btf__free(btf);
}

/* Whatever a policy lists, the bits of what we have never heard of stay clear: the kernel side refuses those. */
static void deny_reasons_that_nobody_knows(void **state)
{
	struct policy policy = { .files = { (char *)"t.yaml" } };
	struct btf *btf = btf_of("lockdown_reason");
	struct lockdown lockdown;
	struct fail fail;
	__u64 mask;

	(void)state;
	lockdown_read(btf, &lockdown);
	for (size_t i = 0; lockdown_words[i]; i++)
		if (lockdown_find(&lockdown, lockdown_words[i]) >= 0)
			policy.lockdown |= 1ull << i;
	assert_int_equal(lockdown_resolve(&lockdown, &policy, &mask, &fail), 0);
	assert_int_equal(mask, 1ull << 7 | 1ull << 8 | 1ull << 10 | 1ull << 63);
	btf__free(btf);
}

static void deny_everything_where_the_kernel_names_nothing(void **state)
{
	struct policy policy = { .files = { (char *)"t.yaml" } };
	struct btf *btf = btf_of("another_enum");
	struct lockdown lockdown;
	struct fail fail;
	__u64 mask = 1;

	(void)state;
	lockdown_read(btf, &lockdown);
	for (int value = 0; value < LOCKDOWN_MAX; value++)
		assert_string_equal(lockdown.name[value], "");
	assert_int_equal(lockdown_find(&lockdown, ""), -1);
	assert_int_equal(lockdown_resolve(&lockdown, &policy, &mask, &fail), 0);
	assert_int_equal(mask, 0);
	assert_int_equal(resolve(&lockdown, "dev-mem", "dev-mem", &mask), -ENOTSUP);
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_what_the_kernel_has_by_its_own_values),
		cmocka_unit_test(deny_what_the_kernel_has_not),
		cmocka_unit_test(deny_reasons_that_nobody_knows),
		cmocka_unit_test(deny_everything_where_the_kernel_names_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
