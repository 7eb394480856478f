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
#define EXECUTOR	"/usr/lib/systemd/systemd-executor"
#define KEY		"/root/.ssh/id_ed25519"

#define GOES(hour, ...)		{ hour, false, { __VA_ARGS__ } }
#define STOPS(hour, ...)	{ hour, true, { __VA_ARGS__ } }

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
	bool stops;	/* fails under the policy, as the README says */
	const char *argv[8];
} chores[] = {
	GOES(-1, SYSTEMCTL, "daemon-reload"),
	STOPS(-1, "/usr/bin/ip", "link", "add", "dummy7", "type", "dummy"),
	GOES(-1, "/usr/sbin/losetup", "--read-only", "/dev/loop0", "/var/lib/dpkg/status"),
	GOES(-1, "/usr/bin/udevadm", "settle"),
	GOES(-1, "/usr/sbin/losetup", "-d", "/dev/loop0"),
	GOES(1, SYSTEMCTL, "restart", "cron"),
	GOES(1, SYSTEMCTL, "restart", "systemd-journald"),
	GOES(2, SYSTEMCTL, "restart", "systemd-udevd"),
	GOES(2, "/usr/bin/udevadm", "trigger"),
	GOES(3, SYSTEMCTL, "restart", "ssh"),
	GOES(3, SYSTEMCTL, "reload", "ssh"),
	GOES(4, SYSTEMCTL, "restart", "systemd-timesyncd"),
	GOES(4, SYSTEMCTL, "restart", "systemd-logind"),
	STOPS(4, "/usr/bin/ssh", "-i", KEY, "-oStrictHostKeyChecking=no", "root@127.0.0.1", "true"),
	STOPS(4, "/usr/bin/sftp", "-i", KEY, "-b", "/dev/null", "root@127.0.0.1"),
	STOPS(4, SYSTEMCTL, "start", "apt-daily.service"),
	STOPS(4, SYSTEMCTL, "start", "e2scrub_all.service"),
	GOES(5, SYSTEMCTL, "daemon-reexec"),
	GOES(6, "/usr/bin/journalctl", "--rotate"),
	GOES(6, "/usr/bin/journalctl", "--flush"),
	GOES(6, "/usr/bin/journalctl", "--vacuum-time=1h"),
	GOES(7, SYSTEMCTL, "restart", "user@0.service"),
	GOES(8, SYSTEMCTL, "start", "logrotate.service"),
	GOES(8, SYSTEMCTL, "start", "man-db.service"),
	GOES(9, SYSTEMCTL, "start", "systemd-tmpfiles-clean.service"),
	GOES(9, "/usr/bin/systemd-tmpfiles", "--create"),
	GOES(9, "/usr/bin/systemd-sysusers"),
	GOES(10, SYSTEMCTL, "restart", "hardenctl-logd"),
	GOES(11, SYSTEMCTL, "restart", "dbus"),
	GOES(12, "/usr/bin/udevadm", "trigger", "--settle", "--action=add"),
	GOES(13, SYSTEMCTL, "start", "fstrim.service"),
	GOES(14, SYSTEMCTL, "restart", "getty@tty1"),
	GOES(15, "/usr/bin/systemd-run", "--wait", "/usr/bin/true"),
};

static const struct chore bookworm_chores[] = {
	GOES(3, SYSTEMCTL, "restart", "rsyslog"),
	STOPS(16, "/usr/sbin/logrotate", "--force", "/etc/logrotate.conf"),
};

static const struct chore trixie_chores[] = {
	GOES(16, "/usr/sbin/logrotate", "--force", "/etc/logrotate.conf"),
	GOES(3, SYSTEMCTL, "restart", "systemd-networkd"),
	GOES(10, "/usr/bin/networkctl", "renew", "eth1"),
	GOES(9, "/usr/bin/networkctl", "reconfigure", "eth0", "eth1"),
	/* Sealed or not: systemd's daemons do not come back to a bus that was restarted (hour 11) by themselves. */
	GOES(12, SYSTEMCTL, "restart", "systemd-networkd"),
	GOES(13, "/usr/bin/networkctl", "renew", "eth1"),
	/* PID 1 holds the file that it starts units from, and no directory has it any more. */
	STOPS(0, SYSTEMCTL, "restart", "systemd-timesyncd"),
	GOES(0, SYSTEMCTL, "daemon-reexec"),
	GOES(0, SYSTEMCTL, "restart", "systemd-timesyncd"),
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
		/* Each hour's are told only where they are not as expected. */
		if (!code == list[i].stops || list[i].hour >= 0)
			ok(!code != list[i].stops, "hour %d: %s%s", hour, name, list[i].stops ? " fails" : "");
	}
}

static bool has_address(const char *device)
{
	return !run("/usr/bin/ip", "-4", "addr", "show", "dev", device) && said_has("inet 10.0.");
}

/* The answer comes from the host, which may be busy while the guest's clock leaps. */
static bool gets_address(const char *device)
{
	for (int i = 0; i < 300; i++) {
		if (has_address(device))
			return true;
		sleep(1);
	}
	return false;
}

/* A lease that nobody can put into effect runs out on the interface, too. */
static void check_network(bool networkd)
{
	int count = 0;

	/* What dhclient says, and networkd of its first one. */
	run("/usr/bin/journalctl", "-b", "-q", "--no-pager", "-g", "DHCPACK|DHCPv4 address");
	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"), count++)
		note("  %s", line);
	if (networkd) {
		/* Whether the other one has it depends on who was first: the answer to DHCP, or the refusal of a raw socket. */
		ok(gets_address("eth1"), "the address of the interface that takes no router advertisements is there");
		return;
	}
	ok(count > 1 && !has_address("eth0"), "dhclient has renewed the lease, but the address is gone");
	ok(has_address("eth1"), "the address of the interface whose lease time is hidden from the kernel is there");
}

void scenario_server(void)
{
	bool networkd = !access("/etc/systemd/network/eth0.network", F_OK);

	run(SYSTEMCTL, "is-system-running", "--wait");
	note("up after %.1f s: %s", uptime(), strtok(said, "\n") ?: "");
	run(SYSTEMCTL, "--failed", "--plain", "--no-legend");
	ok(!said[0], "the machine is up, nothing failed");
	ok(gets_address("eth0") && gets_address("eth1"), "it has its addresses by DHCP");
	ok(!run("/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", KEY) &&
	   !rename(KEY ".pub", "/root/.ssh/authorized_keys"), "root has a key for ssh");
	ok(!run("/usr/bin/ssh", "-i", KEY, "-oStrictHostKeyChecking=no", "root@127.0.0.1", "true"),
	   "before: root logs in by ssh");
	sleep(5);
	/* As dpkg does it; only then are the maintainer's scripts told to execute PID 1 anew. */
	if (networkd)
		ok(!run("/usr/bin/cp", EXECUTOR, EXECUTOR ".dpkg-new") && !rename(EXECUTOR ".dpkg-new", EXECUTOR),
		   "systemd is upgraded by half");
	if (check_load("/etc/hardenctl/policy.yaml"))
		check_seal();
	start = uptime();
	for (int hour = 0; hour <= HOURS; hour++) {
		wait_until(hour);
		note("hour %d", hour);
		do_chores(chores, sizeof(chores) / sizeof(chores[0]), hour);
		if (networkd)
			do_chores(trixie_chores, sizeof(trixie_chores) / sizeof(trixie_chores[0]), hour);
		else
			do_chores(bookworm_chores, sizeof(bookworm_chores) / sizeof(bookworm_chores[0]), hour);
	}
	wait_until(HOURS + 0.1);
	check_network(networkd);
	ok(!run(SYSTEMCTL, "restart", networkd ? "systemd-networkd" : "networking") == networkd,
	   "systemctl restart of the network%s", networkd ? "" : " fails");
	if (networkd) {
		ok(gets_address("eth1"), "the address is there");
	} else {
		sleep(60);
		ok(!has_address("eth0"), "the address is gone");
	}
	check_sealed("a day later");
	check_refusals();
	check_failed_units();
}
