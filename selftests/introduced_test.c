// SPDX-License-Identifier: GPL-2.0-only
/*
 * introduced_test.c - exec.introduced: what was not there at the baseline, or may have been changed since then, does not
 * start; what only moved does.
 * Boots: ram
 * Long boots: ramlockdown
 * Kernels: 6.1
 * Alone: it seals
 */
#include "child.h"
#include "files.h"
#include "sealing.h"
#include "util.h"

#include <linux/fs.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <utime.h>

#define PROGRAM		"/usr/bin/true"
#define EXT4		"/mnt/ext4"
#define CHANGES		"/mnt/changes"	/* tmpfs: what the overlay has above /usr/bin */
#define EDGE(name)									\
	"{ parent: /repository/build/selftests/introduced_test, program: " EXT4 "/" name ", unlinked: yes, " \
	"after-seal: yes }"
#define POLICY_INTRODUCED(baseline)							\
	"version: 1\nname: introduced\n"						\
	"exec: { mode: enforce, baseline: " baseline ", except: [" EDGE("kept") ", " EDGE("written") "] }\n" \
	"ptrace: { mode: enforce }\nmodules: { mode: enforce }\n"			\
	"egress: { mode: enforce, allow: [{ to: [127.0.0.0/8, \"::1\"] }] }\n"		\
	"ingress: { mode: off }\ndata: { mode: off }\n"					\
	"kernel: { mode: enforce, devices: [{ device: block 7:0, access: read }, block 7:2] }\n"	\
	SEAL_TEXT(TOLERATE_GUARDS)

/* Directories on the file systems that a baseline knows. */
static const char *const places[] = { "/usr/local/introduced", "/tmp/introduced", EXT4 "/introduced" };

/* Something that happens to a program after the baseline was taken, and whether it starts then. */
struct way {
	const char *name;
	int (*act)(const char *path);	/* 0 or an errno */
	bool runs;
};

struct row {
	const struct way *way;
	const char *place;
};

static int closed(int fd)
{
	int err = fd < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/* ---- What changes a program, or could have ---- */

static int open_for_writing(const char *path)
{
	return closed(open(path, O_WRONLY | O_CLOEXEC));
}

static int write_one_byte(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte;

	if (fd < 0 || pread(fd, &byte, 1, 100) != 1 || pwrite(fd, &byte, 1, 100) != 1)
		return errno;
	close(fd);
	return 0;
}

static int truncate_by_name(const char *path)
{
	struct stat st;

	/* To the size that it has: what it does to the content is not asked. */
	return stat(path, &st) || truncate(path, st.st_size) ? errno : 0;
}

static int truncate_read_only(const char *path)
{
	return closed(open(path, O_RDONLY | O_TRUNC | O_CLOEXEC));
}

static int reopen_by_descriptor(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC), err;
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	err = closed(open(link, O_RDWR | O_CLOEXEC));
	close(fd);
	return err;
}

static int open_by_handle(const char *path)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle = { .head.handle_bytes = MAX_HANDLE_SZ };
	int mount_id, dir = open(path, O_RDONLY | O_CLOEXEC), err;

	if (name_to_handle_at(AT_FDCWD, path, &handle.head, &mount_id, 0))
		return errno;
	err = closed(open_by_handle_at(dir, &handle.head, O_RDWR | O_CLOEXEC));
	close(dir);
	return err;
}

static int map_and_close(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	close(fd);
	if (map == MAP_FAILED)
		return errno;
	munmap(map, 4096);
	return 0;
}

/* ---- Another file in its place ---- */

static int replace_by_rename(const char *path)
{
	char other[256];

	snprintf(other, sizeof(other), "%s.new", path);
	copy_file(PROGRAM, other);
	return rename(other, path) ? errno : 0;
}

static int unlink_and_write_anew(const char *path)
{
	if (unlink(path))
		return errno;
	copy_file(PROGRAM, path);
	return 0;
}

/* On file systems that give a number out again at once, until the very inode is back. */
static int take_its_inode(const char *path)
{
	struct stat before, after = {};

	if (stat(path, &before) || unlink(path))
		return errno;
	for (int i = 0; i < 64 && after.st_ino != before.st_ino; i++) {
		unlink(path);
		copy_file(PROGRAM, path);
		if (stat(path, &after))
			return errno;
	}
	return 0;
}

static int exchange(const char *path)
{
	char other[256];

	snprintf(other, sizeof(other), "%s.new", path);
	copy_file(PROGRAM, other);
	return renameat2(AT_FDCWD, other, AT_FDCWD, path, RENAME_EXCHANGE) ? errno : 0;
}

static int mount_over(const char *path)
{
	char other[256];

	snprintf(other, sizeof(other), "%s.new", path);
	copy_file(PROGRAM, other);
	return mount(other, path, NULL, MS_BIND, NULL) ? errno : 0;
}

/* ---- What leaves it the program that it was ---- */

static int nothing(const char *path)
{
	(void)path;
	return 0;
}

static int open_for_reading(const char *path)
{
	return closed(open(path, O_RDONLY | O_CLOEXEC));
}

static int change_attributes(const char *path)
{
	return chmod(path, 0711) || chown(path, 1, 1) || utime(path, NULL) ? errno : 0;
}

static int rename_there_and_back(const char *path)
{
	char other[256];

	snprintf(other, sizeof(other), "%s.moved", path);
	return rename(path, other) || rename(other, path) ? errno : 0;
}

/* Another name has come and this one has gone: one name is left. */
static int change_names(const char *path)
{
	char other[256];

	snprintf(other, sizeof(other), "%s.linked", path);
	return link(path, other) || unlink(path) || link(other, path) ? errno : 0;
}

static int drop_caches(const char *path)
{
	(void)path;
	sync();
	spill("/proc/sys/vm/drop_caches", "3\n");
	return 0;
}

/* Who may not write to it changes nothing, however often it tries. */
static int fail_to_open(const char *path)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(setgid(NOBODY) || setuid(NOBODY) || open(path, O_RDWR) >= 0 ? 1 : errno != EACCES);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status ? EBADF : 0;
}

static const struct way ways[] = {
	{ "open_for_writing", open_for_writing, false },
	{ "write_one_byte", write_one_byte, false },
	{ "truncate_by_name", truncate_by_name, false },
	{ "truncate_read_only", truncate_read_only, false },
	{ "reopen_by_descriptor", reopen_by_descriptor, false },
	{ "open_by_handle", open_by_handle, false },
	{ "map_and_close", map_and_close, false },
	{ "replace_by_rename", replace_by_rename, false },
	{ "unlink_and_write_anew", unlink_and_write_anew, false },
	{ "take_its_inode", take_its_inode, false },
	{ "exchange", exchange, false },
	{ "mount_over", mount_over, false },
	{ "nothing", nothing, true },
	{ "open_for_reading", open_for_reading, true },
	{ "change_attributes", change_attributes, true },
	{ "rename_there_and_back", rename_there_and_back, true },
	{ "change_names", change_names, true },
	{ "drop_caches", drop_caches, true },
	{ "fail_to_open", fail_to_open, true },
};

static void path_of(const struct row *row, char ret_path[256])
{
	snprintf(ret_path, 256, "%s/%s", row->place, row->way->name);
}

static void assert_starts(const char *path)
{
	struct mark before = mark();

	assert_int_equal(RUN(path)->status, 0);
	assert_undisturbed(&before, GUARD_exec);
}

/* EPERM, one record that names it, the counter. */
static void assert_does_not_start(const char *path)
{
	struct mark before = mark();
	struct ran *ran = RUN(path);
	struct json_object *record;

	assert_int_equal(ran->status, 127);
	assert_string_equal(ran->out, "1");	/* EPERM */
	record = assert_refused(&before, GUARD_exec, "introduced", 1);
	assert_field(record, "hook", "bprm_check_security");
	assert_field(record, "object.path", path);
	json_object_put(record);
}

static void way(void **state)
{
	const struct row *row = *state;
	char path[256];
	int err;

	path_of(row, path);
	err = row->way->act(path);
	assert_int_equal(err, 0);
	if (row->way->runs)
		assert_starts(path);
	else
		assert_does_not_start(path);
	umount2(path, MNT_DETACH);
}

/* ---- Places that the baseline does not know ---- */

static void deny_a_new_name(void **state)
{
	(void)state;
	copy_file(PROGRAM, "/tmp/introduced/later");
	assert_does_not_start("/tmp/introduced/later");
	/* A link leads to what is there. */
	assert_int_equal(symlink(PROGRAM, "/tmp/introduced/link"), 0);
	assert_starts("/tmp/introduced/link");
}

static void deny_a_new_script(void **state)
{
	(void)state;
	spill("/tmp/introduced/script", "#!" PROGRAM "\n");
	assert_int_equal(chmod("/tmp/introduced/script", 0755), 0);
	assert_does_not_start("/tmp/introduced/script");
	assert_starts("/tmp/introduced/old-script");
}

static void deny_a_file_system_that_came_later(void **state)
{
	(void)state;
	assert_int_equal(mkdir("/tmp/introduced/tmpfs", 0755), 0);
	assert_int_equal(mount("tmpfs", "/tmp/introduced/tmpfs", "tmpfs", 0, NULL), 0);
	copy_file(PROGRAM, "/tmp/introduced/tmpfs/program");
	assert_does_not_start("/tmp/introduced/tmpfs/program");
	assert_int_equal(umount2("/tmp/introduced/tmpfs", 0), 0);
	/* The same place as a second name of a directory that was there. */
	assert_int_equal(mount("/usr/bin", "/tmp/introduced/tmpfs", NULL, MS_BIND, NULL), 0);
	assert_starts("/tmp/introduced/tmpfs/true");
	assert_int_equal(umount2("/tmp/introduced/tmpfs", 0), 0);
}

static void deny_an_overlay(void **state)
{
	(void)state;
	assert_int_equal(mkdir("/tmp/introduced/overlay", 0755), 0);
	assert_int_equal(mount("overlay", "/tmp/introduced/overlay", "overlay", 0, "lowerdir=/usr/bin,upperdir="
			       CHANGES "/late,workdir=" CHANGES "/late-work"), 0);
	assert_does_not_start("/tmp/introduced/overlay/true");
	assert_int_equal(umount2("/tmp/introduced/overlay", 0), 0);
	/* One that was there at the baseline is none to vouch for. */
	assert_does_not_start(CHANGES "/early/true");
}

/* The file was open, or mapped, for writing when the baseline was taken, and still is. */
static int writer = -1;
static void *mapped;

static void deny_what_was_being_written(void **state)
{
	(void)state;
	close(writer);
	munmap(mapped, 4096);
	assert_does_not_start("/usr/local/introduced/written");
	assert_does_not_start("/usr/local/introduced/mapped");
	assert_starts("/usr/local/introduced/beside");
}

/*
 * Its programs go with it: what is mounted under its number later, with inode numbers and generations that were chosen
 * for that, could be another one.  Nor can it be mounted for writing, which would be one more way to its disk.
 */
static void deny_a_file_system_that_went_away(void **state)
{
	struct json_object *record;
	struct mark before;
	struct stat then, now;
	int loop;

	(void)state;
	assert_starts(EXT4 "/program");
	assert_int_equal(stat(EXT4 "/program", &then), 0);
	assert_int_equal(umount2(EXT4, 0), 0);
	before = mark();
	assert_int_equal(mount("/dev/loop0", EXT4, "ext4", 0, NULL), -1);
	record = assert_refused(&before, GUARD_exec, "raw-device", 1);
	assert_field(record, "object.path", "/dev/block/7:0");
	json_object_put(record);
	before = mark();
	loop = open("/dev/loop0", O_RDONLY | O_CLOEXEC);
	assert_int_equal(ioctl(loop, LOOP_CLR_FD, 0), -1);
	assert_int_equal(errno, EPERM);
	json_object_put(assert_refused(&before, GUARD_exec, "raw-device", 1));
	close(loop);
	assert_int_equal(mount("/dev/loop0", EXT4, "ext4", MS_RDONLY, NULL), 0);
	assert_int_equal(stat(EXT4 "/program", &now), 0);
	assert_int_equal(now.st_ino, then.st_ino);
	assert_int_equal(now.st_dev, then.st_dev);
	assert_does_not_start(EXT4 "/program");
}

/* ---- Code that is no program ---- */

static int map_code(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	void *map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	if (map == MAP_FAILED)
		err = errno;
	else
		munmap(map, 4096);
	close(fd);
	return err;
}

static int protect_code(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	err = mprotect(map, 4096, PROT_READ | PROT_EXEC) ? errno : 0;
	munmap(map, 4096);
	close(fd);
	return err;
}

static void deny_code_that_came_later(void **state)
{
	static const struct { const char *hook; int (*map)(const char *path); } rows[] = {
		{ "mmap_file", map_code }, { "file_mprotect", protect_code },
	};
	struct json_object *record;
	struct mark before;

	(void)state;
	copy_file("/usr/local/introduced/library.so", "/usr/local/introduced/later.so");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		before = mark();
		assert_int_equal(rows[i].map("/usr/local/introduced/later.so"), EPERM);
		record = assert_refused(&before, GUARD_exec, "introduced", 1);
		assert_field(record, "hook", rows[i].hook);
		json_object_put(record);
		before = mark();
		assert_int_equal(rows[i].map("/usr/local/introduced/library.so"), 0);
		assert_undisturbed(&before, GUARD_exec);
	}
	/* To read it is no matter. */
	before = mark();
	assert_int_equal(open_for_reading("/usr/local/introduced/later.so"), 0);
	assert_undisturbed(&before, GUARD_exec);
}

/* exec.except lets what was unlinked start; but not what was written to since the baseline. */
static int start_unlinked(const char *path, bool write)
{
	char *argv[] = { (char *)path, NULL }, *envp[] = { NULL }, link[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC), status;
	pid_t pid;

	assert_int_equal(unlink(path), 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (write)
		assert_int_equal(open_for_writing(link), 0);
	pid = fork();
	if (!pid) {
		syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
		_exit(errno);
	}
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void deny_an_unlinked_program_that_was_written_to(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(start_unlinked(EXT4 "/kept", /* write= */ false), 0);
	assert_undisturbed(&before, GUARD_exec);
	assert_int_equal(start_unlinked(EXT4 "/written", /* write= */ true), EPERM);
	json_object_put(assert_refused(&before, GUARD_exec, "introduced", 1));
}

/* ---- Raw devices ---- */

static void deny_raw_writes(void **state)
{
	static const int modes[] = { O_WRONLY, O_RDWR };
	struct json_object *record;
	struct mark before;
	__u64 size;
	int fd;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		before = mark();
		assert_int_equal(open("/dev/loop0", modes[i] | O_CLOEXEC), -1);
		assert_int_equal(errno, EPERM);
		record = assert_refused(&before, GUARD_exec, "raw-device", 1);
		assert_field(record, "hook", "dev");
		assert_field(record, "object.path", "/dev/block/7:0");
		json_object_put(record);
		/* The kernel guard doesn't list it for writing either: one refusal, one record. */
		assert_undisturbed(&before, GUARD_kernel);
	}
	/* What the exec guard has nothing against. */
	before = mark();
	assert_int_equal(open("/dev/loop3", O_RDWR | O_CLOEXEC), -1);
	assert_int_equal(errno, EPERM);
	json_object_put(assert_refused(&before, GUARD_kernel, "device", 1));
	assert_undisturbed(&before, GUARD_exec);
	/* Under a new name of one's own. */
	before = mark();
	assert_int_equal(mknod("/usr/local/introduced/node", S_IFBLK | 0600, makedev(7, 0)), 0);
	assert_int_equal(open("/usr/local/introduced/node", O_RDWR | O_CLOEXEC), -1);
	assert_int_equal(errno, EPERM);
	json_object_put(assert_refused(&before, GUARD_exec, "raw-device", 1));
	/* What the loop device shows is below, too. */
	before = mark();
	assert_int_equal(open("/usr/local/image", O_RDWR | O_CLOEXEC), -1);
	assert_int_equal(errno, EPERM);
	record = assert_refused(&before, GUARD_exec, "raw-device", 1);
	assert_field(record, "hook", "file_open");
	assert_field(record, "object.path", "/usr/local/image");
	json_object_put(record);
	/* A command needs no descriptor for writing: this one would put another image in its place. */
	before = mark();
	fd = open("/dev/loop0", O_RDONLY | O_CLOEXEC);
	assert_int_equal(ioctl(fd, LOOP_CHANGE_FD, fd), -1);
	assert_int_equal(errno, EPERM);
	record = assert_refused(&before, GUARD_exec, "raw-device", 1);
	assert_field(record, "hook", "file_ioctl");
	assert_field(record, "object.path", "/dev/block/7:0");
	json_object_put(record);
	before = mark();
	assert_int_equal(ioctl(fd, BLKGETSIZE64, &size), 0);
	assert_int_equal(size, 16 << 20);
	close(fd);
	fd = open("/dev/loop2", O_RDONLY | O_CLOEXEC);
	assert_int_equal(ioctl(fd, LOOP_CHANGE_FD, fd), -1);
	assert_int_equal(errno, ENXIO);
	close(fd);
	assert_undisturbed(&before, GUARD_exec);
	/* To read them, and to write to a disk that no program is on, or to another sort of device. */
	before = mark();
	fd = open("/dev/loop0", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	close(fd);
	fd = open("/usr/local/image", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	close(fd);
	fd = open("/dev/loop2", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	close(fd);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	close(fd);
	assert_undisturbed(&before, GUARD_exec);
}

/* ---- Before the seal ---- */

static void allow_everything_before_a_baseline_at_the_seal(void **state)
{
	(void)state;
	load_text(POLICY_INTRODUCED("seal"));
	copy_file(PROGRAM, "/tmp/introduced/early");
	assert_starts("/tmp/introduced/early");
	assert_int_equal(write_one_byte("/tmp/introduced/early"), 0);
	assert_starts("/tmp/introduced/early");
}

static void deny_from_a_baseline_at_the_load_on(void **state)
{
	struct ran *ran;
	int fd;

	(void)state;
	copy_file(PROGRAM, "/tmp/introduced/open");
	fd = open("/tmp/introduced/open", O_RDWR | O_CLOEXEC);
	spill(POLICY, POLICY_INTRODUCED("load"));
	ran = HARDEN(0, "load", "--policy", POLICY);
	assert_non_null(strstr(ran->out, "baseline: "));
	assert_non_null(strstr(ran->out, "1 may not, being open for writing: /tmp/introduced/open"));
	close(fd);
	copy_file(PROGRAM, "/tmp/introduced/new");
	assert_does_not_start("/tmp/introduced/new");
	assert_does_not_start("/tmp/introduced/open");
	assert_starts("/tmp/introduced/early");
	/* Another load takes another baseline. */
	HARDEN(0, "load", "--policy", POLICY);
	assert_starts("/tmp/introduced/new");
	assert_starts("/tmp/introduced/open");
}

static void audit_only_records(void **state)
{
	struct mark before;

	(void)state;
	load_text("version: 1\nexec: { mode: audit, baseline: load }\nptrace: { mode: off }\nmodules: { mode: off }\n"
		  "egress: { mode: off }\ningress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n");
	copy_file(PROGRAM, "/tmp/introduced/audited");
	before = mark();
	assert_int_equal(RUN("/tmp/introduced/audited")->status, 0);
	json_object_put(assert_would_deny(&before, GUARD_exec, "introduced"));
}

/* What the seal would find: a process from outside the baseline, and a raw device that somebody may write to. */
static void find_what_is_there_already(void **state)
{
	int device = open("/dev/loop0", O_RDWR | O_CLOEXEC), other = open("/dev/loop2", O_RDWR | O_CLOEXEC), status;
	char *argv[] = { (char *)"sleep", (char *)"60", NULL };
	struct ran *ran;
	pid_t pid;

	(void)state;
	load_text(POLICY_INTRODUCED("seal"));
	assert_true(device >= 0 && other >= 0);
	pid = fork();
	if (!pid) {
		execv(CHANGES "/early/sleep", argv);
		_exit(1);
	}
	usleep(500000);
	ran = HARDEN(0, "seal", "--dry-run");
	assert_non_null(strstr(ran->out, "process_unlisted") ?: strstr(ran->out, "process-unlisted"));
	assert_non_null(strstr(ran->out, "(sleep, " CHANGES "/early/sleep) is not in the baseline"));
	assert_non_null(strstr(ran->out, "has device 7:0 open, which programs lie on"));
	assert_null(strstr(ran->out, "has device 7:2 open"));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(device);
	close(other);
	ran = HARDEN(0, "seal", "--dry-run");
	assert_null(strstr(ran->out, CHANGES "/early/sleep"));
	assert_null(strstr(ran->out, "has device 7:"));
}

static void seal(void **state)
{
	struct ran *ran;

	(void)state;
	copy_file(PROGRAM, "/usr/local/introduced/written");
	copy_file(PROGRAM, "/usr/local/introduced/mapped");
	copy_file(PROGRAM, "/usr/local/introduced/beside");
	writer = open("/usr/local/introduced/mapped", O_RDWR | O_CLOEXEC);
	mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0);
	assert_ptr_not_equal(mapped, MAP_FAILED);
	close(writer);
	writer = open("/usr/local/introduced/written", O_WRONLY | O_CLOEXEC);
	ran = HARDEN(0, "seal");
	assert_non_null(strstr(ran->out, "baseline: "));
	assert_non_null(strstr(ran->out, "2 may not, being open for writing: /usr/local/introduced/"));
	assert_whole();
	assert_starts("/tmp/introduced/early");
}

/* ---- The machine ---- */

static void make_image(const char *image)
{
	int fd = open(image, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

	assert_int_equal(ftruncate(fd, 16 << 20), 0);
	close(fd);
	assert_int_equal(RUN("mke2fs", "-q", "-t", "ext4", image)->status, 0);
}

static int set_up(void **state)
{
	char path[256];

	(void)state;
	mkdir("/usr/local", 0755);
	mkdir("/mnt", 0755);
	assert_int_equal(mkdir(EXT4, 0755), 0);
	assert_int_equal(mkdir(CHANGES, 0755), 0);
	make_image("/usr/local/image");
	assert_int_equal(RUN("losetup", "/dev/loop0", "/usr/local/image")->status, 0);
	assert_int_equal(mount("/dev/loop0", EXT4, "ext4", 0, NULL), 0);
	copy_file(PROGRAM, EXT4 "/program");
	copy_file(PROGRAM, EXT4 "/kept");
	copy_file(PROGRAM, EXT4 "/written");
	assert_int_equal(mount("tmpfs", CHANGES, "tmpfs", 0, NULL), 0);
	for (const char *const *name = (const char *[]){ "early", "upper", "work", "late", "late-work", NULL }; *name; name++) {
		snprintf(path, sizeof(path), CHANGES "/%s", *name);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	assert_int_equal(mount("overlay", CHANGES "/early", "overlay", 0,
			       "lowerdir=/usr/bin,upperdir=" CHANGES "/upper,workdir=" CHANGES "/work"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		assert_int_equal(mkdir(places[i], 0755), 0);
		for (size_t j = 0; j < ARRAY_SIZE(ways); j++) {
			path_of(&(struct row){ &ways[j], places[i] }, path);
			copy_file(PROGRAM, path);
		}
	}
	copy_file(PROGRAM, "/usr/local/introduced/library.so");
	assert_int_equal(chmod("/usr/local/introduced/library.so", 0644), 0);
	spill("/tmp/introduced/old-script", "#!" PROGRAM "\n");
	return chmod("/tmp/introduced/old-script", 0755);
}

int main(void)
{
	static const struct CMUnitTest before[] = {
		cmocka_unit_test(allow_everything_before_a_baseline_at_the_seal),
		cmocka_unit_test(deny_from_a_baseline_at_the_load_on),
		cmocka_unit_test(audit_only_records),
		cmocka_unit_test(find_what_is_there_already),
		cmocka_unit_test(seal),
	};
	static const struct CMUnitTest after[] = {
		cmocka_unit_test(deny_a_new_name),
		cmocka_unit_test(deny_a_new_script),
		cmocka_unit_test(deny_a_file_system_that_came_later),
		cmocka_unit_test(deny_an_overlay),
		cmocka_unit_test(deny_what_was_being_written),
		cmocka_unit_test(deny_raw_writes),
		cmocka_unit_test(deny_code_that_came_later),
		cmocka_unit_test(deny_an_unlinked_program_that_was_written_to),
		cmocka_unit_test(deny_a_file_system_that_went_away),
	};
	static struct row rows[ARRAY_SIZE(places) * ARRAY_SIZE(ways)];
	struct CMUnitTest tests[ARRAY_SIZE(before) + ARRAY_SIZE(rows) + ARRAY_SIZE(after)];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(before); i++)
		tests[count++] = before[i];
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct row *row = &rows[i];

		row->way = &ways[i % ARRAY_SIZE(ways)];
		row->place = places[i / ARRAY_SIZE(ways)];
		tests[count++] = test_of_row(row->way->runs ? "allow_after" : "deny_after", row->way->name,
					     strchr(row->place + 1, '/') + 1, way, row);
	}
	for (size_t i = 0; i < ARRAY_SIZE(after); i++)
		tests[count++] = after[i];
	return _cmocka_run_group_tests("introduced", tests, count, set_up, NULL);
}
