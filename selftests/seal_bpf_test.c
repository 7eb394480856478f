// SPDX-License-Identifier: GPL-2.0-only
/*
 * seal_bpf_test.c - with seal.bpf, programs of systemd's kinds still load and attach, and nothing else does.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.1 7
 * Alone: it seals the machine
 *
 * Where a kernel can't look into a program when it is loaded, none is after the seal.
 */
#include "scan.h"
#include "sealing.h"
#include "util.h"

#include <linux/bpf.h>
#include <linux/filter.h>

#define POLICY_BPF	POLICY_ENFORCE						\
	"seal: { bpf: [cgroup_device, cgroup_skb], tolerate: [" TOLERATE_MACHINE TOLERATE_GUARDS "] }\n"
#define POLICY_DEVICES								\
	"version: 1\nexec: { mode: enforce, introduced: allow }\nptrace: { mode: off }\nmodules: { mode: off }\n" \
	"egress: { mode: off }\ningress: { mode: off }\ndata: { mode: off }\n"		\
	"kernel: { mode: enforce, devices: [char *, block *] }\n"			\
	"seal: { bpf: [cgroup_device, cgroup_skb], tolerate: [" TOLERATE_MACHINE TOLERATE_GUARDS ", \"off:ptrace\", "	\
	"\"off:modules\", \"off:egress\"] }\n"
#define GROUP		"/seal_bpf"

#define MOV(dst, value)	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (dst), .imm = (value) }
#define COPY(dst, src)	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (dst), .src_reg = (src) }
#define LOAD(dst, src, offset) \
	{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (dst), .src_reg = (src), .off = (offset) }
#define STORE_WORD(dst, offset, value) \
	{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = (dst), .off = (offset), .imm = (value) }
#define ADD(dst, value)	{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = (dst), .imm = (value) }
#define CALL(helper)	{ .code = BPF_JMP | BPF_CALL, .imm = (helper) }
#define KFUNC(id)	{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .imm = (id) }
#define MAP(dst, fd)	{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = (dst), .src_reg = BPF_PSEUDO_MAP_FD, \
			  .imm = (fd) }, { 0 }
#define SYMBOL(dst, id)	{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = (dst), \
			  .src_reg = BPF_PSEUDO_BTF_ID, .imm = (id) }, { 0 }
#define EXIT()		{ .code = BPF_JMP | BPF_EXIT }

static int own_map, our_map, outer_map;
static bool inspects;

static int load(enum bpf_prog_type type, const struct bpf_insn *insns, size_t count)
{
	/* Without it the kernel knows no helper for return values. */
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = type == BPF_PROG_TYPE_CGROUP_DEVICE ? BPF_CGROUP_DEVICE :
		    type == BPF_PROG_TYPE_CGROUP_SYSCTL ? BPF_CGROUP_SYSCTL : 0);
	int fd = bpf_prog_load(type, NULL, "GPL", insns, count, &opts);

	if (fd < 0)
		errno = -fd;
	return fd;
}

#define LOAD_PROGRAM(type, ...)							\
	({									\
		const struct bpf_insn __insns[] = { __VA_ARGS__ };		\
		load((type), __insns, ARRAY_SIZE(__insns));			\
	})

#define REFUSED(reason, call)							\
	do {									\
		struct mark __before = mark();					\
		int __fd = (call), __err = errno;				\
										\
		if (__fd >= 0 || __err != EPERM)				\
			print_message("# %s: %d, %s\n", #call, __fd, strerror(__err));	\
		assert_true(__fd < 0);						\
		assert_int_equal(__err, EPERM);					\
		json_object_put(assert_refused(&__before, GUARD_seal,		\
					       inspects ? (reason) : "load", 1));	\
	} while (0)

static int prepare(void **state)
{
	struct kernel kernel;

	(void)state;
	kernel_ask(&kernel);
	kernel_ask_hooks(&kernel);
	inspects = kernel.inspects_programs;
	return 0;
}

/* After the seal nobody loads such a program, but one that is there could be attached to the root cgroup, behind ours. */
static void deny_seal_beside_a_program_that_could_change_a_verdict(void **state)
{
	int prog = LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_DEVICE, MOV(1, 0), CALL(BPF_FUNC_set_retval), MOV(0, 1), EXIT());
	int harmless = LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_DEVICE, LOAD(2, 1, offsetof(struct bpf_cgroup_dev_ctx, minor)),
				    MOV(0, 1), EXIT());

	(void)state;
	assert_true(prog >= 0 && harmless >= 0);
	load_text(POLICY_BPF);
	assert_findings(inspects ? 2 : 0, "canary:seal", "could undo refusals", inspects, false);
	close(prog);
	assert_findings(0, "canary:seal", "", 0, false);
	close(harmless);
}

/* Who has a descriptor of it detaches it after the seal, where seal.bpf lets devices' programs be detached. */
static void find_our_program_in_flight(void **state)
{
	struct set_info set;
	int prog = -1;

	(void)state;
	load_text(POLICY_DEVICES);
	set = live_set();
	for (__u32 i = 0; i < set.attachments; i++)
		if (!strcmp(set.attachment[i].name, "kernel__dev"))
			prog = bpf_prog_get_fd_by_id(set.attachment[i].prog_id);
	assert_true(prog >= 0);
	put_in_flight(prog);
	assert_findings(0, "descriptor", "1 more than the root cgroup hold hardenctl's program", 1, true);
	clear_in_flight();
	assert_null(strstr(HARDEN(0, "seal", "--dry-run")->out, "more than the root cgroup"));
}

/* systemd-networkd attaches such a one, which only watches, after the load of the boot; this one pardons. */
static void attach_after_ours(void)
{
	int prog = LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_SYSCTL, MOV(1, 0), CALL(BPF_FUNC_set_retval), MOV(0, 1), EXIT());
	int root = kernel_cgroup_root();

	assert_true(prog >= 0 && root >= 0);
	assert_int_equal(bpf_prog_attach(prog, root, BPF_CGROUP_SYSCTL, BPF_F_ALLOW_MULTI), 0);
	assert_findings(2, "canary:seal", "on the root cgroup after ours", 1, false);
	close(prog);
	close(root);
}

/* The seal loads once more, but no other policy than the one in force. */
static void refuse_seal_with_another_policy(void)
{
	__u32 set = live_set().set;

	attach_after_ours();
	assert_non_null(strstr(HARDEN(2, "seal")->err, "the policy in force is not the one in its files"));
	assert_int_equal(live_set().set, set);
}

static void deny_seal_behind_a_program_where_the_policy_was_changed(void **state)
{
	(void)state;
	load_text(POLICY_BPF);
	spill(POLICY, POLICY_ENFORCE);
	refuse_seal_with_another_policy();
	spill(POLICY, POLICY_BPF);
	HARDEN(0, "audit", "--policy", POLICY);
	refuse_seal_with_another_policy();
}

static void allow_seal(void **state)
{
	LIBBPF_OPTS(bpf_map_create_opts, outer);
	struct ran *ran;

	(void)state;
	own_map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "own", 4, 8, 1, NULL);
	outer.inner_map_fd = own_map;
	outer_map = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "outer", 4, 4, 1, &outer);
	assert_true(own_map >= 0 && outer_map >= 0);
	/* libbpf tries a program of its own before the first. */
	close(LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_SKB, MOV(0, 1), EXIT()));
	make_cgroup(GROUP);
	spill(POLICY, POLICY_BPF);
	ran = HARDEN(0, "load", "--policy", POLICY);
	assert_int_equal(!strstr(ran->err, "seal.bpf"), inspects);
	attach_after_ours();
	ran = HARDEN(0, "seal");
	assert_non_null(strstr(ran->err, "ours come last"));
	assert_non_null(strstr(ran->out, "sealed: "));
	our_map = set_map(live_set().map_counters);
	assert_true(our_map >= 0);
	assert_whole();
}

static int open_null(const void *arg)
{
	int fd = open(arg, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* As DeviceAllow= has it: only /dev/null (1:3) may be opened. */
static void allow_a_device_program_that_judges(void **state)
{
	const struct place place = { .cgroup = GROUP };
	int group = open(CGROUP_ROOT GROUP, O_RDONLY | O_CLOEXEC), prog;
	struct mark before;

	(void)state;
	before = mark();
	prog = LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_DEVICE,
			    LOAD(2, 1, offsetof(struct bpf_cgroup_dev_ctx, minor)), MOV(0, 0),
			    { .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 2, .imm = 3, .off = 1 },
			    MOV(0, 1), EXIT());
	if (!inspects) {
		assert_true(prog < 0);
		assert_int_equal(errno, EPERM);
		json_object_put(assert_refused(&before, GUARD_seal, "load", 1));
		close(group);
		return;
	}
	assert_true(prog >= 0);
	assert_int_equal(bpf_prog_attach(prog, group, BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI), 0);
	assert_int_equal(in_child(&place, open_null, "/dev/null").err, 0);
	assert_int_equal(in_child(&place, open_null, "/dev/zero").err, EPERM);
	assert_int_equal(bpf_prog_detach2(prog, group, BPF_CGROUP_DEVICE), 0);
	assert_int_equal(in_child(&place, open_null, "/dev/zero").err, 0);
	assert_undisturbed(&before, GUARD_seal);
	close(prog);
	close(group);
	assert_whole();
}

/* As IPAddressDeny= and IPAccounting= have it: a map of one's own is read and written. */
static void allow_a_packet_program_with_a_map_of_its_own(void **state)
{
	struct mark before = mark();
	int prog = LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_SKB,
				STORE_WORD(10, -4, 0), MAP(1, own_map), COPY(2, 10), ADD(2, -4),
				CALL(BPF_FUNC_map_lookup_elem),
				{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 0, .imm = 0, .off = 1 },
				STORE_WORD(0, 0, 7), MOV(0, 1), EXIT());

	(void)state;
	assert_int_equal(prog >= 0, inspects);
	if (inspects)
		assert_undisturbed(&before, GUARD_seal);
	close(prog);
}

/* Both that run before ours would have let it pass. */
static void deny_what_a_program_before_ours_pardons(void **state)
{
	struct mark before = mark();
	int fd = open("/proc/sys/kernel/ftrace_enabled", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "0", 1), -1);
	assert_int_equal(errno, EPERM);
	close(fd);
	json_object_put(assert_refused(&before, GUARD_seal, "ftrace-enabled", 1));
}

static void deny_programs_that_reach_for_kernel_memory(void **state)
{
	(void)state;
	REFUSED("instruction", LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_DEVICE,
					    CALL(BPF_FUNC_get_current_task_btf), MOV(0, 1), EXIT()));
	REFUSED("instruction", LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_DEVICE,
					    CALL(BPF_FUNC_get_current_task), MOV(0, 1), EXIT()));
	REFUSED("instruction", LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_SKB, COPY(1, 10), ADD(1, -8), MOV(2, 8),
					    MOV(3, 0), CALL(BPF_FUNC_probe_read_kernel), MOV(0, 1), EXIT()));
	REFUSED("instruction", LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_DEVICE, KFUNC(1), MOV(0, 1), EXIT()));
	REFUSED("instruction", LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_DEVICE, SYMBOL(1, 1), MOV(0, 1), EXIT()));
}

/* One that runs after ours could turn our refusal into success. */
static void deny_programs_that_change_a_verdict(void **state)
{
	(void)state;
	REFUSED("instruction", LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_DEVICE, MOV(1, 0),
					    CALL(BPF_FUNC_set_retval), MOV(0, 1), EXIT()));
	REFUSED("instruction", LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_SKB, COPY(1, 10),
					    CALL(BPF_FUNC_ringbuf_output), MOV(0, 1), EXIT()));
}

/* The verifier does not look at how a map's descriptor was opened. */
static void deny_programs_on_our_maps(void **state)
{
	(void)state;
	REFUSED("map", LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_SKB, STORE_WORD(10, -4, 0), MAP(1, our_map),
				    COPY(2, 10), ADD(2, -4), CALL(BPF_FUNC_map_lookup_elem),
				    { .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 0, .imm = 0, .off = 1 },
				    STORE_WORD(0, 0, 0), MOV(0, 1), EXIT()));
	/* What is in it could be ours by the time that the program runs. */
	REFUSED("map", LOAD_PROGRAM(BPF_PROG_TYPE_CGROUP_SKB, STORE_WORD(10, -4, 0), MAP(1, outer_map),
				    COPY(2, 10), ADD(2, -4), CALL(BPF_FUNC_map_lookup_elem), MOV(0, 1),
				    EXIT()));
}

static void deny_programs_of_other_kinds(void **state)
{
	static const enum bpf_prog_type types[] = {
		BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
		BPF_PROG_TYPE_CGROUP_SOCK, BPF_PROG_TYPE_LSM, BPF_PROG_TYPE_SYSCALL, BPF_PROG_TYPE_TRACING,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct mark before = mark();

		assert_true(LOAD_PROGRAM(types[i], MOV(0, 1), EXIT()) < 0);
		json_object_put(assert_refused(&before, GUARD_seal, "load", 1));
	}
	assert_whole();
}

static void deny_huge_programs(void **state)
{
	struct bpf_insn *insns = calloc(5000, sizeof(*insns));

	(void)state;
	for (size_t i = 0; i < 4999; i++)
		insns[i] = (struct bpf_insn)MOV(0, 1);
	insns[4999] = (struct bpf_insn)EXIT();
	REFUSED("instruction", load(BPF_PROG_TYPE_CGROUP_SKB, insns, 5000));
	assert_int_equal(load(BPF_PROG_TYPE_CGROUP_SKB, insns + 4000, 1000) >= 0, inspects);
	free(insns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deny_seal_beside_a_program_that_could_change_a_verdict),
		cmocka_unit_test(find_our_program_in_flight),
		cmocka_unit_test(deny_seal_behind_a_program_where_the_policy_was_changed),
		cmocka_unit_test(allow_seal),
		cmocka_unit_test(allow_a_device_program_that_judges),
		cmocka_unit_test(allow_a_packet_program_with_a_map_of_its_own),
		cmocka_unit_test(deny_what_a_program_before_ours_pardons),
		cmocka_unit_test(deny_programs_that_reach_for_kernel_memory),
		cmocka_unit_test(deny_programs_that_change_a_verdict),
		cmocka_unit_test(deny_programs_on_our_maps),
		cmocka_unit_test(deny_programs_of_other_kinds),
		cmocka_unit_test(deny_huge_programs),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
