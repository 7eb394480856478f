// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec.bpf.c - refuses the start of programs that a class of the policy names, or that its list leaves out.
 *
 *   bprm_check_security (cgroup root)  runs for each round of an exec, so for the interpreter of a script
 *                                      too
 *   bprm_committed_creds (cgroup root) judges the arguments and the environment of what may start for a certain
 *                                      script only; loaded only if the policy has such entries
 *
 * A program is known by its inode, and its copies by how they begin; where the policy lists digests, also by what
 * fs-verity says that it holds.
 */
#include "args.bpf.h"
#include "core.bpf.h"
#include "edges.bpf.h"
#include "introduced.bpf.h"

/* Among the kinds of this guard, which come first; the verifier must see a limit. */
static __always_inline bool is_class(__u32 kind)
{
	return kind <= KIND_exec_bprm_check_security_introduced;
}
static_assert(!KIND_exec_bprm_check_security_shell, "is_class: the first kind");
static_assert(KIND_exec_bprm_check_security_introduced < 8, "exec__bprm_check_security: the mask");

/*
 * Who may do more than others must be no one else's code: LD_PRELOAD, LD_AUDIT and their like are dropped, as for
 * a program with setuid.  In this hook, which runs for the interpreter of a script, too.
 */
static __always_inline void protect(struct linux_binprm *bprm, const struct identity *identity)
{
	if (identity->flags & (IDENTITY_SELF | IDENTITY_TRACER | IDENTITY_DEVICE | IDENTITY_EGRESS | IDENTITY_SOCKET))
		bpf_bprm_opts_set(bprm, BPF_F_BPRM_SECUREEXEC);
}

/*
 * Whether the policy lists what the file holds.  The digest is that of a tree of hashes by which the kernel checks each
 * page that it reads, and nobody can write to such a file any more.
 */
static __always_inline bool is_verified(struct linux_binprm *bprm, __u32 kind)
{
	struct exec_state *state;
	struct bpf_dynptr digest;
	__u64 *kinds;

	if (!config.verity || !bpf_ksym_exists(bpf_get_fsverity_digest))
		return false;
	/* A dynptr can't be of the stack, and what belongs to a processor another task may overwrite. */
	state = bpf_task_storage_get(&hctl_execs, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!state)
		return false;
	__builtin_memset(&state->verity, 0, sizeof(state->verity));
	if (bpf_dynptr_from_mem(&state->verity, sizeof(state->verity), 0, &digest) ||
	    bpf_get_fsverity_digest(bprm->file, &digest))
		return false;
	kinds = bpf_map_lookup_elem(&hctl_verity, &state->verity);
	return kinds && kind < 64 && (*kinds & (1ull << kind));
}

/* What the program is refused as by its inode, by how it begins, or for not being listed; KIND_COUNT: not at all. */
static __always_inline __u32 kind_of(struct linux_binprm *bprm)
{
	struct file_id id = file_id_of(bprm->file);
	const __u64 *words = (const __u64 *)bprm->buf;
	struct identity *identity;
	struct head head = {};
	__u32 *copied;

	identity = bpf_map_lookup_elem(&hctl_identities, &id);
	if (identity && is_stale(identity, &id))
		identity = NULL;
	if (identity)
		protect(bprm, identity);
	if (identity && identity->kind != KIND_COUNT)
		return identity->kind;
	/* Other programs that the policy names, such as parents and tracers, may be copies of what a class refuses. */
	if (identity && (identity->flags & IDENTITY_RUN))
		return KIND_COUNT;
#pragma unroll
	for (int i = 0; i < HEAD_SIZE / 8; i++)
		head_add(&head, words[i]);
	copied = bpf_map_lookup_elem(&hctl_heads, &head);
	if (copied)
		return *copied;
	return config.allow ? KIND_exec_bprm_check_security_unlisted : KIND_COUNT;
}

/* What the program is refused as; KIND_COUNT: not at all. */
static __always_inline __u32 class_of(struct linux_binprm *bprm)
{
	__u32 kind;

	/* A memfd, O_TMPFILE, or a file that was unlinked: nobody could look at it first. */
	if (config.fileless && !bprm->file->f_inode->i_nlink)
		return KIND_exec_bprm_check_security_fileless;
	if (is_introduced(bprm->file->f_inode))
		return KIND_exec_bprm_check_security_introduced;
	kind = kind_of(bprm);
	/* Last, so that it costs only what would be refused. */
	return is_class(kind) && is_verified(bprm, kind) ? KIND_COUNT : kind;
}

SEC("lsm_cgroup/bprm_check_security")
int BPF_PROG(exec__bprm_check_security, struct linux_binprm *bprm)
{
	struct exec_state *state = config.scripts ? begin_round(bprm) : NULL;
	__u32 kind = class_of(bprm);
	struct record *rec;
	bool deny;

	if (!is_class(kind) || !armed())
		return 1;
	/* An edge is an answer to every class but the loader, as who may start that may start anything, and what is new. */
	if (config.edges && kind != KIND_exec_bprm_check_security_loader &&
	    kind != KIND_exec_bprm_check_security_introduced &&
	    (is_excepted(bprm, kind) || (state && is_scripted(bprm, kind, state)))) {
		/* Unlinked, but once it was a file of the baseline, and nobody has written to it since. */
		if (kind != KIND_exec_bprm_check_security_fileless || !is_introduced(bprm->file->f_inode))
			return 1;
		kind = KIND_exec_bprm_check_security_introduced;
	}
	/* Once more, where 6.1's verifier sees it: it forgets about the copy that is_class() looked at. */
	asm volatile("%0 &= 7" : "+r"(kind));
	deny = verdict(GUARD_exec);
	rec = refusal_begin(kind, OBJECT_EXEC, deny, key_of_file(bprm->file));
	if (rec) {
		record_program(rec, bprm->file);
		record_args(rec);
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}

/*
 * Too late to refuse the exec, but it is done: no other thread and no other process has the new memory.  The signal
 * comes before the first instruction.
 */
SEC("?lsm_cgroup/bprm_committed_creds")
int BPF_PROG(exec__bprm_committed_creds, struct linux_binprm *bprm)
{
	struct exec_state *state = bpf_task_storage_get(&hctl_execs, bpf_get_current_task_btf(), NULL, 0);
	__u32 kind;

	if (!state || !state->judge)
		return 1;
	kind = judge_started(bprm, state);
	/* Apart, as the verifier must know a kind. */
	if (kind == KIND_exec_bprm_committed_creds_script)
		end_started(bprm, KIND_exec_bprm_committed_creds_script);
	else if (kind == KIND_exec_bprm_committed_creds_script_environment)
		end_started(bprm, KIND_exec_bprm_committed_creds_script_environment);
	return 1;
}
