// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_mode_test.c - egress under other policies: the unspecified address where loopback is
 * listed and where it is not, and the modes audit and off.
 * Boots: plain
 * Kernels: 6.12
 * Long boots: lockdown
 */
#include "send.h"
#include "util.h"

/* Only the wire: loopback is not listed. */
#define POLICY_NO_LOOPBACK								\
	"version: 1\n"									\
	"name: no-loopback\n"								\
	"exec: { mode: off }\n"								\
	"ptrace: { mode: off }\n"							\
	"modules: { mode: off }\n"							\
	"egress:\n"									\
	"  mode: enforce\n"								\
	"  allow:\n"									\
	"    - { to: [10.11.0.0/24, \"fd11::/64\"] }\n"					\
	"ingress: { mode: off }\n"							\
	"kernel: { mode: off }\n"							\
	"data: { mode: off }\n"

static struct wire wire;

/* ---- The unspecified address connects to this host ---- */

struct unspecified {
	const char *name;
	int family;
	const char *address;
	int (*send)(const struct dest *to);
	int proto;
	const char *hook, *recorded_family, *recorded;
};

static const struct unspecified unspecified[] = {
	{ "tcp_connect_v4", AF_INET, "0.0.0.0", tcp_connect, TCP, "connect4", "inet", "127.0.0.1" },
	{ "tcp_connect_v6", AF_INET6, "::", tcp_connect, TCP, "connect6", "inet6", "::1" },
	{ "tcp_connect_mapped", AF_INET6, "::ffff:0.0.0.0", tcp_connect, TCP, "connect6", "inet",
	  "127.0.0.1" },
	{ "tcp_fastopen_v4", AF_INET, "0.0.0.0", tcp_fastopen, TCP, "connect4", "inet",
	  "127.0.0.1" },
	{ "udp_connect_v6", AF_INET6, "::", udp_connect, UDP, "connect6", "inet6", "::1" },
	{ "udp_sendto_v4", AF_INET, "0.0.0.0", udp_sendto, UDP, "sendmsg4", "inet", "127.0.0.1" },
	{ "udp_sendto_v6", AF_INET6, "::", udp_sendto, UDP, "sendmsg6", "inet6", "::1" },
	{ "udp_sendto_mapped", AF_INET6, "::ffff:0.0.0.0", udp_sendto, UDP, "sendmsg4", "inet",
	  "127.0.0.1" },
};

static void allow_unspecified_where_loopback_is_listed(void **state)
{
	const struct unspecified *row = *state;
	struct dest to = dest_of_text(row->family, row->family, row->address, LISTED_PORT);
	struct mark before = mark();
	int fd = row->send(&to);
	char text[64];

	assert_true(fd >= 0);
	wire_receive(&wire.here, row->proto, LISTED, text);
	close(fd);
	assert_string_equal(text, PAYLOAD);
	assert_undisturbed(&before, GUARD_egress);
}

static void deny_unspecified_where_loopback_is_not(void **state)
{
	const struct unspecified *row = *state;
	struct dest to = dest_of_text(row->family, row->family, row->address, LISTED_PORT);
	struct mark before = mark();
	struct json_object *record;

	assert_int_equal(row->send(&to), -EPERM);
	wire_silent(&wire.here);
	record = assert_refused(&before, GUARD_egress, "unlisted", 1);
	assert_field(record, "hook", row->hook);
	assert_field(record, "object.family", row->recorded_family);
	assert_field(record, "object.addr", row->recorded);
	assert_field(record, "object.port", "8000");
	json_object_put(record);
}

static void send_and_expect(const struct dest *to, int (*send)(const struct dest *), int proto)
{
	const struct linger reset = { .l_onoff = 1 };
	char text[64];
	int fd = send(to);

	assert_true(fd >= 0);
	wire_receive(&wire.there, proto, LISTED, text);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	assert_string_equal(text, PAYLOAD);
}

/* What sendmsg4 lets go for a canary never arrives, and from nobody else's port does it let it go. */
static void deny_the_canarys_way_out(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(CANARY_OUT) }, beside;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(at);
	struct mark before = mark();
	char byte;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(sendto(fd, "", 1, 0, (struct sockaddr *)&at, sizeof(at)), -1);
	assert_int_equal(errno, EPERM);
	assert_undisturbed(&before, GUARD_egress);
	beside = at;
	beside.sin_port = htons(ntohs(at.sin_port) - 1);
	assert_int_equal(sendto(fd, "", 1, 0, (struct sockaddr *)&beside, sizeof(beside)), -1);
	assert_int_equal(errno, EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
	before = mark();
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), -1);
	assert_int_equal(errno, EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	close(fd);
}

static void allow_wire_where_loopback_is_not_listed(void **state)
{
	struct dest v4 = dest(V4, forms[V4].listed, "2", LISTED_PORT);
	struct dest v6 = dest(V6, forms[V6].listed, "2", LISTED_PORT);
	struct mark before = mark();

	(void)state;
	send_and_expect(&v4, tcp_connect, TCP);
	send_and_expect(&v6, udp_sendto, UDP);
	assert_undisturbed(&before, GUARD_egress);
}

/* ---- Modes ---- */

static void expect_recorded(const struct mark *from, const char *reason, const char *hook)
{
	struct json_object *record = assert_would_deny(from, GUARD_egress, reason);

	assert_field(record, "hook", hook);
	assert_field(record, "rule.file", POLICY);
	json_object_put(record);
}

static void make_raw_socket(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

	assert_true(fd >= 0);
	close(fd);
}

static void allow_unlisted_in_audit_and_record(void **state)
{
	struct dest v4 = dest(V4, forms[V4].unlisted, "2", LISTED_PORT);
	struct dest v6 = dest(V6, forms[V6].unlisted, "2", LISTED_PORT);
	struct mark before = mark();

	(void)state;
	send_and_expect(&v4, tcp_connect, TCP);
	expect_recorded(&before, "unlisted", "connect4");
	before = mark();
	send_and_expect(&v6, udp_sendto, UDP);
	expect_recorded(&before, "unlisted", "sendmsg6");
	before = mark();
	make_raw_socket();
	expect_recorded(&before, "socket-type", "sock_create");
}

static void allow_listed_in_audit_without_record(void **state)
{
	allow_wire_where_loopback_is_not_listed(state);
}

static void allow_all_when_off_without_record(void **state)
{
	struct dest v4 = dest(V4, forms[V4].unlisted, "2", LISTED_PORT);
	struct dest v6 = dest(V6, forms[V6].unlisted, "2", LISTED_PORT);
	struct mark before = mark();

	(void)state;
	send_and_expect(&v4, tcp_connect, TCP);
	send_and_expect(&v6, udp_sendto, UDP);
	make_raw_socket();
	assert_undisturbed(&before, GUARD_egress);
}

static int set_up(void **state)
{
	wire_open(&wire);
	return load_enforce(state);
}

static int load_no_loopback(void **state)
{
	(void)state;
	load_text(POLICY_NO_LOOPBACK);
	return 0;
}

static int load_audit(void **state)
{
	(void)state;
	load_text(POLICY_TEXT("off", "off", "off", "audit"));
	return 0;
}

static int load_off(void **state)
{
	(void)state;
	load_text(POLICY_TEXT("off", "enforce", "off", "off"));
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
	struct CMUnitTest with[ARRAY_SIZE(unspecified)], without[ARRAY_SIZE(unspecified) + 2] = {
		cmocka_unit_test(allow_wire_where_loopback_is_not_listed),
		cmocka_unit_test(deny_the_canarys_way_out),
	};
	const struct CMUnitTest audit[] = {
		cmocka_unit_test(allow_unlisted_in_audit_and_record),
		cmocka_unit_test(allow_listed_in_audit_without_record),
	};
	const struct CMUnitTest off[] = { cmocka_unit_test(allow_all_when_off_without_record) };
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(unspecified); i++) {
		const struct unspecified *row = &unspecified[i];

		with[i] = test_of_row("allow_unspecified", row->name, "where_loopback_is_listed",
				      allow_unspecified_where_loopback_is_listed, row);
		without[i + 2] = test_of_row("deny_unspecified", row->name,
					     "where_loopback_is_not_listed",
					     deny_unspecified_where_loopback_is_not, row);
	}
	failed = cmocka_run_group_tests(with, set_up, NULL);
	failed += cmocka_run_group_tests(without, load_no_loopback, NULL);
	failed += cmocka_run_group_tests(audit, load_audit, NULL);
	return failed + cmocka_run_group_tests(off, load_off, tear_down);
}
