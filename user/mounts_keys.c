// SPDX-License-Identifier: GPL-2.0-only
/* mounts_keys.c - kernel.mounts: types of file systems. */
#include "filesystems.h"
#include "schema.h"
#include "text.h"

static void read_entry(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item), *nearest;
	int type = text ? filesystem_find(text) : -1;

	if (type >= 0)
		reader->policy->mounts[type] = true;
	if (!text || type >= 0)
		return;
	nearest = text_nearest(text, filesystem_names);
	yaml_error(reader->yaml, item, "'%s' is no type of file system that this build knows%s%s%s",
		   yaml_quote(reader->yaml, item).s, nearest ? "; did you mean '" : "", nearest ? nearest : "",
		   nearest ? "'?" : "");
}

void mounts_read(struct reader *reader, const struct pair *pair)
{
	const struct yaml_node *list = pair->value, *item;
	struct policy *policy = reader->policy;

	policy->mounts_set = true;
	policy->mounts_where = yaml_where(reader->yaml, pair->name);
	if (!schema_is_list(reader, pair))
		return;
	for (item = yaml_first(reader->yaml, list); item; item = yaml_next(reader->yaml, item))
		read_entry(reader, pair, item);
}
