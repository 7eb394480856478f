// SPDX-License-Identifier: GPL-2.0-only
/*
 * log_test.c - log shows every refusal, to people and to programs, whatever a process calls itself.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 */
#include "objects.h"
#include "util.h"

#include <sys/prctl.h>
#include <sys/uio.h>
#include <time.h>

#define DROPINS		"/tmp/policy.d"
#define FIRST_PORT	4001
#define REFUSALS	7	/* of egress, to ports from FIRST_PORT on */

static void refuse_read(void)
{
	char here = 0, there;
	struct iovec to = { &there, 1 }, from = { &here, 1 };

	assert_int_equal(process_vm_readv(getppid(), &to, 1, &from, 1, 0), -1);
	assert_int_equal(errno, EPERM);
}

static unsigned int lines_of(const char *text)
{
	unsigned int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* The lines of JSON as an array that the caller puts. */
static struct json_object *parse_lines(const char *text)
{
	struct json_object *list = json_object_new_array();
	char line[8192];

	for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
		snprintf(line, sizeof(line), "%.*s", (int)(end - text), text);
		json_object_array_add(list, parse_json(line));
	}
	return list;
}

static void allow_last_lines_by_number(void **state)
{
	char text[sizeof(((struct ran *)0)->out)];

	(void)state;
	strcpy(text, HARDEN(0, "log", "-n5", "--guard", "egress")->out);
	assert_int_equal(lines_of(text), 5);
	assert_null(strstr(text, ":4002 "));
	assert_non_null(strstr(text, ":4003 "));
	assert_non_null(strstr(text, ":4007 "));
	assert_string_equal(HARDEN(0, "log", "-n", "5", "--guard=egress")->out, text);
	assert_string_equal(HARDEN(0, "log", "--lines=5", "--guard=egress")->out, text);
	assert_string_equal(HARDEN(0, "log", "-n0")->out, "");
}

static void allow_one_guard_alone(void **state)
{
	struct ran *ran = HARDEN(0, "log", "--guard", "ptrace");

	(void)state;
	assert_int_equal(lines_of(ran->out), 1);
	assert_non_null(strstr(ran->out, " denied ptrace: attach pid "));
	assert_int_equal(lines_of(HARDEN(0, "log", "--guard", "egress")->out), REFUSALS);
	assert_int_equal(lines_of(HARDEN(0, "log")->out), REFUSALS + 1);
	assert_string_equal(HARDEN(0, "log", "--guard", "modules")->out, "");
}

static void allow_canaries_where_asked_for(void **state)
{
	(void)state;
	assert_null(strstr(HARDEN(0, "log")->out, "[canary]"));
	assert_non_null(strstr(HARDEN(0, "log", "-a")->out, "[canary]"));
	assert_non_null(strstr(HARDEN(0, "log", "-a", "--guard=modules")->out, "[canary]"));
}

/* Every field that a line has, and its type. */
static void expect_fields(struct json_object *record)
{
	static const struct {
		const char *path;
		enum json_type type;
	} fields[] = {
		{ "v", json_type_int }, { "seq", json_type_int }, { "time", json_type_string },
		{ "boot_ns", json_type_int }, { "guard", json_type_string },
		{ "hook", json_type_string }, { "action", json_type_string },
		{ "reason", json_type_string }, { "rule.file", json_type_string },
		{ "rule.line", json_type_int }, { "pid", json_type_int }, { "tgid", json_type_int },
		{ "ppid", json_type_int }, { "uid", json_type_int }, { "comm", json_type_string },
		{ "exe", json_type_string }, { "cgroup", json_type_string },
		{ "object", json_type_object }, { "canary", json_type_boolean },
		{ "count", json_type_int },
	};
	struct json_object *value = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (!find_field(record, fields[i].path, &value))
			print_message("# there is no %s\n", fields[i].path);
		assert_true(find_field(record, fields[i].path, &value));
		assert_int_equal(json_object_get_type(value), fields[i].type);
	}
}

static void allow_json_with_every_field(void **state)
{
	struct json_object *list = parse_lines(HARDEN(0, "log", "--json")->out), *record, *value;
	unsigned int canaries = 0;
	__u64 seq = 0;

	(void)state;
	assert_true(json_object_array_length(list) > REFUSALS + 1);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		record = json_object_array_get_idx(list, i);
		expect_fields(record);
		assert_true(find_field(record, "seq", &value));
		assert_true(json_object_get_uint64(value) > seq);
		seq = json_object_get_uint64(value);
		canaries += !strcmp(field(record, "canary"), "true");
	}
	assert_int_equal(json_object_array_length(list) - canaries, REFUSALS + 1);
	json_object_put(list);
}

static void allow_json_with_true_values(void **state)
{
	struct json_object *list, *record;
	char text[64];
	struct tm tm;

	(void)state;
	list = parse_lines(HARDEN(0, "log", "--json", "-n1", "--guard=egress")->out);
	assert_int_equal(json_object_array_length(list), 1);
	record = json_object_array_get_idx(list, 0);
	assert_field(record, "v", "1");
	assert_field(record, "guard", "egress");
	assert_field(record, "hook", "connect4");
	assert_field(record, "action", "denied");
	assert_field(record, "reason", "unlisted");
	assert_field(record, "rule.file", POLICY);
	snprintf(text, sizeof(text), "%d", getpid());
	assert_field(record, "pid", text);
	assert_field(record, "tgid", text);
	snprintf(text, sizeof(text), "%d", getppid());
	assert_field(record, "ppid", text);
	assert_field(record, "uid", "0");
	assert_field(record, "comm", "log_test");
	assert_field(record, "cgroup", "/");
	assert_field(record, "object.addr", "203.0.113.9");
	assert_field(record, "object.port", "4007");
	assert_field(record, "count", "1");
	/* The time: RFC 3339, nine digits of a second, and not far from now. */
	memset(&tm, 0, sizeof(tm));
	assert_int_equal(strlen(field(record, "time")), strlen("2026-01-01T00:00:00.000000000Z"));
	assert_non_null(strptime(field(record, "time"), "%Y-%m-%dT%H:%M:%S", &tm));
	assert_true(llabs(timegm(&tm) - time(NULL)) < 120);
	json_object_put(list);
}

/* A process chooses its name: 15 bytes of anything. */
static void allow_hostile_names_without_harm(void **state)
{
	static const struct {
		const char *comm, *shown;
	} names[] = {
		{ "\033[31m\033]0;x\a", "\\x1b[31m\\x1b]0;x\\x07" },
		{ "a\"b\\c\"", "a\"b\\c\"" },
		{ "two\nlines\r\t\b", "two\\x0alines\\x0d\\x09\\x08" },
		{ "\xff\xfe\xc3(", "\\xff\\xfe\\xc3(" },
		{ "\xc2\x9b" "2J\x7f", "\\xc2\\x9b2J\\x7f" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
	};
	struct json_object *list;
	struct ran *ran;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(prctl(PR_SET_NAME, names[i].comm), 0);
		assert_int_equal(connect_unlisted(9), EPERM);
		assert_int_equal(prctl(PR_SET_NAME, "log_test"), 0);
		list = parse_lines(HARDEN(0, "log", "--json", "-n1", "--guard=egress")->out);
		assert_field(json_object_array_get_idx(list, 0), "comm", names[i].shown);
		json_object_put(list);
		ran = HARDEN(0, "log", "-n1", "--guard=egress");
		assert_int_equal(lines_of(ran->out), 1);
		assert_non_null(strstr(ran->out, names[i].shown));
		for (const char *at = ran->out; *at && *at != '\n'; at++)
			assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
	}
}

/* What explain says of record `seq`, or "last"; the caller puts it. */
static struct json_object *explain_json(const char *seq)
{
	struct json_object *json = parse_json(HARDEN(0, "explain", seq, "--json")->out);

	assert_field(json, "schema", "hardenctl.explain/1");
	return json;
}

static void allow_explain_of_the_last_refusal(void **state)
{
	struct json_object *json;
	char seq[32];

	(void)state;
	assert_int_equal(connect_unlisted(4000), EPERM);
	snprintf(seq, sizeof(seq), "%llu", mark().newest);
	/* Its canaries come after it. */
	HARDEN(0, "verify");
	json = explain_json("last");
	assert_field(json, "record.seq", seq);
	assert_field(json, "record.object.port", "4000");
	assert_non_null(strstr(field(json, "sentence"), "(comm 'log_test', pid "));
	assert_non_null(strstr(field(json, "sentence"), " tried to send to udp 203.0.113.9:4000, and was refused."));
	assert_non_null(strstr(field(json, "rule"), POLICY ":8 (egress.allow"));
	assert_field(json, "allow.lines",
		     "egress:\n  allow:\n    - {to: \"203.0.113.9\", port: 4000, proto: udp}\n");
	assert_non_null(strstr(field(json, "effective"), "Not sealed"));
	json_object_put(json);
	assert_non_null(strstr(HARDEN(0, "explain", seq)->out,
			       "\n          - {to: \"203.0.113.9\", port: 4000, proto: udp}\n"));
}

static void allow_explain_of_a_canary_without_advice(void **state)
{
	struct json_object *json;
	char seq[32];

	(void)state;
	/* The test before has had them run. */
	snprintf(seq, sizeof(seq), "%llu", mark().newest);
	json = explain_json(seq);
	assert_field(json, "record.canary", "true");
	assert_non_null(strstr(field(json, "allow_not"), "own canary"));
	assert_null(field(json, "allow"));
	json_object_put(json);
	assert_non_null(strstr(HARDEN(0, "explain", seq)->out, "own canary"));
}

static void deny_explain_of_what_is_not_there(void **state)
{
	char seq[32], range[64];
	struct ran *ran;

	(void)state;
	snprintf(seq, sizeof(seq), "%llu", mark().newest + 1);
	snprintf(range, sizeof(range), "is not there: the kernel has 1 to %llu", mark().newest);
	ran = HARDEN(1, "explain", seq);
	assert_string_equal(ran->out, "");
	assert_non_null(strstr(ran->err, range));
}

static void allow_explain_of_hostile_names_without_harm(void **state)
{
	struct ran *ran;

	(void)state;
	assert_int_equal(prctl(PR_SET_NAME, "\033[2J\n\xff\xc2\x9b'"), 0);
	assert_int_equal(connect_unlisted(9), EPERM);
	assert_int_equal(prctl(PR_SET_NAME, "log_test"), 0);
	ran = HARDEN(0, "explain", "last");
	assert_non_null(strstr(ran->out, "(comm '\\x1b[2J\\x0a\\xff\\xc2\\x9b'', pid "));
	for (const char *at = ran->out; *at; at++)
		assert_true(*at == '\n' || ((unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7f));
	json_object_put(explain_json("last"));
}

/* Changes what is in force, so it comes last: in a small log the lines of explain do what it says they do. */
static void allow_what_explain_says_would_allow_it(void **state)
{
	struct json_object *json;
	struct ran *ran;

	(void)state;
	assert_int_equal(connect_unlisted(4000), EPERM);
	json = explain_json("last");
	HARDEN(0, "unload");
	mkdir(DROPINS, 0755);
	assert_int_equal(strncmp(field(json, "drop_in"), DROPINS "/", strlen(DROPINS "/")), 0);
	spill(field(json, "drop_in"), field(json, "allow.lines"));
	spill(POLICY, POLICY_ENFORCE "log: { records: 64 }\n");
	HARDEN(0, "load", "--policy", POLICY);
	unlink(field(json, "drop_in"));
	json_object_put(json);
	ran = HARDEN(1, "explain", "last");
	assert_non_null(strstr(ran->err, "only hardenctl's own canaries"));
	assert_int_not_equal(connect_unlisted(4000), EPERM);
	for (__u16 i = 0; i < 64; i++)
		assert_int_equal(connect_unlisted(4001 + i), EPERM);
	ran = HARDEN(1, "explain", "1");
	assert_non_null(strstr(ran->err, "record 1 was overwritten: the kernel has "));
	HARDEN(0, "explain", "last");
}

static int tear_down(void **state)
{
	rmdir(DROPINS);
	return unload(state);
}

static int set_up(void **state)
{
	load_enforce(state);
	for (__u16 i = 0; i < REFUSALS; i++)
		assert_int_equal(connect_unlisted(FIRST_PORT + i), EPERM);
	refuse_read();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_last_lines_by_number),
		cmocka_unit_test(allow_one_guard_alone),
		cmocka_unit_test(allow_canaries_where_asked_for),
		cmocka_unit_test(allow_json_with_every_field),
		cmocka_unit_test(allow_json_with_true_values),
		cmocka_unit_test(allow_hostile_names_without_harm),
		cmocka_unit_test(allow_explain_of_the_last_refusal),
		cmocka_unit_test(allow_explain_of_a_canary_without_advice),
		cmocka_unit_test(deny_explain_of_what_is_not_there),
		cmocka_unit_test(allow_explain_of_hostile_names_without_harm),
		cmocka_unit_test(allow_what_explain_says_would_allow_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
