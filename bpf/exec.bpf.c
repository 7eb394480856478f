// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec.bpf.c - refuses the start of programs that a class of the policy names.
 *
 *   bprm_check_security (cgroup root)  runs for each round of an exec, so for the interpreter of a
 *                                      script too
 */
#include "core.bpf.h"

SEC("lsm_cgroup/bprm_check_security")
int BPF_PROG(exec__bprm_check_security, struct linux_binprm *bprm)
{
	struct file_id id = file_id_of(bprm->file);
	struct identity *class;
	struct record *rec;
	bool deny;

	class = bpf_map_lookup_elem(&hctl_identities, &id);
	if (!class || class->kind != KIND_exec_bprm_check_security_shell || !armed())
		return 1;
	deny = verdict(GUARD_exec);
	rec = refusal_begin(KIND_exec_bprm_check_security_shell, OBJECT_FILE, deny);
	if (rec) {
		record_file(rec, bprm->file);
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}
