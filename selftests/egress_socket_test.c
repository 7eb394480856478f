// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_socket_test.c - sockets that send past the hooks on destinations are refused when they are
 * made; what has nothing to do with destinations goes on undisturbed.
 * Boots: plain
 * Kernels: 6.1 7
 * Long boots: lockdown
 */
#include "send.h"
#include "util.h"

#include <sys/un.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP	262	/* since glibc 2.32 */
#endif

static struct wire wire;

/* ---- Sockets that send past the hooks on destinations ---- */

struct kind {
	const char *name;
	int family, type, proto;
	const char *proto_name;		/* in the record */
};

static const struct kind kinds[] = {
	{ "raw_icmp", AF_INET, SOCK_RAW, IPPROTO_ICMP, "icmp" },
	{ "raw_ip", AF_INET, SOCK_RAW, IPPROTO_RAW, "raw" },
	{ "raw_tcp", AF_INET, SOCK_RAW, IPPROTO_TCP, "tcp" },
	{ "raw_udp", AF_INET, SOCK_RAW, IPPROTO_UDP, "udp" },
	{ "raw_icmp6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, "icmpv6" },
	{ "ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP, "icmp" },
	{ "ping6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, "icmpv6" },
	{ "udplite", AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, "udplite" },
	{ "udplite6", AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE, "udplite" },
	{ "mptcp", AF_INET, SOCK_STREAM, IPPROTO_MPTCP, "mptcp" },
	{ "mptcp6", AF_INET6, SOCK_STREAM, IPPROTO_MPTCP, "mptcp" },
	{ "sctp", AF_INET, SOCK_STREAM, IPPROTO_SCTP, "sctp" },
	{ "sctp_seqpacket6", AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP, "sctp" },
};

/* Filled by the tests before the load: whether this kernel has that kind at all. */
static bool had[ARRAY_SIZE(kinds)];

static int try_socket(int family, int type, int proto)
{
	int fd = socket(family, type | SOCK_CLOEXEC, proto);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void skip_kind(const struct kind *kind)
{
	print_message("# SKIP this kernel has no protocol %s for that type of socket\n",
		      kind->proto_name);
	skip();
}

static void allow_kind_before_load(void **state)
{
	const struct kind *kind = *state;
	int err = try_socket(kind->family, kind->type, kind->proto);

	if (err == -EPROTONOSUPPORT || err == -ESOCKTNOSUPPORT)
		skip_kind(kind);
	assert_int_equal(err, 0);
	had[kind - kinds] = true;
}

static void expect_kind_refused(const struct kind *kind)
{
	struct mark before = mark();
	struct json_object *record;

	assert_int_equal(try_socket(kind->family, kind->type, kind->proto), -EPERM);
	record = assert_refused(&before, GUARD_egress, "socket-type", 1);
	assert_field(record, "hook", "socket_create");
	assert_field(record, "object.family", kind->family == AF_INET ? "inet" : "inet6");
	assert_field(record, "object.proto", kind->proto_name);
	assert_field(record, "object.port", "0");
	assert_field(record, "rule.file", POLICY);
	json_object_put(record);
}

static void deny_kind(void **state)
{
	const struct kind *kind = *state;

	if (!had[kind - kinds])
		skip_kind(kind);
	expect_kind_refused(kind);
}

static void deny_raw_icmp_in_another_netns(void **state)
{
	(void)state;
	wire_enter(&wire.there);
	expect_kind_refused(&kinds[0]);
	wire_enter(&wire.here);
}

static void allow_tcp_and_udp_sockets(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct mark before = mark();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		assert_int_equal(try_socket(families[i], SOCK_STREAM, 0), 0);
		assert_int_equal(try_socket(families[i], SOCK_STREAM, IPPROTO_TCP), 0);
		assert_int_equal(try_socket(families[i], SOCK_DGRAM, 0), 0);
		assert_int_equal(try_socket(families[i], SOCK_DGRAM, IPPROTO_UDP), 0);
	}
	assert_undisturbed(&before, GUARD_egress);
}

/* ---- What stays undisturbed ---- */

static void allow_connected_sends_without_records(void **state)
{
	struct dest to = dest(V4, forms[V4].listed, "2", LISTED_PORT);
	struct mark before = mark();
	int fd = udp_connect(&to);
	char text[64];

	(void)state;
	assert_true(fd >= 0);
	wire_receive(&wire.there, UDP, LISTED, text);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(send(fd, "again", 5, 0), 5);
		wire_receive(&wire.there, UDP, LISTED, text);
		assert_string_equal(text, "again");
	}
	close(fd);
	assert_undisturbed(&before, GUARD_egress);
}

static void deny_only_the_unlisted_message_of_sendmmsg(void **state)
{
	struct dest listed = dest(V4, forms[V4].listed, "2", LISTED_PORT);
	struct dest unlisted = dest(V4, forms[V4].unlisted, "2", LISTED_PORT);
	struct iovec texts[3];
	struct mmsghdr messages[3] = {
		message_to(&listed, &texts[0]), message_to(&unlisted, &texts[1]),
		message_to(&listed, &texts[2]),
	};
	int fd = open_socket(&listed, SOCK_DGRAM);
	struct mark before = mark();
	char text[64];

	(void)state;
	wire_strays(&wire, &wire.there);
	assert_int_equal(sendmmsg(fd, messages, 3, 0), 1);
	wire_receive(&wire.there, UDP, LISTED, text);
	assert_string_equal(text, PAYLOAD);
	assert_int_equal(wire_strays(&wire, &wire.there), 0);
	wire_silent(&wire.there);
	close(fd);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
}

static void allow_unix_sockets(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "/tmp/egress.socket" };
	int server = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct mark before = mark();
	char text[8] = "";

	(void)state;
	unlink(at.sun_path);
	assert_int_equal(bind(server, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(sendto(client, "one", 3, 0, (struct sockaddr *)&at, sizeof(at)), 3);
	assert_int_equal(connect(client, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(send(client, "two", 3, 0), 3);
	assert_int_equal(recv(server, text, sizeof(text), 0), 3);
	assert_string_equal(text, "one");
	assert_int_equal(recv(server, text, sizeof(text), 0), 3);
	assert_string_equal(text, "two");
	close(client);
	close(server);
	unlink(at.sun_path);
	assert_undisturbed(&before, GUARD_egress);
}

/* glibc asks the kernel by netlink. */
static void allow_netlink(void **state)
{
	struct mark before = mark();
	struct if_nameindex *list = if_nameindex();
	bool found = false;

	(void)state;
	assert_non_null(list);
	for (struct if_nameindex *row = list; row->if_name; row++)
		found = found || !strcmp(row->if_name, "hctl0");
	if_freenameindex(list);
	assert_true(found);
	assert_undisturbed(&before, GUARD_egress);
}

static int set_up(void **state)
{
	(void)state;
	/* Where there is none, the tests say so. */
	RUN("modprobe", "sctp");
	wire_open(&wire);
	return 0;
}

static int tear_down(void **state)
{
	unload(state);
	wire_close();
	return 0;
}

int main(void)
{
	struct CMUnitTest unloaded[ARRAY_SIZE(kinds)], denied[ARRAY_SIZE(kinds)];
	const struct CMUnitTest others[] = {
		cmocka_unit_test(deny_raw_icmp_in_another_netns),
		cmocka_unit_test(allow_tcp_and_udp_sockets),
		cmocka_unit_test(allow_connected_sends_without_records),
		cmocka_unit_test(deny_only_the_unlisted_message_of_sendmmsg),
		cmocka_unit_test(allow_unix_sockets),
		cmocka_unit_test(allow_netlink),
	};
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		unloaded[i] = test_of_row("allow", kinds[i].name, "socket_before_load",
					  allow_kind_before_load, &kinds[i]);
		denied[i] = test_of_row("deny", kinds[i].name, "socket", deny_kind, &kinds[i]);
	}
	failed = cmocka_run_group_tests(unloaded, set_up, NULL);
	failed += cmocka_run_group_tests(denied, load_enforce, NULL);
	return failed + cmocka_run_group_tests(others, NULL, tear_down);
}
