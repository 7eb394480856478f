// SPDX-License-Identifier: GPL-2.0-only
/* yaml_tree.c - walks a parsed tree, and knows where in the file each node stands. */
#include <stdlib.h>

#include "text.h"
#include "yaml.h"

void yaml_free(struct yaml *yaml)
{
	if (!yaml)
		return;
	free(yaml->lines);
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

/* The number of the line that byte `at` is in, from 1. */
static size_t line_of(const struct yaml *yaml, size_t at)
{
	size_t low = 0, high = yaml->n_lines;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (yaml->lines[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return low + 1;
}

struct where yaml_where(const struct yaml *yaml, const struct yaml_node *node)
{
	return (struct where) { .file = yaml->file, .line = line_of(yaml, node->at) };
}

const char *yaml_kind(const struct yaml_node *node)
{
	static const char *const kinds[] = { "text", "a list", "a mapping", "nothing readable" };

	return node->type == YAML_TEXT && node->null ? "empty" : kinds[node->type];
}

struct diag_place yaml_span(const struct yaml *yaml, size_t at, size_t end)
{
	size_t line, start, stop;

	if (at > yaml->len)
		at = yaml->len;
	line = line_of(yaml, at);
	start = yaml->lines[line - 1];
	stop = line < yaml->n_lines ? yaml->lines[line] : yaml->len;
	while (stop > start && (yaml->bytes[stop - 1] == '\n' || yaml->bytes[stop - 1] == '\r'))
		stop--;
	return (struct diag_place) {
		.file = yaml->name, .source = yaml->bytes + start, .len = stop - start,
		.line = line, .at = at - start, .width = end > at ? end - at : 1,
	};
}

struct diag_place yaml_place(const struct yaml *yaml, const struct yaml_node *node)
{
	/* Of a list or mapping only the beginning is marked. */
	return yaml_span(yaml, node->at, node->type == YAML_TEXT ? node->end : node->at + 1);
}
