// SPDX-License-Identifier: GPL-2.0-only
/* reasons.c - what each reason of bpf/guards.h means, what to do about it, and what in a policy would allow it. */
#include "reasons.h"

/* One row a reason: GUARD_REASON, as bpf/guards.h spells them. */
#define REASON(name)	static const struct reason name

REASON(exec_shell) = {
	.deed = "start the shell",
	.meaning = "A shell turns any foothold into a prompt; every program on the list of shells is refused, under any name.",
	.instead = "Start the program itself: ExecStart=PROGRAM in a unit, execve() and not system(), no #! line of a shell.",
	.rule = "exec.shells",
	.allow = ALLOW_CLASS,
};

REASON(exec_interpreter) = {
	.deed = "start the interpreter",
	.meaning = "An interpreter runs whatever text it is given: on the command line, on standard input, in a file. Every "
		   "program on the list of interpreters is refused, and every copy of one.",
	.instead = "Start a program that is compiled, or keep interpreters to machines without confidential data.",
	.rule = "exec.interpreters",
	.allow = ALLOW_CLASS,
};

REASON(exec_loader) = {
	.deed = "start directly the dynamic loader",
	.meaning = "Started directly, the loader runs any file that it is given, executable or not, listed or not.",
	.instead = "Start the program itself; readelf -d tells what ldd would.",
	.rule = "exec.loader",
	.allow = ALLOW_CLASS,
};

REASON(exec_fileless) = {
	.deed = "start a program that no directory has,",
	.meaning = "A memfd, an O_TMPFILE or an unlinked file is a program that nobody could have looked at, and that leaves "
		   "no trace.",
	.instead = "Install the program as a file before the machine is sealed.",
	.rule = "exec.fileless",
	.allow = ALLOW_CLASS,
};

REASON(exec_introduced) = {
	.deed = "run code of",
	.meaning = "It was not among the files that could be run when the baseline was taken, or has been open for writing "
		   "since then. Files on overlay, FUSE and network file systems are never in the baseline.",
	.instead = "Install programs before the machine is sealed.",
	.rule = "exec.introduced",
	.allow = ALLOW_CLASS,
};

REASON(exec_raw_device) = {
	.deed = "open for writing the device",
	.meaning = "Whoever writes to a block device changes programs below the file system, unseen.",
	.instead = "Write to files, and make file systems before the machine is sealed.",
	.rule = "exec.introduced",
	.allow = ALLOW_CLASS,
};

REASON(exec_unlisted) = {
	.deed = "start",
	.meaning = "The policy lists the programs that may start, and this is none of them: not even a copy of one is, "
		   "but for what is listed by its fs-verity digest and has that.",
	.instead = "Start a program that is listed.",
	.rule = "exec.allow",
	.allow = ALLOW_PROGRAM,
};

REASON(exec_library) = {
	.deed = "map as code",
	.meaning = "A library that is preloaded, audits or is opened by name runs with all that its program may do; only those "
		   "that the policy lists are mapped, and no program of a class that is refused.",
	.instead = "Install the library where the policy lists it before the load, or link it into the program.",
	.rule = "exec.libraries",
	.allow = ALLOW_LIBRARY,
};

REASON(exec_jit) = {
	.deed = "have as code what it could write itself,",
	.meaning = "Memory of no file, or that is no longer what its file holds, is code that nobody could have looked at: how "
		   "whoever breaks into a program goes on.",
	.instead = "Run the program without its just-in-time compiler, if it has such a switch.",
	.rule = "exec.jit",
	.allow = ALLOW_JIT,
};

REASON(exec_script) = {
	.deed = "start, without the script that is listed for it,",
	.meaning = "The policy lets this interpreter run certain scripts only.  The first argument must be the path of one, just as the "
		   "policy lists it: no option, no text, no standard input.  It was ended by SIGKILL before its first instruction.",
	.instead = "Start the script by the path that the policy lists.",
	.rule = "exec.allow",
	.allow = ALLOW_NOTHING,
};

REASON(exec_script_environment) = {
	.deed = "start, with a variable that steers it,",
	.meaning = "The policy lets this interpreter run certain scripts only, and its environment would have it run something else "
		   "first: PYTHON*, PERL5*, BASH_ENV and such.  It was ended by SIGKILL before its first instruction.",
	.instead = "Start the script without that variable.",
	.rule = "exec.allow",
	.allow = ALLOW_NOTHING,
};

#define PTRACE_INSTEAD	"Debug a copy on a machine that holds no confidential data, or have the process report on itself."

REASON(ptrace_attach) = {
	.deed = "take control of",
	.meaning = "Attaching, /proc/PID/mem, process_vm_readv() and pidfd_getfd() give one process another one's memory or "
		   "descriptors.",
	.instead = PTRACE_INSTEAD,
	.rule = "ptrace.mode",
	.allow = ALLOW_MODE,
};

REASON(ptrace_read) = {
	.deed = "read",
	.meaning = "The environment, the memory map, the open files and what else /proc/PID shows to those who may trace hold "
		   "secrets, and tell where to look for more.",
	.instead = "Have the process report on itself, or name the reader in ptrace.allow with access: read.",
	.rule = "ptrace.read",
	.allow = ALLOW_CLASS,
};

REASON(ptrace_traceme) = {
	.deed = "let itself be traced by",
	.meaning = "A tracer, such as strace or a debugger that starts the program, reads and writes all of its memory.",
	.instead = PTRACE_INSTEAD,
	.rule = "ptrace.mode",
	.allow = ALLOW_MODE,
};

REASON(ptrace_perf) = {
	.deed = "measure, by perf_event_open(2),",
	.meaning = "Samples hold the registers and the stack of what they interrupt; an event on a processor takes them of "
		   "every process.",
	.instead = "Have the process measure itself, or name the profiler in ptrace.allow with access: read.",
	.rule = "ptrace.mode",
	.allow = ALLOW_MODE,
};

REASON(ptrace_core) = {
	.deed = "leave a core dump of",
	.meaning = "A core dump is a copy of all memory of a process, which anybody who may send it a signal can have made.",
	.instead = "Find the cause of the crash on a machine that holds no confidential data; the kernel's log has the signal.",
	.rule = "ptrace.mode",
	.allow = ALLOW_MODE,
};

REASON(ptrace_core_pattern) = {
	.deed = "write the sysctl",
	.meaning = "After the seal nobody changes where core dumps go: a pattern can hand them to a program or a socket.",
	.instead = "Set it in sysctl.d, before the seal.",
	.rule = "ptrace.mode",
	.allow = ALLOW_MODE,
};

REASON(ptrace_seccomp) = {
	.deed = "answer for another process a",
	.meaning = "The supervisor of a seccomp filter fakes the results of another process's system calls and puts "
		   "descriptors into it.",
	.instead = "Use filters that decide by themselves (SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS).",
	.rule = "ptrace.mode",
	.allow = ALLOW_MODE,
};

#define MODULES_INSTEAD	"Load it before hardenctl load: name it in /etc/modules-load.d, and order the load after that."

REASON(modules_finit_module) = {
	.deed = "load the kernel module",
	.meaning = "A module is kernel code, which could undo every guard: modules.allow lists those that are loaded all the same, "
		   "until the seal.",
	.instead = MODULES_INSTEAD,
	.rule = "modules.allow, or the guard's mode",
	.allow = ALLOW_MODULE,
};

REASON(modules_init_module) = {
	.deed = "load a kernel module from memory",
	.meaning = "A module is kernel code, which could undo every guard: modules.allow lists those that are loaded all the same, "
		   "until the seal.",
	.instead = MODULES_INSTEAD,
	.rule = "modules.allow, or the guard's mode",
	.allow = ALLOW_MODULE,
};

REASON(modules_unknown_read) = {
	.deed = "have the kernel read",
	.meaning = "The kernel reads this file for a purpose that hardenctl does not know, so it may be kernel code.",
	.instead = "Do it before hardenctl load, or ask for a hardenctl that knows this kernel.",
	.rule = "modules.mode",
	.allow = ALLOW_MODE,
};

REASON(modules_unknown_load) = {
	.deed = "hand data to the kernel",
	.meaning = "The kernel takes this data for a purpose that hardenctl does not know, so it may be kernel code.",
	.instead = "Do it before hardenctl load, or ask for a hardenctl that knows this kernel.",
	.rule = "modules.mode",
	.allow = ALLOW_MODE,
};

REASON(modules_autoload) = {
	.deed = "make the kernel load the module",
	.meaning = "Using a feature for the first time has the kernel load its module, which is kernel code.",
	.instead = MODULES_INSTEAD "  If nobody needs the feature, nothing is lost.",
	.rule = "modules.mode",
	.allow = ALLOW_MODE,
};

REASON(modules_firmware) = {
	.deed = "have the kernel give a device the firmware",
	.meaning = "A device runs its firmware, and many devices reach all memory; after the seal none gets any.",
	.instead = "Have the driver start its device before the seal, or use a device that keeps its firmware.",
	.rule = "modules.firmware",
	.allow = ALLOW_SEALED_CLASS,
};

REASON(modules_kexec) = {
	.deed = "load, to be started by kexec, the kernel",
	.meaning = "Another kernel that starts in this one's place, or when it crashes, finds all that is in memory.",
	.instead = "Reboot by way of the firmware; on a machine that is not to be sealed, load a crash kernel before hardenctl load.",
	.rule = "modules.mode",
	.allow = ALLOW_MODE,
};

REASON(modules_ima_policy) = {
	.deed = "have IMA take its policy from",
	.meaning = "After the seal nobody changes what the kernel measures and appraises.",
	.instead = "Load it at boot: systemd takes /etc/ima/ima-policy.",
	.rule = "modules.mode",
	.allow = ALLOW_SEALED_MODE,
};

REASON(modules_certificate) = {
	.deed = "have the kernel trust the certificate",
	.meaning = "After the seal the kernel gets no new keys: what they sign could be taken for a module or a file of the vendor's.",
	.instead = "Have the kernel read it at boot, as IMA does with /etc/keys.",
	.rule = "modules.mode",
	.allow = ALLOW_SEALED_MODE,
};

REASON(kernel_mount) = {
	.deed = "mount a file system of type",
	.meaning = "After the seal no file system is mounted but of the types that the policy lists: one brings files in, and one that "
		   "somebody else serves carries data out.",
	.instead = "Mount it before the machine is sealed; bind mounts of what is mounted go on.",
	.rule = "kernel.mounts, which does not list it",
	.allow = ALLOW_MOUNT,
};

REASON(egress_unlisted) = {
	.deed = "send to",
	.meaning = "Nothing goes to an address and port that the policy does not list, for the user who sends and the program that "
		   "made the socket where the entry names them.",
	.instead = "If nobody should send there, find out why this program wants to: it may be misconfigured, or not itself.",
	.rule = "egress.allow, which has no entry for it, or none for this program and user",
	.allow = ALLOW_DESTINATION,
};

REASON(egress_socket_type) = {
	.deed = "make a socket of",
	.meaning = "What it sends, and where, no rule for destinations would see.  Without an entry there are unix and netlink "
		   "sockets, and TCP and UDP.",
	.instead = "Use TCP or UDP; ping and raw sockets are of no use to a service.",
	.rule = "egress.sockets, which does not list it",
	.allow = ALLOW_SOCKET,
};

REASON(egress_socket_option) = {
	.deed = "set the socket option",
	.meaning = "With it a packet goes by way of, or seems to come from, an address that no rule for destinations has seen.",
	.instead = "Have the program do without; tests of networks and transparent proxies belong on another machine.",
	.rule = "egress.mode",
	.allow = ALLOW_MODE,
};

REASON(egress_reroute) = {
	.deed = "ask for",
	.meaning = "After the seal nobody changes where packets go: routes, addresses, devices, filters.  Rules go by addresses, and "
		   "who can translate those sends to anywhere.",
	.instead = "Do it before the machine is sealed.",
	.rule = "egress.netlink, which does not list it",
	.allow = ALLOW_REROUTE,
};

REASON(egress_deputy) = {
	.deed = "reach the",
	.meaning = "What one program tells another by a unix socket, that one may send on: a resolver, a proxy, a message bus.  The "
		   "policy lists who may talk to what whose, by the program that made the socket.",
	.instead = "If these two need not talk, find out why this program wants to.",
	.rule = "egress.unix, which does not list the two",
	.allow = ALLOW_DEPUTY,
};

REASON(egress_vsock) = {
	.deed = "use",
	.meaning = "A vsock socket leads to the machine's host, past every network.  The policy lists where programs may connect; "
		   "who may do no more than that does not listen.",
	.instead = "If nobody should talk to the host, leave vsock out of the machine.",
	.rule = "egress.vsock, which does not list it",
	.allow = ALLOW_VSOCK,
};

REASON(egress_source_route) = {
	.deed = "send by a way of its own choice to",
	.meaning = "The packet says by which machines it is to go: where it ends no rule for destinations has seen.",
	.instead = "Have the program leave the way to the routes: no IP options, no routing headers.",
	.rule = "egress.mode",
	.allow = ALLOW_MODE,
};

REASON(ingress_unlisted) = {
	.deed = "listen on, or take in what came to,",
	.meaning = "Nothing listens on a port, and nothing comes in from an address, that the policy does not list.",
	.instead = "If nobody should come in there, find out why this program listens, or who it is that knocks.",
	.rule = "ingress.allow, which has no entry for it, or none for this program and user",
	.allow = ALLOW_SOURCE,
};

REASON(kernel_lockdown) = {
	.deed = "do what the kernel's lockdown would refuse as",
	.meaning = "It leads to the kernel's memory or code, or past it to the hardware: hardenctl-policy(5) says what "
		   "each reason is.",
	.instead = "Do it before the machine is sealed, under before-seal: audit, or on a machine without confidential data.",
	.rule = "kernel.allow, which does not list it",
	.allow = ALLOW_LOCKDOWN,
};

REASON(kernel_io_uring) = {
	.deed = "set up",
	.meaning = "io_uring does in the kernel, unseen by seccomp filters, what programs do by system calls, and has been the "
		   "way into it more often than most.",
	.instead = "Have the program use epoll or threads: most fall back to that by themselves.",
	.rule = "kernel.io_uring",
	.allow = ALLOW_CLASS,
};

REASON(kernel_userfaultfd) = {
	.deed = "make a",
	.meaning = "Whoever answers page faults can hold the kernel in the middle of what it does, which makes races in it easy "
		   "to win.",
	.instead = "Do without: few programs need it (live migration, CRIU, some garbage collectors).",
	.rule = "kernel.userfaultfd",
	.allow = ALLOW_CLASS,
};

REASON(kernel_user_namespace) = {
	.deed = "make a",
	.meaning = "In a user namespace anybody has every capability, and so reaches parts of the kernel that are otherwise "
		   "root's, mounts and packet filters among them.",
	.instead = "Have units do without PrivateUsers=, and browsers and containers without their unprivileged sandboxes.",
	.rule = "kernel.user_namespaces",
	.allow = ALLOW_CLASS,
};

REASON(kernel_perf) = {
	.deed = "open a",
	.meaning = "perf_event_open(2) is how processes and the kernel are sampled and probed, and a large part of the kernel to "
		   "make mistakes in.",
	.instead = "Measure on a machine that holds no confidential data, or have the program count for itself.",
	.rule = "kernel.perf",
	.allow = ALLOW_CLASS,
};

REASON(kernel_clock) = {
	.deed = "set the",
	.meaning = "After the seal nobody steps the clock: what expires by it, such as certificates, could be made to last.",
	.instead = "Have the time set before the seal, and kept by a daemon that slews it (adjtimex(2)).",
	.rule = "kernel.mode",
	.allow = ALLOW_SEALED_MODE,
};

REASON(kernel_swap) = {
	.deed = "turn on as swap",
	.meaning = "What is in memory would be written to a disk, where others can read it.  The seal has looked at the swap that "
		   "there was, and none is added after it.",
	.instead = "Do without swap, or turn it on before the seal, with dm-crypt below it.",
	.rule = "kernel.mode",
	.allow = ALLOW_SEALED_MODE,
};

REASON(kernel_sysctl) = {
	.deed = "write the sysctl",
	.meaning = "After the seal nobody changes a setting of the kernel that the policy does not list.",
	.instead = "Set it in sysctl.d, before the seal.",
	.rule = "kernel.sysctls, which does not list it",
	.allow = ALLOW_SYSCTL,
};

REASON(kernel_dangerous_sysctl) = {
	.deed = "write the sysctl",
	.meaning = "This setting has the kernel run a program, show its memory or the machine's, or drop a protection.  A tree "
		   "that the policy lists does not hold it.",
	.instead = "Set it in sysctl.d, before the seal.",
	.rule = "kernel.sysctls, which does not name it",
	.allow = ALLOW_SYSCTL,
};

REASON(kernel_device) = {
	.deed = "open or make the device",
	.meaning = "A device leads to the host, to a disk or to a part of the kernel, which brings things in and carries data out.",
	.instead = "Open it before the machine is sealed, or have a program do without.",
	.rule = "kernel.devices, which does not list it",
	.allow = ALLOW_DEVICE,
};

#define PSEUDO_INSTEAD	"Write it before the machine is sealed: by udev's rules, tmpfiles.d, modprobe.d or the kernel's command line."

REASON(kernel_sysfs) = {
	.deed = "open for writing",
	.meaning = "Files of sysfs bind drivers, add and remove devices, read their firmware and map their memory.",
	.instead = PSEUDO_INSTEAD,
	.rule = "kernel.sysfs",
	.allow = ALLOW_SEALED_CLASS,
};

REASON(kernel_module_parameter) = {
	.deed = "open for writing",
	.meaning = "Parameters change what kernel code does that is loaded already, checks of signatures and of memory among it.",
	.instead = PSEUDO_INSTEAD,
	.rule = "kernel.mode",
	.allow = ALLOW_SEALED_MODE,
};

REASON(kernel_pseudo_file) = {
	.deed = "open for writing or remove",
	.meaning = "The kernel would start a program for it, or do what an administrator's word is enough for: show or map memory, "
		   "keep data outside the machine, change what protects it.",
	.instead = PSEUDO_INSTEAD,
	.rule = "kernel.mode",
	.allow = ALLOW_SEALED_MODE,
};

REASON(kernel_memory_type) = {
	.deed = "change the types of memory by",
	.meaning = "How processors may cache memory is set there for all of the machine, by commands that need no opening for "
		   "writing.",
	.instead = "Set it before the machine is sealed.",
	.rule = "kernel.mode",
	.allow = ALLOW_SEALED_MODE,
};

REASON(seal_ftrace_enabled) = {
	.deed = "write the sysctl",
	.meaning = "0 there would silently disarm every BPF-LSM program on Linux 6.1 and 6.12, so any write is refused.",
	.instead = "Take the setting out of sysctl.d and of what else writes it, such as a tuning daemon.",
};

REASON(seal_canary_lost) = {
	.meaning = "A guard of the sealed policy no longer refused what hardenctl verify tried.",
	.instead = "Take the data off this machine and reboot it; hardenctl verify says what holds now.",
};

REASON(seal_findings) = {
	.meaning = "hardenctl seal found something that would break a promise, and stepped back.",
	.instead = "Remove what was found and seal again: hardenctl-seal(7) says what each kind is.",
	.allow = ALLOW_FINDING,
};

REASON(seal_policy) = {
	.meaning = "A policy was to be loaded that is not signed as this machine's keys demand, or is older than one that was in force.",
	.instead = "Sign it with minisign -S and a key of keys.d, or raise its serial and sign it again.",
};

#define BPF_INSTEAD	"Do it before the seal; for a tool such as bpftrace there is no way after it."

REASON(seal_load) = {
	.deed = "call bpf(2) with",
	.meaning = "After the seal no BPF program is loaded: one could read kernel memory.",
	.instead = BPF_INSTEAD,
	.allow = ALLOW_BPF,
};

REASON(seal_attach) = {
	.deed = "call bpf(2) with",
	.meaning = "After the seal nothing is attached, detached, replaced or updated by bpf(2).",
	.instead = BPF_INSTEAD,
	.allow = ALLOW_BPF,
};

REASON(seal_run) = {
	.deed = "call bpf(2) with",
	.meaning = "After the seal no program or iterator that is loaded already is run by bpf(2).",
	.instead = BPF_INSTEAD,
};

REASON(seal_descriptor) = {
	.deed = "call bpf(2) with",
	.meaning = "A descriptor of one of hardenctl's objects, or one that may write of any pin, could take it out of force.",
	.instead = "Open maps and their pins with BPF_F_RDONLY.",
};

REASON(seal_held) = {
	.deed = "take over the open file",
	.meaning = "It was open before the seal, and sent through a socket meanwhile, where the seal could not find it: memory of "
		   "others, a device that is not listed, a file that configures the kernel, a BPF object.",
	.instead = "Have the program open it itself, if the policy lets it.",
};

REASON(seal_command) = {
	.deed = "call bpf(2) with",
	.meaning = "hardenctl does not know this command to be harmless.",
	.instead = BPF_INSTEAD,
};

REASON(seal_instruction) = {
	.deed = "call bpf(2) with",
	.meaning = "seal.bpf admits a program only if each helper that it calls is known to be harmless; this instruction is not.",
	.instead = "Have the program use fewer helpers, or load it before the seal.",
};

REASON(seal_map) = {
	.deed = "call bpf(2) with",
	.meaning = "seal.bpf admits a program only if it uses plain maps, and none of hardenctl's.",
	.instead = "Have the program use hash and array maps of its own, or load it before the seal.",
};

#define FILES_MEANING	"After the seal nobody changes hardenctl's binary, policy, units and pins, nor the directories they are in; nor the scripts that the policy lists."
#define FILES_INSTEAD	"Change it in the image that the machine boots from, and reboot."

#define FILES(name, tried)				\
	REASON(seal_##name) = {				\
		.deed = tried,				\
		.meaning = FILES_MEANING,		\
		.instead = FILES_INSTEAD,		\
	}

FILES(write, "open for writing");
FILES(attributes, "change mode, owner, size or times of");
FILES(unlink, "remove");
FILES(rename, "rename, replace or move something into");
FILES(create, "create something in");

REASON(seal_cover) = {
	.deed = "mount something over",
	.meaning = "The path of a script that the policy lists leads through this, and would then lead to another file.",
	.instead = "Mount it before the machine is sealed, or in a mount namespace of its own.",
};

#define MOUNT_INSTEAD	"Leave it until the machine shuts down; in a mount namespace of its own a program may do it."

REASON(seal_unmount) = {
	.deed = "unmount",
	.meaning = "hardenctl's pins, or a script that the policy lists, are on this mount, or would go with it.",
	.instead = MOUNT_INSTEAD,
};

REASON(seal_move) = {
	.deed = "move a mount that could take along",
	.meaning = "Moving mounts and pivot_root(2) could take the mount of hardenctl's pins away.",
	.instead = MOUNT_INSTEAD,
};

REASON(data_protected) = {
	.deed = "open, use, change, link, move, remove or watch",
	.meaning = "The policy gives this file, device or key, or a directory above it, to certain programs alone, whoever asks. Where none is named, "
		   "it can't be told whose it is: it was reached by a handle, through an overlay or a copy of its directory.",
	.instead = "Have the program do it that it is for.",
	.rule = "data.protect",
	.allow = ALLOW_NOTHING,
};

REASON(data_inherit) = {
	.deed = "start, from a program that the policy gives files or devices to,",
	.meaning = "What is open goes on to what a program starts. One that data.protect gives files or devices to starts only "
		   "programs that have the same.",
	.instead = "Have another program start it, or name it in 'by' as well if they are its own, too.",
	.rule = "data.protect",
	.allow = ALLOW_NOTHING,
};

REASON(data_cover) = {
	.deed = "mount something over",
	.meaning = "The programs that these files are for would find something else in their place.",
	.instead = "Mount it before the policy is loaded, or elsewhere.",
	.rule = "data.protect",
	.allow = ALLOW_NOTHING,
};

#define KIND_REASON(guard, hook, reason)	[KIND_##guard##_##hook##_##reason] = &guard##_##reason,

const struct reason *const reasons[KIND_COUNT] = {
	GUARDS(GUARD_KINDS, KIND_REASON)
};
