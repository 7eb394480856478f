// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_classes_test.c - what section kernel has a deny or an allow for: io_uring, userfaultfd, user namespaces, perf.
 * Boots: plain
 * Kernels: 6.12
 * Long boots: lockdown
 */
#include "child.h"

#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY	1
#endif
#ifndef USERFAULTFD_IOC_NEW
#define USERFAULTFD_IOC_NEW	_IO(0xaa, 0x00)	/* v6.1 */
#endif

/* One way to what a key is about, and something much like it. */
struct way {
	const char *name, *key, *reason, *hook, *what;
	attempt_fn how, twin;
	struct place place;
};

/* ---- The ways ---- */

static int closed(int fd)
{
	int err = errno;

	if (fd < 0)
		return err;
	close(fd);
	return 0;
}

static int set_up_ring(const void *arg)
{
	struct io_uring_params params = {};

	(void)arg;
	return closed(syscall(SYS_io_uring_setup, 8, &params));
}

static int set_up_epoll(const void *arg)
{
	(void)arg;
	return closed(epoll_create1(EPOLL_CLOEXEC));
}

static int make_userfaultfd(const void *arg)
{
	(void)arg;
	return closed(syscall(SYS_userfaultfd, O_CLOEXEC));
}

/* What everybody may have. */
static int make_userfaultfd_for_user_mode(const void *arg)
{
	(void)arg;
	return closed(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
}

static int make_userfaultfd_by_device(const void *arg)
{
	int device = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC), err;

	(void)arg;
	if (device < 0)
		return EBADF;
	err = closed(ioctl(device, USERFAULTFD_IOC_NEW, O_CLOEXEC));
	close(device);
	return err;
}

static int open_device(const void *arg)
{
	(void)arg;
	return closed(open("/dev/userfaultfd", O_RDWR | O_CLOEXEC));
}

static int make_eventfd(const void *arg)
{
	(void)arg;
	return closed(eventfd(0, EFD_CLOEXEC));
}

static int unshare_user(const void *arg)
{
	(void)arg;
	return unshare(CLONE_NEWUSER) ? errno : 0;
}

static int clone_user(const void *arg)
{
	pid_t pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0);

	(void)arg;
	if (!pid)
		_exit(0);
	return pid < 0 ? errno : 0;
}

/* Namespaces of other kinds are not concerned. */
static int unshare_host_name(const void *arg)
{
	(void)arg;
	return unshare(CLONE_NEWUTS) ? errno : 0;
}

static int clone_plainly(const void *arg)
{
	pid_t pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);

	(void)arg;
	if (!pid)
		_exit(0);
	return pid < 0 ? errno : 0;
}

#define NO_DESCRIPTOR	9999

/* The kernel finds out later that there is no such leader, so that there is no event either way. */
static int measure(__u32 type, __u64 config, pid_t pid, int cpu)
{
	struct perf_event_attr attr = {
		.type = type, .size = sizeof(attr), .config = config, .disabled = 1, .sample_period = 1000000,
	};

	if (syscall(SYS_perf_event_open, &attr, pid, cpu, NO_DESCRIPTOR, 0) >= 0)
		return EEXIST;
	return errno == EBADF ? 0 : errno;
}

static int measure_self(const void *arg)
{
	(void)arg;
	return measure(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, 0, -1);
}

/* For which the kernel asks four times. */
static int measure_processor(const void *arg)
{
	(void)arg;
	return measure(PERF_TYPE_TRACEPOINT, 1, -1, 0);
}

static int count_for_itself(const void *arg)
{
	struct rusage usage;

	(void)arg;
	return getrusage(RUSAGE_SELF, &usage) ? errno : 0;
}

#define PERF	.key = "perf", .reason = "perf", .hook = "perf_event_open", .what = "perf event"
#define USERS	.key = "user_namespaces", .reason = "user-namespace", .hook = "userns_create", .what = "user namespace"
#define RING	.key = "io_uring", .reason = "io-uring", .hook = "inode_init_security_anon", .what = "io_uring"
#define FAULT	.key = "userfaultfd", .reason = "userfaultfd", .hook = "inode_init_security_anon", .what = "userfaultfd"

static const struct way ways[] = {
	{ "io_uring", RING, .how = set_up_ring, .twin = set_up_epoll },
	{ "io_uring_as_nobody", RING, .how = set_up_ring, .twin = set_up_epoll, .place = { .uid = NOBODY } },
	{ "userfaultfd", FAULT, .how = make_userfaultfd, .twin = make_eventfd },
	{ "userfaultfd_as_nobody", FAULT, .how = make_userfaultfd_for_user_mode, .twin = make_eventfd,
	  .place = { .uid = NOBODY } },
	{ "userfaultfd_by_device", FAULT, .how = make_userfaultfd_by_device, .twin = open_device },
	{ "perf", PERF, .how = measure_self, .twin = count_for_itself },
	{ "perf_on_processor", PERF, .how = measure_processor, .twin = count_for_itself },
	{ "user_namespace", USERS, .how = unshare_user, .twin = unshare_host_name },
	{ "user_namespace_by_clone", USERS, .how = clone_user, .twin = clone_plainly },
	{ "user_namespace_as_nobody", USERS, .how = clone_user, .twin = clone_plainly, .place = { .uid = NOBODY } },
};
#define N_WAYS	(sizeof(ways) / sizeof(ways[0]))

/* ---- Verdicts ---- */

static void load_kernel(const char *keys)
{
	char text[1024];

	snprintf(text, sizeof(text), "version: 1\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"
		 "egress: { mode: off }\ningress: { mode: off }\nkernel: { %s }\ndata: { mode: off }\n", keys);
	load_text(text);
}

static struct child try(const struct way *way, attempt_fn how, int expected)
{
	struct child child = in_child(&way->place, how, NULL);

	assert_true(child.reported);
	if (child.err != expected)
		print_message("# %s: errno %d, not %d\n", way->name, child.err, expected);
	assert_int_equal(child.err, expected);
	return child;
}

static void assert_way(const struct mark *from, const struct way *way, bool denied, const struct child *child)
{
	struct json_object *record = assert_recorded(from, GUARD_kernel, denied, way->reason, 1);

	assert_field(record, "hook", way->hook);
	assert_field(record, "object.what", way->what);
	assert_field(record, "object.detail", "");
	assert_rule(record, "kernel:");
	assert_actor(record, child);
	json_object_put(record);
}

static void deny(const struct way *way)
{
	struct mark before = mark();
	struct child child = try(way, way->how, EPERM);

	assert_way(&before, way, /* denied= */ true, &child);
	before = mark();
	try(way, way->twin, 0);
	assert_undisturbed(&before, GUARD_kernel);
}

static void allow(const struct way *way)
{
	struct mark before = mark();

	try(way, way->how, 0);
	assert_undisturbed(&before, GUARD_kernel);
}

/* ---- The tests ---- */

static void allow_each_in_off_mode(void **state)
{
	(void)state;
	load_kernel("mode: \"off\"");
	for (size_t i = 0; i < N_WAYS; i++)
		allow(&ways[i]);
}

static void deny_each_by_default(void **state)
{
	(void)state;
	load_kernel("mode: enforce");
	for (size_t i = 0; i < N_WAYS; i++)
		deny(&ways[i]);
	HARDEN(0, "verify");
}

/* One half allowed, and the other one refused; then the other way round. */
static void allow_each_beside_what_is_denied(void **state)
{
	static const char *const halves[][2] = {
		{ "io_uring", "user_namespaces" }, { "userfaultfd", "perf" },
	};
	char keys[128];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		snprintf(keys, sizeof(keys), "mode: enforce, %s: allow, %s: allow", halves[i][0], halves[i][1]);
		load_kernel(keys);
		for (size_t j = 0; j < N_WAYS; j++)
			(strcmp(ways[j].key, halves[i][0]) && strcmp(ways[j].key, halves[i][1]) ? deny : allow)(&ways[j]);
	}
	HARDEN(0, "verify");
}

static void allow_each_in_audit_mode_but_record_it(void **state)
{
	(void)state;
	load_kernel("mode: audit");
	for (size_t i = 0; i < N_WAYS; i++) {
		struct mark before = mark();
		struct child child = try(&ways[i], ways[i].how, 0);

		assert_way(&before, &ways[i], /* denied= */ false, &child);
	}
	HARDEN(0, "verify");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_each_in_off_mode),
		cmocka_unit_test(deny_each_by_default),
		cmocka_unit_test(allow_each_beside_what_is_denied),
		cmocka_unit_test(allow_each_in_audit_mode_but_record_it),
	};

	return cmocka_run_group_tests(tests, NULL, unload);
}
