// SPDX-License-Identifier: GPL-2.0-only
/* exec_keys.c - the keys of section exec. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "verity.h"

const char *const exec_class_names[EXEC_CLASSES] = {
	[EXEC_SHELLS] = "shells",
	[EXEC_INTERPRETERS] = "interpreters",
	[EXEC_LOADER] = "loader",
	[EXEC_FILELESS] = "fileless",
	[EXEC_INTRODUCED] = "introduced",
};

/* By enum baseline. */
const char *const baseline_words[] = { "seal", "load", NULL };

const char *const class_words[] = { "deny", "allow", NULL };

void exec_read_class(struct reader *reader, const struct pair *pair)
{
	int class = 0;

	while (strcmp(exec_class_names[class], pair->key->name))
		class++;
	schema_read_class(reader, pair, &reader->policy->exec[class]);
}

void exec_read_baseline(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word >= 0)
		reader->policy->baseline = word;
}

void exec_read_override(struct reader *reader, const struct pair *pair)
{
	reader->program->class = schema_word(reader, pair, pair->value);
}

/* `value` is an entry, or the path of one.  Whether there is such a file is asked at load.  NULL: it is none. */
static char *read_path(struct reader *reader, const struct yaml_node *value, const char *text, const char *list,
		       const char *of, bool tree)
{
	size_t len = strlen(text);
	char *path;

	if (text[0] != '/' || len >= PROGRAM_PATH || (!tree && text[len - 1] == '/')) {
		yaml_error(reader->yaml, value, "an entry of '%s' must be the absolute path of a %s%s, of up to %d bytes",
			   list, of, tree ? ", or of a directory with a slash at its end" : "", PROGRAM_PATH - 1);
		return NULL;
	}
	path = strdup(text);
	if (!path)
		reader->err = -ENOMEM;
	return path;
}

static void read_program(struct reader *reader, const struct yaml_node *value, const char *text)
{
	reader->program->path = read_path(reader, value, text, "exec.allow", "program", /* tree= */ true);
}

void exec_read_path(struct reader *reader, const struct pair *pair)
{
	const char *text = schema_text(reader, pair, pair->value);

	if (text)
		read_program(reader, pair->value, text);
}

char *schema_script(struct reader *reader, const struct pair *pair)
{
	const char *text = schema_text(reader, pair, pair->value);
	char *path;

	if (!text)
		return NULL;
	if (text[0] != '/' || strlen(text) > ARGUMENT_MAX || text[strlen(text) - 1] == '/' || strstr(text, "//") ||
	    strstr(text, "/./") || strstr(text, "/../")) {
		yaml_error(reader->yaml, pair->value, "'%s' must be the absolute path of a script as its interpreter is "
			   "given it, without '.' and '..', of up to %d bytes", schema_name(reader, pair->key->name).s,
			   ARGUMENT_MAX);
		return NULL;
	}
	path = strdup(text);
	if (!path)
		reader->err = -ENOMEM;
	return path;
}

void exec_read_script(struct reader *reader, const struct pair *pair)
{
	reader->program->script = schema_script(reader, pair);
}

void exec_read_verity(struct reader *reader, const struct pair *pair)
{
	const char *text = schema_text(reader, pair, pair->value), *why;

	why = text ? verity_parse(text, &reader->program->verity) : NULL;
	if (why)
		yaml_error(reader->yaml, pair->value, "'%s' must be like 'sha256:0123...cdef': %s",
			   schema_name(reader, pair->key->name).s, why);
}

/* An entry for a script is an exception that holds from everywhere, and after the seal. */
static int add_script(struct reader *reader, const struct yaml_node *item, const struct exec_rule *rule)
{
	struct policy *policy = reader->policy;
	const struct edge_rule edge = {
		.program = rule->path, .script = rule->script, .class = rule->class, .where = rule->where,
	};

	if (rule->path && rule->path[strlen(rule->path) - 1] == '/')
		yaml_error(reader->yaml, item, "an entry with a 'script' names one program, not a directory");
	return schema_add_item(reader, item, &policy->edges, &policy->n_edges, POLICY_EDGES_MAX, &edge, sizeof(edge));
}

static void read_entry(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	struct policy *policy = reader->policy;
	struct exec_rule rule = { .class = -1, .where = yaml_where(reader->yaml, item) };
	const char *text;

	reader->program = &rule;
	if (item->type == YAML_MAP) {
		schema_read_map(reader, SECTION_PROGRAM, item);
		if (!schema_has(reader->yaml, item, "path"))
			yaml_error(reader->yaml, item, "this entry of 'exec.allow' has no 'path'");
	} else {
		text = schema_text(reader, pair, item);
		if (text)
			read_program(reader, item, text);
	}
	reader->program = NULL;
	if (rule.verity.size && rule.script)
		yaml_error(reader->yaml, item, "'verity' is not for an entry with a 'script'");
	if (rule.verity.size && rule.path && rule.path[strlen(rule.path) - 1] == '/')
		yaml_error(reader->yaml, item, "an entry with 'verity' names one program, not a directory");
	if (rule.script) {
		if (add_script(reader, item, &rule)) {
			free(rule.path);
			free(rule.script);
		}
		return;
	}
	if (schema_add_item(reader, item, &policy->programs, &policy->n_programs, POLICY_PROGRAMS_MAX, &rule,
			    sizeof(rule)))
		free(rule.path);
}

void exec_read_allow(struct reader *reader, const struct pair *pair)
{
	struct policy *policy = reader->policy;

	if (!policy->allow)
		policy->allow_where = yaml_where(reader->yaml, pair->name);
	policy->allow = true;
	schema_each_item(reader, pair, read_entry);
}

static void read_paths(struct reader *reader, const struct pair *pair, struct path_rules *rules, size_t max,
		       const char *of, bool tree)
{
	const struct key_name list = schema_name(reader, pair->key->name);
	const struct yaml_node *item;
	const char *text;

	for (item = yaml_first(reader->yaml, pair->value); item; item = yaml_next(reader->yaml, item)) {
		struct path_rule rule = { .where = yaml_where(reader->yaml, item) };

		text = schema_text(reader, pair, item);
		rule.path = text ? read_path(reader, item, text, list.s, of, tree) : NULL;
		if (rule.path && schema_add_item(reader, item, &rules->list, &rules->count, max, &rule, sizeof(rule)))
			free(rule.path);
	}
}

void exec_read_libraries(struct reader *reader, const struct pair *pair)
{
	struct path_rules *rules = &reader->policy->libraries;

	if (!rules->set)
		rules->where = yaml_where(reader->yaml, pair->name);
	rules->set = true;
	if (schema_is_list(reader, pair))
		read_paths(reader, pair, rules, POLICY_LIBRARIES_MAX, "file", /* tree= */ true);
}

/* A word replaces what earlier files say; a list is added to theirs. */
void exec_read_jit(struct reader *reader, const struct pair *pair)
{
	struct path_rules *rules = &reader->policy->jit;
	int word;

	if (pair->value->type == YAML_LIST) {
		if (!rules->set)
			rules->where = yaml_where(reader->yaml, pair->name);
		rules->set = true;
		read_paths(reader, pair, rules, POLICY_JIT_MAX, "program", /* tree= */ false);
		return;
	}
	word = schema_word(reader, pair, pair->value);
	if (word < 0)
		return;
	policy_clear_paths(rules);
	rules->set = !strcmp(pair->key->words[word], "none");
	rules->where = yaml_where(reader->yaml, pair->value);
}
