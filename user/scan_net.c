// SPDX-License-Identifier: GPL-2.0-only
/* scan_net.c - devices, namespaces and switches by which packets leave without any socket of ours. */
#include "scan_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "util.h"

#define FIRST_NETNS	"/proc/1/ns/net"

static const char remove_device[] = "remove it, or tolerate tunnel";

/* Kinds that put packets on a network card's own wire, or nowhere. */
static const char *const harmless[] = {
	"vlan", "bond", "team", "dummy", "vrf", "macsec", "nlmon", "ifb", "netdevsim",
};

/* What the drivers of tunnels bring along, whether anybody wants it or not. */
static const char *const fallback[] = {
	"tunl0", "gre0", "gretap0", "erspan0", "sit0", "ip_vti0", "ip6_vti0", "ip6tnl0", "ip6gre0",
};

struct device {
	char name[IFNAMSIZ];
	char kind[32];		/* "": a card, or a driver that tells none */
	unsigned int type;	/* ARPHRD_* */
	bool up;
};

static bool among(const char *const words[], size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

static bool is_tunnel(const struct device *device)
{
	if (!device->up && among(fallback, ARRAY_SIZE(fallback), device->name))
		return false;
	if (device->kind[0])
		return !among(harmless, ARRAY_SIZE(harmless), device->kind);
	/* Without a kind it is a card, or something from before there were kinds, such as SLIP. */
	return device->type != ARPHRD_ETHER && device->type != ARPHRD_LOOPBACK &&
	       device->type != ARPHRD_INFINIBAND;
}

static void read_kind(const struct rtattr *info, char ret_kind[32])
{
	int len = RTA_PAYLOAD(info);

	for (const struct rtattr *at = RTA_DATA(info); RTA_OK(at, len); at = RTA_NEXT(at, len))
		if (at->rta_type == IFLA_INFO_KIND)
			snprintf(ret_kind, 32, "%.*s", (int)RTA_PAYLOAD(at), (const char *)RTA_DATA(at));
}

static struct device read_device(const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	struct device device = { .type = link->ifi_type, .up = link->ifi_flags & IFF_UP };
	int len = IFLA_PAYLOAD(message);

	for (const struct rtattr *at = IFLA_RTA(link); RTA_OK(at, len); at = RTA_NEXT(at, len)) {
		if (at->rta_type == IFLA_IFNAME)
			snprintf(device.name, sizeof(device.name), "%.*s", (int)RTA_PAYLOAD(at),
				 (const char *)RTA_DATA(at));
		if (at->rta_type == IFLA_LINKINFO)
			read_kind(at, device.kind);
	}
	return device;
}

/* Where a device that was found belongs to. */
struct place {
	struct search *search;
	const char *namespace;	/* in words; NULL: the first one */
};

static int judge_device(const struct place *place, const struct device *device)
{
	if (!place->namespace)
		return !is_tunnel(device) ? 0 :
		       FOUND(place->search, tunnel, remove_device, "network device %s of kind %s",
			     device->name, device->kind[0] ? device->kind : "unknown");
	/* A namespace with loopback alone, such as systemd's PrivateNetwork= makes, leads nowhere. */
	if (device->type == ARPHRD_LOOPBACK ||
	    (!device->up && among(fallback, ARRAY_SIZE(fallback), device->name)))
		return 0;
	return FOUND(place->search, tunnel, "end who lives there, or tolerate tunnel",
		     "another network namespace, of %s, with the device %s", place->namespace, device->name);
}

/* 1: the answer goes on; 0: that was its end; -errno. */
static int judge_answer(const struct place *place, const char *buf, ssize_t len)
{
	const struct nlmsghdr *message = (const void *)buf;
	int err = 0;

	for (; !err && NLMSG_OK(message, len); message = NLMSG_NEXT(message, len)) {
		struct device device;

		if (message->nlmsg_type == NLMSG_DONE)
			return 0;
		if (message->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(message))->error ?: -EIO;
		if (message->nlmsg_type != RTM_NEWLINK)
			continue;
		device = read_device(message);
		err = judge_device(place, &device);
	}
	return err ?: 1;
}

/* Every device of the network namespace that we are in. */
static int devices(const struct place *place)
{
	const struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
	} request = {
		.header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	_cleanup_free_ char *buf = malloc(65536);
	int err = buf ? 1 : -ENOMEM;
	ssize_t len;

	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	while (err > 0) {
		len = recv(fd, buf, 65536, 0);
		err = len < 0 ? -errno : judge_answer(place, buf, len);
	}
	return err;
}

/* The devices of another namespace.  One that is gone by now has none. */
static int devices_of(struct search *search, const char *path, const char *words)
{
	_cleanup_close_ int there = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	const struct place place = { search, words };
	int err;

	if (there < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	if (here < 0 || setns(there, CLONE_NEWNET))
		return -errno;
	err = devices(&place);
	if (setns(here, CLONE_NEWNET))
		return -errno;
	return err;
}

static int task_namespaces(struct search *search, __u32 first)
{
	int err = 0;

	for (size_t i = 0; !err && i < search->n_tasks; i++) {
		const struct row_task *task = &search->tasks[i];
		bool new = task->netns && task->netns != first;
		char path[64];

		for (size_t j = 0; new && j < i; j++)
			new = search->tasks[j].netns != task->netns;
		if (!new)
			continue;
		snprintf(path, sizeof(path), "/proc/%u/task/%u/ns/net", task->tgid, task->pid);
		err = devices_of(search, path, who_is(task->tgid, task->comm).text);
	}
	return err;
}

/* Those that nobody lives in, but that are kept by a mount, as `ip netns add` does. */
static int mounted_namespaces(struct search *search, __u32 first)
{
	_cleanup_file_ FILE *file = fopen("/proc/self/mountinfo", "re");
	char at[PATH_MAX], root[64], words[96];
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	int err = 0;
	__u32 netns;

	if (!file)
		return -errno;
	while (!err && getline(&line, &size, file) > 0) {
		if (sscanf(line, "%*s %*s %*s %63s %4095s", root, at) != 2 ||
		    sscanf(root, "net:[%u]", &netns) != 1 || netns == first)
			continue;
		snprintf(words, sizeof(words), "%.90s", at);
		err = devices_of(search, at, words);
	}
	return err;
}

/* 1: it is on. */
static int is_on(const char *path)
{
	char text[16];

	return !read_first(AT_FDCWD, path, text, sizeof(text)) && text[0] && strcmp(text, "0");
}

/* One family: its switch for all, or those of single devices. */
static int forwarding(struct search *search, const char *family, const char *all)
{
	static const char advice[] = "switch it off with sysctl and in sysctl.d, or tolerate forwarding";
	char path[PATH_MAX];
	struct dirent *entry;
	int err = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/%s", family, all);
	if (is_on(path))
		return FOUND(search, forwarding, advice, "%s is on", path);
	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf", family);
	dir = opendir(path);
	/* A kernel without IPv6 forwards none. */
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (!err && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/forwarding", family, entry->d_name);
		if (entry->d_name[0] != '.' && is_on(path))
			err = FOUND(search, forwarding, advice, "%s is on", path);
	}
	closedir(dir);
	return err;
}

/* The switches of /proc/sys/net are those of the namespace that the reader is in. */
static int enter_first(__u32 *ret_netns)
{
	_cleanup_close_ int fd = open(FIRST_NETNS, O_RDONLY | O_CLOEXEC);
	struct stat first, self;

	if (fd < 0 || fstat(fd, &first) || stat("/proc/self/ns/net", &self))
		return -errno;
	*ret_netns = first.st_ino;
	return first.st_ino != self.st_ino && setns(fd, CLONE_NEWNET) ? -errno : 0;
}

int scan_net(struct search *search)
{
	const struct place here = { search, NULL };
	__u32 first;
	int err;

	if (!search_wants(search, GUARD_egress))
		return 0;
	err = enter_first(&first);
	err = err ?: forwarding(search, "ipv4", "ip_forward");
	err = err ?: forwarding(search, "ipv6", "conf/all/forwarding");
	err = err ?: devices(&here);
	err = err ?: task_namespaces(search, first);
	return err ?: mounted_namespaces(search, first);
}
