// SPDX-License-Identifier: GPL-2.0-only
/* kernel.c - what the running kernel can do for us. */
#include "kernel.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "abi.h"
#include "gaps.h"
#include "hardenctl.skel.h"
#include "hooks.h"
#include "util.h"

#define CGROUP_ROOT_INODE	1	/* fs/kernfs: the root node's id, the same on every boot */
#define USER_NS_INODE	0xeffffffd	/* include/linux/proc_ns.h: PROC_USER_INIT_INO, since 3.8 */
#define CAPABILITY_WORDS	2
#define FILEID_KERNFS		0xfe	/* include/linux/exportfs.h */

int kernel_mount(const char *type)
{
	_cleanup_close_ int context = syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	int mount;

	if (context < 0)
		return -errno;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	mount = syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	return mount < 0 ? -errno : mount;
}

int kernel_cgroup_root(void)
{
	_cleanup_close_ int mount = kernel_mount("cgroup2");
	struct stat st;
	int fd;

	if (mount < 0)
		return mount;
	fd = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || st.st_ino != CGROUP_ROOT_INODE) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

void kernel_cgroup_path(int root, unsigned long long id, char *ret_path, size_t size)
{
	_cleanup_free_ struct file_handle *handle = calloc(1, sizeof(*handle) + sizeof(uint64_t));
	uint64_t node = id;
	char link[64];
	ssize_t len;
	int fd;

	ret_path[0] = 0;
	if (!handle)
		return;
	handle->handle_bytes = sizeof(node);
	handle->handle_type = FILEID_KERNFS;
	memcpy(handle->f_handle, &node, sizeof(node));
	fd = open_by_handle_at(root, handle, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, ret_path, size - 1);
	close(fd);
	ret_path[len < 0 ? 0 : len] = 0;
}

bool kernel_privileged(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[CAPABILITY_WORDS] = {};
	struct stat st;

	/* Root of another user namespace has every capability, and none that counts here. */
	if (!stat("/proc/self/ns/user", &st) && st.st_ino != USER_NS_INODE)
		return false;
	if (syscall(SYS_capget, &header, data))
		return false;
	return data[0].effective & (1u << CAP_SYS_ADMIN);
}

static void read_line(int dir, const char *path, char *ret_line, size_t size)
{
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, ret_line, size - 1);

	ret_line[len < 0 ? 0 : len] = 0;
	ret_line[strcspn(ret_line, "\n")] = 0;
}

static void read_lsm(char *ret_lsm, size_t size)
{
	_cleanup_close_ int mount = -1;

	read_line(AT_FDCWD, "/sys/kernel/security/lsm", ret_lsm, size);
	if (ret_lsm[0])
		return;
	mount = kernel_mount("securityfs");
	if (mount >= 0)
		read_line(mount, "lsm", ret_lsm, size);
}

static bool word_in(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += len)
		if ((at == list || at[-1] == ',') && (!at[len] || at[len] == ','))
			return true;
	return false;
}

struct kernel_check *kernel_add_check(struct kernel *kernel, enum check_group group, const char *name, bool required, bool ok,
				      const char *hint, const char *format, ...)
{
	struct kernel_check *check = &kernel->check[kernel->n_checks];
	va_list args;

	if (kernel->n_checks == KERNEL_CHECKS_MAX)
		return NULL;
	kernel->n_checks++;
	check->group = group;
	check->required = required;
	check->ok = ok;
	check->consequence = required ? "nothing can be loaded here: hardenctl load exits with 3" : NULL;
	check->hint = hint;
	snprintf(check->name, sizeof(check->name), "%s", name);
	va_start(args, format);
	vsnprintf(check->detail, sizeof(check->detail), format, args);
	va_end(args);
	return check;
}

static const struct btf_type *find_function(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);

	return id > 0 ? btf__type_by_id(btf, id) : NULL;
}

static size_t arguments(const struct btf *btf, const char *name)
{
	const struct btf_type *function = find_function(btf, name);

	return function ? btf_vlen(btf__type_by_id(btf, function->type)) : 0;
}

static void add_gaps(struct kernel *kernel)
{
	for (const struct gap *gap = gaps; gap->name; gap++) {
		struct kernel_check *check = kernel_add_check(kernel, CHECK_LIMIT, gap->name, /* required= */ false,
							      gap->closed(kernel), gap->hint, "%s", gap->what);

		if (check)
			check->consequence = gap->consequence;
	}
}

void kernel_ask_hooks(struct kernel *kernel)
{
	struct hardenctl_bpf *skel = hardenctl_bpf__open();
	struct btf *btf = btf__load_vmlinux_btf();

	if (!skel || !btf) {
		kernel_add_check(kernel, CHECK_KERNEL, "programs", true, false, NULL,
				 "cannot open the built-in BPF programs, or the kernel's BTF");
		hardenctl_bpf__destroy(skel);
		btf__free(btf);
		return;
	}
	hooks_ask(kernel, skel, btf);
	kernel->reads_memory = !kernel->confidential || find_function(btf, "bpf_rdonly_cast");
	kernel->inspects_programs = find_function(btf, "bpf_lsm_bpf_prog_load") &&
				    find_function(btf, "bpf_rdonly_cast");
	kernel->perf_attr = arguments(btf, "bpf_lsm_perf_event_open") > 1;
	kernel->setattr_idmap = arguments(btf, "bpf_lsm_inode_setattr") > 2;
	kernel->fsverity = find_function(btf, "bpf_get_fsverity_digest");
	/* mm_access() has no trace in BTF.  This type came with the same v6.14. */
	kernel->perfmon_reads = btf__find_by_name(btf, "shortname_store") > 0;
	lockdown_read(btf, &kernel->lockdown);
	kernel->file_setattr = find_function(btf, "bpf_lsm_inode_file_setattr");
	kernel->acl_hooks = find_function(btf, "bpf_lsm_inode_set_acl");
	kernel->ioctl_compat = find_function(btf, "bpf_lsm_file_ioctl_compat");
	add_gaps(kernel);
	hardenctl_bpf__destroy(skel);
	btf__free(btf);
}

static void ask_switches(struct kernel *kernel)
{
	/* Only the first network namespace has these two. From another one it takes a load to tell. */
	bool hidden = access("/proc/sys/net/core/netdev_budget", F_OK);
	struct kernel_check *check;
	char text[16];

	read_line(AT_FDCWD, "/proc/sys/net/core/bpf_jit_enable", text, sizeof(text));
	kernel_add_check(kernel, CHECK_KERNEL, "bpf-jit", true, hidden || text[0] == '1' || text[0] == '2',
			 "run: sysctl net.core.bpf_jit_enable=1", "net.core.bpf_jit_enable = %s", text[0] ? text : "?");
	read_line(AT_FDCWD, "/proc/sys/kernel/ftrace_enabled", text, sizeof(text));
	/* Not `required`: it is a switch and not the kernel, so `load` fails with 1 and not 3. */
	check = kernel_add_check(kernel, CHECK_KERNEL, "ftrace-enabled", false, text[0] == '1',
				 "remove sysctl.kernel.ftrace_enabled=0 from the kernel command line and from sysctl.d, "
				 "or run: sysctl kernel.ftrace_enabled=1",
				 "kernel.ftrace_enabled = %s", text[0] ? text : "?");
	if (check)
		check->consequence = "programs on LSM hooks would be attached and never run: hardenctl load exits with 1";
}

static void ask_lockdown(struct kernel *kernel)
{
	_cleanup_close_ int mount = -1;
	char text[64];

	read_line(AT_FDCWD, "/sys/kernel/security/lockdown", text, sizeof(text));
	if (!text[0]) {
		mount = kernel_mount("securityfs");
		if (mount >= 0)
			read_line(mount, "lockdown", text, sizeof(text));
	}
	kernel->confidential = strstr(text, "[confidentiality]");
	kernel_add_check(kernel, CHECK_KERNEL, "lockdown", false, true, NULL, "%s", text[0] ? text : "not available");
}

void kernel_ask(struct kernel *ret_kernel)
{
	static const char lsm_hint[] =
		"add bpf to the lsm= list on the kernel command line, for example: "
		"lsm=landlock,lockdown,yama,apparmor,bpf";
	_cleanup_close_ int cgroup = -1;
	struct kernel *kernel = ret_kernel;
	struct utsname name;

	memset(kernel, 0, sizeof(*kernel));
	if (!uname(&name))
		snprintf(kernel->release, sizeof(kernel->release), "%s", name.release);
	read_lsm(kernel->lsm, sizeof(kernel->lsm));
	kernel_add_check(kernel, CHECK_KERNEL, "bpf-lsm", true, word_in(kernel->lsm, "bpf"), lsm_hint, "active LSMs: %s",
			 kernel->lsm[0] ? kernel->lsm : "unknown, securityfs cannot be read");
	kernel_add_check(kernel, CHECK_KERNEL, "btf", true, !access("/sys/kernel/btf/vmlinux", R_OK),
			 "use a kernel built with CONFIG_DEBUG_INFO_BTF", "/sys/kernel/btf/vmlinux");
	ask_switches(kernel);
	ask_lockdown(kernel);
	if (!kernel_privileged())
		return;
	cgroup = kernel_cgroup_root();
	kernel_add_check(kernel, CHECK_KERNEL, "cgroup2-root", true, cgroup >= 0,
			 "run hardenctl in the initial cgroup namespace, on a kernel with CONFIG_CGROUP_BPF",
			 "%s", cgroup >= 0 ? "visible" : strerror(-cgroup));
}

const struct kernel_check *kernel_lacks(const struct kernel *kernel)
{
	for (size_t i = 0; i < kernel->n_checks; i++)
		if (kernel->check[i].required && !kernel->check[i].ok)
			return &kernel->check[i];
	return NULL;
}

const struct kernel_check *kernel_find(const struct kernel *kernel, const char *name)
{
	for (size_t i = 0; i < kernel->n_checks; i++)
		if (!strcmp(kernel->check[i].name, name))
			return &kernel->check[i];
	return NULL;
}
