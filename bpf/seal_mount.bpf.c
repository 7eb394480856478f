// SPDX-License-Identifier: GPL-2.0-only
/*
 * seal_mount.bpf.c - keeps the mount that our pins live under, after the seal.
 *
 *   sb_umount (link)   the hook sees the top mount of what is taken away.  So we go through all mounts of
 *                      our bpffs, from each up to the root, and see whether that top mount is on the way.
 *
 * Taking away one of the initial mount namespace is refused, and one that stands on a shared mount: that
 * propagates to every peer, so perhaps to the initial namespace.  Copies in the private and slave mounts
 * that container runtimes and systemd make for their own namespaces can go.
 */
#include "core.bpf.h"
#include "compat.bpf.h"

#define COPIES_MAX	256	/* mounts of our bpffs: one for each mount namespace */
#define DEPTH_MAX	12

TEXT(mount_text) = "mount";
TEXT(pins_text) = "the file system of hardenctl's pins";

struct walk {
	__u64 top;		/* address of the struct mount that is to go */
	__u64 namespace;	/* of the initial mount namespace */
	__u64 next;		/* the next copy to look at; 0: there is none */
	__u64 end;		/* where a list of them ends */
	__u32 takes_away;
};

/* Whether `top` is `mount`, or above it. */
static __always_inline bool takes(__u64 top, __u64 mount)
{
	__u64 parent;

	for (int i = 0; i < DEPTH_MAX; i++) {
		if (mount == top)
			return true;
		parent = (__u64)compat_read(struct mount, mount, mnt_parent);
		if (!parent || parent == mount)
			return false;
		mount = parent;
	}
	/* Deeper than we look: cannot tell. */
	return true;
}

static long look_at(__u32 i, struct walk *walk)
{
	__u64 mount = walk->next, parent;

	if (!mount)
		return 1;
	walk->next = compat_next_mount(mount, walk->end);
	if (!takes(walk->top, mount))
		return 0;
	parent = (__u64)compat_read(struct mount, mount, mnt_parent);
	if ((__u64)compat_read(struct mount, mount, mnt_ns) != walk->namespace &&
	    !compat_is_shared(parent))
		return 0;
	walk->takes_away = 1;
	return 1;
}

SEC("lsm/sb_umount")
int BPF_PROG(seal__sb_umount, struct vfsmount *mnt, int flags, int ret)
{
	struct walk walk = {};
	struct pin_mount *pins;
	struct record *rec;
	__u32 zero = 0;
	bool deny;

	if (ret)
		return ret;
	pins = bpf_map_lookup_elem(&hctl_mount, &zero);
	if (!pins || !pins->sb || !armed() || !sealed())
		return 0;
	if (compat_can_read()) {
		walk.top = (__u64)mnt - bpf_core_field_offset(struct mount, mnt);
		walk.namespace = pins->namespace;
		compat_first_mount(pins->sb, &walk.next, &walk.end);
		bpf_loop(COPIES_MAX, look_at, &walk, 0);
		/* More copies than we look at: cannot tell. */
		if (!walk.takes_away && !walk.next)
			return 0;
	} else if (mnt->mnt_sb->s_dev != pins->dev) {
		return 0;
	}
	deny = verdict(GUARD_seal);
	rec = refusal_begin(KIND_seal_sb_umount_unmount, OBJECT_TEXT, deny);
	if (rec) {
		record_text(rec, mount_text, pins_text);
		refusal_end(rec);
	}
	return answer_link(deny);
}
