// SPDX-License-Identifier: GPL-2.0-only
/* user_text.c - lets a program read a process's own text where libbpf would have it do so by a forbidden way. */
#include "user_text.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define HOOK	"bprm_committed_creds"

/* In the programs of this hook the one that is called is always meant to be the other: see bpf/edges.bpf.h. */
static int restore(struct bpf_program *prog)
{
	size_t count = bpf_program__insn_cnt(prog);
	_cleanup_free_ struct bpf_insn *insns = calloc(count, sizeof(*insns));

	if (!insns)
		return -ENOMEM;
	memcpy(insns, bpf_program__insns(prog), count * sizeof(*insns));
	for (size_t i = 0; i < count; i++)
		if (insns[i].code == (BPF_JMP | BPF_CALL) && !insns[i].src_reg && insns[i].imm == BPF_FUNC_probe_read_str)
			insns[i].imm = BPF_FUNC_probe_read_user_str;
	return bpf_program__set_insns(prog, insns, count);
}

/* What libbpf itself does for such a program, and then that. */
static int prepare(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	int id = libbpf_find_vmlinux_btf_id(HOOK, BPF_LSM_CGROUP);

	(void)cookie;
	if (id < 0)
		return id;
	opts->attach_btf_id = id;
	return restore(prog);
}

int user_text_allow(void)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .prog_prepare_load_fn = prepare);
	int id = libbpf_register_prog_handler("lsm_cgroup/" HOOK, BPF_PROG_TYPE_LSM, BPF_LSM_CGROUP, &opts);

	return id < 0 ? id : 0;
}
