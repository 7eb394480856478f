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

#include "util.h"

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

static struct device read_device(const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	struct attributes list = { IFLA_RTA(link), IFLA_PAYLOAD(message) };
	struct device device = { .type = link->ifi_type, .up = link->ifi_flags & IFF_UP };

	attribute_text(list, IFLA_IFNAME, device.name, sizeof(device.name));
	attribute_text(attribute_list(attribute_find(list, IFLA_LINKINFO)), IFLA_INFO_KIND, device.kind, sizeof(device.kind));
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

static int judge_link(void *context, const struct nlmsghdr *message)
{
	struct device device;

	if (message->nlmsg_type != RTM_NEWLINK)
		return 0;
	device = read_device(message);
	return judge_device(context, &device);
}

/* Every device of the network namespace that we are in. */
static int devices(struct place *place)
{
	const struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
	} request = {
		.header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};

	return search_dump(NETLINK_ROUTE, &request.header, judge_link, place);
}

/* The devices of another namespace.  One that is gone by now has none. */
static int devices_of(struct search *search, const char *path, const char *words)
{
	_cleanup_close_ int there = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct place place = { search, words };
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

int scan_net(struct search *search)
{
	struct place here = { search, NULL };
	__u32 first;
	int err;

	if (!search_wants(search, GUARD_egress))
		return 0;
	err = search_enter_netns(&first);
	err = err ?: forwarding(search, "ipv4", "ip_forward");
	err = err ?: forwarding(search, "ipv6", "conf/all/forwarding");
	err = err ?: devices(&here);
	err = err ?: task_namespaces(search, first);
	return err ?: mounted_namespaces(search, first);
}
