// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_clients_test.c - what servers do all day: a TLS client, a database's, a resolver's, NTP's, and DHCP's renewal, to listed
 * servers; and that they fail at once where their server is not listed.
 * Boots: plain
 * Kernels: 6.12
 * Long boots: lockdown
 */
#include "packets.h"
#include "util.h"

#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#define NAME	"hctl.test"
#define PORT	"8043"
#define KEY	"/tmp/clients.key"
#define CERT	"/tmp/clients.pem"
#define CURL	"/usr/bin/curl"
#define REDIS	"6379"
#define REDIS_CLIENT	"/usr/bin/redis-cli"
#define REDIS_SERVER	"/usr/bin/redis-check-rdb"	/* Debian's redis-tools: it is the server under that name */

#define DNS		53
#define DHCP_SERVER	67
#define DHCP_CLIENT	68
#define NTP		123
#define AT_ONCE_MS	2000	/* on top of what it takes to start the program */

/* In ingress.allow, what the other host's servers take in from this one comes first; what opening the wire left goes on, too. */
#define POLICY_HERE										\
	"version: 1\nname: clients\n"								\
	"exec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"			\
	"egress:\n  mode: enforce\n  allow:\n" ALLOW_PEER					\
	"    - { to: [10.11.0.2, \"fd11::2\"], port: " PORT ", proto: tcp, by: " CURL " }\n"	\
	"    - { to: [10.11.0.2, \"fd11::2\"], port: " REDIS ", proto: tcp }\n"			\
	"    - { to: [10.11.0.2, \"fd11::2\"], port: [53, 67, 123], proto: udp }\n"		\
	"    - { to: [10.11.0.2, \"fd11::2\"], port: 8000, proto: tcp }\n"			\
	"ingress:\n  mode: enforce\n  allow:\n"							\
	"    - { from: [10.11.0.1, 10.12.0.1, \"fd11::1\", \"fd12::1\"], port: [53, 67, 123, 8000, " PORT ", " REDIS "] }\n" \
	"    - { from: 10.11.0.2, port: 68, proto: udp }\n"					\
	"kernel: { mode: off }\ndata: { mode: off }\n"

static struct wire wire;
static pid_t servers[4];

/* ---- The other host's servers ---- */

/* What a resolver says to a question for the host's address, of either family. */
static ssize_t answer_dns(__u8 *text, ssize_t len, size_t room)
{
	static const __u8 a[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 11, 0, 2 };
	static const __u8 aaaa[28] = { 0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16, 0xfd, 0x11, [27] = 2 };
	ssize_t end = 12;
	bool v6;

	while (end < len && text[end])
		end += text[end] + 1;
	end += 5;
	if (end > len || end + sizeof(aaaa) > room)
		return 0;
	v6 = text[end - 3] == 28;
	text[2] = 0x81;
	text[3] = 0x80;
	text[7] = 1;
	memset(text + 8, 0, 4);
	memcpy(text + end, v6 ? aaaa : a, v6 ? sizeof(aaaa) : sizeof(a));
	return end + (v6 ? sizeof(aaaa) : sizeof(a));
}

static _Noreturn void serve(const int fds[3])
{
	struct pollfd ready[3];
	struct sockaddr_in6 from;
	__u8 text[1024];
	socklen_t size;
	ssize_t len;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < 3; i++)
		ready[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	while (poll(ready, 3, -1) > 0)
		for (int i = 0; i < 3; i++) {
			size = sizeof(from);
			if (!(ready[i].revents & POLLIN))
				continue;
			len = recvfrom(fds[i], text, sizeof(text), 0, (struct sockaddr *)&from, &size);
			if (i == 0)
				len = len < 12 ? 0 : answer_dns(text, len, sizeof(text));
			/* Of NTP the mode, of DHCP the direction. */
			text[0] = i == 0 ? text[0] : i == 1 ? 2 : 0x24;
			if (len > 0)
				sendto(fds[i], text, len, 0, (struct sockaddr *)&from, size);
		}
	_exit(1);
}

static pid_t start_datagrams(void)
{
	const int fds[] = { host_listen(UDP, DNS), host_listen(UDP, DHCP_SERVER), host_listen(UDP, NTP) };
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		serve(fds);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	return pid;
}

static void make_key(void)
{
	assert_int_equal(RUN("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
			     "/CN=" NAME, "-addext", "subjectAltName=DNS:" NAME, "-keyout", KEY, "-out", CERT)->status, 0);
}

static pid_t start_server(const char *path, char *const argv[])
{
	pid_t pid;
	int null;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	execvp(path, argv);
	_exit(127);
}

/* For one family. */
static pid_t start_tls(char *family)
{
	char *argv[] = { "openssl", "s_server", family, "-accept", PORT, "-www", "-key", KEY, "-cert", CERT, NULL };

	return start_server("openssl", argv);
}

static pid_t start_redis(void)
{
	char *argv[] = { "redis-server", "--port", REDIS, "--bind", "*", "-::*", "--protected-mode", "no", "--save", "", NULL };

	return start_server(REDIS_SERVER, argv);
}

/* ---- This host's clients ---- */

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static long curl_starts;	/* how long it takes to start */

static int fetch(const char *address)
{
	char resolve[128];

	snprintf(resolve, sizeof(resolve), NAME ":" PORT ":%s", address);
	return RUN(CURL, "-sS", "--max-time", "60", "--cacert", CERT, "--resolve", resolve, "https://" NAME ":" PORT "/")->status;
}

static const struct address {
	const char *name, *listed, *unlisted;
} addresses[] = {
	{ "v4", "10.11.0.2", "10.12.0.2" }, { "v6", "[fd11::2]", "[fd12::2]" },
};

static void allow_tls_before_load(void **state)
{
	const struct address *row = *state;

	/* It may not listen yet. */
	for (int i = 0; i < 50 && fetch(row->listed); i++)
		usleep(200000);
	assert_int_equal(fetch(row->listed), 0);
	assert_int_equal(fetch(row->unlisted), 0);
}

static void allow_tls_to_listed(void **state)
{
	const struct address *row = *state;
	struct mark before = mark();

	assert_int_equal(fetch(row->listed), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_undisturbed(&before, GUARD_ingress);
}

static void deny_tls_to_unlisted_at_once(void **state)
{
	const struct address *row = *state;
	struct mark before = mark();
	long start = now_ms();
	struct json_object *record;

	/* "Failed to connect to host." */
	assert_int_equal(fetch(row->unlisted), 7);
	assert_true(now_ms() - start < curl_starts + AT_ONCE_MS);
	record = assert_refused(&before, GUARD_egress, "unlisted", 1);
	assert_field(record, "hook", strchr(row->unlisted, ':') ? "connect6" : "connect4");
	assert_field(record, "exe", CURL);
	assert_field(record, "object.port", PORT);
	json_object_put(record);
}

static void deny_tls_to_another_program(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_not_equal(RUN("openssl", "s_client", "-connect", "10.11.0.2:" PORT)->status, 0);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
}

static struct ran *query(const char *server, const char *verb, const char *key)
{
	return RUN(REDIS_CLIENT, "-h", server, "-p", REDIS, verb, key);
}

/* Before the load it may not listen yet. */
static void allow_database_before_load(void **state)
{
	(void)state;
	for (int i = 0; i < 50 && query("10.11.0.2", "ECHO", "here")->status; i++)
		usleep(200000);
	assert_string_equal(query("10.11.0.2", "ECHO", "here")->out, "here\n");
	assert_string_equal(query("10.12.0.2", "ECHO", "here")->out, "here\n");
}

static void allow_database_to_listed(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_string_equal(query("10.11.0.2", "INCR", "counter")->out, "1\n");
	assert_string_equal(query("fd11::2", "INCR", "counter")->out, "2\n");
	assert_undisturbed(&before, GUARD_egress);
	assert_undisturbed(&before, GUARD_ingress);
}

static void deny_database_to_unlisted_at_once(void **state)
{
	struct mark before = mark();
	long start = now_ms();
	struct json_object *record;
	struct ran *ran = query("10.12.0.2", "INCR", "counter");

	(void)state;
	assert_int_equal(ran->status, 1);
	assert_non_null(strstr(ran->err, "Operation not permitted"));
	assert_true(now_ms() - start < curl_starts + AT_ONCE_MS);
	/* It tries once more before it says so. */
	record = assert_refused(&before, GUARD_egress, "unlisted", 2);
	assert_field(record, "exe", REDIS_CLIENT);
	json_object_put(record);
	assert_string_equal(query("10.11.0.2", "GET", "counter")->out, "2\n");
}

static void ask(const char *resolver)
{
	char text[128];

	snprintf(text, sizeof(text), "nameserver %s\noptions timeout:5 attempts:1\n", resolver);
	spill("/etc/resolv.conf", text);
}

static void allow_names_by_listed_resolver(void **state)
{
	struct mark before = mark();
	struct ran *ran;

	(void)state;
	ask("10.11.0.2");
	ran = RUN("getent", "ahostsv4", NAME);
	assert_int_equal(ran->status, 0);
	assert_non_null(strstr(ran->out, "10.11.0.2"));
	ask("fd11::2");
	ran = RUN("getent", "ahostsv6", NAME);
	assert_int_equal(ran->status, 0);
	assert_non_null(strstr(ran->out, "fd11::2"));
	assert_undisturbed(&before, GUARD_egress);
	assert_undisturbed(&before, GUARD_ingress);
}

/*
 * To sort what it was told, the C library connects a datagram socket to each address, with the port that was asked for: it
 * sends nothing, and is content with a refusal.
 */
static void allow_tls_by_name(void **state)
{
	struct mark before = mark();
	struct json_object *record;

	(void)state;
	ask("10.11.0.2");
	assert_int_equal(RUN(CURL, "-sS", "--max-time", "60", "--cacert", CERT, "https://" NAME ":" PORT "/")->status, 0);
	record = assert_refused(&before, GUARD_egress, "unlisted", ARRAY_SIZE(addresses));
	assert_field(record, "object.proto", "udp");
	assert_field(record, "object.port", PORT);
	json_object_put(record);
	assert_undisturbed(&before, GUARD_ingress);
}

static void deny_names_by_unlisted_resolver_at_once(void **state)
{
	struct mark before = mark();
	long start = now_ms();

	(void)state;
	ask("10.12.0.2");
	assert_int_not_equal(RUN("getent", "ahostsv4", NAME)->status, 0);
	assert_true(now_ms() - start < curl_starts + AT_ONCE_MS);
	json_object_put(assert_refused_again_and_again(&before, GUARD_egress, "connect4", "unlisted"));
}

/* A datagram of a protocol's size from `local`, 0 for any port, and its reply: 0 or an errno. */
static int exchange(const char *server, __u16 local, __u16 port, size_t size)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons(local) };
	struct dest to = dest_of_text(AF_INET, AF_INET, server, port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	__u8 text[576] = { port == NTP ? 0x23 : 1 };

	if (bind(fd, (struct sockaddr *)&own, sizeof(own)) || sendto(fd, text, size, 0, (struct sockaddr *)&to.at, to.len) < 0)
		return -give_up(fd);
	if (poll(&ready, 1, PATIENCE_MS) != 1 || recv(fd, text, sizeof(text), 0) != (ssize_t)size ||
	    text[0] != (port == NTP ? 0x24 : 2))
		errno = ETIMEDOUT;
	else
		errno = 0;
	return -give_up(fd);
}

static const struct datagram {
	const char *name;
	__u16 local, port;
	size_t size;
} datagrams[] = {
	{ "ntp", 0, NTP, 48 },
	{ "dhcp_renewal", DHCP_CLIENT, DHCP_SERVER, 300 },
};

static void allow_datagram_to_listed(void **state)
{
	const struct datagram *row = *state;
	struct mark before = mark();

	assert_int_equal(exchange("10.11.0.2", row->local, row->port, row->size), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_undisturbed(&before, GUARD_ingress);
}

static void deny_datagram_to_unlisted_at_once(void **state)
{
	const struct datagram *row = *state;
	struct mark before = mark();
	long start = now_ms();

	assert_int_equal(exchange("10.12.0.2", row->local, row->port, row->size), EPERM);
	assert_true(now_ms() - start < AT_ONCE_MS);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
}

static void deny_serving(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(exchange("10.11.0.2", DHCP_CLIENT + 1, DHCP_SERVER, 300), EPERM);
	json_object_put(assert_refused(&before, GUARD_ingress, "unlisted", 1));
}

static int set_up(void **state)
{
	long start;

	(void)state;
	wire_open(&wire);
	wire_enter(&wire.there);
	servers[0] = start_datagrams();
	make_key();
	servers[1] = start_tls("-4");
	servers[2] = start_tls("-6");
	servers[3] = start_redis();
	wire_enter(&wire.here);
	for (int i = 0; i < 2; i++) {
		start = now_ms();
		assert_int_equal(RUN(CURL, "--version")->status, 0);
		curl_starts = now_ms() - start;
	}
	return 0;
}

static int load(void **state)
{
	(void)state;
	load_text(POLICY_HERE);
	return 0;
}

static int tear_down(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
		kill(servers[i], SIGKILL);
		waitpid(servers[i], NULL, 0);
	}
	unload(state);
	wire_close();
	return 0;
}

#define OF_ROWS(rows, verdict, which, function)								\
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)							\
		*next++ = test_of_row(verdict, (rows)[i].name, which, function, &(rows)[i])

int main(void)
{
	struct CMUnitTest unloaded[ARRAY_SIZE(addresses) + 1], *next = unloaded;
	struct CMUnitTest loaded[2 * ARRAY_SIZE(addresses) + 2 * ARRAY_SIZE(datagrams) + 7];
	int failed;

	OF_ROWS(addresses, "allow", "tls_before_load", allow_tls_before_load);
	*next++ = (struct CMUnitTest)cmocka_unit_test(allow_database_before_load);
	next = loaded;
	OF_ROWS(addresses, "allow", "tls_to_listed", allow_tls_to_listed);
	OF_ROWS(addresses, "deny", "tls_to_unlisted", deny_tls_to_unlisted_at_once);
	OF_ROWS(datagrams, "allow", "to_listed", allow_datagram_to_listed);
	OF_ROWS(datagrams, "deny", "to_unlisted", deny_datagram_to_unlisted_at_once);
	*next++ = (struct CMUnitTest)cmocka_unit_test(deny_tls_to_another_program);
	*next++ = (struct CMUnitTest)cmocka_unit_test(allow_database_to_listed);
	*next++ = (struct CMUnitTest)cmocka_unit_test(deny_database_to_unlisted_at_once);
	*next++ = (struct CMUnitTest)cmocka_unit_test(allow_names_by_listed_resolver);
	*next++ = (struct CMUnitTest)cmocka_unit_test(allow_tls_by_name);
	*next++ = (struct CMUnitTest)cmocka_unit_test(deny_names_by_unlisted_resolver_at_once);
	*next++ = (struct CMUnitTest)cmocka_unit_test(deny_serving);
	failed = cmocka_run_group_tests(unloaded, set_up, NULL);
	return failed + cmocka_run_group_tests(loaded, load, tear_down);
}
