// SPDX-License-Identifier: GPL-2.0-only
/* seal_keys.c - the keys of the section `seal`. */
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "net.h"
#include "schema.h"
#include "util.h"

#define RETRY_MAX	86400	/* seconds: a day */

static const struct {
	const char *name;
	__u8 mask;
} bpf_kinds[] = {
	{ "cgroup_device", SEAL_BPF_DEVICE },
	{ "cgroup_skb", SEAL_BPF_SKB },
};

static const struct {
	const char *suffix;
	__u32 seconds;
} units[] = { { "", 1 }, { "s", 1 }, { "min", 60 }, { "m", 60 }, { "h", 3600 } };

void seal_read_at(struct reader *reader, const struct pair *pair)
{
	const char *text = schema_text(reader, pair, pair->value);

	if (!text)
		return;
	if (strcmp(text, "load") && strcmp(text, "manual"))
		yaml_error(reader->yaml, pair->value, "'seal.at: %s' is not supported by this build: "
			   "'manual' and 'load' are", yaml_quote(reader->yaml, pair->value).s);
	reader->policy->seal.at_load = !strcmp(text, "load");
}

/* "90", "90s", "2min", "1h". */
void seal_read_retry(struct reader *reader, const struct pair *pair)
{
	const char *text = schema_text(reader, pair, pair->value);
	char digits[16];
	__u64 number;
	size_t len;

	if (!text)
		return;
	len = strspn(text, "0123456789");
	snprintf(digits, sizeof(digits), "%.*s", (int)len, text);
	for (size_t i = 0; len && len < sizeof(digits) && i < ARRAY_SIZE(units); i++) {
		if (strcmp(text + len, units[i].suffix) || net_parse_number(digits, RETRY_MAX, &number) ||
		    number * units[i].seconds > RETRY_MAX)
			continue;
		reader->policy->seal.retry = number * units[i].seconds;
		return;
	}
	yaml_error(reader->yaml, pair->value, "'seal.retry' must be a duration up to a day, such as "
		   "'90s', '5min' or '1h', not '%s'", yaml_quote(reader->yaml, pair->value).s);
}

/* The guard of "audit:GUARD" or "off:GUARD", or -1. */
static int guard_after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) ? -1 : guard_find(text + len);
}

static void read_tolerate(struct reader *reader, const struct pair *pair,
			  const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item), *words[FINDING_COUNT + 1];
	struct seal_policy *seal = &reader->policy->seal;
	int guard;

	if (!text)
		return;
	guard = guard_after(text, "audit:");
	if (guard >= 0) {
		seal->tolerate_audit |= 1u << guard;
		return;
	}
	guard = guard_after(text, "off:");
	if (guard >= 0) {
		seal->tolerate_off |= 1u << guard;
		return;
	}
	for (int kind = 0; kind < FINDING_audit; kind++) {
		words[kind] = finding_names[kind];
		if (!strcmp(text, finding_names[kind])) {
			seal->tolerate |= 1u << kind;
			return;
		}
	}
	words[FINDING_audit] = "audit:GUARD";
	words[FINDING_audit + 1] = NULL;
	schema_unknown(reader, item, text, words, "is no kind that the seal can tolerate");
}

/* Here an empty list says something: nothing of the kind. */
static bool empty(const struct pair *pair)
{
	return pair->value->type == YAML_LIST && !pair->value->count;
}

void seal_read_tolerate(struct reader *reader, const struct pair *pair)
{
	if (!empty(pair))
		schema_each(reader, pair, read_tolerate);
}

static void read_bpf(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	const char *text = schema_text(reader, pair, item);

	if (!text)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(bpf_kinds); i++)
		if (!strcmp(text, bpf_kinds[i].name)) {
			reader->policy->seal.bpf |= bpf_kinds[i].mask;
			return;
		}
	yaml_error(reader->yaml, item, "'%s' is no kind of program that can be loaded after the seal: "
		   "cgroup_device and cgroup_skb are", yaml_quote(reader->yaml, item).s);
}

void seal_read_bpf(struct reader *reader, const struct pair *pair)
{
	if (!empty(pair))
		schema_each(reader, pair, read_bpf);
}

void seal_read_upgrades(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word >= 0)
		reader->policy->seal.upgrades = !strcmp(class_words[word], "allow");
}
