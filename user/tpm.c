// SPDX-License-Identifier: GPL-2.0-only
/*
 * tpm.c - the TPM's registers and counters, by tpm2-tss where it is there at build.
 *
 * The library brings OpenSSL, which would take each verb twice the time to start: it is opened where there is a TPM to talk to.
 */
#include "tpm.h"

#include <assert.h>
#include <dlfcn.h>
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_TPM

#include <tss2/tss2_esys.h>
#include <tss2/tss2_tcti_device.h>

#include "util.h"


/* As the linker would find them: the soname says which functions there are and what they take. */
#define LIBRARY(name)	"libtss2-" name ".so.0"

static struct {
	__typeof__(Esys_Initialize) *initialize;
	__typeof__(Esys_Finalize) *finalize;
	__typeof__(Esys_PCR_Read) *pcr_read;
	__typeof__(Esys_PCR_Event) *pcr_event;
	__typeof__(Esys_TR_FromTPMPublic) *tr_from_public;
	__typeof__(Esys_TR_Close) *tr_close;
	__typeof__(Esys_NV_ReadPublic) *nv_read_public;
	__typeof__(Esys_NV_Read) *nv_read;
	__typeof__(Esys_NV_Increment) *nv_increment;
	__typeof__(Esys_NV_DefineSpace) *nv_define;
	__typeof__(Esys_NV_UndefineSpace) *nv_undefine;
	__typeof__(Esys_Free) *free;
	__typeof__(Tss2_Tcti_Device_Init) *device_init;
} tss;

static const struct symbol {
	const char *library, *name;
	void **to;
} symbols[] = {
	{ LIBRARY("esys"), "Esys_Initialize", (void **)&tss.initialize },
	{ LIBRARY("esys"), "Esys_Finalize", (void **)&tss.finalize },
	{ LIBRARY("esys"), "Esys_PCR_Read", (void **)&tss.pcr_read },
	{ LIBRARY("esys"), "Esys_PCR_Event", (void **)&tss.pcr_event },
	{ LIBRARY("esys"), "Esys_TR_FromTPMPublic", (void **)&tss.tr_from_public },
	{ LIBRARY("esys"), "Esys_TR_Close", (void **)&tss.tr_close },
	{ LIBRARY("esys"), "Esys_NV_ReadPublic", (void **)&tss.nv_read_public },
	{ LIBRARY("esys"), "Esys_NV_Read", (void **)&tss.nv_read },
	{ LIBRARY("esys"), "Esys_NV_Increment", (void **)&tss.nv_increment },
	{ LIBRARY("esys"), "Esys_NV_DefineSpace", (void **)&tss.nv_define },
	{ LIBRARY("esys"), "Esys_NV_UndefineSpace", (void **)&tss.nv_undefine },
	{ LIBRARY("esys"), "Esys_Free", (void **)&tss.free },
	{ LIBRARY("tcti-device"), "Tss2_Tcti_Device_Init", (void **)&tss.device_init },
};

static int open_library(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		void *library = dlopen(symbols[i].library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

		*symbols[i].to = library ? dlsym(library, symbols[i].name) : NULL;
		if (!*symbols[i].to)
			return -ELIBACC;
	}
	return 0;
}

struct tpm {
	ESYS_CONTEXT *esys;
	TSS2_TCTI_CONTEXT *tcti;
};

static_assert(sizeof(((TPM2B_EVENT *)0)->buffer) == TPM_EVENT_MAX, "tpm.h: the specification says so");

/* NULL: it can't be opened, or there is no memory. */
static TSS2_TCTI_CONTEXT *open_device(void)
{
	TSS2_TCTI_CONTEXT *tcti;
	size_t size;

	if (tss.device_init(NULL, &size, NULL))
		return NULL;
	tcti = calloc(1, size);
	if (tcti && tss.device_init(tcti, &size, TPM_DEVICE)) {
		free(tcti);
		tcti = NULL;
	}
	return tcti;
}

int tpm_open(struct tpm **ret_tpm)
{
	struct tpm *tpm;
	int err;

	/* The library says EIO for whatever there is to opening. */
	if (access(TPM_DEVICE, R_OK | W_OK))
		return -errno;
	/* It complains on standard error by itself. */
	setenv("TSS2_LOG", "all+NONE", /* overwrite= */ 0);
	err = open_library();
	if (err)
		return err;
	tpm = calloc(1, sizeof(*tpm));
	if (!tpm)
		return -ENOMEM;
	tpm->tcti = open_device();
	if (!tpm->tcti || tss.initialize(&tpm->esys, tpm->tcti, NULL)) {
		tpm_close(tpm);
		return -EIO;
	}
	*ret_tpm = tpm;
	return 0;
}

void tpm_close(struct tpm *tpm)
{
	if (!tpm)
		return;
	tss.finalize(&tpm->esys);
	if (tpm->tcti)
		Tss2_Tcti_Finalize(tpm->tcti);
	free(tpm->tcti);
	free(tpm);
}

int tpm_read(struct tpm *tpm, unsigned int pcr, __u8 ret_value[TPM_DIGEST])
{
	TPML_PCR_SELECTION wanted = {
		.count = 1,
		.pcrSelections[0] = { .hash = TPM2_ALG_SHA256, .sizeofSelect = 3 },
	};
	TPML_DIGEST *values = NULL;
	int err = 0;

	wanted.pcrSelections[0].pcrSelect[pcr / 8] = 1 << pcr % 8;
	if (tss.pcr_read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &wanted, NULL, NULL, &values))
		return -EIO;
	if (!values->count || values->digests[0].size != TPM_DIGEST)
		err = -ENODATA;
	else
		memcpy(ret_value, values->digests[0].buffer, TPM_DIGEST);
	tss.free(values);
	return err;
}

int tpm_event(struct tpm *tpm, unsigned int pcr, const void *data, size_t size)
{
	TPM2B_EVENT event = { .size = size };
	TPML_DIGEST_VALUES *digests = NULL;

	if (size > sizeof(event.buffer))
		return -E2BIG;
	memcpy(event.buffer, data, size);
	if (tss.pcr_event(tpm->esys, ESYS_TR_PCR0 + pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &event, &digests))
		return -EIO;
	tss.free(digests);
	return 0;
}

/* ---- Counters ---- */

#define COUNTER	(TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA | TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT)

/* As -errno, whichever handle or session of the command it is about. */
static int code_of(TSS2_RC code)
{
	if (!code)
		return 0;
	/* Format one: the number is below what tells which (TPM 2.0 part 2, "Response Code Formats"). */
	if ((code & (TPM2_RC_FMT1 | 0x3f)) == TPM2_RC_HANDLE)
		return -ENOENT;
	if ((code & (TPM2_RC_FMT1 | 0x3f)) == TPM2_RC_BAD_AUTH || (code & (TPM2_RC_FMT1 | 0x3f)) == TPM2_RC_AUTH_FAIL)
		return -EACCES;
	return -EIO;
}

static int open_index(struct tpm *tpm, __u32 index, ESYS_TR *ret_handle)
{
	return code_of(tss.tr_from_public(tpm->esys, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ret_handle));
}

static int read_label(struct tpm *tpm, ESYS_TR handle, __u8 ret_label[TPM_LABEL])
{
	TPM2B_NV_PUBLIC *shape;
	TPM2B_NAME *name;
	bool ours;

	if (tss.nv_read_public(tpm->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &shape, &name))
		return -EIO;
	ours = (shape->nvPublic.attributes & ~TPMA_NV_WRITTEN) == COUNTER && shape->nvPublic.authPolicy.size == TPM_LABEL;
	if (ours)
		memcpy(ret_label, shape->nvPublic.authPolicy.buffer, TPM_LABEL);
	tss.free(shape);
	tss.free(name);
	return ours ? 0 : -EBADMSG;
}

static int read_value(struct tpm *tpm, ESYS_TR handle, __u64 *ret_value)
{
	TPM2B_MAX_NV_BUFFER *data;
	TSS2_RC code = tss.nv_read(tpm->esys, handle, handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, sizeof(*ret_value), 0, &data);

	/* Whoever made it was interrupted before it had a value. */
	if (code == TPM2_RC_NV_UNINITIALIZED)
		return -ENOENT;
	if (code)
		return -EIO;
	memcpy(ret_value, data->buffer, sizeof(*ret_value));
	*ret_value = be64toh(*ret_value);
	tss.free(data);
	return 0;
}

int tpm_counter_read(struct tpm *tpm, __u32 index, __u8 ret_label[TPM_LABEL], __u64 *ret_value)
{
	ESYS_TR handle;
	int err = open_index(tpm, index, &handle);

	if (err)
		return err;
	err = read_label(tpm, handle, ret_label) ?: read_value(tpm, handle, ret_value);
	tss.tr_close(tpm->esys, &handle);
	return err;
}

int tpm_counter_raise(struct tpm *tpm, __u32 index)
{
	ESYS_TR handle;
	int err = open_index(tpm, index, &handle);

	if (err)
		return err;
	err = code_of(tss.nv_increment(tpm->esys, handle, handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE));
	tss.tr_close(tpm->esys, &handle);
	return err;
}

int tpm_counter_make(struct tpm *tpm, __u32 index, const __u8 label[TPM_LABEL], __u64 *ret_value)
{
	const TPM2B_AUTH none = {};
	TPM2B_NV_PUBLIC shape = {
		.nvPublic = { .nvIndex = index, .nameAlg = TPM2_ALG_SHA256, .attributes = COUNTER, .authPolicy.size = TPM_LABEL, .dataSize = 8 },
	};
	__u8 again[TPM_LABEL];
	ESYS_TR handle;
	int err;

	memcpy(shape.nvPublic.authPolicy.buffer, label, TPM_LABEL);
	err = code_of(tss.nv_define(tpm->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &none, &shape, &handle));
	if (err)
		return err;
	tss.tr_close(tpm->esys, &handle);
	err = tpm_counter_raise(tpm, index);
	return err ?: tpm_counter_read(tpm, index, again, ret_value);
}

int tpm_counter_remove(struct tpm *tpm, __u32 index)
{
	ESYS_TR handle;
	int err = open_index(tpm, index, &handle);

	return err ?: code_of(tss.nv_undefine(tpm->esys, ESYS_TR_RH_OWNER, handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE));
}

#else

int tpm_open(struct tpm **ret_tpm)
{
	(void)ret_tpm;
	return -EOPNOTSUPP;
}

void tpm_close(struct tpm *tpm)
{
	(void)tpm;
}

int tpm_read(struct tpm *tpm, unsigned int pcr, __u8 ret_value[TPM_DIGEST])
{
	(void)tpm, (void)pcr, (void)ret_value;
	return -EOPNOTSUPP;
}

int tpm_event(struct tpm *tpm, unsigned int pcr, const void *data, size_t size)
{
	(void)tpm, (void)pcr, (void)data, (void)size;
	return -EOPNOTSUPP;
}

int tpm_counter_read(struct tpm *tpm, __u32 index, __u8 ret_label[TPM_LABEL], __u64 *ret_value)
{
	(void)tpm, (void)index, (void)ret_label, (void)ret_value;
	return -EOPNOTSUPP;
}

int tpm_counter_make(struct tpm *tpm, __u32 index, const __u8 label[TPM_LABEL], __u64 *ret_value)
{
	(void)tpm, (void)index, (void)label, (void)ret_value;
	return -EOPNOTSUPP;
}

int tpm_counter_raise(struct tpm *tpm, __u32 index)
{
	(void)tpm, (void)index;
	return -EOPNOTSUPP;
}

int tpm_counter_remove(struct tpm *tpm, __u32 index)
{
	(void)tpm, (void)index;
	return -EOPNOTSUPP;
}

#endif
