// SPDX-License-Identifier: GPL-2.0-only
/* pseudo_keys.c - kernel.sysfs: whether a sealed machine's sysfs may be written. */
#include <string.h>

#include "schema.h"

void pseudo_read_sysfs(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word < 0)
		return;
	reader->policy->sysfs.deny = !strcmp(pair->key->words[word], "deny");
	reader->policy->sysfs.where = yaml_where(reader->yaml, pair->value);
}
