/* SPDX-License-Identifier: GPL-2.0-only */
/* send_raw.h - ways to send through other doors: io_uring, SMC sockets, 32-bit system calls. */
#ifndef HARDENCTL_SELFTESTS_SEND_RAW_H
#define HARDENCTL_SELFTESTS_SEND_RAW_H

#include "send.h"

#include <linux/io_uring.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* Runs one request in a ring of its own, set up with `flags`; its result, or -errno. */
static UNUSED int uring_with(const struct io_uring_sqe *request, __u32 flags)
{
	struct io_uring_params params = { .flags = flags };
	int fd = syscall(SYS_io_uring_setup, 1, &params), result;
	size_t size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	struct io_uring_sqe *sqe;
	char *rings;

	if (fd < 0)
		return -errno;
	/* IORING_FEAT_SINGLE_MMAP: both rings in one mapping, since 5.4. */
	rings = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		     IORING_OFF_SQ_RING);
	sqe = mmap(NULL, sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		   IORING_OFF_SQES);
	if (rings == MAP_FAILED || sqe == MAP_FAILED)
		return give_up(fd);
	*sqe = *request;
	*(__u32 *)(rings + params.sq_off.array) = 0;
	__atomic_store_n((__u32 *)(rings + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP, NULL, 0) != 1)
		return give_up(fd);
	result = ((struct io_uring_cqe *)(rings + params.cq_off.cqes))->res;
	munmap(rings, size + 4096);
	munmap(sqe, sizeof(*sqe));
	close(fd);
	return result;
}

static UNUSED int uring(const struct io_uring_sqe *request)
{
	return uring_with(request, 0);
}

static UNUSED const char *without_uring(void)
{
	const struct io_uring_sqe nop = { .opcode = IORING_OP_NOP };

	return uring(&nop) == 0 ? NULL : "io_uring";
}

static UNUSED int uring_connect(const struct dest *to)
{
	int fd = open_socket(to, SOCK_STREAM), err;
	const struct io_uring_sqe connect = {
		.opcode = IORING_OP_CONNECT, .fd = fd, .addr = (__u64)&to->at, .off = to->len,
	};

	err = uring(&connect);
	if (err && err != -EINPROGRESS) {
		close(fd);
		return err;
	}
	return say(fd);
}

/* By a thread that the kernel makes for it. */
static UNUSED int uring_sendmsg(const struct dest *to)
{
	int fd = open_socket(to, SOCK_DGRAM), err;
	struct iovec text;
	struct mmsghdr message = message_to(to, &text);
	const struct io_uring_sqe send = {
		.opcode = IORING_OP_SENDMSG, .flags = IOSQE_ASYNC, .fd = fd,
		.addr = (__u64)&message.msg_hdr, .len = 1,
	};

	err = uring(&send);
	if (err < 0)
		close(fd);
	return err < 0 ? err : fd;
}

/* ---- SMC: a family of its own that opens TCP connections inside the kernel ---- */

static UNUSED int open_smc(const struct dest *to)
{
	/* AF_SMC takes SMCPROTO_SMC (0) or SMCPROTO_SMC6 (1). */
	return socket(AF_SMC, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, to->family == AF_INET6);
}

static UNUSED const char *without_smc(void)
{
	int fd = socket(AF_SMC, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno == EPERM ? NULL : "sockets of family AF_SMC";
}

static UNUSED int smc_connect(const struct dest *to)
{
	return connect_and_say(to, open_smc(to));
}

static UNUSED int smc_fastopen(const struct dest *to)
{
	return send_to(to, open_smc(to), MSG_FASTOPEN);
}

/* ---- 32-bit system calls ---- */

#define SOCKETCALL	102	/* arch/x86/entry/syscalls/syscall_32.tbl */
#define GETPID		20
#define CALL_CONNECT	3	/* include/uapi/linux/net.h: SYS_CONNECT, SYS_SENDTO */
#define CALL_SENDTO	11

static UNUSED int int80(__u32 nr, __u32 ebx, __u32 ecx)
{
	int ret;

	asm volatile("int $0x80" : "=a"(ret) : "a"(nr), "b"(ebx), "c"(ecx)
		     : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

static UNUSED const char *without_int80(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		_exit(int80(GETPID, 0, 0) == getpid() ? 0 : 1);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status) ?
		NULL : "32-bit system calls (CONFIG_IA32_EMULATION)";
}

/* Its arguments lie where 32 bits can point to. */
struct low {
	__u32 args[6];
	struct sockaddr_storage at;
	char text[sizeof(PAYLOAD)];
};

static UNUSED struct low *low_memory(const struct dest *to, int fd, __u32 flags)
{
	struct low *low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	assert_true(low != MAP_FAILED);
	low->at = to->at;
	strcpy(low->text, PAYLOAD);
	low->args[0] = fd;
	low->args[1] = (__u32)(__u64)low->text;
	low->args[2] = strlen(PAYLOAD);
	low->args[3] = flags;
	low->args[4] = (__u32)(__u64)&low->at;
	low->args[5] = to->len;
	return low;
}

static UNUSED int int80_sendto(const struct dest *to)
{
	int fd = open_socket(to, SOCK_DGRAM), ret;
	struct low *low = low_memory(to, fd, 0);

	ret = int80(SOCKETCALL, CALL_SENDTO, (__u32)(__u64)low->args);
	munmap(low, sizeof(*low));
	if (ret < 0)
		close(fd);
	return ret < 0 ? ret : fd;
}

static UNUSED int int80_connect(const struct dest *to)
{
	int fd = open_socket(to, SOCK_STREAM), ret;
	struct low *low = low_memory(to, fd, 0);

	low->args[1] = low->args[4];
	low->args[2] = low->args[5];
	ret = int80(SOCKETCALL, CALL_CONNECT, (__u32)(__u64)low->args);
	munmap(low, sizeof(*low));
	if (ret < 0 && ret != -EINPROGRESS) {
		close(fd);
		return ret;
	}
	return say(fd);
}

#endif
