// SPDX-License-Identifier: GPL-2.0-only
/* main.c - the table of verbs. */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "text.h"

#define VERBS_MAX	32

#ifndef VERSION
#define VERSION "unknown"
#endif

const struct verb verbs[] = {
	{ "probe", cmd_probe, "what this kernel can enforce",
	  "[--json] [--color=WHEN]\n\n"
	  "Lists what hardenctl needs and whether this kernel has it, with the consequence and the fix where it\n"
	  "has not; and what this kernel gives no way to refuse.  What is optional only some policies need.\n"
	  "Exit: 0 it can, 3 it can't.\n" },
	{ "check", cmd_check, "check a policy, without loading it",
	  "[--json] [--dump] [--strict] [--against LOG] [--color=WHEN] [FILE...]\n\n"
	  "Checks each FILE (default: the policy that load takes) with the drop-ins policy.d/*.yaml beside\n"
	  "it.  On a terminal or over ssh it warns where the policy would end your own logins.  Works unprivileged.\n"
	  "  --dump          look up names in egress.allow and ingress.allow, and show what becomes of them\n"
	  "  --strict        warnings, and what --against finds to be newly denied, fail\n"
	  "  --against LOG   replay the records of a file that logd or log --json wrote (- for standard input), or of\n"
	  "                  the kernel: what this policy would newly deny and newly allow\n"
	  "Exit: 0 valid, 1 could not check, 2 invalid; --against kernel: 3 kernel can't, 4 not privileged.\n" },
	{ "load", cmd_load, "put a policy in force",
	  "[--policy FILE] [--dry-run] [--force] [-v]\n\n"
	  "Attaches the policy's guards, proves each by a canary, and only then retires the policy that was\n"
	  "in force.  A load that fails changes nothing.  It warns of listeners and connections that are there\n"
	  "and that the policy does not list, and refuses to cut the connection that you work over.\n"
	  "  --policy FILE   default /etc/hardenctl/policy.yaml, else /usr/lib/hardenctl/policy.yaml\n"
	  "  --dry-run       put the programs through the kernel's verifier, see what is open, change nothing\n"
	  "  --force         cut your own connection, too\n"
	  "  -v, --verbose   what libbpf and the verifier say\n"
	  "Exit: 0 done, 1 failed, 2 refused (policy invalid, sealed, or it would cut you off), 3 kernel can't,\n"
	  "4 not privileged.\n" },
	{ "audit", cmd_audit, "put a policy in force that only records, to learn from",
	  "[--policy FILE] [--dry-run] [--force] [-v]\n\n"
	  "As load, but every guard that the policy has enforce only records what it would have refused; a guard\n"
	  "that is off stays off, and nothing is sealed.  Let the machine do all of its work, then see suggest.  What\n"
	  "enforced before no longer does.\n"
	  "  --policy FILE   default /etc/hardenctl/policy.yaml, else /usr/lib/hardenctl/policy.yaml\n"
	  "  --dry-run       put the programs through the kernel's verifier, change nothing\n"
	  "  --force         as of load\n"
	  "  -v, --verbose   what libbpf and the verifier say\n"
	  "Exit: 0 done, 1 failed, 2 refused (policy invalid, or sealed), 3 kernel can't, 4 not privileged.\n" },
	{ "seal", cmd_seal, "from now until reboot nobody loosens the policy",
	  "[--dry-run] [--json] [-v]\n\n"
	  "Arms everything provisionally, proves every guard, looks for what is there already and would break\n"
	  "a promise, and commits; or lists what it found and steps back.  Retries as the policy's seal.retry\n"
	  "says.\n"
	  "  --dry-run       only list what would stop it\n"
	  "  -v, --verbose   what libbpf and the verifier say\n"
	  "Exit: 0 sealed (before, too), 1 failed, 2 refused by what it found, 3 kernel can't, 4 not privileged.\n" },
	{ "status", cmd_status, "what is in force, proven just now",
	  "[--json] [-q] [-w] [--color=WHEN]\n\n"
	  "  -q, --quiet     no output, only the exit code\n"
	  "  -w, --watch     again every 2 seconds, until Ctrl-C; the guards are tried once a minute\n"
	  "  --color=WHEN    auto (on a terminal), always or never\n"
	  "Exit: 0 sealed and every guard proven, 1 not loaded, 2 loaded but weaker than that, 3 kernel\n"
	  "can't, 4 not privileged.\n" },
	{ "verify", cmd_verify, "try every guard now",
	  "[--json]\n\n"
	  "Exit: 0 every canary was refused (or recorded, in audit mode), 1 not loaded, 2 one was not.\n" },
	{ "log", cmd_log, "show refusals",
	  "[-f] [-r] [-n NUMBER|all] [-S TIME] [-U TIME] [--guard GUARD] [--reason REASON]\n"
	  "                     [--pid PID] [--exe PATH] [-o text|json|ocsf|ecs] [--json] [-a] [-b] [--color=WHEN]\n"
	  "       hardenctl log --verify [--key KEY | --key-file FILE] [FILE...]\n\n"
	  "  -f, --follow    and what comes, until it is interrupted\n"
	  "  -r, --reverse   the newest first\n"
	  "  -n NUMBER       the last NUMBER that match (default 100, with -f 10; with -S, -U, -o all)\n"
	  "  -S, --since TIME, -U, --until TIME\n"
	  "                  '2026-11-23 03:34:30', today, yesterday, now, -5m, '5min ago', +12.5s (after boot)\n"
	  "  --guard GUARD   of this guard only\n"
	  "  --reason REASON for this reason only\n"
	  "  --pid PID       of this process or thread\n"
	  "  --exe PATH      of this program or, where PATH ends with '/', of those below it\n"
	  "  -o, --output    text; json, one object a line; ocsf or ecs, which SIEMs know\n"
	  "  --json          -o json, which has the canaries, too\n"
	  "  -a, --all       hardenctl's own canaries too\n"
	  "  -b, --boot      of this boot, which is all there is: the log lives in RAM\n"
	  "  --verify        tell whether the files that logd wrote (or copies, anywhere) are whole, by the key that\n"
	  "                  load printed, and by the kernel's records where they are still there\n"
	  "  --key-file FILE  has the key, or several, one a line; -: standard input\n"
	  "Exit: 0 done, 1 not loaded.  With --verify: 0 whole, 1 could not check, 2 altered, and where.\n" },
	{ "explain", cmd_explain, "what a refusal was, and what would allow it",
	  "SEQ|last [--json] [--color=WHEN]\n\n"
	  "Explains record SEQ of the log, or the last one that is not of a canary: who tried what, which rule\n"
	  "refused it and why, which lines of a policy would allow it and what else they would, and when.\n"
	  "Exit: 0 done, 1 not loaded, or the kernel has no such record (any more).\n" },
	{ "suggest", cmd_suggest, "the lines of a policy that would allow what was recorded",
	  "[--log FILE...] [--policy FILE] [--guard GUARD] [--denied] [--dangerous] [--json]\n\n"
	  "Prints the difference that would make the policy in force allow what guards only recorded (audit), each line with\n"
	  "how often, when and by which program.  Writes nothing; what comes out passes check, and a replay of the records.\n"
	  "  --log FILE...   records from files that logd or log --json wrote, - for standard input, not the kernel's\n"
	  "  --policy FILE   judge by, and add to, this one\n"
	  "  --guard GUARD   of this guard only\n"
	  "  --denied        what was refused, too\n"
	  "  --dangerous     shells, interpreters, loaders, reasons of lockdown and what is for every program, too\n"
	  "Exit: 0 lines, or nothing to propose; 1 not loaded, or it could not be done; 2 all there was is dangerous,\n"
	  "3 kernel can't, 4 not privileged.\n" },
	{ "metrics", cmd_metrics, "what is in force and was refused, for Prometheus",
	  "[--textfile FILE]\n\n"
	  "Prints the text format of Prometheus: the policy, the mode of each guard, refusals by guard and reason,\n"
	  "the state of the log.  Runs no canary, so a mode is no proof; status and verify are.\n"
	  "  --textfile FILE  write it to FILE, for node_exporter's textfile collector: at once, readable for all.\n"
	  "                   FILE outlives a reboot; watch node_textfile_mtime_seconds\n"
	  "Exit: 0 done (nothing loaded: hardenctl_loaded 0), 1 failed, 3 kernel can't, 4 not privileged.\n" },
	{ "unload", cmd_unload, "take the policy out of force (never once sealed)",
	  "\n\nExit: 0 done, 1 nothing is loaded or it failed, 2 sealed.\n" },
	{ "logd", cmd_logd, "stream refusals to files in RAM",
	  "\n\n"
	  "Follows the kernel's log and writes it as JSON Lines to a ring of files below /run/hardenctl/log (8 of\n"
	  "2 MiB), until it is told to stop.  Nothing depends on it: after a kill or a full disk it goes on where it\n"
	  "stopped, as far as the kernel still has the records.  Exit: 0 told to stop, 1 another one is running.\n" },
	{ NULL, NULL, NULL, NULL },
};

static bool verbose;

static int libbpf_says(enum libbpf_print_level level, const char *format, va_list args)
{
	return verbose && level <= LIBBPF_INFO ? vfprintf(stderr, format, args) : 0;
}

static void print_usage(FILE *out)
{
	fputs("usage: hardenctl VERB [OPTION...]\n\n", out);
	for (const struct verb *verb = verbs; verb->name; verb++)
		fprintf(out, "  %-8s %s\n", verb->name, verb->summary);
	fputs("\n  hardenctl VERB --help, or help VERB, tells the options and exit codes of one.\n", out);
}

static int unknown_verb(const char *name)
{
	const char *names[VERBS_MAX] = {}, *nearest;

	for (size_t i = 0; i < VERBS_MAX - 1 && verbs[i].name; i++)
		names[i] = verbs[i].name;
	nearest = text_nearest(name, names);
	fprintf(stderr, "hardenctl: unknown verb '%s'\n", name);
	if (nearest)
		fprintf(stderr, "hint: did you mean '%s'?\n", nearest);
	else
		fputs("hint: hardenctl --help\n", stderr);
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("hardenctl " VERSION);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || (!strcmp(argv[1], "help") && argc == 2)) {
		print_usage(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "help"))
		return cmd_help(argc - 1, argv + 1);
	for (int i = 2; i < argc; i++)
		verbose = verbose || !strcmp(argv[i], "-v") || !strcmp(argv[i], "--verbose");
	for (const struct verb *verb = verbs; verb->name; verb++)
		if (!strcmp(verb->name, argv[1]))
			return verb->run(argc - 1, argv + 1);
	return unknown_verb(argv[1]);
}

int main(int argc, char **argv)
{
	int code;

	/* Nothing that whoever started us left open is ours to use, and what is open with O_PATH counts in runnable.c. */
	close_range(3, ~0U, 0);
	libbpf_set_print(libbpf_says);
	code = run(argc, argv);
	/* A full disk must not look like a clean run. */
	if (fflush(stdout) || ferror(stdout)) {
		perror("hardenctl: write the output");
		return code ?: EXIT_INTERNAL;
	}
	return code;
}
