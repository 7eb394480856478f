// SPDX-License-Identifier: GPL-2.0-only
/*
 * seal.bpf.c - protects our own enforcement from being switched off.
 *
 *   sysctl (cgroup root)   kernel.ftrace_enabled: 0 silently disarms every BPF-LSM program on 6.1
 *                          and 6.12.  The hook itself needs no trampoline.
 */
#include "core.bpf.h"

static const char what[64] = "sysctl";
static const char ftrace_enabled[] = "kernel/ftrace_enabled";

SEC("cgroup/sysctl")
int seal__sysctl(struct bpf_sysctl *ctx)
{
	char name[sizeof(ftrace_enabled)] = {};
	struct record *rec;

	if (!ctx->write)
		return 1;
	/* A longer name than ours does not fit and gives -E2BIG: another sysctl. */
	if (bpf_sysctl_get_name(ctx, name, sizeof(name), 0) != sizeof(name) - 1 ||
	    bpf_strncmp(name, sizeof(name), ftrace_enabled) || !armed())
		return 1;
	rec = refusal_begin(GUARD_seal, KIND_seal_sysctl_ftrace_enabled, OBJECT_TEXT);
	if (rec) {
		__builtin_memcpy(rec->object.text.what, what, sizeof(what));
		__builtin_memcpy(rec->object.text.detail, ftrace_enabled, sizeof(ftrace_enabled));
		refusal_end(rec);
	}
	return answer_cgroup(GUARD_seal);
}
