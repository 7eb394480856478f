// SPDX-License-Identifier: GPL-2.0-only
/* sysctl_keys.c - kernel.sysctls: the names of settings, as sysctl(8) or /proc/sys has them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "sysctls.h"

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && !strcmp(text + len - n, end);
}

/* Dots are slashes unless there is one. */
static void use_slashes(char *name)
{
	if (!strchr(name, '/'))
		for (char *at = name; *at; at++)
			if (*at == '.')
				*at = '/';
}

/* What is wrong with a name, or NULL.  A tree has its slash at the end by now. */
static const char *judge_name(const char *name)
{
	const char *after = NULL, *star = strchr(name, '*');
	char listed[SYSCTL_MAX];
	size_t before;

	if (!strncmp(name, "/proc/sys/", 10))
		return "leave out '/proc/sys/'";
	if (!sysctls_canonical(name, listed) || strstr(name, "//") || !strchr(name, '/'))
		return "it must be a name like 'vm.swappiness' or 'vm/swappiness', or a tree like 'vm.*'";
	if (!sysctls_interface(name, &before, &after))
		return star ? "'*' stands at the end of a tree, or for the name of an interface" : NULL;
	if (name[before] != '*' || name[before + 1] != '/')
		return "write '*' for the interface: an entry holds for all of them";
	return strchr(after, '*') ? "one '*' is enough" : NULL;
}

static void judge_danger(struct reader *reader, const struct yaml_node *item, const char *name)
{
	bool tree = ends_with(name, "/");
	const char *why = sysctls_danger(name);

	if (!strcmp(name, "kernel/ftrace_enabled"))
		yaml_error(reader->yaml, item, "the seal guard is always on, and refuses every write to 'kernel.ftrace_enabled'");
	else if (tree && sysctls_dangerous_tree(name))
		yaml_error(reader->yaml, item, "'kernel.sysctls' can't list all of '%s*': name each that is needed, since "
			   "each %s", name, why);
	else if (!tree && why)
		yaml_warning(reader->yaml, item, "'%s' may be written on the sealed machine, too: it %s", name, why);
}

static void read_entry(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	struct sysctl_rules *rules = &reader->policy->sysctls;
	struct sysctl_rule rule = { .where = yaml_where(reader->yaml, item) };
	const char *text = schema_text(reader, pair, item), *wrong;

	if (!text)
		return;
	rule.name = strdup(text);
	if (!rule.name) {
		reader->err = -ENOMEM;
		return;
	}
	use_slashes(rule.name);
	if (ends_with(rule.name, "/*") && rule.name[0] != '/')
		rule.name[strlen(rule.name) - 1] = 0;
	else if (ends_with(rule.name, "/"))
		rule.name[0] = 0;
	wrong = judge_name(rule.name);
	if (wrong)
		yaml_error(reader->yaml, item, "'%s' is no entry of 'kernel.sysctls': %s",
			   yaml_quote(reader->yaml, item).s, wrong);
	else
		judge_danger(reader, item, rule.name);
	if (wrong || schema_add_item(reader, item, &rules->list, &rules->count, POLICY_SYSCTLS_MAX, &rule, sizeof(rule)))
		free(rule.name);
}

void sysctl_read(struct reader *reader, const struct pair *pair)
{
	struct sysctl_rules *rules = &reader->policy->sysctls;

	if (!rules->set)
		rules->where = yaml_where(reader->yaml, pair->name);
	rules->set = true;
	schema_each_item(reader, pair, read_entry);
}
