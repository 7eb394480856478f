/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_perf.h - measuring processes by perf_event_open(2). */
#ifndef HARDENCTL_SELFTESTS_MEMORY_PERF_H
#define HARDENCTL_SELFTESTS_MEMORY_PERF_H

#include "victim.h"

#include <linux/perf_event.h>
#include <pthread.h>
#include <sys/mman.h>

static struct victim victim;

struct measured {
	const char *name;
	__u32 type;
	__u64 config, sample;		/* sample: what each sample holds; 0: it only counts */
	enum { VICTIM, FIRST, ONESELF, EVERYBODY } whom;
	bool thread;			/* another thread of the same process */
};

#define STACKS	(PERF_SAMPLE_IP | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER)

static const struct measured refused[] = {
	{ "counting_another", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, 0, VICTIM, false },
	{ "sampling_stacks_of_another", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, STACKS, VICTIM, false },
	{ "watching_memory_of_another", PERF_TYPE_BREAKPOINT, 0, PERF_SAMPLE_ADDR, VICTIM, false },
	{ "counting_the_first_process", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, 0, FIRST, false },
	{ "counting_a_processor", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 0, EVERYBODY, false },
	{ "sampling_stacks_on_a_processor", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, STACKS, EVERYBODY, false },
};

static const struct measured own[] = {
	{ "counting_oneself", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, 0, ONESELF, false },
	{ "sampling_stacks_of_oneself", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, STACKS, ONESELF, false },
	{ "watching_memory_of_oneself", PERF_TYPE_BREAKPOINT, 0, PERF_SAMPLE_ADDR, ONESELF, false },
	{ "counting_oneself_from_a_thread", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, 0, ONESELF, true },
};

static struct perf_event_attr event_of(const struct measured *measured)
{
	struct perf_event_attr attr = {
		.type = measured->type, .size = sizeof(attr), .config = measured->config, .exclude_kernel = 1,
		.sample_type = measured->sample, .sample_period = measured->sample ? 100000 : 0,
	};

	if (measured->sample & PERF_SAMPLE_STACK_USER) {
		attr.sample_stack_user = 4096;
		attr.sample_regs_user = 1;
	}
	if (measured->type == PERF_TYPE_BREAKPOINT) {
		attr.bp_type = 3 /* HW_BREAKPOINT_RW */;
		attr.bp_addr = (uintptr_t)secret & ~7ul;
		attr.bp_len = 8;
	}
	return attr;
}

static pid_t whom(const struct measured *measured)
{
	switch (measured->whom) {
	case VICTIM:
		return victim.pid;
	case FIRST:
		return 1;
	case ONESELF:
		/* The first thread, whoever asks. */
		return getpid();
	case EVERYBODY:
		break;
	}
	return -1;
}

static void *open_event(void *arg)
{
	struct perf_event_attr attr = event_of(arg);
	pid_t pid = whom(arg);
	int fd = syscall(SYS_perf_event_open, &attr, pid, pid < 0 ? 0 : -1, -1, PERF_FLAG_FD_CLOEXEC);
	long err = fd < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return (void *)err;
}

static int measure(const void *arg)
{
	const struct measured *measured = arg;
	void *result;
	pthread_t thread;

	if (!measured->thread)
		return (long)open_event((void *)arg);
	if (pthread_create(&thread, NULL, open_event, (void *)arg) || pthread_join(thread, &result))
		return ECHILD;
	return (long)result;
}

static void deny_measuring(void **state)
{
	const struct measured *measured = *state;
	const struct place here = {};
	struct mark before = mark();
	struct child child = in_child(&here, measure, measured);
	struct json_object *record;

	assert_int_equal(child.err, EPERM);
	record = assert_refused(&before, GUARD_ptrace, "perf", 1);
	assert_field(record, "hook", "perf_event_alloc");
	assert_rule(record, "ptrace:");
	assert_actor(record, &child);
	assert_number(record, "object.pid", measured->whom == EVERYBODY ? 0 : whom(measured));
	assert_field(record, "object.access", "read");
	json_object_put(record);
	assert_victim(&victim, SECRET);
}

static void allow_measuring(void **state)
{
	const struct place here = {};
	struct mark before = mark();
	struct child child = in_child(&here, measure, *state);

	assert_int_equal(child.err, 0);
	assert_undisturbed(&before, GUARD_ptrace);
}

static void allow_measuring_but_record_it(void **state)
{
	const struct place here = {};
	struct mark before = mark();
	struct child child = in_child(&here, measure, *state);

	assert_int_equal(child.err, 0);
	json_object_put(assert_would_deny(&before, GUARD_ptrace, "perf"));
}

/* An event that children inherit is made once more for each of them. */
static void allow_children_to_inherit_an_event(void **state)
{
	struct perf_event_attr attr = event_of(&own[0]);
	struct mark before = mark();
	__u64 alone = 0, both = 0;
	pid_t child;
	int fd;

	(void)state;
	attr.inherit = 1;
	fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, &alone, sizeof(alone)), sizeof(alone));
	child = fork();
	if (!child) {
		for (volatile int i = 0; i < 1000000; i++)
			;
		_exit(0);
	}
	waitpid(child, NULL, 0);
	assert_int_equal(read(fd, &both, sizeof(both)), sizeof(both));
	assert_true(both > alone);
	assert_undisturbed(&before, GUARD_ptrace);
	close(fd);
}

/* ---- An event that outlives the program that made it ---- */

struct exec {
	const char *name;
	bool ends;		/* by itself, at the exec */
	bool closed;
	bool inherited;		/* by a child, which execs */
};

static const struct exec lasting[] = {
	{ "exec_under_an_event", false, false, false },
	{ "exec_under_an_inherited_event", false, false, true },
}, ending[] = {
	{ "exec_after_an_event_that_ends_there", true, false, false },
	{ "exec_after_an_event_is_closed", false, true, false },
};

/* What the program did: exit status, or 128 and the signal. */
static int exec_measured(const struct exec *exec, pid_t *ret_pid)
{
	struct perf_event_attr attr = event_of(&own[1]);
	int fd, status;
	pid_t pid;

	attr.inherit = exec->inherited;
	attr.remove_on_exec = exec->ends;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
		/* The descriptor outlives the exec elsewhere. */
		pid = fd < 0 ? -1 : syscall(SYS_clone, (exec->inherited ? 0 : CLONE_FILES) | SIGCHLD, NULL, NULL, NULL, 0);
		if (!pid && !exec->inherited) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pause();
			_exit(0);
		}
		if (exec->closed)
			close(fd);
		if (pid >= 0 && (!pid || !exec->inherited))
			execl("/usr/bin/true", "true", NULL);
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			_exit(126);
		_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	*ret_pid = pid;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void deny_exec_measured(void **state)
{
	const struct exec *exec = *state;
	struct mark before = mark();
	struct json_object *record;
	pid_t pid;

	assert_int_equal(exec_measured(exec, &pid), 128 + SIGKILL);
	record = assert_refused(&before, GUARD_ptrace, "perf", 1);
	assert_field(record, "hook", "bprm_committed_creds");
	assert_rule(record, "ptrace:");
	assert_number(record, exec->inherited ? "ppid" : "tgid", pid);
	assert_field(record, "object.comm", "true");
	json_object_put(record);
}

static void allow_exec_measured(void **state)
{
	struct mark before = mark();
	pid_t pid;

	assert_int_equal(exec_measured(*state, &pid), 0);
	assert_undisturbed(&before, GUARD_ptrace);
}

#endif
