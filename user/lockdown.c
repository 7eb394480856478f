// SPDX-License-Identifier: GPL-2.0-only
/* lockdown.c - why the kernel asks whether it is locked down: the reasons that kernel.allow names. */
#include "lockdown.h"

#include <bpf/btf.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "policy.h"
#include "util.h"

#define PREFIX	"LOCKDOWN_"

/* In the kernel's order.  Stable kernels have got some since they were released. */
const char *const lockdown_words[] = {
	"module-signature", "dev-mem", "efi-test", "kexec", "hibernation", "pci-access", "ioport", "msr", "acpi-tables",
	"device-tree", "pcmcia-cis", "tiocsserial", "module-parameters", "mmiotrace", "debugfs", "xmon-wr",
	"bpf-write-user", "dbg-write-kernel", "rtas-error-injection", "xen-user-actions", "kcore", "kprobes", "bpf-read-kernel",
	"dbg-read-kernel", "perf", "tracefs", "xmon-rw", "xfrm-secret", NULL,
};
static_assert(ARRAY_SIZE(lockdown_words) <= LOCKDOWN_MAX + 1, "lockdown_words: bits of a policy's mask");

/* No reasons, but ends of the two lists. */
static bool is_bound(const char *name)
{
	return !strcmp(name, "NONE") || !strcmp(name, "INTEGRITY_MAX") || !strcmp(name, "CONFIDENTIALITY_MAX");
}

/* "LOCKDOWN_DEV_MEM" is dev-mem.  A name that does not fit can't be allowed. */
static void note(struct lockdown *lockdown, const char *name, __s32 value)
{
	size_t len = strlen(name);

	if (strncmp(name, PREFIX, strlen(PREFIX)) || value < 0 || value >= LOCKDOWN_MAX)
		return;
	name += strlen(PREFIX);
	len -= strlen(PREFIX);
	if (is_bound(name) || len >= LOCKDOWN_NAME)
		return;
	for (size_t i = 0; i < len; i++)
		lockdown->name[value][i] = name[i] == '_' ? '-' : tolower((unsigned char)name[i]);
}

void lockdown_read(const struct btf *btf, struct lockdown *ret_lockdown)
{
	int id = btf__find_by_name_kind(btf, "lockdown_reason", BTF_KIND_ENUM);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

	memset(ret_lockdown, 0, sizeof(*ret_lockdown));
	for (__u32 i = 0; type && i < btf_vlen(type); i++) {
		const struct btf_enum *one = &btf_enum(type)[i];

		note(ret_lockdown, btf__name_by_offset(btf, one->name_off), one->val);
	}
}

int lockdown_find(const struct lockdown *lockdown, const char *name)
{
	for (int value = 0; value < LOCKDOWN_MAX; value++)
		if (lockdown->name[value][0] && !strcmp(lockdown->name[value], name))
			return value;
	return -1;
}

int lockdown_resolve(const struct lockdown *lockdown, const struct policy *policy, __u64 *ret_mask, struct fail *fail)
{
	__u64 mask = 0;

	for (size_t i = 0; lockdown_words[i]; i++) {
		int value;

		if (!(policy->lockdown & 1ull << i))
			continue;
		value = lockdown_find(lockdown, lockdown_words[i]);
		if (value < 0)
			return fail_set(fail, EXIT_KERNEL, ENOTSUP, "leave the entry out",
					"%s:%u: kernel.allow: this kernel is never locked down for '%s'",
					policy->files[policy->lockdown_where.file], policy->lockdown_where.line,
					lockdown_words[i]);
		mask |= 1ull << value;
	}
	*ret_mask = mask;
	return 0;
}
