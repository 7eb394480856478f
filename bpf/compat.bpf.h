/* SPDX-License-Identifier: GPL-2.0-only */
/* compat.bpf.h - the only place for differences between kernels.  Asks BTF, never a version. */
#ifndef HARDENCTL_COMPAT_BPF_H
#define HARDENCTL_COMPAT_BPF_H

/*
 * v6.2, commit a35b9af4ec2c ("bpf: Add a kfunc for generic type cast"): reads memory behind a bare
 * pointer as a kernel struct, faults included.  On 6.1 the only way to read a `char *` argument is
 * bpf_probe_read_kernel, which lockdown=confidentiality forbids; there text stays unknown.
 * Can go with 6.1.
 */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

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
		}									\
	} while (0)

#ifndef bpf_ksym_exists
#define bpf_ksym_exists(sym)	(!!(sym))
#endif

#endif
