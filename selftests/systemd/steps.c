// SPDX-License-Identifier: GPL-2.0-only
/* steps.c - what the scenarios are made of: load, seal, managers that start anew, rescue. */
#include "steps.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "units.h"

bool framework;

bool inspects;

void check_sealed(const char *when)
{
	ok(!run(HARDENCTL, "verify"), "%s: hardenctl verify proves every guard", when);
	ok(!run(HARDENCTL, "status", "-q"), "%s: hardenctl status -q: sealed, every guard enforcing", when);
}

bool shell_starts(void)
{
	return run("/bin/bash", "-c", "exit 7") == 7;
}

bool check_load(const char *policy)
{
	bool good = !run(HARDENCTL, "load", "--policy", policy);

	inspects = !said_has("can't look into a program");
	/* What the verifier says. */
	if (!good)
		run(HARDENCTL, "load", "-v", "--policy", policy);
	ok(good, "hardenctl load");
	return good;
}

void check_seal(void)
{
	double begin = uptime();

	ok(!run(HARDENCTL, "seal"), "hardenctl seal");
	note("sealed in %.1f s", uptime() - begin);
	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
		note("  %s", line);
	check_sealed("sealed");
	ok(!shell_starts(), "sealed: no shell starts");
}

/* Who is started before the load and goes on until it is let go: `letter` is its other end. */
pid_t shell_stays(int *letter)
{
	int pipes[2];
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(pipes[0], 0);
		execl("/bin/bash", "bash", "-c", "read -r line", NULL);
		_exit(127);
	}
	close(pipes[0]);
	*letter = pipes[1];
	return pid;
}

static void shell_ends(pid_t pid, int letter)
{
	close(letter);
	waitpid(pid, NULL, 0);
}

void start_all(void)
{
	/* Probes that fail are found one by one. */
	/* Debian 12 builds systemd without what the other settings need: they never hold there. */
	framework = !run(SYSTEMCTL, "--version") && said_has("+BPF_FRAMEWORK");
	check_units(framework ? ~0u : ~(BIT(OTHER) | BIT(LSM)), "before");
	ok(!run(SYSTEMCTL, "start", "selftest-long.service"), "before: unit long starts");
}

/* A disk with LUKS on it, made by the machine itself as its first boot would; the host can read version 1. */
bool make_luks(void)
{
	if (access("/dev/vdb", F_OK))
		return false;
	ok(!run("/usr/sbin/cryptsetup", "luksFormat", "-q", "--type", "luks1", "--pbkdf", "pbkdf2",
		"--pbkdf-force-iterations", "1000", "/dev/vdb", "/etc/selftest/key"), "cryptsetup luksFormat");
	ok(!run(SYSTEMCTL, "start", "systemd-cryptsetup@secret.service"), "systemd-cryptsetup@ opens it");
	ok(!run("/usr/sbin/mke2fs", "-q", "-t", "ext4", "/dev/mapper/secret"), "mke2fs on it");
	ok(!run(SYSTEMCTL, "start", "secret.mount"), "its mount unit starts");
	return true;
}

void write_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	ok(fd >= 0 && write(fd, "x", 1) == 1, "%s can be written", path);
	close(fd);
}

void check_refused_seal(void)
{
	int letter, code;
	pid_t pid = shell_stays(&letter);

	if (!check_load(POLICY("strict")))
		return;
	ok(!shell_starts(), "loaded: no shell starts");
	code = run(HARDENCTL, "seal");
	ok(code == 2, "hardenctl seal: refused while the policy tolerates nothing (exit %d)", code);
	if (said_has("process-unlisted"))
		ok(said_has("bash"), "the findings name the running bash");
	else
		skip("this build's seal does not look for processes", "the findings name the running bash");
	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
		note("  %s", line);
	sleep(1);
	run("/usr/bin/journalctl", "-b", "-p", "alert", "--no-pager");
	ok(said_has("hardenctl") && said_has("seal"),
	   "on-seal-refused: continue: the journal has it with priority alert");
	run(HARDENCTL, "status", "-q");
	shell_ends(pid, letter);
}

void check_lost_on_record(const char *when)
{
	ok(logged("\"guard\":\"seal\"", "\"reason\":\"load\"", "\"comm\":\"systemd\"") > 0,
	   "%s: what systemd could not load is in the log", when);
}

/* The two that replace or re-read PID 1, and daemons that come back. */
void check_manager(unsigned int kinds)
{
	const char *const daemons[] = { "systemd-journald", "systemd-udevd", "systemd-logind" };

	ok(!run(SYSTEMCTL, "daemon-reload"), "systemctl daemon-reload");
	check_sealed("daemon-reload");
	ok(!run(SYSTEMCTL, "daemon-reexec"), "systemctl daemon-reexec");
	check_sealed("daemon-reexec");
	check_units(kinds, "daemon-reexec");
	check_long("daemon-reexec");
	for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++)
		ok(!run(SYSTEMCTL, "restart", daemons[i]) && !run(SYSTEMCTL, "is-active", daemons[i]),
		   "systemctl restart %s", daemons[i]);
	ok(!run("/usr/bin/udevadm", "trigger", "--settle", "/sys/class/mem/null"), "udevd handles events");
	run("/usr/bin/journalctl", "-b", "-n", "5", "--no-pager");
	ok(said[0] && !said_has("No entries"), "journald has entries");
	check_sealed("daemons restarted");
}

/* As one at the console would press it. */
static void press_enter(void)
{
	int fd = open("/dev/ttyS0", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0) {
		ioctl(fd, TIOCSTI, "\n");
		close(fd);
	}
}

static bool within(int seconds, bool (*is)(void))
{
	double end = uptime() + seconds;

	while (!is()) {
		if (uptime() > end)
			return false;
		usleep(300000);
	}
	return true;
}

static bool sulogin_refused(void)
{
	press_enter();
	return logged("\"guard\":\"exec\"", "\"reason\":\"shell\"", "\"comm\":\"sulogin\"") > 0;
}

static bool multi_user(void)
{
	return !run(SYSTEMCTL, "is-active", "multi-user.target");
}

void check_rescue(void)
{
	ok(!run(SYSTEMCTL, "isolate", "--no-block", "rescue.target"), "systemctl isolate rescue.target");
	ok(within(40, sulogin_refused), "rescue: its shell is refused");
	check_sealed("rescue");
	ok(within(40, multi_user), "rescue: without a shell systemd goes back to multi-user.target");
	check_sealed("after rescue");
}
