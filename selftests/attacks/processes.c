// SPDX-License-Identifier: GPL-2.0-only
/* processes.c - attacks on hardenctl's processes, and by limits, memory, cgroups and pids. */
#include "attacks.h"

#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>

#define FROZEN		"/sys/fs/cgroup" CHILD_CGROUP

static pid_t start(const char *verb)
{
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		execl(BINARY, BINARY, verb, NULL);
		_exit(127);
	}
	return pid;
}

static enum outcome kill_hardenctl(void)
{
	static const char *const verbs[] = { "verify", "status", "seal", "load", "unload" };

	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(verbs); i++) {
		pid_t pid = start(verbs[i % ARRAY_SIZE(verbs)]);

		usleep(5000 + random() % 150000);
		kill(pid, i & 1 ? SIGSTOP : SIGKILL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return HELD;
}

/* 2: refused by the seal; 0 for a seal that is there already. */
static enum outcome run_verbs(void)
{
	int load = RUN_FOR(30, BINARY, "load"), unload = RUN_FOR(30, BINARY, "unload");
	int other = RUN_FOR(30, HARDENCTL, "load", "--policy", "policies/audit.yaml");
	int seal = RUN_FOR(30, BINARY, "seal");

	if (load != 2 || unload != 2 || other != 2)
		return loosened("load %d, unload %d, another load %d", load, unload, other);
	return seal ? disturbed("seal again: %d", seal) : HELD;
}

static enum outcome trace_hardenctl(void)
{
	pid_t pid = start("verify");
	char byte = 0;
	struct iovec part = { &byte, 1 }, far = { (void *)&kept, 1 };
	char path[64];
	int fd;
	bool through = !ptrace(PTRACE_SEIZE, pid, NULL, NULL);

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	through = through || fd >= 0 || process_vm_writev(pid, &part, 1, &far, 1, 0) > 0;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return through ? loosened("hardenctl can be traced") : HELD;
}

/* Whoever holds the lock keeps load and seal waiting; what tells and what enforces needs none. */
static enum outcome hold_lock(void)
{
	int fd = open("/run/hardenctl/lock", O_RDWR | O_CLOEXEC), verify, status;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
		return HELD;
	verify = RUN_FOR(60, BINARY, "verify");
	status = RUN_FOR(60, BINARY, "status", "-q");
	close(fd);
	return verify || status ? loosened("under the lock: verify %d, status %d", verify, status) : HELD;
}

static enum outcome replace_run(void)
{
	int verify;

	rename("/run/hardenctl", "/run/attack");
	(void)!symlink("/nowhere", "/run/hardenctl");
	verify = RUN_FOR(60, BINARY, "verify");
	unlink("/run/hardenctl");
	rename("/run/attack", "/run/hardenctl");
	return verify ? loosened("without /run/hardenctl: verify %d", verify) : HELD;
}

/* This process becomes one that the kernel takes for hardenctl. */
static int become_hardenctl(void)
{
	int fd = open(BINARY, O_RDONLY | O_CLOEXEC);
	unsigned long begin, end, at;
	char line[4096], prot[8];
	FILE *maps = fopen("/proc/self/maps", "re");
	struct { unsigned long begin, end; int prot; } old[16];
	size_t count = 0;

	while (maps && fgets(line, sizeof(line), maps) && count < ARRAY_SIZE(old)) {
		if (!strstr(line, "attacks_test") ||
		    sscanf(line, "%lx-%lx %7s", &begin, &end, prot) != 3)
			continue;
		old[count].begin = begin;
		old[count].end = end;
		old[count++].prot = (prot[0] == 'r' ? PROT_READ : 0) | (prot[1] == 'w' ? PROT_WRITE : 0) |
				    (prot[2] == 'x' ? PROT_EXEC : 0);
	}
	if (maps)
		fclose(maps);
	/* No mapping of the old program may be left: each is replaced by its copy. */
	for (size_t i = 0; i < count; i++) {
		size_t len = old[i].end - old[i].begin;
		void *copy = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		memcpy(copy, (void *)old[i].begin, len);
		mprotect(copy, len, old[i].prot);
		at = syscall(SYS_mremap, copy, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, old[i].begin);
		if (at != old[i].begin)
			return -1;
	}
	return prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, fd, 0, 0);
}

/* Whether a kind's hook knows a task's program: the network's and sysctl's don't up to 6.15. */
static bool knows_tasks(int kind)
{
	return kind_names[kind].guard_id != GUARD_egress && kind != KIND_seal_sysctl_ftrace_enabled &&
	       kind != KIND_seal_sysctl_canary_lost;
}

/* What counts as hardenctl's own proofs, which `log` leaves out. */
static __u64 canary_count(bool known)
{
	int fd = set_map(kept.set.map_counters);
	struct counters counters = {};
	__u32 zero = 0;
	__u64 sum = 0;

	bpf_map_lookup_elem(fd, &zero, &counters);
	close(fd);
	for (int kind = 0; kind < KIND_COUNT; kind++)
		sum += knows_tasks(kind) == known ? counters.kind[kind].canary : 0;
	return sum;
}

static enum outcome pose(bool known)
{
	__u64 before = canary_count(known);

	if (become_hardenctl())
		return HELD;
	if (still_refused() != HELD)
		return loosened("by posing as hardenctl");
	return canary_count(known) != before ?
		loosened("refusals of one that poses as hardenctl count as canaries") : HELD;
}

static enum outcome pose_as_hardenctl(void)
{
	return pose(/* known= */ true);
}

static enum outcome pose_on_the_network(void)
{
	return pose(/* known= */ false);
}

static enum outcome limits(void)
{
	static const struct { int what; rlim_t limit; } rows[] = {
		{ RLIMIT_MEMLOCK, 0 }, { RLIMIT_FSIZE, 0 }, { RLIMIT_CORE, RLIM_INFINITY },
		{ RLIMIT_SIGPENDING, 0 }, { RLIMIT_MSGQUEUE, 0 }, { RLIMIT_STACK, 1 << 16 },
		{ RLIMIT_NOFILE, 512 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct rlimit limit = { rows[i].limit, rows[i].limit };

		setrlimit(rows[i].what, &limit);
	}
	return still_refused();
}

/* Inode caches go; so do tasks that ask for more than their cgroup has. */
static enum outcome memory(void)
{
	pid_t pid;

	put_text("/proc/sys/vm/drop_caches", "3");
	put_text("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	put_text(FROZEN "/memory.max", "16777216");
	pid = fork();
	if (!pid) {
		put_text(FROZEN "/cgroup.procs", "0");
		for (size_t i = 0; i < 64; i++)
			memset(malloc(1 << 20), 1, 1 << 20);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	put_text(FROZEN "/memory.max", "max");
	put_text("/sys/fs/cgroup/cgroup.subtree_control", "-memory");
	return still_refused();
}

static enum outcome freeze_and_kill(void)
{
	pid_t pid = fork();

	if (!pid) {
		put_text(FROZEN "/cgroup.procs", "0");
		execl(BINARY, BINARY, "verify", NULL);
		_exit(127);
	}
	usleep(50000);
	put_text(FROZEN "/cgroup.freeze", "1");
	usleep(50000);
	put_text(FROZEN "/cgroup.kill", "1");
	waitpid(pid, NULL, 0);
	put_text(FROZEN "/cgroup.freeze", "0");
	return HELD;
}

static enum outcome cgroups(void)
{
	static const char *const controllers[] = { "memory", "cpu", "devices", "none,name=attack" };
	enum outcome worst = HELD;

	mkdir(FROZEN "/sub", 0755);
	put_text(FROZEN "/sub/cgroup.type", "threaded");
	mkdir(WORK "/v1", 0755);
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
		if (mount("attack", WORK "/v1", "cgroup", 0, controllers[i]))
			continue;
		mkdir(WORK "/v1/sub", 0755);
		put_text(WORK "/v1/sub/tasks", "0");
		if (still_refused() != HELD)
			worst = loosened("in a cgroup of v1 (%s)", controllers[i]);
		put_text(WORK "/v1/tasks", "0");
		rmdir(WORK "/v1/sub");
		umount2(WORK "/v1", MNT_DETACH);
	}
	mount(NULL, "/sys/fs/cgroup", NULL, MS_REMOUNT, "nsdelegate,memory_recursiveprot");
	umount2("/sys/fs/cgroup", MNT_DETACH);
	if (still_refused() != HELD)
		worst = loosened("without a mount of the cgroup file system");
	mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
	rmdir(FROZEN "/sub");
	return worst;
}

/* The one that the state names as the sealer may run programs; but only until it has committed. */
static enum outcome reuse_pid(void)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	char text[32];
	int status;
	pid_t pid;

	for (int i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "%d", kept.sealer - 1);
		if (put_text("/proc/sys/kernel/ns_last_pid", text))
			return HELD;
		pid = fork();
		if (!pid)
			_exit(getpid() == kept.sealer ?
			      !bpf_prog_test_run_opts(kept.foreign[F_SYSCALL], &opts) : 2);
		waitpid(pid, &status, 0);
		if (WEXITSTATUS(status) == 1)
			return loosened("a program ran for who has the sealer's pid");
		if (!WEXITSTATUS(status))
			break;
	}
	return HELD;
}

#define AT_HOME	(ONLY(HERE) | ONLY(SHARED))
static const char canaries[] = "only the flag is forged, where a hook can't ask for a task's program: each is refused, counted and recorded";

const struct attack attacks_processes[] = {
	{ "kill_hardenctl", 124, kill_hardenctl, ONLY(HERE), NULL },
	{ "run_verbs", 132, run_verbs, ONLY(HERE), NULL },
	{ "trace_hardenctl", 130, trace_hardenctl, 0, NULL },
	{ "hold_lock", 124, hold_lock, ONLY(HERE), NULL },
	{ "replace_run", 124, replace_run, ONLY(HERE), NULL },
	{ "pose_as_hardenctl", 130, pose_as_hardenctl, AT_HOME, NULL },
	{ "pose_on_the_network", 130, pose_on_the_network, AT_HOME, canaries },
	{ "limits", 125, limits, 0, NULL },
	{ "memory", 124, memory, ONLY(HERE), NULL },
	{ "freeze_and_kill", 124, freeze_and_kill, ONLY(HERE), NULL },
	{ "cgroups", 97, cgroups, ONLY(CHROOT) | ONLY(NAMESPACES), NULL },
	{ "reuse_pid", 134, reuse_pid, ONLY(HERE), NULL },
	{},
};
