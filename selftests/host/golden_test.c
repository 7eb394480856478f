// SPDX-License-Identifier: GPL-2.0-only
/*
 * golden_test.c - what `check` says about selftests/golden/NAME.yaml is NAME.txt, to the letter.
 *
 * Runs in the top directory.  To renew a text after a change:
 * hardenctl check selftests/golden/NAME.yaml 2> selftests/golden/NAME.txt, then read it as a user.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy.h"
#include "rules.h"
#include "util.h"

static char *slurp(const char *path)
{
	_cleanup_file_ FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!file) {
		print_message("cannot open %s\n", path);
		return NULL;
	}
	if (getdelim(&text, &size, 0, file) < 0) {
		free(text);
		text = strdup("");
	}
	return text;
}

/* What the diags of one policy look like; the policy is valid iff there are none. */
static char *judge(const char *path)
{
	struct diags diags = { 0 };
	struct policy *policy = NULL;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int err = policy_parse(path, &diags, &policy);

	assert_int_equal(err, diags.errors ? -EINVAL : 0);
	assert_true(diags.errors ? !policy : !!policy);
	diags_print(&diags, out);
	fclose(out);
	policy_free(policy);
	diags_free(&diags);
	return text;
}

static void compare(const char *path)
{
	_cleanup_free_ char *expected = NULL, *text = judge(path), *golden = strdup(path);
	unsigned int line = 1;
	size_t at;

	strcpy(strrchr(golden, '.'), ".txt");
	expected = slurp(golden);
	assert_non_null(expected);
	for (at = 0; text[at] && text[at] == expected[at]; at++)
		line += text[at] == '\n';
	if (text[at] != expected[at])
		fail_msg("%s: what is said now differs from line %u on", golden, line);
}

static void every_golden_file_says_what_it_said(void **state)
{
	glob_t files;

	(void)state;
	assert_int_equal(glob("selftests/golden/*.yaml", 0, NULL, &files), 0);
	assert_true(files.gl_pathc >= 5);
	for (size_t i = 0; i < files.gl_pathc; i++)
		compare(files.gl_pathv[i]);
	globfree(&files);
	compare("selftests/golden/dropin-wrong/policy.yaml");
}

static void deny_ten_mistakes_with_ten_located_errors(void **state)
{
	struct diags diags = { 0 };
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(policy_parse("selftests/golden/ten-mistakes.yaml", &diags, &policy),
			 -EINVAL);
	assert_int_equal(diags.errors, 10);
	assert_int_equal(diags.count, 10);
	for (size_t i = 0; i < diags.count; i++) {
		assert_true(diags.list[i].line > 0);
		assert_true(diags.list[i].column > 0);
		assert_non_null(diags.list[i].source);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(diags.list[i].text, diags.list[j].text);
	}
	diags_free(&diags);
}

static void dropins_replace_scalars_and_append_lists(void **state)
{
	struct diags diags = { 0 };
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(policy_parse("selftests/golden/dropin/policy.yaml", &diags, &policy), 0);
	assert_int_equal(diags.count, 0);
	assert_int_equal(policy->n_files, 3);
	assert_string_equal(policy->files[1], "selftests/golden/dropin/policy.d/10-first.yaml");
	assert_string_equal(policy->files[2], "selftests/golden/dropin/policy.d/20-second.yaml");
	assert_string_equal(policy->name, "second");
	assert_int_equal(policy->serial, 3);
	assert_int_equal(policy->guard[GUARD_exec].mode, MODE_ENFORCE);
	assert_int_equal(policy->guard[GUARD_ptrace].mode, MODE_AUDIT);
	assert_int_equal(policy->guard[GUARD_ptrace].where.file, 2);
	assert_int_equal(policy->guard[GUARD_ptrace].where.line, 4);
	assert_false(policy->exec[EXEC_SHELLS].deny);
	assert_int_equal(policy->exec[EXEC_SHELLS].where.file, 2);
	assert_int_equal(policy->exec[EXEC_SHELLS].where.line, 6);
	assert_int_equal(policy->log_records, 128);
	assert_int_equal(policy->n_egress, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(policy->egress[i].ports[0].lo, i + 1);
		assert_int_equal(policy->egress[i].where.file, i);
	}
	assert_int_equal(policy->n_ingress, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(policy->ingress[i].ports[0].lo, i + 2);
		assert_int_equal(policy->ingress[i].where.file, i + 1);
	}
	/* Of the first that lists something. */
	assert_int_equal(policy->ingress_allow.file, 1);
	assert_int_equal(policy->egress_allow.file, 0);
	assert_int_equal(policy->egress_allow.line, 9);
	policy_free(policy);
}

struct shipped {
	const char *path;
	__u8 mode;
	bool web, registry;	/* may it reach 192.0.2.1:443, 10.11.0.1:8080? */
	bool ssh, site, model;	/* may 192.0.2.1 reach its ports 22 and 443, 10.12.0.1 its port 8443? */
	bool ping;		/* may 192.0.2.1 ping it? */
};

static bool reaches(const struct rules *rules, __u8 a, __u8 b, __u8 c, __u8 d, __u16 port)
{
	const struct flow flow = { .family = AF_INET, .addr = { a, b, c, d }, .port = port, .proto = IPPROTO_TCP };

	return rules_match(rules, GUARD_egress, &flow);
}

static bool comes_in(const struct rules *rules, __u8 a, __u8 b, __u8 c, __u8 d, __u16 port, __u8 proto)
{
	const struct flow flow = { .family = AF_INET, .addr = { a, b, c, d }, .port = port, .proto = proto };

	return rules_match(rules, GUARD_ingress, &flow);
}

static void shipped_policies_are_valid_and_mean_what_they_say(void **state)
{
	static const struct shipped shipped[] = {
		{ "policies/default.yaml", MODE_ENFORCE, .web = true, .ssh = true, .ping = true },
		{ "policies/inference.yaml", MODE_ENFORCE, .registry = true, .model = true },
		{ "policies/services.yaml", MODE_ENFORCE, .ssh = true, .site = true, .ping = true },
		{ "policies/audit.yaml", MODE_AUDIT, .web = true, .ssh = true, .ping = true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shipped); i++) {
		struct diags diags = { 0 };
		struct policy *policy = NULL;
		struct rules *rules = NULL;

		assert_int_equal(policy_parse(shipped[i].path, &diags, &policy), 0);
		assert_int_equal(diags.count, 0);
		for (int guard = GUARD_exec; guard <= GUARD_ingress; guard++)
			assert_int_equal(policy->guard[guard].mode, shipped[i].mode);
		assert_int_equal(policy->guard[GUARD_seal].mode, MODE_ENFORCE);
		assert_true(policy->exec[EXEC_SHELLS].deny);
		assert_int_equal(rules_compile(policy, &diags, &rules), 0);
		assert_true(reaches(rules, 127, 0, 0, 1, 1));
		assert_int_equal(reaches(rules, 192, 0, 2, 1, 443), shipped[i].web);
		assert_int_equal(reaches(rules, 10, 11, 0, 1, 8080), shipped[i].registry);
		assert_false(reaches(rules, 10, 11, 1, 1, 8080));
		assert_false(reaches(rules, 10, 11, 0, 1, 8100));
		assert_int_equal(comes_in(rules, 192, 0, 2, 1, 22, IPPROTO_TCP), shipped[i].ssh);
		assert_int_equal(comes_in(rules, 192, 0, 2, 1, 443, IPPROTO_TCP), shipped[i].site);
		assert_int_equal(comes_in(rules, 10, 12, 0, 1, 8443, IPPROTO_TCP), shipped[i].model);
		assert_int_equal(comes_in(rules, 192, 0, 2, 1, 0, IPPROTO_ICMP), shipped[i].ping);
		assert_false(comes_in(rules, 192, 0, 2, 1, 6379, IPPROTO_TCP));
		assert_false(comes_in(rules, 192, 0, 2, 1, 22, IPPROTO_UDP));
		rules_free(rules);
		policy_free(policy);
	}
}

static void nothing_is_printed_while_parsing(void **state)
{
	static const char syntax[] = "a: [b\nc: }\n\t- :\n";
	char name[] = "/tmp/policy_test.XXXXXX";
	struct diags diags = { 0 };
	struct policy *policy = NULL;
	int fd = mkstemp(name), out = dup(1), error = dup(2), err;

	(void)state;
	assert_true(fd >= 0 && out >= 0 && error >= 0);
	unlink(name);
	fflush(NULL);
	dup2(fd, 1);
	dup2(fd, 2);
	err = policy_parse_buffer("t", syntax, strlen(syntax), &diags, &policy);
	fflush(NULL);
	dup2(out, 1);
	dup2(error, 2);
	assert_int_equal(err, -EINVAL);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	close(fd);
	close(out);
	close(error);
	diags_free(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_golden_file_says_what_it_said),
		cmocka_unit_test(deny_ten_mistakes_with_ten_located_errors),
		cmocka_unit_test(dropins_replace_scalars_and_append_lists),
		cmocka_unit_test(shipped_policies_are_valid_and_mean_what_they_say),
		cmocka_unit_test(nothing_is_printed_while_parsing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
