// SPDX-License-Identifier: GPL-2.0-only
/* explain.c - a record, and what there is to say about it, as texts that are safe to show. */
#include "explain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "util.h"

#define TEXT_MAX	(4 * 512 + 1)

static const char *const effective[] = {
	[SEAL_NONE] = "Not sealed: hardenctl check, then hardenctl load puts it in force at once.",
	[SEAL_PROVISIONAL] = "A seal is under way: if it steps back, hardenctl check, then hardenctl load; if not, at the "
			     "next boot.",
	[SEAL_DONE] = "Sealed: the policy and its files stay as they are until the machine reboots.  Change them in what "
		      "it boots from, and hardenctl check them there: they take effect at the next boot.",
};

static const char *text_of(struct json_object *json, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(json, key, &value);
	return value ? json_object_get_string(value) : "";
}

static void write_object(const struct record *record, FILE *out)
{
	const struct object_text *text = &record->object.text;
	char escaped[TEXT_MAX];

	if (record->object_type == OBJECT_TEXT && text->detail[0]) {
		event_escape(text->detail, sizeof(text->detail), escaped);
		fprintf(out, " %s", escaped);
	} else {
		event_object(record, out);
	}
}

/* Who sends or gets a packet is not there when it passes. */
static bool is_packet(const struct record *record)
{
	return !strncmp(kind_names[record->kind].hook, "skb_", 4);
}

static void write_subject(const struct explanation *expl, const struct record *record, FILE *out)
{
	const char *exe = text_of(expl->event, "exe");

	if (exe[0])
		fprintf(out, "%s", exe);
	else if (record->exe.ino)
		fprintf(out, "a program (device %s, inode %llu)", text_of(expl->event, "exe_dev"), record->exe.ino);
	else
		fputs(is_packet(record) ? "a socket of an unknown program" : "a kernel thread", out);
	fprintf(out, " (comm '%s', pid %u, uid %u, cgroup '%s')", text_of(expl->event, "comm"), record->tgid,
		record->uid, text_of(expl->event, "cgroup"));
}

static void write_sentence(const struct explanation *expl, const struct record *record, FILE *out)
{
	fprintf(out, "At %.19sZ (%llu.%03llu s after boot) ", text_of(expl->event, "time"),
		record->boot_ns / 1000000000, record->boot_ns / 1000000 % 1000);
	write_subject(expl, record, out);
	fprintf(out, expl->reason->deed ? " tried to %s" : " reported:%s", expl->reason->deed ?: "");
	write_object(record, out);
	if (expl->reason->deed)
		fputs(record->flags & RECORD_DENIED ? ", and was refused" :
		      ", and was let through: the guard only recorded it", out);
	fputc('.', out);
}

static void write_rule(const struct explanation *expl, const struct record *record,
		       const struct event_context *context, const struct set_info *set, FILE *out)
{
	const struct rule_ref *rule = &record->rule;
	const char *file = rule->file < STATE_FILES ? context->recorder->names[rule->file].path : "";
	char escaped[TEXT_MAX];

	if (!rule->line) {
		fputs("No rule allows it: the default of the guard.", out);
		return;
	}
	event_escape(file, FILE_LEN, escaped);
	fprintf(out, "%s:%u (%s).", escaped[0] ? escaped : "the policy", rule->line,
		expl->reason->rule ?: "the guard's mode");
	if (record->set != (__u32)set->set)
		fputs("  That was an earlier policy; the one in force now may judge otherwise.", out);
}

/* Beside the policy, under a name that no other record would get. */
static void name_dropin(struct explanation *expl, const struct record *record, const struct set_info *set)
{
	char path[4 * FILE_LEN + 1];
	const char *slash;

	event_escape(set->path, sizeof(set->path), path);
	slash = strrchr(path, '/');
	snprintf(expl->dropin, sizeof(expl->dropin), "%.*s/policy.d/allow-%llu.yaml",
		 slash ? (int)(slash - path) : 0, path, record->seq);
}

int explain(const struct record *record, const struct event_context *context, const struct set_info *set,
	    enum seal_state seal, bool inspects, struct explanation *ret_explanation)
{
	struct explanation *expl = ret_explanation;
	FILE *out;
	size_t size;

	memset(expl, 0, sizeof(*expl));
	expl->reason = reasons[record->kind];
	expl->canary = record->flags & RECORD_CANARY;
	expl->event = event_json(record, context);
	expl->effective = effective[seal];
	if (!expl->canary)
		advice_of(record, inspects, &expl->advice);
	name_dropin(expl, record, set);

	out = open_memstream(&expl->sentence, &size);
	if (!out)
		return -ENOMEM;
	write_sentence(expl, record, out);
	if (fclose(out))
		return -ENOMEM;
	out = open_memstream(&expl->rule, &size);
	if (!out)
		return -ENOMEM;
	write_rule(expl, record, context, set, out);
	return fclose(out) ? -ENOMEM : 0;
}

const char *explain_effective(enum seal_state seal)
{
	return effective[seal];
}

void explain_free(struct explanation *explanation)
{
	json_object_put(explanation->event);
	free(explanation->sentence);
	free(explanation->rule);
	memset(explanation, 0, sizeof(*explanation));
}
