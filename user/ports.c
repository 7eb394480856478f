// SPDX-License-Identifier: GPL-2.0-only
/* ports.c - sets of ports, in the form that the kernel side reads. Pure. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "ports.h"

int ports_add(struct ports *ports, struct port_rule port)
{
	if (ports->count == ports->room) {
		size_t room = ports->room ? 2 * ports->room : 64;
		struct port_rule *list = reallocarray(ports->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		ports->list = list;
		ports->room = room;
	}
	ports->list[ports->count++] = port;
	return 0;
}

/* One element a protocol: proto 0 is only made again at the end, by fold(). */
static int add_each(struct ports *ports, bool tcp, bool udp, __u16 lo, __u16 hi)
{
	struct port_rule port = { .lo = lo, .hi = hi };
	int err = 0;

	if (tcp) {
		port.proto = IPPROTO_TCP;
		err = ports_add(ports, port);
	}
	if (!err && udp) {
		port.proto = IPPROTO_UDP;
		err = ports_add(ports, port);
	}
	return err;
}

int ports_add_rule(struct ports *ports, const struct egress_rule *rule)
{
	int err = 0;

	if (!rule->n_ports)
		return add_each(ports, rule->tcp, rule->udp, 0, 65535);
	for (size_t i = 0; !err && i < rule->n_ports; i++)
		err = add_each(ports, rule->tcp, rule->udp, rule->ports[i].lo, rule->ports[i].hi);
	return err;
}

int ports_add_list(struct ports *ports, const struct port_rule *list, struct span span)
{
	int err = 0;

	for (__u32 i = 0; !err && i < span.count; i++) {
		const struct port_rule *port = &list[span.first + i];

		err = add_each(ports, port->proto != IPPROTO_UDP, port->proto != IPPROTO_TCP,
			       port->lo, port->hi);
	}
	return err;
}

static int by_port(const void *left, const void *right)
{
	const struct port_rule *a = left, *b = right;

	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	return (a->hi > b->hi) - (a->hi < b->hi);
}

/* Joins what overlaps or touches in a sorted list. */
static void join(struct ports *ports)
{
	size_t last = 0;

	for (size_t i = 1; i < ports->count; i++) {
		struct port_rule *a = &ports->list[last], *b = &ports->list[i];

		if (a->proto != b->proto || b->lo > a->hi + 1)
			ports->list[++last] = *b;
		else if (b->hi > a->hi)
			a->hi = b->hi;
	}
	ports->count = last + 1;
}

/* Makes one element (proto 0) of two that differ in the protocol only: TCP's come first. */
static void fold(struct ports *ports)
{
	size_t tcp = 0, n_tcp = 0, kept;

	while (n_tcp < ports->count && ports->list[n_tcp].proto == IPPROTO_TCP)
		n_tcp++;
	kept = n_tcp;
	for (size_t udp = n_tcp; udp < ports->count; udp++) {
		struct port_rule *a, *b = &ports->list[udp];

		while (tcp < n_tcp && ports->list[tcp].lo < b->lo)
			tcp++;
		a = &ports->list[tcp];
		if (tcp < n_tcp && a->lo == b->lo && a->hi == b->hi)
			a->proto = 0;
		else
			ports->list[kept++] = *b;
	}
	ports->count = kept;
}

void ports_merge(struct ports *ports)
{
	if (!ports->count)
		return;
	qsort(ports->list, ports->count, sizeof(*ports->list), by_port);
	join(ports);
	fold(ports);
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
