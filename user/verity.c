// SPDX-License-Identifier: GPL-2.0-only
/* verity.c - fs-verity digests: what a file holds, as the kernel checks it at each read. */
#include "verity.h"

#include <errno.h>
#include <linux/fsverity.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "util.h"

static const struct {
	const char *name;
	__u16 algorithm, size;
} algorithms[] = {
	{ "sha256:", FS_VERITY_HASH_ALG_SHA256, 32 },
	{ "sha512:", FS_VERITY_HASH_ALG_SHA512, 64 },
};

/* What the kernel fills in, and the key of its table. */
static_assert(offsetof(struct verity, digest) == sizeof(struct fsverity_digest), "struct verity: begins like the kernel's");

const char *verity_parse(const char *text, struct verity *ret_verity)
{
	struct verity verity = {};
	size_t len, i;

	for (i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (!strncmp(text, algorithms[i].name, strlen(algorithms[i].name)))
			break;
	if (i == ARRAY_SIZE(algorithms))
		return "it begins with 'sha256:' or 'sha512:'";
	text += strlen(algorithms[i].name);
	if (text[strspn(text, "0123456789abcdefABCDEF")])
		return "a digest has hexadecimal digits only";
	if (strlen(text) != 2u * algorithms[i].size)
		return algorithms[i].size == 32 ? "a sha256 digest has 64 digits" : "a sha512 digest has 128 digits";
	verity.algorithm = algorithms[i].algorithm;
	verity.size = algorithms[i].size;
	if (sodium_hex2bin(verity.digest, sizeof(verity.digest), text, strlen(text), NULL, &len, NULL) || len != verity.size)
		return "a digest has hexadecimal digits only";
	*ret_verity = verity;
	return NULL;
}

void verity_format(const struct verity *verity, char ret_text[VERITY_TEXT])
{
	char number[8];
	const char *name = number;

	snprintf(number, sizeof(number), "%u:", verity->algorithm);
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (algorithms[i].algorithm == verity->algorithm)
			name = algorithms[i].name;
	strcpy(ret_text, name);
	sodium_bin2hex(ret_text + strlen(name), VERITY_TEXT - strlen(name), verity->digest,
		       MIN((size_t)verity->size, sizeof(verity->digest)));
}

int verity_measure(int fd, struct verity *ret_verity)
{
	_Alignas(struct fsverity_digest) char buffer[sizeof(struct fsverity_digest) + DIGEST_MAX] = {};
	struct fsverity_digest *measured = (struct fsverity_digest *)buffer;

	measured->digest_size = DIGEST_MAX;
	if (ioctl(fd, FS_IOC_MEASURE_VERITY, measured))
		return -errno;
	*ret_verity = (struct verity){ .algorithm = measured->digest_algorithm, .size = measured->digest_size };
	memcpy(ret_verity->digest, measured->digest, MIN((size_t)ret_verity->size, sizeof(ret_verity->digest)));
	return 0;
}
