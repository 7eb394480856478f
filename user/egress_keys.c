// SPDX-License-Identifier: GPL-2.0-only
/* egress_keys.c - egress.allow: destinations, ports and protocols to struct egress_rule. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "schema.h"

/* Known, so that they are "not supported" instead of a typing error. */
static const char *const other_protos[] = {
	"icmp", "icmpv6", "ipv6-icmp", "igmp", "sctp", "dccp", "udplite", "mptcp", "gre", "esp",
	"ah", "ipip", "any", NULL,
};

static const char *const proto_words[] = { "tcp", "udp", NULL };

static void read_to(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item);
	struct egress_rule *rule = reader->rule;
	struct net_why why;
	struct cidr cidr;

	if (!text)
		return;
	if (net_parse_cidr(text, &cidr, &why))
		yaml_error(reader->yaml, item, "%s", why.text);
	else
		schema_add_item(reader, item, &rule->to, &rule->n_to, POLICY_LIST_MAX, &cidr,
			 sizeof(cidr));
}

static void read_port(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item);
	struct egress_rule *rule = reader->rule;
	struct port_range ports;
	struct net_why why;

	if (!text)
		return;
	if (net_parse_ports(text, &ports, &why))
		yaml_error(reader->yaml, item, "%s", why.text);
	else
		schema_add_item(reader, item, &rule->ports, &rule->n_ports, POLICY_LIST_MAX, &ports,
			 sizeof(ports));
}

static void read_proto(struct reader *reader, const struct pair *pair,
		       const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item);

	if (!text)
		return;
	if (!strcmp(text, "tcp")) {
		reader->rule->tcp = true;
		return;
	}
	if (!strcmp(text, "udp")) {
		reader->rule->udp = true;
		return;
	}
	for (size_t i = 0; other_protos[i]; i++) {
		if (strcmp(text, other_protos[i]))
			continue;
		yaml_error(reader->yaml, item, "protocol '%s' is not supported by this build: "
			   "tcp and udp are", text);
		return;
	}
	schema_unknown(reader, item, text, proto_words, "is not a protocol: tcp and udp are");
}

void egress_read_to(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_to);
}

void egress_read_port(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_port);
}

void egress_read_proto(struct reader *reader, const struct pair *pair)
{
	reader->rule->tcp = reader->rule->udp = false;
	schema_each(reader, pair, read_proto);
}

static void read_entry(struct reader *reader, const struct yaml_node *item)
{
	struct policy *policy = reader->policy;
	struct egress_rule rule = {
		.tcp = true, .udp = true, .where = yaml_where(reader->yaml, item),
	};

	if (item->type == YAML_BAD)
		return;
	if (item->type != YAML_MAP) {
		yaml_error(reader->yaml, item, "an entry of 'egress.allow' must be a mapping like "
			   "'{to: 192.0.2.1, port: 443, proto: tcp}', but this is %s",
			   yaml_kind(item));
		return;
	}
	reader->rule = &rule;
	schema_read_map(reader, SECTION_ENTRY, item);
	reader->rule = NULL;
	if (!schema_has(reader->yaml, item, "to"))
		yaml_error(reader->yaml, item, "this entry of 'egress.allow' has no 'to'");
	if (!schema_add_item(reader, item, &policy->egress, &policy->n_egress, POLICY_EGRESS_MAX, &rule,
		      sizeof(rule)))
		return;
	free(rule.to);
	free(rule.ports);
}

void egress_read_allow(struct reader *reader, const struct pair *pair)
{
	const struct yaml_node *list = pair->value, *item;

	if (!reader->egress_set)
		reader->policy->egress_allow = yaml_where(reader->yaml, pair->name);
	reader->egress_set = true;
	if (!schema_is_list(reader, pair))
		return;
	for (item = yaml_first(reader->yaml, list); item; item = yaml_next(reader->yaml, item))
		read_entry(reader, item);
}
