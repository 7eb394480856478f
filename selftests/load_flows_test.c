// SPDX-License-Identifier: GPL-2.0-only
/*
 * load_flows_test.c - sockets that are open when a policy is loaded: whose they are, which came in, and what it cuts.
 * Boots: plain
 * Kernels: 6.12
 * Long boots: lockdown
 *
 * ONE and TWO are copies of this test.  Each holds a socket from before the load as descriptor 4, and connects it when it is told.
 */
#include "child.h"
#include "files.h"
#include "objects.h"
#include "sealing.h"
#include "util.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define DIR		"/tmp/load_flows"
#define ONE		DIR "/one"
#define TWO		DIR "/two"
#define SELF		"build/selftests/load_flows_test"

#define PORT_BY		8000	/* of egress: ONE's */
#define PORT_IN		8001	/* of ingress */
#define PORT_ELSE	8002	/* of neither */
#define UNLISTED	"127.0.0.2"

#define EGRESS(keys)	"{ " keys ", allow: [{to: 127.0.0.1, port: 8000, by: " ONE "}, {to: 127.0.0.1, port: 8001}] }"
#define INGRESS(mode)	"{ mode: " mode ", allow: [{from: 10.0.0.0/8, port: 8001, proto: [tcp, udp]}] }"
#define POLICY_OF(egress, ingress, tolerate)							\
	"version: 1\nname: flows\n"								\
	"exec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"			\
	"egress: " egress "\ningress: " ingress "\nkernel: { mode: off }\ndata: { mode: off }\n"	\
	"seal: { tolerate: [" tolerate "\"off:exec\", \"off:ptrace\", \"off:modules\", \"off:ingress\", \"off:kernel\", \"off:data\"] }\n"
#define BOTH		POLICY_OF(EGRESS("mode: enforce"), INGRESS("enforce"), "")
#define EGRESS_ALONE	POLICY_OF(EGRESS("mode: enforce"), "{ mode: off }", "")

static struct objects unloaded;

static struct sockaddr_in at(const char *address, __u16 port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { inet_addr(address) } };
}

static int connect_to(int fd, const char *address, __u16 port)
{
	struct sockaddr_in to = at(address, port);

	return connect(fd, (void *)&to, sizeof(to)) ? errno : 0;
}

/* ---- In the programs ---- */

/*
 * hold [PROGRAM]: says by descriptor 3 that it is there, with PROGRAM as a child that has the socket, too; then connects it whenever
 * it is told.
 */
static int hold(const char *program)
{
	int err = 0;
	char word;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (program && !fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(program, program, "hold", NULL);
		_exit(1);
	}
	/* The child says so. */
	if (!program && write(3, &err, sizeof(err)) != sizeof(err))
		return 1;
	while (read(3, &word, 1) == 1) {
		err = connect_to(4, "127.0.0.1", PORT_BY);
		if (write(3, &err, sizeof(err)) != sizeof(err))
			return 1;
	}
	return 0;
}

/* In the child of the above: it is not who is told. */
static int wait_for_ever(void)
{
	int err = 0;

	if (write(3, &err, sizeof(err)) != sizeof(err))
		return 1;
	pause();
	return 0;
}

/* ---- What is asserted of them ---- */

struct holder {
	pid_t pid;
	int to;
};

static struct holder start(const char *program, const char *other)
{
	struct holder holder;
	int pair[2], err;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	holder.to = pair[0];
	holder.pid = fork();
	assert_true(holder.pid >= 0);
	if (!holder.pid) {
		/* The program's own, and nobody else's: what the test has would count. */
		if (pair[1] == 3 ? fcntl(3, F_SETFD, 0) : dup2(pair[1], 3) < 0)
			_exit(1);
		execl(program, program, "make", other, NULL);
		_exit(1);
	}
	close(pair[1]);
	assert_int_equal(read(holder.to, &err, sizeof(err)), sizeof(err));
	return holder;
}

static int told_to_connect(const struct holder *holder)
{
	int err = -1;

	assert_int_equal(write(holder->to, "", 1), 1);
	assert_int_equal(read(holder->to, &err, sizeof(err)), sizeof(err));
	return err;
}

static void end(struct holder *holder)
{
	kill(holder->pid, SIGKILL);
	waitpid(holder->pid, NULL, 0);
	close(holder->to);
}

static struct ran *load(int code, const char *text, const char *option)
{
	spill(POLICY, text);
	return option ? HARDEN(code, "load", "--policy", POLICY, option) : HARDEN(code, "load", "--policy", POLICY);
}

static int listen_at(__u16 port)
{
	struct sockaddr_in any = at("0.0.0.0", port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)), 0);
	assert_int_equal(bind(fd, (void *)&any, sizeof(any)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static int bound_udp(__u16 port)
{
	struct sockaddr_in any = at("0.0.0.0", port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (void *)&any, sizeof(any)), 0);
	return fd;
}

static int connected_tcp(const char *address, __u16 port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect_to(fd, address, port), 0);
	return fd;
}

static unsigned int times(const char *text, const char *word)
{
	unsigned int count = 0;

	for (text = strstr(text, word); text; text = strstr(text + 1, word))
		count++;
	return count;
}

static int unload_now(void **state)
{
	(void)state;
	RUN(HARDENCTL, "unload");
	return 0;
}

/* ---- Whose they are ---- */

static void go_by_who_has_a_socket_from_before_the_load(void **state)
{
	struct holder one = start(ONE, NULL), two = start(TWO, NULL), both = start(ONE, TWO), forked = start(ONE, ONE);
	struct mark before;

	(void)state;
	assert_int_equal(told_to_connect(&two), 0);
	assert_int_equal(told_to_connect(&both), 0);
	load(0, EGRESS_ALONE, NULL);
	before = mark();
	assert_int_equal(told_to_connect(&one), 0);
	assert_int_equal(told_to_connect(&forked), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(told_to_connect(&two), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
	/* Of two programs, it is of none. */
	assert_int_equal(told_to_connect(&both), EPERM);

	/* What was noted stays, and is noted of nobody else. */
	load(0, EGRESS_ALONE, NULL);
	assert_int_equal(told_to_connect(&one), 0);
	assert_int_equal(told_to_connect(&two), EPERM);
	assert_int_equal(told_to_connect(&both), EPERM);
	end(&one);
	end(&two);
	end(&both);
	end(&forked);
}

/* ---- What comes in ---- */

static void allow_connections_that_came_in(void **state)
{
	int listener = listen_at(PORT_IN), first = connected_tcp("127.0.0.1", PORT_IN), taken, second, waited;
	struct ran *ran;
	char text[64];

	(void)state;
	taken = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	second = connected_tcp("127.0.0.1", PORT_IN);
	ran = load(0, BOTH, NULL);
	assert_null(strstr(ran->err, "unlisted"));
	/* One that nobody had taken. */
	waited = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(taken >= 0 && waited >= 0);
	ran = RUN(HARDENCTL, "seal", "--dry-run");
	snprintf(text, sizeof(text), "pid %d ", getpid());
	assert_null(strstr(ran->out, text));
	close(first);
	close(second);
	close(taken);
	close(waited);
	close(listener);
}

static void find_what_listens_unlisted(void **state)
{
	int tcp = listen_at(PORT_ELSE), udp = bound_udp(PORT_ELSE), fine = listen_at(PORT_IN), too = bound_udp(PORT_IN);
	struct ran *ran = load(0, BOTH, NULL);
	char text[64];

	(void)state;
	snprintf(text, sizeof(text), "port %d (tcp): fd %d", PORT_ELSE, tcp);
	assert_non_null(strstr(ran->err, text));
	snprintf(text, sizeof(text), "port %d (udp): fd %d", PORT_ELSE, udp);
	assert_non_null(strstr(ran->err, text));
	assert_int_equal(times(ran->err, "listener-unlisted: "), 2);
	ran = HARDEN(2, "seal", "--dry-run");
	assert_int_equal(times(ran->out, "found listener-unlisted: "), 2);
	load(0, POLICY_OF(EGRESS("mode: enforce"), INGRESS("enforce"), "listener-unlisted, "), NULL);
	ran = RUN(HARDENCTL, "seal", "--dry-run");
	assert_int_equal(times(ran->out, "tolerated listener-unlisted: "), 2);
	assert_null(strstr(ran->out, "found listener-unlisted: "));
	close(tcp);
	close(udp);
	ran = load(0, BOTH, "--dry-run");
	assert_null(strstr(ran->err, "listener-unlisted"));
	close(fine);
	close(too);
}

/* More than anybody wants to read. */
static void find_many_and_count_the_rest(void **state)
{
	int fds[25];
	struct ran *ran;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = bound_udp(9000 + i);
	ran = load(0, BOTH, "--dry-run");
	assert_int_equal(times(ran->err, "listener-unlisted: "), 20);
	assert_non_null(strstr(ran->err, "and 5 more"));
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
}

/* ---- One's own session ---- */

static void deny_load_that_cuts_its_own_session(void **state)
{
	int listener = listen_at(PORT_IN), own = connected_tcp(UNLISTED, PORT_IN);
	struct ran *ran;

	(void)state;
	ran = load(2, EGRESS_ALONE, NULL);
	assert_non_null(strstr(ran->err, "hint: "));
	assert_non_null(strstr(ran->err, "--force"));
	assert_non_null(strstr(ran->err, UNLISTED " port 8001"));
	assert_objects(&unloaded);
	assert_int_equal(pinned_sets(), 0);
	HARDEN(1, "status");
	load(2, EGRESS_ALONE, "--dry-run");
	/* What is only recorded, or refused from the seal on, cuts nothing yet. */
	ran = load(0, POLICY_OF(EGRESS("mode: audit"), "{ mode: off }", ""), "--dry-run");
	assert_non_null(strstr(ran->err, "socket-unlisted: "));
	load(0, POLICY_OF(EGRESS("mode: enforce, before-seal: audit"), "{ mode: off }", ""), "--dry-run");
	assert_objects(&unloaded);
	ran = load(0, EGRESS_ALONE, "--force");
	assert_non_null(strstr(ran->err, "socket-unlisted: "));
	HARDEN(2, "status", "-q");
	close(own);
	close(listener);
}

/* The same connection, in nobody's hands that asks for the load. */
static void allow_load_that_cuts_somebody_elses(void **state)
{
	int listener = listen_at(PORT_IN), ready[2];
	struct ran *ran;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		connected_tcp(UNLISTED, PORT_IN);
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &(char){ 0 }, 1), 1);
	ran = load(0, EGRESS_ALONE, NULL);
	assert_int_equal(times(ran->err, "socket-unlisted: "), 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	close(listener);
}

static int set_up(void **state)
{
	(void)state;
	RUN("ip", "link", "set", "lo", "up");
	mkdir(DIR, 0755);
	copy_file(SELF, ONE);
	copy_file(SELF, TWO);
	unloaded = unloaded_objects();
	return 0;
}

/* In the program itself, so that no other has it open: makes the socket, and holds it. */
static int make(const char *other)
{
	return dup2(socket(AF_INET, SOCK_DGRAM, 0), 4) == 4 ? hold(other) : 1;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(deny_load_that_cuts_its_own_session, unload_now),
		cmocka_unit_test_teardown(allow_load_that_cuts_somebody_elses, unload_now),
		cmocka_unit_test_teardown(go_by_who_has_a_socket_from_before_the_load, unload_now),
		cmocka_unit_test_teardown(allow_connections_that_came_in, unload_now),
		cmocka_unit_test_teardown(find_what_listens_unlisted, unload_now),
		cmocka_unit_test_teardown(find_many_and_count_the_rest, unload_now),
	};

	if (argc > 1)
		return !strcmp(argv[1], "make") ? make(argc > 2 ? argv[2] : NULL) : wait_for_ever();
	return cmocka_run_group_tests(tests, set_up, unload);
}
