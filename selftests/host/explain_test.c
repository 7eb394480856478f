// SPDX-License-Identifier: GPL-2.0-only
/* explain_test.c - each kind of refusal is explained, and what is proposed is a policy that allows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "explain.h"
#include "names.h"
#include "policy.h"
#include "rules.h"
#include "util.h"

static const char base[] =
	"version: 1\nexec: {mode: enforce}\nptrace: {mode: enforce}\nmodules: {mode: enforce}\n"
	"egress: {mode: enforce, allow: [{to: 10.0.0.0/8}]}\ningress: {mode: off}\nkernel: {mode: off}\n"
	"data: {mode: off}\nseal: {tolerate: [swap]}\n";

static char dir[] = "/tmp/explain_test.XXXXXX", policy_path[64], dropin_path[64];

static void spill(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

/* The base with `lines` as a drop-in, as `check` judges it: no error, and no warning either. */
static struct policy *policy_with(const char *lines)
{
	struct policy *policy = NULL;
	struct rules *rules = NULL;
	struct diags diags = {};

	spill(dropin_path, lines);
	if (policy_parse(policy_path, &diags, &policy) || rules_compile(policy, &diags, &rules) || diags.count) {
		print_message("# %s", lines);
		diags_print(&diags, stderr);
	}
	assert_int_equal(diags.count, 0);
	assert_non_null(rules);
	rules_free(rules);
	diags_free(&diags);
	return policy;
}

/* A drop-in of its own, and as it is printed, indented. */
static struct policy *policy_with_both(const char *lines)
{
	char indented[2 * ADVICE_LINES] = "";

	for (const char *at = lines, *end; (end = strchr(at, '\n')); at = end + 1)
		sprintf(indented + strlen(indented), "      %.*s\n", (int)(end - at), at);
	policy_free(policy_with(indented));
	return policy_with(lines);
}

/* A record of that kind with an object that it could have. */
static struct record record_of(int kind)
{
	struct record record = { .seq = 7, .kind = kind, .flags = RECORD_DENIED, .tgid = 12, .uid = 33 };

	strcpy(record.comm, "x");
	switch (kind_names[kind].guard_id) {
	case GUARD_exec:
	case GUARD_modules:
		if (!strncmp(kind_names[kind].hook, "bprm", 4)) {
			record.object_type = OBJECT_EXEC;
			strcpy(record.object.exec.path, "/usr/bin/dash");
			break;
		}
		record.object_type = OBJECT_FILE;
		strcpy(record.object.file.path, "/usr/bin/dash");
		break;
	case GUARD_ptrace:
		record.object_type = OBJECT_TASK;
		record.object.task.pid = 3;
		break;
	case GUARD_egress:
		record.object_type = OBJECT_NET;
		record.object.net = (struct object_net){ { 192, 0, 2, 1 }, AF_INET, 443, IPPROTO_TCP, SOCK_STREAM };
		if (kind == KIND_egress_sock_create_socket_type || kind == KIND_egress_socket_create_socket_type)
			record.object.net = (struct object_net){ { 0 }, AF_INET, 0, IPPROTO_ICMP, SOCK_RAW };
		if (!strcmp(kind_names[kind].reason, "vsock"))
			record.object.net = (struct object_net){ { 2, [4] = 9 }, AF_VSOCK, 0, 0, SOCK_STREAM };
		if (!strcmp(kind_names[kind].reason, "deputy")) {
			record.object_type = OBJECT_PEER;
			record.object.peer = (struct object_peer){ .type = SOCK_STREAM, .len = 6, .name = "/run/x", .maker = "/usr/bin/x" };
		}
		break;
	case GUARD_ingress:
		record.object_type = OBJECT_NET;
		record.object.net = (struct object_net){ { 0 }, AF_INET6, 22, IPPROTO_TCP, SOCK_STREAM };
		if (kind == KIND_ingress_skb_ingress_unlisted)
			record.object.net = (struct object_net){ { 192, 0, 2, 1 }, AF_INET, 53, IPPROTO_UDP, SOCK_DGRAM };
		break;
	case GUARD_kernel:
		record.object_type = OBJECT_TEXT;
		strcpy(record.object.text.what, "lockdown");
		strcpy(record.object.text.detail, strcmp(kind_names[kind].reason, "mount") ? "dev-mem" : "ext4");
		break;
	default:
		record.object_type = OBJECT_TEXT;
		strcpy(record.object.text.detail, "off: guard data is off");
		break;
	}
	if (kind_names[kind].guard_id == GUARD_kernel && !strcmp(kind_names[kind].hook, "sysctl"))
		strcpy(record.object.text.detail, "net/ipv4/conf/eth0.7/rp_filter");
	if (kind == KIND_kernel_dev_device || kind == KIND_kernel_file_open_device) {
		record.object_type = OBJECT_FILE;
		record.object.file.id.dev = 10 << 20 | 200;
		strcpy(record.object.file.path, kind == KIND_kernel_dev_device ? "/dev/char/" : "/dev/net/tun");
	}
	if (kind == KIND_kernel_file_open_sysfs) {
		record.object_type = OBJECT_FILE;
		strcpy(record.object.file.path, "/sys/kernel/rcu_normal");
	}
	if (!strncmp(kind_names[kind].hook, "bpf", 3)) {
		record.object_type = OBJECT_BPF;
		record.object.bpf = (struct object_bpf){ .cmd = BPF_PROG_LOAD, .type = BPF_PROG_TYPE_CGROUP_DEVICE };
	}
	return record;
}

static void explain_with(const struct record *record, enum seal_state seal, struct explanation *expl)
{
	static struct recorder recorder = { .log = -1, .programs = -1 };
	const struct event_context context = { .recorder = &recorder, .cgroup = -1 };
	static struct set_info set = { .set = 1, .path = "/etc/hardenctl/policy.yaml" };

	strcpy(recorder.names[1].path, "/etc/hardenctl/policy.yaml");
	assert_int_equal(explain(record, &context, &set, seal, /* inspects= */ true, expl), 0);
}

static void allow_an_explanation_of_each_kind(void **state)
{
	(void)state;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct record record = record_of(kind);
		struct explanation expl;

		explain_with(&record, SEAL_NONE, &expl);
		assert_true(strlen(expl.reason->meaning) > 20 && strlen(expl.reason->instead) > 20);
		assert_non_null(strstr(expl.sentence, "(comm 'x', pid 12, uid 33, cgroup '')"));
		assert_non_null(strstr(expl.sentence, expl.reason->deed ? ", and was refused." : " reported: "));
		assert_int_equal(expl.reason->allow != ALLOW_NOTHING, expl.advice.lines[0] != 0);
		if (expl.advice.lines[0])
			policy_free(policy_with_both(expl.advice.lines));
		if (expl.advice.narrow[0])
			policy_free(policy_with_both(expl.advice.narrow));
		assert_int_equal(!expl.advice.lines[0], !expl.advice.permits);
		assert_int_equal(!expl.advice.narrow[0], !expl.advice.narrow_permits);
		assert_string_equal(expl.dropin, "/etc/hardenctl/policy.d/allow-7.yaml");
		explain_free(&expl);
	}
}

static void allow_lines_that_do_what_they_say(void **state)
{
	struct record record = record_of(KIND_exec_bprm_check_security_shell);
	struct policy *policy;
	struct advice advice;

	(void)state;
	advice_of(&record, true, &advice);
	policy = policy_with(advice.lines);
	assert_false(policy->exec[EXEC_SHELLS].deny);
	assert_int_equal(policy->guard[GUARD_exec].mode, MODE_ENFORCE);
	policy_free(policy);
	policy = policy_with(advice.narrow);
	assert_true(policy->exec[EXEC_SHELLS].deny);
	assert_int_equal(policy->guard[GUARD_exec].before_seal, MODE_AUDIT);
	policy_free(policy);

	for (int class = 0; class < EXEC_CLASSES; class++) {
		static const int kinds[EXEC_CLASSES] = {
			[EXEC_SHELLS] = KIND_exec_bprm_check_security_shell,
			[EXEC_INTERPRETERS] = KIND_exec_bprm_check_security_interpreter,
			[EXEC_LOADER] = KIND_exec_bprm_check_security_loader,
			[EXEC_FILELESS] = KIND_exec_bprm_check_security_fileless,
			[EXEC_INTRODUCED] = KIND_exec_bprm_check_security_introduced,
		};

		record = record_of(kinds[class]);
		advice_of(&record, true, &advice);
		policy = policy_with(advice.lines);
		for (int other = 0; other < EXEC_CLASSES; other++)
			assert_int_equal(policy->exec[other].deny, other != class);
		policy_free(policy);
	}

	record = record_of(KIND_ptrace_ptrace_traceme_traceme);
	advice_of(&record, true, &advice);
	policy = policy_with(advice.lines);
	assert_int_equal(policy->guard[GUARD_ptrace].mode, MODE_AUDIT);
	assert_int_equal(policy->guard[GUARD_modules].mode, MODE_ENFORCE);
	policy_free(policy);

	record = record_of(KIND_kernel_locked_down_lockdown);
	advice_of(&record, true, &advice);
	policy = policy_with(advice.lines);
	assert_int_equal(policy->lockdown, 1u << 1);
	policy_free(policy);

	/* Of whatever interface, as a policy can't name one. */
	record = record_of(KIND_kernel_sysctl_dangerous_sysctl);
	advice_of(&record, true, &advice);
	policy = policy_with(advice.lines);
	assert_int_equal(policy->sysctls.count, 1);
	assert_string_equal(policy->sysctls.list[0].name, "net/ipv4/conf/*/rp_filter");
	policy_free(policy);
	strcpy(record.object.text.detail, "vm/x: [y]");
	advice_of(&record, true, &advice);
	assert_string_equal(advice.lines, "");

	record = record_of(KIND_kernel_dev_device);
	advice_of(&record, true, &advice);
	policy = policy_with(advice.narrow);
	assert_int_equal(policy->devices.count, 1);
	assert_int_equal(policy->devices.list[0].key, DISK_KEY(10, 200, 1));
	assert_int_equal(policy->devices.list[0].access, DEVICE_READ);
	policy_free(policy);
	record = record_of(KIND_kernel_file_open_device);
	advice_of(&record, true, &advice);
	policy = policy_with(advice.lines);
	assert_int_equal(policy->devices.list[0].form, DEVICE_PATH);
	assert_string_equal(policy->devices.list[0].name, "/dev/net/tun");
	policy_free(policy);

	record = record_of(KIND_egress_unix_may_send_deputy);
	advice_of(&record, true, &advice);
	policy = policy_with(advice.lines);
	assert_int_equal(policy->deputies.count, 1);
	assert_string_equal(policy->deputies.list[0].to, "/usr/bin/x");
	policy_free(policy);
	record = record_of(KIND_egress_socket_connect_vsock);
	advice_of(&record, true, &advice);
	policy = policy_with(advice.lines);
	assert_int_equal(policy->vsocks.count, 1);
	assert_int_equal(policy->vsocks.list[0].cid, 2);
	assert_int_equal(policy->vsocks.list[0].ports.lo, 9);
	assert_int_equal(policy->vsocks.list[0].ports.hi, 9);
	policy_free(policy);
	/* To listen takes an entry of another list. */
	record = record_of(KIND_egress_socket_listen_vsock);
	advice_of(&record, true, &advice);
	policy = policy_with(advice.lines);
	assert_int_equal(policy->vsocks.count, 0);
	assert_int_equal(policy->sockets.count, 1);
	assert_int_equal(policy->sockets.list[0].family, AF_VSOCK);
	policy_free(policy);

	record = record_of(KIND_seal_state_findings);
	advice_of(&record, true, &advice);
	policy = policy_with(advice.lines);
	assert_int_equal(policy->seal.tolerate_off, 1u << GUARD_data);
	assert_int_equal(policy->seal.tolerate, 1u << FINDING_swap);
	policy_free(policy);
}

struct destination {
	const char *address;
	int family, port, proto;
};

static void allow_an_entry_for_exactly_that_destination(void **state)
{
	static const struct destination rows[] = {
		{ "203.0.113.9", AF_INET, 4007, IPPROTO_UDP }, { "127.0.0.1", AF_INET, 1, IPPROTO_TCP },
		{ "255.255.255.255", AF_INET, 65535, IPPROTO_UDP }, { "2001:db8::1", AF_INET6, 443, IPPROTO_TCP },
		{ "::1", AF_INET6, 53, IPPROTO_UDP }, { "fe80::", AF_INET6, 80, IPPROTO_TCP },
		{ "::1.2.3.4", AF_INET6, 80, IPPROTO_TCP }, { "192.0.2.1", AF_INET, 0, IPPROTO_UDP },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct record record = record_of(KIND_egress_connect4_unlisted);
		const struct egress_rule *rule;
		struct policy *policy;
		const __u8 none[16] = { [15] = 1 };
		struct advice advice;
		struct cidr inner;

		record.object.net = (struct object_net){ .family = rows[i].family, .port = rows[i].port,
							 .proto = rows[i].proto };
		assert_int_equal(inet_pton(rows[i].family, rows[i].address, record.object.net.addr), 1);
		advice_of(&record, true, &advice);
		policy = policy_with_both(advice.lines);
		/* The base's own entry stays. */
		assert_int_equal(policy->n_egress, 2);
		rule = &policy->egress[policy->egress[0].to[0].len == 8];
		/* The IPv4 address within it is needed besides. */
		assert_int_equal(rule->n_to, rules_inner(rows[i].family == AF_INET6 ? rule->to[0].addr : none, &inner) ? 2 : 1);
		assert_int_equal(rule->to[0].family, rows[i].family);
		assert_int_equal(rule->to[0].len, rows[i].family == AF_INET ? 32 : 128);
		assert_memory_equal(rule->to[0].addr, record.object.net.addr, 16);
		assert_int_equal(rule->tcp, rows[i].proto == IPPROTO_TCP);
		assert_int_equal(rule->udp, rows[i].proto == IPPROTO_UDP);
		assert_int_equal(rule->n_ports, rows[i].port != 0);
		if (rule->n_ports)
			assert_true(rule->ports[0].lo == rows[i].port && rule->ports[0].hi == rows[i].port);
		policy_free(policy);
		/* The same for its user. */
		policy = policy_with_both(advice.narrow);
		rule = &policy->egress[policy->egress[0].to[0].len == 8];
		assert_int_equal(rule->n_users, 1);
		assert_int_equal(policy->egress_users[rule->users[0]].uid, 33);
		policy_free(policy);
	}
}

static void allow_icmp_without_ports_and_users(void **state)
{
	static const int protos[] = { IPPROTO_ICMP, IPPROTO_ICMPV6 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(protos); i++) {
		struct record record = record_of(KIND_egress_skb_egress_unlisted);
		const struct egress_rule *rule;
		struct policy *policy;
		struct advice advice;

		record.object.net.proto = protos[i];
		advice_of(&record, true, &advice);
		assert_string_equal(advice.narrow, "");
		policy = policy_with_both(advice.lines);
		rule = &policy->egress[policy->egress[0].to[0].len == 8];
		assert_true(rule->icmp && !rule->tcp && !rule->udp && !rule->n_ports);
		policy_free(policy);
	}
}

static void allow_an_entry_for_who_listens_and_who_came(void **state)
{
	struct record record = record_of(KIND_ingress_socket_listen_unlisted);
	const __u8 peer[16] = { 192, 0, 2, 1 };
	struct explanation expl;
	struct policy *policy;
	struct advice advice;

	(void)state;
	advice_of(&record, true, &advice);
	policy = policy_with_both(advice.lines);
	assert_int_equal(policy->n_ingress, 1);
	assert_int_equal(policy->ingress[0].to[0].family, AF_INET6);
	assert_int_equal(policy->ingress[0].to[0].len, 0);
	assert_int_equal(policy->ingress[0].ports[0].lo, 22);
	assert_true(policy->ingress[0].tcp && !policy->ingress[0].udp);
	assert_non_null(strstr(advice.permits, "wide"));
	policy_free(policy);
	policy = policy_with_both(advice.narrow);
	assert_int_equal(policy->ingress[0].n_users, 1);
	policy_free(policy);
	explain_with(&record, SEAL_NONE, &expl);
	assert_non_null(strstr(expl.sentence, "take in what came to, tcp port 22, and was refused."));
	explain_free(&expl);

	record = record_of(KIND_ingress_skb_ingress_unlisted);
	advice_of(&record, true, &advice);
	policy = policy_with_both(advice.lines);
	assert_int_equal(policy->ingress[0].to[0].len, 32);
	assert_memory_equal(policy->ingress[0].to[0].addr, peer, 16);
	assert_int_equal(policy->ingress[0].ports[0].lo, 53);
	assert_true(policy->ingress[0].udp && !policy->ingress[0].tcp);
	assert_string_equal(advice.narrow, "");
	policy_free(policy);
	explain_with(&record, SEAL_NONE, &expl);
	assert_non_null(strstr(expl.sentence, " a socket of an unknown program ("));
	assert_non_null(strstr(expl.sentence, "udp port 53 from 192.0.2.1, and was refused."));
	explain_free(&expl);
}

/* What no line of a policy allows, beside its neighbour that one does. */
static void deny_lines_where_nothing_can_allow_it(void **state)
{
	struct record record = record_of(KIND_egress_connect6_unlisted);
	struct advice advice;

	(void)state;
	record.object.net.proto = IPPROTO_IGMP;
	advice_of(&record, true, &advice);
	assert_string_equal(advice.lines, "");
	assert_non_null(advice.permits);
	record = record_of(KIND_ingress_skb_ingress_unlisted);
	record.object.net.proto = IPPROTO_SCTP;
	advice_of(&record, true, &advice);
	assert_string_equal(advice.lines, "");
	assert_non_null(advice.permits);

	/* Made before the load, or by who chose its path. */
	record = record_of(KIND_egress_unix_stream_connect_deputy);
	record.object.peer.maker[0] = 0;
	advice_of(&record, true, &advice);
	assert_string_equal(advice.lines, "");
	assert_non_null(advice.permits);
	strcpy(record.object.peer.maker, "/x, by: y");
	advice_of(&record, true, &advice);
	assert_string_equal(advice.lines, "");

	record = record_of(KIND_seal_bpf_load);
	advice_of(&record, /* inspects= */ false, &advice);
	assert_string_equal(advice.lines, "");
	assert_non_null(strstr(advice.permits, "this kernel"));
	advice_of(&record, true, &advice);
	assert_string_equal(advice.lines, "seal:\n  bpf: [cgroup_device]\n");
	record.object.bpf.type = BPF_PROG_TYPE_KPROBE;
	advice_of(&record, true, &advice);
	assert_string_equal(advice.lines, "");

	record = record_of(KIND_seal_bpf_attach);
	record.object.bpf = (struct object_bpf){ .cmd = BPF_PROG_ATTACH, .type = BPF_CGROUP_INET_EGRESS };
	advice_of(&record, true, &advice);
	assert_string_equal(advice.lines, "seal:\n  bpf: [cgroup_skb]\n");
	record.object.bpf.cmd = BPF_LINK_CREATE;
	advice_of(&record, true, &advice);
	assert_string_equal(advice.lines, "");
}

static void allow_each_finding_that_a_seal_can_tolerate(void **state)
{
	static const char *const never[] = {
		"canary: program 7 x uses hardenctl's map 3: never tolerated", "off: guard nobody is off", "off", "", ":",
		"tracer", "nonsense: tracer: x", "off: \"] \n",
	};
	struct record record = record_of(KIND_seal_state_findings);
	struct object_text *text = &record.object.text;
	struct advice advice;

	(void)state;
	for (int kind = 0; kind < FINDING_audit; kind++) {
		struct policy *policy;

		snprintf(text->detail, sizeof(text->detail), "%s: pid 7 (\"] x)", finding_names[kind]);
		advice_of(&record, true, &advice);
		policy = policy_with_both(advice.lines);
		assert_int_equal(policy->seal.tolerate, 1u << FINDING_swap | 1u << kind);
		policy_free(policy);
	}
	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		memset(text->detail, 0, sizeof(text->detail));
		strcpy(text->detail, never[i]);
		advice_of(&record, true, &advice);
		assert_string_equal(advice.lines, "");
	}
	/* No NUL at its end. */
	memset(text->detail, 'o', sizeof(text->detail));
	advice_of(&record, true, &advice);
	assert_string_equal(advice.lines, "");
}

static void allow_what_the_state_of_the_machine_lets_one_do(void **state)
{
	struct record record = record_of(KIND_exec_bprm_check_security_shell);
	struct explanation expl;

	(void)state;
	explain_with(&record, SEAL_NONE, &expl);
	assert_non_null(strstr(expl.effective, "hardenctl load"));
	assert_string_equal(expl.rule, "No rule allows it: the default of the guard.");
	explain_free(&expl);
	record.set = 1;
	record.rule = (struct rule_ref){ .file = 1, .line = 9 };
	record.flags = 0;
	explain_with(&record, SEAL_DONE, &expl);
	assert_non_null(strstr(expl.effective, "next boot"));
	assert_string_equal(expl.rule, "/etc/hardenctl/policy.yaml:9 (exec.shells).");
	assert_non_null(strstr(expl.sentence, "start the shell /usr/bin/dash, and was let through"));
	explain_free(&expl);
	record.set = 0;
	explain_with(&record, SEAL_DONE, &expl);
	assert_non_null(strstr(expl.rule, "an earlier policy"));
	explain_free(&expl);
}

static void deny_advice_on_canaries(void **state)
{
	struct record record = record_of(KIND_exec_bprm_check_security_shell);
	struct explanation expl;

	(void)state;
	record.flags |= RECORD_CANARY;
	explain_with(&record, SEAL_NONE, &expl);
	assert_true(expl.canary);
	assert_string_equal(expl.advice.lines, "");
	explain_free(&expl);
}

static void deny_control_bytes_in_what_is_shown(void **state)
{
	(void)state;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct record record = record_of(kind);
		struct explanation expl;

		memcpy(record.comm, "\033[2J\n\r\a\b\x7f\xff\xc2\x9b'\"\\", 15);
		if (record.object_type == OBJECT_FILE)
			strcpy(record.object.file.path, "/\033[31m\n\xff");
		if (record.object_type == OBJECT_EXEC)
			strcpy(record.object.exec.args, "\033[31m\n\xff");
		if (record.object_type == OBJECT_TEXT)
			strcpy(record.object.text.detail, "off: \033\n\x7f");
		if (record.object_type == OBJECT_TASK)
			strcpy(record.object.task.comm, "\033\n\xc2\x9b");
		explain_with(&record, SEAL_NONE, &expl);
		for (const char *at = expl.sentence; *at; at++)
			assert_true((unsigned char)*at >= ' ' && (unsigned char)*at < 0x7f);
		explain_free(&expl);
	}
}

static int set_up(void **state)
{
	char path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(policy_path, sizeof(policy_path), "%s/policy.yaml", dir);
	snprintf(dropin_path, sizeof(dropin_path), "%s/policy.d/allow.yaml", dir);
	snprintf(path, sizeof(path), "%s/policy.d", dir);
	spill(policy_path, base);
	return mkdir(path, 0755);
}

static int tear_down(void **state)
{
	char path[64];

	(void)state;
	unlink(dropin_path);
	unlink(policy_path);
	snprintf(path, sizeof(path), "%s/policy.d", dir);
	rmdir(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_an_explanation_of_each_kind),
		cmocka_unit_test(allow_lines_that_do_what_they_say),
		cmocka_unit_test(allow_an_entry_for_exactly_that_destination),
		cmocka_unit_test(allow_icmp_without_ports_and_users),
		cmocka_unit_test(allow_an_entry_for_who_listens_and_who_came),
		cmocka_unit_test(deny_lines_where_nothing_can_allow_it),
		cmocka_unit_test(allow_each_finding_that_a_seal_can_tolerate),
		cmocka_unit_test(allow_what_the_state_of_the_machine_lets_one_do),
		cmocka_unit_test(deny_advice_on_canaries),
		cmocka_unit_test(deny_control_bytes_in_what_is_shown),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
