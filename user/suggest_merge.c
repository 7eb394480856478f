// SPDX-License-Identifier: GPL-2.0-only
/* suggest_merge.c - from many lines to few, and what was left out. */
#include "suggest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "suggest_parts.h"
#include "util.h"

int suggest_leave(struct suggestion *suggestion, const struct replay_row *row, const char *why, bool dangerous)
{
	struct suggest_left *left = NULL, *grown;

	for (size_t i = 0; !left && i < suggestion->n_left; i++)
		if (suggestion->left[i].kind == row->record.kind && !strcmp(suggestion->left[i].why, why))
			left = &suggestion->left[i];
	if (!left) {
		grown = reallocarray(suggestion->left, suggestion->n_left + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		suggestion->left = grown;
		left = &grown[suggestion->n_left++];
		*left = (struct suggest_left) { .kind = row->record.kind, .dangerous = dangerous, .why = why };
	}
	left->count += row->count;
	left->rows++;
	left->last_seq = row->last_seq > left->last_seq ? row->last_seq : left->last_seq;
	return 0;
}

static void free_words(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->list[i]);
	free(words->list);
	*words = (struct words) {};
}

void suggest_free_line(struct suggest_line *line)
{
	for (int field = 0; field < SUGGEST_FIELDS; field++)
		free_words(&line->field[field]);
	free_words(&line->programs);
	free_words(&line->sources);
	free(line->rows);
}

/* Numbers by their value. */
static int compare_words(const char *a, const char *b)
{
	size_t na = strspn(a, "0123456789"), nb = strspn(b, "0123456789");

	if (na && nb && !a[na] && !b[nb] && na != nb)
		return na < nb ? -1 : 1;
	return strcmp(a, b);
}

static int by_word(const void *a, const void *b)
{
	return compare_words(*(char *const *)a, *(char *const *)b);
}

/* Takes all of `from`. */
static int join_words(struct words *words, struct words *from)
{
	char **list = from->count ? reallocarray(words->list, words->count + from->count, sizeof(*list)) : NULL;
	size_t kept = 0;

	if (!from->count)
		return 0;
	if (!list)
		return -ENOMEM;
	words->list = list;
	memcpy(list + words->count, from->list, from->count * sizeof(*list));
	words->count += from->count;
	free(from->list);
	*from = (struct words) {};
	qsort(list, words->count, sizeof(*list), by_word);
	for (size_t i = 0; i < words->count; i++) {
		if (kept && !strcmp(list[kept - 1], list[i]))
			free(list[i]);
		else
			list[kept++] = list[i];
	}
	words->count = kept;
	return 0;
}

static int compare_lists(const struct words *a, const struct words *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++) {
		int order = compare_words(a->list[i], b->list[i]);

		if (order)
			return order;
	}
	return (a->count > b->count) - (a->count < b->count);
}

/* By all but the field `skip`.  An entry that has no such field is none that could get one: without ports it is for all. */
static int compare_but(const struct suggest_line *a, const struct suggest_line *b, int skip)
{
	int order = (a->key > b->key) - (a->key < b->key);

	for (int field = 0; !order && field < SUGGEST_FIELDS; field++) {
		if (field != skip)
			order = compare_lists(&a->field[field], &b->field[field]);
		else
			order = (a->field[field].count != 0) - (b->field[field].count != 0);
	}
	return order;
}

static int by_line(const void *a, const void *b, void *skip)
{
	return compare_but(a, b, *(int *)skip) ?: compare_but(a, b, -1);
}

static int join_rows(struct suggest_line *line, const struct suggest_line *from)
{
	__u32 *rows = reallocarray(line->rows, line->n_rows + from->n_rows, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	memcpy(rows + line->n_rows, from->rows, from->n_rows * sizeof(*rows));
	line->rows = rows;
	line->n_rows += from->n_rows;
	return 0;
}

static int join_lines(struct suggest_line *line, struct suggest_line *from)
{
	int err = join_rows(line, from) ?: join_words(&line->programs, &from->programs);

	for (int field = 0; !err && field < SUGGEST_FIELDS; field++)
		err = join_words(&line->field[field], &from->field[field]);
	err = err ?: join_words(&line->sources, &from->sources);
	line->count += from->count;
	line->dangerous |= from->dangerous;
	line->note = line->note ?: from->note;
	if (from->first_seq < line->first_seq) {
		line->first_seq = from->first_seq;
		memcpy(line->first, from->first, sizeof(line->first));
	}
	if (from->last_seq > line->last_seq) {
		line->last_seq = from->last_seq;
		memcpy(line->last, from->last, sizeof(line->last));
	}
	return err;
}

/* Neighbours that are the same but for one list become one. */
static int merge_field(struct suggestion *suggestion, int field)
{
	struct suggest_line *lines = suggestion->lines;
	size_t kept = 0;
	int err = 0;

	if (!suggestion->n_lines)
		return 0;
	qsort_r(lines, suggestion->n_lines, sizeof(*lines), by_line, &field);
	for (size_t i = 1; i < suggestion->n_lines; i++) {
		bool mergeable = field < 0 || lines[i].key->lists >> field & 1;

		if (mergeable && !compare_but(&lines[kept], &lines[i], field)) {
			err = err ?: join_lines(&lines[kept], &lines[i]);
			suggest_free_line(&lines[i]);
		} else if (++kept != i) {
			lines[kept] = lines[i];
		}
	}
	suggestion->n_lines = kept + 1;
	return err;
}

int suggest_merge(struct suggestion *suggestion)
{
	/* The same line, its ports, then programs, addresses and protocols. */
	static const int order[] = { -1, 1, 3, 0, 2, -1 };
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(order); i++)
		err = merge_field(suggestion, order[i]);
	return err;
}

void suggest_drop(struct suggestion *suggestion, size_t index)
{
	suggest_free_line(&suggestion->lines[index]);
	suggestion->n_lines--;
	memmove(&suggestion->lines[index], &suggestion->lines[index + 1],
		(suggestion->n_lines - index) * sizeof(*suggestion->lines));
}

void suggest_free(struct suggestion *suggestion)
{
	for (size_t i = 0; i < suggestion->n_lines; i++)
		suggest_free_line(&suggestion->lines[i]);
	free(suggestion->lines);
	free(suggestion->left);
	free(suggestion->dropin);
	free(suggestion->diff);
	memset(suggestion, 0, sizeof(*suggestion));
}
