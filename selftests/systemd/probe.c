// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe.c - what the units of the table `units` run: says what its unit lets it do, one key=value a line.
 *
 * Linked statically, so that it also runs below RootDirectory=.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICE	"/dev/cpu_dma_latency"	/* on every machine, harmless, and not on DevicePolicy=closed's list */
#define FILE_OF_FS	"/sys/kernel/security/lsm"
#define PORT	5555

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* Under a name of its own, as the other probes do it at the same time. */
static int try_write_usr(void)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/usr/selftest-mark.%d", getpid());
	err = try_open(path, O_WRONLY | O_CREAT);
	if (!err)
		unlink(path);
	return err;
}

static const struct sockaddr_in here = {
	.sin_family = AF_INET, .sin_port = 0, .sin_addr.s_addr = 0x0100007f,
};

/* A datagram to oneself over lo: what is dropped on its way in counts as refused, too. */
static int try_loopback(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;
	const struct timeval patience = { .tv_usec = 500000 };
	struct sockaddr_in name;
	socklen_t len = sizeof(name);
	char byte = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (fd < 0 || bind(fd, (const void *)&here, sizeof(here)) || getsockname(fd, (void *)&name, &len) ||
	    sendto(fd, &byte, 1, 0, (void *)&name, len) != 1 || recv(fd, &byte, 1, 0) != 1)
		err = errno;
	close(fd);
	return err;
}

static int try_bind(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err = 0, yes = 1;
	struct sockaddr_in name = here;

	name.sin_port = htons(PORT);
	/* The probes run at the same time. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, (const void *)&name, sizeof(name)))
		err = errno;
	close(fd);
	return err;
}

static void say(const char *key, int err)
{
	printf("%s=%s\n", key, err ? strerrorname_np(err) : "0");
}

static void probe(void)
{
	say("device", try_open(DEVICE, O_RDONLY));
	say("null", try_open("/dev/null", O_RDWR));
	say("loopback", try_loopback());
	say("bind", try_bind());
	say("filesystem", try_open(FILE_OF_FS, O_RDONLY));
	say("mark", try_open("/tmp/selftest-mark", O_RDONLY));
	say("usr", try_write_usr());
	say("os-release", try_open("/etc/os-release", O_RDONLY));
	printf("uid=%s\n", getuid() >= 61184 && getuid() <= 65519 ? "dynamic" : getuid() ? "other" : "0");
	puts("end");
	fflush(stdout);
}

static void again(int sig)
{
	(void)sig;
}

/* With "stay": goes on running, and probes once more for each SIGUSR1. */
int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = again };

	sigaction(SIGUSR1, &action, NULL);
	probe();
	while (argc > 1 && !strcmp(argv[1], "stay")) {
		pause();
		probe();
	}
	return 0;
}
