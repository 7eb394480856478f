// SPDX-License-Identifier: GPL-2.0-only
/* replay_net.c - judges records of sockets, packets and what reroutes them. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "event.h"
#include "names.h"
#include "replay_parts.h"
#include "socket_names.h"

static bool is_packet(const struct replay_row *row)
{
	return !strncmp(kind_names[row->record.kind].hook, "skb_", 4);
}

static __u16 number_of(struct replay *replay, const struct replay_row *row)
{
	const struct policy *policy = replay->policy;

	for (size_t i = 0; i < policy->n_egress_programs; i++)
		if (is_by(replay, policy->egress_programs[i].path, row))
			return i + 1;
	return 0;
}

/* Whose packet it was is asked when the socket is made; then packets are judged as any user's. */
static bool match(struct replay *replay, __u32 guard, struct flow flow, bool any_user)
{
	const struct policy *policy = replay->policy;

	if (rules_match(replay->rules, guard, &flow))
		return true;
	for (size_t i = 0; any_user && i < policy->n_egress_users; i++) {
		flow.uid = policy->egress_users[i].uid;
		if (policy->egress_users[i].known && rules_match(replay->rules, guard, &flow))
			return true;
	}
	return false;
}

/* Whether the other guard has an entry for the peer, on some port: then it could be an answer. */
static bool may_be_answer(struct replay *replay, __u32 other, struct flow flow)
{
	struct net_rules rules = policy_net_rules(replay->policy, other);

	for (size_t i = 0; rules.on && i < rules.count; i++)
		for (size_t j = 0; j < (rules.list[i].n_ports ?: 1); j++) {
			flow.port = rules.list[i].n_ports ? rules.list[i].ports[j].lo : 0;
			if (match(replay, other, flow, /* any_user= */ true))
				return true;
		}
	return false;
}

static struct flow flow_of(struct replay *replay, const struct replay_row *row)
{
	const struct object_net *net = &row->record.object.net;
	struct flow flow = {
		.family = net->family, .port = net->port, .by = number_of(replay, row), .uid = row->record.uid,
		.proto = net->proto == IPPROTO_ICMPV6 ? IPPROTO_ICMP : net->proto,
	};

	memcpy(flow.addr, net->addr, sizeof(flow.addr));
	return flow;
}

/* The rows of an entry alone, made once; NULL: out of memory. */
static const struct rules *rules_of(struct replay *replay, struct rules **slot, const struct egress_rule *entry)
{
	struct policy one = *replay->policy;
	struct diags diags = {};

	one.n_egress = one.n_ingress = 1;
	one.egress = one.ingress = (struct egress_rule *)entry;
	if (!*slot)
		rules_compile(&one, &diags, slot);
	diags_free(&diags);
	return *slot;
}

/* The entry that allows it, for people: the kernel's rows do not tell. */
static struct where find_entry(struct replay *replay, __u32 guard, const struct flow *flow, struct where list)
{
	struct net_rules entries = policy_net_rules(replay->policy, guard);
	struct rules ***slots = &replay->entries[guard == GUARD_ingress];

	if (entries.count > ENTRIES_SHOWN)
		return list;
	if (!*slots)
		*slots = calloc(ENTRIES_SHOWN, sizeof(**slots));
	for (size_t i = 0; *slots && i < entries.count; i++) {
		const struct rules *rules = rules_of(replay, &(*slots)[i], &entries.list[i]);

		if (rules && rules_match(rules, guard, flow))
			return entries.list[i].where;
	}
	return list;
}

struct judgement replay_flow(struct replay *replay, const struct replay_row *row)
{
	const struct policy *policy = replay->policy;
	__u32 guard = kind_names[row->record.kind].guard_id, other = guard == GUARD_egress ? GUARD_ingress : GUARD_egress;
	struct where where = guard == GUARD_egress ? policy->egress_allow : policy->ingress_allow;
	struct flow flow = flow_of(replay, row);

	if (row->record.object_type != OBJECT_NET)
		return unknown(where, "the record does not have the address");
	/* Who listens is asked for by this address, which nobody has. */
	if (guard == GUARD_ingress && !is_packet(row)) {
		flow.family = AF_INET;
		memset(flow.addr, 0, sizeof(flow.addr));
		memset(flow.addr, 255, 4);
	}
	if (match(replay, guard, flow, is_packet(row)))
		return allowed(find_entry(replay, guard, &flow, where));
	if (rules_table(replay->rules, guard)->unresolved)
		return unknown(where, "the policy has names of hosts or users, which are not looked up here");
	/* To TCP sockets answers come by their connections, of which nobody is asked. */
	if (is_packet(row) && (guard == GUARD_egress || flow.proto == IPPROTO_UDP) && may_be_answer(replay, other, flow))
		return unknown(where, "it can be an answer, and the record does not have both ports");
	return denied(where);
}

struct judgement replay_socket(struct replay *replay, const struct replay_row *row)
{
	const struct socket_rules *rules = &replay->policy->sockets;
	const struct vsock_rules *vsocks = &replay->policy->vsocks;
	const struct object_net *net = &row->record.object.net;

	if (socket_is_ordinary(net->family, net->type, net->proto))
		return allowed(rules->where);
	for (size_t i = 0; i < rules->count; i++) {
		const struct socket_rule *rule = &rules->list[i];

		if (rule->family == net->family && (rule->type == SOCKET_ANY_TYPE || rule->type == net->type) &&
		    (rule->proto == SOCKET_ANY_PROTO || rule->proto == net->proto) && is_by(replay, rule->by, row))
			return allowed(rule->where);
	}
	/* Where it may connect, and only that. */
	for (size_t i = 0; i < vsocks->count && net->family == AF_VSOCK; i++)
		if (row->record.kind != KIND_egress_socket_listen_vsock && net->type != SOCK_DGRAM &&
		    is_by(replay, vsocks->list[i].by, row))
			return allowed(vsocks->list[i].where);
	return denied(rules->where);
}

struct judgement replay_reroute(struct replay *replay, const struct replay_row *row)
{
	const struct reroute_rules *rules = &replay->policy->reroutes;
	__u32 class = row->record.object.request.class;

	if (row->record.object_type != OBJECT_REQUEST || class >= REROUTE_COUNT)
		return unknown(rules->where, "the record does not have the operation");
	for (size_t i = 0; i < rules->count; i++)
		if (rules->list[i].operations >> class & 1 && is_by(replay, rules->list[i].by, row))
			return allowed(rules->list[i].where);
	return denied(rules->where);
}

struct judgement replay_deputy(struct replay *replay, const struct replay_row *row)
{
	const struct deputy_rules *rules = &replay->policy->deputies;
	const struct file_id none = {};

	if (!rules->set)
		return allowed(rules->where);
	if (row->record.object_type != OBJECT_PEER || !row->record.object.peer.maker[0])
		return unknown(rules->where, "the record does not have the program that made the socket");
	for (size_t i = 0; i < rules->count; i++)
		if (replay_is_file(replay, rules->list[i].to, row->record.object.peer.maker, &none, false) &&
		    is_by(replay, rules->list[i].by, row))
			return allowed(rules->list[i].where);
	return denied(rules->where);
}

struct judgement replay_vsock(struct replay *replay, const struct replay_row *row)
{
	const struct vsock_rules *rules = &replay->policy->vsocks;
	struct vsock_address at = event_vsock(&row->record);
	struct judgement judgement;

	judgement = replay_socket(replay, row);
	if (row->record.kind == KIND_egress_socket_listen_vsock)
		return judgement;
	/* An entry of egress.sockets lets it connect to everywhere. */
	for (size_t i = 0; i < rules->count; i++) {
		const struct vsock_rule *rule = &rules->list[i];

		if (at.cid != VSOCK_ANY && (rule->cid == VSOCK_ANY || rule->cid == at.cid) && at.port >= rule->ports.lo &&
		    at.port <= rule->ports.hi && is_by(replay, rule->by, row))
			return allowed(rule->where);
	}
	if (rules->count || judgement.verdict != REPLAY_ALLOWED)
		return denied(rules->where);
	return judgement;
}
