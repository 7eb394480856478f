// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_mount_test.c - after the seal file systems are mounted only if the policy lists their type.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 7
 * Alone: it seals the machine
 */
#include "filesystems.h"
#include "modules.h"
#include "sealing.h"
#include "util.h"

#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define DIR	"/tmp/kernel_mount_test"
#define HERE	DIR "/here"
#define BOUND	DIR "/bound"

/* Listed: proc and nfs.  Not listed: ramfs, devpts, overlay, 9p, nfs4; and tmpfs, which needs no entry. */
#define KERNEL(mode)	"kernel: { mode: " mode ", user_namespaces: allow, mounts: [proc, nfs] }\n"

/* POLICY_TEXT's, but for its section kernel. */
#define POLICY_MOUNTS(mode)							\
	"version: 1\nname: mounts\n"						\
	"exec: { mode: enforce, introduced: allow }\n"				\
	"ptrace: { mode: enforce }\nmodules: { mode: enforce }\n"		\
	"egress: { mode: enforce, allow: [{ to: 127.0.0.0/8 }] }\n"		\
	"ingress: { mode: off }\n" KERNEL(mode) "data: { mode: off }\n"		\
	SEAL_TEXT(", \"off:ingress\", \"off:data\"")

/* A mount to be tried. */
struct try {
	const char *type, *source, *options;
	int err;			/* without the guard */
};

static const struct try tmpfs = { "tmpfs", "tmpfs", "size=1m", 0 };
static const struct try tmpfs_without_source = { "tmpfs", NULL, NULL, 0 };
static const struct try proc = { "proc", "proc", NULL, 0 };
static const struct try cgroup2 = { "cgroup2", "cgroup2", NULL, 0 };
static const struct try securityfs = { "securityfs", "securityfs", NULL, 0 };
static const struct try ramfs = { "ramfs", "ramfs", "mode=0700", 0 };
static const struct try ramfs_without_source = { "ramfs", NULL, NULL, 0 };
static const struct try devpts = { "devpts", "devpts", NULL, 0 };
/* Nobody has that tag: the kernel says so only where it has looked for it. */
static const struct try plan9 = { "9p", "nobody", "trans=virtio,version=9p2000.L", ENOENT };

/* ---- Ways; each leaves nothing mounted.  0 or an errno. ---- */

static int by_mount(const void *arg)
{
	const struct try *try = arg;

	if (mount(try->source, HERE, try->type, 0, try->options))
		return errno;
	return umount2(HERE, MNT_DETACH) ? EBADF : 0;
}

static int by_fsconfig(const void *arg)
{
	const struct try *try = arg;
	int context = syscall(SYS_fsopen, try->type, FSOPEN_CLOEXEC), fd, err = 0;

	if (context < 0)
		return EBADF;
	if (try->source && syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", try->source, 0))
		err = errno;
	if (!err && syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		err = errno;
	fd = err ? -1 : syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	if (!err && fd < 0)
		err = errno;
	if (fd >= 0)
		close(fd);
	close(context);
	return err;
}

/* Mounted while it was allowed; then its options change, and it is bound elsewhere. */
static int by_bind_and_remount(const void *arg)
{
	(void)arg;
	if (mount(BOUND, HERE, NULL, MS_BIND, NULL))
		return errno;
	if (mount(NULL, HERE, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) ||
	    mount(NULL, BOUND, NULL, MS_REMOUNT, "mode=0711") || mount(NULL, HERE, NULL, MS_PRIVATE, NULL))
		return errno;
	return umount2(HERE, MNT_DETACH) ? EBADF : 0;
}

static int in_user_namespace(const void *arg)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return EBADF;
	return by_mount(arg);
}

/* ---- What must come of it ---- */

static struct child try(attempt_fn how, const struct try *what, uid_t uid)
{
	struct child child = in_child(&(struct place){ .uid = uid }, how, what);

	assert_true(child.reported);
	return child;
}

static void expect_passed(attempt_fn how, const struct try *what)
{
	struct mark before = mark();
	struct child child = try(how, what, 0);

	if (child.err != (what ? what->err : 0))
		print_message("# %s: errno %d\n", what ? what->type : "bind", child.err);
	assert_int_equal(child.err, what ? what->err : 0);
	assert_undisturbed(&before, GUARD_kernel);
}

/* `early`: when it was given its source. */
static void expect_refused_as(attempt_fn how, const struct try *what, bool early, uid_t uid)
{
	struct mark before = mark();
	struct child child = try(how, what, uid);
	struct json_object *record;

	if (child.err != EPERM)
		print_message("# %s: errno %d\n", what->type, child.err);
	assert_int_equal(child.err, EPERM);
	record = assert_refused(&before, GUARD_kernel, "mount", 1);
	assert_field(record, "hook", early && tells_texts() ? "fs_context_parse_param" : "sb_kern_mount");
	assert_rule(record, "kernel:");
	assert_field(record, "object.what", "mount");
	assert_field(record, "object.detail", what->type);
	assert_number(record, "tgid", child.pid);
	json_object_put(record);
}

static void expect_refused(attempt_fn how, const struct try *what, bool early)
{
	expect_refused_as(how, what, early, 0);
}

/* ---- Before the seal ---- */

static void allow_every_type(void **state)
{
	(void)state;
	assert_int_equal(by_mount(&tmpfs), 0);
	assert_int_equal(by_mount(&ramfs), 0);
	assert_int_equal(by_mount(&devpts), 0);
	assert_int_equal(by_mount(&plan9), ENOENT);
	assert_int_equal(by_fsconfig(&ramfs), 0);
	assert_int_equal(in_child(&(struct place){ .uid = NOBODY }, in_user_namespace, &ramfs).err, 0);
}

/* What 6.1 goes by where it is locked down: as each type has it that needs no device and whose mount does nothing. */
static void say_the_magic_of_each_type(void **state)
{
	static const char *const others[] = { "cgroup", "cpuset", "resctrl" };
	unsigned int seen = 0;
	struct statfs fs;

	(void)state;
	for (int i = 0; filesystem_names[i]; i++) {
		bool other = false;
		int fd;

		assert_int_equal(filesystem_find(filesystem_names[i]), i);
		assert_true(strlen(filesystem_names[i]) < MOUNT_TYPE_NAME - 1);
		for (size_t j = 0; j < ARRAY_SIZE(others); j++)
			other = other || !strcmp(others[j], filesystem_names[i]);
		fd = other ? -1 : kernel_mount(filesystem_names[i]);
		if (fd < 0)
			continue;
		assert_int_equal(fstatfs(fd, &fs), 0);
		if ((__u32)fs.f_type != filesystem_magic(i))
			print_message("# %s has %#lx\n", filesystem_names[i], (unsigned long)fs.f_type);
		assert_int_equal((__u32)fs.f_type, filesystem_magic(i));
		seen++;
		close(fd);
	}
	print_message("# %u types were mounted\n", seen);
	assert_true(seen >= 10);
}

static void allow_every_type_until_the_seal(void **state)
{
	(void)state;
	expect_passed(by_mount, &tmpfs);
	expect_passed(by_mount, &ramfs);
	expect_passed(by_fsconfig, &ramfs);
	expect_passed(by_mount, &plan9);
}

static void allow_and_record(void **state)
{
	struct mark before = mark();
	struct json_object *record;

	(void)state;
	assert_int_equal(try(by_mount, &ramfs, 0).err, 0);
	record = assert_would_deny(&before, GUARD_kernel, "mount");
	assert_field(record, "hook", "sb_kern_mount");
	assert_field(record, "object.detail", "ramfs");
	json_object_put(record);
	expect_passed(by_mount, &tmpfs);
}

/* ---- The seal ---- */

static void seal(void **state)
{
	struct set_info set;

	(void)state;
	load_text(POLICY_MOUNTS("enforce"));
	set = live_set();
	assert_int_equal(set.rules[GUARD_kernel], 2);
	HARDEN(0, "seal");
	assert_state("sealed");
	assert_whole();
}

static void allow_listed_types(void **state)
{
	(void)state;
	expect_passed(by_mount, &proc);
	expect_passed(by_fsconfig, &proc);
}

static void allow_what_hardenctl_needs(void **state)
{
	(void)state;
	expect_passed(by_mount, &cgroup2);
	expect_passed(by_mount, &securityfs);
	expect_passed(by_mount, &tmpfs);
	expect_passed(by_mount, &tmpfs_without_source);
	expect_passed(by_fsconfig, &tmpfs);
	expect_passed(by_fsconfig, &tmpfs_without_source);
	HARDEN(0, "status");
}

static void deny_unlisted_types(void **state)
{
	(void)state;
	expect_refused(by_mount, &ramfs, /* early= */ true);
	expect_refused(by_mount, &ramfs_without_source, /* early= */ false);
	expect_refused(by_fsconfig, &ramfs, /* early= */ true);
	expect_refused(by_fsconfig, &ramfs_without_source, /* early= */ false);
	expect_refused(by_mount, &devpts, /* early= */ true);
}

/* Without a name to tell, it is asked of the hypervisor, which has no such thing. */
static void deny_it_before_the_hypervisor_is_asked(void **state)
{
	struct mark before = mark();

	(void)state;
	if (tells_texts()) {
		expect_refused(by_mount, &plan9, /* early= */ true);
		return;
	}
	assert_int_equal(try(by_mount, &plan9, 0).err, ENOENT);
	assert_undisturbed(&before, GUARD_kernel);
}

static void deny_in_a_user_namespace(void **state)
{
	(void)state;
	expect_refused_as(in_user_namespace, &ramfs, /* early= */ true, NOBODY);
	assert_int_equal(try(in_user_namespace, &tmpfs, NOBODY).err, 0);
}

/* What the seal looked into. */
static void deny_what_only_the_sealer_may(void **state)
{
	static const struct try tracefs = { "tracefs", "tracefs", NULL, 0 };

	(void)state;
	expect_refused(by_mount, &tracefs, /* early= */ true);
}

static void allow_bind_mounts_and_other_options(void **state)
{
	(void)state;
	expect_passed(by_bind_and_remount, NULL);
}

static int begin(void **state)
{
	(void)state;
	return mkdir(DIR, 0755) || mount("tmpfs", DIR, "tmpfs", 0, "mode=0755") || mkdir(HERE, 0755) || mkdir(BOUND, 0755) ||
	       mount("ramfs", BOUND, "ramfs", 0, NULL);
}

static int enforce(void **state)
{
	(void)state;
	load_text(POLICY_MOUNTS("enforce"));
	return 0;
}

static int audit(void **state)
{
	(void)state;
	load_text(POLICY_MOUNTS("audit"));
	return 0;
}

int main(void)
{
	const struct CMUnitTest unloaded[] = {
		cmocka_unit_test(allow_every_type),
		cmocka_unit_test(say_the_magic_of_each_type),
	};
	const struct CMUnitTest loaded[] = {
		cmocka_unit_test(allow_every_type_until_the_seal),
	};
	const struct CMUnitTest audited[] = {
		cmocka_unit_test(allow_and_record),
	};
	const struct CMUnitTest sealed[] = {
		cmocka_unit_test(seal),
		cmocka_unit_test(allow_listed_types),
		cmocka_unit_test(allow_what_hardenctl_needs),
		cmocka_unit_test(deny_unlisted_types),
		cmocka_unit_test(deny_it_before_the_hypervisor_is_asked),
		cmocka_unit_test(deny_in_a_user_namespace),
		cmocka_unit_test(deny_what_only_the_sealer_may),
		cmocka_unit_test(allow_bind_mounts_and_other_options),
	};

	return cmocka_run_group_tests(unloaded, begin, NULL) + cmocka_run_group_tests(loaded, enforce, NULL) +
	       cmocka_run_group_tests(audited, audit, NULL) + cmocka_run_group_tests(sealed, NULL, NULL);
}
