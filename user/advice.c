// SPDX-License-Identifier: GPL-2.0-only
/* advice.c - the lines of a policy that would allow what a record refused. */
#include "advice.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "event.h"
#include "filesystems.h"
#include "names.h"
#include "reasons.h"
#include "rules.h"
#include "socket_names.h"
#include "sysctls.h"

#define PLAIN_PATH	200	/* bytes; with room in the lines for what stands around it */

static const char *guard_of(const struct record *record)
{
	return kind_names[record->kind].guard;
}

/* `before-seal: audit` is less than any lasting permission. */
static void until_the_seal(const struct record *record, struct advice *advice)
{
	snprintf(advice->narrow, sizeof(advice->narrow), "%s:\n  before-seal: audit\n", guard_of(record));
	advice->narrow_permits = "everything that this guard refuses, but only until the seal; from then on it "
				 "refuses again.";
}

static void allow_class(const struct record *record, struct advice *advice)
{
	const char *rule = reasons[record->kind]->rule, *dot = strchr(rule, '.');

	snprintf(advice->lines, sizeof(advice->lines), "%.*s:\n  %s: allow\n", (int)(dot - rule), rule, dot + 1);
	advice->permits = "all of that class, to every program and user, after the seal too.";
	if (reasons[record->kind]->allow == ALLOW_CLASS)
		until_the_seal(record, advice);
}

bool advice_is_plain(const char *path, size_t len)
{
	return path[0] == '/' && len <= PLAIN_PATH &&
	       strspn(path, "/.-_+0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == len;
}

static void allow_file(const struct record *record, const char *key, struct advice *advice)
{
	size_t size, len;
	const char *path = event_path(record, &size);

	len = strnlen(path, size);
	if (!advice_is_plain(path, len)) {
		advice->permits = "An entry with its path would, but the path is not known, or not one to copy from a log.";
		return;
	}
	snprintf(advice->lines, sizeof(advice->lines), "exec:\n  %s:\n    - %.*s\n", key, (int)len, path);
	until_the_seal(record, advice);
}

static void allow_program(const struct record *record, struct advice *advice)
{
	allow_file(record, "allow", advice);
	if (advice->lines[0])
		advice->permits = "every program and user to start it, with any arguments.  The file is what is there at "
				  "the load.";
}

/* Where the policy has no list yet, these lines make one. */
static void allow_library(const struct record *record, struct advice *advice)
{
	allow_file(record, "libraries", advice);
	if (advice->lines[0])
		advice->permits = "every program to run its code.  The file is what is there at the load.";
}

/* A record names its subject by a path that others may have chosen. */
static void allow_jit(const struct record *record, struct advice *advice)
{
	snprintf(advice->lines, sizeof(advice->lines), "exec:\n  jit: any\n");
	advice->permits = "every program to make code and run it.  A list with the program's path, in brackets, permits it to "
			  "that one alone.";
	until_the_seal(record, advice);
}

static void allow_mode(const struct record *record, struct advice *advice)
{
	snprintf(advice->lines, sizeof(advice->lines), "%s:\n  mode: audit\n", guard_of(record));
	advice->permits = "everything that this guard refuses, to everyone: it only records then.  This build can't "
			  "list single cases of it, and the seal refuses a guard in audit mode unless seal.tolerate "
			  "lists it as audit:GUARD.";
	if (reasons[record->kind]->allow != ALLOW_SEALED_MODE)
		until_the_seal(record, advice);
}

/* By the name that a file or an image has: the process may have chosen it. */
static void allow_module(const struct record *record, struct advice *advice)
{
	char name[MODULE_TEXT];

	event_module(record, name, sizeof(name));
	if (!name[0] || strspn(name, "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(name) ||
	    strlen(name) > 55) {
		allow_mode(record, advice);
		return;
	}
	snprintf(advice->lines, sizeof(advice->lines), "modules:\n  allow: [%s]\n", name);
	advice->permits = "the module of that name and those that it needs, as this kernel's modules.dep has them, until the "
			  "seal, to whoever may load modules.";
	until_the_seal(record, advice);
}

static void allow_mount(const struct record *record, struct advice *advice)
{
	char type[MOUNT_TYPE_NAME];

	snprintf(type, sizeof(type), "%.*s", MOUNT_TYPE_NAME - 1, record->object.text.detail);
	if (filesystem_find(type) < 0) {
		advice->permits = "An entry with its name in kernel.mounts would, but this build does not know that type.";
		return;
	}
	snprintf(advice->lines, sizeof(advice->lines), "kernel:\n  mounts: [%s]\n", type);
	advice->permits = "everyone who may mount to mount any file system of that type, after the seal too.";
}

/* As the policy spells it: the interface is the same for it. */
static void allow_sysctl(const struct record *record, struct advice *advice)
{
	char name[sizeof(record->object.text.detail) + 1] = "", listed[SYSCTL_MAX];

	memcpy(name, record->object.text.detail, sizeof(record->object.text.detail));
	if (!sysctls_canonical(name, listed)) {
		advice->permits = "An entry with its name would, but the name is not one to copy from a log.";
		return;
	}
	snprintf(advice->lines, sizeof(advice->lines), "kernel:\n  sysctls:\n    - %s\n", listed);
	advice->permits = "every program with the privilege to write it, on the sealed machine, too, with any value.  Where the "
			  "policy has no list yet this makes one, and what that does not list is refused.";
}

/* As the policy spells it: by number where that is all that the hook knew, else by a path that it can hold without quotes. */
static bool device_name(const struct object_file *file, char ret_name[PLAIN_PATH + 1])
{
	bool character = !strcmp(file->path, "/dev/char/");
	size_t len = strnlen(file->path, sizeof(file->path));

	if (character || !strcmp(file->path, "/dev/block/")) {
		snprintf(ret_name, PLAIN_PATH + 1, "%s %u:%u", character ? "char" : "block", file->id.dev >> 20,
			 file->id.dev & 0xfffff);
		return true;
	}
	if (!advice_is_plain(file->path, len))
		return false;
	snprintf(ret_name, PLAIN_PATH + 1, "%.*s", (int)len, file->path);
	return true;
}

static void allow_device(const struct record *record, struct advice *advice)
{
	char name[PLAIN_PATH + 1];

	if (!device_name(&record->object.file, name)) {
		advice->permits = "An entry with its number would, but the record does not have that.";
		return;
	}
	snprintf(advice->lines, sizeof(advice->lines), "kernel:\n  devices:\n    - %s\n", name);
	advice->permits = "every program with the privilege to read and write it, on the sealed machine, too.";
	snprintf(advice->narrow, sizeof(advice->narrow), "kernel:\n  devices:\n    - {device: %s, access: read}\n", name);
	advice->narrow_permits = "reading alone; `by` with the path of a program gives a character device to that one alone.";
}

/* What an entry of egress.allow or ingress.allow has of a record. */
struct net_text {
	char address[128], port[24];	/* "", where it has none */
	const char *proto;
};

static const char *proto_word(__u16 proto)
{
	return proto == IPPROTO_TCP ? "tcp" : proto == IPPROTO_UDP ? "udp" :
	       proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6 ? "icmp" : NULL;
}

static bool describe(const struct object_net *net, struct net_text *ret_text, struct advice *advice)
{
	int family = net->family == AF_INET ? AF_INET : AF_INET6;
	char address[INET6_ADDRSTRLEN], inner[INET_ADDRSTRLEN];
	struct cidr net4;

	memset(ret_text, 0, sizeof(*ret_text));
	ret_text->proto = proto_word(net->proto);
	if (!ret_text->proto || !inet_ntop(family, net->addr, address, sizeof(address))) {
		advice->permits = "An entry that lists it has an effect for TCP, UDP and ICMP only.";
		return false;
	}
	/* 0 is no port that a policy can name. */
	if (net->port && strcmp(ret_text->proto, "icmp"))
		snprintf(ret_text->port, sizeof(ret_text->port), ", port: %u", net->port);
	snprintf(ret_text->address, sizeof(ret_text->address), "\"%s\"", address);
	/* Both are needed. */
	if (family == AF_INET6 && rules_inner(net->addr, &net4))
		snprintf(ret_text->address, sizeof(ret_text->address), "[\"%s\", %s]", address,
			 inet_ntop(AF_INET, net4.addr, inner, sizeof(inner)));
	return true;
}

static void allow_destination(const struct record *record, struct advice *advice)
{
	struct net_text text;

	if (!describe(&record->object.net, &text, advice))
		return;
	snprintf(advice->lines, sizeof(advice->lines), "egress:\n  allow:\n    - {to: %s%s, proto: %s}\n", text.address,
		 text.port, text.proto);
	if (!strcmp(text.proto, "icmp")) {
		advice->permits = "every program that has a socket for it (egress.sockets) to send ICMP there, whatever is in it.  `by` "
				  "with the path of a program does so for sockets that the program made.";
		return;
	}
	advice->permits = text.port[0] ?
		"every program and user to send anything there." :
		"every program and user to send anything there, to any port.  A policy can't name port 0.";
	snprintf(advice->narrow, sizeof(advice->narrow), "egress:\n  allow:\n    - {to: %s%s, proto: %s, user: %u}\n", text.address,
		 text.port, text.proto, record->uid);
	advice->narrow_permits = "that user alone; `by` with the path of a program does so for sockets that the program made.";
}

/* Who listens names nobody: then it is everybody, in the family that it listens for. */
static void allow_source(const struct record *record, struct advice *advice)
{
	const struct object_net *net = &record->object.net;
	bool listens = !memcmp(net->addr, (const __u8 [16]){}, 16);
	struct net_text text;

	if (!describe(net, &text, advice))
		return;
	if (listens)
		snprintf(text.address, sizeof(text.address), "%s", net->family == AF_INET ? "0.0.0.0/0" : "\"::/0\"");
	snprintf(advice->lines, sizeof(advice->lines), "ingress:\n  allow:\n    - {from: %s%s, proto: %s}\n", text.address,
		 text.port, text.proto);
	if (!listens) {
		advice->permits = text.port[0] ?
			"that address to reach whatever listens on this port.  `by` with the path of a program does so for sockets that "
			"the program made." : "that address to reach whatever listens, on any port.";
		return;
	}
	advice->permits = text.port[0] ?
		"every program and user to listen there, and everybody to reach it, which is wide: name in `from` those who are "
		"meant, 127.0.0.0/8 if it is this machine alone." :
		"every program and user to listen on any port, and everybody to reach it, which is wide: name in `from` those who "
		"are meant.  A policy can't name port 0.";
	if (!strcmp(text.proto, "icmp"))
		return;
	snprintf(advice->narrow, sizeof(advice->narrow), "ingress:\n  allow:\n    - {from: %s%s, proto: %s, user: %u}\n", text.address,
		 text.port, text.proto, record->uid);
	advice->narrow_permits = "that user alone to listen there, for everybody; `by` with the path of a program does so for sockets "
				 "that the program made.";
}

/* Words, or numbers where there is none: "{family: packet, type: raw}". */
static void allow_socket(const struct record *record, struct advice *advice)
{
	const struct object_net *net = &record->object.net;
	bool inet = net->family == AF_INET || net->family == AF_INET6;
	char family[16], type[16], word[16], proto[32] = "";

	if (!net->family || (inet && net->proto == PROTO_CANARY)) {
		advice->permits = "No entry can list this one.";
		return;
	}
	if (inet)
		snprintf(proto, sizeof(proto), ", proto: %s", socket_word_name(socket_protos, net->proto, word, sizeof(word)));
	snprintf(advice->lines, sizeof(advice->lines), "egress:\n  sockets:\n    - {family: %s, type: %s%s}\n",
		 socket_word_name(socket_families, net->family, family, sizeof(family)),
		 socket_word_name(socket_types, net->type, type, sizeof(type)), proto);
	advice->permits = "every program that has the privilege to send by it to anywhere: no rule for destinations holds for it.  "
			  "`by` with the path of a program lets that one alone.";
}

static void allow_reroute(const struct record *record, struct advice *advice)
{
	const struct object_request *request = &record->object.request;

	if (request->class >= REROUTE_COUNT) {
		advice->permits = "Nothing, or an entry for each of them if more messages came in one call than are looked at.";
		return;
	}
	snprintf(advice->lines, sizeof(advice->lines), "egress:\n  netlink:\n    - {operations: %s}\n",
		 reroute_names[request->class]);
	advice->permits = "everybody with the privilege to change all that the word stands for, on the sealed machine, too.  `by` with "
			  "the path of a program lets that one alone.";
}

/* Who tried has a path that others may have chosen. */
static void allow_deputy(const struct record *record, struct advice *advice)
{
	const char *maker = record->object.peer.maker;
	size_t len = strnlen(maker, sizeof(record->object.peer.maker));

	if (!len || !advice_is_plain(maker, len)) {
		advice->permits = "An entry with the program that made the socket would, but that is not known, or its path is not "
				  "one to copy from a log.  Of sockets from before the load it may not be.";
		return;
	}
	snprintf(advice->lines, sizeof(advice->lines), "egress:\n  unix:\n    - {to: %s}\n", maker);
	advice->permits = "every program to talk to every socket that this one made, so far as the sockets' files let it.  `by` "
			  "with the path of a program lets that one alone.";
}

static void allow_vsock(const struct record *record, struct advice *advice)
{
	struct vsock_address at = event_vsock(record);

	if (record->kind == KIND_egress_socket_listen_vsock) {
		allow_socket(record, advice);
		return;
	}
	if (at.cid == VSOCK_ANY || at.port == VSOCK_ANY) {
		advice->permits = "No entry can list this one.";
		return;
	}
	snprintf(advice->lines, sizeof(advice->lines), "egress:\n  vsock:\n    - {cid: %u, port: %u}\n", at.cid, at.port);
	advice->permits = "every program to send anything there.  `by` with the path of a program lets that one alone.";
}

static void allow_lockdown(const struct record *record, struct advice *advice)
{
	const char *name = record->object.text.detail;
	size_t len = strnlen(name, LOCKDOWN_NAME);

	if (!len || len == LOCKDOWN_NAME || strspn(name, "-abcdefghijklmnopqrstuvwxyz") != len) {
		advice->permits = "hardenctl knows no name for this reason, and what has no name can't be listed.";
		return;
	}
	snprintf(advice->lines, sizeof(advice->lines), "kernel:\n  allow: [%s]\n", name);
	advice->permits = "everybody with the privilege to do all that the kernel asks about under this name, after the seal too.";
	until_the_seal(record, advice);
}

/* The word of seal.bpf under which the refused command is admitted, or NULL. */
static const char *bpf_kind(const struct object_bpf *bpf)
{
	if (bpf->cmd == BPF_PROG_LOAD)
		return bpf->type == BPF_PROG_TYPE_CGROUP_DEVICE ? "cgroup_device" :
		       bpf->type == BPF_PROG_TYPE_CGROUP_SKB ? "cgroup_skb" : NULL;
	if (bpf->cmd != BPF_PROG_ATTACH && bpf->cmd != BPF_PROG_DETACH)
		return NULL;
	return bpf->type == BPF_CGROUP_DEVICE ? "cgroup_device" :
	       bpf->type == BPF_CGROUP_INET_INGRESS || bpf->type == BPF_CGROUP_INET_EGRESS ? "cgroup_skb" : NULL;
}

static void allow_bpf(const struct record *record, bool inspects, struct advice *advice)
{
	const char *kind = bpf_kind(&record->object.bpf);

	if (!kind) {
		advice->permits = "seal.bpf admits loading and attaching programs of type cgroup_device and cgroup_skb only.";
		return;
	}
	if (!inspects) {
		advice->permits = "seal.bpf would admit this kind, but this kernel can't look into programs (6.12 and newer can).";
		return;
	}
	snprintf(advice->lines, sizeof(advice->lines), "seal:\n  bpf: [%s]\n", kind);
	advice->permits = "everyone with the privilege to load and attach programs of this kind after the seal, as long "
			  "as each instruction is harmless.";
}

/* "off: guard data is off", "tracer: pid 7 ..." (seal.c) as seal.tolerate spells it; false: it can't be named. */
static bool finding_word(const struct object_text *text, char *ret_word, size_t size)
{
	char detail[sizeof(text->detail) + 1] = "", guard[16];
	const char *colon;

	memcpy(detail, text->detail, sizeof(text->detail));
	colon = strchr(detail, ':');
	for (int kind = 0; colon && kind < FINDING_canary; kind++) {
		const char *name = finding_names[kind];

		if (strlen(name) != (size_t)(colon - detail) || strncmp(detail, name, colon - detail))
			continue;
		snprintf(ret_word, size, "%s", name);
		if (kind != FINDING_audit && kind != FINDING_off)
			return true;
		if (sscanf(colon, ": guard %15[a-z]", guard) != 1 || guard_find(guard) < 0)
			return false;
		snprintf(ret_word, size, "%s:%s", name, guard);
		return true;
	}
	return false;
}

static void allow_finding(const struct record *record, struct advice *advice)
{
	char word[64];

	if (!finding_word(&record->object.text, word, sizeof(word))) {
		advice->permits = "A seal never tolerates this.";
		return;
	}
	snprintf(advice->lines, sizeof(advice->lines), "seal:\n  tolerate: [\"%s\"]\n", word);
	advice->permits = "a seal to accept everything of that kind: what it finds then may break a promise.";
}

void advice_of(const struct record *record, bool inspects, struct advice *ret_advice)
{
	memset(ret_advice, 0, sizeof(*ret_advice));
	switch (reasons[record->kind]->allow) {
	case ALLOW_NOTHING:
		break;
	case ALLOW_CLASS:
	case ALLOW_SEALED_CLASS:
		allow_class(record, ret_advice);
		break;
	case ALLOW_PROGRAM:
		allow_program(record, ret_advice);
		break;
	case ALLOW_LIBRARY:
		allow_library(record, ret_advice);
		break;
	case ALLOW_JIT:
		allow_jit(record, ret_advice);
		break;
	case ALLOW_MODULE:
		allow_module(record, ret_advice);
		break;
	case ALLOW_MOUNT:
		allow_mount(record, ret_advice);
		break;
	case ALLOW_MODE:
	case ALLOW_SEALED_MODE:
		allow_mode(record, ret_advice);
		break;
	case ALLOW_REROUTE:
		allow_reroute(record, ret_advice);
		break;
	case ALLOW_DEPUTY:
		allow_deputy(record, ret_advice);
		break;
	case ALLOW_VSOCK:
		allow_vsock(record, ret_advice);
		break;
	case ALLOW_SOCKET:
		allow_socket(record, ret_advice);
		break;
	case ALLOW_DESTINATION:
		allow_destination(record, ret_advice);
		break;
	case ALLOW_SOURCE:
		allow_source(record, ret_advice);
		break;
	case ALLOW_BPF:
		allow_bpf(record, inspects, ret_advice);
		break;
	case ALLOW_LOCKDOWN:
		allow_lockdown(record, ret_advice);
		break;
	case ALLOW_DEVICE:
		allow_device(record, ret_advice);
		break;
	case ALLOW_SYSCTL:
		allow_sysctl(record, ret_advice);
		break;
	case ALLOW_FINDING:
		allow_finding(record, ret_advice);
		break;
	}
}
