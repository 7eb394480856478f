/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rows.h - what the iterators (bpf/scan.bpf.c, bpf/core.bpf.c) write for user space to read.
 *
 * Both sides are of one build, so there is no version.  Addresses are only compared with one another.
 */
#ifndef HARDENCTL_ROWS_H
#define HARDENCTL_ROWS_H

#include "abi.h"

#define ROW_PATH	256

/* Addresses of the first process's mount namespace and root directory, and the numbers of its namespaces. */
struct row_first {
	__u64 namespace, root_mount, root_dentry;
	__u32 ns[NS_COUNT];
};

/* Whose row it is. */
struct row_task {
	__u32 tgid, pid;	/* pid is the thread's */
	__u32 tracer;		/* tgid; 0: not traced */
	__u32 netns;		/* inode number of its network namespace; 0: it is exiting */
	__u64 mm;		/* address; 0: a kernel thread */
	__u32 introduced;	/* its program is not in the baseline */
	__u16 uring;		/* it uses io_uring, be it without a descriptor of the ring */
	__u16 ports;		/* it may use I/O ports: iopl(2), ioperm(2) */
	struct file_id exe;
	char comm[COMM_LEN];
	char tracer_comm[COMM_LEN];
};
static_assert(sizeof(struct row_task) == 80, "row_task: no padding");

/* Why a descriptor is looked at. */
enum row_class {
	ROW_SOCKET = 1,
	ROW_PROC,		/* a file of procfs, with its path */
	ROW_ANON,		/* an anonymous inode that is a BPF object, a perf event or such, with its name */
	ROW_GUARDED,		/* writable, and a file that the seal guards */
	ROW_PROTECTED,		/* a file that data.protect gives to other programs */
	ROW_DEVICE,		/* memory, ports or MSRs; a disk of the baseline; a device that isn't listed */
	ROW_PSEUDO,		/* writable, or of tracefs or debugfs, and the kernel guard refuses that; with its path */
};

struct row_socket {
	__u64 inode;
	__u32 netns;		/* as in row_task */
	__u16 family, type, proto;
	__u16 local, port;	/* host order; port is the peer's */
	__u16 peer_family;	/* after normalisation */
	__u8 addr[16];		/* the peer's */
	__u8 state;		/* TCP_* */
	__u8 listed;		/* by the guard that judges it, if that is not off: its peer, the port that it listens at, or its kind */
	__u8 listens;		/* it is there for whoever sends to its port */
	__u8 accepted;		/* ingress judges it: it listens, or its peer connected to it */
	__u8 caller;		/* the process that reads this, or an ancestor of it, has it */
	__u8 pad[3];
};
static_assert(sizeof(struct row_socket) == 48, "row_socket: no padding");

struct row_file {
	__u32 tgid, pid;
	__u32 fd;
	__u32 mode;		/* FMODE_* */
	__u32 class;		/* enum row_class */
	union {
		__u32 device;	/* ROW_DEVICE: as the kernel has it, major << 20 | minor */
		__u32 owner;	/* ROW_PROC: the thread whose directory it is in; 0: none, or unknown */
	};
	__u64 private;		/* ROW_PROC: the address that belongs to it, such as an mm's */
	struct file_id id;
	char comm[COMM_LEN];
	union {
		struct row_socket socket;
		char path[ROW_PATH];	/* "": it did not fit */
	};
};
static_assert(sizeof(struct row_file) == 64 + ROW_PATH, "row_file: no padding");

enum row_map_flag {
	MAP_WRITABLE	= 1,	/* executable and writable */
	MAP_UNLINKED	= 2,	/* executable, of an unlinked file in memory */
	MAP_UNLISTED	= 4,	/* executable, of a program that the policy refuses */
	MAP_GUARDED	= 8,	/* shared, could be written, and a file that the seal guards */
	MAP_DEVICE	= 16,	/* as ROW_DEVICE */
	MAP_INTRODUCED	= 32,	/* executable, and not in the baseline */
	MAP_PERF	= 64,	/* of a perf event, which it keeps */
	MAP_JIT		= 128,	/* executable, of no file or no longer as in its file, of a program that may not */
	MAP_LIBRARY	= 256,	/* executable, of a file that the policy doesn't list */
	MAP_PROTECTED	= 1024,	/* a file that data.protect gives to other programs */
	MAP_HARDWARE	= 512,	/* a device's memory, by sysfs or procfs */
};

struct row_map {
	__u32 tgid, pid;
	__u64 start, end;
	struct file_id id;
	__u32 flags;		/* enum row_map_flag */
	__u32 device;
	char comm[COMM_LEN];
};
static_assert(sizeof(struct row_map) == 64, "row_map: no padding");

/* Who holds one of our programs. */
struct row_program {
	__u32 id;
	__u32 holders;		/* attachments, descriptors and pins, be they of nobody's table and of no path */
};
static_assert(sizeof(struct row_program) == 8, "row_program: no padding");

#endif
