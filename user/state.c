// SPDX-License-Identifier: GPL-2.0-only
/* state.c - asks the kernel's state machine for a change. */
#include "state.h"

#include <bpf/bpf.h>
#include <errno.h>

int state_change(int prog, const struct state_change *change)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		    .ctx_in = change,
		    .ctx_size_in = sizeof(*change));

	if (bpf_prog_test_run_opts(prog, &opts))
		return -errno;
	return (int)opts.retval;
}
