// SPDX-License-Identifier: GPL-2.0-only
/* gaps_test.c - what kernels give no way to refuse: the README's table says what `probe` says, row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "gaps.h"
#include "kernel.h"

#define HEADING		"## What a kernel gives no way to refuse\n"
#define ROWS_MAX	64

static char rows[ROWS_MAX][1024];
static size_t n_rows;

static int read_table(void **state)
{
	FILE *in = fopen("README.md", "re");
	char line[1024];
	bool here = false;

	(void)state;
	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		if (!strncmp(line, "## ", 3))
			here = !strcmp(line, HEADING);
		if (!here || strncmp(line, "| `", 3))
			continue;
		assert_true(n_rows < ROWS_MAX);
		strcpy(rows[n_rows++], line);
	}
	fclose(in);
	return 0;
}

static void allow_no_difference(void **state)
{
	char expected[1024];
	size_t count = 0;

	(void)state;
	for (const struct gap *gap = gaps; gap->name; gap++, count++) {
		const char *end, *row;

		assert_true(count < n_rows);
		row = rows[count];
		snprintf(expected, sizeof(expected), "| `%s` | ", gap->name);
		assert_memory_equal(row, expected, strlen(expected));
		end = strstr(row + strlen(expected), " | ");
		assert_non_null(end);
		snprintf(expected, sizeof(expected), " | %s | %s |\n", gap->consequence, gap->hint);
		assert_string_equal(end, expected);
	}
	assert_int_equal(count, n_rows);
}

/* Each is told apart by what the kernel lacks, and none by a version. */
static void allow_all_where_the_kernel_has_all(void **state)
{
	static const struct kernel good = { .reads_memory = true, .inspects_programs = true, .fsverity = true };
	static const struct kernel bad = { .perfmon_reads = true };
	size_t open = 0;

	(void)state;
	for (const struct gap *gap = gaps; gap->name; gap++) {
		assert_false(gap->closed(&bad));
		open += !gap->closed(&good);
		assert_true(strlen(gap->name) < sizeof(good.check[0].name));
		assert_true(strlen(gap->what) < sizeof(good.check[0].detail));
	}
	assert_int_equal(open, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_no_difference),
		cmocka_unit_test(allow_all_where_the_kernel_has_all),
	};

	return cmocka_run_group_tests(tests, read_table, NULL);
}
