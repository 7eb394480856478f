// SPDX-License-Identifier: GPL-2.0-only
/* server.c - an installed server under policies/default.yaml, sealed, for more than a day of its own time. */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"
#include "refusals.h"
#include "steps.h"

/* The lease is for 24 h: after that an address that nobody has prolonged is gone. */
#define HOURS		25
#define KEY		"/root/.ssh/id_ed25519"

static double start;

static void wait_until(double hour)
{
	double left = start + hour * 3600 - uptime();

	if (left > 0)
		usleep(left < 4000 ? left * 1e6 : 4e9);
	if (start + hour * 3600 - uptime() > 1)
		wait_until(hour);
}

/* What root, packages and timers do on any server. An hour of -1: each of them. */
static const struct chore {
	int hour;
	const char *argv[8];
} chores[] = {
	{ -1, { SYSTEMCTL, "daemon-reload" } },
	{ -1, { "/usr/bin/ip", "link", "add", "dummy7", "type", "dummy" } },
	{ -1, { "/usr/bin/udevadm", "settle" } },
	{ -1, { "/usr/bin/ip", "link", "del", "dummy7" } },
	{ -1, { "/usr/sbin/losetup", "/dev/loop0", "/var/lib/dpkg/status" } },
	{ -1, { "/usr/bin/udevadm", "settle" } },
	{ -1, { "/usr/sbin/losetup", "-d", "/dev/loop0" } },
	{ 1, { SYSTEMCTL, "restart", "cron" } },
	{ 1, { SYSTEMCTL, "restart", "systemd-journald" } },
	{ 2, { SYSTEMCTL, "restart", "systemd-udevd" } },
	{ 2, { "/usr/bin/udevadm", "trigger" } },
	{ 3, { SYSTEMCTL, "restart", "ssh" } },
	{ 3, { SYSTEMCTL, "reload", "ssh" } },
	{ 4, { SYSTEMCTL, "restart", "systemd-timesyncd" } },
	{ 4, { SYSTEMCTL, "restart", "systemd-logind" } },
	{ 5, { SYSTEMCTL, "daemon-reexec" } },
	{ 6, { "/usr/bin/journalctl", "--rotate" } },
	{ 6, { "/usr/bin/journalctl", "--flush" } },
	{ 6, { "/usr/bin/journalctl", "--vacuum-time=1h" } },
	{ 7, { SYSTEMCTL, "restart", "user@0.service" } },
	{ 8, { SYSTEMCTL, "start", "logrotate.service" } },
	{ 8, { SYSTEMCTL, "start", "man-db.service" } },
	{ 9, { SYSTEMCTL, "start", "systemd-tmpfiles-clean.service" } },
	{ 9, { "/usr/bin/systemd-tmpfiles", "--create" } },
	{ 9, { "/usr/bin/systemd-sysusers" } },
	{ 10, { SYSTEMCTL, "restart", "hardenctl-logd" } },
	{ 11, { SYSTEMCTL, "restart", "dbus" } },
	{ 12, { "/usr/bin/udevadm", "trigger", "--settle", "--action=add" } },
	{ 13, { SYSTEMCTL, "start", "fstrim.service" } },
	{ 14, { SYSTEMCTL, "restart", "getty@tty1" } },
	{ 15, { "/usr/bin/systemd-run", "--wait", "/usr/bin/true" } },
};

static const struct chore bookworm_chores[] = {
	{ 3, { SYSTEMCTL, "restart", "rsyslog" } },
};

static const struct chore trixie_chores[] = {
	{ 3, { SYSTEMCTL, "restart", "systemd-networkd" } },
	{ 10, { "/usr/bin/networkctl", "renew", "eth0" } },
	{ 11, { "/usr/bin/networkctl", "reconfigure", "eth0" } },
};

/* Nobody else would call these within a day; what comes of them is a matter of the expectations. */
static const char *const visits[][8] = {
	{ "/usr/bin/ssh", "-i", KEY, "-oStrictHostKeyChecking=no", "root@127.0.0.1", "true" },
	{ "/usr/bin/sftp", "-i", KEY, "-b", "/dev/null", "root@127.0.0.1" },
	{ SYSTEMCTL, "start", "apt-daily.service" },
	{ SYSTEMCTL, "start", "e2scrub_all.service" },
};

static void do_chores(const struct chore *list, size_t count, int hour)
{
	char name[256];
	int code;

	for (size_t i = 0; i < count; i++) {
		if (list[i].hour >= 0 && list[i].hour != hour)
			continue;
		name[0] = '\0';
		for (size_t j = 0; list[i].argv[j]; j++)
			snprintf(name + strlen(name), sizeof(name) - strlen(name), "%s%s", j ? " " : "", list[i].argv[j]);
		code = run_argv(list[i].argv, 300);
		/* Each hour's are told only where they fail. */
		if (code || list[i].hour >= 0)
			ok(!code, "hour %d: %s", hour, name);
	}
}

static bool has_address(void)
{
	return !run("/usr/bin/ip", "-4", "addr", "show", "dev", "eth0") && said_has("inet 10.0.2.");
}

static int leases(void)
{
	int count = 0;

	/* What dhclient says, and networkd. */
	run("/usr/bin/journalctl", "-b", "-q", "--no-pager", "-g", "DHCPACK|DHCPv4 address");
	for (const char *at = said; *at && *at != '-'; at = strchrnul(at, '\n') + 1) {
		count++;
		if (!*strchrnul(at, '\n'))
			break;
	}
	return count;
}

static void check_network(bool networkd)
{
	int count = leases();

	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
		note("  %s", line);
	note("%d leases, address %s", count, has_address() ? "there" : "gone");
	if (networkd)
		ok(has_address(), "the lease was renewed, the address is there");
}

void scenario_server(void)
{
	bool networkd = !access("/etc/systemd/network/eth0.network", F_OK);

	run(SYSTEMCTL, "is-system-running", "--wait");
	note("up after %.1f s: %s", uptime(), strtok(said, "\n") ?: "");
	run(SYSTEMCTL, "--failed", "--plain", "--no-legend");
	ok(!said[0], "the machine is up, nothing failed");
	ok(has_address(), "it has its address by DHCP");
	ok(!run("/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", KEY) &&
	   !rename(KEY ".pub", "/root/.ssh/authorized_keys"), "root has a key for ssh");
	ok(!run(visits[0][0], visits[0][1], visits[0][2], visits[0][3], visits[0][4], visits[0][5]),
	   "before: root logs in by ssh");
	sleep(5);
	if (check_load("/etc/hardenctl/policy.yaml"))
		check_seal();
	start = uptime();
	for (int hour = 1; hour <= HOURS; hour++) {
		wait_until(hour);
		note("hour %d", hour);
		do_chores(chores, sizeof(chores) / sizeof(chores[0]), hour);
		if (networkd)
			do_chores(trixie_chores, sizeof(trixie_chores) / sizeof(trixie_chores[0]), hour);
		else
			do_chores(bookworm_chores, sizeof(bookworm_chores) / sizeof(bookworm_chores[0]), hour);
		if (hour % 12 == 4)
			for (size_t i = 0; i < sizeof(visits) / sizeof(visits[0]); i++) {
				int code = run_argv(visits[i], 120);

				note("%s %s: exit %d", visits[i][0], visits[i][1], code);
			}
	}
	wait_until(HOURS + 0.1);
	check_network(networkd);
	run(SYSTEMCTL, "restart", networkd ? "systemd-networkd" : "networking");
	sleep(60);
	note("network restarted: address %s", has_address() ? "there" : "gone");
	check_sealed("a day later");
	check_refusals();
	check_failed_units();
}
