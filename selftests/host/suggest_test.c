// SPDX-License-Identifier: GPL-2.0-only
/* suggest_test.c - lines that are proposed for records: what they are, where they go, and that they allow just that. */
#include "records.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy.h"
#include "rules.h"
#include "suggest.h"

static char dir[] = "/tmp/suggest_test.XXXXXX", policy_path[64], dropin_path[64];

static void spill(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static char *slurp(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(in);
	assert_true(fread(text, 1, (1 << 20) - 1, in) > 0);
	fclose(in);
	return text;
}

static struct suggestion propose(const struct replay_log *log, const char *path, bool dangerous)
{
	const struct suggest_request request = { .log = log, .path = path, .guard = -1, .denied = true, .dangerous = dangerous };
	struct suggestion suggestion;
	struct diags diags = {};
	int err = suggest(&request, &diags, &suggestion);

	if (err)
		diags_print(&diags, stderr);
	if (err && suggestion.dropin)
		fputs(suggestion.dropin, stderr);
	diags_free(&diags);
	assert_int_equal(err, 0);
	return suggestion;
}

/* ---- A patch(1) of our own: exact lines, nothing that is not there ---- */

static char *next_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	if (!*line)
		return NULL;
	if (end)
		*end = 0;
	*at = end ? end + 1 : line + strlen(line);
	return line;
}

/* One hunk's lines against the old text's. */
static void apply_hunk(char **diff, char **old, size_t *number, FILE *out)
{
	size_t from, n_old = 1, to, n_new = 1, old_seen = 0, new_seen = 0;
	char *header = next_line(diff), *line, *comma;

	assert_int_equal(sscanf(header, "@@ -%zu", &from), 1);
	comma = strpbrk(header + 4, ", ");
	n_old = *comma == ',' ? strtoul(comma + 1, NULL, 10) : 1;
	assert_int_equal(sscanf(strchr(header, '+'), "+%zu", &to), 1);
	comma = strpbrk(strchr(header, '+'), ", ");
	n_new = *comma == ',' ? strtoul(comma + 1, NULL, 10) : 1;
	/* What is before it stays; an empty range is named by the line before it. */
	while (*number < from - (n_old != 0)) {
		fprintf(out, "%s\n", next_line(old));
		++*number;
	}
	while (old_seen < n_old || new_seen < n_new) {
		line = next_line(diff);
		assert_non_null(line);
		if (*line == '\\')
			continue;
		if (*line != '+') {
			assert_string_equal(next_line(old), line + 1);
			++*number;
			old_seen++;
		}
		if (*line != '-') {
			fprintf(out, "%s\n", line + 1);
			new_seen++;
		}
	}
	if (**diff == '\\')
		next_line(diff);
}

static char *apply(const char *old_text, const char *diff_text)
{
	char *old = strdup(old_text), *diff = strdup(diff_text), *old_at = old, *at = diff, *text = NULL, *line;
	size_t size, number = 0;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(strncmp(next_line(&at), "--- ", 4), 0);
	assert_int_equal(strncmp(next_line(&at), "+++ ", 4), 0);
	while (*at)
		apply_hunk(&at, &old_at, &number, out);
	while ((line = next_line(&old_at)))
		fprintf(out, "%s\n", line);
	fclose(out);
	free(old);
	free(diff);
	return text;
}

/* How many records of the log a policy refuses, and of how many it can't tell. */
static void judge_all(const char *path, const struct replay_log *log, __u64 *ret_denied, __u64 *ret_unknown)
{
	struct policy *policy = NULL;
	struct rules *rules = NULL;
	struct diags diags = {};
	struct replay replay;

	if (policy_parse(path, &diags, &policy) || rules_compile(policy, &diags, &rules))
		diags_print(&diags, stderr);
	assert_non_null(rules);
	assert_int_equal(replay_open(policy, rules, &replay), 0);
	*ret_denied = *ret_unknown = 0;
	for (size_t i = 0; i < log->count; i++) {
		enum replay_verdict verdict = replay_judge(&replay, &log->list[i]).verdict;

		*ret_denied += verdict == REPLAY_DENIED ? log->list[i].count : 0;
		*ret_unknown += verdict == REPLAY_UNKNOWN ? log->list[i].count : 0;
	}
	replay_close(&replay);
	rules_free(rules);
	policy_free(policy);
	diags_free(&diags);
}

/* ---- Lines ---- */

/* What one log is to be proposed, "key: entry" for each line, in a policy that refuses all. */
static void expect(const struct replay_log *log, bool dangerous, const char *expected)
{
	struct suggestion suggestion = propose(log, NULL, dangerous);
	char text[4096] = "";

	for (size_t i = 0; i < suggestion.n_lines; i++) {
		char *entry = suggest_entry(&suggestion.lines[i]);

		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s.%s: %s\n",
			 guard_names[suggestion.lines[i].key->guard], suggestion.lines[i].key->name, entry);
		free(entry);
	}
	assert_string_equal(text, expected);
	suggest_free(&suggestion);
}

/* A log that is made, asked about and forgotten. */
#define EXPECT(expected, dangerous, ...) do {				\
	struct replay_log log = {};					\
									\
	__VA_ARGS__;							\
	expect(&log, dangerous, expected);				\
	replay_free(&log);						\
} while (0)

#define ADD(record, exe)	add_record(&log, record, exe)
#define CONNECT(address, port, proto, exe)	ADD(net_record(KIND_egress_connect4_unlisted, address, port, proto), exe)

static void allow_one_line_for_many_destinations(void **state)
{
	(void)state;
	EXPECT("egress.allow: {to: 192.0.2.1, port: [80, 443, 8443], proto: tcp, by: /opt/a}\n", false,
	       CONNECT("192.0.2.1", 443, IPPROTO_TCP, "/opt/a"), CONNECT("192.0.2.1", 80, IPPROTO_TCP, "/opt/a"),
	       CONNECT("192.0.2.1", 8443, IPPROTO_TCP, "/opt/a"), CONNECT("192.0.2.1", 80, IPPROTO_TCP, "/opt/a"));
	EXPECT("egress.allow: {to: [192.0.2.1, \"2001:db8::1\"], port: 443, proto: tcp, by: [/opt/a, /opt/b]}\n", false,
	       CONNECT("192.0.2.1", 443, IPPROTO_TCP, "/opt/a"), CONNECT("2001:db8::1", 443, IPPROTO_TCP, "/opt/a"),
	       CONNECT("2001:db8::1", 443, IPPROTO_TCP, "/opt/b"), CONNECT("192.0.2.1", 443, IPPROTO_TCP, "/opt/b"));
	EXPECT("egress.allow: {to: 192.0.2.1, port: 53, proto: [tcp, udp], by: /opt/a}\n", false,
	       CONNECT("192.0.2.1", 53, IPPROTO_UDP, "/opt/a"), CONNECT("192.0.2.1", 53, IPPROTO_TCP, "/opt/a"));
	/* Not what nobody did: the other's port. */
	EXPECT("egress.allow: {to: 192.0.2.1, port: 80, proto: tcp, by: /opt/a}\n"
	       "egress.allow: {to: 192.0.2.2, port: 443, proto: tcp, by: /opt/a}\n", false,
	       CONNECT("192.0.2.1", 80, IPPROTO_TCP, "/opt/a"), CONNECT("192.0.2.2", 443, IPPROTO_TCP, "/opt/a"));
	EXPECT("egress.allow: {to: 192.0.2.1, proto: icmp, by: /opt/a}\n", false,
	       ADD(net_record(KIND_egress_skb_egress_unlisted, "192.0.2.1", 0, IPPROTO_ICMP), "/opt/a"));
	/* An address with another in it needs both. */
	EXPECT("egress.allow: {to: [1.2.3.4, \"2002:102:304::1\"], port: 80, proto: tcp, by: /opt/a}\n", false,
	       CONNECT("2002:102:304::1", 80, IPPROTO_TCP, "/opt/a"));
	/* Every port is wide. */
	EXPECT("", false, CONNECT("192.0.2.1", 0, IPPROTO_UDP, "/opt/a"));
	EXPECT("egress.allow: {to: 192.0.2.1, proto: udp, by: /opt/a}\n", true, CONNECT("192.0.2.1", 0, IPPROTO_UDP, "/opt/a"));
	EXPECT("egress.allow: {to: 192.0.2.1, port: 80, proto: tcp}\n", false, CONNECT("192.0.2.1", 80, IPPROTO_TCP, "/opt/a b"));
}

static void allow_no_more_ports_than_a_line_can_have(void **state)
{
	struct replay_log log = {};
	struct suggestion suggestion;

	(void)state;
	for (int port = 1; port <= SUGGEST_PORTS + 1; port++)
		CONNECT("192.0.2.1", 10 * port, IPPROTO_TCP, "/opt/a");
	CONNECT("192.0.2.2", 80, IPPROTO_TCP, "/opt/a");
	suggestion = propose(&log, NULL, false);
	assert_int_equal(suggestion.n_lines, 1);
	assert_int_equal(suggestion.n_left, 1);
	assert_int_equal(suggestion.left[0].count, SUGGEST_PORTS + 1);
	assert_non_null(strstr(suggestion.left[0].why, "range"));
	suggest_free(&suggestion);
	replay_free(&log);
}

static void allow_who_came_in_rather_than_everybody(void **state)
{
	const int listens = KIND_ingress_socket_listen_unlisted, came = KIND_ingress_skb_ingress_unlisted;

	(void)state;
	EXPECT("ingress.allow: {from: 198.51.100.7, port: 8080, proto: tcp, by: /opt/web}\n", false,
	       ADD(net_record(listens, "0.0.0.0", 8080, IPPROTO_TCP), "/opt/web"),
	       ADD(net_record(came, "198.51.100.7", 8080, IPPROTO_TCP), "/opt/web"));
	EXPECT("ingress.allow: {from: 127.0.0.0/8, port: 8080, proto: tcp, by: /opt/web}\n", false,
	       ADD(net_record(listens, "0.0.0.0", 8080, IPPROTO_TCP), "/opt/web"));
	EXPECT("ingress.allow: {from: \"::1\", port: 8080, proto: tcp, by: /opt/web}\n", false,
	       ADD(net_record(listens, "::", 8080, IPPROTO_TCP), "/opt/web"));
	/* Answers of what another line allows need none. */
	EXPECT("egress.allow: {to: 192.0.2.53, port: 53, proto: udp, by: /opt/dns}\n", false,
	       ADD(net_record(came, "192.0.2.53", 40000, IPPROTO_UDP), "/opt/dns"),
	       ADD(net_record(KIND_egress_sendmsg4_unlisted, "192.0.2.53", 53, IPPROTO_UDP), "/opt/dns"));
	EXPECT("ingress.allow: {from: 198.51.100.7, port: 53, proto: udp, by: /opt/dns}\n", false,
	       ADD(net_record(KIND_egress_skb_egress_unlisted, "198.51.100.7", 40000, IPPROTO_UDP), "/opt/dns"),
	       ADD(net_record(came, "198.51.100.7", 53, IPPROTO_UDP), "/opt/dns"));
}

static void allow_each_list_its_lines(void **state)
{
	struct record device = file_record(KIND_kernel_dev_device, "/dev/char/");

	(void)state;
	device.object.file.id.dev = 10 << 20 | 200;
	EXPECT("exec.allow: /opt/a\nexec.allow: /opt/b\nexec.libraries: /opt/l.so\nexec.jit: /opt/node\n", false,
	       ADD(file_record(KIND_exec_bprm_check_security_unlisted, "/opt/b"), "/opt/p"),
	       ADD(file_record(KIND_exec_bprm_check_security_unlisted, "/opt/a"), "/opt/p"),
	       ADD(file_record(KIND_exec_bprm_check_security_unlisted, "/opt/a"), "/opt/q"),
	       ADD(file_record(KIND_exec_mmap_file_library, "/opt/l.so"), "/opt/p"),
	       ADD(file_record(KIND_exec_mmap_file_jit, "/memfd:x"), "/opt/node"));
	EXPECT("ptrace.allow: {tracer: /opt/ps, access: read}\n", false,
	       ADD(task_record(KIND_ptrace_ptrace_access_check_read, false), "/opt/ps"),
	       ADD(task_record(KIND_ptrace_ptrace_access_check_attach, true), "/opt/gdb"));
	EXPECT("modules.allow: nf_tables\n", false,
	       ADD(file_record(KIND_modules_kernel_read_file_finit_module, "/lib/modules/x/nf-tables.ko.xz"), "/opt/p"));
	EXPECT("egress.sockets: {family: inet, type: raw, proto: icmp, by: /opt/ping}\n"
	       "egress.sockets: {family: packet, type: raw, by: /opt/dhcp}\n"
	       "egress.netlink: {operations: [address, route], by: /opt/ip}\n"
	       "egress.unix: {to: [/opt/bus, /opt/dns], by: /opt/a}\n"
	       "egress.vsock: {cid: 2, port: [1000, 1001], by: /opt/v}\n", false,
	       ADD(socket_record(AF_INET, SOCK_RAW, IPPROTO_ICMP), "/opt/ping"), ADD(socket_record(AF_PACKET, SOCK_RAW, 3), "/opt/dhcp"),
	       ADD(reroute_record(REROUTE_route), "/opt/ip"), ADD(reroute_record(REROUTE_address), "/opt/ip"),
	       ADD(peer_record("/opt/bus"), "/opt/a"), ADD(peer_record("/opt/dns"), "/opt/a"),
	       ADD(vsock_record(KIND_egress_socket_connect_vsock, 2, 1001), "/opt/v"),
	       ADD(vsock_record(KIND_egress_socket_connect_vsock, 2, 1000), "/opt/v"));
	EXPECT("kernel.io_uring: allow\nkernel.user_namespaces: allow\nkernel.mounts: ext4\nkernel.sysctls: \"net/ipv4/conf/*/forwarding\"\n"
	       "kernel.sysctls: vm/swappiness\nkernel.devices: {device: [/dev/net/tun, \"char 10:200\"], by: /opt/vpn}\n", true,
	       ADD(text_record(KIND_kernel_inode_init_security_anon_io_uring, "io_uring", ""), "/opt/p"),
	       ADD(text_record(KIND_kernel_userns_create_user_namespace, "user namespace", ""), "/opt/p"),
	       ADD(text_record(KIND_kernel_sb_kern_mount_mount, "mount", "ext4"), "/opt/p"),
	       ADD(text_record(KIND_kernel_sysctl_sysctl, "sysctl", "vm/swappiness"), "/opt/p"),
	       ADD(text_record(KIND_kernel_sysctl_dangerous_sysctl, "sysctl", "net/ipv4/conf/eth0.7/forwarding"), "/opt/p"),
	       ADD(file_record(KIND_kernel_file_open_device, "/dev/net/tun"), "/opt/vpn"), ADD(device, "/opt/vpn"));
}

static void deny_what_is_dangerous_unless_asked(void **state)
{
	static const char all[] = "exec.introduced: allow\n"
		"exec.except: {parent: /opt/cron, program: /opt/sh, after-seal: yes}\n"
		"exec.except: {parent: /opt/web, program: /opt/python, after-seal: yes}\n"
		"exec.allow: {path: /opt/ld.so, class: loader}\nexec.allow: {path: /opt/sh2, class: shell}\n"
		"ptrace.allow: {tracer: /opt/gdb, access: attach}\nmodules.firmware: allow\n"
		"egress.unix: {to: /opt/bus}\nkernel.allow: dev-mem\nkernel.sysctls: kernel/modprobe\nkernel.sysfs: allow\n";

	(void)state;
	for (int dangerous = 0; dangerous < 2; dangerous++) {
		struct replay_log log = {};
		struct suggestion suggestion;

		ADD(file_record(KIND_exec_bprm_check_security_shell, "/opt/sh"), "/opt/cron");
		ADD(file_record(KIND_exec_bprm_check_security_interpreter, "/opt/python"), "/opt/web");
		ADD(file_record(KIND_exec_bprm_check_security_loader, "/opt/ld.so"), "/opt/p");
		ADD(file_record(KIND_exec_bprm_check_security_shell, "/opt/sh2"), "");
		ADD(file_record(KIND_exec_mmap_file_introduced, "/opt/new"), "/opt/p");
		ADD(task_record(KIND_ptrace_ptrace_access_check_attach, true), "/opt/gdb");
		ADD(file_record(KIND_modules_kernel_read_file_firmware, "/lib/firmware/x"), "/opt/p");
		ADD(peer_record("/opt/bus"), "/opt/\\x0a");
		ADD(text_record(KIND_kernel_locked_down_lockdown, "lockdown", "dev-mem"), "/opt/p");
		ADD(text_record(KIND_kernel_sysctl_dangerous_sysctl, "sysctl", "kernel/modprobe"), "/opt/p");
		ADD(file_record(KIND_kernel_file_open_sysfs, "/sys/x"), "/opt/p");
		expect(&log, dangerous, dangerous ? all : "");
		suggestion = propose(&log, NULL, dangerous);
		assert_int_equal(suggestion.n_left, dangerous ? 0 : 11);
		for (size_t i = 0; i < suggestion.n_left; i++)
			assert_true(suggestion.left[i].dangerous && suggestion.left[i].count == 1 && suggestion.left[i].why[0]);
		for (size_t i = 0; i < suggestion.n_lines; i++)
			assert_true(suggestion.lines[i].dangerous);
		suggest_free(&suggestion);
		replay_free(&log);
	}
}

/* A process chooses its path: nothing of it gets into a policy but plain characters. */
static void deny_names_that_are_not_to_be_copied(void **state)
{
	static const char *const names[] = { "/opt/a: [b]", "/opt/a\\x0a- /bin/sh", "/opt/a#b", "/opt/\"a", "opt/a", "", "/opt/a{b}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT("", true, ADD(file_record(KIND_exec_bprm_check_security_unlisted, names[i]), "/opt/p"));
		EXPECT("", true, ADD(file_record(KIND_exec_mmap_file_library, names[i]), "/opt/p"));
		EXPECT("", true, ADD(file_record(KIND_exec_mmap_file_jit, "/x"), names[i]));
		EXPECT("", true, ADD(peer_record(names[i]), "/opt/p"));
		EXPECT("", true, ADD(text_record(KIND_kernel_sb_kern_mount_mount, "mount", names[i]), "/opt/p"));
		EXPECT("", true, ADD(file_record(KIND_kernel_file_open_device, names[i]), "/opt/p"));
	}
	/* What no path can list, where paths are listed. */
	EXPECT("", true, ADD(file_record(KIND_exec_bprm_check_security_fileless, "/memfd:x"), "/opt/p"));
	EXPECT("exec.introduced: allow\nexec.allow: /opt/new\n", true,
	       ADD(file_record(KIND_exec_bprm_check_security_introduced, "/opt/new"), "/opt/p"));
	/* What only the guard's mode allows, and the seal's own. */
	EXPECT("", true, ADD(text_record(KIND_kernel_settime_clock, "clock", ""), "/opt/p"));
	EXPECT("", true, ADD(text_record(KIND_seal_state_findings, "seal", "swap: x"), "/opt/p"));
	EXPECT("", true, ADD(task_record(KIND_ptrace_ptrace_traceme_traceme, true), "/opt/p"));
	EXPECT("", true, ADD(file_record(KIND_exec_bprm_committed_creds_script, "/opt/py"), "/opt/p"));
}

static void allow_to_leave_out_refusals_and_other_guards(void **state)
{
	struct replay_log log = {};
	struct suggest_request request = { .log = &log, .guard = -1 };
	struct record denied = net_record(KIND_egress_connect4_unlisted, "192.0.2.1", 80, IPPROTO_TCP);
	struct suggestion suggestion;
	struct diags diags = {};

	(void)state;
	denied.flags = RECORD_DENIED;
	ADD(denied, "/opt/a");
	ADD(file_record(KIND_exec_bprm_check_security_unlisted, "/opt/b"), "/opt/p");
	assert_int_equal(suggest(&request, &diags, &suggestion), 0);
	assert_int_equal(suggestion.records, 1);
	assert_int_equal(suggestion.n_lines, 1);
	suggest_free(&suggestion);
	request.guard = GUARD_egress;
	assert_int_equal(suggest(&request, &diags, &suggestion), 0);
	assert_int_equal(suggestion.records, 0);
	suggest_free(&suggestion);
	request.denied = true;
	assert_int_equal(suggest(&request, &diags, &suggestion), 0);
	assert_int_equal(suggestion.n_lines, 1);
	suggest_free(&suggestion);
	diags_free(&diags);
	replay_free(&log);
}

/* On the machine itself a line names only what a load will find. */
static void deny_files_that_are_gone(void **state)
{
	static const char *const paths[] = { "/opt/there is none", "/opt/no-such-program", "/proc/self/exe" };
	static const size_t lines[] = { 0, 0, 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct record record = file_record(KIND_exec_bprm_check_security_unlisted, paths[i]);
		struct json_object *json = json_of(&record, "/opt/p");
		struct replay_log log = {};
		struct suggestion suggestion;

		assert_int_equal(replay_add(&log, json, "the kernel's log", /* here= */ true), 0);
		suggestion = propose(&log, NULL, true);
		assert_int_equal(suggestion.n_lines, lines[i]);
		assert_int_equal(suggestion.n_left, !lines[i]);
		suggest_free(&suggestion);
		replay_free(&log);
		json_object_put(json);
	}
}

/* ---- Where they go ---- */

static const char block[] =
	"# A policy.\nversion: 1\nexec:\n  mode: audit\n  jit: none  # nobody\n  allow:\n    - /opt/x\n    - path: /opt/y\n"
	"      class: shell\n\nptrace:\n  mode: audit\n\nmodules: {mode: audit}\negress:\n    mode: audit\n    # Names.\n    allow:\n"
	"    - to: 10.0.0.1\n      port: 53   # dns\n    # The end of the list.\n\ningress:\n  mode: audit\n  allow: []\nkernel:\n"
	"  mode: audit\n  io_uring: deny\n  mounts: [proc, 'sysfs']  # more\n  sysctls: [\n    vm.swappiness, # one\n    ]\ndata: {mode: off}\n";

static const char block_then[] =
	"# A policy.\nversion: 1\nexec:\n  mode: audit\n  jit: [\n      #\n      /opt/node]  # nobody\n  allow:\n    - /opt/x\n"
	"    - path: /opt/y\n      class: shell\n    #\n    - /opt/b\n\nptrace:\n  mode: audit\n  allow:\n    #\n"
	"    - {tracer: /opt/ps, access: read}\n\nmodules: {mode: audit,\n  allow: [\n    #\n    nf_tables]}\negress:\n"
	"    mode: audit\n    # Names.\n    allow:\n    - to: 10.0.0.1\n      port: 53   # dns\n    #\n"
	"    - {to: 192.0.2.1, port: 80, proto: tcp, by: /opt/a}\n    # The end of the list.\n\ningress:\n  mode: audit\n  allow: [\n      #\n"
	"      {from: 198.51.100.7, port: 22, proto: tcp, by: /opt/sshd}]\nkernel:\n  mode: audit\n  #\n  io_uring: allow\n"
	"  mounts: [proc, 'sysfs',\n      #\n      ext4]  # more\n  sysctls: [\n    vm.swappiness,\n      #\n      kernel/acct, # one\n    ]\n"
	"data: {mode: off}\n";

/* Comments tell when: they are cut to the sign. */
static void cut_comments(char *text)
{
	for (char *at = text; (at = strstr(at, "# ")); at++)
		if (strstr(at, "by /opt/") && strstr(at, "by /opt/") < strchrnul(at, '\n'))
			memmove(at + 1, strchrnul(at, '\n'), strlen(strchrnul(at, '\n')) + 1);
}

static void add_one_of_each(struct replay_log *into)
{
	struct replay_log log = *into;

	ADD(file_record(KIND_exec_bprm_check_security_unlisted, "/opt/b"), "/opt/p");
	ADD(file_record(KIND_exec_mmap_file_jit, "/memfd:x"), "/opt/node");
	ADD(task_record(KIND_ptrace_ptrace_access_check_read, false), "/opt/ps");
	ADD(file_record(KIND_modules_kernel_read_file_finit_module, "/lib/modules/x/nf_tables.ko"), "/opt/p");
	CONNECT("192.0.2.1", 80, IPPROTO_TCP, "/opt/a");
	ADD(net_record(KIND_ingress_skb_ingress_unlisted, "198.51.100.7", 22, IPPROTO_TCP), "/opt/sshd");
	ADD(text_record(KIND_kernel_inode_init_security_anon_io_uring, "io_uring", ""), "/opt/p");
	ADD(text_record(KIND_kernel_sb_kern_mount_mount, "mount", "ext4"), "/opt/p");
	ADD(text_record(KIND_kernel_sysctl_sysctl, "sysctl", "kernel/acct"), "/opt/p");
	*into = log;
}

static void allow_lines_behind_what_a_list_has(void **state)
{
	struct replay_log log = {};
	struct suggestion suggestion;
	__u64 denied, unknown;
	char *text;

	(void)state;
	add_one_of_each(&log);
	spill(policy_path, block);
	suggestion = propose(&log, policy_path, false);
	assert_non_null(suggestion.diff);
	text = apply(block, suggestion.diff);
	spill(policy_path, text);
	judge_all(policy_path, &log, &denied, &unknown);
	assert_int_equal(denied + unknown, 0);
	cut_comments(text);
	/* "#" alone is what is left of a comment of ours. */
	assert_string_equal(text, block_then);
	free(text);
	suggest_free(&suggestion);
	/* With these lines there is nothing more to propose. */
	suggestion = propose(&log, policy_path, false);
	assert_int_equal(suggestion.n_lines, 0);
	assert_int_equal(suggestion.allowed, log.count);
	suggest_free(&suggestion);
	replay_free(&log);
}

/* In one line, without an end, as JSON, with its sections elsewhere. */
static void allow_lines_in_policies_of_any_form(void **state)
{
	static const char *const texts[] = {
		"version: 1\nexec: {mode: audit, jit: none, allow: [/opt/x]}\nptrace: {mode: audit}\nmodules: {mode: audit}\n"
		"egress: {mode: audit, allow: [{to: 10.0.0.1}]}\ningress: {mode: audit}\nkernel: {mode: audit, mounts: [], io_uring: deny}\n"
		"data: {mode: off}",
		"{\"version\": 1, \"exec\": {\"mode\": \"audit\", \"allow\": [\"/opt/x\"], \"jit\": \"none\"}, \"ptrace\": {\"mode\": \"audit\"},"
		" \"modules\": {\"mode\": \"audit\"}, \"egress\": {\"mode\": \"audit\"}, \"ingress\": {\"mode\": \"audit\"},"
		" \"kernel\": {\"mode\": \"audit\", \"mounts\": []}, \"data\": {\"mode\": \"off\"}}\n",
		"data: {mode: off}\nexec:\n  mode: audit\n  allow:\n  - /opt/x\nptrace:\n  mode: audit\nmodules:\n  mode: audit\negress:\n  mode: audit\n"
		"ingress:\n  mode: audit\nversion: 1\nkernel:\n  mounts:\n  - proc\n  mode: audit",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct replay_log log = {};
		struct suggestion suggestion;
		__u64 denied, unknown;
		char *text;

		add_one_of_each(&log);
		spill(policy_path, texts[i]);
		judge_all(policy_path, &log, &denied, &unknown);
		assert_true(denied > 4);
		suggestion = propose(&log, policy_path, false);
		/* JSON has no comments: a drop-in. */
		assert_int_equal(suggestion.diff == NULL, texts[i][0] == '{');
		text = suggestion.diff ? apply(texts[i], suggestion.diff) : strdup(texts[i]);
		spill(policy_path, text);
		if (!suggestion.diff)
			spill(dropin_path, suggestion.dropin);
		judge_all(policy_path, &log, &denied, &unknown);
		assert_int_equal(denied + unknown, 0);
		unlink(dropin_path);
		free(text);
		suggest_free(&suggestion);
		replay_free(&log);
	}
}

static void allow_new_sections_where_drop_ins_have_them(void **state)
{
	struct replay_log log = {};
	struct suggestion suggestion;
	__u64 denied, unknown;
	char *text;

	(void)state;
	add_one_of_each(&log);
	spill(policy_path, "version: 1\nexec:\n  mode: audit\n  allow: [/opt/x]\n");
	spill(dropin_path, "ptrace: {mode: audit}\nmodules: {mode: audit}\negress: {mode: audit}\ningress: {mode: audit}\n"
	      "kernel: {mode: audit, mounts: []}\ndata: {mode: off}\n");
	suggestion = propose(&log, policy_path, false);
	assert_non_null(suggestion.diff);
	text = apply("version: 1\nexec:\n  mode: audit\n  allow: [/opt/x]\n", suggestion.diff);
	spill(policy_path, text);
	judge_all(policy_path, &log, &denied, &unknown);
	/* What a drop-in says of a switch holds; there is none here. */
	assert_int_equal(denied + unknown, 0);
	free(text);
	suggest_free(&suggestion);
	unlink(dropin_path);
	replay_free(&log);
}

static void deny_an_invalid_policy(void **state)
{
	struct replay_log log = {};
	const struct suggest_request request = { .log = &log, .path = policy_path, .guard = -1 };
	struct suggestion suggestion;
	struct diags diags = {};

	(void)state;
	spill(policy_path, "version: 1\nexec: {mode: on}\n");
	assert_int_equal(suggest(&request, &diags, &suggestion), -EINVAL);
	assert_true(diags.errors > 0);
	suggest_free(&suggestion);
	diags_free(&diags);
}

static void allow_a_comment_to_say_when_and_by_whom(void **state)
{
	struct replay_log log = {};
	struct suggestion suggestion;
	char *comment;

	(void)state;
	for (int i = 0; i < 3; i++)
		CONNECT("192.0.2.1", 80 + i, IPPROTO_TCP, "/opt/a");
	strcpy(log.list[0].first, "2026-01-01T00:00:01.123456789Z");
	strcpy(log.list[2].last, "2026-01-02T00:00:01.123456789Z");
	log.list[0].record.seq = 5;
	log.list[2].last_seq = 900;
	suggestion = propose(&log, NULL, false);
	assert_int_equal(suggestion.n_lines, 1);
	comment = suggest_comment(&suggestion.lines[0]);
	assert_string_equal(comment, "3 times, 2026-01-01T00:00:01Z to 2026-01-02T00:00:01Z (records 5 to 900), by /opt/a, from t.jsonl");
	free(comment);
	suggest_free(&suggestion);
	replay_free(&log);
}

/* ---- Random records ---- */

static __u64 seed;

static unsigned int draw(unsigned int n)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (seed >> 33) % n;
}

static struct record draw_record(int kind)
{
	static const char *const paths[] = { "/opt/a", "/opt/b", "/opt/c d", "", "/opt/lib/x.so", "/lib/modules/x/nf_tables.ko" };
	static const char *const details[] = { "ext4", "proc", "vm/swappiness", "kernel/core_pattern", "net/ipv4/conf/eth0/mtu", "dev-mem",
					       "kcore", "x: y", "" };
	static const char *const addresses[] = { "192.0.2.1", "192.0.2.2", "10.0.0.1", "2001:db8::1", "2002:102:304::1", "0.0.0.0", "224.0.0.1",
						 "ff02::1", "fe80::1", "::1", "255.255.255.255" };
	static const int protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_SCTP };
	const char *reason = kind_names[kind].reason;
	struct record record;

	if (!strcmp(reason, "device")) {
		record = file_record(kind, draw(2) ? "/dev/char/" : draw(2) ? "/dev/block/" : "/dev/tun");
		record.object.file.id.dev = draw(3) << 20 | draw(3);
	} else if (!strcmp(reason, "reroute")) {
		record = reroute_record(draw(REROUTE_COUNT + 1));
	} else if (!strcmp(reason, "deputy")) {
		record = peer_record(paths[draw(4)]);
	} else if (!strcmp(reason, "vsock")) {
		record = vsock_record(kind, draw(4), draw(3) ? draw(3) : VSOCK_ANY);
	} else if (!strcmp(reason, "socket_type")) {
		record = socket_record((const int []){ AF_INET, AF_PACKET, AF_VSOCK, AF_INET6 }[draw(4)], 1 + draw(5), draw(300));
	} else if (kind_names[kind].guard_id == GUARD_egress || kind_names[kind].guard_id == GUARD_ingress) {
		record = net_record(kind, addresses[draw(ARRAY_SIZE(addresses))], draw(6) ? 1 + draw(5) : 0, protos[draw(5)]);
	} else if (kind_names[kind].guard_id == GUARD_ptrace) {
		record = task_record(kind, draw(2));
	} else if (kind_names[kind].guard_id == GUARD_exec || kind_names[kind].guard_id == GUARD_modules) {
		record = file_record(kind, paths[draw(ARRAY_SIZE(paths))]);
	} else {
		record = text_record(kind, "what", details[draw(ARRAY_SIZE(details))]);
	}
	record.kind = kind;
	record.uid = draw(2) ? 0 : 33;
	record.flags = draw(4) ? 0 : RECORD_DENIED;
	return record;
}

/* What is proposed allows every record but those that were left out, and is valid in each of these policies. */
static void random_records_are_allowed_by_what_is_proposed(void **state)
{
	static const char *const exes[] = { "/opt/a", "/opt/b", "/opt/p", "", "/opt/x y" };
	static const char *const files[] = { NULL, "policies/audit.yaml", "policies/default.yaml", "policies/inference.yaml",
					     "policies/services.yaml" };

	(void)state;
	for (unsigned int number = 1; number <= 120; number++) {
		const char *file = files[number % ARRAY_SIZE(files)];
		char *old = file ? slurp(file) : strdup(block), *text;
		struct replay_log log = {};
		struct suggestion suggestion;
		__u64 denied, unknown, left = 0;

		seed = number;
		for (unsigned int i = 0, n = 1 + draw(120); i < n; i++)
			add_record(&log, draw_record(draw(KIND_COUNT)), exes[draw(ARRAY_SIZE(exes))]);
		spill(policy_path, old);
		suggestion = propose(&log, policy_path, number % 2);
		for (size_t i = 0; i < suggestion.n_left; i++)
			left += suggestion.left[i].count;
		text = suggestion.diff ? apply(old, suggestion.diff) : strdup(old);
		assert_true(suggestion.diff || !suggestion.n_lines);
		spill(policy_path, text);
		judge_all(policy_path, &log, &denied, &unknown);
		if (denied > left)
			print_message("# number %u: %s\n", number, suggestion.diff);
		assert_true(denied <= left);
		free(text);
		free(old);
		suggest_free(&suggestion);
		replay_free(&log);
	}
}

static int set_up(void **state)
{
	char path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(policy_path, sizeof(policy_path), "%s/policy.yaml", dir);
	snprintf(path, sizeof(path), "%s/policy.d", dir);
	snprintf(dropin_path, sizeof(dropin_path), "%s/policy.d/10.yaml", dir);
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
		cmocka_unit_test(allow_one_line_for_many_destinations),
		cmocka_unit_test(allow_no_more_ports_than_a_line_can_have),
		cmocka_unit_test(allow_who_came_in_rather_than_everybody),
		cmocka_unit_test(allow_each_list_its_lines),
		cmocka_unit_test(deny_what_is_dangerous_unless_asked),
		cmocka_unit_test(deny_names_that_are_not_to_be_copied),
		cmocka_unit_test(deny_files_that_are_gone),
		cmocka_unit_test(allow_to_leave_out_refusals_and_other_guards),
		cmocka_unit_test(allow_lines_behind_what_a_list_has),
		cmocka_unit_test(allow_lines_in_policies_of_any_form),
		cmocka_unit_test(allow_new_sections_where_drop_ins_have_them),
		cmocka_unit_test(deny_an_invalid_policy),
		cmocka_unit_test(allow_a_comment_to_say_when_and_by_whom),
		cmocka_unit_test(random_records_are_allowed_by_what_is_proposed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
