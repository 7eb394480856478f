// SPDX-License-Identifier: GPL-2.0-only
/* cmd_load.c - puts a policy in force, or has it only recorded. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alarm.h"
#include "cmd.h"
#include "load.h"
#include "lookup.h"
#include "names.h"
#include "style.h"

#define FLOWS_SHOWN	20

/* What was asked for; `audit`: that what the policy refuses is only recorded. */
struct request {
	const char *verb;
	const char *path;
	bool audit, dry_run, force;
	const struct set_info *again;	/* what is in force already, which `seal` wants to come last */
};

static void print_loaded(const struct loaded *loaded, bool dry_run)
{
	const struct set_info *set = &loaded->set;

	printf("%s '%s' (%s), %s, %u programs\n", dry_run ? "would load" : loaded->reload ?
	       "reloaded" : "loaded", set->name, set->path, set->digest, set->attachments);
	for (int guard = 0; guard < GUARD_COUNT; guard++) {
		if (!guard_exists(guard))
			continue;
		printf("  %-8s %-8s %u rules", guard_names[guard], mode_names[set->mode[guard]],
		       set->rules[guard]);
		if (!dry_run && set->mode[guard] != MODE_OFF)
			printf(", canary %s", canary_names[loaded->canary[guard]]);
		putchar('\n');
	}
}

/* Whoever gets at the output has the key, so it is shown once, and only by the load that made it. */
static void print_key(struct loaded *loaded)
{
	if (loaded->log_key[0])
		printf("log key: %s\n"
		       "  not shown again: `hardenctl log --verify` finds with it whether somebody, be it root, altered the files of\n"
		       "  the log. Write it down elsewhere and keep it off this machine.\n", loaded->log_key);
	sodium_memzero(loaded->log_key, sizeof(loaded->log_key));
}

/* What the policy wants done then is not known: nobody has vouched for it. */
static void note_unsigned(const struct request *request)
{
	char why[FILE_LEN];

	snprintf(why, sizeof(why), "%s '%.100s': it is not signed as this machine's keys demand", request->verb, request->path);
	load_note_refused(why);
	alarm_raise(ON_FAILURE_CONTINUE, why);
}

static int parse(const struct request *request, struct policy **ret_policy, struct rules **ret_rules)
{
	struct style style = {};
	struct diags diags = {};
	int err = policy_parse_signed(request->path, /* warn= */ false, &diags, ret_policy);

	if (!err && request->audit)
		policy_audit(*ret_policy);
	if (!err)
		err = lookup_names(*ret_policy, &diags);
	if (!err)
		err = rules_compile(*ret_policy, &diags, ret_rules);
	style_ask(NULL, STDERR_FILENO, &style);
	diags_show(&diags, &style, stderr);
	if (err)
		fprintf(stderr, "hardenctl: %s '%s': %s; nothing was changed\n", request->verb, request->path,
			err == -EINVAL ? "the policy is invalid" :
			err == -EKEYREJECTED ? "it is not signed as this machine's keys demand" :
			err == -ENXIO ? "not all of its names could be looked up" : strerror(-err));
	if (err == -EKEYREJECTED && !request->dry_run)
		note_unsigned(request);
	diags_free(&diags);
	return err;
}

static void warn(const struct policy *policy, const struct loaded *loaded)
{
	if (loaded->no_chain.text[0])
		fprintf(stderr, "hardenctl: load: %s, ignoring\nhint: the files of the log have no chain, until an unload and a load or "
			"a reboot: what logd writes can be verified only as long as the kernel has the records\n",
			loaded->no_chain.text);
	if (loaded->no_serial.text[0])
		fprintf(stderr, "hardenctl: load: %s, ignoring\nhint: after an unload an older policy could be loaded again\n",
			loaded->no_serial.text);
	if (loaded->no_counter.text[0])
		fprintf(stderr, "hardenctl: load: %s, ignoring\nhint: after a reboot an older policy could be loaded again\n",
			loaded->no_counter.text);
	if (loaded->records_kept)
		fprintf(stderr, "hardenctl: load: log.records: the running log keeps its %u records, "
			"ignoring\nhint: the new size counts after an unload or a reboot\n",
			loaded->records_kept);
	if (policy->seal.bpf & ~loaded->set.seal_bpf)
		fputs("hardenctl: load: seal.bpf: this kernel can't look into a program when it is loaded, so "
		      "none will be after the seal\nhint: use Linux 6.12 or newer\n", stderr);
}

/* What is open and the policy does not list. */
static void warn_of_flows(const struct findings *cut)
{
	for (size_t i = 0; i < cut->count && i < FLOWS_SHOWN; i++)
		fprintf(stderr, "hardenctl: load: %s: %s\n", finding_names[cut->list[i].kind], cut->list[i].what);
	if (cut->count > FLOWS_SHOWN)
		fprintf(stderr, "hardenctl: load: and %zu more\n", cut->count - FLOWS_SHOWN);
	if (cut->count)
		fputs("hint: the policy lists none of these, and cuts them (or records that, in audit): list them or end them\n",
		      stderr);
}

static int load(const struct policy *policy, const struct rules *rules, const struct kernel *kernel,
		const struct request *request)
{
	struct loaded loaded = {};
	struct fail fail;
	int code, err = load_policy(policy, rules, kernel, request->dry_run, request->force, &loaded, &fail);

	if (err) {
		if (fail.exit_code == EXIT_REFUSED)
			warn_of_flows(&loaded.flows.cut);
		findings_free(&loaded.flows.cut);
		sodium_memzero(loaded.log_key, sizeof(loaded.log_key));
		code = cmd_failed(&fail);
		/* A machine that is sealed has its policy. */
		if (!request->dry_run && !request->again && code != EXIT_REFUSED)
			alarm_raise(policy->on_load_failure, fail.text);
		return code;
	}
	if (!request->dry_run)
		cmd_measure(request->verb, &loaded.set);
	if (request->again) {
		fprintf(stderr, "hardenctl: seal: another program has come after ours on the root cgroup; reloaded '%s', ours come last\n",
			loaded.set.name);
		return EXIT_DONE;
	}
	print_loaded(&loaded, request->dry_run);
	cmd_print_baseline(&loaded.runnable);
	print_key(&loaded);
	/* Before what there is to warn of. */
	fflush(stdout);
	warn(policy, &loaded);
	warn_of_flows(&loaded.flows.cut);
	findings_free(&loaded.flows.cut);
	if (request->audit)
		puts("nothing is refused now, what the policy would refuse is recorded: hardenctl suggest shows the lines that would\n"
		     "allow it, hardenctl load enforces the policy");
	if (!policy->seal.at_load || request->dry_run)
		return EXIT_DONE;
	return cmd_seal_now(/* dry_run= */ false, /* json= */ false);
}

/* -1 to go on, else the exit code.  The policy is read for what it wants done on a kernel that can't. */
static int check_kernel(const struct request *request, struct kernel *kernel)
{
	struct policy *policy = NULL;
	struct rules *rules = NULL;
	int code;

	kernel_ask(kernel);
	kernel_ask_hooks(kernel);
	code = cmd_preflight(kernel, /* quiet= */ false);
	if (code == EXIT_KERNEL && !request->dry_run && !parse(request, &policy, &rules))
		alarm_raise(policy->on_load_failure, "load: this kernel can't enforce the policy");
	rules_free(rules);
	policy_free(policy);
	return code;
}

/* Not audit's: that is refused a seal as it is. */
static bool is_same(const struct policy *policy, const struct set_info *set)
{
	bool same = !strcmp(policy->digest, set->digest);

	for (int guard = 0; guard < GUARD_COUNT; guard++)
		same = same && (!guard_exists(guard) || policy->guard[guard].mode == set->mode[guard]);
	return same;
}

static int read_and_load(const struct request *request, const struct kernel *kernel)
{
	struct policy *policy = NULL;
	struct rules *rules = NULL;
	int code, err = parse(request, &policy, &rules);

	if (err)
		code = err == -EINVAL || err == -EKEYREJECTED ? EXIT_REFUSED : EXIT_FAILED;
	else if (request->again && !is_same(policy, request->again))
		code = cmd_failed(&(struct fail){ .exit_code = EXIT_REFUSED,
				  .hint = "hardenctl load, then seal",
				  .text = "seal: another program has come after ours on the root cgroup, and the policy in force is not "
					  "the one in its files, to be reloaded; nothing was changed" });
	else
		code = load(policy, rules, kernel, request);
	rules_free(rules);
	policy_free(policy);
	return code;
}

int cmd_load_again(const struct set_info *set)
{
	const struct request request = { .verb = "load", .path = set->path, .again = set };
	struct kernel kernel;
	int code = check_kernel(&request, &kernel);

	return code >= 0 ? code : read_and_load(&request, &kernel);
}

static int run(int argc, char **argv, struct request *request)
{
	bool verbose = false;
	const struct option_row rows[] = {
		{ "--policy", NULL, NULL, &request->path },
		{ "--dry-run", NULL, &request->dry_run, NULL },
		{ "--force", NULL, &request->force, NULL },
		{ "--verbose", "-v", &verbose, NULL },
		{},
	};
	int code = cmd_options(request->verb, argc, argv, rows, &argc);
	struct kernel kernel;
	struct fail fail;

	if (code >= 0)
		return code;
	if (argc > 1)
		return cmd_usage(request->verb, "takes no argument '%s'; a policy is named by --policy", argv[1]);
	request->path = request->path ?: cmd_policy_path();
	code = check_kernel(request, &kernel);
	if (code >= 0)
		return code;
	if (load_possible(&fail))
		return cmd_failed(&fail);
	return read_and_load(request, &kernel);
}

int cmd_load(int argc, char **argv)
{
	return run(argc, argv, &(struct request){ .verb = "load" });
}

int cmd_audit(int argc, char **argv)
{
	return run(argc, argv, &(struct request){ .verb = "audit", .audit = true });
}
