// SPDX-License-Identifier: GPL-2.0-only
/* hooks.c - where in the kernel programs of ours may hang. */
#include "hooks.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

#include "abi.h"
#include "hardenctl.skel.h"
#include "kernel.h"
#include "util.h"

/* What follows where a hook is missing that not every policy needs: programs that are not loaded by default. */
static const struct {
	const char *hook, *consequence;
} optional[] = {
	{ "socket_create", "a policy with the guard egress can't be loaded" },
	{ "sb_kern_mount", "a policy with kernel.mounts can't be loaded" },
	{ "fs_context_parse_param", "a policy with kernel.mounts can't be loaded" },
	{ "kernel_post_load_data", "a policy with modules.allow can't be loaded" },
	{ "bpf_prog_load", "see unit-programs: seal.bpf lets nothing in" },
	{ "bpf_prog", "see unit-programs: seal.bpf lets nothing in" },
	{ "inode_set_acl", "nothing: here inode_setxattr is asked for access control lists, too" },
	{ "inode_file_setattr", "nothing: here flags of files are set by descriptors only" },
	{ "inode_remove_acl", "nothing: here inode_removexattr is asked for access control lists, too" },
	{ "key_alloc", "a policy with data.protect of keys can't be loaded" },
	{ "key_permission", "a policy with data.protect of keys can't be loaded" },
	{ "file_ioctl_compat", "nothing: here file_ioctl is asked for 32-bit programs, too" },
};

static const char *consequence_of(const char *hook)
{
	for (size_t i = 0; i < ARRAY_SIZE(optional); i++)
		if (!strcmp(optional[i].hook, hook))
			return optional[i].consequence;
	return NULL;
}

static bool has_function(const struct btf *btf, const char *prefix, const char *name)
{
	char function[128];

	snprintf(function, sizeof(function), "%s%s", prefix, name);
	return btf && btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) > 0;
}

/* As libbpf looks for the argument of a raw tracepoint. */
static bool has_tracepoint(const struct btf *btf, const char *name)
{
	char type[128];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return btf && btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) > 0;
}

static bool has_attach_type(const struct btf *btf, const struct bpf_program *prog)
{
	int id = btf ? btf__find_by_name_kind(btf, "bpf_attach_type", BTF_KIND_ENUM) : -1;
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;
	const struct btf_enum *values = type ? btf_enum(type) : NULL;

	for (int i = 0; type && i < btf_vlen(type); i++)
		if (values[i].val == (int)bpf_program__expected_attach_type(prog))
			return true;
	return false;
}

static void ask(struct kernel *kernel, const struct btf *btf, const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog), *hook, *name, *what = NULL, *hint = NULL;
	enum check_group group = CHECK_HOOK;
	struct kernel_check *check;
	bool ok = false;

	section += *section == '?';
	hook = strchr(section, '/');
	if (!hook)
		return;
	name = ++hook;
	if (!strncmp(section, "lsm", 3)) {
		ok = has_function(btf, "bpf_lsm_", hook);
		what = "LSM hook";
		hint = "use a kernel that has this LSM hook";
	} else if (!strncmp(section, "cgroup", 6)) {
		group = CHECK_CGROUP;
		name = section;
		ok = has_attach_type(btf, prog);
		what = "programs on the root cgroup";
		hint = "use a kernel with CONFIG_CGROUP_BPF that has this hook";
	} else if (!strncmp(section, "iter", 4)) {
		group = CHECK_ITERATOR;
		name = section;
		ok = has_function(btf, "bpf_iter_", hook);
		what = "what the baseline and the seal look through";
		hint = "use a kernel that has this iterator";
	} else {
		group = CHECK_ITERATOR;
		name = section;
		ok = has_tracepoint(btf, hook);
		what = "ends a provisional seal with its process";
		hint = "use a kernel that has this tracepoint";
	}
	check = (struct kernel_check *)kernel_find(kernel, name);
	if (check)
		check->required = check->required || bpf_program__autoload(prog);
	else
		check = kernel_add_check(kernel, group, name, bpf_program__autoload(prog), ok, hint, "%s", what);
	if (check && !check->required)
		check->consequence = consequence_of(hook);
}

void hooks_ask(struct kernel *kernel, const struct hardenctl_bpf *skel, const struct btf *btf)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, skel->obj)
		ask(kernel, btf, prog);
}
