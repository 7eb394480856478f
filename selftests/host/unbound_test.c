// SPDX-License-Identifier: GPL-2.0-only
/* unbound_test.c - which units `status` says start where the seal is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "unbound.h"
#include "util.h"

#define TARGET	"hardenctl-sealed.target"

/* Files of one unit, a.service, below two directories, and whether it is named. */
static const struct {
	struct {
		const char *path, *text;
	} files[3];
	bool named;
} cases[] = {
	{ { { "one/a.service", "[Unit]\nAfter=" TARGET "\n" } }, true },
	{ { { "one/a.service", "[Unit]\nAfter=" TARGET "\nRequires=" TARGET "\n" } }, false },
	{ { { "one/a.service", "[Unit]\nAfter = b.target " TARGET "\nBindsTo=b.target\n" } }, true },
	{ { { "one/a.service", "[Unit]\nAfter=b.target \\\n   " TARGET "\n" } }, true },
	{ { { "one/a.service", "[Unit]\nAfter=not-" TARGET "\n" } }, false },
	{ { { "one/a.service", "[Unit]\n#After=" TARGET "\nWants=" TARGET "\n" } }, false },
	{ { { "one/a.service", "[Unit]\nAfter=" TARGET "\nWants=" TARGET "\n" } }, true },
	/* A drop-in of either kind, wherever it is. */
	{ { { "two/a.service", "[Unit]\n" }, { "one/a.service.d/x.conf", "[Unit]\nAfter=" TARGET "\n" } }, true },
	{ { { "two/a.service", "[Unit]\nAfter=" TARGET "\n" }, { "one/a.service.d/x.conf", "[Unit]\nRequisite=" TARGET "\n" } }, false },
	{ { { "one/a.service", "[Unit]\nAfter=" TARGET "\n" }, { "one/a.service.d/x.conf.bak", "Requires=" TARGET "\n" } }, true },
	{ { { "one/a.service", "[Unit]\nAfter=" TARGET "\n" }, { "two/a.service.requires/" TARGET, "" } }, false },
	/* A file that another one hides; a drop-in to nothing. */
	{ { { "one/a.service", "[Unit]\n" }, { "two/a.service", "[Unit]\nAfter=" TARGET "\n" } }, false },
	{ { { "one/a.service.d/x.conf", "[Unit]\nAfter=" TARGET "\n" } }, false },
};

static void spill(const char *dir, const char *path, const char *text)
{
	char whole[256];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s/%s", dir, path);
	for (char *slash = strchr(whole + strlen(dir) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(whole, 0755);
		*slash = '/';
	}
	file = fopen(whole, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void name_what_starts_without_the_seal(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char dir[] = "/tmp/unbound.XXXXXX", one[32], two[32], command[64], names[64];
		const char *dirs[] = { one, two, "/nonexistent", NULL };

		assert_non_null(mkdtemp(dir));
		snprintf(one, sizeof(one), "%s/one", dir);
		snprintf(two, sizeof(two), "%s/two", dir);
		for (size_t f = 0; f < ARRAY_SIZE(cases[i].files) && cases[i].files[f].path; f++)
			spill(dir, cases[i].files[f].path, cases[i].files[f].text);
		assert_int_equal(unbound_units(dirs, names, sizeof(names)), cases[i].named);
		assert_string_equal(names, cases[i].named ? "a.service" : "");
		snprintf(command, sizeof(command), "rm -r %s", dir);
		assert_int_equal(system(command), 0);
	}
}

static void cut_a_list_that_is_too_long(void **state)
{
	char dir[] = "/tmp/unbound.XXXXXX", path[32], names[8];
	const char *dirs[] = { dir, NULL };

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (int i = 0; i < 9; i++) {
		snprintf(path, sizeof(path), "%d.service", i);
		spill(dir, path, "After=" TARGET "\n");
	}
	assert_int_equal(unbound_units(dirs, names, sizeof(names)), 9);
	assert_int_equal(strlen(names), sizeof(names) - 1);
	snprintf(path, sizeof(path), "rm -r %s", dir);
	assert_int_equal(system(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_what_starts_without_the_seal),
		cmocka_unit_test(cut_a_list_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
