/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * anchors.h - what every file of the log begins with, in a register of the TPM.
 *
 * A file's header has the MAC of the line before it, so whoever rewrites older lines, be it with the log's first key, needs another
 * header; and the register, once extended, does not go back.
 */
#ifndef HARDENCTL_ANCHORS_H
#define HARDENCTL_ANCHORS_H

#include "verify_log.h"

/* Before the header is written, so that none is there without it.  -errno with a message; without a TPM, 0. */
int anchors_add(const char *run, const struct chain_header *header, struct fail *fail);

/*
 * Holds the headers of a log of this boot, oldest first, against the register.  LOG_WHOLE: each is there, or there is no TPM.
 * Else `ret_place` says what is wrong.
 */
enum log_verdict anchors_check(const char *run, const struct log_file *files, size_t count, struct verify_place *ret_place);

#endif
