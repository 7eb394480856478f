/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * core.bpf.h - maps, constants and the one verdict path, for every guard.
 *
 * A hook asks "does this concern us?" and verdict() once, then calls refusal_begin(), fills in its
 * object, calls refusal_end(), and returns answer_*() of that same verdict.  It comes from the set's
 * rodata and the state alone: no counter and no record can change it.
 */
#ifndef HARDENCTL_CORE_BPF_H
#define HARDENCTL_CORE_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>

#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "abi.h"

#define EPERM		1
#define SB_KERNMOUNT	(1 << 22)	/* include/linux/fs.h: of a mount that the kernel has for itself, as that of memfds; mount(2) does not take it */
#define NS_PER_S	1000000000ull

extern const volatile struct config config;

#include "compat.bpf.h"

/* ---- Maps: the first seven outlive a reload, the others belong to one set ---- */

struct map_state {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct state);
};

struct map_names {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STATE_FILES);
	__type(key, __u32);
	__type(value, struct file_name);
};

struct map_log {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RECORDS_DEFAULT + KIND_MAX);	/* the ring, and a place for the first of each kind */
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct record);
};

struct map_counters {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct counters);
};

struct map_programs {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROGRAMS_MAX);
	__type(key, struct file_id);
	__type(value, struct program);
};

struct map_tasks {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_program);
};

/* What is known of sockets; nothing where that could not be noted. */
struct map_sockets {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct socket_tag);
};

/*
 * What was refused before, so that a flood of one refusal leaves the log to others.  What has its row evicted is a first again,
 * and no verdict asks for any of it.
 */
struct map_repeats {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, REPEATS_MAX);
	__type(key, struct repeat_key);
	__type(value, struct repeat);
};

/* How often this very set refused (or would have), by kind: what a canary moves. */
struct map_proof {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, KIND_MAX);
	__type(key, __u32);
	__type(value, __u64);
};

struct map_identities {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct file_id);
	__type(value, struct identity);
};

struct map_tracers {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct tracing);
	__type(value, __u32);		/* mask of enum access */
};

/* The files of /proc/PID that show or write its memory, by their operations: alike for every process. */
struct map_readers {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u64);
	__type(value, __u32);		/* mask of enum reader_mask */
};

struct map_edges {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct edge);
	__type(value, struct edge_parents);
};

struct map_scripts {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct argument);
	__type(value, struct script);
};

struct map_execs {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct exec_state);
};

struct map_verity {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct verity);
	__type(value, __u64);		/* mask of enum kind_id under which it is not refused */
};

/* modules.allow: names of modules, and what has the kernel ask for them. */
struct map_modules {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct module_name);
	__type(value, __u32);		/* mask of enum module_use */
};

/* What may be mounted after the seal: every type of file system that we know has rows. */
struct map_mounts {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct mount_type);
	__type(value, struct mount_rule);
};

struct map_sysctls {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct sysctl_key);
	__type(value, __u32);		/* enum sysctl_verdict */
};

struct map_devices {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u64);		/* DISK_KEY, DEVICE_ANY_MINOR, DEVICE_ANY */
	__type(value, __u32);		/* mask of enum device_access, and of DEVICE_BY() */
};

struct map_device_users {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct device_user);
	__type(value, __u32);		/* mask of enum device_access */
};

struct map_sock_kinds {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct socket_kind);
	__type(value, __u32);		/* mask of enum socket_who */
};

/* What may still be changed after the seal: by everybody (all 0), or by one program besides. */
struct map_netlink {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct file_id);
	__type(value, __u32);		/* mask of enum reroute */
};

struct map_unix {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct deputy);
	__type(value, __u32);
};

struct map_vsock {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct vsock_key);
	__type(value, __u32);
};

/*
 * What data.protect names.  User space can't write to it; hooks add what gets a name on the other side of a boundary.
 * Preallocated, so that no want of memory loses a row.
 */
struct map_protected {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct file_id);
	__type(value, struct protected);
};

/* By inode, as long as that lives: what is in memory only has it while it has a name or is open. */
struct map_shm {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct shm_tag);
};

/* By the address that the kernel has a segment at. */
struct map_segments {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct shm_tag);
};

/*
 * By the address that the kernel has a key at.  It tells no LSM program when it frees one, so a row stays until another key
 * comes to lie there, or there is no more room.
 */
struct map_keys {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct key_tag);
};

/* For records and canaries. */
struct map_protected_names {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct protected_name);
};

struct map_heads {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct head);
	__type(value, __u32);		/* enum kind_id */
};

/*
 * exec.introduced: the files that may be run.  Nobody but exec__snapshot puts any in; what changes them takes them
 * out.  Its memory comes as files do: 131072 of them would be 8 MiB.
 */
struct map_runnable {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct file_id);
	__type(value, __u32);		/* enum runnable_sort */
};

/* What their file systems lie on. */
struct map_disks {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);		/* DISK_KEY */
	__type(value, __u32);		/* enum disk */
};

/* The file systems that programs we know are on, by the number of their device, for as long as they are there. */
struct map_filesystems {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FILESYSTEMS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
};

/* Our own programs, links and maps, by id: nobody gets a descriptor of them after the seal. */
struct map_own {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, OWN_MAX);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct own);
	__type(value, __u32);
};

/* What the seal keeps from being changed, by inode. */
struct map_guarded {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GUARDED_MAX);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct file_id);
	__type(value, struct guarded);
};

struct map_mount {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct pin_mount);
};

extern struct map_state hctl_state SEC(".maps");
extern struct map_names hctl_names SEC(".maps");
extern struct map_own hctl_own SEC(".maps");
extern struct map_guarded hctl_guarded SEC(".maps");
extern struct map_mount hctl_mount SEC(".maps");
extern struct map_log hctl_log SEC(".maps");
extern struct map_counters hctl_counters SEC(".maps");
extern struct map_programs hctl_programs SEC(".maps");
extern struct map_tasks hctl_tasks SEC(".maps");
extern struct map_sockets hctl_sockets SEC(".maps");
extern struct map_repeats hctl_repeats SEC(".maps");
extern struct map_proof hctl_proof SEC(".maps");
extern struct map_identities hctl_identities SEC(".maps");
extern struct map_tracers hctl_tracers SEC(".maps");
extern struct map_readers hctl_readers SEC(".maps");
extern struct map_heads hctl_heads SEC(".maps");
extern struct map_runnable hctl_runnable SEC(".maps");
extern struct map_disks hctl_disks SEC(".maps");
extern struct map_filesystems hctl_filesystems SEC(".maps");
extern struct map_edges hctl_edges SEC(".maps");
extern struct map_scripts hctl_scripts SEC(".maps");
extern struct map_execs hctl_execs SEC(".maps");
extern struct map_verity hctl_verity SEC(".maps");
extern struct map_modules hctl_modules SEC(".maps");
extern struct map_mounts hctl_mounts SEC(".maps");
extern struct map_sysctls hctl_sysctls SEC(".maps");
extern struct map_devices hctl_devices SEC(".maps");
extern struct map_device_users hctl_dev_users SEC(".maps");
extern struct map_sock_kinds hctl_sock_kinds SEC(".maps");
extern struct map_netlink hctl_netlink SEC(".maps");
extern struct map_unix hctl_unix SEC(".maps");
extern struct map_vsock hctl_vsock SEC(".maps");
extern struct map_protected hctl_protected SEC(".maps");
extern struct map_protected_names hctl_prot_names SEC(".maps");
extern struct map_shm hctl_shm SEC(".maps");
extern struct map_segments hctl_segments SEC(".maps");
extern struct map_keys hctl_keys SEC(".maps");

/* ---- Identity ---- */

static __always_inline struct file_id inode_id_of(struct inode *inode)
{
	struct file_id id = {};
	struct super_block *sb;

	if (!inode)
		return id;
	sb = inode->i_sb;
	if (!sb)
		return id;
	id.ino = inode->i_ino;
	id.dev = sb->s_dev;
	id.gen = inode->i_generation;
	return id;
}

static __always_inline bool is_same(const struct file_id *a, const struct file_id *b)
{
	return a->ino == b->ino && a->dev == b->dev && a->gen == b->gen;
}

static __always_inline struct file_id file_id_of(struct file *file)
{
	return inode_id_of(file->f_inode);
}

/*
 * Whether what the policy says of a file is no longer true of it.  Once its file system is gone nothing may be allowed:
 * another one may have the device's number and, if it was made for that, the inode's number and generation.
 */
static __always_inline bool is_stale(const struct identity *identity, const struct file_id *id)
{
	__u32 dev = id->dev;

	return (identity->flags || identity->parent || identity->line) && !bpf_map_lookup_elem(&hctl_filesystems, &dev);
}

/*
 * The program that a task started, as the kernel saw it at exec.  None where it isn't known, which must
 * never allow anything.
 */
static __always_inline struct task_program *task_program_of(struct task_struct *task)
{
	struct task_program *program = bpf_task_storage_get(&hctl_tasks, task, NULL, 0);

	return program && program->exec == task->self_exec_id ? program : NULL;
}

static __always_inline bool program_of(struct task_struct *task, struct file_id *ret_id)
{
	struct task_program *program = task_program_of(task);

	if (!program)
		return false;
	*ret_id = program->id;
	return true;
}

/*
 * Whether the program that refuses `kind` may ask for a task's program: those of the network's hooks and of
 * sysctl may not up to 6.15.
 */
static __always_inline bool knows_tasks(__u32 kind)
{
	return !((kind >= KIND_egress_connect4_unlisted && kind <= KIND_egress_sock_create_socket_type) ||
		 kind == KIND_ingress_bind4_unlisted || kind == KIND_ingress_bind6_unlisted ||
		 kind == KIND_exec_dev_raw_device || kind == KIND_seal_sysctl_ftrace_enabled ||
		 kind == KIND_seal_sysctl_canary_lost || kind == KIND_ptrace_sysctl_core_pattern ||
		 kind == KIND_kernel_sysctl_sysctl || kind == KIND_kernel_sysctl_dangerous_sysctl ||
		 kind == KIND_kernel_dev_device);
}

/*
 * For records only: root can forge exe_file by PR_SET_MM_EXE_FILE, so no verdict may rest on it.
 * All zero for a kernel thread.
 */
static __always_inline struct file_id exe_id_of(struct task_struct *task)
{
	struct file_id none = {};
	struct mm_struct *mm = task->mm;
	struct file *file;

	if (!mm)
		return none;
	file = mm->exe_file;
	if (!file)
		return none;
	return file_id_of(file);
}

/* ---- The verdict path ---- */

/* Keeps the compiler from moving stores to a record over the one that publishes it. */
#define barrier()	asm volatile("" ::: "memory")

static __always_inline struct state *state_of(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&hctl_state, &zero);
}

/* An array of one element has it; if it could be missing, that would not disarm us. */
static __always_inline bool armed(void)
{
	struct state *s = state_of();

	return !s || (config.set <= s->armed && config.set > s->retired);
}

/*
 * Whether the machine is sealed, be it provisionally.  Who comes here after the deadline takes the
 * arming back before anything is let through, so that the sealer can no longer commit it.
 */
static __always_inline bool sealed(void)
{
	struct state *s = state_of();
	__u64 until;

	if (!s)
		return true;
	until = s->sealed_until;
	if (until == SEALED_NEVER || until == SEALED_FOREVER)
		return until;
	if (bpf_ktime_get_boot_ns() < until)
		return true;
	return __sync_val_compare_and_swap(&s->sealed_until, until, SEALED_NEVER) == SEALED_FOREVER;
}

/* The sealer runs programs of ours, mounts what it looks into and makes nodes of disks until it has committed; after that nobody does. */
static __always_inline bool sealer_runs(void)
{
	struct state *s = state_of();

	return s && s->sealed_until != SEALED_FOREVER &&
	       s->sealer == bpf_get_current_pid_tgid() >> 32;
}

/* True: refuse; false: only record. */
static __always_inline bool verdict(__u32 guard)
{
	if (config.mode[guard] != MODE_ENFORCE)
		return false;
	return config.before_seal[guard] == MODE_ENFORCE || sealed();
}

/*
 * Whether what a guard refuses from the seal on is judged already.  Where the guard only records until then, it records
 * what it is going to refuse.
 */
static __always_inline bool judged_from_seal(__u32 guard)
{
	return config.mode[guard] != MODE_ENFORCE || config.before_seal[guard] != MODE_ENFORCE || sealed();
}

static __always_inline void count(struct counters *c, __u32 kind, bool denied, bool canary)
{
	if (kind >= KIND_MAX)
		return;
	if (canary)
		__sync_fetch_and_add(&c->kind[kind].canary, 1);
	else if (denied)
		__sync_fetch_and_add(&c->kind[kind].denied, 1);
	else
		__sync_fetch_and_add(&c->kind[kind].would_deny, 1);
}

/* Once it has started, the program that a task was is no longer its own. */
static __always_inline bool is_started(__u32 kind)
{
	return kind == KIND_exec_bprm_committed_creds_script ||
	       kind == KIND_exec_bprm_committed_creds_script_environment;
}

/* Who did what is refused. */
static __always_inline struct file_id subject_of(struct task_struct *task, __u32 kind)
{
	struct exec_state *state;
	struct file_id exe;

	if (is_started(kind)) {
		state = bpf_task_storage_get(&hctl_execs, task, NULL, 0);
		if (state)
			return state->exe;
	}
	if (!knows_tasks(kind) || !program_of(task, &exe))
		exe = exe_id_of(compat_plain(struct task_struct, task));
	return exe;
}

/* What a refusal is counted as, besides its kind. */
struct subject {
	struct file_id exe;
	bool canary;
};

/*
 * Notes that this set refused (or would have) something of `kind`.  NULL where it must not count that for the log (a newer one does),
 * or record it: the refusal stands all the same.
 */
static __always_inline struct counters *counters_of(__u32 kind)
{
	__u32 zero = 0, key = kind;
	struct state *s;
	__u64 *moved;

	/* Not &kind: once its address is taken the verifier no longer knows its value. */
	moved = bpf_map_lookup_elem(&hctl_proof, &key);
	if (moved)
		__sync_fetch_and_add(moved, 1);
	s = state_of();
	if (s && s->armed != config.set)
		return NULL;
	return bpf_map_lookup_elem(&hctl_counters, &zero);
}

/* Counts a refusal of `kind`.  NULL as counters_of(). */
static __always_inline struct counters *refusal_count(__u32 kind, bool denied, struct subject *ret_subject)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct counters *c = counters_of(kind);
	struct identity *self;
	struct file_id exe;

	if (!c)
		return NULL;
	exe = subject_of(task, kind);
	self = bpf_map_lookup_elem(&hctl_identities, &exe);
	ret_subject->exe = exe;
	/* What hardenctl reports of itself is no canary. */
	ret_subject->canary = self && (self->flags & IDENTITY_SELF) && kind != KIND_seal_state_findings &&
			      kind != KIND_seal_state_policy && kind != KIND_seal_sysctl_canary_lost;
	count(c, kind, denied, ret_subject->canary);
	return c;
}

/* ---- What it is about, for what repeats it ---- */

static __always_inline struct object_key key_of_number(__u64 number)
{
	return (struct object_key){ { number } };
}

static __always_inline struct object_key key_of_id(struct file_id id)
{
	return (struct object_key){ { id.ino, (__u64)id.gen << 32 | id.dev } };
}

static __always_inline struct object_key key_of_file(struct file *file)
{
	return key_of_id(file_id_of(compat_plain(struct file, file)));
}

/* Of text with zeros up to its end, `size` a multiple of 8. */
static __always_inline struct object_key key_of_text(const void *text, int size)
{
	const __u64 *word = text;
	struct head head = {};

#pragma unroll
	for (int i = 0; i < size / 8; i++)
		head_add(&head, word[i]);
	return (struct object_key){ { head.mix[0], head.mix[1] } };
}

/* `addr` as struct object_net has it. */
static __always_inline struct object_key key_of_address(const void *addr, __u16 family, __u16 port, __u16 proto, __u16 type)
{
	const __u32 *word = addr;

	return (struct object_key){ {
		(__u64)word[1] << 32 | word[0], (__u64)word[3] << 32 | word[2],
		(__u64)family << 48 | (__u64)port << 32 | (__u64)proto << 16 | type,
	} };
}

/* One that could not be remembered is a record of its own, each time. */
static __always_inline void note_repeat(struct counters *c, const struct repeat_key *key, __u64 seq, __u64 now)
{
	struct repeat repeat = { .first = seq, .count = 1, .recorded_ns = now };

	if (bpf_map_update_elem(&hctl_repeats, key, &repeat, BPF_NOEXIST))
		return;
	if (__sync_fetch_and_add(&c->repeats, 1) >= REPEATS_MAX)
		__sync_fetch_and_add(&c->lost[LOST_REPEAT_TABLE], 1);
}

/*
 * The first ones are records each; then those that make the count a power of two, and the first one after a second: of all
 * that come to it at once, one.  Another processor may have recorded since `now` was read.
 */
static __always_inline bool is_recorded(struct repeat *repeat, __u64 count, __u64 now)
{
	__u64 last = repeat->recorded_ns;

	if (count <= REPEATS_APART || !(count & (count - 1))) {
		repeat->recorded_ns = now;
		return true;
	}
	return (__s64)(now - last) >= (__s64)NS_PER_S && __sync_val_compare_and_swap(&repeat->recorded_ns, last, now) == last;
}

/* Where record `seq` goes: the first one of its kind to a place where nothing overwrites it. */
static __always_inline __u32 slot_of(struct counters *c, __u32 kind, __u8 flags, __u64 seq)
{
	if (kind < KIND_MAX && !(flags & RECORD_CANARY) && !c->kind[kind].first &&
	    !__sync_val_compare_and_swap(&c->kind[kind].first, 0, seq))
		return config.records + kind;
	return (seq - 1) % config.records;
}

/* Takes the next record of the log, filled in but for who did what.  NULL: it stands in an earlier one already. */
static __always_inline struct record *take_record(struct counters *c, __u32 kind, __u8 object_type, __u8 flags,
						  const struct file_id *exe, const struct object_key *object)
{
	struct repeat_key key = { .exe = *exe, .object = *object, .kind = kind, .flags = flags };
	struct repeat *repeat = bpf_map_lookup_elem(&hctl_repeats, &key);
	__u64 now = bpf_ktime_get_boot_ns(), count = 1, seq;
	struct record *rec;
	__u32 slot;

	if (repeat) {
		count = __sync_fetch_and_add(&repeat->count, 1) + 1;
		if (!is_recorded(repeat, count, now))
			return NULL;
	}
	seq = __sync_fetch_and_add(&c->head, 1) + 1;
	if (!repeat)
		note_repeat(c, &key, seq, now);
	slot = slot_of(c, kind, flags, seq);
	rec = bpf_map_lookup_elem(&hctl_log, &slot);
	if (!rec)
		return NULL;
	rec->seq = ~seq;
	barrier();
	rec->first = repeat ? repeat->first : seq;
	rec->count = count;
	rec->boot_ns = now;
	rec->exe = *exe;
	rec->rule.line = config.rule[kind].line;
	rec->rule.file = config.rule[kind].file;
	rec->set = config.set;
	rec->kind = kind;
	rec->flags = flags;
	rec->object_type = object_type;
	return rec;
}

static __always_inline void read_namespaces(__u32 ret_ns[NS_COUNT], struct task_struct *task)
{
	const struct cred *cred = task->cred;
	struct nsproxy *nsproxy = task->nsproxy;
	struct user_namespace *user = cred ? cred->user_ns : NULL;

	/* A task that ends has none any more. */
	ret_ns[NS_MNT] = nsproxy && nsproxy->mnt_ns ? nsproxy->mnt_ns->ns.inum : 0;
	ret_ns[NS_NET] = nsproxy && nsproxy->net_ns ? nsproxy->net_ns->ns.inum : 0;
	ret_ns[NS_PID] = nsproxy && nsproxy->pid_ns_for_children ? nsproxy->pid_ns_for_children->ns.inum : 0;
	ret_ns[NS_USER] = user ? user->ns.inum : 0;
}

static __always_inline void record_parent(struct record *rec, struct task_struct *task)
{
	struct task_struct *parent = task->real_parent;

	rec->ppid = 0;
	rec->parent_exe = (struct file_id){};
	__builtin_memset(rec->parent_comm, 0, sizeof(rec->parent_comm));
	if (!parent)
		return;
	rec->ppid = parent->tgid;
	rec->parent_exe = exe_id_of(parent);
	__builtin_memcpy(rec->parent_comm, parent->comm, sizeof(rec->parent_comm));
}

/*
 * Counts a refusal of `kind` and takes the next record of the log, filled in but for its object.  NULL where this set must not
 * record, or an earlier record counts it: the refusal stands all the same.
 */
static __always_inline struct record *refusal_begin(__u32 kind, __u8 object_type, bool denied, struct object_key object)
{
	__u64 ids = bpf_get_current_pid_tgid();
	struct task_struct *task;
	struct subject subject;
	struct counters *c;
	struct record *rec;

	c = refusal_count(kind, denied, &subject);
	if (!c)
		return NULL;
	rec = take_record(c, kind, object_type, (denied ? RECORD_DENIED : 0) | (subject.canary ? RECORD_CANARY : 0),
			  &subject.exe, &object);
	if (!rec)
		return NULL;
	task = compat_plain(struct task_struct, bpf_get_current_task_btf());
	rec->cgroup = bpf_get_current_cgroup_id();
	rec->pid = ids;
	rec->tgid = ids >> 32;
	rec->uid = bpf_get_current_uid_gid();
	rec->login = bpf_core_field_exists(task->loginuid) ? task->loginuid.val : ~0u;
	bpf_get_current_comm(rec->comm, sizeof(rec->comm));
	record_parent(rec, task);
	read_namespaces(rec->ns, task);
	return rec;
}

static __always_inline void refusal_end(struct record *rec)
{
	barrier();
	rec->seq = ~rec->seq;
}

/*
 * The same for a packet, by whose hook no task can be told: the subject is the program that made the socket, where that is known.
 * A macro, as only such programs may call its helpers.
 */
#define packet_begin(kind, object_type, denied, skb, sk, object)				\
	({											\
		struct socket_tag *__tag = bpf_sk_storage_get(&hctl_sockets, sk, NULL, 0);	\
		struct file_id __maker = __tag ? __tag->program : (struct file_id){};		\
		struct object_key __object = (object);						\
		struct counters *__c = counters_of(kind);					\
		struct record *__rec = NULL;							\
												\
		if (__c) {									\
			count(__c, kind, denied, false);					\
			__rec = take_record(__c, kind, object_type, (denied) ? RECORD_DENIED : 0, &__maker, &__object); \
		}										\
		if (__rec) {									\
			__rec->cgroup = bpf_skb_cgroup_id(skb);					\
			__rec->parent_exe = (struct file_id){};					\
			__rec->pid = __rec->tgid = __rec->ppid = 0;				\
			__rec->uid = bpf_get_socket_uid(skb);					\
			__rec->login = ~0u;							\
			__builtin_memset(__rec->ns, 0, sizeof(__rec->ns));			\
			__builtin_memset(__rec->comm, 0, sizeof(__rec->comm));			\
			__builtin_memset(__rec->parent_comm, 0, sizeof(__rec->parent_comm));	\
		}										\
		__rec;										\
	})

/* For a hook from which bpf_d_path may be called. */
static __always_inline void record_file(struct record *rec, struct file *file)
{
	rec->object.file.id = file_id_of(compat_plain(struct file, file));
	rec->object.file.path[0] = 0;
	if (bpf_d_path(&file->f_path, rec->object.file.path,
		       sizeof(rec->object.file.path)) < 0)
		rec->flags |= RECORD_CUT;
}

static __always_inline void record_program(struct record *rec, struct file *file)
{
	rec->object.exec.id = file_id_of(compat_plain(struct file, file));
	rec->object.exec.path[0] = 0;
	if (bpf_d_path(&file->f_path, rec->object.exec.path, sizeof(rec->object.exec.path)) < 0)
		rec->flags |= RECORD_CUT;
}

/* A constant text.  In a section of its own choice clang merges strings, and libbpf then finds their BTF wrong. */
#define TEXT(name)	static const char name[] __attribute__((section(".rodata")))

/* An object in words; `what` and `detail` are arrays that begin with them. */
#define record_text(rec, what_text, detail_text)						\
	do {										\
		__builtin_memset(&(rec)->object.text, 0, sizeof((rec)->object.text));	\
		__builtin_memcpy((rec)->object.text.what, (what_text), sizeof(what_text));	\
		__builtin_memcpy((rec)->object.text.detail, (detail_text), sizeof(detail_text)); \
	} while (0)

/* cgroup programs (lsm_cgroup too): 1 allows, 0 refuses with EPERM. */
static __always_inline int answer_cgroup(bool deny)
{
	if (deny)
		return 0;
	return 1;
}

/*
 * LSM links: 0 allows.  The empty asm stops clang 14 from computing the answer as a negation,
 * whose range 6.12's verifier does not follow ("R0 has unknown scalar value").
 */
static __always_inline int answer_link(bool deny)
{
	int err = -EPERM;

	asm volatile("" : "+r"(err));
	if (deny)
		return err;
	return 0;
}

/* All of it, for a link from whose hook bpf_d_path may be called, and whose object is a file.  `kind` is a constant. */
static __always_inline int refuse_file(__u32 guard, __u32 kind, struct file *file)
{
	bool deny = verdict(guard);
	struct record *rec;

	rec = refusal_begin(kind, OBJECT_FILE, deny, key_of_file(file));
	if (rec) {
		record_file(rec, file);
		refusal_end(rec);
	}
	return answer_link(deny);
}

/* The same where the object is a word, for a hook of any sort: whether it is refused.  `kind` is a constant, too. */
#define refuse_text(guard, kind, what_text)							\
	({											\
		bool __deny = verdict(guard);							\
		struct record *__rec = refusal_begin(kind, OBJECT_TEXT, __deny, key_of_number(0));	\
												\
		if (__rec) {									\
			record_text(__rec, what_text, "");					\
			refusal_end(__rec);							\
		}										\
		__deny;										\
	})

#endif
