// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_answer_test.c - connections from before the load, what the kernel answers by itself, and what keeps the network going.
 * Boots: plain
 * Kernels: 6.1 7
 * Long boots: lockdown
 */
#include "child.h"
#include "maker.h"
#include "packets.h"
#include "send_packet.h"
#include "util.h"

#define CLOSED_PORT	7777	/* nothing listens there */
#define ANSWER_TRIES	10	/* a twentieth of a second each: it is sent when the kernel gets to it */

#define POLICY_HERE(ingress)									\
	"version: 1\nname: answer\n"								\
	"exec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"			\
	"egress:\n  mode: enforce\n  allow:\n" ALLOW_PEER					\
	"    - { to: [10.11.0.2, \"fd11::2\"], port: 8000-8099 }\n"				\
	"  sockets:\n"										\
	"    - {family: inet, type: dgram, proto: icmp}\n"					\
	"    - {family: inet6, type: dgram, proto: icmpv6}\n"					\
	"ingress:\n" ingress "kernel: { mode: off }\ndata: { mode: off }\n"
#define INGRESS_ON										\
	"  mode: enforce\n  allow:\n"								\
	"    - { from: [10.11.0.2, \"fd11::2\"], proto: icmp }\n"				\
	"    - { from: [10.11.0.2, \"fd11::2\"], port: 7777, proto: tcp }\n"
#define INGRESS_OFF	"  mode: off\n"

static struct wire wire;

static struct dest end(enum form form, int network, const char *host, __u16 port)
{
	return dest(form, network == LISTED ? forms[form].listed : forms[form].unlisted, host, port);
}

static const char *text_of(enum form form, int network)
{
	static char text[32];

	snprintf(text, sizeof(text), "%s2", network == LISTED ? forms[form].listed : forms[form].unlisted);
	return text;
}

/* ---- Sockets that were connected before the load ---- */

static const struct early {
	const char *name;
	enum form form;
	int proto;
} earlies[] = {
	{ "tcp_v4", V4, IPPROTO_TCP }, { "tcp_v6", V6, IPPROTO_TCP }, { "udp_v4", V4, IPPROTO_UDP }, { "udp_v6", V6, IPPROTO_UDP },
};

static int early[ARRAY_SIZE(earlies)][2];	/* to a LISTED and an UNLISTED address */

static void connect_early(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(earlies); i++)
		for (int network = LISTED; network <= UNLISTED; network++) {
			struct dest to = end(earlies[i].form, network, "2", LISTED_PORT);

			early[i][network] = earlies[i].proto == IPPROTO_TCP ? tcp_connect(&to) : udp_connect(&to);
			assert_true(early[i][network] >= 0);
		}
}

static struct seen early_seen(const struct early *row, int network)
{
	return (struct seen){ .proto = row->proto, .to = end(row->form, network, "2", 0), .to_port = LISTED_PORT };
}

/* TCP takes what it is given, and tries again and again. */
static void deny_from_before_the_load(void **state)
{
	const struct linger reset = { .l_onoff = 1 };
	const struct early *row = *state;
	struct seen seen = early_seen(row, UNLISTED);
	int fd = early[row - earlies][UNLISTED];
	struct mark before = mark();
	struct json_object *record;

	packets_arrived(&wire, &seen);
	if (row->proto == IPPROTO_TCP) {
		assert_int_equal(send(fd, PAYLOAD, strlen(PAYLOAD), MSG_NOSIGNAL), strlen(PAYLOAD));
		assert_int_equal(packets_arrived(&wire, &seen), 0);
		record = assert_refused_again_and_again(&before, GUARD_egress, "skb_egress", "unlisted");
	} else {
		assert_int_equal(send(fd, PAYLOAD, strlen(PAYLOAD), 0), -1);
		assert_int_equal(errno, EPERM);
		assert_int_equal(packets_arrived(&wire, &seen), 0);
		record = assert_refused(&before, GUARD_egress, "unlisted", 1);
		assert_field(record, "hook", "skb_egress");
	}
	assert_other_end(record, row->proto == IPPROTO_TCP ? "tcp" : "udp", text_of(row->form, UNLISTED), LISTED_PORT);
	assert_rule(record, "  allow:");
	json_object_put(record);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	/* Its farewell does not come either. */
	assert_int_equal(packets_arrived(&wire, &seen), 0);
}

static void allow_from_before_the_load(void **state)
{
	const struct early *row = *state;
	struct seen seen = early_seen(row, LISTED);
	int fd = early[row - earlies][LISTED];

	packets_arrived(&wire, &seen);
	assert_int_equal(send(fd, PAYLOAD, strlen(PAYLOAD), MSG_NOSIGNAL), strlen(PAYLOAD));
	assert_true(packets_arrived(&wire, &seen) > 0);
}

/* One that a process has open, and one that is on its way to it. */
static int early_raw[2], early_pair[2];

static void open_raw_early(void)
{
	union maker_control control = { .header = {
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)),
	} };
	struct iovec part = { "", 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control),
	};

	for (int i = 0; i < 2; i++) {
		early_raw[i] = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);
		assert_true(early_raw[i] >= 0);
	}
	memcpy(CMSG_DATA(&control.header), &early_raw[1], sizeof(early_raw[1]));
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, early_pair), 0);
	assert_int_equal(sendmsg(early_pair[0], &message, 0), 1);
	close(early_raw[1]);
}

static int take_raw(void)
{
	union maker_control control = {};
	struct iovec part = { &(char){ 0 }, 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control),
	};
	int fd;

	assert_int_equal(recvmsg(early_pair[1], &message, MSG_CMSG_CLOEXEC), 1);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

/* They must not count as the kernel's own, which may answer whoever sent something. */
static void expect_raw_refused(int fd)
{
	const struct tcphdr reset = { .th_sport = htons(4000), .th_dport = htons(LISTED_PORT), .th_off = 5, .th_flags = TH_RST };
	struct seen seen = { .proto = IPPROTO_TCP, .to = end(V4, UNLISTED, "2", 0), .to_port = LISTED_PORT };
	struct dest to = end(V4, UNLISTED, "2", 0);
	struct mark before = mark();

	packets_arrived(&wire, &seen);
	assert_int_equal(sendto(fd, &reset, sizeof(reset), 0, (struct sockaddr *)&to.at, to.len), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(packets_arrived(&wire, &seen), 0);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
	close(fd);
}

static void deny_raw_from_before_the_load(void **state)
{
	(void)state;
	expect_raw_refused(early_raw[0]);
}

static void deny_raw_in_flight_from_before_the_load(void **state)
{
	(void)state;
	expect_raw_refused(take_raw());
}

/* ---- What the kernel answers ---- */

static int ask_closed_udp(const struct dest *to)
{
	struct dest closed = *to;

	((struct sockaddr_in *)&closed.at)->sin_port = htons(CLOSED_PORT);
	return udp_sendto(&closed);
}

static const struct question {
	const char *name;
	enum form form;
	int (*ask)(const struct dest *to);	/* of the other host, to this one */
	int proto, icmp;			/* of the answer */
	bool unseen;				/* no hook sees it */
} questions[] = {
	{ "echo_v4", V4, ping, IPPROTO_ICMP, ICMP_ECHOREPLY, false },
	{ "echo_v6", V6, ping, IPPROTO_ICMPV6, ICMP6_ECHO_REPLY, false },
	{ "port_unreachable_v4", V4, ask_closed_udp, IPPROTO_ICMP, ICMP_DEST_UNREACH, false },
	{ "port_unreachable_v6", V6, ask_closed_udp, IPPROTO_ICMPV6, ICMP6_DST_UNREACH, false },
	{ "reset_v4", V4, tcp_begin, IPPROTO_TCP, -1, false },
	/* tcp_v6_send_response() gives its packet to no socket. */
	{ "reset_v6", V6, tcp_begin, IPPROTO_TCP, -1, true },
};

/* Whether this host answered. */
static bool is_answered(const struct question *row, int network)
{
	struct dest to = end(row->form, network, "1", row->proto == IPPROTO_TCP ? CLOSED_PORT : 0);
	struct seen seen = {
		.proto = row->proto, .to = end(row->form, network, "2", 0), .icmp = row->icmp,
		.from_port = row->proto == IPPROTO_TCP ? CLOSED_PORT : 0,
	};
	bool answered = false;
	int fd;

	packets_arrived(&wire, &seen);
	wire_enter(&wire.there);
	fd = row->ask(&to);
	wire_enter(&wire.here);
	assert_true(fd >= 0);
	close(fd);
	for (int i = 0; i < ANSWER_TRIES && !answered; i++) {
		usleep(i ? 50000 : 0);
		answered = packets_arrived(&wire, &seen) > 0;
	}
	return answered;
}

/* Nobody here asked for it, and whoever knocks could fill the log: it is counted alone. */
static void deny_answer_to_unlisted(void **state)
{
	const struct question *row = *state;
	struct mark before = mark();
	struct json_object *list;

	assert_int_equal(is_answered(row, UNLISTED), row->unseen);
	list = records_since(&before, GUARD_egress);
	assert_int_equal(json_object_array_length(list), 0);
	json_object_put(list);
	assert_int_equal(mark().denied[GUARD_egress] - before.denied[GUARD_egress], !row->unseen);
}

static void allow_answer_to_listed(void **state)
{
	struct mark before = mark();

	assert_true(is_answered(*state, LISTED));
	assert_undisturbed(&before, GUARD_egress);
	assert_undisturbed(&before, GUARD_ingress);
}

static void allow_answer_with_ingress_off(void **state)
{
	struct mark before = mark();

	assert_true(is_answered(*state, UNLISTED));
	assert_true(is_answered(*state, LISTED));
	assert_undisturbed(&before, GUARD_egress);
}

/* ---- What keeps the network going ---- */

static void forget_neighbours(void)
{
	static const struct { const char *device; struct host *host; } ends[] = { { "hctl0", &wire.here }, { "hctl1", &wire.there } };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		wire_enter(ends[i].host);
		assert_int_equal(RUN("ip", "neigh", "flush", "dev", ends[i].device, "nud", "permanent")->status, 0);
	}
	wire_enter(&wire.here);
}

/* ARP and neighbour discovery, both ways: a packet waits until they are done. */
static void allow_neighbours_to_be_found(void **state)
{
	struct mark before = mark();

	(void)state;
	forget_neighbours();
	for (int form = V4; form <= V6; form++) {
		struct seen seen = { .proto = IPPROTO_UDP, .to = end(form, LISTED, "2", 0), .to_port = LISTED_PORT };
		struct dest to = end(form, LISTED, "2", LISTED_PORT);
		int fd = udp_sendto(&to);

		assert_true(fd >= 0);
		assert_true(packets_arrive(&wire, &seen));
		close(fd);
	}
	assert_undisturbed(&before, GUARD_egress);
}

static void allow_groups_to_be_joined(void **state)
{
	struct ip_mreqn group4 = { .imr_ifindex = if_nametoindex("hctl0") };
	struct ipv6_mreq group6 = { .ipv6mr_interface = if_nametoindex("hctl0") };
	int fd4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), fd6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct seen report4 = { .proto = IPPROTO_IGMP, .to = dest_of_text(AF_INET, AF_INET, "224.0.0.22", 0), .icmp = -1 };
	struct seen report6 = { .proto = IPPROTO_ICMPV6, .to = dest_of_text(AF_INET6, AF_INET6, "ff02::16", 0), .icmp = 143 };
	struct mark before = mark();

	(void)state;
	inet_pton(AF_INET, "239.1.2.3", &group4.imr_multiaddr);
	inet_pton(AF_INET6, "ff05::1234", &group6.ipv6mr_multiaddr);
	packets_arrived(&wire, &report4);
	assert_int_equal(setsockopt(fd4, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group4, sizeof(group4)), 0);
	assert_true(packets_arrive(&wire, &report4));
	assert_int_equal(setsockopt(fd6, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group6, sizeof(group6)), 0);
	assert_true(packets_arrive(&wire, &report6));
	close(fd4);
	close(fd6);
	assert_undisturbed(&before, GUARD_egress);
}

static int set_up(void **state)
{
	(void)state;
	wire_open(&wire);
	connect_early();
	open_raw_early();
	spill(POLICY, POLICY_HERE(INGRESS_OFF));
	/* It cuts what this test has open. */
	HARDEN(0, "load", "--policy", POLICY, "--force");
	return 0;
}

static int load_with_ingress(void **state)
{
	(void)state;
	load_text(POLICY_HERE(INGRESS_ON));
	return 0;
}

static int tear_down(void **state)
{
	unload(state);
	wire_close();
	return 0;
}

#define OF_ROWS(rows, verdict, which, function)								\
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)							\
		*next++ = test_of_row(verdict, (rows)[i].name, which, function, &(rows)[i])

int main(void)
{
	struct CMUnitTest off[2 * ARRAY_SIZE(earlies) + ARRAY_SIZE(questions) + 4], on[2 * ARRAY_SIZE(questions) + 2], *next = off;
	int failed;

	OF_ROWS(earlies, "deny", "to_unlisted_from_before_the_load", deny_from_before_the_load);
	OF_ROWS(earlies, "allow", "to_listed_from_before_the_load", allow_from_before_the_load);
	*next++ = (struct CMUnitTest)cmocka_unit_test(deny_raw_from_before_the_load);
	*next++ = (struct CMUnitTest)cmocka_unit_test(deny_raw_in_flight_from_before_the_load);
	OF_ROWS(questions, "allow", "with_ingress_off", allow_answer_with_ingress_off);
	*next++ = (struct CMUnitTest)cmocka_unit_test(allow_groups_to_be_joined);
	*next++ = (struct CMUnitTest)cmocka_unit_test(allow_neighbours_to_be_found);
	failed = cmocka_run_group_tests(off, set_up, NULL);
	next = on;
	OF_ROWS(questions, "deny", "to_unlisted", deny_answer_to_unlisted);
	OF_ROWS(questions, "allow", "to_listed", allow_answer_to_listed);
	*next++ = (struct CMUnitTest)cmocka_unit_test(allow_groups_to_be_joined);
	*next++ = (struct CMUnitTest)cmocka_unit_test(allow_neighbours_to_be_found);
	return failed + cmocka_run_group_tests(on, load_with_ingress, tear_down);
}
