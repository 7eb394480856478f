// SPDX-License-Identifier: GPL-2.0-only
/* ptrace_keys.c - the keys of section ptrace: who may read or control whom. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"

void ptrace_read_read(struct reader *reader, const struct pair *pair)
{
	schema_read_class(reader, pair, &reader->policy->ptrace_read);
}

/* Which file a path means is asked at load; here it must be one that means the same from everywhere. */
void ptrace_read_program(struct reader *reader, const struct pair *pair)
{
	const char *text = schema_text(reader, pair, pair->value);
	bool tracer = !strcmp(pair->key->name, "tracer");
	char **field = tracer ? &reader->tracer->tracer : &reader->tracer->target;

	if (!text)
		return;
	if (text[0] != '/' || strlen(text) >= PROGRAM_PATH) {
		yaml_error(reader->yaml, pair->value, "'%s' must be the absolute path of a program, of up to %d bytes",
			   schema_name(reader, pair->key->name).s, PROGRAM_PATH - 1);
		return;
	}
	*field = strdup(text);
	if (!*field)
		reader->err = -ENOMEM;
}

void ptrace_read_access(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word >= 0)
		reader->tracer->access = strcmp(pair->key->words[word], "read") ? ACCESS_ATTACH : ACCESS_READ;
}

static void read_entry(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	static const char *const needed[] = { "tracer", "access" };
	struct policy *policy = reader->policy;
	struct tracer_rule rule = { .where = yaml_where(reader->yaml, item) };

	(void)pair;
	if (item->type == YAML_BAD)
		return;
	if (item->type != YAML_MAP) {
		yaml_error(reader->yaml, item, "an entry of 'ptrace.allow' must be a mapping like "
			   "'{tracer: /usr/bin/PROGRAM, access: read}', but this is %s", yaml_kind(item));
		return;
	}
	reader->tracer = &rule;
	schema_read_map(reader, SECTION_TRACER, item);
	reader->tracer = NULL;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!schema_has(reader->yaml, item, needed[i]))
			yaml_error(reader->yaml, item, "this entry of 'ptrace.allow' has no '%s'", needed[i]);
	if (!schema_add_item(reader, item, &policy->tracers, &policy->n_tracers, POLICY_TRACERS_MAX, &rule,
			     sizeof(rule)))
		return;
	free(rule.tracer);
	free(rule.target);
}

void ptrace_read_allow(struct reader *reader, const struct pair *pair)
{
	schema_each_item(reader, pair, read_entry);
}
