// SPDX-License-Identifier: GPL-2.0-only
/* modules_keys.c - the keys of section modules. */
#include <string.h>

#include "schema.h"

#define NAME_MAX_BYTES	55	/* the kernel's MODULE_NAME_LEN, without its NUL */
static_assert(NAME_MAX_BYTES < MODULE_TEXT - 1, "module_name: room for each name");

/* A name as lsmod or modprobe has it; which module that is, is asked at load. */
static void read_entry(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item);
	struct module_rule rule = { .where = yaml_where(reader->yaml, item) };
	struct policy *policy = reader->policy;
	size_t len = text ? strlen(text) : 0;

	if (!text)
		return;
	if (!len || len > NAME_MAX_BYTES ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != len) {
		yaml_error(reader->yaml, item, "an entry of 'modules.allow' must be the name of a module as lsmod shows it, "
			   "such as 'nf_tables', not '%s'", yaml_quote(reader->yaml, item).s);
		return;
	}
	for (size_t i = 0; i < len; i++)
		rule.name.text[i] = text[i] == '-' ? '_' : text[i];
	schema_add_item(reader, item, &policy->modules, &policy->n_modules, POLICY_MODULES_MAX, &rule, sizeof(rule));
}

void modules_read_allow(struct reader *reader, const struct pair *pair)
{
	struct policy *policy = reader->policy;

	if (!policy->modules_where.line)
		policy->modules_where = yaml_where(reader->yaml, pair->name);
	schema_each_item(reader, pair, read_entry);
}

void modules_read_firmware(struct reader *reader, const struct pair *pair)
{
	schema_read_class(reader, pair, &reader->policy->firmware);
}
