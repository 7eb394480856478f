// SPDX-License-Identifier: GPL-2.0-only
/* except_keys.c - exec.except, and the keys of its entries: who may start what a class refuses. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "util.h"

/* Which file a path means is asked at load; here it must be one that means the same from everywhere. */
void except_read_path(struct reader *reader, const struct pair *pair)
{
	const char *text = schema_text(reader, pair, pair->value), *key = pair->key->name;
	char **field = !strcmp(key, "parent") ? &reader->edge->parent : &reader->edge->program;

	if (!text)
		return;
	if (text[0] != '/' || strlen(text) >= PROGRAM_PATH) {
		yaml_error(reader->yaml, pair->value, "'%s' must be the absolute path of a file, of up to %d bytes",
			   schema_name(reader, key).s, PROGRAM_PATH - 1);
		return;
	}
	*field = strdup(text);
	if (!*field)
		reader->err = -ENOMEM;
}

void except_read_script(struct reader *reader, const struct pair *pair)
{
	reader->edge->script = schema_script(reader, pair);
}

void except_read_flag(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);
	const char *key = pair->key->name;
	bool *field = !strcmp(key, "descends") ? &reader->edge->descends :
		      !strcmp(key, "unlinked") ? &reader->edge->unlinked : &reader->edge->after_seal;

	if (word < 0)
		return;
	*field = !strcmp(yes_no_words[word], "yes");
	if (*field && field == &reader->edge->after_seal)
		yaml_warning(reader->yaml, pair->value, "whoever controls this parent starts the program on the "
			     "sealed machine, too");
}

static void read_entry(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	static const char *const needed[] = { "parent", "program" };
	struct policy *policy = reader->policy;
	struct edge_rule rule = { .where = yaml_where(reader->yaml, item) };

	(void)pair;
	if (item->type == YAML_BAD)
		return;
	if (item->type != YAML_MAP) {
		yaml_error(reader->yaml, item, "an entry of 'exec.except' must be a mapping like "
			   "'{parent: /usr/sbin/cron, program: /bin/sh}', but this is %s", yaml_kind(item));
		return;
	}
	reader->edge = &rule;
	schema_read_map(reader, SECTION_EDGE, item);
	reader->edge = NULL;
	if (rule.script && rule.unlinked)
		yaml_error(reader->yaml, item, "'unlinked' is not for an entry with a 'script'");
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!schema_has(reader->yaml, item, needed[i]))
			yaml_error(reader->yaml, item, "this entry of 'exec.except' has no '%s'", needed[i]);
	if (!schema_add_item(reader, item, &policy->edges, &policy->n_edges, POLICY_EDGES_MAX, &rule, sizeof(rule)))
		return;
	free(rule.parent);
	free(rule.program);
	free(rule.script);
}

void except_read(struct reader *reader, const struct pair *pair)
{
	schema_each_item(reader, pair, read_entry);
}
