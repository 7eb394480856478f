// SPDX-License-Identifier: GPL-2.0-only
/* filter_test.c - what log is asked for: times as people write them, reasons, programs, processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log_filter.h"
#include "names.h"
#include "util.h"
#include "when.h"

#define S	1000000000ull
#define NOON	1767268800ull	/* 2026-01-01T12:00:00Z */

/* Noon in UTC, two days after boot. */
static const struct when_now now = { NOON * S + 250000000, 2 * 86400 * S };

static const struct record shell = {
	.seq = 1, .boot_ns = 100, .pid = 13, .tgid = 12, .kind = KIND_exec_bprm_check_security_shell, .flags = RECORD_DENIED,
};
static const struct recorder recorder = { .log = -1, .programs = -1 };

static __u64 when(const char *text)
{
	__u64 ns = 1;
	int err = when_parse(text, &now, &ns);

	if (err)
		print_message("# '%s'\n", text);
	assert_int_equal(err, 0);
	return ns;
}

/* `wall` seconds of that day, in the time zone, as a time after boot. */
static __u64 that_day(__u64 wall)
{
	return (NOON - 43200 + wall) * S - (now.wall_ns - now.boot_ns);
}

static void allow_times_as_people_write_them(void **state)
{
	const struct {
		const char *text;
		__u64 ns;
	} times[] = {
		{ "now", now.boot_ns }, { "today", that_day(0) }, { "yesterday", that_day(0) - 86400 * S },
		{ "2026-01-01", that_day(0) }, { "2026-01-01 03:34", that_day(12840) }, { "2026-01-01 03:34:30", that_day(12870) },
		{ "2026-01-01T03:34:30", that_day(12870) }, { "2026-01-01T03:34:30Z", that_day(12870) },
		{ "2026-01-01T03:34:30.5Z", that_day(12870) + S / 2 }, { "2026-01-01T03:34:30.123456789Z", that_day(12870) + 123456789 },
		{ "2026-01-01T03:34:30.1234567899Z", that_day(12870) + 123456789 }, { "03:34", that_day(12840) },
		{ "03:34:30", that_day(12870) }, { "23:59:59", that_day(86399) },
		{ "-5m", now.boot_ns - 300 * S }, { "-5min", now.boot_ns - 300 * S }, { "5min ago", now.boot_ns - 300 * S },
		{ "5 minutes ago", now.boot_ns - 300 * S }, { "1h 30min ago", now.boot_ns - 5400 * S }, { "-1h30m", now.boot_ns - 5400 * S },
		{ "-90", now.boot_ns - 90 * S }, { "1.5 hours ago", now.boot_ns - 5400 * S }, { "-1d", now.boot_ns - 86400 * S },
		{ "+12.5s", 12500000000 }, { "+12.5", 12500000000 }, { "+0", 0 }, { "+1m 1.000000001s", 61000000001 }, { "-0", now.boot_ns },
		/* Before this boot there is nothing. */
		{ "-3d", 0 }, { "2 weeks ago", 0 }, { "2025-12-01", 0 }, { "1969-12-31", 0 }, { "2025-12-30T12:00:00Z", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		__u64 ns = when(times[i].text);

		if (ns != times[i].ns)
			print_message("# '%s': %llu, not %llu\n", times[i].text, ns, times[i].ns);
		assert_true(ns == times[i].ns);
	}
}

static void deny_what_is_no_time(void **state)
{
	static const char *const texts[] = {
		"", " ", "never", "-", "+", "ago", " ago", "5m", "5", "-5x", "-m", "+-5", "-5m ago", "5min agos", "--5m", "-5m,", "-0x10", "+1e9",
		"+inf", "2026", "2026-13-01", "2026-02-30", "2026-01-01 25:00", "2026-01-01 03:34:30 UTC", "2026-01-01Zulu", "2026-01-01T03:34:30.5X",
		"03", "03:60", "today 5", "+99999999999999999999", "+99999999999w", "+30000w 99999999999",
		"-1111111111111111111111111111111111111111111111111111111111111111111111111",
	};
	__u64 ns = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (!when_parse(texts[i], &now, &ns))
			print_message("# '%s': %llu\n", texts[i], ns);
		assert_int_not_equal(when_parse(texts[i], &now, &ns), 0);
		assert_true(ns == 42);
	}
}

static void allow_local_time_but_for_a_z(void **state)
{
	(void)state;
	setenv("TZ", "XXX-2", 1);
	tzset();
	assert_true(when("2026-01-01 03:34") == that_day(12840 - 7200));
	assert_true(when("2026-01-01T03:34:00Z") == that_day(12840));
	assert_true(when("today") == that_day(0) - 7200 * S);
	setenv("TZ", "UTC", 1);
	tzset();
}

static void allow_both_clocks_at_the_same_moment(void **state)
{
	struct when_now real;

	(void)state;
	when_now(&real);
	assert_true(llabs((long long)(real.wall_ns / S) - (long long)time(NULL)) < 5);
	assert_true(real.boot_ns && real.boot_ns < real.wall_ns);
}

static bool matches(struct log_filter filter)
{
	return log_filter_matches(&filter, &shell, &recorder);
}

static void allow_what_matches(void **state)
{
	(void)state;
	assert_true(matches((struct log_filter){ .guard = -1, .until = ~0ull }));
	assert_true(matches((struct log_filter){ .guard = GUARD_exec, .reason = "shell", .pid = 12, .since = 100, .until = 100 }));
	assert_true(matches((struct log_filter){ .guard = -1, .pid = 13, .until = ~0ull }));
}

static void deny_what_does_not(void **state)
{
	struct log_filter any = { .guard = -1, .until = ~0ull };
	struct record canary = shell, unknown = shell;

	(void)state;
	assert_false(matches((struct log_filter){ .guard = GUARD_ptrace, .until = ~0ull }));
	assert_false(matches((struct log_filter){ .guard = -1, .reason = "loader", .until = ~0ull }));
	assert_false(matches((struct log_filter){ .guard = -1, .pid = 1, .until = ~0ull }));
	assert_false(matches((struct log_filter){ .guard = -1, .since = 101, .until = ~0ull }));
	assert_false(matches((struct log_filter){ .guard = -1, .until = 99 }));
	/* A program that is not known is none of those below a directory. */
	assert_false(matches((struct log_filter){ .guard = -1, .exe = "/", .until = ~0ull }));
	canary.flags |= RECORD_CANARY;
	unknown.kind = KIND_COUNT;
	assert_false(log_filter_matches(&any, &canary, &recorder));
	assert_false(log_filter_matches(&any, &unknown, &recorder));
	any.canaries = true;
	assert_true(log_filter_matches(&any, &canary, &recorder));
}

static void allow_a_program_or_a_tree(void **state)
{
	(void)state;
	assert_true(log_filter_path("/usr/bin/curl", "/usr/bin/curl"));
	assert_true(log_filter_path("/usr/bin/curl", "/usr/bin/"));
	assert_true(log_filter_path("/usr/bin/curl", "/"));
	assert_false(log_filter_path("/usr/bin/curl", "/usr/bin"));
	assert_false(log_filter_path("/usr/bin/curl2", "/usr/bin/curl"));
	assert_false(log_filter_path("/usr/bin2/curl", "/usr/bin/"));
	assert_false(log_filter_path("", "/usr/bin/"));
}

static void allow_each_reason_once(void **state)
{
	const char *names[KIND_COUNT + 1];

	(void)state;
	log_filter_reasons(-1, names);
	for (size_t i = 0; names[i]; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		assert_string_equal(log_filter_reason(reason_names[kind], -1), reason_names[kind]);
		assert_string_equal(log_filter_reason(reason_names[kind], kind_names[kind].guard_id), reason_names[kind]);
	}
	assert_null(log_filter_reason("shell", GUARD_ptrace));
	assert_null(log_filter_reason("shel", -1));
	log_filter_reasons(GUARD_data, names);
	assert_string_equal(names[0], "protected");
}

static int set_up(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_times_as_people_write_them),
		cmocka_unit_test(deny_what_is_no_time),
		cmocka_unit_test(allow_local_time_but_for_a_z),
		cmocka_unit_test(allow_both_clocks_at_the_same_moment),
		cmocka_unit_test(allow_what_matches),
		cmocka_unit_test(deny_what_does_not),
		cmocka_unit_test(allow_a_program_or_a_tree),
		cmocka_unit_test(allow_each_reason_once),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
