// SPDX-License-Identifier: GPL-2.0-only
/*
 * data_disk_test.c - data.protect with files of ext4, and the disk below.
 * Boots: plain
 * Kernels: 6.1
 * Alone: it seals the machine
 */
#define KERNEL_GUARD	"mode: enforce, devices: [\"block 1:1\", \"block 7:7\"]"
#include "data_files.h"

#include <linux/loop.h>
#include <sys/ioctl.h>

#define DISK		"/dev/ram0"
#define OTHER_DISK	"/dev/ram1"	/* the same, but listed */
#define PLACE		"/tmp/place"
#define IMAGE		"/tmp/image"

/* ---- Ways to what lies below: 0 or an error number ---- */

static int by_reading(const char *disk)
{
	static char text[1 << 20];
	int fd = open(disk, O_RDONLY | O_CLOEXEC), err = fd < 0 ? errno : ENODATA;
	ssize_t len;

	while (fd >= 0 && (len = read(fd, text, sizeof(text))) > 0)
		if (memmem(text, len, MARKER, strlen(MARKER)))
			err = 0;
	if (fd >= 0)
		close(fd);
	return err;
}

static int by_writing(const char *disk) { return closed(open(disk, O_WRONLY | O_CLOEXEC)); }
static int by_commands(const char *disk) { return closed(open(disk, O_ACCMODE | O_CLOEXEC)); }

static int by_debugfs(const char *disk)
{
	struct ran *ran = RUN("debugfs", "-R", "cat /file", disk);

	return strstr(ran->out, MARKER) ? 0 : strstr(ran->err, "Operation not permitted") ? EPERM : ENODATA;
}

static int by_loop(const char *disk)
{
	int loop = open("/dev/loop7", O_RDWR | O_CLOEXEC), fd = open(disk, O_RDONLY | O_CLOEXEC), err = fd < 0 ? errno : 0;

	if (!err && loop >= 0)
		err = said(ioctl(loop, LOOP_SET_FD, fd));
	if (loop >= 0) {
		ioctl(loop, LOOP_CLR_FD, 0);
		close(loop);
	}
	close(fd);
	return err;
}

static const struct below {
	const char *name;
	int (*run)(const char *disk);
} ways_below[] = {
	{ "reading", by_reading }, { "writing", by_writing }, { "commands", by_commands },
	{ "debugfs", by_debugfs }, { "loop", by_loop },
};

static void deny_below(void **state)
{
	const struct below *way = *state;
	struct mark before = mark();
	struct json_object *record;

	assert_int_equal(way->run(DISK), EPERM);
	record = assert_refused(&before, GUARD_kernel, "device", 1);
	json_object_put(record);
	before = mark();
	assert_int_equal(way->run(OTHER_DISK), 0);
	assert_undisturbed(&before, GUARD_kernel);
}

/* What the tests after the seal show to be refused can be done before. */
static void allow_all_of_it_before_the_seal(void **state)
{
	(void)state;
	assert_int_equal(system("sync; cp " BASE "/open/file " BASE "/file; sync"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ways_below); i++) {
		assert_int_equal(ways_below[i].run(DISK), 0);
		assert_int_equal(ways_below[i].run(OTHER_DISK), 0);
	}
}

static void deny_loading_where_the_disk_is_open_to_all(void **state)
{
	static const struct { const char *kernel, *data, *why; } wrong[] = {
		{ "mode: off", "enforce", "raw devices may be opened" },
		{ "mode: audit, devices: []", "enforce", "raw devices may be opened" },
		{ "mode: enforce", "enforce", "raw devices may be opened" },
		{ "mode: enforce, devices: [], sysfs: allow", "enforce", "raw devices may be opened" },
		{ "mode: enforce, devices: [\"block 1:0\"]", "enforce", "kernel.devices lists block 1:0" },
		{ "mode: enforce, devices: [\"block 1:*\"]", "enforce", "kernel.devices lists block 1:0" },
		{ "mode: enforce, devices: [\"block *\"]", "enforce", "kernel.devices lists block 1:0" },
		{ "mode: off", "audit", NULL },
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct ran *ran;

		snprintf(text, sizeof(text), "version: 1\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"
			 "egress: { mode: off }\ningress: { mode: off }\nkernel: { %s }\ndata: { mode: %s, protect: " RULES("deny") " }\n",
			 wrong[i].kernel, wrong[i].data);
		spill(POLICY, text);
		ran = HARDEN(wrong[i].why ? 1 : 0, "load", "--policy", POLICY);
		assert_true(!wrong[i].why || strstr(ran->err, wrong[i].why));
	}
	HARDEN(0, "unload");
}

/* An image is a file, which has other names. */
static void deny_loading_files_of_an_image(void **state)
{
	struct ran *ran;

	(void)state;
	assert_int_equal(system("truncate -s 8M " IMAGE " && mke2fs -q -t ext4 " IMAGE " && mount -o loop " IMAGE " " PLACE), 0);
	spill(POLICY, POLICY_HERE("mode: enforce, protect: [{paths: " PLACE "/lost+found/, by: " OWNER "}]"));
	ran = HARDEN(1, "load", "--policy", POLICY);
	assert_non_null(strstr(ran->err, "it lies in an image"));
	assert_int_equal(umount(PLACE), 0);
}

static void find_a_disk_that_is_open_already(void **state)
{
	int fd = open(DISK, O_RDONLY | O_CLOEXEC), other = open(OTHER_DISK, O_RDONLY | O_CLOEXEC);
	struct ran *ran;

	(void)state;
	assert_true(fd >= 0 && other >= 0);
	load_text(POLICY_HERE("mode: enforce, protect: " RULES("deny")));
	ran = HARDEN(0, "seal", "--dry-run");
	assert_non_null(strstr(ran->out, "device 1:0 open, which the policy does not list"));
	close(fd);
	ran = HARDEN(0, "seal", "--dry-run");
	assert_null(strstr(ran->out, "device 1:0"));
	assert_null(strstr(ran->out, "device 1:1"));
	close(other);
	HARDEN(0, "unload");
}

/* Not by another node of the disk either. */
static void deny_a_node(void **state)
{
	(void)state;
	assert_int_equal(mknod("/dev/node", S_IFBLK | 0600, makedev(1, 0)) ? errno : 0, EPERM);
	assert_int_equal(mknod("/dev/other-node", S_IFBLK | 0600, makedev(1, 1)), 0);
	assert_int_equal(by_reading("/dev/other-node"), 0);
}

/* Since 6.6 the kernel opens no disk for it: the file system is there, and so are its rules. */
static void deny_reading_by_a_second_mount(void **state)
{
	struct mark before = mark();

	(void)state;
	if (mount(DISK, PLACE, "ext4", 0, NULL)) {
		assert_int_equal(errno, EPERM);
		json_object_put(assert_refused(&before, GUARD_kernel, "device", 1));
		return;
	}
	assert_int_equal(closed(open(PLACE "/tree/file", O_RDONLY)), EPERM);
	json_object_put(assert_refused(&before, GUARD_data, "protected", 1));
	before = mark();
	assert_int_equal(closed(open(PLACE "/open/file", O_RDONLY)), 0);
	assert_undisturbed(&before, GUARD_data);
	assert_int_equal(umount(PLACE), 0);
}

/* Whoever unmounts it doesn't get it back otherwise. */
static void deny_mounting_it_anew(void **state)
{
	struct mark before;

	(void)state;
	assert_int_equal(umount2(BASE, MNT_DETACH), 0);
	/* Its owner still runs from there, and so would the file system go on. */
	before = mark();
	for (int i = 0; i < 50 && !mount(DISK, PLACE, "ext4", 0, NULL); i++) {
		assert_int_equal(closed(open(PLACE "/tree/file", O_RDONLY)), EPERM);
		assert_int_equal(umount(PLACE), 0);
		usleep(100000);
		before = mark();
	}
	assert_int_equal(errno, EPERM);
	json_object_put(assert_refused(&before, GUARD_kernel, "device", 1));
	assert_int_equal(mount(OTHER_DISK, PLACE, "ext4", 0, NULL), 0);
	assert_int_equal(umount(PLACE), 0);
}

static int set_up(void **state)
{
	(void)state;
	mkdir(BASE, 0755);
	mkdir(PLACE, 0755);
	return system("modprobe brd rd_nr=2 rd_size=32768 && modprobe loop && mke2fs -q -t ext4 " DISK " && mke2fs -q -t ext4 " OTHER_DISK
		      " && mount " OTHER_DISK " " PLACE " && printf '%s' '" MARKER "' > " PLACE "/file && umount " PLACE
		      " && mount " DISK " " BASE) ? -1 : fill_base();
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[FILE_TESTS + ARRAY_SIZE(ways_below) + 7];
	static struct kernel kernel;
	size_t n = 0;

	if (argc > 1 && !strcmp(argv[0], OWNER))
		return own(argc, argv);
	kernel_ask(&kernel);
	kernel_ask_hooks(&kernel);
	overlay_hides = !kernel.inspects_programs;
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_all_of_it_before_the_seal);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_loading_where_the_disk_is_open_to_all);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_loading_files_of_an_image);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(find_a_disk_that_is_open_already);
	n += add_file_tests(&tests[n]);
	for (size_t i = 0; i < ARRAY_SIZE(ways_below); i++)
		tests[n++] = test_of_row("deny", ways_below[i].name, "below", deny_below, &ways_below[i]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_a_node);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_reading_by_a_second_mount);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_mounting_it_anew);
	return _cmocka_run_group_tests("data_disk", tests, n, set_up, NULL);
}
