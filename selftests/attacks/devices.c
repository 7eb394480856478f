// SPDX-License-Identifier: GPL-2.0-only
/* devices.c - attacks by devices: what carries data to the host, and what makes interfaces that no guard of packets sees. */
#include "attacks.h"
#include "../modules.h"

#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>

#define NODES		WORK "/nodes"
#define RAW_DISK	"/dev/ram0"

/* A device, under a name of the attacker's. */
struct node {
	const char *name;
	mode_t type;
	unsigned int major, minor;
	bool driven;	/* this machine has the driver: before the seal it opens */
};

static const struct node to_host[] = {
	{ "kmsg", S_IFCHR, 1, 11, true },
	{ "serial", S_IFCHR, 4, 64, true },
	{ "console", S_IFCHR, 5, 1, true },
	{ "virtual_console", S_IFCHR, 4, 1, false },
	{ "hvc", S_IFCHR, 229, 0, false },
	{ "vport", S_IFCHR, 248, 1, false },
	{ "vhost_vsock", S_IFCHR, 10, 241, false },
	{ "vsock", S_IFCHR, 10, 121, false },
	{ "vfio", S_IFCHR, 10, 196, false },
	{ "sev_guest", S_IFCHR, 10, 125, false },
	{},
};

static const struct node disks[] = {
	{ "virtio", S_IFBLK, 254, 0, false },
	{ "scsi", S_IFBLK, 8, 0, false },
	{ "nvme", S_IFBLK, 259, 0, false },
	{ "scsi_generic", S_IFCHR, 21, 0, false },
	{ "loop", S_IFBLK, 7, 0, false },
	{ "loop_control", S_IFCHR, 10, 237, true },
	{},
};

static const struct node stores[] = {
	{ "tpm", S_IFCHR, 10, 224, false },
	{ "nvram", S_IFCHR, 10, 144, false },
	{ "watchdog", S_IFCHR, 10, 130, false },
	{},
};

static const struct node tunnels[] = {
	{ "tun", S_IFCHR, 10, 200, true },
	{ "ppp", S_IFCHR, 108, 0, false },
	{ "vhost_net", S_IFCHR, 10, 238, false },
	{ "fuse", S_IFCHR, 10, 229, false },
	{},
};

static const char *path_of(const struct node *node)
{
	static char path[64];

	snprintf(path, sizeof(path), NODES "/%s", node->name);
	return path;
}

/* Where no guard is, some have no driver, which modprobe would look for, and one would reboot the machine. */
static void open_nodes(enum outcome *outcome, const struct node *nodes)
{
	for (; nodes->name; nodes++) {
		bool through = false;

		if (!kept.sealer && !nodes->driven)
			continue;
		for (int flags = O_RDONLY; flags <= O_RDWR; flags++)
			through = through || can_open(path_of(nodes), flags) || (errno != EPERM && errno != EACCES);
		try_way(outcome, nodes->name, through);
	}
}

static enum outcome host_channels(void)
{
	enum outcome outcome = at_first();

	open_nodes(&outcome, to_host);
	try_way(&outcome, "making a node", !mknod(NODES "/new", S_IFCHR | 0600, makedev(4, 65)));
	unlink(NODES "/new");
	if (!can_open("/dev/null", O_RDWR) || !can_open("/dev/urandom", O_RDONLY))
		return disturbed("what leads nowhere: %s", strerror(errno));
	return outcome;
}

/* Left as it was; whether something else had come there. */
static bool writes_disk(void)
{
	char old[16], text[sizeof(old)] = "attack";
	int fd = open(RAW_DISK, O_RDWR | O_CLOEXEC);
	bool through = fd >= 0 && pread(fd, old, sizeof(old), 0) == sizeof(old) &&
		       pwrite(fd, text, sizeof(text), 0) == sizeof(text) &&
		       pwrite(fd, old, sizeof(old), 0) == sizeof(old);

	if (fd >= 0)
		close(fd);
	return through;
}

/* Nobody has that tag: who asks the hypervisor is told so, and has told it the tag. */
static bool asks_the_host(const char *type, const char *options)
{
	if (mount("attack", WORK "/at", type, 0, options))
		return errno == ENOENT;
	umount2(WORK "/at", MNT_DETACH);
	return true;
}

static enum outcome raw_disks(void)
{
	enum outcome outcome = at_first();

	mkdir(WORK "/at", 0755);
	open_nodes(&outcome, disks);
	try_way(&outcome, "writing to a disk", writes_disk());
	try_way(&outcome, "mounting a disk", !mount(RAW_DISK, WORK "/at", "ext4", MS_RDONLY, NULL) ||
					     (errno != EPERM && errno != EACCES && errno != ENODEV));
	/* Locked down, 6.1 can't tell the type in time. */
	if (tells_texts())
		try_way(&outcome, "9p", asks_the_host("9p", "trans=virtio,version=9p2000.L"));
	if (kept.sealer)
		try_way(&outcome, "virtiofs", asks_the_host("virtiofs", NULL));
	return outcome;
}

static enum outcome host_stores(void)
{
	enum outcome outcome = at_first();

	open_nodes(&outcome, stores);
	if (!access("/dev/rtc0", F_OK))
		try_way(&outcome, "the clock of the machine", can_open("/dev/rtc0", O_RDONLY));
	if (!access("/sys/class/rtc/rtc0/wakealarm", F_OK))
		try_way(&outcome, "its alarm", can_open("/sys/class/rtc/rtc0/wakealarm", O_WRONLY));
	return outcome;
}

/* Memory that the host shares with the machine: what a device has of it, as ivshmem and balloons do. */
static enum outcome host_memory(void)
{
	enum outcome outcome = at_first();
	char path[320];

	for (int i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "%s/resource%d", kept.pci_device, i);
		if (!access(path, F_OK))
			try_way(&outcome, path, can_open(path, O_RDWR));
	}
	snprintf(path, sizeof(path), "%s/config", kept.pci_device);
	try_way(&outcome, path, can_open(path, O_RDWR));
	if (!can_open(path, O_RDONLY))
		return disturbed("reading %s: %s", path, strerror(errno));
	return outcome;
}

static bool makes_tunnel(void)
{
	struct ifreq request = { .ifr_name = "attack%d", .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open(NODES "/tun", O_RDWR | O_CLOEXEC);
	bool through = fd >= 0 && !ioctl(fd, TUNSETIFF, &request);

	if (fd >= 0)
		close(fd);
	return through;
}

static bool forwards(void)
{
	static const char path[] = "/proc/sys/net/ipv4/ip_forward";
	char text[8];

	put_text(path, "1");
	slurp(path, text, sizeof(text));
	put_text(path, "0");
	return text[0] == '1';
}

static enum outcome interfaces(void)
{
	enum outcome outcome = at_first();

	open_nodes(&outcome, tunnels);
	try_way(&outcome, "a tunnel", makes_tunnel());
	try_way(&outcome, "forwarding", forwards());
	return outcome;
}

void keep_devices(void)
{
	static const struct node *const tables[] = { to_host, disks, stores, tunnels };

	assert_int_equal(mkdir(NODES, 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct node *node = tables[i]; node->name; node++)
			assert_int_equal(mknod(path_of(node), node->type | 0600, makedev(node->major, node->minor)), 0);
	assert_int_equal(RUN("modprobe", "-a", "brd", "tun", "loop", "ext4")->status, 0);
	assert_int_equal(put_text("/proc/sys/net/ipv4/ip_forward", "0"), 0);
}

const struct attack attacks_devices[] = {
	{ "interfaces", 99, interfaces, 0, NULL },
	{ "host_channels", 106, host_channels, 0, NULL },
	{ "raw_disks", 107, raw_disks, 0, NULL },
	{ "host_stores", 108, host_stores, 0, NULL },
	{ "host_memory", 109, host_memory, 0, NULL },
	{},
};
