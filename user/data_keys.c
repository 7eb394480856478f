// SPDX-License-Identifier: GPL-2.0-only
/* data_keys.c - data.protect: files, devices, shared memory and keys that are for certain programs alone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"

static void add(struct reader *reader, const struct yaml_node *item, struct program_paths *paths, size_t max, char *path)
{
	if (path && schema_add_item(reader, item, &paths->list, &paths->count, max, &path, sizeof(path)))
		free(path);
}

static void read_path(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item);
	char *path;

	if (!text)
		return;
	if (text[0] != '/' || strlen(text) >= PROGRAM_PATH) {
		yaml_error(reader->yaml, item, "'%s' must be the absolute path of a file, or of a directory with a slash at its "
			   "end, of up to %d bytes", schema_name(reader, pair->key->name).s, PROGRAM_PATH - 1);
		return;
	}
	path = strdup(text);
	if (!path)
		reader->err = -ENOMEM;
	add(reader, item, &reader->protect->paths, PROTECT_PATHS, path);
}

static void read_owner(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	add(reader, item, &reader->protect->by, POLICY_OWNERS_MAX, schema_program_item(reader, pair, item));
}

void data_read_paths(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_path);
}

void data_read_by(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_owner);
}

void data_read_remove(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word >= 0)
		reader->protect->remove = !strcmp(pair->key->words[word], "allow");
}

static void read_shm(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	int word = schema_word(reader, pair, item);

	if (word >= 0)
		reader->protect->shm |= 1u << word;
}

void data_read_shm(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_shm);
}

static void read_key_type(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	int word = schema_word(reader, pair, item);

	if (word >= 0)
		reader->protect->keys |= 1u << word;
}

void data_read_keys(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_key_type);
}

void data_read_optional(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word >= 0)
		reader->protect->optional = !strcmp(yes_no_words[word], "yes");
}

static void read_entry(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	struct protect_rule rule = { .where = yaml_where(reader->yaml, item) };
	struct policy *policy = reader->policy;

	(void)pair;
	if (item->type == YAML_BAD)
		return;
	if (item->type != YAML_MAP) {
		yaml_error(reader->yaml, item, "an entry of 'data.protect' must be a mapping like '{paths: /run/keys/, by: "
			   "/usr/bin/server}', but this is %s", yaml_kind(item));
		return;
	}
	reader->protect = &rule;
	schema_read_map(reader, SECTION_PROTECT, item);
	reader->protect = NULL;
	if (!schema_has(reader->yaml, item, "paths") && !schema_has(reader->yaml, item, "devices") &&
	    !schema_has(reader->yaml, item, "shm") && !schema_has(reader->yaml, item, "keys"))
		yaml_error(reader->yaml, item, "this entry of 'data.protect' has none of 'paths', 'devices', 'shm' and 'keys'");
	if (!schema_has(reader->yaml, item, "by"))
		yaml_error(reader->yaml, item, "this entry of 'data.protect' has no 'by': the programs that it is for");
	if (schema_has(reader->yaml, item, "optional") && !schema_has(reader->yaml, item, "devices"))
		yaml_error(reader->yaml, item, "'optional' is for 'devices': a file that is made later would not be protected; name "
			   "its directory");
	if (!schema_add_item(reader, item, &policy->protect, &policy->n_protect, PROTECT_RULES, &rule, sizeof(rule)))
		return;
	policy_free_protect(&rule);
}

void data_read(struct reader *reader, const struct pair *pair)
{
	if (!reader->policy->n_protect)
		reader->policy->protect_where = yaml_where(reader->yaml, pair->name);
	schema_each_item(reader, pair, read_entry);
}
