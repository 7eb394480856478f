/* SPDX-License-Identifier: GPL-2.0-only */
/* scan.h - what is there already and would break a promise once the machine is sealed. */
#ifndef HARDENCTL_SCAN_H
#define HARDENCTL_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "fail.h"
#include "set.h"

struct bpf_link;
struct hardenctl_bpf;

struct finding {
	enum finding_kind kind;
	__u32 guard;		/* FINDING_audit, FINDING_off, FINDING_canary */
	bool tolerated;		/* by the policy */
	char what[256];		/* what was found, and where; escaped */
	const char *advice;	/* what to do about it */
};

struct findings {
	struct finding *list;
	size_t count;
	size_t open;		/* those that are not tolerated */
	bool outrun;		/* one of them is a program on the root cgroup after ours, which a reload comes after */
};

/* What a scan works with: scan_prepare() fills it, scan_close() frees it. */
struct scan {
	struct hardenctl_bpf *skel;	/* the scan__ iterators, loaded, on the live set's maps */
	const struct set_info *set;
	struct bpf_link *tasks, *files, *maps, *programs;
};

/* Attaches the iterators: before anything is armed, since after that nothing is attached any more. */
int scan_prepare(struct scan *scan, struct hardenctl_bpf *skel, const struct set_info *set,
		 struct fail *fail);
void scan_close(struct scan *scan);

/*
 * Looks for every kind that seal.tolerate names.  Each guard's kinds count only where the guard is not off.
 * Appends to `ret_findings`, which the caller frees.
 */
int scan(struct scan *scan, struct findings *ret_findings, struct fail *fail);

/* What a set, once it is armed, cuts of what is open. */
struct flows {
	struct findings cut;
	char session[256];	/* the connection over which, it seems, somebody asks for that; "": none that is refused */
};

/*
 * Judges TCP and UDP sockets by the set that `skel` has loaded and filled, and whose tags are noted.  Appends to
 * `ret_flows`, which the caller frees.
 */
int scan_flows(struct hardenctl_bpf *skel, const struct set_info *set, struct flows *ret_flows, struct fail *fail);

/* Adds one, once; `advice` is a constant. */
int findings_add(struct findings *findings, const struct set_info *set, enum finding_kind kind,
		 __u32 guard, const char *advice, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
void findings_free(struct findings *findings);

#endif
