/* SPDX-License-Identifier: GPL-2.0-only */
/* draft.h - a set in the making: from a policy to programs that are attached, but not yet armed. */
#ifndef HARDENCTL_DRAFT_H
#define HARDENCTL_DRAFT_H

#include "fail.h"
#include "identity.h"
#include "kernel.h"
#include "modules.h"
#include "policy.h"
#include "rules.h"
#include "set.h"

struct bpf_map;
struct bpf_program;
struct hardenctl_bpf;

/* What kernel.devices or data.protect lists, as this machine numbers it. */
struct device_row {
	__u64 key;		/* as in the kernel's table */
	__u32 access;		/* mask of enum device_access */
	union {
		__u32 program;	/* kernel.devices: index into device_programs, from 1; 0: everybody */
		__u32 rule;	/* data.protect: its number */
	};
};

struct device_rows {
	struct device_row *list;
	size_t count;
};

struct draft {
	struct hardenctl_bpf *skel;
	struct program_files files;	/* the programs that it knows by identity */
	struct program_files tracers;	/* of ptrace.allow: two for each entry, tracer and target */
	struct program_files readers;	/* of /proc/self, what shows a process's memory */
	struct program_files edges;	/* of exec.except: parent, program and script of each entry */
	struct module_names modules;	/* of modules.allow */
	struct program_files device_programs;	/* of kernel.devices: `by` */
	struct device_rows devices;
	struct program_files egress_programs;	/* of egress.allow and ingress.allow: `by`, with its number */
	struct program_files socket_programs;	/* of egress.sockets: one for each entry with a `by` that is there */
	struct program_files netlink_programs;	/* of egress.netlink: likewise */
	struct program_files unix_programs;	/* of egress.unix: each that is there, once */
	struct program_files vsock_programs;	/* of egress.vsock: likewise */
	struct program_files protected;	/* of data.protect: what it names first, then files below with names elsewhere */
	struct device_rows protected_devices;	/* of data.protect: likewise */
	const struct policy *policy;
	struct set_info set;		/* what it will say of itself */
	struct program_files guarded;	/* what the seal keeps from being changed */
	struct pin_mount mount;
	__u64 lockdown;			/* reasons that kernel.allow has, by their values in this kernel */
	__u64 lines;			/* as in struct state, with what this set uses */
	struct file_name names[STATE_FILES];	/* policy files that records refer to */
	__u32 n_names, first_new;	/* of them, those from `first_new` on are not in the kernel yet */
	bool reload;			/* it takes over maps of an older set */
	bool segments;			/* that of segments among them: where either lets them come or go unseen, none is known */
	bool keys;			/* that of keys: likewise */
	bool dry_run;			/* it will not come into force: nothing that the older set knows may change */
};

/*
 * Puts the programs through the verifier and resolves the identities that the policy names.  `number` is
 * the new set's; `old` is the set whose log, counters and state it takes over, or NULL.  Attaches
 * nothing.  Free the draft in any case.
 */
int draft_open(const struct policy *policy, const struct rules *rules, const struct kernel *kernel,
	       const struct set_info *old, __u64 number, bool dry_run, struct draft *ret_draft, struct fail *fail);

/* Fills every map that can be filled before the programs are attached, and freezes them. */
int draft_fill(struct draft *draft, const struct rules *rules, struct fail *fail);

/* Attaches and pins; then fills and freezes what names the pins and links.  On failure the caller takes away what set.attachment[] says, attached or not. */
int draft_attach(struct draft *draft, int cgroup, struct fail *fail);

/*
 * Tells the kernel side which programs run already, and takes the first process's mount namespace from it.
 * To be called once the hooks are attached that see whatever starts from then on.
 */
int draft_identify_running(struct draft *draft, struct fail *fail);

/* Runs an iterator to its end.  Its first row, of that size, goes to `ret_row`. */
int draft_walk(const struct bpf_program *prog, void *ret_row, size_t size, const char *what, struct fail *fail);

/* The one store that arms every set up to `number` and makes that one record. */
int draft_arm(struct draft *draft, __u64 number, struct fail *fail);

/* The one store that ends every older set, for what of it the kernel has not freed yet. */
int draft_retire_older(struct draft *draft, struct fail *fail);

/* Says what failed, with errno. */
int draft_failed(struct fail *fail, const char *what);

/* A map's id; 0 where the kernel does not tell. */
__u32 draft_map_id(const struct bpf_map *map);

/* Whether a map is filled once the programs are attached, as it names pins and links. */
bool draft_filled_late(const struct draft *draft, const struct bpf_map *map);

/* Lets go of the files that it found, which are of no use once it is attached. */
void draft_close_files(struct draft *draft);

/* Frees what this process holds; what is attached or pinned stays. */
void draft_free(struct draft *draft);

#endif
