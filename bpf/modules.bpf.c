// SPDX-License-Identifier: GPL-2.0-only
/*
 * modules.bpf.c - refuses kernel modules.
 *
 *   kernel_read_file (cgroup root)   finit_module, compressed or not
 *   kernel_load_data (cgroup root)   init_module
 *   kernel_module_request (link)     autoload; expendable: the modprobe that it would start is
 *                                    refused by the two above
 *
 * Every id that is not known to be something else counts as a module: 7.2 gave compressed modules an id
 * of their own, and an id that we have never heard of may be the next one.
 */
#include "core.bpf.h"
#include "compat.bpf.h"

#define IS(type, value, id)						\
	(bpf_core_enum_value_exists(enum type, value) &&		\
	 (id) == bpf_core_enum_value(enum type, value))

/* What the kernel reads or loads besides modules; other guards judge it. */
#define IS_OTHER(type, PREFIX, id)					\
	(IS(type, PREFIX##_FIRMWARE, id) || IS(type, PREFIX##_KEXEC_IMAGE, id) ||	\
	 IS(type, PREFIX##_KEXEC_INITRAMFS, id) || IS(type, PREFIX##_POLICY, id) ||	\
	 IS(type, PREFIX##_X509_CERTIFICATE, id))

#define IS_MODULE(type, PREFIX, id)					\
	(IS(type, PREFIX##_MODULE, id) || IS(type, PREFIX##_MODULE_COMPRESSED, id))

SEC("lsm_cgroup/kernel_read_file")
int BPF_PROG(modules__kernel_read_file, struct file *file, __u32 id, bool contents)
{
	__u32 kind = KIND_modules_kernel_read_file_unknown_read;
	struct record *rec;
	bool deny;

	if (IS_OTHER(kernel_read_file_id, READING, id) || !armed())
		return 1;
	if (IS_MODULE(kernel_read_file_id, READING, id))
		kind = KIND_modules_kernel_read_file_finit_module;
	deny = verdict(GUARD_modules);
	rec = refusal_begin(kind, OBJECT_FILE, deny);
	if (rec) {
		record_file(rec, file);
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}

SEC("lsm_cgroup/kernel_load_data")
int BPF_PROG(modules__kernel_load_data, __u32 id, bool contents)
{
	__u32 kind = KIND_modules_kernel_load_data_unknown_load;
	struct record *rec;
	bool deny;

	if (IS_OTHER(kernel_load_data_id, LOADING, id) || !armed())
		return 1;
	if (IS_MODULE(kernel_load_data_id, LOADING, id))
		kind = KIND_modules_kernel_load_data_init_module;
	/* The image is still in user space here: nothing has a name yet. */
	deny = verdict(GUARD_modules);
	rec = refusal_begin(kind, OBJECT_NONE, deny);
	if (rec)
		refusal_end(rec);
	return answer_cgroup(deny);
}

SEC("lsm/kernel_module_request")
int BPF_PROG(modules__kernel_module_request, char *name, int ret)
{
	struct record *rec;
	bool deny;

	if (ret)
		return ret;
	if (!armed())
		return 0;
	deny = verdict(GUARD_modules);
	rec = refusal_begin(KIND_modules_kernel_module_request_autoload, OBJECT_TEXT, deny);
	if (rec) {
		rec->object.text.detail[0] = 0;
		compat_kernel_string(rec->object.text.what, sizeof(rec->object.text.what), name);
		refusal_end(rec);
	}
	return answer_link(deny);
}
