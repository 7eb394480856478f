// SPDX-License-Identifier: GPL-2.0-only
/* dump.c - what becomes of egress.allow and ingress.allow: names looked up, entries merged; and of egress.unix and egress.vsock. */
#include "dump.h"

#include <json-c/json.h>
#include <netinet/in.h>
#include <string.h>

#include "net.h"

struct proto_text {
	char s[16];
};

/* As the policy has it. */
static struct proto_text proto_text(__u8 proto)
{
	static const struct { __u8 proto; const char *name; } rows[] = {
		{ IPPROTO_TCP, "tcp" }, { IPPROTO_UDP, "udp" }, { IPPROTO_ICMP, "icmp" }, { IPPROTO_ICMPV6, "icmpv6" },
	};
	struct proto_text text;

	snprintf(text.s, sizeof(text.s), "%u", proto);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].proto == proto)
			snprintf(text.s, sizeof(text.s), "%s", rows[i].name);
	return text;
}

static void write_names(const struct policy *policy, FILE *out)
{
	char text[NET_TEXT];

	for (size_t i = 0; i < policy->n_egress_names; i++) {
		const struct egress_name *name = &policy->egress_names[i];

		if (!name->n_to)
			continue;
		fprintf(out, "# %s:%u: %s is", policy->files[name->where.file], name->where.line, name->name);
		for (size_t j = 0; j < name->n_to; j++) {
			net_format_cidr(&name->to[j], text);
			fprintf(out, "%s %s", j ? "," : "", text);
		}
		fputc('\n', out);
	}
	for (size_t i = 0; i < policy->n_egress_users; i++) {
		const struct egress_user *user = &policy->egress_users[i];

		if (user->name && user->known)
			fprintf(out, "# %s:%u: user %s is %u\n", policy->files[user->where.file], user->where.line, user->name,
				user->uid);
	}
}

static void write_entry(const struct policy *policy, const char *key, const char *net, const struct port_rule *port, FILE *out)
{
	fprintf(out, "- {%s: \"%s\"", key, net);
	if (port->lo == port->hi)
		fprintf(out, ", port: %u", port->lo);
	else if (port->lo || port->hi != 65535)
		fprintf(out, ", port: %u-%u", port->lo, port->hi);
	if (port->proto)
		fprintf(out, ", proto: %s", proto_text(port->proto).s);
	if (port->by)
		fprintf(out, ", by: \"%s\"", policy->egress_programs[port->by - 1].path);
	if (port->uid != UID_ANY)
		fprintf(out, ", user: %u", port->uid);
	fputs("}\n", out);
}

static void write_unix(const struct policy *policy, FILE *out)
{
	if (policy->deputies.set)
		fputs("# egress.unix, pair by pair; what isn't listed is refused:\n", out);
	for (size_t i = 0; i < policy->deputies.count; i++) {
		const struct deputy_rule *rule = &policy->deputies.list[i];

		fprintf(out, "- {to: \"%s\"", rule->to);
		if (rule->by)
			fprintf(out, ", by: \"%s\"", rule->by);
		fputs("}\n", out);
	}
}

static void write_vsock(const struct policy *policy, FILE *out)
{
	if (policy->vsocks.count)
		fputs("# egress.vsock, CID by CID:\n", out);
	for (size_t i = 0; i < policy->vsocks.count; i++) {
		const struct vsock_rule *rule = &policy->vsocks.list[i];

		if (rule->cid == VSOCK_ANY)
			fputs("- {cid: any", out);
		else
			fprintf(out, "- {cid: %u", rule->cid);
		if (rule->ports.lo == rule->ports.hi)
			fprintf(out, ", port: %u", rule->ports.lo);
		else if (rule->ports.hi != VSOCK_ANY)
			fprintf(out, ", port: %u-%u", rule->ports.lo, rule->ports.hi);
		if (rule->by)
			fprintf(out, ", by: \"%s\"", rule->by);
		fputs("}\n", out);
	}
}

static void write_table(const struct policy *policy, const struct rules *rules, __u32 guard, const char *key, FILE *out)
{
	const struct net_table *table = rules_table(rules, guard);
	char net[NET_TEXT];

	for (size_t i = 0; i < table->n_rows; i++) {
		const struct span *span = &table->rows[i].span;

		net_format_cidr(&table->rows[i].net, net);
		if (!span->count)
			fprintf(out, "# %s: nothing\n", net);
		for (__u32 j = 0; j < span->count; j++)
			write_entry(policy, key, net, &rules->ports[span->first + j], out);
	}
}

void dump_write(const struct policy *policy, const struct rules *rules, FILE *out)
{
	write_names(policy, out);
	fputs("# Of these networks the longest alone decides, with all that is listed for it:\n", out);
	write_table(policy, rules, GUARD_egress, "to", out);
	write_unix(policy, out);
	write_vsock(policy, out);
	if (!rules->ingress.n_rows)
		return;
	fputs("# Likewise of those that something comes from; 255.255.255.255 is asked where somebody listens:\n", out);
	write_table(policy, rules, GUARD_ingress, "from", out);
}

static struct json_object *add_list(struct json_object *object, const char *key)
{
	struct json_object *list = json_object_new_array();

	json_object_object_add(object, key, list);
	return list;
}

static struct json_object *json_port(const struct policy *policy, const struct port_rule *port)
{
	struct json_object *object = json_object_new_object(), *protos = add_list(object, "proto");

	json_object_array_add(protos, json_object_new_string(proto_text(port->proto ?: IPPROTO_TCP).s));
	if (!port->proto)
		json_object_array_add(protos, json_object_new_string("udp"));
	json_object_object_add(object, "low", json_object_new_int(port->lo));
	json_object_object_add(object, "high", json_object_new_int(port->hi));
	json_object_object_add(object, "by", port->by ? json_object_new_string(policy->egress_programs[port->by - 1].path) : NULL);
	json_object_object_add(object, "uid", port->uid != UID_ANY ? json_object_new_int64(port->uid) : NULL);
	return object;
}

static struct json_object *json_path(const char *path)
{
	return path ? json_object_new_string(path) : NULL;
}

static void add_unix(struct json_object *dump, const struct policy *policy)
{
	struct json_object *list = add_list(dump, "unix");

	for (size_t i = 0; i < policy->deputies.count; i++) {
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "to", json_path(policy->deputies.list[i].to));
		json_object_object_add(object, "by", json_path(policy->deputies.list[i].by));
		json_object_array_add(list, object);
	}
}

static void add_vsock(struct json_object *dump, const struct policy *policy)
{
	struct json_object *list = add_list(dump, "vsock");

	for (size_t i = 0; i < policy->vsocks.count; i++) {
		const struct vsock_rule *rule = &policy->vsocks.list[i];
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "cid", rule->cid == VSOCK_ANY ? NULL : json_object_new_int64(rule->cid));
		json_object_object_add(object, "low", json_object_new_int64(rule->ports.lo));
		json_object_object_add(object, "high", json_object_new_int64(rule->ports.hi));
		json_object_object_add(object, "by", json_path(rule->by));
		json_object_array_add(list, object);
	}
}

static void add_table(const struct policy *policy, const struct rules *rules, __u32 guard, const char *key,
		      struct json_object *list)
{
	const struct net_table *table = rules_table(rules, guard);
	char net[NET_TEXT];

	for (size_t i = 0; i < table->n_rows; i++) {
		const struct span *span = &table->rows[i].span;
		struct json_object *object = json_object_new_object(), *allow;

		net_format_cidr(&table->rows[i].net, net);
		json_object_object_add(object, key, json_object_new_string(net));
		allow = add_list(object, "allow");
		for (__u32 j = 0; j < span->count; j++)
			json_object_array_add(allow, json_port(policy, &rules->ports[span->first + j]));
		json_object_array_add(list, object);
	}
}

struct json_object *dump_json(const struct policy *policy, const struct rules *rules)
{
	struct json_object *dump = json_object_new_object(), *object, *list;
	char net[NET_TEXT];

	list = add_list(dump, "names");
	for (size_t i = 0; i < policy->n_egress_names; i++) {
		struct json_object *to;

		object = json_object_new_object();
		json_object_object_add(object, "name", json_object_new_string(policy->egress_names[i].name));
		to = add_list(object, "to");
		for (size_t j = 0; j < policy->egress_names[i].n_to; j++) {
			net_format_cidr(&policy->egress_names[i].to[j], net);
			json_object_array_add(to, json_object_new_string(net));
		}
		json_object_array_add(list, object);
	}
	list = add_list(dump, "users");
	for (size_t i = 0; i < policy->n_egress_users; i++) {
		if (!policy->egress_users[i].name || !policy->egress_users[i].known)
			continue;
		object = json_object_new_object();
		json_object_object_add(object, "name", json_object_new_string(policy->egress_users[i].name));
		json_object_object_add(object, "uid", json_object_new_int64(policy->egress_users[i].uid));
		json_object_array_add(list, object);
	}
	add_table(policy, rules, GUARD_egress, "to", add_list(dump, "networks"));
	add_table(policy, rules, GUARD_ingress, "from", add_list(dump, "sources"));
	add_unix(dump, policy);
	add_vsock(dump, policy);
	return dump;
}
