/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guards.h - THE list of guards, in the order in which they are shown.
 *
 * G(guard, KINDS) names a guard; each K(guard, hook, reason) is one *kind* of
 * refusal: it has its own counters, and its hook and reason are what the log
 * prints ('_' in a reason is shown as '-').  A guard without kinds is one that
 * this build does not enforce: a policy may only say "mode: off" for it.
 *
 * Both sides include this file; enums, names, counters and status rows all
 * derive from it.
 */
#ifndef HARDENCTL_GUARDS_H
#define HARDENCTL_GUARDS_H

#define GUARDS(G, K)							\
	G(exec,	   K(exec, bprm_check_security, shell)			\
		   K(exec, bprm_check_security, interpreter)		\
		   K(exec, bprm_check_security, loader)			\
		   K(exec, bprm_check_security, fileless)		\
		   K(exec, bprm_check_security, unlisted)		\
		   K(exec, bprm_check_security, introduced)		\
		   K(exec, dev, raw_device)				\
		   K(exec, file_open, raw_device)			\
		   K(exec, file_ioctl, raw_device)			\
		   K(exec, mmap_file, library)				\
		   K(exec, mmap_file, jit)				\
		   K(exec, mmap_file, introduced)			\
		   K(exec, file_mprotect, library)			\
		   K(exec, file_mprotect, jit)				\
		   K(exec, file_mprotect, introduced)			\
		   K(exec, file_open, jit)				\
		   K(exec, bprm_committed_creds, script)		\
		   K(exec, bprm_committed_creds, script_environment))	\
	G(ptrace,  K(ptrace, ptrace_access_check, attach)		\
		   K(ptrace, ptrace_access_check, read)			\
		   K(ptrace, file_open, read)				\
		   K(ptrace, ptrace_traceme, traceme)			\
		   K(ptrace, perf_event_alloc, perf)			\
		   K(ptrace, bprm_committed_creds, perf)		\
		   K(ptrace, inode_create, core)			\
		   K(ptrace, file_open, core)				\
		   K(ptrace, sysctl, core_pattern)			\
		   K(ptrace, file_ioctl, seccomp))			\
	G(modules, K(modules, kernel_read_file, finit_module)		\
		   K(modules, kernel_read_file, unknown_read)		\
		   K(modules, kernel_read_file, firmware)		\
		   K(modules, kernel_read_file, kexec)			\
		   K(modules, kernel_read_file, ima_policy)		\
		   K(modules, kernel_read_file, certificate)		\
		   K(modules, kernel_load_data, init_module)		\
		   K(modules, kernel_load_data, unknown_load)		\
		   K(modules, kernel_load_data, firmware)		\
		   K(modules, kernel_load_data, kexec)			\
		   K(modules, kernel_load_data, ima_policy)		\
		   K(modules, kernel_load_data, certificate)		\
		   K(modules, kernel_post_load_data, init_module)	\
		   K(modules, kernel_module_request, autoload))		\
	G(egress,  K(egress, connect4, unlisted)			\
		   K(egress, connect6, unlisted)			\
		   K(egress, sendmsg4, unlisted)			\
		   K(egress, sendmsg6, unlisted)			\
		   K(egress, sock_create, socket_type)			\
		   K(egress, socket_create, socket_type)		\
		   K(egress, socket_setsockopt, socket_option)		\
		   K(egress, netlink_send, reroute)			\
		   K(egress, file_ioctl, reroute)			\
		   K(egress, socket_setsockopt, reroute)		\
		   K(egress, skb_egress, unlisted)			\
		   K(egress, skb_egress, source_route)			\
		   K(egress, unix_stream_connect, deputy)		\
		   K(egress, unix_may_send, deputy)			\
		   K(egress, socket_connect, vsock)			\
		   K(egress, socket_listen, vsock))			\
	G(ingress, K(ingress, bind4, unlisted)				\
		   K(ingress, bind6, unlisted)				\
		   K(ingress, socket_listen, unlisted)			\
		   K(ingress, skb_ingress, unlisted))			\
	G(kernel,  K(kernel, locked_down, lockdown)			\
		   K(kernel, inode_init_security_anon, io_uring)	\
		   K(kernel, inode_init_security_anon, userfaultfd)	\
		   K(kernel, userns_create, user_namespace)		\
		   K(kernel, perf_event_open, perf)			\
		   K(kernel, settime, clock)				\
		   K(kernel, file_open, swap)				\
		   K(kernel, sb_kern_mount, mount)			\
		   K(kernel, fs_context_parse_param, mount)		\
		   K(kernel, sysctl, sysctl)				\
		   K(kernel, sysctl, dangerous_sysctl)			\
		   K(kernel, dev, device)				\
		   K(kernel, file_open, device)				\
		   K(kernel, file_open, sysfs)				\
		   K(kernel, file_open, module_parameter)		\
		   K(kernel, file_open, pseudo_file)			\
		   K(kernel, inode_unlink, pseudo_file)			\
		   K(kernel, file_ioctl, memory_type))			\
	G(data,	   K(data, file_open, protected)			\
		   K(data, file_receive, protected)			\
		   K(data, path_notify, protected)			\
		   K(data, bprm_check_security, inherit)		\
		   K(data, inode_setattr, protected)			\
		   K(data, inode_setxattr, protected)			\
		   K(data, inode_removexattr, protected)		\
		   K(data, inode_set_acl, protected)			\
		   K(data, inode_remove_acl, protected)			\
		   K(data, inode_file_setattr, protected)		\
		   K(data, inode_unlink, protected)			\
		   K(data, inode_rmdir, protected)			\
		   K(data, inode_rename, protected)			\
		   K(data, inode_create, protected)			\
		   K(data, inode_link, protected)			\
		   K(data, inode_symlink, protected)			\
		   K(data, inode_mkdir, protected)			\
		   K(data, inode_mknod, protected)			\
		   K(data, shm_shmat, protected)			\
		   K(data, key_permission, protected)			\
		   K(data, sb_mount, cover)				\
		   K(data, move_mount, cover))				\
	G(seal,	   K(seal, sysctl, ftrace_enabled)			\
		   K(seal, sysctl, canary_lost)				\
		   K(seal, state, findings)				\
		   K(seal, state, policy)				\
		   K(seal, bpf, load)					\
		   K(seal, bpf, attach)					\
		   K(seal, bpf, run)					\
		   K(seal, bpf, descriptor)				\
		   K(seal, bpf, command)				\
		   K(seal, bpf_prog_load, instruction)			\
		   K(seal, bpf_prog, map)				\
		   K(seal, file_open, write)				\
		   K(seal, file_receive, held)				\
		   K(seal, inode_setattr, attributes)			\
		   K(seal, inode_unlink, unlink)			\
		   K(seal, inode_rmdir, unlink)				\
		   K(seal, inode_rename, rename)			\
		   K(seal, inode_create, create)			\
		   K(seal, inode_link, create)				\
		   K(seal, inode_symlink, create)			\
		   K(seal, inode_mkdir, create)				\
		   K(seal, inode_mknod, create)				\
		   K(seal, sb_umount, unmount)				\
		   K(seal, move_mount, move)				\
		   K(seal, move_mount, cover)				\
		   K(seal, sb_mount, move)				\
		   K(seal, sb_mount, cover)				\
		   K(seal, sb_pivotroot, move))

#define GUARD_ENUM(guard, kinds)	GUARD_##guard,
#define GUARD_KINDS(guard, kinds)	kinds
#define GUARD_NOTHING(...)
#define KIND_ENUM(guard, hook, reason)	KIND_##guard##_##hook##_##reason,

enum guard_id {
	GUARDS(GUARD_ENUM, GUARD_NOTHING)
	GUARD_COUNT
};

enum kind_id {
	GUARDS(GUARD_KINDS, KIND_ENUM)
	KIND_COUNT
};

#endif
