// SPDX-License-Identifier: GPL-2.0-only
/*
 * refusals.c - the log of a machine against a list of what is known to be refused on it.
 *
 * A line of the list: GUARD REASON SUBJECT OBJECT COMM ROW, where the first five are patterns of fnmatch(3) and
 * ROW names what explains it. A unit that fails is "unit failed NAME - - ROW".
 */
#include "refusals.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define LIST		"/usr/lib/selftest/expected"
#define FIELDS		5
#define FIELD_LEN	256
#define ROWS		256
#define KINDS		1024

struct row {
	char field[FIELDS][FIELD_LEN];
	char text[FIELD_LEN];
	unsigned int seen;
};

static struct row rows[ROWS], kinds[KINDS];
static size_t row_count, kind_count;

static bool is_unit(const struct row *row)
{
	return !strcmp(row->field[0], "unit");
}

static void read_list(void)
{
	FILE *file = fopen(LIST, "re");
	char line[2048];

	row_count = 0;
	while (file && fgets(line, sizeof(line), file)) {
		struct row *row = &rows[row_count];

		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (row_count == ROWS ||
		    sscanf(line, "%255s %255s %255s %255s %255s %255[^\n]", row->field[0], row->field[1], row->field[2],
			   row->field[3], row->field[4], row->text) != FIELDS + 1) {
			ok(false, "line of " LIST ": %s", line);
			continue;
		}
		row->seen = 0;
		row_count++;
	}
	ok(file, "there is a list of what is refused");
	if (file)
		fclose(file);
}

static bool matches(const struct row *row, const struct row *kind)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (fnmatch(row->field[i], kind->field[i], 0))
			return false;
	return true;
}

static bool same(const struct row *one, const struct row *other)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (strcmp(one->field[i], other->field[i]))
			return false;
	return true;
}

/* The value of a key of a line of JSON, as text without blanks; objects of objects are not needed. */
static void value(const char *line, const char *key, char *text)
{
	char wanted[64];
	size_t len = 0;
	const char *at;

	snprintf(wanted, sizeof(wanted), "\"%s\":", key);
	at = strstr(line, wanted);
	if (at) {
		at += strlen(wanted);
		if (*at == '"')
			for (at++; *at && *at != '"' && len < FIELD_LEN - 1; at++)
				text[len++] = *at == ' ' ? '_' : *at;
		else
			for (; *at && !strchr(",}", *at) && len < FIELD_LEN - 1; at++)
				text[len++] = *at;
	}
	text[len] = '\0';
	if (!len)
		strcpy(text, "-");
}

static void object(const char *line, char *text)
{
	static const char *const keys[] = { "path", "proto", "addr", "port", "name", "access", "what", "detail" };
	const char *at = strstr(line, "\"object\":");
	char one[FIELD_LEN];

	text[0] = '\0';
	for (size_t i = 0; at && i < sizeof(keys) / sizeof(keys[0]); i++) {
		value(at, keys[i], one);
		if (strcmp(one, "-"))
			snprintf(text + strlen(text), FIELD_LEN - strlen(text), "%s%s", text[0] ? "," : "", one);
	}
	if (!text[0])
		strcpy(text, "-");
}

static void add_refusal(const char *line)
{
	struct row kind = {};
	char cgroup[FIELD_LEN];
	size_t i;

	value(line, "guard", kind.field[0]);
	value(line, "reason", kind.field[1]);
	value(line, "exe", kind.field[2]);
	object(line, kind.field[3]);
	value(line, "comm", kind.field[4]);
	value(line, "cgroup", cgroup);
	for (i = 0; i < kind_count; i++)
		if (same(&kind, &kinds[i]))
			break;
	if (i == KINDS)
		return;
	if (i == kind_count)
		kinds[kind_count++] = kind;
	kinds[i].seen++;
	if (strcmp(cgroup, "-"))
		strcpy(kinds[i].text, cgroup);
}

/* The log of a day is longer than what run() keeps. */
static int read_log(void)
{
	static const char *const argv[] = { HARDENCTL, "log", "--json", NULL };
	int pipes[2], status = -1, count = 0;
	char *line = NULL;
	size_t size = 0;
	FILE *file;
	pid_t pid;

	if (pipe2(pipes, 0))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(pipes[1], 1);
		close(pipes[0]);
		close(pipes[1]);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(pipes[1]);
	file = fdopen(pipes[0], "r");
	while (file && getline(&line, &size, file) > 0) {
		count++;
		if (!strstr(line, "\"canary\":true"))
			add_refusal(line);
	}
	free(line);
	if (file)
		fclose(file);
	return waitpid(pid, &status, 0) == pid && !status ? count : -1;
}

void check_refusals(void)
{
	int count;

	read_list();
	count = read_log();
	ok(count > 0, "the log has %d records", count);
	run(HARDENCTL, "status", "--json");
	ok(said_has("\"overwritten\":0"), "none was overwritten");
	note("%s", said);
	said[0] = '\0';
	for (size_t i = 0; i < kind_count; i++) {
		struct row *kind = &kinds[i];
		const char *text = NULL;

		for (size_t j = 0; j < row_count; j++)
			if (!is_unit(&rows[j]) && matches(&rows[j], kind)) {
				rows[j].seen++;
				text = text ?: rows[j].text;
			}
		note("refused %u: %s %s %s %s %s %s", kind->seen, kind->field[0], kind->field[1], kind->field[2],
		     kind->field[3], kind->field[4], kind->text[0] ? kind->text : "-");
		if (!text)
			ok(false, "unexplained: %s %s %s %s %s", kind->field[0], kind->field[1], kind->field[2],
			   kind->field[3], kind->field[4]);
	}
	for (size_t j = 0; j < row_count; j++)
		if (!is_unit(&rows[j]))
			ok(rows[j].seen, "refused: %s by %s (%s), explained by '%s'", rows[j].field[3], rows[j].field[2],
			   rows[j].field[4], rows[j].text);
}

void check_failed_units(void)
{
	struct row unit = { .field = { "unit", "failed", "", "-", "-" } };
	char *list;

	run(SYSTEMCTL, "--failed", "--plain", "--no-legend");
	list = strdup(said);
	said[0] = '\0';
	for (char *line = strtok(list, "\n"); line; line = strtok(NULL, "\n")) {
		bool known = false;

		sscanf(line, "%255s", unit.field[2]);
		for (size_t j = 0; j < row_count; j++)
			if (is_unit(&rows[j]) && matches(&rows[j], &unit)) {
				rows[j].seen++;
				known = true;
			}
		note("failed: %s", line);
		if (!known)
			ok(false, "unexplained: %s failed", unit.field[2]);
	}
	free(list);
	for (size_t j = 0; j < row_count; j++)
		if (is_unit(&rows[j]))
			ok(rows[j].seen, "failed: %s, explained by '%s'", rows[j].field[2], rows[j].text);
}
