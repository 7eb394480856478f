/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * edges.bpf.h - what may start although a class refuses it: from a certain parent, for a certain script.
 *
 * An interpreter opens its script by a path, later.  So an entry for a script holds only where that path must lead to
 * the script that was judged: the task has the first process's mount namespace and root directory, the latter for
 * itself alone, and after the seal nobody changes the script or what its path leads through (seal_files.bpf.c,
 * seal_mount.bpf.c).
 */
#ifndef HARDENCTL_EDGES_BPF_H
#define HARDENCTL_EDGES_BPF_H

#include "args.bpf.h"
#include "core.bpf.h"

#define LSM_UNSAFE_SHARE	1	/* include/linux/security.h: another process shares the root directory */
#define LSM_UNSAFE_PTRACE	2
#define SIGKILL			9
#define STRINGS_MAX		2048	/* pieces of arguments and environment that are looked at */

/* Who starts something, as the masks of edges name it. */
struct starter {
	__u64 parent, line;
};

/* Nobody, which no edge names, where the task's program is unknown or where the kernel starts it. */
static __always_inline struct starter starter_of(struct task_struct *task)
{
	struct task_program *program = task_program_of(task);
	struct starter starter = {};
	struct identity *identity;
	struct file_id id;

	if (!program)
		return starter;
	id = program->id;
	starter.line = program->line;
	identity = bpf_map_lookup_elem(&hctl_identities, &id);
	if (identity && !is_stale(identity, &id))
		starter.parent = identity->parent;
	return starter;
}

static __always_inline bool holds(const struct edge *edge, const struct starter *starter, __u32 kind)
{
	struct edge_parents *parents = bpf_map_lookup_elem(&hctl_edges, edge);
	__u32 program = edge->program.dev, script = edge->script.dev;

	/* What is on a file system that is gone is not what the policy named. */
	if (!parents || !bpf_map_lookup_elem(&hctl_filesystems, &program) ||
	    (edge->script.ino && !bpf_map_lookup_elem(&hctl_filesystems, &script)))
		return false;
	if (parents->any & (1ull << (kind & 63)))
		return true;
	if (sealed())
		return (starter->parent & parents->child_sealed) || (starter->line & parents->line_sealed);
	return (starter->parent & parents->child) || (starter->line & parents->line);
}

static __always_inline bool is_excepted(struct linux_binprm *bprm, __u32 kind)
{
	struct edge edge = {
		.program = file_id_of(bprm->file),
		.unlinked = !bprm->file->f_inode->i_nlink,
	};
	struct starter starter;

	if (!bpf_map_lookup_elem(&hctl_edges, &edge))
		return false;
	starter = starter_of(bpf_get_current_task_btf());
	return holds(&edge, &starter, kind);
}

/* ---- Scripts ---- */

/*
 * Notes what the first round of an exec starts, which is the script where there is a second one.  Always anew, so that
 * an exec that failed leaves nothing behind.  NULL: no memory, and what needs it is refused.
 */
static __always_inline struct exec_state *begin_round(struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct exec_state *state;

	if ((__u64)bprm->interp != (__u64)bprm->filename) {
		state = bpf_task_storage_get(&hctl_execs, task, NULL, 0);
		if (!state)
			return NULL;
		state->rounds++;
		return state;
	}
	state = bpf_task_storage_get(&hctl_execs, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!state)
		return NULL;
	state->script = file_id_of(bprm->file);
	state->argc = bprm->argc;
	state->rounds = 1;
	state->judge = 0;
	return state;
}

/* Whether a path means to the task what it means to the first process. */
static __always_inline bool sees_first_root(struct task_struct *task)
{
	struct nsproxy *nsproxy = task->nsproxy;
	struct fs_struct *fs = task->fs;
	struct pin_mount *first;
	__u32 zero = 0;

	first = bpf_map_lookup_elem(&hctl_mount, &zero);
	if (!first || !first->root_mount || !nsproxy || !fs)
		return false;
	return (__u64)nsproxy->mnt_ns == first->namespace && (__u64)fs->root.mnt == first->root_mount &&
	       (__u64)fs->root.dentry == first->root_dentry;
}

/*
 * Whether this may start for a script: for the one whose #! line named it, or, started as it is, for some script that
 * its arguments will have to name.  The first process can't be killed for other arguments.
 */
static __always_inline bool is_scripted(struct linux_binprm *bprm, __u32 kind, struct exec_state *state)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct edge edge = { .program = file_id_of(bprm->file) };
	struct starter starter;

	if (!bprm->file->f_inode->i_nlink || state->rounds > 2 || task->tgid == 1 ||
	    (bprm->unsafe & (LSM_UNSAFE_SHARE | LSM_UNSAFE_PTRACE)) || !sees_first_root(task))
		return false;
	if (state->rounds == 2)
		edge.script = state->script;
	else
		edge.script.dev = SCRIPT_ANY;
	starter = starter_of(task);
	if (!holds(&edge, &starter, kind))
		return false;
	state->exe = subject_of(task, kind);
	state->parent = starter.parent;
	state->line = starter.line;
	state->kind = kind;
	state->judge = 1;
	/* LD_PRELOAD and its like would be other code. */
	bpf_bprm_opts_set(bprm, BPF_F_BPRM_SECUREEXEC);
	return true;
}

/* What makes an interpreter do other things before or instead of the script: how names of variables begin. */
struct steering {
	char name[16];
	__u64 len;
};
#define STEERING(name)	{ name, sizeof(name) - 1 }
static const struct steering steering[] __attribute__((section(".rodata"))) = {
	STEERING("PYTHON"), STEERING("PERL5"), STEERING("PERLLIB"), STEERING("PERL_"), STEERING("RUBY"), STEERING("GEM_"),
	STEERING("BUNDLE_"), STEERING("NODE_"), STEERING("LUA_"), STEERING("PHP"), STEERING("BASH_ENV"), STEERING("ENV="),
	STEERING("BASH_FUNC_"), STEERING("SHELLOPTS"), STEERING("BASHOPTS"), STEERING("ZDOTDIR"), STEERING("FPATH"),
	STEERING("AWK"), STEERING("GCONV_PATH"), STEERING("TCL"), STEERING("JAVA_TOOL_OPT"), STEERING("JDK_JAVA_OPT"),
	STEERING("_JAVA_OPTIONS"), STEERING("CLASSPATH"), STEERING("GUILE_"), STEERING("R_"), STEERING("JULIA_"),
	STEERING("ERL_"), STEERING("OCAML"), STEERING("EMACS"), STEERING("VIM"), STEERING("MAKE"), STEERING("GDB"),
};
#define N_STEERING	(sizeof(steering) / sizeof(steering[0]))

static __always_inline __u64 mask_of(__u64 len)
{
	return len >= 8 ? ~0ull : (1ull << (8 * len)) - 1;
}

/* No name has a NUL in it, so that it does not matter what lies behind a shorter text. */
static __always_inline bool steers(const char *text)
{
	__u64 low = *(const __u64 *)text, high = *(const __u64 *)(text + 8);

	for (__u32 i = 0; i < N_STEERING; i++) {
		const __u64 *name = (const __u64 *)steering[i].name;
		__u64 len = steering[i].len & 15;

		if (!((low ^ name[0]) & mask_of(len)) && (len <= 8 || !((high ^ name[1]) & mask_of(len - 8))))
			return true;
	}
	return false;
}

struct strings {
	__u64 at;		/* the next one's address, or that of its rest */
	__u32 args, variables;	/* that are left */
	__u32 rest;		/* `at` is within one */
	__u32 kind;		/* what was found; KIND_COUNT: nothing */
};

/* No other helper for text may be called here, or user/user_text.c would take it for this one. */
static long look_at_string(__u32 i, struct strings *strings)
{
	struct exec_state *state;
	long len;

	if (!strings->args && !strings->variables)
		return 1;
	state = bpf_task_storage_get(&hctl_execs, bpf_get_current_task_btf(), NULL, 0);
	len = state ? bpf_probe_read_user_str(&state->text, sizeof(state->text), (void *)strings->at) : -1;
	if (!state || len <= 0) {
		strings->kind = KIND_exec_bprm_committed_creds_script;
		return 1;
	}
	if (!strings->args && !strings->rest && steers(state->text.text)) {
		strings->kind = KIND_exec_bprm_committed_creds_script_environment;
		return 1;
	}
	/* Perhaps cut, and then a NUL stands for the last byte. */
	strings->rest = len == sizeof(state->text);
	strings->at += strings->rest ? len - 1 : len;
	if (strings->rest)
		return 0;
	if (strings->args)
		strings->args--;
	else
		strings->variables--;
	return 0;
}

/* One argument of the new program; its length with its NUL, or 0. */
static __always_inline __u32 read_argument(struct argument *argument, __u64 at)
{
	long len;

	__builtin_memset(argument, 0, sizeof(*argument));
	len = bpf_probe_read_user_str(argument, sizeof(*argument), (void *)at);
	return len > 0 && len < (long)sizeof(*argument) ? len : 0;
}

static __always_inline bool same(const struct argument *one, const struct argument *other)
{
	const __u64 *a = (const __u64 *)one, *b = (const __u64 *)other;
	__u64 differ = 0;

	for (__u32 i = 0; i < sizeof(*one) / 8; i++)
		differ |= a[i] ^ b[i];
	return !differ;
}

/* Whether that script is the one that this was started for. */
static __always_inline bool may_run(struct linux_binprm *bprm, const struct exec_state *state, const struct script *script)
{
	struct edge edge = { .program = file_id_of(bprm->file), .script = script->id };
	struct starter starter = { .parent = state->parent, .line = state->line };

	if (!same(&state->program, &script->program) || !same(&state->argument, &script->argument))
		return false;
	if (state->rounds == 2)
		return script->id.ino == state->script.ino && script->id.dev == state->script.dev &&
		       script->id.gen == state->script.gen;
	return holds(&edge, &starter, state->kind);
}

/*
 * Whether the arguments begin as the #! line of a script that may run has them: the program by its name, perhaps one
 * argument, the script's path.  Where the kernel has built them they are as many more as before.  On success
 * `ret_strings` is at the script's own arguments.
 */
static __always_inline bool begins_with_script(struct linux_binprm *bprm, struct exec_state *state,
					       struct strings *ret_strings)
{
	__u64 at = bprm->p;
	struct script *script;
	__u32 len, index = 1;

	len = read_argument(&state->program, at);
	if (!len || bprm->argc < 2)
		return false;
	at += len;
	__builtin_memset(&state->argument, 0, sizeof(state->argument));
	len = read_argument(&state->text, at);
	if (!len)
		return false;
	at += len;
	script = bpf_map_lookup_elem(&hctl_scripts, &state->text);
	if (!script) {
		if (bprm->argc < 3)
			return false;
		index = 2;
		state->argument = state->text;
		len = read_argument(&state->text, at);
		if (!len)
			return false;
		at += len;
		script = bpf_map_lookup_elem(&hctl_scripts, &state->text);
	}
	if (!script || (state->rounds == 2 && bprm->argc - state->argc != (int)index) || !may_run(bprm, state, script))
		return false;
	ret_strings->at = at;
	ret_strings->args = bprm->argc - index - 1;
	return true;
}

/* What is wrong with what was started; KIND_COUNT: nothing. */
static __always_inline __u32 judge_started(struct linux_binprm *bprm, struct exec_state *state)
{
	struct strings strings = { .kind = KIND_COUNT };

	state->judge = 0;
	if (!sees_first_root(bpf_get_current_task_btf()) || bprm->envc < 0 || !begins_with_script(bprm, state, &strings))
		return KIND_exec_bprm_committed_creds_script;
	strings.variables = bprm->envc;
	bpf_loop(STRINGS_MAX, look_at_string, &strings, 0);
	if (strings.kind == KIND_COUNT && (strings.args || strings.variables))
		return KIND_exec_bprm_committed_creds_script;
	return strings.kind;
}

static __always_inline void end_started(struct linux_binprm *bprm, __u32 kind)
{
	bool deny = verdict(GUARD_exec);
	struct record *rec = refusal_begin(kind, OBJECT_EXEC, deny, key_of_file(bprm->file));

	if (rec) {
		record_program(rec, bprm->file);
		record_started_args(rec);
		refusal_end(rec);
	}
	if (deny)
		bpf_send_signal(SIGKILL);
}

#endif
