// SPDX-License-Identifier: GPL-2.0-only
/* replay_test.c - records judged by the text of a policy: each key with what it lists and what nearly matches. */
#include "records.h"

#include <stdio.h>
#include <unistd.h>

#include "against.h"
#include "login.h"

#include "../naive.h"

#define GUARDS_WITH(exec, ptrace, modules, egress, ingress, kernel)						\
	"version: 1\nexec: {mode: enforce" exec "}\nptrace: {mode: enforce" ptrace "}\nmodules: {mode: enforce" modules "}\n" \
	"egress: {mode: enforce" egress "}\ningress: {mode: enforce" ingress "}\nkernel: {mode: enforce" kernel "}\n"	\
	"data: {mode: off}\n"

struct opened {
	struct policy *policy;
	struct rules *rules;
	struct replay replay;
};

static struct opened open_text(const char *text)
{
	struct opened opened = {};
	struct diags diags = {};

	if (policy_parse_buffer("t.yaml", text, strlen(text), &diags, &opened.policy) ||
	    rules_compile(opened.policy, &diags, &opened.rules))
		diags_print(&diags, stderr);
	diags_free(&diags);
	assert_non_null(opened.rules);
	assert_int_equal(replay_open(opened.policy, opened.rules, &opened.replay), 0);
	return opened;
}

static void close_text(struct opened *opened)
{
	replay_close(&opened->replay);
	rules_free(opened->rules);
	policy_free(opened->policy);
}

static enum replay_verdict judge(const char *text, struct record record, const char *exe)
{
	struct opened opened = open_text(text);
	struct replay_log log = {};
	struct judgement judgement;

	add_record(&log, record, exe);
	assert_int_equal(log.count, 1);
	judgement = replay_judge(&opened.replay, &log.list[0]);
	assert_int_equal(judgement.verdict == REPLAY_UNKNOWN, judgement.why != NULL);
	replay_free(&log);
	close_text(&opened);
	return judgement.verdict;
}

#define ALLOWED(text, record, exe)	assert_int_equal(judge(text, record, exe), REPLAY_ALLOWED)
#define DENIED(text, record, exe)	assert_int_equal(judge(text, record, exe), REPLAY_DENIED)
#define UNKNOWN(text, record, exe)	assert_int_equal(judge(text, record, exe), REPLAY_UNKNOWN)

static void allow_programs_that_are_listed(void **state)
{
	static const char list[] = GUARDS_WITH(", allow: [/opt/a, /opt/tree/, {path: /opt/v, verity: \"sha256:"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}, {path: /opt/s, script: /opt/s.py}]", "", "", "", "", "");
	const int unlisted = KIND_exec_bprm_check_security_unlisted, shell = KIND_exec_bprm_check_security_shell;
	static const char except[] = GUARDS_WITH(", except: [{parent: /opt/p, program: /opt/sh, after-seal: yes}, {parent: /opt/q, "
		"program: /opt/sh}, {parent: /opt/r, program: /opt/zsh, script: /opt/x}]", "", "", "", "", "");

	(void)state;
	ALLOWED(list, file_record(unlisted, "/opt/a"), "/opt/p");
	ALLOWED(list, file_record(unlisted, "/opt/tree/b/c"), "/opt/p");
	DENIED(list, file_record(unlisted, "/opt/ab"), "/opt/p");
	DENIED(list, file_record(unlisted, "/opt/treeb"), "/opt/p");
	UNKNOWN(list, file_record(unlisted, "/opt/v"), "/opt/p");
	UNKNOWN(list, file_record(unlisted, "/opt/s"), "/opt/p");
	UNKNOWN(list, file_record(unlisted, ""), "/opt/p");
	ALLOWED(GUARDS_WITH("", "", "", "", "", ""), file_record(unlisted, "/opt/b"), "/opt/p");

	DENIED(list, file_record(shell, "/opt/sh"), "/opt/p");
	ALLOWED(GUARDS_WITH(", shells: allow", "", "", "", "", ""), file_record(shell, "/opt/sh"), "/opt/p");
	DENIED(GUARDS_WITH(", shells: allow, allow: [/opt/a]", "", "", "", "", ""), file_record(shell, "/opt/sh"), "/opt/p");
	ALLOWED(GUARDS_WITH(", allow: [{path: /opt/sh, class: shell}]", "", "", "", "", ""), file_record(shell, "/opt/sh"), "/opt/p");
	DENIED(GUARDS_WITH(", allow: [{path: /opt/sh, class: interpreter}]", "", "", "", "", ""), file_record(shell, "/opt/sh"), "/opt/p");
	ALLOWED(except, file_record(shell, "/opt/sh"), "/opt/p");
	UNKNOWN(except, file_record(shell, "/opt/sh"), "/opt/q");
	DENIED(except, file_record(shell, "/opt/sh"), "/opt/r");
	UNKNOWN(except, file_record(shell, "/opt/zsh"), "/opt/r");
	UNKNOWN(list, file_record(KIND_exec_bprm_committed_creds_script, "/opt/s"), "/opt/p");
}

static void allow_code_that_is_listed(void **state)
{
	static const char list[] = GUARDS_WITH(", libraries: [/opt/l.so, /opt/lib/], jit: [/opt/jit]", "", "", "", "", "");

	(void)state;
	ALLOWED(list, file_record(KIND_exec_mmap_file_library, "/opt/l.so"), "/opt/p");
	ALLOWED(list, file_record(KIND_exec_mmap_file_library, "/opt/lib/m.so"), "/opt/p");
	DENIED(list, file_record(KIND_exec_mmap_file_library, "/opt/m.so"), "/opt/p");
	ALLOWED(list, file_record(KIND_exec_file_mprotect_jit, "/x"), "/opt/jit");
	DENIED(list, file_record(KIND_exec_file_mprotect_jit, "/opt/jit"), "/opt/p");
	UNKNOWN(list, file_record(KIND_exec_file_mprotect_jit, "/x"), "");
	DENIED(GUARDS_WITH(", jit: none", "", "", "", "", ""), file_record(KIND_exec_mmap_file_jit, "/x"), "/opt/jit");
	ALLOWED(GUARDS_WITH(", jit: any", "", "", "", "", ""), file_record(KIND_exec_mmap_file_jit, "/x"), "/opt/p");
	DENIED(list, file_record(KIND_exec_mmap_file_introduced, "/opt/l.so"), "/opt/p");
	ALLOWED(GUARDS_WITH(", introduced: allow", "", "", "", "", ""), file_record(KIND_exec_mmap_file_introduced, "/x"), "/opt/p");
}

static void allow_tracers_that_are_listed(void **state)
{
	static const char list[] = GUARDS_WITH("", ", allow: [{tracer: /opt/ps, access: read}, {tracer: /opt/gdb, access: attach}, "
		"{tracer: /opt/one, target: /opt/t, access: attach}]", "", "", "", "");
	const int attach = KIND_ptrace_ptrace_access_check_attach, reading = KIND_ptrace_ptrace_access_check_read;

	(void)state;
	ALLOWED(list, task_record(reading, false), "/opt/ps");
	ALLOWED(list, task_record(reading, false), "/opt/gdb");
	DENIED(list, task_record(attach, true), "/opt/ps");
	ALLOWED(list, task_record(attach, true), "/opt/gdb");
	UNKNOWN(list, task_record(attach, true), "/opt/one");
	DENIED(list, task_record(attach, true), "/opt/x");
	ALLOWED(GUARDS_WITH("", ", read: allow", "", "", "", ""), task_record(reading, false), "/opt/x");
	DENIED(GUARDS_WITH("", ", read: allow", "", "", "", ""), task_record(attach, true), "/opt/x");
	ALLOWED(list, task_record(KIND_ptrace_perf_event_alloc_perf, false), "/opt/ps");
	/* The tracer is the other one. */
	DENIED(list, task_record(KIND_ptrace_ptrace_traceme_traceme, true), "/opt/gdb");
	DENIED(list, file_record(KIND_ptrace_file_open_core, "/core"), "/opt/gdb");
}

static void allow_modules_that_are_listed(void **state)
{
	static const char list[] = GUARDS_WITH("", "", ", allow: [no-such-module]", "", "", "");
	const int finit = KIND_modules_kernel_read_file_finit_module, asked = KIND_modules_kernel_module_request_autoload;

	(void)state;
	ALLOWED(list, file_record(finit, "/lib/modules/x/no_such_module.ko.xz"), "/opt/p");
	DENIED(list, file_record(finit, "/lib/modules/x/no_such_modul.ko"), "/opt/p");
	ALLOWED(list, text_record(asked, "no_such_module", ""), "/opt/p");
	UNKNOWN(list, text_record(asked, "net-pf-99", ""), "/opt/p");
	DENIED(GUARDS_WITH("", "", "", "", "", ""), text_record(asked, "net-pf-99", ""), "/opt/p");
	ALLOWED(GUARDS_WITH("", "", ", firmware: allow", "", "", ""),
		file_record(KIND_modules_kernel_read_file_firmware, "/lib/firmware/x"), "/opt/p");
	DENIED(list, file_record(KIND_modules_kernel_read_file_kexec, "/boot/x"), "/opt/p");
}

static void allow_sockets_that_are_listed(void **state)
{
	static const char list[] = GUARDS_WITH("", "", "",
		", sockets: [{family: inet, type: raw, proto: icmp, by: /opt/ping}, {family: packet}], netlink: [{operations: [route, link], "
		"by: /opt/ip}], unix: [{to: /opt/bus, by: /opt/a}], vsock: [{cid: host, port: 1000-1003, by: /opt/v}]", "", "");

	(void)state;
	ALLOWED(list, socket_record(AF_INET, SOCK_RAW, IPPROTO_ICMP), "/opt/ping");
	DENIED(list, socket_record(AF_INET, SOCK_RAW, IPPROTO_ICMP), "/opt/x");
	DENIED(list, socket_record(AF_INET, SOCK_RAW, IPPROTO_GRE), "/opt/ping");
	ALLOWED(list, socket_record(AF_PACKET, SOCK_DGRAM, 3), "/opt/x");
	ALLOWED(list, socket_record(AF_VSOCK, SOCK_STREAM, 0), "/opt/v");
	DENIED(list, socket_record(AF_VSOCK, SOCK_DGRAM, 0), "/opt/v");
	ALLOWED(list, reroute_record(REROUTE_link), "/opt/ip");
	DENIED(list, reroute_record(REROUTE_rule), "/opt/ip");
	DENIED(list, reroute_record(REROUTE_link), "/opt/x");
	ALLOWED(list, peer_record("/opt/bus"), "/opt/a");
	DENIED(list, peer_record("/opt/bus"), "/opt/b");
	DENIED(list, peer_record("/opt/a"), "/opt/a");
	UNKNOWN(list, peer_record(""), "/opt/a");
	ALLOWED(GUARDS_WITH("", "", "", "", "", ""), peer_record("/opt/bus"), "/opt/b");
	ALLOWED(list, vsock_record(KIND_egress_socket_connect_vsock, 2, 1003), "/opt/v");
	DENIED(list, vsock_record(KIND_egress_socket_connect_vsock, 2, 1004), "/opt/v");
	DENIED(list, vsock_record(KIND_egress_socket_connect_vsock, 3, 1003), "/opt/v");
	DENIED(list, vsock_record(KIND_egress_socket_connect_vsock, 2, 1003), "/opt/x");
	DENIED(list, vsock_record(KIND_egress_socket_listen_vsock, VSOCK_ANY, VSOCK_ANY), "/opt/v");
	DENIED(list, text_record(KIND_egress_socket_setsockopt_socket_option, "x", ""), "/opt/v");
}

static void allow_packets_only_where_they_are_no_answers(void **state)
{
	static const char list[] = GUARDS_WITH("", "", "", ", allow: [{to: 192.0.2.0/24, port: 53, proto: udp}]",
		", allow: [{from: 198.51.100.0/24, port: 22, proto: tcp, by: /opt/sshd}]", "");

	(void)state;
	ALLOWED(list, net_record(KIND_egress_skb_egress_unlisted, "192.0.2.1", 53, IPPROTO_UDP), "");
	DENIED(list, net_record(KIND_egress_skb_egress_unlisted, "192.0.2.1", 54, IPPROTO_UDP), "");
	UNKNOWN(list, net_record(KIND_egress_skb_egress_unlisted, "198.51.100.1", 40000, IPPROTO_TCP), "/opt/sshd");
	UNKNOWN(list, net_record(KIND_ingress_skb_ingress_unlisted, "192.0.2.1", 40000, IPPROTO_UDP), "");
	DENIED(list, net_record(KIND_ingress_skb_ingress_unlisted, "192.0.2.1", 40000, IPPROTO_TCP), "");
	ALLOWED(list, net_record(KIND_ingress_socket_listen_unlisted, "::", 22, IPPROTO_TCP), "/opt/sshd");
	DENIED(list, net_record(KIND_ingress_socket_listen_unlisted, "::", 22, IPPROTO_TCP), "/opt/x");
	DENIED(list, net_record(KIND_ingress_socket_listen_unlisted, "::", 23, IPPROTO_TCP), "/opt/sshd");
	/* Who that is is not looked up here. */
	UNKNOWN(GUARDS_WITH("", "", "", ", allow: [{to: 192.0.2.1, user: nobody}]", "", ""),
		net_record(KIND_egress_connect4_unlisted, "192.0.2.1", 1, IPPROTO_TCP), "");
}

static void allow_what_section_kernel_lists(void **state)
{
	static const char list[] = GUARDS_WITH("", "", "", "", "", ", allow: [dev-mem], io_uring: allow, mounts: [ext4], "
		"sysctls: [vm.swappiness, net.core.*, kernel.core_pattern], devices: [/dev/a, char 4:*, \"block 8:0\", "
		"{device: /dev/r, access: read}, {device: char 10:200, by: /opt/v}, {device: misc rfkill, optional: yes}]");
	const int sysctl = KIND_kernel_sysctl_sysctl, danger = KIND_kernel_sysctl_dangerous_sysctl;
	const int node = KIND_kernel_dev_device, opened = KIND_kernel_file_open_device;
	struct record record = file_record(node, "/dev/char/");

	(void)state;
	ALLOWED(list, text_record(KIND_kernel_locked_down_lockdown, "lockdown", "dev-mem"), "/opt/p");
	DENIED(list, text_record(KIND_kernel_locked_down_lockdown, "lockdown", "kcore"), "/opt/p");
	ALLOWED(list, text_record(KIND_kernel_inode_init_security_anon_io_uring, "io_uring", ""), "/opt/p");
	DENIED(list, text_record(KIND_kernel_inode_init_security_anon_userfaultfd, "x", ""), "/opt/p");
	ALLOWED(list, text_record(KIND_kernel_sb_kern_mount_mount, "mount", "ext4"), "/opt/p");
	DENIED(list, text_record(KIND_kernel_sb_kern_mount_mount, "mount", "nfs"), "/opt/p");
	ALLOWED(GUARDS_WITH("", "", "", "", "", ""), text_record(KIND_kernel_sb_kern_mount_mount, "mount", "nfs"), "/opt/p");
	ALLOWED(list, text_record(sysctl, "sysctl", "vm/swappiness"), "/opt/p");
	DENIED(list, text_record(sysctl, "sysctl", "vm/swappines"), "/opt/p");
	ALLOWED(list, text_record(sysctl, "sysctl", "net/core/somaxconn"), "/opt/p");
	ALLOWED(list, text_record(danger, "sysctl", "kernel/core_pattern"), "/opt/p");
	DENIED(list, text_record(danger, "sysctl", "kernel/modprobe"), "/opt/p");
	ALLOWED(list, file_record(opened, "/dev/a"), "/opt/p");
	UNKNOWN(list, file_record(opened, "/dev/r"), "/opt/p");
	UNKNOWN(list, file_record(opened, "/dev/no such device"), "/opt/p");
	record.object.file.id.dev = 4 << 20 | 64;
	ALLOWED(list, record, "/opt/p");
	record.object.file.id.dev = 10 << 20 | 200;
	ALLOWED(list, record, "/opt/v");
	strcpy(record.object.file.path, "/dev/block/");
	record.object.file.id.dev = 8 << 20;
	ALLOWED(list, record, "/opt/p");
	DENIED(GUARDS_WITH("", "", "", "", "", ", devices: [\"block 8:0\"]"),
	       (record.object.file.id.dev = 8 << 20 | 1, record), "/opt/p");
	DENIED(list, text_record(KIND_kernel_settime_clock, "clock", ""), "/opt/p");
}

static void allow_what_an_off_guard_never_asks(void **state)
{
	static const char off[] = "version: 1\nexec: {mode: off}\nptrace: {mode: off}\nmodules: {mode: off}\negress: {mode: off}\n"
				  "ingress: {mode: off}\nkernel: {mode: off}\ndata: {mode: off}\n";

	(void)state;
	ALLOWED(off, file_record(KIND_exec_bprm_check_security_shell, "/bin/sh"), "/opt/p");
	ALLOWED(off, net_record(KIND_egress_connect4_unlisted, "192.0.2.1", 1, IPPROTO_TCP), "");
	/* The seal is never off. */
	UNKNOWN(off, text_record(KIND_seal_state_findings, "finding", "swap: x"), "");
}

/* Links: a list may name a program by another path than the kernel does. */
static void allow_a_program_by_another_path(void **state)
{
	char dir[] = "/tmp/replay_test.XXXXXX", file[64], link[64], text[512];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	fclose(fopen(file, "w"));
	assert_int_equal(symlink("file", link), 0);
	snprintf(text, sizeof(text), GUARDS_WITH(", allow: [%s]", "", "", "", "", ""), link);
	ALLOWED(text, file_record(KIND_exec_bprm_check_security_unlisted, file), "/opt/p");
	unlink(file);
	DENIED(text, file_record(KIND_exec_bprm_check_security_unlisted, file), "/opt/p");
	unlink(link);
	rmdir(dir);
}

/* Rows and entries, by a matcher that knows nothing of the compiled tables. */
static void random_flows_agree_with_the_naive_matcher(void **state)
{
	static const char *const paths[NAIVE_PROGRAMS] = { "/opt/one", "/opt/two" };

	(void)state;
	for (__u64 number = 1; number <= 150; number++) {
		struct replay_log log = {};
		struct rules *rules = NULL;
		struct replay replay;
		struct diags diags = {};
		struct fixture f;

		naive_seed = number;
		draw_policy(&f);
		f.policy.guard[GUARD_egress].mode = f.policy.guard[GUARD_ingress].mode = MODE_ENFORCE;
		for (size_t i = 0; i < NAIVE_PROGRAMS; i++)
			f.programs[i].path = (char *)paths[i];
		assert_int_equal(rules_compile(&f.policy, &diags, &rules), 0);
		assert_int_equal(replay_open(&f.policy, rules, &replay), 0);
		for (unsigned int i = 0; i < 100; i++) {
			struct flow flow = draw_flow();
			struct record record = { .seq = i + 1, .kind = KIND_egress_connect4_unlisted, .object_type = OBJECT_NET, .uid = flow.uid };
			struct judgement judgement;

			record.object.net = (struct object_net) { .family = flow.family, .port = flow.port, .proto = flow.proto, .type = 1 };
			memcpy(record.object.net.addr, flow.addr, 16);
			add_record(&log, record, flow.by ? paths[flow.by - 1] : "/opt/other");
			judgement = replay_judge(&replay, &log.list[log.count - 1]);
			assert_int_equal(judgement.verdict, naive_match(&f.policy, GUARD_egress, &flow) ? REPLAY_ALLOWED : REPLAY_DENIED);
			replay_free(&log);
		}
		replay_close(&replay);
		rules_free(rules);
		diags_free(&diags);
	}
}

static void add_text(struct replay_log *log, const char *text)
{
	struct json_object *json = json_tokener_parse(text);

	assert_non_null(json);
	assert_int_equal(replay_add(log, json, "t.jsonl", false), 0);
	json_object_put(json);
}

static void allow_the_same_record_once_and_leave_out_canaries(void **state)
{
	struct replay_log log = {};
	struct record record = file_record(KIND_exec_bprm_check_security_unlisted, "/opt/a");

	(void)state;
	for (int i = 0; i < 3; i++)
		add_record(&log, record, "/opt/p");
	add_record(&log, record, "/opt/q");
	record.flags = RECORD_DENIED;
	add_record(&log, record, "/opt/p");
	record.flags = RECORD_CANARY;
	add_record(&log, record, "/opt/p");
	assert_int_equal(log.count, 3);
	assert_int_equal(log.list[0].count, 3);
	assert_int_equal(log.list[0].last_seq, log.list[0].record.seq + 2);
	assert_int_equal(log.records, 6);
	assert_int_equal(log.canaries, 1);
	add_text(&log, "{\"v\":1,\"seq\":90,\"lost\":12,\"cause\":\"overwritten\"}");
	assert_int_equal(log.lost, 12);
	assert_int_equal(log.unreadable, 0);
	replay_free(&log);
}

static void deny_lines_that_are_no_records(void **state)
{
	static const char *const wrong[] = {
		"{}", "{\"v\":2}", "{\"v\":1,\"guard\":\"exec\",\"hook\":\"bprm_check_security\",\"reason\":\"unlisted\"}",
		"{\"v\":1,\"guard\":\"exec\",\"hook\":\"x\",\"reason\":\"unlisted\",\"object\":{}}",
		"{\"v\":1,\"guard\":\"egress\",\"hook\":\"connect4\",\"reason\":\"unlisted\",\"object\":{\"family\":\"inet\",\"type\":\"stream\","
		"\"proto\":\"tcp\",\"addr\":\"192.0.2\",\"port\":1}}",
	};
	struct replay_log log = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		add_text(&log, wrong[i]);
	assert_int_equal(log.unreadable, ARRAY_SIZE(wrong));
	assert_int_equal(log.count, 0);
	/* A path that is too long, or has a NUL, is none rather than its beginning. */
	add_text(&log, "{\"v\":1,\"guard\":\"exec\",\"hook\":\"bprm_check_security\",\"reason\":\"unlisted\",\"object\":{\"path\":\"/opt/a\\u0000b\"}}");
	assert_int_equal(log.count, 1);
	assert_string_equal(log.list[0].record.object.file.path, "");
	replay_free(&log);
}

static void allow_every_kind_to_be_read_back(void **state)
{
	(void)state;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct replay_log log = {};
		struct record record = kind_names[kind].guard_id == GUARD_exec || kind_names[kind].guard_id == GUARD_modules ?
				       file_record(kind, "/opt/a") : text_record(kind, "what", "detail");

		add_record(&log, record, "/opt/p");
		assert_int_equal(log.unreadable, 0);
		assert_int_equal(log.list[0].record.kind, kind);
		assert_int_equal(log.list[0].record.object_type == OBJECT_FILE, record.object_type == OBJECT_FILE);
		replay_free(&log);
	}
}

static void allow_outcomes_to_be_told_apart(void **state)
{
	static const char text[] = "version: 1\nexec: {mode: enforce, allow: [/opt/a]}\nptrace: {mode: audit}\nmodules: {mode: enforce}\n"
				   "egress: {mode: enforce}\ningress: {mode: off}\nkernel: {mode: off}\ndata: {mode: off}\n";
	const int unlisted = KIND_exec_bprm_check_security_unlisted;
	struct opened opened = open_text(text);
	struct replay_log log = {};
	struct against against;
	struct record record;

	(void)state;
	add_record(&log, file_record(unlisted, "/opt/a"), "/opt/p");
	add_record(&log, file_record(unlisted, "/opt/b"), "/opt/p");
	add_record(&log, file_record(unlisted, ""), "/opt/p");
	record = file_record(unlisted, "/opt/a");
	record.flags = RECORD_DENIED;
	add_record(&log, record, "/opt/p");
	record = file_record(unlisted, "/opt/b");
	record.flags = RECORD_DENIED;
	add_record(&log, record, "/opt/p");
	/* A guard that only records lets it through. */
	record = task_record(KIND_ptrace_ptrace_access_check_attach, true);
	record.flags = RECORD_DENIED;
	add_record(&log, record, "/opt/p");
	assert_int_equal(against_log(opened.policy, opened.rules, &log, &against), 0);
	assert_int_equal(against.count[NEWLY_DENIED], 1);
	assert_int_equal(against.count[NEWLY_ALLOWED], 2);
	assert_int_equal(against.count[STILL_DENIED], 1);
	assert_int_equal(against.count[STILL_ALLOWED], 1);
	assert_int_equal(against.count[CANNOT_TELL], 1);
	assert_int_equal(against.rows[1].outcome, NEWLY_DENIED);
	assert_int_equal(against.rows[1].judgement.where.line, 2);
	against_free(&against);
	replay_free(&log);
	close_text(&opened);
}

static size_t warnings(const char *text, const char *connection, const char *shell)
{
	const struct login login = { connection, shell };
	struct opened opened = open_text(text);
	struct diags diags = {};
	size_t count;

	login_warn(&login, opened.policy, opened.rules, &diags);
	count = diags.count;
	assert_int_equal(diags.errors, 0);
	diags_free(&diags);
	close_text(&opened);
	return count;
}

static void deny_a_policy_that_keeps_its_author_out(void **state)
{
	static const char ssh[] = GUARDS_WITH("", "", "", "", ", allow: [{from: 192.0.2.0/24, port: 22, proto: tcp}]", "");
	static const char by[] = GUARDS_WITH("", "", "", "", ", allow: [{from: 192.0.2.0/24, port: 22, by: /usr/sbin/sshd}]", "");
	static const char off[] = "version: 1\nexec: {mode: audit}\nptrace: {mode: off}\nmodules: {mode: off}\negress: {mode: off}\n"
				  "ingress: {mode: audit}\nkernel: {mode: off}\ndata: {mode: off}\n";

	(void)state;
	assert_int_equal(warnings(ssh, "192.0.2.1 4000 10.0.0.1 22", NULL), 0);
	assert_int_equal(warnings(ssh, "198.51.100.1 4000 10.0.0.1 22", NULL), 1);
	assert_int_equal(warnings(ssh, "192.0.2.1 4000 10.0.0.1 2222", NULL), 1);
	assert_int_equal(warnings(ssh, "2001:db8::1 4000 2001:db8::2 22", NULL), 1);
	assert_int_equal(warnings(ssh, "fe80::1%eth0 4000 fe80::2%eth0 22", NULL), 1);
	assert_int_equal(warnings(ssh, "127.0.0.1 4000 127.0.0.1 22", NULL), 0);
	assert_int_equal(warnings(ssh, "garbage", NULL), 0);
	assert_int_equal(warnings(by, "192.0.2.1 4000 10.0.0.1 22", NULL), 0);
	assert_int_equal(warnings(off, "198.51.100.1 4000 10.0.0.1 22", "/bin/sh"), 0);
	assert_int_equal(warnings(ssh, NULL, "/bin/sh"), 1);
	assert_int_equal(warnings(ssh, NULL, "/no such shell"), 0);
	assert_int_equal(warnings(GUARDS_WITH(", shells: allow", "", "", "", "", ""), NULL, "/bin/sh"), 0);
	assert_int_equal(warnings(GUARDS_WITH(", except: [{parent: /usr/sbin/sshd, program: /bin/sh}]", "", "", "", "", ""), NULL,
				  "/bin/sh"), 0);
	assert_int_equal(warnings(GUARDS_WITH(", except: [{parent: /usr/sbin/cron, program: /bin/sh}]", "", "", "", "", ""), NULL,
				  "/bin/sh"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_programs_that_are_listed),
		cmocka_unit_test(allow_code_that_is_listed),
		cmocka_unit_test(allow_tracers_that_are_listed),
		cmocka_unit_test(allow_modules_that_are_listed),
		cmocka_unit_test(allow_sockets_that_are_listed),
		cmocka_unit_test(allow_packets_only_where_they_are_no_answers),
		cmocka_unit_test(allow_what_section_kernel_lists),
		cmocka_unit_test(allow_what_an_off_guard_never_asks),
		cmocka_unit_test(allow_a_program_by_another_path),
		cmocka_unit_test(random_flows_agree_with_the_naive_matcher),
		cmocka_unit_test(allow_the_same_record_once_and_leave_out_canaries),
		cmocka_unit_test(deny_lines_that_are_no_records),
		cmocka_unit_test(allow_every_kind_to_be_read_back),
		cmocka_unit_test(allow_outcomes_to_be_told_apart),
		cmocka_unit_test(deny_a_policy_that_keeps_its_author_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
