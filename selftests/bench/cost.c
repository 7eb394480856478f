// SPDX-License-Identifier: GPL-2.0-only
/*
 * cost.c - what an operation costs, in guest instructions.
 *
 * Runs in a VM under qemu's TCG with "-icount shift=0,sleep=off" and one CPU, where a nanosecond of the
 * guest's clock is one instruction: tools/bench does that.  Prints "NAME INSTRUCTIONS" a line, the
 * least of some blocks: the rest is the guest's own noise.  Arguments choose rows.
 *
 * What it executes is in RAM, so that no file system waits for the host: /tmp/true is static, /tmp/big is
 * the same with 100 MiB more, /mnt/verity/true has an fs-verity digest, /usr/bin/true is a dynamic one.
 *
 * What goes over a wire goes to a network namespace that tools/bench made, with an address at its other end.
 *
 * cost --files DIR N makes N programs that are never started; cost --verity FILE gives it a digest and prints that.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fsverity.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BLOCKS	7
#define DATA	"/tmp/data"	/* tools/bench makes it, and what is in it */
#define THERE_NAMESPACE	"/run/netns/there"
#define THERE_ADDRESS	"10.13.0.2"

static int udp, unix_pair[2], unix_datagram[2], unix_listener, tcp_pair[2], wire_pair[2], listener, pipe_pair[2];
static struct sockaddr_in listed, unlisted, here;
static struct sockaddr_storage unix_here;
static socklen_t unix_len;
static pid_t child;
static char byte = 'x';

static void op_getppid(void)
{
	syscall(SYS_getppid);
}

static void op_open_close(void)
{
	close(open("/tmp/cost", O_RDONLY));
}

static void op_open_write(void)
{
	close(open("/tmp/cost", O_WRONLY));
}

static void op_open_device(void)
{
	close(open("/dev/null", O_RDWR));
}

/* Four names below the root of its file system. */
static void op_open_below(void)
{
	close(open(DATA "/one/two/file", O_RDONLY));
}

static void op_create(void)
{
	close(open(DATA "/one/two/new", O_CREAT | O_WRONLY, 0600));
	unlink(DATA "/one/two/new");
}

static void op_memfd(void)
{
	close(memfd_create("cost", 0));
}

static void op_segment(void)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);

	shmdt(shmat(id, NULL, 0));
	shmctl(id, IPC_RMID, NULL);
}

/* And reading it. */
static void op_key(void)
{
	long key = syscall(SYS_add_key, "user", "cost", "secret", 6, KEY_SPEC_PROCESS_KEYRING);
	char text[16];

	if (syscall(SYS_keyctl, KEYCTL_READ, key, text, sizeof(text)) != 6)
		abort();
	syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_PROCESS_KEYRING);
}

static void op_read_sysctl(void)
{
	int fd = open("/proc/sys/kernel/ostype", O_RDONLY);
	char text[16];

	if (read(fd, text, sizeof(text)) < 1)
		abort();
	close(fd);
}

/* One descriptor there and back. */
static void op_pass(void)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	int fd;

	memcpy(CMSG_DATA(&control.head), &pipe_pair[0], sizeof(int));
	if (sendmsg(unix_pair[0], &msg, 0) != 1 || recvmsg(unix_pair[1], &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		abort();
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(int));
	close(fd);
}

static void op_stat(void)
{
	struct stat st;

	stat("/tmp/cost", &st);
}

static void op_pipe(void)
{
	if (write(pipe_pair[1], &byte, 1) != 1 || read(pipe_pair[0], &byte, 1) != 1)
		abort();
}

static void op_unix(void)
{
	if (send(unix_pair[0], &byte, 1, 0) != 1 || recv(unix_pair[1], &byte, 1, 0) != 1)
		abort();
}

/* By name, so that each datagram is judged where egress.unix is there. */
static void op_unix_datagram(void)
{
	if (send(unix_datagram[0], &byte, 1, 0) != 1 || recv(unix_datagram[1], &byte, 1, 0) != 1)
		abort();
}

static void op_unix_connect(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&unix_here, unix_len))
		abort();
	close(fd);
	close(accept(unix_listener, NULL, NULL));
}

static void op_mmap(void)
{
	munmap(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096);
}

static void op_mmap_exec(void)
{
	int fd = open("/tmp/true", O_RDONLY);

	munmap(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0), 4096);
	close(fd);
}

static void run(const char *path)
{
	char *argv[] = { "true", NULL }, *envp[] = { NULL };
	pid_t pid;

	if (posix_spawn(&pid, path, NULL, NULL, argv, envp))
		abort();
	waitpid(pid, NULL, 0);
}

static void op_exec(void)
{
	run("/tmp/true");
}

static void op_exec_dynamic(void)
{
	run("/usr/bin/true");
}

static void op_exec_big(void)
{
	run("/tmp/big");
}

static void op_exec_verity(void)
{
	run("/mnt/verity/true");
}

static void op_udp_connect(void)
{
	if (connect(udp, (struct sockaddr *)&listed, sizeof(listed)))
		abort();
}

static void op_udp_refused(void)
{
	connect(udp, (struct sockaddr *)&unlisted, sizeof(unlisted));
}

/* Another object each time, and so a record. */
static void op_udp_refused_others(void)
{
	struct sockaddr_in to = unlisted;
	static __u32 times;

	to.sin_port = htons(++times);
	to.sin_addr.s_addr ^= htonl(times >> 16);
	connect(udp, (struct sockaddr *)&to, sizeof(to));
}

static void op_udp_sendto(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (sendto(fd, &byte, 1, 0, (struct sockaddr *)&listed, sizeof(listed)) != 1 &&
	    errno != ECONNREFUSED)
		abort();
}

static void op_tcp_cycle(void)
{
	int a = socket(AF_INET, SOCK_STREAM, 0), b;
	struct linger linger = { 1, 0 };

	if (connect(a, (struct sockaddr *)&here, sizeof(here)))
		abort();
	b = accept(listener, NULL, NULL);
	setsockopt(a, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(a);
	close(b);
}

static void op_tcp_send(void)
{
	if (send(tcp_pair[0], &byte, 1, 0) != 1 || recv(tcp_pair[1], &byte, 1, 0) != 1)
		abort();
}

static void op_wire_send(void)
{
	if (send(wire_pair[0], &byte, 1, 0) != 1 || recv(wire_pair[1], &byte, 1, 0) != 1)
		abort();
}

static void op_vm_readv(void)
{
	char there;
	struct iovec to = { &there, 1 }, from = { &byte, 1 };

	process_vm_readv(child, &to, 1, &from, 1, 0);
}

static const struct {
	const char *name;
	void (*op)(void);
	unsigned int times;
} rows[] = {
	{ "getppid", op_getppid, 2000 },
	{ "getppid-again", op_getppid, 2000 },	/* A/A: what the method itself errs by */
	{ "open+close", op_open_close, 500 },
	{ "open+close-again", op_open_close, 500 },
	{ "open-write+close", op_open_write, 500 },
	{ "open-null+close", op_open_device, 500 },
	{ "open-below+close", op_open_below, 500 },
	{ "create+unlink", op_create, 200 },
	{ "memfd", op_memfd, 200 },
	{ "shmget+shmat", op_segment, 200 },
	{ "key", op_key, 200 },
	{ "sysctl-read", op_read_sysctl, 200 },
	{ "pass-descriptor", op_pass, 500 },
	{ "stat", op_stat, 500 },
	{ "pipe", op_pipe, 500 },
	{ "unix-send+recv", op_unix, 500 },
	{ "unix-datagram", op_unix_datagram, 500 },
	{ "unix-connect", op_unix_connect, 200 },
	{ "mmap+munmap", op_mmap, 500 },
	{ "mmap-exec", op_mmap_exec, 200 },
	{ "exec-static", op_exec, 100 },
	{ "exec-static-again", op_exec, 100 },
	{ "exec-dynamic", op_exec_dynamic, 100 },
	{ "exec-100MiB", op_exec_big, 100 },
	{ "exec-verity", op_exec_verity, 100 },
	{ "udp-connect", op_udp_connect, 500 },
	{ "udp-connect-unlisted", op_udp_refused, 200 },
	{ "udp-connect-others", op_udp_refused_others, 10000 },
	{ "udp-sendto", op_udp_sendto, 500 },
	{ "tcp-cycle", op_tcp_cycle, 50 },
	{ "tcp-send+recv", op_tcp_send, 500 },
	{ "wire-send+recv", op_wire_send, 500 },
	{ "process_vm_readv", op_vm_readv, 200 },
};

static unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static unsigned long long measure(void (*op)(void), unsigned int times)
{
	unsigned long long best = ~0ull, start, took;

	op();
	for (int block = 0; block < BLOCKS; block++) {
		start = now();
		for (unsigned int i = 0; i < times; i++)
			op();
		took = (now() - start) / times;
		if (took < best)
			best = took;
	}
	return best;
}

/* With names of the kernel's choice. */
static void prepare_unix(void)
{
	const struct sockaddr any = { .sa_family = AF_UNIX };
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);

	unix_len = sizeof(unix_here);
	unix_datagram[0] = socket(AF_UNIX, SOCK_DGRAM, 0);
	unix_datagram[1] = socket(AF_UNIX, SOCK_DGRAM, 0);
	unix_listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(unix_datagram[1], &any, sizeof(any.sa_family)) || getsockname(unix_datagram[1], (struct sockaddr *)&at, &len) ||
	    connect(unix_datagram[0], (struct sockaddr *)&at, len) || bind(unix_listener, &any, sizeof(any.sa_family)) ||
	    listen(unix_listener, 5) || getsockname(unix_listener, (struct sockaddr *)&unix_here, &unix_len))
		abort();
}

/* A connection to the other namespace: a socket is of the one in which it was made. */
static void prepare_wire(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(7) };
	int here_ns = open("/proc/self/ns/net", O_RDONLY), there_ns = open(THERE_NAMESPACE, O_RDONLY), there, one = 1;

	if (there_ns < 0)
		return;
	inet_pton(AF_INET, THERE_ADDRESS, &to.sin_addr);
	if (setns(there_ns, CLONE_NEWNET))
		abort();
	there = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(there, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(there, (struct sockaddr *)&to, sizeof(to)) || listen(there, 5) || setns(here_ns, CLONE_NEWNET))
		abort();
	wire_pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(wire_pair[0], (struct sockaddr *)&to, sizeof(to)))
		abort();
	wire_pair[1] = accept(there, NULL, NULL);
	close(there);
	close(there_ns);
	close(here_ns);
}

static bool can_do(void (*op)(void))
{
	return (op != op_exec_verity || !access("/mnt/verity/true", X_OK)) && (op != op_wire_send || wire_pair[0]) &&
	       ((op != op_open_below && op != op_create) || !access(DATA "/one/two", F_OK));
}

static void prepare(void)
{
	socklen_t len = sizeof(here);

	close(open("/tmp/cost", O_CREAT | O_RDWR, 0600));
	listed = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(9) };
	unlisted = listed;
	here = (struct sockaddr_in){ .sin_family = AF_INET };
	inet_pton(AF_INET, "127.0.0.1", &listed.sin_addr);
	inet_pton(AF_INET, "127.0.0.1", &here.sin_addr);
	inet_pton(AF_INET, "192.0.2.9", &unlisted.sin_addr);
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&here, len) || listen(listener, 5) ||
	    getsockname(listener, (struct sockaddr *)&here, &len) || pipe(pipe_pair) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, unix_pair))
		abort();
	tcp_pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(tcp_pair[0], (struct sockaddr *)&here, sizeof(here)))
		abort();
	tcp_pair[1] = accept(listener, NULL, NULL);
	prepare_wire();
	prepare_unix();
	child = fork();
	if (!child) {
		pause();
		_exit(0);
	}
}

static bool chosen(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

static int make_files(const char *dir, unsigned int count)
{
	char path[64];

	if (mkdir(dir, 0755))
		return 1;
	for (unsigned int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%u", dir, i);
		if (close(open(path, O_CREAT | O_EXCL | O_RDWR, 0755)))
			return 1;
	}
	return 0;
}

static int make_verity(const char *path)
{
	struct fsverity_enable_arg arg = { .version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256, .block_size = 4096 };
	struct {
		struct fsverity_digest head;
		unsigned char bytes[64];
	} digest = { .head.digest_size = 64 };
	int fd = open(path, O_RDONLY);

	if (ioctl(fd, FS_IOC_ENABLE_VERITY, &arg) || ioctl(fd, FS_IOC_MEASURE_VERITY, &digest)) {
		perror(path);
		return 1;
	}
	for (int i = 0; i < digest.head.digest_size; i++)
		printf("%02x", digest.bytes[i]);
	puts("");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--files"))
		return make_files(argv[2], atoi(argv[3]));
	if (argc == 3 && !strcmp(argv[1], "--verity"))
		return make_verity(argv[2]);
	prepare();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (chosen(rows[i].name, argv + 1) && can_do(rows[i].op))
			printf("%s %llu\n", rows[i].name, measure(rows[i].op, rows[i].times));
	kill(child, SIGKILL);
	return 0;
}
