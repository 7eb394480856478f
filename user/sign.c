// SPDX-License-Identifier: GPL-2.0-only
/* sign.c - signatures of policies, in minisign's format: which keys count, and whether one of them signed these bytes. */
#include "sign.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

#define COMMENT		"untrusted comment: "
#define TRUSTED		"trusted comment: "
#define KEY_SUFFIX	".pub"

const char *const sign_dirs[] = { "/etc/hardenctl/keys.d", "/usr/lib/hardenctl/keys.d", NULL };

struct packed_key {
	unsigned char algorithm[2], id[8], key[crypto_sign_PUBLICKEYBYTES];
};
static_assert(sizeof(struct packed_key) == 42, "packed_key: as in the file");

struct packed_signature {
	unsigned char algorithm[2], id[8], signature[crypto_sign_BYTES];
};
static_assert(sizeof(struct packed_signature) == 74, "packed_signature: as in the file");

/* What is left of a text. */
struct rest {
	const char *at;
	size_t len;
};

__attribute__((format(printf, 3, 4)))
static int wrong(char why[SIGN_WHY], int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, SIGN_WHY, format, args);
	va_end(args);
	return err;
}

__attribute__((format(printf, 4, 5)))
static int file_wrong(struct sign_error *error, const char *path, int err, const char *format, ...)
{
	va_list args;

	snprintf(error->file, sizeof(error->file), "%s", path);
	va_start(args, format);
	vsnprintf(error->why, sizeof(error->why), format, args);
	va_end(args);
	return err;
}

/* The next line, without its end; every line has one, or a file that was cut could pass. */
static bool next_line(struct rest *rest, struct rest *ret_line)
{
	const char *end = memchr(rest->at, '\n', rest->len);

	if (!end)
		return false;
	*ret_line = (struct rest) { rest->at, end - rest->at };
	rest->len -= end + 1 - rest->at;
	rest->at = end + 1;
	return true;
}

static bool takes(struct rest *line, const char *prefix)
{
	size_t len = strlen(prefix);

	if (line->len < len || memcmp(line->at, prefix, len))
		return false;
	line->at += len;
	line->len -= len;
	return true;
}

/* One spelling alone: libsodium takes some bytes above 127 for letters. */
static bool decodes(const struct rest *line, void *bytes, size_t size)
{
	char again[sodium_base64_ENCODED_LEN(sizeof(struct packed_signature), sodium_base64_VARIANT_ORIGINAL)];
	const char *end;
	size_t len;

	if (sodium_base642bin(bytes, size, line->at, line->len, NULL, &len, &end, sodium_base64_VARIANT_ORIGINAL) || len != size)
		return false;
	sodium_bin2base64(again, sizeof(again), bytes, size, sodium_base64_VARIANT_ORIGINAL);
	return strlen(again) == line->len && !memcmp(again, line->at, line->len);
}

int sign_parse_key(const char *text, size_t len, struct sign_key *ret_key, char why[SIGN_WHY])
{
	struct rest rest = { text, len }, line;
	struct packed_key packed;

	if (!next_line(&rest, &line) || !takes(&line, COMMENT))
		return wrong(why, -EINVAL, "line 1 is not '" COMMENT "...': it is no public key of minisign");
	if (!next_line(&rest, &line) || !decodes(&line, &packed, sizeof(packed)))
		return wrong(why, -EINVAL, "line 2 is not the base64 of a public key of minisign");
	if (memcmp(packed.algorithm, "Ed", 2))
		return wrong(why, -EINVAL, "line 2 is a key of another algorithm than Ed25519");
	if (rest.len)
		return wrong(why, -EINVAL, "there is more than the two lines of one key; each key is a file");
	memcpy(ret_key->id, packed.id, sizeof(packed.id));
	memcpy(ret_key->key, packed.key, sizeof(packed.key));
	return 0;
}

/* A number of eight bytes, the lowest first; minisign shows it without the zeros that it may begin with. */
static void write_id(const unsigned char id[8], char text[SIGN_ID_TEXT])
{
	unsigned long long number = 0;

	for (int i = 8; i--;)
		number = number << 8 | id[i];
	snprintf(text, SIGN_ID_TEXT, "%llX", number);
}

static bool signs(const struct sign_key *key, const struct packed_signature *packed, const char *bytes, size_t len)
{
	unsigned char hash[crypto_generichash_BYTES_MAX];
	const unsigned char *signed_bytes = (const unsigned char *)bytes;

	if (packed->algorithm[1] == 'D') {
		crypto_generichash(hash, sizeof(hash), signed_bytes, len, NULL, 0);
		return !crypto_sign_verify_detached(packed->signature, hash, sizeof(hash), key->key);
	}
	return !crypto_sign_verify_detached(packed->signature, signed_bytes, len, key->key);
}

/* The signature's own comment, such as a date, is signed with it. */
static bool signs_comment(const struct sign_key *key, const struct packed_signature *packed, const struct rest *comment,
			  const unsigned char global[crypto_sign_BYTES])
{
	unsigned char both[crypto_sign_BYTES + SIGN_FILE_MAX];

	memcpy(both, packed->signature, crypto_sign_BYTES);
	memcpy(both + crypto_sign_BYTES, comment->at, comment->len);
	return !crypto_sign_verify_detached(global, both, crypto_sign_BYTES + comment->len, key->key);
}

int sign_check(const struct sign_keys *keys, const char *bytes, size_t len, const char *signature, size_t signature_len,
	       char ret_id[SIGN_ID_TEXT], char why[SIGN_WHY])
{
	struct rest rest = { signature, signature_len }, line, comment;
	unsigned char global[crypto_sign_BYTES];
	struct packed_signature packed;
	bool known = false;
	char id[SIGN_ID_TEXT] = "";

	if (signature_len > SIGN_FILE_MAX)
		return wrong(why, -EINVAL, "it is larger than a signature of minisign");
	if (!next_line(&rest, &line) || !takes(&line, COMMENT))
		return wrong(why, -EINVAL, "line 1 is not '" COMMENT "...': it is no signature of minisign");
	if (!next_line(&rest, &line) || !decodes(&line, &packed, sizeof(packed)))
		return wrong(why, -EINVAL, "line 2 is not the base64 of a signature of minisign");
	if (memcmp(packed.algorithm, "Ed", 2) && memcmp(packed.algorithm, "ED", 2))
		return wrong(why, -EINVAL, "line 2 is a signature of another algorithm than Ed25519");
	if (!next_line(&rest, &comment) || !takes(&comment, TRUSTED))
		return wrong(why, -EINVAL, "line 3 is not '" TRUSTED "...': it was cut, or changed");
	if (!next_line(&rest, &line) || !decodes(&line, global, sizeof(global)))
		return wrong(why, -EINVAL, "line 4 is not the base64 of the signature of its comment");
	if (rest.len)
		return wrong(why, -EINVAL, "there is more than the four lines of one signature");
	write_id(packed.id, id);
	for (size_t i = 0; i < keys->count; i++) {
		const struct sign_key *key = &keys->list[i];

		/* Two keys may have the same number: it is not signed, and says only which to try. */
		if (memcmp(key->id, packed.id, sizeof(packed.id)))
			continue;
		known = true;
		if (!signs(key, &packed, bytes, len) || !signs_comment(key, &packed, &comment, global))
			continue;
		memcpy(ret_id, id, sizeof(id));
		return 0;
	}
	return wrong(why, -EKEYREJECTED, known ? "key %s did not sign this text: it, or the signature, was changed" :
		     "key %s made it, which is not among this machine's", id);
}

/*
 * Only root may have it in its hands.  Who is not root, and checks a policy of his own beside keys of his own, is told
 * the same as root would be: the verbs that change anything are root's.
 */
static const char *untrusted(const struct stat *st)
{
	if (st->st_uid && st->st_uid != geteuid())
		return "it does not belong to root";
	return st->st_mode & (S_IWGRP | S_IWOTH) ? "others than root may write to it" : NULL;
}

/* What is in one small file.  Returns its length. */
static ssize_t read_small(int dir, const char *name, bool trusted, const char *path, char bytes[SIGN_FILE_MAX + 1],
			  struct sign_error *error)
{
	/* O_NONBLOCK, or a FIFO in the file's place would hang the boot; a key is no link, which its owner could turn. */
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (trusted ? O_NOFOLLOW : 0));
	const char *why = NULL;
	size_t len = 0;
	ssize_t n = 1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return file_wrong(error, path, -errno, "%s", errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	why = S_ISREG(st.st_mode) ? trusted ? untrusted(&st) : NULL : "it is not a regular file";
	if (why)
		return file_wrong(error, path, -EPERM, "%s", why);
	while (n && len <= SIGN_FILE_MAX) {
		n = read(fd, bytes + len, SIGN_FILE_MAX + 1 - len);
		if (n < 0 && errno != EINTR)
			return file_wrong(error, path, -errno, "%s", strerror(errno));
		len += n > 0 ? n : 0;
	}
	return len > SIGN_FILE_MAX ? file_wrong(error, path, -EFBIG, "it is larger than %d bytes", SIGN_FILE_MAX) : (ssize_t)len;
}

int sign_check_file(const struct sign_keys *keys, const char *path, const char *bytes, size_t len, char ret_id[SIGN_ID_TEXT],
		    struct sign_error *error)
{
	char signature[SIGN_FILE_MAX + 1], name[PATH_MAX];
	ssize_t signature_len;

	if (snprintf(name, sizeof(name), "%s" SIGN_SUFFIX, path) >= (int)sizeof(name))
		return file_wrong(error, path, -ENAMETOOLONG, "its name is too long for a signature beside it");
	signature_len = read_small(AT_FDCWD, name, /* trusted= */ false, name, signature, error);
	if (signature_len == -ENOENT)
		return file_wrong(error, path, -EKEYREJECTED, "it is not signed, and this machine has keys: sign it with minisign -S");
	if (signature_len < 0)
		return signature_len;
	snprintf(error->file, sizeof(error->file), "%s", name);
	return sign_check(keys, bytes, len, signature, signature_len, ret_id, error->why);
}

static int add_key(int dir, const char *name, const char *path, struct sign_keys *keys, struct sign_error *error)
{
	char text[SIGN_FILE_MAX + 1];
	ssize_t len;

	if (keys->count == SIGN_KEYS_MAX)
		return file_wrong(error, path, -E2BIG, "there are more than %d keys", SIGN_KEYS_MAX);
	len = read_small(dir, name, /* trusted= */ true, path, text, error);
	if (len < 0)
		return len;
	snprintf(error->file, sizeof(error->file), "%s", path);
	return sign_parse_key(text, len, &keys->list[keys->count], error->why) ?: (keys->count++, 0);
}

static bool is_key(const char *name)
{
	size_t len = strlen(name), suffix = strlen(KEY_SUFFIX);

	return name[0] != '.' && len > suffix && !strcmp(name + len - suffix, KEY_SUFFIX);
}

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static int read_directory(const char *where, struct sign_keys *keys, struct sign_error *error)
{
	_cleanup_close_ int fd = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	__attribute__((cleanup(close_directory))) DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	size_t before = keys->count;
	struct dirent *entry;
	char path[PATH_MAX];
	struct stat st;
	int err;

	if (!directory)
		return errno == ENOENT ? 0 : file_wrong(error, where, -errno, "%s", errno == ENOTDIR || errno == ELOOP ?
							"it is no directory" : strerror(errno));
	/* It is the stream's now. */
	TAKE_FD(fd);
	if (fstat(dirfd(directory), &st))
		return file_wrong(error, where, -errno, "%s", strerror(errno));
	if (untrusted(&st))
		return file_wrong(error, where, -EPERM, "%s", untrusted(&st));
	while (errno = 0, (entry = readdir(directory))) {
		if (!is_key(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", where, entry->d_name);
		err = add_key(dirfd(directory), entry->d_name, path, keys, error);
		if (err)
			return err;
	}
	if (errno)
		return file_wrong(error, where, -errno, "%s", strerror(errno));
	/* Somebody wanted signatures: without a key it can't be said whose. */
	return keys->count > before ? 0 :
		file_wrong(error, where, -ENOKEY, "no key NAME.pub is in it; without any, policies need no signature once it is gone");
}

int sign_read_keys(const char *const *dirs, struct sign_keys *ret_keys, struct sign_error *error)
{
	int err = sodium_init() < 0 ? file_wrong(error, dirs[0], -EIO, "libsodium does not start") : 0;

	ret_keys->count = 0;
	for (; !err && *dirs; dirs++)
		err = read_directory(*dirs, ret_keys, error);
	return err;
}
