// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_sysctl.bpf.c - after the seal nobody writes a sysctl that the policy does not list.
 *
 *   sysctl (cgroup root)   every write to a file of /proc/sys, by whatever way and descriptor
 *
 * kernel.ftrace_enabled and where core dumps go are judged by seal.bpf.c, whatever this guard's mode is.
 */
#include "core.bpf.h"
#include "ptrace_core.bpf.h"

#define BASE_NAME	1	/* BPF_F_SYSCTL_BASE_NAME */

/*
 * Settings of one interface: all of them end in the interface's name and the setting's.  The policy can't tell interfaces
 * apart, since whoever may make one gives it any name.
 */
#define ANY_INTERFACE(ctx, key, prefix)								\
	(!bpf_strncmp((key)->name, sizeof(prefix) - 1, prefix) ?				\
	 (__builtin_memset((key)->name + sizeof(prefix) - 1, 0, SYSCTL_MAX - sizeof(prefix) + 1), \
	  (key)->name[sizeof(prefix) - 1] = '*', (key)->name[sizeof(prefix)] = '/',		\
	  bpf_sysctl_get_name(ctx, (key)->name + sizeof(prefix) + 1,				\
			      SYSCTL_MAX - sizeof(prefix) - 1, BASE_NAME), true) : false)

TEXT(conf4) = "net/ipv4/conf/";
TEXT(neigh4) = "net/ipv4/neigh/";
TEXT(conf6) = "net/ipv6/conf/";
TEXT(neigh6) = "net/ipv6/neigh/";
TEXT(conf_mpls) = "net/mpls/conf/";

static __always_inline int refuse_sysctl(struct bpf_sysctl *ctx, const struct sysctl_key *key, __u32 kind)
{
	bool deny = verdict(GUARD_kernel);
	struct record *rec;

	rec = refusal_begin(kind, OBJECT_TEXT, deny, key_of_text(key, sizeof(*key)));
	if (rec) {
		record_text(rec, sysctl, "");
		bpf_sysctl_get_name(ctx, rec->object.text.detail, sizeof(rec->object.text.detail), 0);
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}

SEC("cgroup/sysctl")
int kernel__sysctl(struct bpf_sysctl *ctx)
{
	struct sysctl_key key = { .prefixlen = 8 * SYSCTL_MAX };
	__u32 *row;

	if (!ctx->write || !armed() || !judged_from_seal(GUARD_kernel))
		return 1;
	/* What was cut could be read as another name. */
	if (bpf_sysctl_get_name(ctx, key.name, sizeof(key.name), 0) < 0)
		return refuse_sysctl(ctx, &key, KIND_kernel_sysctl_sysctl);
	if (!(ANY_INTERFACE(ctx, &key, conf4) || ANY_INTERFACE(ctx, &key, conf6) ||
	      ANY_INTERFACE(ctx, &key, neigh4) || ANY_INTERFACE(ctx, &key, neigh6)))
		ANY_INTERFACE(ctx, &key, conf_mpls);
	row = bpf_map_lookup_elem(&hctl_sysctls, &key);
	if (row && *row != SYSCTL_DANGEROUS)
		return 1;
	return refuse_sysctl(ctx, &key, row ? KIND_kernel_sysctl_dangerous_sysctl : KIND_kernel_sysctl_sysctl);
}
