// SPDX-License-Identifier: GPL-2.0-only
/* units.c - restarts the units of the table `units` and asks their probes what their settings are worth. */
#include "units.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

#define DIR	"/run/selftest/"

/* A unit of the table `units`, and the line of its probe that tells whether its setting holds. */
static const struct unit {
	const char *name, *held, *lost;
	enum bpf_kind kind;	/* what systemd loads for it */
} units[] = {
	{ "plain", "device=0", NULL, NO_BPF },
	{ "private-tmp", "mark=ENOENT", NULL, NO_BPF },
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
	{ "filesystem", "filesystem=EPERM", "filesystem=0", LSM },
};
#define UNITS	(sizeof(units) / sizeof(units[0]))

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

/* One call for all of them, as each costs an emulated machine half a second. */
static void restart_all(void)
{
	char names[UNITS][64], path[128];
	const char *argv[UNITS + 3] = { SYSTEMCTL, "restart" };

	for (size_t i = 0; i < UNITS; i++) {
		snprintf(path, sizeof(path), DIR "%s.out", units[i].name);
		unlink(path);
		snprintf(names[i], sizeof(names[i]), "selftest-%s.service", units[i].name);
		argv[i + 2] = names[i];
	}
	if (run_argv(argv, 90))
		note("systemctl restart: %s", said);
}

/* Restarts the units and looks at what their probes could do: those whose kind is in the mask hold. */
void check_units(unsigned int held, const char *when)
{
	restart_all();
	for (size_t i = 0; i < UNITS; i++) {
		const struct unit *unit = &units[i];
		bool holds = held & BIT(unit->kind);
		const char *wanted = holds ? unit->held : unit->lost;
		bool good = answered(unit->name, wanted) && answered(unit->name, "end");

		ok(good, "%s: unit %s starts, %s, %s", when, unit->name, wanted,
		   holds ? "its setting holds" : "its setting is without effect");
		if (!good)
			note("  answers: %s", answers(unit->name));
	}
}

/* The unit that runs since before the load: its programs stay attached. */
void check_long(const char *when)
{
	bool good = !run(SYSTEMCTL, "kill", "-s", "USR1", "selftest-long.service");

	usleep(700000);
	good = good && !run(SYSTEMCTL, "is-active", "selftest-long.service");
	/* The answers stand there twice or more: none of the later ones may differ. */
	good = good && answered("long", "device=EPERM") && answered("long", "loopback=EPERM") &&
	       !answered("long", "device=0") && !answered("long", "loopback=0");
	ok(good, "%s: a unit from before keeps DevicePolicy= and IPAddressDeny=", when);
	if (!good)
		note("  %s", answers("long"));
}
