/* SPDX-License-Identifier: GPL-2.0-only */
/* verity.h - fs-verity digests: what a file holds, as the kernel checks it at each read. */
#ifndef HARDENCTL_VERITY_H
#define HARDENCTL_VERITY_H

#include "abi.h"

#define VERITY_TEXT	(8 + 2 * DIGEST_MAX)	/* a digest in words, with its NUL */

/* Reads "sha256:" or "sha512:" and the digits.  NULL, or what is wrong; then *ret_verity is untouched. */
const char *verity_parse(const char *text, struct verity *ret_verity);

/* The same backwards; an algorithm that has no name here has its number. */
void verity_format(const struct verity *verity, char ret_text[VERITY_TEXT]);

/* Asks the kernel for the digest of an open file.  -ENODATA: it has none; -errno. */
int verity_measure(int fd, struct verity *ret_verity);

#endif
