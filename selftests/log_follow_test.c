// SPDX-License-Identifier: GPL-2.0-only
/*
 * log_follow_test.c - log shows what comes as it comes, and of what there is what it is asked for.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 */
#include "objects.h"
#include "util.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

#define POLICY_SMALL	POLICY_ENFORCE "log: { records: 64 }\n"
#define WAIT_MS		60000	/* for a line: guests are slow */

/* A hardenctl that runs, and what it has written so far. */
struct follower {
	pid_t pid;
	int fd, err_fd;
	char text[65536];
	size_t len;
};

static void start_argv(struct follower *follower, const char *const argv[])
{
	int out[2], err[2];

	memset(follower, 0, sizeof(*follower));
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	fflush(NULL);
	follower->pid = fork();
	assert_true(follower->pid >= 0);
	if (!follower->pid) {
		dup2(out[1], 1);
		dup2(err[1], 2);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(out[1]);
	close(err[1]);
	follower->fd = out[0];
	follower->err_fd = err[0];
}

#define START(follower, ...)	start_argv(follower, (const char *const[]){ HARDENCTL, "log", __VA_ARGS__, NULL })

/* The next line without its end, copied out; false: none came within that time. */
static bool read_line(struct follower *follower, int wait_ms, char *ret_line, size_t size)
{
	struct pollfd in = { .fd = follower->fd, .events = POLLIN };
	char *end;
	ssize_t len;

	while (!(end = memchr(follower->text, '\n', follower->len))) {
		if (poll(&in, 1, wait_ms) <= 0)
			return false;
		len = read(follower->fd, follower->text + follower->len, sizeof(follower->text) - follower->len);
		if (len <= 0)
			return false;
		follower->len += len;
	}
	snprintf(ret_line, size, "%.*s", (int)(end - follower->text), follower->text);
	follower->len -= end + 1 - follower->text;
	memmove(follower->text, end + 1, follower->len);
	return true;
}

/* The next line as JSON, which the caller puts. */
static struct json_object *next_json(struct follower *follower)
{
	char line[8192];

	assert_true(read_line(follower, WAIT_MS, line, sizeof(line)));
	return parse_json(line);
}

/* Exit status; 128 + N where signal N ended it. */
static int ended(struct follower *follower)
{
	int status = -1;

	for (int i = 0; i < WAIT_MS / 100 && !waitpid(follower->pid, &status, WNOHANG); i++)
		usleep(100000);
	if (status == -1)
		kill(follower->pid, SIGKILL);
	close(follower->fd);
	close(follower->err_fd);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void expect_port(struct follower *follower, const char *port)
{
	struct json_object *event = next_json(follower);

	assert_field(event, "guard", "egress");
	assert_field(event, "object.port", port);
	json_object_put(event);
}

/* A load tries every guard. */
static void expect_port_after_canaries(struct follower *follower, const char *port)
{
	struct json_object *event = next_json(follower);

	for (; json_object_object_get_ex(event, "canary", NULL) && !strcmp(field(event, "canary"), "true"); event = next_json(follower))
		json_object_put(event);
	assert_field(event, "object.port", port);
	json_object_put(event);
}

/* It has taken a look once a line came, so that what follows comes later. */
static void start_and_see_one(struct follower *follower, __u16 port)
{
	char text[16];

	assert_int_equal(connect_unlisted(port), EPERM);
	START(follower, "-f", "-n1", "-o", "json", "--guard", "egress");
	snprintf(text, sizeof(text), "%u", port);
	expect_port(follower, text);
}

static void allow_lines_as_they_come(void **state)
{
	struct follower follower;
	char line[8192];

	(void)state;
	start_and_see_one(&follower, 5001);
	assert_false(read_line(&follower, 2500, line, sizeof(line)));
	assert_int_equal(connect_unlisted(5002), EPERM);
	expect_port(&follower, "5002");
	assert_int_equal(connect_unlisted(5003), EPERM);
	assert_int_equal(connect_unlisted(5004), EPERM);
	expect_port(&follower, "5003");
	expect_port(&follower, "5004");
	kill(follower.pid, SIGINT);
	assert_int_equal(ended(&follower), 0);
}

static void allow_to_follow_across_reload_and_unload(void **state)
{
	struct follower follower;

	(void)state;
	start_and_see_one(&follower, 5010);
	load_text(POLICY_ENFORCE);
	assert_int_equal(connect_unlisted(5011), EPERM);
	expect_port_after_canaries(&follower, "5011");
	HARDEN(0, "unload");
	load_text(POLICY_ENFORCE);
	assert_int_equal(connect_unlisted(5012), EPERM);
	expect_port_after_canaries(&follower, "5012");
	kill(follower.pid, SIGTERM);
	assert_int_equal(ended(&follower), 0);
}

static void allow_to_wait_for_a_load(void **state)
{
	struct follower follower;
	char line[8192];

	(void)state;
	HARDEN(0, "unload");
	START(&follower, "-f", "--guard", "egress");
	assert_false(read_line(&follower, 2500, line, sizeof(line)));
	HARDEN(1, "log");
	load_text(POLICY_ENFORCE);
	assert_int_equal(connect_unlisted(5020), EPERM);
	assert_true(read_line(&follower, WAIT_MS, line, sizeof(line)));
	assert_non_null(strstr(line, " denied egress: unlisted udp 203.0.113.9:5020 by pid "));
	kill(follower.pid, SIGINT);
	assert_true(read(follower.err_fd, line, sizeof(line)) > 0);
	assert_int_equal(strncmp(line, "hardenctl: log: nothing is loaded; waiting\n", 43), 0);
	assert_int_equal(ended(&follower), 0);
}

/* More refusals than there is room for, while it is stopped. */
static void overrun(struct follower *follower)
{
	kill(follower->pid, SIGSTOP);
	for (__u16 i = 0; i < 200; i++)
		assert_int_equal(connect_unlisted(6000 + i), EPERM);
	kill(follower->pid, SIGCONT);
}

static void allow_a_line_for_what_was_overwritten(void **state)
{
	struct json_object *lost, *event;
	struct follower follower, reader;
	__u64 newest;
	char line[8192], text[96];

	(void)state;
	HARDEN(0, "unload");
	load_text(POLICY_SMALL);
	start_and_see_one(&follower, 5030);
	newest = mark().newest;
	overrun(&follower);
	lost = next_json(&follower);
	assert_field(lost, "v", "1");
	assert_field(lost, "lost", "136");
	assert_field(lost, "cause", "overwritten");
	snprintf(text, sizeof(text), "%llu", newest + 136);
	assert_field(lost, "seq", text);
	json_object_put(lost);
	event = next_json(&follower);
	snprintf(text, sizeof(text), "%llu", newest + 137);
	assert_field(event, "seq", text);
	assert_field(event, "object.port", "6136");
	json_object_put(event);
	kill(follower.pid, SIGINT);
	assert_int_equal(ended(&follower), 0);

	START(&reader, "-f", "-n1");
	assert_true(read_line(&reader, WAIT_MS, line, sizeof(line)));
	newest = mark().newest;
	overrun(&reader);
	assert_true(read_line(&reader, WAIT_MS, line, sizeof(line)));
	snprintf(text, sizeof(text), "-- 136 records up to %llu are gone: overwritten --", newest + 136);
	assert_string_equal(line, text);
	kill(reader.pid, SIGINT);
	assert_int_equal(ended(&reader), 0);
	HARDEN(0, "unload");
	load_text(POLICY_ENFORCE);
}

/* Also where nothing comes any more. */
static void allow_the_reader_to_leave(void **state)
{
	struct follower follower;
	char err[256];

	(void)state;
	start_and_see_one(&follower, 5040);
	close(follower.fd);
	follower.fd = -1;
	assert_int_equal(read(follower.err_fd, err, sizeof(err)), 0);
	assert_int_equal(ended(&follower), 0);
	for (__u16 i = 0; i < 300; i++)
		assert_int_equal(connect_unlisted(7000 + i), EPERM);
	/* More than a pipe holds. */
	START(&follower, "--json");
	close(follower.fd);
	follower.fd = -1;
	assert_int_equal(read(follower.err_fd, err, sizeof(err)), 0);
	assert_int_equal(ended(&follower), 0);
}

static unsigned int lines_of(const char *text)
{
	unsigned int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void allow_what_was_asked_for(void **state)
{
	char pid[16], self[PATH_MAX] = "", tree[PATH_MAX], since[32], text[65536];
	struct timespec now;
	struct ran *ran;

	(void)state;
	HARDEN(0, "unload");
	load_text(POLICY_ENFORCE);
	assert_int_equal(connect_unlisted(5051), EPERM);
	clock_gettime(CLOCK_BOOTTIME, &now);
	snprintf(since, sizeof(since), "+%lld.%09lds", (long long)now.tv_sec, now.tv_nsec);
	assert_int_equal(connect_unlisted(5052), EPERM);
	assert_int_equal(connect_unlisted(5053), EPERM);
	snprintf(pid, sizeof(pid), "%d", getpid());
	assert_int_equal(lines_of(HARDEN(0, "log", "--pid", pid)->out), 3);
	assert_int_equal(lines_of(HARDEN(0, "log", "--pid=1")->out), 0);
	assert_int_equal(lines_of(HARDEN(0, "log", "--reason", "unlisted")->out), 3);
	assert_int_equal(lines_of(HARDEN(0, "log", "--guard", "egress", "--reason", "vsock")->out), 0);
	assert_int_equal(lines_of(HARDEN(0, "log", "-S", since)->out), 2);
	assert_int_equal(lines_of(HARDEN(0, "log", "-U", since)->out), 1);
	assert_int_equal(lines_of(HARDEN(0, "log", "--since=today", "--until", "now", "-b")->out), 3);
	assert_int_equal(lines_of(HARDEN(0, "log", "-S", "-10min", "--boot=0")->out), 3);
	assert_int_equal(lines_of(HARDEN(0, "log", "-S", "-10min", "-n1")->out), 1);
	/* The last that matches, not the last if it matches. */
	HARDEN(0, "verify");
	ran = HARDEN(0, "log", "-n1");
	assert_non_null(strstr(ran->out, ":5053 "));
	ran = HARDEN(0, "log", "-r", "-n2");
	assert_int_equal(lines_of(ran->out), 2);
	assert_non_null(strstr(ran->out, ":5053 "));
	assert_true(strstr(ran->out, ":5053 ") < strstr(ran->out, ":5052 "));
	strcpy(text, HARDEN(0, "log", "-n", "all")->out);
	assert_string_equal(HARDEN(0, "log")->out, text);

	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	snprintf(tree, sizeof(tree), "%.*s/", (int)(strrchr(self, '/') - self), self);
	/* Those that ran before the first load are not known by name, and match none. */
	ran = HARDEN(0, "log", "-n1", "--json", "--pid", pid);
	if (strstr(ran->out, self)) {
		assert_int_equal(lines_of(HARDEN(0, "log", "--exe", self)->out), 3);
		assert_int_equal(lines_of(HARDEN(0, "log", "--exe", tree)->out), 3);
	} else {
		print_message("# the test's own program is not known by name\n");
		assert_int_equal(lines_of(HARDEN(0, "log", "--exe", self)->out), 0);
	}
	assert_int_equal(lines_of(HARDEN(0, "log", "--exe", "/no/")->out), 0);
	assert_true(realpath(HARDENCTL, self) != NULL);
	assert_true(lines_of(HARDEN(0, "log", "-a", "--exe", self)->out) > 3);
	assert_int_equal(lines_of(HARDEN(0, "log", "-a", "--exe", self, "--pid", pid)->out), 0);
}

static void allow_the_forms_that_siems_know(void **state)
{
	struct json_object *json;
	char pid[16];

	(void)state;
	assert_int_equal(connect_unlisted(5060), EPERM);
	snprintf(pid, sizeof(pid), "%d", getpid());
	json = parse_json(HARDEN(0, "log", "-n1", "-o", "ocsf")->out);
	assert_field(json, "class_uid", "4001");
	assert_field(json, "type_uid", "400101");
	assert_field(json, "action_id", "2");
	assert_field(json, "dst_endpoint.ip", "203.0.113.9");
	assert_field(json, "dst_endpoint.port", "5060");
	assert_field(json, "actor.process.pid", pid);
	assert_field(json, "actor.process.name", "log_follow_test");
	assert_field(json, "unmapped.hook", "connect4");
	assert_true(llabs(strtoll(field(json, "time"), NULL, 10) / 1000 - (long long)time(NULL)) < 120);
	json_object_put(json);
	json = parse_json(HARDEN(0, "log", "-n1", "--output=ecs")->out);
	assert_field(json, "event.action", "egress-denied");
	assert_field(json, "destination.ip", "203.0.113.9");
	assert_field(json, "process.pid", pid);
	assert_field(json, "hardenctl.hook", "connect4");
	json_object_put(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_lines_as_they_come),
		cmocka_unit_test(allow_to_follow_across_reload_and_unload),
		cmocka_unit_test(allow_to_wait_for_a_load),
		cmocka_unit_test(allow_a_line_for_what_was_overwritten),
		cmocka_unit_test(allow_the_reader_to_leave),
		cmocka_unit_test(allow_what_was_asked_for),
		cmocka_unit_test(allow_the_forms_that_siems_know),
	};

	return cmocka_run_group_tests(tests, load_enforce, unload);
}
