// SPDX-License-Identifier: GPL-2.0-only
/* metrics_test.c - what Prometheus is given is valid, whatever the policy calls itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "../prometheus.h"
#include "metrics.h"
#include "names.h"

static struct metrics metrics;

/* What is written, which the caller frees. */
static char *written(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	metrics_write(&metrics, out);
	fclose(out);
	return text;
}

/* What Prometheus's own tool says of it: it knows the conventions, too. */
static void expect_promtool(const char *text)
{
	FILE *tool;

	if (access("build/promtool", X_OK))
		fail_msg("there is no build/promtool: tools/setup --test fetches it");
	tool = popen("build/promtool check metrics >&2", "we");
	assert_non_null(tool);
	fputs(text, tool);
	assert_int_equal(pclose(tool), 0);
}

static int set_up(void **state)
{
	(void)state;
	metrics = (struct metrics){ .loaded = true, .attached = 24 };
	metrics.set.attachments = 25;
	metrics.set.serial = 7;
	snprintf(metrics.set.name, sizeof(metrics.set.name), "test");
	snprintf(metrics.set.digest, sizeof(metrics.set.digest), "sha256:00ff");
	return 0;
}

static void allow_a_machine_where_nothing_is_loaded(void **state)
{
	char *text;

	(void)state;
	metrics.loaded = false;
	metrics.seal = SEAL_DONE;
	text = written();
	assert_true(prom_valid(text));
	assert_int_equal(prom_value(text, "hardenctl_loaded"), 0);
	assert_int_equal(prom_value(text, "hardenctl_sealed"), 0);
	assert_null(strstr(text, "guard"));
	expect_promtool(text);
	free(text);
}

static void allow_sums_over_the_hooks_of_a_reason(void **state)
{
	char *text;

	(void)state;
	metrics.counters.kind[KIND_egress_connect4_unlisted].denied = 3;
	metrics.counters.kind[KIND_egress_sendmsg6_unlisted].denied = 4;
	metrics.counters.kind[KIND_egress_connect4_unlisted].would_deny = 5;
	metrics.counters.kind[KIND_egress_connect4_unlisted].canary = 100;
	metrics.counters.kind[KIND_egress_sock_create_socket_type].denied = ~0ull;
	metrics.counters.lost[LOST_PROGRAM_TABLE] = 9;
	metrics.records = 12;
	metrics.overwritten = 2;
	text = written();
	assert_true(prom_valid(text));
	assert_int_equal(prom_value(text, "hardenctl_denials_total{guard=\"egress\",reason=\"unlisted\"}"), 7);
	assert_int_equal(prom_value(text, "hardenctl_would_deny_total{guard=\"egress\",reason=\"unlisted\"}"), 5);
	assert_non_null(strstr(text, "reason=\"socket-type\"} 18446744073709551615\n"));
	assert_int_equal(prom_value(text, "hardenctl_log_lost_total{cause=\"program-table-full\"}"), 9);
	assert_int_equal(prom_value(text, "hardenctl_log_records_total"), 12);
	assert_int_equal(prom_value(text, "hardenctl_log_overwritten_total"), 2);
	assert_int_equal(prom_value(text, "hardenctl_attachments_expected"), 25);
	assert_int_equal(prom_value(text, "hardenctl_attachments_live"), 24);
	expect_promtool(text);
	free(text);
}

/* With `before-seal: audit` a guard only records until the seal. */
static void allow_the_mode_that_is_in_force_alone(void **state)
{
	static const char audit[] = "hardenctl_guard_mode{guard=\"exec\",mode=\"audit\"}";
	static const char enforce[] = "hardenctl_guard_mode{guard=\"exec\",mode=\"enforce\"}";
	char *text;

	(void)state;
	metrics.set.mode[GUARD_exec] = MODE_ENFORCE;
	metrics.set.before_seal[GUARD_exec] = MODE_AUDIT;
	text = written();
	assert_int_equal(prom_value(text, audit), 1);
	assert_int_equal(prom_value(text, enforce), 0);
	assert_int_equal(prom_value(text, "hardenctl_guard_mode{guard=\"data\",mode=\"off\"}"), 1);
	free(text);
	metrics.seal = SEAL_DONE;
	text = written();
	assert_int_equal(prom_value(text, audit), 0);
	assert_int_equal(prom_value(text, enforce), 1);
	assert_int_equal(prom_value(text, "hardenctl_sealed"), 1);
	free(text);
}

static void allow_hostile_names_without_harm(void **state)
{
	static const struct {
		const char *name, *shown;
	} names[] = {
		{ "a \"quoted\" one", "name=\"a \\\"quoted\\\" one\"," },
		{ "back\\slash\\", "name=\"back\\\\slash\\\\\"," },
		{ "two\nlines", "name=\"two\\nlines\"," },
		{ "\033[31m\r\x7f", "name=\"\\\\x1b[31m\\\\x0d\\\\x7f\"," },
		{ "\xff\xc3(", "name=\"\\\\xff\\\\xc3(\"," },
		{ "caf\xc3\xa9 \xe2\x80\xae", "name=\"caf\xc3\xa9 \\\\u202e\"," },
		{ "", "name=\"\"," },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *text;

		memset(metrics.set.name, 0, sizeof(metrics.set.name));
		memcpy(metrics.set.name, names[i].name, strlen(names[i].name));
		text = written();
		assert_true(prom_valid(text));
		assert_non_null(strstr(text, names[i].shown));
		expect_promtool(text);
		free(text);
	}
	/* No NUL at its end. */
	memset(metrics.set.name, '"', sizeof(metrics.set.name));
	free(written());
}

static void deny_what_is_no_valid_text(void **state)
{
	static const char *const wrong[] = {
		"", "a 1\n", "# HELP a x\na 1\n", "# HELP a x\n# TYPE a counter\na 1\n",
		"# HELP a_total x\n# TYPE a_total gauge\na_total 1\n", "# HELP a x\n# TYPE a gauge\nb 1\n",
		"# HELP a x\n# TYPE a gauge\na 1", "# HELP a x\n# TYPE a gauge\na 1\na 2\n",
		"# HELP a x\n# TYPE a gauge\na{b=\"\"c\"} 1\n", "# HELP a x\n# TYPE a gauge\na{b=\"\\c\"} 1\n",
		"# HELP a x\n# TYPE a gauge\na 1 1700000000000\n",
		"# HELP a x\n# TYPE a gauge\na 1\n# HELP a x\n# TYPE a gauge\n",
	};

	(void)state;
	assert_true(prom_valid("# HELP a x\n# TYPE a gauge\na{b=\"\\\"c\"} 1\n"));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(prom_valid(wrong[i]));
}

#define TEST(name)	cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(allow_a_machine_where_nothing_is_loaded),
		TEST(allow_sums_over_the_hooks_of_a_reason),
		TEST(allow_the_mode_that_is_in_force_alone),
		TEST(allow_hostile_names_without_harm),
		TEST(deny_what_is_no_valid_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
