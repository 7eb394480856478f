// SPDX-License-Identifier: GPL-2.0-only
/* cmd_suggest.c - the lines of a policy that would allow what was recorded.  Writes nothing, and puts nothing in force. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "explain.h"
#include "names.h"
#include "replay_kernel.h"
#include "suggest.h"
#include "util.h"

struct options {
	const char *log, *guard, *policy;
	bool denied, dangerous, json;
};

/* What is in force, where that can be asked. */
struct machine {
	struct sets sets;
	const struct set_info *live;	/* NULL: nothing, or nobody could ask */
};

static char dropin_path[FILE_LEN + 32];

/* Beside the policy, behind what others put there. */
static const char *name_dropin(const char *policy)
{
	const char *slash = strrchr(policy, '/');

	snprintf(dropin_path, sizeof(dropin_path), "%.*s/policy.d/90-suggest.yaml", slash ? (int)(slash - policy) : 1,
		 slash ? policy : ".");
	return dropin_path;
}

static bool leaves_danger(const struct suggestion *suggestion)
{
	for (size_t i = 0; i < suggestion->n_left; i++)
		if (suggestion->left[i].dangerous)
			return true;
	return false;
}

static void print_left(const struct suggestion *suggestion)
{
	if (suggestion->n_left)
		puts("# Left out:");
	for (size_t i = 0; i < suggestion->n_left; i++) {
		const struct suggest_left *left = &suggestion->left[i];

		printf("#   %s %s: %llu record%s, the last %llu: %s%s\n", kind_names[left->kind].guard, reason_names[left->kind],
		       (unsigned long long)left->count, left->count == 1 ? "" : "s", (unsigned long long)left->last_seq,
		       left->dangerous ? "dangerous (--dangerous takes it): " : "", left->why);
	}
}

static void print_log(const struct replay_log *log)
{
	if (log->lost)
		printf("# The log lacks %llu records: what they would need is not among the lines.\n", (unsigned long long)log->lost);
	if (log->unreadable)
		printf("# %llu lines of the log are no records that this hardenctl knows, ignoring them.\n",
		       (unsigned long long)log->unreadable);
}

static const char *effective(const struct machine *machine)
{
	return machine->live ? explain_effective(machine->sets.seal) :
	       "hardenctl check, then hardenctl load puts it in force, where the machine is not sealed.";
}

static bool is_changed(const struct suggestion *suggestion, const char *path, const struct machine *machine)
{
	return path && machine->live && !strcmp(path, machine->live->path) && strcmp(suggestion->digest, machine->live->digest);
}

static void print_text(const struct suggestion *suggestion, const struct replay_log *log, const char *path,
		       const struct machine *machine)
{
	__u64 left = 0;

	for (size_t i = 0; i < suggestion->n_left; i++)
		left += suggestion->left[i].count;
	printf("# %llu records%s%s: %llu allowed by the policy as it is, %llu left out, %llu by the lines below.\n",
	       (unsigned long long)suggestion->records, path ? ", judged by " : "", path ?: "",
	       (unsigned long long)suggestion->allowed, (unsigned long long)left,
	       (unsigned long long)(suggestion->records - suggestion->allowed - left));
	print_log(log);
	print_left(suggestion);
	if (!suggestion->n_lines) {
		puts("# Nothing to propose.");
		return;
	}
	printf("# %s\n", effective(machine));
	if (is_changed(suggestion, path, machine))
		puts("# The file is not what was loaded: it, or a drop-in, was changed since.");
	if (!suggestion->diff)
		printf("# A drop-in, for %s\n", name_dropin(path ?: cmd_policy_path()));
	if (!path)
		puts("# Where the policy has no such list yet these lines make one, and what that does not have is refused.");
	fputs(suggestion->diff ?: suggestion->dropin, stdout);
}

static void add(struct json_object *to, const char *key, struct json_object *value)
{
	json_object_object_add(to, key, value);
}

static struct json_object *json_text(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static struct json_object *json_words(const struct words *words)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < words->count; i++)
		json_object_array_add(list, json_text(words->list[i]));
	return list;
}

static struct json_object *json_when(const char *time, __u64 seq)
{
	struct json_object *when = json_object_new_object();

	add(when, "time", json_text(time));
	add(when, "seq", json_object_new_uint64(seq));
	return when;
}

static struct json_object *json_line(const struct suggest_line *line)
{
	struct json_object *json = json_object_new_object();
	_cleanup_free_ char *entry = suggest_entry(line);
	char key[64];

	snprintf(key, sizeof(key), "%s.%s", guard_names[line->key->guard], line->key->name);
	add(json, "key", json_text(key));
	add(json, "line", json_text(entry));
	add(json, "count", json_object_new_uint64(line->count));
	add(json, "first", json_when(line->first, line->first_seq));
	add(json, "last", json_when(line->last, line->last_seq));
	add(json, "programs", json_words(&line->programs));
	add(json, "logs", json_words(&line->sources));
	add(json, "dangerous", json_object_new_boolean(line->dangerous));
	add(json, "note", json_text(line->note));
	return json;
}

static struct json_object *json_left(const struct suggest_left *left)
{
	struct json_object *json = json_object_new_object();

	add(json, "guard", json_text(kind_names[left->kind].guard));
	add(json, "reason", json_text(reason_names[left->kind]));
	add(json, "count", json_object_new_uint64(left->count));
	add(json, "last", json_object_new_uint64(left->last_seq));
	add(json, "why", json_text(left->why));
	add(json, "dangerous", json_object_new_boolean(left->dangerous));
	return json;
}

static void print_json(const struct suggestion *suggestion, const struct replay_log *log, const char *path,
		       const struct machine *machine)
{
	struct json_object *json = json_object_new_object(), *list = json_object_new_array();

	add(json, "schema", json_text("hardenctl.suggest/1"));
	add(json, "policy", json_text(path));
	add(json, "changed", json_object_new_boolean(is_changed(suggestion, path, machine)));
	add(json, "records", json_object_new_uint64(suggestion->records));
	add(json, "allowed", json_object_new_uint64(suggestion->allowed));
	add(json, "canaries", json_object_new_uint64(log->canaries));
	add(json, "lost", json_object_new_uint64(log->lost));
	add(json, "unreadable", json_object_new_uint64(log->unreadable));
	for (size_t i = 0; i < suggestion->n_lines; i++)
		json_object_array_add(list, json_line(&suggestion->lines[i]));
	add(json, "proposals", list);
	list = json_object_new_array();
	for (size_t i = 0; i < suggestion->n_left; i++)
		json_object_array_add(list, json_left(&suggestion->left[i]));
	add(json, "left_out", list);
	add(json, "diff", json_text(suggestion->diff));
	add(json, "drop_in", json_text(suggestion->dropin));
	add(json, "effective", suggestion->n_lines ? json_text(effective(machine)) : NULL);
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

static int failed(int err, const char *path, const struct diags *diags)
{
	diags_print(diags, stderr);
	if (err == -ENOTRECOVERABLE) {
		fputs("hardenctl: suggest: internal error: the lines would not make a valid policy that allows what they are for\n"
		      "hint: hardenctl explain tells the lines for one record\n", stderr);
		return EXIT_INTERNAL;
	}
	fprintf(stderr, "hardenctl: suggest: judge by policy '%s': %s\nhint: hardenctl check '%s', or --policy for another one\n",
		path ?: "of ours", err == -EINVAL ? "it is invalid" : strerror(-err), path ?: "");
	return EXIT_FAILED;
}

static int propose(const struct options *options, const struct replay_log *log, const struct machine *machine, int guard)
{
	const char *path = options->policy ?: (machine->live ? machine->live->path : cmd_policy_path());
	struct suggest_request request = {
		.log = log, .guard = guard, .denied = options->denied, .dangerous = options->dangerous, .lookup = !options->log,
	};
	struct suggestion suggestion;
	struct diags diags = {};
	int err, code;

	if (access(path, R_OK) && options->policy) {
		fprintf(stderr, "hardenctl: suggest: read '%s': %s\n", path, strerror(errno));
		return EXIT_FAILED;
	}
	if (access(path, R_OK)) {
		fprintf(stderr, "hardenctl: suggest: read '%s': %s; a drop-in for any policy instead\n", path, strerror(errno));
		path = NULL;
	}
	request.path = path;
	err = suggest(&request, &diags, &suggestion);
	if (err)
		code = failed(err, path, &diags);
	else
		code = !suggestion.n_lines && leaves_danger(&suggestion) ? EXIT_REFUSED : EXIT_DONE;
	if (!err)
		(options->json ? print_json : print_text)(&suggestion, log, path, machine);
	suggest_free(&suggestion);
	diags_free(&diags);
	return code;
}

/* -1 to go on, else the exit code.  Files can be judged anywhere, by anybody. */
static int ask_machine(bool needed, struct machine *machine)
{
	struct kernel kernel;
	struct fail fail;
	int code;

	kernel_ask(&kernel);
	code = cmd_preflight(&kernel, /* quiet= */ !needed);
	if (code >= 0)
		return needed ? code : -1;
	if (sets_find(&machine->sets, &fail))
		return needed ? cmd_failed(&fail) : -1;
	machine->live = sets_live(&machine->sets);
	if (machine->live || !needed)
		return -1;
	fputs("hardenctl: suggest: nothing is loaded\nhint: hardenctl load, with guards in audit mode; or --log FILE\n", stderr);
	return EXIT_FAILED;
}

static int read_logs(const struct options *options, int argc, char **argv, const struct machine *machine, struct replay_log *log)
{
	struct fail fail;
	int err;

	if (!options->log)
		return replay_read_kernel(log, machine->live, &fail) ? cmd_failed(&fail) : -1;
	err = replay_read(log, options->log, &fail);
	for (int i = 1; !err && i < argc; i++)
		err = replay_read(log, argv[i], &fail);
	return err ? cmd_failed(&fail) : -1;
}

int cmd_suggest(int argc, char **argv)
{
	struct options options = {};
	const struct option_row rows[] = {
		{ "--log", NULL, NULL, &options.log }, { "--guard", NULL, NULL, &options.guard },
		{ "--policy", NULL, NULL, &options.policy }, { "--denied", NULL, &options.denied, NULL },
		{ "--dangerous", NULL, &options.dangerous, NULL }, { "--json", NULL, &options.json, NULL }, {},
	};
	int code = cmd_options("suggest", argc, argv, rows, &argc), guard;
	struct machine machine = {};
	struct replay_log log = {};

	if (code >= 0)
		return code;
	if (argc > 1 && !options.log)
		return cmd_usage("suggest", "takes no argument '%s'; a log is named by --log", argv[1]);
	guard = options.guard ? guard_find(options.guard) : -1;
	if (options.guard && guard < 0)
		return cmd_usage("suggest", "there is no guard '%s'", options.guard);
	code = ask_machine(!options.log, &machine);
	if (code < 0)
		code = read_logs(&options, argc, argv, &machine, &log);
	if (code < 0)
		code = propose(&options, &log, &machine, guard);
	replay_free(&log);
	sets_free(&machine.sets);
	return code;
}
