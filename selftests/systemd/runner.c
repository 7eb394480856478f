// SPDX-License-Identifier: GPL-2.0-only
/*
 * runner.c - what a machine under systemd is like before and after the seal. Runs in the VM as a unit of its
 * own, started again by systemd after a soft-reboot; its argument is the scenario.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define PORT		"/dev/ttyS1"
#define DIR		"/run/selftest/"
#define HARDENCTL	"/usr/sbin/hardenctl"
#define SYSTEMCTL	"/usr/bin/systemctl"
#define POLICY(name)	"/etc/hardenctl/" name "/policy.yaml"

enum bpf_kind { NO_BPF, DEVICE, SKB, OTHER };

/* A unit of the table `units`, and the line of its probe that tells whether its setting holds. */
static const struct unit {
	const char *name, *held, *lost;
	enum bpf_kind kind;	/* what systemd loads for it */
} units[] = {
	{ "plain", "device=0", NULL, NO_BPF },
	{ "private-tmp", "tmp=0", NULL, NO_BPF },
	{ "root", "os-release=ENOENT", NULL, NO_BPF },
	{ "dynamic", "uid=dynamic", NULL, NO_BPF },
	{ "strict", "usr=EROFS", NULL, NO_BPF },
	{ "sandbox", "usr=EROFS", NULL, NO_BPF },
	{ "private-network", "loopback=0", NULL, NO_BPF },
	{ "private-devices", "device=ENOENT", NULL, NO_BPF },
	{ "device", "device=EPERM", "device=0", DEVICE },
	{ "device-allow", "device=EPERM", "device=0", DEVICE },
	{ "ip", "loopback=EPERM", "loopback=0", SKB },
	{ "ip-allow", "loopback=EPERM", "loopback=0", SKB },
	{ "interface", "loopback=EPERM", "loopback=0", OTHER },
	{ "bind", "bind=EPERM", "bind=0", OTHER },
	{ "filesystem", "filesystem=EPERM", "filesystem=0", OTHER },
};
#define UNITS	(sizeof(units) / sizeof(units[0]))

static bool framework;

/* Whether this kernel can look into programs, which `seal.bpf` rests on. */
static bool inspects;

/* The probe's answers of the last start of the unit. */
static const char *answers(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), DIR "%s.out", name);
	return slurp(path);
}

static bool answered(const char *name, const char *line)
{
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "%s\n", line);
	return strstr(answers(name), wanted);
}

static int restart(const char *name)
{
	char unit[64];

	snprintf(unit, sizeof(unit), "selftest-%s.service", name);
	return run(SYSTEMCTL, "restart", unit);
}

/* Restarts the unit and looks at what its probe could do. */
static void check_unit(const struct unit *unit, bool holds, const char *when)
{
	const char *wanted = holds ? unit->held : unit->lost;
	int code = restart(unit->name);
	bool good = !code && answered(unit->name, wanted);

	ok(good, "%s: unit %s starts, %s, %s", when, unit->name, wanted,
	   holds ? "its setting holds" : "its setting is without effect");
	if (!good)
		note("  exit %d, answers: %s", code, answers(unit->name));
}

/* Those whose kind is in the mask of `1 << kind` hold. */
static void check_units(unsigned int held_kinds, const char *when)
{
	for (size_t i = 0; i < UNITS; i++)
		check_unit(&units[i], held_kinds & (1u << units[i].kind), when);
}

/* The unit that runs since before the load: its programs stay attached. */
static void check_long(const char *when)
{
	bool good = !run(SYSTEMCTL, "kill", "-s", "USR1", "selftest-long.service");

	sleep(1);
	good = good && !run(SYSTEMCTL, "is-active", "selftest-long.service");
	/* The answers stand there twice or more: none of the later ones may differ. */
	good = good && answered("long", "device=EPERM") && answered("long", "loopback=EPERM") &&
	       !answered("long", "device=0") && !answered("long", "loopback=0");
	ok(good, "%s: a unit from before keeps DevicePolicy= and IPAddressDeny=", when);
	if (!good)
		note("  %s", answers("long"));
}

static void check_sealed(const char *when)
{
	ok(!run(HARDENCTL, "verify"), "%s: hardenctl verify proves every guard", when);
	ok(!run(HARDENCTL, "status", "-q"), "%s: hardenctl status -q: sealed, every guard enforcing", when);
}

static bool shell_starts(void)
{
	return run("/bin/bash", "-c", "exit 7") == 7;
}

static bool check_load(const char *policy)
{
	bool good = !run(HARDENCTL, "load", "--policy", policy);

	inspects = !said_has("can't look into a program");
	/* What the verifier says. */
	if (!good)
		run(HARDENCTL, "load", "-v", "--policy", policy);
	ok(good, "hardenctl load");
	return good;
}

static void check_seal(void)
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
static pid_t shell_stays(int *letter)
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

static void start_all(void)
{
	/* Probes that fail are found one by one. */
	/* Debian 12 builds systemd without what the other settings need: they never hold there. */
	framework = !run(SYSTEMCTL, "--version") && said_has("+BPF_FRAMEWORK");
	check_units(framework ? ~0u : ~(1u << OTHER), "before");
	ok(!restart("long"), "before: unit long starts");
	ok(!restart("accounting"), "before: unit accounting starts");
}

/* A disk with LUKS on it, made by the machine itself as its first boot would. */
static bool make_luks(void)
{
	if (access("/dev/vdb", F_OK))
		return false;
	ok(!run("/usr/sbin/cryptsetup", "luksFormat", "-q", "--type", "luks2", "--pbkdf", "pbkdf2",
		"--pbkdf-force-iterations", "1000", "/dev/vdb", "/etc/selftest/key"), "cryptsetup luksFormat");
	ok(!run(SYSTEMCTL, "start", "systemd-cryptsetup@secret.service"), "systemd-cryptsetup@ opens it");
	ok(!run("/usr/sbin/mke2fs", "-q", "-t", "ext4", "/dev/mapper/secret"), "mke2fs on it");
	ok(!run(SYSTEMCTL, "start", "secret.mount"), "its mount unit starts");
	return true;
}

static void write_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	ok(fd >= 0 && write(fd, "x", 1) == 1, "%s can be written", path);
	close(fd);
}

static void check_refused_seal(void)
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

static void check_lost_on_record(const char *when)
{
	ok(logged("\"guard\":\"seal\"", "\"reason\":\"load\"", "\"comm\":\"systemd\"") > 0,
	   "%s: what systemd could not load is in the log", when);
}

/* The two that replace or re-read PID 1, and daemons that come back. */
static void check_manager(unsigned int kinds)
{
	const char *const daemons[] = { "systemd-journald", "systemd-udevd", "dbus" };

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

static void check_rescue(void)
{
	ok(!run(SYSTEMCTL, "isolate", "--no-block", "rescue.target"), "systemctl isolate rescue.target");
	ok(within(40, sulogin_refused), "rescue: its shell is refused");
	check_sealed("rescue");
	ok(within(40, multi_user), "rescue: without a shell systemd goes back to multi-user.target");
	check_sealed("after rescue");
}

static void poweroff(void)
{
	plan();
	run(SYSTEMCTL, "poweroff", "--no-block");
	pause();
}

static int systemd_version(void)
{
	run(SYSTEMCTL, "--version");
	return atoi(strchr(said, ' ') ?: "0");
}

static void begin(void)
{
	run(SYSTEMCTL, "is-system-running", "--wait");
	ok(said_has("running"), "the machine is up");
	run("/usr/bin/systemd-analyze", "--no-pager");
	note("up after %.1f s, systemd %d", uptime(), systemd_version());
}

static void phase_set(const char *phase)
{
	int fd = open(DIR "phase", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd >= 0 && write(fd, phase, strlen(phase)) > 0)
		close(fd);
}

static void after_soft_reboot(void)
{
	int code;

	begin();
	check_sealed("soft-reboot");
	code = run(HARDENCTL, "load", "--policy", POLICY("tolerant"));
	ok(code == 2 && said_has("sealed"), "soft-reboot: hardenctl load: sealed already (exit %d)", code);
	ok(!run(HARDENCTL, "seal"), "soft-reboot: hardenctl seal: nothing left to do");
	ok(!shell_starts(), "soft-reboot: no shell starts");
	check_units(1u << NO_BPF, "soft-reboot");
	write_file("/data/after");
}

static void scenario_units(void)
{
	const unsigned int kinds = 1u << NO_BPF;
	bool luks;

	if (!strcmp(slurp(DIR "phase"), "again")) {
		after_soft_reboot();
		check_rescue();
		poweroff();
	}
	begin();
	start_all();
	luks = make_luks();
	check_refused_seal();
	check_load(POLICY("tolerant"));
	check_seal();
	check_units(kinds, "sealed");
	check_lost_on_record("sealed");
	check_long("sealed");
	check_manager(kinds);
	if (luks) {
		ok(!run(SYSTEMCTL, "stop", "secret.mount") &&
		   !run(SYSTEMCTL, "restart", "systemd-cryptsetup@secret.service") &&
		   !run(SYSTEMCTL, "start", "secret.mount"), "sealed: LUKS is closed, opened and mounted again");
		write_file("/secret/file");
	}
	write_file("/data/file");
	if (systemd_version() >= 254) {
		phase_set("again");
		run(SYSTEMCTL, "soft-reboot", "--no-block");
		pause();
	}
	check_rescue();
	poweroff();
}

static void scenario_bpf(void)
{
	unsigned int kinds = 1u << NO_BPF;

	begin();
	start_all();
	check_load(POLICY("bpf"));
	if (inspects)
		kinds |= 1u << DEVICE | 1u << SKB;
	check_seal();
	check_units(kinds, "seal.bpf");
	check_long("seal.bpf");
	check_manager(kinds);
	write_file("/data/file");
	poweroff();
}

/* The machine is to be gone at once: the plan is printed before, and being still there is one test more. */
static void scenario_poweroff(void)
{
	int letter;
	pid_t pid;

	begin();
	pid = shell_stays(&letter);
	ok(pid > 0, "a shell runs");
	check_load(POLICY("poweroff"));
	plan();
	run(HARDENCTL, "seal");
	sleep(5);
	ok(false, "on-seal-refused: poweroff: the machine is off");
	pause();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*play)(void);
	} scenarios[] = {
		{ "units", scenario_units },
		{ "bpf", scenario_bpf },
		{ "poweroff", scenario_poweroff },
	};

	mkdir("/run/selftest", 0755);
	tap_open(PORT);
	for (size_t i = 0; argc > 1 && i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (!strcmp(argv[1], scenarios[i].name))
			scenarios[i].play();
	return 1;
}
