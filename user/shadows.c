// SPDX-License-Identifier: GPL-2.0-only
/* shadows.c - entries of egress.allow and ingress.allow that allow nothing that others don't. Pure. */
#include "shadows.h"

#include <stdlib.h>
#include <string.h>

#define LEVEL_MAX	64	/* entries of one network that others are compared with */
#define NOBODY		(~0u)

/* The entries that list a network, but for those that another one of them covers. */
struct level {
	__u32 rules[LEVEL_MAX];
	size_t n;
	bool class;		/* networks around it do not count */
};

/* What is known of an entry. */
struct shade {
	size_t open;		/* of its networks, those that no other entry covers */
	__u32 by;		/* an entry that covers one of them, or NOBODY */
	bool several;		/* there are more */
};

struct shadows {
	const struct policy *policy;
	const struct net_rules *entries;
	const struct ports *own;
	const struct span *spans;
	struct shade *shades;
	struct level levels[SHADOWS_DEPTH];
};

struct shadows *shadows_make(const struct policy *policy, const struct net_rules *entries, const struct ports *own,
			     const struct span *spans)
{
	struct shadows *shadows = calloc(1, sizeof(*shadows));

	if (!shadows)
		return NULL;
	*shadows = (struct shadows) { .policy = policy, .entries = entries, .own = own, .spans = spans };
	shadows->shades = calloc(entries->count + 1, sizeof(*shadows->shades));
	if (!shadows->shades) {
		free(shadows);
		return NULL;
	}
	for (size_t i = 0; i < entries->count; i++)
		shadows->shades[i].by = NOBODY;
	return shadows;
}

static bool covers(const struct shadows *shadows, __u32 wide, __u32 narrow)
{
	struct span a = shadows->spans[wide], b = shadows->spans[narrow];
	const struct ports ports = { .list = shadows->own->list + a.first, .count = a.count };

	for (__u32 i = 0; i < b.count; i++)
		if (!ports_cover(&ports, &shadows->own->list[b.first + i]))
			return false;
	return true;
}

/* Of two that list the same of one network, the first stands. */
static bool beats(const struct shadows *shadows, __u32 a, __u32 b)
{
	return a != b && covers(shadows, a, b) && (a < b || !covers(shadows, b, a));
}

static void fill(const struct shadows *shadows, struct level *level, const struct item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool stands = level->n < LEVEL_MAX;

		for (size_t j = 0; stands && j < level->n; j++)
			stands = level->rules[j] != items[i].rule && !beats(shadows, level->rules[j], items[i].rule);
		if (stands)
			level->rules[level->n++] = items[i].rule;
	}
}

/* An entry that covers this one here: in a network around it, or in the same. */
static __u32 find(const struct shadows *shadows, size_t depth, __u32 rule)
{
	for (size_t i = depth + 1; i-- > 0;) {
		const struct level *level = &shadows->levels[i];

		for (size_t j = 0; j < level->n; j++) {
			__u32 other = level->rules[j];

			if (i == depth ? beats(shadows, other, rule) : other != rule && covers(shadows, other, rule))
				return other;
		}
		if (level->class)
			break;
	}
	return NOBODY;
}

void shadows_add(struct shadows *shadows, size_t depth, bool class, const struct item *items, size_t n)
{
	struct level *level = &shadows->levels[depth];

	level->n = 0;
	level->class = class;
	fill(shadows, level, items, n);
	for (size_t i = 0; i < n; i++) {
		struct shade *shade = &shadows->shades[items[i].rule];
		__u32 other = find(shadows, depth, items[i].rule);

		shade->open += other == NOBODY;
		shade->several |= other != NOBODY && shade->by != NOBODY && shade->by != other;
		if (shade->by == NOBODY)
			shade->by = other;
	}
}

static void report(const struct shadows *shadows, __u32 rule, struct diags *diags)
{
	const struct egress_rule *list = shadows->entries->list;
	const struct policy *policy = shadows->policy;
	const struct shade *shade = &shadows->shades[rule];
	const struct where *where = &list[rule].where, *other = &list[shade->by].where;
	struct diag_place place = { .file = policy->files[where->file], .line = where->line };
	bool same = where->file == other->file;

	if (shade->several)
		diag_warning(diags, &place, "this entry of '%s' allows nothing that others don't, such as that in line "
			     "%u%s%s", shadows->entries->name, other->line, same ? "" : " of ", same ? "" : policy->files[other->file]);
	else
		diag_warning(diags, &place, "this entry of '%s' allows nothing that the one in line %u%s%s doesn't",
			     shadows->entries->name, other->line, same ? "" : " of ", same ? "" : policy->files[other->file]);
}

void shadows_report(const struct shadows *shadows, struct diags *diags)
{
	for (size_t i = 0; i < shadows->entries->count; i++)
		if (!shadows->shades[i].open && shadows->shades[i].by != NOBODY)
			report(shadows, i, diags);
}

void shadows_free(struct shadows *shadows)
{
	if (shadows)
		free(shadows->shades);
	free(shadows);
}
