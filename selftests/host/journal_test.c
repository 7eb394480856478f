// SPDX-License-Identifier: GPL-2.0-only
/* journal_test.c - entries for the journal have the fields that are promised, and no value begins another field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "journal.h"
#include "names.h"
#include "util.h"

static struct recorder recorder = { .log = -1, .programs = -1 };
static const struct event_context context = { .recorder = &recorder, .cgroup = -1 };

/* The fields of an entry, each by its name; the number of all. */
static size_t fields_of(const char *entry, size_t size, const char *name, char *ret_value, size_t room)
{
	const char *at = entry, *end = entry + size;
	size_t count = 0;

	ret_value[0] = 0;
	while (at < end) {
		const char *newline = memchr(at, '\n', end - at);
		__u64 len;

		assert_non_null(newline);
		assert_true(end - newline > 9);
		memcpy(&len, newline + 1, sizeof(len));
		len = le64toh(len);
		assert_true(len < (__u64)(end - newline - 9));
		if (!strncmp(at, name, newline - at) && strlen(name) == (size_t)(newline - at))
			snprintf(ret_value, room, "%.*s", (int)len, newline + 9);
		at = newline + 9 + len;
		assert_int_equal(*at, '\n');
		at++;
		count++;
	}
	return count;
}

static void assert_value(const char *entry, size_t size, const char *name, const char *expected)
{
	char value[8192];

	fields_of(entry, size, name, value, sizeof(value));
	assert_string_equal(value, expected);
}

static void allow_an_entry_with_all_fields(void **state)
{
	struct record record = {
		.seq = 4711, .kind = KIND_exec_bprm_check_security_shell, .flags = RECORD_DENIED, .object_type = OBJECT_FILE,
		.pid = 43, .tgid = 42, .uid = 1000, .rule = { .line = 19, .file = 1 }, .comm = "a\nPRIORITY=0",
	};
	char value[8192], *entry;
	size_t size;

	(void)state;
	snprintf(recorder.names[1].path, FILE_LEN, "/etc/a\nMESSAGE=b.yaml");
	snprintf(record.object.file.path, sizeof(record.object.file.path), "/bin/sh\nMESSAGE_ID=0");
	assert_int_equal(journal_entry(&record, &context, &entry, &size), 0);
	assert_int_equal(fields_of(entry, size, "MESSAGE", value, sizeof(value)), 11);
	assert_non_null(strstr(value, "denied exec: shell /bin/sh\\x0aMESSAGE_ID=0 by pid 42"));
	assert_int_not_equal(value[strlen(value) - 1], '\n');
	assert_value(entry, size, "PRIORITY", "4");
	assert_value(entry, size, "MESSAGE_ID", journal_ids[GUARD_exec]);
	assert_value(entry, size, "SYSLOG_IDENTIFIER", "hardenctl");
	assert_value(entry, size, "OBJECT_PID", "42");
	assert_value(entry, size, "HARDENCTL_SEQ", "4711");
	assert_value(entry, size, "HARDENCTL_GUARD", "exec");
	assert_value(entry, size, "HARDENCTL_HOOK", "bprm_check_security");
	assert_value(entry, size, "HARDENCTL_REASON", "shell");
	assert_value(entry, size, "HARDENCTL_ACTION", "denied");
	assert_value(entry, size, "HARDENCTL_RULE", "/etc/a\nMESSAGE=b.yaml:19");
	free(entry);
}

static void allow_a_catalog_that_explains_each_guard(void **state)
{
	char text[16384] = "", entry[64];
	FILE *in = fopen("units/hardenctl.catalog", "r");

	(void)state;
	assert_non_null(in);
	assert_true(fread(text, 1, sizeof(text) - 1, in) > 0);
	fclose(in);
	for (int guard = 0; guard < GUARD_COUNT; guard++) {
		assert_non_null(journal_ids[guard]);
		assert_int_equal(strspn(journal_ids[guard], "0123456789abcdef"), 32);
		assert_int_equal(strlen(journal_ids[guard]), 32);
		snprintf(entry, sizeof(entry), "\n-- %s\n", journal_ids[guard]);
		assert_non_null(strstr(text, entry));
		for (int other = 0; other < guard; other++)
			assert_string_not_equal(journal_ids[guard], journal_ids[other]);
	}
}

/* Where there is no journal it is said so, and nothing waits. */
static void allow_no_journal(void **state)
{
	struct record record = { .kind = KIND_exec_bprm_check_security_shell };
	struct journal journal = JOURNAL_INIT;
	int err;

	(void)state;
	if (!access(JOURNAL_SOCKET, F_OK))
		skip();
	err = journal_send(&journal, &record, &context);
	assert_true(err == -ENOENT || err == -ECONNREFUSED);
	journal_close(&journal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_an_entry_with_all_fields),
		cmocka_unit_test(allow_a_catalog_that_explains_each_guard),
		cmocka_unit_test(allow_no_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
