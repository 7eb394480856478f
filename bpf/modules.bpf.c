// SPDX-License-Identifier: GPL-2.0-only
/*
 * modules.bpf.c - refuses kernel modules and what else becomes kernel code: firmware, kexec images.
 *
 *   kernel_read_file (cgroup root)   finit_module, compressed or not; what else the kernel reads from files
 *   kernel_load_data (cgroup root)   init_module, kexec_load, and what else it takes from memory
 *   kernel_post_load_data (link)     init_module by the name in its image; expendable: loaded only where the policy lists
 *                                    or records, and from the seal on kernel_load_data refuses every image
 *   kernel_module_request (link)     autoload; expendable: the modprobe that it would start is
 *                                    refused by the two above
 *
 * What modules.allow lists is loaded until the seal.  A file is known by its identity.  An image has none, only what
 * it says of itself, which its maker chose; until the seal root is trusted with that.
 *
 * Every id that is not known to be something else counts as a module: 7.2 gave compressed modules an id
 * of their own, and an id that we have never heard of may be the next one.
 */
#include "core.bpf.h"
#include "compat.bpf.h"

#define IS(type, value, id)						\
	(bpf_core_enum_value_exists(enum type, value) &&		\
	 (id) == bpf_core_enum_value(enum type, value))

#define IS_MODULE(type, PREFIX, id)					\
	(IS(type, PREFIX##_MODULE, id) || IS(type, PREFIX##_MODULE_COMPRESSED, id))

#define IS_KEXEC(type, PREFIX, id)					\
	(IS(type, PREFIX##_KEXEC_IMAGE, id) || IS(type, PREFIX##_KEXEC_INITRAMFS, id))

/* What a device runs may reach all memory.  Drivers need it when they start, so only the seal ends it. */
static __always_inline bool lets_firmware(void)
{
	return config.firmware || !judged_from_seal(GUARD_modules);
}

static __always_inline bool is_listed_module(struct file *file)
{
	struct file_id id = file_id_of(file);
	struct identity *identity = bpf_map_lookup_elem(&hctl_identities, &id);

	return identity && (identity->flags & IDENTITY_MODULE) && !is_stale(identity, &id);
}

/* The kind of refusal, or KIND_COUNT for what goes on. */
static __always_inline __u32 judge_read(struct file *file, __u32 id)
{
	if (IS_MODULE(kernel_read_file_id, READING, id))
		return is_listed_module(file) && !sealed() ? KIND_COUNT : KIND_modules_kernel_read_file_finit_module;
	if (IS(kernel_read_file_id, READING_FIRMWARE, id))
		return lets_firmware() ? KIND_COUNT : KIND_modules_kernel_read_file_firmware;
	if (IS_KEXEC(kernel_read_file_id, READING, id))
		return KIND_modules_kernel_read_file_kexec;
	if (IS(kernel_read_file_id, READING_POLICY, id))
		return judged_from_seal(GUARD_modules) ? KIND_modules_kernel_read_file_ima_policy : KIND_COUNT;
	if (IS(kernel_read_file_id, READING_X509_CERTIFICATE, id))
		return judged_from_seal(GUARD_modules) ? KIND_modules_kernel_read_file_certificate : KIND_COUNT;
	return KIND_modules_kernel_read_file_unknown_read;
}

static __always_inline __u32 judge_load(__u32 id)
{
	/* The image is still in user space here.  Where its name counts, kernel_post_load_data asks for that. */
	if (IS_MODULE(kernel_load_data_id, LOADING, id))
		return config.module_names && !sealed() ? KIND_COUNT : KIND_modules_kernel_load_data_init_module;
	if (IS(kernel_load_data_id, LOADING_FIRMWARE, id))
		return lets_firmware() ? KIND_COUNT : KIND_modules_kernel_load_data_firmware;
	if (IS_KEXEC(kernel_load_data_id, LOADING, id))
		return KIND_modules_kernel_load_data_kexec;
	if (IS(kernel_load_data_id, LOADING_POLICY, id))
		return judged_from_seal(GUARD_modules) ? KIND_modules_kernel_load_data_ima_policy : KIND_COUNT;
	if (IS(kernel_load_data_id, LOADING_X509_CERTIFICATE, id))
		return judged_from_seal(GUARD_modules) ? KIND_modules_kernel_load_data_certificate : KIND_COUNT;
	return KIND_modules_kernel_load_data_unknown_load;
}

SEC("lsm_cgroup/kernel_read_file")
int BPF_PROG(modules__kernel_read_file, struct file *file, __u32 id, bool contents)
{
	struct record *rec;
	__u32 kind;
	bool deny;

	if (!armed())
		return 1;
	kind = judge_read(file, id);
	if (kind == KIND_COUNT)
		return 1;
	deny = verdict(GUARD_modules);
	rec = refusal_begin(kind, OBJECT_FILE, deny, key_of_file(file));
	if (rec) {
		record_file(rec, file);
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}

SEC("lsm_cgroup/kernel_load_data")
int BPF_PROG(modules__kernel_load_data, __u32 id, bool contents)
{
	struct record *rec;
	__u32 kind;
	bool deny;

	if (!armed())
		return 1;
	kind = judge_load(id);
	if (kind == KIND_COUNT)
		return 1;
	deny = verdict(GUARD_modules);
	rec = refusal_begin(kind, OBJECT_NONE, deny, key_of_number(0));
	if (rec)
		refusal_end(rec);
	return answer_cgroup(deny);
}

/* The section that has the struct module; the kernel takes the module's name from there. */
TEXT(module_section) = ".gnu.linkonce.this_module";

#define SECTION_HEADER	64	/* sizeof(Elf64_Shdr): the kernel takes no other size */

struct sections {
	__u64 image, headers, names;
	__u64 module;		/* address of the struct module; 0: not found yet */
};

static long look_at_section(__u32 i, struct sections *sections)
{
	__u64 header = sections->headers + i * SECTION_HEADER;
	__u32 name = compat_read(struct elf64_shdr, header, sh_name);
	char text[sizeof(module_section) + 1] = {};

	compat_kernel_string(text, sizeof(text), (const void *)(sections->names + name));
	if (bpf_strncmp(text, sizeof(text), module_section))
		return 0;
	sections->module = sections->image + compat_read(struct elf64_shdr, header, sh_offset);
	return 1;
}

/* "" where there is none, or none that we can read.  The kernel has a copy of its own by now, which nobody changes. */
static __always_inline void read_name(__u64 image, struct module_name *ret_name)
{
	struct sections sections = { .image = image };
	__u32 index, count;
	__u64 header;

	sections.headers = image + compat_read(struct elf64_hdr, image, e_shoff);
	index = compat_read(struct elf64_hdr, image, e_shstrndx);
	count = compat_read(struct elf64_hdr, image, e_shnum);
	header = sections.headers + index * SECTION_HEADER;
	sections.names = image + compat_read(struct elf64_shdr, header, sh_offset);
	bpf_loop(count, look_at_section, &sections, 0);
	if (sections.module)
		compat_kernel_string(ret_name->text, sizeof(((struct module *)0)->name),
				     (const void *)(sections.module + bpf_core_field_offset(struct module, name)));
}

static __always_inline bool may_be_loaded(const struct module_name *name, __u32 use)
{
	__u32 *uses = bpf_map_lookup_elem(&hctl_modules, name);

	return uses && (*uses & use) && !sealed();
}

static __always_inline int refuse_name(__u32 kind, const struct module_name *name)
{
	bool deny = verdict(GUARD_modules);
	struct record *rec;

	rec = refusal_begin(kind, OBJECT_TEXT, deny, key_of_text(name->text, MODULE_TEXT));
	if (rec) {
		rec->object.text.detail[0] = 0;
		__builtin_memcpy(rec->object.text.what, name->text, sizeof(name->text));
		refusal_end(rec);
	}
	return answer_link(deny);
}

SEC("?lsm/kernel_post_load_data")
int BPF_PROG(modules__kernel_post_load_data, char *image, long long size, __u32 id, char *description, int ret)
{
	struct module_name name = {};

	if (ret)
		return ret;
	if (!IS_MODULE(kernel_load_data_id, LOADING, id) || !armed())
		return 0;
	read_name((__u64)image, &name);
	if (may_be_loaded(&name, MODULE_IMAGE))
		return 0;
	return refuse_name(KIND_modules_kernel_post_load_data_init_module, &name);
}

SEC("lsm/kernel_module_request")
int BPF_PROG(modules__kernel_module_request, char *text, int ret)
{
	struct module_name name = {}, plain = {};

	if (ret)
		return ret;
	if (!armed())
		return 0;
	compat_kernel_string(name.text, sizeof(name.text), text);
	/* As modprobe looks them up. */
	for (__u32 i = 0; i < sizeof(name.text); i++)
		plain.text[i] = name.text[i] == '-' ? '_' : name.text[i];
	if (may_be_loaded(&plain, MODULE_REQUEST))
		return 0;
	return refuse_name(KIND_modules_kernel_module_request_autoload, &name);
}
