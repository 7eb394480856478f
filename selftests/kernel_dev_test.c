// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_dev_test.c - after the seal only listed devices are opened and made, and some by one program alone.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.1
 * Alone: it seals the machine
 */
#include "child.h"
#include "sealing.h"
#include "util.h"

#include <sys/mount.h>
#include <sys/swap.h>

#define NODES		"/tmp/nodes"
#define CGROUP		"/kernel_dev_test"
#define POLICY_HERE(kernel)									\
	"version: 1\nexec: { mode: enforce, introduced: allow }\nptrace: { mode: off }\n"	\
	"modules: { mode: off }\n"								\
	"egress: { mode: off }\ningress: { mode: off }\ndata: { mode: off }\nkernel: { " kernel " }\n"
#define TOLERATED	", \"off:ptrace\", \"off:modules\", \"off:egress\", \"off:ingress\", \"off:data\""

/* Majors from 400 on have no driver: what is let through there is ENXIO. */
#define LISTED										\
	"allow: [dev-mem], devices: [/dev/kmsg, char 400:*, char 401:1, {device: [char 402:*, block 402:*], access: read}, " \
	"{device: char 403:1, access: write}, block 404:7, {device: [char no-such-driver, misc no-such-device, /tmp/no], optional: yes}, "	\
	"{device: char 405:*, access: read, by: %s}, {device: [char 406:1, char 406:2], by: /usr/bin/sleep}]"

struct opening {
	const char *name;
	mode_t type;
	unsigned int major, minor;
	int flags;
	const char *hook;	/* of the refusal; NULL: it is let through */
	int kernel_says;	/* errno where no guard judges it */
};

#define UNREFUSED	(-1)	/* whether it has a driver or not: no EPERM */
#define ANYTHING	(-2)	/* EPERM too, by the kernel's lockdown */

static const struct opening openings[] = {
	/* What leads nowhere is open to all. */
	{ "null", S_IFCHR, 1, 3, O_RDWR, NULL, 0 },
	{ "zero", S_IFCHR, 1, 5, O_RDWR, NULL, 0 },
	{ "full", S_IFCHR, 1, 7, O_RDWR, NULL, 0 },
	{ "random", S_IFCHR, 1, 8, O_RDWR, NULL, 0 },
	{ "urandom", S_IFCHR, 1, 9, O_RDWR, NULL, 0 },
	{ "ptmx", S_IFCHR, 5, 2, O_RDWR | O_NOCTTY, NULL, UNREFUSED },
	/* What is listed: by path, number, major; and its neighbours. */
	{ "kmsg", S_IFCHR, 1, 11, O_RDWR, NULL, 0 },
	{ "kmsg_block", S_IFBLK, 1, 11, O_RDONLY, "dev", UNREFUSED },
	{ "null_block", S_IFBLK, 1, 3, O_RDONLY, "dev", UNREFUSED },
	{ "any_minor", S_IFCHR, 400, 77, O_RDWR, NULL, ENXIO },
	{ "any_minor_block", S_IFBLK, 400, 77, O_RDWR, "dev", ENXIO },
	{ "one_minor", S_IFCHR, 401, 1, O_RDWR, NULL, ENXIO },
	{ "other_minor", S_IFCHR, 401, 2, O_RDWR, "dev", ENXIO },
	{ "minor_257", S_IFCHR, 401, 257, O_RDWR, "dev", ENXIO },
	{ "other_major", S_IFCHR, 399, 1, O_RDWR, "dev", ENXIO },
	{ "read", S_IFCHR, 402, 0, O_RDONLY, NULL, ENXIO },
	{ "read_write", S_IFCHR, 402, 0, O_RDWR, "dev", ENXIO },
	{ "read_for_commands", S_IFCHR, 402, 0, O_ACCMODE, "dev", ENXIO },
	{ "block_read", S_IFBLK, 402, 0, O_RDONLY, NULL, ENXIO },
	{ "block_write", S_IFBLK, 402, 0, O_WRONLY, "dev", ENXIO },
	{ "write", S_IFCHR, 403, 1, O_WRONLY, NULL, ENXIO },
	{ "write_read", S_IFCHR, 403, 1, O_RDONLY, "dev", ENXIO },
	{ "block", S_IFBLK, 404, 7, O_RDWR, NULL, ENXIO },
	{ "block_as_char", S_IFCHR, 404, 7, O_RDWR, "dev", ENXIO },
	/* By program: this one, and another. */
	{ "own", S_IFCHR, 405, 3, O_RDONLY, NULL, ENXIO },
	{ "own_write", S_IFCHR, 405, 3, O_WRONLY, "dev", ENXIO },
	{ "own_for_commands", S_IFCHR, 405, 3, O_ACCMODE, "dev", ENXIO },
	{ "other_programs", S_IFCHR, 406, 1, O_RDONLY, "file_open", ENXIO },
	{ "other_programs_write", S_IFCHR, 406, 2, O_WRONLY, "file_open", ENXIO },
	{ "other_programs_for_commands", S_IFCHR, 406, 2, O_ACCMODE, "file_open", ENXIO },
	{ "other_programs_neighbour", S_IFCHR, 406, 3, O_RDONLY, "dev", ENXIO },
	/* What leads to the host or to the kernel. */
	{ "tun", S_IFCHR, 10, 200, O_RDWR, "dev", UNREFUSED },
	{ "fuse", S_IFCHR, 10, 229, O_RDWR, "dev", UNREFUSED },
	{ "vhost_vsock", S_IFCHR, 10, 241, O_RDWR, "dev", UNREFUSED },
	{ "loop_control", S_IFCHR, 10, 237, O_RDWR, "dev", UNREFUSED },
	{ "mem", S_IFCHR, 1, 1, O_RDONLY, "dev", ANYTHING },
	{ "port", S_IFCHR, 1, 4, O_RDONLY, "dev", ANYTHING },
	{ "console", S_IFCHR, 5, 1, O_WRONLY | O_NOCTTY, "dev", UNREFUSED },
	{ "terminal", S_IFCHR, 4, 64, O_WRONLY | O_NOCTTY | O_NONBLOCK, "dev", UNREFUSED },
	{ "disk", S_IFBLK, 8, 0, O_RDONLY, "dev", UNREFUSED },
};

static char self[256];

static const char *node_of(const struct opening *opening)
{
	static char path[64];

	snprintf(path, sizeof(path), NODES "/%s", opening->name);
	return path;
}

static int open_node(const void *arg)
{
	const struct opening *opening = arg;
	int fd = open(node_of(opening), opening->flags | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void assert_let_through(const struct opening *opening)
{
	int err = open_node(opening);

	if (opening->kernel_says == UNREFUSED)
		assert_int_not_equal(err, EPERM);
	else if (opening->kernel_says != ANYTHING)
		assert_int_equal(err, opening->kernel_says);
}

static void assert_device(struct json_object *record, const struct opening *opening)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/%s/%u:%u", opening->type == S_IFCHR ? "char" : "block", opening->major,
		 opening->minor);
	assert_field(record, "hook", opening->hook);
	assert_rule(record, "kernel:");
	assert_field(record, "object.path", !strcmp(opening->hook, "dev") ? path : node_of(opening));
}

static void allow(void **state)
{
	struct mark before = mark();

	assert_let_through(*state);
	assert_undisturbed(&before, GUARD_kernel);
}

static void allow_but_record(void **state)
{
	const struct opening *opening = *state;
	struct mark before = mark();
	struct json_object *record;

	assert_let_through(opening);
	/* Of a block device it is asked for the node, and once more when the device itself is opened. */
	record = assert_recorded(&before, GUARD_kernel, /* denied= */ false, "device", opening->type == S_IFBLK ? 2 : 1);
	assert_device(record, opening);
	json_object_put(record);
}

static void deny(void **state)
{
	const struct opening *opening = *state;
	struct mark before = mark();
	struct json_object *record;

	assert_int_equal(open_node(opening), EPERM);
	record = assert_refused(&before, GUARD_kernel, "device", 1);
	assert_device(record, opening);
	assert_number(record, "tgid", getpid());
	json_object_put(record);
}

static void deny_from_elsewhere(void **state)
{
	static const struct opening tun = { "tun", S_IFCHR, 10, 200, O_RDWR, "dev", 0 };
	static const struct opening null = { "null", S_IFCHR, 1, 3, O_RDWR, NULL, 0 };
	static const struct place places[] = {
		{ .cgroup = CGROUP }, { .namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct mark before = mark();
		struct json_object *record;
		struct child child = in_child(&places[i], open_node, &tun);

		assert_int_equal(child.err, EPERM);
		record = assert_refused(&before, GUARD_kernel, "device", 1);
		assert_device(record, &tun);
		assert_actor(record, &child);
		json_object_put(record);
		before = mark();
		child = in_child(&places[i], open_node, &null);
		assert_int_equal(child.err, 0);
		assert_undisturbed(&before, GUARD_kernel);
	}
}

/* The same device, by a program that the policy does not name for it. */
static void deny_to_another_program_what_this_one_may(void **state)
{
	struct mark before = mark();
	struct ran *ran = RUN("head", "-c1", NODES "/own");
	struct json_object *record;

	(void)state;
	assert_int_equal(ran->status, 1);
	assert_non_null(strstr(ran->err, "Operation not permitted"));
	record = assert_refused(&before, GUARD_kernel, "device", 1);
	assert_field(record, "hook", "file_open");
	assert_field(record, "comm", "head");
	json_object_put(record);
	assert_int_equal(open_node(&(struct opening){ .name = "own", .flags = O_RDONLY }), ENXIO);
}

static void deny_making_what_may_not_be_opened(void **state)
{
	struct mark before = mark();
	struct json_object *record;

	(void)state;
	assert_int_equal(mknod(NODES "/new", S_IFCHR | 0600, makedev(10, 200)), -1);
	assert_int_equal(errno, EPERM);
	record = assert_refused(&before, GUARD_kernel, "device", 1);
	assert_field(record, "object.path", "/dev/char/10:200");
	json_object_put(record);
	before = mark();
	assert_int_equal(mknod(NODES "/new", S_IFCHR | 0600, makedev(1, 3)), 0);
	assert_int_equal(mknod(NODES "/listed", S_IFCHR | 0600, makedev(400, 9)), 0);
	/* Listed for another program: no more than a name. */
	assert_int_equal(mknod(NODES "/theirs", S_IFCHR | 0600, makedev(406, 1)), 0);
	assert_int_equal(mknod(NODES "/pipe", S_IFIFO | 0600, 0), 0);
	assert_undisturbed(&before, GUARD_kernel);
}

/* What opens a block device by itself. */
static void deny_to_the_kernel_itself(void **state)
{
	static const struct opening disk = { "other_block", S_IFBLK, 404, 8, O_RDWR, "dev", 0 };
	struct mark before = mark();
	struct json_object *record;

	(void)state;
	assert_int_equal(swapon(node_of(&disk), 0), -1);
	assert_int_equal(errno, EPERM);
	record = assert_refused(&before, GUARD_kernel, "device", 1);
	assert_device(record, &disk);
	json_object_put(record);
	/* Past that, it is no matter which disk it is. */
	before = mark();
	assert_int_equal(swapon(NODES "/block", 0), -1);
	assert_int_equal(errno, EPERM);
	json_object_put(assert_refused(&before, GUARD_kernel, "swap", 1));
}

static void deny_mounting_an_unlisted_disk(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(mount(NODES "/other_block", NODES "/mnt", "squashfs", 0, NULL), -1);
	assert_int_equal(errno, EPERM);
	json_object_put(assert_refused(&before, GUARD_kernel, "device", 1));
	before = mark();
	assert_int_equal(mount(NODES "/block", NODES "/mnt", "squashfs", 0, NULL), -1);
	assert_int_equal(errno, ENXIO);
	assert_undisturbed(&before, GUARD_kernel);
}

static void allow_what_opens_nothing(void **state)
{
	struct mark before = mark();
	struct stat st;
	int fd;

	(void)state;
	fd = open(NODES "/tun", O_PATH | O_CLOEXEC);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(stat(NODES "/tun", &st), 0);
	assert_int_equal(chmod(NODES "/tun", 0640), 0);
	assert_int_equal(access(NODES "/tun", F_OK), 0);
	assert_int_equal(rename(NODES "/tun", NODES "/tun2"), 0);
	assert_int_equal(rename(NODES "/tun2", NODES "/tun"), 0);
	assert_undisturbed(&before, GUARD_kernel);
}

/* ---- Loads ---- */

static void load_list(const char *kernel)
{
	char text[2048];

	snprintf(text, sizeof(text), kernel, self);
	load_text(text);
}

static void deny_loading_what_can_t_be_resolved(void **state)
{
	static const struct { const char *entry, *why; } wrong[] = {
		{ "/tmp/no-such-node", "find '/tmp/no-such-node': No such device" },
		{ "/etc/passwd", "find the number of '/etc/passwd'" },
		{ "char no-such-driver", "find 'char no-such-driver'" },
		{ "misc no-such-device", "find 'misc no-such-device'" },
		{ "{device: /dev/null, by: /no/such/program}", "find '/no/such/program'" },
		{ "{device: " NODES "/block, by: /usr/bin/sleep}", "'by' is for character devices" },
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct ran *ran;

		snprintf(text, sizeof(text), POLICY_HERE("mode: enforce, devices: [%s]"), wrong[i].entry);
		spill(POLICY, text);
		ran = HARDEN(1, "load", "--policy", POLICY);
		assert_non_null(strstr(ran->err, wrong[i].why));
	}
	/* And by names that there are. */
	load_text(POLICY_HERE("mode: enforce, devices: [/dev/null, char mem, char pts, {device: misc no-such-device, optional: yes}]"));
}

/* What is open when the machine is sealed stays open: the seal says so. */
static void find_what_is_open_already(void **state)
{
	char expected[512];
	struct ran *ran;
	int fd = open("/dev/kmsg", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	snprintf(expected, sizeof(expected), "pid %d (%s, %s) has device 1:11 open, which the policy does not list",
		 getpid(), program_invocation_short_name, self);
	load_text(POLICY_HERE("mode: enforce, devices: []") SEAL_TEXT(TOLERATED));
	ran = HARDEN(0, "seal", "--dry-run");
	assert_non_null(strstr(ran->out, expected));
	load_text(POLICY_HERE("mode: enforce, devices: [/dev/kmsg]") SEAL_TEXT(TOLERATED));
	ran = HARDEN(0, "seal", "--dry-run");
	assert_null(strstr(ran->out, "has device 1:11 open"));
	close(fd);
}

static void explain_how_to_allow_it(void **state)
{
	struct ran *ran;

	(void)state;
	assert_int_equal(open_node(&(struct opening){ .name = "tun", .flags = O_RDWR }), EPERM);
	ran = HARDEN(0, "explain", "last");
	assert_non_null(strstr(ran->out, "tried to open or make the device /dev/char/10:200"));
	assert_non_null(strstr(ran->out, "- char 10:200"));
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
	load_list(POLICY_HERE("mode: enforce, " LISTED) SEAL_TEXT(TOLERATED));
	return 0;
}

static int begin(void **state)
{
	static const struct opening other = { "other_block", S_IFBLK, 404, 8, O_RDWR, NULL, 0 };

	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	make_cgroup(CGROUP);
	assert_int_equal(mkdir(NODES, 0700), 0);
	assert_int_equal(mount("tmpfs", NODES, "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir(NODES "/mnt", 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(openings); i++)
		assert_int_equal(mknod(node_of(&openings[i]), openings[i].type | 0600,
				       makedev(openings[i].major, openings[i].minor)), 0);
	assert_int_equal(mknod(node_of(&other), other.type | 0600, makedev(other.major, other.minor)), 0);
	/* Has the kernel load a file system that is made for disks. */
	assert_int_equal(mount(NODES "/block", NODES "/mnt", "squashfs", 0, NULL), -1);
	return load(state);
}

static int audit(void **state)
{
	(void)state;
	load_list(POLICY_HERE("mode: audit, " LISTED));
	return 0;
}

/* Without the key no device is judged. */
static int without(void **state)
{
	(void)state;
	load_text(POLICY_HERE("mode: audit, allow: [dev-mem]"));
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
	struct CMUnitTest tests[ARRAY_SIZE(openings) + 16];
	size_t count;
};

static void add(struct list *list, size_t step, bool judged, const char *verdict, CMUnitTestFunction test)
{
	for (size_t i = 0; i < ARRAY_SIZE(openings); i += step) {
		bool refused = judged && openings[i].hook;

		list->tests[list->count++] = test_of_row(refused ? verdict : "allow", openings[i].name, "",
							 refused ? test : allow, &openings[i]);
	}
}

static int run(const char *name, struct list *list, CMFixtureFunction setup)
{
	return _cmocka_run_group_tests(name, list->tests, list->count, setup, NULL);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(deny_from_elsewhere),
		cmocka_unit_test(deny_to_another_program_what_this_one_may),
		cmocka_unit_test(deny_making_what_may_not_be_opened),
		cmocka_unit_test(deny_to_the_kernel_itself),
		cmocka_unit_test(deny_mounting_an_unlisted_disk),
		cmocka_unit_test(allow_what_opens_nothing),
		cmocka_unit_test(explain_how_to_allow_it),
		cmocka_unit_test(allow_no_canary_to_pass),
	};
	static const struct CMUnitTest loads[] = {
		cmocka_unit_test(deny_loading_what_can_t_be_resolved),
		cmocka_unit_test(find_what_is_open_already),
	};
	static struct list loaded, audited, unlisted, sealed;
	int failed;

	/* The rows are the same for each mode: some of them tell. */
	add(&loaded, 1, false, "", NULL);
	add(&audited, 2, true, "record", allow_but_record);
	add(&unlisted, 4, false, "", NULL);
	add(&sealed, 1, true, "deny", deny);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		sealed.tests[sealed.count++] = others[i];
	loaded.tests[loaded.count++] = loads[0];
	loaded.tests[loaded.count++] = loads[1];

	failed = run("loaded", &loaded, begin);
	failed += run("audit", &audited, audit);
	failed += run("without a list", &unlisted, without);
	return failed + run("sealed", &sealed, seal);
}
