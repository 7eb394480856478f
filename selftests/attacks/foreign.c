// SPDX-License-Identifier: GPL-2.0-only
/* foreign.c - programs and maps of the attacker's own, kept from before the seal, which the policy tolerates. */
#include "attacks.h"

#include <bpf/btf.h>
#include <linux/bpf.h>

#define MOV64(reg, imm32)	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (reg), .imm = (imm32) }
#define CALL(helper)		{ .code = BPF_JMP | BPF_CALL, .imm = (helper) }
#define EXIT			{ .code = BPF_JMP | BPF_EXIT }
#define MAP_VALUE(reg, fd)	{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = (reg),	\
				  .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = (fd) }, {}
#define STORE(reg, imm32)	{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = (reg), .imm = (imm32) }

/* Returns a constant. */
static int load_returning(enum bpf_prog_type type, enum bpf_attach_type attach, int value)
{
	const struct bpf_insn insns[] = { MOV64(BPF_REG_0, value), EXIT };
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach,
		    .prog_flags = type == BPF_PROG_TYPE_SYSCALL ? BPF_F_SLEEPABLE : 0);

	return bpf_prog_load(type, "attack", "GPL", insns, ARRAY_SIZE(insns), &opts);
}

/* Takes an earlier refusal back: bpf_set_retval(0), return 1. */
static int load_pardon(enum bpf_prog_type type, enum bpf_attach_type attach, __u32 btf_id)
{
	const struct bpf_insn insns[] = {
		MOV64(BPF_REG_1, 0), CALL(BPF_FUNC_set_retval), MOV64(BPF_REG_0, 1), EXIT,
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach, .attach_btf_id = btf_id);

	return bpf_prog_load(type, "attack", "GPL", insns, ARRAY_SIZE(insns), &opts);
}

int load_sysctl_pardon(void)
{
	return load_pardon(BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_CGROUP_SYSCTL, 0);
}

/* Leaves a mark in kept.seen that it ran. */
static int load_witness(enum bpf_prog_type type, int value)
{
	const struct bpf_insn insns[] = {
		MAP_VALUE(BPF_REG_1, kept.seen), STORE(BPF_REG_1, 1), MOV64(BPF_REG_0, value), EXIT,
	};

	return bpf_prog_load(type, "attack", "GPL", insns, ARRAY_SIZE(insns), NULL);
}

/* `int attack(struct bpf_sysctl *ctx)`, as the type of seal__sysctl. */
static struct btf *sysctl_btf(__u32 *ret_function)
{
	struct btf *btf = btf__new_empty();
	int integer = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int context = btf__add_struct(btf, "bpf_sysctl", 4), pointer, proto;

	btf__add_field(btf, "write", integer, 0, 0);
	pointer = btf__add_ptr(btf, context);
	proto = btf__add_func_proto(btf, integer);
	btf__add_func_param(btf, "ctx", pointer);
	*ret_function = btf__add_func(btf, "attack", BTF_FUNC_GLOBAL, proto);
	return btf;
}

/* Id of our function in our program's own types; 0: not found. */
static __u32 function_of(int prog, const char *name)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	struct btf *btf;
	int id;

	if (bpf_obj_get_info_by_fd(prog, &info, &len))
		return 0;
	btf = btf__load_from_kernel_by_id(info.btf_id);
	id = btf ? btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) : 0;
	btf__free(btf);
	return strncmp(info.name, name, sizeof(info.name) - 1) || id < 0 ? 0 : id;
}

/* Would replace seal__sysctl by "return 1", once it is attached. */
static int load_extension(void)
{
	const struct bpf_insn insns[] = { MOV64(BPF_REG_0, 1), EXIT };
	struct bpf_func_info function = {};
	struct btf *btf = sysctl_btf(&function.type_id);
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .func_info = &function, .func_info_cnt = 1,
		    .func_info_rec_size = sizeof(function));
	int fd = -1;

	if (btf__load_into_kernel(btf))
		return -1;
	opts.prog_btf_fd = btf__fd(btf);
	for (size_t i = 0; fd < 0 && i < kept.n_programs; i++) {
		opts.attach_prog_fd = kept.programs[i];
		opts.attach_btf_id = function_of(kept.programs[i], "seal__sysctl");
		if (opts.attach_btf_id)
			fd = bpf_prog_load(BPF_PROG_TYPE_EXT, "attack", "GPL", insns, ARRAY_SIZE(insns), &opts);
	}
	btf__free(btf);
	return fd;
}

static void keep_maps(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	int inner;

	kept.own_map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "attack", 4, 8, 1, NULL);
	kept.seen = bpf_map_create(BPF_MAP_TYPE_ARRAY, "seen", 4, 8, 1, NULL);
	inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "inner", 4, sizeof(struct state), 1, NULL);
	opts.inner_map_fd = inner;
	kept.outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "outer", 4, 4, 1, &opts);
	close(inner);
	assert_true(kept.own_map >= 0 && kept.seen >= 0 && kept.outer >= 0);
}

void keep_foreign(void)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	int hook = btf__find_by_name_kind(kernel, "bpf_lsm_bprm_check_security", BTF_KIND_FUNC);
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	int *foreign = kept.foreign;

	keep_maps();
	foreign[F_SKB] = load_returning(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 1);
	foreign[F_DEVICE] = load_returning(BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE, 1);
	foreign[F_SYSCTL] = load_sysctl_pardon();
	foreign[F_CONNECT4] = load_pardon(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, 0);
	foreign[F_LSM_CGROUP] = load_pardon(BPF_PROG_TYPE_LSM, BPF_LSM_CGROUP, hook);
	foreign[F_SOCKOPT] = load_returning(BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_SETSOCKOPT, 1);
	foreign[F_RAW_TP] = load_witness(BPF_PROG_TYPE_RAW_TRACEPOINT, 0);
	foreign[F_TRACEPOINT] = load_witness(BPF_PROG_TYPE_TRACEPOINT, 0);
	foreign[F_XDP] = load_witness(BPF_PROG_TYPE_XDP, 2 /* XDP_PASS */);
	foreign[F_TC] = load_witness(BPF_PROG_TYPE_SCHED_CLS, -1);
	foreign[F_SYSCALL] = load_returning(BPF_PROG_TYPE_SYSCALL, 0, 0);
	foreign[F_EXT] = load_extension();
	for (int i = 0; i < FOREIGN_COUNT; i++)
		if (foreign[i] < 0)
			print_message("# foreign program %d does not load here: %s\n", i, strerror(errno));
	/* On a hook of ours, in a child cgroup; an attack closes it. */
	kept.foreign_link = bpf_link_create(foreign[F_LSM_CGROUP], kept.child_cgroup, BPF_LSM_CGROUP, &opts);
	btf__free(kernel);
}
