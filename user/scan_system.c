// SPDX-License-Identifier: GPL-2.0-only
/* scan_system.c - settings of the kernel: probes, binary formats, core dumps, swap, kexec, hibernation. */
#include "scan_parts.h"

#include <bpf/btf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "kernel.h"
#include "lockdown.h"
#include "util.h"

#define TRACEFS	"/sys/kernel/tracing"

static const char remove_probe[] = "remove it, or tolerate probe";

static FILE *open_at(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file && fd >= 0)
		close(fd);
	return file;
}

/* Each line of a file of tracefs is a probe.  Without the file, this kernel has no such probes. */
static int probes(struct search *search, int tracefs, const char *name)
{
	_cleanup_file_ FILE *file = open_at(tracefs, name);
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (!err && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = 0;
		if (line[0] && line[0] != '#')
			err = FOUND(search, probe, remove_probe, "in %s: %.200s", name, line);
	}
	return err;
}

static int tracer(struct search *search, int tracefs, const char *path)
{
	char name[64];
	int err = read_first(tracefs, path, name, sizeof(name));

	if (err)
		return err == -ENOENT ? 0 : err;
	return !strcmp(name, "nop") ? 0 : FOUND(search, probe, remove_probe, "%s is %s", path, name);
}

/* Each instance traces for itself. */
static int tracers(struct search *search, int tracefs)
{
	int err = tracer(search, tracefs, "current_tracer"), fd;
	struct dirent *entry;
	char path[PATH_MAX];
	DIR *dir;

	fd = err ? -1 : openat(tracefs, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	while (dir && !err && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "instances/%s/current_tracer", entry->d_name);
		if (entry->d_name[0] != '.')
			err = tracer(search, tracefs, path);
	}
	if (dir)
		closedir(dir);
	return err;
}

/*
 * Lockdown for confidentiality refuses to open these files.  From the first boot message on it refused to make
 * a probe, too; if it was raised later, there may be one that nobody can see.
 */
static int hidden_probes(struct search *search)
{
	char line[4096];

	read_first(AT_FDCWD, "/proc/cmdline", line, sizeof(line));
	if (strstr(line, "lockdown=confidentiality"))
		return 0;
	return FOUND(search, probe, "boot with lockdown=confidentiality, or tolerate probe",
		     "lockdown hides what probes there are");
}

/*
 * Where nobody has tracefs mounted, ours would be the last mount to go, and on 6.12 under lockdown=confidentiality that
 * is a bug of the kernel's which kills whoever closes it ("list_del corruption", tracefs_destroy_inode).  So it stays, in
 * the place that is made for it.
 */
static void keep_tracefs(void)
{
	struct statfs fs;

	if (statfs(TRACEFS, &fs) || (unsigned long)fs.f_type != TRACEFS_MAGIC)
		mount("tracefs", TRACEFS, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static int scan_probes(struct search *search)
{
	/* dynamic_events lists the others, too, where there is such a file. */
	static const char *const files[] = { "dynamic_events", "kprobe_events", "uprobe_events" };
	_cleanup_close_ int tracefs = -1;
	int err = 0;

	keep_tracefs();
	tracefs = kernel_mount("tracefs");
	if (tracefs < 0)
		return tracefs == -ENODEV ? 0 : tracefs;
	for (size_t i = 0; !err && i < ARRAY_SIZE(files); i++)
		if (!i || faccessat(tracefs, files[0], F_OK, 0))
			err = probes(search, tracefs, files[i]);
	err = err ?: tracers(search, tracefs);
	return err == -EPERM ? hidden_probes(search) : err;
}

/* Whether the kernel has that file system already: asking for it otherwise would load its module. */
static bool has_filesystem(const char *name)
{
	_cleanup_file_ FILE *file = fopen("/proc/filesystems", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		char *tab = strchr(line, '\t');

		line[strcspn(line, "\n")] = 0;
		if (tab && !strcmp(tab + 1, name))
			return true;
	}
	return false;
}

static int scan_binfmt(struct search *search)
{
	struct dirent *entry;
	int mount, fd, err = 0;
	DIR *dir;

	if (!search_wants(search, GUARD_exec) || !has_filesystem("binfmt_misc"))
		return 0;
	mount = kernel_mount("binfmt_misc");
	if (mount < 0)
		return mount;
	fd = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		err = -errno;
	while (!err && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "register") &&
		    strcmp(entry->d_name, "status"))
			err = FOUND(search, binfmt, "unregister it, or tolerate binfmt",
				    "binary format %s is registered", entry->d_name);
	if (dir)
		closedir(dir);
	close(mount);
	return err;
}

static int scan_core_pipe(struct search *search)
{
	char text[256];
	int err = read_first(AT_FDCWD, "/proc/sys/kernel/core_pattern", text, sizeof(text));

	if (err)
		return err == -ENOENT ? 0 : err;
	/* '|' starts a program with the memory of one that crashed, '@' (6.16) sends it to a socket. */
	if (text[0] != '|' && text[0] != '@')
		return 0;
	return FOUND(search, core_pipe, "set kernel.core_pattern to a file name, or tolerate core-pipe",
		     "kernel.core_pattern is '%.200s'", text);
}

static bool starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* dm-crypt, or compressed memory; `device` is what the swap is on. */
static bool stays_secret(dev_t device)
{
	char path[96], link[PATH_MAX] = "", text[256];
	const char *name;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/dm/uuid", major(device), minor(device));
	if (!read_first(AT_FDCWD, path, text, sizeof(text)))
		return starts(text, "CRYPT-") && !starts(text, "CRYPT-INTEGRITY") &&
		       !starts(text, "CRYPT-VERITY");
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(device), minor(device));
	if (readlink(path, link, sizeof(link) - 1) < 0)
		return false;
	name = strrchr(link, '/');
	if (!name || !starts(name, "/zram"))
		return false;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/backing_dev", major(device), minor(device));
	/* A kernel without the file can't have its zram write back to a disk. */
	return read_first(AT_FDCWD, path, text, sizeof(text)) || !strcmp(text, "none");
}

/* "\040" and the like, as in /proc/mounts. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		unsigned int code;

		if (*from == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
			*to = code;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = 0;
}

static int scan_swap(struct search *search)
{
	_cleanup_file_ FILE *file = fopen("/proc/swaps", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	struct stat st;
	int err = 0;

	/* A kernel without swap has no such file. */
	if (!file)
		return errno == ENOENT ? 0 : -errno;
	if (getline(&line, &size, file) < 0)
		return 0;
	while (!err && getline(&line, &size, file) > 0) {
		line[strcspn(line, " \t\n")] = 0;
		unescape(line);
		if (!stat(line, &st) && S_ISBLK(st.st_mode) && stays_secret(st.st_rdev))
			continue;
		err = FOUND(search, swap, "swapoff it, put dm-crypt below it, or tolerate swap",
			    "swap on %.200s is not encrypted", line);
	}
	return err;
}

/* It starts by reboot(2) or a crash, which no hook sees. */
static int scan_kexec(struct search *search)
{
	static const struct {
		const char *path, *what;
	} rows[] = {
		{ "/sys/kernel/kexec_loaded", "a kernel is loaded for kexec" },
		{ "/sys/kernel/kexec_crash_loaded", "a kernel is loaded that a crash starts" },
	};
	char text[16];
	int err = 0;

	for (size_t i = 0; search_wants(search, GUARD_modules) && !err && i < ARRAY_SIZE(rows); i++) {
		err = read_first(AT_FDCWD, rows[i].path, text, sizeof(text));
		/* A kernel without kexec has no such file. */
		if (err == -ENOENT)
			err = 0;
		else if (!err && strcmp(text, "0"))
			err = FOUND(search, kexec, "kexec -u or kexec -p -u, or tolerate kexec", "%s", rows[i].what);
	}
	return err;
}

/*
 * Only where the policy allows it is the kernel asked, whose answer is a question to the guard.  The image that it writes
 * has all memory, and is there after the next boot.
 */
static int scan_hibernation(struct search *search)
{
	struct lockdown lockdown;
	char text[64];
	struct btf *btf;
	int value, err;

	if (!search_wants(search, GUARD_kernel) || !search->set->lockdown_allow)
		return 0;
	btf = btf__load_vmlinux_btf();
	if (!btf)
		return -errno;
	lockdown_read(btf, &lockdown);
	btf__free(btf);
	value = lockdown_find(&lockdown, "hibernation");
	if (value < 0 || !(search->set->lockdown_allow >> value & 1))
		return 0;
	err = read_first(AT_FDCWD, "/sys/power/state", text, sizeof(text));
	if (err)
		return err == -ENOENT ? 0 : err;
	return !strstr(text, "disk") ? 0 :
	       FOUND(search, hibernation, "leave 'hibernation' out of kernel.allow, or tolerate hibernation",
		     "all memory can be written to a disk: kernel.allow lists hibernation");
}

int scan_system(struct search *search)
{
	int err = scan_probes(search);

	err = err ?: scan_binfmt(search);
	err = err ?: scan_core_pipe(search);
	err = err ?: scan_kexec(search);
	err = err ?: scan_hibernation(search);
	return err ?: scan_swap(search);
}
