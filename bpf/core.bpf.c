// SPDX-License-Identifier: GPL-2.0-only
/*
 * core.bpf.c - the maps, and the programs that tell what a program is.
 *
 *   bprm_committed_creds (link)  what program a task is from its exec on, and that program's path;
 *                                expendable: without it a task's program is unknown after its next exec,
 *                                and records name programs by device and inode only
 *   task_alloc (link)            a child is its parent's program; expendable like the one above
 *   iter/task                    both for what runs already, once at load; and the first process's mount
 *                                namespace
 *   iter/task_file               resolves the loader's own descriptors to identities, once at load
 */
#include "core.bpf.h"
#include "rows.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct config config = { .records = 1 };

struct map_state hctl_state SEC(".maps");
struct map_names hctl_names SEC(".maps");
struct map_own hctl_own SEC(".maps");
struct map_guarded hctl_guarded SEC(".maps");
struct map_mount hctl_mount SEC(".maps");
struct map_log hctl_log SEC(".maps");
struct map_counters hctl_counters SEC(".maps");
struct map_programs hctl_programs SEC(".maps");
struct map_tasks hctl_tasks SEC(".maps");
struct map_sockets hctl_sockets SEC(".maps");
struct map_repeats hctl_repeats SEC(".maps");
struct map_proof hctl_proof SEC(".maps");
struct map_identities hctl_identities SEC(".maps");
struct map_tracers hctl_tracers SEC(".maps");
struct map_readers hctl_readers SEC(".maps");
struct map_heads hctl_heads SEC(".maps");
struct map_runnable hctl_runnable SEC(".maps");
struct map_disks hctl_disks SEC(".maps");
struct map_filesystems hctl_filesystems SEC(".maps");
struct map_edges hctl_edges SEC(".maps");
struct map_scripts hctl_scripts SEC(".maps");
struct map_execs hctl_execs SEC(".maps");
struct map_verity hctl_verity SEC(".maps");
struct map_modules hctl_modules SEC(".maps");
struct map_mounts hctl_mounts SEC(".maps");
struct map_sysctls hctl_sysctls SEC(".maps");
struct map_devices hctl_devices SEC(".maps");
struct map_device_users hctl_dev_users SEC(".maps");

/* Describes this set to every later verb; filled by the loader, then frozen. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct set_info);
} hctl_set SEC(".maps");

static const struct program no_program;

static __always_inline void remember(struct file *file)
{
	struct file_id id = file_id_of(file);
	struct counters *c;
	struct program *p;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(&hctl_programs, &id))
		return;
	if (bpf_map_update_elem(&hctl_programs, &id, &no_program, BPF_NOEXIST)) {
		c = bpf_map_lookup_elem(&hctl_counters, &zero);
		if (c)
			__sync_fetch_and_add(&c->lost[LOST_PROGRAM_TABLE], 1);
		return;
	}
	p = bpf_map_lookup_elem(&hctl_programs, &id);
	if (p)
		bpf_d_path(&file->f_path, p->path, sizeof(p->path));
}

/* Where there is no memory for it, the task's program is unknown, and what it would be allowed is refused. */
static __always_inline void identify(struct task_struct *task, const struct file_id *id, __u64 line)
{
	struct task_program *program;

	program = bpf_task_storage_get(&hctl_tasks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!program)
		return;
	program->id = *id;
	program->line = line;
	program->exec = task->self_exec_id;
}

static __always_inline __u64 line_of(const struct file_id *id)
{
	struct identity *identity = config.lines ? bpf_map_lookup_elem(&hctl_identities, id) : NULL;

	return identity ? identity->line : 0;
}

/*
 * What a task that starts a program descends from.  The kernel has counted its self_exec_id already; during a
 * reload the other set has, too.  Who lost this hook for an exec descends from nobody.
 */
static __always_inline __u64 line_before(struct task_struct *task)
{
	struct task_program *program = bpf_task_storage_get(&hctl_tasks, task, NULL, 0);

	if (!program || (program->exec + 1 != task->self_exec_id && program->exec != task->self_exec_id))
		return 0;
	return program->line;
}

SEC("lsm/bprm_committed_creds")
int BPF_PROG(core__bprm_committed_creds, struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file_id id = file_id_of(bprm->file);
	struct identity *identity = bpf_map_lookup_elem(&hctl_identities, &id);

	if (!identity || !is_stale(identity, &id))
		identify(task, &id, line_before(task) | line_of(&id));
	remember(bprm->file);
	return 0;
}

SEC("lsm/task_alloc")
int BPF_PROG(core__task_alloc, struct task_struct *task)
{
	struct task_program *program = task_program_of(bpf_get_current_task_btf());
	struct file_id id;

	if (program) {
		id = program->id;
		identify(task, &id, program->line);
	}
	return 0;
}

#define ANCESTORS_MAX	64

/*
 * Of what started before the first load only the parents that are left tell, and what they are now.  What a load
 * before this one has seen is in task storage.
 */
static __always_inline __u64 line_of_ancestors(struct task_struct *task)
{
	struct file_id id;
	__u64 line = 0;

	task = compat_plain(struct task_struct, task);
	for (int i = 0; i < ANCESTORS_MAX && config.lines; i++) {
		id = exe_id_of(task);
		line |= line_of(&id);
		task = task->real_parent;
		if (!task || !task->pid)
			break;
	}
	return line;
}

SEC("iter/task")
int core__running(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct task_program *program;
	struct nsproxy *nsproxy;
	struct row_first row;
	struct fs_struct *fs;
	struct mm_struct *mm;
	struct file_id id;
	struct file *file;
	__u64 line;

	if (!task)
		return 0;
	/* The mount namespace that the seal guards is that of the first process, and so is the root of scripts' paths. */
	nsproxy = task->nsproxy;
	fs = task->fs;
	if (task->pid == 1 && nsproxy && fs) {
		row.namespace = (__u64)nsproxy->mnt_ns;
		row.root_mount = (__u64)fs->root.mnt;
		row.root_dentry = (__u64)fs->root.dentry;
		read_namespaces(row.ns, task);
		bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	}
	mm = task->mm;
	if (!mm)
		return 0;
	file = mm->exe_file;
	if (!file)
		return 0;
	remember(file);
	/* Of what started before us only exe_file tells; whoever could forge it then is trusted. */
	line = line_of_ancestors(task);
	program = task_program_of(task);
	if (program) {
		__sync_fetch_and_or(&program->line, line);
		return 0;
	}
	id = file_id_of(file);
	identify(task, &id, line);
	return 0;
}

SEC("iter/task_file")
int core__file_ids(struct bpf_iter__task_file *ctx)
{
	struct {
		__u32 fd;
		__u32 pad;
		struct file_id id;
		__u64 sb, fop;
	} row = { .fd = ctx->fd };
	struct file *file = ctx->file;

	if (!file)
		return 0;
	row.id = file_id_of(file);
	row.sb = (__u64)file->f_inode->i_sb;
	row.fop = (__u64)file->f_inode->i_fop;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}
