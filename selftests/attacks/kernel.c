// SPDX-License-Identifier: GPL-2.0-only
/* kernel.c - attacks by the files and ports that the kernel offers root: tracing, debugging, the hardware, sysfs. */
#include "attacks.h"

#include <dirent.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/serial.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define TRACING		WORK "/tracing/"
#define DEBUGGING	WORK "/debug/"
#define PORT		0x80	/* where BIOSes write what they are at */
#define MSR		0x174	/* IA32_SYSENTER_CS */
#define INTERRUPT_LINE	0x3c	/* of PCI configuration space: what firmware wrote there */
#define NO_DESCRIPTOR	9999

bool can_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* ---- Tracing and debugging ---- */

static enum outcome tracing_files(void)
{
	static const struct { const char *name; int flags; } files[] = {
		{ "kprobe_events", O_WRONLY | O_APPEND }, { "uprobe_events", O_WRONLY | O_APPEND },
		{ "synthetic_events", O_WRONLY | O_APPEND }, { "dynamic_events", O_RDONLY },
		{ "trace_marker", O_WRONLY }, { "trace_pipe", O_RDONLY }, { "trace", O_RDONLY },
		{ "set_ftrace_filter", O_RDONLY }, { "current_tracer", O_RDWR }, { "events/enable", O_RDWR },
	};
	enum outcome outcome = at_first();
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), TRACING "%s", files[i].name);
		/* Locked down, 6.1 has none of them. */
		if (!access(path, F_OK))
			try_way(&outcome, files[i].name, can_open(path, files[i].flags));
	}
	if (!can_open(TRACING, O_RDONLY | O_DIRECTORY))
		return disturbed("listing tracefs: %s", strerror(errno));
	return outcome;
}

/* By the file opened before the seal; defined, and never enabled. */
static enum outcome kprobes(void)
{
	static const char *const events[] = {
		"p:attack1 bpf_lsm_bpf", "p:attack2 bpf_lsm_bprm_check_security",
		"r:attack3 security_bprm_check", "p:attack4 __cgroup_bpf_run_filter_sysctl",
		"p:attack5 bpf_lsm_ptrace_access_check",
	};
	enum outcome outcome = at_first();
	char remove[16];

	if (kept.kprobes < 0)
		return NOT_HERE;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		bool through = write(kept.kprobes, events[i], strlen(events[i])) > 0;

		try_way(&outcome, events[i], through);
		snprintf(remove, sizeof(remove), "-:attack%zu", i + 1);
		if (through && write(kept.kprobes, remove, strlen(remove)) < 0)
			return disturbed("removing a probe: %s", strerror(errno));
	}
	return outcome;
}

/* The kernel finds out later that there is no such leader, so that there is no event either way. */
static bool measures(__u32 type, __u64 config, int cpu)
{
	struct perf_event_attr attr = {
		.type = type, .size = sizeof(attr), .config = config, .disabled = 1, .sample_period = 1000000,
	};

	syscall(SYS_perf_event_open, &attr, cpu < 0 ? 0 : -1, cpu, NO_DESCRIPTOR, 0);
	return errno == EBADF;
}

static enum outcome perf_events(void)
{
	enum outcome outcome = at_first();
	char text[16];

	try_way(&outcome, "perf on oneself", measures(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, -1));
	try_way(&outcome, "perf on a processor", measures(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 0));
	try_way(&outcome, "a tracepoint", measures(PERF_TYPE_TRACEPOINT, 1, -1));
	slurp("/sys/bus/event_source/devices/kprobe/type", text, sizeof(text));
	try_way(&outcome, "a probe of perf's own", measures(strtoul(text, NULL, 10), 0, -1));
	return outcome;
}

static enum outcome debugging_files(void)
{
	static const struct { const char *name; int flags; } files[] = {
		{ "sched/verbose", O_RDONLY }, { "kprobes/enabled", O_WRONLY }, { "clear_warn_once", O_WRONLY },
		{ "fail_function/inject", O_WRONLY },
	};
	enum outcome outcome = at_first();
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), DEBUGGING "%s", files[i].name);
		if (!access(path, F_OK))
			try_way(&outcome, files[i].name, can_open(path, files[i].flags));
	}
	if (!can_open(DEBUGGING "sched", O_RDONLY | O_DIRECTORY))
		return disturbed("listing debugfs: %s", strerror(errno));
	return outcome;
}

/* Where things are in the kernel's memory. */
static enum outcome debugging_lists(void)
{
	enum outcome outcome = at_first();

	try_way(&outcome, "kprobes/list", can_open(DEBUGGING "kprobes/list", O_RDONLY));
	return outcome;
}

/* No attack: it drops one's own packets, and must work. */
static enum outcome classic_filter(void)
{
	struct sock_filter code = { .code = BPF_RET | BPF_K, .k = ~0u };
	const struct sock_fprog program = { .len = 1, .filter = &code };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
		return disturbed("SO_ATTACH_FILTER: %s", strerror(errno));
	close(fd);
	return NOT_HERE;
}

/* ---- The hardware ---- */

/* By descriptors from before the seal: what a register, a port and a device's configuration have stays there. */
static enum outcome hardware(void)
{
	struct serial_struct port = {};
	enum outcome outcome = at_first();
	__u64 value = 0;
	char byte = 0;

	try_way(&outcome, "iopl", !iopl(3) && !iopl(0));
	try_way(&outcome, "ioperm", !ioperm(PORT, 1, 1));
	if (ioperm(PORT, 1, 0))
		return disturbed("giving a port back: %s", strerror(errno));
	if (kept.msr >= 0) {
		if (pread(kept.msr, &value, sizeof(value), MSR) != sizeof(value))
			return disturbed("reading a register: %s", strerror(errno));
		try_way(&outcome, "a model specific register", pwrite(kept.msr, &value, sizeof(value), MSR) > 0);
	}
	if (pread(kept.pci, &byte, 1, INTERRUPT_LINE) != 1)
		return disturbed("reading a PCI device's configuration: %s", strerror(errno));
	try_way(&outcome, "a PCI device's configuration", pwrite(kept.pci, &byte, 1, INTERRUPT_LINE) == 1);
	/* An impossible interrupt is refused for that, if nothing else refuses it. */
	if (ioctl(kept.serial, TIOCGSERIAL, &port))
		return disturbed("TIOCGSERIAL: %s", strerror(errno));
	port.irq = 1 << 20;
	try_way(&outcome, "TIOCSSERIAL", !ioctl(kept.serial, TIOCSSERIAL, &port) || errno == EINVAL);
	return outcome;
}

/* Tables of ACPI and variables of EFI come by file systems. */
static enum outcome firmware_file_systems(void)
{
	static const char *const types[] = { "configfs", "efivarfs", "pstore", "binfmt_misc", "debugfs", "tracefs" };
	enum outcome outcome = at_first();

	mkdir(WORK "/at", 0755);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		bool through = !mount(types[i], WORK "/at", types[i], 0, NULL);

		if (through)
			umount2(WORK "/at", MNT_DETACH);
		/* This machine has no EFI. */
		if (kept.sealer || strcmp(types[i], "efivarfs"))
			try_way(&outcome, types[i], through);
	}
	return outcome;
}

/* What takes devices and processors away; nothing is written. */
static enum outcome sysfs_files(void)
{
	static const char *const files[] = {
		"/sys/devices/system/cpu/cpu1/online", "/sys/bus/pci/rescan", "/sys/power/state",
		"/sys/kernel/uevent_helper", "/sys/kernel/rcu_normal",
	};
	enum outcome outcome = at_first();
	char path[320];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!access(files[i], F_OK))
			try_way(&outcome, files[i], can_open(files[i], O_WRONLY));
	snprintf(path, sizeof(path), "%s/remove", kept.pci_device);
	try_way(&outcome, "removing a device", can_open(path, O_WRONLY));
	try_way(&outcome, "sysrq", can_open("/proc/sysrq-trigger", O_WRONLY));
	if (!can_open("/proc/self/oom_score_adj", O_WRONLY))
		return disturbed("one's own oom_score_adj: %s", strerror(errno));
	return outcome;
}

/* ---- */

static void find_pci_device(void)
{
	struct dirent *entry;
	DIR *dir = opendir("/sys/bus/pci/devices");

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			snprintf(kept.pci_device, sizeof(kept.pci_device), "/sys/bus/pci/devices/%s", entry->d_name);
	closedir(dir);
}

void keep_kernel(void)
{
	char path[320];

	assert_int_equal(mkdir(WORK "/tracing", 0755), 0);
	assert_int_equal(mkdir(WORK "/debug", 0755), 0);
	assert_int_equal(mount("tracefs", WORK "/tracing", "tracefs", 0, NULL), 0);
	assert_int_equal(mount("debugfs", WORK "/debug", "debugfs", 0, NULL), 0);
	RUN("modprobe", "msr");
	find_pci_device();
	snprintf(path, sizeof(path), "%s/config", kept.pci_device);
	kept.pci = open(path, O_RDWR | O_CLOEXEC);
	kept.msr = open("/dev/cpu/0/msr", O_RDWR | O_CLOEXEC);
	kept.serial = open("/dev/ttyS3", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	kept.cpu = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY | O_CLOEXEC);
	kept.kprobes = open(TRACING "kprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC);
	put_text(TRACING "set_ftrace_filter", "bpf_lsm_*");
	kept.tracer = open(TRACING "current_tracer", O_WRONLY | O_CLOEXEC);
	assert_true(kept.pci >= 0 && kept.serial >= 0);
}

static const char read_only[] = "lockdown does not ask for files of debugfs that can only be read (README)";

const struct attack attacks_kernel[] = {
	{ "tracing_files", 67, tracing_files, 0, NULL },
	{ "kprobes", 67, kprobes, 0, NULL },
	{ "perf_events", 67, perf_events, 0, NULL },
	{ "debugging_files", 70, debugging_files, 0, NULL },
	{ "debugging_lists", 70, debugging_lists, 0, read_only },
	{ "classic_filter", 72, classic_filter, 0, NULL },
	{ "hardware", 74, hardware, 0, NULL },
	{ "firmware_file_systems", 74, firmware_file_systems, 0, NULL },
	{ "sysfs_files", 75, sysfs_files, 0, NULL },
	{},
};
