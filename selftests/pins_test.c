// SPDX-License-Identifier: GPL-2.0-only
/*
 * pins_test.c - pins are expendable: without a single one of them, P1 to P5 hold.
 * Boots: plain lockdown
 * Kernels: 6.1 7
 * Alone: it seals the machine
 *
 * The pins are guarded, so a build that leaves out their guards loads and seals (DEBUG_UNGUARDED_PINS in
 * user/configure.c and attempts.c).  Then everything goes that root could make go in ways that no hook sees.
 */
#include "sealing.h"
#include "util.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define UNGUARDED	"build/debug/hardenctl"
#define SWITCH		"/proc/sys/kernel/ftrace_enabled"

static struct set_info set;

static void assert_ran(int status, const struct ran *ran)
{
	if (ran->status != status)
		print_message("# exit %d\n# %s\n# %s\n", ran->status, ran->out, ran->err);
	assert_int_equal(ran->status, status);
}

static int load_program(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_CGROUP_SKB, NULL, "GPL", insns, ARRAY_SIZE(insns), NULL);
}

static void allow_seal_without_guards_of_the_pins(void **state)
{
	(void)state;
	/* libbpf tries a program of its own before the first. */
	assert_true(load_program() >= 0);
	spill(POLICY, POLICY_SEALABLE);
	assert_ran(0, RUN(UNGUARDED, "load", "--policy", POLICY));
	assert_ran(0, RUN(UNGUARDED, "seal"));
	assert_state("sealed");
	set = live_set();
}

static unsigned int attached(enum leg leg)
{
	int cgroup = kernel_cgroup_root();
	struct set_info one = set;
	unsigned int count = 0;

	one.attachments = 1;
	for (__u32 i = 0; i < set.attachments; i++) {
		one.attachment[0] = set.attachment[i];
		if (set.attachment[i].leg == leg)
			count += set_attached(&one, cgroup);
	}
	close(cgroup);
	return count;
}

static unsigned int expected(enum leg leg)
{
	unsigned int count = 0;

	for (__u32 i = 0; i < set.attachments; i++)
		count += set.attachment[i].leg == leg;
	return count;
}

static void allow_destruction_of_every_pin(void **state)
{
	char path[256];

	(void)state;
	assert_int_equal(attached(LEG_LINK), expected(LEG_LINK));
	assert_true(expected(LEG_LINK) > 0);
	/* Half of them one by one, the others with their file system. */
	for (__u32 i = 0; i < set.attachments; i += 2) {
		pins_path(set.set, set.attachment[i].name, path, sizeof(path));
		if (set.attachment[i].leg == LEG_LINK)
			assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(umount2(PINS_MOUNT, MNT_DETACH), 0);
	/* And what else a pin might hang on. */
	umount2("/sys/fs/cgroup", MNT_DETACH);
	spill("/proc/sys/vm/drop_caches", "3\n");
	rename("/run/hardenctl", "/run/gone");
	for (int i = 0; i < FREEING_TRIES && attached(LEG_LINK); i++)
		usleep(100000);
	assert_int_equal(attached(LEG_LINK), 0);
	assert_int_equal(attached(LEG_CGROUP), expected(LEG_CGROUP));
}

#define REFUSED(guard, reason, call)						\
	do {									\
		struct mark __before = mark();					\
		long __ret = (call);						\
		int __err = errno;						\
										\
		if (__ret >= 0 || __err != EPERM)				\
			print_message("# %s: %ld, %s\n", #call, __ret, strerror(__err));	\
		assert_true(__ret < 0);						\
		assert_int_equal(__err, EPERM);					\
		json_object_put(assert_refused(&__before, (guard), (reason), 1));	\
	} while (0)

static void deny_programs_p1(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(RUN("/bin/sh", "-c", ":")->status, 127);
	json_object_put(assert_refused(&before, GUARD_exec, "shell", 1));
	assert_int_equal(RUN("/bin/true")->status, 0);
}

static void deny_memory_p2(void **state)
{
	char here = 0, there;
	struct iovec to = { &there, 1 }, from = { &here, 1 };
	pid_t victim = fork();

	(void)state;
	if (!victim) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
	}
	REFUSED(GUARD_ptrace, "attach", process_vm_readv(victim, &to, 1, &from, 1, 0));
	REFUSED(GUARD_ptrace, "attach", ptrace(PTRACE_SEIZE, victim, NULL, NULL));
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	assert_int_equal(process_vm_readv(getpid(), &to, 1, &from, 1, 0), 1);
}

static void deny_modules_p3(void **state)
{
	static const char image[256];
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	REFUSED(GUARD_modules, "init-module", syscall(SYS_init_module, image, sizeof(image), ""));
	REFUSED(GUARD_modules, "finit-module", syscall(SYS_finit_module, fd, "", 0));
	close(fd);
}

static bool on_the_root(const char *program)
{
	for (__u32 i = 0; i < set.attachments; i++)
		if (!strcmp(set.attachment[i].name, program))
			return set.attachment[i].leg == LEG_CGROUP;
	return false;
}

static void deny_destinations_p4(void **state)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(0x0a0c0001) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	REFUSED(GUARD_egress, "unlisted", connect(fd, (struct sockaddr *)&to, sizeof(to)));
	REFUSED(GUARD_egress, "unlisted", sendto(fd, "", 1, 0, (struct sockaddr *)&to, sizeof(to)));
	REFUSED(GUARD_egress, "socket-type", socket(AF_INET, SOCK_RAW, IPPROTO_RAW));
	/* Elsewhere this hangs on a link: pins are lost there in this build alone. */
	if (on_the_root("egress__socket_create_root"))
		REFUSED(GUARD_egress, "socket-type", socket(AF_PACKET, SOCK_RAW, 0));
	else
		print_message("# sockets of other families are judged by a link\n");
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	close(fd);
}

static void deny_loosening_p5(void **state)
{
	int cgroup = kernel_cgroup_root(), ftrace = open(SWITCH, O_WRONLY | O_CLOEXEC);

	(void)state;
	REFUSED(GUARD_seal, "ftrace-enabled", write(ftrace, "0\n", 2));
	REFUSED(GUARD_seal, "load", load_program());
	for (__u32 i = 0; i < set.attachments; i++)
		if (set.attachment[i].leg == LEG_CGROUP)
			REFUSED(GUARD_seal, "attach",
				bpf_prog_detach(cgroup, set.attachment[i].attach_type));
	REFUSED(GUARD_seal, "descriptor", bpf_map_get_fd_by_id(set.map_state));
	REFUSED(GUARD_seal, "descriptor", bpf_prog_get_fd_by_id(set.attachment[0].prog_id));
	assert_ran(2, RUN(UNGUARDED, "load", "--policy", POLICY));
	assert_ran(2, RUN(UNGUARDED, "unload"));
	assert_int_equal(attached(LEG_CGROUP), expected(LEG_CGROUP));
	close(cgroup);
	close(ftrace);
}

/* ---- And it says so ---- */

static bool kernel_log_has(const char *text)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char line[8192];
	ssize_t len;
	bool has = false;

	assert_true(fd >= 0);
	while ((len = read(fd, line, sizeof(line) - 1)) > 0 || (len < 0 && errno == EPIPE)) {
		line[len < 0 ? 0 : len] = 0;
		has = has || strstr(line, text);
	}
	close(fd);
	return has;
}

static void allow_status_and_log_to_tell(void **state)
{
	struct json_object *status, *record;
	struct mark before = mark();
	char number[16];

	(void)state;
	assert_ran(2, RUN(UNGUARDED, "status", "-q"));
	status = parse_json(RUN(UNGUARDED, "status", "--json")->out);
	assert_field(status, "state", "sealed");
	snprintf(number, sizeof(number), "%u", expected(LEG_CGROUP));
	assert_field(status, "attachments.live", number);
	json_object_put(status);
	assert_undisturbed(&before, GUARD_seal);
	/*
	 * The links that saw perf, core dumps, autoload, socket options, netlink and what arrives through sockets are gone, and
	 * their canaries: records, and lines of priority alert.
	 */
	assert_false(kernel_log_has("no longer refuses"));
	before = mark();
	assert_ran(2, RUN(UNGUARDED, "verify"));
	record = assert_refused(&before, GUARD_seal, "canary-lost", 4);
	assert_field(record, "object.detail", "canary lost: seal");
	json_object_put(record);
	assert_true(kernel_log_has("no longer refuses"));
	assert_ran(0, RUN(UNGUARDED, "log", "-n", "1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_seal_without_guards_of_the_pins),
		cmocka_unit_test(allow_destruction_of_every_pin),
		cmocka_unit_test(deny_programs_p1),
		cmocka_unit_test(deny_memory_p2),
		cmocka_unit_test(deny_modules_p3),
		cmocka_unit_test(deny_destinations_p4),
		cmocka_unit_test(deny_loosening_p5),
		cmocka_unit_test(allow_status_and_log_to_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
