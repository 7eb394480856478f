// SPDX-License-Identifier: GPL-2.0-only
/* measure.c - what is put in force, in a register of the TPM. */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "hardenctl.skel.h"
#include "util.h"

#define EVENTS_MAX	65536	/* bytes: well over a hundred events */
#define HEX	(2 * TPM_DIGEST + 1)
#define _cleanup_tpm_	__attribute__((cleanup(close_tpm)))

static void close_tpm(struct tpm **tpm)
{
	tpm_close(*tpm);
}

static void print_hex(const __u8 digest[TPM_DIGEST], char ret_text[HEX])
{
	sodium_bin2hex(ret_text, HEX, digest, TPM_DIGEST);
}

void measure_programs(char ret_digest[MEASURE_DIGEST])
{
	__u8 digest[TPM_DIGEST];
	size_t size;
	const void *object = hardenctl_bpf__elf_bytes(&size);

	crypto_hash_sha256(digest, object, size);
	memcpy(ret_digest, "sha256:", 7);
	print_hex(digest, ret_digest + 7);
}

/* ---- Events ---- */

/* What the register becomes by an event: TPM 2.0 part 1, "Extend of a PCR". */
static void replay(__u8 value[TPM_DIGEST], const char *event)
{
	__u8 both[2 * TPM_DIGEST];

	memcpy(both, value, TPM_DIGEST);
	crypto_hash_sha256(both + TPM_DIGEST, (const void *)event, strlen(event));
	crypto_hash_sha256(value, both, sizeof(both));
}

static int open_run(const char *run)
{
	if (mkdir(run, 0755) && errno != EEXIST)
		return -errno;
	return open(run, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* To be freed; NULL: no memory. */
static char *format_line(const char *event, unsigned int pcr, const __u8 before[TPM_DIGEST])
{
	struct json_object *line = json_object_new_object();
	__u8 digest[TPM_DIGEST];
	char hex[HEX], *text;

	json_object_object_add(line, "pcr", json_object_new_int(pcr));
	json_object_object_add(line, "bank", json_object_new_string("sha256"));
	print_hex(before, hex);
	json_object_object_add(line, "before", json_object_new_string(hex));
	crypto_hash_sha256(digest, (const void *)event, strlen(event));
	print_hex(digest, hex);
	json_object_object_add(line, "digest", json_object_new_string(hex));
	json_object_object_add(line, "event", json_object_new_string(event));
	if (asprintf(&text, "%s\n", json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)) < 0)
		text = NULL;
	json_object_put(line);
	return text;
}

/*
 * Leaves the newer half of a file that has become long: what is left replays all the same, each line having the value that it
 * began with.
 */
static int shorten(int dir, const char *file)
{
	_cleanup_close_ int from = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), to = -1;
	char text[EVENTS_MAX + 1], name[64], *half;
	ssize_t len = from < 0 ? -1 : pread(from, text, EVENTS_MAX, 0);

	if (len < EVENTS_MAX)
		return len < 0 ? -errno : 0;
	len = pread(from, text, EVENTS_MAX, EVENTS_MAX / 2);
	half = len > 0 ? memchr(text, '\n', len) : NULL;
	if (!half)
		return -EBADMSG;
	snprintf(name, sizeof(name), "%s.new", file);
	unlinkat(dir, name, 0);
	to = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	half++;
	len -= half - text;
	if (to < 0 || write(to, half, len) != len || renameat(dir, name, dir, file))
		return -EIO;
	return 0;
}

/* The line first: a register that was extended by nobody knows what is of no use to anybody. */
static int extend(int dir, const char *file, struct tpm *tpm, unsigned int pcr, const char *event)
{
	_cleanup_free_ char *line = NULL;
	_cleanup_close_ int fd = -1;
	__u8 before[TPM_DIGEST];
	ssize_t len, written;
	int err = tpm_read(tpm, pcr, before);
	off_t end;

	err = err ?: shorten(dir, file);
	if (err && err != -ENOENT)
		return err;
	fd = openat(dir, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
	end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	if (end < 0)
		return -errno;
	line = format_line(event, pcr, before);
	if (!line)
		return -ENOMEM;
	len = strlen(line);
	written = write(fd, line, len);
	err = written == len ? tpm_event(tpm, pcr, event, strlen(event)) : written < 0 ? -errno : -ENOSPC;
	if (err && written > 0 && ftruncate(fd, end))
		return err;
	return err;
}

int measure_event(const char *run, const char *file, unsigned int pcr, const char *event, struct fail *fail)
{
	_cleanup_tpm_ struct tpm *tpm = NULL;
	_cleanup_close_ int dir = -1;
	int err = tpm_open(&tpm);

	if (err == -ENOENT || err == -EOPNOTSUPP)
		return 0;
	if (!err) {
		dir = open_run(run);
		err = dir < 0 ? -errno : extend(dir, file, tpm, pcr, event);
	}
	if (!err)
		return 0;
	return fail_set(fail, EXIT_FAILED, -err, "whoever looks at the TPM's quote will not find it; see the kernel's log for what the "
			"TPM says", "extend PCR %u: %s", pcr, measure_why(err));
}

int measure_set(const char *verb, const struct set_info *set, struct fail *fail)
{
	char programs[MEASURE_DIGEST], event[MEASURE_TEXT];

	measure_programs(programs);
	if (set)
		snprintf(event, sizeof(event), "hardenctl %s policy=%s serial=%llu programs=%s", verb, set->digest, set->serial,
			 programs);
	else
		snprintf(event, sizeof(event), "hardenctl %s", verb);
	return measure_event(MEASURE_RUN, MEASURE_POLICY, MEASURE_PCR, event, fail);
}

const char *measure_why(int err)
{
	switch (err) {
	case -ENOENT:
		return "this machine has no TPM 2.0";
	case -EOPNOTSUPP:
		return "hardenctl was built without tpm2-tss";
	case -ELIBACC:
		return "tpm2-tss is not installed (libtss2-esys, libtss2-tcti-device)";
	case -ENODATA:
		return "the TPM has no SHA-256 bank";
	case -EIO:
		return "the TPM refused or did not answer";
	default:
		return strerror(-err);
	}
}

/* ---- What has been measured ---- */

static const char *text_of(struct json_object *line, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(line, key, &value) && json_object_is_type(value, json_type_string) ?
	       json_object_get_string(value) : "";
}

struct walk {
	const struct measure_visit *visit;
	__u8 value[TPM_DIGEST];
	bool begun;
};

/* Whether the line is one; the value goes on. */
static bool read_line(const char *text, struct walk *walk)
{
	struct json_object *line = json_tokener_parse(text);
	const char *event = text_of(line, "event"), *before = text_of(line, "before");
	bool good = *event && strlen(event) < MEASURE_TEXT;
	size_t len = 0;

	if (good && !walk->begun)
		good = !sodium_hex2bin(walk->value, TPM_DIGEST, before, strlen(before), NULL, &len, NULL) && len == TPM_DIGEST;
	if (good) {
		walk->begun = true;
		replay(walk->value, event);
		walk->visit->see(walk->visit->arg, event);
	}
	json_object_put(line);
	return good;
}

static int read_lines(const char *run, struct walk *walk)
{
	_cleanup_close_ int dir = open(run, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int fd = dir < 0 ? -1 : openat(dir, walk->visit->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	_cleanup_file_ FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!file) {
		close_fd(&fd);
		return -ESRCH;
	}
	while (getline(&line, &size, file) > 0)
		if (!read_line(line, walk))
			return -EBADMSG;
	return walk->begun ? 0 : -ESRCH;
}

int measure_replay(const char *run, const struct measure_visit *visit, __u8 ret_value[TPM_DIGEST])
{
	struct walk walk = { .visit = visit };
	_cleanup_tpm_ struct tpm *tpm = NULL;
	int read = read_lines(run, &walk), err = tpm_open(&tpm);

	err = err ?: tpm_read(tpm, visit->pcr, ret_value);
	if (err || read)
		return err ?: read;
	return memcmp(walk.value, ret_value, TPM_DIGEST) ? -EBADMSG : 0;
}

static void keep_newest(void *arg, const char *event)
{
	struct measured *measured = arg;

	if (measured->count >= MEASURE_SHOWN)
		memmove(measured->events[0], measured->events[1], sizeof(measured->events) - MEASURE_TEXT);
	strcpy(measured->events[measured->count < MEASURE_SHOWN ? measured->count : MEASURE_SHOWN - 1], event);
	measured->count++;
}

void measure_read(const char *run, struct measured *ret_measured)
{
	const struct measure_visit visit = { MEASURE_POLICY, MEASURE_PCR, keep_newest, ret_measured };

	memset(ret_measured, 0, sizeof(*ret_measured));
	ret_measured->err = measure_replay(run, &visit, ret_measured->value);
	ret_measured->replays = !ret_measured->err;
	if (ret_measured->err == -EBADMSG || ret_measured->err == -ESRCH)
		ret_measured->err = 0;
}
