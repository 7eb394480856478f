// SPDX-License-Identifier: GPL-2.0-only
/* rules_test.c - compiled rows allow what the policy's entries allow, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy.h"
#include "rules.h"
#include "util.h"

#define RULES	12
#define NETS	4
#define PORTS	4

/* A policy whose memory is its own. */
struct fixture {
	struct policy policy;
	struct egress_rule rules[RULES];
	struct cidr to[RULES][NETS];
	struct port_range ports[RULES][PORTS];
};

static struct diags diags;
static struct rules *rules;

static int setup(void **state)
{
	(void)state;
	diags = (struct diags) { 0 };
	rules = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rules_free(rules);
	rules = NULL;
	diags_free(&diags);
	return 0;
}

/* Compiles entries of egress.allow, given as YAML. */
static int compile(const char *entries)
{
	_cleanup_free_ char *text = malloc(strlen(entries) + 512);
	struct policy *policy = NULL;
	int err;

	sprintf(text, "version: 1\nexec: {mode: off}\nptrace: {mode: off}\nmodules: {mode: off}\n"
		"ingress: {mode: off}\nkernel: {mode: off}\ndata: {mode: off}\n"
		"egress:\n  mode: enforce\n  allow:\n%s", entries);
	err = policy_parse_buffer("t.yaml", text, strlen(text), &diags, &policy);
	diags_print(&diags, stdout);
	assert_int_equal(err, 0);
	err = rules_compile(policy, &diags, &rules);
	policy_free(policy);
	return err;
}

static bool match(const char *address, __u16 port, __u8 proto)
{
	int family = strchr(address, ':') ? AF_INET6 : AF_INET;
	__u8 addr[16] = { 0 };

	assert_int_equal(inet_pton(family, address, addr), 1);
	return rules_match(rules, family, addr, port, proto);
}

static bool mapped(const struct cidr *net)
{
	static const __u8 prefix[12] = { [10] = 0xff, [11] = 0xff };

	return net->family == AF_INET6 && !memcmp(net->addr, prefix, 12);
}

/* Bit by bit, entry by entry: as slow and as plain as can be. */
static bool naive_in(const struct cidr *net, const struct cidr *addr)
{
	struct cidr a = *addr, n = *net;

	if (mapped(&a)) {
		a.family = AF_INET;
		memcpy(a.addr, addr->addr + 12, 4);
	}
	if (mapped(&n) && n.len >= 96) {
		n.family = AF_INET;
		n.len -= 96;
		memcpy(n.addr, net->addr + 12, 4);
	}
	if (a.family != n.family)
		return false;
	for (unsigned int bit = 0; bit < n.len; bit++)
		if ((a.addr[bit / 8] ^ n.addr[bit / 8]) & (0x80 >> bit % 8))
			return false;
	return true;
}

static bool naive_match(const struct policy *policy, const struct cidr *addr, __u16 port,
			__u8 proto)
{
	for (size_t i = 0; i < policy->n_egress; i++) {
		const struct egress_rule *rule = &policy->egress[i];
		bool in = false, open = !rule->n_ports;

		for (size_t j = 0; j < rule->n_to; j++)
			in |= naive_in(&rule->to[j], addr);
		for (size_t j = 0; j < rule->n_ports; j++)
			open |= port >= rule->ports[j].lo && port <= rule->ports[j].hi;
		if (in && open && (proto == IPPROTO_TCP ? rule->tcp : rule->udp))
			return true;
	}
	return false;
}

/* A fixed generator, so that a failure can be had again. */
static __u64 seed;

static unsigned int draw(unsigned int n)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (seed >> 33) % n;
}

/* Few distinct bits, so that networks nest, touch and repeat. */
static struct cidr draw_net(bool whole)
{
	struct cidr net = { .family = draw(3) ? AF_INET : AF_INET6 };
	unsigned int size = net.family == AF_INET ? 4 : 16;

	if (net.family == AF_INET6 && draw(2))
		memcpy(net.addr, (const __u8 [12]){ [10] = 0xff, [11] = 0xff }, 12);
	for (unsigned int i = size - 4; i < size; i++)
		net.addr[i] = draw(4) ? 10 * (i % 4 == 0) : (const __u8 []){ 1, 128, 255 }[draw(3)];
	net.len = whole ? 8 * size : draw(8 * size + 1);
	for (unsigned int bit = net.len; bit < 8 * size; bit++)
		net.addr[bit / 8] &= ~(0x80 >> bit % 8);
	return net;
}

static void draw_policy(struct fixture *f)
{
	*f = (struct fixture) { .policy = { .egress = f->rules, .n_egress = draw(RULES + 1) } };
	for (size_t i = 0; i < f->policy.n_egress; i++) {
		struct egress_rule *rule = &f->rules[i];
		unsigned int protos = 1 + draw(3);

		*rule = (struct egress_rule) {
			.to = f->to[i], .n_to = 1 + draw(NETS), .ports = f->ports[i],
			.n_ports = draw(PORTS + 1), .tcp = protos & 1, .udp = protos & 2,
		};
		for (size_t j = 0; j < rule->n_to; j++)
			rule->to[j] = draw_net(/* whole= */ false);
		for (size_t j = 0; j < rule->n_ports; j++) {
			__u16 lo = draw(8) ? 1 + draw(12) : 65530 + draw(6);

			rule->ports[j] = (struct port_range) { lo, lo + draw(65536 - lo) % 4 };
		}
	}
}

static void random_policies_agree_with_the_naive_matcher(void **state)
{
	static struct fixture f;
	unsigned long allowed = 0, denied = 0;

	(void)state;
	for (__u64 number = 1; number <= 5000; number++) {
		seed = number;
		draw_policy(&f);
		assert_int_equal(rules_compile(&f.policy, &diags, &rules), 0);
		for (int i = 0; i < 100; i++) {
			struct cidr addr = draw_net(/* whole= */ true);
			__u16 port = draw(8) ? draw(17) : 65528 + draw(8);
			__u8 proto = draw(2) ? IPPROTO_TCP : IPPROTO_UDP;
			bool expected = naive_match(&f.policy, &addr, port, proto);

			if (rules_match(rules, addr.family, addr.addr, port, proto) != expected)
				fail_msg("policy %llu, try %d: expected %d",
					 (unsigned long long)number, i, expected);
			allowed += expected;
			denied += !expected;
		}
		teardown(NULL);
	}
	/* Neither side may go untested. */
	assert_true(allowed > 50000 && denied > 50000);
}

/* What the kernel side relies on, and rules_match() would not show. */
static void rows_are_sorted_unique_and_in_bounds(void **state)
{
	static struct fixture f;

	(void)state;
	for (seed = 1; seed < 500; seed++) {
		__u64 number = seed;

		draw_policy(&f);
		assert_int_equal(rules_compile(&f.policy, &diags, &rules), 0);
		for (size_t i = 0; i < rules->n_rows; i++) {
			const struct trie_row *row = &rules->rows[i];

			assert_int_equal(row->net.family == AF_INET, i < rules->n_rows4);
			assert_false(mapped(&row->net) && row->net.len >= 96);
			assert_in_range(row->span.count, 1, SPAN_MAX);
			assert_true(row->span.first + row->span.count <= rules->n_ports);
			for (size_t j = 0; j < i; j++)
				assert_memory_not_equal(&row->net, &rules->rows[j].net,
							sizeof(row->net));
		}
		for (size_t i = 0; i < rules->n_ports; i++) {
			const struct port_rule *port = &rules->ports[i];

			assert_true(port->lo <= port->hi);
			assert_true(port->proto == 0 || port->proto == IPPROTO_TCP ||
				    port->proto == IPPROTO_UDP);
		}
		teardown(NULL);
		seed = number;
	}
}

static void allow_union_of_nested_networks(void **state)
{
	(void)state;
	assert_int_equal(compile("    - {to: 10.0.0.0/8, port: 53, proto: udp}\n"
				 "    - {to: 10.1.0.0/16, port: 443, proto: tcp}\n"
				 "    - {to: 10.1.2.3, port: 22, proto: tcp}\n"), 0);
	assert_int_equal(rules->n_rows, 3);
	assert_true(match("10.1.2.3", 22, IPPROTO_TCP));
	assert_true(match("10.1.2.3", 443, IPPROTO_TCP));
	assert_true(match("10.1.2.3", 53, IPPROTO_UDP));
	assert_false(match("10.1.2.3", 53, IPPROTO_TCP));
	assert_false(match("10.1.2.4", 22, IPPROTO_TCP));
	assert_true(match("10.1.2.4", 443, IPPROTO_TCP));
	assert_false(match("10.2.0.1", 443, IPPROTO_TCP));
	assert_true(match("10.2.0.1", 53, IPPROTO_UDP));
	assert_false(match("11.0.0.1", 53, IPPROTO_UDP));
}

static void merge_ports_and_store_equal_spans_once(void **state)
{
	(void)state;
	assert_int_equal(compile("    - {to: [192.0.2.1, 192.0.2.2], port: [80, 81-90, 85-100], "
				 "proto: tcp}\n"
				 "    - {to: [192.0.2.1, 192.0.2.2], port: 80-100, proto: udp}\n"
				 "    - {to: 192.0.2.3, port: [80-90, 91-100]}\n"), 0);
	assert_int_equal(rules->n_rows, 3);
	assert_int_equal(rules->n_ports, 1);
	assert_int_equal(rules->ports[0].lo, 80);
	assert_int_equal(rules->ports[0].hi, 100);
	assert_int_equal(rules->ports[0].proto, 0);
	assert_true(match("192.0.2.2", 100, IPPROTO_UDP));
	assert_false(match("192.0.2.2", 101, IPPROTO_UDP));
	assert_false(match("192.0.2.2", 79, IPPROTO_TCP));
}

static void allow_mapped_addresses_as_v4(void **state)
{
	(void)state;
	assert_int_equal(compile("    - {to: \"::ffff:192.0.2.0/120\", port: 1}\n"
				 "    - {to: 198.51.100.0/24, port: 2}\n"
				 "    - {to: \"::/0\", port: 3}\n"), 0);
	assert_int_equal(rules->n_rows4, 2);
	assert_true(match("192.0.2.9", 1, IPPROTO_TCP));
	assert_true(match("::ffff:192.0.2.9", 1, IPPROTO_TCP));
	assert_true(match("::ffff:198.51.100.9", 2, IPPROTO_TCP));
	assert_true(match("2001:db8::1", 3, IPPROTO_TCP));
	assert_false(match("192.0.2.9", 3, IPPROTO_TCP));
	assert_false(match("::ffff:192.0.2.9", 3, IPPROTO_TCP));
}

static void deny_everything_without_entries(void **state)
{
	const __u8 addr[16] = { 127, 0, 0, 1 };

	(void)state;
	assert_int_equal(compile("    []\n"), 0);
	assert_int_equal(rules->n_rows, 0);
	assert_false(match("127.0.0.1", 80, IPPROTO_TCP));
	assert_false(match("::1", 80, IPPROTO_UDP));
	assert_false(rules_match(rules, AF_UNIX, addr, 80, IPPROTO_TCP));
}

/* `n` entries for one network, each with a port that touches no other; and `port` within it. */
static int compile_many(int n, int port)
{
	char text[16384];
	size_t len = 0;

	for (int i = 0; i < n; i++)
		len += sprintf(text + len, "    - {to: 10.0.0.0/8, port: %d}\n", 2 * i + 1);
	sprintf(text + len, "    - {to: 10.0.0.1, port: %d}\n", port);
	return compile(text);
}

static void deny_more_port_rules_than_a_span_holds(void **state)
{
	(void)state;
	assert_int_equal(compile_many(SPAN_MAX, 1), 0);
	assert_true(match("10.9.9.9", 2 * SPAN_MAX - 1, IPPROTO_TCP));
	assert_false(match("10.9.9.9", 2 * SPAN_MAX, IPPROTO_TCP));
	teardown(NULL);

	/* What is wrong with the network is wrong with those in it: said once. */
	assert_int_equal(compile_many(SPAN_MAX + 1, 40000), -EINVAL);
	assert_null(rules);
	assert_int_equal(diags.errors, 1);
	assert_string_equal(diags.list[0].file, "t.yaml");
	assert_int_equal(diags.list[0].line, 10 + SPAN_MAX + 1);
	assert_non_null(strstr(diags.list[0].text, "more than 64 ranges of ports come together for "
			       "10.0.0.0/8"));
}

static void deny_one_entry_with_too_many_ports(void **state)
{
	char text[4096] = "    - {to: 10.0.0.1, port: [1";

	(void)state;
	for (int i = 1; i <= SPAN_MAX; i++)
		sprintf(text + strlen(text), ", %d", 2 * i + 1);
	strcat(text, "]}\n");
	assert_int_equal(compile(text), -EINVAL);
	assert_int_equal(diags.errors, 1);
	assert_int_equal(diags.list[0].line, 11);
}

static void hundred_thousand_networks_compile_at_once(void **state)
{
	enum { MANY = 100000 };
	_cleanup_free_ struct cidr *to = calloc(MANY, sizeof(*to));
	_cleanup_free_ struct egress_rule *list = calloc(MANY, sizeof(*list));
	struct port_range port = { 443, 443 };
	struct policy policy = { .egress = list, .n_egress = MANY };
	struct timespec start, end;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		to[i] = (struct cidr) {
			.family = AF_INET, .len = 24 + i % 9,
			.addr = { 10 + i % 3, i >> 12, i >> 4, (i << 4) & (0xff00 >> i % 9) },
		};
		list[i] = (struct egress_rule) {
			.to = &to[i], .n_to = 1, .ports = &port, .n_ports = 1, .tcp = true,
		};
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	assert_int_equal(rules_compile(&policy, &diags, &rules), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	assert_true(end.tv_sec - start.tv_sec < 2);
	assert_true(rules->n_rows > MANY / 2);
	assert_int_equal(rules->n_ports, 1);
	for (int i = 0; i < MANY; i += 997)
		assert_true(rules_match(rules, AF_INET, to[i].addr, 443, IPPROTO_TCP));
	assert_false(match("9.0.0.1", 443, IPPROTO_TCP));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(random_policies_agree_with_the_naive_matcher),
		TEST(rows_are_sorted_unique_and_in_bounds),
		TEST(allow_union_of_nested_networks),
		TEST(merge_ports_and_store_equal_spans_once),
		TEST(allow_mapped_addresses_as_v4),
		TEST(deny_everything_without_entries),
		TEST(deny_more_port_rules_than_a_span_holds),
		TEST(deny_one_entry_with_too_many_ports),
		TEST(hundred_thousand_networks_compile_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
