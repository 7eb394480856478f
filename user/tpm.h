/* SPDX-License-Identifier: GPL-2.0-only */
/* tpm.h - the TPM's registers, which can be extended and not set back until the machine reboots, and its counters, which never can. */
#ifndef HARDENCTL_TPM_H
#define HARDENCTL_TPM_H

#include <stddef.h>

#include <linux/types.h>

#define TPM_DEVICE	"/dev/tpmrm0"
#define TPM_DIGEST	32	/* SHA-256 */
#define TPM_EVENT_MAX	1024	/* bytes of TPM2_PCR_Event (TPM 2.0 part 2, MAX_PCR_EVENT) */

struct tpm;

/*
 * The resource manager's device, so that others use the TPM meanwhile.  -ENOENT: the machine has no TPM 2.0; -EOPNOTSUPP: built
 * without tpm2-tss; -ELIBACC: its libraries are not installed; -EIO: it does not answer; -errno of opening.
 */
int tpm_open(struct tpm **ret_tpm);
void tpm_close(struct tpm *tpm);

/* Its value in the SHA-256 bank.  -ENODATA: the TPM has no such bank; -EIO. */
int tpm_read(struct tpm *tpm, unsigned int pcr, __u8 ret_value[TPM_DIGEST]);

/*
 * Extends it in every bank by the digest of `data`, which the TPM makes, so that none is left for forging.  -EIO.
 */
int tpm_event(struct tpm *tpm, unsigned int pcr, const void *data, size_t size);

#define TPM_LABEL	TPM_DIGEST	/* bytes that a counter has for good: its policy's digest, of which it makes no use */

/*
 * A counter, 64 bits wide, in the NV memory of the owner's, who can remove it; else it only counts up.  A new one begins where none
 * of this TPM has ever been (TPM 2.0 part 3, TPM2_NV_Increment).  -ENOENT: there is none at `index`; -EBADMSG: something else is
 * there; -EACCES: the owner has a password; -EIO.
 */
int tpm_counter_read(struct tpm *tpm, __u32 index, __u8 ret_label[TPM_LABEL], __u64 *ret_value);
int tpm_counter_make(struct tpm *tpm, __u32 index, const __u8 label[TPM_LABEL], __u64 *ret_value);
int tpm_counter_raise(struct tpm *tpm, __u32 index);
int tpm_counter_remove(struct tpm *tpm, __u32 index);

#endif
