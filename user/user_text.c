// SPDX-License-Identifier: GPL-2.0-only
/* user_text.c - lets a program read a process's own text where libbpf would have it do so by a forbidden way. */
#include "user_text.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static const char *const hooks[] = { "bprm_check_security", "bprm_committed_creds" };

/* In the programs of these hooks the one that is called is always meant to be the other: see bpf/args.bpf.h, bpf/edges.bpf.h. */
static const struct {
	int forbidden, meant;
} helpers[] = {
	{ BPF_FUNC_probe_read, BPF_FUNC_probe_read_user },
	{ BPF_FUNC_probe_read_str, BPF_FUNC_probe_read_user_str },
};

static void restore_call(struct bpf_insn *insn)
{
	for (size_t i = 0; i < ARRAY_SIZE(helpers); i++)
		if (insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg && insn->imm == helpers[i].forbidden)
			insn->imm = helpers[i].meant;
}

static int restore(struct bpf_program *prog)
{
	size_t count = bpf_program__insn_cnt(prog);
	_cleanup_free_ struct bpf_insn *insns = calloc(count, sizeof(*insns));

	if (!insns)
		return -ENOMEM;
	memcpy(insns, bpf_program__insns(prog), count * sizeof(*insns));
	for (size_t i = 0; i < count; i++)
		restore_call(&insns[i]);
	return bpf_program__set_insns(prog, insns, count);
}

/* What libbpf itself does for such a program, and then that. */
static int prepare(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	int id = libbpf_find_vmlinux_btf_id(hooks[cookie], BPF_LSM_CGROUP);

	if (id < 0)
		return id;
	opts->attach_btf_id = id;
	return restore(prog);
}

int user_text_allow(void)
{
	char section[64];
	int id = 0;

	for (size_t i = 0; id >= 0 && i < ARRAY_SIZE(hooks); i++) {
		LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .prog_prepare_load_fn = prepare, .cookie = i);

		snprintf(section, sizeof(section), "lsm_cgroup/%s", hooks[i]);
		id = libbpf_register_prog_handler(section, BPF_PROG_TYPE_LSM, BPF_LSM_CGROUP, &opts);
	}
	return id < 0 ? id : 0;
}
