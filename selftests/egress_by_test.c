// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_by_test.c - entries of egress.allow that are for one program or one user.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 *
 * Two programs, ONE and TWO, are copies of this test, so that they differ in nothing but the file that they are.  What
 * they are to do stands in their arguments, what became of it is their exit status: an errno, or 0.
 */
#include "maker.h"
#include "objects.h"
#include "send_raw.h"
#include "util.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#define DIR	"/tmp/egress_by"
#define ONE	DIR "/one"
#define LINK	DIR "/link"	/* the same file */
#define TWO	DIR "/two"
#define SELF	"build/selftests/egress_by_test"

#define BY_ONE		"8000"
#define BY_NOBODY	"8001"
#define BY_BOTH		"8002"	/* ONE as nobody */
#define BY_LISTS	"8003"
#define BY_ANY		"8004"

#define ENTRY(port, more)	"    - { to: [127.0.0.1, \"::1\"], port: " port more " }\n"
#define POLICY_OF(mode, entries)								\
	"version: 1\nname: by\n"								\
	"exec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"			\
	"egress:\n  mode: " mode "\n  allow:\n" entries "  sockets: [{family: smc}]\n"		\
	"ingress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n"			\
	"seal: { tolerate: [off:exec, off:ptrace, off:modules, off:ingress, off:kernel, off:data, audit:egress] }\n"
#define ENTRIES											\
	ENTRY(BY_ONE, ", by: " ONE)								\
	ENTRY(BY_NOBODY, ", user: nobody")							\
	ENTRY(BY_BOTH, ", by: " LINK ", user: 65534")						\
	ENTRY(BY_LISTS, ", by: [" ONE ", " TWO "], user: [root, nobody]")			\
	ENTRY(BY_ANY, "")

/* ---- In the programs ---- */

static int act(char **words);

static int make(const char *address, const char *type)
{
	return socket(strchr(address, ':') ? AF_INET6 : AF_INET, !strcmp(type, "tcp") ? SOCK_STREAM : SOCK_DGRAM, 0);
}

/* A connection that nobody takes has left all the same. */
static int use(int fd, const char *address, const char *port, bool send)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(atoi(port)) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	bool v6 = strchr(address, ':');
	const struct sockaddr *at = v6 ? (void *)&in6 : (void *)&in;
	socklen_t len = v6 ? sizeof(in6) : sizeof(in);
	int err;

	if (inet_pton(v6 ? AF_INET6 : AF_INET, address, v6 ? (void *)&in6.sin6_addr : (void *)&in.sin_addr) != 1)
		return EINVAL;
	err = send ? sendto(fd, "", 1, 0, at, len) : connect(fd, at, len);
	return err < 0 && errno != ECONNREFUSED ? errno : 0;
}

static int make_by_ring(const char *address, const char *type, const char *flags)
{
	const struct io_uring_sqe request = {
		.opcode = IORING_OP_SOCKET, .flags = !strcmp(flags, "async") ? IOSQE_ASYNC : 0,
		.fd = strchr(address, ':') ? AF_INET6 : AF_INET, .off = !strcmp(type, "tcp") ? SOCK_STREAM : SOCK_DGRAM,
	};
	int fd = uring_with(&request, !strcmp(flags, "sqpoll") ? IORING_SETUP_SQPOLL : 0);

	if (fd < 0)
		errno = -fd;
	return fd < 0 ? -1 : fd;
}

/* A TCP socket with the peer that accept(2) made, connected to PORT and then to nothing. */
static int renew(const char *port, bool accepted)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(port)), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	const struct sockaddr nothing = { .sa_family = AF_UNSPEC };
	int listener = make("127.0.0.1", "tcp"), own = make("127.0.0.1", "tcp"), peer;

	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) ||
	    bind(listener, (void *)&at, sizeof(at)) || listen(listener, 8) || connect(own, (void *)&at, sizeof(at)))
		return EIO;
	peer = accept(listener, NULL, NULL);
	if (peer < 0 || connect(accepted ? peer : own, &nothing, sizeof(nothing)))
		return EIO;
	return use(accepted ? peer : own, "127.0.0.1", port, false);
}

/* In a user namespace that has one user, this one, as INNER. */
static int be(const char *inner)
{
	char map[64];
	int fd;

	snprintf(map, sizeof(map), "%s %u 1\n", inner, getuid());
	/* Who changed its user has a /proc/self that is root's. */
	if (prctl(PR_SET_DUMPABLE, 1) || unshare(CLONE_NEWUSER))
		return EIO;
	fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, map, strlen(map)) != (ssize_t)strlen(map))
		return EIO;
	close(fd);
	return getuid() == (uid_t)atoi(inner) ? 0 : EIO;
}

static int in_child(char **words)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(act(words));
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

/*
 * try TYPE ADDRESS PORT: make a socket and connect it.  send: send to there.  give TYPE ADDRESS: make one and pass it by
 * descriptor 3.  start PROGRAM TYPE ADDRESS PORT: make one, and start a program with it as descriptor 4.  on ADDRESS PORT:
 * that program.  hold TYPE ADDRESS PORT: connect, say so by descriptor 3, wait.  late UID TYPE ADDRESS PORT: make one, be
 * that user, connect.  ring HOW TYPE ADDRESS PORT: have io_uring make one, in that way.  smc ADDRESS PORT: connect one of
 * that family.  renewed PORT, accepted PORT: see renew().  Any of them after "ids REAL EFFECTIVE": as those users; after
 * "in INNER": see be(); after "forked": in a child.
 */
static int act(char **words)
{
	const char *verb = words[0];
	int fd, err;

	if (!strcmp(verb, "ids"))
		return setreuid(atoi(words[1]), atoi(words[2])) ? EIO : act(words + 3);
	if (!strcmp(verb, "in"))
		return be(words[1]) ?: act(words + 2);
	if (!strcmp(verb, "forked"))
		return in_child(words + 1);
	if (!strcmp(verb, "renewed") || !strcmp(verb, "accepted"))
		return renew(words[1], verb[0] == 'a');
	if (!strcmp(verb, "smc")) {
		fd = socket(AF_SMC, SOCK_STREAM, 0);
		return fd < 0 ? errno : use(fd, words[1], words[2], false);
	}
	if (!strcmp(verb, "late")) {
		fd = make(words[3], words[2]);
		return fd < 0 ? errno : setuid(atoi(words[1])) ? EIO : use(fd, words[3], words[4], false);
	}
	if (!strcmp(verb, "ring")) {
		fd = make_by_ring(words[3], words[2], words[1]);
		return fd < 0 ? errno : use(fd, words[3], words[4], false);
	}
	if (!strcmp(verb, "on"))
		return use(4, words[1], words[2], false);
	if (!strcmp(verb, "start")) {
		fd = make(words[3], words[2]);
		if (dup2(fd, 4) == 4)
			execl(words[1], words[1], "on", words[3], words[4], NULL);
		return errno;
	}
	fd = make(words[2], words[1]);
	if (fd < 0)
		return errno;
	if (!strcmp(verb, "give"))
		return maker_give(fd);
	err = use(fd, words[2], words[3], !strcmp(verb, "send"));
	if (err || strcmp(verb, "hold"))
		return err;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(3, "", 1) == 1)
		pause();
	return errno;
}

/* ---- What is asserted of them ---- */

#define GO(program, ...)	(RUN(program, __VA_ARGS__)->status)
#define GO_AS_NOBODY(program, ...)	(RUN(program, "ids", "65534", "65534", __VA_ARGS__)->status)

/* `exe` did what was refused. */
static void assert_one_refusal(const struct mark *before, const char *exe, const char *hook, const char *port)
{
	struct json_object *record = assert_refused(before, GUARD_egress, "unlisted", 1);

	assert_field(record, "hook", hook);
	assert_field(record, "object.port", port);
	assert_field(record, "exe", exe);
	assert_field(record, "rule.file", POLICY);
	json_object_put(record);
}

static const struct way {
	const char *name, *verb, *type, *address, *hook;
} ways[] = {
	{ "tcp_connect4", "try", "tcp", "127.0.0.1", "connect4" },
	{ "udp_connect6", "try", "udp", "::1", "connect6" },
	{ "udp_send4", "send", "udp", "127.0.0.1", "sendmsg4" },
	{ "udp_send6", "send", "udp", "::1", "sendmsg6" },
	/* In the long form only. */
	{ "tcp_connect6", "try", "tcp", "::1", "connect6" },
	{ "tcp_connect_mapped", "try", "tcp", "::ffff:127.0.0.1", "connect6" },
	{ "udp_connect4", "try", "udp", "127.0.0.1", "connect4" },
	{ "udp_send_mapped", "send", "udp", "::ffff:127.0.0.1", "sendmsg4" },
};

#define WAYS_SHORT	4	/* one of each hook */

static void allow_all_before_load(void **state)
{
	const struct way *way = *state;

	assert_int_equal(GO(ONE, way->verb, way->type, way->address, BY_ONE), 0);
	assert_int_equal(GO(TWO, way->verb, way->type, way->address, BY_ONE), 0);
	assert_int_equal(GO_AS_NOBODY(TWO, way->verb, way->type, way->address, BY_BOTH), 0);
}

static void allow_the_program_and_deny_another(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();

	assert_int_equal(GO(ONE, way->verb, way->type, way->address, BY_ONE), 0);
	assert_int_equal(GO(LINK, way->verb, way->type, way->address, BY_ONE), 0);
	assert_int_equal(GO_AS_NOBODY(ONE, way->verb, way->type, way->address, BY_ONE), 0);
	assert_int_equal(GO(TWO, way->verb, way->type, way->address, BY_ANY), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(GO(TWO, way->verb, way->type, way->address, BY_ONE), EPERM);
	assert_one_refusal(&before, TWO, way->hook, BY_ONE);
}

static void allow_the_user_and_deny_another(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();

	assert_int_equal(GO_AS_NOBODY(TWO, way->verb, way->type, way->address, BY_NOBODY), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(GO(TWO, way->verb, way->type, way->address, BY_NOBODY), EPERM);
	assert_one_refusal(&before, TWO, way->hook, BY_NOBODY);
}

static void allow_both_together_and_deny_one_alone(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();

	assert_int_equal(GO_AS_NOBODY(ONE, way->verb, way->type, way->address, BY_BOTH), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(GO(ONE, way->verb, way->type, way->address, BY_BOTH), EPERM);
	assert_one_refusal(&before, ONE, way->hook, BY_BOTH);
	before = mark();
	assert_int_equal(GO_AS_NOBODY(TWO, way->verb, way->type, way->address, BY_BOTH), EPERM);
	assert_one_refusal(&before, TWO, way->hook, BY_BOTH);
}

static void allow_each_of_a_list(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();

	assert_int_equal(GO(ONE, way->verb, way->type, way->address, BY_LISTS), 0);
	assert_int_equal(GO_AS_NOBODY(TWO, way->verb, way->type, way->address, BY_LISTS), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(GO(SELF, way->verb, way->type, way->address, BY_LISTS), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
}

/* ---- A socket is its maker's ---- */

static int take(const char *program)
{
	return maker_take((const char *const []){ program, "give", "udp", "127.0.0.1", NULL });
}

static void allow_a_socket_that_the_program_passed_on(void **state)
{
	int one = take(ONE), two = take(TWO);
	struct mark before = mark();

	(void)state;
	assert_int_equal(use(one, "127.0.0.1", BY_ONE, false), 0);
	assert_int_equal(use(one, "127.0.0.1", BY_ONE, true), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(use(two, "127.0.0.1", BY_ONE, false), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
	close(one);
	close(two);
}

static void allow_a_socket_that_the_program_left_to_another(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(GO(ONE, "start", TWO, "tcp", "127.0.0.1", BY_ONE), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(GO(TWO, "start", ONE, "tcp", "127.0.0.1", BY_ONE), EPERM);
	assert_one_refusal(&before, ONE, "connect4", BY_ONE);
}

static const struct how {
	const char *name;
	const char *words[8];	/* with which ONE may, and TWO may not */
} hows[] = {
	{ "by_a_child", { "forked", "try", "udp", "127.0.0.1", BY_ONE } },
	{ "by_a_ring", { "ring", "", "tcp", "127.0.0.1", BY_ONE } },
	/* By threads that the kernel makes for it. */
	{ "by_a_rings_worker", { "ring", "async", "udp", "::1", BY_ONE } },
	{ "by_a_rings_thread", { "ring", "sqpoll", "udp", "127.0.0.1", BY_ONE } },
};

static int go_how(const char *program, const struct how *how)
{
	const char *argv[ARRAY_SIZE(how->words) + 2] = { program };

	memcpy(argv + 1, how->words, sizeof(how->words));
	return run_argv(argv)->status;
}

static void allow_what_the_program_makes_and_deny_it_to_another(void **state)
{
	const struct how *how = *state;
	struct mark before = mark();

	assert_int_equal(go_how(ONE, how), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(go_how(TWO, how), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
}

/* What accept(2) returns is the listener's maker's, when it is made to connect, too; another program has no connection to accept. */
static void go_by_the_listener_of_an_accepted_socket(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(GO(ONE, "renewed", BY_ONE), 0);
	assert_int_equal(GO(ONE, "accepted", BY_ONE), 0);
	assert_int_equal(GO(TWO, "accepted", BY_ANY), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(GO(TWO, "accepted", BY_ONE), EIO);
	assert_one_refusal(&before, TWO, "connect4", BY_ONE);
}

/* The TCP socket within one of SMC is the kernel's. */
static void deny_a_socket_that_the_kernel_made(void **state)
{
	struct mark before = mark();

	(void)state;
	if (without_smc()) {
		print_message("# SKIP this kernel has no %s\n", without_smc());
		skip();
	}
	assert_int_equal(GO(ONE, "smc", "127.0.0.1", BY_ANY), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(GO(ONE, "smc", "127.0.0.1", BY_ONE), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
}

/* The real one of who sends, as it is outside of every namespace, and as it is then. */
static void go_by_the_user_who_sends(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(GO(TWO, "late", "65534", "udp", "127.0.0.1", BY_NOBODY), 0);
	assert_int_equal(GO(ONE, "late", "65534", "tcp", "127.0.0.1", BY_BOTH), 0);
	assert_int_equal(GO(TWO, "ids", "65534", "0", "try", "udp", "127.0.0.1", BY_NOBODY), 0);
	assert_int_equal(GO_AS_NOBODY(TWO, "in", "1000", "try", "udp", "127.0.0.1", BY_NOBODY), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(GO(TWO, "late", "1000", "udp", "127.0.0.1", BY_NOBODY), EPERM);
	assert_one_refusal(&before, TWO, "connect4", BY_NOBODY);
	before = mark();
	assert_int_equal(GO(TWO, "ids", "0", "65534", "try", "udp", "127.0.0.1", BY_NOBODY), EPERM);
	assert_one_refusal(&before, TWO, "connect4", BY_NOBODY);
	before = mark();
	assert_int_equal(GO(TWO, "ids", "1000", "1000", "in", "65534", "try", "udp", "127.0.0.1", BY_NOBODY), EPERM);
	assert_one_refusal(&before, TWO, "connect4", BY_NOBODY);
}

static int before_load = -1;

static void deny_a_socket_of_which_nothing_is_known(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(use(before_load, "127.0.0.1", BY_ANY, false), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(use(before_load, "127.0.0.1", BY_ONE, false), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
}

/* Its link is pinned, and pins can be lost: from then on nothing is known of new sockets. */
static void assert_nothing_known_without_the_link(int one)
{
	struct mark before = mark();
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PINS "/%llu/egress__socket_post_create", (unsigned long long)live_set().set);
	assert_int_equal(unlink(path), 0);
	/* It goes away behind the caller's back. */
	for (int i = 0; i < 100 && GO(ONE, "try", "udp", "127.0.0.1", BY_ONE) == 0; i++)
		before = mark();
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
	before = mark();
	assert_int_equal(GO(ONE, "try", "udp", "127.0.0.1", BY_ANY), 0);
	assert_int_equal(use(one, "127.0.0.1", BY_ONE, false), 0);
	assert_undisturbed(&before, GUARD_egress);
}

static void allow_a_socket_from_before_the_link_was_lost_and_a_reload(void **state)
{
	int one = take(ONE), two = take(TWO);
	struct mark before;

	(void)state;
	assert_nothing_known_without_the_link(one);
	load_text(POLICY_OF("enforce", ENTRY(BY_ANY, "") ENTRY(BY_LISTS, ", by: " TWO) ENTRY(BY_ONE, ", by: " ONE)));
	before = mark();
	assert_int_equal(use(one, "127.0.0.1", BY_ONE, false), 0);
	assert_int_equal(use(two, "127.0.0.1", BY_LISTS, false), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(use(one, "127.0.0.1", BY_LISTS, false), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
	close(one);
	close(two);
}

/* The file that the path leads to now is another one. */
static void deny_what_took_the_programs_place(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(rename(ONE, DIR "/aside"), 0);
	RUN("cp", TWO, ONE);
	assert_int_equal(GO(ONE, "try", "udp", "127.0.0.1", BY_ONE), EPERM);
	assert_one_refusal(&before, ONE, "connect4", BY_ONE);
	before = mark();
	assert_int_equal(GO(DIR "/aside", "try", "udp", "127.0.0.1", BY_ONE), 0);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(rename(DIR "/aside", ONE), 0);
}

/* ---- What a set attaches, and what becomes of names ---- */

static bool attached(const char *name)
{
	struct set_info set = live_set();

	for (__u32 i = 0; i < set.attachments; i++)
		if (!strcmp(set.attachment[i].name, name))
			return true;
	return false;
}

static void deny_load_with_a_name_that_nobody_has(void **state)
{
	struct ran *ran;

	(void)state;
	spill(POLICY ".bad", POLICY_OF("enforce", ENTRY(BY_ANY, ", user: hctl-nobody")));
	ran = HARDEN(1, "load", "--policy", POLICY ".bad");
	assert_non_null(strstr(ran->err, POLICY ".bad:9: error: there is no user 'hctl-nobody'"));
	spill(POLICY ".bad", POLICY_OF("enforce", ENTRY(BY_ANY, ", by: " DIR "/none")));
	ran = HARDEN(1, "load", "--policy", POLICY ".bad");
	assert_non_null(strstr(ran->err, POLICY ".bad:9: egress.allow: find '" DIR "/none'"));
	/* What was in force still is. */
	assert_int_equal(GO(ONE, "try", "udp", "127.0.0.1", BY_ONE), 0);
	assert_int_equal(GO(TWO, "try", "udp", "127.0.0.1", BY_ONE), EPERM);
}

#define HOSTS(more)	"127.0.0.1 localhost\n127.0.0." more " a.example\n127.0.0.8 a.example\nfd99::7 a.example\n"
#define RESOLVED	POLICY_OF("enforce", "    - { to: a.example }\n" ENTRY(BY_NOBODY, ", user: nobody") "  resolve: yes\n")

static void allow_all_addresses_that_a_name_had_at_the_load(void **state)
{
	int v4 = make("127.0.0.1", "udp"), v6 = make("::1", "udp");
	struct mark before;
	struct ran *ran;

	(void)state;
	/* As Debian has it: or the first line with a name is the only one. */
	spill("/etc/host.conf", "multi on\n");
	spill(DIR "/hosts", HOSTS("7"));
	close(open("/etc/hosts", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	assert_int_equal(mount(DIR "/hosts", "/etc/hosts", NULL, MS_BIND, NULL), 0);
	/* And policies without `by` pay nothing for it. */
	assert_true(attached("egress__socket_post_create"));
	load_text(RESOLVED);
	assert_true(attached("egress__connect4"));
	assert_false(attached("egress__socket_post_create"));
	before = mark();
	assert_int_equal(use(v4, "127.0.0.7", BY_ANY, false), 0);
	assert_int_equal(use(v4, "127.0.0.8", BY_ANY, false), 0);
	/* There is no route to it, which is another matter. */
	assert_int_not_equal(use(v6, "fd99::7", BY_ANY, false), EPERM);
	assert_undisturbed(&before, GUARD_egress);
	assert_int_equal(use(v4, "127.0.0.9", BY_ANY, false), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));

	/* Nobody looks again but who is told to. */
	spill(DIR "/hosts", HOSTS("9"));
	assert_int_equal(use(v4, "127.0.0.9", BY_ANY, false), EPERM);
	ran = HARDEN(0, "check", "--dump", POLICY);
	assert_non_null(strstr(ran->out, ":9: a.example is "));
	assert_non_null(strstr(ran->out, "- {to: \"127.0.0.8/32\"}\n"));
	assert_int_equal(use(v4, "127.0.0.7", BY_ANY, false), 0);
	load_text(RESOLVED);
	assert_int_equal(use(v4, "127.0.0.9", BY_ANY, false), 0);
	assert_int_equal(use(v4, "127.0.0.7", BY_ANY, false), EPERM);

	spill(POLICY ".bad", POLICY_OF("enforce", "    - { to: b.example }\n  resolve: yes\n"));
	ran = HARDEN(1, "load", "--policy", POLICY ".bad");
	assert_non_null(strstr(ran->err, POLICY ".bad:9: error: 'b.example' has no address: "));
	ran = HARDEN(0, "check", POLICY ".bad");
	assert_int_equal(use(v4, "127.0.0.9", BY_ANY, false), 0);
	assert_int_equal(umount("/etc/hosts"), 0);
	close(v4);
	close(v6);
}

/* ---- The seal's scan ---- */

static pid_t hold(uid_t uid, const char *program, const char *port)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (dup2(ready[1], 3) != 3 || setuid(uid))
			_exit(126);
		execl(program, program, "hold", "udp", "127.0.0.1", port, NULL);
		_exit(127);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void find_connections_of_other_programs_and_users(void **state)
{
	const struct { uid_t uid; const char *program, *port; bool found; } rows[] = {
		{ 0, ONE, BY_ONE, false }, { 0, TWO, BY_ONE, true }, { 65534, TWO, BY_NOBODY, false },
		{ 0, TWO, BY_NOBODY, true }, { 65534, ONE, BY_BOTH, false }, { 0, ONE, BY_BOTH, true },
		{ 65534, TWO, BY_BOTH, true }, { 0, TWO, BY_ANY, false },
	};
	pid_t pids[ARRAY_SIZE(rows)];
	struct ran *ran;
	char text[96];

	(void)state;
	load_text(POLICY_OF("audit", ENTRIES));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		pids[i] = hold(rows[i].uid, rows[i].program, rows[i].port);
	ran = RUN(HARDENCTL, "seal", "--dry-run");
	assert_int_equal(ran->status, 2);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "pid %d (%s, %s) is connected to 127.0.0.1 port %s (udp)", pids[i],
			 strrchr(rows[i].program, '/') + 1, rows[i].program, rows[i].port);
		if (!strstr(ran->out, text) == rows[i].found && !strstr(ran->err, text) == rows[i].found)
			fail_msg("%s: %s\n%s%s", text, rows[i].found ? "not found" : "found", ran->out, ran->err);
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

static int set_up(void **state)
{
	(void)state;
	mkdir(DIR, 0755);
	RUN("ip", "link", "set", "lo", "up");
	RUN("cp", SELF, ONE);
	RUN("cp", SELF, TWO);
	return link(ONE, LINK);
}

static int load_by(void **state)
{
	(void)state;
	before_load = take(ONE);
	load_text(POLICY_OF("enforce", ENTRIES));
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
	struct CMUnitTest before[ARRAY_SIZE(ways)], loaded[4 * ARRAY_SIZE(ways) + ARRAY_SIZE(hows)], *next = loaded;
	size_t n = is_long() ? ARRAY_SIZE(ways) : WAYS_SHORT;
	const struct CMUnitTest others[] = {
		cmocka_unit_test(allow_a_socket_that_the_program_passed_on),
		cmocka_unit_test(allow_a_socket_that_the_program_left_to_another),
		cmocka_unit_test(deny_a_socket_of_which_nothing_is_known),
		cmocka_unit_test(go_by_the_listener_of_an_accepted_socket),
		cmocka_unit_test(deny_a_socket_that_the_kernel_made),
		cmocka_unit_test(go_by_the_user_who_sends),
		cmocka_unit_test(deny_load_with_a_name_that_nobody_has),
		cmocka_unit_test(allow_a_socket_from_before_the_link_was_lost_and_a_reload),
		cmocka_unit_test(deny_what_took_the_programs_place),
		cmocka_unit_test(allow_all_addresses_that_a_name_had_at_the_load),
		cmocka_unit_test(find_connections_of_other_programs_and_users),
	};
	int failed;

	if (argc > 1)
		return act(argv + 1);
	for (size_t i = 0; i < n; i++) {
		const struct way *way = &ways[i];

		before[i] = test_of_row("allow", way->name, "before_load", allow_all_before_load, way);
		*next++ = test_of_row("by", way->name, "", allow_the_program_and_deny_another, way);
		*next++ = test_of_row("user", way->name, "", allow_the_user_and_deny_another, way);
		/* What is common to all hooks. */
		if (i && !is_long())
			continue;
		*next++ = test_of_row("by_and_user", way->name, "", allow_both_together_and_deny_one_alone, way);
		*next++ = test_of_row("lists", way->name, "", allow_each_of_a_list, way);
	}
	for (size_t i = 0; i < ARRAY_SIZE(hows); i++)
		*next++ = test_of_row("maker", hows[i].name, "", allow_what_the_program_makes_and_deny_it_to_another, &hows[i]);
	failed = _cmocka_run_group_tests("before", before, n, set_up, NULL);
	failed += _cmocka_run_group_tests("loaded", loaded, next - loaded, load_by, NULL);
	return failed + cmocka_run_group_tests(others, NULL, tear_down);
}
