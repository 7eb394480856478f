// SPDX-License-Identifier: GPL-2.0-only
/* exec_keys.c - the keys of section exec. */
#include <string.h>

#include "schema.h"

const char *const exec_class_names[EXEC_CLASSES] = {
	[EXEC_SHELLS] = "shells",
	[EXEC_INTERPRETERS] = "interpreters",
	[EXEC_LOADER] = "loader",
	[EXEC_FILELESS] = "fileless",
};

const char *const class_words[] = { "deny", "allow", NULL };

void exec_read_class(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value), class = 0;

	if (word < 0)
		return;
	while (strcmp(exec_class_names[class], pair->key->name))
		class++;
	reader->policy->exec[class].deny = !strcmp(class_words[word], "deny");
	reader->policy->exec[class].where = yaml_where(reader->yaml, pair->value);
}
