// SPDX-License-Identifier: GPL-2.0-only
/* policy_test.c - what a policy's text means, key by key; hostile texts are only refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy.h"
#include "sysctls.h"
#include "text.h"
#include "util.h"
#include "vsocks.h"

/* A valid policy in which each test replaces a part. */
static const char *const base[] = {
	"version: 1\n", "exec: {mode: enforce}\n", "ptrace: {mode: off}\n",
	"modules: {mode: off}\n", "egress: {mode: off}\n", "ingress: {mode: off}\n",
	"kernel: {mode: off}\n", "data: {mode: off}\n",
};

static struct diags diags;
static struct policy *policy;

static int setup(void **state)
{
	(void)state;
	diags = (struct diags) { 0 };
	policy = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	policy_free(policy);
	policy = NULL;
	diags_free(&diags);
	return 0;
}

static int parse_bytes(const char *text, size_t len)
{
	setup(NULL);
	return policy_parse_buffer("t.yaml", text, len, &diags, &policy);
}

/* Parses the base with the part that begins as `part` does (up to its colon) replaced, or added. */
static int parse_with(const char *part)
{
	size_t key = strcspn(part, ":") + 1, len = 0;
	char text[4096];

	len = snprintf(text, sizeof(text), "%s\n", part);
	for (size_t i = 0; i < ARRAY_SIZE(base); i++)
		if (strncmp(base[i], part, key))
			len += snprintf(text + len, sizeof(text) - len, "%s", base[i]);
	return parse_bytes(text, len);
}

static bool said(const char *text)
{
	for (size_t i = 0; i < diags.count; i++)
		if (strstr(diags.list[i].text, text))
			return true;
	return false;
}

struct pair {
	const char *denied, *why;	/* exactly one error, with this text */
	const char *allowed;		/* what nearly is the same */
};

#define DIGEST_REST		"0123456789abcdef0123456789abcdef0123456789abcd"
#define DIGEST			"0123456789abcdef01" DIGEST_REST
#define VERITY(path, digest)	"exec: {mode: off, allow: [{path: " path ", verity: '" digest "'}]}"

static const struct pair pairs[] = {
	{ "version: 2", "'version' must be 1", "version: 1" },
	{ "version: '1'", "must be 1, not the text '1'", "version: 1 # one" },
	{ "version: one", "must be 1", "version:   1" },
	{ "version:", "has no value", "version: 1" },
	{ "name: [a]", "can't be a list", "name: a" },
	{ "name: ~", "has no value", "name: '~'" },
	{ "name: \"a\\tb\"", "control character", "name: \"a b\"" },
	{ "name: |\n  a", "block texts", "name:\n  a" },
	{ "name: \"a\\u202eb\"", "control character", "name: \"a\\u00e4b\"" },
	{ "name: \"a\\0b\"", "NUL", "name: \"a\\\\0b\"" },
	{ "name: 0123456789012345678901234567890123456789012345678901234567890123", "63 bytes",
	  "name: 012345678901234567890123456789012345678901234567890123456789012" },
	{ "serial: -1", "from 0 to", "serial: 0" },
	{ "serial: 01", "from 0 to", "serial: 1" },
	{ "serial: 0x10", "from 0 to", "serial: 16" },
	{ "serial: 1.0", "from 0 to", "serial: 10" },
	{ "serial: 9223372036854775808", "from 0 to", "serial: 9223372036854775807" },
	{ "serial: 99999999999999999999999", "from 0 to", "serial: 9" },
	{ "exec: {mode: Enforce}", "did you mean 'enforce'?", "exec: {mode: enforce}" },
	{ "exec: {mode: on}", "must be off, audit or enforce", "exec: {mode: off}" },
	{ "exec: {mode: false}", "must be off, audit or enforce", "exec: {mode: \"off\"}" },
	{ "exec: {shells: deny}", "'exec.mode' is missing", "exec: {shells: deny, mode: off}" },
	{ "exec: {}", "'exec.mode' is missing", "exec: {mode: audit}" },
	{ "exec:", "must be a mapping, but it is empty", "exec: {mode: audit}" },
	{ "exec: [mode]", "must be a mapping, but it is a list", "exec: {mode: audit}" },
	{ "exec: {mode: off, shells: no}", "must be deny or allow",
	  "exec: {mode: off, shells: deny}" },
	{ "exec: {mode: off, allow: [{path: /usr/bin/python3, script: x.py}]}", "must be the absolute path of a script",
	  "exec: {mode: off, allow: [{path: /usr/bin/python3, script: /x.py}]}" },
	{ "exec: {mode: off, allow: [{path: /usr/bin/python3, script: /a/../x.py}]}", "must be the absolute path of a script",
	  "exec: {mode: off, allow: [{path: /usr/bin/python3, script: /a/x..py}]}" },
	{ "exec: {mode: off, allow: [{path: /usr/bin/, script: /x.py}]}", "names one program, not a directory",
	  "exec: {mode: off, allow: [{path: /usr/bin/x, script: /x.py}]}" },
	{ VERITY("/x", "sha256:" DIGEST "0"), "a sha256 digest has 64 digits", VERITY("/x", "sha256:" DIGEST) },
	{ VERITY("/x", "sha512:" DIGEST), "a sha512 digest has 128 digits", VERITY("/x", "sha512:" DIGEST DIGEST) },
	{ VERITY("/x", "sha1:" DIGEST), "begins with 'sha256:' or 'sha512:'", VERITY("/x", "sha256:" DIGEST) },
	{ VERITY("/x", DIGEST), "begins with 'sha256:' or 'sha512:'", VERITY("/x", "sha256:" DIGEST) },
	{ VERITY("/x", "sha256:g" DIGEST), "hexadecimal digits only", VERITY("/x", "sha256:ABCDEFABCDEFABCDEF" DIGEST_REST) },
	{ VERITY("/x", "sha256:"), "a sha256 digest has 64 digits", VERITY("/x", "sha256:" DIGEST) },
	{ VERITY("/x/", "sha256:" DIGEST), "names one program, not a directory", VERITY("/x", "sha256:" DIGEST) },
	{ VERITY("/x", "sha256:" DIGEST "', script: '/y.py"), "is not for an entry with a 'script'",
	  VERITY("/x", "sha256:" DIGEST "', class: 'shell") },
	{ "exec: {mode: off, except: [{parent: /p}]}", "has no 'program'",
	  "exec: {mode: off, except: [{parent: /p, program: /x, descends: yes, unlinked: no}]}" },
	{ "exec: {mode: off, except: [{parent: p, program: /x}]}", "must be the absolute path of a file",
	  "exec: {mode: off, except: [{parent: /p, program: /x, script: /y}]}" },
	{ "exec: {mode: off, except: [{parent: /p, program: /x, script: /y, unlinked: yes}]}", "is not for an entry with",
	  "exec: {mode: off, except: [{parent: /p, program: /x, unlinked: yes}]}" },
	{ "exec: {mode: off, mode: off}", "duplicate key 'exec.mode'", "exec: {mode: off}" },
	{ "exec: {mode: off, port: 1}", "it belongs in 'egress.allow'", "exec: {mode: off}" },
	{ "exec: {mode: off, serial: 1}", "it belongs at the top level", "serial: 1" },
	{ "exec: {mode: off, before-seal: off}", "must be enforce or audit",
	  "exec: {mode: off, before-seal: audit}" },
	{ "exec: {mode: off, jit: all}", "must be any or none", "exec: {mode: off, jit: any}" },
	{ "exec: {mode: off, jit: {path: /x}}", "can't be a mapping", "exec: {mode: off, jit: none}" },
	{ "exec: {mode: off, jit: [/x/]}", "the absolute path of a program", "exec: {mode: off, jit: [/x]}" },
	{ "exec: {mode: off, jit: [x]}", "the absolute path of a program", "exec: {mode: off, jit: []}" },
	{ "exec: {mode: off, libraries: /x}", "must be a list", "exec: {mode: off, libraries: [/x]}" },
	{ "exec: {mode: off, libraries: [x/]}", "the absolute path of a file", "exec: {mode: off, libraries: [/x/]}" },
	{ "exec: {mode: off, libraries: }", "write '[]'", "exec: {mode: off, libraries: []}" },
	{ "seal: {before-seal: audit}", "always on", "seal: {before-seal: enforce}" },
	{ "egress: {mode: off, allow: }", "write '[]'", "egress: {mode: off, allow: []}" },
	{ "egress: {mode: off, allow: [{to: a.example}]}", "say 'resolve: yes'",
	  "egress: {mode: off, resolve: yes, allow: [{to: a.example}]}" },
	{ "egress: {mode: off, resolve: maybe}", "must be yes or no", "egress: {mode: off, resolve: no}" },
	{ "egress: {mode: off, allow: [{to: 192.0.2.1, by: x}]}", "absolute path of a program",
	  "egress: {mode: off, allow: [{to: 192.0.2.1, by: /x}]}" },
	{ "egress: {mode: off, allow: [{to: 192.0.2.1, user: -1}]}", "neither the name of a user",
	  "egress: {mode: off, allow: [{to: 192.0.2.1, user: www-data}]}" },
	{ "egress: {mode: off, allow: {to: 192.0.2.1}}", "must be a list",
	  "egress: {mode: off, allow: [{to: 192.0.2.1}]}" },
	{ "egress: {mode: off, allow: [{to: 192.0.2.1, proto: [icmp, 58], port: 8}]}", "but ICMP has no ports",
	  "egress: {mode: off, allow: [{to: 192.0.2.1, proto: [icmp, tcp], port: 8}]}" },
	{ "egress: {mode: off, allow: [{to: 192.0.2.1, proto: [1, tcp], user: 0}]}", "give ICMP an entry of its own",
	  "egress: {mode: off, allow: [{to: 192.0.2.1, proto: 1}, {to: 192.0.2.1, user: 0}]}" },
	{ "ingress: {mode: enforce, allow: [{from: 192.0.2.1, proto: icmpv6, user: 0}]}", "of ICMP's packets: leave it out",
	  "ingress: {mode: enforce, allow: [{from: 192.0.2.1, proto: icmpv6, by: /x}]}" },
	{ "ingress: {mode: enforce, allow: [{port: 22}]}", "this entry of 'ingress.allow' has no 'from'",
	  "ingress: {mode: enforce, allow: [{from: 192.0.2.1}]}" },
	{ "ingress: {mode: enforce, allow: [{form: 192.0.2.1, from: ::1}]}", "did you mean 'from'?",
	  "ingress: {mode: enforce, before-seal: audit}" },
	{ "ingress: {mode: enforce, allow: [192.0.2.1]}", "must be a mapping like '{from: 192.0.2.1,", "ingress: {mode: audit, allow: []}" },
	{ "ingress: {mode: enforce, allow: [{from: a.example}]}", "say 'resolve: yes' in section 'egress'", "ingress: {mode: off}" },
	{ "ingress: {mode: enforce, resolve: yes}", "it belongs in 'egress'", "ingress: {mode: enforce}" },
	{ "egress: {mode: off, unix: {to: /x}}", "must be a list", "egress: {mode: off, unix: [{to: /x}]}" },
	{ "egress: {mode: off, unix: [/x]}", "must be a mapping like", "egress: {mode: off, unix: []}" },
	{ "egress: {mode: off, unix: [{by: /x}]}", "has no 'to'", "egress: {mode: off, unix: [{by: /x, to: /y}]}" },
	{ "egress: {mode: off, unix: [{to: any}]}", "absolute path of a program", "egress: {mode: off, unix: [{to: [/x, /y]}]}" },
	{ "egress: {mode: off, unix: [{to: /x, by: []}]}", "is an empty list", "egress: {mode: off, unix: [{to: /x, by: [/y]}]}" },
	{ "egress: {mode: off, unix: [{to: /x, by: y}]}", "absolute path of a program",
	  "egress: {mode: off, unix: [{to: /x, optional: yes}]}" },
	{ "egress: {mode: off, vsock: {cid: 2}}", "must be a list", "egress: {mode: off, vsock: [{cid: 2}]}" },
	{ "egress: {mode: off, vsock: [2]}", "must be a mapping like", "egress: {mode: off, vsock: []}" },
	{ "egress: {mode: off, vsock: [{port: 1}]}", "has no 'cid'", "egress: {mode: off, vsock: [{cid: any, port: any}]}" },
	{ "egress: {mode: off, vsock: [{cid: hots}]}", "did you mean 'host'?", "egress: {mode: off, vsock: [{cid: host}]}" },
	{ "egress: {mode: off, vsock: [{cid: 4294967295}]}", "is no CID", "egress: {mode: off, vsock: [{cid: 4294967294}]}" },
	{ "egress: {mode: off, vsock: [{cid: -1}]}", "is no CID", "egress: {mode: off, vsock: [{cid: 0}]}" },
	{ "egress: {mode: off, vsock: [{cid: []}]}", "is an empty list", "egress: {mode: off, vsock: [{cid: [local, 77]}]}" },
	{ "egress: {mode: off, vsock: [{cid: 2, port: 4294967295}]}", "is no port of vsock",
	  "egress: {mode: off, vsock: [{cid: 2, port: 4294967294}]}" },
	{ "egress: {mode: off, vsock: [{cid: 2, port: 9-8}]}", "is no port of vsock",
	  "egress: {mode: off, vsock: [{cid: 2, port: [8-8, 0-4294967294]}]}" },
	{ "egress: {mode: off, vsock: [{cid: 2, port: 1-}]}", "is no port of vsock", "egress: {mode: off, vsock: [{cid: 2, port: 1}]}" },
	{ "egress: {mode: off, vsock: [{cid: 2, port: -1}]}", "is no port of vsock", "egress: {mode: off, vsock: [{cid: 2, port: 0}]}" },
	{ "egress: {mode: off, vsock: [{cid: 2, port: 00000000000000001}]}", "is no port of vsock",
	  "egress: {mode: off, vsock: [{cid: 2, port: 10}]}" },
	{ "egress: {mode: off, vsock: [{cid: 2, by: x}]}", "absolute path of a program",
	  "egress: {mode: off, vsock: [{cid: 2, by: /x, optional: yes}]}" },
	{ "egress: {mode: off, vsock: [{cid: 2, optional: yes}]}", "this entry has no 'by'",
	  "egress: {mode: off, vsock: [{cid: 2, optional: no}]}" },
	{ "kernel: {mode: off, allow: [dev_mem]}", "did you mean 'dev-mem'?", "kernel: {mode: enforce, allow: [dev-mem]}" },
	{ "kernel: {mode: off, allow: [none]}", "is no reason to lock the kernel down", "kernel: {mode: audit, allow: []}" },
	{ "kernel: {mode: off, io_uring: [deny]}", "can't be a list", "kernel: {mode: audit, io_uring: deny}" },
	{ "kernel: {mode: off, userfaultfd: never}", "must be deny or allow", "kernel: {mode: enforce, userfaultfd: allow}" },
	{ "kernel: {mode: off, user_namespaces: dney}", "did you mean 'deny'?", "kernel: {mode: off, user_namespaces: deny}" },
	{ "kernel: {mode: off, perf: }", "has no value", "kernel: {mode: off, perf: allow}" },
	{ "kernel: {mode: off, allow: }", "write '[]'", "kernel: {mode: off, allow: [kexec, kcore, kexec]}" },
	{ "kernel: {mode: off, sysctls: vm.*}", "must be a list", "kernel: {mode: off, sysctls: [vm.*]}" },
	{ "kernel: {mode: off, sysctls: [vm]}", "it must be a name", "kernel: {mode: off, sysctls: []}" },
	{ "kernel: {mode: off, sysctls: [\"*\"]}", "it must be a name", "kernel: {mode: off, sysctls: [kernel.*]}" },
	{ "kernel: {mode: off, sysctls: [vm.]}", "it must be a name", "kernel: {mode: off, sysctls: [vm/*]}" },
	{ "kernel: {mode: off, sysctls: [vm..x]}", "it must be a name", "kernel: {mode: off, sysctls: [vm.x]}" },
	{ "kernel: {mode: off, sysctls: [vm.x/y]}", "it must be a name", "kernel: {mode: off, sysctls: [vm/x/y]}" },
	{ "kernel: {mode: off, sysctls: [/proc/sys/vm/swappiness]}", "leave out",
	  "kernel: {mode: off, sysctls: [vm/swappiness]}" },
	{ "kernel: {mode: off, sysctls: [vm.*.x]}", "at the end of a tree", "kernel: {mode: off, sysctls: [vm.x.*]}" },
	{ "kernel: {mode: off, sysctls: [net.ipv4.conf.eth0.rp_filter]}", "write '*' for the interface",
	  "kernel: {mode: off, sysctls: [net.ipv4.conf.*.rp_filter]}" },
	{ "kernel: {mode: off, sysctls: [net/ipv6/conf/eth0.7/mtu]}", "write '*' for the interface",
	  "kernel: {mode: off, sysctls: [net/ipv6/conf/*/mtu]}" },
	{ "kernel: {mode: off, sysctls: [net.ipv4.conf.*.a*]}", "one '*' is enough",
	  "kernel: {mode: off, sysctls: [net.ipv4.conf.*]}" },
	{ "kernel: {mode: off, sysctls: [kernel.ftrace_enabled]}", "always on",
	  "kernel: {mode: off, sysctls: [kernel.ns_last_pid]}" },
	{ "kernel: {mode: off, sysfs: no}", "must be deny or allow", "kernel: {mode: off, sysfs: allow}" },
	{ "kernel: {mode: off, devices: /dev/kmsg}", "must be a list", "kernel: {mode: off, devices: [/dev/kmsg]}" },
	{ "kernel: {mode: off, devices: [kmsg]}", "it must be a path", "kernel: {mode: off, devices: []}" },
	{ "kernel: {mode: off, devices: [char]}", "it must be a path", "kernel: {mode: off, devices: [char tty]}" },
	{ "kernel: {mode: off, devices: [char 4096:0]}", "it must be a path", "kernel: {mode: off, devices: [char 4095:0]}" },
	{ "kernel: {mode: off, devices: [char 4:1048576]}", "it must be a path",
	  "kernel: {mode: off, devices: [char 4:1048575]}" },
	{ "kernel: {mode: off, devices: [char *:1]}", "it must be a path", "kernel: {mode: off, devices: [char *]}" },
	{ "kernel: {mode: off, devices: [block 8:-1]}", "it must be a path", "kernel: {mode: off, devices: [block 8:*]}" },
	{ "kernel: {mode: off, devices: [misc *]}", "it must be a path", "kernel: {mode: off, devices: [misc rfkill]}" },
	{ "kernel: {mode: off, devices: [{access: read}]}", "has no 'device'",
	  "kernel: {mode: off, devices: [{device: /dev/x, access: read}]}" },
	{ "kernel: {mode: off, devices: [{device: /dev/x, access: mknod}]}", "must be read, write or both",
	  "kernel: {mode: off, devices: [{device: [/dev/x, misc y], access: both, optional: yes}]}" },
	{ "kernel: {mode: off, devices: [{device: /dev/x, by: x}]}", "the absolute path of a program",
	  "kernel: {mode: off, devices: [{device: /dev/x, by: /x}]}" },
	{ "kernel: {mode: off, devices: [{device: block 8:0, by: /x}]}", "is for character devices",
	  "kernel: {mode: off, devices: [{device: char 8:0, by: /x}]}" },
	{ "kernel: {mode: off, sysctls: [kernel.yama.*]}", "name each that is needed", "kernel: {mode: off, sysctls: [net.*]}" },
	{ "data: {mode: off, protect: [{by: /x}]}", "has none of 'paths', 'devices', 'shm' and 'keys'", "data: {mode: off, protect: [{paths: /k, by: /x}]}" },
	{ "data: {mode: off, protect: [{paths: /k}]}", "has no 'by'", "data: {mode: audit, protect: [{paths: [/k, /t/], by: [/x, /y]}]}" },
	{ "data: {mode: off, protect: [{paths: /k, by: []}]}", "is an empty list", "data: {mode: off, protect: []}" },
	{ "data: {mode: off, protect: [{paths: [], by: /x}]}", "is an empty list", "data: {mode: enforce}" },
	{ "data: {mode: off, protect: [{paths: k, by: /x}]}", "the absolute path of a file",
	  "data: {mode: off, protect: [{paths: /k, by: /x, remove: allow}]}" },
	{ "data: {mode: off, protect: [{paths: /k, by: x}]}", "the absolute path of a program",
	  "data: {mode: off, protect: [{paths: /k, by: /x, remove: deny}]}" },
	{ "data: {mode: off, protect: [/k]}", "must be a mapping", "data: {mode: off}" },
	{ "data: {mode: off, protect: [{devices: tpm, by: /x}]}", "is no entry of 'data.protect.devices'",
	  "data: {mode: off, protect: [{devices: [/dev/tpmrm0, misc hpet, 'char 10:*'], by: /x}]}" },
	{ "data: {mode: off, protect: [{devices: 'block 8:*', by: /x}]}", "is for character devices",
	  "data: {mode: off, protect: [{devices: 'char 8:*', by: /x, optional: yes}]}" },
	{ "data: {mode: off, protect: [{paths: /k, by: /x, optional: yes}]}", "'optional' is for 'devices'",
	  "data: {mode: off, protect: [{paths: /k, devices: /dev/kmsg, by: /x, optional: no}]}" },
	{ "data: {mode: off, protect: [{shm: [posix, memfds], by: /x}]}", "must be posix, sysv, hugetlb or memfd",
	  "data: {mode: off, protect: [{shm: [posix, sysv, hugetlb, memfd], by: /x}]}" },
	{ "data: {mode: off, protect: [{keys: [user, users], by: /x}]}",
	  "must be user, logon, keyring, big_key, encrypted, trusted or asymmetric",
	  "data: {mode: off, protect: [{keys: [user, logon, keyring, big_key, encrypted, trusted, asymmetric], by: /x}]}" },
	{ "seal: {mode: off}", "always on", "seal: {mode: enforce}" },
	{ "seal: {mode: audit}", "always on", "seal: {}" },
	{ "seal: {at: a.service}", "not supported by this build", "seal: {at: load}" },
	{ "seal: {retry: 1d}", "must be a duration", "seal: {retry: 24h}" },
	{ "seal: {retry: 86401}", "must be a duration", "seal: {retry: 86400}" },
	{ "seal: {retry: 25h}", "must be a duration", "seal: {retry: 1440min}" },
	{ "seal: {retry: -1s}", "must be a duration", "seal: {retry: 0}" },
	{ "seal: {retry: s}", "must be a duration", "seal: {retry: 1s}" },
	{ "seal: {retry: 99999999999999999999}", "must be a duration", "seal: {retry: 9m}" },
	{ "seal: {tolerate: [swapp]}", "did you mean 'swap'?", "seal: {tolerate: [swap]}" },
	{ "seal: {tolerate: [\"off:nothing\"]}", "is no kind", "seal: {tolerate: [\"off:data\"]}" },
	{ "seal: {tolerate: [audit]}", "is no kind", "seal: {tolerate: [\"audit:exec\", tracer]}" },
	{ "seal: {tolerate: [canary]}", "is no kind", "seal: {tolerate: []}" },
	{ "seal: {bpf: [lsm]}", "no kind of program", "seal: {bpf: [cgroup_skb, cgroup_device]}" },
	{ "log: {records: 63}", "from 64 to 1048576", "log: {records: 64}" },
	{ "log: {records: 1048577}", "from 64 to 1048576", "log: {records: 1048576}" },
	{ "log: {journal: on}", "must be yes or no", "log: {journal: yes}" },
	{ "on-load-failure: halt", "must be continue or poweroff", "on-load-failure: poweroff" },
	{ "modules: {mode: enforce, allow: dummy}", "must be a list", "modules: {mode: enforce, allow: [dummy]}" },
	{ "modules: {mode: enforce, allow: [dummy.ko]}", "must be the name of a module", "modules: {mode: enforce, allow: []}" },
	{ "modules: {mode: enforce, allow: [\"\"]}", "must be the name of a module",
	  "modules: {mode: enforce, allow: [a123456789b123456789c123456789d123456789e123456789f1234]}" },
	{ "modules: {mode: enforce, allow: [a123456789b123456789c123456789d123456789e123456789f12345]}",
	  "must be the name of a module", "modules: {mode: enforce, allow: [snd-hda-intel, snd_hda_intel]}" },
	{ "modules: {mode: enforce, firmware: audit}", "must be deny or allow", "modules: {mode: enforce, firmware: allow}" },
	{ "kernel: {mode: off, mounts: tmpfs}", "must be a list", "kernel: {mode: off, mounts: [tmpfs]}" },
	{ "kernel: {mode: off, mounts: [tmpf]}", "did you mean 'tmpfs'?", "kernel: {mode: off, mounts: []}" },
	{ "kernel: {mode: off, mounts: [fuse.sshfs]}", "no type of file system", "kernel: {mode: off, mounts: [fuse, ext4]}" },
	{ "on-seal-refused: halt", "must be continue or poweroff", "on-seal-refused: continue" },
	{ "on-canary-lost: halt", "must be continue or poweroff", "on-canary-lost: poweroff" },
};

static void each_denied_value_has_an_allowed_neighbour(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		int err = parse_with(pairs[i].denied);

		if (diags.errors != 1 || !said(pairs[i].why)) {
			print_message("%s:\n", pairs[i].denied);
			diags_print(&diags, stdout);
		}
		assert_int_equal(err, -EINVAL);
		assert_null(policy);
		assert_int_equal(diags.errors, 1);
		assert_true(said(pairs[i].why));
		assert_true(diags.list[0].line > 0 && diags.list[0].column > 0);
		teardown(NULL);

		err = parse_with(pairs[i].allowed);
		diags_print(&diags, stdout);
		assert_int_equal(err, 0);
		assert_int_equal(diags.count, 0);
		teardown(NULL);
	}
}

static void deny_a_unit_to_seal_at_as_unsupported_never_as_unknown(void **state)
{
	(void)state;
	assert_int_equal(parse_with("seal: {at: a.service}"), -EINVAL);
	assert_int_equal(diags.errors, 1);
	assert_true(said("supported by this build"));
	assert_false(said("unknown"));
}

static void allow_values_of_unbuilt_classes_that_are_what_the_build_does(void **state)
{
	(void)state;
	assert_int_equal(parse_with("exec: {mode: off, introduced: allow, baseline: load}"), 0);
	teardown(NULL);
}

static void deny_missing_section_and_missing_version(void **state)
{
	(void)state;
	for (size_t left_out = 0; left_out < ARRAY_SIZE(base); left_out++) {
		char text[1024], missing[64];
		size_t len = 0;

		for (size_t i = 0; i < ARRAY_SIZE(base); i++)
			if (i != left_out)
				len += snprintf(text + len, sizeof(text) - len, "%s", base[i]);
		assert_int_equal(parse_bytes(text, len), -EINVAL);
		assert_int_equal(diags.errors, 1);
		snprintf(missing, sizeof(missing), "'%.*s' is missing",
			 (int)strcspn(base[left_out], ":"), base[left_out]);
		assert_true(said(missing));
		teardown(NULL);
	}
}

static void defaults_are_the_documented_ones(void **state)
{
	(void)state;
	assert_int_equal(parse_with("version: 1"), 0);
	assert_string_equal(policy->name, "");
	assert_int_equal(policy->serial, 0);
	for (int class = 0; class < EXEC_CLASSES; class++) {
		assert_true(policy->exec[class].deny);
		assert_int_equal(policy->exec[class].where.line, 2);
	}
	assert_true(policy->ptrace_read.deny);
	assert_int_equal(policy->n_tracers, 0);
	assert_int_equal(policy->log_records, RECORDS_DEFAULT);
	assert_int_equal(policy->guard[GUARD_seal].mode, MODE_ENFORCE);
	assert_int_equal(policy->n_egress, 0);
	assert_int_equal(policy->egress_allow.line, 5);
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		assert_int_equal(policy->guard[guard].before_seal, MODE_ENFORCE);
	assert_false(policy->seal.at_load);
	assert_false(policy->seal.upgrades);
	assert_int_equal(policy->seal.retry | policy->seal.tolerate | policy->seal.tolerate_audit |
			 policy->seal.tolerate_off | policy->seal.bpf, 0);
	assert_int_equal(policy->on_load_failure, ON_FAILURE_CONTINUE);
	assert_int_equal(policy->on_seal_refused, ON_FAILURE_CONTINUE);
	assert_int_equal(policy->on_canary_lost, ON_FAILURE_CONTINUE);
}

static void exec_libraries_and_jit_arrive_where_they_belong(void **state)
{
	(void)state;
	assert_int_equal(parse_with("exec: {mode: off}"), 0);
	assert_false(policy->libraries.set || policy->jit.set);
	assert_true(policy->libraries.where.line && policy->jit.where.line);
	teardown(NULL);
	assert_int_equal(parse_with("exec: {mode: off, libraries: [/a/, /b.so], jit: [/usr/bin/c]}"), 0);
	assert_true(policy->libraries.set && policy->jit.set);
	assert_int_equal(policy->libraries.count, 2);
	assert_string_equal(policy->libraries.list[0].path, "/a/");
	assert_string_equal(policy->libraries.list[1].path, "/b.so");
	assert_int_equal(policy->jit.count, 1);
	assert_string_equal(policy->jit.list[0].path, "/usr/bin/c");
	teardown(NULL);
	assert_int_equal(parse_with("exec: {mode: off, libraries: [], jit: none}"), 0);
	assert_true(policy->libraries.set && policy->jit.set);
	assert_int_equal(policy->libraries.count + policy->jit.count, 0);
	teardown(NULL);
	assert_int_equal(parse_with("exec: {mode: off, jit: any}"), 0);
	assert_false(policy->jit.set);
	teardown(NULL);
}

static void exec_allow_arrives_where_it_belongs(void **state)
{
	(void)state;
	assert_int_equal(parse_with("version: 1"), 0);
	assert_false(policy->allow);
	teardown(NULL);
	assert_int_equal(parse_with("exec: {mode: enforce, allow: []}"), 0);
	assert_true(policy->allow);
	assert_int_equal(policy->n_programs, 0);
	teardown(NULL);
	assert_int_equal(parse_with("exec: {mode: enforce, allow: [/a, /b/, {path: /c, class: interpreter}]}"), 0);
	assert_int_equal(policy->n_programs, 3);
	assert_string_equal(policy->programs[1].path, "/b/");
	assert_int_equal(policy->programs[1].class, -1);
	assert_string_equal(policy->programs[2].path, "/c");
	assert_int_equal(policy->programs[2].class, EXEC_INTERPRETERS);
	teardown(NULL);
	assert_int_equal(parse_with("exec: {mode: enforce, allow: [a, {class: shell}, {path: /a, class: fileless}, [/a]]}"),
			 -EINVAL);
	assert_int_equal(diags.errors, 4);
	assert_true(said("must be the absolute path"));
	assert_true(said("has no 'path'"));
	assert_true(said("must be shell, interpreter or loader, not 'fileless'"));
}

static void ptrace_keys_arrive_where_they_belong(void **state)
{
	(void)state;
	assert_int_equal(parse_with("ptrace: {mode: enforce, read: allow, allow: ["
				    "{tracer: /a, access: read}, {tracer: /b, target: /c, access: attach}]}"), 0);
	assert_false(policy->ptrace_read.deny);
	assert_int_equal(policy->n_tracers, 2);
	assert_string_equal(policy->tracers[0].tracer, "/a");
	assert_null(policy->tracers[0].target);
	assert_int_equal(policy->tracers[0].access, ACCESS_READ);
	assert_string_equal(policy->tracers[1].tracer, "/b");
	assert_string_equal(policy->tracers[1].target, "/c");
	assert_int_equal(policy->tracers[1].access, ACCESS_ATTACH);
	teardown(NULL);
	assert_int_equal(parse_with("ptrace: {mode: enforce, allow: [{tracer: a, access: read}, {access: read}, "
				    "{tracer: /a}, {tracer: /a, access: write}, /a]}"), -EINVAL);
	assert_int_equal(diags.errors, 5);
	assert_true(said("'ptrace.allow.tracer' must be the absolute path"));
	assert_true(said("has no 'tracer'"));
	assert_true(said("has no 'access'"));
	assert_true(said("must be read or attach, not 'write'"));
	assert_true(said("must be a mapping like"));
}

static void seal_keys_arrive_where_they_belong(void **state)
{
	(void)state;
	assert_int_equal(parse_with("modules: {mode: enforce, before-seal: audit}\n"
				    "seal:\n"
				    "  at: load\n"
				    "  retry: 2min\n"
				    "  tolerate: [tracer, descriptor, \"audit:exec\", \"off:data\"]\n"
				    "  bpf: [cgroup_device]\n"
				    "  upgrades: allow\n"
				    "on-load-failure: poweroff\n"
				    "on-seal-refused: poweroff\n"
				    "on-canary-lost: poweroff\n"), 0);
	assert_int_equal(policy->guard[GUARD_modules].mode, MODE_ENFORCE);
	assert_int_equal(policy->guard[GUARD_modules].before_seal, MODE_AUDIT);
	assert_true(policy->seal.at_load);
	assert_int_equal(policy->seal.retry, 120);
	assert_int_equal(policy->seal.tolerate, 1u << FINDING_tracer | 1u << FINDING_descriptor);
	assert_int_equal(policy->seal.tolerate_audit, 1u << GUARD_exec);
	assert_int_equal(policy->seal.tolerate_off, 1u << GUARD_data);
	assert_int_equal(policy->seal.bpf, SEAL_BPF_DEVICE);
	assert_true(policy->seal.upgrades);
	assert_int_equal(policy->on_load_failure, ON_FAILURE_POWEROFF);
	assert_int_equal(policy->on_seal_refused, ON_FAILURE_POWEROFF);
	assert_int_equal(policy->on_canary_lost, ON_FAILURE_POWEROFF);
}

static void values_arrive_where_they_belong(void **state)
{
	const struct egress_rule *rule;
	const __u8 v4[16] = { 192, 0, 2 }, v6[16] = { 0x20, 0x01, 0x0d, 0xb8 };

	(void)state;
	assert_int_equal(parse_with("egress:\n"
				    "  mode: audit\n"
				    "  allow:\n"
				    "    - {to: [192.0.2.0/24, 2001:db8::/32, ::1], "
				    "port: [1, 8-9], proto: udp}\n"
				    "    - to: 192.0.2.1\n"), 0);
	assert_int_equal(policy->guard[GUARD_egress].mode, MODE_AUDIT);
	assert_int_equal(policy->guard[GUARD_egress].where.line, 2);
	assert_int_equal(policy->egress_allow.line, 3);
	assert_int_equal(policy->n_egress, 2);
	rule = &policy->egress[0];
	assert_int_equal(rule->where.line, 4);
	assert_int_equal(rule->n_to, 3);
	assert_int_equal(rule->to[0].family, AF_INET);
	assert_int_equal(rule->to[0].len, 24);
	assert_memory_equal(rule->to[0].addr, v4, 16);
	assert_int_equal(rule->to[1].family, AF_INET6);
	assert_int_equal(rule->to[1].len, 32);
	assert_memory_equal(rule->to[1].addr, v6, 16);
	assert_int_equal(rule->to[2].len, 128);
	assert_int_equal(rule->n_ports, 2);
	assert_int_equal(rule->ports[0].lo, 1);
	assert_int_equal(rule->ports[0].hi, 1);
	assert_int_equal(rule->ports[1].lo, 8);
	assert_int_equal(rule->ports[1].hi, 9);
	assert_false(rule->tcp);
	assert_true(rule->udp);
	rule = &policy->egress[1];
	assert_int_equal(rule->where.line, 5);
	assert_int_equal(rule->to[0].len, 32);
	assert_int_equal(rule->n_ports, 0);
	assert_true(rule->tcp && rule->udp);
}

static void selectors_of_destinations_arrive_where_they_belong(void **state)
{
	const struct egress_rule *rule;

	(void)state;
	assert_int_equal(parse_with("egress:\n"
				    "  mode: enforce\n"
				    "  allow:\n"
				    "    - {to: [a.example, 192.0.2.1], by: [/x, /y, /x], user: [root, 0, 33]}\n"
				    "    - {to: [A.EXAMPLE, b.example], by: /y, user: 33, proto: [udp, 17]}\n"
				    "    - {to: 192.0.2.1, proto: 6}\n"
				    "  resolve: yes\n"), 0);
	assert_int_equal(diags.count, 0);
	assert_true(policy->resolve);
	assert_int_equal(policy->n_egress_programs, 2);
	assert_string_equal(policy->egress_programs[1].path, "/y");
	assert_int_equal(policy->n_egress_users, 3);
	assert_string_equal(policy->egress_users[0].name, "root");
	assert_false(policy->egress_users[0].known);
	assert_true(policy->egress_users[2].known);
	assert_int_equal(policy->egress_users[2].uid, 33);
	assert_int_equal(policy->n_egress_names, 2);
	assert_string_equal(policy->egress_names[0].name, "a.example");
	assert_int_equal(policy->egress_names[1].where.line, 5);
	rule = &policy->egress[0];
	assert_int_equal(rule->n_to, 1);
	assert_int_equal(rule->n_names, 1);
	assert_int_equal(rule->n_by, 2);
	assert_int_equal(rule->n_users, 3);
	rule = &policy->egress[1];
	assert_int_equal(rule->n_names, 2);
	assert_int_equal(rule->by[0], 1);
	assert_int_equal(rule->users[0], 2);
	assert_true(rule->udp && !rule->tcp);
	rule = &policy->egress[2];
	assert_true(rule->tcp && !rule->udp && !rule->n_by && !rule->n_users);
}

static void unix_entries_are_pairs_of_programs(void **state)
{
	const struct deputy_rule *list;

	(void)state;
	assert_int_equal(parse_with("egress: {mode: enforce, unix: [{to: [/a, /b], by: [/c, /d]}, {to: /e, optional: yes}]}"), 0);
	assert_true(policy->deputies.set);
	assert_int_equal(policy->deputies.count, 5);
	list = policy->deputies.list;
	assert_string_equal(list[1].to, "/a");
	assert_string_equal(list[1].by, "/d");
	assert_string_equal(list[2].to, "/b");
	assert_string_equal(list[2].by, "/c");
	assert_false(list[3].optional);
	assert_string_equal(list[4].to, "/e");
	assert_null(list[4].by);
	assert_true(list[4].optional);
	teardown(NULL);

	assert_int_equal(parse_with("egress: {mode: enforce, unix: []}"), 0);
	assert_true(policy->deputies.set);
	teardown(NULL);
	/* One that is wrong makes none for everybody. */
	assert_int_equal(parse_with("egress: {mode: enforce, unix: [{to: /a, by: [b, /c]}]}"), -EINVAL);
	assert_int_equal(diags.errors, 1);
	teardown(NULL);

	assert_int_equal(parse_with("egress: {mode: enforce}"), 0);
	assert_false(policy->deputies.set);
	assert_int_equal(policy->deputies.where.line, 1);
}

static void vsock_entries_are_cids_with_ports(void **state)
{
	const struct vsock_rule *list;

	(void)state;
	assert_int_equal(parse_with("egress: {mode: enforce, vsock: [{cid: [host, 7], port: [1024, 5-9], by: /a}, {cid: any}, "
				    "{cid: local, port: any, by: /b, optional: yes}]}"), 0);
	assert_int_equal(policy->vsocks.count, 6);
	list = policy->vsocks.list;
	assert_int_equal(list[0].cid, 2);
	assert_true(list[0].ports.lo == 1024 && list[0].ports.hi == 1024);
	assert_int_equal(list[3].cid, 7);
	assert_true(list[3].ports.lo == 5 && list[3].ports.hi == 9);
	assert_string_equal(list[3].by, "/a");
	assert_int_equal(list[4].cid, VSOCK_ANY);
	assert_true(!list[4].ports.lo && list[4].ports.hi == VSOCK_ANY);
	assert_null(list[4].by);
	assert_int_equal(list[5].cid, 1);
	assert_true(list[5].optional);
	/* All ports are one row, 5-9 are three: 5, 6-7 and 8-9. */
	assert_int_equal(vsocks_rows(policy), 2 * (1 + 3) + 1 + 1);
	teardown(NULL);

	assert_int_equal(parse_with("egress: {mode: enforce, vsock: [{cid: 2, port: 1-4294967294}]}"), 0);
	assert_int_equal(vsocks_rows(policy), 62);
}

static void pairs_and_places_are_limited(void **state)
{
	char text[4096];
	size_t len;

	(void)state;
	/* 65 times 64. */
	len = snprintf(text, sizeof(text), "egress: {mode: off, unix: [{to: [/0");
	for (int i = 1; i < 65; i++)
		len += snprintf(text + len, sizeof(text) - len, ",/%d", i);
	len += snprintf(text + len, sizeof(text) - len, "], by: [/0");
	for (int i = 1; i < 64; i++)
		len += snprintf(text + len, sizeof(text) - len, ",/%d", i);
	snprintf(text + len, sizeof(text) - len, "]}]}");
	assert_int_equal(parse_with(text), -EINVAL);
	assert_true(said("more than 4096 pairs"));
	teardown(NULL);
	len = snprintf(text, sizeof(text), "egress: {mode: off, vsock: [{cid: [0");
	for (int i = 1; i < 65; i++)
		len += snprintf(text + len, sizeof(text) - len, ",%d", i);
	len += snprintf(text + len, sizeof(text) - len, "], port: [0");
	for (int i = 1; i < 64; i++)
		len += snprintf(text + len, sizeof(text) - len, ",%d", i);
	snprintf(text + len, sizeof(text) - len, "]}]}");
	assert_int_equal(parse_with(text), -EINVAL);
	assert_true(said("more than 4096 CIDs"));
}

static void protocols_without_effect_are_refused(void **state)
{
	(void)state;
	assert_int_equal(parse_with("egress: {mode: enforce, allow: [{to: 192.0.2.1, proto: [tcp, icmp, 47, 132, igmp]}]}"), -EINVAL);
	assert_int_equal(diags.errors, 3);
	assert_int_equal(diags.count, 3);
	assert_true(said("protocol '47' is not supported in this build"));
}

static void sources_arrive_where_they_belong(void **state)
{
	const struct egress_rule *rule;

	(void)state;
	assert_int_equal(parse_with("ingress:\n"
				    "  mode: audit\n"
				    "  allow:\n"
				    "    - {from: 10.0.0.0/8, port: 22, proto: tcp, by: /x, user: 33}\n"
				    "    - {from: [192.0.2.1, \"::/0\"], proto: [udp, icmp], port: 53}\n"), 0);
	assert_int_equal(diags.count, 0);
	assert_int_equal(policy->guard[GUARD_ingress].mode, MODE_AUDIT);
	assert_int_equal(policy->ingress_allow.line, 3);
	assert_int_equal(policy->n_egress, 0);
	assert_int_equal(policy->n_ingress, 2);
	assert_int_equal(policy->n_egress_programs, 1);
	assert_string_equal(policy->egress_programs[0].list, "ingress.allow");
	rule = &policy->ingress[0];
	assert_int_equal(rule->to[0].len, 8);
	assert_int_equal(rule->ports[0].lo, 22);
	assert_int_equal(rule->n_by, 1);
	assert_int_equal(rule->n_users, 1);
	assert_true(rule->tcp && !rule->udp && !rule->icmp);
	rule = &policy->ingress[1];
	assert_int_equal(rule->where.line, 5);
	assert_int_equal(rule->n_to, 2);
	assert_true(!rule->tcp && rule->udp && rule->icmp);
}

static void numbers_of_protocols_are_as_good_as_names(void **state)
{
	(void)state;
	assert_int_equal(parse_with("egress: {mode: enforce, allow: [{to: 192.0.2.1, proto: [tcp, 6]}]}"), 0);
	assert_int_equal(diags.count, 0);
	assert_true(policy->egress[0].tcp && !policy->egress[0].udp);
}

static void kernel_sysctls_arrive_where_they_belong(void **state)
{
	(void)state;
	assert_int_equal(parse_with("kernel: {mode: enforce, sysctls: [vm.swappiness, net/ipv4/*, net.ipv6.conf.*.mtu]}"), 0);
	assert_int_equal(diags.count, 0);
	assert_true(policy->sysctls.set);
	assert_int_equal(policy->sysctls.count, 3);
	assert_string_equal(policy->sysctls.list[0].name, "vm/swappiness");
	assert_string_equal(policy->sysctls.list[1].name, "net/ipv4/");
	assert_string_equal(policy->sysctls.list[2].name, "net/ipv6/conf/*/mtu");
	teardown(NULL);

	assert_int_equal(parse_with("kernel: {mode: enforce}"), 0);
	assert_false(policy->sysctls.set);
	assert_int_equal(policy->sysctls.where.line, 1);
	teardown(NULL);

	/* Possible, and dangerous: a warning that says why. */
	assert_int_equal(parse_with("kernel: {mode: enforce, sysctls: [kernel.modprobe, net.ipv4.conf.*.forwarding]}"), 0);
	assert_int_equal(diags.count, 2);
	assert_int_equal(diags.errors, 0);
	assert_true(diags.list[0].warning && strstr(diags.list[0].text, "has the kernel run a program"));
	assert_true(diags.list[1].warning && strstr(diags.list[1].text, "no guard judges"));
	assert_int_equal(policy->sysctls.count, 2);
}

static void kernel_devices_arrive_where_they_belong(void **state)
{
	const struct device_rule *list;

	(void)state;
	assert_int_equal(parse_with("kernel: {mode: enforce, devices: [/dev/kmsg, char 4:64, char 4:*, block *, char ttyS, "
				    "{device: [misc tun, char 5:1], access: write, by: /x, optional: yes}]}"), 0);
	assert_int_equal(diags.count, 0);
	assert_true(policy->devices.set);
	assert_int_equal(policy->devices.count, 7);
	list = policy->devices.list;
	assert_int_equal(list[0].form, DEVICE_PATH);
	assert_string_equal(list[0].name, "/dev/kmsg");
	assert_int_equal(list[0].access, DEVICE_READ | DEVICE_WRITE);
	assert_false(list[0].optional);
	assert_null(list[0].by);
	assert_int_equal(list[1].form, DEVICE_NUMBER);
	assert_int_equal(list[1].key, DISK_KEY(4, 64, 1));
	assert_int_equal(list[2].key, DISK_KEY(4, 0, 1) | DEVICE_ANY_MINOR);
	assert_int_equal(list[3].key, DEVICE_ANY);
	assert_int_equal(list[4].form, DEVICE_DRIVER);
	assert_string_equal(list[4].name, "char ttyS");
	assert_int_equal(list[5].form, DEVICE_MISC);
	assert_int_equal(list[6].key, DISK_KEY(5, 1, 1));
	for (int i = 5; i < 7; i++) {
		assert_int_equal(list[i].access, DEVICE_WRITE);
		assert_true(list[i].optional);
		assert_string_equal(list[i].by, "/x");
	}
	teardown(NULL);
	assert_int_equal(parse_with("kernel: {mode: enforce}"), 0);
	assert_false(policy->devices.set);
}

/* A row with the NUL means that one; a row without means all that begin so, and nothing else. */
static void dangerous_sysctls_are_those_of_the_table(void **state)
{
	static const char *const dangerous[] = {
		"kernel/core_pattern", "kernel/panic", "kernel/panic_on_oops", "kernel/yama/ptrace_scope",
		"net/core/bpf_jit_enable", "user/max_user_namespaces", "net/ipv4/conf/*/forwarding",
	}, *const harmless[] = {
		"kernel/core_pattern2", "kernel/core_uses_pid", "kernel/pid_max", "kernel/yama", "net/core/somaxconn",
		"vm/swappiness", "net/ipv4/conf/*/rp_filter", "net/ipv4/conf/", "kernel/",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dangerous); i++)
		assert_non_null(sysctls_danger(dangerous[i]));
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		assert_null(sysctls_danger(harmless[i]));
	assert_true(sysctls_dangerous_tree("kernel/yama/"));
	assert_true(sysctls_dangerous_tree("net/mpls/conf/"));
	assert_false(sysctls_dangerous_tree("net/"));
}

static void deny_directives(void **state)
{
	static const char *const directives[] = { "%YAML 1.1", "%TAG ! tag:example.org,2000:" };
	char text[1024];
	size_t len;

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(directives); i++) {
		bool one = i < ARRAY_SIZE(directives);

		len = sprintf(text, "%s\n---\n", one ? directives[i] : "# no directive");
		for (size_t j = 0; j < ARRAY_SIZE(base); j++)
			len += sprintf(text + len, "%s", base[j]);
		assert_int_equal(parse_bytes(text, len), one ? -EINVAL : 0);
		assert_int_equal(diags.errors, one);
		assert_int_equal(said("directives"), one);
		teardown(NULL);
	}
}

static void suggest_only_what_is_near(void **state)
{
	static const char *const words[] = { "deny", "no", "tcp", "off", "interpreters", NULL };

	(void)state;
	assert_string_equal(text_nearest("dney", words), "deny");
	assert_string_equal(text_nearest("tpc", words), "tcp");
	assert_string_equal(text_nearest("of", words), "off");
	assert_string_equal(text_nearest("interpeter", words), "interpreters");
	assert_null(text_nearest("on", words));
	assert_null(text_nearest("", words));
	assert_null(text_nearest("udp", words));
	assert_null(text_nearest("interpretersinterpretersinterpreters", words));
}

static void digest_is_sha256_of_the_bytes(void **state)
{
	static const char text[] = "version: 1\nexec: {mode: off}\nptrace: {mode: off}\n"
		"modules: {mode: off}\negress: {mode: off}\ningress: {mode: off}\n"
		"kernel: {mode: off}\ndata: {mode: off}\n";

	(void)state;
	assert_int_equal(parse_bytes(text, strlen(text)), 0);
	assert_string_equal(policy->digest, "sha256:1ec14fe2617d222e2fdf26f1509f5db5b668b23a"
			    "531b8952a5f53cef65c0559d");
}

struct hostile {
	const char *bytes;
	size_t len;
	const char *why;
	unsigned int line, column;
};
#define HOSTILE(bytes, why, line, column)	{ bytes, sizeof(bytes) - 1, why, line, column }

static void deny_texts_that_are_not_plain_utf8_yaml(void **state)
{
	static const struct hostile hostile[] = {
		HOSTILE("", "the file is empty", 0, 0),
		HOSTILE("# nothing\n\n", "nothing in it but comments", 0, 0),
		HOSTILE("a: b\0c\n", "a NUL byte", 1, 5),
		HOSTILE("a: b\na: \xff\n", "not UTF-8: byte 0xff", 2, 4),
		HOSTILE("a: \xc0\x80\n", "not UTF-8", 1, 4),
		HOSTILE("a: \xed\xa0\x80\n", "not UTF-8", 1, 4),
		HOSTILE("a: \xf4\x90\x80\x80\n", "not UTF-8", 1, 4),
		HOSTILE("a: \xe2\x82", "not UTF-8", 1, 4),
		HOSTILE("a: \x1b[31m\n", "U+001B", 1, 4),
		HOSTILE("a\xcc\x88: \xc2\x9b\n", "U+009B", 1, 5),
		HOSTILE("a: b # \xe2\x80\xae\n", "U+202E", 1, 8),
		HOSTILE("\xef\xbb\xbf" "a: b\n", "U+FEFF", 1, 1),
		HOSTILE("\xff\xfe" "a\0:\0", "not UTF-8", 1, 1),
		HOSTILE("a: @b\n", "not valid YAML", 1, 4),
		HOSTILE("a: 'b\n", "not valid YAML", 1, 0),
		HOSTILE("a:\n\tb: c\n", "a tab", 2, 1),
		HOSTILE("? a: \t|\n\nb:\ns:|", "a tab", 1, 6),
		HOSTILE("a: b\r\nc: @\r\n", "not valid YAML", 2, 4),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		assert_int_equal(parse_bytes(hostile[i].bytes, hostile[i].len), -EINVAL);
		if (!said(hostile[i].why))
			diags_print(&diags, stdout);
		assert_int_equal(diags.errors, 1);
		assert_true(said(hostile[i].why));
		assert_int_equal(diags.list[0].line, hostile[i].line);
		if (hostile[i].column)
			assert_int_equal(diags.list[0].column, hostile[i].column);
		teardown(NULL);
	}
}

/* Nothing that a file holds may reach the terminal as a control. */
static void deny_control_bytes_in_what_is_printed(void **state)
{
	static const char *const texts[] = {
		"a: \x1b[2J\n", "\"\\e[2J\": x\n", "version: \"\\x9b\\u202e\\r\\0\"\n",
		"egress: {allow: [{to: \"\\e[2J\", port: \"\\a\", proto: \"\\b\"}]}\n",
		"a: \xc2\x9b\n", "a: \xff\x9b\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_free_ char *out = NULL;
		size_t size;
		FILE *stream = open_memstream(&out, &size);

		setup(NULL);
		policy_parse_buffer("\x1b]0;", texts[i], strlen(texts[i]), &diags, &policy);
		assert_true(diags.errors > 0);
		diags_print(&diags, stream);
		fclose(stream);
		for (size_t j = 0; j < size; j++) {
			unsigned char c = out[j];

			assert_true(c == '\n' || (c >= ' ' && c < 0x7f));
		}
		assert_non_null(strstr(out, "\\x1b]0;:1:"));
		if (strchr(texts[i], '\xff'))
			assert_non_null(strstr(out, "a: \\xff\\x9b"));
		teardown(NULL);
	}
}

static void carets_stay_below_their_place(void **state)
{
	char text[2000] = "# \xc3\xa4\n\xc3\xa4\xc3\xb6 : ";
	struct diag *diag;

	(void)state;
	memset(text + strlen(text), 'x', 1000);
	strcat(text, ": {m\xc3\xb6""de: off}\n");
	parse_bytes(text, strlen(text));
	assert_true(said("not valid YAML"));
	teardown(NULL);

	parse_bytes("a\tb:\t2\n", 7);
	assert_int_equal(diags.list[0].column, 2);
	assert_int_equal(diags.list[0].caret, 2);
	assert_string_equal(diags.list[0].source, "a b: 2");
	teardown(NULL);

	memset(text, 0, sizeof(text));
	strcpy(text, "exec: {mode: \"");
	memset(text + strlen(text), 'x', 1000);
	strcat(text, "\", m\xc3\xb6""de: off}\n");
	parse_bytes(text, strlen(text));
	diag = &diags.list[0];
	assert_int_equal(diag->column, 14);
	assert_int_equal(diag->caret, 14);
	assert_int_equal(diag->width, 120);
	assert_true(strlen(diag->source) < 300);
	diag = &diags.list[1];
	assert_int_equal(diag->column, 1018);
	assert_int_equal(diag->width, 4);
	assert_memory_equal(diag->source, "...", 3);
	assert_memory_equal(diag->source + diag->caret - 1, "m\xc3\xb6""de: off}", 11);
	assert_non_null(strstr(diag->text, "did you mean 'mode'?"));
}

static void deny_more_errors_than_anyone_reads(void **state)
{
	enum { MANY = 5000 };
	_cleanup_free_ char *text = malloc(MANY * 16);
	size_t len = 0;

	(void)state;
	for (int i = 0; i < MANY; i++)
		len += sprintf(text + len, "key%d: x\n", i);
	assert_int_equal(parse_bytes(text, len), -EINVAL);
	assert_true(diags.errors >= MANY);
	assert_int_equal(diags.count, POLICY_DIAGS_MAX + 1);
	assert_non_null(strstr(diags.list[POLICY_DIAGS_MAX].text, "too many errors"));
	assert_int_equal(diags.list[0].line, 1);
	assert_int_equal(diags.list[POLICY_DIAGS_MAX - 1].line, POLICY_DIAGS_MAX);
}

static void deny_nesting_and_numbers_without_end(void **state)
{
	enum { MANY = 100000 };
	_cleanup_free_ char *text = calloc(1, POLICY_BYTES_MAX + 1);

	(void)state;
	memset(text, '[', MANY);
	assert_int_equal(parse_bytes(text, MANY), -EINVAL);
	assert_true(said("nested too deeply"));
	teardown(NULL);
	memset(text, '#', (1 << 20) + 1);
	assert_int_equal(parse_bytes(text, (1 << 20) + 1), -EINVAL);
	assert_true(said("a line longer than 1048576 bytes"));
	teardown(NULL);
	memset(text, '\n', 101);
	assert_int_equal(parse_bytes(text, 101), -EINVAL);
	assert_true(said("more than 100 empty lines"));
	teardown(NULL);
	memset(text + 99, '#', 1 << 20);
	assert_int_equal(parse_bytes(text, 1 << 20), -EINVAL);
	assert_true(said("nothing in it but comments"));
	teardown(NULL);
	for (size_t i = 0; i < POLICY_BYTES_MAX; i += 4)
		memcpy(text + i, "- a\n", 4);
	assert_int_equal(parse_bytes(text, POLICY_BYTES_MAX), -EINVAL);
	assert_true(said("more than 4194304 values"));
	teardown(NULL);
	assert_int_equal(parse_bytes(text, POLICY_BYTES_MAX + 1), -EFBIG);
	assert_true(said("larger than 32 MiB"));
}

static void deny_what_is_not_a_readable_file(void **state)
{
	char dir[] = "/tmp/policy_test.XXXXXX", path[64];
	int err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(policy_parse(dir, &diags, &policy), -EISDIR);
	assert_true(said("Is a directory"));
	assert_string_equal(diags.list[0].file, dir);
	teardown(NULL);

	setup(NULL);
	snprintf(path, sizeof(path), "%s/policy.yaml", dir);
	assert_int_equal(policy_parse(path, &diags, &policy), -ENOENT);
	assert_true(said("No such file or directory"));
	teardown(NULL);

	/* Would hang, were it opened as a file is. */
	setup(NULL);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(policy_parse(path, &diags, &policy), -EINVAL);
	assert_true(said("not a regular file"));
	teardown(NULL);

	setup(NULL);
	unlink(path);
	fclose(fopen(path, "w"));
	assert_int_equal(truncate(path, POLICY_BYTES_MAX + 1l), 0);
	err = policy_parse(path, &diags, &policy);
	unlink(path);
	rmdir(dir);
	assert_int_equal(err, -EFBIG);
	assert_true(said("larger than 32 MiB"));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_denied_value_has_an_allowed_neighbour),
		TEST(deny_a_unit_to_seal_at_as_unsupported_never_as_unknown),
		TEST(allow_values_of_unbuilt_classes_that_are_what_the_build_does),
		TEST(deny_missing_section_and_missing_version),
		TEST(defaults_are_the_documented_ones),
		TEST(values_arrive_where_they_belong),
		TEST(exec_libraries_and_jit_arrive_where_they_belong),
		TEST(exec_allow_arrives_where_it_belongs),
		TEST(ptrace_keys_arrive_where_they_belong),
		TEST(selectors_of_destinations_arrive_where_they_belong),
		TEST(unix_entries_are_pairs_of_programs),
		TEST(vsock_entries_are_cids_with_ports),
		TEST(pairs_and_places_are_limited),
		TEST(protocols_without_effect_are_refused),
		TEST(sources_arrive_where_they_belong),
		TEST(numbers_of_protocols_are_as_good_as_names),
		TEST(kernel_sysctls_arrive_where_they_belong),
		TEST(kernel_devices_arrive_where_they_belong),
		TEST(dangerous_sysctls_are_those_of_the_table),
		TEST(seal_keys_arrive_where_they_belong),
		TEST(deny_directives),
		TEST(suggest_only_what_is_near),
		TEST(digest_is_sha256_of_the_bytes),
		TEST(deny_texts_that_are_not_plain_utf8_yaml),
		TEST(deny_control_bytes_in_what_is_printed),
		TEST(carets_stay_below_their_place),
		TEST(deny_more_errors_than_anyone_reads),
		TEST(deny_nesting_and_numbers_without_end),
		TEST(deny_what_is_not_a_readable_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
