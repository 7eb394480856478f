// SPDX-License-Identifier: GPL-2.0-only
/*
 * suggest_test.c - what is proposed for what an audit policy recorded: loaded to enforce, it allows that again, and not what
 * nearly matches.
 * Boots: plain
 * Kernels: 6.12
 *
 * ONE and TWO are copies of this test.  What they are to do stands in their arguments, what became of it is their exit
 * status: an errno, or 0.
 */
#include "common.h"
#include "files.h"

#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "util.h"

#define DIR	"/tmp/suggest"
#define ONE	DIR "/one"
#define TWO	DIR "/two"
#define SELF	"build/selftests/suggest_test"
#define FILE_OF	DIR "/policy.yaml"
#define DROPIN	DIR "/policy.d/90-suggest.yaml"

#define POLICY_OF(mode)									\
	"version: 1\nname: suggest\n"							\
	"exec: { mode: " mode ", introduced: allow, allow: [" ONE ", " TWO "] }\n"	\
	"ptrace: { mode: " mode " }\n"							\
	"modules: { mode: off }\n"							\
	"egress:\n  mode: " mode "\n  allow:\n    - { to: 127.0.0.1, port: 9000 }\n"	\
	"ingress: { mode: off }\n"							\
	"kernel: { mode: " mode " }\n"							\
	"data: { mode: off }\n"

/* ---- In the programs ---- */

static int reach(const char *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(port)), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return connect(fd, (void *)&at, sizeof(at)) && errno != ECONNREFUSED ? errno : 0;
}

static int make(int family, int type, int proto)
{
	return socket(family, type, proto) < 0 ? errno : 0;
}

static int ring(void)
{
	struct io_uring_params params = {};

	return syscall(SYS_io_uring_setup, 1, &params) < 0 ? errno : 0;
}

static int look(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || read(fd, &byte, 1) < 0 ? errno : 0;
}

static int start(const char *path)
{
	char *const argv[] = { (char *)path, NULL }, *const environment[] = { NULL };

	execve(path, argv, environment);
	return errno;
}

static int act(char **words)
{
	if (!strcmp(words[0], "connect"))
		return reach(words[1]);
	if (!strcmp(words[0], "packet"))
		return make(AF_PACKET, SOCK_RAW, 0);
	if (!strcmp(words[0], "raw"))
		return make(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	if (!strcmp(words[0], "ring"))
		return ring();
	if (!strcmp(words[0], "faults"))
		return syscall(SYS_userfaultfd, 0) < 0 ? errno : 0;
	if (!strcmp(words[0], "read"))
		return look("/proc/1/environ");
	if (!strcmp(words[0], "memory"))
		return look("/proc/1/mem");
	return start(words[1]);
}

/* ---- The test ---- */

/* What is done, and what nearly is the same. */
struct deed {
	const char *program, *verb, *argument;
};

static const struct deed deeds[] = {
	{ ONE, "connect", "9001" }, { ONE, "connect", "9002" }, { ONE, "packet", "" }, { ONE, "ring", "" },
	{ TWO, "read", "" }, { ONE, "start", "/usr/bin/true" },
};

static const struct {
	struct deed deed;
	int guard;
	const char *reason;
} twins[] = {
	{ { ONE, "connect", "9003" }, GUARD_egress, "unlisted" }, { { TWO, "connect", "9001" }, GUARD_egress, "unlisted" },
	{ { TWO, "packet", "" }, GUARD_egress, "socket-type" }, { { ONE, "raw", "" }, GUARD_egress, "socket-type" },
	{ { ONE, "faults", "" }, GUARD_kernel, "userfaultfd" }, { { ONE, "read", "" }, GUARD_ptrace, "read" },
	{ { TWO, "memory", "" }, GUARD_ptrace, "attach" }, { { ONE, "start", "/usr/bin/id" }, GUARD_exec, "unlisted" },
};

static int go(const struct deed *deed)
{
	int status = RUN(deed->program, deed->verb, deed->argument)->status;

	if (status)
		print_message("# %s %s %s: %s\n", deed->program, deed->verb, deed->argument, strerror(status));
	return status;
}

static void do_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
		assert_int_equal(go(&deeds[i]), 0);
}

static struct json_object *suggested(void)
{
	struct ran *ran = HARDEN(0, "suggest", "--json");
	struct json_object *json = json_tokener_parse(ran->out);

	assert_non_null(json);
	assert_field(json, "schema", "hardenctl.suggest/1");
	return json;
}

static void allow_what_was_recorded_once_it_is_proposed_and_loaded(void **state)
{
	struct json_object *json;
	struct mark before;

	(void)state;
	spill(FILE_OF, POLICY_OF("audit"));
	HARDEN(0, "load", "--policy", FILE_OF);
	do_all();
	json = suggested();
	/* Text, for the same file, with nothing written. */
	assert_non_null(strstr(HARDEN(0, "suggest")->out, "\n--- " FILE_OF "\n+++ " FILE_OF "\n@@ "));
	assert_int_equal(access(DROPIN, F_OK), -1);
	assert_non_null(strstr(HARDEN(0, "suggest", "--guard", "modules")->out, "# Nothing to propose."));

	/* Enforced as it is, it would refuse them; with the lines it would not. */
	spill(FILE_OF, POLICY_OF("enforce"));
	assert_non_null(strstr(HARDEN(0, "suggest")->out, "# The file is not what was loaded"));
	assert_null(strstr(HARDEN(0, "check", "--against", "kernel", FILE_OF)->out, "would newly deny 0"));
	HARDEN(2, "check", "--strict", "--against", "kernel", FILE_OF);
	spill(DROPIN, field(json, "drop_in"));
	json_object_put(json);
	assert_non_null(strstr(HARDEN(0, "check", "--strict", "--against", "kernel", FILE_OF)->out, "would newly deny 0"));
	HARDEN(0, "load", "--policy", FILE_OF);
	before = mark();
	do_all();
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		assert_undisturbed(&before, guard);
}

static void deny_what_nearly_matches(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(twins); i++) {
		struct mark before = mark();
		int status = RUN(twins[i].deed.program, twins[i].deed.verb, twins[i].deed.argument)->status;

		if (status != EPERM && status != EACCES)
			print_message("# %s %s %s: %d\n", twins[i].deed.program, twins[i].deed.verb, twins[i].deed.argument, status);
		assert_true(status == EPERM || status == EACCES);
		json_object_put(assert_refused(&before, twins[i].guard, twins[i].reason, 1));
	}
}

/* What was refused is proposed when it is asked for only, and shells not even then. */
static void deny_lines_for_shells_and_refusals_unless_asked(void **state)
{
	struct json_object *json, *list;
	struct mark before = mark();

	(void)state;
	assert_int_equal(RUN(ONE, "start", "/bin/sh")->status, EPERM);
	json_object_put(assert_refused(&before, GUARD_exec, "shell", 1));
	json = suggested();
	assert_true(json_object_object_get_ex(json, "proposals", &list));
	assert_int_equal(json_object_array_length(list), 0);
	json_object_put(json);
	assert_null(strstr(HARDEN(0, "suggest", "--denied")->out, "/sh"));
	assert_non_null(strstr(HARDEN(0, "suggest", "--denied")->out, "exec shell: 1 record"));
	assert_non_null(strstr(HARDEN(0, "suggest", "--denied", "--dangerous")->out, "{parent: " ONE ", program: "));
}

static void deny_to_propose_without_a_policy(void **state)
{
	(void)state;
	HARDEN(0, "unload");
	assert_non_null(strstr(HARDEN(1, "suggest")->err, "nothing is loaded"));
	assert_non_null(strstr(HARDEN(1, "check", "--against", "kernel", FILE_OF)->err, "nothing is loaded"));
	HARDEN(64, "suggest", "--guard", "nobody");
	HARDEN(64, "suggest", "file");
	HARDEN(1, "suggest", "--log", "/tmp/there is no such file");
	assert_int_equal(RUN(UNPRIVILEGED, HARDENCTL, "suggest")->status, 4);
	/* A file can be judged by anybody. */
	spill("/tmp/suggest.jsonl", "");
	assert_int_equal(RUN(UNPRIVILEGED, HARDENCTL, "suggest", "--log", "/tmp/suggest.jsonl", "--policy", FILE_OF)->status, 0);
	assert_int_equal(RUN(UNPRIVILEGED, HARDENCTL, "check", "--against", "/tmp/suggest.jsonl", FILE_OF)->status, 0);
}

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(mkdir(DIR, 0755), 0);
	assert_int_equal(mkdir(DIR "/policy.d", 0755), 0);
	copy_file(SELF, ONE);
	copy_file(SELF, TWO);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = { ONE, TWO, FILE_OF, DROPIN, "/tmp/suggest.jsonl" };

	unload(state);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlink(files[i]);
	rmdir(DIR "/policy.d");
	rmdir(DIR);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_what_was_recorded_once_it_is_proposed_and_loaded),
		cmocka_unit_test(deny_what_nearly_matches),
		cmocka_unit_test(deny_lines_for_shells_and_refusals_unless_asked),
		cmocka_unit_test(deny_to_propose_without_a_policy),
	};

	if (argc > 1)
		return act(argv + 1);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
