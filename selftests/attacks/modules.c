// SPDX-License-Identifier: GPL-2.0-only
/* modules.c - attacks that bring code into the kernel: modules by every way, firmware, other kernels, parameters. */
#include "attacks.h"
#include "../modules.h"

#include <linux/if.h>
#include <linux/kexec.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define PLAIN		WORK "/dummy.ko"
#define COMPRESSED	WORK "/shipped.ko.xz"
#define DEVICE_NODE	WORK "/mapper"		/* of a driver that is a module and not loaded; the policy lists it */
#define FIRMWARE	"hardenctl-attack.bin"
#define TRIGGER		"/sys/devices/virtual/misc/test_firmware/trigger_request"
#define SEARCH_PATH	"/sys/module/firmware_class/parameters/path"
#define PARAMETER	"/sys/module/printk/parameters/time"
#define SIGNATURE_MARK	28			/* how long the text is that ends a signed module */
#define KEXEC_ADDRESS	0x1000000ul		/* RAM that the kernel does not keep for itself */

/* Takes it out again; whether it was in. */
static bool was_loaded(const char *module)
{
	bool loaded = is_loaded(module);

	for (int i = 0; loaded && i < 50 && syscall(SYS_delete_module, module, O_NONBLOCK); i++)
		usleep(10000);
	return loaded;
}

/* An anonymous file with the module but for the last `less` bytes. */
static int module_in_memory(size_t less)
{
	int from = open(PLAIN, O_RDONLY | O_CLOEXEC), fd = memfd_create("module", MFD_CLOEXEC);
	struct stat st;

	if (from < 0 || fstat(from, &st))
		return -1;
	for (off_t done = 0; done < (off_t)(st.st_size - less);) {
		char buffer[65536];
		ssize_t len = pread(from, buffer, sizeof(buffer), done);

		if (len <= 0 || pwrite(fd, buffer, len, done) != len)
			return -1;
		done += len;
	}
	close(from);
	return ftruncate(fd, st.st_size - less) ? -1 : fd;
}

static enum outcome module_files(void)
{
	enum outcome outcome = at_first();
	char text[64];
	int fd;

	finit_module(PLAIN, 0);
	try_way(&outcome, "finit_module", was_loaded("dummy"));
	if (!access(COMPRESSED, F_OK)) {
		finit_module(COMPRESSED, MODULE_INIT_COMPRESSED_FILE);
		try_way(&outcome, "finit_module of a compressed file", was_loaded("dummy"));
	}
	fd = module_in_memory(0);
	snprintf(text, sizeof(text), "/proc/self/fd/%d", fd);
	finit_module(text, 0);
	try_way(&outcome, "finit_module of a file in memory", was_loaded("dummy"));
	close(fd);
	fd = open(PLAIN, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return disturbed("reading a module: %s", strerror(errno));
	close(fd);
	return outcome;
}

static enum outcome module_from_memory(void)
{
	enum outcome outcome = at_first();

	init_module_of(PLAIN);
	try_way(&outcome, "init_module", was_loaded("dummy"));
	return outcome;
}

/* What somebody builds to patch the kernel or to hook its functions: signed by nobody, and for whatever version. */
static enum outcome module_of_ones_own(void)
{
	enum outcome outcome = at_first();
	int fd = module_in_memory(SIGNATURE_MARK);
	struct stat st;
	void *image;

	syscall(SYS_finit_module, fd, "", 0);
	try_way(&outcome, "an unsigned module", was_loaded("dummy"));
	syscall(SYS_finit_module, fd, "", MODULE_INIT_IGNORE_VERMAGIC | MODULE_INIT_IGNORE_MODVERSIONS);
	try_way(&outcome, "an unsigned module by force", was_loaded("dummy"));
	image = fstat(fd, &st) ? MAP_FAILED : mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image != MAP_FAILED)
		syscall(SYS_init_module, image, st.st_size, "");
	try_way(&outcome, "an unsigned module from memory", was_loaded("dummy"));
	close(fd);
	return outcome;
}

static void ask_for_family(void)
{
	close(socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
}

static void ask_for_netlink(void)
{
	close(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 21 /* NETLINK_CRYPTO */));
}

static void ask_for_file_system(void)
{
	mount(WORK "/none", WORK "/root", "minix", MS_RDONLY, NULL);
}

static void ask_for_interface(void)
{
	struct ifreq request = { .ifr_name = "tunl0" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ioctl(fd, SIOCGIFFLAGS, &request);
	close(fd);
}

static void ask_for_device(void)
{
	close(open(DEVICE_NODE, O_RDWR | O_CLOEXEC));
}

static void ask_for_link(void)
{
	if (!RUN_FOR(10, "ip", "link", "add", "attack", "type", "dummy"))
		RUN_FOR(10, "ip", "link", "del", "attack");
}

/* Whoever asks for something that the kernel has not has it start modprobe. */
static enum outcome autoload(void)
{
	static const struct { const char *what, *module; void (*ask)(void); } rows[] = {
		{ "a socket of AF_ALG", "af_alg", ask_for_family },
		{ "netlink's crypto", "crypto_user", ask_for_netlink },
		{ "a type of file system", "minix", ask_for_file_system },
		{ "an interface by name", "ipip", ask_for_interface },
		{ "a device node", "dm_mod", ask_for_device },
		{ "a type of interface", "dummy", ask_for_link },
	};
	enum outcome outcome = at_first();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		rows[i].ask();
		try_way(&outcome, rows[i].what, was_loaded(rows[i].module));
	}
	return outcome;
}

static unsigned int modules(void)
{
	static char text[65536];
	unsigned int count = 0;

	slurp("/proc/modules", text, sizeof(text));
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		count++;
	return count;
}

#define FAMILIES	50	/* more than any kernel has */
#define PROTOCOLS	32	/* of netlink */

/* Families and protocols that nobody uses are where the holes are. */
static enum outcome every_family(void)
{
	unsigned int before = modules();

	/* Without the guards this loads dozens of modules, and takes that long. */
	if (!kept.sealer)
		return NOT_HERE;
	for (int family = 1; family < FAMILIES; family++)
		close(socket(family, SOCK_RAW | SOCK_CLOEXEC, 0));
	for (int protocol = 0; protocol < PROTOCOLS; protocol++)
		close(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
	if (modules() > before)
		return loosened("%u modules came by sockets", modules() - before);
	if (socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0 || socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0) < 0)
		return disturbed("sockets of AF_UNIX and of routes: %s", strerror(errno));
	return HELD;
}

/* By the file that has drivers ask for firmware, opened before the seal. */
static enum outcome firmware(void)
{
	enum outcome outcome = at_first();

	try_way(&outcome, "firmware", write(kept.trigger, FIRMWARE, strlen(FIRMWARE)) > 0);
	try_way(&outcome, "opening a driver's file", !put_text(TRIGGER, FIRMWARE));
	return outcome;
}

static bool kernel_is_loaded(void)
{
	char text[8];

	slurp("/sys/kernel/kexec_loaded", text, sizeof(text));
	return text[0] == '1';
}

/* One page, which nothing jumps to: nobody calls reboot(2). */
static enum outcome kernel_from_memory(void)
{
	static char page[4096];
	const struct kexec_segment segment = {
		.buf = page, .bufsz = sizeof(page), .mem = (void *)KEXEC_ADDRESS, .memsz = sizeof(page),
	};
	enum outcome outcome = at_first();

	syscall(SYS_kexec_load, KEXEC_ADDRESS, 1, &segment, 0);
	try_way(&outcome, "kexec_load", kernel_is_loaded());
	if (kernel_is_loaded())
		syscall(SYS_kexec_load, 0, 0, NULL, 0);
	return outcome;
}

/* It is no kernel, which is said where one would have been taken. */
static enum outcome kernel_file(void)
{
	enum outcome outcome = at_first();
	int fd = open(PLAIN, O_RDONLY | O_CLOEXEC);

	syscall(SYS_kexec_file_load, fd, -1, 1ul, "", (unsigned long)KEXEC_FILE_NO_INITRAMFS);
	try_way(&outcome, "kexec_file_load", errno == ENOEXEC);
	close(fd);
	return outcome;
}

/* Writes something else than what is there, and that back; whether it had come there. */
static bool changes(const char *path, const char *one, const char *other)
{
	char old[256], now[256];
	bool changed;

	slurp(path, old, sizeof(old));
	put_text(path, strncmp(old, one, strlen(one)) ? one : other);
	slurp(path, now, sizeof(now));
	changed = strcmp(old, now);
	if (changed)
		put_text(path, old);
	return changed;
}

static enum outcome parameters(void)
{
	enum outcome outcome = at_first();
	char path[320];

	try_way(&outcome, "a parameter", changes(PARAMETER, "N", "Y"));
	/* Which driver a device gets. */
	snprintf(path, sizeof(path), "%s/driver_override", kept.pci_device);
	try_way(&outcome, "driver_override", changes(path, "attack", "none"));
	put_text(path, "\n");
	try_way(&outcome, "drivers_probe", can_open("/sys/bus/pci/drivers_probe", O_WRONLY));
	try_way(&outcome, "unbind", can_open("/sys/bus/pci/drivers/virtio-pci/unbind", O_WRONLY));
	if (!can_open("/sys/devices/virtual/mem/null/uevent", O_WRONLY))
		return disturbed("a device's uevent: %s", strerror(errno));
	return outcome;
}

/* Programs that the kernel runs. */
static enum outcome helpers(void)
{
	static const char *const names[] = { "modprobe", "poweroff_cmd", "core_pattern", "hotplug" };
	enum outcome outcome = at_first();
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "/proc/sys/kernel/%s", names[i]);
		if (!access(path, F_OK))
			try_way(&outcome, names[i], changes(path, "/tmp/attack", "core"));
	}
	return outcome;
}

void keep_modules(void)
{
	char shipped[PATH_MAX];

	copy_module("dummy", PLAIN);
	find_module("dummy", shipped, sizeof(shipped));
	if (ends(shipped, ".xz"))
		assert_int_equal(RUN("cp", shipped, COMPRESSED)->status, 0);
	assert_int_equal(mknod(DEVICE_NODE, S_IFCHR | 0600, makedev(10, 236)), 0);
	assert_int_equal(RUN("modprobe", "test_firmware")->status, 0);
	spill(WORK "/" FIRMWARE, "firmware\n");
	assert_int_equal(put_text(SEARCH_PATH, WORK), 0);
	kept.trigger = open(TRIGGER, O_WRONLY | O_CLOEXEC);
	assert_true(kept.trigger >= 0);
}

const struct attack attacks_modules[] = {
	{ "module_files", 59, module_files, 0, NULL },
	{ "module_from_memory", 60, module_from_memory, 0, NULL },
	{ "autoload", 61, autoload, 0, NULL },
	{ "parameters", 62, parameters, 0, NULL },
	{ "firmware", 63, firmware, 0, NULL },
	{ "kernel_from_memory", 64, kernel_from_memory, 0, NULL },
	{ "kernel_file", 65, kernel_file, 0, NULL },
	{ "module_of_ones_own", 66, module_of_ones_own, 0, NULL },
	{ "helpers", 21, helpers, 0, NULL },
	{ "every_family", 79, every_family, 0, NULL },
	{},
};
