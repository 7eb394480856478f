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
 *
 *   move_mount (link)    move_mount(2) of such a mount, or of one above it
 *   sb_mount (link)      mount(2) with MS_MOVE in the initial mount namespace: it names what it moves by a
 *                        path, so it can't be judged
 *   sb_pivotroot (link)  the same
 *
 * The paths of scripts (seal_files.bpf.c) are kept, too: nothing is mounted over what they lead through, and no mount
 * that they lead through is taken away, where that is in the initial mount namespace or could propagate to it.
 *
 * Moves are refused since the kernel asks us before it locks the mounts: one moved just then below what is
 * being unmounted would go with it.  And a mount can be moved onto a directory that is removed afterwards in
 * another namespace, which detaches it without any hook.
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
	__u32 shared;		/* one on a shared mount counts, too */
	__u32 takes_away;
};

/* include/uapi/linux/mount.h */
#define MS_REMOUNT	0x20
#define MS_BIND		0x1000
#define MS_MOVE		0x2000
#define MS_PROPAGATION	(1 << 17 | 1 << 18 | 1 << 19 | 1 << 20)

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
	    !(walk->shared && compat_is_shared(parent)))
		return 0;
	walk->takes_away = 1;
	return 1;
}

static __always_inline struct pin_mount *pins_of_sealed(void)
{
	struct pin_mount *pins;
	__u32 zero = 0;

	pins = bpf_map_lookup_elem(&hctl_mount, &zero);
	return pins && pins->sb && armed() && sealed() ? pins : NULL;
}

/* Whether `top` is a mount of our pins that matters, or above one. */
static __always_inline bool takes_away(struct vfsmount *top, const struct pin_mount *pins, bool shared)
{
	struct walk walk = { .shared = shared };

	if (!compat_can_read())
		return top->mnt_sb->s_dev == pins->dev;
	walk.top = (__u64)top - bpf_core_field_offset(struct mount, mnt);
	walk.namespace = pins->namespace;
	compat_first_mount(pins->sb, &walk.next, &walk.end);
	bpf_loop(COPIES_MAX, look_at, &walk, 0);
	/* More copies than we look at: cannot tell. */
	return walk.takes_away || walk.next;
}

static __always_inline int refuse_mount(__u32 kind)
{
	bool deny = verdict(GUARD_seal);
	struct record *rec;

	rec = refusal_begin(kind, OBJECT_TEXT, deny, key_of_number(0));
	if (rec) {
		record_text(rec, mount_text, pins_text);
		refusal_end(rec);
	}
	return answer_link(deny);
}

static __always_inline int refuse_cover(const struct guarded *guarded, __u32 kind)
{
	bool deny = verdict(GUARD_seal);
	struct record *rec;

	rec = refusal_begin(kind, OBJECT_TEXT, deny, key_of_text(guarded->path, PROGRAM_PATH));
	if (rec) {
		record_text(rec, mount_text, pins_text);
		__builtin_memcpy(rec->object.text.detail, guarded->path, sizeof(rec->object.text.detail));
		refusal_end(rec);
	}
	return answer_link(deny);
}

/* Whether the mount is of the initial namespace, or what is done to it could propagate there. */
static __always_inline bool matters(__u64 mount, __u64 propagates, const struct pin_mount *first)
{
	if (!compat_can_read())
		return true;
	return (__u64)compat_read(struct mount, mount, mnt_ns) == first->namespace || compat_is_shared(propagates);
}

/* What a script's path leads through, where mounting on it would lead it elsewhere; NULL: it is none, or does not. */
static __always_inline struct guarded *covered(const struct path *to)
{
	__u64 mount = (__u64)to->mnt - bpf_core_field_offset(struct mount, mnt);
	struct guarded *guarded;
	struct pin_mount *first;
	struct file_id id;
	__u32 zero = 0;

	if (!config.scripts)
		return NULL;
	id = inode_id_of(to->dentry->d_inode);
	guarded = bpf_map_lookup_elem(&hctl_guarded, &id);
	if (!guarded || !armed() || !sealed())
		return NULL;
	first = bpf_map_lookup_elem(&hctl_mount, &zero);
	return !first || matters(mount, mount, first) ? guarded : NULL;
}

/*
 * The same where the mount itself goes: its root is what the path leads through.  An unmount propagates from the mount
 * that it stands on; a move does not, as the kernel moves nothing that stands on a shared one.
 */
static __always_inline struct guarded *uncovered(struct vfsmount *top, bool moved)
{
	__u64 mount = (__u64)top - bpf_core_field_offset(struct mount, mnt);
	struct guarded *guarded;
	struct pin_mount *first;
	struct file_id id;
	__u32 zero = 0;

	if (!config.scripts)
		return NULL;
	id = inode_id_of(top->mnt_root->d_inode);
	guarded = bpf_map_lookup_elem(&hctl_guarded, &id);
	if (!guarded || !armed() || !sealed())
		return NULL;
	first = bpf_map_lookup_elem(&hctl_mount, &zero);
	if (!first || !compat_can_read())
		return guarded;
	if (moved)
		return (__u64)compat_read(struct mount, mount, mnt_ns) == first->namespace ? guarded : NULL;
	return matters(mount, (__u64)compat_read(struct mount, mount, mnt_parent), first) ? guarded : NULL;
}

static __always_inline bool in_initial_namespace(const struct pin_mount *pins)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct nsproxy *nsproxy = task->nsproxy;

	return !nsproxy || (__u64)nsproxy->mnt_ns == pins->namespace;
}

SEC("lsm/sb_umount")
int BPF_PROG(seal__sb_umount, struct vfsmount *mnt, int flags, int ret)
{
	struct guarded *script;
	struct pin_mount *pins;

	if (ret)
		return ret;
	script = uncovered(mnt, /* moved= */ false);
	if (script)
		return refuse_cover(script, KIND_seal_sb_umount_unmount);
	pins = pins_of_sealed();
	if (!pins || !takes_away(mnt, pins, /* shared= */ true))
		return 0;
	return refuse_mount(KIND_seal_sb_umount_unmount);
}

SEC("lsm/move_mount")
int BPF_PROG(seal__move_mount, const struct path *from, const struct path *to, int ret)
{
	struct guarded *script;
	struct pin_mount *pins;

	if (ret)
		return ret;
	script = covered(to);
	if (script)
		return refuse_cover(script, KIND_seal_move_mount_cover);
	script = uncovered(from->mnt, /* moved= */ true);
	if (script)
		return refuse_cover(script, KIND_seal_move_mount_move);
	pins = pins_of_sealed();
	if (!pins || !takes_away(from->mnt, pins, /* shared= */ false))
		return 0;
	return refuse_mount(KIND_seal_move_mount_move);
}

SEC("lsm/sb_mount")
int BPF_PROG(seal__sb_mount, const char *what, const struct path *path, const char *type,
	     unsigned long flags, void *data, int ret)
{
	struct guarded *script = NULL;
	struct pin_mount *pins;

	if (ret)
		return ret;
	if (!(flags & MS_REMOUNT) && ((flags & MS_BIND) || !(flags & MS_PROPAGATION)))
		script = covered(path);
	if (script)
		return refuse_cover(script, KIND_seal_sb_mount_cover);
	if (!(flags & MS_MOVE))
		return 0;
	pins = pins_of_sealed();
	if (!pins || !in_initial_namespace(pins))
		return 0;
	return refuse_mount(KIND_seal_sb_mount_move);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(seal__sb_pivotroot, const struct path *old, const struct path *new, int ret)
{
	struct pin_mount *pins;

	if (ret)
		return ret;
	pins = pins_of_sealed();
	if (!pins || !in_initial_namespace(pins))
		return 0;
	return refuse_mount(KIND_seal_sb_pivotroot_move);
}
