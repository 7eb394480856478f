/* SPDX-License-Identifier: GPL-2.0-only */
/* compat.bpf.h - the only place for differences between kernels.  Asks BTF, never a version. */
#ifndef HARDENCTL_COMPAT_BPF_H
#define HARDENCTL_COMPAT_BPF_H

/*
 * v6.2, commit a35b9af4ec2c ("bpf: Add a kfunc for generic type cast"): reads memory behind a bare
 * pointer as a kernel struct, faults included.  On 6.1 the only way to read a `char *` argument is
 * bpf_probe_read_kernel, which lockdown=confidentiality forbids; under that text stays unknown.
 * Can go with 6.1.
 */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

#ifndef bpf_ksym_exists
#define bpf_ksym_exists(sym)	(!!(sym))
#endif

/*
 * The same pointer, for what is only read: of it the verifier knows the type and nothing else.  For each pointer that is read
 * through one that it trusts, v6.3 and newer look through all of the kernel's BTF for whether to trust that as well
 * (btf_nested_type_is_trusted()), four times: a million instructions each, and most of what a load took.  Costs a few
 * instructions where it stands, so it is not for what is let through.
 */
#define compat_plain(type, pointer)							\
	({										\
		type *__plain = (pointer);						\
		if (bpf_ksym_exists(bpf_rdonly_cast))					\
			__plain = bpf_rdonly_cast(__plain, bpf_core_type_id_kernel(type)); \
		__plain;								\
	})

/*
 * v6.8 ("bpf, fsverity: Add kfunc bpf_get_fsverity_digest"), for LSM programs only.  No older kernel can tell: there the
 * loader refuses a policy that lists digests.  Can go with 6.1.
 */
extern int bpf_get_fsverity_digest(struct file *file, struct bpf_dynptr *digest) __ksym __weak;

/*
 * Copies a NUL-terminated kernel string of at most `size` - 1 bytes, `size` a constant below 65;
 * "" where the kernel cannot tell.  struct new_utsname serves because it begins with a character array
 * that long.
 */
#define compat_kernel_string(dst, size, src)						\
	do {										\
		(dst)[0] = 0;								\
		if (bpf_ksym_exists(bpf_rdonly_cast)) {					\
			const struct new_utsname *__text = bpf_rdonly_cast((src),	\
				bpf_core_type_id_kernel(struct new_utsname));		\
			_Pragma("unroll")						\
			for (__u32 __i = 0; __i < (size) - 1; __i++) {		\
				(dst)[__i] = __text->sysname[__i];			\
				if (!(dst)[__i])					\
					break;						\
			}								\
			(dst)[(size) - 1] = 0;						\
		} else if (config.probe_read) {						\
			bpf_probe_read_kernel_str((dst), (size), (const void *)(src));	\
		}									\
	} while (0)

/* Whether memory behind a bare address can be read: not on 6.1 under lockdown=confidentiality. */
#define compat_can_read()	(bpf_ksym_exists(bpf_rdonly_cast) || config.probe_read)

/*
 * The field of the kernel struct at a bare address; 0 where that can't be read.  The address may be stale:
 * both ways survive that.
 */
#define compat_read(type, address, field)						\
	({										\
		__typeof__(((type *)0)->field) __value = 0;				\
		if (bpf_ksym_exists(bpf_rdonly_cast)) {					\
			const type *__at = bpf_rdonly_cast((const void *)(address),	\
				bpf_core_type_id_kernel(type));				\
			__value = __at->field;						\
		} else if (config.probe_read) {						\
			bpf_core_read(&__value, sizeof(__value),			\
				      &((const type *)(address))->field);		\
		}									\
		__value;								\
	})

/* A pointer as a number.  The difference of two pointers is one to the verifier, of which it knows nothing. */
static __always_inline __u64 compat_number(const void *pointer)
{
	const void *base = bpf_get_current_task_btf();
	__u64 number;

	asm volatile("%0 = %1\n"
		     "%0 -= %2\n"
		     "%0 += %3" : "=&r"(number) : "r"(pointer), "r"(base), "r"(bpf_get_current_task()));
	return number;
}

/*
 * Before "bpf: annotate file argument as __nullable in bpf_lsm_mmap_file" (end of 2025) the verifier takes every
 * argument of a hook for a pointer that is never 0, removes a test for it as dead code, and lets it be read
 * unprotected.  mmap_file's is 0 for anonymous memory.  Where the kernel knows better, the caller must test for 0
 * besides.  Can go with 6.12.
 */
static __always_inline bool compat_is_null(const void *pointer)
{
	return !compat_number(pointer);
}

/*
 * An argument of a hook as a number.  key_permission's first one points to a struct that is nowhere defined, so the
 * verifier lets nobody read it from the context ("is not a struct"); the trampoline has left it on the stack, where the context
 * points to.  struct timespec64 serves because it begins with a number.  0 where memory can't be read.
 */
static __always_inline __u64 compat_argument(const void *ctx, __u32 number)
{
	return compat_read(struct timespec64, compat_number(ctx) + number * sizeof(__u64), tv_sec);
}

/*
 * The mounts of one super block.  7.x links them one to the next; older kernels have a list that ends at
 * its head.
 */
static __always_inline __u64 compat_mount_of(__u64 entry, __u64 end)
{
	return entry == end ? 0 : entry - bpf_core_field_offset(struct mount, mnt_instance);
}

static __always_inline __u64 compat_next_mount(__u64 mount, __u64 end)
{
	if (bpf_core_field_exists(struct mount___linked, mnt_next_for_sb))
		return (__u64)compat_read(struct mount___linked, mount, mnt_next_for_sb);
	return compat_mount_of((__u64)compat_read(struct mount, mount, mnt_instance.next), end);
}

static __always_inline void compat_first_mount(__u64 sb, __u64 *ret_mount, __u64 *ret_end)
{
	if (bpf_core_field_exists(struct mount___linked, mnt_next_for_sb)) {
		*ret_end = 0;
		*ret_mount = (__u64)compat_read(struct super_block___linked, sb, s_mounts);
		return;
	}
	*ret_end = sb + bpf_core_field_offset(struct super_block, s_mounts);
	*ret_mount = compat_mount_of((__u64)compat_read(struct super_block, sb, s_mounts.next), *ret_end);
}

#define MNT_SHARED	0x1000	/* include/linux/mount.h up to v6.16 */
#define T_SHARED	1	/* fs/mount.h since v6.17, which has propagation flags of their own */

static __always_inline bool compat_is_shared(__u64 mount)
{
	if (bpf_core_field_exists(struct mount___propagation, mnt_t_flags))
		return compat_read(struct mount___propagation, mount, mnt_t_flags) & T_SHARED;
	return compat_read(struct mount, mount, mnt.mnt_flags) & MNT_SHARED;
}

/* Whether anything measures the task by perf.  v6.2, commit bd2756811766, made one context of two. */
static __always_inline bool compat_is_measured(struct task_struct *task)
{
	struct perf_event_context *one, *other;

	if (bpf_core_field_exists(struct task_struct___contexts, perf_event_ctxp)) {
		one = ((struct task_struct___contexts *)task)->perf_event_ctxp[0];
		other = ((struct task_struct___contexts *)task)->perf_event_ctxp[1];
		return (one && one->nr_events) || (other && other->nr_events);
	}
	one = ((struct task_struct___context *)task)->perf_event_ctxp;
	return one && one->nr_events;
}

/*
 * Eight bytes of a name that is short enough to stand in its dentry, from `at` on: text that needs no pointer to
 * be followed.  v6.14 renamed d_iname to d_shortname.
 */
#define compat_short_name(dentry, at)							\
	(bpf_core_field_exists(struct dentry___short, d_shortname) ?			\
	 *(const __u64 *)&((const struct dentry___short *)(dentry))->d_shortname.string[at] :	\
	 *(const __u64 *)&(dentry)->d_iname[at])

/* 6.12 and newer have an argument more, a mnt_idmap before the dentry; the loader asks BTF which it is. */
static __always_inline void compat_inode_setattr(void *ctx, struct dentry **ret_dentry, struct iattr **ret_attr)
{
	/* In assembly, or clang makes one load of the two, from an address that the verifier can't follow. */
	if (config.setattr_idmap) {
		asm volatile("%0 = *(u64 *)(%1 + 8)" : "=r"(*ret_dentry) : "r"(ctx));
		asm volatile("%0 = *(u64 *)(%1 + 16)" : "=r"(*ret_attr) : "r"(ctx));
	} else {
		asm volatile("%0 = *(u64 *)(%1 + 0)" : "=r"(*ret_dentry) : "r"(ctx));
		asm volatile("%0 = *(u64 *)(%1 + 8)" : "=r"(*ret_attr) : "r"(ctx));
	}
}

/*
 * Newer kernels have left out the first argument (stable ones within a series); the loader asks BTF how many there are.
 * In assembly for the reason above.
 */
static __always_inline int compat_perf_type(void *ctx)
{
	__u64 type;

	if (config.perf_attr)
		asm volatile("%0 = *(u64 *)(%1 + 8)" : "=r"(type) : "r"(ctx));
	else
		asm volatile("%0 = *(u64 *)(%1 + 0)" : "=r"(type) : "r"(ctx));
	return type;
}

#endif
