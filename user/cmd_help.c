// SPDX-License-Identifier: GPL-2.0-only
/* cmd_help.c - what there is to type: of one verb for people, of all for completion, and for the tests of the manuals. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "names.h"

static bool is_first(int kind)
{
	for (int other = 0; other < kind; other++)
		if (!strcmp(reason_names[other], reason_names[kind]))
			return false;
	return true;
}

static int list(void)
{
	for (const struct verb *verb = verbs; verb->name; verb++) {
		char *argv[] = { (char *)verb->name, LIST_OPTIONS, NULL };

		printf("verb %s\n", verb->name);
		verb->run(2, argv);
	}
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		printf("guard %s\n", guard_names[guard]);
	for (int kind = 0; kind < KIND_COUNT; kind++)
		if (is_first(kind))
			printf("reason %s\n", reason_names[kind]);
	return EXIT_DONE;
}

int cmd_help(int argc, char **argv)
{
	if (argc > 2) {
		fputs("hardenctl: help: takes one argument, the name of a verb\nhint: hardenctl --help\n", stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--list"))
		return list();
	for (const struct verb *verb = verbs; verb->name; verb++)
		if (!strcmp(verb->name, argv[1])) {
			printf("usage: hardenctl %s %s", verb->name, verb->help);
			return EXIT_DONE;
		}
	fprintf(stderr, "hardenctl: help: there is no verb '%s'\nhint: hardenctl --help\n", argv[1]);
	return EXIT_USAGE;
}
