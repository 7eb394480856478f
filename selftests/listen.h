/* SPDX-License-Identifier: GPL-2.0-only */
/* listen.h - ways to listen for what comes in.  Each returns a descriptor, or -errno. */
#ifndef HARDENCTL_SELFTESTS_LISTEN_H
#define HARDENCTL_SELFTESTS_LISTEN_H

#include "send_raw.h"

#define CALL_BIND	2	/* include/uapi/linux/net.h: SYS_BIND, SYS_LISTEN */
#define CALL_LISTEN	4
#define OP_BIND		56	/* since 6.11: IORING_OP_BIND, IORING_OP_LISTEN */
#define OP_LISTEN	57

/* Any address of the family, and a port. */
static UNUSED struct dest anywhere(int family, __u16 port)
{
	return dest_of_text(family, family, family == AF_INET ? "0.0.0.0" : "::", port);
}

static UNUSED int bound(int family, int type, __u16 port)
{
	struct dest at = anywhere(family, port);
	int fd = open_socket(&at, type), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return bind(fd, (struct sockaddr *)&at.at, at.len) ? give_up(fd) : fd;
}

static UNUSED int udp_bind(int family, __u16 port)
{
	return bound(family, SOCK_DGRAM, port);
}

static UNUSED int tcp_listen(int family, __u16 port)
{
	int fd = bound(family, SOCK_STREAM, port);

	return fd >= 0 && listen(fd, 8) ? give_up(fd) : fd;
}

/* On a port that the kernel takes. */
static UNUSED int tcp_listen_without_bind(int family, __u16 port)
{
	struct dest at = anywhere(family, port);
	int fd = open_socket(&at, SOCK_STREAM);

	return listen(fd, 8) ? give_up(fd) : fd;
}

/* ---- By io_uring ---- */

static UNUSED const char *without_uring_listen(void)
{
	const struct io_uring_sqe listen = { .opcode = OP_LISTEN, .fd = -1 };

	return uring(&listen) == -EBADF ? NULL : "IORING_OP_LISTEN";
}

static UNUSED int uring_bound(int family, int type, __u16 port)
{
	struct dest at = anywhere(family, port);
	int fd = open_socket(&at, type), err;
	const struct io_uring_sqe bind = { .opcode = OP_BIND, .fd = fd, .addr = (__u64)&at.at, .off = at.len };

	err = uring(&bind);
	if (!err)
		return fd;
	close(fd);
	return err;
}

static UNUSED int uring_bind(int family, __u16 port)
{
	return uring_bound(family, SOCK_DGRAM, port);
}

static UNUSED int uring_listen(int family, __u16 port)
{
	int fd = uring_bound(family, SOCK_STREAM, port), err;
	const struct io_uring_sqe listen = { .opcode = OP_LISTEN, .fd = fd, .len = 8 };

	err = fd < 0 ? fd : uring(&listen);
	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	return err;
}

/* ---- 32-bit system calls ---- */

static UNUSED int int80_bind(int family, __u16 port)
{
	struct dest at = anywhere(family, port);
	int fd = open_socket(&at, SOCK_DGRAM), ret;
	struct low *low = low_memory(&at, fd, 0);

	low->args[1] = low->args[4];
	low->args[2] = low->args[5];
	ret = int80(SOCKETCALL, CALL_BIND, (__u32)(__u64)low->args);
	munmap(low, sizeof(*low));
	if (ret < 0)
		close(fd);
	return ret < 0 ? ret : fd;
}

static UNUSED int int80_listen(int family, __u16 port)
{
	struct dest at = anywhere(family, port);
	int fd = bound(family, SOCK_STREAM, port), ret;
	struct low *low = low_memory(&at, fd, 0);

	low->args[1] = 8;
	ret = int80(SOCKETCALL, CALL_LISTEN, (__u32)(__u64)low->args);
	munmap(low, sizeof(*low));
	if (ret < 0)
		close(fd);
	return ret < 0 ? ret : fd;
}

#endif
