// SPDX-License-Identifier: GPL-2.0-only
/* attempts.c - what each guard refuses, to be tried for real. */
#include "attempts.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "attempts_parts.h"
#include "pins.h"
#include "set.h"
#include "util.h"

/*
 * Runs `action` in a child; returns the errno that the child reports, 0 if it reported nothing, and how the child ended.
 */
static int in_child_ended(void (*action)(int report, const void *arg), const void *arg, int *ret_status)
{
	int pipefd[2], status = 0, err = 0;
	pid_t child;

	if (pipe2(pipefd, O_CLOEXEC))
		return CANNOT_TRY;
	child = fork();
	if (!child) {
		close(pipefd[0]);
		action(pipefd[1], arg);
		_exit(0);
	}
	close(pipefd[1]);
	if (child < 0)
		err = CANNOT_TRY;
	else if (read(pipefd[0], &err, sizeof(err)) != sizeof(err))
		err = 0;
	close(pipefd[0]);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	*ret_status = status;
	return err;
}

int attempt_in_child(void (*action)(int report, const void *arg), const void *arg)
{
	int status;

	return in_child_ended(action, arg, &status);
}

void attempt_report(int report)
{
	int err = errno;

	if (write(report, &err, sizeof(err)) != sizeof(err))
		_exit(1);
}

bool attempt_has(const struct set_info *set, const char *program)
{
	for (__u32 i = 0; i < set->attachments && i < ATTACH_MAX; i++)
		if (!strcmp(set->attachment[i].name, program))
			return true;
	return false;
}

static void exec_shell(int report, const void *arg)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)":", NULL }, *envp[] = { NULL };

	execve(arg, argv, envp);
	attempt_report(report);
}

/*
 * A shell of the set's own list that is still there.  The first by name: the same one each time, and
 * /bin/bash or /bin/sh rather than whatever else /etc/shells lists.
 */
static int try_exec(const struct set_info *set)
{
	_cleanup_close_ int map = set_map(set->map_identities);
	struct file_id key, *at = NULL;
	struct identity identity;
	char path[PROGRAM_PATH] = "";

	while (map >= 0 && !bpf_map_get_next_key(map, at, &key)) {
		at = &key;
		/* One that is listed by its digest may be listed as a shell. */
		if (!bpf_map_lookup_elem(map, &key, &identity) &&
		    identity.kind == KIND_exec_bprm_check_security_shell && !(identity.flags & IDENTITY_VERITY) &&
		    (!path[0] || strcmp(identity.path, path) < 0) && !access(identity.path, X_OK))
			memcpy(path, identity.path, sizeof(path));
	}
	return path[0] ? attempt_in_child(exec_shell, path) : CANNOT_TRY;
}

/* No kernel can make a program of an empty file: it goes through if it is refused for that. */
static void exec_nothing(int report, const void *arg)
{
	char *argv[] = { (char *)"canary", NULL }, *envp[] = { NULL };

	syscall(SYS_execveat, *(const int *)arg, "", argv, envp, AT_EMPTY_PATH);
	if (errno == EPERM || errno == EACCES)
		attempt_report(report);
}

static int try_fileless(const struct set_info *set)
{
	_cleanup_close_ int fd = set->fileless ? memfd_create("canary", MFD_CLOEXEC) : -1;

	return fd < 0 ? CANNOT_TRY : attempt_in_child(exec_nothing, &fd);
}

/* Without any argument an interpreter runs what it reads, which is nothing. */
static void exec_without_script(int report, const void *arg)
{
	char *argv[] = { (char *)arg, NULL }, *envp[] = { NULL };
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	execve(arg, argv, envp);
	attempt_report(report);
}

/* An interpreter that may run some script, whoever starts it, and nothing else. */
static bool find_interpreter(const struct set_info *set, char ret_path[PROGRAM_PATH])
{
	_cleanup_close_ int edges = set_map(set->map_edges), identities = set_map(set->map_identities);
	struct edge_parents parents;
	struct edge key, *at = NULL;
	struct identity identity;

	while (edges >= 0 && identities >= 0 && !bpf_map_get_next_key(edges, at, &key)) {
		__u32 kind;

		at = &key;
		if (key.script.dev != SCRIPT_ANY || bpf_map_lookup_elem(edges, &key, &parents) ||
		    bpf_map_lookup_elem(identities, &key.program, &identity) || (identity.flags & IDENTITY_VERITY))
			continue;
		kind = identity.kind;
		if (kind >= KIND_COUNT && set->allow && !(identity.flags & IDENTITY_RUN))
			kind = KIND_exec_bprm_check_security_unlisted;
		if (kind >= KIND_COUNT || !(parents.any & 1ull << kind) || access(identity.path, X_OK))
			continue;
		memcpy(ret_path, identity.path, PROGRAM_PATH);
		return true;
	}
	return false;
}

static int try_script(const struct set_info *set)
{
	char path[PROGRAM_PATH];
	int err, status;

	if (!find_interpreter(set, path))
		return CANNOT_TRY;
	err = in_child_ended(exec_without_script, path, &status);
	return err || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL ? err : EPERM;
}

/* Nothing that any kernel takes for a module: it goes through if it is refused for its content. */
static int try_init_module(const struct set_info *set)
{
	static const char image[256];

	(void)set;
	if (!syscall(SYS_init_module, image, sizeof(image), ""))
		return 0;
	return errno == EPERM || errno == EACCES ? errno : 0;
}

/* Where images are judged by their names, which this one has not, that is what refuses it until the seal. */
static int try_image(const struct set_info *set)
{
	return attempt_has(set, "modules__kernel_post_load_data") ? CANNOT_TRY : try_init_module(set);
}

static int try_nameless_image(const struct set_info *set)
{
	return attempt_has(set, "modules__kernel_post_load_data") ? try_init_module(set) : CANNOT_TRY;
}

static int try_finit_module(const struct set_info *set)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)set;
	if (fd < 0)
		return CANNOT_TRY;
	if (!syscall(SYS_finit_module, fd, "", 0))
		return 0;
	return errno == EPERM || errno == EACCES ? errno : 0;
}

/* More segments than there can be, which the kernel only says after it asked for permission. */
static int try_kexec_load(const struct set_info *set)
{
	(void)set;
	if (!syscall(SYS_kexec_load, 0, 1 << 16, NULL, 0))
		return 0;
	return errno == ENOSYS ? CANNOT_TRY : errno == EPERM || errno == EACCES ? errno : 0;
}

/* What no kernel takes for a kernel. */
static int try_kexec_file(const struct set_info *set)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)set;
	if (fd < 0)
		return CANNOT_TRY;
	if (!syscall(SYS_kexec_file_load, fd, -1, 1, "", KEXEC_FILE_NO_INITRAMFS))
		return 0;
	return errno == ENOSYS ? CANNOT_TRY : errno == EPERM || errno == EACCES ? errno : 0;
}

/*
 * A protocol family that has a number and no module: the kernel asks for one all the same.  It gives
 * EAFNOSUPPORT either way, so only the counter tells; and it does not ask where there is no modprobe.
 */
static int try_autoload(const struct set_info *set)
{
	char modprobe[2] = "";
	int fd = open("/proc/sys/kernel/modprobe", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, modprobe, sizeof(modprobe));

	(void)set;
	if (fd >= 0)
		close(fd);
	if (len < 2 || modprobe[0] == '\n')
		return CANNOT_TRY;
	fd = socket(AF_IB, SOCK_RAW, 0);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? errno : 0;
}

/* Writes the value that is there anyway. */
static int try_ftrace(const struct set_info *set)
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/ftrace_enabled", O_WRONLY | O_CLOEXEC);

	(void)set;
	if (fd < 0)
		return CANNOT_TRY;
	return write(fd, "1\n", 2) < 0 ? errno : 0;
}

/* "return 0", which is harmless where it can be loaded; closing it takes it away again. */
static int try_load(const struct set_info *set)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, NULL, "GPL", insns, ARRAY_SIZE(insns), NULL);

	(void)set;
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int try_descriptor(const struct set_info *set)
{
	int fd = bpf_map_get_fd_by_id(set->map_state);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* One of ours, for reading, that is sent to ourselves. */
static int try_held(const struct set_info *set)
{
	LIBBPF_OPTS(bpf_get_fd_by_id_opts, opts, .open_flags = BPF_F_RDONLY);
	union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control = {};
	struct iovec part = { (char []){ 0 }, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	int fd = bpf_map_get_fd_by_id_opts(set->map_counters, &opts), sockets[2], received = -1;
	bool sent;

	if (fd < 0 || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets)) {
		close_fd(&fd);
		return CANNOT_TRY;
	}
	control.header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(fd)) };
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	sent = sendmsg(sockets[0], &message, 0) == 1 && recvmsg(sockets[1], &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) == 1;
	if (sent && message.msg_controllen >= CMSG_LEN(sizeof(received)))
		memcpy(&received, CMSG_DATA(&control.header), sizeof(received));
	close(sockets[0]);
	close(sockets[1]);
	close(fd);
	if (received >= 0)
		close(received);
	/* The message comes without what is refused, and no error. */
	return !sent ? CANNOT_TRY : received < 0 ? EPERM : 0;
}

/* The mode that it has anyway. */
static int try_attributes(const struct set_info *set)
{
	(void)set;
	return chmod(PINS, 0700) ? errno : 0;
}

/* It has pins in it, so that it goes through if it is refused for that. */
static int try_rmdir(const struct set_info *set)
{
	(void)set;
	if (!rmdir(PINS))
		return 0;
	return errno == EPERM || errno == EACCES ? errno : 0;
}

/* These two flags contradict each other, which the kernel only says after it asked for permission. */
static int try_unmount(const struct set_info *set)
{
	(void)set;
	if (!umount2(PINS_MOUNT, MNT_EXPIRE | MNT_DETACH))
		return 0;
	return errno == EPERM || errno == EACCES ? errno : 0;
}

const struct canary_attempt attempts[] = {
	{ GUARD_exec, KIND_exec_bprm_check_security_shell, try_exec, ALWAYS },
	{ GUARD_exec, KIND_exec_bprm_check_security_fileless, try_fileless, ALWAYS },
	{ GUARD_exec, KIND_exec_bprm_check_security_introduced, try_introduced, AFTER_SEAL },
	{ GUARD_exec, KIND_exec_mmap_file_introduced, try_introduced_code, AFTER_SEAL },
	{ GUARD_exec, KIND_exec_dev_raw_device, try_raw_device, AFTER_SEAL | ON_CGROUP },
	{ GUARD_exec, KIND_exec_mmap_file_library, try_library, ALWAYS },
	{ GUARD_exec, KIND_exec_file_mprotect_library, try_library_later, ALWAYS },
	{ GUARD_exec, KIND_exec_mmap_file_jit, try_jit, ALWAYS },
	{ GUARD_exec, KIND_exec_file_mprotect_jit, try_jit_later, ALWAYS },
	{ GUARD_exec, KIND_exec_file_open_jit, try_own_memory, ALWAYS },
	{ GUARD_exec, KIND_exec_bprm_committed_creds_script, try_script, ALWAYS },
	{ GUARD_ptrace, KIND_ptrace_ptrace_access_check_attach, try_attach, ALWAYS },
	{ GUARD_ptrace, KIND_ptrace_ptrace_access_check_read, try_read, ALWAYS },
	{ GUARD_ptrace, KIND_ptrace_ptrace_traceme_traceme, try_traceme, ALWAYS },
	{ GUARD_ptrace, KIND_ptrace_perf_event_alloc_perf, try_perf, ALWAYS },
	{ GUARD_ptrace, KIND_ptrace_inode_create_core, try_core, ALWAYS },
	{ GUARD_ptrace, KIND_ptrace_file_ioctl_seccomp, try_seccomp, ALWAYS },
	{ GUARD_ptrace, KIND_ptrace_sysctl_core_pattern, try_core_pattern, AFTER_SEAL | ON_CGROUP },
	{ GUARD_modules, KIND_modules_kernel_load_data_init_module, try_image, ALWAYS },
	{ GUARD_modules, KIND_modules_kernel_load_data_init_module, try_init_module, AFTER_SEAL },
	{ GUARD_modules, KIND_modules_kernel_post_load_data_init_module, try_nameless_image, UNTIL_SEAL },
	{ GUARD_modules, KIND_modules_kernel_read_file_finit_module, try_finit_module, ALWAYS },
	{ GUARD_modules, KIND_modules_kernel_load_data_kexec, try_kexec_load, ALWAYS },
	{ GUARD_modules, KIND_modules_kernel_read_file_kexec, try_kexec_file, ALWAYS },
	{ GUARD_modules, KIND_modules_kernel_module_request_autoload, try_autoload, ALWAYS },
	{ GUARD_egress, KIND_egress_connect4_unlisted, try_connect4, ON_CGROUP },
	{ GUARD_egress, KIND_egress_connect6_unlisted, try_connect6, ON_CGROUP },
	{ GUARD_egress, KIND_egress_sendmsg4_unlisted, try_sendmsg4, ON_CGROUP },
	{ GUARD_egress, KIND_egress_sock_create_socket_type, try_raw_socket, ON_CGROUP },
	{ GUARD_egress, KIND_egress_socket_create_socket_type, try_socket, ON_CGROUP },
	{ GUARD_egress, KIND_egress_socket_setsockopt_socket_option, try_socket_option, ALWAYS },
	{ GUARD_egress, KIND_egress_unix_stream_connect_deputy, try_unix_stream, ALWAYS },
	{ GUARD_egress, KIND_egress_unix_may_send_deputy, try_unix_datagram, ALWAYS },
	{ GUARD_egress, KIND_egress_socket_connect_vsock, try_vsock, ALWAYS },
	{ GUARD_egress, KIND_egress_netlink_send_reroute, try_message, AFTER_SEAL },
	{ GUARD_egress, KIND_egress_file_ioctl_reroute, try_socket_ioctl, AFTER_SEAL },
	{ GUARD_egress, KIND_egress_socket_setsockopt_reroute, try_table, AFTER_SEAL },
	{ GUARD_egress, KIND_egress_skb_egress_unlisted, try_packet_out, ON_CGROUP },
	{ GUARD_ingress, KIND_ingress_skb_ingress_unlisted, try_packet_in, ON_CGROUP },
	{ GUARD_ingress, KIND_ingress_bind4_unlisted, try_bind4, ON_CGROUP },
	{ GUARD_ingress, KIND_ingress_bind6_unlisted, try_bind6, ON_CGROUP },
	{ GUARD_ingress, KIND_ingress_socket_listen_unlisted, try_listen, ALWAYS },
	{ GUARD_kernel, KIND_kernel_locked_down_lockdown, try_lockdown, ALWAYS },
	{ GUARD_kernel, KIND_kernel_inode_init_security_anon_io_uring, try_uring, ALWAYS },
	{ GUARD_kernel, KIND_kernel_inode_init_security_anon_userfaultfd, try_userfault, ALWAYS },
	{ GUARD_kernel, KIND_kernel_userns_create_user_namespace, try_userns, ALWAYS },
	{ GUARD_kernel, KIND_kernel_perf_event_open_perf, try_measuring, ALWAYS },
	{ GUARD_kernel, KIND_kernel_settime_clock, try_clock, AFTER_SEAL },
	{ GUARD_kernel, KIND_kernel_file_open_swap, try_swap, AFTER_SEAL },
	{ GUARD_kernel, KIND_kernel_sb_kern_mount_mount, try_mount, AFTER_SEAL },
	{ GUARD_kernel, KIND_kernel_fs_context_parse_param_mount, try_mount_of, AFTER_SEAL },
	{ GUARD_kernel, KIND_kernel_sysctl_dangerous_sysctl, try_sysctl, AFTER_SEAL | ON_CGROUP },
	{ GUARD_kernel, KIND_kernel_dev_device, try_device, AFTER_SEAL | ON_CGROUP },
	{ GUARD_kernel, KIND_kernel_file_open_module_parameter, try_module_parameter, AFTER_SEAL },
	{ GUARD_kernel, KIND_kernel_file_open_sysfs, try_sysfs, AFTER_SEAL },
	{ GUARD_kernel, KIND_kernel_file_open_pseudo_file, try_pseudo_file, AFTER_SEAL },
	{ GUARD_kernel, KIND_kernel_file_ioctl_memory_type, try_memory_type, AFTER_SEAL },
	{ GUARD_data, KIND_data_file_open_protected, try_protected_file, ALWAYS },
	{ GUARD_data, KIND_data_file_open_protected, try_protected_directory, AFTER_SEAL },
	{ GUARD_data, KIND_data_file_open_protected, try_protected_device, ALWAYS },
	{ GUARD_data, KIND_data_inode_setattr_protected, try_protected_mode, ALWAYS },
	{ GUARD_seal, KIND_seal_sysctl_ftrace_enabled, try_ftrace, ON_CGROUP },
	{ GUARD_seal, KIND_seal_bpf_load, try_load, AFTER_SEAL },
	{ GUARD_seal, KIND_seal_bpf_descriptor, try_descriptor, AFTER_SEAL },
	{ GUARD_seal, KIND_seal_file_receive_held, try_held, AFTER_SEAL },
#ifndef DEBUG_UNGUARDED_PINS
	{ GUARD_seal, KIND_seal_inode_setattr_attributes, try_attributes, AFTER_SEAL },
	{ GUARD_seal, KIND_seal_inode_rmdir_unlink, try_rmdir, AFTER_SEAL },
	{ GUARD_seal, KIND_seal_sb_umount_unmount, try_unmount, AFTER_SEAL },
#endif
};

const size_t n_attempts = ARRAY_SIZE(attempts);
