/* SPDX-License-Identifier: GPL-2.0-only */
/* scan.h - a condition that the seal's scan must find, and what the scan says of it. */
#ifndef HARDENCTL_SELFTESTS_SCAN_H
#define HARDENCTL_SELFTESTS_SCAN_H

#include "child.h"
#include "objects.h"
#include "util.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* Only 127.0.0.1 and ::1 are listed, so that 127.0.0.2 is not. */
#define SCAN_POLICY(mode, tolerate)							\
	"version: 1\nname: scan\n"							\
	"exec: { mode: " mode ", introduced: allow }\nptrace: { mode: " mode " }\n"	\
	"modules: { mode: " mode " }\n"						\
	"egress:\n  mode: " mode "\n  allow:\n    - { to: [127.0.0.1, \"::1\"] }\n"	\
	"ingress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n"		\
	"seal: { tolerate: [off:ingress, off:kernel, off:data, audit:exec, audit:ptrace, " \
	"audit:modules, audit:egress" tolerate "] }\n"

/*
 * A policy, and what the scan must say under it of each condition.  Guards in audit mode let the conditions come
 * about; those that are to be found under an enforcing one, too, come first.
 */
struct phase {
	const char *verb, *policy;
	bool tolerated;		/* each finding */
	int code;		/* with the condition */
	int code_without;
	bool early;		/* before the load */
};

/*
 * make() brings it about, with a harmless neighbour, and says in `expected` what a finding must contain; or returns
 * what it lacks.  clear() ends the condition and leaves the neighbour, which release() ends.
 */
struct condition {
	const char *name, *kind;
	const char *(*make)(void);
	void (*clear)(void);
	bool early;		/* under an enforcing policy, too */
};

static char expected[128];
static int found_fd = -1, neighbours[4] = { -1, -1, -1, -1 };
static pid_t children[4];

static UNUSED void expect(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(expected, sizeof(expected), format, args);
	va_end(args);
}

static UNUSED void close_found(void)
{
	close(found_fd);
	found_fd = -1;
}

static UNUSED void end_child(size_t i)
{
	if (children[i] <= 0)
		return;
	kill(children[i], SIGKILL);
	waitpid(children[i], NULL, 0);
	children[i] = 0;
}

static int in_flight[2];

/* In a message that nobody has taken yet: no process has a descriptor of it. */
static UNUSED void put_in_flight(int fd)
{
	union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control = {};
	struct iovec part = { "", 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	assert_true(fd >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, in_flight), 0);
	control.header = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(fd)),
	};
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	assert_int_equal(sendmsg(in_flight[0], &message, 0), 1);
	close(fd);
}

static UNUSED void clear_in_flight(void)
{
	close(in_flight[0]);
	close(in_flight[1]);
}

static void release(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		end_child(i);
	for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++) {
		if (neighbours[i] >= 0)
			close(neighbours[i]);
		neighbours[i] = -1;
	}
}

/* A child that does `prepare` in a network namespace of its own or in ours, and then waits to be killed. */
static UNUSED void start_child(size_t i, unsigned long namespaces, bool (*prepare)(void))
{
	int ready[2];
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	children[i] = fork();
	assert_true(children[i] >= 0);
	if (!children[i]) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if ((namespaces && unshare(namespaces)) || (prepare && !prepare()) ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

static UNUSED bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

/* Before a load, or after it where the policy lets it. */
static UNUSED const char *need_module(const char *name)
{
	static char lack[64];

	snprintf(lack, sizeof(lack), "the module %s can't be loaded", name);
	return RUN("modprobe", name)->status ? lack : NULL;
}

/* ---- What the scan says ---- */

/*
 * Asserts that a dry run exits with `code`, and that `count` of its findings are of that kind and contain the text,
 * each tolerated or not as it should be.
 */
static UNUSED void assert_findings(int code, const char *kind, const char *text, unsigned int count,
				   bool tolerated)
{
	struct json_object *json = parse_json(HARDEN(code, "seal", "--dry-run", "--json")->out), *list;
	unsigned int found = 0;

	assert_field(json, "schema", "hardenctl.seal/1");
	assert_field(json, "sealed", "false");
	assert_true(json_object_object_get_ex(json, "findings", &list));
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *row = json_object_array_get_idx(list, i);
		bool matches = !strcmp(field(row, "kind"), kind) && strstr(field(row, "what"), text);

		if (!strcmp(field(row, "kind"), kind) && matches != !!count)
			print_message("# %s '%s', not '%s'\n", kind, field(row, "what"), text);
		assert_non_null(field(row, "advice"));
		found += matches;
		if (matches)
			assert_field(row, "tolerated", tolerated ? "true" : "false");
	}
	assert_int_equal(found, count);
	json_object_put(json);
}

static const struct phase *phase;

/* In the short form a kind's first condition tells that it is no longer found once it is gone. */
static bool asks_again(const char *kind)
{
	static char last[32];
	bool first = strcmp(last, kind);

	snprintf(last, sizeof(last), "%s", kind);
	return first || is_long();
}

static UNUSED void find_condition(void **state)
{
	const struct condition *condition = *state;
	const char *lack;

	if (phase->early)
		RUN(HARDENCTL, "unload");
	lack = condition->make();
	if (lack) {
		print_message("# SKIP %s\n", lack);
		release();
		skip();
	}
	if (phase->early)
		load_text(phase->policy);
	assert_findings(phase->code, condition->kind, expected, 1, phase->tolerated);
	condition->clear();
	/* Of other shells there are some: the VM's first process, and what runs the tests. */
	if (strcmp(condition->kind, "process-unlisted"))
		expect("%s", "");
	if (asks_again(condition->kind))
		assert_findings(phase->code_without, condition->kind, expected, 0, false);
	release();
}

/* Ends what a failed test has left. */
static UNUSED int tidy(void **state)
{
	(void)state;
	release();
	return 0;
}

#endif
