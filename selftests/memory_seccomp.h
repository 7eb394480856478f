/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_seccomp.h - supervisors of seccomp filters, and descriptors of others' memory that could be taken. */
#ifndef HARDENCTL_SELFTESTS_MEMORY_SECCOMP_H
#define HARDENCTL_SELFTESTS_MEMORY_SECCOMP_H

#include "util.h"
#include "victim.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define FAKED		4711	/* a parent that nobody has */

/* A process whose getppid(2) waits for an answer, and the descriptor that answers. */
static struct supervised {
	pid_t pid;
	int listener;
	int told;		/* what getppid() told it */
} supervised;

static int install(__u32 answer, unsigned int flags)
{
	struct sock_filter filter[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_getppid },
		{ BPF_RET | BPF_K, 0, 0, answer },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* It shares its descriptors until it has the listener. */
static int be_supervised(void *arg)
{
	int *pipes = arg, listener, parent;

	listener = install(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	if (unshare(CLONE_FILES) || write(pipes[1], &listener, sizeof(listener)) != sizeof(listener))
		_exit(1);
	for (;;) {
		parent = syscall(SYS_getppid);
		if (write(pipes[1], &parent, sizeof(parent)) != sizeof(parent))
			_exit(1);
	}
}

static int start_supervised(void **state)
{
	static char stack[65536] __attribute__((aligned(16)));
	static int pipes[2];

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	supervised.pid = clone(be_supervised, stack + sizeof(stack), CLONE_FILES | SIGCHLD, pipes);
	assert_true(supervised.pid > 0);
	assert_int_equal(read(pipes[0], &supervised.listener, sizeof(int)), sizeof(int));
	assert_true(supervised.listener >= 0);
	supervised.told = pipes[0];
	close(pipes[1]);
	return 0;
}

static int end_supervised(void **state)
{
	(void)state;
	kill(supervised.pid, SIGKILL);
	waitpid(supervised.pid, NULL, 0);
	close(supervised.listener);
	close(supervised.told);
	return 0;
}

static int receive(const void *arg)
{
	struct seccomp_notif call = {};

	(void)arg;
	return ioctl(supervised.listener, SECCOMP_IOCTL_NOTIF_RECV, &call) ? errno : 0;
}

static int answer(const void *arg)
{
	struct seccomp_notif_resp response = { .val = FAKED };

	(void)arg;
	return ioctl(supervised.listener, SECCOMP_IOCTL_NOTIF_SEND, &response) ? errno : 0;
}

static int inject(const void *arg)
{
	struct seccomp_notif_addfd added = { .srcfd = 2 };

	(void)arg;
	return ioctl(supervised.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &added) ? errno : 0;
}

/* The kernel takes a bigger structure, whose command has another number. */
static int inject_more(const void *arg)
{
	struct {
		struct seccomp_notif_addfd added;
		__u64 more;
	} bigger = { .added.srcfd = 2 };

	(void)arg;
	return ioctl(supervised.listener, SECCOMP_IOW(3, bigger), &bigger) ? errno : 0;
}

/* ioctl(2) as a 32-bit program calls it, which has a hook of its own. */
static int receive_by_32_bit_call(const void *arg)
{
	struct seccomp_notif *call = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long err = 54 /* __NR_ioctl of i386 */;

	(void)arg;
	if (call == MAP_FAILED)
		return ENOMEM;
	asm volatile("int $0x80" : "+a"(err) : "b"(supervised.listener), "c"(SECCOMP_IOCTL_NOTIF_RECV), "d"(call)
		     : "memory", "r8", "r9", "r10", "r11");
	return -(int)err;
}

static const struct supervision {
	const char *name;
	attempt_fn how;
} supervision[] = {
	{ "receiving_a_call_of_another", receive }, { "answering_a_call_of_another", answer },
	{ "putting_a_descriptor_into_another", inject }, { "putting_a_descriptor_by_a_bigger_command", inject_more },
	{ "receiving_a_call_by_a_32_bit_call", receive_by_32_bit_call },
};

static void deny_supervision(void **state)
{
	const struct supervision *way = *state;
	const struct place here = {};
	struct mark before = mark();
	struct child child = in_child(&here, way->how, NULL);
	struct json_object *record;

	assert_int_equal(child.err, EPERM);
	record = assert_refused(&before, GUARD_ptrace, "seccomp", 1);
	assert_field(record, "hook", "file_ioctl");
	assert_rule(record, "ptrace:");
	assert_actor(record, &child);
	assert_field(record, "object.what", "seccomp notification");
	json_object_put(record);
}

static int ask_whether_valid(const void *arg)
{
	__u64 id = 1;

	(void)arg;
	return ioctl(supervised.listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) ? errno : 0;
}

static int same_commands_elsewhere(const void *arg)
{
	int fds[2], bytes, null = open("/dev/null", O_RDWR | O_CLOEXEC), event = syscall(SYS_eventfd2, 0, 0);
	struct seccomp_notif call = {};

	(void)arg;
	if (pipe2(fds, O_CLOEXEC) || ioctl(fds[0], FIONREAD, &bytes) || ioctl(null, SECCOMP_IOCTL_NOTIF_RECV, &call) != -1)
		return EBADMSG;
	if (errno != ENOTTY)
		return errno;
	/* Of the same file system. */
	return ioctl(event, SECCOMP_IOCTL_NOTIF_RECV, &call) == -1 && errno == ENOTTY ? 0 : EBADMSG;
}

static int filter_by_itself(const void *arg)
{
	(void)arg;
	if (install(SECCOMP_RET_ERRNO | EDOM, 0))
		return errno;
	return syscall(SYS_getppid) == -1 && errno == EDOM ? 0 : EBADMSG;
}

static void allow_what_supervises_nobody(void **state)
{
	const struct place here = {};
	struct mark before = mark();

	(void)state;
	assert_int_equal(in_child(&here, ask_whether_valid, NULL).err, ENOENT);
	assert_int_equal(in_child(&here, same_commands_elsewhere, NULL).err, 0);
	assert_int_equal(in_child(&here, filter_by_itself, NULL).err, 0);
	assert_undisturbed(&before, GUARD_ptrace);
}

static int supervise(const void *arg)
{
	struct seccomp_notif call = {};
	struct seccomp_notif_addfd added = { .srcfd = 2 };
	struct seccomp_notif_resp response = { .val = FAKED };

	(void)arg;
	if (ioctl(supervised.listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
		return errno;
	added.id = response.id = call.id;
	if (ioctl(supervised.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &added) < 0)
		return errno;
	return ioctl(supervised.listener, SECCOMP_IOCTL_NOTIF_SEND, &response) ? errno : 0;
}

static void assert_supervised(struct mark *before, unsigned int records)
{
	const struct place here = {};
	int parent = 0;

	assert_int_equal(in_child(&here, supervise, NULL).err, 0);
	assert_int_equal(read(supervised.told, &parent, sizeof(parent)), sizeof(parent));
	assert_int_equal(parent, FAKED);
	if (records)
		json_object_put(assert_recorded(before, GUARD_ptrace, /* denied= */ false, "seccomp", records));
	else
		assert_undisturbed(before, GUARD_ptrace);
}

static void allow_supervision(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_supervised(&before, 0);
}

static void allow_supervision_but_record_it(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_supervised(&before, 3);
}

/* ---- userfaultfd ---- */

#define UFFD_USER_MODE	1	/* UFFD_USER_MODE_ONLY */

static int take(const void *arg)
{
	int pidfd = syscall(SYS_pidfd_open, *(const pid_t *)arg, 0);

	return syscall(SYS_pidfd_getfd, pidfd, 100, 0) < 0 ? errno : 0;
}

static void deny_taking_a_userfaultfd(void **state)
{
	const struct place here = {};
	struct mark before;
	int ready[2], fd;
	pid_t holder;
	char byte;

	(void)state;
	fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE);
	assert_true(fd >= 0);
	assert_int_equal(dup2(fd, 100), 100);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	holder = fork();
	if (!holder) {
		/* One on its own memory. */
		fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE);
		if (dup2(fd, 100) == 100 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	before = mark();
	assert_int_equal(in_child(&here, take, &holder).err, EPERM);
	json_object_put(assert_refused(&before, GUARD_ptrace, "attach", 1));
	before = mark();
	holder = (kill(holder, SIGKILL), waitpid(holder, NULL, 0), getpid());
	assert_int_equal(take(&holder), 0);
	assert_undisturbed(&before, GUARD_ptrace);
	close(100);
	close(fd);
}

#endif
