// SPDX-License-Identifier: GPL-2.0-only
/* rules.c - from a policy to rows for the kernel's maps: networks, and the ports open on each. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "net.h"
#include "ports.h"
#include "rules.h"
#include "util.h"

/* One network of one rule of the policy. */
struct item {
	struct cidr net;
	__u32 rule;
};

struct compiler {
	const struct policy *policy;
	struct diags *diags;
	struct rules *rules;
	struct item *items;		/* sorted: a network stands before those within it */
	size_t n_items;
	struct ports own;		/* the sets of the policy's rules, one after the other */
	struct span *own_spans;		/* where each rule's is */
	struct ports set;		/* the one that is being made */
	size_t ports_room;
	__u32 *buckets;			/* spans by content: index of a row + 1; 0: free */
	size_t n_buckets;
	bool too_many;
};

/* A network that contains the one at hand. */
struct outer {
	size_t row;
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

static int collect_items(struct compiler *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->policy->n_egress; i++)
		n += c->policy->egress[i].n_to;
	c->items = calloc(n + 1, sizeof(*c->items));
	c->own_spans = calloc(c->policy->n_egress + 1, sizeof(*c->own_spans));
	c->rules->rows = calloc(n + 1, sizeof(*c->rules->rows));
	for (c->n_buckets = 256; c->n_buckets < 2 * n; c->n_buckets *= 2)
		;
	c->buckets = calloc(c->n_buckets, sizeof(*c->buckets));
	if (!c->items || !c->own_spans || !c->rules->rows || !c->buckets)
		return -ENOMEM;
	for (size_t i = 0; i < c->policy->n_egress; i++) {
		const struct egress_rule *rule = &c->policy->egress[i];

		for (size_t j = 0; j < rule->n_to; j++) {
			struct item *item = &c->items[c->n_items++];

			*item = (struct item) { .net = rule->to[j], .rule = i };
			normalise(&item->net);
		}
	}
	qsort(c->items, c->n_items, sizeof(*c->items), by_net);
	return 0;
}

static void report_too_many(struct compiler *c, const struct egress_rule *rule,
			    const struct cidr *net)
{
	struct diag_place place = {
		.file = c->policy->files[rule->where.file], .line = rule->where.line,
	};
	char text[NET_TEXT];

	net_format_cidr(net, text);
	diag_error(c->diags, &place, "more than %u ranges of ports come together for %s; "
		   "merge some of them", SPAN_MAX, text);
	c->too_many = true;
}

/* Makes the set of each rule once, so that no list of ports is read again for each network. */
static int prepare_rules(struct compiler *c)
{
	for (size_t i = 0; i < c->policy->n_egress; i++) {
		const struct egress_rule *rule = &c->policy->egress[i];
		int err;

		c->set.count = 0;
		err = ports_add_rule(&c->set, rule);
		if (err)
			return err;
		ports_merge(&c->set);
		if (c->set.count > SPAN_MAX && rule->n_to) {
			report_too_many(c, rule, &rule->to[0]);
			continue;
		}
		c->own_spans[i] = (struct span) { .first = c->own.count, .count = c->set.count };
		for (size_t j = 0; !err && j < c->set.count; j++)
			err = ports_add(&c->own, c->set.list[j]);
		if (err)
			return err;
	}
	return c->too_many ? -EINVAL : 0;
}

/* Gives row `index` the span of c->set: one that is there already, or a new one. */
static int intern(struct compiler *c, size_t index)
{
	struct rules *rules = c->rules;
	struct span *span = &rules->rows[index].span;
	size_t bytes = c->set.count * sizeof(*rules->ports);
	size_t bucket = ports_hash(&c->set) & (c->n_buckets - 1);

	for (; c->buckets[bucket]; bucket = (bucket + 1) & (c->n_buckets - 1)) {
		const struct span *other = &rules->rows[c->buckets[bucket] - 1].span;

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

/* Makes the row of the network that items first..end-1 share, within `outer` (or NULL). */
static int add_row(struct compiler *c, size_t first, size_t end, const struct outer *outer,
		   struct outer *ret_outer)
{
	struct rules *rules = c->rules;
	struct trie_row *row = &rules->rows[rules->n_rows];
	bool too_many;
	int err = 0;

	c->set.count = 0;
	if (outer)
		err = ports_add_list(&c->set, rules->ports, rules->rows[outer->row].span);
	for (size_t i = first; !err && i < end; i++)
		err = ports_add_list(&c->set, c->own.list,
				     c->own_spans[c->items[i].rule]);
	if (err)
		return err;
	ports_merge(&c->set);

	row->net = c->items[first].net;
	too_many = c->set.count > SPAN_MAX;
	if (too_many) {
		if (!outer || !outer->too_many)
			report_too_many(c, &c->policy->egress[c->items[end - 1].rule], &row->net);
		c->set.count = SPAN_MAX;
	}
	*ret_outer = (struct outer) { .row = rules->n_rows, .too_many = too_many };
	rules->n_rows++;
	rules->n_rows4 += row->net.family == AF_INET;
	return intern(c, ret_outer->row);
}

/* The items are sorted, so the networks around each are those still open on a stack. */
static int add_rows(struct compiler *c)
{
	struct outer stack[130];	/* lengths 0 to 128, and the one at hand */
	size_t depth = 0, end;

	for (size_t first = 0; first < c->n_items; first = end) {
		const struct cidr *net = &c->items[first].net;
		int err;

		for (end = first + 1; end < c->n_items; end++)
			if (compare_nets(&c->items[end].net, net))
				break;
		while (depth && !contains(&c->rules->rows[stack[depth - 1].row].net, net))
			depth--;
		err = add_row(c, first, end, depth ? &stack[depth - 1] : NULL, &stack[depth]);
		if (err)
			return err;
		depth++;
	}
	return c->too_many ? -EINVAL : 0;
}

static void free_compiler(struct compiler *c)
{
	rules_free(c->rules);
	free(c->items);
	ports_free(&c->own);
	ports_free(&c->set);
	free(c->own_spans);
	free(c->buckets);
}

int rules_compile(const struct policy *policy, struct diags *diags, struct rules **ret_rules)
{
	__attribute__((cleanup(free_compiler)))
	struct compiler c = { .policy = policy, .diags = diags };
	int err;

	c.rules = calloc(1, sizeof(*c.rules));
	if (!c.rules)
		return -ENOMEM;
	err = collect_items(&c);
	if (!err)
		err = prepare_rules(&c);
	if (!err)
		err = add_rows(&c);
	if (!err)
		*ret_rules = TAKE_PTR(c.rules);
	return err;
}

static const struct trie_row *find_row(const struct rules *rules, const struct cidr *net)
{
	size_t low = 0, high = rules->n_rows;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_nets(&rules->rows[middle].net, net);

		if (!order)
			return &rules->rows[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool rules_match(const struct rules *rules, int family, const void *addr, __u16 port, __u8 proto)
{
	struct cidr net = { .family = family, .len = family == AF_INET ? 32 : 128 };
	const struct trie_row *row = NULL;

	if (family != AF_INET && family != AF_INET6)
		return false;
	memcpy(net.addr, addr, net.len / 8);
	normalise(&net);
	for (int len = net.len; !row && len >= 0; len--) {
		net_mask(net.addr, sizeof(net.addr), len);
		net.len = len;
		row = find_row(rules, &net);
	}
	for (__u32 i = 0; row && i < row->span.count; i++) {
		const struct port_rule *rule = &rules->ports[row->span.first + i];

		if (port >= rule->lo && port <= rule->hi && (!rule->proto || rule->proto == proto))
			return true;
	}
	return false;
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	free(rules->rows);
	free(rules->ports);
	free(rules);
}
