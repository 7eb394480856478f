// SPDX-License-Identifier: GPL-2.0-only
/* log.c - attacks on the records and what is read from them. */
#include "attacks.h"

#include <sys/prctl.h>
#include <sys/timex.h>

#define APART_US	1100000		/* what is refused again within a second need not be a record */

static struct counters counted(void)
{
	int fd = set_map(kept.set.map_counters);
	struct counters counters = {};
	__u32 zero = 0;

	bpf_map_lookup_elem(fd, &zero, &counters);
	close(fd);
	return counters;
}

/* A name that would break a line or a string of what is printed. */
static enum outcome odd_names(void)
{
	static const char *const names[] = { "\n{\"v\":1}", "\x1b[2J\x1b]0;", "\",\"x\":\"", "\xff\xfe\x80" };
	__u64 before = counted().head;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		usleep(APART_US);
		prctl(PR_SET_NAME, names[i]);
		if (still_refused() != HELD)
			return LOOSENED;
	}
	return counted().head >= before + ARRAY_SIZE(names) ? HELD : loosened("refusals were not recorded");
}

/* Many at once, from several processes: each is counted, whatever becomes of its record. */
static enum outcome flood(void)
{
	__u64 before = counted().kind[KIND_seal_sysctl_ftrace_enabled].denied, after;
	enum { WRITERS = 4, EACH = 100 };

	for (int i = 0; i < WRITERS; i++) {
		pid_t pid = fork();

		for (int j = 0; !pid && j < EACH; j++)
			put_text(SYSCTL_SWITCH, "0");
		if (!pid)
			_exit(0);
	}
	while (wait(NULL) > 0)
		;
	after = counted().kind[KIND_seal_sysctl_ftrace_enabled].denied;
	return after - before < WRITERS * EACH ? loosened("%llu of %d refusals were counted",
		(unsigned long long)(after - before), WRITERS * EACH) : HELD;
}

#define FAR	100000000	/* s */

/* The order of records is by number and CLOCK_BOOTTIME, which nobody sets. */
static enum outcome clocks(void)
{
	struct timex timex = { .modes = ADJ_SETOFFSET, .time.tv_sec = -FAR };

	adjtimex(&timex);
	still_refused();
	timex.time.tv_sec = FAR;
	adjtimex(&timex);
	return HELD;
}

const struct attack attacks_log[] = {
	{ "odd_names", 127, odd_names, ONLY(HERE) | ONLY(CGROUP) | ONLY(SHARED), NULL },
	{ "flood", 127, flood, ONLY(HERE) | ONLY(CGROUP), NULL },
	{ "clocks", 76, clocks, ONLY(HERE), NULL },
	{},
};
