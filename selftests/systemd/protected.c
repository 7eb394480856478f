// SPDX-License-Identifier: GPL-2.0-only
/*
 * protected.c - root has systemd open a protected file for a unit of his own: PID 1 and what it starts are not its owner.
 *
 * Each is done once more with a file that nobody protects, and then works.
 */
#include "protected.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"
#include "machine.h"
#include "steps.h"

#define SECRET	"/run/secret/file"
#define OPEN	"/run/open/file"
#define BOUND	"/run/bound"
#define COPY	"/run/copied"
#define OWNER	"/usr/lib/selftest/owner"
#define CAT	"/usr/bin/cat"

/* A setting of a unit that runs cat, and what cat is asked for beside it; NULL: it reads what it was given. */
static const struct deputy {
	const char *name, *setting, *argument;
	int since;	/* version of systemd */
} deputies[] = {
	{ "ExecStart=cat", "Nice=0", "%s", 0 },
	{ "StandardInput=file:", "StandardInput=file:%s", NULL, 0 },
	{ "StandardOutput=append:", "StandardOutput=append:%s", NULL, 0 },
	{ "StandardError=truncate:", "StandardError=truncate:%s", NULL, 0 },
	{ "LoadCredential=", "LoadCredential=file:%s", NULL, 0 },
	{ "EnvironmentFile=", "EnvironmentFile=%s", NULL, 0 },
	{ "OpenFile=", "OpenFile=%s", NULL, 253 },
	{ "BindReadOnlyPaths=", "BindReadOnlyPaths=%s:" BOUND, BOUND, 0 },
	{ "BindPaths=", "BindPaths=%s:" BOUND, BOUND, 0 },
};

static void make_file(const char *dir, const char *path)
{
	mkdir(dir, 0755);
	write_file(path);
}

/* Its exit status, which is systemd's own where that could not start cat. */
static int ask(const struct deputy *deputy, const char *path)
{
	char setting[128], argument[128];

	snprintf(setting, sizeof(setting), deputy->setting, path);
	snprintf(argument, sizeof(argument), deputy->argument ?: "", path);
	return run("/usr/bin/systemd-run", "--quiet", "--wait", "-p", setting, CAT, deputy->argument ? argument : NULL);
}

static int refusals(void)
{
	return logged("\"guard\":\"data\"", "\"action\":\"denied\"", "\"reason\":\"protected\"");
}

static void check_deputy(const struct deputy *deputy)
{
	int before, code;

	if (systemd_version() < deputy->since)
		return;
	before = refusals();
	code = ask(deputy, SECRET);
	ok(code && refusals() > before, "sealed: %s of a protected file is refused (exit %d)", deputy->name, code);
	before = refusals();
	code = ask(deputy, OPEN);
	ok(!code && refusals() == before, "sealed: %s of another file works (exit %d)", deputy->name, code);
}

static void copy(const char *path)
{
	FILE *lines = fopen("/run/selftest/tmpfiles", "we");

	unlink(COPY);
	if (lines) {
		fprintf(lines, "C " COPY " - - - - %s\n", path);
		fclose(lines);
	}
	run("/usr/bin/systemd-tmpfiles", "--create", "/run/selftest/tmpfiles");
}

void scenario_data(void)
{
	int before;

	begin(NULL);
	make_file("/run/secret", SECRET);
	make_file("/run/open", OPEN);
	run("/usr/bin/cp", CAT, OWNER);
	check_load(POLICY("data"));
	check_seal();
	for (size_t i = 0; i < sizeof(deputies) / sizeof(deputies[0]); i++)
		check_deputy(&deputies[i]);
	before = refusals();
	copy(SECRET);
	ok(!slurp(COPY)[0] && refusals() > before, "sealed: systemd-tmpfiles copies no protected file");
	/* It was truncated above. */
	write_file(OPEN);
	copy(OPEN);
	ok(slurp(COPY)[0], "sealed: systemd-tmpfiles copies another file");
	ok(!run("/usr/bin/systemd-run", "--quiet", "--wait", OWNER, SECRET), "sealed: a unit of the owner's reads it");
	ok(run(CAT, SECRET), "sealed: root does not");
	poweroff();
}
