// SPDX-License-Identifier: GPL-2.0-only
/* reroute_keys.c - egress.netlink: what may still be changed of where packets go after the seal. */
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "schema.h"

static void read_operation(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item), *words[REROUTE_COUNT + 1] = {};

	if (!text)
		return;
	for (int class = 0; class < REROUTE_COUNT; class++) {
		words[class] = reroute_names[class];
		if (strcmp(text, reroute_names[class]))
			continue;
		reader->reroute->operations |= 1u << class;
		return;
	}
	schema_unknown(reader, item, text, words, "is no operation of 'egress.netlink': link, address, route, rule, neighbour, tc, "
		       "netfilter, xfrm, generic and other are");
}

void reroute_read_operations(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_operation);
}

void reroute_read_by(struct reader *reader, const struct pair *pair)
{
	reader->reroute->by = schema_program(reader, pair);
}

void reroute_read_optional(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word >= 0)
		reader->reroute->optional = !strcmp(yes_no_words[word], "yes");
}

static void check_entry(struct reader *reader, const struct yaml_node *item, const struct reroute_rule *rule)
{
	static const __u32 anywhere = 1 << REROUTE_netfilter | 1 << REROUTE_xfrm | 1 << REROUTE_tc | 1 << REROUTE_generic |
				      1 << REROUTE_other;

	if (!schema_has(reader->yaml, item, "operations"))
		yaml_error(reader->yaml, item, "this entry of 'egress.netlink' has no 'operations'");
	if (rule->optional && !schema_has(reader->yaml, item, "by"))
		yaml_error(reader->yaml, item, "'optional' says what is to be done where the program 'by' is not there, but this "
			   "entry has no 'by'");
	if (!rule->by && (rule->operations & anywhere))
		yaml_warning(reader->yaml, item, "whoever is root can send packets anywhere by this, whatever 'egress.allow' lists");
}

static void read_entry(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	struct reroute_rules *rules = &reader->policy->reroutes;
	struct reroute_rule rule = { .where = yaml_where(reader->yaml, item) };

	(void)pair;
	if (item->type == YAML_BAD)
		return;
	if (item->type != YAML_MAP) {
		yaml_error(reader->yaml, item, "an entry of 'egress.netlink' must be a mapping like '{operations: [address, route], "
			   "by: /usr/sbin/dhcpcd}', but this is %s", yaml_kind(item));
		return;
	}
	reader->reroute = &rule;
	schema_read_map(reader, SECTION_REROUTE, item);
	reader->reroute = NULL;
	check_entry(reader, item, &rule);
	if (schema_add_item(reader, item, &rules->list, &rules->count, POLICY_REROUTES_MAX, &rule, sizeof(rule)))
		free(rule.by);
}

void reroute_read(struct reader *reader, const struct pair *pair)
{
	struct reroute_rules *rules = &reader->policy->reroutes;

	if (!rules->set)
		rules->where = yaml_where(reader->yaml, pair->name);
	rules->set = true;
	schema_each_item(reader, pair, read_entry);
}
