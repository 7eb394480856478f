// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_sealed_test.c - the kernel guard and the seal: what is found, and what is refused from then on.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 7
 * Alone: it seals the machine
 */
#include "scan.h"
#include "sealing.h"

#include <glob.h>
#include <linux/io_uring.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

#ifndef IORING_REGISTER_RING_FDS
#define IORING_REGISTER_RING_FDS	20	/* v5.18 */
#endif

#define POLICY_KERNEL(keys)								\
	"version: 1\nname: kernel\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n" \
	"egress: { mode: off }\ningress: { mode: off }\n"				\
	"kernel: { mode: enforce" keys " }\ndata: { mode: off }\n"			\
	"seal: { tolerate: [\"off:exec\", \"off:ptrace\", \"off:modules\", \"off:egress\", \"off:ingress\", \"off:data\", " \
	"bpf-foreign, probe, swap, core-pipe, binfmt, forwarding, tunnel] }\n"

/* Until the seal the guard only records, so that rings can be made. */
#define POLICY_WITH(keys)	POLICY_KERNEL(", before-seal: audit" keys)

/* ---- What the seal finds ---- */

static int make_ring(void)
{
	struct io_uring_params params = {};

	return syscall(SYS_io_uring_setup, 8, &params);
}

static bool hold_ring(void)
{
	return make_ring() >= 0;
}

/* The ring is there for as long as the task, without a descriptor or a mapping. */
static bool register_ring(void)
{
	struct io_uring_rsrc_update update = { .offset = -1U };
	int ring = make_ring();

	update.data = ring;
	return ring >= 0 && syscall(SYS_io_uring_register, ring, IORING_REGISTER_RING_FDS, &update, 1) == 1 &&
	       !close(ring);
}

static bool hold_userfaultfd(void)
{
	return syscall(SYS_userfaultfd, O_CLOEXEC) >= 0;
}

static bool hold_nothing(void)
{
	return true;
}

#define TRACE_OFF	"/sys/kernel/tracing/tracing_on"
#define KERNEL_DEBUG	"/sys/kernel/debug/sched/verbose"

static bool hold_file(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC) >= 0;
}

static bool hold_tracing(void)
{
	return hold_file(TRACE_OFF, O_WRONLY);
}

static bool hold_tracing_to_read(void)
{
	return hold_file(TRACE_OFF, O_RDONLY);
}

static bool hold_debugging(void)
{
	return hold_file(KERNEL_DEBUG, O_RDWR);
}

static bool hold_ports(void)
{
	return !ioperm(0x80, 1, 1);
}

static bool hold_and_drop_ports(void)
{
	return !ioperm(0x80, 1, 1) && !ioperm(0x80, 1, 0);
}

static bool hold_privilege(void)
{
	return !iopl(3);
}

/* The first memory of a device that can be mapped; its descriptor is closed. */
static bool hold_device_memory(void)
{
	void *memory = MAP_FAILED;
	glob_t list;

	if (glob("/sys/bus/pci/devices/*/resource[0-5]", 0, NULL, &list))
		return false;
	for (size_t i = 0; i < list.gl_pathc && memory == MAP_FAILED; i++) {
		int fd = open(list.gl_pathv[i], O_RDWR | O_CLOEXEC);

		if (fd < 0)
			continue;
		memory = mmap(NULL, getpagesize(), PROT_READ, MAP_SHARED, fd, 0);
		close(fd);
	}
	globfree(&list);
	return memory != MAP_FAILED;
}

static void find_text(const char *text, unsigned int count)
{
	assert_findings(count ? 2 : 0, "descriptor", text, count, false);
}

static void deny_a_seal_beside(bool (*prepare)(void), const char *text)
{
	char expected_text[128];

	start_child(0, 0, prepare);
	start_child(1, 0, hold_nothing);
	snprintf(expected_text, sizeof(expected_text), text, children[0]);
	find_text(expected_text, 1);
	assert_int_equal(RUN(HARDENCTL, "seal")->status, 2);
	assert_state("loaded");
	end_child(0);
	find_text("", 0);
	release();
}

static void deny_seal_beside_ring(void **state)
{
	struct json_object *json, *list;

	(void)state;
	load_text(POLICY_WITH(""));
	start_child(0, 0, hold_ring);
	/* Both the descriptor and the task that may submit to it. */
	json = parse_json(HARDEN(2, "seal", "--dry-run", "--json")->out);
	assert_true(json_object_object_get_ex(json, "findings", &list));
	assert_non_null(strstr(json_object_to_json_string(list), "has a ring of io_uring open"));
	assert_non_null(strstr(json_object_to_json_string(list), "uses io_uring"));
	json_object_put(json);
	end_child(0);
	find_text("", 0);
}

static void deny_seal_beside_ring_without_descriptor(void **state)
{
	(void)state;
	deny_a_seal_beside(register_ring, "pid %d (kernel_sealed_t");
}

static void deny_seal_beside_userfaultfd(void **state)
{
	(void)state;
	deny_a_seal_beside(hold_userfaultfd, "pid %d (kernel_sealed_t");
}

/* What the kernel asks about when somebody gets it, and never when it is used. */
static const struct held {
	const char *name;
	bool (*hold)(void);
	const char *text;	/* of the finding; NULL: there is none */
	const char *reason;	/* of lockdown, by which it is let through and not found */
} helds[] = {
	{ "tracing", hold_tracing, "has " TRACE_OFF " open for writing: fd ", "tracefs" },
	{ "tracing_to_read", hold_tracing_to_read, "has " TRACE_OFF " open: fd ", "tracefs" },
	{ "debugging", hold_debugging, "has " KERNEL_DEBUG " open for writing: fd ", "debugfs" },
	{ "ports", hold_ports, "may use I/O ports", "ioport" },
	{ "privilege", hold_privilege, "may use I/O ports", "ioport" },
	{ "dropped_ports", hold_and_drop_ports, NULL, NULL },
	{ "device_memory", hold_device_memory, "has a device's memory mapped, at ", "pci-access" },
};

/* Not where the kernel itself is locked down. */
static bool can(bool (*hold)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(!hold());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static void find_what_is_held(void **state)
{
	const struct held *row = *state;
	char policy[1024];

	load_text(POLICY_WITH(""));
	if (!can(row->hold)) {
		print_message("# SKIP nobody can hold that here\n");
		skip();
	}
	start_child(0, 0, row->hold);
	start_child(1, 0, hold_nothing);
	find_text(row->text ?: "", row->text ? 1 : 0);
	if (row->text) {
		snprintf(policy, sizeof(policy), POLICY_WITH(", allow: [%s]"), row->reason);
		load_text(policy);
		find_text("", 0);
	}
	release();
}

/* Its children have it, too, canaries among them, and the kernel lets them have it again. */
static void allow_load_by_who_has_privilege(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	RUN(HARDENCTL, "unload");
	spill(POLICY, POLICY_KERNEL(""));
	pid = fork();
	if (!pid) {
		if (iopl(3))
			_exit(99);
		execl(HARDENCTL, HARDENCTL, "load", "--policy", POLICY, NULL);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 99) {
		print_message("# SKIP nobody can have it here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void allow_seal_beside_what_the_policy_allows(void **state)
{
	(void)state;
	load_text(POLICY_WITH(", io_uring: allow, userfaultfd: allow"));
	start_child(0, 0, hold_ring);
	start_child(1, 0, register_ring);
	start_child(2, 0, hold_userfaultfd);
	find_text("", 0);
	release();
}

/* ---- Before and after ---- */

static int result(long value)
{
	return value < 0 ? errno : 0;
}

static int set_clock(const void *arg)
{
	struct timespec now;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &now);
	return result(clock_settime(CLOCK_REALTIME, &now));
}

static int set_time_of_day(const void *arg)
{
	struct timeval now;

	(void)arg;
	gettimeofday(&now, NULL);
	return result(syscall(SYS_settimeofday, &now, NULL));
}

static int set_zone(const void *arg)
{
	struct timezone zone = {};

	(void)arg;
	return result(syscall(SYS_settimeofday, NULL, &zone));
}

/* To what it is. */
static int slew_clock(const void *arg)
{
	struct timex timex = {};

	(void)arg;
	if (adjtimex(&timex) < 0)
		return errno;
	timex.modes = ADJ_FREQUENCY;
	return result(adjtimex(&timex));
}

static int read_clock(const void *arg)
{
	struct timespec now;

	(void)arg;
	return result(clock_gettime(CLOCK_REALTIME, &now));
}

static int ring(const void *arg)
{
	(void)arg;
	return result(make_ring());
}

static int pipe_of_two(const void *arg)
{
	int ends[2];

	(void)arg;
	return result(pipe(ends));
}

#define SWAP_DISK	"/dev/ram0"
#define NR_SWAPON_32	87

/* Turns it off again. */
static int turn_swap_on(const void *arg)
{
	(void)arg;
	return swapon(SWAP_DISK, 0) ? errno : result(swapoff(SWAP_DISK));
}

/* As a 32-bit program does it, whose addresses have to be short. */
static int turn_swap_on_32(const void *arg)
{
	char *path = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long err;

	(void)arg;
	if (path == MAP_FAILED)
		return EBADF;
	strcpy(path, SWAP_DISK);
	asm volatile("int $0x80" : "=a"(err) : "a"(NR_SWAPON_32), "b"(path), "c"(0) : "memory", "r8", "r9", "r10", "r11");
	return err < 0 ? -err : result(swapoff(SWAP_DISK));
}

/* The kernel takes the number from the lower half of the register alone. */
static int turn_swap_on_wide(const void *arg)
{
	long err = (1l << 32) + SYS_swapon;

	(void)arg;
	asm volatile("syscall" : "+a"(err) : "D"(SWAP_DISK), "S"(0) : "rcx", "r11", "memory");
	return err < 0 ? -err : result(swapoff(SWAP_DISK));
}

static int write_disk(const void *arg)
{
	int fd = open(SWAP_DISK, O_RDWR | O_CLOEXEC);

	(void)arg;
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* Its number is that of the 32-bit swapon(2). */
static int remove_file(const void *arg)
{
	int fd = open("/tmp/kernel_sealed_test", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)arg;
	if (fd < 0)
		return errno;
	close(fd);
	return result(unlink("/tmp/kernel_sealed_test"));
}

struct way {
	const char *reason, *what;
	attempt_fn how, twin;
	bool always;	/* refused before the seal, too, unless the guard only records then */
	const char *detail;
};

static const struct way ways[] = {
	{ "clock", "clock", set_clock, slew_clock, .detail = "" },
	{ "clock", "clock", set_time_of_day, read_clock, .detail = "" },
	{ "clock", "clock", set_zone, read_clock, .detail = "" },
	{ "swap", "swap", turn_swap_on, write_disk, .detail = SWAP_DISK },
	{ "swap", "swap", turn_swap_on_32, remove_file, .detail = SWAP_DISK },
	{ "swap", "swap", turn_swap_on_wide, write_disk, .detail = SWAP_DISK },
	{ "io-uring", "io_uring", ring, pipe_of_two, true, .detail = "" },
};

static struct child try(const struct way *way, attempt_fn how, int expected)
{
	struct child child = in_child(&(struct place){}, how, NULL);

	assert_true(child.reported);
	if (child.err != expected)
		print_message("# %s: errno %d, not %d\n", way->reason, child.err, expected);
	assert_int_equal(child.err, expected);
	return child;
}

static void allow_before_the_seal_what_it_ends(void **state)
{
	(void)state;
	assert_null(need_module("brd"));
	assert_int_equal(RUN("mkswap", SWAP_DISK)->status, 0);
	load_text(POLICY_KERNEL(""));
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct mark before = mark();

		try(&ways[i], ways[i].how, ways[i].always ? EPERM : 0);
		if (ways[i].always)
			json_object_put(assert_refused(&before, GUARD_kernel, ways[i].reason, 1));
		else
			assert_undisturbed(&before, GUARD_kernel);
	}
}

/* Where the guard only records until the seal, that is all that it is going to refuse. */
static void allow_each_before_the_seal_but_record_it(void **state)
{
	(void)state;
	load_text(POLICY_WITH(""));
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct mark before = mark();

		try(&ways[i], ways[i].how, 0);
		json_object_put(assert_would_deny(&before, GUARD_kernel, ways[i].reason));
	}
}

static void allow_seal(void **state)
{
	(void)state;
	HARDEN(0, "seal");
	assert_state("sealed");
	assert_whole();
}

static void deny_each_after_the_seal(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct mark before = mark();
		struct child child = try(&ways[i], ways[i].how, EPERM);
		struct json_object *record = assert_refused(&before, GUARD_kernel, ways[i].reason, 1);

		assert_field(record, "object.what", ways[i].what);
		assert_field(record, "object.detail", ways[i].detail);
		assert_rule(record, "kernel:");
		assert_actor(record, &child);
		json_object_put(record);
		before = mark();
		try(&ways[i], ways[i].twin, 0);
		assert_undisturbed(&before, GUARD_kernel);
	}
}

static int begin(void **state)
{
	(void)state;
	/* Where they are mounted already that fails. */
	mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	return 0;
}

int main(void)
{
	struct CMUnitTest finds[ARRAY_SIZE(helds)];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_load_by_who_has_privilege),
		cmocka_unit_test_teardown(deny_seal_beside_ring, tidy),
		cmocka_unit_test_teardown(deny_seal_beside_ring_without_descriptor, tidy),
		cmocka_unit_test_teardown(deny_seal_beside_userfaultfd, tidy),
		cmocka_unit_test_teardown(allow_seal_beside_what_the_policy_allows, tidy),
		cmocka_unit_test(allow_before_the_seal_what_it_ends),
		cmocka_unit_test(allow_each_before_the_seal_but_record_it),
		cmocka_unit_test(allow_seal),
		cmocka_unit_test(deny_each_after_the_seal),
	};

	for (size_t i = 0; i < ARRAY_SIZE(helds); i++) {
		finds[i] = test_of_row(helds[i].text ? "deny_seal_beside" : "allow_seal_beside", helds[i].name, "",
				       find_what_is_held, &helds[i]);
		finds[i].teardown_func = tidy;
	}
	return _cmocka_run_group_tests("held", finds, ARRAY_SIZE(finds), begin, NULL) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
