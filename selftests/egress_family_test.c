// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_family_test.c - sockets of every family but those that need no entry are refused and recorded by name, unless
 * egress.sockets lists them, for everybody or for one program.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 */
#include "child.h"
#include "scan.h"
#include "sealing.h"
#include "util.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define OTHER		"/tmp/other_program"
#define POLICY_HERE(egress, rest)								\
	"version: 1\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"	\
	"egress:\n  " egress "\ningress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n" rest
#define TOLERATED	", \"off:exec\", \"off:ptrace\", \"off:modules\", \"off:ingress\", \"off:kernel\", \"off:data\""

/* `%1$s` is this program. */
#define LISTED										\
	"  sockets:\n"									\
	"    - {family: alg}\n"								\
	"    - {family: inet, type: dgram, proto: udplite}\n"				\
	"    - {family: bluetooth, type: raw, proto: 1}\n"				\
	"    - {family: packet, by: %1$s}\n"						\
	"    - {family: inet, type: raw, proto: icmp, by: %1$s}\n"			\
	"    - {family: 38, by: %1$s}\n"						\
	"    - {family: inet6, type: raw, proto: icmpv6, by: " OTHER "}\n"		\
	"    - {family: vsock, by: " OTHER "}\n"					\
	"    - {family: can, by: /no/such/program, optional: yes}\n"

enum who { NOBODY_MAY, ALL_MAY, THIS_MAY, OTHER_MAY };

static const struct ask {
	const char *name;
	int family, type, proto;
	enum who who;
	const char *words[3];	/* family, type and protocol, as records have them */
} asks[] = {
	{ "packet_raw", AF_PACKET, SOCK_RAW, 0x0300, THIS_MAY, { "packet", "raw", "768" } },
	{ "packet_dgram", AF_PACKET, SOCK_DGRAM, 0x0608, THIS_MAY, { "packet", "dgram", "1544" } },
	/* What the kernel makes a packet socket of. */
	{ "inet_packet", AF_INET, SOCK_PACKET, 0x0300, THIS_MAY, { "packet", "packet", "768" } },
	{ "vsock", AF_VSOCK, SOCK_STREAM, 0, OTHER_MAY, { "vsock", "stream", "0" } },
	{ "vsock_dgram", AF_VSOCK, SOCK_DGRAM, 0, OTHER_MAY, { "vsock", "dgram", "0" } },
	{ "xdp", 44, SOCK_RAW, 0, NOBODY_MAY, { "xdp", "raw", "0" } },
	{ "alg", AF_ALG, SOCK_SEQPACKET, 0, ALL_MAY, { "alg", "seqpacket", "0" } },
	{ "key", AF_KEY, SOCK_RAW, 2, NOBODY_MAY, { "key", "raw", "2" } },
	{ "bluetooth_l2cap", AF_BLUETOOTH, SOCK_SEQPACKET, 0, NOBODY_MAY, { "bluetooth", "seqpacket", "0" } },
	{ "bluetooth_hci_dgram", AF_BLUETOOTH, SOCK_DGRAM, 1, NOBODY_MAY, { "bluetooth", "dgram", "1" } },
	{ "bluetooth_hci", AF_BLUETOOTH, SOCK_RAW, 1, ALL_MAY, { "bluetooth", "raw", "1" } },
	{ "rds", AF_RDS, SOCK_SEQPACKET, 0, NOBODY_MAY, { "rds", "seqpacket", "0" } },
	{ "tipc", AF_TIPC, SOCK_RDM, 0, NOBODY_MAY, { "tipc", "rdm", "0" } },
	{ "smc", 43, SOCK_STREAM, 0, NOBODY_MAY, { "smc", "stream", "0" } },
	{ "can", AF_CAN, SOCK_RAW, 1, NOBODY_MAY, { "can", "raw", "1" } },
	{ "qipcrtr", 42, SOCK_DGRAM, 0, NOBODY_MAY, { "qipcrtr", "dgram", "0" } },
	{ "pppox", AF_PPPOX, SOCK_STREAM, 0, NOBODY_MAY, { "pppox", "stream", "0" } },
	{ "kcm", 41, SOCK_DGRAM, 0, NOBODY_MAY, { "kcm", "dgram", "0" } },
	{ "x25", AF_X25, SOCK_SEQPACKET, 0, NOBODY_MAY, { "x25", "seqpacket", "0" } },
	{ "unspec", AF_UNSPEC, SOCK_STREAM, 0, NOBODY_MAY, { "unspec", "stream", "0" } },
	{ "inet_icmp", AF_INET, SOCK_RAW, IPPROTO_ICMP, THIS_MAY, { "inet", "raw", "icmp" } },
	{ "inet_ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP, NOBODY_MAY, { "inet", "dgram", "icmp" } },
	{ "inet6_icmp", AF_INET6, SOCK_RAW, IPPROTO_ICMP, NOBODY_MAY, { "inet6", "raw", "icmp" } },
	{ "inet_raw", AF_INET, SOCK_RAW, IPPROTO_RAW, NOBODY_MAY, { "inet", "raw", "raw" } },
	{ "inet6_icmpv6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, OTHER_MAY, { "inet6", "raw", "icmpv6" } },
	{ "inet_udplite", AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, ALL_MAY, { "inet", "dgram", "udplite" } },
	{ "inet6_udplite", AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE, NOBODY_MAY, { "inet6", "dgram", "udplite" } },
	/* A protocol that is left to the kernel is the type's own. */
	{ "inet_seqpacket", AF_INET, SOCK_SEQPACKET, 0, NOBODY_MAY, { "inet", "seqpacket", "sctp" } },
	{ "inet_smc", AF_INET, SOCK_STREAM, 256, NOBODY_MAY, { "inet", "stream", "smc" } },
	{ "inet_negative", AF_INET, SOCK_RAW, -1, NOBODY_MAY, { "inet", "raw", "65535" } },
	/* What needs no entry. */
	{ "unix_stream", AF_UNIX, SOCK_STREAM, 0, ALL_MAY, {} },
	{ "unix_seqpacket", AF_UNIX, SOCK_SEQPACKET, 0, ALL_MAY, {} },
	{ "netlink_raw", AF_NETLINK, SOCK_RAW, 0, ALL_MAY, {} },
	{ "netlink_dgram", AF_NETLINK, SOCK_DGRAM, 15, ALL_MAY, {} },
	{ "inet_stream", AF_INET, SOCK_STREAM, 0, ALL_MAY, {} },
	{ "inet6_udp", AF_INET6, SOCK_DGRAM, IPPROTO_UDP, ALL_MAY, {} },
};

static int unloaded[ARRAY_SIZE(asks)];	/* what each gave before the load */
static char self[256];

static int try_ask(const struct ask *ask)
{
	int fd = socket(ask->family, ask->type | SOCK_CLOEXEC, ask->proto);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* As the other program. */
static int try_elsewhere(const struct ask *ask)
{
	char number[16];

	snprintf(number, sizeof(number), "%zu", (size_t)(ask - asks));
	return RUN(OTHER, "--try", number)->status;
}

static void load_list(const char *format)
{
	char text[4096];

	snprintf(text, sizeof(text), format, self);
	load_text(text);
}

static int load_listed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(asks); i++)
		unloaded[i] = try_ask(&asks[i]);
	load_list(POLICY_HERE("mode: enforce\n  allow: []\n" LISTED, ""));
	return 0;
}

static void expect_asked(const struct ask *ask, bool allowed, int (*try)(const struct ask *ask), bool *ret_refused)
{
	int before = unloaded[ask - asks];
	struct mark from = mark();
	struct json_object *record;

	*ret_refused = !allowed;
	if (allowed) {
		assert_int_equal(try(ask), before);
		assert_undisturbed(&from, GUARD_egress);
		return;
	}
	assert_int_equal(try(ask), EPERM);
	record = assert_refused(&from, GUARD_egress, "socket-type", 1);
	assert_field(record, "hook", "socket_create");
	assert_field(record, "object.family", ask->words[0]);
	assert_field(record, "object.type", ask->words[1]);
	assert_field(record, "object.proto", ask->words[2]);
	assert_field(record, "rule.line", "8");
	json_object_put(record);
}

/* By this program, and by the other. */
static void judge_ask(void **state)
{
	const struct ask *ask = *state;
	bool refused;

	expect_asked(ask, ask->who == ALL_MAY || ask->who == THIS_MAY, try_ask, &refused);
	expect_asked(ask, ask->who == ALL_MAY || ask->who == OTHER_MAY, try_elsewhere, &refused);
}

static int open_packet(const void *arg)
{
	(void)arg;
	return try_ask(&asks[0]);
}

static int open_xdp(const void *arg)
{
	(void)arg;
	return try_ask(&asks[5]);
}

/* A child without exec is the same program, wherever it is. */
static void judge_in_other_places(void **state)
{
	static const struct place places[] = { { .namespaces = CLONE_NEWNET }, { .namespaces = CLONE_NEWUSER | CLONE_NEWNET } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct mark before = mark();
		struct child child = in_child(&places[i], open_packet, NULL);

		if (child.entered)
			continue;
		assert_int_equal(child.err, unloaded[0]);
		assert_undisturbed(&before, GUARD_egress);
		child = in_child(&places[i], open_xdp, NULL);
		assert_int_equal(child.err, EPERM);
		json_object_put(assert_refused(&before, GUARD_egress, "socket-type", 1));
	}
}

static void deny_pairs(void **state)
{
	struct mark before = mark();
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_TIPC, SOCK_STREAM, 0, pair), -1);
	assert_int_equal(errno, EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "socket-type", 1));
	before = mark();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	close(pair[0]);
	close(pair[1]);
	assert_undisturbed(&before, GUARD_egress);
}

/* socket(2) as 32-bit programs call it. */
static int socket32(int family, int type, int proto)
{
	long result;

	asm volatile("int $0x80" : "=a"(result) : "a"(359), "b"((long)family), "c"((long)type), "d"((long)proto)
		     : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static void deny_to_32_bit_calls(void **state)
{
	struct mark before = mark();
	int fd = socket32(AF_INET, SOCK_STREAM, 0);

	(void)state;
	if (fd == -ENOSYS) {
		print_message("# SKIP this kernel has no 32-bit system calls\n");
		skip();
	}
	assert_true(fd >= 0);
	close(fd);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(socket32(44, SOCK_RAW, 0), -EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "socket-type", 1));
}

static void explain_what_would_allow_it(void **state)
{
	struct mark before = mark();
	struct ran *ran;

	(void)state;
	assert_int_equal(try_ask(&asks[5]), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "socket-type", 1));
	ran = HARDEN(0, "explain", "last");
	assert_non_null(strstr(ran->out, "family xdp, type raw, protocol 0"));
	assert_non_null(strstr(ran->out, "- {family: xdp, type: raw}"));
}

static void allow_but_record_in_audit(void **state)
{
	static const int which[] = { 0, 3, 20, 23, 24, 25, 30 };

	(void)state;
	load_list(POLICY_HERE("mode: audit\n  allow: []\n" LISTED, ""));
	for (size_t i = 0; i < ARRAY_SIZE(which); i++) {
		const struct ask *ask = &asks[which[i]];
		struct mark before = mark();

		assert_int_equal(try_ask(ask), unloaded[which[i]]);
		if (ask->who == ALL_MAY || ask->who == THIS_MAY)
			assert_undisturbed(&before, GUARD_egress);
		else
			json_object_put(assert_would_deny(&before, GUARD_egress, "socket-type"));
	}
}

/* What is open when the machine is sealed stays open: the seal says so, unless its holder may have it. */
static void find_what_is_open_already(void **state)
{
	int packet = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), raw = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	char packet_text[64], raw_text[512];
	struct ran *ran;

	(void)state;
	assert_true(packet >= 0 && raw >= 0);
	snprintf(packet_text, sizeof(packet_text), "has a packet socket: fd %d", packet);
	snprintf(raw_text, sizeof(raw_text), "(%.15s, %s) has a raw socket: fd %d, family inet6, protocol 58",
		 program_invocation_short_name, self, raw);
	load_list(POLICY_HERE("mode: enforce\n  allow: []", SEAL_TEXT(TOLERATED)));
	ran = HARDEN(0, "seal", "--dry-run");
	assert_non_null(strstr(ran->out, packet_text));
	assert_non_null(strstr(ran->out, raw_text));
	load_list(POLICY_HERE("mode: enforce\n  allow: []\n" LISTED, SEAL_TEXT(TOLERATED)));
	ran = HARDEN(0, "seal", "--dry-run");
	assert_null(strstr(ran->out, packet_text));
	assert_non_null(strstr(ran->out, raw_text));
	load_list(POLICY_HERE("mode: enforce\n  allow: []\n" LISTED "    - {family: inet6, by: %1$s}\n", SEAL_TEXT(TOLERATED)));
	ran = HARDEN(0, "seal", "--dry-run");
	assert_null(strstr(ran->out, raw_text));
	close(packet);
	close(raw);
}

static void deny_loading_a_program_that_is_not_there(void **state)
{
	struct ran *ran;

	(void)state;
	spill(POLICY, POLICY_HERE("mode: enforce\n  sockets: [{family: packet, by: /no/such/program}]", ""));
	ran = HARDEN(1, "load", "--policy", POLICY);
	assert_non_null(strstr(ran->err, "find '/no/such/program'"));
	spill(POLICY, POLICY_HERE("mode: enforce\n  sockets: [{family: packet, by: /no/such/program, optional: yes}]", ""));
	HARDEN(0, "load", "--policy", POLICY);
	HARDEN(0, "verify");
}

int main(int argc, char *argv[])
{
	struct CMUnitTest judged[ARRAY_SIZE(asks)];
	const struct CMUnitTest others[] = {
		cmocka_unit_test(judge_in_other_places),
		cmocka_unit_test(deny_pairs),
		cmocka_unit_test(deny_to_32_bit_calls),
		cmocka_unit_test(explain_what_would_allow_it),
		cmocka_unit_test(allow_but_record_in_audit),
		cmocka_unit_test(find_what_is_open_already),
		cmocka_unit_test(deny_loading_a_program_that_is_not_there),
	};
	int failed;

	if (argc == 3)
		return try_ask(&asks[atoi(argv[2])]);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	RUN("cp", self, OTHER);
	for (size_t i = 0; i < ARRAY_SIZE(asks); i++) {
		static const char *const verdicts[] = {
			[NOBODY_MAY] = "deny", [ALL_MAY] = "allow", [THIS_MAY] = "allow_this_program",
			[OTHER_MAY] = "allow_the_other_program",
		};

		judged[i] = test_of_row(verdicts[asks[i].who], asks[i].name, "socket", judge_ask, &asks[i]);
	}
	failed = cmocka_run_group_tests(judged, load_listed, NULL);
	return failed + cmocka_run_group_tests(others, NULL, unload);
}
