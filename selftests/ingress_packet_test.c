// SPDX-License-Identifier: GPL-2.0-only
/*
 * ingress_packet_test.c - what comes in from where ingress.allow does not list, to listeners and UDP sockets; and what goes back.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.1 7
 * Alone: it seals the machine
 */
#include "child.h"
#include "listen.h"
#include "packets.h"
#include "sealing.h"
#include "send_packet.h"
#include "util.h"

#define LISTED_HERE	8010
#define CLIENT		8020	/* a listed port, from which this host connects */
#define TRANSLATED	8001

/* No entry of egress is for TCP to the other host, but the one that is translated. */
#define POLICY_HERE(mode)									\
	"version: 1\nname: ingress\n"								\
	"exec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"			\
	"egress:\n  mode: enforce\n  allow:\n" ALLOW_PEER ALLOW_MARK				\
	"    - { to: [10.11.0.2, \"fd11::2\"], port: 8000, proto: udp }\n"			\
	"    - { to: 10.12.0.2, port: 8001, proto: tcp }\n"					\
	"ingress:\n  mode: " mode "\n"								\
	"  allow: # sources\n"									\
	"    - { from: [10.11.0.2, \"fd11::2\"], port: 8000-8020 }\n"				\
	"kernel: { mode: off }\ndata: { mode: off }\n"						\
	SEAL_TEXT(", \"off:exec\", \"off:ptrace\", \"off:modules\", \"off:kernel\", \"off:data\"")

static struct wire wire;

/* To which listener of this host the other one sends. */
static const struct path {
	const char *name;
	int family;		/* of the listener */
	enum form form;
} paths[] = {
	{ "v4", AF_INET, V4 }, { "v4_to_dual", AF_INET6, V4 }, { "v6", AF_INET6, V6 },
};

static struct dest end(enum form form, int network, const char *host, __u16 port)
{
	return dest(form, network == LISTED ? forms[form].listed : forms[form].unlisted, host, port);
}

/* As the other host. */
static int there(int (*act)(const struct dest *to), const struct dest *to)
{
	int fd;

	wire_enter(&wire.there);
	fd = act(to);
	wire_enter(&wire.here);
	assert_true(fd >= 0);
	return fd;
}

static bool is_ready(int fd, short what, int ms)
{
	struct pollfd ready = { .fd = fd, .events = what };

	return poll(&ready, 1, ms) == 1 && !(ready.revents & (POLLERR | POLLHUP)) && (ready.revents & what);
}

static void expect_data(int from, int to)
{
	char text[64] = "";

	assert_int_equal(send(from, PAYLOAD, strlen(PAYLOAD), MSG_NOSIGNAL), strlen(PAYLOAD));
	assert_true(is_ready(to, POLLIN, PATIENCE_MS));
	assert_int_equal(recv(to, text, sizeof(text) - 1, 0), strlen(PAYLOAD));
	assert_string_equal(text, PAYLOAD);
}

/* Without a farewell. */
static void drop(int fd)
{
	const struct linger reset = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

static void assert_in_refused(struct json_object *record, enum form form, int network, const char *proto, __u16 port)
{
	char text[32];

	snprintf(text, sizeof(text), "%s2", network == LISTED ? forms[form].listed : forms[form].unlisted);
	assert_field(record, "hook", "skb_ingress");
	assert_other_end(record, proto, text, port);
	assert_rule(record, "  allow: #");
	json_object_put(record);
}

/* Where what is sent back from `port` goes. */
static struct seen replies(enum form form, int network, int proto, __u16 port)
{
	return (struct seen){ .proto = proto, .to = end(form, network, "2", 0), .from_port = port };
}

/* ---- TCP ---- */

static void expect_connection(const struct path *path, int network, int listener, __u16 port)
{
	struct dest to = end(path->form, network, "1", port);
	int client = there(tcp_begin, &to), server;

	assert_true(is_ready(listener, POLLIN, PATIENCE_MS));
	server = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(server >= 0);
	assert_true(is_ready(client, POLLOUT, PATIENCE_MS));
	expect_data(client, server);
	expect_data(server, client);
	drop(client);
	drop(server);
}

static void allow_connection_from_listed(void **state)
{
	const struct path *path = *state;
	int listener = tcp_listen(path->family, LISTED_HERE);
	struct mark before = mark();

	assert_true(listener >= 0);
	expect_connection(path, LISTED, listener, LISTED_HERE);
	close(listener);
	assert_undisturbed(&before, GUARD_ingress);
	assert_undisturbed(&before, GUARD_egress);
}

/* Who knocks gets no answer, and tries again. */
static void expect_no_connection(const struct path *path, int network, __u16 port)
{
	struct seen seen = replies(path->form, network, IPPROTO_TCP, port);
	struct dest to = end(path->form, network, "1", port);
	struct mark before = mark();
	int client;

	packets_arrived(&wire, &seen);
	client = there(tcp_begin, &to);
	await_refusal(&before, GUARD_ingress);
	assert_false(is_ready(client, POLLOUT, 0));
	assert_int_equal(packets_arrived(&wire, &seen), 0);
	close(client);
	assert_in_refused(assert_refused_again_and_again(&before, GUARD_ingress, "skb_ingress", "unlisted"), path->form, network,
			  "tcp", port);
	assert_undisturbed(&before, GUARD_egress);
}

static void deny_connection_from_unlisted(void **state)
{
	const struct path *path = *state;
	int listener = tcp_listen(path->family, LISTED_HERE);

	assert_true(listener >= 0);
	expect_no_connection(path, UNLISTED, LISTED_HERE);
	assert_false(is_ready(listener, POLLIN, 0));
	close(listener);
}

/* ---- UDP ---- */

static int exchange_from(int server, struct dest *ret_client)
{
	char text[64] = "";

	if (!is_ready(server, POLLIN, PATIENCE_MS))
		return -1;
	ret_client->len = sizeof(ret_client->at);
	assert_int_equal(recvfrom(server, text, sizeof(text) - 1, 0, (struct sockaddr *)&ret_client->at, &ret_client->len),
			 strlen(PAYLOAD));
	assert_string_equal(text, PAYLOAD);
	return 0;
}

/* And the reply, by either way to send one. */
static void allow_datagram_from_listed(void **state)
{
	const struct path *path = *state;
	struct dest to = end(path->form, LISTED, "1", LISTED_HERE), back;
	int server = udp_bind(path->family, LISTED_HERE), client;
	struct mark before = mark();
	char text[8];

	client = there(udp_connect, &to);
	assert_int_equal(exchange_from(server, &back), 0);
	assert_int_equal(sendto(server, "reply", 5, 0, (struct sockaddr *)&back.at, back.len), 5);
	assert_true(is_ready(client, POLLIN, PATIENCE_MS));
	assert_int_equal(recv(client, text, sizeof(text), 0), 5);
	assert_int_equal(connect(server, (struct sockaddr *)&back.at, back.len), 0);
	expect_data(server, client);
	expect_data(client, server);
	close(client);
	close(server);
	assert_undisturbed(&before, GUARD_ingress);
	assert_undisturbed(&before, GUARD_egress);
}

static void deny_datagram_from_unlisted(void **state)
{
	const struct path *path = *state;
	struct dest to = end(path->form, UNLISTED, "1", LISTED_HERE), back = end(path->form, UNLISTED, "2", 4000);
	int server = udp_bind(path->family, LISTED_HERE);
	struct mark before = mark();

	close(there(udp_sendto, &to));
	await_refusal(&before, GUARD_ingress);
	assert_false(is_ready(server, POLLIN, 100));
	assert_in_refused(assert_refused(&before, GUARD_ingress, "unlisted", 1), path->form, UNLISTED, "udp", LISTED_HERE);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(sendto(server, "reply", 5, 0, (struct sockaddr *)&back.at, back.len), -1);
	assert_int_equal(errno, EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
	close(server);
}

static struct dest name_of(int fd)
{
	struct dest name = { .len = sizeof(name.at) };

	assert_int_equal(getsockname(fd, (struct sockaddr *)&name.at, &name.len), 0);
	return name;
}

/* As a resolver does, from `port` of the other host to a client's. */
static void answer_from(const struct path *path, int port, __u16 client)
{
	struct dest to = end(path->form == V6 ? V6 : MAPPED, LISTED, "1", client);

	assert_int_equal(sendto(wire.there.listener[UDP][port], PAYLOAD, strlen(PAYLOAD), 0, (struct sockaddr *)&to.at, to.len),
			 strlen(PAYLOAD));
}

static void allow_answer_of_listed_and_deny_others(void **state)
{
	const struct path *path = *state;
	struct dest to = end(path->form == V6 || path->family == AF_INET ? path->form : MAPPED, LISTED, "2", LISTED_PORT), name;
	struct mark before = mark();
	int client = udp_sendto(&to);
	__u16 port;
	char text[64];

	assert_true(client >= 0);
	wire_receive(&wire.there, UDP, LISTED, text);
	assert_string_equal(text, PAYLOAD);
	name = name_of(client);
	port = ntohs(port_of(&name));
	answer_from(path, LISTED, port);
	assert_true(is_ready(client, POLLIN, PATIENCE_MS));
	recv(client, text, sizeof(text), 0);
	assert_undisturbed(&before, GUARD_ingress);
	answer_from(path, UNLISTED, port);
	await_refusal(&before, GUARD_ingress);
	assert_false(is_ready(client, POLLIN, 100));
	assert_in_refused(assert_refused(&before, GUARD_ingress, "unlisted", 1), path->form, LISTED, "udp", port);
	assert_undisturbed(&before, GUARD_egress);
	close(client);
}

/* ---- What was there before the load ---- */

static int early[2][2];		/* who connected to LISTED and UNLISTED port: the other host's end, this one's */

static void connect_early(void)
{
	for (int port = LISTED; port <= UNLISTED; port++) {
		struct dest to = end(V4, LISTED, "1", port == LISTED ? LISTED_PORT : UNLISTED_PORT);

		early[port][0] = there(tcp_begin, &to);
		assert_true(is_ready(wire.here.listener[TCP][port], POLLIN, PATIENCE_MS));
		early[port][1] = accept4(wire.here.listener[TCP][port], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		assert_true(early[port][1] >= 0);
		expect_data(early[port][0], early[port][1]);
		expect_data(early[port][1], early[port][0]);
	}
}

static void allow_listed_connection_from_before_the_load(void **state)
{
	struct mark before = mark();

	(void)state;
	expect_data(early[LISTED][0], early[LISTED][1]);
	expect_data(early[LISTED][1], early[LISTED][0]);
	assert_undisturbed(&before, GUARD_ingress);
	assert_undisturbed(&before, GUARD_egress);
}

static void deny_unlisted_connection_from_before_the_load(void **state)
{
	struct seen seen = replies(V4, LISTED, IPPROTO_TCP, UNLISTED_PORT);
	struct mark before = mark();

	(void)state;
	packets_arrived(&wire, &seen);
	assert_int_equal(send(early[UNLISTED][1], PAYLOAD, strlen(PAYLOAD), MSG_NOSIGNAL), strlen(PAYLOAD));
	assert_int_equal(packets_arrived(&wire, &seen), 0);
	json_object_put(assert_refused_again_and_again(&before, GUARD_egress, "skb_egress", "unlisted"));
	drop(early[UNLISTED][1]);
	assert_int_equal(packets_arrived(&wire, &seen), 0);
	drop(early[UNLISTED][0]);
}

static void judge_listeners_from_before_the_load(void **state)
{
	static const struct path path = { "early", AF_INET6, V6 };
	struct dest to = end(V6, LISTED, "1", UNLISTED_PORT);
	struct mark before;

	(void)state;
	expect_connection(&path, LISTED, wire.here.listener[TCP][LISTED], LISTED_PORT);
	expect_no_connection(&path, LISTED, UNLISTED_PORT);
	assert_false(is_ready(wire.here.listener[TCP][UNLISTED], POLLIN, 0));
	before = mark();
	close(there(udp_sendto, &to));
	await_refusal(&before, GUARD_ingress);
	assert_false(is_ready(wire.here.listener[UDP][UNLISTED], POLLIN, 100));
	assert_in_refused(assert_refused(&before, GUARD_ingress, "unlisted", 1), V6, LISTED, "udp", UNLISTED_PORT);
}

/* ---- What a reload leaves ---- */

/* Its listener need not be there any more. */
static void allow_accepted_connection_across_reloads(void **state)
{
	struct dest to = end(V6, LISTED, "1", LISTED_HERE);
	int listener = tcp_listen(AF_INET6, LISTED_HERE), client = there(tcp_begin, &to), server;
	struct mark before;

	(void)state;
	assert_true(is_ready(listener, POLLIN, PATIENCE_MS));
	server = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	for (int i = 0; i < 2; i++) {
		HARDEN(0, "load", "--policy", POLICY, "--force");
		before = mark();
		expect_data(client, server);
		expect_data(server, client);
		assert_undisturbed(&before, GUARD_egress);
		if (!i)
			close(listener);
	}
	drop(client);
	drop(server);
}

/* ---- What listens is no client: ingress must not be asked about what it opens itself ---- */

static int connect_after(int fd, const struct dest *to)
{
	const struct sockaddr nothing = { .sa_family = AF_UNSPEC };
	int err;

	assert_int_equal(connect(fd, &nothing, sizeof(nothing)), 0);
	err = connect(fd, (struct sockaddr *)&to->at, to->len) ? errno : 0;
	return err == EINPROGRESS ? 0 : err;
}

/* Both connect to what is listed, but translated to who may come in; as TCP does it, nothing is said but nothing sent. */
static void deny_connecting_as_who_was_connected_to(void **state)
{
	struct seen seen = { .proto = IPPROTO_TCP, .to = end(V4, LISTED, "2", 0), .to_port = LISTED_PORT };
	struct dest to = end(V4, UNLISTED, "2", TRANSLATED), in = end(V4, LISTED, "1", CLIENT);
	int listener = tcp_listen(AF_INET, CLIENT), client, accepted;
	struct mark before;

	(void)state;
	client = there(tcp_begin, &in);
	assert_true(is_ready(listener, POLLIN, PATIENCE_MS));
	accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	for (int i = 0; i < 2; i++) {
		packets_arrived(&wire, &seen);
		before = mark();
		assert_int_equal(connect_after(i ? listener : accepted, &to), 0);
		assert_int_equal(packets_arrived(&wire, &seen), 0);
		drop(i ? listener : accepted);
		json_object_put(assert_refused_again_and_again(&before, GUARD_egress, "skb_egress", "unlisted"));
	}
	drop(client);
}

static void deny_connecting_to_who_may_come_in(void **state)
{
	struct dest to = end(V4, LISTED, "2", LISTED_PORT);
	int listener = tcp_listen(AF_INET, CLIENT);
	struct mark before = mark();

	(void)state;
	assert_int_equal(connect_after(listener, &to), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
	drop(listener);
}

/* ---- Modes ---- */

static void assert_would_refuse(const struct mark *before)
{
	struct mark now = mark();

	assert_true(now.would_deny[GUARD_ingress] > before->would_deny[GUARD_ingress]);
	assert_int_equal(now.denied[GUARD_ingress], before->denied[GUARD_ingress]);
	assert_int_equal(now.denied[GUARD_egress], before->denied[GUARD_egress]);
}

/* What audit lets in is answered, too. */
static void allow_but_record_in_audit(void **state)
{
	const struct path *path = *state;
	struct dest to = end(path->form, UNLISTED, "1", LISTED_HERE), back;
	int listener = tcp_listen(path->family, LISTED_HERE), server = udp_bind(path->family, LISTED_HERE), client;
	struct mark before = mark();

	assert_true(listener >= 0 && server >= 0);
	expect_connection(path, UNLISTED, listener, LISTED_HERE);
	assert_would_refuse(&before);
	before = mark();
	client = there(udp_connect, &to);
	assert_int_equal(exchange_from(server, &back), 0);
	assert_would_refuse(&before);
	close(client);
	close(listener);
	close(server);
}

static void deny_listening_and_prove_it(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(tcp_listen(AF_INET, UNLISTED_PORT + 1), -EPERM);
	assert_int_equal(udp_bind(AF_INET6, UNLISTED_PORT + 1), -EPERM);
	json_object_put(assert_refused(&before, GUARD_ingress, "unlisted", 2));
	HARDEN(0, "verify");
}

static int set_up(void **state)
{
	(void)state;
	wire_open(&wire);
	connect_early();
	packets_translate("\t\tip daddr 10.12.0.2 tcp dport 8001 dnat ip to 10.11.0.2:8000\n");
	spill(POLICY, POLICY_HERE("enforce"));
	/* It cuts what this test has open. */
	HARDEN(0, "load", "--policy", POLICY, "--force");
	return 0;
}

static int load_audit(void **state)
{
	(void)state;
	load_text(POLICY_HERE("audit"));
	return 0;
}

static int load_sealed(void **state)
{
	(void)state;
	packets_translate_no_more();
	load_text(POLICY_HERE("enforce"));
	HARDEN(0, "seal");
	return 0;
}

#define OF_PATHS(verdict, which, function)								\
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)							\
		*next++ = test_of_row(verdict, which, paths[i].name, function, &paths[i])

/* Twice: before the seal and after it. */
static struct CMUnitTest *judged(struct CMUnitTest *next)
{
	OF_PATHS("allow", "connection_from_listed", allow_connection_from_listed);
	OF_PATHS("deny", "connection_from_unlisted", deny_connection_from_unlisted);
	OF_PATHS("allow", "datagram_from_listed", allow_datagram_from_listed);
	OF_PATHS("deny", "datagram_from_unlisted", deny_datagram_from_unlisted);
	OF_PATHS("allow", "answer_of_listed", allow_answer_of_listed_and_deny_others);
	*next++ = (struct CMUnitTest)cmocka_unit_test(deny_listening_and_prove_it);
	return next;
}

#define JUDGED	(5 * ARRAY_SIZE(paths) + 1)

int main(void)
{
	const struct CMUnitTest others[] = {
		cmocka_unit_test(allow_listed_connection_from_before_the_load),
		cmocka_unit_test(deny_unlisted_connection_from_before_the_load),
		cmocka_unit_test(judge_listeners_from_before_the_load),
		cmocka_unit_test(allow_accepted_connection_across_reloads),
		cmocka_unit_test(deny_connecting_as_who_was_connected_to),
		cmocka_unit_test(deny_connecting_to_who_may_come_in),
	};
	struct CMUnitTest loaded[JUDGED], sealed[JUDGED], audited[ARRAY_SIZE(paths)], *next = audited;
	int failed;

	judged(loaded);
	judged(sealed);
	OF_PATHS("allow", "in_audit", allow_but_record_in_audit);
	failed = cmocka_run_group_tests_name("others", others, set_up, NULL);
	failed += cmocka_run_group_tests_name("loaded", loaded, NULL, NULL);
	failed += cmocka_run_group_tests_name("audited", audited, load_audit, NULL);
	return failed + cmocka_run_group_tests_name("sealed", sealed, load_sealed, NULL);
}
