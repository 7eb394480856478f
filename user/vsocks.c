// SPDX-License-Identifier: GPL-2.0-only
/* vsocks.c - egress.vsock: from entries to rows of the kernel's tables. */
#include "vsocks.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "hardenctl.skel.h"
#include "sockets.h"
#include "util.h"

/* Types of sockets that send only where they have been connected to. */
static const __u16 types[] = { SOCK_STREAM, SOCK_SEQPACKET };

/* The largest block of ports that begins at `lo`, ends by `hi` and is all that share their first bits: how many bits. */
static unsigned int block(__u64 lo, __u64 hi)
{
	unsigned int bits = 0;

	while (bits < 32 && !(lo & ((2ull << bits) - 1)) && lo + (2ull << bits) - 1 <= hi)
		bits++;
	return bits;
}

static __u32 count_blocks(struct vsock_ports ports)
{
	__u32 n = 0;

	for (__u64 lo = ports.lo; lo <= ports.hi; lo += 1ull << block(lo, ports.hi))
		n++;
	return n;
}

__u32 vsocks_rows(const struct policy *policy)
{
	__u32 n = 0;

	for (size_t i = 0; i < policy->vsocks.count; i++)
		n += count_blocks(policy->vsocks.list[i].ports);
	return n ?: 1;
}

/* Those of everybody, and those of each program. */
__u32 vsocks_socket_rows(const struct policy *policy)
{
	return policy->vsocks.count ? ARRAY_SIZE(types) * (policy->vsocks.count + 1) : 0;
}

static const struct program_file *find(const struct draft *draft, const char *path)
{
	for (size_t i = 0; i < draft->vsock_programs.count; i++)
		if (!strcmp(draft->vsock_programs.list[i].path, path))
			return &draft->vsock_programs.list[i];
	return NULL;
}

/* Under lockdown=confidentiality 6.1 has no way to keep our pins, without which nothing tells where they connect. */
static int check_kernel(const struct policy *policy, const struct kernel *kernel, struct fail *fail)
{
	const struct where *where = policy->vsocks.count ? &policy->vsocks.list[0].where : NULL;

	if (!where || kernel->reads_memory)
		return 0;
	return fail_set(fail, EXIT_FAILED, ENOTSUP, "leave the entries out, or lockdown=confidentiality",
			"%s:%u: egress.vsock: this kernel can't keep the rule in force under lockdown=confidentiality; Linux 6.2 and "
			"newer can", policy->files[where->file], where->line);
}

int vsocks_find(struct draft *draft, const struct kernel *kernel, struct fail *fail)
{
	const struct vsock_rules *rules = &draft->policy->vsocks;
	int err = check_kernel(draft->policy, kernel, fail);

	for (size_t i = 0; !err && i < rules->count; i++) {
		const struct vsock_rule *rule = &rules->list[i];

		if (rule->by && !find(draft, rule->by))
			err = sockets_find_program(draft, &draft->vsock_programs, "egress.vsock", rule->by, rule->optional,
						   &rule->where, fail);
	}
	return err;
}

int vsocks_resolve(struct draft *draft, struct fail *fail)
{
	if (!draft->vsock_programs.count)
		return 0;
	return identities_resolve(&draft->vsock_programs, draft->skel->progs.core__file_ids, fail);
}

static int put_ports(struct draft *draft, const struct vsock_rule *rule, const struct file_id *by, struct fail *fail)
{
	int map = bpf_map__fd(draft->skel->maps.hctl_vsock);
	unsigned int bits;

	for (__u64 lo = rule->ports.lo; lo <= rule->ports.hi; lo += 1ull << bits) {
		struct vsock_key key = { .cid = rule->cid, .by = *by, .port = htonl(lo) };

		bits = block(lo, rule->ports.hi);
		key.prefixlen = VSOCK_PREFIX + 32 - bits;
		if (bpf_map_update_elem(map, &key, &(__u32){ 1 }, BPF_ANY))
			return draft_failed(fail, "fill the table of egress.vsock");
	}
	return 0;
}

/* Whoever may connect may have a socket for it. */
static int put_kinds(struct draft *draft, const struct file_id *by, struct fail *fail)
{
	const struct file_id all = {};
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(types); i++) {
		struct socket_kind key = { .family = AF_VSOCK, .type = types[i], .proto = SOCKET_ANY_PROTO };

		err = sockets_put(draft, &key, memcmp(by, &all, sizeof(all)) ? SOCKET_SOME : SOCKET_CONNECT, fail);
		if (err || !memcmp(by, &all, sizeof(all)))
			continue;
		key.program = *by;
		err = sockets_put(draft, &key, SOCKET_CONNECT, fail);
	}
	return err;
}

int vsocks_fill(struct draft *draft, struct fail *fail)
{
	const struct vsock_rules *rules = &draft->policy->vsocks;
	int err = 0;

	if (draft->set.mode[GUARD_egress] == MODE_OFF)
		return 0;
	for (size_t i = 0; !err && i < rules->count; i++) {
		const struct vsock_rule *rule = &rules->list[i];
		const struct program_file *program = rule->by ? find(draft, rule->by) : NULL;
		struct file_id by = {};

		/* One that is not there has been left out. */
		if (rule->by && !program)
			continue;
		if (program)
			by = program->id;
		err = put_ports(draft, rule, &by, fail) ?: put_kinds(draft, &by, fail);
	}
	return err;
}
