// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_vsock_test.c - egress.vsock: where vsock sockets may connect, and that who may connect does not listen.
 * Boots: plain
 * Kernels: 6.12
 * Long boots: lockdown
 * Alone: it seals the machine
 *
 * ONE and TWO are copies of this test, so that they differ in nothing but the file that they are.  The machine talks to
 * itself, by vsock_loopback.
 */
#include "sealing.h"
#include "send_raw.h"
#include "util.h"

#include <linux/vm_sockets.h>
#include <poll.h>
#include <sys/un.h>

#define DIR	"/tmp/egress_vsock"
#define ONE	DIR "/one"
#define TWO	DIR "/two"

#ifndef VMADDR_CID_LOCAL
#define VMADDR_CID_LOCAL	1
#endif

#define TOLERATED	", \"off:exec\", \"off:ptrace\", \"off:modules\", \"off:ingress\", \"off:kernel\", \"off:data\""
#define POLICY_OF(mode, more)									\
	"version: 1\nname: vsock\n"								\
	"exec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"			\
	"egress:\n  mode: " mode "\n" more							\
	"ingress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n" SEAL_TEXT(TOLERATED)
/* `%1$s` is this program. */
#define ENTRIES											\
	"  vsock:\n"										\
	"    - { cid: local, port: [5000, 5010-5019], by: %1$s }\n"				\
	"    - { cid: host, port: 5001, by: %1$s }\n"						\
	"    - { cid: any, port: 5020 }\n"							\
	"    - { cid: [local, 77], port: any, by: " ONE " }\n"					\
	"    - { cid: local, by: /no/such/program, optional: yes }\n"				\
	"  sockets: [{ family: vsock, by: " TWO " }]\n"
#define FIRST	5000
#define LAST	5030
/* The types of sockets share their ports. */
#define PACKETS	5015
#define UNLISTED_PACKETS	5021

static char self[256];

/* ---- In the programs ---- */

/*
 * io_uring connects without waiting and asks again when the socket tells of something; vsock answers that with EALREADY
 * where the connection is not made by then (net/vmw_vsock/af_vsock.c: vsock_connect), and io_uring hands that out.
 */
static int connect_by_ring(int fd, const struct sockaddr_vm *at)
{
	const struct io_uring_sqe request = { .opcode = IORING_OP_CONNECT, .fd = fd, .addr = (__u64)at, .off = sizeof(*at) };
	struct pollfd made = { .fd = fd, .events = POLLOUT };
	int err = -uring(&request);
	socklen_t len = sizeof(err);

	if (err != EALREADY && err != EINPROGRESS)
		return err;
	if (poll(&made, 1, 10000) != 1)
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) ? errno : err;
}

static int reach(const char *how, const char *type, unsigned int cid, unsigned int port)
{
	const struct sockaddr_vm at = { .svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port };
	int fd = socket(AF_VSOCK, !strcmp(type, "stream") ? SOCK_STREAM : !strcmp(type, "dgram") ? SOCK_DGRAM : SOCK_SEQPACKET, 0);

	if (fd < 0 || !strcmp(how, "make"))
		return fd < 0 ? errno : 0;
	if (!strcmp(how, "listen"))
		return bind(fd, (const struct sockaddr *)&at, sizeof(at)) || listen(fd, 1) ? errno : 0;
	if (!strcmp(how, "ring"))
		return connect_by_ring(fd, &at);
	return connect(fd, (const struct sockaddr *)&at, sizeof(at)) ? errno : 0;
}

/* ---- What is asserted of them ---- */

static int go(const char *program, const char *how, const char *type, unsigned int cid, unsigned int port)
{
	char cid_text[16], port_text[16];

	snprintf(cid_text, sizeof(cid_text), "%u", cid);
	snprintf(port_text, sizeof(port_text), "%u", port);
	return RUN(program, how, type, cid_text, port_text)->status;
}

static void assert_record(struct json_object *record, const char *hook, const char *exe, const char *type, const char *cid,
			  unsigned int port)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", port);
	assert_field(record, "hook", hook);
	assert_field(record, "object.family", "vsock");
	assert_field(record, "object.type", type);
	assert_field(record, "object.addr", cid);
	assert_field(record, "object.port", text);
	assert_field(record, "exe", exe);
	assert_field(record, "rule.file", POLICY);
	assert_field(record, "rule.line", "8");
	json_object_put(record);
}

static const struct where_to {
	const char *name, *program, *type;
	unsigned int cid, port;
	bool listed;
} places[] = {
	{ "one_port", self, "stream", VMADDR_CID_LOCAL, 5000, true },
	{ "the_next_port", self, "stream", VMADDR_CID_LOCAL, 5001, false },
	{ "before_a_range", self, "stream", VMADDR_CID_LOCAL, 5009, false },
	{ "first_of_a_range", self, "stream", VMADDR_CID_LOCAL, 5010, true },
	{ "within_a_range", self, "seqpacket", VMADDR_CID_LOCAL, PACKETS, true },
	{ "last_of_a_range", self, "stream", VMADDR_CID_LOCAL, 5019, true },
	{ "after_what_is_listed", self, "seqpacket", VMADDR_CID_LOCAL, UNLISTED_PACKETS, false },
	{ "port_of_another_cid", self, "stream", VMADDR_CID_LOCAL, 5001, false },
	{ "the_hosts_port", self, "stream", VMADDR_CID_HOST, 5001, true },
	{ "the_hosts_other_port", self, "stream", VMADDR_CID_HOST, 5000, false },
	{ "the_hypervisor", self, "stream", VMADDR_CID_HYPERVISOR, 5000, false },
	{ "nobody", self, "stream", VMADDR_CID_ANY, 5020, false },
	{ "any_cid", self, "stream", VMADDR_CID_LOCAL, 5020, true },
	{ "any_cid_on_the_host", TWO, "stream", VMADDR_CID_HOST, 5020, true },
	{ "any_cid_by_another_program", TWO, "stream", VMADDR_CID_LOCAL, 5020, true },
	{ "another_program", TWO, "stream", VMADDR_CID_LOCAL, 5000, false },
	{ "any_port", ONE, "stream", VMADDR_CID_LOCAL, 5030, true },
	{ "any_port_of_another_cid", ONE, "stream", VMADDR_CID_HOST, 5030, false },
	{ "the_second_cid_of_a_list", ONE, "stream", 77, 0xfffffffe, true },
	{ "the_second_cid_for_another_program", self, "stream", 77, 5000, false },
};

static int unloaded[ARRAY_SIZE(places)];	/* what each gave before the load */

static void judge_place(void **state)
{
	const struct where_to *to = *state;
	struct mark before = mark();
	char cid[16];

	if (to->listed) {
		assert_int_equal(go(to->program, "connect", to->type, to->cid, to->port), unloaded[to - places]);
		assert_undisturbed(&before, GUARD_egress);
		return;
	}
	assert_int_equal(go(to->program, "connect", to->type, to->cid, to->port), EPERM);
	snprintf(cid, sizeof(cid), "%u", to->cid);
	assert_record(assert_refused(&before, GUARD_egress, "vsock", 1), "socket_connect", to->program, to->type,
		      to->cid == VMADDR_CID_ANY ? "any" : cid, to->port);
}

static void deny_by_ring(void **state)
{
	struct mark before = mark();

	(void)state;
	if (without_uring()) {
		print_message("# SKIP this kernel has no io_uring\n");
		skip();
	}
	assert_int_equal(go(self, "ring", "stream", VMADDR_CID_LOCAL, 5000), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(go(self, "ring", "stream", VMADDR_CID_LOCAL, 5001), EPERM);
	assert_record(assert_refused(&before, GUARD_egress, "vsock", 1), "socket_connect", self, "stream", "1", 5001);
}

/* The test may do no more than connect; TWO has an entry of egress.sockets. */
static void deny_listening_without_an_entry_of_sockets(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(go(TWO, "listen", "stream", VMADDR_CID_ANY, 6000), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(go(self, "listen", "stream", VMADDR_CID_ANY, 6000), EPERM);
	assert_record(assert_refused(&before, GUARD_egress, "vsock", 1), "socket_listen", self, "stream", "any", VMADDR_PORT_ANY);
}

/* They could be sent anywhere, past the hook on connect. */
static void deny_datagram_sockets(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(go(self, "make", "stream", 0, 0), 0);
	assert_int_equal(go(self, "make", "seqpacket", 0, 0), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(go(self, "make", "dgram", 0, 0), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "socket-type", 1));
}

/* The hook sees them, too. */
static void allow_other_families(void **state)
{
	struct mark before = mark();
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct sockaddr_un nothing = { .sun_family = AF_UNIX, .sun_path = "/no/such/socket" };

	(void)state;
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&nothing, sizeof(nothing)), -1);
	assert_int_equal(errno, ENOENT);
	close(listener);
	close(fd);
	assert_undisturbed(&before, GUARD_egress);
}

static void explain_what_would_allow_it(void **state)
{
	struct ran *ran;

	(void)state;
	assert_int_equal(go(self, "connect", "stream", VMADDR_CID_HOST, 5000), EPERM);
	ran = HARDEN(0, "explain", "last");
	assert_non_null(strstr(ran->out, "vsock cid 2 port 5000"));
	assert_non_null(strstr(ran->out, "- {cid: 2, port: 5000}"));
}

static void prove_by_a_canary(void **state)
{
	__u32 kind = KIND_egress_socket_connect_vsock;
	struct set_info set = live_set();
	int proof = set_map(set.map_proof);
	__u64 moved, again;

	(void)state;
	assert_int_equal(bpf_map_lookup_elem(proof, &kind, &moved), 0);
	HARDEN(0, "verify");
	assert_int_equal(bpf_map_lookup_elem(proof, &kind, &again), 0);
	assert_int_equal(again, moved + 1);
	close(proof);
}

static void load_entries(const char *format)
{
	char text[4096];

	snprintf(text, sizeof(text), format, self);
	load_text(text);
}

static void allow_but_record_in_audit(void **state)
{
	struct mark before;

	(void)state;
	load_entries(POLICY_OF("audit", ENTRIES));
	before = mark();
	assert_int_equal(go(self, "connect", "stream", VMADDR_CID_LOCAL, 5001), 0);
	assert_record(assert_would_deny(&before, GUARD_egress, "vsock"), "socket_connect", self, "stream", "1", 5001);
	before = mark();
	assert_int_equal(go(self, "listen", "stream", VMADDR_CID_ANY, 6000), 0);
	assert_record(assert_would_deny(&before, GUARD_egress, "vsock"), "socket_listen", self, "stream", "any", VMADDR_PORT_ANY);
}

/* As it was: whoever may have the socket connects anywhere. */
static void judge_by_kind_without_entries(void **state)
{
	struct mark before;

	(void)state;
	load_entries(POLICY_OF("enforce", "  vsock: []\n  sockets: [{ family: vsock, by: " TWO " }]\n"));
	before = mark();
	assert_int_equal(go(TWO, "connect", "stream", VMADDR_CID_LOCAL, 5000), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(go(self, "connect", "stream", VMADDR_CID_LOCAL, 5000), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "socket-type", 1));
}

/* Whose entry is for all has a canary, and no kind refused. */
static void allow_all_ports_to_everybody(void **state)
{
	struct mark before;

	(void)state;
	load_text(POLICY_OF("enforce", "  vsock: [{ cid: local }]\n"));
	before = mark();
	assert_int_equal(go(TWO, "connect", "stream", VMADDR_CID_LOCAL, 5000), 0);
	assert_int_equal(go(self, "connect", "seqpacket", VMADDR_CID_LOCAL, UNLISTED_PACKETS), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(go(self, "connect", "stream", VMADDR_CID_HOST, 5000), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "vsock", 1));
}

/* Listens on every port that is tried; what comes is taken by nobody. */
static bool listen_on_all(void)
{
	for (unsigned int port = FIRST; port <= LAST; port++) {
		const struct sockaddr_vm at = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = port };
		int type = port == PACKETS || port == UNLISTED_PACKETS ? SOCK_SEQPACKET : SOCK_STREAM;
		int fd = socket(AF_VSOCK, type | SOCK_CLOEXEC, 0);

		if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) || listen(fd, 64))
			return false;
	}
	return true;
}

/* Where the pins can be lost the rule could be. */
static void deny_loading_what_the_kernel_cannot_keep(void **state)
{
	struct ran *ran;

	(void)state;
	spill(POLICY, POLICY_OF("enforce", "  vsock: [{ cid: local }]\n"));
	ran = HARDEN(1, "load", "--policy", POLICY);
	assert_non_null(strstr(ran->err, "egress.vsock: this kernel can't keep the rule in force"));
	load_text(POLICY_OF("enforce", "  vsock: []\n"));
}

/* What listens or is connected from before the load, and who may only connect holds; what was connected since is as it should be. */
static void find_what_was_there_before(void **state)
{
	const struct sockaddr_vm at = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_LOCAL, .svm_port = FIRST };
	int early = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0), late, fresh;
	char early_text[128], late_text[128], fresh_text[128];
	struct ran *ran;

	(void)state;
	RUN(HARDENCTL, "unload");
	assert_int_equal(connect(early, (const struct sockaddr *)&at, sizeof(at)), 0);
	load_entries(POLICY_OF("enforce", ENTRIES));
	late = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fresh = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(late, (const struct sockaddr *)&at, sizeof(at)), 0);
	snprintf(early_text, sizeof(early_text), "has a socket of family vsock, type stream, protocol 0: fd %d\n", early);
	snprintf(late_text, sizeof(late_text), "has a socket of family vsock, type stream, protocol 0: fd %d\n", late);
	snprintf(fresh_text, sizeof(fresh_text), "has a socket of family vsock, type stream, protocol 0: fd %d\n", fresh);
	ran = HARDEN(0, "seal", "--dry-run");
	assert_non_null(strstr(ran->out, early_text));
	assert_null(strstr(ran->out, late_text));
	assert_null(strstr(ran->out, fresh_text));
	/* One for each listener. */
	assert_non_null(strstr(ran->out, "has a socket of family vsock, type seqpacket, protocol 0: fd "));
	/* It was another policy that let it. */
	load_entries(POLICY_OF("enforce", ENTRIES));
	ran = HARDEN(0, "seal", "--dry-run");
	assert_non_null(strstr(ran->out, late_text));
	close(early);
	close(late);
	close(fresh);
}

static int load_listed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		unloaded[i] = go(places[i].program, "connect", places[i].type, places[i].cid, places[i].port);
	load_entries(POLICY_OF("enforce", ENTRIES));
	return 0;
}

static int seal(void **state)
{
	(void)state;
	load_entries(POLICY_OF("enforce", ENTRIES));
	HARDEN(0, "seal");
	return 0;
}

int main(int argc, char *argv[])
{
	struct CMUnitTest judged[ARRAY_SIZE(places)], sealed[ARRAY_SIZE(places)];
	const struct CMUnitTest others[] = {
		cmocka_unit_test(deny_by_ring),
		cmocka_unit_test(deny_listening_without_an_entry_of_sockets),
		cmocka_unit_test(deny_datagram_sockets),
		cmocka_unit_test(allow_other_families),
		cmocka_unit_test(explain_what_would_allow_it),
		cmocka_unit_test(prove_by_a_canary),
		cmocka_unit_test(allow_but_record_in_audit),
		cmocka_unit_test(judge_by_kind_without_entries),
		cmocka_unit_test(allow_all_ports_to_everybody),
		cmocka_unit_test(find_what_was_there_before),
	};
	const struct CMUnitTest sealed_others[] = {
		cmocka_unit_test(deny_listening_without_an_entry_of_sockets),
		cmocka_unit_test(deny_datagram_sockets),
	};
	const struct CMUnitTest unsupported[] = { cmocka_unit_test(deny_loading_what_the_kernel_cannot_keep) };
	static struct kernel kernel;
	int failed;

	if (argc == 5)
		return reach(argv[1], argv[2], strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	kernel_ask(&kernel);
	kernel_ask_hooks(&kernel);
	if (!kernel.reads_memory)
		return cmocka_run_group_tests(unsupported, NULL, unload);
	RUN("modprobe", "vsock_loopback");
	if (!listen_on_all()) {
		printf("1..0 # SKIP this kernel has no vsock_loopback\n");
		return 0;
	}
	mkdir(DIR, 0755);
	RUN("cp", self, ONE);
	RUN("cp", self, TWO);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *verdict = places[i].listed ? "allow" : "deny";

		judged[i] = test_of_row(verdict, places[i].name, "", judge_place, &places[i]);
		sealed[i] = test_of_row(verdict, places[i].name, "sealed", judge_place, &places[i]);
	}
	failed = cmocka_run_group_tests(judged, load_listed, NULL);
	failed += cmocka_run_group_tests(others, NULL, NULL);
	failed += cmocka_run_group_tests(sealed, seal, NULL);
	return failed + cmocka_run_group_tests(sealed_others, NULL, NULL);
}
