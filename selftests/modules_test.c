// SPDX-License-Identifier: GPL-2.0-only
/*
 * modules_test.c - the modules guard refuses kernel modules, by whatever call they come.
 * Boots: plain lockdown
 */
#include "modules.h"

#include <limits.h>
#include <sys/mount.h>
#include <sys/socket.h>

#define CGROUP		"/modules_test"
#define DIR		"/tmp/modules_test"
#define PLAIN		DIR "/dummy.ko"
#define COMPRESSED	DIR "/dummy.ko.xz"

/* The kernel's own dummy.ko or dummy.ko.xz, with Debian's signature. */
static char shipped[PATH_MAX];

/* Does this kernel decompress modules itself?  Debian's do from where they ship them compressed. */
static bool decompresses;

/* One way to have a module loaded. */
struct way {
	attempt_fn how;
	const char *module;		/* the one that is then there */
	const char *file;		/* whose reading is judged; NULL: the kernel reads none */
	const char *request;		/* what the kernel asks for in an autoload, else NULL */
	const char *reason;		/* under which a refusal is recorded */
	int refused, passed;		/* errno of the call where it is refused, and where not */
	struct place place;
};

/* ---- The ways; each returns what its system call says ---- */

static int finit_plain(const void *arg)
{
	(void)arg;
	return finit_module(PLAIN, 0);
}

static int finit_compressed(const void *arg)
{
	(void)arg;
	return finit_module(COMPRESSED, MODULE_INIT_COMPRESSED_FILE);
}

static int init_from_memory(const void *arg)
{
	(void)arg;
	return init_module_of(PLAIN);
}

static int open_alg_socket(const void *arg)
{
	(void)arg;
	return socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

/* There is no such device, so it fails with the module, too, but then with another errno. */
static int mount_minix(const void *arg)
{
	(void)arg;
	return mount(DIR "/none", DIR, "minix", MS_RDONLY, NULL) ? errno : 0;
}

/* Whatever comes out, the module is gone afterwards. */
static void expect_loaded(const char *module, bool expected)
{
	bool loaded = is_loaded(module);

	if (loaded != expected)
		print_message("# module %s is %sloaded\n", module, expected ? "not " : "");
	if (loaded)
		assert_int_equal(syscall(SYS_delete_module, module, O_NONBLOCK), 0);
	assert_int_equal(loaded, expected);
	assert_false(is_loaded(module));
}

/* ---- Verdicts ---- */

/* An image from memory has a name only where the guard lets the kernel copy it. */
static bool is_named(const struct way *way, bool denied)
{
	return way->file || (tells_texts() && (way->request || !denied));
}

static const char *hook_of(const struct way *way, bool denied)
{
	return way->request ? "kernel_module_request" : way->file ? "kernel_read_file" :
	       is_named(way, denied) ? "kernel_post_load_data" : "kernel_load_data";
}

static void assert_module_record(struct json_object *record, const struct way *way, const struct child *child,
				 bool denied)
{
	assert_field(record, "hook", hook_of(way, denied));
	assert_rule(record, "modules:");
	assert_actor(record, child);
	assert_number(record, "pid", child->pid);
	if (way->file)
		assert_object_file(record, way->file);
	if (is_named(way, denied))
		assert_field(record, "object.name", way->request ?: way->module);
	else
		assert_null(field(record, "object.name"));
}

static void deny(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();
	struct json_object *record;
	struct child child;

	expect_loaded(way->module, false);
	child = in_child(&way->place, way->how, NULL);
	assert_true(child.reported);
	assert_int_equal(child.err, way->refused);
	expect_loaded(way->module, false);
	record = assert_refused(&before, GUARD_modules, way->reason, 1);
	assert_module_record(record, way, &child, /* denied= */ true);
	json_object_put(record);
}

/* A kernel that can't decompress reads the file all the same, so it asks the guard first. */
static struct child expect_passed(const struct way *way)
{
	bool loads = way->how != finit_compressed || decompresses;
	struct child child;

	expect_loaded(way->module, false);
	child = in_child(&way->place, way->how, NULL);
	assert_true(child.reported);
	assert_int_equal(child.err, loads ? way->passed : EOPNOTSUPP);
	expect_loaded(way->module, loads);
	return child;
}

static void allow(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();

	expect_passed(way);
	assert_undisturbed(&before, GUARD_modules);
}

static void allow_recorded(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();
	struct child child = expect_passed(way);
	struct json_object *record;

	record = assert_recorded(&before, GUARD_modules, /* denied= */ false, way->reason, 1);
	assert_module_record(record, way, &child, /* denied= */ false);
	json_object_put(record);
}

/* The modprobe that an autoload starts is judged, too. */
static void allow_autoload_recorded(void **state)
{
	const struct way *way = *state;
	struct mark before = mark(), now;
	struct child child = expect_passed(way);
	struct json_object *list = records_since(&before, GUARD_modules), *record;

	now = mark();
	assert_int_equal(json_object_array_length(list), 2);
	assert_int_equal(now.would_deny[GUARD_modules] - before.would_deny[GUARD_modules], 2);
	assert_int_equal(now.denied[GUARD_modules], before.denied[GUARD_modules]);
	record = json_object_array_get_idx(list, 0);
	assert_field(record, "action", "would-deny");
	assert_field(record, "reason", way->reason);
	assert_module_record(record, way, &child, /* denied= */ false);
	record = json_object_array_get_idx(list, 1);
	assert_field(record, "action", "would-deny");
	assert_field(record, "comm", "modprobe");
	json_object_put(list);
}

/* ---- modprobe and insmod ---- */

struct tool {
	const char *path;
	const char *module;	/* its argument; NULL: the shipped file */
	const char *file;	/* that it loads; NULL: the shipped one */
};

/*
 * kmod gives a plain file to the kernel; a compressed one it decompresses itself before version 31,
 * and leaves to the kernel from then on.
 */
static const char *tool_reason(const struct mark *from, const char *file)
{
	struct json_object *list = records_since(from, GUARD_modules);
	const char *reason = "finit-module", *got;

	got = field(json_object_array_get_idx(list, 0), "reason");
	if (ends(file, ".ko.xz") && got && !strcmp(got, "init-module"))
		reason = "init-module";
	json_object_put(list);
	return reason;
}

static void assert_tool_record(const struct mark *from, const struct tool *tool, bool denied)
{
	const char *file = tool->file ?: shipped, *reason = tool_reason(from, file);
	struct json_object *record = assert_recorded(from, GUARD_modules, denied, reason, 1);
	char kmod[PATH_MAX];

	assert_non_null(realpath(tool->path, kmod));
	assert_field(record, "comm", basename(tool->path));
	assert_field(record, "exe", kmod);
	assert_rule(record, "modules:");
	if (!strcmp(reason, "finit-module")) {
		assert_object_file(record, file);
		assert_field(record, "object.name", "dummy");
	} else if (!denied && tells_texts()) {
		assert_field(record, "hook", "kernel_post_load_data");
		assert_field(record, "object.name", "dummy");
	} else {
		assert_null(field(record, "object.name"));
	}
	json_object_put(record);
}

static struct ran *run_tool(const struct tool *tool)
{
	return RUN(tool->path, tool->module ?: shipped);
}

static void deny_tool(void **state)
{
	const struct tool *tool = *state;
	struct mark before = mark();
	struct ran *ran;

	expect_loaded("dummy", false);
	ran = run_tool(tool);
	assert_int_equal(ran->status, 1);
	assert_non_null(strstr(ran->err, "Operation not permitted"));
	expect_loaded("dummy", false);
	assert_tool_record(&before, tool, /* denied= */ true);
}

static void allow_tool(void **state)
{
	struct mark before = mark();

	expect_loaded("dummy", false);
	assert_int_equal(run_tool(*state)->status, 0);
	expect_loaded("dummy", true);
	assert_undisturbed(&before, GUARD_modules);
}

static void allow_tool_recorded(void **state)
{
	struct mark before = mark();

	expect_loaded("dummy", false);
	assert_int_equal(run_tool(*state)->status, 0);
	expect_loaded("dummy", true);
	assert_tool_record(&before, *state, /* denied= */ false);
}

/* ---- The files and the modes ---- */

static void find_shipped(void)
{
	find_module("dummy", shipped, sizeof(shipped));
	decompresses = ends(shipped, ".xz");
}

#define POLICY_HERE(mode)	POLICY_TEXT("enforce", "enforce", mode, EGRESS_ALG)

static int enforce(void **state)
{
	(void)state;
	load_text(POLICY_HERE("enforce"));
	return 0;
}

static int begin(void **state)
{
	find_shipped();
	if (mkdir(DIR, 0755))
		assert_int_equal(errno, EEXIST);
	assert_int_equal(mount("tmpfs", DIR, "tmpfs", 0, "mode=0755"), 0);
	assert_int_equal(RUN("cp", shipped, DIR)->status, 0);
	if (decompresses)
		assert_int_equal(RUN("xz", "-dk", COMPRESSED)->status, 0);
	else
		assert_int_equal(RUN("xz", "-k", "--check=crc32", PLAIN)->status, 0);
	make_cgroup(CGROUP);
	/* Whoever ran before may have asked for it. */
	syscall(SYS_delete_module, "af_alg", O_NONBLOCK);
	return enforce(state);
}

static int audit(void **state)
{
	(void)state;
	load_text(POLICY_HERE("audit"));
	return 0;
}

static int off(void **state)
{
	(void)state;
	load_text(POLICY_HERE("off"));
	return 0;
}

static int end(void **state)
{
	remove_cgroup(CGROUP);
	assert_int_equal(umount2(DIR, MNT_DETACH), 0);
	return unload(state);
}

/* ---- The tests ---- */

#define WAY(name, verdict, call, ...) \
	{ name, verdict, NULL, NULL, &(struct way) { .how = call, __VA_ARGS__ } }
#define TOOL(name, verdict, ...) \
	{ name, verdict, NULL, NULL, &(struct tool) { __VA_ARGS__ } }

#define FINIT(path)	.module = "dummy", .file = path, .reason = "finit-module", .refused = EPERM
#define INIT		.module = "dummy", .reason = "init-module", .refused = EPERM
#define ALG		.module = "af_alg", .request = "net-pf-38", .reason = "autoload",	\
			.refused = EAFNOSUPPORT
#define MINIX		.module = "minix", .request = "fs-minix", .reason = "autoload",		\
			.refused = ENODEV, .passed = ENOENT

/* Every way, once with each verdict. */
#define WAYS(before, by_call, by_request, by_tool, after)				\
	WAY(before "finit_module" after, by_call, finit_plain, FINIT(PLAIN)),		\
	WAY(before "finit_module_of_compressed_file" after, by_call, finit_compressed,	\
	    FINIT(COMPRESSED)),								\
	WAY(before "init_module" after, by_call, init_from_memory, INIT),		\
	WAY(before "autoload_by_socket" after, by_request, open_alg_socket, ALG),	\
	WAY(before "autoload_by_socket_as_nobody" after, by_request, open_alg_socket,	\
	    ALG, .place = { .uid = NOBODY }),						\
	WAY(before "autoload_by_mount" after, by_request, mount_minix, MINIX),		\
	TOOL(before "modprobe" after, by_tool, .path = "/usr/sbin/modprobe", .module = "dummy"), \
	TOOL(before "insmod_of_shipped_file" after, by_tool, .path = "/usr/sbin/insmod"), \
	TOOL(before "insmod_of_plain_file" after, by_tool, .path = "/usr/sbin/insmod",	\
	     .module = PLAIN, .file = PLAIN)

static const struct CMUnitTest enforced[] = {
	WAYS("deny_", deny, deny, deny_tool, ""),
	WAY("deny_finit_module_in_child_cgroup", deny, finit_plain, FINIT(PLAIN),
	    .place = { .cgroup = CGROUP }),
	WAY("deny_init_module_in_child_cgroup", deny, init_from_memory, INIT,
	    .place = { .cgroup = CGROUP }),
};

static const struct CMUnitTest audited[] = {
	WAYS("allow_", allow_recorded, allow_autoload_recorded, allow_tool_recorded,
	     "_in_audit_mode_but_record_it"),
};

static const struct CMUnitTest unguarded[] = {
	WAYS("allow_", allow, allow, allow_tool, "_in_off_mode"),
};

int main(void)
{
	return cmocka_run_group_tests(enforced, begin, NULL) +
	       cmocka_run_group_tests(audited, audit, NULL) +
	       cmocka_run_group_tests(unguarded, off, end);
}
