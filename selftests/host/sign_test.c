// SPDX-License-Identifier: GPL-2.0-only
/* sign_test.c - signatures of policies: whatever was changed is found, and what minisign makes is understood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serial.h"
#include "sign.h"
#include "util.h"

#define POLICY		"version: 1\nname: signed\nserial: 3\n"
#define POLICY_LEN	(sizeof(POLICY) - 1)
#define COMMENT		"timestamp:1790000000 file:policy.yaml hashed"

struct signer {
	unsigned char id[8], public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
};

static struct signer ours, others;
static struct sign_keys keys;
static char dir[] = "/tmp/sign_test.XXXXXX";

static void encode(const void *bytes, size_t len, char *ret_text, size_t size)
{
	sodium_bin2base64(ret_text, size, bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

static void make_signer(struct signer *signer)
{
	randombytes_buf(signer->id, sizeof(signer->id));
	assert_int_equal(crypto_sign_keypair(signer->public, signer->secret), 0);
}

/* As `minisign -G` writes it. */
static const char *key_text(const struct signer *signer)
{
	static char text[512];
	unsigned char packed[42] = "Ed";
	char line[128];

	memcpy(packed + 2, signer->id, 8);
	memcpy(packed + 10, signer->public, 32);
	encode(packed, sizeof(packed), line, sizeof(line));
	snprintf(text, sizeof(text), "untrusted comment: minisign public key\n%s\n", line);
	return text;
}

/* As `minisign -S` writes it; with "Ed" as its option -l does. */
static const char *signature(const struct signer *signer, const char *algorithm, const char *text, const char *comment)
{
	static char file[1024];
	unsigned char packed[74], hash[64], both[64 + 256], global[64];
	char first[128], second[128];
	bool hashed = !strcmp(algorithm, "ED");

	memcpy(packed, algorithm, 2);
	memcpy(packed + 2, signer->id, 8);
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)text, strlen(text), NULL, 0);
	crypto_sign_detached(packed + 10, NULL, hashed ? hash : (const unsigned char *)text, hashed ? sizeof(hash) : strlen(text),
			     signer->secret);
	memcpy(both, packed + 10, 64);
	memcpy(both + 64, comment, strlen(comment));
	crypto_sign_detached(global, NULL, both, 64 + strlen(comment), signer->secret);
	encode(packed, sizeof(packed), first, sizeof(first));
	encode(global, sizeof(global), second, sizeof(second));
	snprintf(file, sizeof(file), "untrusted comment: signature\n%s\ntrusted comment: %s\n%s\n", first, comment, second);
	return file;
}

static int check(const char *text, size_t len, const char *file, size_t file_len)
{
	char id[SIGN_ID_TEXT] = "", why[SIGN_WHY] = "";
	int err = sign_check(&keys, text, len, file, file_len, id, why);

	assert_true(err ? !id[0] && why[0] : strlen(id));
	return err;
}

static int check_text(const char *file)
{
	return check(POLICY, POLICY_LEN, file, strlen(file));
}

static int set_up(void **state)
{
	char why[SIGN_WHY];

	(void)state;
	assert_true(sodium_init() >= 0);
	make_signer(&ours);
	make_signer(&others);
	keys.count = 1;
	assert_int_equal(sign_parse_key(key_text(&ours), strlen(key_text(&ours)), &keys.list[0], why), 0);
	return mkdtemp(dir) ? 0 : -1;
}

static void allow_what_a_key_signed(void **state)
{
	static const unsigned char number[8] = { 0x0f, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0x99, 0x08 };
	char id[SIGN_ID_TEXT], why[SIGN_WHY];
	const char *file = signature(&ours, "ED", POLICY, COMMENT);

	(void)state;
	assert_int_equal(check_text(file), 0);
	assert_int_equal(check_text(signature(&ours, "Ed", POLICY, COMMENT)), 0);
	assert_int_equal(check_text(signature(&ours, "ED", POLICY, "")), 0);
	/* minisign shows the number as one of 64 bits, the lowest byte last, and no zeros before it. */
	memcpy(ours.id, number, sizeof(number));
	memcpy(keys.list[0].id, number, sizeof(number));
	file = signature(&ours, "ED", POLICY, COMMENT);
	assert_int_equal(sign_check(&keys, POLICY, POLICY_LEN, file, strlen(file), id, why), 0);
	assert_string_equal(id, "899AABBCCDDEE0F");
}

static void deny_other_keys_and_texts(void **state)
{
	struct signer imposter = others;

	(void)state;
	assert_int_equal(check_text(signature(&others, "ED", POLICY, COMMENT)), -EKEYREJECTED);
	memcpy(imposter.id, ours.id, sizeof(imposter.id));
	assert_int_equal(check_text(signature(&imposter, "ED", POLICY, COMMENT)), -EKEYREJECTED);
	assert_int_equal(check_text(signature(&ours, "ED", POLICY "x", COMMENT)), -EKEYREJECTED);
	/* The hash of a text is a text of its own: what was signed as one is not the other. */
	assert_int_equal(check_text(signature(&ours, "ED", "", COMMENT)), -EKEYREJECTED);
	keys.count = 0;
	assert_int_equal(check_text(signature(&ours, "ED", POLICY, COMMENT)), -EKEYREJECTED);
	keys.count = 1;
	/* Of two keys with one number the second may have signed. */
	keys.list[1] = keys.list[0];
	keys.count = 2;
	memcpy(keys.list[0].key, others.public, 32);
	assert_int_equal(check_text(signature(&ours, "ED", POLICY, COMMENT)), 0);
	keys.list[0] = keys.list[1];
	keys.count = 1;
}

/* Every bit but those of the comment that says itself that it is not to be trusted. */
static void deny_every_changed_bit(void **state)
{
	static const char *const algorithms[] = { "Ed", "ED" };
	char text[] = POLICY, file[1024];

	(void)state;
	for (size_t a = 0; a < ARRAY_SIZE(algorithms); a++) {
		snprintf(file, sizeof(file), "%s", signature(&ours, algorithms[a], POLICY, COMMENT));
		for (size_t bit = 0; bit < 8 * POLICY_LEN; bit++) {
			text[bit / 8] ^= 1 << bit % 8;
			assert_int_not_equal(check(text, POLICY_LEN, file, strlen(file)), 0);
			text[bit / 8] ^= 1 << bit % 8;
		}
		for (size_t bit = 8 * (strchr(file, '\n') - file), len = strlen(file); bit < 8 * len; bit++) {
			file[bit / 8] ^= 1 << bit % 8;
			if (!check(POLICY, POLICY_LEN, file, len))
				fail_msg("bit %zu of the signature is not needed: %s", bit, file);
			file[bit / 8] ^= 1 << bit % 8;
		}
		assert_int_equal(check_text(file), 0);
	}
}

static void deny_what_was_cut_or_grew(void **state)
{
	char file[1024], more[1200], why[SIGN_WHY], *end = more;
	struct sign_key key;
	const char *text = key_text(&ours);

	(void)state;
	snprintf(file, sizeof(file), "%s", signature(&ours, "ED", POLICY, COMMENT));
	for (size_t len = 0; len < strlen(file); len++)
		assert_int_not_equal(check(POLICY, POLICY_LEN, file, len), 0);
	for (size_t len = 0; len < POLICY_LEN; len++)
		assert_int_not_equal(check(POLICY, len, file, strlen(file)), 0);
	snprintf(more, sizeof(more), "%s\n", file);
	assert_int_equal(check_text(more), -EINVAL);
	/* As another system's editor would leave it. */
	for (const char *at = file; *at; at++) {
		if (*at == '\n')
			*end++ = '\r';
		*end++ = *at;
	}
	*end = 0;
	assert_int_not_equal(check_text(more), 0);
	for (size_t len = 0; len < strlen(text); len++)
		assert_int_equal(sign_parse_key(text, len, &key, why), -EINVAL);
	snprintf(more, sizeof(more), "%s%s", text, text);
	assert_int_equal(sign_parse_key(more, strlen(more), &key, why), -EINVAL);
	snprintf(more, sizeof(more), "%s", text);
	/* A key of another algorithm: what stands there begins the base64. */
	memcpy(strchr(more, '\n') + 1, "RUT", 3);
	assert_int_equal(sign_parse_key(more, strlen(more), &key, why), -EINVAL);
}

/* ---- Files ---- */

static const char *in_dir(const char *name)
{
	static char path[2][256];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static void put(const char *name, const char *text)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int read_keys(size_t *ret_count)
{
	char path[256];
	const char *const dirs[] = { "/tmp/there-is-no-such-directory", path, NULL };
	struct sign_error error = {};
	struct sign_keys read;
	int err;

	snprintf(path, sizeof(path), "%s", in_dir("keys.d"));
	err = sign_read_keys(dirs, &read, &error);
	assert_true(!err || (error.file[0] && error.why[0]));
	*ret_count = read.count;
	return err;
}

#define EXPECT_KEYS(error, number)						\
	do {									\
		size_t __count;							\
										\
		assert_int_equal(read_keys(&__count), error);			\
		if (!(error))							\
			assert_int_equal(__count, number);			\
	} while (0)

static void deny_keys_that_nobody_may_trust(void **state)
{
	(void)state;
	/* Without the directory nothing needs to be signed; with it and no key nobody can say whose. */
	EXPECT_KEYS(0, 0);
	assert_int_equal(mkdir(in_dir("keys.d"), 0755), 0);
	EXPECT_KEYS(-ENOKEY, 0);
	put("keys.d/README", "no key\n");
	put("keys.d/.hidden.pub", "no key\n");
	EXPECT_KEYS(-ENOKEY, 0);
	put("keys.d/one.pub", key_text(&ours));
	EXPECT_KEYS(0, 1);
	put("keys.d/two.pub", key_text(&others));
	EXPECT_KEYS(0, 2);
	chmod(in_dir("keys.d/two.pub"), 0664);
	EXPECT_KEYS(-EPERM, 0);
	chmod(in_dir("keys.d/two.pub"), 0644);
	chmod(in_dir("keys.d"), 0777);
	EXPECT_KEYS(-EPERM, 0);
	chmod(in_dir("keys.d"), 0755);
	put("keys.d/two.pub", "no key\n");
	EXPECT_KEYS(-EINVAL, 0);
	assert_int_equal(unlink(in_dir("keys.d/two.pub")), 0);
	assert_int_equal(symlink("one.pub", in_dir("keys.d/two.pub")), 0);
	EXPECT_KEYS(-ELOOP, 0);
	assert_int_equal(unlink(in_dir("keys.d/two.pub")), 0);
	assert_int_equal(mkfifo(in_dir("keys.d/two.pub"), 0644), 0);
	EXPECT_KEYS(-EPERM, 0);
	assert_int_equal(unlink(in_dir("keys.d/two.pub")), 0);
	EXPECT_KEYS(0, 1);
	/* Nor is the directory a link, or something else. */
	assert_int_equal(rename(in_dir("keys.d"), in_dir("other")), 0);
	assert_int_equal(symlink("other", in_dir("keys.d")), 0);
	EXPECT_KEYS(-ENOTDIR, 0);
	assert_int_equal(unlink(in_dir("keys.d")), 0);
	put("keys.d", "");
	EXPECT_KEYS(-ENOTDIR, 0);
}

static void deny_files_without_a_signature(void **state)
{
	char id[SIGN_ID_TEXT], path[256];
	struct sign_error error;

	(void)state;
	snprintf(path, sizeof(path), "%s", in_dir("policy.yaml"));
	put("policy.yaml", POLICY);
	assert_int_equal(sign_check_file(&keys, path, POLICY, POLICY_LEN, id, &error), -EKEYREJECTED);
	assert_non_null(strstr(error.why, "minisign -S"));
	put("policy.yaml.minisig", signature(&ours, "ED", POLICY, COMMENT));
	assert_int_equal(sign_check_file(&keys, path, POLICY, POLICY_LEN, id, &error), 0);
	put("policy.yaml.minisig", "");
	assert_int_equal(sign_check_file(&keys, path, POLICY, POLICY_LEN, id, &error), -EINVAL);
	assert_non_null(strstr(error.file, "policy.yaml.minisig"));
	assert_int_equal(truncate(in_dir("policy.yaml.minisig"), SIGN_FILE_MAX + 1), 0);
	assert_int_equal(sign_check_file(&keys, path, POLICY, POLICY_LEN, id, &error), -EFBIG);
	assert_int_equal(unlink(in_dir("policy.yaml.minisig")), 0);
	assert_int_equal(mkfifo(in_dir("policy.yaml.minisig"), 0644), 0);
	assert_int_equal(sign_check_file(&keys, path, POLICY, POLICY_LEN, id, &error), -EPERM);
	assert_int_equal(unlink(in_dir("policy.yaml.minisig")), 0);
}

static int run(const char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0), dup2(null, 1), dup2(null, 2);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

/* What the stock program makes, both ways. */
static void allow_what_minisign_makes(void **state)
{
	static const char *const ways[] = { "-H", "-l" };
	char public[256], secret[256], policy[256], text[1024] = "", id[SIGN_ID_TEXT], why[SIGN_WHY];
	struct sign_keys made = { .count = 1 };
	struct sign_error error;
	int fd;

	(void)state;
	snprintf(public, sizeof(public), "%s", in_dir("m.pub"));
	snprintf(secret, sizeof(secret), "%s", in_dir("m.key"));
	snprintf(policy, sizeof(policy), "%s", in_dir("policy.yaml"));
	put("policy.yaml", POLICY);
	assert_int_equal(run((const char *const []){ "minisign", "-G", "-W", "-p", public, "-s", secret, NULL }), 0);
	fd = open(public, O_RDONLY);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	assert_int_equal(sign_parse_key(text, strlen(text), &made.list[0], why), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		assert_int_equal(run((const char *const []){ "minisign", "-S", ways[i], "-s", secret, "-m", policy, NULL }), 0);
		assert_int_equal(sign_check_file(&made, policy, POLICY, POLICY_LEN, id, &error), 0);
		assert_non_null(strstr(text, id));
		assert_int_equal(sign_check_file(&made, policy, POLICY, POLICY_LEN - 1, id, &error), -EKEYREJECTED);
		assert_int_equal(sign_check_file(&keys, policy, POLICY, POLICY_LEN, id, &error), -EKEYREJECTED);
	}
}

static void deny_a_serial_that_cannot_be_read(void **state)
{
	struct fail fail;
	__u64 serial = 1;

	(void)state;
	assert_int_equal(serial_highest(dir, &serial, &fail), 0);
	assert_int_equal(serial, 0);
	assert_int_equal(serial_note(dir, 0, &fail), 0);
	assert_int_not_equal(access(in_dir(SERIAL_FILE), F_OK), 0);
	assert_int_equal(serial_note(dir, ~0ull, &fail), 0);
	assert_int_equal(serial_highest(dir, &serial, &fail), 0);
	assert_true(serial == ~0ull);
	/* It does not go back. */
	assert_int_equal(serial_note(dir, 7, &fail), 0);
	assert_int_equal(serial_highest(dir, &serial, &fail), 0);
	assert_true(serial == ~0ull);
	for (const char *const *text = (const char *const []){ "", "7", "7\n\n", "-1\n", "07\n", "18446744073709551616\n", NULL };
	     *text; text++) {
		put(SERIAL_FILE, *text);
		assert_int_equal(serial_highest(dir, &serial, &fail), -EBADMSG);
		assert_int_equal(serial_note(dir, 9, &fail), -EBADMSG);
	}
	put(SERIAL_FILE, "7\n");
	assert_int_equal(serial_highest(dir, &serial, &fail), 0);
	assert_int_equal(serial, 7);
}

static int tear_down(void **state)
{
	(void)state;
	return run((const char *const []){ "rm", "-rf", dir, NULL });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_what_a_key_signed),
		cmocka_unit_test(deny_other_keys_and_texts),
		cmocka_unit_test(deny_every_changed_bit),
		cmocka_unit_test(deny_what_was_cut_or_grew),
		cmocka_unit_test(deny_keys_that_nobody_may_trust),
		cmocka_unit_test(deny_files_without_a_signature),
		cmocka_unit_test(allow_what_minisign_makes),
		cmocka_unit_test(deny_a_serial_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
