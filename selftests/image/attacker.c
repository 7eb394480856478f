// SPDX-License-Identifier: GPL-2.0-only
/*
 * attacker.c - as root in the image, beside the service, until it is told to stop: what root would try to get at the weights,
 * the key and the machine. Each attempt has a twin that must work. Runs as a unit; says TAP to the second serial port.
 */
#include "guest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define HARDENCTL	"/usr/sbin/hardenctl"
#define PYTHON		"/usr/bin/python3"

static pid_t server;
static unsigned int tests;
static FILE *port;

static void ok(bool good, const char *format, ...)
{
	va_list args;

	fprintf(port, "%s %u - ", good ? "ok" : "not ok", ++tests);
	va_start(args, format);
	vfprintf(port, format, args);
	va_end(args);
	fputc('\n', port);
}

/* Exit status, or 128 and the signal; 127 and errno as the program's: could not be started. */
static int run(const char *output, const char *const *argv)
{
	int status;
	pid_t child = fork();

	if (!child) {
		int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		dup2(fd, 1);
		dup2(fd, 2);
		execv(argv[0], (char *const *)argv);
		_exit(errno == EPERM ? 127 : 126);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
#define RUN(...) run("/run/attacker.out", (const char *const[]) { __VA_ARGS__, NULL })

/* What the last program said, as lines of TAP. */
static void tell(void)
{
	FILE *file = fopen("/run/attacker.out", "re");
	char line[4096];

	while (file && fgets(line, sizeof(line), file))
		fprintf(port, "# %s", line);
	if (file)
		fclose(file);
}

static int closed(int fd)
{
	int err = fd < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

static int reach(const char *address, int to, int type)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(to) };
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0), err = 0;

	inet_pton(AF_INET, address, &at.sin_addr);
	if (type == SOCK_DGRAM ? sendto(fd, "x", 1, 0, (void *)&at, sizeof(at)) < 0 : connect(fd, (void *)&at, sizeof(at)))
		err = errno == EINPROGRESS ? 0 : errno;
	close(fd);
	return err;
}

static int serve(int on)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(on) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), err;

	err = bind(fd, (void *)&at, sizeof(at)) || listen(fd, 1) ? errno : 0;
	close(fd);
	return err;
}

static int peek(pid_t pid)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)0x400000, 1 };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) < 0 ? errno : 0;
}

static int attach(pid_t pid)
{
	int err = ptrace(PTRACE_SEIZE, pid, 0, 0) ? errno : 0;

	if (!err)
		ptrace(PTRACE_DETACH, pid, 0, 0);
	return err;
}

static int shell(void) { return RUN("/bin/sh", "-c", "exit 7") == 127 ? EPERM : 0; }
static int bash(void) { return RUN("/bin/bash", "-c", "exit 7") == 127 ? EPERM : 0; }
static int loader(void) { return RUN("/lib64/ld-linux-x86-64.so.2", "/bin/sh", "-c", "exit 7") == 127 ? EPERM : 0; }
/* A start with other arguments is ended before its first instruction. */
static int second_python(void) { return RUN(PYTHON, "-c", "print(7)") == 128 + SIGKILL ? EPERM : 0; }
static int other_script(void) { return RUN(PYTHON, "-I", "/run/other") == 128 + SIGKILL ? EPERM : 0; }
static int true_program(void) { return RUN("/usr/bin/systemctl", "--version") ? EIO : 0; }
static int read_weights(void) { return closed(open(WEIGHTS, O_RDONLY)); }
static int list_weights(void) { return closed(open("/run/model", O_RDONLY | O_DIRECTORY)); }
static int link_weights(void) { return link(WEIGHTS, "/run/copy") ? errno : 0; }
static int move_weights(void) { return rename(WEIGHTS, "/run/copy") ? errno : 0; }
static int cover_weights(void) { return mount("/run/other", WEIGHTS, NULL, MS_BIND, NULL) ? errno : 0; }
static int read_key(void) { return closed(open(KEY, O_RDONLY)); }
static int read_other(void) { return closed(open("/run/other", O_RDONLY)); }
static int trace_server(void) { return attach(server); }
static int peek_server(void) { return peek(server); }
static int open_memory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", server);
	return closed(open(path, O_RDONLY)) ? EPERM : 0;
}
static int stat_server(void) { return kill(server, 0) ? errno : 0; }
static int load_module(void)
{
	static char image[4096] = "\177ELF";

	return syscall(SYS_init_module, image, sizeof(image), "") ? errno : 0;
}
static int load_bpf(void)
{
	char attr[128] = { 1, 0, 0, 0, 1 };

	return syscall(SYS_bpf, 5, attr, sizeof(attr)) < 0 ? errno : 0;
}
static int connect_unlisted(void) { return reach("10.12.0.2", 9999, SOCK_STREAM); }
static int send_unlisted(void) { return reach("192.0.2.1", 53, SOCK_DGRAM); }
static int connect_listed(void) { return reach("127.0.0.1", 8000, SOCK_STREAM); }
static int raw_socket(void) { return closed(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)); }
static int packet_socket(void) { return closed(socket(AF_PACKET, SOCK_RAW, 0)); }
static int udp_socket(void) { return closed(socket(AF_INET, SOCK_DGRAM, 0)); }
static int listen_unlisted(void) { return serve(9999); }
static int listen_listed(void) { return serve(8001); }
static int unseal(void) { return RUN(HARDENCTL, "unload") == 2 ? EPERM : 0; }
/* Root may take the root file system back from being read-only; that does not give him the policy. */
static int weaken(void)
{
	int err = mount(NULL, "/", NULL, MS_REMOUNT, NULL) ? errno : closed(open("/etc/hardenctl/policy.yaml", O_WRONLY));

	return mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL) ? errno : err;
}
static int kernel_log(void) { return closed(open("/dev/kmsg", O_WRONLY)); }
static int open_disk(void) { return mknod("/run/mem", S_IFCHR | 0600, 1 << 8 | 1) ? errno : closed(open("/run/mem", O_RDWR)); }

static int write_root(void) { return closed(open("/usr/new", O_WRONLY | O_CREAT, 0600)); }
static int write_script(void) { return closed(open("/usr/lib/model/server", O_WRONLY)); }
static int write_var(void) { return closed(open("/var/new", O_WRONLY | O_CREAT, 0600)); }

/* Refused with EPERM, or by a read-only root, or (err 0) what must work beside. */
static const struct {
	const char *name;
	int (*try)(void);
	int err;
} attempts[] = {
	{ "a shell", shell, EPERM }, { "bash", bash, EPERM }, { "a shell by way of ld.so", loader, EPERM },
	{ "a second python", second_python, EPERM }, { "python with another script", other_script, EPERM },
	{ "(a listed program)", true_program, 0 },
	{ "reading the weights", read_weights, EPERM }, { "listing their directory", list_weights, EPERM },
	{ "linking them", link_weights, EPERM }, { "moving them", move_weights, EPERM },
	{ "a mount over them", cover_weights, EPERM }, { "reading the TLS key", read_key, EPERM },
	{ "(reading another file)", read_other, 0 },
	{ "tracing the server", trace_server, EPERM }, { "reading its memory", peek_server, EPERM },
	{ "opening its memory", open_memory, EPERM }, { "(asking whether it is there)", stat_server, 0 },
	{ "a kernel module", load_module, EPERM }, { "a BPF program", load_bpf, EPERM },
	{ "an unlisted address", connect_unlisted, EPERM }, { "a datagram elsewhere", send_unlisted, EPERM },
	{ "(a listed address)", connect_listed, 0 },
	{ "a raw socket", raw_socket, EPERM }, { "a packet socket", packet_socket, EPERM }, { "(a UDP socket)", udp_socket, 0 },
	{ "listening", listen_unlisted, EPERM }, { "(listening where it is listed)", listen_listed, 0 },
	{ "hardenctl unload", unseal, EPERM }, { "writing the policy", weaken, EPERM },
	{ "(writing to the kernel's log)", kernel_log, 0 }, { "physical memory", open_disk, EPERM },
	{ "a new file in /usr", write_root, EROFS }, { "writing the server's script", write_script, EROFS }, { "(a new file in /var)", write_var, 0 },
};
#define ATTEMPTS (sizeof(attempts) / sizeof(attempts[0]))

static void tell_times(void)
{
	RUN("/usr/bin/systemctl", "show", "-p", "Id", "-p", "ActiveEnterTimestampMonotonic", "hardenctl-load.service", "hardenctl-seal.service",
	    "nginx.service");
	tell();
}

/* What the kernel has for programs and files, which are in RAM alike. */
static void tell_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "Mem", 3) || !strncmp(line, "Shmem:", 6))
			fprintf(port, "# %s", line);
	if (file)
		fclose(file);
}

static void begin(void)
{
	FILE *file = fopen("/run/other", "we");

	fputs("print(7)\n", file);
	fclose(file);
	port = fopen(PORT, "w");
	setvbuf(port, NULL, _IOLBF, 0);
	for (int i = 0; i < 1500 && !(server = find_server()); i++)
		usleep(200000);
	ok(RUN("/usr/bin/systemctl", "is-system-running", "--wait") == 0, "the machine runs, and nothing failed");
	RUN("/usr/bin/systemctl", "--failed", "--no-legend");
	tell();
	tell_times();
	tell_memory();
}

static void end(void)
{
	fprintf(port, "1..%u\n", tests);
	fflush(port);
	RUN("/usr/bin/systemctl", "poweroff", "--no-block");
	pause();
}

/* Until the other side says "stop", which has asked the service enough by then. */
static void attack(void)
{
	unsigned long rounds = 0, wrong[ATTEMPTS] = {}, seen[ATTEMPTS] = {};
	int fd = open(PORT, O_RDONLY | O_NONBLOCK);

	fprintf(port, "# ready\n");
	for (char word[8]; read(fd, word, sizeof(word)) <= 0; rounds++) {
		for (size_t i = 0; i < ATTEMPTS; i++) {
			int err = attempts[i].try();

			if (err != attempts[i].err && !wrong[i]++)
				seen[i] = err;
		}
	}
	for (size_t i = 0; i < ATTEMPTS; i++)
		ok(rounds && !wrong[i], "%s is %s, %lu times%s%s", attempts[i].name, attempts[i].err ? "refused" : "possible", rounds,
		   wrong[i] ? ", but not always: " : "", wrong[i] ? strerrorname_np(seen[i]) ?: "it worked" : "");
}

/* With "look" it only tells how the machine is. */
int main(int argc, char **argv)
{
	begin();
	if (argc > 1 && !strcmp(argv[1], "look"))
		end();
	ok(RUN(HARDENCTL, "status", "-q") == 0, "sealed, and every guard holds");
	RUN(HARDENCTL, "log", "-n", "60");
	tell();
	attack();
	ok(RUN(HARDENCTL, "status", "-q") == 0, "still sealed, and every guard holds");
	RUN(HARDENCTL, "status");
	tell();
	RUN("/usr/bin/journalctl", "-b", "-o", "cat", "-n", "40", "--no-pager", "-u", "systemd-networkd", "-u", "nginx", "-u", "model");
	tell();
	end();
}
