// SPDX-License-Identifier: GPL-2.0-only
/*
 * docs_test.c - the manuals have every verb, option and key, and every member of what --json prints.
 *
 * What there is comes from where it can't be forgotten: the options from the program, the keys from the parser's table,
 * the members from the source that writes them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "schema.h"

#define TEXT_MAX	(256 << 10)

static unsigned int missing;

static void __attribute__((format(printf, 1, 2))) lacks(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	missing++;
}

/* A file's text; of a manual without the backslashes that are scdoc's. */
static char *read_text(const char *path, bool manual)
{
	char *text = calloc(1, TEXT_MAX);
	FILE *in = fopen(path, "re");
	size_t used = 0;

	assert_non_null(text);
	if (!in)
		fail_msg("there is no %s", path);
	for (int c; (c = fgetc(in)) != EOF && used < TEXT_MAX - 1;)
		if (!manual || c != '\\')
			text[used++] = c;
	fclose(in);
	return text;
}

/*
 * The part of `text` below the line `heading`, up to the next line that begins with `end` or with "# ", which the caller
 * frees; NULL where there is none.
 */
static char *part_of(const char *text, const char *heading, const char *end)
{
	const char *at = text, *stop;
	char *part;

	while ((at = strstr(at, heading)) && at != text && at[-1] != '\n')
		at++;
	if (!at)
		return NULL;
	at += strlen(heading);
	for (stop = strchr(at, '\n'); stop; stop = strchr(stop, '\n'))
		if (!strncmp(++stop, end, strlen(end)) || !strncmp(stop, "# ", 2))
			break;
	part = strndup(at, stop ? (size_t)(stop - at) : strlen(at));
	assert_non_null(part);
	return part;
}

static bool __attribute__((format(printf, 2, 3))) has(const char *text, const char *format, ...)
{
	char wanted[256];
	va_list args;

	va_start(args, format);
	vsnprintf(wanted, sizeof(wanted), format, args);
	va_end(args);
	return text && strstr(text, wanted);
}

/* ---- hardenctl(8): verbs and options ---- */

static char *verb_part(const char *manual, const char *verb)
{
	char heading[80];

	snprintf(heading, sizeof(heading), "## %s\n", verb);
	return part_of(manual, heading, "## ");
}

static void allow_no_option_without_its_paragraph(void **state)
{
	char *manual = read_text("man/hardenctl.8.scd", true), *synopsis = part_of(manual, "# SYNOPSIS\n", "# ");
	FILE *list = popen("build/hardenctl help --list", "re");
	unsigned int verbs = 0, options = 0;
	char line[256], verb[64], name[64];

	(void)state;
	assert_non_null(list);
	while (fgets(line, sizeof(line), list)) {
		char *part;
		bool value;

		if (sscanf(line, "verb %63s", verb) == 1) {
			part = verb_part(manual, verb);
			if (!part || !has(synopsis, "*hardenctl* *%s*", verb))
				lacks("hardenctl(8) has no verb '%s'", verb);
			verbs++;
			free(part);
		}
		if (sscanf(line, "option %63s %63s", verb, name) != 2 || !strcmp(name, "--help"))
			continue;
		value = name[strlen(name) - 1] == '=';
		name[strlen(name) - value] = 0;
		part = verb_part(manual, verb);
		if (!has(part, "*%s*%s", name, value ? " _" : "\n") && !has(part, "*%s=*_", name))
			lacks("hardenctl(8), verb %s, has no option '%s'%s", verb, name, value ? " with a value" : "");
		options++;
		free(part);
	}
	assert_int_equal(pclose(list), 0);
	assert_true(verbs >= 11 && options >= 15);
	free(manual);
	free(synopsis);
	assert_int_equal(missing, 0);
}

/* Each verb's own help, which is written by hand, too. */
static void allow_no_option_without_its_line_of_help(void **state)
{
	FILE *list = popen("build/hardenctl help --list", "re");
	char line[256], verb[64], name[64], alias[64], command[256], help[4096];

	(void)state;
	assert_non_null(list);
	while (fgets(line, sizeof(line), list)) {
		int fields = sscanf(line, "option %63s %63s %63s", verb, name, alias);
		FILE *out;

		if (fields < 2 || !strcmp(name, "--help"))
			continue;
		snprintf(command, sizeof(command), "build/hardenctl %s --help", verb);
		out = popen(command, "re");
		assert_non_null(out);
		help[fread(help, 1, sizeof(help) - 1, out)] = 0;
		assert_int_equal(pclose(out), 0);
		name[strcspn(name, "=")] = 0;
		if (!has(help, "%s", name) && (fields < 3 || !has(help, "  %s ", alias)))
			lacks("hardenctl %s --help has no '%s'", verb, name);
	}
	assert_int_equal(pclose(list), 0);
	assert_int_equal(missing, 0);
}

/* ---- hardenctl-policy(5): keys ---- */

static char *section_part(const char *manual, const char *name)
{
	char heading[64] = "# ";

	for (size_t i = 0; name[i] && name[i] != '.' && i < sizeof(heading) - 4; i++) {
		heading[2 + i] = toupper((unsigned char)name[i]);
		heading[3 + i] = 0;
	}
	strcat(heading, "\n");
	return part_of(manual, heading, "# ");
}

/* A key of an entry is named in the paragraphs of its list: "*port:*" or "_path: PATH_". */
static bool entry_has(const char *manual, const char *section, const char *key)
{
	char heading[64], *part = section_part(manual, section), *list;
	bool found;

	snprintf(heading, sizeof(heading), "*%s:*", strchr(section, '.') + 1);
	list = part ? part_of(part, heading, "*") : NULL;
	free(part);
	part = section_part(manual, "not supported");
	found = has(list, "*%s:*", key) || has(list, "_%s: ", key) || (!strcmp(section, "data.protect") && has(part, "*%s*", key));
	free(part);
	free(list);
	return found;
}

static bool key_is_there(const char *manual, const struct key *key)
{
	const char *section = key->section == SECTION_GUARDS ? "keys of every guard" :
			      key->section == SECTION_TOP ? "top level" :
			      schema_section_name(key->section);
	char *part;
	bool found;

	if (strchr(section, '.'))
		return entry_has(manual, section, key->name);
	part = section_part(manual, section);
	found = has(part, "\n*%s:*", key->name);
	free(part);
	if (found || key->section != SECTION_TOP)
		return found;
	/* A section. */
	part = section_part(manual, key->name);
	found = part;
	free(part);
	return found;
}

static void allow_no_key_without_its_paragraph(void **state)
{
	char *manual = read_text("man/hardenctl-policy.5.scd", true);

	(void)state;
	for (size_t i = 0; i < n_keys; i++)
		if (!key_is_there(manual, &keys[i]))
			lacks("hardenctl-policy(5) has no key '%s' of %s", keys[i].name,
			      keys[i].section == SECTION_GUARDS ? "every guard" : schema_section_name(keys[i].section));
	free(manual);
	assert_true(n_keys > 80);
	assert_int_equal(missing, 0);
}

/* ---- hardenctl(8): members of JSON ---- */

/* What a source adds to objects by name. */
static void compare_members(const char *source, const char *manual, const char *what)
{
	char *text = read_text(source, false), name[64];
	unsigned int count = 0;
	const char *at = text;
	regmatch_t match[3];
	regex_t add;

	assert_int_equal(regcomp(&add, "[^a-z](add|add_list|json_object_object_add)\\([a-z_>-]+, \"([^\"]+)\"",
				 REG_EXTENDED), 0);
	for (; !regexec(&add, at, 3, match, 0); at += match[0].rm_eo, count++) {
		snprintf(name, sizeof(name), "%.*s", (int)(match[2].rm_eo - match[2].rm_so), at + match[2].rm_so);
		if (!has(manual, "*%s*", name) && !has(manual, "\"%s\":", name))
			lacks("hardenctl(8), %s, has no member '%s'", what, name);
	}
	regfree(&add);
	free(text);
	assert_true(count >= 5);
}

static void allow_no_member_that_the_manual_lacks(void **state)
{
	static const struct {
		const char *heading, *end, *source;
	} rows[] = {
		{ "# STATUS AS JSON\n", "# ", "user/screen_json.c" },
		{ "## probe\n", "## ", "user/cmd_probe.c" },
		{ "## check\n", "## ", "user/cmd_check.c" },
		{ "## check\n", "## ", "user/dump.c" },
		{ "## verify\n", "## ", "user/cmd_verify.c" },
		{ "## explain\n", "## ", "user/cmd_explain.c" },
	};
	char *manual = read_text("man/hardenctl.8.scd", true), *part;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		part = part_of(manual, rows[i].heading, rows[i].end);
		assert_non_null(part);
		compare_members(rows[i].source, part, rows[i].source);
		free(part);
	}
	part = part_of(manual, "# STATUS AS JSON\n", "# ");
	for (int cause = 0; cause < LOST_COUNT; cause++)
		if (!has(part, "_%s_", lost_names[cause]))
			lacks("hardenctl(8), STATUS AS JSON, has no cause '%s'", lost_names[cause]);
	free(part);
	free(manual);
	assert_int_equal(missing, 0);
}

/* ---- hardenctl(7): the table of attacks has guard, hooks and tests ---- */

static void check_cell(unsigned int column, const char *cell)
{
	char name[64], path[128];
	int len;

	for (; sscanf(cell, " %63[a-z0-9_]%n", name, &len) == 1; cell += len + (cell[len] == ',')) {
		FILE *test;

		if (column == 1 && guard_find(name) < 0)
			lacks("hardenctl(7): there is no guard '%s'", name);
		if (column != 3)
			continue;
		snprintf(path, sizeof(path), "selftests/%s_test.c", name);
		test = fopen(path, "re");
		if (!test)
			lacks("hardenctl(7): there is no test '%s'", name);
		else
			fclose(test);
	}
}

static void allow_no_attack_without_its_guard_and_tests(void **state)
{
	char *manual = read_text("man/hardenctl.7.scd", true), *part = part_of(manual, "# ATTACKS\n", "# ");
	unsigned int column = 0, rows = 0;
	bool guards[GUARD_COUNT] = {};

	(void)state;
	assert_non_null(part);
	for (char *line = strtok(part, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, "|  ", 3) && strncmp(line, ":  ", 3))
			continue;
		column = *line == '|' ? 0 : column + 1;
		rows += column == 0;
		check_cell(column, line + 3);
		if (column == 1 && guard_find(line + 3) >= 0)
			guards[guard_find(line + 3)] = true;
	}
	assert_true(rows > 15);
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		if (guard_exists(guard) && !guards[guard])
			lacks("hardenctl(7) has no attack on guard '%s'", guard_names[guard]);
	free(part);
	free(manual);
	assert_int_equal(missing, 0);
}

static int set_up(void **state)
{
	(void)state;
	missing = 0;
	return 0;
}

#define TEST(name)	cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(allow_no_option_without_its_paragraph),
		TEST(allow_no_option_without_its_line_of_help),
		TEST(allow_no_key_without_its_paragraph),
		TEST(allow_no_member_that_the_manual_lacks),
		TEST(allow_no_attack_without_its_guard_and_tests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
