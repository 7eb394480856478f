// SPDX-License-Identifier: GPL-2.0-only
/* alarm.c - what the policy wants done when something that must not happen has happened. */
#include "alarm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <syslog.h>

#include "util.h"

static void tell(const char *text)
{
	_cleanup_close_ int kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	char line[512];
	int len;

	openlog("hardenctl", LOG_NDELAY, LOG_AUTH);
	syslog(LOG_ALERT, "%s", text);
	closelog();
	/* journald reads it too, and so has it twice; where there is no journald it is the only trace. */
	/* Not by dprintf(), which wants to seek. */
	len = snprintf(line, sizeof(line), "<1>hardenctl: %.400s\n", text);
	if (kmsg >= 0 && write(kmsg, line, len) < 0)
		fprintf(stderr, "hardenctl: tell the kernel's log: %s\n", strerror(errno));
}

void alarm_raise(enum on_failure action, const char *text)
{
	tell(text);
	if (action != ON_FAILURE_POWEROFF)
		return;
	tell("powering off, as the policy says");
	sync();
	reboot(RB_POWER_OFF);
	fprintf(stderr, "hardenctl: power off: %s\n", strerror(errno));
}
