/* SPDX-License-Identifier: GPL-2.0-only */
/* attempts_parts.h - what the parts of the attempts share.  Only user/attempts*.c include it. */
#ifndef HARDENCTL_ATTEMPTS_PARTS_H
#define HARDENCTL_ATTEMPTS_PARTS_H

#include "attempts.h"

/* Runs `action` in a child; returns the errno that the child reports, 0 if it reported nothing. */
int attempt_in_child(void (*action)(int report, const void *arg), const void *arg);

/* Reports errno, from within such an action. */
void attempt_report(int report);

/* Whether the set has that program: some are loaded only where the policy or the kernel is such. */
bool attempt_has(const struct set_info *set, const char *program);

/* attempts_mount.c */
int try_mount(const struct set_info *set);
int try_mount_of(const struct set_info *set);

/* attempts_ptrace.c */
int try_attach(const struct set_info *set);
int try_read(const struct set_info *set);
int try_traceme(const struct set_info *set);
int try_perf(const struct set_info *set);
int try_core(const struct set_info *set);
int try_core_pattern(const struct set_info *set);
int try_seccomp(const struct set_info *set);

/* attempts_kernel.c */
int try_lockdown(const struct set_info *set);
int try_uring(const struct set_info *set);
int try_userfault(const struct set_info *set);
int try_userns(const struct set_info *set);
int try_measuring(const struct set_info *set);
int try_clock(const struct set_info *set);
int try_swap(const struct set_info *set);

/* attempts_sysctl.c */
int try_sysctl(const struct set_info *set);

/* attempts_data.c */
int try_protected_file(const struct set_info *set);
int try_protected_directory(const struct set_info *set);
int try_protected_mode(const struct set_info *set);
int try_protected_device(const struct set_info *set);

/* attempts_net.c */
int try_connect4(const struct set_info *set);
int try_connect6(const struct set_info *set);
int try_sendmsg4(const struct set_info *set);
int try_raw_socket(const struct set_info *set);
int try_socket(const struct set_info *set);
int try_socket_option(const struct set_info *set);
int try_message(const struct set_info *set);
int try_socket_ioctl(const struct set_info *set);
int try_table(const struct set_info *set);
int try_unix_stream(const struct set_info *set);
int try_unix_datagram(const struct set_info *set);
int try_vsock(const struct set_info *set);
int try_packet_out(const struct set_info *set);
int try_packet_in(const struct set_info *set);
int try_bind4(const struct set_info *set);
int try_bind6(const struct set_info *set);
int try_listen(const struct set_info *set);

/* attempts_pseudo.c */
int try_module_parameter(const struct set_info *set);
int try_sysfs(const struct set_info *set);
int try_pseudo_file(const struct set_info *set);
int try_memory_type(const struct set_info *set);

#endif
