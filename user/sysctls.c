// SPDX-License-Identifier: GPL-2.0-only
/* sysctls.c - kernel.sysctls: the table of settings that are dangerous, and the rows of the kernel's trie. */
#include "sysctls.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "draft.h"
#include "util.h"

struct danger {
	const char *name;	/* with a '+' at its end: all that begin so */
	const char *why;
};

#define RUNS		"has the kernel run a program, with every privilege"
#define SHOWS		"shows where things are in the kernel's memory, or what is in it"
#define TRACES		"switches what traces the kernel, and what this product's hooks hang on"
#define CRASHES		"decides whether the kernel goes on after a fault, which who attacks it needs"
#define FORWARDS	"has the machine pass on packets that no program here sent, which no guard judges"
#define LAYOUT		"makes addresses in new processes easier to foretell"
#define FOLLOWS		"lets users lead others' programs to files of their own"
#define FEATURE		"opens a part of the kernel to everybody that attacks are made through"
#define DUMPS		"decides who gets the memory of processes that crash"

/* In the order of /proc/sys.  A row is a setting that code or kernel memory can be reached by, or a protection. */
static const struct danger dangers[] = {
	{ "abi/+", "opens old ways into the kernel" },
	{ "debug/+", "writes registers of processes that crash to the kernel's log, which consoles show" },
	{ "dev/i915/perf_stream_paranoid", "lets users measure others' work on the graphics processor" },
	{ "dev/scsi/logging_level", "writes what goes to and from disks to the kernel's log, which consoles show" },
	{ "dev/tty/ldisc_autoload", "lets everybody load line disciplines" },
	{ "dev/tty/legacy_tiocsti", "lets processes type into terminals of others" },
	{ "dev/xe/observation_paranoid", "lets users measure others' work on the graphics processor" },
	{ "fs/binfmt_misc/+", "decides which program starts others" },
	{ "fs/ocfs2/+", RUNS " when a node leaves the cluster" },
	{ "fs/protected_+", FOLLOWS },
	{ "fs/suid_dumpable", DUMPS },
	{ "fs/verity/+", "drops the check of signatures" },
	{ "kernel/apparmor_+", FEATURE },
	{ "kernel/bpf_+", FEATURE },
	{ "kernel/core_pattern", RUNS " when a process crashes; the ptrace guard refuses it besides, unless it is off" },
	{ "kernel/core_pipe_limit", DUMPS "; the ptrace guard refuses it besides, unless it is off" },
	{ "kernel/dmesg_restrict", SHOWS },
	{ "kernel/firmware_config/+", "has firmware come from a process" },
	{ "kernel/ftrace_+", TRACES },
	{ "kernel/hotplug", RUNS " when a device appears" },
	{ "kernel/io_uring_+", FEATURE },
	{ "kernel/kexec_load_+", "decides whether another kernel can be started" },
	{ "kernel/keys/+", "decides how long keys outlive their use, and how many there are" },
	{ "kernel/kptr_restrict", SHOWS },
	{ "kernel/loadpin/+", "drops the check of where kernel code comes from" },
	{ "kernel/modprobe", RUNS " when a module is asked for" },
	{ "kernel/modules_disabled", "decides about modules until the machine reboots" },
	{ "kernel/oops_limit", CRASHES },
	{ "kernel/panic+", CRASHES },
	{ "kernel/perf_event_+", "lets users measure others, and the kernel" },
	{ "kernel/poweroff_cmd", RUNS " when the machine is switched off" },
	{ "kernel/print-fatal-signals", "writes registers of processes that crash to the kernel's log, which consoles show" },
	{ "kernel/randomize_va_space", LAYOUT },
	{ "kernel/seccomp/+", "keeps refusals of seccomp out of the log" },
	{ "kernel/split_lock_mitigate", "drops a protection against processes that slow the others" },
	{ "kernel/stack_erasing", "drops a protection of the kernel's stacks" },
	{ "kernel/stack_tracer_enabled", TRACES },
	{ "kernel/sysrq", "lets consoles show registers and memory, kill every process, and crash the machine" },
	{ "kernel/traceoff_on_warning", TRACES },
	{ "kernel/tracepoint_printk", "writes what is traced to the kernel's log, which consoles show" },
	{ "kernel/unprivileged_+", FEATURE },
	{ "kernel/usermodehelper/+", "gives the programs that the kernel runs more privileges" },
	{ "kernel/warn_limit", CRASHES },
	{ "kernel/yama/+", "lets processes trace others" },
	{ "net/bridge/+", "has bridged packets pass the filters" },
	{ "net/core/bpf_+", "weakens the code that BPF programs are made into, or shows where it is" },
	{ "net/ipv4/conf/*/accept_local", "accepts packets from outside that pretend to be this machine's" },
	{ "net/ipv4/conf/*/bc_forwarding", FORWARDS },
	{ "net/ipv4/conf/*/forwarding", FORWARDS },
	{ "net/ipv4/conf/*/mc_forwarding", FORWARDS },
	{ "net/ipv4/conf/*/proxy_arp", FORWARDS },
	{ "net/ipv4/conf/*/proxy_arp_pvlan", FORWARDS },
	{ "net/ipv4/conf/*/route_localnet", "lets the network reach services that listen on loopback alone" },
	{ "net/ipv4/ip_forward", FORWARDS },
	{ "net/ipv6/conf/*/force_forwarding", FORWARDS },
	{ "net/ipv6/conf/*/forwarding", FORWARDS },
	{ "net/ipv6/conf/*/mc_forwarding", FORWARDS },
	{ "net/ipv6/conf/*/proxy_ndp", FORWARDS },
	{ "net/ipv6/conf/*/rpl_seg_enabled", FORWARDS },
	{ "net/ipv6/conf/*/seg6_enabled", FORWARDS },
	{ "net/mpls/+", FORWARDS },
	{ "user/+", "decides how many namespaces users may have, and with 0 whether any" },
	{ "vm/legacy_va_layout", LAYOUT },
	{ "vm/memfd_noexec", "decides whether programs without a file can start" },
	{ "vm/mmap_+", LAYOUT },
	{ "vm/unprivileged_userfaultfd", FEATURE },
};

/* The directories in which each interface has one of its own. */
static const char *const interfaces[] = {
	"net/ipv4/conf/", "net/ipv4/neigh/", "net/ipv6/conf/", "net/ipv6/neigh/", "net/mpls/conf/",
};

/* Of what of a row is the same in all names that it means: with the NUL where it means one. */
static size_t row_len(const struct danger *danger)
{
	size_t len = strlen(danger->name);

	return danger->name[len - 1] == '+' ? len - 1 : len + 1;
}

static bool is_prefix(const struct danger *danger)
{
	return danger->name[strlen(danger->name) - 1] == '+';
}

const char *sysctls_danger(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(dangers); i++)
		if (!strncmp(name, dangers[i].name, row_len(&dangers[i])))
			return dangers[i].why;
	return NULL;
}

bool sysctls_dangerous_tree(const char *tree)
{
	for (size_t i = 0; i < ARRAY_SIZE(dangers); i++)
		if (is_prefix(&dangers[i]) && !strncmp(tree, dangers[i].name, row_len(&dangers[i])))
			return true;
	return false;
}

bool sysctls_interface(const char *name, size_t *ret_before, const char **ret_after)
{
	for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
		size_t len = strlen(interfaces[i]);
		const char *slash = strncmp(name, interfaces[i], len) ? NULL : strchr(name + len, '/');

		if (!slash)
			continue;
		*ret_before = len;
		*ret_after = slash + 1;
		return true;
	}
	return false;
}

bool sysctls_canonical(const char *name, char ret_name[SYSCTL_MAX])
{
	const char *after = NULL;
	size_t before;
	int len;

	len = sysctls_interface(name, &before, &after) ?
		snprintf(ret_name, SYSCTL_MAX, "%.*s*/%s", (int)before, name, after) :
		snprintf(ret_name, SYSCTL_MAX, "%s", name);
	return len > 0 && len < SYSCTL_MAX && name[0] != '/' &&
	       strspn(ret_name, "/*-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == (size_t)len;
}

__u32 sysctls_rows(const struct policy *policy)
{
	/* And what is not listed, where nothing is; and what others judge. */
	return ARRAY_SIZE(dangers) + policy->sysctls.count + 4;
}

static int put(int map, const char *name, size_t len, __u32 verdict, struct fail *fail)
{
	struct sysctl_key key = { .prefixlen = 8 * len };

	memcpy(key.name, name, len);
	if (bpf_map_update_elem(map, &key, &verdict, BPF_ANY))
		return draft_failed(fail, "fill the table of sysctls");
	return 0;
}

/* What another guard refuses and records, be it only from the seal on. */
static int put_elsewhere(int map, const struct policy *policy, struct fail *fail)
{
	static const char *const cores[] = { "kernel/core_pattern", "kernel/core_pipe_limit" };
	static const char ftrace[] = "kernel/ftrace_enabled";
	int err = put(map, ftrace, sizeof(ftrace), SYSCTL_ELSEWHERE, fail);

	if (policy->guard[GUARD_ptrace].mode != MODE_ENFORCE)
		return err;
	for (size_t i = 0; !err && i < ARRAY_SIZE(cores); i++)
		err = put(map, cores[i], strlen(cores[i]) + 1, SYSCTL_ELSEWHERE, fail);
	return err;
}

int sysctls_fill(int map, const struct policy *policy, struct fail *fail)
{
	int err = policy->sysctls.set ? 0 : put(map, "", 0, SYSCTL_ALLOWED, fail);

	for (size_t i = 0; !err && i < ARRAY_SIZE(dangers); i++)
		err = put(map, dangers[i].name, row_len(&dangers[i]), SYSCTL_DANGEROUS, fail);
	for (size_t i = 0; !err && i < policy->sysctls.count; i++) {
		const char *name = policy->sysctls.list[i].name;
		size_t len = strlen(name);

		err = put(map, name, name[len - 1] == '/' ? len : len + 1, SYSCTL_ALLOWED, fail);
	}
	return err ?: put_elsewhere(map, policy, fail);
}
