// SPDX-License-Identifier: GPL-2.0-only
/*
 * recorder_test.c - what the log keeps when it is flooded, and what its records tell of who did what.
 * Boots: plain
 * Kernels: 7
 * Processors: 2
 * Long boots: lockdown
 *
 * HARDENCTL_LONG=1 floods with a million refusals.
 */
#include "child.h"
#include "objects.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define RECORDS		256		/* of the log */
#define RECORDS_TEXT	"log: { records: 256 }\n"
#define PROCESSES	8
#define REPEATED	4100		/* ports: one that is tried again and again */
#define OTHER		4101
#define FIRST_PORT	10000		/* of many that are tried once */
#define SHELL		"/usr/bin/dash"
#define ANSWER_NS	2000000000ull	/* of a processor, emulated, for `log` and `status`; 200 ms are for real ones */

static __u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static __u64 number(struct json_object *record, const char *path)
{
	return strtoull(field(record, path), NULL, 10);
}

static int start_shell(const void *arg)
{
	execv(SHELL, (char *const *)arg);
	return errno;
}

static void refuse_shell(const char *argument)
{
	const char *const argv[] = { "dash", "-c", argument, NULL };
	const struct place here = {};

	assert_int_equal(in_child(&here, start_shell, argv).err, EPERM);
}

/* ---- Repetitions ---- */

/* One object's records: what each of them counts, and since when. */
static void deny_repetitions_with_a_growing_count(void **state)
{
	struct mark before = mark();
	__u64 begin = now_ns(), seconds, last = 0;
	const unsigned int times = 300;
	struct json_object *list, *record;
	size_t records;

	(void)state;
	for (unsigned int i = 0; i < times; i++)
		assert_int_equal(connect_unlisted(REPEATED), EPERM);
	seconds = (now_ns() - begin) / 1000000000 + 1;
	assert_int_equal(mark().denied[GUARD_egress] - before.denied[GUARD_egress], times);
	list = records_since(&before, GUARD_egress);
	records = json_object_array_length(list);
	/* The first ones, those that make it 128 and 256, and one a second. */
	assert_in_range(records, REPEATS_APART + 2, REPEATS_APART + 2 + seconds);
	for (size_t i = 0; i < records; i++) {
		record = json_object_array_get_idx(list, i);
		assert_int_equal(number(record, "first_seq"), number(json_object_array_get_idx(list, 0), "seq"));
		assert_true(number(record, "count") > last);
		last = number(record, "count");
		if (i < REPEATS_APART)
			assert_int_equal(last, i + 1);
	}
	assert_in_range(last, 256, times);
	json_object_put(list);
}

static void deny_after_a_second_with_a_record(void **state)
{
	struct json_object *record;
	struct mark before;

	(void)state;
	sleep(1);
	usleep(100000);
	before = mark();
	assert_int_equal(connect_unlisted(REPEATED), EPERM);
	record = assert_refused(&before, GUARD_egress, "unlisted", 1);
	assert_int_equal(number(record, "count"), 301);
	json_object_put(record);
}

static void deny_another_object_with_a_record_of_its_own(void **state)
{
	struct json_object *record;
	struct mark before = mark();

	(void)state;
	assert_int_equal(connect_unlisted(OTHER), EPERM);
	record = assert_refused(&before, GUARD_egress, "unlisted", 1);
	assert_int_equal(number(record, "count"), 1);
	assert_int_equal(number(record, "first_seq"), number(record, "seq"));
	json_object_put(record);
}

static int connect_repeated(const void *arg)
{
	(void)arg;
	return connect_unlisted(REPEATED);
}

/* The same program in another process is no other subject; another program is. */
static void deny_another_process_with_the_same_count(void **state)
{
	const struct place here = {};
	struct json_object *record;
	struct mark before;

	(void)state;
	sleep(1);
	usleep(100000);
	before = mark();
	assert_int_equal(in_child(&here, connect_repeated, NULL).err, EPERM);
	record = assert_refused(&before, GUARD_egress, "unlisted", 1);
	assert_true(number(record, "count") > 300);
	json_object_put(record);
}

/* ---- What a full log keeps ---- */

/* Wraps the log around with refusals of one kind: the first one of another kind stays, and so does the first of this one. */
static void deny_many_and_keep_the_first_of_each_kind(void **state)
{
	char first[32], wanted[64];
	struct json_object *status;
	struct ran *ran;

	(void)state;
	snprintf(first, sizeof(first), "%llu", mark().newest + 1);
	refuse_shell(":");
	for (__u16 i = 0; i < 2 * RECORDS; i++)
		assert_int_equal(connect_unlisted(FIRST_PORT + i), EPERM);
	ran = HARDEN(0, "explain", first);
	assert_non_null(strstr(ran->out, "tried to start the shell " SHELL));
	ran = HARDEN(0, "log", "--guard", "exec");
	/* With a line for what is gone around it. */
	snprintf(wanted, sizeof(wanted), "\n%s ", first);
	assert_non_null(strstr(ran->out, wanted));
	assert_non_null(strstr(ran->out, "are gone: overwritten"));
	status = status_json(2);
	assert_true(number(status, "log.records") > 2 * RECORDS);
	assert_true(number(status, "log.overwritten") > RECORDS);
	/* All that there ever were are there, were overwritten, or are the first of their kind. */
	assert_true(number(status, "log.records") - number(status, "log.overwritten") > RECORDS);
	assert_true(number(status, "log.records") - number(status, "log.overwritten") < RECORDS + KIND_COUNT);
	json_object_put(status);
}

/* The second one of that kind has no place of its own. */
static void deny_many_and_overwrite_the_second_of_a_kind(void **state)
{
	char second[32];

	(void)state;
	snprintf(second, sizeof(second), "%llu", mark().newest + 1);
	refuse_shell("second");
	HARDEN(0, "explain", second);
	for (__u16 i = 0; i < 2 * RECORDS; i++)
		assert_int_equal(connect_unlisted(FIRST_PORT + 1000 + i), EPERM);
	assert_non_null(strstr(HARDEN(1, "explain", second)->err, "was overwritten"));
}

static void flood(unsigned int times)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(REPEATED) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), failed = fd < 0;

	inet_pton(AF_INET, "203.0.113.9", &to.sin_addr);
	while (times--)
		failed |= !connect(fd, (struct sockaddr *)&to, sizeof(to)) || errno != EPERM;
	_exit(failed);
}

static __u64 children_ns(void)
{
	struct rusage used;

	getrusage(RUSAGE_CHILDREN, &used);
	return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000ull + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000ull;
}

/* By its own time, at best of some: the flood leaves it a tenth of the two processors, and the host's others whatever they like. */
static void expect_answer(const char *verb, int code)
{
	__u64 took = ~0ull, begin;

	for (int i = 0; i < 10 && took > ANSWER_NS; i++) {
		begin = children_ns();
		HARDEN(code, verb);
		took = children_ns() - begin;
		print_message("# %s took %llu ms\n", verb, took / 1000000);
	}
	assert_in_range(took, 1, ANSWER_NS);
}

static void deny_a_flood_with_exact_counters(void **state)
{
	unsigned int each = (is_long() ? 1000000 : 40000) / PROCESSES;
	struct mark before = mark(), after;
	pid_t child[PROCESSES];
	__u64 begin = now_ns();
	int status;

	(void)state;
	for (int i = 0; i < PROCESSES; i++) {
		child[i] = fork();
		assert_true(child[i] >= 0);
		if (!child[i])
			flood(each);
	}
	expect_answer("log", 0);
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(child[i], &status, 0), child[i]);
		assert_int_equal(status, 0);
	}
	begin = now_ns() - begin;
	after = mark();
	print_message("# %u refusals in %llu ms, %llu records\n", PROCESSES * each, begin / 1000000,
		      after.newest - before.newest);
	assert_int_equal(after.denied[GUARD_egress] - before.denied[GUARD_egress], PROCESSES * each);
	/* Powers of two, and one a second from each processor; `log` has canaries of none. */
	assert_true(after.newest - before.newest < 32 + 2 * (begin / 1000000000 + 2));
	expect_answer("log", 0);
	expect_answer("status", 2);
	/* The first of its kind is there all the same. */
	assert_non_null(strstr(HARDEN(0, "log", "--guard", "exec")->out, "shell " SHELL));
}

/* ---- Beside a flood ---- */

static void stay_on(unsigned int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
}

/* What guards look at and let through, and no other processor has a part in. */
static void work(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), fd;

	assert_true(sock >= 0);
	for (int i = 0; i < 300; i++) {
		fd = open("/proc/version", O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		close(fd);
		assert_int_equal(connect(sock, (struct sockaddr *)&to, sizeof(to)), 0);
	}
	close(sock);
}

/* The same number of processes, refused again and again or busy with nothing. */
static void start_others(pid_t child[PROCESSES], bool refused)
{
	for (int i = 0; i < PROCESSES; i++) {
		child[i] = fork();
		assert_true(child[i] >= 0);
		if (child[i])
			continue;
		stay_on(1);
		if (refused)
			flood(~0u);
		for (;;)
			getppid();
	}
}

/*
 * How long this process works for it, in ns, at best of some times: the others are whoever else the host has running.  By the
 * clock, as a processor's own time goes by ticks where its counter is not stable, and nobody else is on this one.
 */
static __u64 work_beside(bool refused)
{
	pid_t child[PROCESSES];
	__u64 best = ~0ull, took;

	start_others(child, refused);
	for (int i = 0; i < 50; i++) {
		took = now_ns();
		work();
		took = now_ns() - took;
		best = took < best ? took : best;
	}
	for (int i = 0; i < PROCESSES; i++) {
		kill(child[i], SIGKILL);
		assert_int_equal(waitpid(child[i], NULL, 0), child[i]);
	}
	return best;
}

/* Refusals on one processor are no matter to what another one lets through: it waits for no lock of theirs. */
static void allow_work_beside_a_flood_in_the_same_time(void **state)
{
	__u64 quiet, flooded;

	(void)state;
	stay_on(0);
	/* A lock that eight wait for, one after another, would show as a multiple of that, each time. */
	for (int i = 0; i < 3; i++) {
		quiet = work_beside(false);
		flooded = work_beside(true);
		print_message("# work takes %llu us, beside a flood %llu us\n", quiet / 1000, flooded / 1000);
		if (flooded < quiet * 3 / 2)
			break;
	}
	assert_in_range(flooded, 1, 2 * quiet);
}

/* ---- Who ---- */

static struct json_object *refused_start(const char *const argv[], const struct place *place, struct child *ret_child)
{
	struct mark before = mark();

	*ret_child = in_child(place, start_shell, argv);
	assert_int_equal(ret_child->entered, 0);
	assert_int_equal(ret_child->err, EPERM);
	return assert_refused(&before, GUARD_exec, "shell", 1);
}

static void deny_with_the_arguments(void **state)
{
	static const char *const argv[] = { "dash", "-c", "", "one two", "\033[2J\"\xff", NULL };
	const struct place here = {};
	struct child child;
	struct json_object *record = refused_start(argv, &here, &child), *args;

	(void)state;
	assert_true(find_field(record, "object.args", &args));
	assert_int_equal(json_object_array_length(args), 5);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(json_object_get_string(json_object_array_get_idx(args, i)), argv[i]);
	assert_string_equal(json_object_get_string(json_object_array_get_idx(args, 4)), "\\x1b[2J\"\\xff");
	json_object_put(record);
}

static void deny_with_the_first_bytes_of_long_arguments(void **state)
{
	static char big[4096];
	const char *const argv[] = { "dash", big, "unseen", NULL };
	const struct place here = {};
	struct child child;
	struct json_object *record, *args;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	record = refused_start(argv, &here, &child);
	assert_true(find_field(record, "object.args", &args));
	assert_int_equal(json_object_array_length(args), 2);
	assert_int_equal(strlen(json_object_get_string(json_object_array_get_idx(args, 1))), ARGS_MAX - 1 - sizeof("dash"));
	json_object_put(record);
}

static void deny_with_parent_and_login(void **state)
{
	static const char *const argv[] = { "dash", NULL };
	const struct place here = {};
	struct child child;
	struct json_object *record = refused_start(argv, &here, &child), *value;
	char login[32];

	(void)state;
	assert_int_equal(number(record, "ppid"), getpid());
	assert_field(record, "parent.comm", "recorder_test");
	assert_field(record, "parent.exe", field(record, "exe"));
	slurp("/proc/self/loginuid", login, sizeof(login));
	assert_true(find_field(record, "auid", &value));
	assert_string_equal(value ? json_object_get_string(value) : "4294967295", login);
	assert_false(find_field(record, "namespaces", &value));
	json_object_put(record);
}

static int start_shell_after_login(const void *arg)
{
	spill("/proc/self/loginuid", "4242");
	return start_shell(arg);
}

static void deny_with_who_logged_in(void **state)
{
	static const char *const argv[] = { "dash", NULL };
	const struct place here = {};
	struct mark before = mark();
	struct json_object *record;

	(void)state;
	assert_int_equal(in_child(&here, start_shell_after_login, argv).err, EPERM);
	record = assert_refused(&before, GUARD_exec, "shell", 1);
	assert_field(record, "auid", "4242");
	json_object_put(record);
}

static void deny_with_namespaces_of_its_own(void **state)
{
	static const char *const argv[] = { "dash", NULL };
	const struct place there = { .namespaces = CLONE_NEWNS | CLONE_NEWNET };
	struct child child;
	struct json_object *record = refused_start(argv, &there, &child), *value;
	struct stat net;

	(void)state;
	assert_int_equal(stat("/proc/self/ns/net", &net), 0);
	assert_true(number(record, "namespaces.net") > 0);
	assert_int_not_equal(number(record, "namespaces.net"), net.st_ino);
	assert_true(find_field(record, "namespaces.mnt", &value));
	assert_false(find_field(record, "namespaces.user", &value));
	json_object_put(record);
}

static int set_up(void **state)
{
	(void)state;
	load_text(POLICY_ENFORCE RECORDS_TEXT);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deny_repetitions_with_a_growing_count),
		cmocka_unit_test(deny_after_a_second_with_a_record),
		cmocka_unit_test(deny_another_object_with_a_record_of_its_own),
		cmocka_unit_test(deny_another_process_with_the_same_count),
		cmocka_unit_test(deny_many_and_keep_the_first_of_each_kind),
		cmocka_unit_test(deny_many_and_overwrite_the_second_of_a_kind),
		cmocka_unit_test(deny_with_the_arguments),
		cmocka_unit_test(deny_with_the_first_bytes_of_long_arguments),
		cmocka_unit_test(deny_with_parent_and_login),
		cmocka_unit_test(deny_with_who_logged_in),
		cmocka_unit_test(deny_with_namespaces_of_its_own),
		cmocka_unit_test(deny_a_flood_with_exact_counters),
		cmocka_unit_test(allow_work_beside_a_flood_in_the_same_time),
	};

	return cmocka_run_group_tests(tests, set_up, unload);
}
