/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_types.h - the kernel's types, cut down to the fields that we read.
 *
 * Kept by hand so that a build needs no BTF of the build machine and a reader sees at a glance what
 * is read.  CO-RE relocates every field at load; a field that a kernel lacks fails the load there.
 */
#ifndef HARDENCTL_KERNEL_TYPES_H
#define HARDENCTL_KERNEL_TYPES_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct file_system_type {
	const char *name;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
	unsigned long s_flags;
	struct file_system_type *s_type;
	struct dentry *s_root;
	struct list_head s_mounts;
};

/* As in 7.x, where the mounts of a super block are linked without a list_head. */
struct super_block___linked {
	struct mount *s_mounts;
};

struct kern_ipc_perm;
struct file_operations;
struct vm_operations_struct;
struct anon_vma;

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	__s64 counter;
} atomic64_t;

typedef struct {
	atomic_t refs;
} refcount_t;

struct timespec64 {
	__s64 tv_sec;
};

struct key_type {
	const char *name;
};

struct keyring_index_key {
	struct key_type *type;
	const char *description;
};

struct key {
	refcount_t usage;
	__s32 serial;
	struct keyring_index_key index_key;
};

struct inode {
	struct super_block *i_sb;
	const struct file_operations *i_fop;
	unsigned long i_ino;
	__u32 i_generation;
	__u32 i_rdev;
	unsigned int i_nlink;
	unsigned short i_mode;
	atomic_t i_writecount;
};

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;	/* of a root: itself */
	struct qstr d_name;
	struct inode *d_inode;
	unsigned char d_iname[16];	/* a short name itself */
};

/* Since v6.14. */
struct dentry___short {
	struct {
		unsigned char string[16];
	} d_shortname;
};

struct fs_context {
	struct file_system_type *fs_type;
	struct dentry *root;
	unsigned int sb_flags;
};

struct mnt_namespace;
struct pid_namespace;

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};

struct mount {
	struct mount *mnt_parent;
	struct vfsmount mnt;
	struct list_head mnt_instance;
	struct mnt_namespace *mnt_ns;
};

struct mount___linked {
	struct mount *mnt_next_for_sb;
};

struct mount___propagation {
	int mnt_t_flags;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct fs_struct {
	struct path root;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_mode;
	void *private_data;
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_flags;
	struct file *vm_file;
	struct anon_vma *anon_vma;
	const struct vm_operations_struct *vm_ops;
};

struct mm_struct {
	struct file *exe_file;
	unsigned long arg_start, arg_end;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct pid_namespace {
	struct ns_common ns;
};

struct user_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
	struct pid_namespace *pid_ns_for_children;
};

struct upid {
	int nr;
};

struct pid {
	struct hlist_head tasks[1];	/* [0]: the thread that has it */
	struct upid numbers[1];		/* [0]: in the first pid namespace */
};

struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

struct xarray {
	void *xa_head;
};

struct io_uring_task {
	struct xarray xa;		/* the rings that it uses */
};

struct thread_info {
	__u32 status;
};

struct io_bitmap;

struct thread_struct {
	struct io_bitmap *io_bitmap;
	unsigned long iopl_emul;
};

struct pt_regs___call {
	unsigned long orig_ax;		/* the number of the system call */
	unsigned long cx, dx, si;	/* some of its arguments */
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t uid;
	struct user_namespace *user_ns;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	struct mm_struct *mm;
	struct nsproxy *nsproxy;
	struct fs_struct *fs;
	struct io_uring_task *io_uring;
	struct task_struct *real_parent;
	struct task_struct *parent;	/* the tracer, where there is one */
	unsigned int ptrace;
	int pid;
	int tgid;
	struct task_struct *group_leader;
	struct hlist_node pid_links[1];	/* [0]: PIDTYPE_PID */
	struct pid *thread_pid;
	const struct cred *cred;
	kuid_t loginuid;
	__u64 self_exec_id;		/* how many programs it has been; inherited at fork */
	char comm[16];
	struct thread_struct thread;
};

struct perf_event_context {
	int nr_events;
};

/* Up to v6.1: one for the hardware's events, one for the kernel's. */
struct task_struct___contexts {
	struct perf_event_context *perf_event_ctxp[2];
};

struct task_struct___context {
	struct perf_event_context *perf_event_ctxp;
};

struct hw_perf_event {
	struct task_struct *target;	/* NULL: whatever runs on a processor */
};

struct perf_event {
	struct hw_perf_event hw;
};

struct linux_binprm {
	unsigned long p;		/* the new stack: arguments, then the environment */
	struct file *file;
	int unsafe;			/* LSM_UNSAFE_* */
	int argc, envc;
	const char *filename;
	const char *interp;		/* the same address as `filename` until a script names an interpreter */
	char buf[256];
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		__u32 u6_addr32[4];
	} in6_u;
};

struct sock_common {
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	unsigned char sk_userlocks : 4;
	__u16 sk_type;
	__u16 sk_protocol;
	__u32 sk_mark;
};

struct sockaddr;

struct sockaddr_un {
	char sun_path[108];
};

struct unix_address {
	int len;			/* of the family, too */
	struct sockaddr_un name[0];
};

struct unix_sock {
	struct unix_address *addr;	/* NULL: it has no name */
	struct sock *peer;
};

/* A connection that is made and waits for accept(2). */
struct request_sock {
	struct request_sock *dl_next;
	struct sock *sk;
};

struct request_sock_queue {
	struct request_sock *rskq_accept_head;
};

struct inet_connection_sock {
	struct request_sock_queue icsk_accept_queue;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
};

struct sk_buff {
	unsigned int len;
	unsigned char *data;
};

struct nlmsghdr {
	__u32 nlmsg_len;
	__u16 nlmsg_type;
};

struct ifaddrmsg {
	__u8 ifa_family;
	__u8 ifa_prefixlen;
	__u32 ifa_index;
};

struct ifinfomsg {
	int ifi_index;
	unsigned int ifi_flags;
	unsigned int ifi_change;
};

struct rtattr {
	unsigned short rta_len;
	unsigned short rta_type;
};

struct in_addr {
	__u32 s_addr;
};

struct socket {
	short type;
	struct sock *sk;
};

struct iattr {
	unsigned int ia_valid;
};

struct mnt_idmap;
struct timezone;

struct bpf_map {
	__u32 id;
	enum bpf_map_type map_type;
};

struct bpf_prog_aux {
	atomic64_t refcnt;
	__u32 used_map_cnt;
	struct bpf_map **used_maps;
	__u32 id;
};

struct bpf_prog {
	__u32 len;
	enum bpf_prog_type type;
	struct bpf_prog_aux *aux;
	struct bpf_insn insnsi[];
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct bpf_iter__bpf_prog {
	struct bpf_iter_meta *meta;
	struct bpf_prog *prog;
};

struct bpf_iter__task_vma {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct vm_area_struct *vma;
};

/* A module's image, as the kernel copied it. */
struct elf64_hdr {
	__u64 e_shoff;
	__u16 e_shnum;
	__u16 e_shstrndx;
};

struct elf64_shdr {
	__u32 sh_name;
	__u64 sh_offset;
};

struct module {
	char name[56];
};

/* Only its name and its size matter: see compat.bpf.h. */
struct new_utsname {
	char sysname[65];
};

#pragma clang attribute pop

/* Values are placeholders: CO-RE puts in those of the running kernel. */
enum kernel_read_file_id {
	READING_FIRMWARE = 1,
	READING_MODULE = 2,
	READING_KEXEC_IMAGE = 3,
	READING_KEXEC_INITRAMFS = 4,
	READING_POLICY = 5,
	READING_X509_CERTIFICATE = 6,
	READING_MODULE_COMPRESSED = 7,	/* 7.2 */
};

enum lockdown_reason {
	LOCKDOWN_BPF_READ_KERNEL = 1,
	LOCKDOWN_TRACEFS = 2,
	LOCKDOWN_DEBUGFS = 3,
	LOCKDOWN_PCI_ACCESS = 4,
};

enum kernel_load_data_id {
	LOADING_FIRMWARE = 1,
	LOADING_MODULE = 2,
	LOADING_KEXEC_IMAGE = 3,
	LOADING_KEXEC_INITRAMFS = 4,
	LOADING_POLICY = 5,
	LOADING_X509_CERTIFICATE = 6,
	LOADING_MODULE_COMPRESSED = 7,	/* 7.2 */
};

#endif
