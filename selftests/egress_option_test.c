// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_option_test.c - socket options by which packets go elsewhere are refused; those beside them are not.
 * Boots: plain
 * Kernels: 6.1 7
 * Long boots: lockdown
 */
#include "child.h"
#include "util.h"

#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define LEVEL_IP	0
#define LEVEL_IPV6	41
#define POLICY_HERE(mode, sockets)								\
	"version: 1\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"	\
	"egress: { mode: " mode ", sockets: [" sockets "] }\n"					\
	"ingress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n"

static const struct option {
	const char *name;	/* in the record; NULL: it is let through */
	const char *test;
	int family, level, option;
	size_t size;
} options[] = {
	{ "IP_OPTIONS", "ip_options", AF_INET, LEVEL_IP, 4, 0 },
	{ "IP_OPTIONS", "ip_options_of_inet6", AF_INET6, LEVEL_IP, 4, 0 },
	{ "IP_IPSEC_POLICY", "ip_ipsec_policy", AF_INET, LEVEL_IP, 16, 4 },
	{ "IP_XFRM_POLICY", "ip_xfrm_policy", AF_INET, LEVEL_IP, 17, 4 },
	{ "IP_TRANSPARENT", "ip_transparent", AF_INET, LEVEL_IP, 19, 4 },
	{ "IP_HDRINCL", "ip_hdrincl", AF_INET, LEVEL_IP, 3, 4 },
	{ "IPV6_2292PKTOPTIONS", "ipv6_2292pktoptions", AF_INET6, LEVEL_IPV6, 6, 0 },
	{ "IPV6_FLOWLABEL_MGR", "ipv6_flowlabel_mgr", AF_INET6, LEVEL_IPV6, 32, 4 },
	{ "IPV6_IPSEC_POLICY", "ipv6_ipsec_policy", AF_INET6, LEVEL_IPV6, 34, 4 },
	{ "IPV6_XFRM_POLICY", "ipv6_xfrm_policy", AF_INET6, LEVEL_IPV6, 35, 4 },
	{ "IPV6_HDRINCL", "ipv6_hdrincl", AF_INET6, LEVEL_IPV6, 36, 4 },
	{ "IPV6_HOPOPTS", "ipv6_hopopts", AF_INET6, LEVEL_IPV6, 54, 0 },
	{ "IPV6_RTHDRDSTOPTS", "ipv6_rthdrdstopts", AF_INET6, LEVEL_IPV6, 55, 0 },
	{ "IPV6_RTHDR", "ipv6_rthdr", AF_INET6, LEVEL_IPV6, 57, 0 },
	{ "IPV6_DSTOPTS", "ipv6_dstopts", AF_INET6, LEVEL_IPV6, 59, 0 },
	{ "IPV6_TRANSPARENT", "ipv6_transparent", AF_INET6, LEVEL_IPV6, 75, 4 },
	/* Neighbours by number, by name and by level. */
	{ NULL, "ip_tos", AF_INET, LEVEL_IP, 1, 4 },
	{ NULL, "ip_retopts", AF_INET, LEVEL_IP, 7, 4 },
	{ NULL, "ip_freebind", AF_INET, LEVEL_IP, 15, 4 },
	{ NULL, "ip_bind_address_no_port", AF_INET, LEVEL_IP, 24, 4 },
	{ NULL, "ipv6_v6only", AF_INET6, LEVEL_IPV6, 26, 4 },
	{ NULL, "ipv6_recvhopopts", AF_INET6, LEVEL_IPV6, 53, 4 },
	{ NULL, "ipv6_recvrthdr", AF_INET6, LEVEL_IPV6, 56, 4 },
	{ NULL, "ipv6_recvdstopts", AF_INET6, LEVEL_IPV6, 58, 4 },
	{ NULL, "ipv6_2292rthdr", AF_INET6, LEVEL_IPV6, 5, 4 },
	{ NULL, "ipv6_recvorigdstaddr", AF_INET6, LEVEL_IPV6, 74, 4 },
	{ NULL, "ipv6_freebind", AF_INET6, LEVEL_IPV6, 78, 4 },
	{ NULL, "so_mark", AF_INET, SOL_SOCKET, SO_MARK, 4 },
	{ NULL, "so_rcvbuf", AF_INET, SOL_SOCKET, SO_RCVBUF, 4 },
	{ NULL, "so_level_4", AF_INET, SOL_SOCKET, SO_ERROR, 4 },
};

static int unloaded[ARRAY_SIZE(options)];

static int try_option(const struct option *option)
{
	int fd = socket(option->family, SOCK_DGRAM | SOCK_CLOEXEC, 0), value = 1, err;

	assert_true(fd >= 0);
	err = setsockopt(fd, option->level, option->option, &value, option->size) ? errno : 0;
	close(fd);
	return err;
}

static int load_enforcing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		unloaded[i] = try_option(&options[i]);
	load_text(POLICY_HERE("enforce", ""));
	return 0;
}

static void judge_option(void **state)
{
	const struct option *option = *state;
	struct mark before = mark();
	struct json_object *record;

	if (!option->name) {
		assert_int_equal(try_option(option), unloaded[option - options]);
		assert_undisturbed(&before, GUARD_egress);
		return;
	}
	assert_int_equal(try_option(option), EPERM);
	record = assert_refused(&before, GUARD_egress, "socket-option", 1);
	assert_field(record, "hook", "socket_setsockopt");
	assert_field(record, "object.what", option->name);
	assert_field(record, "rule.line", "5");
	json_object_put(record);
}

/* A source route, as it would be sent: by way of 10.11.0.9. */
static const unsigned char route[] = { 0x83, 11, 4, 10, 11, 0, 9, 10, 11, 0, 2, 0 };

static void allow_source_route_when_nothing_is_loaded(void **state)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(setsockopt(fd, LEVEL_IP, 4, route, sizeof(route)), 0);
	close(fd);
}

static void deny_source_route(void **state)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned char now[64];
	socklen_t size = sizeof(now);
	struct mark before = mark();

	(void)state;
	assert_int_equal(setsockopt(fd, LEVEL_IP, 4, route, sizeof(route)), -1);
	assert_int_equal(errno, EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "socket-option", 1));
	assert_int_equal(getsockopt(fd, LEVEL_IP, 4, now, &size), 0);
	assert_int_equal(size, 0);
	close(fd);
}

/* setsockopt(2) as 32-bit programs call it. */
static int setsockopt32(int fd, int level, int option, int *value)
{
	long result;

	/* The fifth argument is in edi. */
	asm volatile("int $0x80" : "=a"(result)
		     : "a"(366), "b"((long)fd), "c"((long)level), "d"((long)option), "S"(value), "D"((long)sizeof(*value))
		     : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static void deny_to_32_bit_calls(void **state)
{
	int *value = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;
	struct mark before = mark();

	(void)state;
	assert_true(value != MAP_FAILED);
	*value = 1;
	err = setsockopt32(fd, LEVEL_IP, 15, value);
	if (err == -ENOSYS) {
		print_message("# SKIP this kernel has no 32-bit system calls\n");
		skip();
	}
	assert_int_equal(err, 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(setsockopt32(fd, LEVEL_IP, 19, value), -EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "socket-option", 1));
	munmap(value, 4096);
	close(fd);
}

static int try_headers(int family)
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6), value = 1, err;

	if (fd < 0)
		return -1;
	err = setsockopt(fd, family == AF_INET ? LEVEL_IP : LEVEL_IPV6, family == AF_INET ? 3 : 36, &value, sizeof(value)) ?
	      errno : 0;
	close(fd);
	return err;
}

/* An entry for one protocol is not one for all, as they are where the sender writes the header. */
static void deny_headers_of_ones_own_on_listed_raw_sockets(void **state)
{
	struct mark before;

	(void)state;
	load_text(POLICY_HERE("enforce", "{family: inet, type: raw, proto: icmp}, {family: inet6, type: raw, proto: icmpv6}"));
	before = mark();
	assert_int_equal(try_headers(AF_INET), EPERM);
	assert_int_equal(try_headers(AF_INET6), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "socket-option", 2));
	load_text(POLICY_HERE("enforce", "{family: inet, type: raw}, {family: inet6, type: raw, proto: icmpv6}, {family: inet6, proto: raw}"));
	before = mark();
	assert_int_equal(try_headers(AF_INET), 0);
	assert_int_equal(try_headers(AF_INET6), 0);
	assert_undisturbed(&before, GUARD_egress);
}

static void allow_but_record_in_audit(void **state)
{
	struct mark before;

	(void)state;
	load_text(POLICY_HERE("audit", ""));
	before = mark();
	assert_int_equal(try_option(&options[4]), unloaded[4]);
	json_object_put(assert_would_deny(&before, GUARD_egress, "socket-option"));
}

int main(void)
{
	struct CMUnitTest judged[ARRAY_SIZE(options)];
	const struct CMUnitTest first[] = { cmocka_unit_test(allow_source_route_when_nothing_is_loaded) };
	const struct CMUnitTest others[] = {
		cmocka_unit_test(deny_source_route),
		cmocka_unit_test(deny_to_32_bit_calls),
		cmocka_unit_test(deny_headers_of_ones_own_on_listed_raw_sockets),
		cmocka_unit_test(allow_but_record_in_audit),
	};
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		judged[i] = test_of_row(options[i].name ? "deny" : "allow", options[i].test, "", judge_option, &options[i]);
	failed = cmocka_run_group_tests(first, NULL, NULL);
	failed += cmocka_run_group_tests(judged, load_enforcing, NULL);
	return failed + cmocka_run_group_tests(others, NULL, unload);
}
