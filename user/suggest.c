// SPDX-License-Identifier: GPL-2.0-only
/* suggest.c - the fewest lines of a policy that would allow what was recorded, and the proof that they do. */
#include "suggest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lookup.h"
#include "names.h"
#include "rules.h"
#include "util.h"

#define DROPIN_NAME	"the lines"

/* Where no policy can be read: all that a list could allow is refused, so that each record gets its line. */
static const char strict[] =
	"version: 1\nexec: {mode: enforce, allow: [], libraries: [], jit: none}\nptrace: {mode: enforce}\n"
	"modules: {mode: enforce}\negress: {mode: enforce, unix: []}\ningress: {mode: enforce}\n"
	"kernel: {mode: enforce, mounts: [], sysctls: [], devices: []}\ndata: {mode: off}\n";

enum row_state { ROW_NEW, ROW_PROPOSED, ROW_LEFT };

struct work {
	const struct suggest_request *request;
	struct suggestion *suggestion;
	struct diags *diags;
	char *text;		/* of the policy as it is */
	size_t len;
	unsigned char *states;	/* enum row_state by row of the log */
};

/* A policy that records are judged by. */
struct judge {
	struct policy *policy;
	struct rules *rules;
	struct replay replay;
};

static void close_judge(struct judge *judge)
{
	replay_close(&judge->replay);
	rules_free(judge->rules);
	policy_free(judge->policy);
}

static int read_text(const char *path, char **ret_text, size_t *ret_len)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	struct stat st;
	size_t len = 0;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > POLICY_BYTES_MAX)
		return -EINVAL;
	text = malloc(st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (len < (size_t)st.st_size && (n = read(fd, text + len, st.st_size - len)) > 0)
		len += n;
	text[len] = 0;
	*ret_text = TAKE_PTR(text);
	*ret_len = len;
	return 0;
}

/* What can't be looked up leaves its entries without effect, and its records without a verdict. */
static void look_up(const struct work *work, struct policy *policy)
{
	struct diags diags = {};

	if (work->request->lookup)
		lookup_names(policy, &diags);
	diags_free(&diags);
}

/* The policy with the lines that there are by now: `dropin` as another file, else in its text. */
static int open_judge(struct work *work, bool dropin, struct judge *ret_judge)
{
	struct suggestion *suggestion = work->suggestion;
	const char *path = work->request->path ?: "policy";
	struct policy_edit edit = { .text = work->text, .len = work->len, .alone = !work->request->path };
	_cleanup_free_ char *lines = NULL, *text = NULL, *diff = NULL;
	struct judge judge = {};
	int err = 0;

	if (suggestion->n_lines && dropin) {
		lines = suggest_dropin(suggestion);
		edit.dropin = lines;
		edit.dropin_name = DROPIN_NAME;
		err = lines ? 0 : -ENOMEM;
	} else if (suggestion->n_lines) {
		err = suggest_edit(suggestion, path, work->text, work->len, &text, &diff);
		edit.text = text;
		edit.len = text ? strlen(text) : 0;
	}
	err = err ?: policy_parse_edited(path, &edit, work->diags, &judge.policy);
	if (!err)
		look_up(work, judge.policy);
	err = err ?: rules_compile(judge.policy, work->diags, &judge.rules);
	err = err ?: replay_open(judge.policy, judge.rules, &judge.replay);
	if (err) {
		close_judge(&judge);
		return err;
	}
	if (!suggestion->n_lines)
		memcpy(suggestion->digest, judge.policy->digest, sizeof(suggestion->digest));
	if (diff) {
		free(suggestion->diff);
		suggestion->diff = TAKE_PTR(diff);
	}
	*ret_judge = judge;
	return 0;
}

static bool is_wanted(const struct suggest_request *request, const struct replay_row *row)
{
	return (request->guard < 0 || kind_names[row->record.kind].guard_id == (__u32)request->guard) &&
	       (request->denied || !(row->record.flags & RECORD_DENIED));
}

/*
 * What a step looks at.  A packet may be the answer to what an entry of an earlier step allows; and who listens needs no
 * entry of his own once somebody is listed who came in.
 */
static int step_of(const struct replay_row *row)
{
	const struct kind_name *kind = &kind_names[row->record.kind];

	if (kind->guard_id == GUARD_ingress)
		return strncmp(kind->hook, "skb_", 4) ? 2 : 1;
	return strncmp(kind->hook, "skb_", 4) ? 0 : 3;
}

#define STEPS	4

static int take_row(struct work *work, struct judge *judge, size_t index, int step)
{
	const struct replay_log *log = work->request->log;
	const struct replay_row *row = &log->list[index];
	enum replay_verdict verdict = replay_judge(&judge->replay, row).verdict;
	int err;

	if (verdict == REPLAY_ALLOWED)
		return 0;
	if (verdict == REPLAY_UNKNOWN && step % 2) {
		work->states[index] = ROW_LEFT;
		return suggest_leave(work->suggestion, row, "it can be an answer to what another line or entry allows",
				     /* dangerous= */ false);
	}
	err = suggest_add(work->suggestion, log, index, work->request->dangerous, &judge->replay);
	if (err >= 0)
		work->states[index] = err ? ROW_PROPOSED : ROW_LEFT;
	return err < 0 ? err : 0;
}

static bool has_many_ports(const struct suggest_line *line)
{
	for (int field = 0; field < SUGGEST_FIELDS && line->key->fields[field]; field++)
		if (!strcmp(line->key->fields[field], "port") && line->field[field].count > SUGGEST_PORTS)
			return true;
	return false;
}

/* One line can't have them all, and which range is meant a log does not tell. */
static int drop_ranges(struct work *work)
{
	struct suggestion *suggestion = work->suggestion;
	int err = 0;

	for (size_t i = 0; !err && i < suggestion->n_lines; i++) {
		const struct suggest_line *line = &suggestion->lines[i];

		if (!has_many_ports(line))
			continue;
		for (size_t j = 0; !err && j < line->n_rows; j++) {
			work->states[line->rows[j]] = ROW_LEFT;
			err = suggest_leave(suggestion, &work->request->log->list[line->rows[j]],
					    "it used more ports than one line can list: somebody has to choose a range",
					    /* dangerous= */ false);
		}
		suggest_drop(suggestion, i--);
	}
	return err;
}

static int take_step(struct work *work, int step)
{
	const struct replay_log *log = work->request->log;
	struct judge judge;
	int err = open_judge(work, /* dropin= */ true, &judge);

	if (err)
		return err == -EINVAL && work->suggestion->n_lines ? -ENOTRECOVERABLE : err;
	for (size_t i = 0; !err && i < log->count; i++)
		if (work->states[i] == ROW_NEW && is_wanted(work->request, &log->list[i]) && step_of(&log->list[i]) == step)
			err = take_row(work, &judge, i, step);
	close_judge(&judge);
	return err ?: suggest_merge(work->suggestion) ?: drop_ranges(work);
}

/* None of what lines are for may be refused. */
static int prove(struct work *work, bool dropin)
{
	const struct replay_log *log = work->request->log;
	struct judge judge;
	int err = open_judge(work, dropin, &judge);

	if (err)
		return err == -EINVAL ? -ENOTRECOVERABLE : err;
	for (size_t i = 0; !err && i < log->count; i++)
		if (work->states[i] == ROW_PROPOSED && replay_judge(&judge.replay, &log->list[i]).verdict == REPLAY_DENIED)
			err = -ENOTRECOVERABLE;
	close_judge(&judge);
	return err;
}

static void count(struct work *work)
{
	const struct replay_log *log = work->request->log;
	struct suggestion *suggestion = work->suggestion;

	for (size_t i = 0; i < log->count; i++) {
		if (!is_wanted(work->request, &log->list[i]))
			continue;
		suggestion->records += log->list[i].count;
		suggestion->allowed += work->states[i] == ROW_NEW ? log->list[i].count : 0;
	}
}

static int write_lines(struct work *work)
{
	struct suggestion *suggestion = work->suggestion;
	int err;

	if (!suggestion->n_lines)
		return 0;
	suggestion->dropin = suggest_dropin(suggestion);
	if (!suggestion->dropin)
		return -ENOMEM;
	err = work->request->path ? prove(work, /* dropin= */ false) : -ENOTSUP;
	if (err != -ENOTSUP && err != -ENOTRECOVERABLE)
		return err;
	/* A text that there is no place in, or that a drop-in overrides. */
	free(suggestion->diff);
	suggestion->diff = NULL;
	diags_free(work->diags);
	return prove(work, /* dropin= */ true);
}

int suggest(const struct suggest_request *request, struct diags *diags, struct suggestion *ret_suggestion)
{
	struct work work = { .request = request, .suggestion = ret_suggestion, .diags = diags };
	int err;

	memset(ret_suggestion, 0, sizeof(*ret_suggestion));
	work.states = calloc(request->log->count + 1, 1);
	if (!work.states)
		return -ENOMEM;
	err = request->path ? read_text(request->path, &work.text, &work.len) : 0;
	if (!request->path) {
		work.text = strdup(strict);
		work.len = strlen(strict);
		err = work.text ? 0 : -ENOMEM;
	}
	/* Twice: a list that was made refuses what nothing refused before. */
	for (int step = 0; !err && step < 2 * STEPS; step++) {
		diags_free(diags);
		err = take_step(&work, step % STEPS);
	}
	if (!err) {
		diags_free(diags);
		count(&work);
		err = write_lines(&work);
	}
	free(work.text);
	free(work.states);
	return err;
}
