// SPDX-License-Identifier: GPL-2.0-only
/*
 * seal.bpf.c - keeps our own enforcement from being switched off.  Knows ids, and no other guard's name.
 *
 *   sysctl (cgroup root)         kernel.ftrace_enabled, always: 0 silently disarms every BPF-LSM program on
 *                                6.1 and 6.12.  The hook itself needs no trampoline.  For the ptrace guard, where
 *                                core dumps go
 *   bpf (cgroup root)            after the seal: no new program, nothing attached, detached or updated, no
 *                                descriptor of our programs and links, our maps for reading only
 *   bpf_prog_load (cgroup root)  loaded only with seal.bpf: which instructions a program may have
 *   bpf_prog (cgroup root)       loaded only with seal.bpf: which maps it may use; only here, after the
 *                                verifier, is it sure which ones those are
 *
 * Legs.  What each hook of the whole house hangs on, and what would fail if bpffs were gone, which root can
 * bring about in ways that no hook sees:
 *
 *   hook                                     leg         without bpffs
 *   exec     bprm_check_security,            root cgroup  holds
 *            bprm_committed_creds
 *   ptrace   ptrace_access_check, _traceme   root cgroup  holds
 *   ptrace   file_open                       link         on 6.14 and newer who has CAP_PERFMON reads other
 *                                                         processes' environ and maps; memory, registers and
 *                                                         descriptors stay out of reach
 *   ptrace   perf_event_alloc,               link         root can sample what others run, with a copy of their
 *            bprm_committed_creds                         registers and stacks
 *   ptrace   file_open, inode_create (cores) link         a process that is made to crash leaves its memory in a file
 *   ptrace   file_ioctl                      link         who holds a seccomp listener from before answers for others
 *   ptrace   sysctl                          root cgroup  holds
 *   modules  kernel_read_file, _load_data    root cgroup  holds
 *   modules  kernel_post_load_data           link         until the seal, images are not judged by their names
 *   modules  kernel_module_request           link         autoload is not recorded; the modprobe that it starts
 *                                                         still meets the two above: P3 holds
 *   kernel   sb_kern_mount                   6.1: root cgroup  holds
 *                                            else: link   holds, as nobody can take the pins there
 *   kernel   fs_context_parse_param          link         what a mount is given reaches a server before it is refused
 *   egress   connect4/6, sendmsg4/6,         root cgroup  holds: P4
 *            sock_create
 *   egress   socket_post_create              link         entries of egress.allow with `by` allow nothing to sockets
 *                                                         that are made from then on
 *   egress   socket_create                   6.1: root cgroup  holds: P4
 *                                            else: link   holds, as nobody can take the pins there
 *   egress   socket_setsockopt               link         a sender can lay down a packet's way through other hosts
 *   egress   netlink_send, file_ioctl,       link         root can change routes, filters and tunnels: destinations are
 *            socket_setsockopt (reroute)                  judged before these translate them
 *   egress   unix_stream_connect,            link         programs reach others that may send for them, as without the
 *            unix_may_send                                key: those still send to listed destinations only
 *   egress   socket_connect, _listen (vsock) link         who may have a vsock socket connects to any CID and port; the
 *                                                         root cgroup has no room on 6.1.  Under
 *                                                         lockdown=confidentiality, where 6.1's pins can be lost,
 *                                                         load refuses such a policy
 *   kernel   locked_down                     root cgroup  holds: P3
 *   kernel   inode_init_security_anon        link         io_uring and userfaultfd can be had again: ways to attack the
 *                                                         kernel, none into it; their operations meet every other hook
 *   kernel   userns_create                   link         user namespaces can be had again: a way to attack the kernel,
 *                                                         none into it
 *   kernel   perf_event_open                 link         as for ptrace's hooks; registers and probes of the kernel stay
 *                                                         out of reach by locked_down
 *   kernel   settime                         link         the clock can be stepped, as by adjtimex(2) anyway; records go
 *                                                         by the time since the boot
 *   kernel   file_open (swap)                link         root can have memory swapped to a disk of this machine
 *   kernel   sysctl, dev                     root cgroup  holds
 *   kernel   file_open (`by` of devices)     link         a device that the policy gives to one program is open to
 *                                                         all with the privilege; others stay shut
 *   kernel   file_open (sysfs and its like), link         who is root configures the kernel by files: parameters of
 *            file_ioctl                                   modules, drivers, helpers.  A helper's program still
 *                                                         meets the exec guard
 *   data     all                             link         root reads what data.protect gives to programs: under
 *                                                         lockdown=confidentiality, where 6.1's pins can be lost,
 *                                                         load refuses such a policy
 *   seal     sysctl, bpf, bpf_prog(_load)    root cgroup  holds: P5
 *   seal     file_open, inode_*              link         our binary, policy and units can be changed on disk,
 *                                                         where the kernel never looks again; the next boot
 *                                                         does, for which there is measured boot.  Scripts
 *                                                         that the policy lists are looked at again, by their
 *                                                         interpreters: under lockdown=confidentiality, where
 *                                                         6.1's pins can be lost, load refuses such a policy
 *   seal     file_receive                    link         a descriptor that was on its way at the seal arrives
 *   seal     sb_umount, sb_mount,            link         have nothing left to protect, but for scripts: as above
 *            move_mount, sb_pivotroot
 *   core     bprm_committed_creds,           link         new programs have no path in records: device and
 *            task_alloc                                   inode only; their tasks' program is unknown, which
 *                                                         allows nothing
 */
#include "core.bpf.h"
#include "compat.bpf.h"
#include "ptrace_core.bpf.h"

#define ENOENT	2

TEXT(ftrace_enabled) = "kernel/ftrace_enabled";

/* What hardenctl itself writes there to have a lost canary recorded, by a hook that needs no trampoline. */
TEXT(lost) = "canary lost: ";

static __always_inline bool is_report(struct bpf_sysctl *ctx, char text[64])
{
	if (bpf_sysctl_get_new_value(ctx, text, 64) < (long)sizeof(lost) - 1)
		return false;
	return !bpf_strncmp(text, sizeof(lost) - 1, lost);
}

SEC("cgroup/sysctl")
int seal__sysctl(struct bpf_sysctl *ctx)
{
	char name[SYSCTL_NAME] = {}, text[64] = {};
	struct record *rec;
	bool deny;

	if (!ctx->write)
		return 1;
	/* A longer name than ours does not fit and gives -E2BIG: another sysctl. */
	if (bpf_sysctl_get_name(ctx, name, sizeof(name), 0) < 0)
		return 1;
	if (judges_copies() && is_core_setting(name))
		return judge_core_setting(name);
	if (bpf_strncmp(name, sizeof(name), ftrace_enabled) || !armed())
		return 1;
	deny = verdict(GUARD_seal);
	if (is_report(ctx, text)) {
		rec = refusal_begin(KIND_seal_sysctl_canary_lost, OBJECT_TEXT, deny, key_of_number(0));
		if (rec) {
			record_text(rec, sysctl, text);
			refusal_end(rec);
		}
		return answer_cgroup(deny);
	}
	rec = refusal_begin(KIND_seal_sysctl_ftrace_enabled, OBJECT_TEXT, deny, key_of_number(0));
	if (rec) {
		record_text(rec, sysctl, ftrace_enabled);
		refusal_end(rec);
	}
	return answer_cgroup(deny);
}

static __always_inline bool own(__u32 type, __u32 id)
{
	struct own key = { .type = type, .id = id };

	return bpf_map_lookup_elem(&hctl_own, &key);
}

/* seal.bpf: the kinds that may still be loaded and attached, where bpf_prog_load can look into them. */
static __always_inline bool may_load(__u32 type)
{
	return ((config.seal_bpf & SEAL_BPF_DEVICE) && type == BPF_PROG_TYPE_CGROUP_DEVICE) ||
	       ((config.seal_bpf & SEAL_BPF_SKB) && type == BPF_PROG_TYPE_CGROUP_SKB);
}

static __always_inline bool may_attach(__u32 type)
{
	return ((config.seal_bpf & SEAL_BPF_DEVICE) && type == BPF_CGROUP_DEVICE) ||
	       ((config.seal_bpf & SEAL_BPF_SKB) &&
		(type == BPF_CGROUP_INET_INGRESS || type == BPF_CGROUP_INET_EGRESS));
}

/*
 * What bpf(2) is asked, as the kernel copied it: the kind of refusal, or KIND_COUNT for what goes on.  The
 * list is of what is harmless, so that a command that we have never heard of is refused.  Commands on a
 * map's descriptor need no judgement: ours are frozen, which holds for descriptors from before, too.
 */
static __always_inline __u32 judge_command(struct object_bpf *object, union bpf_attr *attr)
{
	switch (object->cmd) {
	case BPF_MAP_CREATE:
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_GET_NEXT_KEY:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
	case BPF_MAP_LOOKUP_BATCH:
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
	case BPF_MAP_UPDATE_BATCH:
	case BPF_MAP_DELETE_BATCH:
	case BPF_MAP_FREEZE:
	case BPF_OBJ_PIN:
	case BPF_PROG_GET_NEXT_ID:
	case BPF_MAP_GET_NEXT_ID:
	case BPF_BTF_GET_NEXT_ID:
	case BPF_LINK_GET_NEXT_ID:
	case BPF_BTF_GET_FD_BY_ID:
	case BPF_OBJ_GET_INFO_BY_FD:
	case BPF_PROG_QUERY:
	case BPF_BTF_LOAD:
	case BPF_TASK_FD_QUERY:
	case BPF_ENABLE_STATS:
	case BPF_PROG_BIND_MAP:
		return KIND_COUNT;
	case BPF_PROG_LOAD:
		object->type = attr->prog_type;
		return may_load(object->type) ? KIND_COUNT : KIND_seal_bpf_load;
	case BPF_PROG_ATTACH:
	case BPF_PROG_DETACH:
		/* The same place in both. */
		object->type = attr->attach_type;
		return may_attach(object->type) ? KIND_COUNT : KIND_seal_bpf_attach;
	/*
	 * Whatever its attach type says: the kernel ignores that for a program that replaces another one
	 * (BPF_PROG_TYPE_EXT), which could be one of ours.
	 */
	case BPF_LINK_CREATE:
	case BPF_LINK_UPDATE:
	case BPF_LINK_DETACH:
	case BPF_RAW_TRACEPOINT_OPEN:
		return KIND_seal_bpf_attach;
	case BPF_PROG_TEST_RUN:
	case BPF_ITER_CREATE:
		return sealer_runs() ? KIND_COUNT : KIND_seal_bpf_run;
	case BPF_OBJ_GET:
		/*
		 * A pin's path is user memory, so it can't be judged.  But a link can only be got for
		 * reading and writing, and a map that was got for reading stays so.
		 */
		return attr->file_flags & BPF_F_RDONLY ? KIND_COUNT : KIND_seal_bpf_descriptor;
	case BPF_MAP_GET_FD_BY_ID:
		object->id = attr->map_id;
		return !own(OWN_MAP, object->id) || (attr->open_flags & BPF_F_RDONLY) ?
		       KIND_COUNT : KIND_seal_bpf_descriptor;
	case BPF_PROG_GET_FD_BY_ID:
		object->id = attr->prog_id;
		return own(OWN_PROG, object->id) ? KIND_seal_bpf_descriptor : KIND_COUNT;
	case BPF_LINK_GET_FD_BY_ID:
		object->id = attr->link_id;
		return own(OWN_LINK, object->id) ? KIND_seal_bpf_descriptor : KIND_COUNT;
	}
	return KIND_seal_bpf_command;
}

static __always_inline void record_bpf(__u32 kind, const struct object_bpf *object, bool deny)
{
	struct record *rec = refusal_begin(kind, OBJECT_BPF, deny, (struct object_key){ {
		(__u64)object->cmd << 32 | object->type, object->id, object->insn } });

	if (!rec)
		return;
	rec->object.bpf = *object;
	refusal_end(rec);
}

SEC("lsm_cgroup/bpf")
int BPF_PROG(seal__bpf, int cmd, union bpf_attr *attr)
{
	struct object_bpf object = { .cmd = cmd };
	__u32 kind;
	bool deny;

	if (!armed() || !sealed())
		return 1;
	kind = judge_command(&object, attr);
	if (kind == KIND_COUNT)
		return 1;
	deny = verdict(GUARD_seal);
	record_bpf(kind, &object, deny);
	return answer_cgroup(deny);
}

/* Helpers that neither read kernel memory, nor write any, nor change a verdict (bpf_set_retval). */
static __always_inline bool harmless_helper(__u32 id)
{
	return id == BPF_FUNC_map_lookup_elem || id == BPF_FUNC_ktime_get_ns ||
	       id == BPF_FUNC_get_prandom_u32 || id == BPF_FUNC_get_smp_processor_id ||
	       id == BPF_FUNC_skb_load_bytes || id == BPF_FUNC_skb_load_bytes_relative ||
	       id == BPF_FUNC_get_socket_cookie || id == BPF_FUNC_ktime_get_boot_ns;
}

#define INSPECT_MAX	4096	/* instructions; systemd's programs have some hundred */

struct inspection {
	struct bpf_prog *prog;
	__u32 bad;		/* the first refused instruction, counted from 1; 0: none */
};

/* One instruction: no kfunc, no kernel symbol, no helper that is not on the list. */
static long inspect(__u32 i, struct inspection *inspection)
{
	const struct bpf_insn *insn;
	__u8 code, src;

	insn = bpf_rdonly_cast((const void *)inspection->prog +
			       bpf_core_field_offset(struct bpf_prog, insnsi) +
			       i * sizeof(struct bpf_insn),
			       bpf_core_type_id_kernel(struct bpf_insn));
	code = insn->code;
	src = ((const __u8 *)insn)[1] >> 4;
	if (code == (BPF_JMP | BPF_CALL) &&
	    (src == BPF_PSEUDO_CALL || (!src && harmless_helper(insn->imm))))
		return 0;
	if (code == (BPF_LD | BPF_IMM | BPF_DW) &&
	    (!src || src == BPF_PSEUDO_MAP_FD || src == BPF_PSEUDO_MAP_VALUE))
		return 0;
	if (code != (BPF_JMP | BPF_CALL) && code != (BPF_LD | BPF_IMM | BPF_DW) &&
	    code != (BPF_JMP | BPF_CALL | BPF_X))
		return 0;
	inspection->bad = i + 1;
	return 1;
}

SEC("?lsm_cgroup/bpf_prog_load")
int BPF_PROG(seal__bpf_prog_load, struct bpf_prog *prog)
{
	struct inspection inspection = { .prog = prog };
	struct object_bpf object = { .cmd = BPF_PROG_LOAD };
	bool deny;

	if (!armed() || !sealed())
		return 1;
	object.type = prog->type;
	if (prog->len > INSPECT_MAX)
		inspection.bad = INSPECT_MAX;
	else
		bpf_loop(prog->len, inspect, &inspection, 0);
	if (!inspection.bad)
		return 1;
	object.insn = inspection.bad - 1;
	deny = verdict(GUARD_seal);
	record_bpf(KIND_seal_bpf_prog_load_instruction, &object, deny);
	return answer_cgroup(deny);
}

#define USED_MAPS_MAX	64	/* MAX_USED_MAPS */

struct use {
	__u64 maps;		/* address of an array of pointers */
	__u32 bad;		/* id of the first refused map */
};

struct pointer {
	__u64 to;
};

/* Maps of maps would hide ours; a program's own text can't reach further than these do. */
static __always_inline bool harmless_map(__u32 type)
{
	return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_ARRAY ||
	       type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LPM_TRIE;
}

static long inspect_map(__u32 i, struct use *use)
{
	const struct list_head *slot;
	const struct bpf_map *map;

	/* A list_head begins with a pointer, which is all that is wanted of it. */
	slot = bpf_rdonly_cast((const void *)(use->maps + i * sizeof(__u64)),
			       bpf_core_type_id_kernel(struct list_head));
	map = bpf_rdonly_cast((const void *)slot->next, bpf_core_type_id_kernel(struct bpf_map));
	if (harmless_map(map->map_type) && !own(OWN_MAP, map->id))
		return 0;
	use->bad = map->id ?: ~0u;
	return 1;
}

SEC("?lsm_cgroup/bpf_prog")
int BPF_PROG(seal__bpf_prog, struct bpf_prog *prog)
{
	struct bpf_prog_aux *aux = prog->aux;
	struct object_bpf object = { .cmd = BPF_PROG_LOAD };
	struct use use = {};
	bool deny;

	/* The others are from before the seal, and none is new. */
	if (!armed() || !sealed() || !may_load(prog->type))
		return 1;
	use.maps = (__u64)aux->used_maps;
	if (aux->used_map_cnt > USED_MAPS_MAX)
		use.bad = ~0u;
	else
		bpf_loop(aux->used_map_cnt, inspect_map, &use, 0);
	if (!use.bad)
		return 1;
	object.type = prog->type;
	object.id = use.bad;
	deny = verdict(GUARD_seal);
	record_bpf(KIND_seal_bpf_prog_map, &object, deny);
	return answer_cgroup(deny);
}
