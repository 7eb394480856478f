// SPDX-License-Identifier: GPL-2.0-only
/*
 * runner.c - what a machine under systemd is like before and after the seal. Runs in the VM as a unit of its
 * own, started again by systemd after a soft-reboot; its argument is the scenario.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boots.h"
#include "guest.h"
#include "logd.h"
#include "machine.h"
#include "protected.h"
#include "server.h"
#include "steps.h"
#include "units.h"

#define PORT		"/dev/ttyS1"
#define DIR		"/run/selftest/"
#define NEXT_ROOT	"/run/nextroot"
#define UNGUARDED	"/usr/lib/selftest/hardenctl-unguarded"

static void phase_set(const char *phase)
{
	int fd = open(DIR "phase", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd >= 0 && write(fd, phase, strlen(phase)) > 0)
		close(fd);
}

/* Goes on after it with the phase. */
static void soft_reboot(const char *phase)
{
	phase_set(phase);
	note("soft-reboot at %.1f s", uptime());
	run(SYSTEMCTL, "soft-reboot", "--no-block");
	pause();
}

static void check_still_sealed(void)
{
	int code;

	begin("e2scrub_reap.service");
	check_sealed("soft-reboot");
	code = run(HARDENCTL, "load", "--policy", POLICY("tolerant"));
	ok(code == 2 && said_has("sealed"), "soft-reboot: hardenctl load: sealed already (exit %d)", code);
	ok(!run(HARDENCTL, "seal"), "soft-reboot: hardenctl seal: nothing left to do");
	ok(!shell_starts(), "soft-reboot: no shell starts");
}

static void after_soft_reboot(void)
{
	check_still_sealed();
	check_units(BIT(NO_BPF), "soft-reboot");
	write_file("/data/after");
}

static void scenario_units(void)
{
	const unsigned int kinds = BIT(NO_BPF);
	bool luks;

	if (!strcmp(slurp(DIR "phase"), "again")) {
		after_soft_reboot();
		check_rescue();
		check_logd_lines();
		poweroff();
	}
	begin(NULL);
	check_logd_waits();
	start_all();
	luks = make_luks();
	check_refused_seal();
	/* Where no program can be looked into, seal.bpf changes nothing. */
	check_load(POLICY("bpf"));
	if (inspects)
		check_load(POLICY("tolerant"));
	check_seal();
	check_logd_follows("sealed");
	check_logd_restart();
	harm_logd(STOPPED);
	/* RestrictFileSystems= needs a program that systemd loads when it starts itself. */
	check_units(framework ? kinds | BIT(LSM) : kinds, "sealed");
	check_lost_on_record("sealed");
	check_long("sealed");
	check_logd_back();
	harm_logd(KILLED);
	check_manager(kinds);
	check_logd_back();
	harm_logd(FROZEN);
	if (luks) {
		ok(!run(SYSTEMCTL, "stop", "secret.mount") &&
		   !run(SYSTEMCTL, "restart", "systemd-cryptsetup@secret.service") &&
		   !run(SYSTEMCTL, "start", "secret.mount"), "sealed: LUKS is closed, opened and mounted again");
		write_file("/secret/file");
	}
	write_file("/data/file");
	check_logd_back();
	if (systemd_version() >= 254)
		soft_reboot("again");
	check_rescue();
	check_logd_lines();
	poweroff();
}

static void scenario_bpf(void)
{
	const unsigned int kinds = BIT(NO_BPF) | BIT(DEVICE) | BIT(SKB);

	begin(NULL);
	start_all();
	check_load(POLICY("bpf"));
	ok(inspects, "this kernel can look into the programs of seal.bpf");
	check_seal();
	check_units(framework ? kinds | BIT(LSM) : kinds, "seal.bpf");
	check_long("seal.bpf");
	check_manager(kinds);
	write_file("/data/file");
	poweroff();
}

/* Which mount it is; 0: cannot tell. */
static unsigned long long mount_id(const char *path)
{
	struct statx stat;

	if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_MNT_ID, &stat) || !(stat.stx_mask & STATX_MNT_ID))
		return 0;
	return stat.stx_mnt_id;
}

/* The same files by another mount: as good a root as the first. */
static void to_next_root(const char *sealed, unsigned long long root)
{
	char phase[64];

	mkdir(NEXT_ROOT, 0755);
	ok(!mount("/", NEXT_ROOT, NULL, MS_BIND, NULL) && root && mount_id(NEXT_ROOT) != root,
	   "%s: another root is at " NEXT_ROOT, sealed);
	snprintf(phase, sizeof(phase), "%s %llu", sealed, root);
	soft_reboot(phase);
}

static void scenario_nextroot(void)
{
	unsigned long long root = mount_id("/"), before;
	const char *phase = slurp(DIR "phase");

	if (sscanf(phase, "sealed %llu", &before) == 1) {
		check_still_sealed();
		ok(root == before, "sealed: the soft-reboot ends on the root that it had");
		ok(logged("\"guard\":\"seal\"", "\"reason\":\"move\"", "\"comm\":\"systemd\"") > 0,
		   "sealed: the refused move is in the log");
		poweroff();
	}
	begin(NULL);
	if (sscanf(phase, "off %llu", &before) != 1)
		to_next_root("off", root);
	ok(root && root != before, "off: the soft-reboot ends on the other root");
	check_load(POLICY("nextroot"));
	check_seal();
	to_next_root("sealed", root);
}

/* The machine is to be gone at once: the plan is printed before, and being still there is one test more. */
static void off_by(const char *key, const char *program, const char *verb)
{
	plan();
	run(program, verb);
	sleep(5);
	ok(false, "%s: poweroff: the machine is off", key);
	pause();
}

static void scenario_refused(void)
{
	int letter;

	begin(NULL);
	ok(shell_stays(&letter) > 0, "a shell runs");
	check_load(POLICY("refused"));
	off_by("on-seal-refused", HARDENCTL, "seal");
}

static int unpin(const char *path, const struct stat *stat, int type, struct FTW *where)
{
	(void)stat;
	(void)where;
	return type == FTW_F && unlink(path);
}

/* Canaries are lost after a seal only with a build that leaves the pins unguarded. */
static void scenario_lost(void)
{
	begin(NULL);
	ok(!run(UNGUARDED, "load", "--policy", POLICY("lost")), "load");
	ok(!run(UNGUARDED, "seal"), "seal");
	ok(!run(UNGUARDED, "verify"), "hardenctl verify proves every guard");
	ok(!nftw("/sys/fs/bpf/hardenctl", unpin, 8, FTW_PHYS), "the pins are unlinked");
	/* The kernel frees what they held a little later. */
	sleep(2);
	off_by("on-canary-lost", UNGUARDED, "verify");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*play)(void);
	} scenarios[] = {
		{ "units", scenario_units },
		{ "bpf", scenario_bpf },
		{ "nextroot", scenario_nextroot },
		{ "refused", scenario_refused },
		{ "lost", scenario_lost },
		{ "data", scenario_data },
		{ "server", scenario_server },
		{ "services", scenario_services },
	};

	mkdir("/run/selftest", 0755);
	close(open("/tmp/selftest-mark", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	tap_open(PORT);
	if (argc > 1)
		boot_play(argv[1]);
	for (size_t i = 0; argc > 1 && i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (!strcmp(argv[1], scenarios[i].name))
			scenarios[i].play();
	ok(false, "there is a scenario '%s'", argc > 1 ? argv[1] : "");
	poweroff();
}
