// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_mount.bpf.c - which types of file system are mounted after the seal.
 *
 *   sb_kern_mount (link; on 6.1 cgroup root)   every mount of a file system, by mount(2) and by fsconfig(2), also of one
 *                                              that is mounted elsewhere already; bind mounts, moves and changed flags
 *                                              don't come here
 *   fs_context_parse_param (link)              the same, where a mount's source and options are given; expendable: by the
 *                                              hook above a server, or the hypervisor, has been told names that can carry
 *                                              data out
 *
 * A type is known by its name, which the kernel holds and nobody else can write; where that can't be read (6.1 under
 * lockdown=confidentiality) by its super block's magic, which some types share.
 */
#include "core.bpf.h"
#include "compat.bpf.h"

TEXT(mount_what) = "mount";


static __always_inline void read_type(const struct file_system_type *type, struct mount_type *ret_type)
{
	compat_kernel_string(ret_type->name, sizeof(ret_type->name), type->name);
}

/* No row, as of a type that we have never heard of: refused. */
static __always_inline bool may_mount(const struct mount_rule *rule)
{
	return rule && (rule->who == MOUNT_ANYBODY || (rule->who == MOUNT_SEALER && sealer_runs()));
}

static __always_inline void record_mount(__u32 kind, const struct mount_type *type, const struct mount_rule *rule, bool deny)
{
	struct record *rec = refusal_begin(kind, OBJECT_TEXT, deny, key_of_text(type, sizeof(*type)));

	if (!rec)
		return;
	record_text(rec, mount_what, "");
	if (type->name[0])
		__builtin_memcpy(rec->object.text.detail, type->name, sizeof(type->name));
	else if (rule)
		__builtin_memcpy(rec->object.text.detail, rule->name, sizeof(rule->name));
	refusal_end(rec);
}

/* Whether the mount is refused. */
static __always_inline bool judge_mount(struct super_block *sb)
{
	struct mount_type type = {};
	struct mount_rule *rule;
	bool deny;

	if (!armed() || !judged_from_seal(GUARD_kernel))
		return false;
	read_type(sb->s_type, &type);
	if (!type.name[0])
		type.magic = sb->s_magic;
	rule = bpf_map_lookup_elem(&hctl_mounts, &type);
	if (may_mount(rule))
		return false;
	deny = verdict(GUARD_kernel);
	record_mount(KIND_kernel_sb_kern_mount_mount, &type, rule, deny);
	return deny;
}

SEC("?lsm/sb_kern_mount")
int BPF_PROG(kernel__sb_kern_mount, struct super_block *sb, int ret)
{
	return ret ?: answer_link(judge_mount(sb));
}

/* 6.1 can't tell whether root takes the pins away, and has a place on the root cgroup left. */
SEC("?lsm_cgroup/sb_kern_mount")
int BPF_PROG(kernel__sb_kern_mount_root, struct super_block *sb)
{
	return answer_cgroup(judge_mount(sb));
}

/* Records are made by the hook above, which every mount comes to that is not refused here. */
SEC("?lsm/fs_context_parse_param")
int BPF_PROG(kernel__fs_context_parse_param, struct fs_context *fc)
{
	struct mount_type type = {};

	/* One that has a root is a mount already, whose options change; the kernel's own are in no namespace. */
	if (fc->root || (fc->sb_flags & SB_KERNMOUNT) || !armed() || !verdict(GUARD_kernel) || !judged_from_seal(GUARD_kernel))
		return 0;
	read_type(fc->fs_type, &type);
	if (!type.name[0] || may_mount(bpf_map_lookup_elem(&hctl_mounts, &type)))
		return 0;
	record_mount(KIND_kernel_fs_context_parse_param_mount, &type, NULL, true);
	return answer_link(true);
}
