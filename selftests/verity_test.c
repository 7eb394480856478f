// SPDX-License-Identifier: GPL-2.0-only
/*
 * verity_test.c - exec.allow by fs-verity digest: what has a listed digest starts, wherever it is; everything else does
 * not, whatever its name and place.
 * Boots: ram
 * Long boots: ramlockdown
 * Kernels: 6.1 7
 * Alone: it seals
 */
#include "child.h"
#include "sealing.h"
#include "util.h"
#include "verity.h"

#include <linux/fsverity.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/utsname.h>

#define PROGRAM		"/usr/bin/true"
#define EXT4		"/mnt/ext4"
#define TEXT_MAX	8192

/* Each entry has a line of its own, for messages to name. */
#define POLICY_ALLOW								\
	"version: 1\nname: verity\nexec:\n  mode: enforce\n  introduced: allow\n  allow:\n    - /usr/bin/dmesg\n"
#define NEXT_LINE	":8: exec.allow: "
#define POLICY_REST								\
	"ptrace: { mode: enforce }\nmodules: { mode: enforce }\n"		\
	"egress: { mode: enforce, allow: [{ to: [127.0.0.0/8, \"::1\"] }] }\n"	\
	"ingress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n"	\
	SEAL_TEXT(TOLERATE_GUARDS)

/* Not by asking as hardenctl does: it must not find that a kernel can't that can. */
static bool able(void)
{
	int major = 0, minor = 0;
	struct utsname name;

	assert_int_equal(uname(&name), 0);
	assert_int_equal(sscanf(name.release, "%d.%d", &major, &minor), 2);
	return major > 6 || (major == 6 && minor >= 8);
}

/* ---- Files ---- */

/* `flip`: with one bit changed that no program looks at, that of its last byte. */
static void copy_file(const char *from, const char *to, bool flip)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	struct stat st;
	off_t left;
	char byte;

	assert_int_equal(fstat(in, &st), 0);
	out = open(to, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0755);
	assert_true(out >= 0);
	for (left = st.st_size; left > 0;) {
		ssize_t len = sendfile(out, in, NULL, left);

		assert_true(len > 0);
		left -= len;
	}
	if (flip) {
		assert_int_equal(pread(out, &byte, 1, st.st_size - 1), 1);
		byte ^= 1;
		assert_int_equal(pwrite(out, &byte, 1, st.st_size - 1), 1);
	}
	assert_int_equal(fchmod(out, 0755), 0);
	close(out);
	close(in);
}

static void enable(const char *path, __u32 algorithm)
{
	struct fsverity_enable_arg arg = { .version = 1, .hash_algorithm = algorithm, .block_size = 4096 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_equal(ioctl(fd, FS_IOC_ENABLE_VERITY, &arg), 0);
	close(fd);
}

static void install(const char *from, const char *to, bool flip)
{
	copy_file(from, to, flip);
	enable(to, FS_VERITY_HASH_ALG_SHA256);
}

static const char *digest_of(const char *path)
{
	static char text[VERITY_TEXT];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct verity verity;

	assert_int_equal(verity_measure(fd, &verity), 0);
	close(fd);
	verity_format(&verity, text);
	return text;
}

/* ---- Policies ---- */

static char text[TEXT_MAX];

static void begin_policy(void)
{
	strcpy(text, POLICY_ALLOW);
}

static void add_entry(const char *path, const char *digest, const char *more)
{
	size_t used = strlen(text);

	snprintf(text + used, sizeof(text) - used, "    - {path: %s, verity: \"%s\"%s}\n", path, digest, more);
}

static void end_policy(void)
{
	assert_true(strlen(text) + sizeof(POLICY_REST) <= sizeof(text));
	strcat(text, POLICY_REST);
	spill(POLICY, text);
}

/* `sleep`: with it. */
static void load_all(bool sleep)
{
	begin_policy();
	add_entry(EXT4 "/listed", digest_of(EXT4 "/listed"), "");
	add_entry(EXT4 "/long", digest_of(EXT4 "/long"), "");
	add_entry(EXT4 "/replaced", digest_of(EXT4 "/replaced"), "");
	add_entry(EXT4 "/dash", digest_of(EXT4 "/dash"), ", class: shell");
	add_entry(EXT4 "/bash", digest_of(EXT4 "/bash"), "");
	if (sleep)
		add_entry(EXT4 "/sleep", digest_of(EXT4 "/sleep"), "");
	end_policy();
	HARDEN(0, "load", "--policy", POLICY);
}

/* A load that fails with `code` and says all of that, at the line of the first entry. */
static void assert_not_loaded(int code, const char *path, const char *digest, const char *first, const char *second)
{
	struct ran *ran;

	begin_policy();
	add_entry(path, digest, "");
	end_policy();
	ran = HARDEN(code, "load", "--policy", POLICY);
	if (!strstr(ran->err, first) || !strstr(ran->err, second))
		print_message("# %s\n", ran->err);
	assert_non_null(strstr(ran->err, first));
	assert_non_null(strstr(ran->err, second));
	assert_non_null(strstr(ran->err, POLICY NEXT_LINE));
	assert_non_null(strstr(ran->err, "hint: "));
	assert_string_equal(machine_state(), "off");
}

/* ---- Verdicts ---- */

static void assert_starts(const char *path)
{
	struct mark before = mark();

	assert_int_equal(RUN(path)->status, 0);
	assert_undisturbed(&before, GUARD_exec);
}

static void assert_shell_starts(const char *path)
{
	struct mark before = mark();

	assert_int_equal(RUN(path, "-c", "exit 7")->status, 7);
	assert_undisturbed(&before, GUARD_exec);
}

/* EPERM, one record that names it, the counter. */
static void assert_does_not_start(const char *path, const char *reason)
{
	struct mark before = mark();
	struct ran *ran = RUN(path);
	struct json_object *record;

	assert_int_equal(ran->status, 127);
	assert_string_equal(ran->out, "1");	/* EPERM */
	record = assert_refused(&before, GUARD_exec, reason, 1);
	assert_field(record, "hook", "bprm_check_security");
	assert_field(record, "object.path", path);
	json_object_put(record);
}

/* ---- At the load ---- */

static void deny_load_of_another_digest(void **state)
{
	char listed[VERITY_TEXT];

	(void)state;
	strcpy(listed, digest_of(EXT4 "/changed"));
	assert_not_loaded(EXIT_FAILED, EXT4 "/listed", listed, listed, digest_of(EXT4 "/listed"));
	/* Of the same content, by another algorithm. */
	strcpy(listed, digest_of(EXT4 "/long"));
	assert_not_loaded(EXIT_FAILED, EXT4 "/listed", listed, listed, digest_of(EXT4 "/listed"));
}

static void deny_load_of_a_file_without_digest(void **state)
{
	(void)state;
	assert_not_loaded(EXIT_FAILED, EXT4 "/plain", digest_of(EXT4 "/listed"), "has no fs-verity digest",
			  "hint: run: fsverity enable " EXT4 "/plain");
	assert_not_loaded(EXIT_FAILED, "/tmp/plain", digest_of(EXT4 "/listed"), "ask for the fs-verity digest of '/tmp/plain'",
			  "ext4");
	assert_not_loaded(EXIT_FAILED, EXT4 "/none", digest_of(EXT4 "/listed"), "No such file or directory", "is there");
}

static void deny_load_where_the_kernel_can_not_tell(void **state)
{
	(void)state;
	assert_not_loaded(EXIT_KERNEL, EXT4 "/listed", digest_of(EXT4 "/listed"),
			  "this kernel can't tell fs-verity digests; Linux 6.8 and newer can", "without 'verity'");
	/* The same without the digest. */
	begin_policy();
	strcat(text, "    - " EXT4 "/listed\n");
	end_policy();
	HARDEN(0, "load", "--policy", POLICY);
	assert_starts(EXT4 "/listed");
	assert_does_not_start(EXT4 "/copies/listed", "unlisted");
}

static void probe_says_whether_the_kernel_can_tell(void **state)
{
	struct ran *ran = HARDEN(0, "probe");

	(void)state;
	assert_non_null(strstr(ran->out, able() ? "  ok   fs-verity " : "  NO   fs-verity "));
}

/* ---- What starts ---- */

static void allow_what_has_a_listed_digest(void **state)
{
	(void)state;
	assert_starts(EXT4 "/listed");
	assert_starts(EXT4 "/copies/listed");
	assert_starts(EXT4 "/copies/another-name");
	assert_starts(EXT4 "/long");
	/* By another way to it. */
	assert_starts("/tmp/link");
	assert_starts("/tmp/bound");
}

static void deny_what_has_none(void **state)
{
	(void)state;
	assert_does_not_start(EXT4 "/plain", "unlisted");
	assert_does_not_start("/tmp/plain", "unlisted");
	assert_does_not_start(PROGRAM, "unlisted");
}

static void deny_what_has_another(void **state)
{
	(void)state;
	assert_does_not_start(EXT4 "/changed", "unlisted");
	assert_does_not_start(EXT4 "/unlisted", "unlisted");
	/* What is listed is the digest by sha512, which its content has by sha256 nowhere. */
	assert_does_not_start(EXT4 "/short", "unlisted");
}

/* A class goes before the list, by inode and by how a program begins, where the entry does not say it. */
static void deny_a_shell_but_as_a_shell(void **state)
{
	(void)state;
	assert_shell_starts(EXT4 "/dash");
	assert_shell_starts(EXT4 "/copies/dash");
	assert_does_not_start(EXT4 "/copies/plain-dash", "shell");
	assert_does_not_start("/usr/bin/dash", "shell");
	assert_does_not_start(EXT4 "/bash", "shell");
}

/* Nobody could look at it first, whatever it holds. */
static void deny_it_unlinked(void **state)
{
	struct mark before;
	char link[32];
	int fd;

	(void)state;
	install(PROGRAM, EXT4 "/copies/unlinked", false);
	fd = open(EXT4 "/copies/unlinked", O_RDONLY);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	assert_starts(link);
	assert_int_equal(unlink(EXT4 "/copies/unlinked"), 0);
	before = mark();
	assert_int_equal(RUN(link)->status, 127);
	json_object_put(assert_refused(&before, GUARD_exec, "fileless", 1));
	close(fd);
}

static void deny_the_path_while_it_is_another_file(void **state)
{
	(void)state;
	assert_starts(EXT4 "/replaced");
	install(PROGRAM, EXT4 "/new", true);
	assert_int_equal(rename(EXT4 "/new", EXT4 "/replaced"), 0);
	assert_does_not_start(EXT4 "/replaced", "unlisted");
	/* What it was, before it can be trusted to stay so, and then. */
	copy_file(PROGRAM, EXT4 "/new", false);
	assert_int_equal(rename(EXT4 "/new", EXT4 "/replaced"), 0);
	assert_does_not_start(EXT4 "/replaced", "unlisted");
	enable(EXT4 "/replaced", FS_VERITY_HASH_ALG_SHA256);
	assert_starts(EXT4 "/replaced");
	/* Nor can anybody change it now. */
	assert_int_equal(open(EXT4 "/replaced", O_RDWR | O_CLOEXEC), -1);
	assert_int_equal(errno, EPERM);
}

/* ---- The seal ---- */

static void find_processes_by_digest(void **state)
{
	char *argv[] = { (char *)"sleep", (char *)"120", NULL };
	struct ran *ran;
	int status;
	pid_t pid;

	(void)state;
	load_all(/* sleep= */ true);
	pid = fork();
	if (!pid) {
		execv(EXT4 "/copies/sleep", argv);
		_exit(1);
	}
	usleep(500000);
	ran = HARDEN(0, "seal", "--dry-run");
	/* The test itself is not listed. */
	assert_non_null(strstr(ran->out, "verity_test) runs what exec.allow does not list"));
	assert_null(strstr(ran->out, EXT4 "/copies/sleep"));
	load_all(/* sleep= */ false);
	ran = HARDEN(0, "seal", "--dry-run");
	assert_non_null(strstr(ran->out, "(sleep, " EXT4 "/copies/sleep) runs what exec.allow does not list"));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void seal(void **state)
{
	(void)state;
	HARDEN(0, "seal");
	assert_whole();
	assert_state("sealed");
}

/* ---- The machine ---- */

static void make_file_system(void)
{
	int fd = open("/image", O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

	assert_int_equal(ftruncate(fd, 32 << 20), 0);
	close(fd);
	/* 6.1 wants blocks as large as pages. */
	assert_int_equal(RUN("mke2fs", "-q", "-t", "ext4", "-b", "4096", "-O", "verity", "/image")->status, 0);
	assert_int_equal(RUN("losetup", "/dev/loop0", "/image")->status, 0);
	assert_int_equal(mount("/dev/loop0", EXT4, "ext4", 0, NULL), 0);
}

static int set_up(void **state)
{
	(void)state;
	mkdir("/mnt", 0755);
	assert_int_equal(mkdir(EXT4, 0755), 0);
	make_file_system();
	assert_int_equal(mkdir(EXT4 "/copies", 0755), 0);
	install(PROGRAM, EXT4 "/listed", false);
	install(PROGRAM, EXT4 "/copies/listed", false);
	install(PROGRAM, EXT4 "/copies/another-name", false);
	install(PROGRAM, EXT4 "/replaced", false);
	install(PROGRAM, EXT4 "/changed", true);
	install("/usr/bin/sleep", EXT4 "/sleep", false);
	install("/usr/bin/sleep", EXT4 "/copies/sleep", false);
	install("/usr/bin/env", EXT4 "/unlisted", false);
	install("/usr/bin/dash", EXT4 "/dash", false);
	install("/usr/bin/dash", EXT4 "/copies/dash", false);
	install("/usr/bin/bash", EXT4 "/bash", false);
	copy_file("/usr/bin/dash", EXT4 "/copies/plain-dash", false);
	copy_file(PROGRAM, EXT4 "/plain", false);
	copy_file(PROGRAM, "/tmp/plain", false);
	/* A module of 6.1's, and of no use there. */
	copy_file("/usr/bin/id", EXT4 "/long", false);
	if (able())
		enable(EXT4 "/long", FS_VERITY_HASH_ALG_SHA512);
	install("/usr/bin/id", EXT4 "/short", false);
	assert_int_equal(symlink(EXT4 "/listed", "/tmp/link"), 0);
	spill("/tmp/bound", "");
	return mount(EXT4 "/listed", "/tmp/bound", NULL, MS_BIND, NULL);
}

int main(void)
{
	static const struct CMUnitTest old[] = {
		cmocka_unit_test(probe_says_whether_the_kernel_can_tell),
		cmocka_unit_test(deny_load_where_the_kernel_can_not_tell),
	};
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(probe_says_whether_the_kernel_can_tell),
		cmocka_unit_test(deny_load_of_another_digest),
		cmocka_unit_test(deny_load_of_a_file_without_digest),
		cmocka_unit_test(find_processes_by_digest),
#define VERDICTS								\
		cmocka_unit_test(allow_what_has_a_listed_digest),		\
		cmocka_unit_test(deny_what_has_none),				\
		cmocka_unit_test(deny_what_has_another),			\
		cmocka_unit_test(deny_a_shell_but_as_a_shell),			\
		cmocka_unit_test(deny_it_unlinked),				\
		cmocka_unit_test(deny_the_path_while_it_is_another_file),
		VERDICTS
		cmocka_unit_test(seal),
		VERDICTS
	};

	return able() ? cmocka_run_group_tests(tests, set_up, NULL) : cmocka_run_group_tests(old, set_up, unload);
}
