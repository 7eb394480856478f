/* SPDX-License-Identifier: GPL-2.0-only */
/* victim.h - processes for others to attack, which tell whether anybody touched their memory. */
#ifndef HARDENCTL_SELFTESTS_VICTIM_H
#define HARDENCTL_SELFTESTS_VICTIM_H

#include "child.h"

#include <sys/prctl.h>
#include <sys/socket.h>

#define SECRET		"a secret"
#define TAMPERED	"tampered"

/* Forked off the test, so that it has `secret` at the same address. */
struct victim {
	pid_t pid;
	int ask;
};

static char secret[] = SECRET;

/* Tells its secret whenever it is asked, and then sets it back. */
static _Noreturn void be_victim(uid_t uid, int ask)
{
	const struct place place = { .uid = uid };
	char byte;

	/* What lets others at a process is left to the guard: dumpable, and any tracer for Yama. */
	if (enter_place(&place) || prctl(PR_SET_DUMPABLE, 1))
		_exit(1);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	if (write(ask, "", 1) != 1)
		_exit(1);
	while (read(ask, &byte, 1) == 1) {
		if (write(ask, secret, sizeof(secret)) != sizeof(secret))
			_exit(1);
		strcpy(secret, SECRET);
	}
	_exit(0);
}

static UNUSED struct victim start_victim(uid_t uid)
{
	struct victim new;
	int pair[2];
	char byte;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	new.pid = fork();
	assert_true(new.pid >= 0);
	if (!new.pid) {
		close(pair[0]);
		be_victim(uid, pair[1]);
	}
	close(pair[1]);
	new.ask = pair[0];
	assert_int_equal(read(new.ask, &byte, 1), 1);
	return new;
}

static UNUSED void end_victim(const struct victim *old)
{
	kill(old->pid, SIGKILL);
	waitpid(old->pid, NULL, 0);
	close(old->ask);
}

static UNUSED const char *proc_path(pid_t pid, const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return path;
}

/* Asserts that the process lives, isn't traced or stopped, and has `expected` in its memory. */
static UNUSED void assert_victim(const struct victim *of, const char *expected)
{
	char told[sizeof(secret)] = "", status[4096];

	assert_int_equal(write(of->ask, "", 1), 1);
	assert_int_equal(read(of->ask, told, sizeof(told)), sizeof(told));
	assert_string_equal(told, expected);
	slurp(proc_path(of->pid, "status"), status, sizeof(status));
	assert_non_null(strstr(status, "\nTracerPid:\t0\n"));
}

#endif
