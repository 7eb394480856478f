// SPDX-License-Identifier: GPL-2.0-only
/* cmd.c - what the verbs share: options, errors, the checks before the work. */
#include "cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"
#include "runnable.h"
#include "style.h"

int cmd_failed(const struct fail *fail)
{
	fprintf(stderr, "hardenctl: %s\n", fail->text);
	if (fail->hint[0])
		fprintf(stderr, "hint: %s\n", fail->hint);
	return fail->exit_code;
}

int cmd_usage(const char *verb, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "hardenctl: %s: ", verb);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nhint: hardenctl %s --help\n", verb);
	return EXIT_USAGE;
}

static int list_options(const char *verb, const struct option_row *rows)
{
	for (const struct option_row *row = rows; row->name; row++)
		printf("option %s %s%s%s%s\n", verb, row->name, row->value ? "=" : "", row->alias ? " " : "", row->alias ?: "");
	printf("option %s --help -h\n", verb);
	return EXIT_DONE;
}

/*
 * The row of `arg`; *ret_value is the value that stands in the same word ("--guard=exec", "-n5"), or
 * NULL.
 */
static const struct option_row *find(const struct option_row *rows, const char *arg,
				     const char **ret_value)
{
	for (const struct option_row *row = rows; row->name; row++) {
		size_t len = strlen(row->name);

		*ret_value = NULL;
		if (!strcmp(row->name, arg) || (row->alias && !strcmp(row->alias, arg)))
			return row;
		if (!row->value)
			continue;
		*ret_value = arg + len + 1;
		if (!strncmp(row->name, arg, len) && arg[len] == '=')
			return row;
		*ret_value = arg + 2;
		if (row->alias && !strncmp(row->alias, arg, 2))
			return row;
	}
	return NULL;
}

int cmd_options(const char *verb, int argc, char **argv, const struct option_row *rows, int *ret_argc)
{
	int kept = 1;

	if (argc == 2 && !strcmp(argv[1], LIST_OPTIONS))
		return list_options(verb, rows);
	for (int i = 1; i < argc; i++) {
		const struct option_row *row;
		const char *value;

		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return cmd_help(2, (char *[]){ NULL, (char *)verb });
		if (argv[i][0] != '-' || !argv[i][1]) {
			argv[kept++] = argv[i];
			continue;
		}
		row = find(rows, argv[i], &value);
		if (!row)
			return cmd_usage(verb, "unknown option '%s'", argv[i]);
		if (row->flag) {
			*row->flag = true;
			continue;
		}
		if (!value && i + 1 == argc)
			return cmd_usage(verb, "option '%s' needs a value", argv[i]);
		*row->value = value ?: argv[++i];
	}
	*ret_argc = kept;
	return -1;
}

int cmd_colour(const char *verb, const char *when, int fd, struct style *ret_style)
{
	if (style_ask(when, fd, ret_style))
		return -1;
	return cmd_usage(verb, "--color wants auto, always or never, not '%s'", when);
}

int cmd_preflight(const struct kernel *kernel, bool quiet)
{
	const struct kernel_check *lacks = kernel_lacks(kernel);

	if (!kernel_privileged()) {
		if (!quiet)
			fprintf(stderr, "hardenctl: not privileged: this verb reads the kernel's BPF "
				"objects and needs CAP_SYS_ADMIN\nhint: run it as root\n");
		return EXIT_PRIVILEGE;
	}
	if (lacks) {
		if (!quiet) {
			fprintf(stderr, "hardenctl: this kernel cannot enforce: %s: %s\n", lacks->name,
				lacks->detail);
			if (lacks->hint)
				fprintf(stderr, "hint: %s\n", lacks->hint);
		}
		return EXIT_KERNEL;
	}
	return -1;
}

const char *cmd_policy_path(void)
{
	static const char etc[] = "/etc/hardenctl/policy.yaml";

	return access(etc, F_OK) ? "/usr/lib/hardenctl/policy.yaml" : etc;
}

void cmd_measure(const char *verb, const struct set_info *set)
{
	struct fail fail;

	if (measure_set(verb, set, &fail))
		fprintf(stderr, "hardenctl: %s: %s, ignoring\nhint: %s\n", verb, fail.text, fail.hint);
}

void cmd_print_baseline(const struct runnable *runnable)
{
	if (runnable->taken)
		printf("baseline: %zu files may be run\n", runnable->taken);
	if (runnable->written)
		printf("  %zu may not, being open for writing: %s%s\n", runnable->written, runnable->example,
		       runnable->written > 1 ? " and others" : "");
}
