// SPDX-License-Identifier: GPL-2.0-only
/* rules.c - from a policy to rows for the kernel's maps: networks, and the ports open on each. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "net.h"
#include "ports.h"
#include "rules.h"
#include "shadows.h"
#include "util.h"

/* The rule of an item that is a class: the last of its network. */
#define CLASS	(~0u)

/* The address of everybody: one of the classes. */
static const struct cidr everybody = { .addr = { 255, 255, 255, 255 }, .family = AF_INET, .len = 32 };

/*
 * Addresses that reach many, or whose meaning depends on the network they are used in: entries for networks around
 * them don't list them.  A 64:ff9b:1::/48 (RFC 8215) has its IPv4 address where the network wants it.
 */
static const struct cidr classes[] = {
	{ .addr = { 224 }, .family = AF_INET, .len = 4 },
	{ .addr = { 255, 255, 255, 255 }, .family = AF_INET, .len = 32 },
	{ .addr = { 0xff }, .family = AF_INET6, .len = 8 },
	{ .addr = { 0xfe, 0x80 }, .family = AF_INET6, .len = 10 },
	{ .addr = { 0, 0x64, 0xff, 0x9b, 0, 1 }, .family = AF_INET6, .len = 48 },
};

struct compiler {
	const struct policy *policy;
	struct net_rules entries;
	bool ingress;
	struct diags *diags;
	struct rules *rules;
	struct net_table *table;
	struct item *items;		/* sorted: a network stands before those within it */
	size_t n_items;
	struct ports own;		/* the sets of the policy's rules, one after the other */
	struct span *own_spans;		/* where each rule's is */
	struct ports set;		/* the one that is being made */
	struct shadows *shadows;
	size_t ports_room;
	__u32 *buckets;			/* spans by content: index of a row + 1; 0: free */
	size_t n_buckets;
	bool too_many;
};

/* A network that contains the one at hand. */
struct outer {
	struct cidr net;
	size_t row;		/* its own, or that of the network around it, which says the same */
	bool too_many;		/* said already: so have those within it, and say nothing */
};

static const __u8 mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

static void normalise(struct cidr *net)
{
	if (net->family != AF_INET6 || net->len < 96 || memcmp(net->addr, mapped_prefix, 12))
		return;
	net->family = AF_INET;
	net->len -= 96;
	memmove(net->addr, net->addr + 12, 4);
	memset(net->addr + 4, 0, 12);
}

static int compare_nets(const struct cidr *a, const struct cidr *b)
{
	int order = (a->family > b->family) - (a->family < b->family);

	static_assert(AF_INET < AF_INET6, "struct rules: v4 rows come first");
	if (!order)
		order = memcmp(a->addr, b->addr, sizeof(a->addr));
	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int by_net(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	int order = compare_nets(&a->net, &b->net);

	return order ? order : (a->rule > b->rule) - (a->rule < b->rule);
}

static bool contains(const struct cidr *outer, const struct cidr *inner)
{
	__u8 addr[16];

	if (outer->family != inner->family || outer->len > inner->len)
		return false;
	memcpy(addr, inner->addr, sizeof(addr));
	net_mask(addr, sizeof(addr), outer->len);
	return !memcmp(addr, outer->addr, sizeof(addr));
}

static void add_item(struct compiler *c, const struct cidr *net, __u32 rule)
{
	struct item *item = &c->items[c->n_items++];

	*item = (struct item) { .net = *net, .rule = rule };
	normalise(&item->net);
}

static void add_rule(struct compiler *c, __u32 index)
{
	const struct egress_rule *rule = &c->entries.list[index];

	for (size_t i = 0; i < rule->n_to; i++)
		add_item(c, &rule->to[i], index);
	for (size_t i = 0; i < rule->n_names; i++) {
		const struct egress_name *name = &c->policy->egress_names[rule->names[i]];

		for (size_t j = 0; j < name->n_to; j++)
			add_item(c, &name->to[j], index);
		c->table->unresolved |= !name->n_to;
	}
	for (size_t i = 0; i < rule->n_users; i++)
		c->table->unresolved |= !c->policy->egress_users[rule->users[i]].known;
}

static size_t count_items(const struct compiler *c)
{
	size_t n = ARRAY_SIZE(classes);

	for (size_t i = 0; i < c->entries.count; i++) {
		const struct egress_rule *rule = &c->entries.list[i];

		n += rule->n_to;
		for (size_t j = 0; j < rule->n_names; j++)
			n += c->policy->egress_names[rule->names[j]].n_to;
	}
	return n;
}

static int collect_items(struct compiler *c)
{
	size_t n = count_items(c);

	c->items = calloc(n, sizeof(*c->items));
	c->own_spans = calloc(c->entries.count + 1, sizeof(*c->own_spans));
	c->table->rows = calloc(n, sizeof(*c->table->rows));
	for (c->n_buckets = 256; c->n_buckets < 2 * n; c->n_buckets *= 2)
		;
	c->buckets = calloc(c->n_buckets, sizeof(*c->buckets));
	if (!c->items || !c->own_spans || !c->table->rows || !c->buckets)
		return -ENOMEM;
	for (size_t i = 0; i < c->entries.count; i++)
		add_rule(c, i);
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		add_item(c, &classes[i], CLASS);
	qsort(c->items, c->n_items, sizeof(*c->items), by_net);
	return 0;
}

static void report_too_many(struct compiler *c, const struct egress_rule *rule,
			    const struct cidr *net)
{
	struct diag_place place = {
		.file = c->policy->files[rule->where.file], .line = rule->where.line,
	};
	char text[NET_TEXT] = "this entry";

	if (net)
		net_format_cidr(net, text);
	diag_error(c->diags, &place, "more than %u ranges of ports%s come together for %s in '%s'; merge some of them", SPAN_MAX,
		   c->policy->n_egress_programs || c->policy->n_egress_users ? ", each with its program and user," : "",
		   net && !compare_nets(net, &everybody) && c->ingress ? "all who may be there" : text, c->entries.name);
	c->too_many = true;
}

/* Makes the set of each rule once, so that no list of ports is read again for each network. */
static int prepare_rules(struct compiler *c)
{
	for (size_t i = 0; i < c->entries.count; i++) {
		const struct egress_rule *rule = &c->entries.list[i];
		int err;

		c->set.count = 0;
		err = ports_add_rule(&c->set, c->policy, rule);
		if (err && err != -E2BIG)
			return err;
		ports_merge(&c->set);
		if (err || c->set.count > SPAN_MAX) {
			report_too_many(c, rule, rule->n_to ? &rule->to[0] : NULL);
			continue;
		}
		c->own_spans[i].first = c->own.count;
		err = ports_add_list(&c->own, c->set.list, (struct span) { 0, c->set.count });
		if (err)
			return err;
		c->own_spans[i].count = c->own.count - c->own_spans[i].first;
	}
	return c->too_many ? -EINVAL : 0;
}

/* Gives row `index` the span of c->set: one that is there already, or a new one. */
static int intern(struct compiler *c, size_t index)
{
	struct rules *rules = c->rules;
	struct span *span = &c->table->rows[index].span;
	size_t bytes = c->set.count * sizeof(*rules->ports);
	size_t bucket = ports_hash(&c->set) & (c->n_buckets - 1);

	*span = (struct span) {};
	if (!bytes)
		return 0;
	for (; c->buckets[bucket]; bucket = (bucket + 1) & (c->n_buckets - 1)) {
		const struct span *other = &c->table->rows[c->buckets[bucket] - 1].span;

		if (other->count == c->set.count &&
		    !memcmp(rules->ports + other->first, c->set.list, bytes)) {
			*span = *other;
			return 0;
		}
	}
	if (rules->n_ports + c->set.count > c->ports_room) {
		size_t room = 2 * c->ports_room + SPAN_MAX;
		struct port_rule *ports = reallocarray(rules->ports, room, sizeof(*ports));

		if (!ports)
			return -ENOMEM;
		rules->ports = ports;
		c->ports_room = room;
	}
	c->buckets[bucket] = index + 1;
	*span = (struct span) { .first = rules->n_ports, .count = c->set.count };
	memcpy(rules->ports + span->first, c->set.list, bytes);
	rules->n_ports += c->set.count;
	return 0;
}

/* In the row of everybody is what all entries of ingress.allow allow. */
static bool is_union(const struct compiler *c, size_t first)
{
	return c->ingress && !compare_nets(&c->items[first].net, &everybody);
}

/* The set of the network that items first..end-1 share, within `outer` (or NULL). */
static int make_set(struct compiler *c, size_t first, size_t end, const struct outer *outer)
{
	int err = 0;

	c->set.count = 0;
	if (is_union(c, first))
		err = ports_add_list(&c->set, c->own.list, (struct span) { 0, c->own.count });
	if (outer)
		err = ports_add_list(&c->set, c->rules->ports, c->table->rows[outer->row].span);
	for (size_t i = first; !err && i < end; i++)
		err = ports_add_list(&c->set, c->own.list, c->own_spans[c->items[i].rule]);
	ports_merge(&c->set);
	return err;
}

/* Makes the row of a network, unless it says what the one around it says. */
static int add_row(struct compiler *c, size_t first, size_t end, const struct outer *outer, struct outer *ret_outer)
{
	struct net_table *table = c->table;
	struct trie_row *row = &table->rows[table->n_rows];
	int err = make_set(c, first, end, outer);
	const struct span *around;
	bool too_many;

	if (err)
		return err;
	*ret_outer = (struct outer) { .net = c->items[first].net, .row = table->n_rows };
	row->net = ret_outer->net;
	too_many = c->set.count > SPAN_MAX;
	if (too_many) {
		/* Of all together, the last entry is one too many. */
		if (is_union(c, first) && !c->too_many)
			report_too_many(c, &c->entries.list[c->entries.count - 1], &row->net);
		else if (!is_union(c, first) && (!outer || !outer->too_many))
			report_too_many(c, &c->entries.list[c->items[end - 1].rule], &row->net);
		c->set.count = SPAN_MAX;
	}
	ret_outer->too_many = too_many;
	err = intern(c, ret_outer->row);
	around = outer ? &table->rows[outer->row].span : NULL;
	if (around && around->first == row->span.first && around->count == row->span.count) {
		ret_outer->row = outer->row;
		return err;
	}
	table->n_rows++;
	table->n_rows4 += row->net.family == AF_INET;
	return err;
}

/* The items are sorted, so the networks around each are those still open on a stack. */
static int add_rows(struct compiler *c)
{
	struct outer stack[SHADOWS_DEPTH];
	size_t depth = 0, end;

	for (size_t first = 0; first < c->n_items; first = end) {
		const struct cidr *net = &c->items[first].net;
		size_t rules;
		bool class;
		int err;

		for (end = first + 1; end < c->n_items; end++)
			if (compare_nets(&c->items[end].net, net))
				break;
		class = c->items[end - 1].rule == CLASS;
		rules = end - class;
		while (depth && !contains(&stack[depth - 1].net, net))
			depth--;
		/* Nothing that it would have to be kept from, or that would be in it. */
		if (rules == first && !depth && !(is_union(c, first) && c->own.count))
			continue;
		shadows_add(c->shadows, depth, class, &c->items[first], rules - first);
		err = add_row(c, first, rules, depth && !class ? &stack[depth - 1] : NULL, &stack[depth]);
		if (err)
			return err;
		depth++;
	}
	return c->too_many ? -EINVAL : 0;
}

static void note(struct rules *rules)
{
	for (size_t i = 0; i < rules->n_ports; i++) {
		rules->by |= rules->ports[i].by > 0;
		rules->user |= rules->ports[i].uid != UID_ANY;
	}
}

static void free_compiler(struct compiler *c)
{
	free(c->items);
	ports_free(&c->own);
	ports_free(&c->set);
	shadows_free(c->shadows);
	free(c->own_spans);
	free(c->buckets);
}

static int compile(const struct policy *policy, __u32 guard, struct diags *diags, struct rules *rules)
{
	__attribute__((cleanup(free_compiler)))
	struct compiler c = {
		.policy = policy, .entries = policy_net_rules(policy, guard), .ingress = guard == GUARD_ingress,
		.diags = diags, .rules = rules, .table = guard == GUARD_ingress ? &rules->ingress : &rules->egress,
		.ports_room = rules->n_ports,
	};
	int err;

	err = collect_items(&c);
	if (!err)
		err = prepare_rules(&c);
	if (!err)
		c.shadows = shadows_make(policy, &c.entries, &c.own, c.own_spans);
	if (!err)
		err = c.shadows ? add_rows(&c) : -ENOMEM;
	if (!err)
		shadows_report(c.shadows, diags);
	return err;
}

static void free_rules(struct rules **rules)
{
	rules_free(*rules);
}

int rules_compile(const struct policy *policy, struct diags *diags, struct rules **ret_rules)
{
	__attribute__((cleanup(free_rules))) struct rules *rules = calloc(1, sizeof(*rules));
	int err, in;

	if (!rules)
		return -ENOMEM;
	err = compile(policy, GUARD_egress, diags, rules);
	if (err && err != -EINVAL)
		return err;
	/* Every mistake is reported, of both lists. */
	in = compile(policy, GUARD_ingress, diags, rules);
	if (err || in)
		return err ?: in;
	note(rules);
	*ret_rules = TAKE_PTR(rules);
	return 0;
}

const struct net_table *rules_table(const struct rules *rules, __u32 guard)
{
	return guard == GUARD_ingress ? &rules->ingress : &rules->egress;
}

static const struct trie_row *find_row(const struct net_table *table, const struct cidr *net)
{
	size_t low = 0, high = table->n_rows;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_nets(&table->rows[middle].net, net);

		if (!order)
			return &table->rows[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool row_matches(const struct port_rule *row, const struct flow *flow)
{
	bool same = row->proto ? row->proto == flow->proto : flow->proto == IPPROTO_TCP || flow->proto == IPPROTO_UDP;

	return same && flow->port >= row->lo && flow->port <= row->hi &&
	       (!row->by || row->by == flow->by) && (row->uid == UID_ANY || row->uid == flow->uid);
}

static bool net_matches(const struct rules *rules, __u32 guard, struct cidr net, const struct flow *flow)
{
	const struct trie_row *row = NULL;

	for (int len = net.len; !row && len >= 0; len--) {
		net_mask(net.addr, sizeof(net.addr), len);
		net.len = len;
		row = find_row(rules_table(rules, guard), &net);
	}
	for (__u32 i = 0; row && i < row->span.count; i++)
		if (row_matches(&rules->ports[row->span.first + i], flow))
			return true;
	return false;
}

bool rules_inner(const __u8 addr[16], struct cidr *ret_net)
{
	static const __u8 zeros[12], nat64[12] = { 0, 0x64, 0xff, 0x9b };
	int at = 12;

	if (addr[0] == 0x20 && addr[1] == 0x02)
		at = 2;
	else if (!memcmp(addr, zeros, sizeof(zeros)) ? !memcmp(addr + 12, "\0\0\0\1", 4) :
		 memcmp(addr, nat64, sizeof(nat64)) && memcmp(addr, classes[ARRAY_SIZE(classes) - 1].addr, 6))
		return false;
	*ret_net = (struct cidr) { .family = AF_INET, .len = 32 };
	memcpy(ret_net->addr, addr + at, 4);
	return true;
}

static const __u8 loopback4[16] = { 127, [3] = 1 }, loopback6[16] = { [15] = 1 };

bool rules_match(const struct rules *rules, __u32 guard, const struct flow *flow)
{
	struct cidr net = { .family = flow->family, .len = flow->family == AF_INET ? 32 : 128 }, inner;

	if (flow->family != AF_INET && flow->family != AF_INET6)
		return false;
	memcpy(net.addr, flow->addr, net.len / 8);
	normalise(&net);
	/* To the unspecified address.  What seems to come from there came from elsewhere. */
	if (guard == GUARD_egress && !memcmp(net.addr, (const __u8 [16]){}, 16))
		memcpy(net.addr, net.family == AF_INET ? loopback4 : loopback6, 16);
	return net_matches(rules, guard, net, flow) &&
	       (net.family == AF_INET || !rules_inner(net.addr, &inner) || net_matches(rules, guard, inner, flow));
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	free(rules->egress.rows);
	free(rules->ingress.rows);
	free(rules->ports);
	free(rules);
}
