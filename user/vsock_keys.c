// SPDX-License-Identifier: GPL-2.0-only
/* vsock_keys.c - egress.vsock: where vsock sockets may connect. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "schema.h"

/* <linux/vm_sockets.h> */
static const struct { const char *name; __u32 cid; } cids[] = {
	{ "any", VSOCK_ANY }, { "local", 1 }, { "host", 2 }, { NULL, 0 },
};

static bool find_cid(const char *text, __u32 *ret_cid)
{
	__u64 number;

	for (size_t i = 0; cids[i].name; i++) {
		if (strcmp(cids[i].name, text))
			continue;
		*ret_cid = cids[i].cid;
		return true;
	}
	if (net_parse_number(text, VSOCK_ANY - 1, &number))
		return false;
	*ret_cid = number;
	return true;
}

static void read_cid(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	static const char *const words[] = { "any", "local", "host", NULL };
	const char *text = schema_text(reader, pair, item);
	struct vsock_entry *entry = reader->vsock;
	__u32 cid;

	if (!text)
		return;
	if (!find_cid(text, &cid))
		schema_unknown(reader, item, text, words, "is no CID: host, local, any and numbers up to 4294967294 are");
	else
		schema_add_item(reader, item, &entry->cids, &entry->n_cids, POLICY_VSOCKS_MAX, &cid, sizeof(cid));
}

/* "1024", "1024-2047" or "any". */
static bool parse_ports(const char *text, struct vsock_ports *ret_ports)
{
	const char *dash = strchr(text, '-');
	char low[16];
	__u64 lo, hi;

	if (!strcmp(text, "any")) {
		*ret_ports = (struct vsock_ports){ 0, VSOCK_ANY };
		return true;
	}
	if (dash && (size_t)(dash - text) >= sizeof(low))
		return false;
	snprintf(low, sizeof(low), "%.*s", dash ? (int)(dash - text) : (int)sizeof(low) - 1, text);
	if (net_parse_number(low, VSOCK_ANY - 1, &lo) ||
	    net_parse_number(dash ? dash + 1 : text, VSOCK_ANY - 1, &hi) || lo > hi)
		return false;
	*ret_ports = (struct vsock_ports){ lo, hi };
	return true;
}

static void read_port(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item);
	struct vsock_entry *entry = reader->vsock;
	struct vsock_ports ports;

	if (!text)
		return;
	if (!parse_ports(text, &ports))
		yaml_error(reader->yaml, item, "'%s' is no port of vsock: it must be a number up to 4294967294, a range like "
			   "1024-2047, or any", yaml_quote(reader->yaml, item).s);
	else
		schema_add_item(reader, item, &entry->ports, &entry->n_ports, POLICY_VSOCKS_MAX, &ports, sizeof(ports));
}

void vsock_read_cid(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_cid);
}

void vsock_read_port(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_port);
}

void vsock_read_by(struct reader *reader, const struct pair *pair)
{
	reader->vsock->by = schema_program(reader, pair);
}

void vsock_read_optional(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word >= 0)
		reader->vsock->optional = !strcmp(yes_no_words[word], "yes");
}

static void add_rule(struct reader *reader, const struct yaml_node *item, const struct vsock_entry *entry, __u32 cid,
		     struct vsock_ports ports)
{
	struct vsock_rules *rules = &reader->policy->vsocks;
	struct vsock_rule rule = {
		.cid = cid, .ports = ports, .by = entry->by ? strdup(entry->by) : NULL, .optional = entry->optional,
		.where = yaml_where(reader->yaml, item),
	};

	if (entry->by && !rule.by)
		reader->err = -ENOMEM;
	else if (!schema_add_item(reader, item, &rules->list, &rules->count, POLICY_VSOCKS_MAX, &rule, sizeof(rule)))
		return;
	free(rule.by);
}

/* Each CID with each range of ports. */
static void add_rules(struct reader *reader, const struct yaml_node *item, const struct vsock_entry *entry)
{
	static const struct vsock_ports all = { 0, VSOCK_ANY };
	size_t n_ports = schema_has(reader->yaml, item, "port") ? entry->n_ports : 1;

	if (entry->n_cids * n_ports > POLICY_VSOCKS_MAX - reader->policy->vsocks.count) {
		yaml_error(reader->yaml, item, "more than %u CIDs, each with its ranges of ports, in 'egress.vsock'",
			   POLICY_VSOCKS_MAX);
		return;
	}
	for (size_t i = 0; i < entry->n_cids; i++)
		for (size_t j = 0; j < n_ports; j++)
			add_rule(reader, item, entry, entry->cids[i], entry->n_ports ? entry->ports[j] : all);
}

static void check_entry(struct reader *reader, const struct yaml_node *item, const struct vsock_entry *entry)
{
	bool by = schema_has(reader->yaml, item, "by");

	if (!schema_has(reader->yaml, item, "cid"))
		yaml_error(reader->yaml, item, "this entry of 'egress.vsock' has no 'cid'");
	if (entry->optional && !by)
		yaml_error(reader->yaml, item, "'optional' says what is to be done where the program 'by' is not there, but this "
			   "entry has no 'by'");
	/* Without one that was wrong it would be for everybody. */
	if (!by || entry->by)
		add_rules(reader, item, entry);
}

static void read_entry(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	struct vsock_entry entry = {};

	(void)pair;
	if (item->type == YAML_BAD)
		return;
	if (item->type != YAML_MAP) {
		yaml_error(reader->yaml, item, "an entry of 'egress.vsock' must be a mapping like '{cid: host, port: 1024, by: "
			   "/usr/sbin/agent}', but this is %s", yaml_kind(item));
		return;
	}
	reader->vsock = &entry;
	schema_read_map(reader, SECTION_VSOCK, item);
	reader->vsock = NULL;
	check_entry(reader, item, &entry);
	free(entry.cids);
	free(entry.ports);
	free(entry.by);
}

void vsock_read(struct reader *reader, const struct pair *pair)
{
	struct vsock_rules *rules = &reader->policy->vsocks;

	if (!rules->set)
		rules->where = yaml_where(reader->yaml, pair->name);
	rules->set = true;
	schema_each_item(reader, pair, read_entry);
}
