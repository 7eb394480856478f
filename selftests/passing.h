/* SPDX-License-Identifier: GPL-2.0-only */
/* passing.h - descriptors that one program opens and sends to another. */
#ifndef HARDENCTL_SELFTESTS_PASSING_H
#define HARDENCTL_SELFTESTS_PASSING_H

#include "common.h"

#include <sys/socket.h>

static int send_one(int socket, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr head;
	} control = {};
	struct iovec io = { (char *)"x", 1 };
	struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };

	control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return fd < 0 || sendmsg(socket, &message, 0) != 1 ? errno : 0;
}

/* What `PROGRAM send SOCKET` does: 0 or an errno. */
static UNUSED int send_opened(int socket, const char *first, const char *second)
{
	return send_one(socket, first) ?: send_one(socket, second);
}

/* Has a program send two; -1: it sent one that did not arrive. */
static UNUSED void receive_from(const char *program, int ret_fds[2])
{
	char fd[16], room[CMSG_SPACE(sizeof(int))] = "", byte;
	int pair[2], status;
	pid_t child;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	snprintf(fd, sizeof(fd), "%d", pair[1]);
	child = fork();
	if (!child) {
		execl(program, program, "send", fd, NULL);
		_exit(127);
	}
	close(pair[1]);
	for (int i = 0; i < 2; i++) {
		struct iovec io = { &byte, 1 };
		struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room) };

		ret_fds[i] = -1;
		assert_int_equal(recvmsg(pair[0], &message, 0), 1);
		if (CMSG_FIRSTHDR(&message))
			memcpy(&ret_fds[i], CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(pair[0]);
}

#endif
