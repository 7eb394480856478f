/* SPDX-License-Identifier: GPL-2.0-only */
/* reasons.h - what each reason of bpf/guards.h means, what to do about it, and what in a policy would allow it. */
#ifndef HARDENCTL_REASONS_H
#define HARDENCTL_REASONS_H

#include "abi.h"

/* What in a policy allows it: advice.c makes the lines. */
enum allow {
	ALLOW_NOTHING,
	ALLOW_CLASS,		/* the key that `rule` names: SECTION.KEY */
	ALLOW_SEALED_CLASS,	/* the same, of what is refused after the seal only */
	ALLOW_PROGRAM,		/* exec.allow */
	ALLOW_LIBRARY,		/* exec.libraries */
	ALLOW_JIT,		/* exec.jit */
	ALLOW_MODULE,		/* modules.allow */
	ALLOW_MOUNT,		/* kernel.mounts */
	ALLOW_MODE,		/* only that the guard does no more than record */
	ALLOW_SEALED_MODE,	/* the same, of what is refused after the seal only */
	ALLOW_DESTINATION,	/* egress.allow */
	ALLOW_SOURCE,		/* ingress.allow */
	ALLOW_SOCKET,		/* egress.sockets */
	ALLOW_REROUTE,		/* egress.netlink */
	ALLOW_DEPUTY,		/* egress.unix */
	ALLOW_VSOCK,		/* egress.vsock */
	ALLOW_BPF,		/* seal.bpf */
	ALLOW_LOCKDOWN,		/* kernel.allow */
	ALLOW_DEVICE,		/* kernel.devices */
	ALLOW_SYSCTL,		/* kernel.sysctls */
	ALLOW_FINDING,		/* seal.tolerate */
};

struct reason {
	const char *deed;	/* "PROGRAM tried to DEED OBJECT"; NULL: it is a report of hardenctl's */
	const char *meaning;	/* why that is refused */
	const char *instead;	/* what to do other than to allow it */
	const char *rule;	/* what stands at the line of the policy that a record names, or NULL */
	enum allow allow;
};

/* By enum kind_id.  A reason without a row does not compile. */
extern const struct reason *const reasons[KIND_COUNT];

#endif
