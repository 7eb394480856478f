// SPDX-License-Identifier: GPL-2.0-only
/* kernel_keys.c - the keys of section kernel, but for lists of sysctls and devices. */
#include <string.h>

#include "filesystems.h"
#include "lockdown.h"
#include "schema.h"

static void read_reason(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item);

	if (!text)
		return;
	for (size_t i = 0; lockdown_words[i]; i++)
		if (!strcmp(text, lockdown_words[i])) {
			reader->policy->lockdown |= 1ull << i;
			return;
		}
	schema_unknown(reader, item, text, lockdown_words, "is no reason to lock the kernel down");
}

void kernel_read_allow(struct reader *reader, const struct pair *pair)
{
	reader->policy->lockdown_where = yaml_where(reader->yaml, pair->name);
	schema_each_item(reader, pair, read_reason);
}

/* deny or allow. */
void kernel_read_class(struct reader *reader, const struct pair *pair)
{
	static const char *const names[KERNEL_CLASSES] = {
		[KERNEL_IO_URING] = "io_uring", [KERNEL_USERFAULTFD] = "userfaultfd",
		[KERNEL_USER_NAMESPACES] = "user_namespaces", [KERNEL_PERF] = "perf",
	};
	int class = 0;

	while (strcmp(names[class], pair->key->name))
		class++;
	schema_read_class(reader, pair, &reader->policy->kernel[class]);
}

void kernel_read_sysfs(struct reader *reader, const struct pair *pair)
{
	schema_read_class(reader, pair, &reader->policy->sysfs);
}

static void read_type(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item);
	int type = text ? filesystem_find(text) : -1;

	if (type >= 0)
		reader->policy->mounts[type] = true;
	else if (text)
		schema_unknown(reader, item, text, filesystem_names, "is no type of file system that this build knows");
}

void kernel_read_mounts(struct reader *reader, const struct pair *pair)
{
	struct policy *policy = reader->policy;

	policy->mounts_set = true;
	policy->mounts_where = yaml_where(reader->yaml, pair->name);
	schema_each_item(reader, pair, read_type);
}
