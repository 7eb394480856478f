// SPDX-License-Identifier: GPL-2.0-only
/*
 * scan.bpf.c - lists what the seal's scan has to judge.  Loaded by `seal`, and descriptors by `load`; user space reads it
 * once.
 *
 *   iter/task        every thread: its tracer, program, memory, network namespace and I/O ports
 *   iter/task_file   descriptors: sockets, files of procfs, BPF objects, guarded files, memory devices, files that
 *                    configure or trace the kernel.  It sees the tables of threads that have one of their own
 *   iter/task_vma    mappings that are executable, or of what must not be written
 *   iter/bpf_prog    our programs, and how many hold each: a descriptor that is in flight in a socket is in no table
 */
#include "core.bpf.h"
#include "compat.bpf.h"
#include "data.bpf.h"
#include "exec.bpf.h"
#include "flows.bpf.h"
#include "introduced.bpf.h"
#include "held.bpf.h"
#include "kernel_pseudo.bpf.h"
#include "rows.h"

/* From include/uapi/linux/magic.h, mm.h and stat.h; the same on every kernel. */
#define ANON_MAGIC	0x09041934
#define RAMFS_MAGIC_	0x858458f6
#define VM_WRITE	0x2
#define VM_EXEC		0x4
#define VM_SHARED	0x8
#define VM_MAYWRITE	0x20
#define VM_PFNMAP	0x400
#define VM_IO		0x4000
#define MODE_WRITE	0x2
#define MODE_PATH	0x4000
#define ANON_PREFIX	11	/* strlen("anon_inode:") */

static __always_inline __u32 netns_of(struct task_struct *task)
{
	struct nsproxy *nsproxy = task->nsproxy;
	struct net *net;

	if (!nsproxy)
		return 0;
	net = nsproxy->net_ns;
	return net ? net->ns.inum : 0;
}

/* After a package upgrade, programs run on from unlinked files of a disk: they were there, and can't be started again. */
static __always_inline bool not_in_baseline(struct inode *inode)
{
	struct file_id id = inode_id_of(inode);

	return config.introduced && inode->i_nlink && !bpf_map_lookup_elem(&hctl_runnable, &id);
}

static __always_inline bool runs_introduced(struct mm_struct *mm)
{
	struct file *file;

	if (!mm)
		return false;
	file = mm->exe_file;
	return file && not_in_baseline(file->f_inode);
}

/* A ring can be registered with its own task and have neither a descriptor nor a mapping. */
static __always_inline bool uses_uring(struct task_struct *task)
{
	struct io_uring_task *uring;

	if (!bpf_core_field_exists(struct task_struct, io_uring))
		return false;
	uring = task->io_uring;
	return uring && uring->xa.xa_head;
}

static __always_inline bool uses_ports(struct task_struct *task)
{
	return bpf_core_field_exists(struct thread_struct, io_bitmap) &&
	       (task->thread.io_bitmap || task->thread.iopl_emul);
}

SEC("iter/task")
int scan__tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *tracer;
	struct row_task row = {};

	if (!task)
		return 0;
	task = compat_plain(struct task_struct, task);
	row.tgid = task->tgid;
	row.pid = task->pid;
	row.netns = netns_of(task);
	row.mm = (__u64)task->mm;
	row.exe = exe_id_of(task);
	row.introduced = runs_introduced(task->mm);
	row.uring = uses_uring(task);
	row.ports = uses_ports(task);
	__builtin_memcpy(row.comm, task->comm, sizeof(row.comm));
	tracer = task->parent;
	if (task->ptrace && tracer) {
		row.tracer = tracer->tgid;
		__builtin_memcpy(row.tracer_comm, tracer->comm, sizeof(row.tracer_comm));
	}
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

/* BPF objects, perf events, io_uring, userfaultfd, seccomp listeners; an unreadable name is left to user space. */
static __always_inline bool interesting(const char *name)
{
	return !name[0] || name[ANON_PREFIX] == 'b' || name[ANON_PREFIX] == 's' ||
	       (name[ANON_PREFIX] == '[' && (name[ANON_PREFIX + 1] == 'p' || name[ANON_PREFIX + 1] == 'i' ||
						 name[ANON_PREFIX + 1] == 'u'));
}

/* The thread whose directory of procfs the file is in. */
static __always_inline __u32 owner_of(struct inode *inode)
{
	__u64 at = (__u64)inode - bpf_core_field_offset(struct proc_inode, vfs_inode);

	at = (__u64)compat_read(struct proc_inode, at, pid);
	return at ? compat_read(struct pid, at, numbers[0].nr) : 0;
}

/* What kind of file it is; 0: of no interest. */
static __always_inline __u32 classify(struct task_struct *task, struct file *file, struct row_file *row)
{
	struct inode *inode = file->f_inode;
	struct super_block *sb = inode->i_sb;
	unsigned long magic;

	/* O_PATH: opens nothing. */
	if (!sb || (row->mode & MODE_PATH))
		return 0;
	row->device = device_of(inode, row->mode & MODE_WRITE);
	if (row->device)
		return ROW_DEVICE;
	if ((row->mode & MODE_WRITE) && bpf_map_lookup_elem(&hctl_guarded, &row->id))
		return ROW_GUARDED;
	if (is_withheld(task, file)) {
		if (bpf_d_path(&file->f_path, row->path, sizeof(row->path)) < 0)
			row->path[0] = 0;
		return ROW_PROTECTED;
	}
	if (((row->mode & MODE_WRITE) && pseudo_kind(file) != KIND_COUNT) || is_locked_file(file, row->mode & MODE_WRITE)) {
		if (bpf_d_path(&file->f_path, row->path, sizeof(row->path)) < 0)
			row->path[0] = 0;
		return ROW_PSEUDO;
	}
	magic = sb->s_magic;
	if (magic != MAGIC_PROC && magic != ANON_MAGIC)
		return 0;
	if (bpf_d_path(&file->f_path, row->path, sizeof(row->path)) < 0)
		row->path[0] = 0;
	row->private = (__u64)file->private_data;
	if (magic == MAGIC_PROC) {
		row->owner = owner_of(inode);
		return ROW_PROC;
	}
	return interesting(row->path) ? ROW_ANON : 0;
}

SEC("iter/task_file")
int scan__files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct row_file row = {};
	struct socket *socket;

	if (!task || !file)
		return 0;
	row.fd = ctx->fd;
	row.mode = file->f_mode;
	row.id = file_id_of(file);
	socket = bpf_sock_from_file(file);
	if (socket) {
		row.class = describe_socket(task, socket, &row.socket) ? ROW_SOCKET : 0;
		row.socket.inode = row.id.ino;
	} else {
		row.class = classify(task, file, &row);
	}
	if (!row.class)
		return 0;
	row.tgid = task->tgid;
	row.pid = task->pid;
	__builtin_memcpy(row.comm, task->comm, sizeof(row.comm));
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

/* "[perf_event]": its descriptor may be closed. */
static __always_inline bool is_perf(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	union {
		char text[8];
		__u64 word;
	} name = { .text = { '[', 'p', 'e', 'r', 'f', '_', 'e', 'v' } };

	return dentry && compat_short_name(dentry, 0) == name.word;
}

/* After a package upgrade, programs and libraries run on from unlinked files of a disk: nobody's memory. */
static __always_inline bool on_disk(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;
	unsigned long magic = sb ? sb->s_magic : MAGIC_TMPFS;

	return magic != MAGIC_TMPFS && magic != RAMFS_MAGIC_ && magic != MAGIC_HUGETLBFS;
}

static __always_inline __u32 judge_file(struct task_struct *task, struct file *file, unsigned long flags, struct row_map *row)
{
	struct inode *inode = file->f_inode;
	struct super_block *sb = inode->i_sb;
	struct identity *identity;
	__u32 found = 0;

	if (!sb)
		return 0;
	row->id = file_id_of(file);
	row->device = device_of(inode, (flags & VM_SHARED) && (flags & VM_MAYWRITE));
	if (row->device)
		found |= MAP_DEVICE;
	if (sb->s_magic == ANON_MAGIC && is_perf(file))
		found |= MAP_PERF;
	if ((flags & (VM_PFNMAP | VM_IO)) && is_hardware(file))
		found |= MAP_HARDWARE;
	if ((flags & VM_SHARED) && (flags & VM_MAYWRITE) &&
	    bpf_map_lookup_elem(&hctl_guarded, &row->id))
		found |= MAP_GUARDED;
	if (is_withheld(task, file))
		found |= MAP_PROTECTED;
	if (!(flags & VM_EXEC))
		return found;
	identity = bpf_map_lookup_elem(&hctl_identities, &row->id);
	/* Every dynamic program has its loader mapped; who started one directly has it as its program. */
	if (identity && identity->kind != KIND_COUNT &&
	    identity->kind != KIND_exec_bprm_check_security_loader)
		found |= MAP_UNLISTED;
	if (!inode->i_nlink && !on_disk(inode))
		found |= MAP_UNLINKED;
	if (not_in_baseline(inode))
		found |= MAP_INTRODUCED;
	return found;
}

/* Executable memory by exec.libraries and exec.jit. */
static __always_inline __u32 judge_code(struct task_struct *task, struct vm_area_struct *vma, __u32 found)
{
	bool changed = (vma->vm_flags & VM_WRITE) || vma->anon_vma;
	struct file *file = vma->vm_file;
	struct inode *inode;
	__u32 kind;

	/* Of no file, and not the process's either: the vDSO. */
	if (!file && vma->vm_ops)
		return found;
	kind = file ? code_kind(task, file, changed) : memory_kind(task);
	if (kind == KIND_exec_mmap_file_library)
		return found | MAP_LIBRARY;
	if (kind == KIND_exec_mmap_file_jit) {
		inode = file ? file->f_inode : NULL;
		if (!inode || changed || inode->i_nlink || !on_disk(inode))
			return found | MAP_JIT;
		return config.libraries ? found | MAP_LIBRARY : found;
	}
	return config.jit && may_jit(task) ? found & ~(MAP_WRITABLE | MAP_UNLINKED) : found;
}

SEC("iter/task_vma")
int scan__maps(struct bpf_iter__task_vma *ctx)
{
	struct task_struct *task = ctx->task;
	struct vm_area_struct *vma = ctx->vma;
	struct row_map row = {};
	unsigned long flags;
	struct file *file;

	if (!task || !vma)
		return 0;
	flags = vma->vm_flags;
	if ((flags & VM_EXEC) && (flags & VM_WRITE))
		row.flags = MAP_WRITABLE;
	file = vma->vm_file;
	if (file)
		row.flags |= judge_file(task, file, flags, &row);
	if (flags & VM_EXEC)
		row.flags = judge_code(task, vma, row.flags);
	if (!row.flags)
		return 0;
	row.tgid = task->tgid;
	row.pid = task->pid;
	row.start = vma->vm_start;
	row.end = vma->vm_end;
	__builtin_memcpy(row.comm, task->comm, sizeof(row.comm));
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

SEC("iter/bpf_prog")
int scan__programs(struct bpf_iter__bpf_prog *ctx)
{
	struct bpf_prog *prog = ctx->prog;
	struct row_program row = {};
	struct own key = { .type = OWN_PROG };
	struct bpf_prog_aux *aux;

	if (!prog)
		return 0;
	aux = prog->aux;
	key.id = aux->id;
	if (!bpf_map_lookup_elem(&hctl_own, &key))
		return 0;
	row.id = aux->id;
	/* One is the iterator's. */
	row.holders = aux->refcnt.counter - 1;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}
