// SPDX-License-Identifier: GPL-2.0-only
/*
 * efivars_test.c - after the seal nobody writes, makes or takes away variables of the firmware.
 * Boots: efi
 */
#include "child.h"
#include "sealing.h"
#include "util.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#define VARIABLES	"/sys/firmware/efi/efivars"
#define GUID		"-6f1b2c3d-5e4f-4a6b-8c7d-0123456789ab"
#define KEPT		VARIABLES "/Kept" GUID
#define TAKEN		VARIABLES "/Taken" GUID
#define MADE		VARIABLES "/Made" GUID
#define FILE_ON_TMPFS	"/tmp/Kept" GUID

static const char policy[] =
	"version: 1\nexec: { mode: enforce, introduced: allow }\nptrace: { mode: off }\nmodules: { mode: off }\n"
	"egress: { mode: off }\ningress: { mode: off }\ndata: { mode: off }\nkernel: { mode: enforce }\n"
	SEAL_TEXT(", \"off:ptrace\", \"off:modules\", \"off:egress\", \"off:ingress\", \"off:data\"");

static int write_variable(const char *path)
{
	/* Four bytes of attributes: kept over reboots, for boot services, at run time. */
	static const char value[] = { 7, 0, 0, 0, 'x' };
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, value, sizeof(value)) != sizeof(value))
		err = errno;
	close(fd);
	return err;
}

/* The kernel keeps variables that it does not know from a careless rm, until this. */
static int make_mutable(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), flags = 0, err;

	if (fd < 0)
		return errno;
	err = ioctl(fd, FS_IOC_SETFLAGS, &flags) ? errno : 0;
	close(fd);
	return err;
}

static int byte_of(const char *path)
{
	char value[8];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, value, sizeof(value));

	close(fd);
	return len == 5 ? value[4] : -1;
}

static void allow_variables_before_the_seal(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(write_variable(KEPT), 0);
	assert_int_equal(write_variable(TAKEN), 0);
	assert_int_equal(byte_of(TAKEN), 'x');
	assert_int_equal(make_mutable(TAKEN) | make_mutable(KEPT), 0);
	assert_int_equal(write_variable(KEPT), 0);
	assert_int_equal(unlink(TAKEN), 0);
	assert_int_equal(access(TAKEN, F_OK), -1);
	assert_undisturbed(&before, GUARD_kernel);
}

static void seal(void **state)
{
	(void)state;
	HARDEN(0, "seal");
	assert_state("sealed");
}

static void deny_writing_a_variable(void **state)
{
	struct mark before = mark();
	struct json_object *record;

	(void)state;
	assert_int_equal(write_variable(KEPT), EPERM);
	record = assert_refused(&before, GUARD_kernel, "pseudo-file", 1);
	assert_field(record, "hook", "file_open");
	assert_field(record, "object.path", KEPT);
	assert_rule(record, "kernel:");
	json_object_put(record);
}

static void deny_making_a_variable(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(write_variable(MADE), EPERM);
	json_object_put(assert_refused(&before, GUARD_kernel, "pseudo-file", 1));
	assert_int_equal(byte_of(MADE), -1);
}

static void deny_removing_a_variable(void **state)
{
	struct mark before = mark();
	struct json_object *record;

	(void)state;
	assert_int_equal(unlink(KEPT), -1);
	assert_int_equal(errno, EPERM);
	record = assert_refused(&before, GUARD_kernel, "pseudo-file", 1);
	assert_field(record, "hook", "inode_unlink");
	assert_field(record, "object.what", "efivarfs");
	assert_number(record, "tgid", getpid());
	assert_rule(record, "kernel:");
	json_object_put(record);
}

static void allow_reading_it_and_removing_other_files(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(byte_of(KEPT), 'x');
	assert_int_equal(write_variable(FILE_ON_TMPFS), 0);
	assert_int_equal(unlink(FILE_ON_TMPFS), 0);
	assert_undisturbed(&before, GUARD_kernel);
}

static int load(void **state)
{
	(void)state;
	if (mount("efivarfs", VARIABLES, "efivarfs", 0, NULL))
		assert_int_equal(errno, EBUSY);
	load_text(policy);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_variables_before_the_seal),
		cmocka_unit_test(seal),
		cmocka_unit_test(deny_writing_a_variable),
		cmocka_unit_test(deny_making_a_variable),
		cmocka_unit_test(deny_removing_a_variable),
		cmocka_unit_test(allow_reading_it_and_removing_other_files),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
