// SPDX-License-Identifier: GPL-2.0-only
/*
 * chain_test.c - what somebody altered in exported lines is found, and what nobody did is not, however the writer was killed.
 *
 * HARDENCTL_SEED=N repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stream.h"
#include "util.h"
#include "verify_log.h"

#define ROUNDS		1000
#define RECORDS_MOST	150
#define LOG		7u
#define JSON_FLAGS	(JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

static char run_dir[] = "/tmp/chain_test.XXXXXX";
static unsigned int seed;

static unsigned int any(unsigned int below)
{
	return below ? (unsigned int)rand_r(&seed) % below : 0;
}

/* ---- The kernel's side ---- */

static struct record records[RECORDS_MOST + 1];
static struct recorder recorder = { .log = -1, .programs = -1 };
static const struct event_context context = { .recorder = &recorder, .cgroup = -1 };
static __u64 oldest = 1, newest;

static void make_record(__u64 seq)
{
	struct record *record = &records[seq];

	memset(record, 0, sizeof(*record));
	record->seq = seq;
	record->boot_ns = 42000000000ull + seq * 1000 + any(1000);
	record->pid = record->tgid = 100 + any(30000);
	record->ppid = 1 + any(99);
	record->uid = any(2) ? 0 : 1000 + any(9);
	record->kind = KIND_exec_bprm_check_security_shell;
	record->flags = any(4) ? RECORD_DENIED : 0;
	record->object_type = OBJECT_FILE;
	snprintf(record->comm, sizeof(record->comm), "c\"om\\m%u", any(1000));
	snprintf(record->object.file.path, sizeof(record->object.file.path), "/usr/bin/%0*u", 1 + any(40), any(1000));
}

static enum line_answer ask(void *arg, const struct log_line *line, char ret_why[WHY_SIZE])
{
	(void)arg;
	assert_true(line->seq <= newest);
	if (line->lost || line->seq < oldest)
		return LINE_GONE;
	return verify_record(&records[line->seq], &context, line, ret_why) ? LINE_SAME : LINE_OTHER;
}

/* ---- Files ---- */

static void path_of(const char *name, char ret_path[512])
{
	snprintf(ret_path, 512, "%s/%s", run_dir, name);
}

static void remove_log(void)
{
	char path[512], file[1024];
	struct dirent *entry;
	DIR *dir;

	path_of(STREAM_LOG, path);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		unlink(file);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
	path_of(STREAM_STATE, path);
	unlink(path);
}

struct log {
	struct log_file file[64];
	size_t count;
	struct chain_state state;
	char key[CHAIN_HEX + 1];
};

static void put_text(struct log_file *file, const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	copy[len] = 0;
	free(file->text);
	file->text = copy;
	file->len = len;
}

static void read_log(struct log *log)
{
	char path[512], name[1024];
	struct dirent **names;
	int dir, count;

	path_of(STREAM_LOG, path);
	dir = open(path, O_RDONLY | O_DIRECTORY);
	count = stream_list(dir, &names);
	assert_in_range(count, 0, 64);
	log->count = count;
	for (int i = 0; i < count; i++) {
		struct log_file *file = &log->file[i];
		struct stat st;
		FILE *in;

		snprintf(name, sizeof(name), "%s/%s", path, names[i]->d_name);
		assert_int_equal(stat(name, &st), 0);
		*file = (struct log_file) { .path = strdup(name), .text = calloc(1, st.st_size + 1), .len = st.st_size };
		in = fopen(name, "r");
		assert_int_equal(fread(file->text, 1, file->len, in), file->len);
		fclose(in);
	}
	stream_free_list(names, count);
	close(dir);
	assert_int_equal(stream_read_state(run_dir, &log->state), 0);
}

static void free_file(struct log_file *file)
{
	free(file->path);
	free(file->text);
}

static void free_log(struct log *log)
{
	for (size_t i = 0; i < log->count; i++)
		free_file(&log->file[i]);
	log->count = 0;
}

static void copy_log(const struct log *from, struct log *to)
{
	*to = *from;
	for (size_t i = 0; i < from->count; i++) {
		to->file[i] = (struct log_file) { .path = strdup(from->file[i].path) };
		put_text(&to->file[i], from->file[i].text, from->file[i].len);
	}
}

static struct verify verified(struct log *log, bool key, bool state, bool kernel)
{
	const char *keys[] = { log->key };
	struct verify verify = {
		.keys = keys, .n_keys = key, .state = state ? &log->state : NULL, .ask = kernel ? ask : NULL,
	};
	struct verify worst = {};
	size_t n;

	verify_sort(log->file, log->count);
	for (size_t i = 0; i < log->count; i += n) {
		n = verify_group(&log->file[i], log->count - i);
		verify_log(&log->file[i], n, &verify);
		if (!i || verify.verdict > worst.verdict)
			worst = verify;
	}
	return worst;
}

/* ---- The writer, and how it is killed ---- */

static struct stream stream;

static void open_stream(size_t room)
{
	struct fail fail;

	assert_int_equal(stream_open(run_dir, LOG, &stream, &fail), 0);
	stream.room = room;
}

static int write_next(void)
{
	__u64 seq = stream.at.next;
	struct json_object *json;
	char lost[128];
	int err;

	if (!(seq % 17)) {
		snprintf(lost, sizeof(lost), "{\"v\":1,\"seq\":%llu,\"lost\":1,\"cause\":\"torn\"}", (unsigned long long)seq);
		return stream_write(&stream, lost, 1);
	}
	json = event_json(&records[seq], &context);
	err = stream_write(&stream, json_object_to_json_string_ext(json, JSON_FLAGS), 1);
	json_object_put(json);
	return err;
}

static void put_state(struct chain_state *state)
{
	char path[512];
	int fd;

	chain_state_close(state);
	path_of(STREAM_STATE, path);
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, state, sizeof(*state), 0), sizeof(*state));
	close(fd);
}

/* As a new segment's header leaves it: `size` bytes, the first line of the file. */
static bool after_header(struct chain_state *state, const char *path, size_t size)
{
	char line[CHAIN_HEADER + CHAIN_END];
	int fd = open(path, O_RDONLY);
	ssize_t len = pread(fd, line, sizeof(line), 0);
	char *end = len > 0 ? memchr(line, '\n', len) : NULL;

	close(fd);
	assert_non_null(end);
	state->size = end + 1 - line;
	if (size < state->size)
		return false;
	state->first = state->next;
	chain_segment(&state->chain);
	assert_true(chain_accept(&state->chain, line, state->size));
	return true;
}

/* What a writer leaves behind that is killed at any step: as much as was written, and the state from before that. */
static void write_and_die(size_t room)
{
	struct chain_state before = stream.at, header = before;
	bool begun = false;
	size_t size, had;
	struct stat st;
	char path[1024];

	assert_int_equal(write_next(), 0);
	assert_int_equal(fstat(stream.file, &st), 0);
	begun = before.chain.segment != stream.at.chain.segment;
	had = begun ? 0 : before.size;
	size = had + (any(3) ? any(st.st_size - had + 1) : st.st_size - had);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", stream.file);
	if (any(5)) {
		put_state(begun && after_header(&header, path, size) ? &header : &before);
		assert_int_equal(truncate(path, size), 0);
	}
	stream_close(&stream);
	open_stream(room);
	/* It goes on in its file. */
	assert_true(stream.file >= 0 || !stream.at.chain.segment);
}

/* A disk that has room for a part of the line. */
static void write_on_full_disk(void)
{
	struct rlimit limit = { .rlim_max = RLIM_INFINITY };
	__u64 next = stream.at.next;
	int err;

	limit.rlim_cur = stream.at.size + any(400) + sizeof(struct chain_state);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	err = write_next();
	limit.rlim_cur = RLIM_INFINITY;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(stream.at.next, err ? next : next + 1);
}

static void drop_oldest(void)
{
	char path[512];
	struct dirent **names;
	int dir, count;

	path_of(STREAM_LOG, path);
	dir = open(path, O_RDONLY | O_DIRECTORY);
	count = stream_list(dir, &names);
	for (int i = 0; i + 1 < count && !any(2); i++)
		unlinkat(dir, names[i]->d_name, 0);
	stream_free_list(names, count);
	close(dir);
}

/* A log of some shape; harm: its writer is killed and starved now and then. */
static void write_log(unsigned int count, size_t room, bool harm, struct log *ret_log)
{
	struct fail fail;

	remove_log();
	newest = count;
	oldest = count ? 1 + any(count) : 1;
	for (__u64 seq = 1; seq <= count; seq++)
		make_record(seq);
	assert_int_equal(stream_new_chain(run_dir, LOG, ret_log->key, &fail), 0);
	open_stream(room);
	while (stream.at.next <= count) {
		__u64 next = stream.at.next;

		if (harm && !any(6))
			write_and_die(room);
		else if (harm && !any(8))
			write_on_full_disk();
		else
			assert_int_equal(write_next(), 0);
		/* Nothing twice, nothing left out. */
		assert_in_range(stream.at.next, next, next + 1);
		if (harm && !any(40))
			drop_oldest();
	}
	stream_close(&stream);
	read_log(ret_log);
}

/* For a header and a line at least: a file has 2 MiB. */
static size_t some_room(void)
{
	return 2 * 1024 + any(6000);
}

static int set_up(void **state)
{
	const char *text = getenv("HARDENCTL_SEED");

	(void)state;
	seed = text ? strtoul(text, NULL, 10) : 1;
	signal(SIGXFSZ, SIG_IGN);
	return !mkdtemp(run_dir);
}

static int tear_down(void **state)
{
	(void)state;
	remove_log();
	return rmdir(run_dir);
}

/* ---- What nobody altered ---- */

static void assert_whole(const struct verify *verify, unsigned int round)
{
	if (verify->verdict != LOG_WHOLE)
		print_message("# round %u: %s:%zu: %s\n", round, verify->place.path, verify->place.line, verify->place.what);
	assert_int_equal(verify->verdict, LOG_WHOLE);
}

static void allow_clean_logs(void **state)
{
	struct log log;

	(void)state;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct verify verify;

		write_log(any(8) ? any(60) : any(RECORDS_MOST), some_room(), any(4), &log);
		verify = verified(&log, /* key= */ true, /* state= */ true, /* kernel= */ true);
		assert_whole(&verify, round);
		assert_int_equal(verify.last, newest);
		assert_int_equal(verify.lines, newest ? newest - verify.first + 1 : 0);
		verify = verified(&log, true, /* state= */ false, /* kernel= */ false);
		assert_whole(&verify, round);
		/* Without the key nothing is proven, and nothing is wrong. */
		verify = verified(&log, /* key= */ false, true, true);
		if (log.count)
			assert_int_equal(verify.verdict, LOG_UNCHECKED);
		/* Some of the oldest files are gone. */
		for (unsigned int gone = log.count ? any(log.count) : 0; gone; gone--) {
			free_file(&log.file[0]);
			memmove(&log.file[0], &log.file[1], --log.count * sizeof(log.file[0]));
		}
		verify = verified(&log, true, true, true);
		assert_whole(&verify, round);
		free_log(&log);
	}
}

/* A real SIGKILL, at a moment of the scheduler's choice. */
static void allow_a_killed_writer(void **state)
{
	char path[512];
	struct log log;
	struct fail fail;

	(void)state;
	remove_log();
	oldest = 1;
	newest = RECORDS_MOST;
	for (__u64 seq = 1; seq <= RECORDS_MOST; seq++)
		make_record(seq);
	assert_int_equal(stream_new_chain(run_dir, LOG, log.key, &fail), 0);
	path_of(STREAM_LOG, path);
	for (;;) {
		pid_t pid;

		open_stream(3000);
		if (stream.at.next > RECORDS_MOST)
			break;
		pid = fork();
		assert_true(pid >= 0);
		if (!pid) {
			while (stream.at.next <= RECORDS_MOST && !write_next())
				;
			_exit(0);
		}
		stream_close(&stream);
		usleep(any(3000));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	stream_close(&stream);
	read_log(&log);
	struct verify verify = verified(&log, true, true, true);
	assert_whole(&verify, 0);
	assert_int_equal(verify.last, RECORDS_MOST);
	free_log(&log);
}

/* ---- What somebody did ---- */

struct range {
	size_t at, len;		/* with the newline */
};

static struct range line_of(const struct log_file *file, size_t line)
{
	const char *at = file->text, *end;

	for (;; line--, at = end + 1) {
		end = memchr(at, '\n', file->text + file->len - at);
		assert_non_null(end);
		if (!line)
			return (struct range){ at - file->text, end + 1 - at };
	}
}

static size_t lines_of(const struct log_file *file)
{
	size_t lines = 0;

	for (size_t i = 0; i < file->len; i++)
		lines += file->text[i] == '\n';
	return lines;
}

/* Bytes [at, at + cut) become `text`. */
static void replace(struct log_file *file, size_t at, size_t cut, const char *text, size_t len)
{
	size_t size = file->len - cut + len;
	char *copy = malloc(size + 1);

	assert_non_null(copy);
	memcpy(copy, file->text, at);
	memcpy(copy + at, text, len);
	memcpy(copy + at + len, file->text + at + cut, file->len - at - cut);
	copy[size] = 0;
	free(file->text);
	file->text = copy;
	file->len = size;
}

static struct log_file *any_file(struct log *log)
{
	return &log->file[any(log->count)];
}

static struct range any_line(const struct log_file *file)
{
	return line_of(file, any(lines_of(file)));
}

static void flip_a_byte(struct log *log)
{
	struct log_file *file = any_file(log);

	file->text[any(file->len)] ^= 1 + any(255);
}

static void drop_a_line(struct log *log)
{
	struct log_file *file = any_file(log);
	struct range line = any_line(file);

	replace(file, line.at, line.len, "", 0);
}

static void insert_a_line(struct log *log)
{
	struct log_file *from = any_file(log), *file = any_file(log);
	struct range source = any_line(from), at = any_line(file);
	char *text = strndup(from->text + source.at, source.len);

	replace(file, any(2) ? at.at : at.at + at.len, 0, text, source.len);
	free(text);
}

static void repeat_a_line(struct log *log)
{
	struct log_file *file = any_file(log);
	struct range line = any_line(file);
	char *text = strndup(file->text + line.at, line.len);

	replace(file, line.at, 0, text, line.len);
	free(text);
}

static void swap_lines(struct log *log)
{
	struct log_file *file = any_file(log);
	size_t lines = lines_of(file), i = any(lines - 1);
	struct range a = line_of(file, i), b = line_of(file, i + 1 + any(lines - 1 - i));
	char *first = strndup(file->text + a.at, a.len), *second = strndup(file->text + b.at, b.len);

	replace(file, b.at, b.len, first, a.len);
	replace(file, a.at, a.len, second, b.len);
	free(first);
	free(second);
}

static void truncate_a_file(struct log *log)
{
	struct log_file *file = any_file(log);

	file->len = any(file->len);
	file->text[file->len] = 0;
}

/* At a line's end, where nothing shows it but what comes after. */
static void truncate_at_a_line(struct log *log)
{
	struct log_file *file = any_file(log);

	file->len = any_line(file).at;
	file->text[file->len] = 0;
}

static void edit_a_field(struct log *log)
{
	static const char *const fields[] = {
		"\"uid\":", "\"pid\":", "\"boot_ns\":", "\"time\":\"", "\"seq\":", "\"segment\":", "\"first\":",
	};
	struct log_file *file = any_file(log);
	struct range line = any_line(file);
	const char *field = fields[any(ARRAY_SIZE(fields))];
	char *at = memmem(file->text + line.at, line.len, field, strlen(field));

	if (!at) {
		flip_a_byte(log);
		return;
	}
	at += strlen(field);
	*at = *at == '9' ? '1' : *at + 1;
}

static void remove_a_segment(struct log *log)
{
	/* Not the oldest: that is legal. */
	size_t which = 1 + any(log->count - 1);

	free_file(&log->file[which]);
	memmove(&log->file[which], &log->file[which + 1], (--log->count - which) * sizeof(log->file[0]));
}

/* Every line from some one on, with whatever in it, is made anew by somebody who has a key and knows how it is done. */
static void rewrite_with(struct log *log, struct chain chain)
{
	size_t file = any(log->count), line = any(lines_of(&log->file[file]));

	for (; file < log->count; file++, line = 0) {
		struct log_file *at = &log->file[file];
		size_t lines = lines_of(at);

		for (; line < lines; line++) {
			char body[STREAM_LINE], made[STREAM_LINE], mac[CHAIN_HEX + 1];
			struct range span = line_of(at, line);
			char *uid;
			size_t len;

			snprintf(body, sizeof(body), "%.*s}", (int)(span.len - CHAIN_END), at->text + span.at);
			uid = strstr(body, "\"uid\":");
			if (uid)
				uid[6] = '7';
			if (!line) {
				struct chain_header header = at->header;

				chain_print(chain.mac, header.previous);
				if (file)
					chain_print_header(&header, body);
				chain_segment(&chain);
			}
			chain_line(&chain, body, strlen(body), mac);
			len = chain_close_line(body, strlen(body), mac, made, sizeof(made));
			replace(at, span.at, span.len, made, len);
		}
	}
}

static void rewrite_with_a_guessed_key(struct log *log)
{
	struct chain chain;
	char key[CHAIN_HEX + 1];

	chain_new(&chain, key);
	chain.segment = any(2) ? 0 : 1;
	rewrite_with(log, chain);
}

/* What root finds in the state file: the keys of what comes after. */
static void rewrite_with_the_later_key(struct log *log)
{
	struct chain chain = log->state.chain;

	if (any(2))
		memcpy(chain.coming, chain.key, sizeof(chain.key));
	rewrite_with(log, chain);
}

static void exchange_macs(struct log *log)
{
	struct log_file *file = any_file(log);
	size_t lines = lines_of(file), i = any(lines - 1);
	struct range a = line_of(file, i), b = line_of(file, i + 1);
	char mac[CHAIN_END];

	memcpy(mac, file->text + a.at + a.len - CHAIN_END, CHAIN_END);
	memcpy(file->text + a.at + a.len - CHAIN_END, file->text + b.at + b.len - CHAIN_END, CHAIN_END);
	memcpy(file->text + b.at + b.len - CHAIN_END, mac, CHAIN_END);
}

/* A line is gone, and those after it are renumbered as if it had never been. */
static void drop_and_renumber(struct log *log)
{
	struct log_file *file = any_file(log);
	size_t gone = 1 + any(lines_of(file) - 1);
	struct range line = line_of(file, gone);

	replace(file, line.at, line.len, "", 0);
	for (size_t i = gone; i < lines_of(file); i++) {
		char number[32];
		size_t at, digits;

		line = line_of(file, i);
		at = line.at + strlen("{\"v\":1,\"seq\":");
		digits = strspn(file->text + at, "0123456789");
		snprintf(number, sizeof(number), "%llu", strtoull(file->text + at, NULL, 10) - 1);
		replace(file, at, digits, number, strlen(number));
	}
}

/* As if the log had never had one. */
static void strip_the_chain(struct log *log)
{
	for (size_t file = 0; file < log->count; file++)
		for (size_t i = 0; i < lines_of(&log->file[file]); i++) {
			static const char none[] = ",\"chain\":null}\n";
			struct range line = line_of(&log->file[file], i);

			replace(&log->file[file], line.at + line.len - CHAIN_END, CHAIN_END, none, strlen(none));
		}
}

static void shift_case(struct log *log)
{
	struct log_file *file = any_file(log);
	size_t at = any(file->len);

	for (size_t i = 0; i < file->len; i++, at = (at + 1) % file->len)
		if (file->text[at] >= 'a' && file->text[at] <= 'f') {
			file->text[at] -= 'a' - 'A';
			return;
		}
}

static void add_a_blank(struct log *log)
{
	static const char *const blanks[] = { " ", "\n", "\r", "\t", "" };
	struct log_file *file = any_file(log);
	const char *blank = blanks[any(ARRAY_SIZE(blanks))];

	replace(file, any(file->len), 0, blank, /* NUL, of the last one */ 1);
}

static void repeat_a_segment(struct log *log)
{
	size_t which = any(log->count);

	log->file[log->count] = (struct log_file) { .path = strdup("copy") };
	put_text(&log->file[log->count], log->file[which].text, log->file[which].len);
	log->count++;
}

static void put_an_old_state_back(struct log *log)
{
	struct chain chain;
	size_t lines;

	/* Root has kept no older key: what the state says is older, its keys are not. */
	chain = log->state.chain;
	lines = 1 + any(chain.lines);
	log->file[log->count - 1].len = line_of(&log->file[log->count - 1], lines - 1).at;
	log->file[log->count - 1].text[log->file[log->count - 1].len] = 0;
	log->state.chain.lines = lines - 1;
}

static const struct {
	const char *name;
	void (*mutate)(struct log *log);
} mutations[] = {
#define MUTATION(name)	{ #name, name }
	MUTATION(flip_a_byte), MUTATION(drop_a_line), MUTATION(insert_a_line), MUTATION(repeat_a_line), MUTATION(swap_lines),
	MUTATION(truncate_a_file), MUTATION(truncate_at_a_line), MUTATION(edit_a_field), MUTATION(remove_a_segment),
	MUTATION(rewrite_with_a_guessed_key), MUTATION(rewrite_with_the_later_key), MUTATION(exchange_macs),
	MUTATION(drop_and_renumber), MUTATION(strip_the_chain), MUTATION(shift_case), MUTATION(add_a_blank), MUTATION(repeat_a_segment),
	MUTATION(put_an_old_state_back),
};

static void deny_mutations(void **state)
{
	unsigned int missed = 0;
	struct log whole, log;
	struct verify verify;

	(void)state;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned int which = round % ARRAY_SIZE(mutations);

		if (!(round % 20)) {
			if (round)
				free_log(&whole);
			write_log(60 + any(60), 1500 + any(2500), any(2), &whole);
			while (whole.count < 3) {
				free_log(&whole);
				write_log(60 + any(60), 1500 + any(2500), any(2), &whole);
			}
			for (size_t i = 0; i < whole.count; i++)
				assert_true(lines_of(&whole.file[i]) > 1);
		}
		verify = verified(&whole, true, true, false);
		assert_whole(&verify, round);
		copy_log(&whole, &log);
		mutations[which].mutate(&log);
		verify = verified(&log, /* key= */ true, /* state= */ true, /* kernel= */ false);
		if (verify.verdict != LOG_ALTERED) {
			print_message("# round %u: %s was not found\n", round, mutations[which].name);
			missed++;
		}
		free_log(&log);
	}
	free_log(&whole);
	assert_int_equal(missed, 0);
}

/* The line that is named is the first one that is wrong. */
static void deny_names_the_line(void **state)
{
	struct verify verify;
	struct log log;

	(void)state;
	write_log(60, 1 << 20, /* harm= */ false, &log);
	assert_int_equal(log.count, 1);
	for (unsigned int i = 0; i < 40; i++) {
		struct range line = line_of(&log.file[0], i);
		struct log copy;

		copy_log(&log, &copy);
		copy.file[0].text[line.at + line.len / 3] ^= 1;
		verify = verified(&copy, true, true, true);
		assert_int_equal(verify.verdict, LOG_ALTERED);
		assert_int_equal(verify.place.line, i + 1);
		assert_string_equal(verify.place.path, log.file[0].path);
		free_log(&copy);
	}
	free_log(&log);
}

/* Root has read the state, and goes on with the chain: the kernel's records tell. */
static void deny_forged_lines_that_the_kernel_knows_better(void **state)
{
	struct chain_state stolen;
	struct verify verify;
	struct log log;

	(void)state;
	write_log(20, 1 << 20, false, &log);
	stolen = log.state;
	free_log(&log);
	newest = 21;
	oldest = 21;
	make_record(21);
	records[21].uid = 1000;
	open_stream(1 << 20);
	assert_int_equal(stream.at.chain.lines, stolen.chain.lines);
	records[21].uid = 0;
	assert_int_equal(write_next(), 0);
	stream_close(&stream);
	read_log(&log);
	records[21].uid = 1000;
	verify = verified(&log, true, true, /* kernel= */ false);
	assert_whole(&verify, 0);
	verify = verified(&log, true, true, /* kernel= */ true);
	assert_int_equal(verify.verdict, LOG_ALTERED);
	assert_non_null(strstr(verify.place.what, "'uid'"));
	assert_int_equal(verify.place.line, 22);
	verify = verified(&log, /* key= */ false, true, true);
	assert_int_equal(verify.verdict, LOG_ALTERED);
	free_log(&log);
}

/* The path of a program may be known only later; that it is gone, or another one, is an edit. */
static void allow_what_passes(void **state)
{
	char text[STREAM_LINE], why[WHY_SIZE];
	struct json_object *json;
	struct log_line line = { .text = text, .seq = 1 };

	(void)state;
	make_record(1);
	json = event_json(&records[1], &context);
	json_object_object_add(json, "time", json_object_new_string("1999-12-31T23:59:59.000000000Z"));
	json_object_object_add(json, "cgroup", json_object_new_string("/user.slice"));
	const char *body = json_object_to_json_string_ext(json, JSON_FLAGS);
	line.len = chain_close_line(body, strlen(body), NULL, text, sizeof(text));
	assert_true(verify_record(&records[1], &context, &line, why));
	json_object_object_add(json, "uid", json_object_new_int(4711));
	body = json_object_to_json_string_ext(json, JSON_FLAGS);
	line.len = chain_close_line(body, strlen(body), NULL, text, sizeof(text));
	assert_false(verify_record(&records[1], &context, &line, why));
	json_object_put(json);
	/* A member twice: json-c takes the last one, another reader the first. */
	json = event_json(&records[1], &context);
	body = json_object_to_json_string_ext(json, JSON_FLAGS);
	snprintf(text, sizeof(text), "{\"uid\":4711,%s", body + 1);
	char *twice = strdup(text);
	line.len = chain_close_line(twice, strlen(twice), NULL, text, sizeof(text));
	assert_false(verify_record(&records[1], &context, &line, why));
	free(twice);
	json_object_put(json);
}

/* Where the chain could not be begun, the lines say so, and a restart goes on in the same file. */
static void allow_a_log_without_a_chain(void **state)
{
	struct log log = {};
	struct verify verify;
	char path[512];

	(void)state;
	remove_log();
	newest = 20;
	oldest = 1;
	for (__u64 seq = 1; seq <= 20; seq++)
		make_record(seq);
	for (int i = 0; i < 4; i++) {
		open_stream(1 << 20);
		assert_false(stream.chained);
		assert_int_equal(stream.at.next, 1 + 5 * i);
		for (int j = 0; j < 5; j++)
			assert_int_equal(write_next(), 0);
		stream_close(&stream);
	}
	path_of(STREAM_STATE, path);
	assert_int_equal(access(path, F_OK), -1);
	log.count = 0;
	assert_int_equal(errno, ENOENT);
	struct fail fail;
	/* read_log() wants a state. */
	assert_int_equal(stream_new_chain(run_dir, LOG + 1, log.key, &fail), 0);
	read_log(&log);
	assert_int_equal(log.count, 1);
	verify = verified(&log, /* key= */ false, false, true);
	assert_int_equal(verify.verdict, LOG_UNCHECKED);
	assert_int_equal(verify.last, 20);
	verify = verified(&log, /* key= */ true, false, true);
	assert_int_equal(verify.verdict, LOG_ALTERED);
	free_log(&log);
}

/* No key of before can be made from what is there. */
static void deny_old_keys_in_the_state(void **state)
{
	struct chain_state was[12], now;
	char path[512], bytes[4096] = "";
	struct fail fail;
	char key[CHAIN_HEX + 1];
	FILE *in;

	(void)state;
	remove_log();
	newest = 12;
	for (__u64 seq = 1; seq <= 12; seq++)
		make_record(seq);
	assert_int_equal(stream_new_chain(run_dir, LOG, key, &fail), 0);
	open_stream(1500);
	for (int i = 0; i < 12; i++) {
		assert_int_equal(stream_read_state(run_dir, &was[i]), 0);
		assert_int_equal(write_next(), 0);
	}
	stream_close(&stream);
	assert_int_equal(stream_read_state(run_dir, &now), 0);
	assert_true(now.chain.segment > 1);
	path_of(STREAM_STATE, path);
	in = fopen(path, "r");
	assert_int_equal(fread(bytes, 1, sizeof(bytes), in), sizeof(now));
	fclose(in);
	for (int i = 0; i < 12; i++) {
		assert_null(memmem(bytes, sizeof(now), was[i].chain.key, CHAIN_BYTES));
		if (was[i].chain.segment != now.chain.segment)
			assert_null(memmem(bytes, sizeof(now), was[i].chain.coming, CHAIN_BYTES));
	}
}

/* An inode of another owner or mode would be somebody else's key. */
static void allow_only_root_to_read_the_state(void **state)
{
	char path[512], key[CHAIN_HEX + 1];
	struct fail fail;
	struct stat st;

	(void)state;
	remove_log();
	assert_int_equal(stream_new_chain(run_dir, LOG, key, &fail), 0);
	path_of(STREAM_STATE, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(strlen(key), CHAIN_HEX);
	/* A directory is there that can't be written to. */
	assert_int_not_equal(stream_new_chain("/proc/self/hardenctl", LOG, key, &fail), 0);
	assert_int_equal(key[0], 0);
	assert_non_null(strstr(fail.text, "/proc/self/hardenctl"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_clean_logs),
		cmocka_unit_test(allow_a_killed_writer),
		cmocka_unit_test(deny_mutations),
		cmocka_unit_test(deny_names_the_line),
		cmocka_unit_test(deny_forged_lines_that_the_kernel_knows_better),
		cmocka_unit_test(allow_what_passes),
		cmocka_unit_test(allow_a_log_without_a_chain),
		cmocka_unit_test(deny_old_keys_in_the_state),
		cmocka_unit_test(allow_only_root_to_read_the_state),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
