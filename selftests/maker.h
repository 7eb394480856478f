/* SPDX-License-Identifier: GPL-2.0-only */
/* maker.h - sockets that another program makes and passes on. */
#ifndef HARDENCTL_SELFTESTS_MAKER_H
#define HARDENCTL_SELFTESTS_MAKER_H

#include "common.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

union maker_control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

/* In that program: passes a descriptor by descriptor 3.  0 or an errno. */
static UNUSED int maker_give(int fd)
{
	union maker_control control = {};
	struct iovec part = { "", 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control),
	};

	control.header = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(fd)),
	};
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(3, &message, 0) == 1 ? 0 : errno;
}

/* The socket that the program argv[0] passes. */
static UNUSED int maker_take(const char *const argv[])
{
	union maker_control control = {};
	struct iovec part = { &(char){ 0 }, 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control),
	};
	int pair[2], mine, theirs, saved, fd;

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
	/* Out of the way of descriptor 3. */
	mine = fcntl(pair[0], F_DUPFD_CLOEXEC, 10);
	theirs = fcntl(pair[1], F_DUPFD_CLOEXEC, 10);
	close(pair[0]);
	close(pair[1]);
	saved = fcntl(3, F_DUPFD_CLOEXEC, 10);
	assert_int_equal(dup2(theirs, 3), 3);
	close(theirs);
	assert_int_equal(run_argv(argv)->status, 0);
	if (saved < 0)
		close(3);
	else
		assert_int_equal(dup3(saved, 3, O_CLOEXEC), 3);
	close(saved);
	assert_int_equal(recvmsg(mine, &message, MSG_CMSG_CLOEXEC), 1);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	close(mine);
	return fd;
}

#endif
