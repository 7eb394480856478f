// SPDX-License-Identifier: GPL-2.0-only
/* switches.c - attacks by the kernel's own switches: ftrace, tracefs, debugfs, sysctls of BPF. */
#include "attacks.h"

#include <sys/uio.h>

static enum outcome ftrace_value(void)
{
	char text[16] = "";

	slurp(SYSCTL_SWITCH, text, sizeof(text));
	if (text[0] == '0')
		return loosened("kernel.ftrace_enabled is 0");
	return HELD;
}

static void write_each_way(int fd)
{
	struct iovec part = { (void *)"0\n", 2 };
	int ends[2];

	(void)!write(fd, "0\n", 2);
	(void)!pwrite(fd, "0\n", 2, 0);
	(void)!writev(fd, &part, 1);
	(void)!pwritev2(fd, &part, 1, 0, 0);
	if (!pipe2(ends, O_CLOEXEC)) {
		(void)!write(ends[1], "0\n", 2);
		(void)!splice(ends[0], NULL, fd, NULL, 2, 0);
		close(ends[0]);
		close(ends[1]);
	}
}

static enum outcome ftrace_by_writing(void)
{
	static const int flags[] = { O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC, O_WRONLY | O_APPEND };

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		int fd = open(SYSCTL_SWITCH, flags[i] | O_CLOEXEC);

		write_each_way(fd);
		close(fd);
	}
	put_text(SYSCTL_SWITCH, " 0");
	put_text(SYSCTL_SWITCH, "0\n1\n");
	put_text(SYSCTL_SWITCH, "canary lost: 0");
	return ftrace_value();
}

static enum outcome ftrace_by_early_descriptor(void)
{
	write_each_way(kept.ftrace);
	return ftrace_value();
}

static enum outcome ftrace_by_other_proc(void)
{
	mkdir(WORK "/proc", 0755);
	if (!mount("proc", WORK "/proc", "proc", 0, NULL)) {
		put_text(WORK "/proc/sys/kernel/ftrace_enabled", "0\n");
		umount2(WORK "/proc", MNT_DETACH);
	}
	return ftrace_value();
}

/* By a thread that the kernel makes for the ring. */
static enum outcome ftrace_by_uring(void)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_WRITE, .flags = IOSQE_ASYNC, .fd = kept.ftrace, .addr = (__u64)"0\n", .len = 2,
	};

	by_ring(&sqe);
	return ftrace_value();
}

/* Writes `text`, sees what is refused meanwhile, and writes back what was there. */
static enum outcome meanwhile(const char *path, const char *text)
{
	enum outcome outcome;
	char old[4096] = "";

	slurp(path, old, sizeof(old));
	if (put_text(path, text))
		return HELD;
	outcome = still_refused();
	put_text(path, old);
	return outcome;
}

static enum outcome bpf_sysctls(void)
{
	static const char *const rows[][2] = {
		{ "/proc/sys/net/core/bpf_jit_enable", "0" },
		{ "/proc/sys/net/core/bpf_jit_harden", "2" },
		{ "/proc/sys/net/core/bpf_jit_limit", "1" },
		{ "/proc/sys/kernel/bpf_stats_enabled", "1" },
		{ "/proc/sys/kernel/unprivileged_bpf_disabled", "0" },
		{ "/proc/sys/kernel/perf_event_paranoid", "-1" },
		{ "/proc/sys/kernel/kptr_restrict", "0" },
		{ "/proc/sys/user/max_mnt_namespaces", "0" },
		{ "/proc/sys/fs/mount-max", "1" },
		{ "/sys/kernel/debug/kprobes/enabled", "0" },
		{ "/sys/module/bpf/parameters/enabled", "0" },
		{ "/sys/kernel/security/lockdown", "none" },
	};
	enum outcome worst = HELD;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (meanwhile(rows[i][0], rows[i][1]) == LOOSENED)
			worst = loosened("by %s", rows[i][0]);
	return worst;
}

/*
 * Patching the running kernel is what QEMU before 8.1 does not always survive where another processor runs the
 * same code.  Taking one away is an attack of its own.
 */
static void one_processor(bool on)
{
	(void)!pwrite(kept.cpu, on ? "0" : "1", 1, 0);
}

/* The tracer of functions on the very functions that our programs hang on, by files opened before the seal. */
static enum outcome tracers(void)
{
	static const char *const names[] = { "function", "function_graph" };
	enum outcome worst = HELD;

	if (kept.tracer < 0)
		return HELD;
	one_processor(true);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (write(kept.tracer, names[i], strlen(names[i])) > 0 && still_refused() == LOOSENED)
			worst = loosened("by the tracer %s", names[i]);
	if (write(kept.tracer, "nop", 3) != 3)
		worst = disturbed("no tracer at all: %s", strerror(errno));
	one_processor(false);
	return worst;
}

/* Functions that may be made to fail, or not, by debugfs. */
static enum outcome fail_functions(void)
{
	static const char dir[] = "/sys/kernel/debug/fail_function/inject";
	static const char *const names[] = { "bpf_lsm_bpf", "security_bpf", "bpf_lsm_bprm_check_security",
					     "security_bprm_check", "__cgroup_bpf_run_filter_sysctl" };
	enum outcome worst = HELD;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!put_text(dir, names[i]) && still_refused() == LOOSENED)
			worst = loosened("by fail_function on %s", names[i]);
	put_text(dir, "");
	return worst;
}

static enum outcome other_sysctls(void)
{
	static const char path[] = "/proc/sys/vm/swappiness";
	char text[32] = "";

	slurp(path, text, sizeof(text));
	return put_text(path, text) ? disturbed("another sysctl: %s", strerror(errno)) : HELD;
}

#define HERE_ONLY	(ONLY(HERE) | ONLY(CGROUP))	/* of the whole machine, wherever they are written */

const struct attack attacks_switches[] = {
	{ "ftrace_by_writing", 68, ftrace_by_writing, 0, NULL },
	{ "ftrace_by_early_descriptor", 68, ftrace_by_early_descriptor, 0, NULL },
	{ "ftrace_by_other_proc", 68, ftrace_by_other_proc, 0, NULL },
	{ "ftrace_by_uring", 77, ftrace_by_uring, 0, NULL },
	{ "bpf_sysctls", 131, bpf_sysctls, ONLY(HERE), NULL },
	{ "tracers", 67, tracers, ONLY(HERE), NULL },
	{ "fail_functions", 70, fail_functions, ONLY(HERE), NULL },
	{ "other_sysctls", 0, other_sysctls, HERE_ONLY, NULL },
	{},
};
