// SPDX-License-Identifier: GPL-2.0-only
/* kernel_keys.c - the keys of section kernel. */
#include <string.h>

#include "lockdown.h"
#include "schema.h"
#include "text.h"

static void read_reason(struct reader *reader, const struct yaml_node *item, const struct pair *pair)
{
	const char *text = schema_text(reader, pair, item), *nearest;

	if (!text)
		return;
	for (size_t i = 0; lockdown_words[i]; i++)
		if (!strcmp(text, lockdown_words[i])) {
			reader->policy->lockdown |= 1ull << i;
			return;
		}
	nearest = text_nearest(text, lockdown_words);
	yaml_error(reader->yaml, item, "'%s' is no reason to lock the kernel down%s%s%s",
		   yaml_quote(reader->yaml, item).s, nearest ? "; did you mean '" : "", nearest ?: "",
		   nearest ? "'?" : "");
}

void kernel_read_allow(struct reader *reader, const struct pair *pair)
{
	const struct yaml_node *list = pair->value, *item;

	if (!schema_is_list(reader, pair))
		return;
	reader->policy->lockdown_where = yaml_where(reader->yaml, pair->name);
	for (item = yaml_first(reader->yaml, list); item; item = yaml_next(reader->yaml, item))
		read_reason(reader, item, pair);
}

/* deny or allow. */
void kernel_read_class(struct reader *reader, const struct pair *pair)
{
	static const char *const names[KERNEL_CLASSES] = {
		[KERNEL_IO_URING] = "io_uring", [KERNEL_USERFAULTFD] = "userfaultfd",
		[KERNEL_USER_NAMESPACES] = "user_namespaces", [KERNEL_PERF] = "perf",
	};
	int word = schema_word(reader, pair, pair->value), class = 0;

	if (word < 0)
		return;
	while (strcmp(names[class], pair->key->name))
		class++;
	reader->policy->kernel[class].deny = !strcmp(pair->key->words[word], "deny");
	reader->policy->kernel[class].where = yaml_where(reader->yaml, pair->value);
}
