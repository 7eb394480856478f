// SPDX-License-Identifier: GPL-2.0-only
/* egress_keys.c - egress.allow and ingress.allow: addresses, ports, protocols, programs and users to struct egress_rule. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net.h"
#include "schema.h"
#include "util.h"

#define USER_NAME_MAX	32	/* bytes; utmp has room for no more */

static const char *const proto_words[] = { "tcp", "udp", "icmp", "icmpv6", NULL };
static const __u8 proto_numbers[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6 };
static_assert(ARRAY_SIZE(proto_words) == ARRAY_SIZE(proto_numbers) + 1, "proto_words: a number each");

/* What an entry has a list of indices for: adds `index`, unless it is there. */
static void add_index(struct reader *reader, const struct yaml_node *item, __u16 **list, size_t *count, __u16 index)
{
	for (size_t i = 0; i < *count; i++)
		if ((*list)[i] == index)
			return;
	schema_add_item(reader, item, list, count, POLICY_LIST_MAX, &index, sizeof(index));
}

static void read_name(struct reader *reader, const struct yaml_node *item, const char *text)
{
	struct egress_name new = { .where = yaml_where(reader->yaml, item) };
	struct seen seen = { reader->yaml, item };
	struct policy *policy = reader->policy;
	size_t i = 0;

	while (i < policy->n_egress_names && strcasecmp(policy->egress_names[i].name, text))
		i++;
	if (i == policy->n_egress_names) {
		new.name = strdup(text);
		if (!new.name)
			reader->err = -ENOMEM;
		if (!new.name || schema_add_item(reader, item, &reader->names, &reader->n_names, POLICY_NAMES_MAX, &seen,
						 sizeof(seen)) ||
		    schema_add_item(reader, item, &policy->egress_names, &policy->n_egress_names, POLICY_NAMES_MAX, &new,
				    sizeof(new))) {
			free(new.name);
			return;
		}
	}
	add_index(reader, item, &reader->rule->names, &reader->rule->n_names, i);
}

static void read_address(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item);
	struct egress_rule *rule = reader->rule;
	struct net_why why;
	struct cidr cidr;

	if (!text)
		return;
	if (!net_parse_cidr(text, &cidr, &why))
		schema_add_item(reader, item, &rule->to, &rule->n_to, POLICY_LIST_MAX, &cidr, sizeof(cidr));
	else if (net_is_name(text) && strcmp(text, "any") && strcmp(text, "all"))
		read_name(reader, item, text);
	else
		yaml_error(reader->yaml, item, "%s", why.text);
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

/* Its number; 0: reported. */
static __u8 find_proto(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	/* They have numbers, but what they name is no protocol that a packet has in its header. */
	static const char *const none[] = { "mptcp", "any", "all", "ip", "ipv6", "raw" };
	const char *text = schema_text(reader, pair, item);
	__u64 number;

	if (!text)
		return 0;
	for (size_t i = 0; proto_words[i]; i++)
		if (!strcmp(text, proto_words[i]))
			return proto_numbers[i];
	if (!net_parse_number(text, 255, &number) && number)
		return number;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		if (strcmp(text, none[i]))
			continue;
		yaml_error(reader->yaml, item, "protocol '%s' can't be listed: name each that is meant, 'tcp', 'udp' or 'icmp'",
			   text);
		return 0;
	}
	schema_unknown(reader, item, text, proto_words, "is not a protocol: tcp, udp, icmp, icmpv6 and numbers from 1 to 255 are");
	return 0;
}

static void read_proto(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	struct egress_rule *rule = reader->rule;
	__u8 proto = find_proto(reader, pair, item);

	if (proto == IPPROTO_TCP)
		rule->tcp = true;
	else if (proto == IPPROTO_UDP)
		rule->udp = true;
	else if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6)
		rule->icmp = true;
	else if (proto)
		yaml_error(reader->yaml, item, "protocol '%s' is not supported in this build: packets of others than TCP, UDP and ICMP "
			   "are not judged, so every socket that could send them is refused", yaml_quote(reader->yaml, item).s);
}

static void read_by(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	struct egress_program new = { .where = yaml_where(reader->yaml, item), .list = schema_section_name(reader->section) };
	const char *text = schema_text(reader, pair, item);
	struct policy *policy = reader->policy;
	size_t i = 0;

	if (!text)
		return;
	if (text[0] != '/' || text[strlen(text) - 1] == '/' || strlen(text) >= PROGRAM_PATH) {
		yaml_error(reader->yaml, item, "'%s' must be the absolute path of a program, of up to %d bytes",
			   schema_name(reader, pair->key->name).s, PROGRAM_PATH - 1);
		return;
	}
	while (i < policy->n_egress_programs && strcmp(policy->egress_programs[i].path, text))
		i++;
	if (i == policy->n_egress_programs) {
		new.path = strdup(text);
		if (!new.path)
			reader->err = -ENOMEM;
		if (!new.path || schema_add_item(reader, item, &policy->egress_programs, &policy->n_egress_programs,
						 EGRESS_PROGRAMS_MAX, &new, sizeof(new))) {
			free(new.path);
			return;
		}
	}
	add_index(reader, item, &reader->rule->by, &reader->rule->n_by, i);
}

/* useradd's own rule, with what others allow: a dot, a capital, a dollar at the end. */
static bool is_user_name(const char *text)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t len = strlen(text), good = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

	return len && len <= USER_NAME_MAX && strchr(first, text[0]) && (good == len || !strcmp(text + good, "$"));
}

static bool is_same_user(const struct egress_user *a, const struct egress_user *b)
{
	return a->name && b->name ? !strcmp(a->name, b->name) : !a->name && !b->name && a->uid == b->uid;
}

static void read_user(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	struct egress_user new = { .where = yaml_where(reader->yaml, item) };
	const char *text = schema_text(reader, pair, item);
	struct policy *policy = reader->policy;
	__u64 number;
	size_t i = 0;

	if (!text)
		return;
	/* The last is none: setuid(2) and chown(2) take it for "unchanged". */
	if (!net_parse_number(text, UID_ANY - 1, &number)) {
		new.uid = number;
		new.known = true;
	} else if (is_user_name(text)) {
		new.name = strdup(text);
		if (!new.name) {
			reader->err = -ENOMEM;
			return;
		}
	} else {
		yaml_error(reader->yaml, item, "'%s' is neither the name of a user nor a number from 0 to 4294967294",
			   yaml_quote(reader->yaml, item).s);
		return;
	}
	while (i < policy->n_egress_users && !is_same_user(&policy->egress_users[i], &new))
		i++;
	if (i < policy->n_egress_users) {
		free(new.name);
	} else if (schema_add_item(reader, item, &policy->egress_users, &policy->n_egress_users, POLICY_USERS_MAX, &new,
				   sizeof(new))) {
		free(new.name);
		return;
	}
	add_index(reader, item, &reader->rule->users, &reader->rule->n_users, i);
}

void egress_read_address(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_address);
}

void egress_read_port(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_port);
}

void egress_read_proto(struct reader *reader, const struct pair *pair)
{
	reader->rule->tcp = reader->rule->udp = reader->rule->icmp = false;
	schema_each(reader, pair, read_proto);
}

void egress_read_by(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_by);
}

void egress_read_user(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_user);
}

void egress_read_resolve(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word >= 0)
		reader->policy->resolve = !strcmp(yes_no_words[word], "yes");
}

void egress_finish(struct reader *reader)
{
	for (size_t i = 0; i < reader->n_names && !reader->policy->resolve; i++)
		yaml_error(reader->names[i].yaml, reader->names[i].node, "'%s' is a host name: list its addresses, or say "
			   "'resolve: yes' in section 'egress', so that 'load' looks it up once",
			   yaml_quote(reader->names[i].yaml, reader->names[i].node).s);
}

/* Of an entry that is for ICMP, what ICMP has not. */
static void check_icmp(struct reader *reader, const struct yaml_node *item, const struct egress_rule *rule)
{
	bool only = !rule->tcp && !rule->udp;

	if (rule->icmp && only && schema_has(reader->yaml, item, "port"))
		yaml_error(reader->yaml, item, "this entry has a 'port', but ICMP has no ports: leave it out, or name 'tcp' or 'udp' in "
			   "'proto', too");
	if (rule->icmp && schema_has(reader->yaml, item, "user"))
		yaml_error(reader->yaml, item, "this entry has a 'user', but nobody asks for that of ICMP's packets: %s",
			   only ? "leave it out" : "give ICMP an entry of its own");
}

static void read_entry(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	bool in = reader->section == GUARD_ingress;
	const char *list = schema_section_name(in ? SECTION_SOURCE : SECTION_ENTRY), *address = in ? "from" : "to";
	struct policy *policy = reader->policy;
	struct egress_rule rule = {
		.tcp = true, .udp = true, .where = yaml_where(reader->yaml, item),
	};

	(void)pair;
	if (item->type == YAML_BAD)
		return;
	if (item->type != YAML_MAP) {
		yaml_error(reader->yaml, item, "an entry of '%s' must be a mapping like "
			   "'{%s: 192.0.2.1, port: 443, proto: tcp}', but this is %s",
			   list, address, yaml_kind(item));
		return;
	}
	reader->rule = &rule;
	schema_read_map(reader, in ? SECTION_SOURCE : SECTION_ENTRY, item);
	reader->rule = NULL;
	if (!schema_has(reader->yaml, item, address))
		yaml_error(reader->yaml, item, "this entry of '%s' has no '%s'", list, address);
	check_icmp(reader, item, &rule);
	if (in ? schema_add_item(reader, item, &policy->ingress, &policy->n_ingress, POLICY_EGRESS_MAX, &rule, sizeof(rule)) :
	    schema_add_item(reader, item, &policy->egress, &policy->n_egress, POLICY_EGRESS_MAX, &rule, sizeof(rule)))
		policy_free_egress_rule(&rule);
}

void egress_read_allow(struct reader *reader, const struct pair *pair)
{
	bool in = reader->section == GUARD_ingress;
	struct where *where = in ? &reader->policy->ingress_allow : &reader->policy->egress_allow;
	bool *set = in ? &reader->ingress_set : &reader->egress_set;

	if (!*set)
		*where = yaml_where(reader->yaml, pair->name);
	*set = true;
	schema_each_item(reader, pair, read_entry);
}
