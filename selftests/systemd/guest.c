// SPDX-License-Identifier: GPL-2.0-only
/* guest.c - running commands and printing TAP. No shell is involved: none could be started. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Below /run, which a soft-reboot keeps. */
#define COUNT_FILE	"/run/selftest/count"

char said[1 << 18];
static FILE *out;
static int count;

double uptime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

bool said_has(const char *text)
{
	return strstr(said, text);
}

const char *slurp(const char *path)
{
	static char text[1 << 14];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

/* Reads what the child says until it has closed its end; false when time is up. */
static bool listen_to(int fd, double end)
{
	size_t len = 0;
	char rest[4096];

	said[0] = '\0';
	for (;;) {
		struct pollfd poller = { .fd = fd, .events = POLLIN };
		int left = (end - uptime()) * 1000;
		bool full = len == sizeof(said) - 1;
		ssize_t got;

		if (left <= 0 || poll(&poller, 1, left) <= 0)
			return false;
		got = full ? read(fd, rest, sizeof(rest)) : read(fd, said + len, sizeof(said) - 1 - len);
		if (got <= 0)
			return true;
		len += full ? 0 : got;
		said[len] = '\0';
	}
}

int run_argv(const char *const *argv, unsigned int seconds)
{
	double end = uptime() + seconds;
	int pipes[2], status;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDONLY);

		dup2(null, 0);
		dup2(pipes[1], 1);
		dup2(pipes[1], 2);
		execv(argv[0], (char *const *)argv);
		dprintf(1, "exec: %s\n", strerror(errno));
		_exit(127);
	}
	close(pipes[1]);
	if (pid < 0 || !listen_to(pipes[0], end)) {
		if (pid > 0)
			kill(pid, SIGKILL);
		status = TOO_LONG << 8;
	}
	close(pipes[0]);
	if (pid < 0)
		return -1;
	/* A signal that we sent says no more than that. */
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		return uptime() >= end ? TOO_LONG : 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

void tap_open(const char *path)
{
	struct termios raw;

	out = fopen(path, "ae");
	if (!out)
		exit(1);
	setvbuf(out, NULL, _IOLBF, 0);
	if (!tcgetattr(fileno(out), &raw)) {
		cfmakeraw(&raw);
		tcsetattr(fileno(out), TCSANOW, &raw);
	}
	count = atoi(slurp(COUNT_FILE));
}

static void counted(void)
{
	FILE *file = fopen(COUNT_FILE, "we");

	count++;
	if (file) {
		fprintf(file, "%d\n", count);
		fclose(file);
	}
}

void note(const char *format, ...)
{
	va_list args;

	fputs("# ", out);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fputc('\n', out);
}

/* The end of what the last command said, as TAP comments. */
static void explain(void)
{
	size_t len = strlen(said);
	char *line = len > 3000 ? said + len - 3000 : said, *next;

	for (; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		note("  %s", line);
	}
}

void ok(bool good, const char *format, ...)
{
	va_list args;

	counted();
	fprintf(out, "%sok %d - ", good ? "" : "not ", count);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fprintf(out, " (at %.1f s)\n", uptime());
	if (!good)
		explain();
}

void skip(const char *reason, const char *format, ...)
{
	va_list args;

	counted();
	fprintf(out, "ok %d - ", count);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fprintf(out, " # SKIP %s\n", reason);
}

void plan(void)
{
	fprintf(out, "1..%d\n", count);
	fflush(out);
	tcdrain(fileno(out));
}

int logged(const char *one, const char *two, const char *three)
{
	int found = 0;

	if (run("/usr/sbin/hardenctl", "log", "--json", "-n", "200"))
		return -1;
	for (char *line = said, *next; *line; line = next) {
		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		found += strstr(line, one) && strstr(line, two) && strstr(line, three) &&
			 !strstr(line, "\"canary\":true");
	}
	return found;
}

bool logged_more(int before, const char *one, const char *two, const char *three, int seconds)
{
	double end = uptime() + seconds;

	while (logged(one, two, three) <= before) {
		if (uptime() > end)
			return false;
		usleep(300000);
	}
	return true;
}
