/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * common.h - what the selftests share.  They run as root in a VM, from the top of the repository.
 *
 * A refusal is asserted four ways: return value, errno, one record with the right fields, counter +1.
 * No test may use a shell (system(), popen()): the guard under test refuses it.
 */
#ifndef HARDENCTL_SELFTESTS_COMMON_H
#define HARDENCTL_SELFTESTS_COMMON_H

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "event.h"
#include "kernel.h"
#include "names.h"
#include "recorder.h"
#include "set.h"

#define HARDENCTL	"build/hardenctl"
#define POLICY		"/tmp/policy.yaml"
#define OUTPUT_MAX	(1 << 20)

/*
 * exec.introduced has a test of its own: in most VMs the root is this machine's, over 9p, and a walk through all of
 * its files would take minutes.  The listed networks: loopback, and 10.11.0.0/24 with TCP and UDP ports 8000 to
 * 8099.
 */
#define POLICY_TEXT(exec, ptrace, modules, egress)					\
	POLICY_TEXT_WITH("mode: " exec, ptrace, modules, egress)
#define POLICY_TEXT_WITH(exec_keys, ptrace, modules, egress)				\
	POLICY_TEXT_KERNEL(exec_keys, ptrace, modules, egress, "mode: off")
#define POLICY_TEXT_KERNEL(exec_keys, ptrace, modules, egress, kernel)			\
	"version: 1\n"									\
	"name: selftest\n"								\
	"exec: { " exec_keys ", introduced: allow }\n"					\
	"ptrace: { mode: " ptrace " }\n"						\
	"modules: { mode: " modules " }\n"						\
	"egress:\n"									\
	"  mode: " egress "\n"								\
	"  allow:\n"									\
	"    - { to: [127.0.0.0/8, \"::1\"] }\n"					\
	"    - { to: [10.11.0.0/24, \"fd11::/64\"], port: 8000-8099, proto: [tcp, udp] }\n" \
	"ingress: { mode: off }\n"							\
	"kernel: { " kernel " }\n"							\
	"data: { mode: off }\n"

#define POLICY_ENFORCE	POLICY_TEXT("enforce", "enforce", "enforce", "enforce")
#define POLICY_AUDIT	POLICY_TEXT("audit", "audit", "audit", "audit")

#define UNUSED	__attribute__((unused))

/* What a program that was run left: exit status (128 + N if signal N ended it), both outputs. */
struct ran {
	int status;
	char out[65536], err[65536];
};

/* Whether make longtest runs this: hours are no matter then. */
static UNUSED bool is_long(void)
{
	const char *text = getenv("HARDENCTL_LONG");

	return text && text[0] == '1';
}

static UNUSED void slurp(const char *path, char *ret_text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t len;

	while (fd >= 0 && used < size - 1 && (len = read(fd, ret_text + used, size - 1 - used)) > 0)
		used += len;
	ret_text[used] = 0;
	if (fd >= 0)
		close(fd);
}

static UNUSED void spill(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Runs argv (found on PATH) to its end, without a shell.  127: could not be executed, errno in out. */
static UNUSED struct ran *run_argv(const char *const argv[])
{
	static struct ran ran;
	char out[64], err[64];
	int status;
	pid_t pid;

	snprintf(out, sizeof(out), "/tmp/out.%d", getpid());
	snprintf(err, sizeof(err), "/tmp/err.%d", getpid());
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int null = open("/dev/null", O_RDONLY);
		int to = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		int eto = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (null < 0 || to < 0 || eto < 0)
			_exit(126);
		dup2(null, 0);
		dup2(to, 1);
		dup2(eto, 2);
		execvp(argv[0], (char *const *)argv);
		dprintf(1, "%d", errno);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	ran.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	slurp(out, ran.out, sizeof(ran.out));
	slurp(err, ran.err, sizeof(ran.err));
	return &ran;
}

/* To RUN() what follows without any privilege. */
#define UNPRIVILEGED	"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"

#define RUN(...)	run_argv((const char *const[]){ __VA_ARGS__, NULL })

/* Runs hardenctl and expects an exit code; prints what it said where that differs. */
#define HARDEN(code, ...)								\
	({										\
		struct ran *__ran = RUN(HARDENCTL, __VA_ARGS__);			\
		if (__ran->status != (code))						\
			print_message("# hardenctl: exit %d\n# %s\n# %s\n", __ran->status,	\
				      __ran->out, __ran->err);				\
		assert_int_equal(__ran->status, (code));				\
		__ran;									\
	})

static UNUSED void load_text(const char *text)
{
	spill(POLICY, text);
	HARDEN(0, "load", "--policy", POLICY);
}

static UNUSED int load_enforce(void **state)
{
	(void)state;
	load_text(POLICY_ENFORCE);
	return 0;
}

static UNUSED int unload(void **state)
{
	(void)state;
	RUN(HARDENCTL, "unload");
	return 0;
}

/* ---- Counters and records, read from the kernel without running a canary ---- */

struct mark {
	__u64 denied[GUARD_COUNT], would_deny[GUARD_COUNT];
	__u64 newest;
};

static UNUSED struct set_info live_set(void)
{
	struct sets sets;
	struct fail fail;
	struct set_info set;

	assert_int_equal(sets_find(&sets, &fail), 0);
	assert_non_null(sets_live(&sets));
	set = *sets_live(&sets);
	sets_free(&sets);
	return set;
}

static UNUSED struct mark mark(void)
{
	struct set_info set = live_set();
	struct recorder recorder;
	struct mark now = {};
	struct fail fail;
	__u64 oldest;

	assert_int_equal(recorder_open(&set, &recorder, &fail), 0);
	recorder_range(&recorder, &oldest, &now.newest);
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		recorder_count(&recorder, guard, &now.denied[guard], &now.would_deny[guard]);
	recorder_close(&recorder);
	return now;
}

/*
 * The records of `guard` since `from`, as `log --json` shows them, in a JSON array that the caller
 * puts.  Canaries are left out.
 */
static UNUSED struct json_object *records_since(const struct mark *from, int guard)
{
	struct event_context context = { .cgroup = kernel_cgroup_root() };
	struct json_object *list = json_object_new_array();
	struct set_info set = live_set();
	struct recorder recorder;
	struct record record;
	struct fail fail;
	__u64 oldest, newest;

	assert_int_equal(recorder_open(&set, &recorder, &fail), 0);
	context.recorder = &recorder;
	recorder_range(&recorder, &oldest, &newest);
	for (__u64 seq = from->newest + 1; seq <= newest; seq++) {
		assert_int_equal(recorder_read(&recorder, seq, &record), 0);
		if (kind_names[record.kind].guard_id == (__u32)guard &&
		    !(record.flags & RECORD_CANARY))
			json_object_array_add(list, event_json(&record, &context));
	}
	recorder_close(&recorder);
	close(context.cgroup);
	return list;
}

/* Whether there is a value at `path` ("object.path"); it may be null. */
static UNUSED bool find_field(struct json_object *json, const char *path,
			      struct json_object **ret_value)
{
	char key[64];
	size_t len;

	for (; *path; path += len + (path[len] == '.')) {
		len = strcspn(path, ".");
		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		if (!json_object_object_get_ex(json, key, &json))
			return false;
	}
	*ret_value = json;
	return true;
}

/* The text at `path`; numbers as text; NULL where it is null or absent. */
static UNUSED const char *field(struct json_object *record, const char *path)
{
	return find_field(record, path, &record) && record ? json_object_get_string(record) : NULL;
}

#define assert_field(record, path, expected)						\
	do {										\
		const char *__got = field((record), (path));				\
		if (!__got || strcmp(__got, (expected)))				\
			print_message("# %s is '%s', not '%s'\n", (path),		\
				      __got ? __got : "(none)", (expected));		\
		assert_non_null(__got);							\
		assert_string_equal(__got, (expected));					\
	} while (0)

/*
 * Asserts that exactly `count` refusals of `guard` happened since `from`, all of them denied or all
 * of them would-deny: the one counter by that much, the other not at all, as many records, each with
 * `reason`.  Returns the last record, which the caller puts.
 */
static UNUSED struct json_object *assert_recorded(const struct mark *from, int guard, bool denied,
						  const char *reason, unsigned int count)
{
	struct json_object *list = records_since(from, guard), *record;
	struct mark now = mark();

	if (json_object_array_length(list) != count)
		print_message("# %s\n", json_object_to_json_string(list));
	assert_int_equal(now.denied[guard] - from->denied[guard], denied ? count : 0);
	assert_int_equal(now.would_deny[guard] - from->would_deny[guard], denied ? 0 : count);
	assert_int_equal(json_object_array_length(list), count);
	for (unsigned int i = 0; i < count; i++) {
		record = json_object_array_get_idx(list, i);
		assert_field(record, "guard", guard_names[guard]);
		assert_field(record, "action", denied ? "denied" : "would-deny");
		assert_field(record, "reason", reason);
		assert_field(record, "canary", "false");
	}
	record = count ? json_object_get(json_object_array_get_idx(list, count - 1)) : NULL;
	json_object_put(list);
	return record;
}

/* Asserts that exactly `count` operations were refused: see assert_recorded(). */
static UNUSED struct json_object *assert_refused(const struct mark *from, int guard,
						 const char *reason, unsigned int count)
{
	return assert_recorded(from, guard, /* denied= */ true, reason, count);
}

/* The same for one operation that a guard in audit mode let through. */
static UNUSED struct json_object *assert_would_deny(const struct mark *from, int guard,
						    const char *reason)
{
	return assert_recorded(from, guard, /* denied= */ false, reason, 1);
}

/* One test of a table: VERDICT_NAME_WHICH, which finds its row in *state. */
static UNUSED struct CMUnitTest test_of_row(const char *verdict, const char *name,
					    const char *which, CMUnitTestFunction function,
					    const void *row)
{
	char text[256];

	snprintf(text, sizeof(text), "%s_%s%s%s", verdict, name, which[0] ? "_" : "", which);
	return (struct CMUnitTest){ strdup(text), function, NULL, NULL, (void *)row };
}

/* Asserts that `guard` neither refused nor recorded anything since `from`. */
static UNUSED void assert_undisturbed(const struct mark *from, int guard)
{
	struct json_object *list = records_since(from, guard);
	struct mark now = mark();

	if (json_object_array_length(list))
		print_message("# %s\n", json_object_to_json_string(list));
	assert_int_equal(json_object_array_length(list), 0);
	assert_int_equal(now.denied[guard], from->denied[guard]);
	assert_int_equal(now.would_deny[guard], from->would_deny[guard]);
	json_object_put(list);
}

#endif
