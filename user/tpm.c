// SPDX-License-Identifier: GPL-2.0-only
/*
 * tpm.c - the TPM's platform configuration registers, by tpm2-tss where it is there at build.
 *
 * The library brings OpenSSL, which would take each verb twice the time to start: it is opened where there is a TPM to talk to.
 */
#include "tpm.h"

#include <assert.h>
#include <errno.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_TPM

#include <tss2/tss2_esys.h>
#include <tss2/tss2_tcti_device.h>

#include "util.h"

#define DEVICE	"/dev/tpmrm0"

/* As the linker would find them: the soname says which functions there are and what they take. */
#define LIBRARY(name)	"libtss2-" name ".so.0"

static struct {
	__typeof__(Esys_Initialize) *initialize;
	__typeof__(Esys_Finalize) *finalize;
	__typeof__(Esys_PCR_Read) *pcr_read;
	__typeof__(Esys_PCR_Event) *pcr_event;
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
	if (tcti && tss.device_init(tcti, &size, DEVICE)) {
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
	if (access(DEVICE, R_OK | W_OK))
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

#endif
