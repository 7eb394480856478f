/* SPDX-License-Identifier: GPL-2.0-only */
/* packets.h - which packets arrive at the other end of a wire, and how they are made to go elsewhere than it was asked. */
#ifndef HARDENCTL_SELFTESTS_PACKETS_H
#define HARDENCTL_SELFTESTS_PACKETS_H

#include "send.h"

/* The networks of both hosts' addresses there; in `there`, what the other host has to send to this one. */
#define ALLOW_PEER	"    - { to: [127.0.0.0/8, \"::1\", 10.11.0.1, 10.12.0.1, \"fd11::1\", \"fd12::1\"], proto: [tcp, udp, icmp] }\n"
#define ALLOW_MARK	"    - { to: 10.11.0.2, port: 8099, proto: udp }\n"

/* What a packet is: as a pattern, port 0 and type -1 stand for all. */
struct seen {
	int proto;		/* IPPROTO_* */
	struct dest to;
	__u16 to_port, from_port;
	int icmp;		/* type */
};

/* What packets_judge() counts. */
static struct seen packets_wanted;

static UNUSED bool packets_are_to(const __u8 *packet, const struct dest *to)
{
	const struct sockaddr_in6 *in6 = (const void *)&to->at;
	const struct sockaddr_in *in = (const void *)&to->at;

	return (packet[0] >> 4 == 6) == (to->at.ss_family == AF_INET6) &&
	       (packet[0] >> 4 == 6 ? !memcmp(packet + 24, &in6->sin6_addr, 16) : !memcmp(packet + 16, &in->sin_addr, 4));
}

/* As wire_count() wants it.  Of IPv6, hop-by-hop options and routing headers are passed over. */
static UNUSED int packets_judge(const __u8 *packet, size_t len, __u16 type)
{
	const struct seen *want = &packets_wanted;
	size_t header = packet[0] >> 4 == 6 ? 40 : (packet[0] & 15) * 4;
	int proto = packet[packet[0] >> 4 == 6 ? 6 : 9];
	__u16 ports[2];

	if (type == htons(ETH_P_ARP))
		return 0;
	while (packet[0] >> 4 == 6 && (proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING) && len >= header + 8) {
		proto = packet[header];
		header += packet[header + 1] * 8 + 8;
	}
	if (len < header + sizeof(ports))
		return 0;
	memcpy(ports, packet + header, sizeof(ports));
	if (proto == IPPROTO_UDP && ports[1] == htons(MARK_PORT))
		return 2;
	if (proto != want->proto || !packets_are_to(packet, &want->to))
		return 0;
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return want->icmp < 0 || want->icmp == packet[header];
	return (!want->to_port || htons(want->to_port) == ports[1]) && (!want->from_port || htons(want->from_port) == ports[0]);
}

/* How many such packets have come to `there` since the last count. */
static UNUSED unsigned int packets_arrived(struct wire *wire, const struct seen *what)
{
	packets_wanted = *what;
	return wire_count(wire, &wire->there, packets_judge);
}

/* Some time later: what the kernel sends by a timer of its own. */
static UNUSED bool packets_arrive(struct wire *wire, const struct seen *what)
{
	for (int i = 0; i < PATIENCE_MS / 100; i++, usleep(100000))
		if (packets_arrived(wire, what))
			return true;
	return false;
}

/* Before the load: what this host sends goes where `rules` say, one a line as nft has them. */
static UNUSED void packets_translate(const char *rules)
{
	char text[2048];

	snprintf(text, sizeof(text), "table inet hctl {\n\tchain out {\n\t\ttype nat hook output priority -100;\n%s\t}\n}\n", rules);
	spill("/tmp/nft.rules", text);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(RUN("modprobe", i ? "nft_nat" : "nft_chain_nat")->status, 0);
	assert_int_equal(RUN("nft", "-f", "/tmp/nft.rules")->status, 0);
}

static UNUSED void packets_translate_no_more(void)
{
	RUN("nft", "delete", "table", "inet", "hctl");
}

/* What comes in is judged when the kernel gets to it, which may be later than its sender returns. */
static UNUSED void await_refusal(const struct mark *from, int guard)
{
	for (int i = 0; i < PATIENCE_MS / 10 && mark().denied[guard] == from->denied[guard]; i++)
		usleep(10000);
}

/*
 * At least one refusal of `guard`, all of the same kind, where the kernel tries again by itself.  Returns the first record,
 * which the caller puts.
 */
static UNUSED struct json_object *assert_refused_again_and_again(const struct mark *from, int guard, const char *hook,
								  const char *reason)
{
	struct json_object *list = records_since(from, guard), *record;
	size_t count = json_object_array_length(list);

	assert_true(count >= 1);
	assert_true(mark().denied[guard] - from->denied[guard] >= count);
	for (size_t i = 0; i < count; i++) {
		record = json_object_array_get_idx(list, i);
		assert_field(record, "action", "denied");
		assert_field(record, "hook", hook);
		assert_field(record, "reason", reason);
	}
	record = json_object_get(json_object_array_get_idx(list, 0));
	json_object_put(list);
	return record;
}

/* Asserts of a record which packet it is about. */
static UNUSED void assert_other_end(struct json_object *record, const char *proto, const char *address, __u16 port)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", port);
	assert_field(record, "object.family", strchr(address, ':') ? "inet6" : "inet");
	assert_field(record, "object.proto", proto);
	assert_field(record, "object.addr", address);
	assert_field(record, "object.port", text);
}

#endif
