// SPDX-License-Identifier: GPL-2.0-only
/*
 * cost.c - what an operation costs, in guest instructions.
 *
 * Runs in a VM under qemu's TCG with "-icount shift=0,sleep=off" and one CPU, where a nanosecond of the
 * guest's clock is one instruction: tools/bench does that.  Prints "NAME INSTRUCTIONS" a line, the
 * least of some blocks: the rest is the guest's own noise.  What it executes, /tmp/true, is static and in
 * RAM, so that no file system waits for the host.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BLOCKS	5

static int udp, unix_pair[2], tcp_pair[2], listener, pipe_pair[2];
static struct sockaddr_in listed, unlisted, here;
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

static void op_exec(void)
{
	char *argv[] = { "true", NULL }, *envp[] = { NULL };
	pid_t pid;

	if (posix_spawn(&pid, "/tmp/true", NULL, NULL, argv, envp))
		abort();
	waitpid(pid, NULL, 0);
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
	{ "stat", op_stat, 500 },
	{ "pipe", op_pipe, 500 },
	{ "unix-send+recv", op_unix, 500 },
	{ "mmap+munmap", op_mmap, 500 },
	{ "mmap-exec", op_mmap_exec, 200 },
	{ "fork+exec+exit", op_exec, 20 },
	{ "udp-connect", op_udp_connect, 500 },
	{ "udp-connect-unlisted", op_udp_refused, 200 },
	{ "udp-sendto", op_udp_sendto, 500 },
	{ "tcp-cycle", op_tcp_cycle, 50 },
	{ "tcp-send+recv", op_tcp_send, 500 },
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
	child = fork();
	if (!child) {
		pause();
		_exit(0);
	}
}

int main(void)
{
	prepare();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		printf("%s %llu\n", rows[i].name, measure(rows[i].op, rows[i].times));
	kill(child, SIGKILL);
	return 0;
}
