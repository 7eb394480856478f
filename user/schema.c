// SPDX-License-Identifier: GPL-2.0-only
/* schema.c - reads mappings by the table of keys; finds unknown, duplicate, missing ones. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "schema.h"
#include "text.h"

const char *schema_section_name(unsigned int section)
{
	static const char *const names[SECTION_COUNT] = {
		[SECTION_TOP] = "", [SECTION_LOG] = "log", [SECTION_ENTRY] = "egress.allow", [SECTION_SOURCE] = "ingress.allow",
		[SECTION_TRACER] = "ptrace.allow", [SECTION_PROGRAM] = "exec.allow",
		[SECTION_EDGE] = "exec.except", [SECTION_DEVICE] = "kernel.devices",
		[SECTION_SOCKET] = "egress.sockets", [SECTION_REROUTE] = "egress.netlink",
		[SECTION_UNIX] = "egress.unix", [SECTION_VSOCK] = "egress.vsock", [SECTION_PROTECT] = "data.protect",
	};

	return section < GUARD_COUNT ? guard_names[section] : names[section];
}

struct key_name schema_name(const struct reader *reader, const char *key)
{
	const char *section = schema_section_name(reader->section);
	struct key_name name;

	snprintf(name.s, sizeof(name.s), "%s%s%s", section, *section ? "." : "", key);
	return name;
}

const char *schema_text(struct reader *reader, const struct pair *pair,
			const struct yaml_node *value)
{
	struct key_name name = schema_name(reader, pair->key->name);
	const char *text;

	if (value->type == YAML_BAD)
		return NULL;
	if (value->type == YAML_TEXT && value->null) {
		yaml_error(reader->yaml, value, "'%s' has no value", name.s);
		return NULL;
	}
	if (value->type != YAML_TEXT) {
		yaml_error(reader->yaml, value, "'%s' can't be %s", name.s, yaml_kind(value));
		return NULL;
	}
	text = yaml_text(reader->yaml, value);
	if (strlen(text) != value->len) {
		yaml_error(reader->yaml, value, "'%s' has a NUL character in it", name.s);
		return NULL;
	}
	return text;
}

/* "enforce, audit or off" */
static void join_words(const char *const *words, char *ret_text, size_t size)
{
	size_t used = 0;

	ret_text[0] = 0;
	for (size_t i = 0; words[i] && used < size; i++)
		used += snprintf(ret_text + used, size - used, "%s%s",
				 !i ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

int schema_word(struct reader *reader, const struct pair *pair, const struct yaml_node *value)
{
	const char *text = schema_text(reader, pair, value), *nearest;
	const char *const *words = pair->key->words;
	char expected[128];

	if (!text)
		return -1;
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], text))
			return i;
	join_words(words, expected, sizeof(expected));
	nearest = text_nearest(text, words);
	yaml_error(reader->yaml, value, "'%s' must be %s, not '%s'%s%s%s",
		   schema_name(reader, pair->key->name).s, expected,
		   yaml_quote(reader->yaml, value).s, nearest ? "; did you mean '" : "",
		   nearest ? nearest : "", nearest ? "'?" : "");
	return -1;
}

void schema_read_class(struct reader *reader, const struct pair *pair, struct class_policy *class)
{
	int word = schema_word(reader, pair, pair->value);

	if (word < 0)
		return;
	class->deny = !strcmp(pair->key->words[word], "deny");
	class->where = yaml_where(reader->yaml, pair->value);
}

void schema_unknown(struct reader *reader, const struct yaml_node *item, const char *text, const char *const *words,
		    const char *what)
{
	const char *nearest = text_nearest(text, words);

	yaml_error(reader->yaml, item, "'%s' %s%s%s%s", yaml_quote(reader->yaml, item).s, what,
		   nearest ? "; did you mean '" : "", nearest ?: "", nearest ? "'?" : "");
}

char *schema_program(struct reader *reader, const struct pair *pair)
{
	return schema_program_item(reader, pair, pair->value);
}

char *schema_program_item(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item);
	char *path;

	if (!text)
		return NULL;
	if (text[0] != '/' || strlen(text) >= PROGRAM_PATH) {
		yaml_error(reader->yaml, item, "'%s' must be the absolute path of a program, of up to %d bytes",
			   schema_name(reader, pair->key->name).s, PROGRAM_PATH - 1);
		return NULL;
	}
	path = strdup(text);
	if (!path)
		reader->err = -ENOMEM;
	return path;
}

void schema_each(struct reader *reader, const struct pair *pair,
		 void (*read)(struct reader *reader, const struct pair *pair,
			      const struct yaml_node *item))
{
	const struct yaml_node *value = pair->value, *item;

	if (value->type != YAML_LIST) {
		read(reader, pair, value);
		return;
	}
	if (!value->count)
		yaml_error(reader->yaml, value, "'%s' is an empty list",
			   schema_name(reader, pair->key->name).s);
	for (item = yaml_first(reader->yaml, value); item; item = yaml_next(reader->yaml, item))
		read(reader, pair, item);
}

int schema_add_item(struct reader *reader, const struct yaml_node *value, void *list,
		    size_t *count, size_t max, const void *item, size_t size)
{
	if (*count >= max) {
		yaml_error(reader->yaml, value, "more than %zu entries", max);
		return -E2BIG;
	}
	if (!(*count & (*count - 1))) {
		void *grown = reallocarray(*(void **)list, *count ? 2 * *count : 1, size);

		if (!grown)
			return reader->err = -ENOMEM;
		*(void **)list = grown;
	}
	memcpy(*(char **)list + size * (*count)++, item, size);
	return 0;
}

bool schema_has(const struct yaml *yaml, const struct yaml_node *map, const char *name)
{
	const struct yaml_node *key;

	for (key = yaml_first(yaml, map); key; key = yaml_next(yaml, yaml_next(yaml, key)))
		if (key->type == YAML_TEXT && !strcmp(yaml_text(yaml, key), name))
			return true;
	return false;
}

bool schema_is_list(struct reader *reader, const struct pair *pair)
{
	const struct yaml_node *value = pair->value;

	if (value->type == YAML_LIST || value->type == YAML_BAD)
		return value->type == YAML_LIST;
	yaml_error(reader->yaml, value, "'%s' must be a list, but it is %s%s",
		   schema_name(reader, pair->key->name).s, yaml_kind(value),
		   value->type == YAML_TEXT && value->null ? "; write '[]' to allow nothing" : "");
	return false;
}

void schema_each_item(struct reader *reader, const struct pair *pair,
		      void (*read)(struct reader *reader, const struct pair *pair,
				   const struct yaml_node *item))
{
	const struct yaml_node *item;

	if (!schema_is_list(reader, pair))
		return;
	for (item = yaml_first(reader->yaml, pair->value); item; item = yaml_next(reader->yaml, item))
		read(reader, pair, item);
}

static bool belongs(const struct key *key, unsigned int section)
{
	return key->section == section ||
	       (key->section == SECTION_GUARDS && section < GUARD_COUNT);
}

static const struct key *find_key(unsigned int section, const char *name)
{
	for (size_t i = 0; i < n_keys; i++)
		if (belongs(&keys[i], section) && !strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static void report_unknown(struct reader *reader, const struct yaml_node *node, const char *name)
{
	struct text_quote quote = yaml_quote(reader->yaml, node);
	const char *words[KEYS_MAX + 1], *section = schema_section_name(reader->section), *nearest;
	char in[32] = "";
	size_t n = 0;

	if (*section)
		snprintf(in, sizeof(in), " in '%s'", section);
	for (size_t i = 0; i < n_keys; i++)
		if (belongs(&keys[i], reader->section))
			words[n++] = keys[i].name;
	words[n] = NULL;
	nearest = text_nearest(name, words);
	if (nearest) {
		yaml_error(reader->yaml, node, "unknown key '%s'%s; did you mean '%s'?", quote.s,
			   in, nearest);
		return;
	}
	for (size_t i = 0; i < n_keys; i++) {
		if (keys[i].section >= SECTION_COUNT || strcmp(keys[i].name, name))
			continue;
		section = schema_section_name(keys[i].section);
		yaml_error(reader->yaml, node, "unknown key '%s'%s; it belongs %s%s%s", quote.s, in,
			   *section ? "in '" : "at the top level", section, *section ? "'" : "");
		return;
	}
	yaml_error(reader->yaml, node, "unknown key '%s'%s", quote.s, in);
}

/* Finds the key that a mapping's `name` means. NULL: reported, or nothing to say. */
static const struct key *identify(struct reader *reader, const struct yaml_node *name,
				  const struct yaml_node **seen)
{
	const struct key *key;
	size_t index;

	if (name->type == YAML_BAD)
		return NULL;
	if (name->type != YAML_TEXT || name->null ||
	    strlen(yaml_text(reader->yaml, name)) != name->len) {
		yaml_error(reader->yaml, name, "a key must be a word");
		return NULL;
	}
	key = find_key(reader->section, yaml_text(reader->yaml, name));
	if (!key) {
		report_unknown(reader, name, yaml_text(reader->yaml, name));
		return NULL;
	}
	index = key - keys;
	if (seen[index]) {
		yaml_error(reader->yaml, name, "duplicate key '%s'; it stands in line %u already",
			   schema_name(reader, key->name).s,
			   yaml_where(reader->yaml, seen[index]).line);
		return NULL;
	}
	seen[index] = name;
	return key;
}

void schema_read_map(struct reader *reader, unsigned int section, const struct yaml_node *map)
{
	const struct yaml_node *seen[KEYS_MAX] = { NULL }, *name, *value;
	unsigned int outer = reader->section;

	reader->section = section;
	for (name = yaml_first(reader->yaml, map); name; name = yaml_next(reader->yaml, value)) {
		struct pair pair = { .key = identify(reader, name, seen), .name = name };

		pair.value = value = yaml_next(reader->yaml, name);
		if (pair.key)
			pair.key->read(reader, &pair);
	}
	reader->section = outer;
}

void schema_read(struct reader *reader, const struct yaml *yaml)
{
	const struct yaml_node *top = &yaml->nodes[0];

	reader->yaml = yaml;
	if (top->type == YAML_MAP)
		schema_read_map(reader, SECTION_TOP, top);
	else if (top->type != YAML_BAD)
		yaml_error(yaml, top, "a policy is a mapping of sections, but this is %s",
			   yaml_kind(top));
}

void schema_finish(struct reader *reader, const struct yaml *first)
{
	const struct yaml_node *top = &first->nodes[0];

	if (top->type != YAML_MAP)
		return;
	/* A drop-in's version speaks for the drop-in alone. */
	if (reader->version.yaml != first)
		yaml_error(first, top, "'version' is missing; add 'version: 1'");
	for (unsigned int guard = 0; guard < GUARD_COUNT; guard++) {
		const struct seen *section = &reader->sections[guard];
		const char *name = schema_section_name(guard);

		/* The seal guard is always on, so that it needs neither. */
		if (guard == GUARD_seal)
			continue;
		if (!section->yaml)
			yaml_error(first, top, "section '%s' is missing; every guard needs one, "
				   "with 'mode: enforce', 'audit' or 'off'", name);
		else if (!reader->modes[guard].yaml)
			yaml_error(section->yaml, section->node, "'%s.mode' is missing: "
				   "enforce, audit or off", name);
	}
	egress_finish(reader);
}
