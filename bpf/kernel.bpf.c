// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel.bpf.c - refuses what would give root the kernel: paths to its memory, code of its own.
 *
 *   locked_down (cgroup root)   everything that the kernel's own lockdown could refuse, whatever mode that is in.  The
 *                               lockdown LSM is asked first, so that what it refuses is neither counted nor recorded
 *   inode_init_security_anon (link)  io_uring and userfaultfd
 *   userns_create (link)        user namespaces
 *   perf_event_open (link)      measuring anything by perf_event_open(2)
 *   settime (link)              after the seal: stepping the clock.  What adjtimex(2) does meets no hook
 */
#include "core.bpf.h"
#include "compat.bpf.h"
#include "ptrace.bpf.h"
#include "syscall.bpf.h"

#define IS_REASON(name, what)						\
	(bpf_core_enum_value_exists(enum lockdown_reason, name) &&	\
	 (what) == bpf_core_enum_value(enum lockdown_reason, name))

TEXT(lockdown_text) = "lockdown";

/* A reason that the loader found no name for has no bit: what we have never heard of is refused. */
static __always_inline bool may_be_open(__u32 what)
{
	return what < LOCKDOWN_MAX && (config.lockdown_allow >> what & 1);
}

/*
 * On 6.1 our own programs read kernel memory by a helper, so that another load could not be without it, and the seal's
 * scan looks for probes in tracefs.  Until the commit: nobody is exempt after it.
 */
static __always_inline bool hardenctl_needs(__u32 what)
{
	struct state *s;

	if (!IS_REASON(LOCKDOWN_BPF_READ_KERNEL, what) && !IS_REASON(LOCKDOWN_TRACEFS, what))
		return false;
	s = state_of();
	return s && s->sealed_until != SEALED_FOREVER && is_hardenctl(bpf_get_current_task_btf());
}

#define NR_INIT_MODULE		175	/* arch/x86/entry/syscalls */
#define NR_INIT_MODULE_32	128
#define NR_FINIT_MODULE		313
#define NR_FINIT_MODULE_32	350

/* Up to v6.6 the kernel asks for each file of tracefs that it makes for a module's events; who opens one is asked again. */
static __always_inline bool makes_events(__u32 what)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return IS_REASON(LOCKDOWN_TRACEFS, what) && (in_syscall(task, NR_FINIT_MODULE, NR_FINIT_MODULE_32) ||
						     in_syscall(task, NR_INIT_MODULE, NR_INIT_MODULE_32));
}

static __always_inline void record_reason(struct record *rec, __u32 what)
{
	__u64 *detail = (__u64 *)rec->object.text.detail, value = what;

	record_text(rec, lockdown_text, "");
	if (what >= LOCKDOWN_MAX)
		return;
	/* The comparison may have been of another register than the one that the verifier sees in the address. */
	asm volatile("" : "+r"(value));
	value &= LOCKDOWN_MAX - 1;
	for (int i = 0; i < LOCKDOWN_NAME / 8; i++)
		detail[i] = config.lockdown[value].words[i];
}

SEC("lsm_cgroup/locked_down")
int BPF_PROG(kernel__locked_down, __u32 what)
{
	struct record *rec;
	bool deny;

	if (may_be_open(what) || !armed() || hardenctl_needs(what) || makes_events(what))
		return 1;
	deny = verdict(GUARD_kernel);
	rec = refusal_begin(KIND_kernel_locked_down_lockdown, OBJECT_TEXT, deny, key_of_number(what));
	if (rec) {
		record_reason(rec, what);
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}

/*
 * How long the names of the two are that the kernel gives the inodes, and their second letters: since v6.8 "[kvm-gmem]" is
 * as long as "[io_uring]".  Where text can't be read there is none of that kind.
 */
#define URING_LEN	10
#define URING_LETTER	'i'
#define FAULT_LEN	13
#define FAULT_LETTER	'u'
#define LETTERS		3

TEXT(uring_text) = "io_uring";
TEXT(fault_text) = "userfaultfd";

static __always_inline bool is_anon(const struct qstr *name, __u32 len, char letter)
{
	char text[LETTERS];

	if (name->len != len)
		return false;
	compat_kernel_string(text, LETTERS, name->name);
	return !text[0] || text[1] == letter;
}

static __always_inline bool denies(__u32 class)
{
	return config.kernel_deny & 1 << class;
}

/* Every ring and every userfaultfd, by system call or /dev/userfaultfd, has such an inode; those of forks, too. */
SEC("lsm/inode_init_security_anon")
int BPF_PROG(kernel__inode_init_security_anon, struct inode *inode, const struct qstr *name,
	     const struct inode *context, int ret)
{
	bool uring;

	if (ret)
		return ret;
	uring = denies(KERNEL_IO_URING) && is_anon(name, URING_LEN, URING_LETTER);
	if (!uring && !(denies(KERNEL_USERFAULTFD) && is_anon(name, FAULT_LEN, FAULT_LETTER)))
		return 0;
	if (!armed())
		return 0;
	/* Apart, as the verifier must know a kind. */
	if (uring)
		return answer_link(refuse_text(GUARD_kernel, KIND_kernel_inode_init_security_anon_io_uring, uring_text));
	return answer_link(refuse_text(GUARD_kernel, KIND_kernel_inode_init_security_anon_userfaultfd, fault_text));
}

TEXT(userns_text) = "user namespace";

SEC("lsm/userns_create")
int BPF_PROG(kernel__userns_create, const struct cred *cred, int ret)
{
	if (ret || !armed())
		return ret;
	return answer_link(refuse_text(GUARD_kernel, KIND_kernel_userns_create_user_namespace, userns_text));
}

#define PERF_SECURITY_OPEN	0	/* include/linux/perf_event.h, the same on every kernel */

TEXT(perf_text) = "perf event";

/* Asked at the system call alone: not for what children inherit, which could not be forked, nor for breakpoints. */
SEC("lsm/perf_event_open")
int kernel__perf_event_open(unsigned long long *ctx)
{
	/* It is asked once more for the kernel, for a processor and for a tracepoint. */
	if (compat_perf_type(ctx) != PERF_SECURITY_OPEN || !armed())
		return 0;
	return answer_link(refuse_text(GUARD_kernel, KIND_kernel_perf_event_open_perf, perf_text));
}

TEXT(clock_text) = "clock";

SEC("lsm/settime")
int BPF_PROG(kernel__settime, const struct timespec64 *time, const struct timezone *zone, int ret)
{
	if (ret || !armed() || !judged_from_seal(GUARD_kernel))
		return ret;
	return answer_link(refuse_text(GUARD_kernel, KIND_kernel_settime_clock, clock_text));
}
