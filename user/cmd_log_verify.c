// SPDX-License-Identifier: GPL-2.0-only
/* cmd_log_verify.c - log --verify: whether the files that logd wrote are whole. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "anchors.h"
#include "cmd.h"
#include "stream.h"
#include "util.h"
#include "verify_log.h"

#define KEYS_MAX	64
#define FILES_MAX	4096
#define FILE_MAX	(64u << 20)
#define NS_PER_S	1000000000ull
#define LATE_NS		(10 * NS_PER_S)	/* by then logd, which reads once a second, has written a record */
#define LISTINGS	5		/* tries to read a ring whose oldest file is removed meanwhile */

struct keys {
	char text[KEYS_MAX][CHAIN_HEX + 1];
	const char *list[KEYS_MAX];
	size_t count;
};

struct job {
	struct keys keys;
	struct log_file *files;
	size_t n_files;
	bool ring;			/* they are the ring itself, up to its newest file */
	struct chain_state state;
	bool has_state;
	/* The kernel's log, where it can be asked */
	struct recorder recorder;
	struct event_context context;
	bool has_kernel;
	__u32 log;			/* id of its map */
	char boot[CHAIN_BOOT];
	char why_not[256];		/* it can't */
};

bool cmd_log_verify_asked(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--verify"))
			return true;
	return false;
}

/* ---- Keys ---- */

static bool add_key(struct keys *keys, const char *text)
{
	struct chain chain;

	if (keys->count == KEYS_MAX || chain_open(text, &chain))
		return false;
	sodium_memzero(&chain, sizeof(chain));
	memcpy(keys->text[keys->count], text, CHAIN_HEX + 1);
	keys->list[keys->count] = keys->text[keys->count];
	keys->count++;
	return true;
}

static int not_read(const char *path, const char *why)
{
	fprintf(stderr, "hardenctl: log --verify: read '%s': %s\n", path, why);
	return EXIT_FAILED;
}

/* One a line, be it as load prints it; '#' begins a remark. */
static int read_keys(const char *path, struct keys *keys)
{
	_cleanup_file_ FILE *file = strcmp(path, "-") ? fopen(path, "re") : fdopen(dup(0), "r");
	char line[512];

	if (!file)
		return not_read(path, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		char *at = line + strspn(line, " \t"), *end;

		if (!strncmp(at, "log key:", 8))
			at += 8 + strspn(at + 8, " \t");
		end = at + strcspn(at, " \t\r\n#");
		*end = 0;
		if (*at && !add_key(keys, at))
			return not_read(path, "a line in it is no key: 64 hexadecimal digits, as load prints them");
	}
	sodium_memzero(line, sizeof(line));
	if (ferror(file) || !keys->count)
		return not_read(path, ferror(file) ? strerror(errno) : "there is no key in it");
	return -1;
}

/* ---- Files ---- */

/* 0, or -errno. */
static int read_file(int dir, const char *name, const char *path, struct job *job)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	struct log_file *grown;
	struct stat st;
	size_t used = 0;
	ssize_t len = 1;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX || job->n_files == FILES_MAX)
		return S_ISREG(st.st_mode) ? -EFBIG : -EINVAL;
	/* It may grow while it is read: what it gets now is not asked for. */
	text = malloc(st.st_size + 1);
	grown = text ? realloc(job->files, (job->n_files + 1) * sizeof(*grown)) : NULL;
	if (!grown)
		return -ENOMEM;
	job->files = grown;
	while (used < (size_t)st.st_size && (len = read(fd, text + used, st.st_size - used)) > 0)
		used += len;
	if (len < 0)
		return -errno;
	text[used] = 0;
	grown[job->n_files] = (struct log_file) { .path = strdup(path), .len = used };
	if (!grown[job->n_files].path)
		return -ENOMEM;
	grown[job->n_files++].text = TAKE_PTR(text);
	return 0;
}

static void drop_files(struct job *job)
{
	for (size_t i = 0; i < job->n_files; i++) {
		free(job->files[i].path);
		free(job->files[i].text);
	}
	free(job->files);
	job->files = NULL;
	job->n_files = 0;
}

/* A segment that logd has just begun; where it is an older one, logd's state says what is missing. */
static void drop_begun(struct job *job)
{
	struct log_file *file = &job->files[job->n_files - 1];

	if (!job->has_state || memchr(file->text, '\n', file->len))
		return;
	free(file->path);
	free(file->text);
	job->n_files--;
}

/* -ENOENT where the oldest was removed in the meantime. */
static int read_listed(struct job *job, int dir)
{
	struct dirent **names = NULL;
	int count = stream_list(dir, &names), err = count < 0 ? -errno : 0;
	char path[PATH_MAX];

	for (int i = 0; !err && i < count; i++) {
		snprintf(path, sizeof(path), STREAM_DIR "/%s", names[i]->d_name);
		err = read_file(dir, names[i]->d_name, path, job);
	}
	if (count >= 0)
		stream_free_list(names, count);
	if (!err && job->n_files)
		drop_begun(job);
	return err;
}

static int read_ring(struct job *job)
{
	_cleanup_close_ int dir = open(STREAM_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int err = dir < 0 ? -errno : -ENOENT;

	for (int i = 0; dir >= 0 && err == -ENOENT && i < LISTINGS; i++) {
		drop_files(job);
		err = read_listed(job, dir);
	}
	job->ring = true;
	return err ? not_read(STREAM_DIR, strerror(-err)) : -1;
}

/* Whether a file that was named is one of the ring, and no copy of it: only there logd's state says how it must end. */
static bool is_of_ring(const char *path)
{
	const char *base = strrchr(path, '/');
	char own[PATH_MAX];
	struct stat a, b;

	snprintf(own, sizeof(own), STREAM_DIR "/%s", base ? base + 1 : path);
	return !stat(path, &a) && !stat(own, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int read_named(struct job *job, int argc, char **argv)
{
	int err;

	job->ring = true;
	for (int i = 1; i < argc; i++) {
		err = read_file(AT_FDCWD, argv[i], argv[i], job);
		if (err)
			return not_read(argv[i], strerror(-err));
		job->ring = job->ring && is_of_ring(argv[i]);
	}
	return -1;
}

/* ---- The kernel ---- */

static void open_kernel(struct job *job)
{
	const struct set_info *live;
	struct sets sets = {};
	struct fail fail = {};

	job->context.cgroup = -1;
	if (!kernel_privileged()) {
		snprintf(job->why_not, sizeof(job->why_not), "not privileged");
		return;
	}
	if (sets_find(&sets, &fail)) {
		snprintf(job->why_not, sizeof(job->why_not), "%.200s", fail.text);
		return;
	}
	live = sets_live(&sets);
	if (!live)
		snprintf(job->why_not, sizeof(job->why_not), "nothing is loaded here");
	else if (recorder_open(live, &job->recorder, &fail))
		snprintf(job->why_not, sizeof(job->why_not), "%.200s", fail.text);
	else
		job->has_kernel = true;
	job->log = live ? live->map_log : 0;
	job->context.recorder = &job->recorder;
	sets_free(&sets);
}

/* After the files: a record that a line is for was written before it. */
static enum line_answer ask(void *arg, const struct log_line *line, char ret_why[WHY_SIZE])
{
	struct job *job = arg;

	return verify_line(&job->recorder, &job->context, line, ret_why);
}

static bool is_live(const struct job *job, const struct log_file *file)
{
	return job->log && file->header.log == job->log && !strcmp(file->header.boot, job->boot);
}

/* ---- The answer ---- */

/* Records that the kernel has and no file, for longer than logd takes. */
static bool is_late(struct job *job, const struct verify *verify, char *ret_text, size_t size)
{
	__u64 newest = job->recorder.counters.head, seq = recorder_next(&job->recorder, verify->last), now;
	struct record record;
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	now = ts.tv_sec * NS_PER_S + ts.tv_nsec;
	if (!seq || recorder_read(&job->recorder, seq, &record) || record.boot_ns + LATE_NS > now)
		return false;
	snprintf(ret_text, size, "records %llu to %llu are in the kernel and in no file: %s", (unsigned long long)seq,
		 (unsigned long long)newest, stream_has_reader() ? "logd could not write them" : "logd is not running");
	return true;
}

static void print_whole(const struct job *job, const struct verify *verify, bool live, bool ends)
{
	printf("whole: records %llu to %llu, %zu lines", (unsigned long long)verify->first, (unsigned long long)verify->last,
	       verify->lines);
	if (verify->lost)
		printf(", %llu records lost before they were written", (unsigned long long)verify->lost);
	if (live)
		printf(", %zu of them as the kernel has them\n", verify->same);
	else
		printf("\n  not checked against the kernel's records: %s\n",
		       job->has_kernel ? "it is not the log in force" : job->why_not);
	if (!ends)
		puts("  whether lines were cut off at the end can be told only where they were written");
}

static int print_altered(const struct verify *verify)
{
	printf("altered: %s:%zu: %s\n", verify->place.path, verify->place.line, verify->place.what);
	return EXIT_REFUSED;
}

static int print_unchecked(const struct verify *verify)
{
	printf("could not check: %s:%zu: %s", verify->place.path, verify->place.line, verify->place.what);
	printf(verify->unchecked > 1 ? "; %zu more lines\n" : "\n", verify->unchecked - 1);
	printf("  of %zu lines %zu are as the kernel's records have them, but for time, cgroup and chain\n", verify->lines,
	       verify->same);
	return EXIT_FAILED;
}

/* What it says is more than what the lines say of themselves. */
static void ask_tpm(const struct log_file *files, size_t count, struct verify *verify)
{
	struct verify_place place = {};
	enum log_verdict verdict = anchors_check(STREAM_RUN, files, count, &place);

	if (verdict <= verify->verdict)
		return;
	verify->verdict = verdict;
	verify->place = place;
}

static int verify_one(struct job *job, const struct log_file *files, size_t count)
{
	bool live = is_live(job, files) && job->has_kernel;
	struct verify verify = {
		.keys = job->keys.list, .n_keys = job->keys.count, .ask = live ? ask : NULL, .arg = job,
	};
	char late[256];

	/* Older files alone end before it. */
	if (job->ring && job->has_state && files[0].header.log == job->state.log && !strcmp(files[0].header.boot, job->boot) &&
	    (job->n_files == count || files[count - 1].header.segment >= job->state.chain.segment))
		verify.state = &job->state;
	verify_log(files, count, &verify);
	if (verify.verdict != LOG_ALTERED && kernel_privileged() && !strcmp(files[0].header.boot, job->boot))
		ask_tpm(files, count, &verify);
	if (verify.verdict == LOG_ALTERED)
		return print_altered(&verify);
	if (verify.verdict == LOG_UNCHECKED)
		return print_unchecked(&verify);
	if (live && job->ring && is_late(job, &verify, late, sizeof(late))) {
		printf("could not check: %s\n", late);
		return EXIT_FAILED;
	}
	print_whole(job, &verify, live, verify.state != NULL);
	return EXIT_DONE;
}

/* Of the ring, the log that is in force, else the newest: each load that is not a reload has one, with a key of its own. */
static int verify_ring(struct job *job)
{
	const struct log_file *files = NULL;
	size_t count = 0, n;

	for (size_t i = 0; i < job->n_files; i += n) {
		n = verify_group(&job->files[i], job->n_files - i);
		if (job->files[i].header.segment && job->log && !is_live(job, &job->files[i]))
			continue;
		files = &job->files[i];
		count = n;
		/* Files without a header are of no log, come first, and are wrong here. */
		if (!files->header.segment)
			break;
	}
	if (files) {
		if (count < job->n_files)
			puts("files of other logs, which have keys of their own, are not looked at: name them to verify them");
		return verify_one(job, files, count);
	}
	if (job->has_state && job->state.chain.segment && job->state.log == job->log) {
		printf("altered: %s: logd has written %u files of this log, and there is none\n", STREAM_DIR,
		       job->state.chain.segment);
		return EXIT_REFUSED;
	}
	printf("could not check: there are no lines of this log below %s: %s\n", STREAM_DIR,
	       stream_has_reader() ? "logd has not written any yet" : "logd is not running");
	return EXIT_FAILED;
}

/* The worst of them; 2 before 1. */
static int verify_all(struct job *job)
{
	int worst = EXIT_DONE, code;
	size_t n;

	for (size_t i = 0; i < job->n_files; i += n) {
		n = verify_group(&job->files[i], job->n_files - i);
		code = verify_one(job, &job->files[i], n);
		worst = code > worst ? code : worst;
	}
	return worst;
}

static int run(struct job *job, int argc, char **argv)
{
	int code;

	stream_boot(job->boot);
	/* First what must be there, then what is, then what was before both. */
	job->has_state = !stream_read_state(STREAM_RUN, &job->state);
	code = argc > 1 ? read_named(job, argc, argv) : read_ring(job);
	if (code < 0) {
		open_kernel(job);
		verify_sort(job->files, job->n_files);
		code = argc > 1 ? verify_all(job) : verify_ring(job);
	}
	if (job->has_kernel)
		recorder_close(&job->recorder);
	drop_files(job);
	return code;
}

int cmd_log_verify(int argc, char **argv)
{
	const char *key = NULL, *key_file = NULL;
	struct job *job;
	bool verify = false;
	const struct option_row rows[] = {
		{ "--verify", NULL, &verify, NULL },
		{ "--key", NULL, NULL, &key },
		{ "--key-file", NULL, NULL, &key_file },
		{},
	};
	int code = cmd_options("log", argc, argv, rows, &argc);

	if (code >= 0)
		return code;
	if (key && key_file)
		return cmd_usage("log", "--key and --key-file are one or the other");
	job = calloc(1, sizeof(*job));
	if (!job)
		return EXIT_INTERNAL;
	job->recorder = (struct recorder) { .log = -1, .programs = -1 };
	if (key && !add_key(&job->keys, key))
		code = cmd_usage("log", "--key wants the 64 hexadecimal digits that load printed");
	else if (key_file)
		code = read_keys(key_file, &job->keys);
	if (code < 0)
		code = run(job, argc, argv);
	sodium_memzero(job, sizeof(*job));
	free(job);
	return code;
}
