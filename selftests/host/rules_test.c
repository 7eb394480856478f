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

#include "../naive.h"

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

/* Compiles entries of a guard's `allow`, given as YAML; they begin in line 11. */
static int compile_for(__u32 guard, const char *entries)
{
	_cleanup_free_ char *text = malloc(strlen(entries) + 512);
	bool in = guard == GUARD_ingress;
	struct policy *policy = NULL;
	int err;

	sprintf(text, "version: 1\nexec: {mode: off}\nptrace: {mode: off}\nmodules: {mode: off}\n"
		"%s: {mode: off}\nkernel: {mode: off}\ndata: {mode: off}\n"
		"%s:\n  mode: enforce\n  allow:\n%s", in ? "egress" : "ingress", in ? "ingress" : "egress", entries);
	err = policy_parse_buffer("t.yaml", text, strlen(text), &diags, &policy);
	diags_print(&diags, stdout);
	assert_int_equal(err, 0);
	err = rules_compile(policy, &diags, &rules);
	policy_free(policy);
	return err;
}

static int compile(const char *entries)
{
	return compile_for(GUARD_egress, entries);
}

static bool match_of(__u32 guard, const char *address, __u16 port, __u8 proto, __u16 by, __u32 uid)
{
	struct flow flow = {
		.family = strchr(address, ':') ? AF_INET6 : AF_INET, .port = port, .proto = proto, .by = by, .uid = uid,
	};

	assert_int_equal(inet_pton(flow.family, address, flow.addr), 1);
	return rules_match(rules, guard, &flow);
}

static bool match_for(const char *address, __u16 port, __u8 proto, __u16 by, __u32 uid)
{
	return match_of(GUARD_egress, address, port, proto, by, uid);
}

static bool match_in(const char *address, __u16 port, __u8 proto)
{
	return match_of(GUARD_ingress, address, port, proto, 0, 0);
}

static bool match(const char *address, __u16 port, __u8 proto)
{
	return match_for(address, port, proto, 0, 0);
}

/* Who listens asks for everybody. */
static struct flow draw_any_flow(__u32 guard)
{
	struct flow flow = draw_flow();

	if (!draw(8))
		flow.proto = IPPROTO_ICMP;
	if (guard == GUARD_ingress && !draw(8)) {
		flow.family = AF_INET;
		memset(flow.addr, 255, 4);
	}
	return flow;
}

static void random_policies_agree_with_the_naive_matcher(void **state)
{
	static struct fixture f;
	unsigned long allowed[GUARD_COUNT] = { 0 }, denied[GUARD_COUNT] = { 0 };

	(void)state;
	for (__u64 number = 1; number <= 5000; number++) {
		naive_seed = number;
		draw_policy(&f);
		assert_int_equal(rules_compile(&f.policy, &diags, &rules), 0);
		for (int i = 0; i < 200; i++) {
			__u32 guard = i % 2 ? GUARD_ingress : GUARD_egress;
			struct flow flow = draw_any_flow(guard);
			bool expected = naive_match(&f.policy, guard, &flow);

			if (rules_match(rules, guard, &flow) != expected)
				fail_msg("policy %llu, try %d: expected %d",
					 (unsigned long long)number, i, expected);
			allowed[guard] += expected;
			denied[guard] += !expected;
		}
		teardown(NULL);
		diags = (struct diags) { 0 };
	}
	/* Neither side may go untested. */
	for (int guard = GUARD_egress; guard <= GUARD_ingress; guard++) {
		print_message("# %lu allowed, %lu denied\n", allowed[guard], denied[guard]);
		assert_true(allowed[guard] > 50000 && denied[guard] > 50000);
	}
}

/* Each entry that is said to be superfluous may go, and all of them together. */
static void entries_that_are_warned_about_allow_nothing(void **state)
{
	static struct fixture f, without;
	unsigned long warned = 0;

	(void)state;
	for (__u64 number = 1; number <= 5000; number++) {
		naive_seed = number;
		draw_policy(&f);
		assert_int_equal(rules_compile(&f.policy, &diags, &rules), 0);
		without = f;
		without.policy.egress = without.rules;
		without.policy.ingress = without.rules + NAIVE_RULES;
		for (size_t i = 0; i < diags.count; i++) {
			assert_true(diags.list[i].warning);
			/* Not even to who listens, who is asked for all of them. */
			without.rules[diags.list[i].line - 1].n_to = 0;
			without.rules[diags.list[i].line - 1].tcp = without.rules[diags.list[i].line - 1].udp = false;
			without.rules[diags.list[i].line - 1].icmp = false;
		}
		warned += diags.count;
		for (int i = 0; diags.count && i < 100; i++) {
			__u32 guard = i % 2 ? GUARD_ingress : GUARD_egress;
			struct flow flow = draw_any_flow(guard);

			if (naive_match(&without.policy, guard, &flow) != naive_match(&f.policy, guard, &flow))
				fail_msg("policy %llu, try %d", (unsigned long long)number, i);
		}
		teardown(NULL);
		diags = (struct diags) { 0 };
	}
	print_message("# %lu warned about\n", warned);
	assert_true(warned > 1000);
}

static void check_table(const struct net_table *table)
{
	for (size_t i = 0; i < table->n_rows; i++) {
		const struct trie_row *row = &table->rows[i];

		assert_int_equal(row->net.family == AF_INET, i < table->n_rows4);
		assert_true(naive_unmapped(&row->net).family == row->net.family);
		assert_in_range(row->span.count, 0, SPAN_MAX);
		assert_true(row->span.first + row->span.count <= rules->n_ports);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(&row->net, &table->rows[j].net, sizeof(row->net));
	}
}

/* What the kernel side relies on, and rules_match() would not show. */
static void rows_are_sorted_unique_and_in_bounds(void **state)
{
	static struct fixture f;

	(void)state;
	for (naive_seed = 1; naive_seed < 500; naive_seed++) {
		__u64 number = naive_seed;

		draw_policy(&f);
		assert_int_equal(rules_compile(&f.policy, &diags, &rules), 0);
		check_table(&rules->egress);
		check_table(&rules->ingress);
		for (size_t i = 0; i < rules->n_ports; i++) {
			const struct port_rule *port = &rules->ports[i];

			assert_true(port->lo <= port->hi);
			assert_true(port->proto == 0 || port->proto == IPPROTO_TCP || port->proto == IPPROTO_UDP ||
				    (port->proto == IPPROTO_ICMP && !port->lo && port->hi == 65535));
			assert_int_equal(port->pad, 0);
		}
		teardown(NULL);
		diags = (struct diags) { 0 };
		naive_seed = number;
	}
}

static void allow_union_of_nested_networks(void **state)
{
	(void)state;
	assert_int_equal(compile("    - {to: 10.0.0.0/8, port: 53, proto: udp}\n"
				 "    - {to: 10.1.0.0/16, port: 443, proto: tcp}\n"
				 "    - {to: 10.1.2.3, port: 22, proto: tcp}\n"), 0);
	assert_int_equal(rules->egress.n_rows, 3);
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
	assert_int_equal(rules->egress.n_rows, 3);
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
	assert_int_equal(rules->egress.n_rows4, 2);
	assert_true(match("192.0.2.9", 1, IPPROTO_TCP));
	assert_true(match("::ffff:192.0.2.9", 1, IPPROTO_TCP));
	assert_true(match("::ffff:198.51.100.9", 2, IPPROTO_TCP));
	assert_true(match("2001:db8::1", 3, IPPROTO_TCP));
	assert_false(match("192.0.2.9", 3, IPPROTO_TCP));
	assert_false(match("::ffff:192.0.2.9", 3, IPPROTO_TCP));
}

/* Nested networks list what is special only from within it. */
static void deny_special_addresses_to_wider_networks(void **state)
{
	(void)state;
	assert_int_equal(compile("    - {to: [0.0.0.0/0, 224.0.0.0/3, \"::/0\", \"fe00::/7\"], port: 1}\n"
				 "    - {to: [224.0.0.251, 255.255.255.255, \"fe80::/10\", \"ff02::/16\"], port: 2}\n"), 0);
	assert_true(match("223.255.255.255", 1, IPPROTO_UDP));
	assert_true(match("240.0.0.1", 1, IPPROTO_UDP));
	assert_true(match("255.255.255.254", 1, IPPROTO_UDP));
	assert_true(match("169.254.169.254", 1, IPPROTO_TCP));
	assert_false(match("255.255.255.255", 1, IPPROTO_UDP));
	assert_false(match("::ffff:255.255.255.255", 1, IPPROTO_UDP));
	assert_true(match("::ffff:255.255.255.255", 2, IPPROTO_UDP));
	assert_false(match("224.0.0.251", 1, IPPROTO_UDP));
	assert_true(match("224.0.0.251", 2, IPPROTO_UDP));
	assert_false(match("224.0.0.252", 2, IPPROTO_UDP));
	assert_false(match("239.255.255.255", 1, IPPROTO_UDP));
	assert_true(match("fe7f::1", 1, IPPROTO_UDP));
	assert_true(match("fec0::1", 1, IPPROTO_UDP));
	assert_false(match("fe80::1", 1, IPPROTO_UDP));
	assert_true(match("febf::1", 2, IPPROTO_UDP));
	assert_false(match("ff02::1", 1, IPPROTO_UDP));
	assert_true(match("ff02::1", 2, IPPROTO_UDP));
	assert_false(match("ff05::1", 2, IPPROTO_UDP));
}

static void allow_translated_addresses_only_if_both_are_listed(void **state)
{
	static const struct { const char *inner, *without; } rows[] = {
		{ "2002:c000:201::1", "2002:c000:202::1" }, { "64:ff9b::192.0.2.1", "64:ff9b::192.0.2.2" },
		{ "64:ff9b:1::192.0.2.1", "64:ff9b:1:7::192.0.2.2" }, { "::192.0.2.1", "::192.0.2.2" },
	};

	(void)state;
	assert_int_equal(compile("    - {to: [\"::/0\", \"64:ff9b:1::/48\"], port: 1-3}\n"
				 "    - {to: 192.0.2.1, port: 2-4}\n"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_true(match(rows[i].inner, 2, IPPROTO_UDP));
		assert_false(match(rows[i].inner, 1, IPPROTO_UDP));
		assert_false(match(rows[i].inner, 4, IPPROTO_UDP));
		assert_false(match(rows[i].without, 2, IPPROTO_UDP));
	}
	assert_true(match("2003:c000:202::1", 1, IPPROTO_UDP));
	assert_true(match("64:ff9b:2::192.0.2.2", 1, IPPROTO_UDP));
	assert_true(match("64:ff9b:0:1::192.0.2.2", 1, IPPROTO_UDP));
	assert_true(match("::1", 1, IPPROTO_UDP));
	assert_true(match("::", 1, IPPROTO_UDP));
	assert_false(match("::2", 1, IPPROTO_UDP));
	assert_true(match("::1:192.0.2.2", 1, IPPROTO_UDP));
}

static void allow_the_program_and_user_of_an_entry_only(void **state)
{
	(void)state;
	assert_int_equal(compile("    - {to: 192.0.2.1, port: 1, by: [/a, /b]}\n"
				 "    - {to: 192.0.2.1, port: 2, user: [7, 9]}\n"
				 "    - {to: 192.0.2.1, port: 3, by: /b, user: 7}\n"
				 "    - {to: 192.0.2.0/24, port: 4}\n"), 0);
	assert_true(rules->by && rules->user);
	assert_true(match_for("192.0.2.1", 1, IPPROTO_TCP, 1, 5));
	assert_true(match_for("192.0.2.1", 1, IPPROTO_TCP, 2, 5));
	assert_false(match_for("192.0.2.1", 1, IPPROTO_TCP, 0, 5));
	assert_true(match_for("192.0.2.1", 2, IPPROTO_TCP, 0, 9));
	assert_false(match_for("192.0.2.1", 2, IPPROTO_TCP, 1, 8));
	assert_true(match_for("192.0.2.1", 3, IPPROTO_TCP, 2, 7));
	assert_false(match_for("192.0.2.1", 3, IPPROTO_TCP, 1, 7));
	assert_false(match_for("192.0.2.1", 3, IPPROTO_TCP, 2, 9));
	assert_true(match_for("192.0.2.1", 4, IPPROTO_TCP, 0, 5));
	assert_false(match_for("192.0.2.2", 3, IPPROTO_TCP, 2, 7));
}

/* What any program may needs no rows for some. */
static void merge_what_is_allowed_to_some_and_to_all(void **state)
{
	(void)state;
	assert_int_equal(compile("    - {to: 192.0.2.1, port: 1-9, by: [/a, /b], user: 7}\n"
				 "    - {to: 192.0.2.1, port: 5, user: 7}\n"
				 "    - {to: 192.0.2.1, port: 1-10}\n"), 0);
	assert_int_equal(rules->n_ports, 1);
	assert_false(rules->by || rules->user);
	assert_int_equal(diags.count, 2);
}

static void drop_networks_that_say_what_the_one_around_says(void **state)
{
	(void)state;
	assert_int_equal(compile("    - {to: [10.0.0.0/8, 10.1.0.0/16, 10.1.2.3], port: 1}\n"
				 "    - {to: 10.1.2.0/24, port: 2}\n"), 0);
	/* 10.1.2.3 says what 10.1.2.0/24 says. */
	assert_int_equal(rules->egress.n_rows, 2);
	assert_true(match("10.1.2.3", 1, IPPROTO_TCP) && match("10.1.2.3", 2, IPPROTO_TCP));
	assert_int_equal(diags.count, 0);
}

static void warn_of_shadowed_entries_with_both_lines(void **state)
{
	(void)state;
	assert_int_equal(compile("    - {to: 10.1.0.0/16, port: 80, proto: tcp, by: /a}\n"	/* line 11 */
				 "    - {to: [10.0.0.0/8, 172.16.0.0/12], port: [80, 443], proto: tcp}\n"
				 "    - {to: 10.2.0.0/16, port: 80}\n"
				 "    - {to: [10.3.0.0/16, 172.16.0.1], port: 443, proto: tcp}\n"
				 "    - {to: [172.16.0.0/12, 10.0.0.0/8], port: [443, 80], proto: tcp}\n"), 0);
	assert_int_equal(diags.count, 3);
	assert_int_equal(diags.errors, 0);
	assert_int_equal(diags.list[0].line, 11);
	assert_non_null(strstr(diags.list[0].text, "that the one in line 12 doesn't"));
	assert_int_equal(diags.list[1].line, 14);
	assert_int_equal(diags.list[2].line, 15);
	assert_non_null(strstr(diags.list[2].text, "line 12"));
}

static void deny_everything_without_entries(void **state)
{
	const struct flow unix_flow = { .family = AF_UNIX, .addr = { 127, 0, 0, 1 }, .port = 80 };

	(void)state;
	assert_int_equal(compile("    []\n"), 0);
	assert_int_equal(rules->egress.n_rows, 0);
	assert_false(match("127.0.0.1", 80, IPPROTO_TCP));
	assert_false(match("::1", 80, IPPROTO_UDP));
	assert_false(rules_match(rules, GUARD_egress, &unix_flow));
}

static void allow_icmp_where_it_is_listed_only(void **state)
{
	(void)state;
	assert_int_equal(compile("    - {to: 192.0.2.1}\n"
				 "    - {to: 192.0.2.2, proto: icmp}\n"
				 "    - {to: \"2001:db8::/32\", proto: [icmpv6, tcp], port: 7}\n"), 0);
	assert_false(match("192.0.2.1", 0, IPPROTO_ICMP));
	assert_true(match("192.0.2.1", 0, IPPROTO_UDP));
	assert_true(match("192.0.2.2", 0, IPPROTO_ICMP));
	assert_false(match("192.0.2.2", 7, IPPROTO_UDP));
	assert_true(match("2001:db8::1", 9, IPPROTO_ICMP));
	assert_true(match("2001:db8::1", 7, IPPROTO_TCP));
	assert_false(match("2001:db8::1", 9, IPPROTO_TCP));
}

/* Of every protocol, but never joined with another one. */
static void warn_of_icmp_that_is_listed_twice(void **state)
{
	(void)state;
	assert_int_equal(compile("    - {to: 192.0.2.0/24, proto: [tcp, udp, icmp]}\n"
				 "    - {to: 192.0.2.1, proto: icmp}\n"
				 "    - {to: 192.0.2.2}\n"
				 "    - {to: 192.0.3.1}\n"
				 "    - {to: 192.0.3.1, proto: icmp}\n"), 0);
	assert_int_equal(diags.count, 2);
	assert_int_equal(diags.list[0].line, 12);
	assert_int_equal(diags.list[1].line, 13);
	assert_int_equal(rules->n_ports, 2);
}

static void allow_sources_apart_from_destinations(void **state)
{
	(void)state;
	assert_int_equal(compile_for(GUARD_ingress, "    - {from: 10.0.0.0/8, port: 22, proto: tcp}\n"
				     "    - {from: \"2001:db8::/32\", port: 53}\n"
				     "    - {from: 10.1.0.0/16, port: 22, proto: tcp}\n"
				     "    - {from: 192.0.2.1, proto: icmp}\n"), 0);
	assert_int_equal(rules->egress.n_rows, 0);
	assert_false(match("10.0.0.1", 22, IPPROTO_TCP));
	assert_true(match_in("10.0.0.1", 22, IPPROTO_TCP));
	assert_false(match_in("10.0.0.1", 53, IPPROTO_TCP));
	assert_false(match_in("11.0.0.1", 22, IPPROTO_TCP));
	assert_true(match_in("2001:db8::1", 53, IPPROTO_UDP));
	assert_true(match_in("192.0.2.1", 0, IPPROTO_ICMP));
	assert_false(match_in("10.0.0.1", 0, IPPROTO_ICMP));
	/* Who listens. */
	assert_true(match_in("255.255.255.255", 22, IPPROTO_TCP));
	assert_false(match_in("255.255.255.255", 22, IPPROTO_UDP));
	assert_true(match_in("255.255.255.255", 53, IPPROTO_UDP));
	assert_false(match_in("255.255.255.255", 54, IPPROTO_UDP));
	assert_int_equal(diags.count, 1);
	assert_int_equal(diags.list[0].line, 13);
	assert_non_null(strstr(diags.list[0].text, "entry of 'ingress.allow' allows nothing that the one in line 11"));
}

/* Where all sources are IPv6 ones, too; and nobody where there are none. */
static void allow_listeners_of_any_family(void **state)
{
	(void)state;
	assert_int_equal(compile_for(GUARD_ingress, "    - {from: \"::/0\", port: 80, by: /a, user: 7}\n"), 0);
	assert_true(rules->by && rules->user);
	assert_true(match_of(GUARD_ingress, "255.255.255.255", 80, IPPROTO_TCP, 1, 7));
	assert_false(match_of(GUARD_ingress, "255.255.255.255", 80, IPPROTO_TCP, 0, 7));
	assert_false(match_of(GUARD_ingress, "255.255.255.255", 80, IPPROTO_TCP, 1, 8));
	assert_false(match_of(GUARD_ingress, "255.255.255.254", 80, IPPROTO_TCP, 1, 7));
	teardown(NULL);
	assert_int_equal(compile_for(GUARD_ingress, "    []\n"), 0);
	assert_int_equal(rules->ingress.n_rows, 0);
	assert_false(match_in("255.255.255.255", 80, IPPROTO_TCP));
}

/* Each network has few, and all together too many for who listens. */
static void deny_more_port_rules_than_a_listener_can_be_asked_for(void **state)
{
	char text[16384];
	size_t len = 0;

	(void)state;
	for (int i = 0; i <= SPAN_MAX; i++)
		len += sprintf(text + len, "    - {from: 10.0.0.%d, port: %d}\n", i, 2 * i + 1);
	assert_int_equal(compile_for(GUARD_ingress, text), -EINVAL);
	assert_int_equal(diags.errors, 1);
	assert_int_equal(diags.list[0].line, 11 + SPAN_MAX);
	assert_non_null(strstr(diags.list[0].text, "for all who may be there in 'ingress.allow'"));
	teardown(NULL);
	diags = (struct diags) { 0 };
	*(strrchr(text, '-') - 4) = 0;
	assert_int_equal(compile_for(GUARD_ingress, text), 0);
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
			       "10.0.0.0/8 in 'egress.allow'"));
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
	struct port_range ports[] = { { 443, 443 }, { 80, 80 } };
	struct policy policy = { .files = { "t.yaml" }, .egress = list, .n_egress = MANY };
	struct timespec start, end;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		to[i] = (struct cidr) {
			.family = AF_INET, .len = 24 + i % 9,
			.addr = { 10 + i % 3, i >> 12, i >> 4, (i << 4) & (0xff00 >> i % 9) },
		};
		list[i] = (struct egress_rule) {
			.to = &to[i], .n_to = 1, .ports = &ports[i % 7 % 2], .n_ports = 1, .tcp = true,
		};
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	assert_int_equal(rules_compile(&policy, &diags, &rules), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	assert_true(end.tv_sec - start.tv_sec < 2);
	print_message("# %zu networks\n", rules->egress.n_rows);
	assert_true(rules->egress.n_rows > MANY / 3);
	/* Of either port, and of both. */
	assert_int_equal(rules->n_ports, 4);
	for (int i = 0; i < MANY; i += 997) {
		struct flow flow = { .family = AF_INET, .port = ports[i % 7 % 2].lo, .proto = IPPROTO_TCP };

		memcpy(flow.addr, to[i].addr, 4);
		assert_true(rules_match(rules, GUARD_egress, &flow));
	}
	assert_false(match("9.0.0.1", 443, IPPROTO_TCP));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(random_policies_agree_with_the_naive_matcher),
		TEST(entries_that_are_warned_about_allow_nothing),
		TEST(rows_are_sorted_unique_and_in_bounds),
		TEST(allow_union_of_nested_networks),
		TEST(merge_ports_and_store_equal_spans_once),
		TEST(allow_mapped_addresses_as_v4),
		TEST(deny_special_addresses_to_wider_networks),
		TEST(allow_translated_addresses_only_if_both_are_listed),
		TEST(allow_the_program_and_user_of_an_entry_only),
		TEST(merge_what_is_allowed_to_some_and_to_all),
		TEST(drop_networks_that_say_what_the_one_around_says),
		TEST(warn_of_shadowed_entries_with_both_lines),
		TEST(deny_everything_without_entries),
		TEST(allow_icmp_where_it_is_listed_only),
		TEST(warn_of_icmp_that_is_listed_twice),
		TEST(allow_sources_apart_from_destinations),
		TEST(allow_listeners_of_any_family),
		TEST(deny_more_port_rules_than_a_listener_can_be_asked_for),
		TEST(deny_more_port_rules_than_a_span_holds),
		TEST(deny_one_entry_with_too_many_ports),
		TEST(hundred_thousand_networks_compile_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
