// SPDX-License-Identifier: GPL-2.0-only
/* suggest_edit.c - puts lines into the text of a policy: behind what a list has, else as a new key or section. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "suggest_parts.h"
#include "util.h"
#include "yaml.h"

/* Edits at the same place: what is appended to a list, then new keys of its section, then new sections. */
enum rank { RANK_LIST, RANK_KEY, RANK_SECTION };

struct editor {
	const struct yaml *yaml;
	struct text_edit *edits;
	size_t n_edits;
	__u32 section;		/* guard of the last section that was made */
};

static bool is_flow(const struct yaml *yaml, const struct yaml_node *node)
{
	return node->type != YAML_TEXT && node->at < yaml->source.len &&
	       (yaml->source.bytes[node->at] == '[' || yaml->source.bytes[node->at] == '{');
}

/* Behind the bracket that closes the one at `at`: YAML's quotes and comments may hold others. */
static size_t find_bracket(const struct yaml *yaml, size_t at)
{
	const char *bytes = yaml->source.bytes;
	unsigned int depth = 0;

	for (; at < yaml->source.len; at++) {
		char c = bytes[at];

		if (c == '\'' || c == '"') {
			for (at++; at < yaml->source.len && bytes[at] != c; at++)
				at += c == '"' && bytes[at] == '\\';
		} else if (c == '#' && strchr(" \t\n", bytes[at - 1])) {
			while (at + 1 < yaml->source.len && bytes[at + 1] != '\n')
				at++;
		} else if (c == '[' || c == '{') {
			depth++;
		} else if ((c == ']' || c == '}') && !--depth) {
			return at + 1;
		}
	}
	return yaml->source.len;
}

static const struct yaml_node *last_child(const struct yaml *yaml, const struct yaml_node *node)
{
	const struct yaml_node *last = yaml_first(yaml, node), *next;

	while (last && (next = yaml_next(yaml, last)))
		last = next;
	return last;
}

static size_t node_end(const struct yaml *yaml, const struct yaml_node *node)
{
	while (!is_flow(yaml, node)) {
		const struct yaml_node *last = node->type == YAML_TEXT ? NULL : last_child(yaml, node);

		if (!last)
			return node->end;
		node = last;
	}
	return find_bracket(yaml, node->at);
}

/* Where the line that `at` is in begins, and where the next one does. */
static size_t line_start(const struct yaml *yaml, size_t at)
{
	while (at && yaml->source.bytes[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(const struct yaml *yaml, size_t at)
{
	const char *newline = at < yaml->source.len ? memchr(yaml->source.bytes + at, '\n', yaml->source.len - at) : NULL;

	return newline ? (size_t)(newline - yaml->source.bytes) + 1 : yaml->source.len;
}

static int indent_of(const struct yaml *yaml, size_t at)
{
	size_t start = line_start(yaml, at);

	return strspn(yaml->source.bytes + start, " ");
}

static const struct yaml_node *find_value(const struct yaml *yaml, const struct yaml_node *map, const char *name,
					  const struct yaml_node **ret_key)
{
	const struct yaml_node *key, *value;

	for (key = yaml_first(yaml, map); key; key = yaml_next(yaml, value)) {
		value = yaml_next(yaml, key);
		if (key->type != YAML_TEXT || strcmp(yaml_text(yaml, key), name))
			continue;
		*ret_key = key;
		return value;
	}
	return NULL;
}

static int add_edit(struct editor *editor, size_t at, size_t end, enum rank rank, char *text)
{
	struct text_edit *grown = text ? reallocarray(editor->edits, editor->n_edits + 1, sizeof(*grown)) : NULL;

	if (!grown) {
		free(text);
		return -ENOMEM;
	}
	editor->edits = grown;
	grown[editor->n_edits] = (struct text_edit) { at, end, rank, editor->n_edits, text };
	editor->n_edits++;
	return 0;
}

/* Whole lines behind the one that `at` is in; the last line of a file may lack its end. */
static int add_lines(struct editor *editor, size_t at, enum rank rank, char *text)
{
	const struct yaml *yaml = editor->yaml;
	size_t end = line_end(yaml, at), len = text ? strlen(text) : 0;

	if (text && end && yaml->source.bytes[end - 1] != '\n') {
		memmove(text + 1, text, len - 1);
		text[0] = '\n';
	}
	return add_edit(editor, end, end, rank, text);
}

/* The text that `write` makes of lines. */
static char *block_text(const struct suggest_line *lines, size_t n, int indent,
			void (*write)(const struct suggest_line *lines, size_t n, int indent, FILE *out))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	write(lines, n, indent, out);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

/* Between brackets: each with its comment in a line above, a comma between. */
static void write_flow(const struct suggest_line *lines, size_t n, int indent, FILE *out)
{
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ",\n" : "\n", out);
		suggest_write_comment(&lines[i], indent, out);
		fprintf(out, "%*s", indent, "");
		suggest_write_entry(&lines[i], out);
	}
}

static void write_flow_next(const struct suggest_line *lines, size_t n, int indent, FILE *out)
{
	fputc(',', out);
	write_flow(lines, n, indent, out);
}

static void write_flow_list(const struct suggest_line *lines, size_t n, int indent, FILE *out)
{
	fputc('[', out);
	write_flow(lines, n, indent, out);
	fputc(']', out);
}

static void write_flow_key(const struct suggest_line *lines, size_t n, int indent, FILE *out)
{
	fputs(",\n", out);
	if (lines->key->form == SUGGEST_SWITCH) {
		suggest_write_comment(lines, indent, out);
		fprintf(out, "%*s%s: allow", indent, "", lines->key->name);
		return;
	}
	fprintf(out, "%*s%s: ", indent, "", lines->key->name);
	write_flow_list(lines, n, indent + 2, out);
}

static int append_flow(struct editor *editor, const struct yaml_node *list, const struct suggest_line *lines, size_t n)
{
	const struct yaml_node *last = last_child(editor->yaml, list);
	size_t at = last ? node_end(editor->yaml, last) : list->at + 1;

	return add_edit(editor, at, at, RANK_LIST,
			block_text(lines, n, indent_of(editor->yaml, list->at) + 4, last ? write_flow_next : write_flow));
}

/* What stands there is a list: its items are where their dashes are. */
static int append_block(struct editor *editor, const struct yaml_node *list, const struct suggest_line *lines, size_t n)
{
	const struct yaml *yaml = editor->yaml;
	const struct yaml_node *first = yaml_first(yaml, list);
	int indent = first ? indent_of(yaml, first->at) : 0;

	if (!first || yaml->source.bytes[line_start(yaml, first->at) + indent] != '-')
		return -ENOTSUP;
	return add_lines(editor, node_end(yaml, list) - 1, RANK_LIST, block_text(lines, n, indent, suggest_write_items));
}

/* A word there becomes another one, or a list; the comment goes above its key. */
static int replace(struct editor *editor, const struct yaml_node *section, const struct yaml_node *key,
		   const struct yaml_node *value, const struct suggest_line *lines, size_t n)
{
	const struct yaml *yaml = editor->yaml;
	int indent = indent_of(yaml, key->at);
	size_t start = line_start(yaml, key->at);
	char *comment;

	if (lines->key->form != SUGGEST_SWITCH)
		return add_edit(editor, value->at, value->end, RANK_LIST, block_text(lines, n, indent + 4, write_flow_list));
	if (is_flow(yaml, section)) {
		char *text = block_text(lines, n, indent + 2, write_flow_key);

		/* Without the comma that it begins with: one is there, or none is needed. */
		if (text)
			memmove(text, text + 1, strlen(text));
		return add_edit(editor, key->at, value->end, RANK_LIST, text);
	}
	if (start + indent != key->at)
		return -ENOTSUP;
	comment = suggest_comment(lines);
	if (comment) {
		char *line = NULL;

		if (asprintf(&line, "%*s# %s\n", indent, "", comment) < 0)
			line = NULL;
		free(comment);
		comment = line;
	}
	return add_edit(editor, start, start, RANK_LIST, comment) ?:
	       add_edit(editor, value->at, value->end, RANK_LIST, strdup("allow"));
}

static int add_key(struct editor *editor, const struct yaml_node *section, const struct suggest_line *lines, size_t n)
{
	const struct yaml *yaml = editor->yaml;
	const struct yaml_node *first = yaml_first(yaml, section);
	int indent;

	if (!first)
		return -ENOTSUP;
	indent = indent_of(yaml, first->at);
	if (is_flow(yaml, section)) {
		size_t at = node_end(yaml, last_child(yaml, section));

		return add_edit(editor, at, at, RANK_KEY,
				block_text(lines, n, indent_of(yaml, section->at) + 2, write_flow_key));
	}
	return add_lines(editor, node_end(yaml, section) - 1, RANK_KEY, block_text(lines, n, indent, suggest_write_key));
}

static int add_section(struct editor *editor, const struct suggest_line *lines, size_t n)
{
	char *keys = block_text(lines, n, 2, suggest_write_key), *text = NULL;
	__u32 guard = lines->key->guard;

	if (keys && guard != editor->section && asprintf(&text, "%s:\n%s", guard_names[guard], keys) < 0)
		text = NULL;
	if (guard != editor->section) {
		free(keys);
		keys = text;
	}
	editor->section = guard;
	return add_lines(editor, editor->yaml->source.len, RANK_SECTION, keys);
}

static int place(struct editor *editor, const struct suggest_line *lines, size_t n)
{
	const struct yaml *yaml = editor->yaml;
	const struct yaml_node *top = &yaml->nodes[0], *key = NULL, *section, *value;

	if (top->type != YAML_MAP || is_flow(yaml, top))
		return -ENOTSUP;
	section = find_value(yaml, top, guard_names[lines->key->guard], &key);
	if (!section)
		return add_section(editor, lines, n);
	if (section->type != YAML_MAP)
		return -ENOTSUP;
	value = find_value(yaml, section, lines->key->name, &key);
	if (!value)
		return add_key(editor, section, lines, n);
	if (value->type == YAML_TEXT)
		return replace(editor, section, key, value, lines, n);
	return is_flow(yaml, value) ? append_flow(editor, value, lines, n) : append_block(editor, value, lines, n);
}

static int by_place(const void *left, const void *right)
{
	const struct text_edit *a = left, *b = right;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static void free_yaml(struct yaml **yaml)
{
	yaml_free(*yaml);
}

int suggest_edit(const struct suggestion *suggestion, const char *path, const char *text, size_t len, char **ret_text,
		 char **ret_diff)
{
	__attribute__((cleanup(free_yaml))) struct yaml *yaml = NULL;
	struct editor editor = { .section = GUARD_COUNT };
	struct diags diags = {};
	int err = yaml_parse(path, 0, text, len, &diags, &yaml);

	diags_free(&diags);
	editor.yaml = yaml;
	for (size_t i = 0; !err && i < suggestion->n_lines; i += suggest_group(suggestion, i))
		err = place(&editor, &suggestion->lines[i], suggest_group(suggestion, i));
	if (!err && editor.n_edits) {
		qsort(editor.edits, editor.n_edits, sizeof(*editor.edits), by_place);
		err = diff_apply(path, text, len, editor.edits, editor.n_edits, ret_text, ret_diff);
	}
	for (size_t i = 0; i < editor.n_edits; i++)
		free(editor.edits[i].text);
	free(editor.edits);
	return err == -EINVAL ? -ENOTSUP : err;
}
