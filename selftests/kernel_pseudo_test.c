// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_pseudo_test.c - after the seal nobody opens for writing what configures the kernel.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.1
 * Alone: it seals the machine
 */
#include "child.h"
#include "sealing.h"
#include "util.h"

#include <asm/mtrr.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#define DIR		"/tmp/pseudo"
#define PARAMETER	"/sys/module/printk/parameters/time"
#define SETTING		"/sys/kernel/rcu_normal"
#define POLICY_HERE(kernel)									\
	"version: 1\nexec: { mode: enforce, introduced: allow }\nptrace: { mode: off }\n"	\
	"modules: { mode: off }\n"								\
	"egress: { mode: off }\ningress: { mode: off }\ndata: { mode: off }\nkernel: { " kernel " }\n"
#define TOLERATED	", \"off:ptrace\", \"off:modules\", \"off:egress\", \"off:ingress\", \"off:data\""

struct pseudo {
	const char *name, *path;
	const char *reason;	/* NULL: it goes on */
	bool optional;		/* not on every machine */
};

static const struct pseudo files[] = {
	{ "parameter", PARAMETER, "module-parameter", false },
	{ "parameter_by_a_bind_mount", DIR "/file", "module-parameter", false },
	{ "parameter_by_another_mount", DIR "/sys/module/printk/parameters/time", "module-parameter", false },
	{ "sysfs", SETTING, "sysfs", false },
	{ "sysfs_driver", "/sys/bus/platform/drivers_probe", "sysfs", false },
	{ "sysfs_power", "/sys/power/pm_test", "sysfs", true },
	{ "sysfs_pci_memory", "/sys/devices/pci0000:00/0000:00:00.0/config", "sysfs", true },
	{ "sysrq", "/proc/sysrq-trigger", "pseudo-file", false },
	{ "sysrq_by_another_mount", DIR "/proc/sysrq-trigger", "pseudo-file", false },
	{ "mtrr", "/proc/mtrr", "pseudo-file", true },
	{ "pci", "/proc/bus/pci/00/00.0", "pseudo-file", true },
	{ "acpi", "/proc/acpi/wakeup", "pseudo-file", true },
	{ "dynamic_debug", "/proc/dynamic_debug/control", "pseudo-file", true },
	{ "release_agent", DIR "/cgroup/release_agent", "pseudo-file", false },
	{ "notify_on_release", DIR "/cgroup/notify_on_release", "pseudo-file", false },
	{ "securityfs", DIR "/security/lockdown", "pseudo-file", false },
	{ "apparmor", DIR "/security/apparmor/.load", "pseudo-file", true },
	{ "binfmt", DIR "/binfmt/register", "pseudo-file", true },

	/* Their neighbours, and other files of those names. */
	{ "uevent", "/sys/devices/virtual/mem/null/uevent", NULL, false },
	{ "apparmor_access", DIR "/security/apparmor/.access", NULL, true },
	{ "cgroup_tasks", DIR "/cgroup/tasks", NULL, false },
	{ "cgroup2", CGROUP_ROOT "/cgroup.procs", NULL, false },
	{ "own_oom_score", "/proc/self/oom_score_adj", NULL, false },
	{ "own_attributes", "/proc/self/attr/current", NULL, true },
	{ "a_sysctl", "/proc/sys/vm/swappiness", NULL, false },
	{ "a_deep_sysctl", "/proc/sys/net/ipv4/conf/lo/rp_filter", NULL, false },
	{ "interrupts", "/proc/irq/default_smp_affinity", NULL, true },
	{ "a_file_called_release_agent", DIR "/release_agent", NULL, false },
	{ "a_file_called_sysrq", DIR "/sysrq-trigger", NULL, false },
	{ "a_file_in_parameters", DIR "/parameters/time", NULL, false },
};

static int open_file(const void *arg)
{
	const struct pseudo *file = arg;
	int fd = open(file->path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void skip_if_missing(const struct pseudo *file)
{
	if (!access(file->path, F_OK))
		return;
	if (!file->optional)
		print_message("# %s: %s\n", file->path, strerror(errno));
	assert_true(file->optional);
	print_message("# SKIP this machine has no %s\n", file->path);
	skip();
}

static void assert_file(struct json_object *record, const struct pseudo *file)
{
	assert_field(record, "hook", "file_open");
	assert_field(record, "object.path", file->path);
	assert_rule(record, "kernel:");
}

static void allow(void **state)
{
	const struct pseudo *file = *state;
	struct mark before = mark();

	skip_if_missing(file);
	assert_int_equal(open_file(file), 0);
	assert_undisturbed(&before, GUARD_kernel);
}

static void allow_but_record(void **state)
{
	const struct pseudo *file = *state;
	struct mark before = mark();
	struct json_object *record;

	skip_if_missing(file);
	assert_int_equal(open_file(file), 0);
	record = assert_would_deny(&before, GUARD_kernel, file->reason);
	assert_file(record, file);
	json_object_put(record);
}

static void deny(void **state)
{
	const struct pseudo *file = *state;
	struct mark before = mark();
	struct json_object *record;

	skip_if_missing(file);
	assert_int_equal(open_file(file), EPERM);
	record = assert_refused(&before, GUARD_kernel, file->reason, 1);
	assert_file(record, file);
	assert_number(record, "tgid", getpid());
	json_object_put(record);
	/* Reading goes on, where root may at all. */
	before = mark();
	close(open(file->path, O_RDONLY | O_CLOEXEC));
	assert_undisturbed(&before, GUARD_kernel);
}

/* Whatever else an open says. */
static void deny_every_way_to_open_for_writing(void **state)
{
	static const int flags[] = { O_RDWR, O_WRONLY | O_TRUNC, O_WRONLY | O_CREAT | O_TRUNC, O_RDWR | O_APPEND | O_NONBLOCK };
	struct mark before = mark();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		assert_int_equal(open(PARAMETER, flags[i] | O_CLOEXEC, 0600), -1);
		assert_int_equal(errno, EPERM);
	}
	json_object_put(assert_refused(&before, GUARD_kernel, "module-parameter", ARRAY_SIZE(flags)));
}

static void deny_from_elsewhere(void **state)
{
	static const struct pseudo file = { "sysrq", "/proc/sysrq-trigger", "pseudo-file", false };
	static const struct pseudo twin = { "own", "/proc/self/oom_score_adj", NULL, false };
	const struct place place = { .namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC };
	struct mark before = mark();
	struct json_object *record;
	struct child child = in_child(&place, open_file, &file);

	(void)state;
	assert_int_equal(child.err, EPERM);
	record = assert_refused(&before, GUARD_kernel, file.reason, 1);
	assert_file(record, &file);
	assert_actor(record, &child);
	json_object_put(record);
	before = mark();
	child = in_child(&place, open_file, &twin);
	assert_int_equal(child.err, 0);
	assert_undisturbed(&before, GUARD_kernel);
}

/* What udevadm trigger writes. */
static void allow_a_trigger_to_be_written(void **state)
{
	struct mark before = mark();
	int fd = open("/sys/devices/virtual/mem/null/uevent", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "change", 6), 6);
	close(fd);
	assert_undisturbed(&before, GUARD_kernel);
}

/* Commands to /proc/mtrr need no more than a descriptor for reading; they do nothing here, as there is no such type. */
static void deny_memory_types(void **state)
{
	struct mtrr_sentry nothing = { .type = MTRR_NUM_TYPES };
	struct mtrr_gentry first = {};
	struct mark before = mark();
	struct json_object *record;
	int fd = open("/proc/mtrr", O_RDONLY | O_CLOEXEC);

	(void)state;
	if (fd < 0) {
		print_message("# SKIP this machine has no /proc/mtrr\n");
		skip();
	}
	assert_int_equal(ioctl(fd, MTRRIOC_ADD_ENTRY, &nothing), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ioctl(fd, MTRRIOC_DEL_PAGE_ENTRY, &nothing), -1);
	assert_int_equal(errno, EPERM);
	record = assert_refused(&before, GUARD_kernel, "memory-type", 2);
	assert_field(record, "hook", "file_ioctl");
	assert_field(record, "object.what", "/proc/mtrr");
	assert_rule(record, "kernel:");
	json_object_put(record);
	before = mark();
	assert_int_equal(ioctl(fd, MTRRIOC_GET_ENTRY, &first), 0);
	assert_undisturbed(&before, GUARD_kernel);
	close(fd);
	/* A file of that name elsewhere, and another one that has such commands: the kernel says so. */
	fd = open(DIR "/mtrr", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ioctl(fd, MTRRIOC_ADD_ENTRY, &nothing), -1);
	assert_int_equal(errno, ENOTTY);
	close(fd);
	assert_undisturbed(&before, GUARD_kernel);
}

/* What is open when the machine is sealed can be written from then on: the seal says so. */
static void find_what_is_open_already(void **state)
{
	char expected[512], self[256] = "";
	struct ran *ran;
	int fd = open(SETTING, O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	snprintf(expected, sizeof(expected), "pid %d (%.15s, %s) has " SETTING " open for writing: fd %d", getpid(),
		 program_invocation_short_name, self, fd);
	ran = HARDEN(0, "seal", "--dry-run");
	assert_non_null(strstr(ran->out, expected));
	close(fd);
	fd = open(SETTING, O_RDONLY | O_CLOEXEC);
	ran = HARDEN(0, "seal", "--dry-run");
	assert_null(strstr(ran->out, "has " SETTING));
	close(fd);
}

/* By the key: all of sysfs, but for what kernel code is steered by. */
static void allow_sysfs_alone(void **state)
{
	struct mark before;
	struct pseudo setting = { .path = SETTING }, parameter = { .path = PARAMETER };

	(void)state;
	load_text(POLICY_HERE("mode: audit, sysfs: allow"));
	before = mark();
	assert_int_equal(open_file(&setting), 0);
	assert_undisturbed(&before, GUARD_kernel);
	assert_int_equal(open_file(&parameter), 0);
	json_object_put(assert_would_deny(&before, GUARD_kernel, "module-parameter"));
}

static void explain_how_to_allow_it(void **state)
{
	const struct pseudo setting = { .path = SETTING };
	struct ran *ran;

	(void)state;
	assert_int_equal(open_file(&setting), EPERM);
	ran = HARDEN(0, "explain", "last");
	assert_non_null(strstr(ran->out, "tried to open for writing " SETTING));
	assert_non_null(strstr(ran->out, "sysfs: allow"));
}

static void allow_no_canary_to_pass(void **state)
{
	(void)state;
	HARDEN(0, "verify");
	HARDEN(0, "status", "-q");
}

static int load(void **state)
{
	(void)state;
	/* No canary may count on a device that isn't listed. */
	load_text(POLICY_HERE("mode: enforce, devices: [char *, block *]") SEAL_TEXT(TOLERATED));
	return 0;
}

static int begin(void **state)
{
	assert_int_equal(mkdir(DIR, 0700), 0);
	assert_int_equal(mount("tmpfs", DIR, "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir(DIR "/sys", 0700) | mkdir(DIR "/proc", 0700) | mkdir(DIR "/cgroup", 0700) |
			 mkdir(DIR "/security", 0700) | mkdir(DIR "/binfmt", 0700) | mkdir(DIR "/parameters", 0700), 0);
	assert_int_equal(mount("sysfs", DIR "/sys", "sysfs", 0, NULL), 0);
	assert_int_equal(mount("proc", DIR "/proc", "proc", 0, NULL), 0);
	assert_int_equal(mount("cgroup", DIR "/cgroup", "cgroup", 0, "none,name=kernel_pseudo_test"), 0);
	assert_int_equal(mount("securityfs", DIR "/security", "securityfs", 0, NULL), 0);
	/* A module: where it can't be loaded its test is skipped. */
	if (mount("binfmt_misc", DIR "/binfmt", "binfmt_misc", 0, NULL))
		print_message("# binfmt_misc: %s\n", strerror(errno));
	spill(DIR "/file", "");
	assert_int_equal(mount(PARAMETER, DIR "/file", NULL, MS_BIND, NULL), 0);
	spill(DIR "/release_agent", "");
	spill(DIR "/sysrq-trigger", "");
	spill(DIR "/parameters/time", "");
	return load(state);
}

static int audit(void **state)
{
	(void)state;
	load_text(POLICY_HERE("mode: enforce, before-seal: audit"));
	return 0;
}

static int off(void **state)
{
	(void)state;
	load_text(POLICY_HERE("mode: off"));
	return 0;
}

static int seal(void **state)
{
	load(state);
	HARDEN(0, "seal");
	assert_state("sealed");
	return 0;
}

struct list {
	struct CMUnitTest tests[ARRAY_SIZE(files) + 16];
	size_t count;
};

static void add(struct list *list, size_t step, const char *verdict, CMUnitTestFunction test)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i += step) {
		bool refused = test && files[i].reason;

		list->tests[list->count++] = test_of_row(refused ? verdict : "allow", files[i].name, "",
							 refused ? test : allow, &files[i]);
	}
}

static int run(const char *name, struct list *list, CMFixtureFunction setup)
{
	return _cmocka_run_group_tests(name, list->tests, list->count, setup, NULL);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(deny_every_way_to_open_for_writing),
		cmocka_unit_test(deny_from_elsewhere),
		cmocka_unit_test(allow_a_trigger_to_be_written),
		cmocka_unit_test(deny_memory_types),
		cmocka_unit_test(explain_how_to_allow_it),
		cmocka_unit_test(allow_no_canary_to_pass),
	};
	static const struct CMUnitTest find = cmocka_unit_test(find_what_is_open_already);
	static const struct CMUnitTest key = cmocka_unit_test(allow_sysfs_alone);
	static struct list loaded, audited, unguarded, sealed;
	int failed;

	/* The rows are the same for each mode: some of them tell. */
	add(&loaded, 1, "", NULL);
	loaded.tests[loaded.count++] = find;
	add(&audited, 2, "record", allow_but_record);
	audited.tests[audited.count++] = key;
	add(&unguarded, 3, "", NULL);
	add(&sealed, 1, "deny", deny);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		sealed.tests[sealed.count++] = others[i];

	failed = run("loaded", &loaded, begin);
	failed += run("audit", &audited, audit);
	failed += run("off", &unguarded, off);
	return failed + run("sealed", &sealed, seal);
}
