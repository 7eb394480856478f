/* SPDX-License-Identifier: GPL-2.0-only */
/* sign.h - signatures of policies, in minisign's format: which keys count, and whether one of them signed these bytes. */
#ifndef HARDENCTL_SIGN_H
#define HARDENCTL_SIGN_H

#include <limits.h>
#include <stddef.h>

#define SIGN_KEYS_MAX	64
#define SIGN_FILE_MAX	2048	/* bytes of a key's or a signature's file */
#define SIGN_ID_TEXT	17	/* a key's number as minisign shows it, with its NUL */
#define SIGN_WHY	256
#define SIGN_SUFFIX	".minisig"

struct sign_key {
	unsigned char id[8];
	unsigned char key[32];
};

struct sign_keys {
	struct sign_key list[SIGN_KEYS_MAX];
	size_t count;		/* 0: nothing needs to be signed */
};

/* What is wrong, and with which file. */
struct sign_error {
	char file[PATH_MAX];
	char why[SIGN_WHY];
};

/* The directories of a machine's keys, up to NULL. */
extern const char *const sign_dirs[];

/*
 * Reads the keys NAME.pub of those directories that are there.  Returns 0, or -errno where one can't be used or trusted:
 * whoever can make a key unreadable must not thereby make it unneeded.
 */
int sign_read_keys(const char *const *dirs, struct sign_keys *ret_keys, struct sign_error *error);

/* The same for the text of one key.  Returns 0 or -EINVAL. */
int sign_parse_key(const char *text, size_t len, struct sign_key *ret_key, char why[SIGN_WHY]);

/* Whether one of the keys signed these bytes.  Returns 0 and the key's number, -EINVAL or -EKEYREJECTED. */
int sign_check(const struct sign_keys *keys, const char *bytes, size_t len, const char *signature, size_t signature_len,
	       char ret_id[SIGN_ID_TEXT], char why[SIGN_WHY]);

/* The same with the signature that is in `path`.minisig. */
int sign_check_file(const struct sign_keys *keys, const char *path, const char *bytes, size_t len, char ret_id[SIGN_ID_TEXT],
		    struct sign_error *error);

#endif
