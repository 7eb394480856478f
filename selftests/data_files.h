/* SPDX-License-Identifier: GPL-2.0-only */
/* data_files.h - files that the policy gives to one program are out of reach of every other one, root's too. */
#ifndef HARDENCTL_SELFTESTS_DATA_FILES_H
#define HARDENCTL_SELFTESTS_DATA_FILES_H

#include "child.h"
#include "files.h"
#include "passing.h"
#include "sealing.h"
#include "util.h"

#include <signal.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/xattr.h>

#define BASE		"/tmp/protected"	/* where the file system is mounted that all of it lies on */
#define TREE		BASE "/tree"
#define OPEN		BASE "/open"		/* its twin, which nothing protects */
#define KEY		BASE "/key"		/* named by its path */
#define OWNER		BASE "/owner"		/* the program that both are for: a copy of this one */
#define MARKER		"the marker\n"
#define SYS_FILE_SETATTR	469	/* since Linux 6.17, the same on every architecture */
#define NODUMP		0x80	/* include/uapi/linux/fs.h: FS_XFLAG_NODUMP; that file and sys/mount.h exclude each other */

#define RULES(remove)	"[{paths: [" TREE "/, " KEY "], by: " OWNER ", remove: " remove "}]"
#define POLICY_HERE(data)									\
	"version: 1\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"	\
	"egress: { mode: off }\ningress: { mode: off }\nkernel: { " KERNEL_GUARD " }\ndata: { " data " }\n"	\
	SEAL_TEXT(", \"off:exec\", \"off:ptrace\", \"off:modules\", \"off:egress\", \"off:ingress\", \"off:kernel\", \"audit:data\"")

static const char *dir;	/* where deeds are done */
static bool is_owner, overlay_hides;

static const char *at(const char *name)
{
	static char paths[4][256];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s%s", dir, name);
	return path;
}

/* Beside both: the owner has its own there, as what it moves stays protected. */
static const char *beside(const char *name)
{
	static char paths[4][256];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), BASE "/%s%s", name, is_owner ? ".owner" : "");
	return path;
}

static int closed(int fd)
{
	char text[32] = "";

	if (fd < 0)
		return errno;
	if (read(fd, text, sizeof(text) - 1) > 0)
		printf("%s", text);
	close(fd);
	return 0;
}

static int said(int ret)
{
	return ret ? errno : 0;
}

/* ---- Deeds: each 0 or errno ---- */

static int do_read(void) { return closed(open(at("/file"), O_RDONLY)); }
static int do_write(void) { return closed(open(at("/file"), O_WRONLY)); }
static int do_append(void) { return closed(open(at("/file"), O_WRONLY | O_APPEND | O_TRUNC)); }
static int do_list(void) { return closed(open(at(""), O_RDONLY | O_DIRECTORY)); }
static int do_list_below(void) { return closed(open(at("/sub"), O_RDONLY | O_DIRECTORY)); }
static int do_create(void) { return closed(open(at("/new"), O_CREAT | O_WRONLY, 0600)); }
static int do_tmpfile(void) { return closed(open(at(""), O_TMPFILE | O_RDWR, 0600)); }
static int do_mkdir(void) { return said(mkdir(at("/newdir"), 0700)); }
static int do_mknod(void) { return said(mknod(at("/newpipe"), S_IFIFO | 0600, 0)); }
static int do_symlink(void) { return said(symlink("/", at("/newlink"))); }
static int do_link_out(void) { unlink(beside("linked")); return said(link(at("/file"), beside("linked"))); }
static int do_link_in(void) { return said(link(beside("other"), at("/linked"))); }
static int do_rename(void) { return said(rename(at("/file"), at("/file2"))) ?: said(rename(at("/file2"), at("/file"))); }
static int do_rename_out(void) { return said(rename(at("/file"), beside("moved"))) ?: said(rename(beside("moved"), at("/file"))); }
static int do_rename_in(void) { spill(beside("in"), ""); return said(rename(beside("in"), at("/sub/in"))); }
static int do_exchange(void)
{
	spill(beside("in"), MARKER);
	return said(syscall(SYS_renameat2, AT_FDCWD, beside("in"), AT_FDCWD, at("/file"), 2 /* RENAME_EXCHANGE */));
}
static int do_truncate(void) { return said(truncate(at("/file"), 1)); }
static int do_chmod(void) { return said(chmod(at("/file"), 0640)); }
static int do_chown(void) { return said(chown(at("/sub/file"), 1, 1)); }
static int do_utimes(void) { return said(utimensat(AT_FDCWD, at("/file"), NULL, 0)); }
static int do_setxattr(void) { return said(setxattr(at("/file"), "trusted.test", "1", 1, 0)); }
static int do_removexattr(void) { return said(removexattr(at("/file"), "trusted.test")); }

/* Owner, group and others: as its mode has them already. */
static const unsigned char plain_acl[] = {
	2, 0, 0, 0, 1, 0, 6, 0, 0xff, 0xff, 0xff, 0xff, 4, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, 32, 0, 4, 0, 0xff, 0xff, 0xff, 0xff
};
static int do_set_acl(void) { return said(setxattr(at("/file"), "system.posix_acl_access", plain_acl, sizeof(plain_acl), 0)); }
static int do_remove_acl(void) { return said(removexattr(at("/file"), "system.posix_acl_access")); }

/* The flags of chattr(1), without a descriptor: since Linux 6.17. */
static int set_flags(const char *path)
{
	struct { __u64 xflags; __u32 extent, extents, project, cow; } attr = { .xflags = NODUMP };

	return said(syscall(SYS_FILE_SETATTR, AT_FDCWD, path, &attr, sizeof(attr), 0));
}
static int do_set_flags(void) { return set_flags(at("/file")); }

static int do_watch(void)
{
	int fd = inotify_init1(IN_CLOEXEC), err = said(inotify_add_watch(fd, at(""), IN_CREATE) < 0);

	close(fd);
	return err;
}

static int do_reopen(void)
{
	char path[64];
	int fd = open(at("/sub/file"), O_PATH), err;

	if (fd < 0)
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = closed(open(path, O_RDONLY));
	close(fd);
	return err;
}

static int do_handle(void)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} file = { .handle = { .handle_bytes = MAX_HANDLE_SZ } };
	int mount, base = open(BASE, O_RDONLY | O_DIRECTORY), err;

	if (name_to_handle_at(AT_FDCWD, at("/sub/file"), &file.handle, &mount, 0))
		return errno;
	err = closed(open_by_handle_at(base, &file.handle, O_RDONLY));
	close(base);
	return err;
}

/* By another mount of the same tree. */
static int do_read_by_bind_mount(void)
{
	int err = said(mount(at("/sub"), BASE "/mnt", NULL, MS_BIND, NULL));

	if (err)
		return err;
	err = closed(open(BASE "/mnt/file", O_RDONLY));
	umount2(BASE "/mnt", MNT_DETACH);
	return err;
}

static int do_read_by_overlay(void)
{
	char options[256];
	int err;

	snprintf(options, sizeof(options), "lowerdir=%s:" BASE "/empty", at("/sub"));
	err = said(mount("none", BASE "/mnt", "overlay", 0, options));
	if (err)
		return err;
	err = closed(open(BASE "/mnt/file", O_RDONLY));
	umount2(BASE "/mnt", MNT_DETACH);
	return err;
}

static int do_cover(void)
{
	int err = said(mount("none", at("/sub"), "tmpfs", 0, NULL));

	if (!err)
		umount2(at("/sub"), MNT_DETACH);
	return err;
}

static int do_cover_by_bind(void)
{
	int err = said(mount(BASE "/empty", at("/sub"), NULL, MS_BIND, NULL));

	if (!err)
		umount2(at("/sub"), MNT_DETACH);
	return err;
}

static int do_unlink(void) { return said(unlink(at("/file"))); }
static int do_rmdir(void) { return said(rmdir(at("/empty"))); }

struct deed {
	const char *name, *hook;
	int (*run)(void);
	bool nobody;		/* not for the owner either */
};

/* Those that take something away come last. */
static const struct deed deeds[] = {
	{ "read", "file_open", do_read, false }, { "write", "file_open", do_write, false }, { "list", "file_open", do_list, false },
	{ "list_below", "file_open", do_list_below, false }, { "reopen", "file_open", do_reopen, false }, { "handle", "file_open", do_handle, false },
	{ "read_by_bind_mount", "file_open", do_read_by_bind_mount, false },
	{ "read_by_overlay", "file_open", do_read_by_overlay, true },
	{ "create", "inode_create", do_create, false }, { "tmpfile", "file_open", do_tmpfile, false }, { "mkdir", "inode_mkdir", do_mkdir, false },
	{ "mknod", "inode_mknod", do_mknod, false }, { "symlink", "inode_symlink", do_symlink, false },
	{ "link_out", "inode_link", do_link_out, false }, { "link_in", "inode_link", do_link_in, false },
	{ "rename", "inode_rename", do_rename, false }, { "rename_out", "inode_rename", do_rename_out, false },
	{ "rename_in", "inode_rename", do_rename_in, false }, { "exchange", "inode_rename", do_exchange, false },
	{ "chmod", "inode_setattr", do_chmod, false }, { "chown", "inode_setattr", do_chown, false }, { "utimes", "inode_setattr", do_utimes, false },
	{ "setxattr", "inode_setxattr", do_setxattr, false }, { "removexattr", "inode_removexattr", do_removexattr, false },
	{ "set_acl", "inode_set_acl", do_set_acl, false }, { "remove_acl", "inode_remove_acl", do_remove_acl, false },
	{ "set_flags", "inode_file_setattr", do_set_flags, false },
	{ "watch", "path_notify", do_watch, false }, { "cover", "sb_mount", do_cover, true },
	{ "cover_by_bind", "sb_mount", do_cover_by_bind, true }, { "truncate", "inode_setattr", do_truncate, false },
	{ "truncating_open", "file_open", do_append, false }, { "unlink", "inode_unlink", do_unlink, false }, { "rmdir", "inode_rmdir", do_rmdir, false },
};

/* What the deeds are done to, from the beginning. */
static void make(const char *where)
{
	char command[512];

	snprintf(command, sizeof(command), "rm -rf %s/*; mkdir -p %s/sub %s/empty " BASE "/mnt " BASE "/empty; "
		 "echo 'the marker' > %s/file; cp %s/file %s/sub/file; echo x > " BASE "/other",
		 where, where, where, where, where, where);
	assert_int_equal(system(command), 0);
	dir = where;
	setxattr(at("/file"), "trusted.test", "1", 1, 0);
}

static bool is_skipped(const struct deed *deed)
{
	return !strcmp(deed->name, "set_flags") && set_flags("/nowhere") == ENOSYS;
}

/* Before v6.2 access control lists are attributes like others. */
static const char *hook_of(const struct deed *deed)
{
	struct utsname name;

	if (!strstr(deed->name, "_acl") || uname(&name) || strncmp(name.release, "6.1.", 4))
		return deed->hook;
	return strcmp(deed->name, "set_acl") ? "inode_removexattr" : "inode_setxattr";
}

static void deny(void **state)
{
	const struct deed *deed = *state;
	struct mark before = mark();
	struct json_object *record;

	dir = TREE;
	assert_int_equal(deed->run(), EPERM);
	umount2(BASE "/mnt", MNT_DETACH);
	record = assert_refused(&before, GUARD_data, strstr(deed->name, "cover") ? "cover" : "protected", 1);
	assert_field(record, "hook", hook_of(deed));
	assert_rule(record, "data:");
	json_object_put(record);
	/* Of overlayfs no kernel before 6.7 tells where in a layer a file is: on this file system that is refused altogether. */
	if (overlay_hides && !strcmp(deed->name, "read_by_overlay"))
		return;
	/* The very same, where nothing is protected. */
	make(OPEN);
	before = mark();
	assert_int_equal(deed->run(), 0);
	assert_undisturbed(&before, GUARD_data);
}

static void allow_the_owner_all_of_it(void **state)
{
	struct mark before = mark();
	struct ran *ran;

	(void)state;
	dir = TREE;
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		if (deeds[i].nobody || is_skipped(&deeds[i]))
			continue;
		ran = RUN(OWNER, "deed", deeds[i].name, TREE);
		if (ran->status)
			print_message("# %s: %s\n", deeds[i].name, strerror(ran->status));
		assert_int_equal(ran->status, 0);
	}
	assert_undisturbed(&before, GUARD_data);
	assert_int_equal(closed(open(BASE "/in.owner", O_RDONLY)), EPERM);
}

static void deny_what_left_the_tree(void **state)
{
	(void)state;
	assert_int_equal(RUN(OWNER, "keep", TREE)->status, 0);
	assert_int_equal(closed(open(BASE "/linked.owner", O_RDONLY)), EPERM);
	assert_int_equal(closed(open(BASE "/moved.owner", O_RDONLY)), EPERM);
	assert_int_equal(closed(open(BASE "/moveddir.owner/file", O_RDONLY)), EPERM);
	/* What came into it is protected by its other name, too. */
	assert_int_equal(closed(open(BASE "/other.owner", O_RDONLY)), EPERM);
}

static void deny_a_key_after_it_was_rotated(void **state)
{
	(void)state;
	assert_int_equal(closed(open(KEY, O_RDONLY)), EPERM);
	assert_int_equal(RUN(OWNER, "rotate")->status, 0);
	assert_int_equal(closed(open(KEY, O_RDONLY)), EPERM);
	assert_int_equal(rename(BASE "/empty", BASE "/empty2"), 0);
	assert_int_equal(rename(BASE "/empty2", BASE "/empty"), 0);
	assert_int_equal(RUN(OWNER, "read", KEY)->status, 0);
}

/* However fast names come and go, and dentries with them: not one read gets through. */
static void deny_in_a_storm_of_renames(void **state)
{
	unsigned int refused = 0, missing = 0;
	pid_t storm;

	(void)state;
	assert_int_equal(RUN(OWNER, "fill", TREE)->status, 0);
	storm = fork();
	if (!storm) {
		execl(OWNER, OWNER, "storm", TREE, NULL);
		_exit(127);
	}
	for (unsigned int i = 0; i < (is_long() ? 200000 : 5000); i++) {
		static const char *const names[] = { TREE "/file", TREE "/sub/storm", TREE "/stormdir/file", TREE "/sub/stormdir/file" };
		int fd = open(names[i % ARRAY_SIZE(names)], O_RDONLY | O_CLOEXEC);

		assert_int_equal(fd, -1);
		refused += errno == EPERM;
		missing += errno == ENOENT;
		assert_int_equal(refused + missing, i + 1);
		if (i % 500 == 0)
			spill("/proc/sys/vm/drop_caches", "3");
	}
	kill(storm, SIGKILL);
	waitpid(storm, NULL, 0);
	print_message("# %u refused, %u not there\n", refused, missing);
	assert_true(refused && missing);
	/* The log keeps as many as it can; the counters all. */
	assert_int_equal(RUN(OWNER, "calm", TREE)->status, 0);
}

static void deny_starting_another_program(void **state)
{
	struct mark before = mark();
	struct json_object *record;

	(void)state;
	assert_int_equal(RUN(OWNER, "start", "/bin/true")->status, EPERM);
	record = assert_refused(&before, GUARD_data, "inherit", 1);
	assert_field(record, "hook", "bprm_check_security");
	json_object_put(record);
	before = mark();
	assert_int_equal(RUN(OWNER, "start", OWNER)->status, 0);
	assert_undisturbed(&before, GUARD_data);
}

static void deny_a_descriptor_that_is_sent(void **state)
{
	struct mark before = mark();
	struct json_object *record;
	int got[2];

	(void)state;
	make(OPEN);
	receive_from(OWNER, got);
	assert_int_equal(got[0], -1);
	assert_true(got[1] >= 0);
	close(got[1]);
	record = assert_refused(&before, GUARD_data, "protected", 1);
	assert_field(record, "hook", "file_receive");
	json_object_put(record);
}

static void allow_the_rest_of_the_machine(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(system("echo 3 > /proc/sys/vm/drop_caches; ls / > /dev/null; : > /tmp/x; mv /tmp/x /tmp/y; rm /tmp/y"), 0);
	assert_undisturbed(&before, GUARD_data);
	dir = TREE;
	assert_int_equal(do_list(), EPERM);
}

static void allow_removing_where_the_policy_says_so(void **state)
{
	(void)state;
	load_text(POLICY_HERE("mode: enforce, protect: " RULES("allow")));
	dir = TREE;
	assert_int_equal(RUN(OWNER, "fill", TREE)->status, 0);
	assert_int_equal(do_read(), EPERM);
	assert_int_equal(do_unlink(), 0);
	assert_int_equal(do_rmdir(), 0);
}

static void allow_but_record(void **state)
{
	struct mark before;

	(void)state;
	assert_int_equal(RUN(OWNER, "fill", TREE)->status, 0);
	load_text(POLICY_HERE("mode: audit, protect: " RULES("deny")));
	before = mark();
	dir = TREE;
	assert_int_equal(do_read(), 0);
	json_object_put(assert_would_deny(&before, GUARD_data, "protected"));
	HARDEN(0, "verify");
}

static void deny_loading_what_can_t_be_protected(void **state)
{
	static const struct { const char *rule, *why; } wrong[] = {
		{ "{paths: /proc/version, by: /bin/true}", "Operation not supported" },
		{ "{paths: " BASE "/no, by: /bin/true}", "No such file" },
		{ "{paths: " TREE ", by: /bin/true}", "Invalid argument" },
		{ "{paths: " TREE "/, by: /no/such/program}", "find '/no/such/program'" },
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct ran *ran;

		snprintf(text, sizeof(text), POLICY_HERE("mode: enforce, protect: [%s]"), wrong[i].rule);
		spill(POLICY, text);
		ran = HARDEN(1, "load", "--policy", POLICY);
		assert_non_null(strstr(ran->err, wrong[i].why));
	}
}

/* Open before the load: the seal says so. */
static void find_what_is_open_already(void **state)
{
	int fd = open(TREE "/file", O_RDONLY | O_CLOEXEC);
	struct ran *ran;

	(void)state;
	assert_true(fd >= 0);
	load_text(POLICY_HERE("mode: enforce, protect: " RULES("deny")));
	ran = HARDEN(0, "seal", "--dry-run");
	assert_non_null(strstr(ran->out, "of data.protect open"));
	close(fd);
	ran = HARDEN(0, "seal", "--dry-run");
	assert_null(strstr(ran->out, "of data.protect open"));
}

static void seal(void **state)
{
	(void)state;
	HARDEN(0, "seal");
	assert_state("sealed");
	assert_whole();
	assert_int_equal(RUN(OWNER, "fill", TREE)->status, 0);
}

/* ---- What the owner does ---- */

static int put(const char *path)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600), err = fd < 0 ? errno : 0;

	if (fd >= 0 && write(fd, MARKER, strlen(MARKER)) < 0)
		err = errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static int fill(void)
{
	static const char *const made[] = { "/new", "/newpipe", "/newlink", "/linked" };

	for (size_t i = 0; i < ARRAY_SIZE(made); i++)
		unlink(at(made[i]));
	rmdir(at("/newdir"));
	mkdir(at("/sub"), 0700);
	mkdir(at("/empty"), 0700);
	return put(at("/file")) ?: put(at("/sub/file")) ?: said(setxattr(at("/file"), "trusted.test", "1", 1, 0));
}

static int keep(void)
{
	unlink(beside("linked"));
	unlink(at("/linked"));
	put(beside("other"));
	return fill() ?: said(link(at("/file"), beside("linked"))) ?: put(at("/leaving")) ?: said(rename(at("/leaving"), beside("moved"))) ?:
	       said(mkdir(at("/leavingdir"), 0700)) ?: put(at("/leavingdir/file")) ?: said(rename(at("/leavingdir"), beside("moveddir"))) ?:
	       said(link(beside("other"), at("/linked")));
}

static void storm(void)
{
	mkdir(at("/stormdir"), 0700);
	put(at("/stormdir/file"));
	for (;;) {
		rename(at("/file"), at("/sub/storm"));
		rename(at("/stormdir"), at("/sub/stormdir"));
		rename(at("/sub/storm"), at("/file"));
		rename(at("/sub/stormdir"), at("/stormdir"));
	}
}

static int calm(void)
{
	static const char *const names[] = { "/sub/storm", "/stormdir/file", "/sub/stormdir/file" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlink(at(names[i]));
	rmdir(at("/stormdir"));
	rmdir(at("/sub/stormdir"));
	return fill();
}

static int own(int argc, char **argv)
{
	dir = argv[argc - 1];
	is_owner = true;
	if (!strcmp(argv[1], "deed")) {
		fill();
		put(beside("other"));
		unlink(at("/linked"));
		for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
			if (!strcmp(argv[2], deeds[i].name))
				return deeds[i].run();
	}
	if (!strcmp(argv[1], "fill"))
		return fill();
	if (!strcmp(argv[1], "storm"))
		storm();
	if (!strcmp(argv[1], "calm"))
		return calm();
	if (!strcmp(argv[1], "keep"))
		return keep();
	if (!strcmp(argv[1], "rotate"))
		return put(KEY ".new") ?: said(rename(KEY ".new", KEY));
	if (!strcmp(argv[1], "read"))
		return closed(open(argv[2], O_RDONLY));
	if (!strcmp(argv[1], "send"))
		return send_opened(atoi(argv[2]), TREE "/file", OPEN "/file");
	if (!strcmp(argv[1], "start")) {
		execl(argv[2], argv[2], "nothing", NULL);
		return errno;
	}
	return 0;
}

/* Once something is mounted on BASE. */
static int fill_base(void)
{
	if (mkdir(TREE, 0700) || mkdir(OPEN, 0700))
		return -1;
	copy_file("/proc/self/exe", OWNER);
	if (chmod(OWNER, 0755))
		return -1;
	make(OPEN);
	make(TREE);
	spill(KEY, MARKER);
	return 0;
}

/* Adds them to `tests`, with room for FILE_TESTS, and returns how many. */
#define FILE_TESTS	(2 * ARRAY_SIZE(deeds) + 12)
static size_t add_file_tests(struct CMUnitTest *tests)
{
	size_t n = 0;

	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_loading_what_can_t_be_protected);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(find_what_is_open_already);
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
		if (!is_skipped(&deeds[i]))
			tests[n++] = test_of_row("deny", deeds[i].name, "", deny, &deeds[i]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_the_owner_all_of_it);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_starting_another_program);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_removing_where_the_policy_says_so);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_but_record);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(find_what_is_open_already);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(seal);
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
		if (!is_skipped(&deeds[i]))
			tests[n++] = test_of_row("deny", deeds[i].name, "sealed", deny, &deeds[i]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_a_key_after_it_was_rotated);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_a_descriptor_that_is_sent);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_the_rest_of_the_machine);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_what_left_the_tree);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_in_a_storm_of_renames);
	return n;
}

#endif
