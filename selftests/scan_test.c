// SPDX-License-Identifier: GPL-2.0-only
/*
 * scan_test.c - seal --dry-run names what exists already and would break a promise, and nothing else.
 * Boots: plain
 * Kernels: 6.12
 * Long boots: lockdown
 * Alone: it traces the kernel
 * Processors: 1
 */
#include "scan_kernel.h"
#include "scan_net.h"
#include "scan_redirects.h"
#include "scan_tasks.h"

static const struct condition conditions[] = {
	{ "tracer", "tracer", make_tracer, clear_tracer, true },
	{ "memory_of_another", "proc-mem", make_proc_mem, close_found, false },
	{ "memory_in_thread", "proc-mem", make_proc_mem_of_thread, clear_proc_mem_of_thread, false },
	{ "environ_of_another", "proc-mem", make_proc_environ, close_found, false },
	{ "pagemap_of_another", "proc-mem", make_proc_pagemap, close_found, false },
	{ "maps_of_another", "proc-mem", make_proc_maps, close_found, false },
	{ "seccomp_listener", "tracer", make_listener, close_found, false },
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
	{ "perf_event_mapped", "probe", make_perf_mapping, clear_perf_mapping, false },
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
	{ "nft_dup", "forwarding", make_nft_dup, clear_nft_dup, false },
	{ "nft_fwd", "forwarding", make_nft_fwd, clear_nft_egress, false },
	{ "namespace_with_device", "tunnel", make_namespace, end_first_child, false },
	{ "nft_rewrite", "forwarding", make_nft_rewrite, clear_nft_egress, false },
	{ "tc_filter", "forwarding", make_tc_filter, clear_tc_filter, false },
	{ "tc_filter_of_class", "forwarding", make_tc_class, clear_tc_class, false },
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
		/* Whether it is tolerated depends on the kind alone, and on nothing of that kind: three tell, and the long form all. */
		if (of->tolerated && ((i && !strcmp(conditions[i].kind, conditions[i - 1].kind)) ||
				      (count == 3 && !is_long())))
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
