// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_packet_test.c - packets that end elsewhere than the hooks on connect and sendmsg were told are refused.
 * Boots: plain
 * Kernels: 6.1 7
 * Long boots: lockdown
 *
 * Each way is tried before the load, where its packet must arrive, and loaded, where none may; its twin, which differs in
 * where it ends, or in the one thing that makes it end elsewhere, must arrive.
 */
#include "child.h"
#include "packets.h"
#include "send_packet.h"
#include "util.h"

#define POLICY_HERE(mode, more)									\
	"version: 1\nname: packet\n"								\
	"exec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"			\
	"egress:\n  mode: " mode "\n  allow:\n" ALLOW_PEER					\
	"    - { to: [10.11.0.2, \"fd11::2\"], port: 8000-8099 }\n" more			\
	"  sockets:\n"										\
	"    - {family: inet, type: raw}\n    - {family: inet6, type: raw}\n"			\
	"    - {family: inet, type: dgram, proto: icmp}\n"					\
	"    - {family: inet6, type: dgram, proto: icmpv6}\n"					\
	"ingress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n"
#define ALLOW_ICMP	"    - { to: [10.11.0.2, \"fd11::2\"], proto: icmp }\n"

/* Where packets for a listed port of a listed host really go. */
#define TO_UNLISTED	8001
#define TO_LISTED	8002
#define TO_PORT		8003

static struct wire wire;

#define TRANSLATE(family, listed, from, to)							\
	"\t\t" family " daddr " listed " meta l4proto { tcp, udp } th dport " from " dnat " family " to " to "\n"
#define TRANSLATIONS										\
	TRANSLATE("ip", "10.11.0.2", "8001", "10.12.0.2:8000")					\
	TRANSLATE("ip", "10.11.0.2", "8002", "10.11.0.2:8000")					\
	TRANSLATE("ip", "10.11.0.2", "8003", "10.11.0.2:8100")					\
	TRANSLATE("ip6", "fd11::2", "8001", "[fd12::2]:8000")					\
	TRANSLATE("ip6", "fd11::2", "8002", "[fd11::2]:8000")					\
	TRANSLATE("ip6", "fd11::2", "8003", "[fd11::2]:8100")

/* A destination: which network, and port; 0: there are none. */
struct end {
	int network;
	__u16 port;
};

struct attack {
	const char *name;
	enum form form;
	int proto;				/* IPPROTO_* */
	int (*send)(const struct dest *to);
	struct end asked, real;			/* what it asks for, and where that leads to */
	int err;				/* what the sender is told; TCP only tries again */
	const char *reason;
	int (*twin)(const struct dest *to);
	struct end twin_asked, twin_real;
};

#define TRANSLATED(form, proto, send, err)							\
	{ #send "_translated_address", form, proto, send, { LISTED, TO_UNLISTED }, { UNLISTED, 8000 }, err, "unlisted",	\
	  send, { LISTED, TO_LISTED }, { LISTED, 8000 } },					\
	{ #send "_translated_port", form, proto, send, { LISTED, TO_PORT }, { LISTED, 8100 }, err, "unlisted",	\
	  send, { LISTED, TO_LISTED }, { LISTED, 8000 } }
#define ROUTED(form, send, real)								\
	{ #send, form, IPPROTO_UDP, send, { LISTED, 8000 }, { real, 8000 }, EPERM, "source-route",	\
	  udp_sendmsg, { LISTED, 8000 }, { LISTED, 8000 } }
#define RAW(form, proto, send)									\
	{ #send "_address", form, proto, send, { UNLISTED, 8000 }, { UNLISTED, 8000 }, EPERM, "unlisted",	\
	  send, { LISTED, 8000 }, { LISTED, 8000 } },						\
	{ #send "_port", form, proto, send, { LISTED, 8100 }, { LISTED, 8100 }, EPERM, "unlisted",	\
	  send, { LISTED, 8099 - 1 }, { LISTED, 8099 - 1 } }
#define ECHO(form, proto, send, err)								\
	{ #send, form, proto, send, { UNLISTED, 0 }, { UNLISTED, 0 }, err, "unlisted",	\
	  send, { LISTED, 0 }, { LISTED, 0 } }

static const struct attack attacks[] = {
	TRANSLATED(V4, IPPROTO_TCP, tcp_begin, 0),
	TRANSLATED(V6, IPPROTO_TCP, tcp_begin, 0),
	TRANSLATED(MAPPED, IPPROTO_TCP, tcp_begin, 0),
	TRANSLATED(V4, IPPROTO_UDP, udp_sendto, EPERM),
	TRANSLATED(V6, IPPROTO_UDP, udp_sendto, EPERM),
	TRANSLATED(V4, IPPROTO_UDP, udp_connect, EPERM),
	TRANSLATED(V6, IPPROTO_UDP, udp_connect, EPERM),
	ROUTED(V4, udp_loose_route, UNLISTED),
	ROUTED(V4, udp_strict_route, UNLISTED),
	ROUTED(V4, udp_record_route, LISTED),
	ROUTED(V6, udp_routing_header, UNLISTED),
	RAW(V4, IPPROTO_TCP, raw_tcp),
	RAW(V6, IPPROTO_TCP, raw_tcp),
	RAW(V4, IPPROTO_UDP, raw_udp),
	RAW(V6, IPPROTO_UDP, raw_udp),
	RAW(V4, IPPROTO_UDP, raw_own_header),
};

static const struct attack echoes[] = {
	ECHO(V4, IPPROTO_ICMP, ping, EPERM),
	/* ping_v6_sendmsg() does not ask what became of the packet. */
	ECHO(V6, IPPROTO_ICMPV6, ping, 0),
	ECHO(V4, IPPROTO_ICMP, raw_ping, EPERM),
	ECHO(V6, IPPROTO_ICMPV6, raw_ping, EPERM),
};

static struct dest dest_of(const struct attack *attack, const struct end *end)
{
	return dest(attack->form, end->network == LISTED ? forms[attack->form].listed : forms[attack->form].unlisted, "2",
		    end->port);
}

/* What the other host sees of it. */
static struct seen seen_of(const struct attack *attack, const struct end *end)
{
	enum form form = attack->form == V6 ? V6 : V4;
	struct seen seen = { .proto = attack->proto, .to_port = end->port };

	seen.icmp = form == V6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	seen.to = dest(form, end->network == LISTED ? forms[form].listed : forms[form].unlisted, "2", 0);
	return seen;
}

static int launch(const struct attack *attack, int (*send)(const struct dest *to), const struct end *end)
{
	const struct linger reset = { .l_onoff = 1 };
	struct dest to = dest_of(attack, end);
	int fd = send(&to);

	if (fd < 0)
		return -fd;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	return 0;
}

static void expect_arrival(const struct attack *attack, int (*send)(const struct dest *to), const struct end *asked,
			   const struct end *real)
{
	struct seen seen = seen_of(attack, real);

	packets_arrived(&wire, &seen);
	assert_int_equal(launch(attack, send, asked), 0);
	assert_true(packets_arrived(&wire, &seen) > 0);
}

/* A connection that audit lets stand is more than one packet. */
static struct json_object *take_record(const struct mark *before, const struct attack *attack, bool denied)
{
	struct json_object *list, *record;

	if (denied || attack->proto != IPPROTO_TCP || attack->send != tcp_begin)
		return assert_recorded(before, GUARD_egress, denied, attack->reason, 1);
	list = records_since(before, GUARD_egress);
	assert_true(json_object_array_length(list) > 0);
	record = json_object_get(json_object_array_get_idx(list, 0));
	assert_field(record, "action", "would-deny");
	assert_field(record, "reason", attack->reason);
	json_object_put(list);
	return record;
}

static void expect_refusal(const struct attack *attack, const struct end *asked, const struct end *real, bool denied)
{
	static const char *const protos[] = {
		[IPPROTO_TCP] = "tcp", [IPPROTO_UDP] = "udp", [IPPROTO_ICMP] = "icmp", [IPPROTO_ICMPV6] = "icmpv6",
	};
	struct seen seen = seen_of(attack, real);
	struct mark before = mark();
	struct json_object *record;
	char text[64];

	packets_arrived(&wire, &seen);
	assert_int_equal(launch(attack, attack->send, asked), denied ? attack->err : 0);
	assert_int_equal(packets_arrived(&wire, &seen) > 0, !denied);
	record = take_record(&before, attack, denied);
	inet_ntop(seen.to.at.ss_family, seen.to.at.ss_family == AF_INET ? (void *)&((struct sockaddr_in *)&seen.to.at)->sin_addr :
		  (void *)&((struct sockaddr_in6 *)&seen.to.at)->sin6_addr, text, sizeof(text));
	assert_field(record, "hook", "skb_egress");
	assert_other_end(record, protos[attack->proto], text, real->port);
	assert_field(record, "uid", "0");
	assert_rule(record, strcmp(attack->reason, "unlisted") ? "  mode:" : "  allow:");
	json_object_put(record);
}

static void allow_before_load(void **state)
{
	const struct attack *attack = *state;

	expect_arrival(attack, attack->send, &attack->asked, &attack->real);
}

static void deny_attack(void **state)
{
	const struct attack *attack = *state;

	expect_refusal(attack, &attack->asked, &attack->real, /* denied= */ true);
}

static void allow_twin(void **state)
{
	const struct attack *attack = *state;
	struct mark before = mark();

	expect_arrival(attack, attack->twin, &attack->twin_asked, &attack->twin_real);
	assert_undisturbed(&before, GUARD_egress);
}

/* TCP and UDP are listed there, and that is not ICMP. */
static void deny_twin_without_an_entry_for_icmp(void **state)
{
	const struct attack *attack = *state;

	expect_refusal(attack, &attack->twin_asked, &attack->twin_real, /* denied= */ true);
}

static void allow_but_record_in_audit(void **state)
{
	const struct attack *attack = *state;

	expect_refusal(attack, &attack->asked, &attack->real, /* denied= */ false);
}

/* Of a later fragment no port is known, and a rule that has ports is not for it.  Who translates gathers them first. */
static void deny_later_fragments(void **state)
{
	static const struct attack fragment = {
		"fragment", V4, IPPROTO_UDP, raw_later_fragment, { LISTED, 8000 }, { LISTED, 0 }, EPERM, "unlisted", NULL, {}, {},
	};

	(void)state;
	expect_refusal(&fragment, &fragment.asked, &fragment.real, /* denied= */ true);
}

static int set_up(void **state)
{
	(void)state;
	wire_open(&wire);
	packets_translate(TRANSLATIONS);
	return 0;
}

static int load(void **state)
{
	(void)state;
	load_text(POLICY_HERE("enforce", ""));
	return 0;
}

static int load_with_icmp(void **state)
{
	(void)state;
	packets_translate_no_more();
	load_text(POLICY_HERE("enforce", ALLOW_ICMP));
	return 0;
}

static int load_audit(void **state)
{
	(void)state;
	load_text(POLICY_HERE("audit", ""));
	return 0;
}

static int tear_down(void **state)
{
	unload(state);
	wire_close();
	return 0;
}

/* One test of each row; its place after them. */
static struct CMUnitTest *tests_of(struct CMUnitTest *next, const struct attack *rows, size_t count, const char *verdict,
				   const char *which, CMUnitTestFunction function)
{
	char name[128];

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s_%s", rows[i].name, forms[rows[i].form].name);
		*next++ = test_of_row(verdict, name, which, function, &rows[i]);
	}
	return next;
}

#define ATTACKS	attacks, ARRAY_SIZE(attacks)
#define ECHOES	echoes, ARRAY_SIZE(echoes)

int main(void)
{
	struct CMUnitTest unloaded[ARRAY_SIZE(attacks) + ARRAY_SIZE(echoes)], audited[ARRAY_SIZE(unloaded)];
	struct CMUnitTest loaded[2 * ARRAY_SIZE(attacks) + 2 * ARRAY_SIZE(echoes)], with_icmp[2 * ARRAY_SIZE(echoes) + 1], *next;
	int failed;

	tests_of(tests_of(unloaded, ATTACKS, "allow", "before_load", allow_before_load), ECHOES, "allow", "before_load",
		 allow_before_load);
	next = tests_of(loaded, ATTACKS, "deny", "", deny_attack);
	next = tests_of(next, ATTACKS, "allow", "twin", allow_twin);
	next = tests_of(next, ECHOES, "deny", "", deny_attack);
	tests_of(next, ECHOES, "deny", "twin_without_an_entry", deny_twin_without_an_entry_for_icmp);
	next = tests_of(with_icmp, ECHOES, "deny", "with_an_entry_elsewhere", deny_attack);
	next = tests_of(next, ECHOES, "allow", "twin", allow_twin);
	*next = (struct CMUnitTest)cmocka_unit_test(deny_later_fragments);
	tests_of(tests_of(audited, ATTACKS, "allow", "in_audit", allow_but_record_in_audit), ECHOES, "allow", "in_audit",
		 allow_but_record_in_audit);
	failed = cmocka_run_group_tests(unloaded, set_up, NULL);
	failed += cmocka_run_group_tests(loaded, load, NULL);
	failed += cmocka_run_group_tests(audited, load_audit, NULL);
	return failed + cmocka_run_group_tests(with_icmp, load_with_icmp, tear_down);
}
