// SPDX-License-Identifier: GPL-2.0-only
/* when.c - points in time as people write them. */
#include "when.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util.h"

#define NS_PER_S	1000000000ull
#define SECONDS_MAX	100000000000ull	/* of a number: three thousand years */

void when_now(struct when_now *ret_now)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	ret_now->wall_ns = real.tv_sec * NS_PER_S + real.tv_nsec;
	ret_now->boot_ns = boot.tv_sec * NS_PER_S + boot.tv_nsec;
}

/* ".5": up to nine digits; the rest is read and dropped. */
static __u64 fraction_ns(const char **at)
{
	__u64 ns = 0, unit = NS_PER_S / 10;

	if (**at != '.')
		return 0;
	for (++*at; **at >= '0' && **at <= '9'; ++*at, unit /= 10)
		ns += (**at - '0') * unit;
	return ns;
}

/* Seconds of the unit that stands there, which is left behind; without one a second; 0: no unit. */
static __u64 unit_seconds(const char **at)
{
	static const struct {
		const char *name;
		__u64 seconds;
	} units[] = {
		{ "", 1 }, { "s", 1 }, { "sec", 1 }, { "second", 1 }, { "seconds", 1 },
		{ "m", 60 }, { "min", 60 }, { "minute", 60 }, { "minutes", 60 },
		{ "h", 3600 }, { "hr", 3600 }, { "hour", 3600 }, { "hours", 3600 },
		{ "d", 86400 }, { "day", 86400 }, { "days", 86400 },
		{ "w", 604800 }, { "week", 604800 }, { "weeks", 604800 },
	};
	size_t len = strspn(*at, "abcdefghijklmnopqrstuvwxyz");

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i].name) == len && !strncmp(units[i].name, *at, len)) {
			*at += len;
			return units[i].seconds;
		}
	return 0;
}

/* "1h 30min". */
static int parse_span(const char *at, __u64 *ret_ns)
{
	__u64 sum = 0, number, fraction, unit, part;
	char *rest;

	do {
		if (*at < '0' || *at > '9')
			return -EINVAL;
		errno = 0;
		number = strtoull(at, &rest, 10);
		at = rest;
		fraction = fraction_ns(&at);
		at += strspn(at, " ");
		unit = unit_seconds(&at);
		at += strspn(at, " ");
		if (errno || !unit || number > SECONDS_MAX / unit)
			return -EINVAL;
		if (__builtin_mul_overflow(number * unit, NS_PER_S, &part) ||
		    __builtin_add_overflow(part, fraction * unit, &part) || __builtin_add_overflow(sum, part, &sum))
			return -EINVAL;
	} while (*at);
	*ret_ns = sum;
	return 0;
}

/* As a time after boot; 0 for what was before. */
static __u64 boot_time(__s64 wall_s, __u64 ns, const struct when_now *now)
{
	__u64 booted = now->wall_ns - now->boot_ns, wall;

	if (wall_s < 0)
		return 0;
	wall = wall_s * NS_PER_S + ns;
	return wall > booted ? wall - booted : 0;
}

static void local_now(const struct when_now *now, struct tm *ret_tm)
{
	time_t s = now->wall_ns / NS_PER_S;

	localtime_r(&s, ret_tm);
	ret_tm->tm_hour = ret_tm->tm_min = ret_tm->tm_sec = 0;
	ret_tm->tm_isdst = -1;
}

static int parse_date(const char *text, const struct when_now *now, __u64 *ret_boot_ns)
{
	static const char *const formats[] = {
		"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d", "%H:%M:%S", "%H:%M",
	};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct tm tm, asked;
		const char *end;
		bool utc;
		time_t s;
		__u64 ns;

		local_now(now, &tm);
		end = strptime(text, formats[i], &tm);
		if (!end)
			continue;
		ns = formats[i][strlen(formats[i]) - 1] == 'S' ? fraction_ns(&end) : 0;
		utc = *end == 'Z';
		if (end[utc])
			continue;
		tm.tm_isdst = -1;
		asked = tm;
		s = utc ? timegm(&tm) : mktime(&tm);
		/* The 30th of February would be the 2nd of March. */
		if (tm.tm_mday != asked.tm_mday || tm.tm_mon != asked.tm_mon)
			return -EINVAL;
		*ret_boot_ns = boot_time(s, ns, now);
		return 0;
	}
	return -EINVAL;
}

/* Midnight, `days` days ago. */
static __u64 midnight(const struct when_now *now, int days)
{
	struct tm tm;

	local_now(now, &tm);
	tm.tm_mday -= days;
	return boot_time(mktime(&tm), 0, now);
}

int when_parse(const char *text, const struct when_now *now, __u64 *ret_boot_ns)
{
	size_t len = strlen(text);
	bool sign = text[0] == '+' || text[0] == '-', ago = len > 4 && !strcmp(text + len - 4, " ago");
	char span_text[64];
	__u64 span;

	if (sign || ago) {
		if ((sign && ago) || len >= sizeof(span_text))
			return -EINVAL;
		snprintf(span_text, sizeof(span_text), "%.*s", (int)(ago ? len - 4 : len), text);
		if (parse_span(span_text + sign, &span))
			return -EINVAL;
		*ret_boot_ns = text[0] == '+' ? span : span < now->boot_ns ? now->boot_ns - span : 0;
		return 0;
	}
	if (!strcmp(text, "now"))
		*ret_boot_ns = now->boot_ns;
	else if (!strcmp(text, "today"))
		*ret_boot_ns = midnight(now, 0);
	else if (!strcmp(text, "yesterday"))
		*ret_boot_ns = midnight(now, 1);
	else
		return parse_date(text, now, ret_boot_ns);
	return 0;
}
