// SPDX-License-Identifier: GPL-2.0-only
/*
 * attacks_test.c - what root tries after the seal to loosen, drop, disarm, alter or blind it.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 7
 * Alone: it seals the machine
 *
 * Each attack of attacks/ runs in each place, with what was kept from before the seal.  What holds is judged by
 * what is still refused afterwards, not by the errors that the attack met.  HARDENCTL_LONG=1 runs them in random
 * order from random places for HARDENCTL_SECONDS (600), by HARDENCTL_SEED.
 */
#include "attacks/attacks.h"
#include "sealing.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/io.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

/*
 * What is listed is what attacks begin with that other guards must stand: namespaces, file systems and settings that root
 * may well have, and a device without a driver.
 */
#define KERNEL									\
	"mode: enforce, user_namespaces: allow, mounts: [proc, bpf, cgroup], devices: [char 10:236], sysctls: ["	\
	"net.core.bpf_jit_enable, net.core.bpf_jit_harden, net.core.bpf_jit_limit, kernel.bpf_stats_enabled, "	\
	"kernel.unprivileged_bpf_disabled, kernel.perf_event_paranoid, kernel.kptr_restrict, kernel.ns_last_pid, "	\
	"user.max_mnt_namespaces, fs.mount-max, vm.drop_caches, vm.swappiness]"
#define POLICY_ATTACKED		POLICY_TEXT_KERNEL("mode: enforce", "enforce", "enforce", "enforce", KERNEL)
#define POLICY_WITHOUT_BPF	POLICY_ATTACKED SEAL_TEXT(TOLERATE_GUARDS)
#define POLICY_WITH_BPF		POLICY_ATTACKED							\
	"seal: { bpf: [cgroup_device, cgroup_skb], tolerate: [" TOLERATE_MACHINE TOLERATE_GUARDS "] }\n"

#define ATTACK_SECONDS	40	/* an attack that takes longer is ended */
#define SLOW_SECONDS	3	/* that long, and it is told */
#define CHILD_DIED	100	/* exit statuses of a place, beyond enum outcome */
#define NO_PLACE	101

struct kept kept;

static const char *const where_names[WHERE_COUNT] = {
	[HERE] = "here", [NAMESPACES] = "namespaces", [SHARED] = "shared", [CGROUP] = "cgroup",
	[CHROOT] = "chroot",
};

static const struct attack *const tables[] = {
	attacks_bpf, attacks_pins, attacks_mounts, attacks_files, attacks_switches, attacks_modules,
	attacks_kernel, attacks_calls, attacks_devices, attacks_processes, attacks_log,
};

/* Those that work without the guards, which is shown before the load. */
static const struct attack *const shown[] = { attacks_modules, attacks_kernel, attacks_calls, attacks_devices };

#define SHOWN_MAX	16	/* rows of a table */
#define EARLY_RECORDS	16	/* that many of the first records must never change */

/* What may only grow, and what may not change at all. */
struct snapshot {
	struct counters counters;
	struct record early[EARLY_RECORDS];
	struct state state;
};

static struct snapshot sealed_as;	/* right after the seal */
static struct snapshot latest;
static bool last_words;			/* the pins may be gone */

/* ---- What attacks share ---- */

static enum outcome tell(enum outcome outcome, const char *format, va_list args)
{
	char text[512];

	if (outcome == LOOSENED && !kept.sealer)
		return outcome;
	vsnprintf(text, sizeof(text), format, args);
	printf("# %s: %s\n", outcome == LOOSENED ? "LOOSENED" : "DISTURBED", text);
	fflush(stdout);
	return outcome;
}

enum outcome loosened(const char *format, ...)
{
	enum outcome outcome;
	va_list args;

	va_start(args, format);
	outcome = tell(LOOSENED, format, args);
	va_end(args);
	return outcome;
}

enum outcome disturbed(const char *format, ...)
{
	enum outcome outcome;
	va_list args;

	va_start(args, format);
	outcome = tell(DISTURBED, format, args);
	va_end(args);
	return outcome;
}

enum outcome at_first(void)
{
	return kept.sealer ? HELD : LOOSENED;
}

void try_way(enum outcome *outcome, const char *what, bool through)
{
	if (kept.sealer && through)
		*outcome = loosened("%s", what);
	if (kept.sealer || through)
		return;
	printf("# %s: does not work without the guards\n", what);
	fflush(stdout);
	*outcome = HELD;
}

int sysbpf(int cmd, const void *attr, unsigned int size)
{
	return syscall(SYS_bpf, cmd, attr, size);
}

int put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return err;
}

/* Waits that long for the child, and ends it then. */
static int await(pid_t pid, unsigned int seconds)
{
	int status;

	for (unsigned int i = 0; i < seconds * 200; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		usleep(i < 20 ? 1000 : 5000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return -1;
}

int run_for(unsigned int seconds, const char *const argv[])
{
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid < 0 ? -1 : await(pid, seconds);
}

/* ---- What must still be refused ---- */

static int exec_shell(void)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)":", NULL }, *envp[] = { NULL };
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		execve("/bin/sh", argv, envp);
		_exit(errno);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

static int read_memory(void)
{
	char here = 0, there;
	struct iovec to = { &there, 1 }, from = { &here, 1 };
	pid_t pid = fork();
	int err;

	if (!pid) {
		for (;;)
			pause();
	}
	if (pid < 0)
		return EPERM;
	err = process_vm_readv(pid, &to, 1, &from, 1, 0) < 0 ? errno : 0;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return err;
}

static int load_module(void)
{
	static const char image[256];

	return syscall(SYS_init_module, image, sizeof(image), "") ? errno : 0;
}

static int connect_out(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	inet_pton(AF_INET, "203.0.113.9", &to.sin_addr);
	err = connect(fd, (struct sockaddr *)&to, sizeof(to)) ? errno : 0;
	close(fd);
	return err;
}

static int load_program(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, NULL, "GPL", insns, ARRAY_SIZE(insns), NULL);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int permit_ports(void)
{
	return iopl(3) || iopl(0) ? errno : 0;
}

/* What is there anyway; these errors come from where no /proc is. */
static int turn_switch(void)
{
	int err = put_text(SYSCTL_SWITCH, "1\n");

	return err == ENOENT || err == ENOTDIR || err == EACCES || err == EROFS ? EPERM : err;
}

static const struct {
	const char *name;
	int (*try)(void);
} refused[] = {
	{ "exec of a shell", exec_shell },
	{ "process_vm_readv", read_memory },
	{ "init_module", load_module },
	{ "connect to an unlisted address", connect_out },
	{ "BPF_PROG_LOAD", load_program },
	{ "iopl", permit_ports },
	{ "writing kernel.ftrace_enabled", turn_switch },
};

enum outcome still_refused(void)
{
	enum outcome worst = HELD;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		int err = refused[i].try();

		if (err != EPERM)
			worst = loosened("%s: %s", refused[i].name, err ? strerror(err) : "went through");
	}
	return worst;
}

/* ---- Places ---- */

static bool map_root(void)
{
	return !put_text("/proc/self/setgroups", "deny") && !put_text("/proc/self/uid_map", "0 0 1") &&
	       !put_text("/proc/self/gid_map", "0 0 1");
}

static bool enter_chroot(void)
{
	return !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("/", WORK "/root", NULL, MS_BIND | MS_REC, NULL) && !chroot(WORK "/root") &&
	       !chdir("/");
}

static bool enter(enum where where)
{
	switch (where) {
	case NAMESPACES:
		return !unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP |
				CLONE_NEWIPC | CLONE_NEWUTS) && map_root();
	case SHARED:
		/* The initial namespace's mounts are shared, as systemd makes them: so are these. */
		return !unshare(CLONE_NEWNS);
	case CGROUP:
		return !put_text("/sys/fs/cgroup" CHILD_CGROUP "/cgroup.procs", "0");
	case CHROOT:
		return enter_chroot();
	default:
		return true;
	}
}

/* In the place: the attack in a process of its own, then the quick checks. */
static int attack_there(const struct attack *attack, enum where where)
{
	enum outcome outcome, after;
	int status;
	pid_t pid;

	if (where == NAMESPACES)
		mount("proc", "/proc", "proc", 0, NULL);
	pid = fork();
	if (!pid)
		_exit(attack->run());
	status = await(pid, ATTACK_SECONDS);
	/* One that dies of what it did has ended like any other. */
	outcome = status == LOOSENED || status == DISTURBED ? (enum outcome)status : HELD;
	if (status < 0)
		printf("# %s in %s: did not end\n", attack->name, where_names[where]);
	after = still_refused();
	fflush(stdout);
	return after == LOOSENED ? LOOSENED : outcome;
}

/* A child enters the place; its child, the first of a new pid namespace perhaps, does the rest. */
static int in_place(const struct attack *attack, enum where where)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid) {
		status = await(pid, 3 * ATTACK_SECONDS);
		return status < 0 ? CHILD_DIED : status;
	}
	if (!enter(where))
		_exit(NO_PLACE);
	pid = fork();
	if (!pid)
		_exit(attack_there(attack, where));
	waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : CHILD_DIED);
}

/* ---- Judging ---- */

static void look(struct snapshot *ret_now)
{
	int log = set_map(kept.set.map_log), counters = set_map(kept.set.map_counters);
	int state = set_map(kept.set.map_state);
	__u32 zero = 0;

	assert_true(log >= 0 && counters >= 0 && state >= 0);
	assert_int_equal(bpf_map_lookup_elem(counters, &zero, &ret_now->counters), 0);
	assert_int_equal(bpf_map_lookup_elem(state, &zero, &ret_now->state), 0);
	for (__u32 i = 0; i < EARLY_RECORDS; i++)
		assert_int_equal(bpf_map_lookup_elem(log, &i, &ret_now->early[i]), 0);
	close(log);
	close(counters);
	close(state);
}

static bool only_grew(const struct counters *before, const struct counters *now)
{
	bool grew = before->head <= now->head;

	for (int i = 0; i < LOST_COUNT; i++)
		grew = grew && before->lost[i] <= now->lost[i];
	for (int i = 0; i < KIND_COUNT; i++)
		grew = grew && before->kind[i].denied <= now->kind[i].denied &&
		       before->kind[i].would_deny <= now->kind[i].would_deny &&
		       before->kind[i].canary <= now->kind[i].canary;
	return grew;
}

/* Nothing that was recorded may change; in the long form the log may go round. */
static void judge_records(void)
{
	struct snapshot now;

	look(&now);
	assert_true(only_grew(&latest.counters, &now.counters));
	assert_memory_equal(&now.state, &sealed_as.state, sizeof(now.state));
	if (now.counters.head <= kept.set.records)
		assert_memory_equal(now.early, sealed_as.early, sizeof(now.early));
	latest = now;
}

static unsigned int pins(void)
{
	unsigned int count = 0;
	DIR *dir;
	struct dirent *entry;
	char path[64];

	snprintf(path, sizeof(path), PINS "/%llu", (unsigned long long)kept.set.set);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count;
}

static void judge(bool thorough)
{
	size_t attached = set_attached(&kept.set, kept.cgroup), links = 0;

	judge_records();
	for (__u32 i = 0; i < kept.set.attachments; i++)
		links += kept.set.attachment[i].leg == LEG_LINK;
	if (attached != kept.set.attachments || pins() != links)
		print_message("# %zu of %u attached, %u of %zu pins\n", attached, kept.set.attachments,
			      pins(), links);
	assert_int_equal(still_refused(), HELD);
	if (last_words)
		return;
	assert_int_equal(attached, kept.set.attachments);
	assert_int_equal(pins(), links);
	if (thorough) {
		struct ran *ran = RUN(BINARY, "verify");

		if (ran->status)
			print_message("# verify: %d\n# %s# %s\n", ran->status, ran->out, ran->err);
		assert_int_equal(ran->status, 0);
	}
}

static bool bad(const struct attack *attack, enum where where, int status)
{
	if (status == HELD)
		return false;
	if (status == LOOSENED && attack->open) {
		print_message("# OPEN %s in %s: %s\n", attack->name, where_names[where], attack->open);
		return false;
	}
	print_message("# %s (%u) in %s: %s\n", attack->name, attack->line, where_names[where],
		      status == LOOSENED ? "LOOSENED" : status == DISTURBED ? "DISTURBED" :
		      status == NO_PLACE ? "no such place" : "died");
	return true;
}

/* After an attack that took the mount away, for the next ones: a copy of it was kept. */
static void repair(void)
{
	if (last_words || pins())
		return;
	syscall(SYS_move_mount, kept.tree, "", AT_FDCWD, PINS_MOUNT, MOVE_MOUNT_F_EMPTY_PATH);
	close(kept.tree);
	mount(NULL, "/sys", NULL, MS_SHARED, NULL);
	mount(NULL, PINS_MOUNT, NULL, MS_SHARED, NULL);
	kept.tree = syscall(SYS_open_tree, AT_FDCWD, PINS_MOUNT, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

static bool confidential(void);

/*
 * Before bpf_rdonly_cast (6.2) nothing but bpf_probe_read_kernel reads a mount, which lockdown forbids: there the
 * pins can go, and with them what the later attacks start from.  pins_test shows what holds then.
 */
static bool unseen(const struct attack *attack)
{
	const struct attack *end = attacks_mounts;
	struct kernel kernel;

	while (end->name)
		end++;
	if (attack < attacks_mounts || attack >= end || !confidential())
		return false;
	kernel_ask(&kernel);
	kernel_ask_hooks(&kernel);
	return !kernel.inspects_programs;
}

static enum outcome without[ARRAY_SIZE(shown)][SHOWN_MAX];	/* what each came to before the load */

/* NULL: it is in none of these tables. */
static enum outcome *outcome_without(const struct attack *attack)
{
	for (size_t of = 0; of < ARRAY_SIZE(shown); of++)
		for (size_t i = 0; shown[of][i].name; i++)
			if (&shown[of][i] == attack)
				return &without[of][i];
	return NULL;
}

static bool is_shown(const struct attack *attack)
{
	return outcome_without(attack);
}

/* Whether it tells anything that the attack is refused now.  Lockdown refuses most of them by itself. */
static bool without_guards(const struct attack *attack)
{
	enum outcome outcome = *outcome_without(attack);

	return outcome == LOOSENED || outcome == NOT_HERE || (outcome == HELD && confidential());
}

static void attack_without_guards(void)
{
	const char *only = getenv("HARDENCTL_ATTACK");

	for (size_t of = 0; of < ARRAY_SIZE(shown); of++)
		for (const struct attack *attack = shown[of]; attack->name; attack++) {
			pid_t pid;

			if (only && !strstr(attack->name, only))
				continue;
			assert_true(attack - shown[of] < SHOWN_MAX);
			fflush(NULL);
			pid = fork();
			if (!pid)
				_exit(attack->run());
			*outcome_without(attack) = await(pid, ATTACK_SECONDS);
		}
}

/* One attack in each of its places, and what is left then. */
static void deny(void **state)
{
	const struct attack *attack = *state;
	time_t begin = time(NULL);
	unsigned int failed = 0;

	if (unseen(attack)) {
		print_message("# SKIP this kernel lets no program look at a mount under lockdown=confidentiality (README)\n");
		skip();
	}
	repair();
	if (is_shown(attack))
		assert_true(without_guards(attack));
	for (int where = 0; where < WHERE_COUNT; where++)
		if (!attack->only || attack->only & ONLY(where))
			failed += bad(attack, where, in_place(attack, where));
	if (time(NULL) - begin > SLOW_SECONDS)
		print_message("# %s: %ld s\n", attack->name, (long)(time(NULL) - begin));
	/* These leave our own objects alone: once for each table will do. */
	judge(/* thorough= */ !is_shown(attack) || !attack[1].name);
	assert_int_equal(failed, 0);
}

/* The catalogue's lines about the kernel's code and configuration, and about what leads to the host; for 69 see noftrace_test. */
static void allow_no_line_without_an_attack(void **state)
{
	static const unsigned int lines[] = {
		59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 99, 106, 107, 108, 109,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		bool found = false;

		for (size_t of = 0; of < ARRAY_SIZE(tables); of++)
			for (const struct attack *attack = tables[of]; attack->name; attack++)
				found = found || attack->line == lines[i];
		if (!found)
			print_message("# no attack for line %u\n", lines[i]);
		assert_true(found);
	}
}

/* ---- What is kept from before the seal ---- */

static void keep_ours(void)
{
	int own = set_map(kept.set.map_own);
	struct own key, *at = NULL;

	assert_true(own >= 0);
	while (!bpf_map_get_next_key(own, at, &key)) {
		at = &key;
		if (key.type == OWN_MAP) {
			kept.map_ids[kept.n_maps] = key.id;
			kept.maps[kept.n_maps++] = bpf_map_get_fd_by_id(key.id);
		} else if (key.type == OWN_PROG) {
			kept.program_ids[kept.n_programs] = key.id;
			kept.programs[kept.n_programs++] = bpf_prog_get_fd_by_id(key.id);
		} else {
			kept.link_ids[kept.n_links] = key.id;
			kept.links[kept.n_links++] = bpf_link_get_fd_by_id(key.id);
		}
	}
	close(own);
	assert_true(kept.n_maps && kept.n_programs && kept.n_links);
}

static void keep_pins(void)
{
	char path[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), PINS "/%llu", (unsigned long long)kept.set.set);
	kept.pins = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	kept.pins_path = open(path, O_PATH | O_CLOEXEC);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			snprintf(kept.pin, sizeof(kept.pin), "%s/%.48s", path, entry->d_name);
	closedir(dir);
	kept.pin_path = open(kept.pin, O_PATH | O_CLOEXEC);
	kept.bpffs = open(PINS_MOUNT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	kept.tree = syscall(SYS_open_tree, AT_FDCWD, PINS_MOUNT, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	assert_true(kept.pins >= 0 && kept.pin_path >= 0 && kept.bpffs >= 0);
}

static void keep_mapping(void)
{
	int log = set_map(kept.set.map_log);

	kept.mapping = mmap(NULL, 4096, PROT_READ, MAP_SHARED, log, 0);
	if (kept.mapping == MAP_FAILED)
		kept.mapping = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, log, 0);
	if (kept.mapping == MAP_FAILED)
		kept.mapping = NULL;
	close(log);
}

static void keep(void)
{
	struct sets sets;
	struct fail fail;

	assert_int_equal(sets_find(&sets, &fail), 0);
	kept.set = *sets_live(&sets);
	sets_free(&sets);
	kept.cgroup = kernel_cgroup_root();
	kept.child_cgroup = open("/sys/fs/cgroup" CHILD_CGROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	kept.ftrace = open(SYSCTL_SWITCH, O_WRONLY | O_CLOEXEC);
	keep_ours();
	keep_pins();
	keep_mapping();
	keep_foreign();
}

/* Where files of ours can be written at all. */
static void copy_binary(void)
{
	char buffer[65536];
	int from = open(HARDENCTL, O_RDONLY | O_CLOEXEC), to;
	ssize_t len;

	to = open(BINARY, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	assert_true(from >= 0 && to >= 0);
	while ((len = read(from, buffer, sizeof(buffer))) > 0)
		assert_int_equal(write(to, buffer, len), len);
	close(from);
	close(to);
}

static bool confidential(void)
{
	char text[128];

	slurp("/sys/kernel/security/lockdown", text, sizeof(text));
	return strstr(text, "[confidentiality]");
}

static void make_files(void)
{
	mkdir(WORK, 0755);
	assert_int_equal(mount("attacks", WORK, "tmpfs", 0, "mode=0755"), 0);
	assert_int_equal(mkdir(WORK "/root", 0755), 0);
	copy_binary();
	mkdir(ETC, 0755);
	/* Not the overlay that /etc is here: that forgets the numbers of directories. */
	assert_int_equal(mount("etc", ETC, "tmpfs", 0, "mode=0755"), 0);
	mkdir(DROPINS, 0755);
	/* The looser form where a program can be told from another: systemd's kinds get in. */
	spill(POLICY_FILE, confidential() ? POLICY_WITHOUT_BPF : POLICY_WITH_BPF);
	spill(DROPIN, "egress: { allow: [ { to: 10.11.1.0/24 } ] }\n");
	mkdir("/sys/fs/cgroup" CHILD_CGROUP, 0755);
}

/* By hand, for its pid. */
static pid_t seal(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		execl(BINARY, BINARY, "seal", NULL);
		_exit(127);
	}
	assert_int_equal(await(pid, 120), 0);
	return pid;
}

/* RCU takes its time to free a program. */
static void await_freed_extension(void)
{
	for (int i = 0; i < FREEING_TRIES && RUN(BINARY, "seal", "--dry-run")->status; i++)
		usleep(100000);
}

/* It stays, and takes nothing back: it runs before ours, as systemd-networkd's does on a machine that is up. */
static void pardon_early(void)
{
	int cgroup = kernel_cgroup_root();

	assert_int_equal(bpf_prog_attach(load_sysctl_pardon(), cgroup, BPF_CGROUP_SYSCTL, BPF_F_ALLOW_MULTI), 0);
	close(cgroup);
}

/* No policy can tolerate one that could take back what ours refuse. */
static void pardon_late(void)
{
	struct ran *ran;

	assert_int_equal(bpf_prog_attach(kept.foreign[F_SYSCTL], kept.cgroup, BPF_CGROUP_SYSCTL, BPF_F_ALLOW_MULTI), 0);
	ran = RUN(BINARY, "seal", "--dry-run");
	assert_int_equal(ran->status, 2);
	assert_non_null(strstr(ran->out, "on the root cgroup after ours"));
	assert_int_equal(bpf_prog_detach2(kept.foreign[F_SYSCTL], kept.cgroup, BPF_CGROUP_SYSCTL), 0);
}

static int set_up(void **state)
{
	struct ran *ran;

	(void)state;
	make_files();
	pardon_early();
	keep_modules();
	keep_kernel();
	keep_calls();
	keep_devices();
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), 0);
	attack_without_guards();
	ran = RUN(BINARY, "load");
	if (ran->status)
		print_message("# %s%s\n", ran->out, ran->err);
	assert_int_equal(ran->status, 0);
	/* Records that are worth altering. */
	for (int i = 0; i < EARLY_RECORDS; i++)
		connect_out();
	keep();
	pardon_late();
	/* No policy can tolerate a program that could replace a function of ours. */
	if (kept.foreign[F_EXT] >= 0) {
		assert_int_equal(RUN(BINARY, "seal")->status, 2);
		close(kept.foreign[F_EXT]);
		await_freed_extension();
	}
	kept.sealer = seal();
	look(&sealed_as);
	latest = sealed_as;
	assert_true(sealed_as.state.sealed_until == SEALED_FOREVER);
	return 0;
}

/* ---- The long form ---- */

static unsigned int number_of(const char *name, unsigned int otherwise)
{
	const char *text = getenv(name);

	return text && text[0] ? strtoul(text, NULL, 10) : otherwise;
}

static const struct attack *any_attack(void)
{
	const struct attack *table = tables[random() % ARRAY_SIZE(tables)];
	size_t count = 0;

	while (table[count].name)
		count++;
	return &table[random() % count];
}

static void deny_in_any_order_and_place(void **state)
{
	unsigned int seed = number_of("HARDENCTL_SEED", time(NULL)), tries = 0, failed = 0;
	time_t end = time(NULL) + number_of("HARDENCTL_SECONDS", 600);

	(void)state;
	print_message("# seed %u\n", seed);
	srandom(seed);
	for (; time(NULL) < end; tries++) {
		const struct attack *attack = any_attack();
		enum where where = random() % WHERE_COUNT;

		if ((attack->only && !(attack->only & ONLY(where))) || unseen(attack))
			continue;
		repair();
		failed += bad(attack, where, in_place(attack, where));
		judge(/* thorough= */ tries % 10 == 9);
	}
	print_message("# %u tries\n", tries);
	assert_int_equal(failed, 0);
}

/* ---- The end: what may take the pins away, which are expendable, and nothing else ---- */

static void begin_last_words(void **state)
{
	(void)state;
	last_words = true;
	/* Each of these would keep the pins' file system alive. */
	close(kept.pins);
	close(kept.pins_path);
	close(kept.pin_path);
	close(kept.bpffs);
	close(kept.tree);
	for (size_t i = 0; i < kept.n_links; i++)
		close(kept.links[i]);
}

/* Whether the link leg outlived it is told, not asserted. */
static void allow_nothing_without_pins(void **state)
{
	(void)state;
	print_message("# after the last attacks: %zu of %u attached, %u pins\n",
		      set_attached(&kept.set, kept.cgroup), kept.set.attachments, pins());
	judge(/* thorough= */ false);
}

/* ---- */

static size_t add_tests(const struct attack *table, struct CMUnitTest *ret_tests)
{
	const char *only = getenv("HARDENCTL_ATTACK");
	size_t count = 0;

	for (; table->name; table++)
		if (!only || strstr(table->name, only))
			ret_tests[count++] = test_of_row("deny", table->name, "", deny, table);
	return count;
}

#define TESTS_MAX	200

int main(void)
{
	static struct CMUnitTest tests[TESTS_MAX];
	size_t count = 0;

	tests[count++] = (struct CMUnitTest)cmocka_unit_test(allow_no_line_without_an_attack);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		count += add_tests(tables[i], tests + count);
	if (is_long())
		tests[count++] = (struct CMUnitTest)cmocka_unit_test(deny_in_any_order_and_place);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(begin_last_words);
	count += add_tests(attacks_last, tests + count);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(allow_nothing_without_pins);
	return _cmocka_run_group_tests("attacks", tests, count, set_up, NULL);
}
