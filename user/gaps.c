// SPDX-License-Identifier: GPL-2.0-only
/* gaps.c - what some kernels give no way to refuse, or only wholesale. */
#include "gaps.h"

#include <stddef.h>

#include "kernel.h"

#define READS	"use Linux 6.2 or newer, or boot with lockdown=integrity"

static bool reads_memory(const struct kernel *kernel)
{
	return kernel->reads_memory;
}

static bool inspects_programs(const struct kernel *kernel)
{
	return kernel->inspects_programs;
}

static bool has_fsverity(const struct kernel *kernel)
{
	return kernel->fsverity;
}

static bool heeds_readers(const struct kernel *kernel)
{
	return !kernel->perfmon_reads;
}

/* No kernel that we know. */
static bool nowhere(const struct kernel *kernel)
{
	(void)kernel;
	return false;
}

const struct gap gaps[] = {
	{ "pins", "nobody can unmount them", reads_memory,
	  "root can take the pins away, and with them what hangs on links alone: io_uring, userfaultfd, perf, core files, the "
	  "clock, swap, files that configure the kernel, devices for one program, egress.unix; what the cgroup root holds stays", READS },
	{ "module-names", "of modules from memory and automatic ones", reads_memory,
	  "modules from memory (kmod before version 31, where they are compressed) and automatic ones are all refused, listed or "
	  "not, and their records have no name", READS },
	{ "mount-types", "types of file systems by their names", reads_memory,
	  "types of file systems are told by magic number: those that share one are refused unless all are listed; and what "
	  "source and options say reaches the server or hypervisor before the mount is refused", READS },
	{ "netlink-messages", "of netlink by what they change", reads_memory,
	  "root goes on changing routes, addresses, devices and tc by netlink; of other protocols everything is refused that "
	  "egress.netlink does not list, questions too", READS },
	{ "scripts", "guarded, for exec.script", reads_memory, "a policy with exec.script is refused", READS },
	{ "vsock-places", "kept in force, for egress.vsock", reads_memory, "a policy with entries of egress.vsock is refused", READS },
	{ "data-files", "kept in force, for data.protect", reads_memory, "a policy with data.protect is refused", READS },
	{ "unit-programs", "BPF programs told from one another, for seal.bpf", inspects_programs,
	  "after the seal every new BPF program is refused, whatever seal.bpf lists: DeviceAllow=, IPAddressDeny= and their like "
	  "have no effect on units that start later", "use Linux 6.9 or newer" },
	{ "fs-verity", "digests for exec.allow", has_fsverity, "a policy that lists programs by digest is refused",
	  "use Linux 6.8 or newer with CONFIG_FS_VERITY" },
	{ "refused-readers", "refused, whoever they are", heeds_readers,
	  "who has CAP_PERFMON reads what ptrace_access_check refused: environ, maps and their like are judged when they are "
	  "opened, too, but process_madvise goes through, though recorded as refused: its hints neither read nor discard anything",
	  "keep CAP_PERFMON and CAP_SYS_ADMIN from services: CapabilityBoundingSet=" },
	{ "clock-offset", "a hook for adjtimex(ADJ_SETOFFSET)", nowhere,
	  "root can step the clock; records go by the time since the boot, too",
	  "keep CAP_SYS_TIME from services: ProtectClock=yes" },
	{ "old-executables", "a hook for executable stacks and brk", nowhere,
	  "exec.jit does not judge a stack that a program's file makes executable, nor brk after personality(READ_IMPLIES_EXEC)",
	  "list no such programs, and forbid the call to services: LockPersonality=yes" },
	{},
};
