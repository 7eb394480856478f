// SPDX-License-Identifier: GPL-2.0-only
/* stream.c - records as JSON Lines in a ring of files in RAM. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "util.h"

#define LOCK		STREAM_RUN "/logd.lock"
#define STATE_NEW	STREAM_STATE ".new"
#define BEAT_MAX_NS	5000000000ull
/* Log map and first record: names sort as they came, and another load's map begins a ring of its own. */
#define NAME_FORMAT	"%010u-%020" PRIu64 ".jsonl"
#define NAME_SIZE	64

static bool parse_name(const char *name, __u32 *ret_log, uint64_t *ret_seq)
{
	char again[NAME_SIZE];

	if (sscanf(name, "%10" SCNu32 "-%20" SCNu64 ".jsonl", ret_log, ret_seq) != 2)
		return false;
	snprintf(again, sizeof(again), NAME_FORMAT, *ret_log, *ret_seq);
	return !strcmp(name, again);
}

static int is_ours(const struct dirent *entry)
{
	uint64_t seq;
	__u32 log;

	return parse_name(entry->d_name, &log, &seq);
}

__u32 stream_log_of(const char *name)
{
	uint64_t seq;
	__u32 log;

	return parse_name(name, &log, &seq) ? log : 0;
}

int stream_list(int dir, struct dirent ***ret_names)
{
	return scandirat(dir, ".", ret_names, is_ours, alphasort);
}

void stream_free_list(struct dirent **names, int count)
{
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

/* ---- Where the chain has got to ---- */

static int open_dir(const char *path, int beside)
{
	return openat(beside, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/*
 * In place, so that the key before is no more: tmpfs has it in the same page.  It is less than a page, so who is killed has
 * written all of it or nothing.
 */
static int save_state(struct stream *stream)
{
	struct chain_state *at = &stream->at;

	if (!stream->chained)
		return 0;
	chain_state_close(at);
	return pwrite(stream->state, at, sizeof(*at), 0) == sizeof(*at) ? 0 : -EIO;
}

/* A file that is there whole or not at all. */
static int put_new_state(int run, const struct chain_state *state)
{
	_cleanup_close_ int fd = -1;

	unlinkat(run, STATE_NEW, 0);
	fd = openat(run, STATE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	errno = ENOSPC;
	if (write(fd, state, sizeof(*state)) != sizeof(*state) || renameat(run, STATE_NEW, run, STREAM_STATE))
		return -errno;
	return 0;
}

int stream_new_chain(const char *run, __u32 log, char ret_key[CHAIN_HEX + 1], struct fail *fail)
{
	struct chain_state state = { .log = log, .next = 1 };
	_cleanup_close_ int dir = -1;
	int err = 0;

	if (mkdir(run, 0755) && errno != EEXIST)
		err = -errno;
	dir = err ? -1 : open_dir(run, AT_FDCWD);
	if (!err && (dir < 0 || sodium_init() < 0))
		err = dir < 0 ? -errno : -EIO;
	if (!err) {
		chain_new(&state.chain, ret_key);
		chain_state_close(&state);
		err = put_new_state(dir, &state);
		sodium_memzero(&state, sizeof(state));
	}
	if (!err)
		return 0;
	sodium_memzero(ret_key, CHAIN_HEX + 1);
	if (dir >= 0)
		unlinkat(dir, STATE_NEW, 0);
	return fail_set(fail, EXIT_FAILED, -err, NULL, "write '%s/" STREAM_STATE "': %s", run, strerror(-err));
}

static int read_state(int fd, struct chain_state *ret_state)
{
	struct chain_state state;

	if (pread(fd, &state, sizeof(state), 0) != sizeof(state) || !chain_state_valid(&state))
		return -EBADMSG;
	*ret_state = state;
	sodium_memzero(&state, sizeof(state));
	return 0;
}

static int open_state(int run, int mode)
{
	int fd = openat(run, STREAM_STATE, mode | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

int stream_read_state(const char *run, struct chain_state *ret_state)
{
	_cleanup_close_ int dir = open_dir(run, AT_FDCWD), fd = -1;

	if (dir < 0)
		return -errno;
	fd = open_state(dir, O_RDONLY);
	return fd < 0 ? fd : read_state(fd, ret_state);
}

/* ---- The ring ---- */

static void segment_name(const struct chain_state *at, char ret_name[NAME_SIZE])
{
	snprintf(ret_name, NAME_SIZE, NAME_FORMAT, at->log, (uint64_t)at->first);
}

/* Unlinks the oldest until there is room for one more. */
static void make_room(int dir)
{
	struct dirent **names = NULL;
	int count = stream_list(dir, &names);

	for (int i = 0; i + STREAM_FILES <= count; i++)
		unlinkat(dir, names[i]->d_name, 0);
	if (count >= 0)
		stream_free_list(names, count);
}

static bool cut(struct stream *stream)
{
	stream->torn = ftruncate(stream->file, stream->at.size) != 0;
	return !stream->torn;
}

/* Appends a line; `to`: where the stream is then, but for the line itself.  The line first, then what it used up. */
static int append(struct stream *stream, const char *json, struct chain_state *to)
{
	char line[STREAM_LINE], mac[CHAIN_HEX + 1];
	size_t size = strlen(json), len;
	ssize_t written;
	int err;

	if (size + CHAIN_END > sizeof(line))
		return -E2BIG;
	if (stream->torn && !cut(stream))
		return -EIO;
	if (stream->chained)
		chain_line(&to->chain, json, size, mac);
	len = chain_close_line(json, size, stream->chained ? mac : NULL, line, sizeof(line));
	written = write(stream->file, line, len);
	if (written == (ssize_t)len) {
		to->size += len;
		stream->at = *to;
		/* Where that fails, the line is found like one of a reader that was killed, with the key from before it. */
		save_state(stream);
		return 0;
	}
	err = written < 0 ? -errno : -ENOSPC;
	/* Half a line is no line. */
	if (written > 0)
		cut(stream);
	return err;
}

/* What a segment begins with: its place among the others. */
static int write_header(struct stream *stream, struct chain_state *to)
{
	struct chain_header header = { .segment = to->chain.segment, .log = to->log, .first = to->first };
	char json[CHAIN_HEADER];

	memcpy(header.boot, stream->boot, sizeof(header.boot));
	if (stream->chained)
		chain_print(to->chain.mac, header.previous);
	if (stream->begins)
		stream->begins(&header);
	chain_print_header(&header, json);
	return append(stream, json, to);
}

/* What is in the way of the new file has its name: a segment without records, or one that was never finished. */
static int begin_segment(struct stream *stream)
{
	struct chain_state to = stream->at;
	char name[NAME_SIZE];
	int err;

	close_fd(&stream->file);
	make_room(stream->dir);
	to.first = to.next;
	to.size = 0;
	if (stream->chained)
		chain_segment(&to.chain);
	else
		to.chain.segment++;
	segment_name(&to, name);
	stream->torn = false;
	stream->file = openat(stream->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	err = stream->file < 0 ? -errno : write_header(stream, &to);
	sodium_memzero(&to, sizeof(to));
	if (!err)
		return 0;
	close_fd(&stream->file);
	stream->file = -1;
	unlinkat(stream->dir, name, 0);
	return err;
}

void stream_boot(char ret_boot[CHAIN_BOOT])
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, ret_boot, CHAIN_BOOT - 1);

	if (len != CHAIN_BOOT - 1)
		len = snprintf(ret_boot, CHAIN_BOOT, "0");
	ret_boot[len] = 0;
}

/* ---- Where a reader before us stopped ---- */

/* The number that `key` has in a line of ours. */
static __u64 number_in(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

/* The line at `from`, with its newline and a NUL; its length, or 0: there is none that is whole. */
static size_t read_line(int fd, off_t from, char ret_line[STREAM_LINE + 1])
{
	ssize_t len = pread(fd, ret_line, STREAM_LINE, from);
	char *end = len > 0 ? memchr(ret_line, '\n', len) : NULL;

	if (!end)
		return 0;
	end[1] = 0;
	return end + 1 - ret_line;
}

/* Whether the file still ends, where we left it, with the line that was the last. */
static bool ends_as_left(int fd, const struct chain_state *at)
{
	char text[CHAIN_END], mac[CHAIN_HEX + 1], right[CHAIN_HEX + 1];

	if (at->size <= CHAIN_END || pread(fd, text + 0, CHAIN_END, at->size - CHAIN_END) != CHAIN_END)
		return false;
	chain_print(at->chain.mac, right);
	return chain_has_mac(text, CHAIN_END, mac) && !strcmp(mac, right);
}

/* Lines that were written and not noted: ours as long as their MACs are right; whatever comes then is half a line. */
static void accept_lines(struct stream *stream)
{
	char line[STREAM_LINE + 1];
	size_t len;

	while ((len = read_line(stream->file, stream->at.size, line)) && chain_accept(&stream->at.chain, line, len)) {
		stream->at.size += len;
		stream->at.next = number_in(line, "\"seq\":") + 1;
	}
	cut(stream);
	save_state(stream);
}

/* A segment that was begun and not noted has no line but its header. */
static void remove_newer(struct stream *stream, const char *name, struct dirent **names, int count)
{
	for (int i = 0; i < count; i++)
		if (stream_log_of(names[i]->d_name) == stream->at.log && strcmp(names[i]->d_name, name) > 0)
			unlinkat(stream->dir, names[i]->d_name, 0);
}

/* Where the file is not as it was left, what is left of it stays as it is, for whoever verifies it, and a new one begins. */
static void resume_chained(struct stream *stream, struct dirent **names, int count)
{
	char name[NAME_SIZE] = "";
	bool any = false;

	if (stream->at.chain.segment)
		segment_name(&stream->at, name);
	remove_newer(stream, name, names, count);
	for (int i = 0; i < count; i++)
		any = any || (stream_log_of(names[i]->d_name) == stream->at.log && strcmp(names[i]->d_name, name) <= 0);
	/* Its files are gone, as from another file system: they are made anew from what the kernel has. */
	if (!any)
		stream->at.next = 1;
	stream->file = any ? openat(stream->dir, name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW) : -1;
	if (stream->file >= 0 && ends_as_left(stream->file, &stream->at)) {
		accept_lines(stream);
		return;
	}
	close_fd(&stream->file);
	stream->file = -1;
}

/* The last whole line of the file ends at *ret_end; its seq, or 0. */
static __u64 last_line(int fd, off_t size, off_t *ret_end)
{
	char text[STREAM_LINE + 1];
	off_t from = size > STREAM_LINE ? size - STREAM_LINE : 0;
	ssize_t len = pread(fd, text, STREAM_LINE, from), end, start;

	*ret_end = 0;
	if (len <= 0)
		return 0;
	for (end = len; end > 0 && text[end - 1] != '\n'; end--)
		;
	for (start = end - 1; start > 0 && text[start - 1] != '\n'; start--)
		;
	*ret_end = from + end;
	if (end <= 0)
		return 0;
	text[end - 1] = 0;
	return number_in(text + start, "\"seq\":");
}

/* Without a chain: after the newest line; in its file, unless that one has a chain. */
static void resume_unchained(struct stream *stream, const char *name)
{
	int fd = openat(stream->dir, name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	char header[STREAM_LINE + 1];
	struct stat st;
	uint64_t first;
	__u64 seq;
	off_t end;
	__u32 log;

	if (fd < 0 || fstat(fd, &st) || !parse_name(name, &log, &first) || log != stream->at.log) {
		close_fd(&fd);
		return;
	}
	seq = last_line(fd, st.st_size, &end);
	stream->at.next = seq ? seq + 1 : first;
	if (read_line(fd, 0, header))
		stream->at.chain.segment = number_in(header, "\"segment\":");
	if (!end || !strstr(header, "\"chain\":null}\n")) {
		close(fd);
		return;
	}
	stream->at.size = end;
	stream->file = fd;
	cut(stream);
}

static int fail_open(struct stream *stream, const char *run, struct fail *fail)
{
	int err = errno;

	stream_close(stream);
	return fail_set(fail, EXIT_FAILED, err, NULL, "open '%s/" STREAM_LOG "': %s", run, strerror(err));
}

int stream_open(const char *run, __u32 log, struct stream *ret_stream, struct fail *fail)
{
	struct stream stream = STREAM_INIT;
	_cleanup_close_ int base = -1;
	struct dirent **names = NULL;
	int count;

	if (mkdir(run, 0755) && errno != EEXIST)
		return fail_open(&stream, run, fail);
	base = open_dir(run, AT_FDCWD);
	if (base < 0 || (mkdirat(base, STREAM_LOG, 0750) && errno != EEXIST))
		return fail_open(&stream, run, fail);
	stream.dir = open_dir(STREAM_LOG, base);
	count = stream.dir < 0 ? -1 : stream_list(stream.dir, &names);
	if (count < 0)
		return fail_open(&stream, run, fail);
	stream_boot(stream.boot);
	stream.state = open_state(base, O_RDWR);
	stream.chained = stream.state >= 0 && !read_state(stream.state, &stream.at) && stream.at.log == log;
	if (!stream.chained)
		stream.at = (struct chain_state) { .log = log, .next = 1 };
	if (stream.chained)
		resume_chained(&stream, names, count);
	else if (count)
		resume_unchained(&stream, names[count - 1]->d_name);
	stream_free_list(names, count);
	*ret_stream = stream;
	sodium_memzero(&stream, sizeof(stream));
	return 0;
}

int stream_write(struct stream *stream, const char *json, __u64 count)
{
	size_t len = strlen(json) + CHAIN_END;
	struct chain_state to;
	int err = 0;

	if (stream->file < 0 || stream->at.size + len > stream->room)
		err = begin_segment(stream);
	if (err)
		return err;
	to = stream->at;
	to.next += count;
	err = append(stream, json, &to);
	sodium_memzero(&to, sizeof(to));
	return err;
}

void stream_close(struct stream *stream)
{
	close_fd(&stream->dir);
	close_fd(&stream->file);
	close_fd(&stream->state);
	sodium_memzero(stream, sizeof(*stream));
	stream->dir = -1;
	stream->file = -1;
	stream->state = -1;
}

static __u64 boot_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

int stream_claim(int *ret_lock, struct fail *fail)
{
	_cleanup_close_ int lock = -1;

	if (mkdir(STREAM_RUN, 0755) && errno != EEXIST)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "make '%s': %s", STREAM_RUN, strerror(errno));
	lock = open(LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (lock < 0)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "open '%s': %s", LOCK, strerror(errno));
	if (flock(lock, LOCK_EX | LOCK_NB))
		return fail_set(fail, EXIT_FAILED, EBUSY, "systemctl status hardenctl-logd",
				"logd: another one is running");
	*ret_lock = TAKE_FD(lock);
	stream_beat(*ret_lock);
	return 0;
}

void stream_beat(int lock)
{
	__u64 now = boot_ns();

	/* A full disk costs the "up" in status, nothing else. */
	if (pwrite(lock, &now, sizeof(now), 0) != sizeof(now))
		return;
}

bool stream_has_reader(void)
{
	_cleanup_close_ int lock = open(LOCK, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	__u64 beat, now = boot_ns();

	if (lock < 0 || pread(lock, &beat, sizeof(beat), 0) != sizeof(beat))
		return false;
	/* Stopped or frozen it keeps its lock. */
	if (beat > now || now - beat > BEAT_MAX_NS)
		return false;
	return flock(lock, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
}
