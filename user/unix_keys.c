// SPDX-License-Identifier: GPL-2.0-only
/* unix_keys.c - egress.unix: which programs may reach which by unix sockets. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"

static void read_path(struct reader *reader, const struct pair *pair, const struct yaml_node *item, struct program_paths *paths)
{
	char *path = schema_program_item(reader, pair, item);

	if (path && schema_add_item(reader, item, &paths->list, &paths->count, POLICY_DEPUTIES_MAX, &path, sizeof(path)))
		free(path);
}

static void read_to(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	read_path(reader, pair, item, &reader->deputy->to);
}

static void read_by(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	read_path(reader, pair, item, &reader->deputy->by);
}

void unix_read_to(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_to);
}

void unix_read_by(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_by);
}

void unix_read_optional(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word >= 0)
		reader->deputy->optional = !strcmp(yes_no_words[word], "yes");
}

static void add_pair(struct reader *reader, const struct yaml_node *item, const struct deputy_entry *entry, const char *to,
		     const char *by)
{
	struct deputy_rules *rules = &reader->policy->deputies;
	struct deputy_rule rule = {
		.to = strdup(to), .by = by ? strdup(by) : NULL, .optional = entry->optional,
		.where = yaml_where(reader->yaml, item),
	};

	if (!rule.to || (by && !rule.by))
		reader->err = -ENOMEM;
	else if (!schema_add_item(reader, item, &rules->list, &rules->count, POLICY_DEPUTIES_MAX, &rule, sizeof(rule)))
		return;
	free(rule.to);
	free(rule.by);
}

/* Each of `by` with each of `to`; until the first that there is no room for. */
static void add_pairs(struct reader *reader, const struct yaml_node *item, const struct deputy_entry *entry)
{
	size_t n = entry->to.count * (entry->by.count ?: 1);

	if (n > POLICY_DEPUTIES_MAX - reader->policy->deputies.count) {
		yaml_error(reader->yaml, item, "more than %u pairs of programs in 'egress.unix'", POLICY_DEPUTIES_MAX);
		return;
	}
	for (size_t i = 0; i < entry->to.count; i++)
		for (size_t j = 0; j < (entry->by.count ?: 1); j++)
			add_pair(reader, item, entry, entry->to.list[i], entry->by.count ? entry->by.list[j] : NULL);
}

static void read_entry(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	struct deputy_entry entry = {};
	bool by;

	(void)pair;
	if (item->type == YAML_BAD)
		return;
	if (item->type != YAML_MAP) {
		yaml_error(reader->yaml, item, "an entry of 'egress.unix' must be a mapping like '{to: /usr/bin/dbus-daemon, by: "
			   "/usr/sbin/service}', but this is %s", yaml_kind(item));
		return;
	}
	reader->deputy = &entry;
	schema_read_map(reader, SECTION_UNIX, item);
	reader->deputy = NULL;
	by = schema_has(reader->yaml, item, "by");
	if (!schema_has(reader->yaml, item, "to"))
		yaml_error(reader->yaml, item, "this entry of 'egress.unix' has no 'to'");
	/* Without one that was wrong it would be for everybody. */
	if (!by || entry.by.count)
		add_pairs(reader, item, &entry);
	policy_free_programs(&entry.to);
	policy_free_programs(&entry.by);
}

void unix_read(struct reader *reader, const struct pair *pair)
{
	struct deputy_rules *rules = &reader->policy->deputies;

	if (!rules->set)
		rules->where = yaml_where(reader->yaml, pair->name);
	rules->set = true;
	schema_each_item(reader, pair, read_entry);
}
