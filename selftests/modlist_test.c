// SPDX-License-Identifier: GPL-2.0-only
/*
 * modlist_test.c - modules that a policy lists are loaded until the seal; firmware, kexec and the rest end there.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 * Alone: it seals the machine
 */
#include "modules.h"
#include "sealing.h"

#include <limits.h>
#include <linux/kexec.h>
#include <sys/mount.h>
#include <sys/socket.h>

#define DIR		"/tmp/modlist_test"
#define LISTED		DIR "/udp_tunnel.ko"	/* plain files */
#define UNLISTED	DIR "/dummy.ko"
#define COPY		DIR "/copy.ko"
#define FIRMWARE	"hardenctl-test.bin"
#define TRIGGER		"/sys/devices/virtual/misc/test_firmware/trigger_request"
#define SEARCH_PATH	"/sys/module/firmware_class/parameters/path"
#define IMA_POLICY	"/sys/kernel/security/ima/policy"
#define KEXEC_ADDRESS	0x1000000ul	/* RAM that the kernel does not keep for itself */

/*
 * vxlan needs two others.  The second one is spelled as nobody has it in a file; the last is built in.  Not listed are
 * dummy and minix.
 */
#define ALLOW		"enforce, allow: [vxlan, af-alg, test_firmware, tcp_cubic]"
#define POLICY_ALLOW	POLICY_TEXT("enforce", "enforce", ALLOW, EGRESS_ALG) SEAL_TEXT(TOLERATE_GUARDS)

static char shipped[PATH_MAX];		/* the file of udp_tunnel itself */
static bool sealed_already;

/* ---- Ways ---- */

static int open_alg_socket(const void *arg)
{
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)arg;
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* There is no such device: ENOENT where the file system is there. */
static int mount_minix(const void *arg)
{
	(void)arg;
	return mount(DIR "/none", DIR, "minix", MS_RDONLY, NULL) ? errno : 0;
}

static int init_image(const void *path)
{
	return init_module_of(path);
}

static int finit_file(const void *path)
{
	return finit_module(path, ends(path, ".xz") ? MODULE_INIT_COMPRESSED_FILE : 0);
}

static int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return EBADF;
	err = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return err;
}

/* The driver asks for the file while we write. */
static int request_firmware(const void *arg)
{
	(void)arg;
	return write_to(TRIGGER, FIRMWARE);
}

static int have_ima_read(const void *path)
{
	return write_to(IMA_POLICY, path);
}

/* One page, which nothing jumps to: nobody calls reboot(2). */
static int kexec_load(const void *arg)
{
	static char page[4096];
	const struct kexec_segment segment = {
		.buf = page, .bufsz = sizeof(page), .mem = (void *)KEXEC_ADDRESS, .memsz = sizeof(page),
	};

	(void)arg;
	return syscall(SYS_kexec_load, KEXEC_ADDRESS, 1, &segment, 0) ? errno : 0;
}

static int kexec_forget(void)
{
	return syscall(SYS_kexec_load, 0, 0, NULL, 0) ? errno : 0;
}

/* What is no kernel: ENOEXEC where it may be looked at. */
static int kexec_file(const void *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return EBADF;
	err = syscall(SYS_kexec_file_load, fd, -1, 1ul, "", (unsigned long)KEXEC_FILE_NO_INITRAMFS) ? errno : 0;
	close(fd);
	return err;
}

static struct child try(attempt_fn how, const void *arg)
{
	struct child child = in_child(&(struct place){}, how, arg);

	assert_true(child.reported);
	return child;
}

/* ---- What must come of it ---- */

static void forget_module(const char *name)
{
	if (is_loaded(name))
		assert_int_equal(syscall(SYS_delete_module, name, O_NONBLOCK), 0);
}

static void expect_gone(void)
{
	forget_module("vxlan");
	forget_module("udp_tunnel");
	forget_module("ip6_udp_tunnel");
	forget_module("af_alg");
	assert_false(is_loaded("dummy"));
	assert_false(is_loaded("minix"));
}

/* One refusal; the object's path or name, where it has any. */
static void expect_refused(attempt_fn how, const void *arg, int err, const char *hook, const char *reason,
			   const char *path, const char *name)
{
	struct mark before = mark();
	struct child child = try(how, arg);
	struct json_object *record;

	if (child.err != err)
		print_message("# errno %d, not %d\n", child.err, err);
	assert_int_equal(child.err, err);
	record = assert_refused(&before, GUARD_modules, reason, 1);
	assert_field(record, "hook", hook);
	assert_actor(record, &child);
	if (path)
		assert_object_file(record, path);
	if (name)
		assert_field(record, "object.name", name);
	else
		assert_null(field(record, "object.name"));
	json_object_put(record);
}

static void expect_passed(attempt_fn how, const void *arg, int err)
{
	struct mark before = mark();

	assert_int_equal(try(how, arg).err, err);
	assert_undisturbed(&before, GUARD_modules);
}

/* ---- Before the load: everything works ---- */

static void allow_kexec_and_firmware_before_the_load(void **state)
{
	(void)state;
	assert_int_equal(kexec_load(NULL), is_locked_down() ? EPERM : 0);
	assert_int_equal(kexec_forget(), is_locked_down() ? EPERM : 0);
	assert_int_equal(kexec_file(UNLISTED), ENOEXEC);
	assert_int_equal(RUN("modprobe", "test_firmware")->status, 0);
	assert_int_equal(request_firmware(NULL), 0);
	assert_int_equal(have_ima_read(DIR "/ima"), EINVAL);
}

static void deny_names_that_no_module_has(void **state)
{
	struct ran *ran;

	(void)state;
	spill(POLICY, POLICY_TEXT("enforce", "enforce", "enforce, allow: [vxlan, nonesuch]", EGRESS_ALG));
	ran = HARDEN(1, "load", "--policy", POLICY);
	assert_non_null(strstr(ran->err, "there is no module 'nonesuch'"));
	assert_non_null(strstr(ran->err, POLICY ":5: modules.allow"));
}

/* ---- Loaded ---- */

static void allow_listed_module_with_what_it_needs(void **state)
{
	struct mark before = mark();

	(void)state;
	expect_gone();
	/* Bookworm's kmod reads the name; the kernel of 6.1 does not tell it where it is locked down, but ships plain files. */
	assert_int_equal(RUN("modprobe", "vxlan")->status, 0);
	assert_true(is_loaded("vxlan") && is_loaded("udp_tunnel"));
	assert_undisturbed(&before, GUARD_modules);
	expect_gone();
}

static void deny_unlisted_module(void **state)
{
	struct mark before = mark();
	struct json_object *list, *record;

	(void)state;
	assert_int_equal(RUN("modprobe", "dummy")->status, 1);
	expect_gone();
	list = records_since(&before, GUARD_modules);
	assert_int_equal(json_object_array_length(list), 1);
	record = json_object_array_get_idx(list, 0);
	assert_field(record, "action", "denied");
	assert_field(record, "object.name", "dummy");
	assert_int_equal(mark().denied[GUARD_modules] - before.denied[GUARD_modules], 1);
	json_object_put(list);
}

static void deny_copy_of_listed_file(void **state)
{
	(void)state;
	expect_refused(finit_file, COPY, EPERM, "kernel_read_file", "finit-module", COPY, "copy");
	expect_passed(finit_file, shipped, 0);
	assert_true(is_loaded("udp_tunnel"));
	expect_gone();
}

static void judge_images_by_name(void **state)
{
	(void)state;
	if (tells_texts()) {
		expect_refused(init_image, UNLISTED, EPERM, "kernel_post_load_data", "init-module", NULL, "dummy");
		expect_refused(init_image, "/proc/self/exe", EPERM, "kernel_post_load_data", "init-module", NULL, NULL);
		expect_passed(init_image, LISTED, 0);
		assert_true(is_loaded("udp_tunnel"));
	} else {
		expect_refused(init_image, UNLISTED, EPERM, "kernel_load_data", "init-module", NULL, NULL);
		expect_refused(init_image, LISTED, EPERM, "kernel_load_data", "init-module", NULL, NULL);
	}
	expect_gone();
}

static void judge_requests_by_alias(void **state)
{
	(void)state;
	if (tells_texts()) {
		expect_refused(mount_minix, NULL, ENODEV, "kernel_module_request", "autoload", NULL, "fs-minix");
		expect_passed(open_alg_socket, NULL, 0);
		assert_true(is_loaded("af_alg"));
	} else {
		expect_refused(mount_minix, NULL, ENODEV, "kernel_module_request", "autoload", NULL, NULL);
		expect_refused(open_alg_socket, NULL, EAFNOSUPPORT, "kernel_module_request", "autoload", NULL, NULL);
	}
	expect_gone();
}

static void allow_firmware_and_ima_policy_until_the_seal(void **state)
{
	(void)state;
	expect_passed(request_firmware, NULL, 0);
	expect_passed(have_ima_read, DIR "/ima", EINVAL);
}

static void deny_kexec(void **state)
{
	(void)state;
	expect_refused(kexec_load, NULL, EPERM, "kernel_load_data", "kexec", NULL, NULL);
	expect_refused(kexec_file, UNLISTED, EPERM, "kernel_read_file", "kexec", UNLISTED, NULL);
}

static void allow_the_canaries_to_be_refused(void **state)
{
	(void)state;
	HARDEN(0, "verify");
}

static void say_how_many_are_listed(void **state)
{
	struct set_info set = live_set();

	(void)state;
	assert_int_equal(set.rules[GUARD_modules], 4);
}

/* ---- Recorded ---- */

static int audit(void **state)
{
	(void)state;
	load_text(POLICY_TEXT("enforce", "enforce", "enforce, before-seal: audit, allow: [vxlan]", EGRESS_ALG));
	return 0;
}

static int audit_firmware(void **state)
{
	(void)state;
	load_text(POLICY_TEXT("enforce", "enforce", "audit, firmware: allow", EGRESS_ALG));
	return 0;
}

static void record_unlisted_modules_and_firmware(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(try(init_image, UNLISTED).err, 0);
	assert_true(is_loaded("dummy"));
	assert_int_equal(syscall(SYS_delete_module, "dummy", O_NONBLOCK), 0);
	json_object_put(assert_would_deny(&before, GUARD_modules, "init-module"));
	before = mark();
	assert_int_equal(try(request_firmware, NULL).err, 0);
	json_object_put(assert_would_deny(&before, GUARD_modules, "firmware"));
	if (!tells_texts())
		return;
	expect_passed(init_image, LISTED, 0);
	expect_gone();
}

static void allow_firmware_where_the_policy_does(void **state)
{
	(void)state;
	expect_passed(request_firmware, NULL, 0);
}

/* ---- The seal ---- */

static void deny_the_seal_while_a_kernel_is_loaded(void **state)
{
	struct ran *ran;

	(void)state;
	RUN(HARDENCTL, "unload");
	/* Lockdown has none loaded. */
	if (is_locked_down()) {
		assert_int_equal(kexec_load(NULL), EPERM);
		return;
	}
	assert_int_equal(kexec_load(NULL), 0);
	load_text(POLICY_ALLOW);
	ran = HARDEN(2, "seal");
	assert_non_null(strstr(ran->out, "found kexec: a kernel is loaded for kexec"));
	assert_state("loaded");
	RUN(HARDENCTL, "unload");
	assert_int_equal(kexec_forget(), 0);
}

static void seal(void **state)
{
	(void)state;
	load_text(POLICY_ALLOW);
	assert_true(is_loaded("test_firmware"));
	expect_passed(request_firmware, NULL, 0);
	HARDEN(0, "seal");
	assert_state("sealed");
	sealed_already = true;
	assert_whole();
}

static void deny_listed_modules_after_the_seal(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_true(sealed_already);
	assert_int_equal(RUN("modprobe", "udp_tunnel")->status, 1);
	assert_int_equal(mark().denied[GUARD_modules] - before.denied[GUARD_modules], 1);
	expect_refused(finit_file, shipped, EPERM, "kernel_read_file", "finit-module", shipped, "udp_tunnel");
	expect_refused(init_image, LISTED, EPERM, "kernel_load_data", "init-module", NULL, NULL);
	expect_refused(open_alg_socket, NULL, EAFNOSUPPORT, "kernel_module_request", "autoload", NULL,
		       tells_texts() ? "net-pf-38" : NULL);
	assert_false(is_loaded("udp_tunnel") || is_loaded("af_alg"));
}

static void deny_firmware_after_the_seal(void **state)
{
	struct mark before = mark();
	struct json_object *list;
	struct child child;
	char text[32];

	(void)state;
	child = try(request_firmware, NULL);
	assert_int_equal(child.err, ENOENT);
	/* Where it gets no file, the kernel asks whether user space may give the firmware. */
	json_object_put(assert_refused(&before, GUARD_modules, "firmware", 2));
	list = records_since(&before, GUARD_modules);
	assert_field(json_object_array_get_idx(list, 0), "hook", "kernel_read_file");
	assert_object_file(json_object_array_get_idx(list, 0), DIR "/" FIRMWARE);
	assert_actor(json_object_array_get_idx(list, 0), &child);
	assert_field(json_object_array_get_idx(list, 1), "hook", "kernel_load_data");
	json_object_put(list);
	/* Reading the file is another matter. */
	slurp(DIR "/" FIRMWARE, text, sizeof(text));
	assert_string_equal(text, "firmware\n");
}

static void deny_ima_policy_after_the_seal(void **state)
{
	(void)state;
	expect_refused(have_ima_read, DIR "/ima", EPERM, "kernel_read_file", "ima-policy", DIR "/ima", NULL);
}

static int begin(void **state)
{
	(void)state;
	assert_int_equal(mkdir(DIR, 0755), 0);
	assert_int_equal(mount("tmpfs", DIR, "tmpfs", 0, "mode=0755"), 0);
	find_module("udp_tunnel", shipped, sizeof(shipped));
	copy_module("udp_tunnel", LISTED);
	copy_module("dummy", UNLISTED);
	assert_int_equal(RUN("cp", LISTED, COPY)->status, 0);
	spill(DIR "/" FIRMWARE, "firmware\n");
	spill(DIR "/ima", "nonsense\n");
	assert_int_equal(write_to(SEARCH_PATH, DIR), 0);
	return 0;
}

static int load_allow(void **state)
{
	(void)state;
	load_text(POLICY_ALLOW);
	return 0;
}

int main(void)
{
	const struct CMUnitTest unloaded[] = {
		cmocka_unit_test(allow_kexec_and_firmware_before_the_load),
		cmocka_unit_test(deny_names_that_no_module_has),
	};
	const struct CMUnitTest loaded[] = {
		cmocka_unit_test(allow_listed_module_with_what_it_needs),
		cmocka_unit_test(deny_unlisted_module),
		cmocka_unit_test(deny_copy_of_listed_file),
		cmocka_unit_test(judge_images_by_name),
		cmocka_unit_test(judge_requests_by_alias),
		cmocka_unit_test(allow_firmware_and_ima_policy_until_the_seal),
		cmocka_unit_test(deny_kexec),
		cmocka_unit_test(allow_the_canaries_to_be_refused),
		cmocka_unit_test(say_how_many_are_listed),
	};
	const struct CMUnitTest audited[] = {
		cmocka_unit_test(record_unlisted_modules_and_firmware),
		cmocka_unit_test(allow_the_canaries_to_be_refused),
	};
	const struct CMUnitTest firmware[] = {
		cmocka_unit_test(allow_firmware_where_the_policy_does),
	};
	const struct CMUnitTest sealed[] = {
		cmocka_unit_test(deny_the_seal_while_a_kernel_is_loaded),
		cmocka_unit_test(seal),
		cmocka_unit_test(deny_listed_modules_after_the_seal),
		cmocka_unit_test(deny_firmware_after_the_seal),
		cmocka_unit_test(deny_ima_policy_after_the_seal),
		cmocka_unit_test(deny_kexec),
	};

	return cmocka_run_group_tests(unloaded, begin, NULL) + cmocka_run_group_tests(loaded, load_allow, NULL) +
	       cmocka_run_group_tests(audited, audit, NULL) + cmocka_run_group_tests(firmware, audit_firmware, NULL) +
	       cmocka_run_group_tests(sealed, NULL, NULL);
}
