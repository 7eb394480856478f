// SPDX-License-Identifier: GPL-2.0-only
/* socket_keys.c - egress.sockets: sockets beyond those that every policy allows. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net.h"
#include "schema.h"
#include "socket_names.h"

#define FAMILY_LAST	63
#define TYPE_LAST	10
#define PROTO_LAST	65535

/* A word of the table or a number of at most `last`; false after saying what is wrong. */
static bool read_word(struct reader *reader, const struct pair *pair, const struct socket_word *words, __u64 last,
		      const char *what, __u32 *ret_number)
{
	const char *text = schema_text(reader, pair, pair->value), *names[SOCKET_WORDS];
	const struct socket_word *word = text ? socket_word_find(words, text) : NULL;
	__u64 number;

	if (!text)
		return false;
	if (word) {
		*ret_number = word->number;
		return true;
	}
	if (!net_parse_number(text, last, &number)) {
		*ret_number = number;
		return true;
	}
	socket_word_names(words, names);
	schema_unknown(reader, pair->value, text, names, what);
	return false;
}

void socket_read_family(struct reader *reader, const struct pair *pair)
{
	__u32 family = 0;

	if (read_word(reader, pair, socket_families, FAMILY_LAST, "is no family of sockets", &family) && !family)
		yaml_error(reader->yaml, pair->value, "there are no sockets without a family");
	reader->socket->family = family;
}

void socket_read_type(struct reader *reader, const struct pair *pair)
{
	__u32 type = 0;

	if (read_word(reader, pair, socket_types, TYPE_LAST, "is no type of sockets", &type))
		reader->socket->type = type;
}

void socket_read_proto(struct reader *reader, const struct pair *pair)
{
	const char *text = pair->value->type == YAML_TEXT ? yaml_text(reader->yaml, pair->value) : "";

	reader->socket_proto = pair->value;
	reader->socket_proto_named = socket_word_find(socket_protos, text);
	read_word(reader, pair, socket_protos, PROTO_LAST, "is no protocol", &reader->socket->proto);
}

void socket_read_by(struct reader *reader, const struct pair *pair)
{
	reader->socket->by = schema_program(reader, pair);
}

void socket_read_optional(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word >= 0)
		reader->socket->optional = !strcmp(yes_no_words[word], "yes");
}

static bool is_inet(const struct socket_rule *rule)
{
	return rule->family == AF_INET || rule->family == AF_INET6;
}

static void check_proto(struct reader *reader, const struct socket_rule *rule)
{
	const struct yaml_node *proto = reader->socket_proto;

	if (!proto)
		return;
	if (rule->family == AF_PACKET)
		yaml_error(reader->yaml, proto, "a packet socket sends every protocol, whatever it was made for: leave 'proto' out");
	else if (is_inet(rule) && rule->proto == PROTO_CANARY)
		yaml_error(reader->yaml, proto, "protocol %u can't be listed: hardenctl tries it to prove that this guard refuses",
			   PROTO_CANARY);
	else if (!is_inet(rule) && reader->socket_proto_named)
		yaml_error(reader->yaml, proto, "names of protocols are those of inet and inet6: write its number");
}

static void check_entry(struct reader *reader, const struct yaml_node *item, const struct socket_rule *rule)
{
	if (!schema_has(reader->yaml, item, "family")) {
		yaml_error(reader->yaml, item, "this entry of 'egress.sockets' has no 'family'");
		return;
	}
	if (!rule->family)
		return;
	if (socket_is_ordinary(rule->family, rule->type, rule->proto))
		yaml_error(reader->yaml, item, "these sockets need no entry of 'egress.sockets': every policy allows them");
	check_proto(reader, rule);
	if (rule->optional && !rule->by)
		yaml_error(reader->yaml, item, "'optional' says what is to be done where the program 'by' is not there, but this "
			   "entry has no 'by'");
}

static void read_entry(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	struct socket_rules *rules = &reader->policy->sockets;
	struct socket_rule rule = {
		.type = SOCKET_ANY_TYPE, .proto = SOCKET_ANY_PROTO, .where = yaml_where(reader->yaml, item),
	};

	(void)pair;
	if (item->type == YAML_BAD)
		return;
	if (item->type != YAML_MAP) {
		yaml_error(reader->yaml, item, "an entry of 'egress.sockets' must be a mapping like '{family: packet, by: "
			   "/usr/sbin/dhclient}', but this is %s", yaml_kind(item));
		return;
	}
	reader->socket = &rule;
	reader->socket_proto = NULL;
	schema_read_map(reader, SECTION_SOCKET, item);
	reader->socket = NULL;
	check_entry(reader, item, &rule);
	if (schema_add_item(reader, item, &rules->list, &rules->count, POLICY_SOCKETS_MAX, &rule, sizeof(rule)))
		free(rule.by);
}

void socket_read(struct reader *reader, const struct pair *pair)
{
	struct socket_rules *rules = &reader->policy->sockets;

	if (!rules->set)
		rules->where = yaml_where(reader->yaml, pair->name);
	rules->set = true;
	schema_each_item(reader, pair, read_entry);
}
