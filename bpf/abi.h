/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * abi.h - what the kernel side and the user side share: structs and limits.
 *
 * Fixed-width types, explicit padding, every size asserted.  The maps that
 * outlive a reload (log, counters, programs, state) are taken over by the next
 * `load` only if ABI_VERSION and the number of kinds are the same.
 */
#ifndef HARDENCTL_ABI_H
#define HARDENCTL_ABI_H

#ifndef __bpf__
#include <assert.h>
#include <linux/types.h>
#else
#define static_assert _Static_assert
#endif

#include "guards.h"

#define ABI_VERSION	11

/* Limits.  Whatever a user can make grow has its maximum here. */
#define KIND_MAX	160	/* counters are allocated for this many kinds */
#define COMM_LEN	16	/* TASK_COMM_LEN */
#define NAME_LEN	64	/* policy name, with its NUL */
#define FILE_LEN	192	/* path of a policy file, with its NUL */
#define STATE_FILES	32	/* policy files that records can refer to */
#define PROGRAM_PATH	240	/* path of a program, with its NUL */
#define PROGRAMS_MAX	4096	/* programs whose path is remembered */
#define LOG_BYTES	(16u << 20)	/* of records, where the policy does not say how many */
#define RECORDS_DEFAULT	(LOG_BYTES / RECORD_SIZE)
#define RECORD_SIZE	512
#define RECORDS_MIN	64
#define RECORDS_MAX	1048576
#define REPEATS_MAX	4096	/* refusals whose repetitions are remembered */
#define REPEATS_APART	64	/* of which the first have a record each, and the others one a second */
#define SPAN_MAX	64	/* port rules that can apply to one address */
#define EGRESS_PROGRAMS_MAX	1024	/* programs that entries of egress.allow are for */
#define ATTACH_MAX	80	/* programs of one set */
#define OWN_MAX		200	/* our programs, links and maps of one set */
#define RUNNABLE_MAX	131072	/* files of the baseline */
#define DISKS_MAX	4096	/* devices that they lie on, or could be reached by */
#define FILESYSTEMS_MAX	4096	/* that programs we know are on */
#define LISTENERS_MAX	4096	/* ports that sockets listen at when a set is loaded */
#define GUARDED_MAX	512	/* files and pins that the seal protects */
#define PARENTS_MAX	64	/* programs that are a parent in exec.except: bits of a mask */
#define LOCKDOWN_MAX	64	/* reasons that the kernel can name: bits of a mask */
#define PROTECT_RULES	63	/* entries of data.protect: bits of a mask */
#define PROTECT_PATHS	4096	/* paths that they name */
#define PROTECT_DEVS	8	/* file systems that those are on */
#define PROTECT_MAX	16384	/* files that data.protect knows apart: those it names, and those with names inside and outside */
#define PROTECT_DEPTH	64	/* directories from a file up to the root of its file system */
#define LOCKDOWN_NAME	24	/* name of one, with zeros up to its end */
#define SEAL_DEADLINE_NS 30000000000ull	/* provisional arming lasts no longer */

enum mode { MODE_OFF, MODE_AUDIT, MODE_ENFORCE, MODE_COUNT };

/* What a program is: super block device, inode, inode generation. */
struct file_id {
	__u64 ino;
	__u32 dev;
	__u32 gen;
};
static_assert(sizeof(struct file_id) == 16, "file_id: hash key, no padding");

/* A file that the exec policy names. */
enum identity_flag {
	IDENTITY_SELF	= 1,	/* hardenctl */
	IDENTITY_RUN	= 2,	/* exec.allow lists it */
	IDENTITY_TRACER	= 4,	/* ptrace.allow has it as a tracer */
	IDENTITY_MAP	= 8,	/* exec.libraries lists it, or it is a dynamic loader */
	IDENTITY_JIT	= 16,	/* exec.jit lists it */
	IDENTITY_OWN_MAP = 32,	/* a library of hardenctl's: for hardenctl alone */
	IDENTITY_VERITY	= 64,	/* exec.allow lists it by its digest: what it may do is in that table */
	IDENTITY_DEVICE	= 128,	/* kernel.devices has an entry that is for it alone */
	IDENTITY_MODULE	= 256,	/* modules.allow lists it, or what it lists needs it */
	IDENTITY_EGRESS	= 512,	/* egress.allow has an entry that is for it alone */
	IDENTITY_SOCKET	= 1024,	/* egress.sockets, .netlink, .unix or .vsock has one */
	IDENTITY_DATA	= 2048,	/* data.protect has one */
};

struct identity {
	__u32 kind;		/* enum kind_id: under which it is refused; KIND_COUNT: in no class that is */
	__u32 flags;		/* enum identity_flag */
	__u64 parent;		/* its bit among the parents of exec.except, in this set; 0: it is none */
	__u64 line;		/* its bit among those whose descendants count, the same until the reboot */
	__u32 by;		/* its number in the rows of egress.allow; 0: none is for it */
	__u32 pad;
	__u64 data;		/* mask of the entries of data.protect that are for it */
	char path[PROGRAM_PATH];	/* as the policy's list names it; for canaries and people */
};
static_assert(sizeof(struct identity) == 280, "identity: map value");

/*
 * A file that data.protect names, or that has a name outside of what it names; of a directory, all that is below.  Of
 * character devices, which are known by number and not by node, the key is { .dev = 0, .ino = DISK_KEY }: no file system is 0.
 */
struct protected {
	__u64 rules;		/* mask of entries; PROTECT_NOBODY */
	__u32 name;		/* index into the table of paths */
	__u32 pad;
};
static_assert(sizeof(struct protected) == 16, "protected: map value");
#define PROTECT_NOBODY	(1ull << PROTECT_RULES)	/* where it can't be told whose it is; for canaries */

#define PROTECT_NAME	128	/* with its NUL: of a longer path, the beginning */
struct protected_name {
	char path[PROTECT_NAME];
};

#define SCRIPT_ANY	(~0u)

/* Shared memory, as data.protect can name it: files of /dev/shm, segments of shmget(2), files of hugetlbfs, memfds. */
enum shm_class { SHM_POSIX, SHM_SYSV, SHM_HUGETLB, SHM_MEMFD, SHM_COUNT };

/* Of what a program of such an entry made, for as long as it is there. */
struct shm_tag {
	struct file_id maker;
	__u32 classes;		/* mask of enum shm_class */
	__u32 pad;
};
#define SEGMENTS_MAX	4096	/* that such programs may have */

/* Keys, as data.protect can name them: by the kernel's names for their types, which are in config.key_types. */
enum key_class {
	KEY_CLASS_USER, KEY_CLASS_LOGON, KEY_CLASS_KEYRING, KEY_CLASS_BIG, KEY_CLASS_ENCRYPTED, KEY_CLASS_TRUSTED,
	KEY_CLASS_ASYMMETRIC, KEY_CLASS_COUNT
};

union key_type_name {
	char text[16];		/* NUL to its end */
	__u64 words[2];
};

/* Of what a program of such an entry made. */
struct key_tag {
	struct file_id maker;
	__u64 type;		/* where the kernel has its type: a key that is in use has the same all its life */
	__u32 class;		/* enum key_class */
	__u32 pad;
};
#define PROTECT_KEYS	4096	/* that such programs may have */

/* What may start although a class refuses it, where one of its parents starts it. */
struct edge {
	struct file_id program;
	struct file_id script;	/* all 0: whatever it is given; `dev` SCRIPT_ANY: some script that has a row */
	__u32 unlinked;		/* 1: once it has no name any more */
	__u32 pad;
};
static_assert(sizeof(struct edge) == 40, "edge: hash key, no padding");

/* Masks of identities' bits: the program that starts it, and those that it descends from. */
struct edge_parents {
	__u64 child, child_sealed;	/* until the seal; after it */
	__u64 line, line_sealed;
	__u64 any;		/* whoever starts it: mask of enum kind_id under which it is not refused */
};
static_assert(KIND_exec_bprm_check_security_unlisted < 64, "edge_parents: one bit a kind");

/* An argument of a program, with zeros up to its end. */
#define ARGUMENT_MAX	(PROGRAM_PATH - 2)	/* bytes; one that was cut is longer */
struct argument {
	char text[PROGRAM_PATH];
};

/* A script by its path, as the policy lists it: how its #! line has it started. */
struct script {
	struct file_id id;
	struct argument program;	/* argument 0: which file it is does not tell what an interpreter takes itself for */
	struct argument argument;	/* "": none */
};

/* What a file holds, by its fs-verity digest: struct fsverity_digest of the kernel, with room for the longest. */
#define DIGEST_MAX	64
struct verity {
	__u16 algorithm;	/* FS_VERITY_HASH_ALG_* */
	__u16 size;		/* of the digest, in bytes; 0: none */
	__u8 digest[DIGEST_MAX];	/* with zeros up to its end */
};
static_assert(sizeof(struct verity) == 68, "verity: hash key, no padding");

/*
 * The name of a module or, of what would have the kernel ask for one, an alias; with '_' for each '-', and zeros up to
 * its end.  None is as long as a name that was cut.
 */
#define MODULE_TEXT	64
struct module_name {
	char text[MODULE_TEXT];
};

/* What modules.allow lets be loaded under such a name: a mask. */
enum module_use {
	MODULE_IMAGE = 1,	/* an image that says that this is its name */
	MODULE_REQUEST = 2,	/* what the kernel asks for by it */
};

/* A type of file system: by its name or, where the kernel does not tell that, by its magic; the other is zero. */
#define MOUNT_TYPE_NAME	24
struct mount_type {
	__u64 magic;
	char name[MOUNT_TYPE_NAME];	/* with zeros up to its end */
};
static_assert(sizeof(struct mount_type) == 32, "mount_type: hash key, no padding");

/* Who may mount it after the seal. */
enum mount_who {
	MOUNT_NOBODY,
	MOUNT_ANYBODY,		/* kernel.mounts lists it, or it does nothing that the others don't */
	MOUNT_SEALER,		/* until the seal is committed, to look into it */
};

struct mount_rule {
	__u32 who;		/* enum mount_who */
	char name[MOUNT_TYPE_NAME + 4];	/* of one type with that magic, for records */
};

/* What a task is about to start, for the kinds of programs that no inode tells all about. */
struct exec_state {
	struct file_id script;	/* the file of the first round, whose interpreter is the second */
	struct file_id exe;	/* the program that called exec */
	__u64 parent, line;	/* its bits, as in struct identity */
	__s32 argc;		/* in the first round */
	__u32 rounds;
	__u32 judge;		/* it may start if its arguments and environment are right */
	__u32 kind;		/* else it had been refused under this enum kind_id */
	struct argument program, argument;	/* as in struct script */
	struct argument text;	/* an argument or variable that is looked at */
	struct verity verity;	/* of the file, while it is looked up */
	__u32 pad;
};

/*
 * How a program begins: the bytes that the kernel reads of every file that it is to start.  Those of an ELF
 * file tell its entry, the sizes of its segments and where its section headers lie, so that they are the same
 * in all copies of a program, changed further down or not, and in nothing else.  Mixed, not digested: whoever
 * changes the beginning has another program either way.
 */
#define HEAD_SIZE	256	/* BINPRM_BUF_SIZE */
struct head {
	__u64 mix[2];
};

static inline __attribute__((always_inline)) void head_add(struct head *head, __u64 word)
{
	head->mix[0] = (head->mix[0] ^ word) * 0x9e3779b97f4a7c15ull;
	head->mix[0] ^= head->mix[0] >> 29;
	head->mix[1] = (head->mix[1] + word) * 0xbf58476d1ce4e5b9ull;
	head->mix[1] ^= head->mix[1] >> 32;
}

/*
 * Which program a task is, in its task storage: of the exec that set it alone, so that whoever loses the
 * hook that keeps it has none rather than an old one.
 */
struct task_program {
	struct file_id id;
	__u64 exec;		/* the task's self_exec_id then */
	__u64 measured;		/* not 0: by events that its own process made */
	__u64 line;		/* bits of the programs that it and its ancestors were: see struct identity */
};

struct program {
	char path[PROGRAM_PATH];	/* at its first exec; "" if it was too long */
};

/* When the snapshot is taken that exec.introduced goes by. */
enum baseline { BASELINE_SEAL, BASELINE_LOAD };

/* What a file of the baseline is. */
enum runnable_sort {
	RUNNABLE_PROGRAM = 1,	/* off the list once it is opened for writing */
	RUNNABLE_IMAGE,		/* a loop device's: programs are in it, so that nobody may write to it */
};

/* How a device has to do with the file systems of the baseline. */
enum disk {
	DISK_BELOW = 1,		/* one of them lies on it, whole or in part: nobody may write to it */
	DISK_BESIDE,		/* another partition of such a disk, by which commands reach all of it */
};

/*
 * A device's number, as the kernel has it.  A character device takes commands for a disk (SCSI, NVMe), so it counts as
 * one that is below.
 */
#define DISK_KEY(major, minor, character) \
	((__u64)(character) << 32 | (__u64)(major) << 20 | (__u64)(minor))
/* In every list, so that a canary has something to try: there is no such driver. */
#define DISK_CANARY_MAJOR	4095
#define DISK_CANARY_MINOR	1048575
#define PROTECT_CANARY_MINOR	1048574	/* a character device that data.protect gives to nobody */

/* A row of kernel.devices, or of data.protect: DISK_KEY of one device, or of all minors of a major, or of all that are character or block devices. */
#define DEVICE_ANY_MINOR	(1ull << 33)	/* beside the major */
#define DEVICE_ANY		(1ull << 34)	/* beside the bit for character devices */

/* What may be done with them: as in enum bpf_devcg_acc. */
enum device_access { DEVICE_MKNOD = 1, DEVICE_READ = 2, DEVICE_WRITE = 4 };
#define DEVICE_ACCESS	7u
#define DEVICE_BY(access)	((access) << 8)	/* by some program, for which there is a row in the table of users */

struct device_user {
	__u64 key;
	struct file_id program;
};
static_assert(sizeof(struct device_user) == 24, "device_user: hash key, no padding");

/* What is known of a socket.  A connection that comes in by a listener has what is known of that. */
struct socket_tag {
	struct file_id program;	/* that made it; all 0: unknown, or the kernel itself */
	__u32 flags;		/* enum socket_flag */
	__u32 found;		/* not 0: by whom a load, that of the set with this number, found it held; all 0: by several */
	__u32 set;		/* of a vsock socket: the number of the set that let it connect to where it is; 0: none has */
	__u32 pad;
};
static_assert(sizeof(struct socket_tag) == 32, "socket_tag: no padding");
enum socket_flag {
	SOCKET_ACCEPTED = 1,	/* it listens, or somebody connected to it: ingress judges what it sends */
	SOCKET_RAW = 2,		/* a raw one of a program's, not the kernel's own */
	SOCKET_INIT = 4,	/* a load found the first process to have it, among others maybe */
	SOCKET_RECORDED = 8,	/* where egress only records: that this one sends to what is not listed is recorded */
};

/*
 * Addresses of this machine's own that packets of UDP may be sent to, from the socket's own port to that port, so that one of the
 * hooks on packets refuses them, whatever the policy.  A mark would not do: a message can bring another one (SO_MARK as its cmsg).
 */
#define CANARY_OUT	0x7f686301	/* 127.104.99.1, host order */
#define CANARY_IN	0x7f686302
#define MARK_CANARY	0x68630001	/* SO_MARK of a unix socket that is nobody's */

/* A kind of socket that egress.sockets lists. */
struct socket_kind {
	struct file_id program;	/* whose entry it is; all 0: what the entries of all say together */
	__u16 family, type;	/* AF_*, SOCK_*; SOCKET_ANY_TYPE */
	__u32 proto;		/* SOCKET_ANY_PROTO */
};
static_assert(sizeof(struct socket_kind) == 24, "socket_kind: hash key, no padding");
#define SOCKET_ANY_TYPE		0xffff
#define SOCKET_ANY_PROTO	(~0u)
#define PROTO_CANARY		253	/* for experiments (RFC 3692): what canaries try, and no policy can list */

/* Who may make one: a mask. */
enum socket_who {
	SOCKET_ALL = 1,		/* everybody or, in a row with a program, that one */
	SOCKET_SOME = 2,	/* some program, for which there is a row */
	SOCKET_CONNECT = 4,	/* as SOCKET_ALL, but only to connect: egress.vsock lists where */
};

/* Who may talk, by unix sockets, to what whose: egress.unix. */
struct deputy {
	struct file_id by;	/* all 0: any program */
	struct file_id to;	/* that made the socket at the other end */
};
static_assert(sizeof(struct deputy) == 32, "deputy: hash key, no padding");

/*
 * A row of egress.vsock: ports that share their first bits, for one program or all.  A range is several rows, and all
 * ports are a row without any bit of theirs.
 */
struct vsock_key {
	__u32 prefixlen;
	__u32 cid;		/* VSOCK_ANY */
	struct file_id by;	/* all 0: any program */
	__u32 port;		/* network order */
	__u32 pad;
};
static_assert(sizeof(struct vsock_key) == 32, "vsock_key: trie key, no padding");
#define VSOCK_PREFIX	160	/* bits of all that stands before the port */
#define VSOCK_ANY	(~0u)	/* of cid and port: nobody has it */

/* What changes where packets go, as egress.netlink spells it: bits of a mask. */
#define REROUTES(R)							\
	R(link) R(address) R(route) R(rule) R(neighbour) R(tc)		\
	R(netfilter) R(xfrm) R(generic) R(other)
#define REROUTE_ENUM(class)	REROUTE_##class,
enum reroute {
	REROUTES(REROUTE_ENUM)
	REROUTE_COUNT,
	REROUTE_CANARY = 31,	/* what canaries ask for: in no mask */
	REROUTE_NONE = 32,	/* what changes nothing */
};
/* Numbers that the kernel does nothing for: a family of generic netlink, an ioctl of sockets, an option of IP. */
#define CANARY_MESSAGE	0xfffc
#define CANARY_IOCTL	0x89ef
#define CANARY_OPTION	0xefff

/* What the snapshot says of one descriptor. */
enum runnable_result {
	RUNNABLE_TAKEN,
	RUNNABLE_WRITTEN,	/* somebody has the file open for writing */
	RUNNABLE_NO_ROOM,
};

struct runnable_row {
	__u32 fd;
	__u32 result;		/* enum runnable_result */
};

/* Files of /proc/PID that are judged when they are opened: a mask. */
enum reader_mask {
	READER_SHOWS = 1,	/* memory, to another process: the ptrace guard's */
	READER_WRITES = 2,	/* memory, whatever its protection: the exec guard's */
};

/* What ptrace.allow lets a tracer do: a mask. */
enum access { ACCESS_READ = 1, ACCESS_ATTACH = 2 };

struct tracing {
	struct file_id tracer;
	struct file_id target;	/* all 0: any program */
};
static_assert(sizeof(struct tracing) == 32, "tracing: hash key, no padding");

/* One row of an address trie: ports [first, first + count) of the port table. */
struct span {
	__u32 first;
	__u32 count;
};

#define UID_ANY		(~0u)	/* no user has it */

/* Matches ports lo..hi, both included, host order. */
struct port_rule {
	__u16 lo, hi;
	__u16 by;		/* struct identity's, of the program that made the socket; 0: any */
	__u8 proto;		/* IPPROTO_*; 0: TCP and UDP; IPPROTO_ICMP: ICMPv6, too, of all ports */
	__u8 pad;
	__u32 uid;		/* of who sends or listens; UID_ANY */
};
static_assert(sizeof(struct port_rule) == 12, "port_rule: compared as bytes, no padding");

struct lpm4 {
	__u32 prefixlen;
	__u8 addr[4];
};

struct lpm6 {
	__u32 prefixlen;
	__u8 addr[16];
};

/* A sysctl's name as the kernel has it, "net/ipv4/tcp_rmem", but for an asterisk in place of an interface. */
#define SYSCTL_MAX	124	/* with its NUL; a longer name is one that nobody lists */
struct sysctl_key {
	__u32 prefixlen;	/* in bits: of a name with its NUL, or of what names begin with */
	char name[SYSCTL_MAX];
};
static_assert(sizeof(struct sysctl_key) == 128, "sysctl_key: trie key, no padding");

/* What becomes of writing it after the seal; what has no row is refused as not listed. */
enum sysctl_verdict {
	SYSCTL_ALLOWED = 1,
	SYSCTL_DANGEROUS,	/* of the built-in table, and the policy does not name it */
	SYSCTL_ELSEWHERE,	/* another guard refuses it, and records that */
};

/* Which line of which policy file a kind's refusals come from. */
struct rule_ref {
	__u32 line;
	__u32 file;		/* index into struct state's files; 0 is "no file" */
};

/* Keys of section kernel that are deny or allow: bits of a mask. */
enum kernel_class { KERNEL_IO_URING, KERNEL_USERFAULTFD, KERNEL_USER_NAMESPACES, KERNEL_PERF, KERNEL_CLASSES };

/* Why the kernel asks whether it is locked down, as kernel.allow spells it: by its value in enum lockdown_reason. */
struct lockdown_name {
	__u64 words[LOCKDOWN_NAME / 8];	/* the text; "": the kernel's BTF has no such value */
};

/* What the loader decides before the load; the verifier folds it into the code. */
struct config {
	__u64 set;			/* this set's number */
	__u32 records;			/* capacity of the log, never 0 */
	__u8 seal_bpf;			/* mask of enum seal_bpf */
	__u8 probe_read;		/* bpf_probe_read_kernel may be called: no lockdown for confidentiality */
	__u8 setattr_idmap;		/* inode_setattr has an argument before the dentry */
	__u8 fileless;			/* programs without a name in any directory are refused */
	__u8 ptrace_read;		/* reading another process is refused */
	__u8 tracers;			/* ptrace.allow has entries */
	__u8 allow;			/* exec.allow is there: what it doesn't list is refused */
	__u8 ptrace_files;		/* reading is judged at file_open, too */
	__u8 introduced;		/* what is not in the baseline is refused */
	__u8 baseline;			/* enum baseline */
	__u8 libraries;			/* exec.libraries is there: what it doesn't list is not mapped as code */
	__u8 jit;			/* who may have anonymous executable memory is listed */
	__u8 edges;			/* exec.except has entries */
	__u8 lines;			/* of them, some with `descends` */
	__u8 scripts;			/* there are entries for one script only */
	__u8 verity;			/* exec.allow lists digests */
	__u8 kernel_deny;		/* mask of enum kernel_class */
	__u8 perf_attr;			/* perf_event_open has an argument before the type */
	__u8 firmware;			/* devices get firmware after the seal, too */
	__u8 module_names;		/* until the seal, modules from memory are judged by the name in their image */
	__u8 devices;			/* kernel.devices is there: what it doesn't list is not opened after the seal */
	__u8 device_users;		/* some of its entries are for one program */
	__u8 sysfs;			/* files of sysfs may be written after the seal, but for a few */
	__u8 egress_by;			/* some rows of egress.allow are for one program */
	__u8 egress_user;		/* some are for one user */
	__u8 netlink_users;		/* some entries of egress.netlink are for one program */
	__u8 egress_unix;		/* egress.unix is there: the programs that make unix sockets are noted */
	__u8 data;			/* data.protect has entries with files */
	__u8 data_devices;		/* it has some with devices */
	__u8 shm;			/* it has some with shared memory */
	__u8 mode[16];			/* enum mode by guard */
	__u8 before_seal[16];		/* what MODE_ENFORCE means until the seal: enum mode by guard */
	struct rule_ref rule[KIND_MAX];
	__u64 data_remove;		/* mask of entries of data.protect: everybody may remove what they name */
	__u32 data_devs[PROTECT_DEVS];	/* the file systems that it is on; 0: no more */
	__u64 data_shm[SHM_COUNT];	/* masks of entries of data.protect, by class */
	__u64 data_keys[KEY_CLASS_COUNT];	/* likewise */
	union key_type_name key_types[KEY_CLASS_COUNT];
	__u32 shm_dev;			/* the file system of /dev/shm; 0: none */
	__u32 pad;
	__u64 lockdown_allow;		/* mask of values of the kernel's enum lockdown_reason */
	struct lockdown_name lockdown[LOCKDOWN_MAX];
};
static_assert(sizeof(struct lockdown_name) == LOCKDOWN_NAME, "lockdown_name: no padding");

/*
 * The state, frozen for user space from the first load on: only state__change writes to it.  `armed` is
 * the number of the newest armed set: set N enforces iff retired < N <= armed, and records iff N == armed.  So
 * one aligned store arms a whole set and silences the one before it, with no moment in between; another one
 * ends the older sets, whose links the kernel frees some time later.
 */
struct state {
	__u64 armed, retired;
	/*
	 * SEALED_NEVER: loaded; SEALED_FOREVER: sealed; else provisionally sealed until that moment
	 * (CLOCK_BOOTTIME).  One word, so that a commit and an expiry can't both win.
	 */
	__u64 sealed_until;
	__u32 sealer;		/* tgid of the task that the provisional arming belongs to */
	__u32 pad;
	__u64 lines;		/* bits of struct identity's `line` that some set has used: tasks may still have them */
};
#define SEALED_NEVER	0
#define SEALED_FOREVER	(~0ull)

enum state_op { STATE_ARM, STATE_RETIRE, STATE_NAME, STATE_SEAL_BEGIN, STATE_SEAL_COMMIT, STATE_SEAL_BACK, STATE_REPORT,
		STATE_LINES, STATE_REFUSED };

/* What state__change is asked; it answers 0 or -errno. */
struct state_change {
	__u32 op;		/* enum state_op */
	__u32 index;		/* STATE_NAME: which */
	__u64 set;		/* STATE_ARM: the set's number; STATE_RETIRE: that of the newest to end; STATE_LINES: bits */
	char name[FILE_LEN];	/* STATE_NAME; STATE_REPORT, STATE_REFUSED: what the record says */
};

/* The table of policy files that records refer to by number; entry 0 stays "". */
struct file_name {
	char path[FILE_LEN];
};

/* What the seal scan may accept (seal.tolerate); audit:GUARD and off:GUARD are masks of their own. */
#define FINDINGS(F)							\
	F(tracer) F(proc_mem) F(socket_raw) F(socket_unlisted)		\
	F(listener_unlisted) F(bpf_foreign) F(probe) F(binfmt)		\
	F(process_unlisted) F(exec_memory) F(core_pipe) F(swap)		\
	F(forwarding) F(tunnel) F(descriptor) F(kexec)			\
	F(hibernation)
#define FINDING_ENUM(kind)	FINDING_##kind,
enum finding_kind {
	FINDINGS(FINDING_ENUM)
	FINDING_audit, FINDING_off,	/* with a guard */
	FINDING_canary,			/* never tolerated */
	FINDING_COUNT
};

/* seal.bpf: kinds of program that may be loaded after the seal. */
enum seal_bpf { SEAL_BPF_DEVICE = 1, SEAL_BPF_SKB = 2 };

enum on_failure { ON_FAILURE_CONTINUE, ON_FAILURE_POWEROFF };

/* One of our objects, by its id. */
enum own_type { OWN_MAP, OWN_PROG, OWN_LINK };
struct own {
	__u32 type;		/* enum own_type */
	__u32 id;
};

/* A file, directory or pin that nobody changes after the seal. */
struct guarded {
	__u32 place;		/* 1: only its name and what stands on it; what is in it may change */
	__u32 pad;
	char path[PROGRAM_PATH];
};

/* Namespaces of a task that records tell. */
enum ns { NS_MNT, NS_NET, NS_PID, NS_USER, NS_COUNT };

/* The file system that our pins are in, and the mount namespace that must keep it. */
struct pin_mount {
	__u64 sb;		/* address of its super block; 0: unknown */
	__u64 namespace;	/* address of the first process's mount namespace */
	__u32 dev, pad;		/* of the super block */
	__u64 root_mount, root_dentry;	/* addresses: the first process's root directory */
	__u32 ns[NS_COUNT];	/* of the first process: as in struct record */
};

enum lost_cause {
	LOST_PROGRAM_TABLE,	/* a program's path, as PROGRAMS_MAX others are remembered */
	LOST_REPEAT_TABLE,	/* what was repeated before, as REPEATS_MAX others were since */
	LOST_COUNT
};

struct kind_count {
	__u64 denied;
	__u64 would_deny;
	__u64 canary;		/* refusals of hardenctl's own canaries */
	__u64 first;		/* seq of the first record of the kind that is no canary's, which has a place of its own; 0: none yet */
};

struct counters {
	__u64 head;		/* seq of the newest record; 0: none yet */
	__u64 repeats;		/* rows that the table of repetitions ever got */
	__u64 lost[6];		/* by enum lost_cause */
	struct kind_count kind[KIND_MAX];
};
static_assert(LOST_COUNT <= 6, "counters: one slot a cause");
static_assert(KIND_COUNT <= KIND_MAX, "counters: one slot a kind");

enum record_flag {
	RECORD_DENIED	= 1,	/* refused; else only recorded (audit) */
	RECORD_CANARY	= 2,	/* hardenctl itself tried it, as a proof */
	RECORD_CUT	= 4,	/* the object's text did not fit and is not there */
};

enum object_type { OBJECT_NONE, OBJECT_FILE, OBJECT_TASK, OBJECT_NET, OBJECT_TEXT,
		   OBJECT_BPF, OBJECT_REQUEST, OBJECT_PEER, OBJECT_EXEC, OBJECT_COUNT };

struct object_file {
	struct file_id id;
	char path[344];
};

/* A program that was to start. */
#define ARGS_MAX	128
struct object_exec {
	struct file_id id;
	char args[ARGS_MAX];	/* the first bytes, each argument with its NUL; the caller's word, as it may change them meanwhile */
	char path[216];
};

struct object_task {
	__u32 pid;
	__u32 access;		/* PTRACE_MODE_* */
	char comm[COMM_LEN];
};

struct object_net {
	__u8 addr[16];		/* the first four bytes for AF_INET; of AF_VSOCK the CID and the port, each a __u32 */
	__u16 family;		/* after normalisation: v4-mapped is AF_INET */
	__u16 port;		/* host order */
	__u16 proto;
	__u16 type;		/* SOCK_* */
};

struct object_bpf {
	__u32 cmd;		/* enum bpf_cmd */
	__u32 type;		/* of program or attachment, where the command has one */
	__u32 id;		/* of the object, where the command has one */
	__u32 insn;		/* the refused instruction, counted from 0 */
};

/* What was asked of the kernel by number. */
struct object_request {
	__u32 group;		/* level of a socket option; protocol of netlink */
	__u32 number;		/* the option; the message's type; the ioctl */
	__u32 class;		/* enum reroute */
};

/* A unix socket at the other end. */
#define UNIX_NAME	112
struct object_peer {
	__u32 type;		/* SOCK_* */
	__u32 len;		/* of the name; 0: it has none */
	char name[UNIX_NAME];	/* of an abstract one, which begins with a NUL, too; with zeros up to its end */
	char maker[PROGRAM_PATH];	/* the program that made it; "": not known */
};

struct object_text {
	char what[64];
	char detail[128];
};

/* Tells what was refused from all else that is, for what repeats it: a file's id, an address, a number.  Never for a verdict. */
struct object_key {
	__u64 word[3];
};

/* Somebody's refusal, without when. */
struct repeat_key {
	struct file_id exe;
	struct object_key object;
	__u32 kind;		/* enum kind_id */
	__u32 flags;		/* RECORD_DENIED, RECORD_CANARY */
};
static_assert(sizeof(struct repeat_key) == 48, "repeat_key: hash key, no padding");

struct repeat {
	__u64 first;		/* seq of its first record */
	__u64 count;		/* how often it was refused since, that one among them */
	__u64 recorded_ns;	/* when its newest record was written */
};

/*
 * One refusal, or one of many that are the same: `count` says how many it is since that with number `first`.  The writer stores
 * ~seq, fills the rest and stores seq last; a reader that sees the seq it expects before and after its copy has a whole one.
 */
struct record {
	__u64 seq;
	__u64 first;
	__u64 boot_ns;		/* CLOCK_BOOTTIME */
	__u64 cgroup;		/* id of the subject's cgroup */
	struct file_id exe;	/* the subject's program; all 0: a kernel thread */
	struct file_id parent_exe;	/* its parent's, as its exe_file says it */
	__u32 pid, tgid, ppid, uid;	/* pid is the thread's */
	__u32 login;		/* the user that it logged in as; ~0: none */
	__u32 count;
	__u32 ns[NS_COUNT];	/* inode numbers of its namespaces: enum ns; 0: not known */
	struct rule_ref rule;
	__u32 set;		/* number of the set that recorded it */
	__u16 kind;		/* enum kind_id */
	__u8 flags;		/* enum record_flag */
	__u8 object_type;	/* enum object_type */
	char comm[COMM_LEN], parent_comm[COMM_LEN];
	union {
		struct object_file file;
		struct object_task task;
		struct object_net net;
		struct object_text text;
		struct object_bpf bpf;
		struct object_request request;
		struct object_peer peer;
		struct object_exec exec;
		__u8 raw[360];
	} object;
};
static_assert(sizeof(struct record) == RECORD_SIZE, "record: no padding");

/* What of lockdown's reasons the canaries can try, as the policy does not allow it. */
enum kernel_try { KERNEL_TRY_IOPORT = 1, KERNEL_TRY_KCORE = 2 };

enum leg { LEG_CGROUP, LEG_LINK, LEG_COUNT };

/* Where one program of a set hangs. */
struct attachment {
	__u32 prog_id;
	__u32 leg;		/* enum leg */
	__u32 attach_type;	/* enum bpf_attach_type, for LEG_CGROUP */
	__u32 guard;		/* enum guard_id; GUARD_COUNT: the core */
	char name[48];
};

/* A set describes itself in a frozen map, from which every verb finds the rest. */
struct set_info {
	__u32 abi;		/* ABI_VERSION */
	__u32 kinds;		/* KIND_COUNT */
	__u64 set;		/* its number, from 1, never used twice in a boot */
	__u64 serial;		/* the policy's */
	__u64 loaded_ns;	/* CLOCK_BOOTTIME */
	__u64 lockdown_allow;	/* as in struct config */
	__u64 data_shm[SHM_COUNT];	/* likewise */
	__u64 data_keys[KEY_CLASS_COUNT];	/* likewise */
	__u32 map_state, map_log, map_counters, map_programs;	/* map ids */
	__u32 map_proof, map_identities, map_trie4, map_trie6, map_ports;
	__u32 map_names, map_own, map_guarded, map_mount, map_tasks, map_heads, map_tracers, map_readers;
	__u32 map_runnable, map_filesystems, map_disks;
	__u32 map_edges, map_scripts, map_execs, map_verity, map_modules, map_mounts, map_sysctls, map_devices, map_device_users;
	__u32 map_sockets, map_sock_kinds, map_netlink, map_unix, map_vsock;
	__u32 map_from4, map_from6, map_repeats, map_protected, map_protected_names;
	__u32 map_shm, map_segments, map_keys;
	__u32 protected_names;	/* entries of that table in use */
	__u32 data_devs[PROTECT_DEVS];	/* as in struct config */
	__u32 records;		/* capacity of the log */
	__u32 attachments;	/* entries of attachment[] in use */
	__u32 tolerate;		/* mask of enum finding_kind */
	__u16 tolerate_audit, tolerate_off;	/* masks of enum guard_id */
	__u32 seal_retry;	/* seconds */
	__u8 fileless, ptrace_read, allow;	/* as in struct config */
	__u8 ptrace_files, introduced, baseline, libraries, jit;	/* as in struct config */
	__u8 maps;		/* what is mapped as code is judged */
	__u8 kernel_tries;	/* mask of enum kernel_try */
	__u8 kernel_deny;	/* as in struct config; 0 where the guard is off */
	__u8 devices, sysfs, egress_by, egress_user;	/* as in struct config */
	__u8 egress_unix;	/* as in struct config */
	__u8 egress_vsock;	/* egress.vsock has entries */
	__u8 vsock_open;	/* one of them is for every program */
	__u8 netlink_open;	/* everybody may use generic netlink, and its messages can't be told apart */
	__u8 seal_bpf;		/* mask of enum seal_bpf that this kernel can inspect */
	__u8 on_load_failure, on_seal_refused, on_canary_lost;	/* enum on_failure */
	__u8 journal;		/* logd sends records to the journal, too */
	__u8 data_devices;	/* as in struct config */
	__u8 keys;		/* data.protect has entries with keys */
	__u8 shm;		/* as in struct config, but for the scan's programs: the kernel lets them read no inode's storage */
	__u8 mode[16];		/* enum mode by guard */
	__u8 before_seal[16];	/* as in struct config */
	__u32 rules[16];	/* number of rules by guard */
	char name[NAME_LEN];
	char path[FILE_LEN];
	char digest[80];	/* "sha256:" and hexadecimal digits */
	char signer[24];	/* number of the key that signed the policy, in hexadecimal digits; "": none */
	struct attachment attachment[ATTACH_MAX];
};
static_assert(GUARD_COUNT <= 16, "set_info: one slot a guard");

#endif
