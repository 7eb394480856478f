// SPDX-License-Identifier: GPL-2.0-only
/* logd.c - the unit of `hardenctl logd`: whoever ends it or stops it by a signal, it comes back. */
#include "logd.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "steps.h"

#define UNIT	"hardenctl-logd.service"
#define PROCS	"/sys/fs/cgroup/system.slice/" UNIT "/cgroup.procs"
#define LINES	"/run/hardenctl/log/"
#define NEVER_DOWN	1
#define NEVER_BACK	2

/* The refusal in the meantime has this name. */
static const struct {
	const char *comm, *text, *back;
	bool seen_down;		/* long enough for status to tell */
} harms[] = {
	[KILLED] = { "logd-killed", "killed", "systemd starts another one", false },
	[STOPPED] = { "logd-stopped", "stopped by a signal", "the watchdog starts another one", true },
	[FROZEN] = { "logd-frozen", "frozen by systemctl", "thawed it goes on", true },
};
#define HARMS	(sizeof(harms) / sizeof(harms[0]))
#define NAMED	(1u << HARMS)	/* some line has the cgroup of who was refused */

static enum harm harmed;
static pid_t watcher;

static pid_t logd(void)
{
	return atoi(slurp(PROCS));
}

static bool reader(const char *state)
{
	char wanted[32];

	snprintf(wanted, sizeof(wanted), "\"reader\":\"%s\"", state);
	run(HARDENCTL, "status", "--json");
	return said_has(wanted);
}

/* The reader's state, and another process than `old`. */
static bool await(const char *state, pid_t old, int seconds)
{
	double end = uptime() + seconds;

	while (!reader(state) || logd() == old) {
		if (uptime() > end)
			return false;
		usleep(500000);
	}
	return true;
}

void check_logd_waits(void)
{
	ok(!run(SYSTEMCTL, "is-active", UNIT) && logd() > 0, "before: logd waits for a load");
}

void check_logd_follows(const char *when)
{
	ok(await("up", 0, 20), "%s: status says that logd follows", when);
}

void check_logd_restart(void)
{
	pid_t old = logd();

	ok(!run(SYSTEMCTL, "restart", UNIT) && await("up", old, 20), "sealed: systemctl restart %s", UNIT);
	/* Other units' settings do, and check_lost_on_record() sees those. */
	ok(!logged("\"guard\":\"seal\"", "\"reason\":\"load\"", ""), "sealed: systemd loads no program for it");
}

/* Whether the harm showed, and was undone. */
static int watch(pid_t old)
{
	double end = uptime() + 60;

	while (harms[harmed].seen_down && !reader("down")) {
		if (uptime() > end)
			return NEVER_DOWN;
		usleep(500000);
	}
	/* Since some version, systemd leaves alone what it has frozen itself. */
	if (harmed == FROZEN && run(SYSTEMCTL, "thaw", UNIT))
		return NEVER_BACK;
	return await("up", harmed == FROZEN ? 0 : old, 60) ? 0 : NEVER_BACK;
}

static bool do_harm(pid_t pid)
{
	if (harmed == FROZEN)
		return !run(SYSTEMCTL, "freeze", UNIT);
	return !kill(pid, harmed == KILLED ? SIGKILL : SIGSTOP);
}

void harm_logd(enum harm harm)
{
	pid_t old = logd();

	harmed = harm;
	ok(old > 0 && do_harm(old), "logd is %s", harms[harm].text);
	prctl(PR_SET_NAME, harms[harm].comm);
	shell_starts();
	prctl(PR_SET_NAME, "runner");
	ok(logged("\"guard\":\"exec\"", "\"reason\":\"shell\"", harms[harm].comm) == 1,
	   "logd is %s: a refusal is recorded", harms[harm].text);
	watcher = fork();
	if (!watcher)
		_exit(watch(old));
}

void check_logd_back(void)
{
	const char *text = harms[harmed].text;
	int status = -1;

	waitpid(watcher, &status, 0);
	if (harms[harmed].seen_down)
		ok(status != NEVER_DOWN << 8, "logd is %s: status says that nobody follows", text);
	ok(!status, "logd is %s: %s", text, harms[harmed].back);
}

static unsigned int harm_of(const char *line)
{
	for (size_t i = 0; i < HARMS; i++)
		/*
		 * It takes a capability of the unit to see cgroups.  The runner's own is another one after a
		 * soft-reboot, so what logd writes only then can't name it any more.
		 */
		if (strstr(line, harms[i].comm))
			return 1u << i | (strstr(line, "\"cgroup\":\"/system.slice/selftest.service\"") ? NAMED : 0);
	return 0;
}

/* The seq of each line is one more than the last one's; a line of records that are lost has "lost". Of a file the first is its header. */
static bool read_lines(const char *name, unsigned long long *seq, unsigned int *found)
{
	char path[512], *line = NULL, *at;
	bool whole = true;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), LINES "%s", name);
	file = fopen(path, "re");
	while (file && whole && getline(&line, &size, file) > 0) {
		if (strstr(line, "\"segment\":")) {
			whole = !strstr(line, "\"chain\":null");
			if (!whole)
				note("  %s has no chain", name);
			continue;
		}
		at = strstr(line, "\"seq\":");
		whole = at && strtoull(at + strlen("\"seq\":"), NULL, 10) == *seq + 1 &&
			!strstr(line, "\"lost\":");
		*seq += whole;
		*found |= harm_of(line);
		if (!whole)
			note("  %s after seq %llu: %s", name, *seq, line);
	}
	free(line);
	if (file)
		fclose(file);
	return file && whole;
}

void check_logd_lines(void)
{
	unsigned long long seq = 0;
	unsigned int found = 0;
	struct dirent **names;
	bool whole = true;
	int count;

	check_logd_follows("at last");
	count = scandir(LINES, &names, NULL, alphasort);
	for (int i = 0; i < count; i++)
		if (names[i]->d_name[0] != '.')
			whole = read_lines(names[i]->d_name, &seq, &found) && whole;
	ok(whole && seq, "logd's %llu lines are whole: none is missing or there twice", seq);
	/* Without the key nothing is proven, and nothing may be wrong. */
	run(HARDENCTL, "log", "--verify");
	ok(said_has("could not check: ") && !said_has("altered") && !said_has("has no"), "log --verify finds nothing altered");
	run("/usr/bin/journalctl", "-b", "-q", "--no-pager", "-o", "json", "SYSLOG_IDENTIFIER=hardenctl",
	    "MESSAGE_ID=f14fdc1c828b4f55b26bc8d3ec7f92e3");
	ok(said_has("\"HARDENCTL_REASON\":\"shell\"") && said_has("\"PRIORITY\":\"4\""), "the journal has what was refused");
	ok(found == (((1u << HARMS) - 1) | NAMED), "they have what was refused without logd, and whose it was (%x)", found);
}
