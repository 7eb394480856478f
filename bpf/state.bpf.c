// SPDX-License-Identifier: GPL-2.0-only
/*
 * state.bpf.c - the state machine: loaded, provisionally sealed, sealed.
 *
 *   state__change (syscall)        every write to the state; the map itself is frozen for user space
 *                                  from the first load on.  After the commit it refuses everything.
 *   state__sealer_exit (tp_btf)    takes provisional arming back when its task dies; the sealer holds
 *                                  the only reference, and the event comes before its descriptors close
 */
#include "core.bpf.h"

TEXT(sealing) = "seal";
TEXT(loading) = "load";

#define EBUSY	16
#define EINVAL	22
#define ETIME	62

static __always_inline int arm(struct state *s, __u64 set)
{
	if (s->sealed_until != SEALED_NEVER)
		return -EBUSY;
	s->armed = set;
	return 0;
}

/* Never the set that is armed, and never less than before. */
static __always_inline int retire(struct state *s, __u64 set)
{
	if (s->sealed_until != SEALED_NEVER)
		return -EBUSY;
	if (set >= s->armed || set < s->retired)
		return -EINVAL;
	s->retired = set;
	return 0;
}

static __always_inline int name(const struct state_change *change)
{
	__u32 index = change->index;
	struct file_name *entry;

	entry = bpf_map_lookup_elem(&hctl_names, &index);
	if (!entry || !index)
		return -EINVAL;
	__builtin_memcpy(entry->path, change->name, sizeof(entry->path));
	return 0;
}

/* Never taken back: a process keeps its bit, and a later set must not give that to another program. */
static __always_inline int use_lines(struct state *s, __u64 bits)
{
	__sync_fetch_and_or(&s->lines, bits);
	return 0;
}

static __always_inline int seal_begin(struct state *s)
{
	__u64 until = bpf_ktime_get_boot_ns() + SEAL_DEADLINE_NS;

	/* Of an earlier sealer, which the next hook would take back. */
	sealed();
	if (__sync_val_compare_and_swap(&s->sealed_until, SEALED_NEVER, until) != SEALED_NEVER)
		return -EBUSY;
	/* Only now, or a second one that is turned away would take the first one's place. */
	s->sealer = bpf_get_current_pid_tgid() >> 32;
	return 0;
}

static __always_inline bool is_sealer(const struct state *s)
{
	return s->sealer == bpf_get_current_pid_tgid() >> 32;
}

/* An expiry that any hook saw first makes this fail: what it let through was not scanned. */
static __always_inline int seal_commit(struct state *s)
{
	__u64 until = s->sealed_until;

	if (!is_sealer(s))
		return -EPERM;
	if (until == SEALED_NEVER || bpf_ktime_get_boot_ns() >= until)
		return -ETIME;
	if (__sync_val_compare_and_swap(&s->sealed_until, until, SEALED_FOREVER) != until)
		return -ETIME;
	return 0;
}

static __always_inline int seal_back(struct state *s)
{
	__u64 until = s->sealed_until;

	if (!is_sealer(s))
		return -EPERM;
	/* What was found without being armed tells nothing. */
	if (until == SEALED_NEVER)
		return -ETIME;
	__sync_val_compare_and_swap(&s->sealed_until, until, SEALED_NEVER);
	return 0;
}

/* `kind` is a constant. */
static __always_inline int report(const struct state_change *change, __u32 kind, const char *what, __u32 len)
{
	struct record *rec;

	rec = refusal_begin(kind, OBJECT_TEXT, /* denied= */ true, key_of_number(bpf_ktime_get_boot_ns()));
	if (!rec)
		return 0;
	__builtin_memset(&rec->object.text, 0, sizeof(rec->object.text));
	__builtin_memcpy(rec->object.text.what, what, len);
	__builtin_memcpy(rec->object.text.detail, change->name, sizeof(rec->object.text.detail));
	refusal_end(rec);
	return 0;
}

SEC("syscall")
int state__change(struct state_change *change)
{
	struct state *s = state_of();

	if (!s)
		return -EINVAL;
	/* Forever: who has kept a descriptor of this program gets nothing by it. */
	if (s->sealed_until == SEALED_FOREVER)
		return -EPERM;
	switch (change->op) {
	case STATE_ARM:
		return arm(s, change->set);
	case STATE_RETIRE:
		return retire(s, change->set);
	case STATE_NAME:
		return name(change);
	case STATE_SEAL_BEGIN:
		return seal_begin(s);
	case STATE_SEAL_COMMIT:
		return seal_commit(s);
	case STATE_SEAL_BACK:
		return seal_back(s);
	case STATE_REPORT:
		return report(change, KIND_seal_state_findings, sealing, sizeof(sealing));
	case STATE_REFUSED:
		return report(change, KIND_seal_state_policy, loading, sizeof(loading));
	case STATE_LINES:
		return use_lines(s, change->set);
	}
	return -EINVAL;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(state__sealer_exit, struct task_struct *task)
{
	struct state *s = state_of();
	__u64 until;

	if (!s || (__u32)task->pid != s->sealer)
		return 0;
	until = s->sealed_until;
	if (until != SEALED_NEVER && until != SEALED_FOREVER)
		__sync_val_compare_and_swap(&s->sealed_until, until, SEALED_NEVER);
	return 0;
}
