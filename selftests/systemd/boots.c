// SPDX-License-Identifier: GPL-2.0-only
/* boots.c - scenarios in which hardenctl's own units load and seal, or can't: each thing they need, taken away. */
#include "boots.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"
#include "machine.h"
#include "steps.h"

/* When it became active, in seconds since the kernel began. */
static double since(const char *unit)
{
	const char *at;

	run(SYSTEMCTL, "show", "--property=ActiveEnterTimestampMonotonic", unit);
	at = strchr(said, '=');
	return at ? strtod(at + 1, NULL) / 1e6 : 0;
}

static void check_unit_files(void)
{
	static const char dir[] = "/usr/lib/systemd/system/";
	static const char *const units[] = { "hardenctl-load.service", "hardenctl-seal.service", "hardenctl-logd.service",
					     "hardenctl-sealed.target" };
	char path[128];

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", dir, units[i]);
		ok(!run("/usr/bin/systemd-analyze", "verify", "--man=no", path) && !said_has(units[i]),
		   "systemd-analyze verify: %s is clean", units[i]);
	}
	/* In tenths; the others can't have a sandbox. */
	ok(!run("/usr/bin/systemd-analyze", "security", "--no-pager", "--threshold=25", units[2]),
	   "systemd-analyze security: %s is exposed by 2.5 at most", units[2]);
}

/* By its own units alone. */
static void scenario_boot(void)
{
	int refused;

	begin(NULL);
	ok(is_active("hardenctl-load.service") && is_active("hardenctl-seal.service") && is_active("hardenctl-sealed.target"),
	   "boot: loaded and sealed by the units");
	check_sealed("boot");
	refused = logged("\"action\":\"denied\"", "", "");
	run(HARDENCTL, "log", "-n", "all");
	ok(!refused, "boot: nothing was refused to the machine that the policy was written for (%d)", refused);
	ok(is_active("selftest-confidential.service"), "boot: what requires hardenctl-sealed.target runs");
	ok(since("hardenctl-load.service") < since("sysinit.target") && since("hardenctl-load.service") > 0,
	   "boot: loaded before sysinit.target");
	ok(since("selftest-confidential.service") > since("hardenctl-seal.service"), "boot: and sealed before what requires that");
	note("kernel to enforcing %.1f s, to sealed %.1f s", since("hardenctl-load.service"), since("hardenctl-seal.service"));
	check_unit_files();
	run(HARDENCTL, "status");
	ok(said_has("hint: selftest-unbound.service starts also where the seal is refused"),
	   "boot: status names what does not require the seal, and nothing else");
	ok(!shell_starts(), "boot: no shell starts");
	ok(run(SYSTEMCTL, "stop", "hardenctl-load.service") && is_active("hardenctl-load.service"), "boot: nobody stops the unit");
	ok(!run(SYSTEMCTL, "restart", "hardenctl-logd.service"), "boot: logd starts anew");
	poweroff();
}

/* Switched off on the kernel's command line: nothing is in force, nothing fails, and nothing confidential runs. */
static void scenario_bootoff(void)
{
	begin(NULL);
	ok(run(HARDENCTL, "status", "-q") == 1, "hardenctl=off: nothing is loaded");
	ok(!is_active("hardenctl-load.service") && !is_active("hardenctl-seal.service"), "hardenctl=off: the units were skipped");
	ok(!is_active("hardenctl-sealed.target") && !is_active("selftest-confidential.service"),
	   "hardenctl=off: what requires hardenctl-sealed.target does not run");
	ok(run(SYSTEMCTL, "start", "selftest-confidential.service") && !is_active("selftest-confidential.service"),
	   "hardenctl=off: nor is it started by hand");
	ok(shell_starts(), "hardenctl=off: a shell starts");
	poweroff();
}

/* The seal finds what its policy does not tolerate. */
static void scenario_bootopen(void)
{
	begin("hardenctl-seal.service");
	ok(is_active("hardenctl-load.service"), "seal refused: the policy is in force");
	ok(run(HARDENCTL, "status", "-q") == 2, "seal refused: status says that it is not sealed");
	ok(!is_active("hardenctl-sealed.target") && !is_active("selftest-confidential.service"),
	   "seal refused: what requires hardenctl-sealed.target does not run");
	ok(run(SYSTEMCTL, "start", "selftest-confidential.service") && !is_active("selftest-confidential.service"),
	   "seal refused: nor is it started by hand");
	ok(!shell_starts(), "seal refused: no shell starts");
	poweroff();
}

/* A load that can't: what is said, and in how far the machine is as it would be without hardenctl. */
static const struct {
	const char *name, *without, *exit, *says;
} rugs[] = {
	{ "bootbare", "a policy", "1", "No such file or directory" },
	{ "bootbroken", "a valid policy", "2", "policy.yaml:3:1: error" },
	{ "bootkey", "the signature that its keys demand", "2", "it is not signed as this machine's keys demand" },
	{ "bootnolsm", "lsm=bpf", "3", "bpf" },
	{ "bootnobpffs", "a bpf file system", "1", "/sys/fs/bpf" },
};

static void play_rug(const char *without, const char *exit, const char *says)
{
	char code[32];

	begin("hardenctl-load.service");
	run(SYSTEMCTL, "show", "--property=ExecMainStatus", "hardenctl-load.service");
	snprintf(code, sizeof(code), "ExecMainStatus=%s\n", exit);
	ok(!strcmp(said, code), "without %s: the load ends with %s", without, exit);
	run("/usr/bin/journalctl", "-b", "-o", "cat", "-u", "hardenctl-load.service");
	ok(said_has("hardenctl: ") && said_has(says), "without %s: it says so", without);
	ok(!is_active("hardenctl-seal.service") && !is_active("hardenctl-sealed.target"), "without %s: nothing is sealed", without);
	ok(!is_active("selftest-confidential.service") && run(SYSTEMCTL, "start", "selftest-confidential.service"),
	   "without %s: what requires the seal does not start", without);
	ok(run(HARDENCTL, "status", "-q") == (strcmp(exit, "3") ? 1 : 3), "without %s: status says that nothing is loaded", without);
	ok(shell_starts(), "without %s: the rest of the machine is as ever", without);
	poweroff();
}

/* With the drop-in fail-closed.conf: played before the unit does what fails, and again if the machine goes on although it failed. */
static const struct closed {
	const char *name, *unit;
	int status;	/* hardenctl status's exit code until then */
} closed[] = {
	{ "bootclosed", "hardenctl-load.service", 1 },
	{ "bootclosedseal", "hardenctl-seal.service", 2 },
};

static void play_closed(const struct closed *closed)
{
	static const char mark[] = "/run/selftest/closed";

	if (!access(mark, F_OK)) {
		/* To be there for a moment is no failure. */
		sleep(5);
		ok(false, "fail-closed: where %s fails the machine is off", closed->unit);
		poweroff();
	}
	close(open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	ok(run(HARDENCTL, "status", "-q") == closed->status, "fail-closed: before %s status says %d", closed->unit, closed->status);
	ok(!is_active("selftest-confidential.service"), "fail-closed: before %s nothing confidential runs", closed->unit);
	plan();
	exit(0);
}

/* What it can do without. */
static void play_without(const char *without)
{
	begin(NULL);
	ok(is_active("hardenctl-sealed.target") && is_active("selftest-confidential.service"), "without %s: sealed all the same", without);
	check_sealed(without);
	ok(!shell_starts(), "without %s: no shell starts", without);
	poweroff();
}

static void scenario_bootreadonly(void)
{
	ok(!fopen("/etc/written", "we"), "the root can't be written");
	play_without("a writable root");
}

static void scenario_bootcgroup1(void)
{
	ok(!run("/usr/bin/findmnt", "-t", "cgroup"), "controllers are of version 1");
	play_without("cgroup2 at /sys/fs/cgroup");
}

void boot_play(const char *name)
{
	static const struct {
		const char *name;
		void (*play)(void);
	} boots[] = {
		{ "boot", scenario_boot },
		{ "bootoff", scenario_bootoff },
		{ "bootopen", scenario_bootopen },
		{ "bootreadonly", scenario_bootreadonly },
		{ "bootcgroup1", scenario_bootcgroup1 },
	};

	for (size_t i = 0; i < sizeof(boots) / sizeof(boots[0]); i++)
		if (!strcmp(name, boots[i].name))
			boots[i].play();
	for (size_t i = 0; i < sizeof(rugs) / sizeof(rugs[0]); i++)
		if (!strcmp(name, rugs[i].name))
			play_rug(rugs[i].without, rugs[i].exit, rugs[i].says);
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		if (!strcmp(name, closed[i].name))
			play_closed(&closed[i]);
}
