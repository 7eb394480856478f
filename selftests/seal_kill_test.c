// SPDX-License-Identifier: GPL-2.0-only
/*
 * seal_kill_test.c - a seal that is killed, stopped or too slow: the machine is loaded or sealed, never between.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 * Alone: it seals the machine
 * Processors: 2
 *
 * HARDENCTL_LONG=1 gives 100 kills instead of 5, HARDENCTL_SEED=N the delays of an earlier run.
 */
#include "sealing.h"
#include "util.h"

#include <signal.h>
#include <time.h>

/* With these the scan always finds something, so that what is killed can not have committed. */
#define POLICY_NEVER	POLICY_ENFORCE SEAL_TEXT("")

static unsigned int provisional_kills;

static useconds_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static pid_t start_seal(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		execl(HARDENCTL, HARDENCTL, "seal", NULL);
		_exit(127);
	}
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static useconds_t seal_time(void)
{
	useconds_t start = now_us();

	end_of(start_seal());
	return now_us() - start;
}

/* bpf(2) is free again the moment that nobody is sealing. */
static void assert_loaded(void)
{
	int map = bpf_map_get_fd_by_id(live_set().map_log);

	assert_state("loaded");
	assert_true(map >= 0);
	close(map);
}

static void await_provisional(pid_t pid)
{
	int status;

	while (strcmp(machine_state(), "sealing"))
		if (waitpid(pid, &status, WNOHANG) == pid)
			fail_msg("it ended before it was seen sealing");
}

static void allow_everything_again_once_the_sealer_is_dead(void **state)
{
	unsigned int seed = getenv("HARDENCTL_SEED") ? atoi(getenv("HARDENCTL_SEED")) : time(NULL);
	unsigned int kills = is_long() ? 100 : 5;
	useconds_t whole;

	(void)state;
	load_text(POLICY_NEVER);
	whole = seal_time();
	print_message("# a seal takes %u ms; HARDENCTL_SEED=%u\n", whole / 1000, seed);
	srandom(seed);
	for (unsigned int i = 0; i < kills; i++) {
		pid_t pid = start_seal();

		usleep(random() % (whole + whole / 8));
		if (!strcmp(machine_state(), "sealing"))
			provisional_kills++;
		kill(pid, SIGKILL);
		end_of(pid);
		assert_loaded();
	}
	print_message("# %u of %u kills met it provisionally armed\n", provisional_kills, kills);
	HARDEN(0, "verify");
}

/* Not by chance: killed, and told to stop, while it is provisionally armed. */
static void allow_everything_again_after_a_kill_while_armed(void **state)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGINT, SIGSEGV };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		pid_t pid = start_seal();

		await_provisional(pid);
		kill(pid, signals[i]);
		assert_int_equal(end_of(pid), 128 + signals[i]);
		assert_loaded();
	}
}

static void deny_a_foreign_program_while_it_is_armed(void **state)
{
	pid_t pid = start_seal();

	(void)state;
	await_provisional(pid);
	kill(pid, SIGSTOP);
	assert_state("sealing");
	assert_int_equal(bpf_map_get_fd_by_id(live_set().map_log), -EPERM);
	HARDEN(2, "status", "-q");
	kill(pid, SIGKILL);
	end_of(pid);
	assert_loaded();
}

/* It was stopped for longer than the deadline: what it has scanned is worth nothing any more. */
static void deny_the_commit_after_the_deadline(void **state)
{
	useconds_t start;
	pid_t pid;

	(void)state;
	load_text(POLICY_SEALABLE);
	pid = start_seal();
	await_provisional(pid);
	start = now_us();
	kill(pid, SIGSTOP);
	while (!strcmp(machine_state(), "sealing") && now_us() - start < 40 * 1000000)
		usleep(100000);
	print_message("# provisional for %u ms\n", (now_us() - start) / 1000);
	assert_loaded();
	assert_true(now_us() - start < 35 * 1000000);
	kill(pid, SIGCONT);
	assert_int_equal(end_of(pid), 1);
	assert_loaded();
	HARDEN(0, "verify");
}

/* And without any hook having run in between: the state itself knows the time. */
static void allow_a_seal_after_all_that(void **state)
{
	useconds_t whole;

	(void)state;
	load_text(POLICY_SEALABLE);
	whole = seal_time();
	print_message("# sealed in %u ms\n", whole / 1000);
	assert_state("sealed");
	assert_whole();
	/* The first processes that come by after a kill may have its pid: it means nothing any more. */
	assert_int_equal(bpf_map_get_fd_by_id(live_set().map_log), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_everything_again_once_the_sealer_is_dead),
		cmocka_unit_test(allow_everything_again_after_a_kill_while_armed),
		cmocka_unit_test(deny_a_foreign_program_while_it_is_armed),
		cmocka_unit_test(deny_the_commit_after_the_deadline),
		cmocka_unit_test(allow_a_seal_after_all_that),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
