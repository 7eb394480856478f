/* SPDX-License-Identifier: GPL-2.0-only */
/* fail.h - one failure, one message: what was tried, on what, why, and the next step. */
#ifndef HARDENCTL_FAIL_H
#define HARDENCTL_FAIL_H

enum exit_code {
	EXIT_DONE	= 0,
	EXIT_FAILED	= 1,	/* load, unload: failed, nothing changed; status, verify: not loaded */
	EXIT_REFUSED	= 2,	/* load, unload: refused; status: weaker; check: invalid */
	EXIT_KERNEL	= 3,	/* this kernel can't */
	EXIT_PRIVILEGE	= 4,	/* not privileged */
	EXIT_USAGE	= 64,
	EXIT_INTERNAL	= 70,
};

struct fail {
	int exit_code;		/* enum exit_code */
	char text[1024];	/* "what: why" */
	char hint[512];		/* the next step, or "" */
};

/* Fills `fail` and returns -err (err > 0), so that a caller can "return fail_set(...)". */
int fail_set(struct fail *fail, int exit_code, int err, const char *hint, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif
