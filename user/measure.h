/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure.h - what is put in force, in a register of the TPM: for somebody outside who has its quote.
 *
 * An event is a line of text; the TPM extends the register by the text's digest.  The texts are kept in RAM, so that whoever
 * has the quote can replay them (tools/replay-pcr).  That the register was extended proves nothing before the seal: it takes root, no
 * more.  What was started by a measured boot and measured itself before anybody else got hold of the machine is what it tells.
 */
#ifndef HARDENCTL_MEASURE_H
#define HARDENCTL_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"
#include "fail.h"
#include "tpm.h"

/*
 * Neither can be set back without a reboot (16 and 23 can), and the boot chain extends neither but for images that the initramfs
 * is extended by (13, systemd-stub) and shim's own keys (14): the value that they had is in the event log.
 */
#define MEASURE_PCR		13	/* policy and programs */
#define MEASURE_LOG_PCR		14	/* the log's chain */

#define MEASURE_RUN		"/run/hardenctl"
#define MEASURE_POLICY		"measured"	/* the events of the one register, below it */
#define MEASURE_LOG		"measured-log"	/* and of the other */

#define MEASURE_TEXT		512	/* the longest event, with its NUL */
#define MEASURE_SHOWN		16

struct measured {
	int err;			/* 0, or -errno of tpm_open() or tpm_read() */
	__u8 value[TPM_DIGEST];		/* of the register now */
	bool replays;			/* the events lead to that */
	size_t count;			/* events of this boot; the newest: */
	char events[MEASURE_SHOWN][MEASURE_TEXT];
};

/*
 * Extends `pcr` by `event`, and appends it to `file` in directory `run`.  -errno with a message; without a TPM, 0 and nothing is
 * done.
 */
int measure_event(const char *run, const char *file, unsigned int pcr, const char *event, struct fail *fail);

/*
 * What `verb` has put in force: the policy's digest and that of the BPF programs; with a NULL `set` it has taken away what was.
 * Returns like measure_event().
 */
int measure_set(const char *verb, const struct set_info *set, struct fail *fail);

struct measure_visit {
	const char *file;
	unsigned int pcr;
	void (*see)(void *arg, const char *event);
	void *arg;
};

/*
 * Shows the events of a file, oldest first, and asks for the register's value.  0: that is what they lead to; -EBADMSG: it is
 * not, or there is something else in the file; -ESRCH: there is none; else -errno of tpm_open() or tpm_read().
 */
int measure_replay(const char *run, const struct measure_visit *visit, __u8 ret_value[TPM_DIGEST]);

/* The register that measure_set() extends. */
void measure_read(const char *run, struct measured *ret_measured);

/* Why there is nothing that was measured: of measured.err, which is not 0. */
const char *measure_why(int err);

/* Of the BPF programs of this build: "sha256:" and hexadecimal digits. */
#define MEASURE_DIGEST	(7 + 2 * TPM_DIGEST + 1)
void measure_programs(char ret_digest[MEASURE_DIGEST]);

#endif
