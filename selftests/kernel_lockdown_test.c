// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_lockdown_test.c - what the kernel asks its lockdown about is refused to root, but for what kernel.allow lists.
 * Boots: plain
 * Kernels: 6.1 7
 * Long boots: lockdown
 */
#include "modules.h"

#include <bpf/btf.h>
#include <dirent.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/serial.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include "lockdown.h"

#define DIR_PATH	"/tmp/kernel_lockdown_test"
#define TRACING		DIR_PATH "/tracing"
#define DEBUGGING	DIR_PATH "/debug"
#define SIGNED		DIR_PATH "/dummy.ko"
#define UNSIGNED	DIR_PATH "/unsigned.ko"
#define MSR_PATH	"/dev/cpu/0/msr"
#define MSR		0x174	/* IA32_SYSENTER_CS */
#define PORT		0x80	/* where BIOSes write what they are at */
#define INTERRUPT_LINE	0x3c	/* of PCI configuration space */
#define NO_DESCRIPTOR	9999

static struct kernel kernel;

/* Under lockdown=confidentiality the kernel's own LSM refuses before us. */
static bool confidential;

/* Opened before the guard is there. */
static int probe_events = -1;

/* One thing that the kernel asks about, and one that is much like it, which it does not ask about. */
struct way {
	const char *reason;
	attempt_fn how, twin;
	int refused;		/* errno */
};

static int result(int value)
{
	return value < 0 ? errno : 0;
}

/* ---- The ways ---- */

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err = result(fd);

	if (fd >= 0)
		close(fd);
	return err;
}

static int raise_privilege(const void *arg)
{
	(void)arg;
	return result(iopl(3));
}

static int keep_privilege(const void *arg)
{
	(void)arg;
	return result(iopl(0));
}

static int permit_port(const void *arg)
{
	(void)arg;
	return result(ioperm(PORT, 1, 1));
}

static int forbid_port(const void *arg)
{
	(void)arg;
	return result(ioperm(PORT, 1, 0));
}

static int open_memory(const void *arg)
{
	(void)arg;
	return try_open("/dev/mem", O_RDONLY);
}

static int open_ports(const void *arg)
{
	(void)arg;
	return try_open("/dev/port", O_RDONLY);
}

static int open_null(const void *arg)
{
	(void)arg;
	return try_open("/dev/null", O_RDWR);
}

static int open_kcore(const void *arg)
{
	(void)arg;
	return try_open("/proc/kcore", O_RDONLY);
}

static int open_meminfo(const void *arg)
{
	(void)arg;
	return try_open("/proc/meminfo", O_RDONLY);
}

static int open_tracing(const void *arg)
{
	(void)arg;
	return try_open(TRACING "/current_tracer", O_RDONLY);
}

static int list_tracing(const void *arg)
{
	(void)arg;
	return try_open(TRACING, O_RDONLY | O_DIRECTORY);
}

static int open_debugging(const void *arg)
{
	(void)arg;
	return try_open(DEBUGGING "/sched/verbose", O_RDONLY);
}

static int list_debugging(const void *arg)
{
	(void)arg;
	return try_open(DEBUGGING "/sched", O_RDONLY | O_DIRECTORY);
}

/* No segment: takes away what is loaded, which is nothing. */
static int load_kexec(const void *arg)
{
	(void)arg;
	return result(syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

static int read_kexec(const void *arg)
{
	(void)arg;
	return try_open("/sys/kernel/kexec_loaded", O_RDONLY);
}

static int find_text(const char *path, const char *text)
{
	char found[128];

	slurp(path, found, sizeof(found));
	return strstr(found, text) ? 0 : EPERM;
}

/* Which states the kernel says there are depends on whether it may be locked down for them: the reader asks. */
static int find_hibernation(const void *arg)
{
	(void)arg;
	return find_text("/sys/power/state", "disk");
}

static int find_suspension(const void *arg)
{
	(void)arg;
	return find_text("/sys/power/mem_sleep", "s2idle");
}

/* A byte of the first device's, as it is: which interrupt firmware gave it, for nobody but the driver to read. */
static int pci_byte(bool write)
{
	char path[PATH_MAX] = "", byte;
	struct dirent *entry;
	DIR *dir = opendir("/sys/bus/pci/devices");
	int fd, err;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", entry->d_name);
	if (dir)
		closedir(dir);
	fd = open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd < 0 || pread(fd, &byte, 1, INTERRUPT_LINE) != 1)
		return EBADF;
	err = write ? result(pwrite(fd, &byte, 1, INTERRUPT_LINE)) : 0;
	close(fd);
	return err;
}

static int write_pci(const void *arg)
{
	(void)arg;
	return pci_byte(/* write= */ true);
}

static int read_pci(const void *arg)
{
	(void)arg;
	return pci_byte(/* write= */ false);
}

static int model_register(bool write)
{
	int fd = open(MSR_PATH, O_RDWR | O_CLOEXEC), err;
	uint64_t value;

	if (fd < 0 || pread(fd, &value, sizeof(value), MSR) != sizeof(value))
		return EBADF;
	err = write ? result(pwrite(fd, &value, sizeof(value), MSR)) : 0;
	close(fd);
	return err;
}

static int write_msr(const void *arg)
{
	(void)arg;
	return model_register(/* write= */ true);
}

static int read_msr(const void *arg)
{
	(void)arg;
	return model_register(/* write= */ false);
}

/* A port that isn't there: an impossible interrupt is refused for that, if nothing else refuses it. */
static int serial(int irq)
{
	struct serial_struct info;
	int fd = open("/dev/ttyS3", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), err;

	if (fd < 0 || ioctl(fd, TIOCGSERIAL, &info))
		return EBADF;
	if (irq)
		info.irq = irq;
	err = result(ioctl(fd, TIOCSSERIAL, &info));
	close(fd);
	return irq && err == EINVAL ? 0 : err;
}

static int change_serial(const void *arg)
{
	(void)arg;
	return serial(1 << 20);
}

static int keep_serial(const void *arg)
{
	(void)arg;
	return serial(0);
}

/* A program for a tracepoint, attached nowhere, that calls a helper with its stack, a size and nothing. */
static int load_caller(int helper, bool destination_first)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10, .off = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_1, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = destination_first ? BPF_REG_2 : BPF_REG_1,
		  .imm = destination_first ? 8 : 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = destination_first ? 0 : 8 },
		{ .code = BPF_JMP | BPF_CALL, .imm = helper },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT, .insns = (uintptr_t)insns,
		.insn_cnt = sizeof(insns) / sizeof(insns[0]), .license = (uintptr_t)"GPL",
	};
	int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)), err = result(fd);

	if (fd >= 0)
		close(fd);
	return err;
}

static int read_by_bpf(const void *arg)
{
	(void)arg;
	return load_caller(BPF_FUNC_probe_read_kernel, true);
}

static int write_by_bpf(const void *arg)
{
	(void)arg;
	return load_caller(BPF_FUNC_probe_write_user, false);
}

static int read_user_by_bpf(const void *arg)
{
	(void)arg;
	return load_caller(BPF_FUNC_probe_read_user, true);
}

/* Defined, and never enabled. */
static int define_probe(const char *text)
{
	return result(write(probe_events, text, strlen(text)));
}

static int make_probe(const void *arg)
{
	int err;

	(void)arg;
	err = define_probe("p:hctl_test do_sys_openat2\n");
	if (!err)
		define_probe("-:hctl_test\n");
	return err;
}

/* The kernel finds out later that there is no such leader, so that there is no event either way. */
static int measure(__u64 sample)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_TASK_CLOCK, .disabled = 1,
		.sample_period = 1000000, .sample_type = sample, .sample_regs_intr = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, NO_DESCRIPTOR, 0);

	assert_true(fd < 0);
	return errno == EBADF ? 0 : errno;
}

static int sample_registers(const void *arg)
{
	(void)arg;
	return measure(PERF_SAMPLE_IP | PERF_SAMPLE_REGS_INTR);
}

static int sample_addresses(const void *arg)
{
	(void)arg;
	return measure(PERF_SAMPLE_IP);
}

static int load_module(const char *path)
{
	int err = finit_module(path, 0);

	if (!err)
		err = result(syscall(SYS_delete_module, "dummy", O_NONBLOCK));
	return err;
}

static int load_unsigned(const void *arg)
{
	(void)arg;
	return load_module(UNSIGNED);
}

static int load_signed(const void *arg)
{
	(void)arg;
	return load_module(SIGNED);
}

static const struct way ways[] = {
	{ "module-signature", load_unsigned, load_signed, EPERM },
	{ "dev-mem", open_memory, open_null, EPERM },
	{ "dev-mem", open_ports, open_null, EPERM },
	{ "kexec", load_kexec, read_kexec, EPERM },
	{ "hibernation", find_hibernation, find_suspension, EPERM },
	{ "pci-access", write_pci, read_pci, EPERM },
	{ "ioport", raise_privilege, keep_privilege, EPERM },
	{ "ioport", permit_port, forbid_port, EPERM },
	{ "msr", write_msr, read_msr, EPERM },
	{ "tiocsserial", change_serial, keep_serial, EPERM },
	{ "debugfs", open_debugging, list_debugging, EPERM },
	{ "bpf-write-user", write_by_bpf, read_user_by_bpf, EINVAL },
	{ "kcore", open_kcore, open_meminfo, EPERM },
	{ "kprobes", make_probe, NULL, EPERM },
	{ "bpf-read-kernel", read_by_bpf, read_user_by_bpf, EINVAL },
	{ "perf", sample_registers, sample_addresses, EPERM },
	{ "tracefs", open_tracing, list_tracing, EPERM },
};
#define N_WAYS	(sizeof(ways) / sizeof(ways[0]))

/* ---- Verdicts ---- */

static struct child try(const struct way *way, attempt_fn how, int expected)
{
	struct child child = in_child(&(struct place){}, how, NULL);

	assert_true(child.reported);
	if (child.err != expected)
		print_message("# %s: errno %d, not %d\n", way->reason, child.err, expected);
	assert_int_equal(child.err, expected);
	return child;
}

/* Once or more often: some ask twice. */
static void assert_reason(const struct mark *from, const struct way *way, bool denied, const struct child *child)
{
	struct json_object *list = records_since(from, GUARD_kernel), *record;
	size_t count = json_object_array_length(list), own = 0;
	struct mark now = mark();

	assert_int_equal(now.denied[GUARD_kernel] - from->denied[GUARD_kernel], denied ? count : 0);
	assert_int_equal(now.would_deny[GUARD_kernel] - from->would_deny[GUARD_kernel], denied ? 0 : count);
	for (size_t i = 0; i < count; i++) {
		record = json_object_array_get_idx(list, i);
		assert_field(record, "guard", "kernel");
		assert_field(record, "hook", "locked_down");
		assert_field(record, "reason", "lockdown");
		assert_field(record, "action", denied ? "denied" : "would-deny");
		assert_field(record, "object.what", "lockdown");
		/* 6.1 asks for each file that it makes for a probe, too. */
		if (way->how != make_probe || strcmp(field(record, "object.detail"), "tracefs")) {
			assert_field(record, "object.detail", way->reason);
			own++;
		}
		assert_rule(record, "kernel:");
		assert_actor(record, child);
	}
	if (!own)
		print_message("# %s: no record\n", way->reason);
	assert_true(own >= 1);
	json_object_put(list);
}

static bool is_skipped(const struct way *way)
{
	/* Where lockdown is on, there is no such descriptor, and 6.1 makes no files in tracefs. */
	return (way->how == make_probe && probe_events < 0) ||
	       (way->how == open_tracing && confidential && access(TRACING "/current_tracer", F_OK));
}

static void deny(const struct way *way)
{
	struct mark before = mark();
	struct child child = try(way, way->how, way->refused);

	if (confidential)
		assert_undisturbed(&before, GUARD_kernel);
	else
		assert_reason(&before, way, /* denied= */ true, &child);
	if (!way->twin || confidential)
		return;
	before = mark();
	try(way, way->twin, 0);
	assert_undisturbed(&before, GUARD_kernel);
}

static void allow(const struct way *way)
{
	struct mark before = mark();

	try(way, way->how, confidential ? way->refused : 0);
	assert_undisturbed(&before, GUARD_kernel);
}

static void load_kernel(const char *keys)
{
	char text[4096];

	snprintf(text, sizeof(text), "version: 1\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"
		 "egress: { mode: off }\ningress: { mode: off }\nkernel: { %s, perf: allow, sysfs: allow }\ndata: { mode: off }\n",
		 keys);
	load_text(text);
}

/* ---- The tests ---- */

static void each(void (*verdict)(const struct way *way))
{
	for (size_t i = 0; i < N_WAYS; i++)
		if (!is_skipped(&ways[i]))
			verdict(&ways[i]);
}

/* What follows tells something only if all of it works without the guard. */
static void allow_each_in_off_mode(void **state)
{
	(void)state;
	load_kernel("mode: \"off\"");
	each(allow);
}

static void deny_each_reason(void **state)
{
	(void)state;
	load_kernel("mode: enforce");
	each(deny);
}

/* All that this kernel has, but one. */
static void list_words(char *ret_text, size_t size, const char *but)
{
	size_t used = snprintf(ret_text, size, "mode: enforce, allow: [");

	for (int value = 0; value < LOCKDOWN_MAX; value++)
		if (kernel.lockdown.name[value][0] && strcmp(kernel.lockdown.name[value], but))
			used += snprintf(ret_text + used, size - used, "%s, ", kernel.lockdown.name[value]);
	snprintf(ret_text + used, size - used, "]");
}

/*
 * Nothing refuses a reason by its name: what the policy's list has no bit for is refused.  Leaving one out stands for a
 * reason that only a kernel yet to come has, which no list of ours could have.
 */
static void deny_a_reason_that_no_list_has_and_allow_the_others(void **state)
{
	char keys[2048];

	(void)state;
	list_words(keys, sizeof(keys), "tiocsserial");
	load_kernel(keys);
	for (size_t i = 0; i < N_WAYS; i++)
		if (!is_skipped(&ways[i]))
			(strcmp(ways[i].reason, "tiocsserial") ? allow : deny)(&ways[i]);
}

static void find_hibernation_where_it_is_allowed(void **state)
{
	struct mark before;

	(void)state;
	load_kernel("mode: enforce, allow: [hibernation]");
	before = mark();
	assert_int_equal(!strstr(RUN(HARDENCTL, "seal", "--dry-run")->out, "kernel.allow lists hibernation"), confidential);
	assert_undisturbed(&before, GUARD_kernel);
	load_kernel("mode: enforce, allow: [tiocsserial]");
	assert_null(strstr(RUN(HARDENCTL, "seal", "--dry-run")->out, "hibernation"));
}

static void allow_each_in_audit_mode_but_record_it(void **state)
{
	(void)state;
	load_kernel("mode: audit");
	for (size_t i = 0; i < N_WAYS && !confidential; i++) {
		struct mark before = mark();
		struct child child = try(&ways[i], ways[i].how, 0);

		assert_reason(&before, &ways[i], /* denied= */ false, &child);
	}
}

/* The kernel's own list is the truth; the one that policies are checked by must have all of it. */
static void allow_every_name_that_this_kernel_has(void **state)
{
	int count = 0;

	(void)state;
	for (int value = 0; value < LOCKDOWN_MAX; value++) {
		bool known = !kernel.lockdown.name[value][0];

		for (size_t i = 0; lockdown_words[i]; i++)
			known |= !strcmp(kernel.lockdown.name[value], lockdown_words[i]);
		if (!known)
			print_message("# '%s' (%d) is missing\n", kernel.lockdown.name[value], value);
		assert_true(known);
		count += kernel.lockdown.name[value][0] != 0;
	}
	assert_true(count >= 27);
	for (size_t i = 0; i < N_WAYS; i++)
		assert_true(lockdown_find(&kernel.lockdown, ways[i].reason) > 0);
}

/* A module with trace events: 6.1 makes files in tracefs for them while it loads. */
static void allow_a_module_with_events(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(RUN("/usr/sbin/modprobe", "scsi_transport_iscsi")->status, 0);
	assert_int_equal(RUN("/usr/sbin/modprobe", "-r", "scsi_transport_iscsi")->status, 0);
	assert_undisturbed(&before, GUARD_kernel);
}

/* The set in force is what hardenctl's own next load meets; on 6.1 that reads kernel memory. */
static void allow_hardenctl_to_load_again(void **state)
{
	(void)state;
	load_kernel("mode: enforce");
	HARDEN(0, "verify");
}

/* ---- Set-up ---- */

static void copy_modules(void)
{
	const char signature[] = "~Module signature appended~\n";
	struct stat st;

	copy_module("dummy", SIGNED);
	assert_int_equal(RUN("cp", SIGNED, UNSIGNED)->status, 0);
	assert_int_equal(stat(UNSIGNED, &st), 0);
	assert_int_equal(truncate(UNSIGNED, st.st_size - strlen(signature)), 0);
}

static int begin(void **state)
{
	(void)state;
	kernel_ask(&kernel);
	kernel_ask_hooks(&kernel);
	confidential = kernel.confidential;
	if (mkdir(DIR_PATH, 0755))
		assert_int_equal(errno, EEXIST);
	assert_int_equal(mount("tmpfs", DIR_PATH, "tmpfs", 0, "mode=0755"), 0);
	assert_int_equal(mkdir(TRACING, 0755), 0);
	assert_int_equal(mkdir(DEBUGGING, 0755), 0);
	assert_int_equal(mount("tracefs", TRACING, "tracefs", 0, NULL), 0);
	assert_int_equal(mount("debugfs", DEBUGGING, "debugfs", 0, NULL), 0);
	copy_modules();
	assert_int_equal(RUN("/usr/sbin/modprobe", "msr")->status, 0);
	probe_events = open(TRACING "/kprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(probe_events < 0, confidential);
	return 0;
}

static int end(void **state)
{
	if (probe_events >= 0)
		close(probe_events);
	umount2(TRACING, MNT_DETACH);
	umount2(DEBUGGING, MNT_DETACH);
	assert_int_equal(umount2(DIR_PATH, MNT_DETACH), 0);
	return unload(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_every_name_that_this_kernel_has),
		cmocka_unit_test(allow_each_in_off_mode),
		cmocka_unit_test(deny_each_reason),
		cmocka_unit_test(allow_hardenctl_to_load_again),
		cmocka_unit_test(allow_a_module_with_events),
		cmocka_unit_test(deny_a_reason_that_no_list_has_and_allow_the_others),
		cmocka_unit_test(find_hibernation_where_it_is_allowed),
		cmocka_unit_test(allow_each_in_audit_mode_but_record_it),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
