/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * send.h - ways to send to another host.
 *
 * Each takes a destination and returns a descriptor once PAYLOAD is on its way, or -errno.  Sockets
 * do not block, so that a refusal comes at once or not at all.
 */
#ifndef HARDENCTL_SELFTESTS_SEND_H
#define HARDENCTL_SELFTESTS_SEND_H

#include "wire.h"

#include <netinet/tcp.h>
#include <sys/uio.h>

#define PAYLOAD		"confidential"
#define CGROUP_NAME	"/hctl_send"
#define CGROUP		"/sys/fs/cgroup" CGROUP_NAME

struct dest {
	int family;		/* of the socket; that of the address may differ */
	struct sockaddr_storage at;
	socklen_t len;
};

/* How an address is written: as which, on a socket of which family. */
enum form { V4, V6, MAPPED, V4_ON_V6, FORM_COUNT };

static const struct {
	const char *name, *unlisted, *listed;
	int family, at;
	bool prefix;		/* ::ffff: */
} forms[FORM_COUNT] = {
	[V4] = { "v4", "10.12.0.", "10.11.0.", AF_INET, AF_INET, false },
	[V6] = { "v6", "fd12::", "fd11::", AF_INET6, AF_INET6, false },
	[MAPPED] = { "mapped", "10.12.0.", "10.11.0.", AF_INET6, AF_INET6, true },
	[V4_ON_V6] = { "v4_on_v6", "10.12.0.", "10.11.0.", AF_INET6, AF_INET, false },
};

static UNUSED struct dest dest_of_text(int family, int at, const char *address, __u16 port)
{
	struct dest to = { .family = family, .at.ss_family = at };
	struct sockaddr_in6 *in6 = (void *)&to.at;
	struct sockaddr_in *in = (void *)&to.at;

	to.len = at == AF_INET ? sizeof(*in) : sizeof(*in6);
	in->sin_port = htons(port);
	assert_int_equal(inet_pton(at, address, at == AF_INET ? (void *)&in->sin_addr :
								(void *)&in6->sin6_addr), 1);
	return to;
}

/* Host "1" (here) or "2" (there) of `network`. */
static UNUSED struct dest dest(enum form form, const char *network, const char *host, __u16 port)
{
	char text[64];

	snprintf(text, sizeof(text), "%s%s%s", forms[form].prefix ? "::ffff:" : "", network, host);
	return dest_of_text(forms[form].family, forms[form].at, text, port);
}

/* ---- Ways to send ---- */

static UNUSED int give_up(int fd)
{
	int err = errno;

	close(fd);
	return -err;
}

static UNUSED int open_socket(const struct dest *to, int type)
{
	return socket(to->family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Says PAYLOAD as soon as the connection stands. */
static UNUSED int say(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };

	poll(&ready, 1, PATIENCE_MS);
	if (send(fd, PAYLOAD, strlen(PAYLOAD), MSG_NOSIGNAL) < 0)
		return give_up(fd);
	return fd;
}

static UNUSED int connect_and_say(const struct dest *to, int fd)
{
	if (connect(fd, (struct sockaddr *)&to->at, to->len) && errno != EINPROGRESS)
		return give_up(fd);
	return say(fd);
}

static UNUSED int tcp_connect(const struct dest *to)
{
	return connect_and_say(to, open_socket(to, SOCK_STREAM));
}

static UNUSED int udp_connect(const struct dest *to)
{
	return connect_and_say(to, open_socket(to, SOCK_DGRAM));
}

static UNUSED int send_to(const struct dest *to, int fd, int flags)
{
	if (sendto(fd, PAYLOAD, strlen(PAYLOAD), flags, (struct sockaddr *)&to->at, to->len) >= 0)
		return fd;
	/* A connection that is being opened without the data in its first packet. */
	return errno == EINPROGRESS ? say(fd) : give_up(fd);
}

static UNUSED int tcp_fastopen(const struct dest *to)
{
	return send_to(to, open_socket(to, SOCK_STREAM), MSG_FASTOPEN);
}

static UNUSED int tcp_fastopen_connect(const struct dest *to)
{
	int fd = open_socket(to, SOCK_STREAM), one = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)))
		return give_up(fd);
	return connect_and_say(to, fd);
}

static UNUSED int udp_sendto(const struct dest *to)
{
	return send_to(to, open_socket(to, SOCK_DGRAM), 0);
}

/* The kernel takes AF_UNSPEC for AF_INET here. */
static UNUSED int udp_sendto_unspec(const struct dest *to)
{
	struct dest unspec = *to;

	unspec.at.ss_family = AF_UNSPEC;
	return send_to(&unspec, open_socket(to, SOCK_DGRAM), 0);
}

static UNUSED struct mmsghdr message_to(const struct dest *to, struct iovec *text)
{
	*text = (struct iovec){ (void *)PAYLOAD, strlen(PAYLOAD) };
	return (struct mmsghdr){ .msg_hdr = {
		.msg_name = (void *)&to->at, .msg_namelen = to->len,
		.msg_iov = text, .msg_iovlen = 1,
	} };
}

static UNUSED int udp_sendmsg(const struct dest *to)
{
	int fd = open_socket(to, SOCK_DGRAM);
	struct iovec text;
	struct mmsghdr message = message_to(to, &text);

	return sendmsg(fd, &message.msg_hdr, 0) < 0 ? give_up(fd) : fd;
}

static UNUSED int udp_sendmmsg(const struct dest *to)
{
	int fd = open_socket(to, SOCK_DGRAM);
	struct iovec text;
	struct mmsghdr message = message_to(to, &text);

	return sendmmsg(fd, &message, 1, 0) < 0 ? give_up(fd) : fd;
}

/* An address of its own overrides the one that the socket is connected to. */
static UNUSED int udp_sendto_connected(const struct dest *to)
{
	struct dest listed = dest(V4, forms[V4].listed, "2", LISTED_PORT);
	int fd = open_socket(to, SOCK_DGRAM);

	if (connect(fd, (struct sockaddr *)&listed.at, listed.len))
		return give_up(fd);
	return send_to(to, fd, 0);
}

/* An IPv6 socket that has been turned into an IPv4 one. */
static UNUSED int udp_sendto_addrform(const struct dest *to)
{
	struct dest listed = dest(MAPPED, forms[MAPPED].listed, "2", LISTED_PORT);
	int fd = open_socket(to, SOCK_DGRAM), family = AF_INET;

	if (connect(fd, (struct sockaddr *)&listed.at, listed.len) ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_ADDRFORM, &family, sizeof(family)))
		return give_up(fd);
	return send_to(to, fd, 0);
}

/* ---- The same by another subject: a child sends, and its exit status is the errno ---- */

static UNUSED int by_child(const struct dest *to, bool (*become)(void),
			   int (*send)(const struct dest *to))
{
	pid_t pid = fork();
	int status, fd;

	assert_true(pid >= 0);
	if (!pid) {
		if (!become())
			_exit(255);
		fd = send(to);
		_exit(fd < 0 ? -fd : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) ? -WEXITSTATUS(status) : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static UNUSED bool become_nobody(void)
{
	return !setresgid(65534, 65534, 65534) && !setresuid(65534, 65534, 65534);
}

static UNUSED bool enter_cgroup(void)
{
	int fd = open(CGROUP "/cgroup.procs", O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, "0", 1) == 1;
}

static UNUSED int udp_sendto_by_nobody(const struct dest *to)
{
	return by_child(to, become_nobody, udp_sendto);
}

static UNUSED int tcp_connect_by_nobody(const struct dest *to)
{
	return by_child(to, become_nobody, tcp_connect);
}

static UNUSED int udp_sendto_in_cgroup(const struct dest *to)
{
	return by_child(to, enter_cgroup, udp_sendto);
}

static UNUSED int tcp_connect_in_cgroup(const struct dest *to)
{
	return by_child(to, enter_cgroup, tcp_connect);
}

#endif
