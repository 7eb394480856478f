/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd.h - the verbs, and what they share.  Only cmd_*.c and main.c print. */
#ifndef HARDENCTL_CMD_H
#define HARDENCTL_CMD_H

#include <stdbool.h>

#include "fail.h"
#include "kernel.h"
#include "policy.h"

struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
	const char *help;	/* after "usage: hardenctl NAME", ends with a newline */
};

extern const struct verb verbs[];

int cmd_audit(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_load(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_logd(int argc, char **argv);
int cmd_log_verify(int argc, char **argv);
bool cmd_log_verify_asked(int argc, char **argv);
int cmd_metrics(int argc, char **argv);
int cmd_probe(int argc, char **argv);
int cmd_seal(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_suggest(int argc, char **argv);
int cmd_unload(int argc, char **argv);
int cmd_verify(int argc, char **argv);

/* One option of a verb. */
struct option_row {
	const char *name;	/* "--json" */
	const char *alias;	/* "-n" or NULL */
	bool *flag;		/* set to true; or: */
	const char **value;	/* takes the next argument */
};

/* As a verb's one argument: cmd_options() prints its rows, a line "option VERB --NAME[=] [-ALIAS]" each. */
#define LIST_OPTIONS	"--list-options"

/*
 * Parses argv[1..] of verb `verb` against rows (ended by a NULL name); what is no option is left in
 * argv[1..*ret_argc - 1].  Returns -1 to go on, else the exit code: after --help, LIST_OPTIONS, or on a usage error,
 * which it has printed.
 */
int cmd_options(const char *verb, int argc, char **argv, const struct option_row *rows, int *ret_argc);

/* Prints "hardenctl: text" and the hint; returns the exit code. */
int cmd_failed(const struct fail *fail);

/* Prints a usage error and where help is; returns EXIT_USAGE. */
int cmd_usage(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The style of `fd` by the value of --color, or NULL.  -1 to go on, else the exit code: that value is none. */
struct style;
int cmd_colour(const char *verb, const char *when, int fd, struct style *ret_style);

/* -1 to go on; else EXIT_PRIVILEGE or EXIT_KERNEL, said on stderr unless `quiet`. */
int cmd_preflight(const struct kernel *kernel, bool quiet);

/* What the verb `seal` does once its options are read; returns the exit code. */
int cmd_seal_now(bool dry_run, bool json);

/*
 * Loads what `set` is of once more, so that its programs come after what others have attached since, and says so on stderr; the
 * policy's files must be as they were.  Returns the exit code.
 */
struct set_info;
int cmd_load_again(const struct set_info *set);

/* The baseline that a load or a seal took, if any. */
struct runnable;
void cmd_print_baseline(const struct runnable *runnable);

/* Measures what `verb` did (measure_set()), and warns where it can't be: what is in force stays so. */
void cmd_measure(const char *verb, const struct set_info *set);

/* Path of the policy that `load` takes when it is not told. */
const char *cmd_policy_path(void);

#endif
