// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_sysctl_test.c - after the seal only listed sysctls are written, and dangerous ones only where they are named.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.1
 * Alone: it seals the machine
 */
#include "child.h"
#include "sealing.h"
#include "util.h"

#define SYSCTLS		"/proc/sys/"
#define POLICY_HERE(kernel)									\
	"version: 1\nexec: { mode: enforce, introduced: allow }\nptrace: { mode: enforce }\n"	\
	"modules: { mode: enforce }\n"								\
	"egress: { mode: off }\ningress: { mode: off }\ndata: { mode: off }\nkernel: { " kernel " }\n"
#define LISTED										\
	"sysctls: [vm.swappiness, net/ipv4/conf/*/rp_filter, net.core.*, net.ipv6.neigh.*, kernel.panic_on_warn, "	\
	"net.ipv4.conf.*.forwarding]"
#define TOLERATED	", \"off:egress\", \"off:ingress\", \"off:data\""

struct setting {
	const char *name;
	const char *text;	/* NULL: what is there already */
	bool dangerous;
	int kernel_says;	/* errno of the write where no guard judges it */
	bool optional;		/* not every kernel has it */
};

/* What neither list has, beside one that is listed (`allowed`), and what no tree holds. */
static const struct setting refused[] = {
	{ .name = "vm/dirty_ratio", .text = "33\n" },
	{ .name = "net/ipv4/conf/lo/accept_redirects" },
	{ .name = "net/ipv4/conf/default/accept_redirects" },
	{ .name = "net/ipv4/neigh/lo/gc_stale_time" },
	{ .name = "net/ipv4/tcp_fin_timeout", .text = "61\n" },
	{ .name = "kernel/core_uses_pid" },
	{ .name = "kernel/hostname" },
	{ .name = "fs/file-max" },
	{ .name = "net/core/bpf_jit_harden", .dangerous = true },
	{ .name = "net/core/bpf_jit_enable", .dangerous = true },
	{ .name = "net/ipv4/ip_forward", .dangerous = true },
	{ .name = "net/ipv4/conf/lo/route_localnet", .dangerous = true },
	{ .name = "net/ipv6/conf/lo/forwarding", .dangerous = true },
	{ .name = "kernel/panic", .dangerous = true },
	{ .name = "kernel/panic_on_oops", .dangerous = true },
	{ .name = "kernel/oops_limit", .dangerous = true },
	{ .name = "kernel/warn_limit", .dangerous = true },
	{ .name = "kernel/modprobe", .text = "/tmp/attack\n", .dangerous = true },
	{ .name = "kernel/poweroff_cmd", .text = "/tmp/attack\n", .dangerous = true },
	{ .name = "kernel/usermodehelper/bset", .dangerous = true },
	{ .name = "kernel/kexec_load_disabled", .dangerous = true, .kernel_says = EINVAL },
	{ .name = "kernel/kexec_load_limit_panic", .dangerous = true, .kernel_says = EINVAL, .optional = true },
	{ .name = "kernel/unprivileged_bpf_disabled", .dangerous = true },
	{ .name = "kernel/bpf_stats_enabled", .dangerous = true },
	{ .name = "kernel/yama/ptrace_scope", .dangerous = true },
	{ .name = "kernel/kptr_restrict", .dangerous = true },
	{ .name = "kernel/dmesg_restrict", .dangerous = true },
	{ .name = "kernel/perf_event_paranoid", .dangerous = true },
	{ .name = "kernel/sysrq", .text = "1\n", .dangerous = true },
	{ .name = "kernel/randomize_va_space", .text = "0\n", .dangerous = true },
	{ .name = "kernel/ftrace_dump_on_oops", .dangerous = true },
	{ .name = "kernel/io_uring_disabled", .dangerous = true, .optional = true },
	{ .name = "kernel/keys/maxkeys", .dangerous = true },
	{ .name = "fs/suid_dumpable", .text = "2\n", .dangerous = true },
	{ .name = "fs/protected_symlinks", .text = "0\n", .dangerous = true },
	{ .name = "vm/mmap_min_addr", .dangerous = true },
	{ .name = "vm/unprivileged_userfaultfd", .dangerous = true },
	{ .name = "dev/tty/ldisc_autoload", .dangerous = true },
	{ .name = "debug/exception-trace", .dangerous = true },
	{ .name = "user/max_user_namespaces", .dangerous = true },
};

static const struct setting allowed[] = {
	{ .name = "vm/swappiness" },
	{ .name = "net/ipv4/conf/lo/rp_filter" },
	{ .name = "net/ipv4/conf/default/rp_filter" },
	{ .name = "net/ipv4/conf/lo/forwarding" },	/* dangerous, and named */
	{ .name = "net/ipv6/neigh/lo/gc_stale_time" },
	{ .name = "net/core/somaxconn" },
	{ .name = "kernel/panic_on_warn" },		/* likewise */
};

static char values[ARRAY_SIZE(refused)][256];	/* before the seal */
static int early[ARRAY_SIZE(refused)];		/* descriptors from then */

static void read_setting(const char *name, char *ret_value, size_t size)
{
	char path[256];

	snprintf(path, sizeof(path), SYSCTLS "%s", name);
	slurp(path, ret_value, size);
}

/* 0 or an errno. */
static int write_setting(const void *arg)
{
	const struct setting *setting = arg;
	char path[256], value[256];
	ssize_t len;
	int fd, err;

	read_setting(setting->name, value, sizeof(value));
	snprintf(path, sizeof(path), SYSCTLS "%s", setting->name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	len = write(fd, setting->text ?: value, strlen(setting->text ?: value));
	err = len < 0 ? errno : 0;
	close(fd);
	return err;
}

static void skip_if_missing(const struct setting *setting)
{
	char path[256];

	snprintf(path, sizeof(path), SYSCTLS "%s", setting->name);
	if (!access(path, F_OK))
		return;
	assert_true(setting->optional);
	print_message("# SKIP this kernel has no %s\n", setting->name);
	skip();
}

static void assert_sysctl(struct json_object *record, const struct setting *setting)
{
	assert_field(record, "hook", "sysctl");
	assert_rule(record, "kernel:");
	assert_field(record, "object.what", "sysctl");
	assert_field(record, "object.detail", setting->name);
}

static const char *reason_of(const struct setting *setting)
{
	return setting->dangerous ? "dangerous-sysctl" : "sysctl";
}

/* Puts back what was there; so the test of the refusal can tell that nothing was written. */
static void allow_before_the_seal(void **state)
{
	const struct setting *setting = *state;
	size_t i = setting - refused;
	struct mark before = mark();
	struct setting back = *setting;

	skip_if_missing(setting);
	read_setting(setting->name, values[i], sizeof(values[i]));
	assert_int_equal(write_setting(setting), setting->kernel_says);
	back.text = values[i];
	assert_int_equal(write_setting(&back), setting->kernel_says);
	assert_undisturbed(&before, GUARD_kernel);
}

static void allow_but_record(void **state)
{
	const struct setting *setting = *state;
	struct mark before = mark();
	struct setting same = *setting;
	struct json_object *record;

	skip_if_missing(setting);
	same.text = NULL;
	assert_int_equal(write_setting(&same), setting->kernel_says);
	record = assert_would_deny(&before, GUARD_kernel, reason_of(setting));
	assert_sysctl(record, setting);
	json_object_put(record);
}

static void deny(void **state)
{
	const struct setting *setting = *state;
	struct mark before = mark();
	struct json_object *record;
	char value[256];

	skip_if_missing(setting);
	assert_int_equal(write_setting(setting), EPERM);
	read_setting(setting->name, value, sizeof(value));
	assert_string_equal(value, values[setting - refused]);
	record = assert_refused(&before, GUARD_kernel, reason_of(setting), 1);
	assert_sysctl(record, setting);
	assert_number(record, "tgid", getpid());
	json_object_put(record);
}

static void allow(void **state)
{
	struct mark before = mark();

	assert_int_equal(write_setting(*state), 0);
	assert_undisturbed(&before, GUARD_kernel);
}

/* A descriptor from before the seal writes no more than a new one. */
static void deny_by_a_descriptor_from_before(void **state)
{
	struct mark before = mark();
	unsigned int tried = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		if (early[i] < 0)
			continue;
		assert_int_equal(pwrite(early[i], values[i], strlen(values[i]), 0), -1);
		assert_int_equal(errno, EPERM);
		tried++;
	}
	assert_true(tried > ARRAY_SIZE(refused) / 2);
	assert_int_equal(mark().denied[GUARD_kernel] - before.denied[GUARD_kernel], tried);
}

/* Root of a network of its own, too: there is no telling whose setting it is. */
static void deny_in_another_namespace(void **state)
{
	static const struct setting here = { .name = "net/ipv4/conf/lo/accept_redirects" };
	static const struct setting twin = { .name = "net/ipv4/conf/lo/rp_filter" };
	const struct place place = { .namespaces = CLONE_NEWNET };
	struct mark before = mark();
	struct json_object *record;
	struct child child = in_child(&place, write_setting, &here);

	(void)state;
	assert_true(child.reported);
	assert_int_equal(child.err, EPERM);
	record = assert_refused(&before, GUARD_kernel, "sysctl", 1);
	assert_sysctl(record, &here);
	assert_actor(record, &child);
	json_object_put(record);
	before = mark();
	child = in_child(&place, write_setting, &twin);
	assert_int_equal(child.err, 0);
	assert_undisturbed(&before, GUARD_kernel);
}

/* What other guards refuse, they record, and this one does not as well. */
static void deny_once_what_other_guards_refuse(void **state)
{
	static const struct setting ftrace = { .name = "kernel/ftrace_enabled" };
	static const struct setting core = { .name = "kernel/core_pattern" };
	struct mark before = mark();

	(void)state;
	assert_int_equal(write_setting(&ftrace), EPERM);
	json_object_put(assert_refused(&before, GUARD_seal, "ftrace-enabled", 1));
	assert_int_equal(write_setting(&core), EPERM);
	json_object_put(assert_refused(&before, GUARD_ptrace, "core-pattern", 1));
	assert_undisturbed(&before, GUARD_kernel);
}

static void allow_reading(void **state)
{
	struct mark before = mark();
	char value[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		read_setting(refused[i].name, value, sizeof(value));
		assert_true(value[0] || refused[i].optional || refused[i].name[0] == 'k');
	}
	assert_undisturbed(&before, GUARD_kernel);
}

static void explain_how_to_allow_it(void **state)
{
	static const struct setting last = { .name = "net/ipv4/conf/lo/accept_redirects" };
	struct ran *ran;

	(void)state;
	assert_int_equal(write_setting(&last), EPERM);
	ran = HARDEN(0, "explain", "last");
	assert_non_null(strstr(ran->out, "tried to write the sysctl net/ipv4/conf/lo/accept_redirects"));
	assert_non_null(strstr(ran->out, "- net/ipv4/conf/*/accept_redirects"));
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
	load_text(POLICY_HERE("mode: enforce, " LISTED) SEAL_TEXT(TOLERATED));
	return 0;
}

static int audit(void **state)
{
	(void)state;
	load_text(POLICY_HERE("mode: audit, " LISTED));
	return 0;
}

/* Without the key only what is dangerous is judged. */
static int audit_dangerous(void **state)
{
	(void)state;
	load_text(POLICY_HERE("mode: audit"));
	return 0;
}

static int seal(void **state)
{
	char path[256];

	load(state);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		snprintf(path, sizeof(path), SYSCTLS "%s", refused[i].name);
		early[i] = open(path, O_WRONLY | O_CLOEXEC);
	}
	HARDEN(0, "seal");
	assert_state("sealed");
	return 0;
}

struct list {
	struct CMUnitTest tests[2 * ARRAY_SIZE(refused) + 16];
	size_t count;
};

static void add(struct list *list, const char *verdict, CMUnitTestFunction test, const struct setting *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		list->tests[list->count++] = test_of_row(verdict, rows[i].name, "", test, &rows[i]);
}

static int run(const char *name, struct list *list, CMFixtureFunction setup)
{
	return _cmocka_run_group_tests(name, list->tests, list->count, setup, NULL);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(deny_by_a_descriptor_from_before),
		cmocka_unit_test(deny_in_another_namespace),
		cmocka_unit_test(deny_once_what_other_guards_refuse),
		cmocka_unit_test(allow_reading),
		cmocka_unit_test(explain_how_to_allow_it),
		cmocka_unit_test(allow_no_canary_to_pass),
	};
	static struct list loaded, audited, dangers, sealed;
	int failed;

	add(&loaded, "allow", allow_before_the_seal, refused, ARRAY_SIZE(refused));
	add(&loaded, "allow", allow, allowed, ARRAY_SIZE(allowed));
	/* The rows are the same for each mode: some of them tell. */
	for (size_t i = 0; i < ARRAY_SIZE(refused); i += 3) {
		add(&audited, "record", allow_but_record, &refused[i], 1);
		add(&dangers, refused[i].dangerous ? "record" : "allow",
		    refused[i].dangerous ? allow_but_record : allow_before_the_seal, &refused[i], 1);
	}
	add(&audited, "allow", allow, allowed, ARRAY_SIZE(allowed));
	add(&sealed, "deny", deny, refused, ARRAY_SIZE(refused));
	add(&sealed, "allow", allow, allowed, ARRAY_SIZE(allowed));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		sealed.tests[sealed.count++] = others[i];

	failed = run("loaded", &loaded, load);
	failed += run("audit", &audited, audit);
	failed += run("without a list", &dangers, audit_dangerous);
	return failed + run("sealed", &sealed, seal);
}
