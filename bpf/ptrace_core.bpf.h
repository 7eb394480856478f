/* SPDX-License-Identifier: GPL-2.0-only */
/* ptrace_core.bpf.h - where the kernel sends core dumps to, which nobody changes after the seal. */
#ifndef HARDENCTL_PTRACE_CORE_BPF_H
#define HARDENCTL_PTRACE_CORE_BPF_H

#include "core.bpf.h"
#include "ptrace.bpf.h"

#define SYSCTL_NAME	24	/* room for the longest name that we compare, and its NUL */

TEXT(sysctl) = "sysctl";
TEXT(core_pattern) = "kernel/core_pattern";
TEXT(core_pipe_limit) = "kernel/core_pipe_limit";

/* A pattern starts a program, or from 6.16 on names a socket; the limit is 0 where that one need not be waited for. */
static __always_inline bool is_core_setting(const char name[SYSCTL_NAME])
{
	return !bpf_strncmp(name, SYSCTL_NAME, core_pattern) || !bpf_strncmp(name, SYSCTL_NAME, core_pipe_limit);
}

/* What is there when the machine is sealed, the scan has looked at. */
static __always_inline int judge_core_setting(const char name[SYSCTL_NAME])
{
	struct record *rec;
	bool deny;

	if (!armed() || !sealed())
		return 1;
	deny = verdict(GUARD_ptrace);
	rec = refusal_begin(KIND_ptrace_sysctl_core_pattern, OBJECT_TEXT, deny, key_of_text(name, SYSCTL_NAME));
	if (rec) {
		record_text(rec, sysctl, core_pattern);
		__builtin_memcpy(rec->object.text.detail, name, SYSCTL_NAME);
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}

#endif
