// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_random_test.c - what the kernel answers to connects under random policies is what their entries say.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 *
 * What they say is read from the entries one by one (naive.h), without anything of what compiles them.  HARDENCTL_SEED
 * says where to begin, HARDENCTL_LONG=1 asks for eight policies instead of two: it is their loads that take long.
 */
#include "maker.h"
#include "naive.h"
#include "net.h"

#include <time.h>

#define DIR		"/tmp/egress_random"
#define SELF		"build/selftests/egress_random_test"
#define POLICIES	(is_long() ? 8UL : 2UL)
#define FLOWS		2500	/* of each */

static const char *const programs[NAIVE_PROGRAMS] = { DIR "/one", DIR "/two" };

/* By struct flow's `by`, and whether it is an IPv6 one. */
static int sockets[NAIVE_PROGRAMS + 1][2];

static void write_list(FILE *out, const char *key, size_t n, const char *(*text)(const struct fixture *f, size_t i, size_t j),
		       const struct fixture *f, size_t i)
{
	if (!n)
		return;
	fprintf(out, ", %s: [", key);
	for (size_t j = 0; j < n; j++)
		fprintf(out, "%s\"%s\"", j ? ", " : "", text(f, i, j));
	fputc(']', out);
}

static char room[NET_TEXT];

static const char *port_text(const struct fixture *f, size_t i, size_t j)
{
	snprintf(room, sizeof(room), "%u-%u", f->ports[i][j].lo, f->ports[i][j].hi);
	return room;
}

static const char *to_text(const struct fixture *f, size_t i, size_t j)
{
	net_format_cidr(&f->to[i][j], room);
	return room;
}

static const char *by_text(const struct fixture *f, size_t i, size_t j)
{
	return programs[f->by[i][j]];
}

static const char *user_text(const struct fixture *f, size_t i, size_t j)
{
	snprintf(room, sizeof(room), "%u", f->users[f->who[i][j]].uid);
	return room;
}

static void load_fixture(const struct fixture *f)
{
	FILE *out = fopen(POLICY, "we");

	assert_non_null(out);
	fputs("version: 1\nname: random\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"
	      "ingress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\negress:\n  mode: enforce\n  allow:\n", out);
	if (!f->policy.n_egress)
		fputs("    []\n", out);
	for (size_t i = 0; i < f->policy.n_egress; i++) {
		const struct egress_rule *rule = &f->rules[i];

		fprintf(out, "    - {proto: [%s%s%s]", rule->tcp ? "tcp, " : "", rule->udp ? "udp, " : "",
			rule->icmp ? "icmp" : "");
		write_list(out, "to", rule->n_to, to_text, f, i);
		write_list(out, "port", rule->n_ports, port_text, f, i);
		write_list(out, "by", rule->n_by, by_text, f, i);
		write_list(out, "user", rule->n_users, user_text, f, i);
		fputs("}\n", out);
	}
	assert_int_equal(fclose(out), 0);
	HARDEN(0, "load", "--policy", POLICY);
}

/* The hook is asked before a route is looked for, so whatever else is wrong with an address, it was let through. */
static bool kernel_allows(const struct flow *flow)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(flow->port) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(flow->port) };
	bool v6 = flow->family == AF_INET6;
	int err;

	memcpy(&in6.sin6_addr, flow->addr, 16);
	memcpy(&in.sin_addr, flow->addr, 4);
	if (getuid() != flow->uid)
		assert_int_equal(setreuid(flow->uid, 0), 0);
	err = connect(sockets[flow->by][v6], v6 ? (void *)&in6 : (void *)&in, v6 ? sizeof(in6) : sizeof(in));
	return !err || errno != EPERM;
}

static const char *flow_text(const struct flow *flow)
{
	static char text[128];
	char address[INET6_ADDRSTRLEN];

	inet_ntop(flow->family, flow->addr, address, sizeof(address));
	snprintf(text, sizeof(text), "%s port %u, by %u, user %u", address, flow->port, flow->by, flow->uid);
	return text;
}

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec + at.tv_nsec / 1e9;
}

static void kernel_agrees_with_the_entries(void **state)
{
	unsigned long allowed = 0, denied = 0, differ = 0, first = 1;
	double loading = 0, connecting = 0, start;
	const char *seed = getenv("HARDENCTL_SEED");
	static struct fixture f;

	(void)state;
	if (seed && seed[0])
		first = strtoul(seed, NULL, 10);
	for (unsigned long number = first; number < first + POLICIES; number++) {
		naive_seed = number;
		do
			draw_policy(&f);
		while (!f.policy.n_egress);
		start = now();
		load_fixture(&f);
		loading += now() - start;
		start = now();
		for (int i = 0; i < FLOWS; i++) {
			struct flow flow = draw_flow();
			bool expected;

			flow.proto = IPPROTO_UDP;
			expected = naive_match(&f.policy, GUARD_egress, &flow);
			allowed += expected;
			denied += !expected;
			if (kernel_allows(&flow) == expected)
				continue;
			print_message("# policy %lu: %s: %s\n", number, flow_text(&flow), expected ? "refused" : "allowed");
			differ++;
		}
		connecting += now() - start;
		assert_int_equal(setreuid(0, 0), 0);
	}
	print_message("# %.1f s of loads, %.1f s of connects\n", loading, connecting);
	print_message("# from seed %lu: %lu allowed, %lu refused, %lu otherwise than expected\n", first, allowed, denied, differ);
	assert_int_equal(allowed + denied, POLICIES * FLOWS);
	assert_true(allowed > POLICIES * FLOWS / 10 && denied > POLICIES * FLOWS / 10);
	assert_int_equal(differ, 0);
}

/* So that there is something to count as refused: before a load everything goes. */
static void allow_all_before_load(void **state)
{
	(void)state;
	naive_seed = 1;
	for (int i = 0; i < 200; i++) {
		struct flow flow = draw_flow();

		if (!kernel_allows(&flow))
			fail_msg("%s: %s", flow_text(&flow), strerror(errno));
	}
	assert_int_equal(setreuid(0, 0), 0);
}

static int make(const char *program, int family)
{
	if (!program)
		return socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return maker_take((const char *const []){ program, family == AF_INET ? "4" : "6", NULL });
}

/* Under a policy with `by`, from which on it is known who makes a socket. */
static int set_up(void **state)
{
	(void)state;
	mkdir(DIR, 0755);
	RUN("ip", "link", "set", "lo", "up");
	for (size_t i = 0; i < NAIVE_PROGRAMS; i++)
		RUN("cp", SELF, programs[i]);
	load_text("version: 1\nname: by\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"
		  "ingress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n"
		  "egress: { mode: enforce, allow: [{ to: 192.0.2.1, by: " DIR "/one }] }\n");
	for (size_t i = 0; i <= NAIVE_PROGRAMS; i++) {
		sockets[i][0] = make(i ? programs[i - 1] : NULL, AF_INET);
		sockets[i][1] = make(i ? programs[i - 1] : NULL, AF_INET6);
		if (sockets[i][0] < 0 || sockets[i][1] < 0)
			return -1;
	}
	return 0;
}

static int set_up_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i <= NAIVE_PROGRAMS; i++) {
		sockets[i][0] = make(NULL, AF_INET);
		sockets[i][1] = make(NULL, AF_INET6);
	}
	return 0;
}

static int tear_down(void **state)
{
	unload(state);
	RUN("rm", "-r", DIR);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest before[] = { cmocka_unit_test(allow_all_before_load) };
	const struct CMUnitTest tests[] = { cmocka_unit_test(kernel_agrees_with_the_entries) };
	int failed;

	if (argc > 1)
		return maker_give(socket(argv[1][0] == '4' ? AF_INET : AF_INET6, SOCK_DGRAM, 0));
	failed = cmocka_run_group_tests(before, set_up_plain, NULL);
	return failed + cmocka_run_group_tests(tests, set_up, tear_down);
}
