// SPDX-License-Identifier: GPL-2.0-only
/* stream.c - records as JSON Lines in a ring of files in RAM. */
#include "stream.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "util.h"

#define RUN_DIR		"/run/hardenctl"
#define LOCK		RUN_DIR "/logd.lock"
#define BEAT_MAX_NS	5000000000ull
/* Log map and first record: names sort as they came, and another boot's map begins a ring of its own. */
#define NAME_FORMAT	"%010u-%020" PRIu64 ".jsonl"
#define NAME_SIZE	64
#define LINE_MAX_BYTES	16384

/* The files of the ring, oldest first; scandir() allocates them. */
static int is_ours(const struct dirent *entry)
{
	__u32 log;
	uint64_t seq;

	return sscanf(entry->d_name, "%10" SCNu32 "-%20" SCNu64 ".jsonl", &log, &seq) == 2;
}

static int list(struct dirent ***ret_names)
{
	return scandir(STREAM_DIR, ret_names, is_ours, alphasort);
}

static void free_list(struct dirent **names, int count)
{
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

/* Unlinks the oldest until there is room for one more. */
static void make_room(int dir)
{
	struct dirent **names = NULL;
	int count = list(&names);

	for (int i = 0; i + STREAM_FILES <= count; i++)
		unlinkat(dir, names[i]->d_name, 0);
	free_list(names, count);
}

static int begin_file(struct stream *stream, __u64 seq)
{
	char name[NAME_SIZE];

	close_fd(&stream->file);
	make_room(stream->dir);
	snprintf(name, sizeof(name), NAME_FORMAT, stream->log, (uint64_t)seq);
	stream->file = openat(stream->dir, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
			      0640);
	stream->size = 0;
	return stream->file < 0 ? -errno : 0;
}

/* The last whole line of the file ends at *ret_end; its seq, or 0. */
static __u64 last_line(int fd, off_t size, off_t *ret_end)
{
	char text[LINE_MAX_BYTES + 1];
	off_t from = size > LINE_MAX_BYTES ? size - LINE_MAX_BYTES : 0;
	ssize_t len = pread(fd, text, LINE_MAX_BYTES, from), end, start;
	const char *seq;

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
	seq = strstr(text + start, "\"seq\":");
	return seq ? strtoull(seq + strlen("\"seq\":"), NULL, 10) : 0;
}

/* Goes on with the newest file; what a killed reader left of a line is cut off. */
static void resume(struct stream *stream, const char *name)
{
	int fd = openat(stream->dir, name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	uint64_t first;
	__u32 log;
	off_t end;
	__u64 seq;

	if (fd < 0 || fstat(fd, &st) ||
	    sscanf(name, "%10" SCNu32 "-%20" SCNu64, &log, &first) != 2 || log != stream->log) {
		close_fd(&fd);
		return;
	}
	seq = last_line(fd, st.st_size, &end);
	stream->next = seq ? seq + 1 : first;
	if (end != st.st_size && ftruncate(fd, end))
		end = st.st_size;
	stream->size = end;
	stream->file = fd;
}

int stream_open(__u32 log, struct stream *ret_stream, struct fail *fail)
{
	struct stream stream = { .dir = -1, .file = -1, .log = log, .next = 1 };
	struct dirent **names = NULL;
	int count;

	if (mkdir(STREAM_DIR, 0750) && errno != EEXIST)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "make '%s': %s", STREAM_DIR,
				strerror(errno));
	stream.dir = open(STREAM_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	count = stream.dir < 0 ? -1 : list(&names);
	if (count < 0) {
		fail_set(fail, EXIT_FAILED, errno, NULL, "read '%s': %s", STREAM_DIR, strerror(errno));
		close_fd(&stream.dir);
		return -EIO;
	}
	if (count)
		resume(&stream, names[count - 1]->d_name);
	free_list(names, count);
	*ret_stream = stream;
	return 0;
}

int stream_write(struct stream *stream, __u64 seq, const char *json)
{
	char line[LINE_MAX_BYTES];
	int len = snprintf(line, sizeof(line), "%s\n", json), err;
	ssize_t written;

	if (len >= (int)sizeof(line))
		return -E2BIG;
	if (stream->file < 0 || stream->size + len > STREAM_BYTES) {
		err = begin_file(stream, seq);
		if (err)
			return err;
	}
	written = write(stream->file, line, len);
	if (written == len) {
		stream->size += len;
		return 0;
	}
	err = written < 0 ? -errno : -ENOSPC;
	/* Half a line is no line. */
	if (written > 0 && ftruncate(stream->file, stream->size))
		stream->size += written;
	return err;
}

void stream_close(struct stream *stream)
{
	close_fd(&stream->dir);
	close_fd(&stream->file);
	stream->dir = -1;
	stream->file = -1;
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

	if (mkdir(RUN_DIR, 0755) && errno != EEXIST)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "make '%s': %s", RUN_DIR, strerror(errno));
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
