// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_dev.bpf.c - after the seal nobody opens a device that the policy does not list.
 *
 *   cgroup/dev (cgroup root)   opening and making character and block devices, by any node; mount(2), swapon(2) and
 *                              device mapper ask it, too, for the block devices that they open themselves
 *
 * It can't ask which program a task is (up to 6.15).  What the policy gives to one program is let through here, and
 * judged by seal_files.bpf.c when the file is opened.
 */
#include "kernel_dev.bpf.h"
#include "ptrace.bpf.h"

static_assert((int)DEVICE_MKNOD == BPF_DEVCG_ACC_MKNOD && (int)DEVICE_READ == BPF_DEVCG_ACC_READ &&
	      (int)DEVICE_WRITE == BPF_DEVCG_ACC_WRITE, "enum device_access: the kernel's own numbers");

/* While it seals hardenctl makes nodes of the disks that it lists; kdevtmpfs makes those of devices as they appear. */
static __always_inline bool may_make_nodes(void)
{
	return (bpf_get_current_task_btf()->flags & PF_KTHREAD) || sealer_runs();
}

/* There is no such driver: what canaries of other guards open, and the node of the one that is ours. */
static __always_inline bool is_canary(struct bpf_cgroup_dev_ctx *ctx, __u32 access, bool character)
{
	if (ctx->major != DISK_CANARY_MAJOR)
		return false;
	return (ctx->minor == DISK_CANARY_MINOR && (!character || access == DEVICE_MKNOD)) || ctx->minor == PROTECT_CANARY_MINOR;
}

SEC("cgroup/dev")
int kernel__dev(struct bpf_cgroup_dev_ctx *ctx)
{
	bool character = (ctx->access_type & 0xffff) == BPF_DEVCG_DEV_CHAR;
	__u32 access = ctx->access_type >> 16;
	struct record *rec;
	bool deny;
	__u64 key;

	if (!access || leads_nowhere(ctx->major, ctx->minor, character) || !armed() || !judged_from_seal(GUARD_kernel))
		return 1;
	key = DISK_KEY(ctx->major, ctx->minor, character);
	if (device_listed(key, access) || is_canary(ctx, access, character) ||
	    (access == DEVICE_MKNOD && may_make_nodes()))
		return 1;
	deny = verdict(GUARD_kernel);
	/* Refused and recorded by exec__dev already, which writing to a disk of the baseline comes to before. */
	if (bpf_get_retval())
		return answer_cgroup(deny);
	rec = refusal_begin(KIND_kernel_dev_device, OBJECT_FILE, deny, key_of_number(key));
	if (rec) {
		record_device(rec, key);
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}
