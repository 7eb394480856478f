// SPDX-License-Identifier: GPL-2.0-only
/*
 * scan_test.c - seal --dry-run names what exists already and would break a promise, and nothing else.
 * Boots: plain lockdown
 */
#include "scan.h"

#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/swap.h>

#define PROTO_MPTCP	262
#define KPROBES		"/sys/kernel/tracing/kprobe_events"
#define TRACER		"/sys/kernel/tracing/current_tracer"
#define BINFMT		"/proc/sys/fs/binfmt_misc"
#define CORE_PATTERN	"/proc/sys/kernel/core_pattern"
#define IP_FORWARD	"/proc/sys/net/ipv4/ip_forward"
#define IP6_FORWARD	"/proc/sys/net/ipv6/conf/lo/forwarding"
#define SHELL		"/bin/sh"

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

/* ---- ptrace ---- */

static const char *make_tracer(void)
{
	start_child(0, 0, NULL);
	start_child(1, 0, NULL);
	assert_int_equal(ptrace(PTRACE_SEIZE, children[0], NULL, NULL), 0);
	expect("pid %d (%.15s, ", children[0], program_invocation_short_name);
	return NULL;
}

static void clear_tracer(void)
{
	end_child(0);
}

static const char *proc_path(pid_t pid, const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return path;
}

static int open_proc(pid_t pid, const char *name)
{
	int fd = open(proc_path(pid, name), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static const char *make_proc_mem(void)
{
	start_child(0, 0, NULL);
	found_fd = open_proc(children[0], "mem");
	neighbours[0] = open_proc(getpid(), "mem");
	neighbours[1] = open_proc(children[0], "maps");
	expect("has the memory of pid %d (", children[0]);
	return NULL;
}

static pid_t target;
static int thread_ready[2], thread_end[2];
static pthread_t thread;

/* A thread whose table of descriptors is its own: /proc/PID/fd of the process does not show it. */
static void *hold_memory(void *arg)
{
	char byte;

	(void)arg;
	if (unshare(CLONE_FILES))
		return NULL;
	open_proc(target, "mem");
	if (write(thread_ready[1], "", 1) == 1 && read(thread_end[0], &byte, 1) < 0)
		return NULL;
	return NULL;
}

static const char *make_proc_mem_of_thread(void)
{
	char byte;

	start_child(0, 0, NULL);
	target = children[0];
	assert_int_equal(pipe2(thread_ready, O_CLOEXEC) | pipe2(thread_end, O_CLOEXEC), 0);
	assert_int_equal(pthread_create(&thread, NULL, hold_memory, NULL), 0);
	assert_int_equal(read(thread_ready[0], &byte, 1), 1);
	expect("has the memory of pid %d (", target);
	return NULL;
}

static void clear_proc_mem_of_thread(void)
{
	assert_int_equal(write(thread_end[1], "", 1), 1);
	pthread_join(thread, NULL);
	for (int i = 0; i < 2; i++) {
		close(thread_ready[i]);
		close(thread_end[i]);
	}
}

/* ---- Sockets ---- */

static int socket_of(int family, int type, int proto)
{
	int fd = socket(family, type | SOCK_CLOEXEC, proto);

	assert_true(fd >= 0);
	return fd;
}

static void inet_neighbours(void)
{
	neighbours[0] = socket_of(AF_NETLINK, SOCK_RAW, 0);
	neighbours[1] = socket_of(AF_INET6, SOCK_DGRAM, 0);
	neighbours[2] = socket_of(AF_INET, SOCK_STREAM, 0);
	neighbours[3] = socket_of(AF_UNIX, SOCK_DGRAM, 0);
}

static const char *make_raw(void)
{
	inet_neighbours();
	found_fd = socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	expect("pid %d (%.15s", getpid(), program_invocation_short_name);
	return NULL;
}

static const char *make_packet(void)
{
	inet_neighbours();
	found_fd = socket_of(AF_PACKET, SOCK_DGRAM, 0);
	expect("has a packet socket: fd %d", found_fd);
	return NULL;
}

static bool open_raw6(void)
{
	return socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6) >= 0;
}

static const char *make_raw_elsewhere(void)
{
	inet_neighbours();
	start_child(0, CLONE_NEWNET, open_raw6);
	expect("pid %d (", children[0]);
	return NULL;
}

static void end_first_child(void)
{
	end_child(0);
}

static int in_flight[2];

/* In a message that nobody has taken yet: no process has a descriptor of it. */
static const char *make_raw_in_flight(void)
{
	union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control = {};
	struct iovec part = { "", 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int raw = socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP);

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, in_flight), 0);
	control.header = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(raw)),
	};
	memcpy(CMSG_DATA(&control.header), &raw, sizeof(raw));
	assert_int_equal(sendmsg(in_flight[0], &message, 0), 1);
	close(raw);
	expect("that no descriptor shows");
	return NULL;
}

static void clear_in_flight(void)
{
	close(in_flight[0]);
	close(in_flight[1]);
}

static const char *make_mptcp(void)
{
	inet_neighbours();
	found_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, PROTO_MPTCP);
	expect("family 2, type 1, protocol 262: fd %d", found_fd);
	return found_fd < 0 ? "this kernel has no MPTCP" : NULL;
}

static int connected(int type, const char *from, const char *to, in_port_t port)
{
	struct sockaddr_in self = { .sin_family = AF_INET };
	struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = port };
	int fd = socket_of(AF_INET, type, 0);

	inet_pton(AF_INET, from, &self.sin_addr);
	inet_pton(AF_INET, to, &peer.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&self, sizeof(self)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&peer, sizeof(peer)), 0);
	return fd;
}

static const char *make_udp(void)
{
	neighbours[0] = connected(SOCK_DGRAM, "127.0.0.1", "127.0.0.1", htons(9));
	neighbours[1] = socket_of(AF_INET, SOCK_DGRAM, 0);
	found_fd = connected(SOCK_DGRAM, "127.0.0.1", "127.0.0.2", htons(9));
	expect("is connected to 127.0.0.2 port 9 (udp): fd %d", found_fd);
	return NULL;
}

static const char *make_udp_mapped(void)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(9) };

	found_fd = socket_of(AF_INET6, SOCK_DGRAM, 0);
	neighbours[0] = socket_of(AF_INET6, SOCK_DGRAM, 0);
	inet_pton(AF_INET6, "::ffff:127.0.0.2", &to.sin6_addr);
	assert_int_equal(connect(found_fd, (struct sockaddr *)&to, sizeof(to)), 0);
	inet_pton(AF_INET6, "::1", &to.sin6_addr);
	assert_int_equal(connect(neighbours[0], (struct sockaddr *)&to, sizeof(to)), 0);
	expect("is connected to 127.0.0.2 port 9 (udp): fd %d", found_fd);
	return NULL;
}

/*
 * Two connections to one listener: ours to an address that is not listed, and one from such an address, whose end
 * here was accepted.
 */
static const char *make_tcp(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	neighbours[0] = socket_of(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(neighbours[0], (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(neighbours[0], 4), 0);
	assert_int_equal(getsockname(neighbours[0], (struct sockaddr *)&at, &len), 0);
	neighbours[1] = connected(SOCK_STREAM, "127.0.0.3", "127.0.0.1", at.sin_port);
	neighbours[2] = accept4(neighbours[0], NULL, NULL, SOCK_CLOEXEC);
	assert_true(neighbours[2] >= 0);
	found_fd = connected(SOCK_STREAM, "127.0.0.1", "127.0.0.2", at.sin_port);
	expect("is connected to 127.0.0.2 port %u (tcp): fd %d", ntohs(at.sin_port), found_fd);
	return NULL;
}

/* ---- BPF, probes, perf ---- */

/* A program that lets everything pass; `map` is in its text, or -1. */
static int load_program(int map)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1,
		  .src_reg = map < 0 ? 0 : BPF_PSEUDO_MAP_FD, .imm = map < 0 ? 0 : map },
		{},
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SKB, "stranger", "GPL", insns, ARRAY_SIZE(insns), NULL);

	assert_true(fd >= 0);
	return fd;
}

static const char *make_foreign(void)
{
	found_fd = load_program(-1);
	expect("1 of type cgroup_skb: ");
	return NULL;
}

static const char *make_kprobe(void)
{
	if (!put(KPROBES, "p:hctl_probe do_exit\n"))
		return "lockdown refuses kprobes";
	expect("hctl_probe do_exit");
	return NULL;
}

static void clear_kprobe(void)
{
	assert_true(put(KPROBES, "-:hctl_probe\n"));
}

static const char *make_function_tracer(void)
{
	if (!put(TRACER, "function\n"))
		return "lockdown refuses tracers, or this kernel has none";
	expect("current_tracer is function");
	return NULL;
}

static void clear_function_tracer(void)
{
	assert_true(put(TRACER, "nop\n"));
}

static const char *make_perf(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1,
	};

	found_fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	expect("has a perf event open: fd %d", found_fd);
	return found_fd < 0 ? "this kernel has no perf" : NULL;
}

/* ---- exec ---- */

static const char *make_binfmt(void)
{
	const char *lack = need_module("binfmt_misc");

	if (lack)
		return lack;
	if (mount("binfmt_misc", BINFMT, "binfmt_misc", 0, NULL) && errno != EBUSY)
		return "binfmt_misc can't be mounted";
	assert_true(put(BINFMT "/register", ":hctl:M::hctl::/bin/true:"));
	expect("binary format hctl is registered");
	return NULL;
}

static void clear_binfmt(void)
{
	assert_true(put(BINFMT "/hctl", "-1"));
	umount(BINFMT);
}

static const char *make_shell(void)
{
	int stdin_pipe[2];

	assert_int_equal(pipe2(stdin_pipe, O_CLOEXEC), 0);
	start_child(1, 0, NULL);
	children[0] = fork();
	if (!children[0]) {
		dup2(stdin_pipe[0], 0);
		execl(SHELL, "harmless", NULL);
		_exit(127);
	}
	close(stdin_pipe[0]);
	found_fd = stdin_pipe[1];
	/* Until its exec is through. */
	for (int i = 0; i < 100; i++) {
		struct stat exe, shell;

		if (!stat(proc_path(children[0], "exe"), &exe) && !stat(SHELL, &shell) &&
		    exe.st_ino == shell.st_ino)
			break;
		usleep(50000);
	}
	expect("pid %d (", children[0]);
	return NULL;
}

static void clear_shell(void)
{
	end_child(0);
	close_found();
}

static bool map_shell(int prot)
{
	int fd = open(SHELL, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && mmap(NULL, 4096, prot, MAP_PRIVATE, fd, 0) != MAP_FAILED;
}

static bool map_code(void) { return map_shell(PROT_READ | PROT_EXEC); }
static bool map_data(void) { return map_shell(PROT_READ); }

static const char *make_mapped_shell(void)
{
	start_child(0, 0, map_code);
	start_child(1, 0, map_data);
	expect("pid %d (", children[0]);
	return NULL;
}

static void *memory;

static void clear_memory(void)
{
	munmap(memory, 4096);
	if (found_fd >= 0)
		close_found();
}

static const char *make_writable_code(void)
{
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(memory != MAP_FAILED);
	assert_true(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	expect("has writable code at %lx: anonymous memory", (unsigned long)memory);
	return NULL;
}

static const char *make_memfd_code(void)
{
	int linked = open("/tmp/linked", O_RDWR | O_CREAT | O_CLOEXEC, 0700);

	found_fd = memfd_create("hctl", MFD_CLOEXEC);
	assert_int_equal(ftruncate(found_fd, 4096) | ftruncate(linked, 4096), 0);
	assert_true(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, linked, 0) != MAP_FAILED);
	neighbours[0] = linked;
	memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, found_fd, 0);
	assert_true(memory != MAP_FAILED);
	expect("in memory at %lx: /memfd:hctl", (unsigned long)memory);
	return NULL;
}

/* ---- Settings of the kernel ---- */

static const char *make_core_pipe(void)
{
	assert_true(put(CORE_PATTERN, "|/bin/true"));
	expect("'|/bin/true'");
	return NULL;
}

static void clear_core_pipe(void)
{
	assert_true(put(CORE_PATTERN, "core|true"));
}

static bool swap_on(const char *device)
{
	return !RUN("mkswap", device)->status && !swapon(device, 0);
}

static const char *make_swap(void)
{
	const char *lack = need_module("brd") ?: need_module("zram");

	if (lack)
		return lack;
	/* Of an earlier time. */
	swapoff("/dev/zram0");
	put("/sys/block/zram0/reset", "1");
	assert_true(put("/sys/block/zram0/disksize", "4194304"));
	assert_true(swap_on("/dev/zram0"));
	assert_true(swap_on("/dev/ram0"));
	expect("swap on /dev/ram0 ");
	return NULL;
}

/* The one on zram stays. */
static void clear_swap(void)
{
	assert_int_equal(swapoff("/dev/ram0"), 0);
}

static const char *make_forwarding(void)
{
	assert_true(put(IP_FORWARD, "1"));
	expect(IP_FORWARD " is on");
	return NULL;
}

static void clear_forwarding(void)
{
	assert_true(put(IP_FORWARD, "0"));
}

static const char *make_forwarding6(void)
{
	if (!put(IP6_FORWARD, "1"))
		return "this kernel has no IPv6";
	expect(IP6_FORWARD " is on");
	return NULL;
}

static void clear_forwarding6(void)
{
	assert_true(put(IP6_FORWARD, "0"));
}

/* ---- Network devices ---- */

static int open_tun(void)
{
	struct ifreq request = { .ifr_name = "hctl0", .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	return fd >= 0 && !ioctl(fd, TUNSETIFF, &request) ? fd : -1;
}

static bool has_tun(void)
{
	return open_tun() >= 0;
}

static const char *make_tun(void)
{
	const char *lack = need_module("tun") ?: need_module("dummy");

	if (lack)
		return lack;
	RUN("ip", "link", "add", "hctl1", "type", "dummy");
	RUN("ip", "link", "set", "hctl1", "up");
	found_fd = open_tun();
	assert_true(found_fd >= 0);
	expect("network device hctl0 of kind tun");
	return NULL;
}

static void clear_tun(void)
{
	close_found();
	assert_non_null(strstr(RUN("ip", "link")->out, "hctl1"));
}

static const char *make_namespace(void)
{
	const char *lack = need_module("tun");

	if (lack)
		return lack;
	start_child(0, CLONE_NEWNET, has_tun);
	start_child(1, CLONE_NEWNET, NULL);
	expect("another network namespace, of pid %d (", children[0]);
	return NULL;
}

/* ---- Descriptors ---- */

static const char *make_policy_writable(void)
{
	found_fd = open(POLICY, O_WRONLY | O_CLOEXEC);
	neighbours[0] = open(POLICY, O_RDONLY | O_CLOEXEC);
	assert_true(found_fd >= 0 && neighbours[0] >= 0);
	expect(POLICY " open for writing: fd %d", found_fd);
	return NULL;
}

static const char *make_policy_mapped(void)
{
	int fd = open(POLICY, O_RDWR | O_CLOEXEC);

	memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(memory != MAP_FAILED);
	close(fd);
	expect(POLICY " mapped, for writing");
	return NULL;
}

static const char *make_program_open(void)
{
	struct set_info set = live_set();

	found_fd = bpf_prog_get_fd_by_id(set.attachment[0].prog_id);
	neighbours[0] = set_map(set.map_log);
	assert_true(found_fd >= 0 && neighbours[0] >= 0);
	expect("hardenctl's program %u open: fd %d", set.attachment[0].prog_id, found_fd);
	return NULL;
}

static const char *make_map_open(void)
{
	struct set_info set = live_set();

	found_fd = bpf_map_get_fd_by_id(set.map_log);
	neighbours[0] = set_map(set.map_log);
	assert_true(found_fd >= 0 && neighbours[0] >= 0);
	expect("hardenctl's map, for writing %u open: fd %d", set.map_log, found_fd);
	return NULL;
}

static const char *make_link_open(void)
{
	struct set_info set = live_set();
	char pin[256];

	snprintf(pin, sizeof(pin), PINS "/%llu/core__bprm_committed_creds", (unsigned long long)set.set);
	found_fd = bpf_obj_get(pin);
	assert_true(found_fd >= 0);
	expect("open: fd %d", found_fd);
	return NULL;
}

static const char *make_dev_mem(void)
{
	found_fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	neighbours[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
	expect("has /dev/mem open");
	return found_fd < 0 ? "lockdown refuses /dev/mem" : NULL;
}

static const struct condition conditions[] = {
	{ "tracer", "tracer", make_tracer, clear_tracer, true },
	{ "memory_of_another", "proc-mem", make_proc_mem, close_found, false },
	{ "memory_in_thread", "proc-mem", make_proc_mem_of_thread, clear_proc_mem_of_thread, false },
	{ "raw_socket", "socket-raw", make_raw, close_found, true },
	{ "packet_socket", "socket-raw", make_packet, close_found, false },
	{ "raw_socket_in_another_namespace", "socket-raw", make_raw_elsewhere, end_first_child, false },
	{ "raw_socket_in_flight", "socket-raw", make_raw_in_flight, clear_in_flight, false },
	{ "mptcp_socket", "socket-unlisted", make_mptcp, close_found, false },
	{ "udp_to_unlisted", "socket-unlisted", make_udp, close_found, true },
	{ "udp_to_unlisted_mapped", "socket-unlisted", make_udp_mapped, close_found, false },
	{ "tcp_to_unlisted", "socket-unlisted", make_tcp, close_found, false },
	{ "foreign_program", "bpf-foreign", make_foreign, close_found, false },
	{ "kprobe", "probe", make_kprobe, clear_kprobe, false },
	{ "function_tracer", "probe", make_function_tracer, clear_function_tracer, false },
	{ "perf_event", "probe", make_perf, close_found, false },
	{ "binary_format", "binfmt", make_binfmt, clear_binfmt, false },
	{ "shell", "process-unlisted", make_shell, clear_shell, true },
	{ "code_of_shell", "process-unlisted", make_mapped_shell, end_first_child, false },
	{ "writable_code", "exec-memory", make_writable_code, clear_memory, false },
	{ "code_of_memfd", "exec-memory", make_memfd_code, clear_memory, false },
	{ "core_pipe", "core-pipe", make_core_pipe, clear_core_pipe, false },
	{ "swap", "swap", make_swap, clear_swap, false },
	{ "forwarding", "forwarding", make_forwarding, clear_forwarding, false },
	{ "forwarding_of_one_device", "forwarding", make_forwarding6, clear_forwarding6, false },
	{ "tun_device", "tunnel", make_tun, clear_tun, false },
	{ "namespace_with_device", "tunnel", make_namespace, end_first_child, false },
	{ "writable_policy", "descriptor", make_policy_writable, close_found, false },
	{ "mapped_policy", "descriptor", make_policy_mapped, clear_memory, false },
	{ "our_program", "descriptor", make_program_open, close_found, false },
	{ "our_map", "descriptor", make_map_open, close_found, false },
	{ "our_link", "descriptor", make_link_open, close_found, false },
	{ "dev_mem", "descriptor", make_dev_mem, close_found, false },
};

#define EVERY_KIND									\
	", tracer, proc-mem, socket-raw, socket-unlisted, bpf-foreign, probe, binfmt, process-unlisted, " \
	"exec-memory, core-pipe, swap, forwarding, tunnel, descriptor"

static const struct phase phases[] = {
	{ "find", SCAN_POLICY("audit", ", process-unlisted"), false, 2, 0, false },
	{ "find_unlisted", SCAN_POLICY("audit", ""), false, 2, 2, false },
	{ "tolerate", SCAN_POLICY("audit", EVERY_KIND), true, 0, 0, false },
	{ "find_enforced", SCAN_POLICY("enforce", ", process-unlisted"), false, 2, 0, true },
};
#define FIND_UNLISTED	(&phases[1])

/* Whether the condition can be told from what is there anyway under that policy. */
static bool applies(const struct phase *of, const struct condition *condition)
{
	bool shells = !strcmp(condition->kind, "process-unlisted");

	return (!of->early || condition->early) && (of->tolerated || shells == (of == FIND_UNLISTED));
}

static int load_phase(void **state)
{
	(void)state;
	load_text(phase->policy);
	return 0;
}

static int run_phase(const struct phase *of)
{
	struct CMUnitTest tests[ARRAY_SIZE(conditions)];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(conditions); i++) {
		if (!applies(of, &conditions[i]))
			continue;
		/* Whether it is tolerated depends on the kind alone. */
		if (of->tolerated && i && !strcmp(conditions[i].kind, conditions[i - 1].kind))
			continue;
		tests[count] = test_of_row(of->verb, conditions[i].name, "", find_condition,
					   &conditions[i]);
		tests[count++].teardown_func = tidy;
	}
	phase = of;
	return _cmocka_run_group_tests(of->verb, tests, count, load_phase, unload);
}

static void deny_program_with_our_map_although_tolerated(void **state)
{
	struct set_info set;
	int map;

	(void)state;
	load_text(SCAN_POLICY("enforce", EVERY_KIND));
	set = live_set();
	map = bpf_map_get_fd_by_id(set.map_counters);
	assert_true(map >= 0);
	found_fd = load_program(map);
	close(map);
	assert_findings(2, "canary:seal", "uses hardenctl's map", 1, false);
	close_found();
	HARDEN(0, "seal", "--dry-run");
}

/* A guard that is off switches its kinds off; the scan goes by the policy, not by what is there. */
static void allow_what_belongs_to_a_guard_that_is_off(void **state)
{
	static const char policy[] =
		"version: 1\nname: scan\n"
		"exec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"
		"egress: { mode: off }\ningress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n"
		"seal: { tolerate: [off:exec, off:ptrace, off:modules, off:egress, off:ingress, off:kernel, "
		"off:data] }\n";

	(void)state;
	RUN(HARDENCTL, "unload");
	assert_null(make_tracer());
	found_fd = socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	load_text(policy);
	HARDEN(0, "seal", "--dry-run");
	release();
	close_found();
}

static void allow_dry_run_to_change_nothing(void **state)
{
	struct mark before;

	(void)state;
	load_text(SCAN_POLICY("enforce", ", process-unlisted"));
	before = mark();
	HARDEN(0, "seal", "--dry-run");
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		assert_undisturbed(&before, guard);
	HARDEN(0, "unload");
}

int main(void)
{
	const struct CMUnitTest others[] = {
		cmocka_unit_test(deny_program_with_our_map_although_tolerated),
		cmocka_unit_test(allow_what_belongs_to_a_guard_that_is_off),
		cmocka_unit_test(allow_dry_run_to_change_nothing),
	};
	int failed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(phases); i++)
		failed += run_phase(&phases[i]);
	return failed + cmocka_run_group_tests(others, NULL, unload);
}
