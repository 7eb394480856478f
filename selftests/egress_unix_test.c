// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_unix_test.c - egress.unix: which programs may reach which by unix sockets.
 * Boots: plain
 * Kernels: 6.12
 * Long boots: lockdown
 * Alone: it seals the machine
 *
 * ONE, TWO and THREE are copies of this test, so that they differ in nothing but the file that they are.  What they are to
 * do stands in their arguments, what became of it is their exit status: an errno, or 0.
 */
#include "sealing.h"
#include "send_raw.h"
#include "util.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define DIR	"/tmp/egress_unix"
#define ONE	DIR "/one"	/* the test and THREE may reach it */
#define TWO	DIR "/two"	/* everybody may */
#define THREE	DIR "/three"	/* nobody may */
#define HELD	3		/* a descriptor that one program leaves to another */

#define TOLERATED	", \"off:exec\", \"off:ptrace\", \"off:modules\", \"off:ingress\", \"off:kernel\", \"off:data\""
#define POLICY_OF(mode, entries)								\
	"version: 1\nname: unix\n"								\
	"exec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"			\
	"egress:\n  mode: " mode "\n"								\
	"  unix:\n" entries									\
	"ingress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n" SEAL_TEXT(TOLERATED)
/* `%s` is this program. */
#define ENTRIES											\
	"    - { to: [" ONE "], by: [%s, " THREE "] }\n"					\
	"    - { to: " TWO " }\n"								\
	"    - { to: /no/such/program, by: " TWO ", optional: yes }\n"

static char self[256];

/* ---- In the programs ---- */

static int type_of(const char *word)
{
	return !strcmp(word, "stream") ? SOCK_STREAM : !strcmp(word, "dgram") ? SOCK_DGRAM : SOCK_SEQPACKET;
}

/* "@NAME" is abstract. */
static socklen_t address(const char *name, struct sockaddr_un *ret_at)
{
	memset(ret_at, 0, sizeof(*ret_at));
	ret_at->sun_family = AF_UNIX;
	strcpy(ret_at->sun_path, name);
	if (name[0] != '@')
		return sizeof(*ret_at);
	ret_at->sun_path[0] = 0;
	return offsetof(struct sockaddr_un, sun_path) + strlen(name);
}

static int serve_on(int fd, const char *name, int type)
{
	struct sockaddr_un at;
	socklen_t len = address(name, &at);

	if (name[0] != '@')
		unlink(name);
	if (bind(fd, (struct sockaddr *)&at, len) || (type != SOCK_DGRAM && listen(fd, 64)))
		return errno;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(1, "+", 1) == 1)
		pause();
	return errno;
}

static int reach(const char *how, const char *name, const char *type)
{
	int fd = socket(AF_UNIX, type_of(type), 0);
	struct sockaddr_un at;
	socklen_t len = address(name, &at);
	const struct io_uring_sqe ring = { .opcode = IORING_OP_CONNECT, .fd = fd, .addr = (__u64)&at, .off = len };

	if (fd < 0)
		return errno;
	if (!strcmp(how, "ring"))
		return -uring(&ring);
	if (!strcmp(how, "send"))
		return sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&at, len) == 1 ? 0 : errno;
	return connect(fd, (struct sockaddr *)&at, len) ? errno : 0;
}

static int act(char **words)
{
	const char *verb = words[0];

	if (!strcmp(verb, "serve"))
		return serve_on(socket(AF_UNIX, type_of(words[2]), 0), words[1], type_of(words[2]));
	if (!strcmp(verb, "serve-held"))
		return serve_on(HELD, words[1], type_of(words[2]));
	if (!strcmp(verb, "use-held"))
		return send(HELD, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1 ? 0 : errno;
	return reach(verb, words[1], words[2]);
}

/* ---- What is asserted of them ---- */

#define GO(program, ...)	(RUN(program, __VA_ARGS__)->status)

static const struct way {
	const char *name, *how, *type, *address, *hook;
} ways[] = {
	{ "stream_path", "connect", "stream", DIR "/socket", "unix_stream_connect" },
	{ "stream_abstract", "connect", "stream", "@egress unix", "unix_stream_connect" },
	{ "seqpacket", "connect", "seqpacket", DIR "/socket", "unix_stream_connect" },
	{ "dgram_connect", "connect", "dgram", DIR "/socket", "unix_may_send" },
	{ "dgram_send", "send", "dgram", "@egress unix", "unix_may_send" },
	{ "ring", "ring", "stream", DIR "/socket", "unix_stream_connect" },
};

static void leave(int held)
{
	if (held == HELD)
		fcntl(HELD, F_SETFD, 0);
	else if (held >= 0)
		dup2(held, HELD);
}

/* Starts `program`, and waits until it serves.  `held` becomes its descriptor HELD; -1: none. */
static pid_t start(const char *program, const char *verb, const char *name, const char *type, int held)
{
	int out[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		dup2(out[1], 1);
		leave(held);
		execl(program, program, verb, name, type, NULL);
		_exit(127);
	}
	close(out[1]);
	assert_int_equal(read(out[0], &byte, 1), 1);
	close(out[0]);
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Runs `program` with `held` as its descriptor HELD. */
static int go_held(const char *program, int held)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		leave(held);
		execl(program, program, "use-held", NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void assert_object(struct json_object *record, const struct way *way, const char *exe, const char *maker)
{
	assert_field(record, "hook", way->hook);
	assert_field(record, "object.path", way->address);
	assert_field(record, "object.type", way->type);
	assert_field(record, "object.maker", maker);
	assert_field(record, "exe", exe);
	assert_field(record, "rule.file", POLICY);
	assert_field(record, "rule.line", "8");
}

static void assert_one_refusal(const struct mark *before, const struct way *way, const char *exe, const char *maker)
{
	struct json_object *record = assert_refused(before, GUARD_egress, "deputy", 1);

	assert_object(record, way, exe, maker);
	json_object_put(record);
}

static bool cannot(const struct way *way)
{
	if (strcmp(way->how, "ring") || !without_uring())
		return false;
	print_message("# SKIP this kernel has no io_uring\n");
	return true;
}

static void allow_the_listed_and_deny_others(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();
	pid_t server;

	if (cannot(way))
		skip();
	server = start(ONE, "serve", way->address, way->type, -1);
	assert_int_equal(GO(self, way->how, way->address, way->type), 0);
	assert_int_equal(GO(THREE, way->how, way->address, way->type), 0);
	/* Its own. */
	assert_int_equal(GO(ONE, way->how, way->address, way->type), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(GO(TWO, way->how, way->address, way->type), EPERM);
	assert_one_refusal(&before, way, TWO, ONE);
	stop(server);
}

static void allow_everybody_where_by_is_left_out(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();
	pid_t server;

	if (cannot(way))
		skip();
	server = start(TWO, "serve", way->address, way->type, -1);
	assert_int_equal(GO(ONE, way->how, way->address, way->type), 0);
	assert_int_equal(GO(self, way->how, way->address, way->type), 0);
	assert_undisturbed(&before, GUARD_egress);
	stop(server);
	server = start(THREE, "serve", way->address, way->type, -1);
	assert_int_equal(GO(self, way->how, way->address, way->type), EPERM);
	assert_one_refusal(&before, way, self, THREE);
	stop(server);
}

/* What ONE makes and THREE serves with is ONE's, and what the test leaves to ONE is the test's. */
static void judge_a_socket_by_its_maker(void **state)
{
	const struct way *way = &ways[0];
	int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct mark before = mark();
	pid_t server = start(ONE, "serve-held", way->address, way->type, made);

	(void)state;
	close(made);
	assert_int_equal(GO(self, way->how, way->address, way->type), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(GO(THREE, way->how, way->address, way->type), EPERM);
	assert_one_refusal(&before, way, THREE, self);
	stop(server);
}

/* Each datagram is judged, by who sends it; a stream only when it is connected. */
static void deny_datagrams_of_who_was_left_the_socket(void **state)
{
	const struct way *way = &ways[3];
	pid_t server = start(ONE, "serve", way->address, way->type, -1);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct mark before = mark();
	struct sockaddr_un at;
	socklen_t len = address(way->address, &at);

	(void)state;
	assert_int_equal(connect(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(send(fd, "x", 1, 0), 1);
	assert_int_equal(go_held(THREE, fd), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(go_held(TWO, fd), EPERM);
	assert_one_refusal(&before, way, TWO, ONE);
	close(fd);
	stop(server);
}

static void allow_a_stream_that_was_left_connected(void **state)
{
	const struct way *way = &ways[0];
	pid_t server = start(ONE, "serve", way->address, way->type, -1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct mark before = mark();
	struct sockaddr_un at;
	socklen_t len = address(way->address, &at);

	(void)state;
	assert_int_equal(connect(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(go_held(TWO, fd), 0);
	assert_undisturbed(&before, GUARD_egress);
	close(fd);
	stop(server);
}

/* With a name of the kernel's choice, too, which SO_PASSCRED has it make up. */
static void allow_pairs(void **state)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	struct mark before = mark();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		int pair[2], on = 1;

		assert_int_equal(socketpair(AF_UNIX, types[i] | SOCK_CLOEXEC, 0, pair), 0);
		assert_int_equal(go_held(TWO, pair[0]), 0);
		assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
		assert_int_equal(send(pair[1], "x", 1, 0), 1);
		assert_int_equal(go_held(TWO, pair[0]), 0);
		close(pair[0]);
		close(pair[1]);
	}
	assert_undisturbed(&before, GUARD_egress);
}

/* A name as long as there can be one, without a NUL, and one with NULs. */
static void record_names_whole(void **state)
{
	struct way way = ways[0];
	char name[109];
	pid_t server;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	name[0] = '@';
	way.address = name;
	for (size_t len = sizeof(name) - 1; len > 98; len--) {
		struct mark before = mark();

		name[len] = 0;
		server = start(ONE, "serve", name, "stream", -1);
		assert_int_equal(GO(TWO, "connect", name, "stream"), EPERM);
		assert_one_refusal(&before, &way, TWO, ONE);
		stop(server);
	}
}

static void explain_what_would_allow_it(void **state)
{
	pid_t server = start(THREE, "serve", DIR "/socket", "stream", -1);
	struct ran *ran;

	(void)state;
	assert_int_equal(GO(TWO, "connect", DIR "/socket", "stream"), EPERM);
	ran = HARDEN(0, "explain", "last");
	assert_non_null(strstr(ran->out, "unix socket " DIR "/socket of " THREE));
	assert_non_null(strstr(ran->out, "- {to: " THREE "}"));
	stop(server);
}

static void prove_by_canaries(void **state)
{
	struct set_info set = live_set();
	__u64 moved[2], again[2];
	__u32 kinds[2] = { KIND_egress_unix_stream_connect_deputy, KIND_egress_unix_may_send_deputy };
	int proof = set_map(set.map_proof);

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(bpf_map_lookup_elem(proof, &kinds[i], &moved[i]), 0);
	HARDEN(0, "verify");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bpf_map_lookup_elem(proof, &kinds[i], &again[i]), 0);
		assert_int_equal(again[i], moved[i] + 1);
	}
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
	const struct way *way = *state;
	struct json_object *record;
	struct mark before;
	pid_t server;

	if (cannot(way))
		skip();
	server = start(ONE, "serve", way->address, way->type, -1);
	before = mark();
	assert_int_equal(GO(TWO, way->how, way->address, way->type), 0);
	record = assert_would_deny(&before, GUARD_egress, "deputy");
	assert_object(record, way, TWO, ONE);
	json_object_put(record);
	stop(server);
}

static void allow_all_without_the_key(void **state)
{
	struct mark before;
	pid_t server;

	(void)state;
	load_text("version: 1\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\negress: { mode: enforce }\n"
		  "ingress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n");
	before = mark();
	server = start(THREE, "serve", DIR "/socket", "stream", -1);
	assert_int_equal(GO(TWO, "connect", DIR "/socket", "stream"), 0);
	stop(server);
	server = start(THREE, "serve", DIR "/socket", "dgram", -1);
	assert_int_equal(GO(TWO, "send", DIR "/socket", "dgram"), 0);
	stop(server);
	assert_undisturbed(&before, GUARD_egress);
}

static void deny_all_others_with_an_empty_list(void **state)
{
	struct mark before;
	pid_t server;

	(void)state;
	load_text(POLICY_OF("enforce", "    []\n"));
	server = start(ONE, "serve", DIR "/socket", "stream", -1);
	before = mark();
	assert_int_equal(GO(ONE, "connect", DIR "/socket", "stream"), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(GO(self, "connect", DIR "/socket", "stream"), EPERM);
	assert_one_refusal(&before, &ways[0], self, ONE);
	stop(server);
}

static void deny_loading_a_program_that_is_not_there(void **state)
{
	struct ran *ran;

	(void)state;
	spill(POLICY, POLICY_OF("enforce", "    - { to: /no/such/program }\n"));
	ran = HARDEN(1, "load", "--policy", POLICY);
	assert_non_null(strstr(ran->err, "egress.unix: find '/no/such/program'"));
}

static int load_listed(void **state)
{
	(void)state;
	load_entries(POLICY_OF("enforce", ENTRIES));
	return 0;
}

static int load_audit(void **state)
{
	(void)state;
	load_entries(POLICY_OF("audit", ENTRIES));
	return 0;
}

static int seal(void **state)
{
	load_listed(state);
	HARDEN(0, "seal");
	return 0;
}

static size_t add_ways(struct CMUnitTest *tests, const char *name, CMUnitTestFunction function)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		tests[i] = test_of_row(name, ways[i].name, "", function, &ways[i]);
	return ARRAY_SIZE(ways);
}

int main(int argc, char *argv[])
{
	struct CMUnitTest judged[2 * ARRAY_SIZE(ways)], audited[ARRAY_SIZE(ways)], sealed[2 * ARRAY_SIZE(ways)];
	const struct CMUnitTest others[] = {
		cmocka_unit_test(judge_a_socket_by_its_maker),
		cmocka_unit_test(deny_datagrams_of_who_was_left_the_socket),
		cmocka_unit_test(allow_a_stream_that_was_left_connected),
		cmocka_unit_test(allow_pairs),
		cmocka_unit_test(record_names_whole),
		cmocka_unit_test(explain_what_would_allow_it),
		cmocka_unit_test(prove_by_canaries),
	};
	const struct CMUnitTest policies[] = {
		cmocka_unit_test(allow_all_without_the_key),
		cmocka_unit_test(deny_all_others_with_an_empty_list),
		cmocka_unit_test(deny_loading_a_program_that_is_not_there),
	};
	int failed;

	if (argc > 1)
		return act(argv + 1);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	mkdir(DIR, 0755);
	RUN("cp", self, ONE);
	RUN("cp", self, TWO);
	RUN("cp", self, THREE);
	add_ways(judged, "allow_listed_deny_others", allow_the_listed_and_deny_others);
	add_ways(judged + ARRAY_SIZE(ways), "allow_everybody", allow_everybody_where_by_is_left_out);
	add_ways(audited, "allow_but_record", allow_but_record_in_audit);
	add_ways(sealed, "sealed_allow_listed_deny_others", allow_the_listed_and_deny_others);
	add_ways(sealed + ARRAY_SIZE(ways), "sealed_allow_everybody", allow_everybody_where_by_is_left_out);
	failed = cmocka_run_group_tests(judged, load_listed, NULL);
	failed += cmocka_run_group_tests(others, NULL, NULL);
	failed += cmocka_run_group_tests(audited, load_audit, NULL);
	failed += cmocka_run_group_tests(policies, NULL, NULL);
	return failed + cmocka_run_group_tests(sealed, seal, NULL);
}
