// SPDX-License-Identifier: GPL-2.0-only
/*
 * chaos_test.c - many reloads, and loads that are killed, with no moment without enforcement.
 * Boots: plain
 * Kernels: 6.12
 * Processors: 2
 *
 * Two processes try without a pause what the policy refuses, one on each kind of hook.
 * They begin after the first load and end before the unload: those two patch the hooks into the running
 * kernel, which QEMU before 8.1 does not always survive where another processor runs the same code.
 * HARDENCTL_LONG=1 gives 100 reloads and 50 kills, HARDENCTL_SEED=N the delays of an earlier run.
 */
#include "objects.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>

#define OTHER_POLICY	"/tmp/other.yaml"

/* What a process that tries without a pause has met. */
struct siege {
	volatile __u64 refused, passed;
	volatile int passed_with;	/* errno of the last that was not refused; 0: success */
};

enum { CONNECT, READ_MEMORY, SIEGES };

static struct siege *sieges;		/* shared with the processes that fill them */
static pid_t besiegers[SIEGES];
static pid_t victim;
static struct objects unloaded, loaded;
static useconds_t load_time;		/* in microseconds, on average */

/* A hook without a trampoline. */
static int try_connect(void)
{
	return connect_unlisted(9);
}

/* One of lsm_cgroup. */
static int try_read_memory(void)
{
	char here = 0, there;
	struct iovec to = { &there, 1 }, from = { &here, 1 };

	return process_vm_readv(victim, &to, 1, &from, 1, 0) < 0 ? errno : 0;
}

static int (*const attempts[SIEGES])(void) = { try_connect, try_read_memory };

static void begin_sieges(void)
{
	memset(sieges, 0, SIEGES * sizeof(*sieges));
	for (int i = 0; i < SIEGES; i++) {
		besiegers[i] = fork();
		assert_true(besiegers[i] >= 0);
		/* With what the loads leave of the processors. */
		if (!besiegers[i])
			setpriority(PRIO_PROCESS, 0, 19);
		while (!besiegers[i]) {
			int err = attempts[i]();

			if (err == EPERM) {
				sieges[i].refused++;
			} else {
				sieges[i].passed_with = err;
				sieges[i].passed++;
			}
		}
	}
}

static void end_sieges(void)
{
	for (int i = 0; i < SIEGES; i++) {
		kill(besiegers[i], SIGKILL);
		assert_int_equal(waitpid(besiegers[i], NULL, 0), besiegers[i]);
		print_message("# siege %d: %llu refused, %llu passed\n", i,
			      (unsigned long long)sieges[i].refused,
			      (unsigned long long)sieges[i].passed);
	}
}

static void assert_never_passed(void)
{
	for (int i = 0; i < SIEGES; i++) {
		if (sieges[i].passed)
			print_message("# siege %d: %s\n", i, strerror(sieges[i].passed_with));
		assert_true(sieges[i].refused > 100);
		assert_int_equal(sieges[i].passed, 0);
	}
}

static useconds_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static pid_t start_load(const char *path)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		execl(HARDENCTL, HARDENCTL, "load", "--policy", path, NULL);
		_exit(98);
	}
	return pid;
}

/* Without the guards the same attempts get through: then the zeros below mean something. */
static void allow_sieges_before_load(void **state)
{
	(void)state;
	begin_sieges();
	sleep(1);
	end_sieges();
	for (int i = 0; i < SIEGES; i++) {
		assert_true(sieges[i].passed > 0);
		assert_int_equal(sieges[i].refused, 0);
	}
}

static void deny_without_a_gap_through_many_reloads(void **state)
{
	unsigned int reloads = is_long() ? 100 : 4;
	useconds_t start;
	int status;
	pid_t pid;

	(void)state;
	load_text(POLICY_ENFORCE);
	loaded = settled_objects();
	begin_sieges();
	start = now_us();
	for (unsigned int i = 0; i < reloads; i++) {
		pid = start_load(i % 2 ? POLICY : OTHER_POLICY);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	load_time = (now_us() - start) / reloads;
	end_sieges();
	assert_never_passed();
	assert_objects(&loaded);
	assert_int_equal(pinned_sets(), 1);
	HARDEN(0, "verify");
}

static void deny_without_a_gap_through_killed_loads(void **state)
{
	unsigned int kills = is_long() ? 50 : 4, ended = 0;
	const char *text = getenv("HARDENCTL_SEED");
	unsigned int seed = text && text[0] ? strtoul(text, NULL, 10) : (unsigned int)time(NULL);
	int status;
	pid_t pid;

	(void)state;
	print_message("# seed %u, delays up to %u us\n", seed, load_time);
	srandom(seed);
	begin_sieges();
	for (unsigned int i = 0; i < kills; i++) {
		pid = start_load(i % 2 ? POLICY : OTHER_POLICY);
		usleep(random() % load_time);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		ended += WIFEXITED(status);
	}
	print_message("# %u of %u loads had ended before they were killed\n", ended, kills);
	assert_true(ended < kills);
	assert_int_equal(RUN("timeout", "60", HARDENCTL, "load", "--policy", POLICY)->status, 0);
	end_sieges();
	assert_never_passed();
	assert_objects(&loaded);
	assert_int_equal(pinned_sets(), 1);
	HARDEN(0, "verify");
}

/* The first child of `pid`, waited for; 0 if it ended, or a minute went by, without one. */
static pid_t first_child(pid_t pid)
{
	useconds_t start = now_us();
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	while (!waitpid(pid, NULL, WNOHANG) && now_us() - start < 60000000) {
		slurp(path, text, sizeof(text));
		if (text[0])
			return atoi(text);
	}
	return 0;
}

/*
 * Whether the orphan ends by itself; else ends it.  Orphans are ours, so one that is not is gone.  A minute:
 * it holds the killed load's last references to its programs, and on 6.1 their release waits for RCU.
 */
static bool ends(pid_t orphan)
{
	for (int i = 0; i < 600; i++) {
		if (waitpid(orphan, NULL, WNOHANG) != 0)
			return true;
		usleep(100000);
	}
	kill(orphan, SIGKILL);
	waitpid(orphan, NULL, 0);
	return false;
}

/* With two sets in force that both refuse, only the newer one counts and records. */
static void expect_one_record(void)
{
	struct mark before = mark();

	assert_int_equal(connect_unlisted(9), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", 1));
}

/*
 * Its canary for ptrace is a child that waits to be attacked.  A child that outlived the load would
 * hold its lock, and no load would ever come through again.
 */
static void allow_load_after_one_that_was_killed_in_its_canary(void **state)
{
	bool ended = true;
	pid_t pid, child;

	(void)state;
	spill(OTHER_POLICY, POLICY_TEXT("off", "enforce", "off", "enforce"));
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	for (int i = 0; i < 5 && ended; i++) {
		pid = start_load(OTHER_POLICY);
		child = first_child(pid);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		assert_true(child > 0);
		ended = ends(child);
		expect_one_record();
	}
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
	assert_true(ended);
	assert_int_equal(RUN("timeout", "60", HARDENCTL, "load", "--policy", POLICY)->status, 0);
	assert_objects(&loaded);
	assert_int_equal(pinned_sets(), 1);
}

static void allow_unload_that_leaves_nothing(void **state)
{
	(void)state;
	HARDEN(0, "unload");
	assert_objects(&unloaded);
	assert_int_equal(access(PINS, F_OK), -1);
}

static int set_up(void **state)
{
	(void)state;
	spill(POLICY, POLICY_ENFORCE);
	spill(OTHER_POLICY, "# Another digest.\n" POLICY_ENFORCE);
	sieges = mmap(NULL, SIEGES * sizeof(*sieges), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	victim = fork();
	if (!victim) {
		pause();
		_exit(0);
	}
	unloaded = unloaded_objects();
	return sieges == MAP_FAILED || victim < 0;
}

static int tear_down(void **state)
{
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	return unload(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_sieges_before_load),
		cmocka_unit_test(deny_without_a_gap_through_many_reloads),
		cmocka_unit_test(deny_without_a_gap_through_killed_loads),
		cmocka_unit_test(allow_load_after_one_that_was_killed_in_its_canary),
		cmocka_unit_test(allow_unload_that_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
