// SPDX-License-Identifier: GPL-2.0-only
/* machine.c - the machine that a scenario begins and ends with. */
#include "machine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

/* The journal, for whoever has to find out why a test failed. */
static void dump(const char *text)
{
	int fd = open("/dev/ttyS2", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0 && write(fd, text, strlen(text)) > 0)
		close(fd);
}

void poweroff(void)
{
	run("/usr/bin/journalctl", "-b", "-o", "short-monotonic", "--no-pager");
	dump(said);
	plan();
	run(SYSTEMCTL, "poweroff", "--no-block");
	pause();
}

int systemd_version(void)
{
	run(SYSTEMCTL, "--version");
	return atoi(strchr(said, ' ') ?: "0");
}

/* The services that a refused shell makes fail are named, so that others are noticed. */
void begin(const char *failing)
{
	const char *unit;

	run(SYSTEMCTL, "is-system-running", "--wait");
	if (said_has("running")) {
		ok(true, "the machine is up");
	} else {
		run(SYSTEMCTL, "--failed", "--plain", "--no-legend");
		unit = said_has(".service") ? said : "";
		ok(failing && !strncmp(unit, failing, strlen(failing)) && !strchr(strchrnul(unit, '\n') + !!*unit, '\n'),
		   "the machine is up, only %s failed", failing ?: "nothing");
	}
	note("up after %.1f s, systemd %d", uptime(), systemd_version());
}

bool is_active(const char *unit)
{
	return !run(SYSTEMCTL, "is-active", "--quiet", unit);
}
