// SPDX-License-Identifier: GPL-2.0-only
/* scan_netlink.c - asks the kernel by netlink for all of a kind: devices, rules, filters. */
#include "scan_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "util.h"

#define FIRST_NETNS	"/proc/1/ns/net"
#define ANSWER_MAX	65536	/* more than the kernel puts into one part of an answer */
#define TRIES		10

/* The switches of /proc/sys/net are those of the namespace that the reader is in, too. */
int search_enter_netns(__u32 *ret_netns)
{
	_cleanup_close_ int fd = open(FIRST_NETNS, O_RDONLY | O_CLOEXEC);
	struct stat first, self;

	if (fd < 0 || fstat(fd, &first) || stat("/proc/self/ns/net", &self))
		return -errno;
	*ret_netns = first.st_ino;
	return first.st_ino != self.st_ino && setns(fd, CLONE_NEWNET) ? -errno : 0;
}

const struct rtattr *attribute_find(struct attributes list, unsigned int type)
{
	for (; RTA_OK(list.first, list.len); list.first = RTA_NEXT(list.first, list.len))
		if ((list.first->rta_type & NLA_TYPE_MASK) == type)
			return list.first;
	return NULL;
}

struct attributes attribute_list(const struct rtattr *at)
{
	return at ? (struct attributes){ RTA_DATA(at), RTA_PAYLOAD(at) } : (struct attributes){};
}

void attribute_text(struct attributes list, unsigned int type, char *ret_text, size_t size)
{
	const struct rtattr *at = attribute_find(list, type);

	snprintf(ret_text, size, "%.*s", at ? (int)RTA_PAYLOAD(at) : 0, at ? (const char *)RTA_DATA(at) : "");
}

/* 1: the answer goes on; 0: that was its end; -EINTR: it has gaps, as something changed meanwhile; -errno. */
static int judge_answer(const char *buf, ssize_t len, search_judge *judge, void *context)
{
	const struct nlmsghdr *message = (const void *)buf;
	int err = 0;

	for (; !err && NLMSG_OK(message, len); message = NLMSG_NEXT(message, len)) {
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			return -EINTR;
		if (message->nlmsg_type == NLMSG_DONE)
			return 0;
		if (message->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(message))->error ?: -EIO;
		err = judge(context, message);
	}
	return err ?: 1;
}

static int ask(int protocol, const struct nlmsghdr *request, search_judge *judge, void *context)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	_cleanup_free_ char *buf = malloc(ANSWER_MAX);
	int err = buf ? 1 : -ENOMEM;
	ssize_t len;

	if (fd < 0 || send(fd, request, request->nlmsg_len, 0) < 0)
		return -errno;
	while (err > 0) {
		len = recv(fd, buf, ANSWER_MAX, MSG_TRUNC);
		err = len < 0 ? -errno : len > ANSWER_MAX ? -EMSGSIZE : judge_answer(buf, len, judge, context);
	}
	return err;
}

/* What is found twice stands in the findings once. */
int search_dump(int protocol, const struct nlmsghdr *request, search_judge *judge, void *context)
{
	int err = -EINTR;

	for (int i = 0; err == -EINTR && i < TRIES; i++)
		err = ask(protocol, request, judge, context);
	return err;
}
