/* SPDX-License-Identifier: GPL-2.0-only */
/* scan_kernel.h - programs, probes and settings of the kernel that the scan must find. */
#ifndef HARDENCTL_SELFTESTS_SCAN_KERNEL_H
#define HARDENCTL_SELFTESTS_SCAN_KERNEL_H

#include "scan.h"

#include <linux/perf_event.h>
#include <sys/swap.h>

#define KPROBES		"/sys/kernel/tracing/kprobe_events"
#define TRACER		"/sys/kernel/tracing/current_tracer"
#define CORE_PATTERN	"/proc/sys/kernel/core_pattern"

/* ---- BPF, probes, perf ---- */

/* A program that lets everything pass; `map` is in its text, or -1. */
static int load_program(int map)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1,
		  .src_reg = map < 0 ? 0 : BPF_PSEUDO_MAP_FD, .imm = map < 0 ? 0 : map },
		{},
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SKB, "stranger", "GPL", insns, ARRAY_SIZE(insns), NULL);

	assert_true(fd >= 0);
	return fd;
}

static const char *make_foreign(void)
{
	found_fd = load_program(-1);
	expect("1 of type cgroup_skb: ");
	return NULL;
}

static const char *make_kprobe(void)
{
	if (!put(KPROBES, "p:hctl_probe do_exit\n"))
		return "lockdown refuses kprobes";
	expect("hctl_probe do_exit");
	return NULL;
}

static void clear_kprobe(void)
{
	assert_true(put(KPROBES, "-:hctl_probe\n"));
}

static const char *make_function_tracer(void)
{
	if (!put(TRACER, "function\n"))
		return "lockdown refuses tracers, or this kernel has none";
	expect("current_tracer is function");
	return NULL;
}

static void clear_function_tracer(void)
{
	assert_true(put(TRACER, "nop\n"));
}

static const char *make_perf(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1,
	};

	found_fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	expect("has a perf event open: fd %d", found_fd);
	return found_fd < 0 ? "this kernel has no perf" : NULL;
}

static void *ring;

/* Samples go on into a buffer whose descriptor is closed. */
static const char *make_perf_mapping(void)
{
	const char *lack = make_perf();

	if (lack)
		return lack;
	ring = mmap(NULL, 2 * getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED, found_fd, 0);
	assert_true(ring != MAP_FAILED);
	close_found();
	expect("has a perf event mapped, at %lx", (unsigned long)ring);
	return NULL;
}

static void clear_perf_mapping(void)
{
	assert_int_equal(munmap(ring, 2 * getpagesize()), 0);
}

/* ---- Settings of the kernel ---- */

static const char *make_core_pipe(void)
{
	assert_true(put(CORE_PATTERN, "|/bin/true"));
	expect("'|/bin/true'");
	return NULL;
}

static void clear_core_pipe(void)
{
	assert_true(put(CORE_PATTERN, "core|true"));
}

static bool swap_on(const char *device)
{
	return !RUN("mkswap", device)->status && !swapon(device, 0);
}

static const char *make_swap(void)
{
	const char *lack = need_module("brd") ?: need_module("zram");

	if (lack)
		return lack;
	/* Of an earlier time. */
	swapoff("/dev/zram0");
	put("/sys/block/zram0/reset", "1");
	assert_true(put("/sys/block/zram0/disksize", "4194304"));
	assert_true(swap_on("/dev/zram0"));
	assert_true(swap_on("/dev/ram0"));
	expect("swap on /dev/ram0 ");
	return NULL;
}

/* The one on zram stays. */
static void clear_swap(void)
{
	assert_int_equal(swapoff("/dev/ram0"), 0);
}

#endif
