// SPDX-License-Identifier: GPL-2.0-only
/*
 * data_shm_test.c - shared memory that programs of data.protect make is out of reach of every other one.
 * Boots: plain
 * Kernels: 6.1
 * Alone: it seals the machine
 *
 * Every attempt has its twin: the same on what a program makes that no entry names.
 */
#include "child.h"
#include "files.h"
#include "sealing.h"
#include "util.h"

#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define BASE		"/tmp/shm"	/* a tmpfs, for both programs */
#define OWNER		BASE "/owner"	/* a copy of this program */
#define STRANGER	BASE "/stranger"	/* another one, which no entry names */
#define HUGE		BASE "/huge"	/* a hugetlbfs */
#define MARKER		"the marker"
#define LEN		4096

#define RULES		"{shm: [posix, sysv, hugetlb, memfd], by: " OWNER "}"
#define POLICY_HERE(data)									\
	"version: 1\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"	\
	"egress: { mode: off }\ningress: { mode: off }\nkernel: { mode: off }\ndata: { " data " }\n"	\
	SEAL_TEXT(", \"off:exec\", \"off:ptrace\", \"off:modules\", \"off:egress\", \"off:ingress\", \"off:kernel\", \"audit:data\"")

/* What a maker tells: "ID\n" or a path's name, then waits for its standard input to end. */
struct maker {
	pid_t pid;
	int in, out, socket;
	char said[128];
};

struct kind {
	const char *name;
	int (*make)(const char *who, char *ret_said, size_t size, int *ret_fd);
	int (*attach)(const struct maker *maker);	/* 0 or errno */
	const char *hook;
};

static int fill_file(const char *path, int flags, int *ret_fd)
{
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC | flags, 0666);

	*ret_fd = fd;
	return fd < 0 || (write(fd, MARKER, strlen(MARKER)) < 0) ? errno : 0;
}

static int make_posix(const char *who, char *ret_said, size_t size, int *ret_fd)
{
	snprintf(ret_said, size, "/dev/shm/data_shm_test.%s", who);
	unlink(ret_said);
	return fill_file(ret_said, O_EXCL, ret_fd);
}

static int make_huge(const char *who, char *ret_said, size_t size, int *ret_fd)
{
	snprintf(ret_said, size, HUGE "/%s", who);
	unlink(ret_said);
	*ret_fd = open(ret_said, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
	return *ret_fd < 0 ? errno : 0;
}

static int make_memfd(const char *who, char *ret_said, size_t size, int *ret_fd)
{
	*ret_fd = memfd_create(who, MFD_CLOEXEC);
	snprintf(ret_said, size, "%d", *ret_fd);
	return *ret_fd < 0 || write(*ret_fd, MARKER, strlen(MARKER)) < 0 ? errno : 0;
}

static int make_sysv(const char *who, char *ret_said, size_t size, int *ret_fd)
{
	int id = shmget(IPC_PRIVATE, LEN, IPC_CREAT | 0666);
	char *at = id < 0 ? (void *)-1 : shmat(id, NULL, 0);

	(void)who;
	*ret_fd = -1;
	if (at == (void *)-1)
		return errno;
	strcpy(at, MARKER);
	snprintf(ret_said, size, "%d", id);
	return 0;
}

static int open_path(const struct maker *maker)
{
	int fd = open(maker->said, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int open_memfd(const struct maker *maker)
{
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fd/%s", maker->pid, maker->said);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int attach(const struct maker *maker)
{
	char *at = shmat(atoi(maker->said), NULL, SHM_RDONLY);

	if (at == (void *)-1)
		return errno;
	assert_string_equal(at, MARKER);
	shmdt(at);
	return 0;
}

/* The descriptor itself, which the maker sends. */
static int take(const struct maker *maker)
{
	char room[CMSG_SPACE(sizeof(int))] = "", byte;
	struct iovec io = { &byte, 1 };
	struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room) };
	int fd;

	if (write(maker->in, "s", 1) != 1 || recvmsg(maker->socket, &message, 0) != 1)
		return errno ?: EIO;
	if (!CMSG_FIRSTHDR(&message))
		return EPERM;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	close(fd);
	return 0;
}

static const struct kind kinds[] = {
	{ "posix", make_posix, open_path, "file_open" }, { "posix_sent", make_posix, take, "file_receive" },
	{ "hugetlb", make_huge, open_path, "file_open" }, { "memfd", make_memfd, open_memfd, "file_open" },
	{ "memfd_sent", make_memfd, take, "file_receive" }, { "sysv", make_sysv, attach, "shm_shmat" },
};

static const struct kind *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

/* Starts it, and waits until the memory is there. */
static struct maker start(const char *program, const struct kind *kind)
{
	struct maker maker = {};
	int in[2], out[2], pair[2];
	char socket[16];
	ssize_t len;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	snprintf(socket, sizeof(socket), "%d", pair[1]);
	maker.pid = fork();
	if (!maker.pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(pair[0]);
		execl(program, program, "make", kind->name, socket, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	close(pair[1]);
	maker.in = in[1];
	maker.out = out[0];
	maker.socket = pair[0];
	len = read(out[0], maker.said, sizeof(maker.said) - 1);
	assert_true(len > 0);
	maker.said[len] = 0;
	return maker;
}

static void end(struct maker *maker)
{
	int status;

	close(maker->in);
	assert_int_equal(waitpid(maker->pid, &status, 0), maker->pid);
	assert_int_equal(status, 0);
	close(maker->out);
	close(maker->socket);
}

static void deny(void **state)
{
	const struct kind *kind = *state;
	struct maker maker = start(OWNER, kind);
	struct mark before = mark();
	struct json_object *record;

	assert_int_equal(kind->attach(&maker), EPERM);
	record = assert_refused(&before, GUARD_data, "protected", 1);
	assert_field(record, "hook", kind->hook);
	assert_rule(record, "data:");
	json_object_put(record);
	/* What it made stays as it is, and is for others of the entry. */
	assert_int_equal(system("echo 3 > /proc/sys/vm/drop_caches"), 0);
	assert_int_equal(kind->attach(&maker), EPERM);
	before = mark();
	if (kind->attach == open_path)
		assert_int_equal(RUN(OWNER, "open", maker.said)->status, 0);
	if (kind->attach == attach)
		assert_int_equal(RUN(OWNER, "attach", maker.said)->status, 0);
	assert_undisturbed(&before, GUARD_data);
	end(&maker);
	/* The very same, made by a program that no entry names. */
	maker = start(STRANGER, kind);
	before = mark();
	assert_int_equal(kind->attach(&maker), 0);
	assert_undisturbed(&before, GUARD_data);
	end(&maker);
}

/* Where a segment was, another one may come to be. */
static void allow_what_comes_after(void **state)
{
	struct maker makers[64];
	struct mark before;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
		makers[i] = start(OWNER, find("sysv"));
		assert_int_equal(shmctl(atoi(makers[i].said), IPC_RMID, NULL), 0);
		end(&makers[i]);
	}
	before = mark();
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
		makers[i] = start(STRANGER, find("sysv"));
		assert_int_equal(attach(&makers[i]), 0);
		assert_int_equal(shmctl(atoi(makers[i].said), IPC_RMID, NULL), 0);
		end(&makers[i]);
	}
	assert_undisturbed(&before, GUARD_data);
}

/* What was made under one policy stays its maker's under the next. */
static void deny_after_a_reload(void **state)
{
	struct maker segment, memory;

	(void)state;
	load_text(POLICY_HERE("mode: enforce, protect: [" RULES "]"));
	segment = start(OWNER, find("sysv"));
	memory = start(OWNER, find("memfd"));
	load_text(POLICY_HERE("mode: enforce, protect: [{paths: " BASE "/, by: " STRANGER "}, " RULES "]"));
	assert_int_equal(attach(&segment), EPERM);
	assert_int_equal(open_memfd(&memory), EPERM);
	load_text(POLICY_HERE("mode: off"));
	assert_int_equal(attach(&segment), 0);
	assert_int_equal(open_memfd(&memory), 0);
	end(&segment);
	end(&memory);
}

static void allow_but_record(void **state)
{
	struct maker maker;
	struct mark before;

	(void)state;
	load_text(POLICY_HERE("mode: audit, protect: [" RULES "]"));
	maker = start(OWNER, find("sysv"));
	before = mark();
	assert_int_equal(attach(&maker), 0);
	json_object_put(assert_would_deny(&before, GUARD_data, "protected"));
	end(&maker);
	HARDEN(0, "verify");
}

/* A kind that no entry names. */
static void allow_what_is_not_listed(void **state)
{
	struct maker segment, memory;

	(void)state;
	load_text(POLICY_HERE("mode: enforce, protect: [{shm: sysv, by: " OWNER "}]"));
	segment = start(OWNER, find("sysv"));
	memory = start(OWNER, find("memfd"));
	assert_int_equal(attach(&segment), EPERM);
	assert_int_equal(open_memfd(&memory), 0);
	end(&segment);
	end(&memory);
}

static void deny_loading_what_is_not_enforced_yet(void **state)
{
	struct ran *ran;

	(void)state;
	spill(POLICY, POLICY_HERE("mode: enforce, before-seal: audit, protect: [" RULES "]"));
	ran = HARDEN(1, "load", "--policy", POLICY);
	assert_non_null(strstr(ran->err, "'shm' must be enforced from the load on"));
}

static void load(void **state)
{
	(void)state;
	load_text(POLICY_HERE("mode: enforce, protect: [" RULES "]"));
}

static void seal(void **state)
{
	(void)state;
	HARDEN(0, "seal");
	assert_state("sealed");
	assert_whole();
}

static int set_up(void **state)
{
	(void)state;
	mkdir(BASE, 0755);
	if (mount("none", BASE, "tmpfs", 0, NULL) || mkdir(HUGE, 0755) || mount("none", HUGE, "hugetlbfs", 0, NULL))
		return -1;
	mkdir("/dev/shm", 01777);
	mount("none", "/dev/shm", "tmpfs", 0, NULL);
	copy_file("/proc/self/exe", OWNER);
	copy_file("/proc/self/exe", STRANGER);
	return 0;
}

/* ---- What both programs do ---- */

static int send_it(int socket, int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr head;
	} control = {};
	struct iovec io = { (char *)"x", 1 };
	struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };

	control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1 ? 0 : errno;
}

static int work(char **argv)
{
	struct maker maker = {};
	char said[128], byte;
	int fd, err;

	if (!strcmp(argv[1], "open") || !strcmp(argv[1], "attach")) {
		snprintf(maker.said, sizeof(maker.said), "%s", argv[2]);
		return argv[1][0] == 'o' ? open_path(&maker) : attach(&maker);
	}
	err = find(argv[2])->make(strrchr(argv[0], '/') + 1, said, sizeof(said), &fd);
	if (err)
		return err;
	err = write(STDOUT_FILENO, said, strlen(said)) < 0 ? errno : 0;
	while (!err && read(STDIN_FILENO, &byte, 1) == 1)
		err = send_it(atoi(argv[3]), fd);
	return err;
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[2 * ARRAY_SIZE(kinds) + 16];
	size_t n = 0;

	if (argc > 2 && (!strcmp(argv[0], OWNER) || !strcmp(argv[0], STRANGER)))
		return work(argv);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_after_a_reload);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_but_record);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_what_is_not_listed);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_loading_what_is_not_enforced_yet);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(load);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		tests[n++] = test_of_row("deny", kinds[i].name, "", deny, &kinds[i]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_what_comes_after);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(seal);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		tests[n++] = test_of_row("deny", kinds[i].name, "sealed", deny, &kinds[i]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_what_comes_after);
	return _cmocka_run_group_tests("data_shm", tests, n, set_up, NULL);
}
