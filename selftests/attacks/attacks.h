/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attacks.h - what root tries after the seal, as tables of small functions, one file a theme.
 *
 * An attack runs in a child, in each of several places (see attacks_test.c), with what was kept from before
 * the seal.  It tries, puts back what it changed of the machine, and ends.  Errors that it meets tell
 * nothing; the test judges by what is still refused afterwards.
 */
#ifndef HARDENCTL_SELFTESTS_ATTACKS_H
#define HARDENCTL_SELFTESTS_ATTACKS_H

#include "common.h"

#include <bpf/bpf.h>
#include <linux/io_uring.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "pins.h"
#include "util.h"

#define WORK		"/tmp/attacks"		/* a tmpfs of the test's own */
#define BINARY		WORK "/hardenctl"	/* the copy that loads, and so is guarded */
#define ETC		"/etc/hardenctl"
#define POLICY_FILE	ETC "/policy.yaml"
#define DROPINS		ETC "/policy.d"
#define DROPIN		DROPINS "/10-attacks.yaml"
#define CHILD_CGROUP	"/hctl_attacks"
#define SYSCTL_SWITCH	"/proc/sys/kernel/ftrace_enabled"

/*
 * What an attack says at its end.  LOOSENED: it saw by itself that something gave way, and said what.
 * DISTURBED: what is nearly the same, and harmless, was refused.  NOT_HERE: this machine has nothing of the kind, or no
 * guard is needed to refuse it.
 */
enum outcome { HELD, LOOSENED, DISTURBED, NOT_HERE };

/* Where an attack runs. */
enum where { HERE, NAMESPACES, SHARED, CGROUP, CHROOT, WHERE_COUNT };

struct attack {
	const char *name;
	unsigned int line;	/* of the catalogue of attacks; 0: not in it */
	enum outcome (*run)(void);
	unsigned int only;	/* mask of enum where; 0: everywhere */
	const char *open;	/* not NULL: known to get through, and why that is accepted */
};

#define ONLY(where)	(1u << (where))

/* Foreign programs from before the seal, which the policy tolerates. */
enum foreign { F_SKB, F_DEVICE, F_SYSCTL, F_CONNECT4, F_LSM_CGROUP, F_SOCKOPT, F_RAW_TP, F_TRACEPOINT,
	       F_XDP, F_TC, F_SYSCALL, F_EXT, FOREIGN_COUNT };

/* From before the seal; -1 where this kernel or its lockdown has none. */
struct kept {
	struct set_info set;
	int cgroup, child_cgroup;	/* directories: the root, and CHILD_CGROUP */
	int maps[OWN_MAX], programs[OWN_MAX], links[OWN_MAX];	/* of ours */
	__u32 map_ids[OWN_MAX], program_ids[OWN_MAX], link_ids[OWN_MAX];
	size_t n_maps, n_programs, n_links;
	int pins, pins_path, pin_path;	/* the live set's directory; the same and one pin by O_PATH */
	char pin[128];			/* a pin's path */
	int bpffs, tree;		/* its root; a detached copy of its mount */
	int ftrace;			/* kernel.ftrace_enabled, for writing */
	int foreign[FOREIGN_COUNT], foreign_link;
	int own_map, outer;		/* of the attacker: a map, and a map of maps like hctl_state */
	int seen;			/* a map that foreign programs count in */
	const void *mapping;		/* of the log, for reading; NULL: refused */
	int ring;			/* of io_uring, with one entry */
	struct io_uring_params ring_params;
	int kprobes, tracer;		/* of tracefs, for writing */
	int trigger;			/* has a driver ask for firmware */
	int cpu;			/* takes the second processor away */
	int msr, pci, serial;		/* a processor's, a device's, a port's: for writing */
	char pci_device[300];		/* its directory */
	pid_t sealer;			/* pid of the `hardenctl seal` that sealed; 0: not sealed yet */
};

extern struct kept kept;

/* Says what gave way. */
enum outcome loosened(const char *format, ...) __attribute__((format(printf, 1, 2)));
enum outcome disturbed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Tries at once, from where the caller is, what every guard must refuse. */
enum outcome still_refused(void);

/* Keeps foreign programs and maps, before the seal. */
void keep_foreign(void);

/* A program for a cgroup that takes an earlier one's refusal of a sysctl back. */
int load_sysctl_pardon(void);

/* What some tables need of the machine and keep, before the load. */
void keep_modules(void);
void keep_kernel(void);
void keep_calls(void);
void keep_devices(void);

/*
 * For attacks with several ways, which run before the load, too, to show that all of them work where no guard is: then
 * each must go through, afterwards none.  What an outcome is before any was tried, and then for each whether it went.
 */
enum outcome at_first(void);
void try_way(enum outcome *outcome, const char *what, bool through);

/* Whether it can be opened, whatever waits or becomes one's terminal. */
bool can_open(const char *path, int flags);

/* Has the ring do something; its result, or -errno. */
int by_ring(const struct io_uring_sqe *sqe);

/* bpf(2) itself. */
int sysbpf(int cmd, const void *attr, unsigned int size);

/* Runs a program, quietly, for at most so many seconds; its status as in struct ran, -1: had to be killed. */
int run_for(unsigned int seconds, const char *const argv[]);
#define RUN_FOR(seconds, ...)	run_for(seconds, (const char *const[]){ __VA_ARGS__, NULL })

/* Writes `text` to the file; 0 or an errno. */
int put_text(const char *path, const char *text);

extern const struct attack attacks_bpf[], attacks_pins[], attacks_mounts[], attacks_files[],
			   attacks_switches[], attacks_modules[], attacks_kernel[], attacks_calls[],
			   attacks_devices[], attacks_processes[], attacks_log[], attacks_last[];

#endif
