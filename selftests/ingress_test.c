// SPDX-License-Identifier: GPL-2.0-only
/*
 * ingress_test.c - nobody listens on a port that ingress.allow does not list, for that program and user.
 * Boots: plain
 * Kernels: 6.1 7
 * Long boots: lockdown
 */
#include "child.h"
#include "listen.h"
#include "util.h"

#define ONE	"/tmp/ingress_one"
#define TWO	"/tmp/ingress_two"

#define BY_ANY		8010
#define BY_ONE		8020
#define BY_NOBODY	8021
#define TCP_ONLY	8030
#define UNLISTED_HERE	8110

#define POLICY_HERE(mode)									\
	"version: 1\nname: ingress\n"								\
	"exec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"			\
	"egress: { mode: enforce }\n"								\
	"ingress:\n  mode: " mode "\n  allow:\n"						\
	"    - { from: 10.11.0.0/24, port: 8000-8019 }\n"					\
	"    - { from: \"fd11::/64\", port: 8020, by: " ONE " }\n"				\
	"    - { from: [10.11.0.2, 10.12.0.0/24], port: 8021, user: nobody }\n"			\
	"    - { from: 127.0.0.0/8, port: 8030, proto: tcp }\n"					\
	"kernel: { mode: off }\ndata: { mode: off }\n"

static const struct way {
	const char *name;
	int family, proto;
	int (*open)(int family, __u16 port);
	const char *hook;
	const char *(*missing)(void);		/* what the kernel lacks for it, or NULL */
} ways[] = {
	{ "tcp_listen_v4", AF_INET, IPPROTO_TCP, tcp_listen, "socket_listen", NULL },
	{ "tcp_listen_v6", AF_INET6, IPPROTO_TCP, tcp_listen, "socket_listen", NULL },
	{ "udp_bind_v4", AF_INET, IPPROTO_UDP, udp_bind, "bind4", NULL },
	{ "udp_bind_v6", AF_INET6, IPPROTO_UDP, udp_bind, "bind6", NULL },
	{ "uring_listen_v4", AF_INET, IPPROTO_TCP, uring_listen, "socket_listen", without_uring_listen },
	{ "uring_bind_v6", AF_INET6, IPPROTO_UDP, uring_bind, "bind6", without_uring_listen },
	{ "int80_listen_v6", AF_INET6, IPPROTO_TCP, int80_listen, "socket_listen", without_int80 },
	{ "int80_bind_v4", AF_INET, IPPROTO_UDP, int80_bind, "bind4", without_int80 },
};

static int try_way(const struct way *way, __u16 port)
{
	int fd = way->open(way->family, port);

	if (fd < 0)
		return -fd;
	close(fd);
	return 0;
}

/* As another program, and perhaps another user. */
#define GO(program, way, port)		go(program, "0", way, port)
#define GO_AS_NOBODY(program, way, port)	go(program, "65534", way, port)

static int go(const char *program, const char *uid, const struct way *way, __u16 port)
{
	char index[16], number[16];

	snprintf(index, sizeof(index), "%zu", (size_t)(way - ways));
	snprintf(number, sizeof(number), "%u", port);
	return RUN(program, uid, index, number)->status;
}

static void skip_if_missing(const struct way *way)
{
	const char *missing = way->missing ? way->missing() : NULL;

	if (!missing)
		return;
	print_message("# SKIP this kernel has no %s\n", missing);
	skip();
}

static void assert_port_refused(const struct mark *before, const struct way *way, __u16 port, bool denied)
{
	struct json_object *record = assert_recorded(before, GUARD_ingress, denied, "unlisted", 1);

	assert_field(record, "hook", way->hook);
	assert_field(record, "object.family", way->family == AF_INET ? "inet" : "inet6");
	assert_field(record, "object.proto", way->proto == IPPROTO_TCP ? "tcp" : "udp");
	assert_number(record, "object.port", port);
	assert_rule(record, "  allow:");
	assert_undisturbed(before, GUARD_egress);
	json_object_put(record);
}

static void allow_before_load(void **state)
{
	skip_if_missing(*state);
	assert_int_equal(try_way(*state, UNLISTED_HERE), 0);
}

static void deny_unlisted_port(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();

	skip_if_missing(way);
	assert_int_equal(try_way(way, UNLISTED_HERE), EPERM);
	assert_port_refused(&before, way, UNLISTED_HERE, /* denied= */ true);
}

static void allow_listed_port(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();

	skip_if_missing(way);
	assert_int_equal(try_way(way, BY_ANY), 0);
	assert_undisturbed(&before, GUARD_ingress);
}

static void allow_the_program_and_deny_another(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();

	skip_if_missing(way);
	assert_int_equal(GO(ONE, way, BY_ONE), 0);
	assert_int_equal(GO_AS_NOBODY(ONE, way, BY_ONE), 0);
	assert_int_equal(GO(TWO, way, BY_ANY), 0);
	assert_undisturbed(&before, GUARD_ingress);
	assert_int_equal(GO(TWO, way, BY_ONE), EPERM);
	assert_port_refused(&before, way, BY_ONE, /* denied= */ true);
}

static void allow_the_user_and_deny_another(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();

	skip_if_missing(way);
	assert_int_equal(GO_AS_NOBODY(TWO, way, BY_NOBODY), 0);
	assert_undisturbed(&before, GUARD_ingress);
	assert_int_equal(GO(TWO, way, BY_NOBODY), EPERM);
	assert_port_refused(&before, way, BY_NOBODY, /* denied= */ true);
}

static void go_by_the_protocol(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();

	skip_if_missing(way);
	assert_int_equal(try_way(way, TCP_ONLY), way->proto == IPPROTO_TCP ? 0 : EPERM);
	if (way->proto == IPPROTO_TCP)
		assert_undisturbed(&before, GUARD_ingress);
	else
		assert_port_refused(&before, way, TCP_ONLY, /* denied= */ true);
}

static void allow_but_record_in_audit(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();

	skip_if_missing(way);
	assert_int_equal(try_way(way, UNLISTED_HERE), 0);
	assert_port_refused(&before, way, UNLISTED_HERE, /* denied= */ false);
}

/* The kernel takes a port when nobody has asked for one: any that it is, it is not listed. */
static void deny_listening_without_bind(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(tcp_listen_without_bind(AF_INET, 0), -EPERM);
	assert_int_equal(tcp_listen_without_bind(AF_INET6, 0), -EPERM);
	assert_int_equal(tcp_listen(AF_INET, 0), -EPERM);
	json_object_put(assert_refused(&before, GUARD_ingress, "unlisted", 3));
}

/* As clients do, who get nothing but answers. */
static void allow_ports_that_the_kernel_takes(void **state)
{
	struct mark before = mark();
	int fd = udp_bind(AF_INET, 0);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	fd = udp_bind(AF_INET6, 0);
	assert_true(fd >= 0);
	close(fd);
	/* Of TCP, until it listens. */
	fd = bound(AF_INET, SOCK_STREAM, UNLISTED_HERE);
	assert_true(fd >= 0);
	close(fd);
	assert_undisturbed(&before, GUARD_ingress);
}

/* What was refused does not count as a listener, and may be asked for again. */
static void deny_listening_again_and_again(void **state)
{
	struct mark before = mark();
	int fd = bound(AF_INET, SOCK_STREAM, UNLISTED_HERE);

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(listen(fd, i), -1);
		assert_int_equal(errno, EPERM);
	}
	close(fd);
	json_object_put(assert_refused(&before, GUARD_ingress, "unlisted", 3));
}

static void prove_by_canaries(void **state)
{
	struct mark before = mark();

	(void)state;
	HARDEN(0, "verify");
	assert_undisturbed(&before, GUARD_ingress);
	assert_undisturbed(&before, GUARD_egress);
}

static void explain_what_would_allow_it(void **state)
{
	struct mark before = mark();
	struct ran *ran;

	(void)state;
	assert_int_equal(try_way(&ways[2], UNLISTED_HERE), EPERM);
	assert_port_refused(&before, &ways[2], UNLISTED_HERE, /* denied= */ true);
	ran = HARDEN(0, "explain", "last");
	assert_non_null(strstr(ran->out, "port: 8110"));
	assert_non_null(strstr(ran->out, "from:"));
}

static int load_enforcing(void **state)
{
	(void)state;
	load_text(POLICY_HERE("enforce"));
	return 0;
}

static int load_audit(void **state)
{
	(void)state;
	load_text(POLICY_HERE("audit"));
	return 0;
}

static int be_program(char **argv)
{
	const struct way *way = &ways[atoi(argv[2])];
	uid_t uid = atoi(argv[1]);

	if (setresuid(uid, uid, uid))
		return EIO;
	return try_way(way, atoi(argv[3]));
}

#define OF_WAYS(verdict, which, function)								\
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)							\
		*next++ = test_of_row(verdict, ways[i].name, which, function, &ways[i])

int main(int argc, char *argv[])
{
	struct CMUnitTest unloaded[ARRAY_SIZE(ways)], loaded[5 * ARRAY_SIZE(ways)], audited[ARRAY_SIZE(ways)], *next = unloaded;
	const struct CMUnitTest others[] = {
		cmocka_unit_test(deny_listening_without_bind),
		cmocka_unit_test(allow_ports_that_the_kernel_takes),
		cmocka_unit_test(deny_listening_again_and_again),
		cmocka_unit_test(prove_by_canaries),
		cmocka_unit_test(explain_what_would_allow_it),
	};
	int failed;

	if (argc == 4)
		return be_program(argv);
	RUN("cp", argv[0], ONE);
	RUN("cp", argv[0], TWO);
	OF_WAYS("allow", "before_load", allow_before_load);
	next = loaded;
	OF_WAYS("deny", "on_unlisted_port", deny_unlisted_port);
	OF_WAYS("allow", "on_listed_port", allow_listed_port);
	OF_WAYS("deny", "to_another_program", allow_the_program_and_deny_another);
	OF_WAYS("deny", "to_another_user", allow_the_user_and_deny_another);
	OF_WAYS("deny", "of_another_protocol", go_by_the_protocol);
	next = audited;
	OF_WAYS("allow", "in_audit", allow_but_record_in_audit);
	failed = cmocka_run_group_tests(unloaded, NULL, NULL);
	failed += cmocka_run_group_tests(loaded, load_enforcing, NULL);
	failed += cmocka_run_group_tests(others, NULL, NULL);
	return failed + cmocka_run_group_tests(audited, load_audit, unload);
}
