// SPDX-License-Identifier: GPL-2.0-only
/* ports.c - sets of ports, protocols, programs and users, in the form that the kernel side reads. Pure. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "ports.h"

static int add(struct ports *ports, const struct port_rule *port)
{
	if (ports->count == ports->room) {
		size_t room = ports->room ? 2 * ports->room : 64;
		struct port_rule *list = reallocarray(ports->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		ports->list = list;
		ports->room = room;
	}
	ports->list[ports->count++] = *port;
	return 0;
}

static int add_proto(struct ports *ports, struct port_rule port, __u8 proto)
{
	port.proto = proto;
	return add(ports, &port);
}

/* One element a range and protocol, of one program and user: proto 0 is only made again at the end, by mark_pairs(). */
static int add_ranges(struct ports *ports, const struct egress_rule *rule, struct port_rule port)
{
	static const struct port_range every = { 0, 65535 };
	size_t n = rule->n_ports ?: 1;
	int err = 0;

	/* It has no ports, whatever those of the others are. */
	if (rule->icmp) {
		port.hi = every.hi;
		err = add_proto(ports, port, IPPROTO_ICMP);
	}
	if (!rule->tcp && !rule->udp)
		return err;
	for (size_t i = 0; !err && i < n; i++) {
		const struct port_range *range = rule->n_ports ? &rule->ports[i] : &every;

		port.lo = range->lo;
		port.hi = range->hi;
		if (rule->tcp)
			err = add_proto(ports, port, IPPROTO_TCP);
		if (!err && rule->udp)
			err = add_proto(ports, port, IPPROTO_UDP);
	}
	return err;
}

static __u32 uid_of(const struct policy *policy, __u16 index)
{
	const struct egress_user *user = &policy->egress_users[index];

	return user->known ? user->uid : UID_ANY - 1 - index;
}

int ports_add_rule(struct ports *ports, const struct policy *policy, const struct egress_rule *rule)
{
	size_t n_by = rule->n_by ?: 1, n_users = rule->n_users ?: 1;
	int err = 0;

	/* Each is below 2^19. */
	if (n_by * n_users * (2 * (rule->n_ports ?: 1) + rule->icmp) > PORTS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n_by; i++)
		for (size_t j = 0; !err && j < n_users; j++)
			err = add_ranges(ports, rule, (struct port_rule) {
				.by = rule->n_by ? rule->by[i] + 1 : 0,
				.uid = rule->n_users ? uid_of(policy, rule->users[j]) : UID_ANY,
			});
	return err;
}

int ports_add_list(struct ports *ports, const struct port_rule *list, struct span span)
{
	int err = 0;

	for (__u32 i = 0; !err && i < span.count; i++) {
		const struct port_rule *port = &list[span.first + i];

		err = add_proto(ports, *port, port->proto ?: IPPROTO_TCP);
		if (!err && !port->proto)
			err = add_proto(ports, *port, IPPROTO_UDP);
	}
	return err;
}

static int compare(__u64 a, __u64 b)
{
	return (a > b) - (a < b);
}

/* Of one program, user and protocol. */
static int by_class(const struct port_rule *a, const struct port_rule *b)
{
	return compare(a->by, b->by) ?: compare(a->uid, b->uid) ?: compare(a->proto, b->proto);
}

static int by_port(const void *left, const void *right)
{
	const struct port_rule *a = left, *b = right;

	return by_class(a, b) ?: compare(a->lo, b->lo) ?: compare(a->hi, b->hi);
}

/* Joins what overlaps or touches in a sorted list. */
static void join(struct ports *ports)
{
	size_t last = 0;

	for (size_t i = 1; i < ports->count; i++) {
		struct port_rule *a = &ports->list[last], *b = &ports->list[i];

		if (by_class(a, b) || b->lo > a->hi + 1)
			ports->list[++last] = *b;
		else if (b->hi > a->hi)
			a->hi = b->hi;
	}
	ports->count = last + 1;
}

/* What is to become of an element, in its `pad` while the list must keep its order. */
enum mark { KEEP, DROP, BOTH };

/* The element of exactly that class, the last that begins no later, in a sorted list; NULL: none. */
static struct port_rule *find(const struct ports *ports, const struct port_rule *port)
{
	size_t low = 0, high = ports->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct port_rule *at = &ports->list[middle];

		if ((by_class(at, port) ?: compare(at->lo, port->lo)) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && !by_class(&ports->list[low - 1], port) ? &ports->list[low - 1] : NULL;
}

static bool has(const struct ports *ports, const struct port_rule *port)
{
	const struct port_rule *at = find(ports, port);

	return at && at->hi >= port->hi;
}

/* Whether any program or any user may, too. */
static bool has_wider(const struct ports *ports, struct port_rule port)
{
	bool by = port.by, uid = port.uid != UID_ANY;
	struct port_rule wider = port;

	wider.by = 0;
	if (by && has(ports, &wider))
		return true;
	wider.uid = UID_ANY;
	if (uid && has(ports, &wider))
		return true;
	wider.by = port.by;
	return by && uid && has(ports, &wider);
}

static void mark_narrower(struct ports *ports)
{
	for (size_t i = 0; i < ports->count; i++)
		if (has_wider(ports, ports->list[i]))
			ports->list[i].pad = DROP;
}

static void mark_pairs(struct ports *ports)
{
	for (size_t i = 0; i < ports->count; i++) {
		struct port_rule *udp = &ports->list[i], tcp = *udp, *other;

		tcp.proto = IPPROTO_TCP;
		if (udp->proto != IPPROTO_UDP || udp->pad)
			continue;
		other = find(ports, &tcp);
		if (!other || other->pad || other->lo != udp->lo || other->hi != udp->hi)
			continue;
		other->pad = BOTH;
		udp->pad = DROP;
	}
}

void ports_merge(struct ports *ports)
{
	size_t kept = 0;

	if (!ports->count)
		return;
	qsort(ports->list, ports->count, sizeof(*ports->list), by_port);
	join(ports);
	mark_narrower(ports);
	mark_pairs(ports);
	for (size_t i = 0; i < ports->count; i++) {
		struct port_rule port = ports->list[i];

		if (port.pad == DROP)
			continue;
		if (port.pad == BOTH)
			port.proto = 0;
		port.pad = KEEP;
		ports->list[kept++] = port;
	}
	ports->count = kept;
}

static bool covers(const struct port_rule *a, const struct port_rule *b, __u8 proto)
{
	bool same = a->proto ? a->proto == proto : proto == IPPROTO_TCP || proto == IPPROTO_UDP;

	return same && a->lo <= b->lo && a->hi >= b->hi && (!a->by || a->by == b->by) &&
	       (a->uid == UID_ANY || a->uid == b->uid);
}

bool ports_cover(const struct ports *ports, const struct port_rule *port)
{
	bool first = false, second = port->proto;

	for (size_t i = 0; i < ports->count; i++) {
		first |= covers(&ports->list[i], port, port->proto ?: IPPROTO_TCP);
		second = second || covers(&ports->list[i], port, IPPROTO_UDP);
	}
	return first && second;
}

/* FNV-1a: the sets are the policy's own, so nobody gains by making them collide. */
__u64 ports_hash(const struct ports *ports)
{
	const unsigned char *bytes = (const unsigned char *)ports->list;
	__u64 hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < ports->count * sizeof(*ports->list); i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	return hash;
}

void ports_free(struct ports *ports)
{
	free(ports->list);
	*ports = (struct ports) { 0 };
}
