/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * naive.h - what a policy's entries allow, bit by bit and entry by entry: as slow and as plain as can be, and
 * nothing of the compiler's.  Random policies and flows besides, from a fixed generator.
 */
#ifndef HARDENCTL_SELFTESTS_NAIVE_H
#define HARDENCTL_SELFTESTS_NAIVE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "policy.h"
#include "rules.h"
#include "util.h"

#define NAIVE_RULES	12
#define NAIVE_NETS	4
#define NAIVE_PORTS	4
#define NAIVE_PROGRAMS	2
#define NAIVE_USERS	2

/* A policy whose memory is its own. */
struct fixture {
	struct policy policy;
	struct egress_program programs[NAIVE_PROGRAMS];
	struct egress_user users[NAIVE_USERS];
	struct egress_rule rules[2 * NAIVE_RULES];	/* of egress, then those of ingress */
	struct cidr to[2 * NAIVE_RULES][NAIVE_NETS];
	struct port_range ports[2 * NAIVE_RULES][NAIVE_PORTS];
	__u16 by[2 * NAIVE_RULES][NAIVE_PROGRAMS], who[2 * NAIVE_RULES][NAIVE_USERS];
};

/* What of an IPv6 address, from bit `at` on, is an IPv4 one. */
struct translation {
	const char *name;
	struct cidr prefix;
	unsigned int at;
};

static const struct translation translations[] = {
	{ "6to4", { { 0x20, 0x02 }, AF_INET6, 16 }, 16 },
	{ "NAT64", { { 0, 0x64, 0xff, 0x9b }, AF_INET6, 96 }, 96 },
	{ "local NAT64", { { 0, 0x64, 0xff, 0x9b, 0, 1 }, AF_INET6, 48 }, 96 },
	{ "v4-compatible", { { 0 }, AF_INET6, 96 }, 96 },
};

/* Which an entry lists only if its network lies within. */
static const struct cidr special[] = {
	{ { 224 }, AF_INET, 4 }, { { 255, 255, 255, 255 }, AF_INET, 32 },
	{ { 0xff }, AF_INET6, 8 }, { { 0xfe, 0x80 }, AF_INET6, 10 }, { { 0, 0x64, 0xff, 0x9b, 0, 1 }, AF_INET6, 48 },
};

static inline bool naive_bit(const struct cidr *cidr, unsigned int bit)
{
	return cidr->addr[bit / 8] & (0x80 >> bit % 8);
}

static inline bool naive_within(const struct cidr *outer, const struct cidr *inner)
{
	if (outer->family != inner->family || outer->len > inner->len)
		return false;
	for (unsigned int bit = 0; bit < outer->len; bit++)
		if (naive_bit(outer, bit) != naive_bit(inner, bit))
			return false;
	return true;
}

/* ::ffff:a.b.c.d is a.b.c.d. */
static inline struct cidr naive_unmapped(const struct cidr *net)
{
	const struct cidr prefix = { { [10] = 0xff, [11] = 0xff }, AF_INET6, 96 };
	struct cidr v4 = { .family = AF_INET, .len = net->len - 96 };

	if (!naive_within(&prefix, net))
		return *net;
	memcpy(v4.addr, net->addr + 12, 4);
	return v4;
}

static inline bool naive_in(const struct cidr *listed, const struct cidr *addr)
{
	struct cidr net = naive_unmapped(listed);

	if (!naive_within(&net, addr))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(special); i++)
		if (naive_within(&special[i], addr) && !naive_within(&special[i], &net))
			return false;
	return true;
}

static inline bool naive_proto(const struct egress_rule *rule, __u8 proto)
{
	return proto == IPPROTO_TCP ? rule->tcp : proto == IPPROTO_UDP ? rule->udp : rule->icmp;
}

static inline bool naive_listed(const struct policy *policy, __u32 guard, const struct cidr *addr, const struct flow *flow)
{
	const struct cidr everybody = { { 255, 255, 255, 255 }, AF_INET, 32 };
	bool ingress = guard == GUARD_ingress;

	for (size_t i = 0; i < (ingress ? policy->n_ingress : policy->n_egress); i++) {
		const struct egress_rule *rule = ingress ? &policy->ingress[i] : &policy->egress[i];
		bool in = ingress && naive_within(&everybody, addr), open = !rule->n_ports, by = !rule->n_by, user = !rule->n_users;

		for (size_t j = 0; j < rule->n_to; j++)
			in |= naive_in(&rule->to[j], addr);
		for (size_t j = 0; j < rule->n_ports; j++)
			open |= flow->port >= rule->ports[j].lo && flow->port <= rule->ports[j].hi;
		for (size_t j = 0; j < rule->n_by; j++)
			by |= flow->by == rule->by[j] + 1;
		for (size_t j = 0; j < rule->n_users; j++)
			user |= flow->uid == policy->egress_users[rule->users[j]].uid;
		open |= flow->proto == IPPROTO_ICMP;
		if (in && open && by && user && naive_proto(rule, flow->proto))
			return true;
	}
	return false;
}

static inline bool naive_match(const struct policy *policy, __u32 guard, const struct flow *flow)
{
	const struct cidr nowhere6 = { { 0 }, AF_INET6, 128 }, nowhere4 = { { 0 }, AF_INET, 32 };
	const struct cidr here6 = { { [15] = 1 }, AF_INET6, 128 }, here4 = { { 127, 0, 0, 1 }, AF_INET, 32 };
	struct cidr given = { .family = flow->family, .len = flow->family == AF_INET ? 32 : 128 }, addr;

	memcpy(given.addr, flow->addr, given.len / 8);
	addr = naive_unmapped(&given);
	if (guard == GUARD_egress && naive_within(&nowhere4, &addr))
		addr = here4;
	if (guard == GUARD_egress && naive_within(&nowhere6, &addr))
		addr = here6;
	if (!naive_listed(policy, guard, &addr, flow))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(translations); i++) {
		struct cidr inner = { .family = AF_INET, .len = 32 };

		if (!naive_within(&translations[i].prefix, &addr) || naive_within(&here6, &addr))
			continue;
		memcpy(inner.addr, addr.addr + translations[i].at / 8, 4);
		return naive_listed(policy, guard, &inner, flow);
	}
	return true;
}

/* ---- A fixed generator, so that a failure can be had again ---- */

static __u64 naive_seed;

static inline unsigned int draw(unsigned int n)
{
	naive_seed = naive_seed * 6364136223846793005 + 1442695040888963407;
	return (naive_seed >> 33) % n;
}

/* Few distinct bits, so that networks nest, touch and repeat; of the special ones and translations enough. */
static inline struct cidr draw_net(bool whole)
{
	struct cidr net = { .family = draw(5) < 3 ? AF_INET : AF_INET6 };
	unsigned int size = net.family == AF_INET ? 4 : 16, form = draw(8);

	for (unsigned int i = size - 4; i < size; i++)
		net.addr[i] = draw(4) ? 10 * (i % 4 == 0) : (const __u8 []){ 1, 128, 255 }[draw(3)];
	if (net.family == AF_INET && !form)
		net = draw(2) ? special[1] : special[0];
	if (net.family == AF_INET6 && form < 2) {
		memcpy(net.addr, (const __u8 [12]){ [10] = 0xff, [11] = 0xff }, 12);
	} else if (net.family == AF_INET6 && form < 5) {
		const struct translation *translation = &translations[draw(ARRAY_SIZE(translations))];

		memcpy(net.addr, translation->prefix.addr, translation->at == 16 ? 2 : 12);
		if (translation->at == 16)
			memmove(net.addr + 2, net.addr + 12, 4);
	} else if (net.family == AF_INET6 && form < 7) {
		memcpy(net.addr, special[2 + draw(3)].addr, 6);
	} else if (net.family == AF_INET6) {
		net.addr[0] = 0xfd;
	}
	net.len = whole ? 8 * size : draw(4) ? draw(8 * size + 1) : (const __u8 []){ 0, 4, 8, 16 }[draw(4)];
	for (unsigned int bit = net.len; bit < 8 * size; bit++)
		net.addr[bit / 8] &= ~(0x80 >> bit % 8);
	return net;
}

static inline void draw_rule(struct fixture *f, size_t i, bool selective)
{
	unsigned int protos = draw(4) ? 1 + draw(3) : 4 + draw(4);

	f->rules[i] = (struct egress_rule) {
		.to = f->to[i], .n_to = 1 + draw(NAIVE_NETS), .ports = f->ports[i],
		.n_ports = draw(3) && protos != 4 ? draw(NAIVE_PORTS + 1) : 0,
		.tcp = protos & 1, .udp = protos & 2, .icmp = protos & 4,
		.by = f->by[i], .users = f->who[i], .where = { .line = i + 1 },
	};
	for (size_t j = 0; j < f->rules[i].n_to; j++)
		f->to[i][j] = draw_net(/* whole= */ false);
	for (size_t j = 0; j < f->rules[i].n_ports; j++) {
		__u16 lo = draw(8) ? 1 + draw(12) : 65530 + draw(6);

		f->ports[i][j] = (struct port_range) { lo, lo + draw(65536 - lo) % 4 };
	}
	if (!selective)
		return;
	for (size_t j = 0; j < NAIVE_PROGRAMS; j++)
		if (!draw(3))
			f->by[i][f->rules[i].n_by++] = j;
	/* ICMP has no users. */
	for (size_t j = 0; protos < 4 && j < NAIVE_USERS; j++)
		if (!draw(3))
			f->who[i][f->rules[i].n_users++] = j;
}

/* Half of them have entries for programs and users. */
static inline void draw_policy(struct fixture *f)
{
	bool selective = draw(2);

	memset(f, 0, sizeof(*f));
	f->policy = (struct policy) {
		.files = { "t.yaml" }, .n_files = 1, .egress = f->rules, .n_egress = draw(NAIVE_RULES + 1),
		.ingress = f->rules + NAIVE_RULES, .n_ingress = draw(NAIVE_RULES + 1),
		.egress_programs = f->programs, .n_egress_programs = NAIVE_PROGRAMS,
		.egress_users = f->users, .n_egress_users = NAIVE_USERS,
	};
	for (size_t i = 0; i < NAIVE_USERS; i++)
		f->users[i] = (struct egress_user) { .uid = i ? 65534 : 0, .known = true };
	for (size_t i = 0; i < f->policy.n_egress; i++)
		draw_rule(f, i, selective);
	for (size_t i = 0; i < f->policy.n_ingress; i++)
		draw_rule(f, NAIVE_RULES + i, selective);
}

static inline struct flow draw_flow(void)
{
	struct cidr net = draw_net(/* whole= */ true);
	struct flow flow = {
		.family = net.family, .port = draw(8) ? draw(17) : 65528 + draw(8), .proto = draw(2) ? IPPROTO_TCP : IPPROTO_UDP,
		.by = draw(NAIVE_PROGRAMS + 1), .uid = draw(3) ? (draw(2) ? 65534 : 0) : 1000,
	};

	memcpy(flow.addr, net.addr, sizeof(flow.addr));
	/* The unspecified address, and loopback. */
	if (!draw(32))
		memset(flow.addr, 0, sizeof(flow.addr));
	else if (!draw(32))
		memcpy(flow.addr, flow.family == AF_INET ? (const __u8 [16]){ 127, 0, 0, 1 } : (const __u8 [16]){ [15] = 1 }, 16);
	return flow;
}

#endif
