// SPDX-License-Identifier: GPL-2.0-only
/* yaml_tree.c - walks a tree of YAML, and tells what each node is and where it stands. */
#include <stdlib.h>

#include "text.h"
#include "yaml.h"

void yaml_free(struct yaml *yaml)
{
	if (!yaml)
		return;
	source_free(&yaml->source);
	free(yaml->nodes);
	free(yaml->pool);
	free(yaml);
}

const struct yaml_node *yaml_first(const struct yaml *yaml, const struct yaml_node *node)
{
	(void)yaml;
	return node->count ? node + 1 : NULL;
}

const struct yaml_node *yaml_next(const struct yaml *yaml, const struct yaml_node *child)
{
	return child->next ? &yaml->nodes[child->next] : NULL;
}

const char *yaml_text(const struct yaml *yaml, const struct yaml_node *node)
{
	return yaml->pool + node->text;
}

struct text_quote yaml_quote(const struct yaml *yaml, const struct yaml_node *node)
{
	return text_quote(yaml_text(yaml, node), node->len);
}

struct where yaml_where(const struct yaml *yaml, const struct yaml_node *node)
{
	return (struct where) { .file = yaml->file, .line = source_line(&yaml->source, node->at) };
}

const char *yaml_kind(const struct yaml_node *node)
{
	static const char *const kinds[] = { "text", "a list", "a mapping", "nothing readable" };

	return node->type == YAML_TEXT && node->null ? "empty" : kinds[node->type];
}

struct diag_place yaml_place(const struct yaml *yaml, const struct yaml_node *node)
{
	return source_place(&yaml->source, node->at,
			    node->type == YAML_TEXT ? node->end : node->at + 1);
}
