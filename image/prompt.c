// SPDX-License-Identifier: GPL-2.0-only
/*
 * prompt.c - root at a prompt in the image, for tools/demo: runs the steps below, shows what each says and judges it. No shell
 * could do that once the policy is in force. By another name (trace, connect, send) it is the tool of that name, which the image
 * has not.
 */
#include "guest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define DEMO	"/usr/lib/demo"

enum verdict { WORKS, REFUSED };

/* What `command` says has `says` in it; SERVER is the server's pid. A heading begins a section. */
static const struct step {
	const char *heading, *command;
	enum verdict verdict;
	const char *says;
} steps[] = {
	{ "The units have loaded and sealed before the service came", "systemctl is-system-running --wait", WORKS, "running" },
	{ NULL, "systemctl show -p ActiveState,ActiveEnterTimestampMonotonic hardenctl-load hardenctl-sealed.target model nginx", WORKS, "ActiveState=active" },
	{ NULL, "hardenctl status -q", WORKS, "" },
	{ "@ask", NULL, WORKS, NULL },

	{ "No shell starts, no interpreter and nothing that the policy does not list", "sh -c id", REFUSED, NULL },
	{ NULL, "bash -c id", REFUSED, NULL },
	{ NULL, "/lib64/ld-linux-x86-64.so.2 /usr/bin/dash -c id", REFUSED, NULL },
	{ NULL, "python3 -c print(open('" WEIGHTS "','rb').read())", REFUSED, "Killed" },
	{ NULL, DEMO "/script", REFUSED, NULL },
	{ NULL, "systemd-run --wait --pipe sh -c id", REFUSED, "203" },
	{ NULL, "cat /etc/hostname", WORKS, "model" },

	{ "Nobody looks into the server; the server notices nothing", "trace SERVER", REFUSED, NULL },
	{ NULL, "cat /proc/SERVER/mem", REFUSED, NULL },
	{ NULL, "cat /proc/SERVER/environ", REFUSED, NULL },
	{ NULL, "cat /proc/SERVER/comm", WORKS, "server" },

	{ "No kernel module gets in", "insmod " DEMO "/dummy.ko", REFUSED, NULL },

	{ "The confidential files are the service's alone", "cat " WEIGHTS, REFUSED, NULL },
	{ NULL, "cp " WEIGHTS " /run/copy", REFUSED, NULL },
	{ NULL, "dd if=" KEY " of=/run/copy", REFUSED, NULL },
	{ NULL, "ls /run/model", REFUSED, NULL },
	{ NULL, "mv " WEIGHTS " /run/copy", REFUSED, NULL },
	{ NULL, "cat " DEMO "/file", WORKS, "no secret" },

	{ "Nothing goes to an address that the policy does not list", "connect 127.0.0.1 8000", WORKS, "" },
	{ NULL, "connect 10.12.0.2 443", REFUSED, NULL },
	{ NULL, "connect 203.0.113.9 443", REFUSED, NULL },
	{ NULL, "send 203.0.113.9 53", REFUSED, NULL },

	{ "Each refusal is on record", "hardenctl log -n 6", WORKS, "denied egress" },
	{ NULL, "hardenctl explain last", WORKS, "was refused" },

	{ "Not even root loosens any of this before the machine reboots", "hardenctl unload", REFUSED, "sealed" },
	{ NULL, "hardenctl load", REFUSED, "sealed" },
	{ NULL, "rm /sys/fs/bpf/hardenctl/1/exec__mmap_file", REFUSED, NULL },
	{ NULL, "umount -l /sys/fs/bpf", REFUSED, "superuser" },
	{ NULL, "writable /", WORKS, "" },
	{ NULL, "rm /etc/hardenctl/policy.yaml", REFUSED, NULL },
	{ NULL, "rm /usr/sbin/hardenctl", REFUSED, NULL },
	{ NULL, "cp " DEMO "/file /proc/sys/kernel/core_pattern", REFUSED, NULL },
	{ NULL, "rm " DEMO "/file", WORKS, "" },
	{ NULL, "hardenctl status", WORKS, "hardened: enforcing, sealed" },
	{ "@ask", NULL, WORKS, NULL },
};
#define STEPS	(sizeof(steps) / sizeof(steps[0]))

static FILE *port;

/* ---- The tools ---- */

/* The root was made read-only at boot, which root can undo. */
static int writable(const char *path)
{
	if (!mount(NULL, path, NULL, MS_REMOUNT, NULL))
		return 0;
	fprintf(stderr, "writable: remount %s: %s\n", path, strerror(errno));
	return 1;
}

static int trace(const char *pid)
{
	if (!ptrace(PTRACE_SEIZE, atoi(pid), 0, 0))
		return 0;
	fprintf(stderr, "trace: attach to %s: %s\n", pid, strerror(errno));
	return 1;
}

static int reach(const char *tool, int type, const char *address, const char *number)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(number)) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, address, &at.sin_addr);
	if (type == SOCK_DGRAM ? sendto(fd, "a secret", 8, 0, (void *)&at, sizeof(at)) == 8 : !connect(fd, (void *)&at, sizeof(at)))
		return 0;
	fprintf(stderr, "%s: %s port %s: %s\n", tool, address, number, strerror(errno));
	return 1;
}

/* ---- The prompt ---- */

/* As a shell would: words, started by name; what cannot be started is an exit status of 126. */
static void start(char *command, int output)
{
	char *argv[16];
	int argc = 0;

	for (char *word = strtok(command, " "); word && argc < 15; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	execvp(argv[0], argv);
	fprintf(stderr, "prompt: %s: %s\n", argv[0], strerror(errno));
	_exit(126);
}

/* What it says, cut at the end of the buffer: returned with its exit status; a signal adds the word for it. */
static int run(const char *command, char *ret_said, size_t size)
{
	char words[512], rest[4096];
	int pipe_fd[2], status;
	size_t used = 0;
	ssize_t got;
	pid_t child;

	if (pipe2(pipe_fd, O_CLOEXEC) || (child = fork()) < 0)
		return -1;
	if (!child) {
		snprintf(words, sizeof(words), "%s", command);
		start(words, pipe_fd[1]);
	}
	close(pipe_fd[1]);
	for (;;) {
		bool room = used < size - 32;

		got = room ? read(pipe_fd[0], ret_said + used, size - 32 - used) : read(pipe_fd[0], rest, sizeof(rest));
		if (got <= 0)
			break;
		used += room ? got : 0;
	}
	close(pipe_fd[0]);
	waitpid(child, &status, 0);
	ret_said[used] = 0;
	if (WIFSIGNALED(status))
		snprintf(ret_said + used, 32, "%s\n", strsignal(WTERMSIG(status)));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static bool is_so(const struct step *step, int code, const char *said)
{
	if (step->verdict == WORKS)
		return !code && strstr(said, step->says);
	if (!code)
		return false;
	return step->says ? !!strstr(said, step->says) : strstr(said, "not permitted") || strstr(said, "Permission denied");
}

/* Shows a step and says how it went. */
static bool take(const struct step *step, const char *server)
{
	static char said[65536];
	const char *pid = strstr(step->command, "SERVER");
	char command[512];
	bool good;
	int code;

	snprintf(command, sizeof(command), "%.*s%s%s", pid ? (int)(pid - step->command) : 511, step->command, pid ? server : "",
		 pid ? pid + strlen("SERVER") : "");
	code = run(command, said, sizeof(said));
	good = is_so(step, code, said);
	fprintf(port, "  # %s\n", command);
	for (char *rest = said, *line; (line = strsep(&rest, "\n")) && (rest || *line);)
		fprintf(port, *line ? "    %s\n" : "%s\n", line);
	if (good)
		fprintf(port, "    -> %s\n", step->verdict == WORKS ? "works" : "refused");
	else
		fprintf(port, "    -> NOT AS EXPECTED: exit status %d, %s wanted\n", code, step->says ?: "a refusal");
	return good;
}

/* The other side does what only it can, and says so in a line. */
static void wait_for_word(int fd)
{
	char byte;

	while (read(fd, &byte, 1) == 1 && byte != '\n')
		;
}

static void show(void)
{
	unsigned int good = 0, taken = 0;
	int words = open(PORT, O_RDONLY | O_CLOEXEC);
	struct termios mode;
	char server[16];
	pid_t pid;

	/* What the other side says is not shown. */
	tcgetattr(words, &mode);
	cfmakeraw(&mode);
	tcsetattr(words, TCSANOW, &mode);

	while (!(pid = find_server()))
		usleep(200000);
	snprintf(server, sizeof(server), "%d", pid);
	for (size_t i = 0; i < STEPS; i++) {
		if (steps[i].heading && steps[i].command)
			fprintf(port, "\n== %s\n", steps[i].heading);
		if (!steps[i].command) {
			fprintf(port, "%s\n", steps[i].heading);
			wait_for_word(words);
			continue;
		}
		taken++;
		good += take(&steps[i], server);
	}
	fprintf(port, "@end %u %u\n", good, taken);
}

int main(int argc, char **argv)
{
	char said[4096];

	if (argc == 2 && !strcmp(argv[0], "trace"))
		return trace(argv[1]);
	if (argc == 2 && !strcmp(argv[0], "writable"))
		return writable(argv[1]);
	if (argc == 3 && !strcmp(argv[0], "connect"))
		return reach("connect", SOCK_STREAM, argv[1], argv[2]);
	if (argc == 3 && !strcmp(argv[0], "send"))
		return reach("send", SOCK_DGRAM, argv[1], argv[2]);
	port = fopen(PORT, "we");
	if (!port)
		return 1;
	setvbuf(port, NULL, _IOLBF, 0);
	setenv("LC_ALL", "C", 1);
	setenv("PATH", DEMO ":/usr/sbin:/usr/bin", 1);
	show();
	run("systemctl poweroff --no-block", said, sizeof(said));
	pause();
}
