// SPDX-License-Identifier: GPL-2.0-only
/*
 * data_devices_test.c - character devices, and directories of configfs, that the policy gives to one program.
 * Boots: plain
 * Kernels: 6.1
 * Alone: it seals the machine
 */
#include "child.h"
#include "files.h"
#include "passing.h"
#include "sealing.h"
#include "util.h"

#include <limits.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define BASE		"/tmp/devices"	/* a tmpfs, for nodes and the owner */
#define OWNER		BASE "/owner"	/* a copy of this program */
#define DEVICE		"/dev/full"	/* it can be read: zeros */
#define TWIN		"/dev/zero"
#define NODE		BASE "/full"	/* another node of the same */
#define TWIN_NODE	BASE "/zero"
#define LATENCY		"/dev/cpu_dma_latency"	/* of a driver of /proc/misc */
#define ABSENT_MAJOR	407		/* without a driver: what is let through is ENXIO */
#define NULLB		"/sys/kernel/config/nullb"
#define OWN		BASE "/hardenctl"	/* a link to the one that is tested: a policy has absolute paths */

#define RULES		"{devices: [" DEVICE ", misc cpu_dma_latency, \"char 407:*\"], by: " OWNER "}"
#define POLICY_HERE(kernel, data)								\
	"version: 1\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"	\
	"egress: { mode: off }\ningress: { mode: off }\nkernel: { " kernel " }\ndata: { " data " }\n"	\
	SEAL_TEXT(", \"off:exec\", \"off:ptrace\", \"off:modules\", \"off:egress\", \"off:ingress\", \"off:kernel\", \"audit:data\"")

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* ---- Ways to a device: each 0 or errno ---- */

struct way {
	const char *name;
	int (*run)(const struct way *way, const char *device, const char *node);
	int flags;
	unsigned long namespaces;
};

static int by_path(const struct way *way, const char *device, const char *node)
{
	(void)node;
	return opened(device, way->flags);
}

static int by_node(const struct way *way, const char *device, const char *node)
{
	(void)device;
	return opened(node, way->flags);
}

static int by_descriptor(const struct way *way, const char *device, const char *node)
{
	int fd = open(device, O_PATH | O_CLOEXEC), err;
	char path[64];

	(void)node;
	if (fd < 0)
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = opened(path, way->flags);
	close(fd);
	return err;
}

static int by_bind_mount(const struct way *way, const char *device, const char *node)
{
	int err;

	(void)node;
	spill(BASE "/place", "");
	if (mount(device, BASE "/place", NULL, MS_BIND, NULL))
		return errno;
	err = opened(BASE "/place", way->flags);
	umount2(BASE "/place", MNT_DETACH);
	return err;
}

static const struct way ways[] = {
	{ "read", by_path, O_RDONLY, 0 }, { "write", by_path, O_WRONLY, 0 }, { "both", by_path, O_RDWR, 0 },
	{ "commands", by_path, O_ACCMODE, 0 }, { "node", by_node, O_RDONLY, 0 }, { "node_write", by_node, O_WRONLY, 0 },
	{ "descriptor", by_descriptor, O_RDONLY, 0 }, { "bind_mount", by_bind_mount, O_RDONLY, 0 },
	{ "mount_namespace", by_path, O_RDONLY, CLONE_NEWNS }, { "pid_namespace", by_path, O_RDONLY, CLONE_NEWPID },
};

struct asked {
	const struct way *way;
	const char *device, *node;
};

static int go(const void *arg)
{
	const struct asked *asked = arg;

	return asked->way->run(asked->way, asked->device, asked->node);
}

static void deny(void **state)
{
	const struct way *way = *state;
	const struct asked device = { way, DEVICE, NODE }, twin = { way, TWIN, TWIN_NODE };
	const struct place place = { .namespaces = way->namespaces };
	struct mark before = mark();
	struct json_object *record;
	struct child child = in_child(&place, go, &device);

	assert_int_equal(child.entered, 0);
	assert_int_equal(child.err, EPERM);
	record = assert_refused(&before, GUARD_data, "protected", 1);
	assert_field(record, "hook", "file_open");
	assert_rule(record, "data:");
	json_object_put(record);
	before = mark();
	child = in_child(&place, go, &twin);
	assert_true(child.reported);
	assert_int_equal(child.err, 0);
	assert_undisturbed(&before, GUARD_data);
}

static void allow_the_owner_all_of_it(void **state)
{
	struct mark before = mark();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		assert_int_equal(RUN(OWNER, "way", ways[i].name)->status, 0);
	assert_int_equal(RUN(OWNER, "open", LATENCY)->status, 0);
	assert_int_equal(RUN(OWNER, "open", BASE "/absent")->status, ENXIO);
	assert_undisturbed(&before, GUARD_data);
}

/* By the name of their driver, and by a major of which no driver is there yet. */
static void deny_what_is_named_otherwise(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(opened(LATENCY, O_RDONLY), EPERM);
	json_object_put(assert_refused(&before, GUARD_data, "protected", 1));
	before = mark();
	assert_int_equal(opened(BASE "/absent", O_RDWR), EPERM);
	json_object_put(assert_refused(&before, GUARD_data, "protected", 1));
	/* Its number, but a block device; and its neighbour: from the seal on the kernel guard's. */
	if (!strcmp(machine_state(), "sealed"))
		return;
	before = mark();
	assert_int_equal(opened(BASE "/absent_block", O_RDONLY), ENXIO);
	assert_int_equal(opened(BASE "/neighbour", O_RDWR), ENXIO);
	assert_undisturbed(&before, GUARD_data);
}

static void deny_a_descriptor_that_is_sent(void **state)
{
	struct mark before = mark();
	struct json_object *record;
	int got[2];

	(void)state;
	receive_from(OWNER, got);
	assert_int_equal(got[0], -1);
	assert_true(got[1] >= 0);
	close(got[1]);
	record = assert_refused(&before, GUARD_data, "protected", 1);
	assert_field(record, "hook", "file_receive");
	json_object_put(record);
}

static void deny_starting_another_program(void **state)
{
	struct mark before = mark();
	struct json_object *record;

	(void)state;
	assert_int_equal(RUN(OWNER, "start", "/bin/true")->status, EPERM);
	record = assert_refused(&before, GUARD_data, "inherit", 1);
	json_object_put(record);
	before = mark();
	assert_int_equal(RUN(OWNER, "start", OWNER)->status, 0);
	assert_undisturbed(&before, GUARD_data);
}

static void allow_but_record(void **state)
{
	struct mark before;

	(void)state;
	load_text(POLICY_HERE("mode: off", "mode: audit, protect: [" RULES "]"));
	before = mark();
	assert_int_equal(opened(DEVICE, O_RDONLY), 0);
	json_object_put(assert_would_deny(&before, GUARD_data, "protected"));
	HARDEN(0, "verify");
}

static void deny_loading_what_can_t_be_protected(void **state)
{
	static const struct { const char *rule, *why; } wrong[] = {
		{ "{devices: " BASE "/no, by: /bin/true}", "find '" BASE "/no': No such device" },
		{ "{devices: misc no-such-driver, by: /bin/true}", "No such device" },
		{ "{devices: " BASE "/absent_block, by: /bin/true}", "'by' is for character devices" },
		{ "{devices: " BASE ", by: /bin/true}", "name a device" },
		{ "{devices: " DEVICE ", by: /no/such/program}", "find '/no/such/program'" },
		{ "{paths: " BASE "/, by: " OWN "}", "hardenctl opens these files to prove" },
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct ran *ran;

		snprintf(text, sizeof(text), POLICY_HERE("mode: off", "mode: enforce, protect: [%s]"), wrong[i].rule);
		spill(POLICY, text);
		ran = HARDEN(1, "load", "--policy", POLICY);
		assert_non_null(strstr(ran->err, wrong[i].why));
	}
	/* What is not there may be left out, and the rest counts. */
	load_text(POLICY_HERE("mode: off", "mode: enforce, protect: [{devices: [" BASE "/no, char no-such-driver, " DEVICE "], "
			      "optional: yes, by: " OWNER "}]"));
	assert_int_equal(opened(DEVICE, O_RDONLY), EPERM);
	assert_int_equal(opened(TWIN, O_RDONLY), 0);
}

static void find_what_is_open_already(void **state)
{
	int fd = open(DEVICE, O_RDONLY | O_CLOEXEC), twin = open(TWIN, O_RDONLY | O_CLOEXEC);
	void *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, twin, 0);
	struct ran *ran;

	(void)state;
	assert_true(fd >= 0 && map != MAP_FAILED);
	load_text(POLICY_HERE("mode: off", "mode: enforce, protect: [" RULES "]"));
	ran = HARDEN(0, "seal", "--dry-run");
	assert_non_null(strstr(ran->out, DEVICE " of data.protect open, which is for other programs"));
	assert_null(strstr(ran->out, TWIN));
	close(fd);
	ran = HARDEN(0, "seal", "--dry-run");
	assert_null(strstr(ran->out, "of data.protect"));
	munmap(map, 4096);
	close(twin);
}

/* hardenctl among the owners: what it starts for its canaries is still judged by the guards that those are of. */
static void prove_what_is_hardenctl_s_own(void **state)
{
	struct json_object *record;
	struct mark before;

	(void)state;
	load_text("version: 1\nexec: { mode: enforce, shells: allow, interpreters: allow, introduced: allow }\nptrace: { mode: enforce }\n"
		  "modules: { mode: enforce }\negress: { mode: off }\ningress: { mode: off }\nkernel: { mode: off }\n"
		  "data: { mode: enforce, protect: [{devices: " DEVICE ", by: [" OWN ", " OWNER "]}] }\n");
	assert_whole();
	before = mark();
	assert_int_equal(opened(DEVICE, O_RDONLY), EPERM);
	record = assert_refused(&before, GUARD_data, "protected", 1);
	json_object_put(record);
	HARDEN(0, "unload");
}

static bool has_nullb(void)
{
	int status = RUN("modprobe", "null_blk", "nr_devices=0")->status;

	mount("none", "/sys/kernel/config", "configfs", 0, NULL);
	return !status && !access(NULLB, F_OK);
}

/* As with reports of a confidential VM, tsm/report: what is made there belongs to the owner. */
static void deny_configfs(void **state)
{
	struct mark before;

	(void)state;
	if (!has_nullb())
		fail_msg("no module null_blk, or no configfs");
	load_text(POLICY_HERE("mode: off", "mode: enforce, protect: [{paths: " NULLB "/, by: " OWNER "}]"));
	before = mark();
	assert_int_equal(mkdir(NULLB "/own", 0755) ? errno : 0, EPERM);
	json_object_put(assert_refused(&before, GUARD_data, "protected", 1));
	assert_int_equal(RUN(OWNER, "make", NULLB "/own")->status, 0);
	before = mark();
	assert_int_equal(opened(NULLB "/own/size", O_RDONLY), EPERM);
	json_object_put(assert_refused(&before, GUARD_data, "protected", 1));
	assert_int_equal(opened(NULLB "/own/size", O_WRONLY), EPERM);
	assert_int_equal(opened(NULLB, O_RDONLY | O_DIRECTORY), EPERM);
	assert_int_equal(rmdir(NULLB "/own") ? errno : 0, EPERM);
	assert_int_equal(system("echo 2 > /proc/sys/vm/drop_caches"), 0);
	assert_int_equal(opened(NULLB "/own/size", O_RDONLY), EPERM);
	before = mark();
	assert_int_equal(RUN(OWNER, "open", NULLB "/own/size")->status, 0);
	assert_int_equal(opened("/sys/kernel/config", O_RDONLY | O_DIRECTORY), 0);
	assert_int_equal(RUN(OWNER, "remove", NULLB "/own")->status, 0);
	assert_undisturbed(&before, GUARD_data);
	HARDEN(0, "unload");
	assert_int_equal(mkdir(NULLB "/own", 0755), 0);
	assert_int_equal(opened(NULLB "/own/size", O_RDONLY), 0);
	assert_int_equal(rmdir(NULLB "/own"), 0);
}

/* The kernel guard's list need not have it: who the device is for opens it, and nobody else does. */
static void seal(void **state)
{
	(void)state;
	load_text(POLICY_HERE("mode: enforce, devices: []", "mode: enforce, protect: [" RULES "]"));
	HARDEN(0, "seal");
	assert_state("sealed");
	assert_whole();
}

static int set_up(void **state)
{
	char path[PATH_MAX];

	(void)state;
	mkdir(BASE, 0755);
	if (mount("none", BASE, "tmpfs", 0, NULL))
		return -1;
	copy_file("/proc/self/exe", OWNER);
	if (!realpath(HARDENCTL, path) || symlink(path, OWN))
		return -1;
	return mknod(NODE, S_IFCHR | 0600, makedev(1, 7)) || mknod(TWIN_NODE, S_IFCHR | 0600, makedev(1, 5)) ||
	       mknod(BASE "/absent", S_IFCHR | 0600, makedev(ABSENT_MAJOR, 3)) ||
	       mknod(BASE "/absent_block", S_IFBLK | 0600, makedev(ABSENT_MAJOR, 3)) ||
	       mknod(BASE "/neighbour", S_IFCHR | 0600, makedev(ABSENT_MAJOR + 1, 3)) ? -1 : 0;
}

/* ---- What the owner does ---- */

static int own(char **argv)
{
	if (!strcmp(argv[1], "way"))
		for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
			if (!strcmp(argv[2], ways[i].name))
				return ways[i].run(&ways[i], DEVICE, NODE);
	if (!strcmp(argv[1], "open"))
		return opened(argv[2], O_RDONLY);
	if (!strcmp(argv[1], "make"))
		return mkdir(argv[2], 0755) ? errno : 0;
	if (!strcmp(argv[1], "remove"))
		return rmdir(argv[2]) ? errno : 0;
	if (!strcmp(argv[1], "send"))
		return send_opened(atoi(argv[2]), DEVICE, TWIN);
	if (!strcmp(argv[1], "start")) {
		execl(argv[2], argv[2], "nothing", NULL);
		return errno;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[2 * ARRAY_SIZE(ways) + 24];
	size_t n = 0;

	if (argc > 1 && !strcmp(argv[0], OWNER))
		return own(argv);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_loading_what_can_t_be_protected);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_but_record);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_configfs);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(prove_what_is_hardenctl_s_own);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(find_what_is_open_already);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		tests[n++] = test_of_row("deny", ways[i].name, "", deny, &ways[i]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_what_is_named_otherwise);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_the_owner_all_of_it);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(seal);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		tests[n++] = test_of_row("deny", ways[i].name, "sealed", deny, &ways[i]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_what_is_named_otherwise);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_a_descriptor_that_is_sent);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_starting_another_program);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_the_owner_all_of_it);
	return _cmocka_run_group_tests("data_devices", tests, n, set_up, NULL);
}
