// SPDX-License-Identifier: GPL-2.0-only
/*
 * logd_test.c - logd is expendable: killed, stopped, frozen or out of space, it costs no verdict and no record.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 * Alone: it seals the machine
 */
#include "child.h"
#include "journal.h"
#include "sealing.h"
#include "stream.h"
#include "util.h"

#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>

#define FREEZER		"/logd"

static pid_t logd;

static void start_logd(void)
{
	logd = fork();
	assert_true(logd >= 0);
	if (!logd) {
		execl(HARDENCTL, HARDENCTL, "logd", NULL);
		_exit(127);
	}
}

static int end_logd(int signal)
{
	int status;

	kill(logd, signal);
	assert_int_equal(waitpid(logd, &status, 0), logd);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Waits for what status says of the reader. */
static void await_reader(bool up)
{
	for (int i = 0; i < 150 && stream_has_reader() != up; i++)
		usleep(100000);
	assert_int_equal(stream_has_reader(), up);
}

/* Each to another port: what is refused again and again is not a record each. */
static int connect_next(void)
{
	static __u16 port = 9;

	return connect_unlisted(port++);
}

/* Refusals are counted and recorded, whatever becomes of the reader. */
static void refuse(unsigned int count)
{
	struct mark before = mark();

	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(connect_next(), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "unlisted", count));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct ring {
	unsigned int files;
	unsigned long long first, last, lost;
	bool whole;		/* every line is one more than the line before */
};

static void read_lines(const char *path, struct ring *ring)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	assert_non_null(file);
	while (getline(&line, &size, file) > 0) {
		struct json_object *json, *lost;
		unsigned long long seq;

		if (!strchr(line, '\n')) {
			ring->whole = false;
			break;
		}
		json = parse_json(line);
		/* The header of its segment. */
		if (field(json, "segment")) {
			json_object_put(json);
			continue;
		}
		seq = strtoull(field(json, "seq"), NULL, 10);
		if (json_object_object_get_ex(json, "lost", &lost))
			ring->lost += json_object_get_int64(lost);
		else if (ring->last && seq != ring->last + 1)
			ring->whole = false;
		ring->first = ring->first ?: seq;
		ring->last = seq;
		json_object_put(json);
	}
	free(line);
	fclose(file);
}

static struct ring read_ring(void)
{
	struct ring ring = { .whole = true };
	char *names[64], path[512];
	DIR *dir = opendir(STREAM_DIR);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) && ring.files < ARRAY_SIZE(names))
		if (entry->d_name[0] != '.')
			names[ring.files++] = strdup(entry->d_name);
	closedir(dir);
	qsort(names, ring.files, sizeof(*names), by_name);
	for (unsigned int i = 0; i < ring.files; i++) {
		snprintf(path, sizeof(path), STREAM_DIR "/%s", names[i]);
		read_lines(path, &ring);
		free(names[i]);
	}
	return ring;
}

/* Every record that there is stands in the ring, once. */
static void assert_ring_whole(void)
{
	unsigned long long head = mark().newest;
	struct ring ring = {};

	for (int i = 0; i < 150; i++) {
		ring = read_ring();
		if (ring.last >= head)
			break;
		usleep(100000);
	}
	if (!ring.whole || ring.last != head)
		print_message("# %u files, %llu to %llu, head %llu, lost %llu\n", ring.files, ring.first,
			      ring.last, head, ring.lost);
	assert_true(ring.whole);
	assert_int_equal(ring.first, 1);
	assert_int_equal(ring.last, head);
	assert_int_equal(ring.lost, 0);
}

#define KEY_FILE	"/tmp/logd_test.key"
#define POLICY_LOGD	POLICY_SEALABLE "log: {journal: yes}\n"

/* What `load` printed of a key; "": nothing. */
static const char *key_in(const char *out)
{
	static char key[65];
	const char *at = strstr(out, "log key: ");

	snprintf(key, sizeof(key), "%.64s", at ? at + strlen("log key: ") : "");
	return key;
}

/* The newest file of the ring. */
static const char *newest_file(void)
{
	static char path[512];
	struct dirent *entry;
	DIR *dir = opendir(STREAM_DIR);
	char name[256] = "";

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, name) > 0)
			snprintf(name, sizeof(name), "%.255s", entry->d_name);
	closedir(dir);
	snprintf(path, sizeof(path), STREAM_DIR "/%s", name);
	return path;
}

static const char *verify_says(int code)
{
	return HARDEN(code, "log", "--verify", "--key-file", KEY_FILE)->out;
}

/* A reload goes on with the log, and shows nothing; another log has another key. */
static void allow_the_key_once(void **state)
{
	char first[65];
	struct stat st;

	(void)state;
	spill(POLICY, POLICY_LOGD);
	snprintf(first, sizeof(first), "%s", key_in(HARDEN(0, "load", "--policy", POLICY)->out));
	assert_int_equal(strspn(first, "0123456789abcdef"), 64);
	assert_int_equal(stat(STREAM_RUN "/" STREAM_STATE, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_string_equal(key_in(HARDEN(0, "load", "--policy", POLICY)->out), "");
	HARDEN(0, "unload");
	assert_string_not_equal(key_in(HARDEN(0, "load", "--policy", POLICY)->out), first);
	HARDEN(0, "unload");
}

/* What cannot be written costs the chain, and no load. */
static void allow_a_load_without_room_for_the_key(void **state)
{
	struct ran *ran;

	(void)state;
	assert_int_equal(unlink(STREAM_RUN "/" STREAM_STATE), 0);
	assert_int_equal(mkdir(STREAM_RUN "/" STREAM_STATE, 0700), 0);
	ran = HARDEN(0, "load", "--policy", POLICY);
	assert_string_equal(key_in(ran->out), "");
	assert_non_null(strstr(ran->err, "no chain"));
	HARDEN(0, "unload");
	assert_int_equal(rmdir(STREAM_RUN "/" STREAM_STATE), 0);
}

static void allow_seal_without_a_reader(void **state)
{
	(void)state;
	spill(POLICY, POLICY_LOGD);
	spill(KEY_FILE, key_in(HARDEN(0, "load", "--policy", POLICY)->out));
	/* Nobody has written a line, and that is no proof. */
	verify_says(1);
	HARDEN(0, "seal");
	assert_field(status_json(0), "reader", "down");
	refuse(3);
}

static void allow_logd_after_the_seal(void **state)
{
	(void)state;
	start_logd();
	await_reader(true);
	assert_field(status_json(0), "reader", "up");
	refuse(5);
	assert_ring_whole();
	assert_non_null(strstr(verify_says(0), "as the kernel has them"));
	assert_non_null(strstr(HARDEN(1, "logd")->err, "another one"));
}

static void allow_logd_to_be_killed_and_started_again(void **state)
{
	(void)state;
	assert_int_equal(end_logd(SIGKILL), 128 + SIGKILL);
	await_reader(false);
	assert_field(status_json(0), "reader", "down");
	refuse(20);
	start_logd();
	await_reader(true);
	assert_ring_whole();
	verify_says(0);
	/* Many times, while it writes. */
	for (int i = 0; i < 8; i++) {
		for (int j = 0; j < 300; j++)
			assert_int_equal(connect_next(), EPERM);
		usleep(i * 150000);
		assert_int_equal(end_logd(SIGKILL), 128 + SIGKILL);
		start_logd();
	}
	await_reader(true);
	assert_ring_whole();
	verify_says(0);
}

/* In a copy, so that what comes then is not disturbed; it is checked against the kernel's records, too. */
static void deny_an_edited_line(void **state)
{
	static char text[4 << 20];
	char path[] = "/tmp/copy.jsonl", expected[64], *line, *pid;
	unsigned int number = 1;

	(void)state;
	slurp(newest_file(), text, sizeof(text));
	spill(path, text);
	HARDEN(0, "log", "--verify", "--key-file", KEY_FILE, path);
	/* Without the key, what the kernel has is as it says, and the rest is not known. */
	assert_non_null(strstr(HARDEN(1, "log", "--verify", path)->out, "could not check"));
	assert_non_null(strstr(HARDEN(1, "log", "--verify")->out, "could not check"));
	/* Nobody's privileges are needed. */
	chmod(path, 0644);
	chmod(KEY_FILE, 0644);
	struct ran *ran = RUN(UNPRIVILEGED, HARDENCTL, "log", "--verify", "--key-file", KEY_FILE, path);

	assert_int_equal(ran->status, 0);
	assert_non_null(strstr(ran->out, "not checked against the kernel"));
	for (line = text; number < 10; number++)
		line = strchr(line, '\n') + 1;
	pid = strstr(line, "\"pid\":") + strlen("\"pid\":");
	*pid = *pid == '9' ? '1' : *pid + 1;
	spill(path, text);
	snprintf(expected, sizeof(expected), "altered: %s:%u: ", path, number);
	assert_non_null(strstr(HARDEN(2, "log", "--verify", "--key-file", KEY_FILE, path)->out, expected));
	/* The kernel has the record and says so, key or no key. */
	ran = HARDEN(2, "log", "--verify", path);
	assert_non_null(strstr(ran->out, expected));
	assert_non_null(strstr(ran->out, "'pid'"));
	HARDEN(64, "log", "--verify", "--key", "00", path);
	HARDEN(64, "log", "--key-file", KEY_FILE);
	HARDEN(1, "log", "--verify", "--key-file", KEY_FILE, "/tmp/there-is-no-such-file");
}

/* Of the ring itself; the file is put back as it was. */
static void deny_a_cut_end(void **state)
{
	static char text[4 << 20];
	size_t len;
	int fd;

	(void)state;
	assert_int_equal(end_logd(SIGTERM), 0);
	slurp(newest_file(), text, sizeof(text));
	len = strlen(text) - 1;
	while (text[len - 1] != '\n')
		len--;
	assert_int_equal(truncate(newest_file(), len), 0);
	assert_non_null(strstr(verify_says(2), "missing"));
	fd = open(newest_file(), O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, text + len, strlen(text + len)), strlen(text + len));
	close(fd);
	verify_says(0);
	start_logd();
	await_reader(true);
	assert_ring_whole();
	verify_says(0);
}

/* It was killed within a line. */
static void allow_half_a_line(void **state)
{
	struct dirent *entry;
	char path[512] = "";
	DIR *dir;
	int fd;

	(void)state;
	assert_int_equal(end_logd(SIGTERM), 0);
	dir = opendir(STREAM_DIR);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			snprintf(path, sizeof(path), STREAM_DIR "/%s", entry->d_name);
	closedir(dir);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "{\"v\":1,\"seq\":99", 15), 15);
	close(fd);
	refuse(2);
	start_logd();
	await_reader(true);
	assert_ring_whole();
}

static void allow_logd_to_be_stopped(void **state)
{
	(void)state;
	kill(logd, SIGSTOP);
	await_reader(false);
	refuse(20);
	HARDEN(0, "verify");
	HARDEN(0, "status", "-q");
	kill(logd, SIGCONT);
	await_reader(true);
	assert_ring_whole();
}

static void write_cgroup(const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), CGROUP_ROOT FREEZER "/%s", file);
	spill(path, text);
}

static void allow_logd_to_be_frozen(void **state)
{
	char pid[16];

	(void)state;
	make_cgroup(FREEZER);
	snprintf(pid, sizeof(pid), "%d", logd);
	write_cgroup("cgroup.procs", pid);
	write_cgroup("cgroup.freeze", "1");
	await_reader(false);
	refuse(20);
	HARDEN(0, "verify");
	write_cgroup("cgroup.freeze", "0");
	await_reader(true);
	assert_ring_whole();
}

/* In the place of journald, which is not in this VM: an entry for each refusal, and none for a canary. */
static void allow_the_journal_to_be_told(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unsigned int entries = 0;
	char entry[16384];
	ssize_t len;

	(void)state;
	mkdir("/run/systemd", 0755);
	mkdir("/run/systemd/journal", 0755);
	assert_ring_whole();
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	HARDEN(0, "verify");
	refuse(3);
	assert_ring_whole();
	for (int i = 0; i < 50; i++, usleep(100000))
		while ((len = recv(fd, entry, sizeof(entry), 0)) > 0) {
			entries++;
			assert_non_null(memmem(entry, len, journal_ids[GUARD_egress], 32));
			assert_non_null(memmem(entry, len, "HARDENCTL_SEQ\n", 14));
			assert_non_null(memmem(entry, len, "denied egress: unlisted", 23));
		}
	assert_int_equal(entries, 3);
	/* It is there, and takes nothing any more: who waits for it is behind for ever. */
	for (int i = 0; i < 1000; i++)
		assert_int_equal(connect_next(), EPERM);
	assert_ring_whole();
	assert_true(stream_has_reader());
	close(fd);
	refuse(1);
	assert_ring_whole();
	assert_int_equal(unlink(JOURNAL_SOCKET), 0);
}

/* More than one file's worth, slowly enough to follow. */
static void allow_files_to_take_turns(void **state)
{
	(void)state;
	for (int i = 0; i < 7; i++) {
		for (int j = 0; j < 1000; j++)
			assert_int_equal(connect_next(), EPERM);
		assert_ring_whole();
	}
	assert_in_range(read_ring().files, 2, STREAM_FILES);
	verify_says(0);
}

static void allow_a_full_disk(void **state)
{
	unsigned long long last;

	(void)state;
	assert_int_equal(end_logd(SIGTERM), 0);
	assert_int_equal(mount("small", STREAM_DIR, "tmpfs", 0, "size=64k"), 0);
	start_logd();
	await_reader(true);
	usleep(3000000);
	last = read_ring().last;
	assert_true(last < mark().newest);
	refuse(10);
	HARDEN(0, "verify");
	assert_true(stream_has_reader());
	assert_int_equal(mount("small", STREAM_DIR, "tmpfs", MS_REMOUNT, "size=64m"), 0);
	assert_ring_whole();
}

static int stop_logd(void **state)
{
	(void)state;
	return logd > 0 && end_logd(SIGKILL) < 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_the_key_once),
		cmocka_unit_test(allow_a_load_without_room_for_the_key),
		cmocka_unit_test(allow_seal_without_a_reader),
		cmocka_unit_test(allow_logd_after_the_seal),
		cmocka_unit_test(allow_logd_to_be_killed_and_started_again),
		cmocka_unit_test(deny_an_edited_line),
		cmocka_unit_test(deny_a_cut_end),
		cmocka_unit_test(allow_half_a_line),
		cmocka_unit_test(allow_logd_to_be_stopped),
		cmocka_unit_test(allow_logd_to_be_frozen),
		cmocka_unit_test(allow_the_journal_to_be_told),
		cmocka_unit_test(allow_files_to_take_turns),
		cmocka_unit_test(allow_a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, stop_logd);
}
