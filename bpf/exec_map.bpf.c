// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec_map.bpf.c - refuses code that is no program's: libraries that the policy leaves out, and memory.
 *
 *   mmap_file (link)                   mappings with PROT_EXEC, by whatever call: mmap, shmat, exec itself, and
 *                                      by the dynamic loader for what a program links, dlopens or preloads
 *   file_mprotect (link)               mprotect and pkey_mprotect to PROT_EXEC
 *   file_open (link, seal_files.bpf.c) one's own /proc/PID/mem: see exec.bpf.h
 *
 * Attached only where the policy lists libraries or who may have such memory, or goes by a baseline.  Every mmap comes through here, so
 * that what is not executable leaves at once.  `prot` is what the mapping gets, READ_IMPLIES_EXEC included.
 */
#include "core.bpf.h"
#include "compat.bpf.h"
#include "exec.bpf.h"

/* From include/uapi/asm-generic/mman-common.h. */
#define PROT_WRITE	0x2
#define PROT_EXEC	0x4

/* From a kind of mmap_file to the one of file_mprotect for the same reason. */
#define AS_MPROTECT	(KIND_exec_file_mprotect_library - KIND_exec_mmap_file_library)
static_assert(KIND_exec_file_mprotect_jit - KIND_exec_mmap_file_jit == AS_MPROTECT &&
	      KIND_exec_file_mprotect_introduced - KIND_exec_mmap_file_introduced == AS_MPROTECT,
	      "the same order for both hooks");

TEXT(anonymous) = "[anonymous]";

static __always_inline void record_anonymous(struct record *rec)
{
	rec->object.file.id = (struct file_id){};
	__builtin_memcpy(rec->object.file.path, anonymous, sizeof(anonymous));
}

SEC("lsm/mmap_file")
int BPF_PROG(exec__mmap_file, struct file *file, unsigned long reqprot, unsigned long prot, unsigned long flags,
	     int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct record *rec;
	bool deny, none;
	__u32 kind;

	if (ret || !(prot & PROT_EXEC))
		return ret;
	none = !file || compat_is_null(file);
	kind = none ? memory_kind(task) : code_kind(task, file, prot & PROT_WRITE);
	if (kind >= KIND_COUNT || !armed())
		return 0;
	deny = verdict(GUARD_exec);
	rec = refusal_begin(kind, OBJECT_FILE, deny, none ? key_of_number(0) : key_of_file(file));
	if (rec) {
		if (none)
			record_anonymous(rec);
		else
			record_file(rec, file);
		refusal_end(rec);
	}
	return answer_link(deny);
}

SEC("lsm/file_mprotect")
int BPF_PROG(exec__file_mprotect, struct vm_area_struct *vma, unsigned long reqprot, unsigned long prot, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct record *rec;
	struct file *file;
	__u32 kind;
	bool deny;

	if (ret || !(prot & PROT_EXEC))
		return ret;
	file = vma->vm_file;
	/* A private mapping has pages of its own from the first write on. */
	kind = file ? code_kind(task, file, (prot & PROT_WRITE) || vma->anon_vma) : memory_kind(task);
	if (kind >= KIND_COUNT || !armed())
		return 0;
	deny = verdict(GUARD_exec);
	rec = refusal_begin(kind + AS_MPROTECT, OBJECT_FILE, deny, file ? key_of_file(file) : key_of_number(0));
	if (rec) {
		record_anonymous(rec);
		if (file) {
			/* bpf_d_path can't be called from here. */
			rec->object.file.id = file_id_of(compat_plain(struct file, file));
			rec->object.file.path[0] = 0;
			rec->flags |= RECORD_CUT;
		}
		refusal_end(rec);
	}
	return answer_link(deny);
}
