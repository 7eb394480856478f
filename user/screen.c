// SPDX-License-Identifier: GPL-2.0-only
/* screen.c - what is in force, as `status` shows it: a headline, one row a guard, what it rests on, hints. */
#include "screen.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "names.h"
#include "text.h"
#include "util.h"

#define CELL		48
#define NS_PER_S	1000000000ull

/* ---- The headline ---- */

/* "8s", "3m", "2h", "40d" */
static void write_age(__u64 seconds, char ret_text[CELL])
{
	static const struct {
		__u64 below, unit;
		char letter;
	} units[] = { { 60, 1, 's' }, { 3600, 60, 'm' }, { 86400, 3600, 'h' }, { ~0ull, 86400, 'd' } };
	size_t i = 0;

	while (seconds >= units[i].below)
		i++;
	snprintf(ret_text, CELL, "%llu%c", seconds / units[i].unit, units[i].letter);
}

/* Guards that this build has and that do less than enforce now, such as " but for exec (audit), kernel (off)". */
static void write_weak(const struct status *status, FILE *out)
{
	const char *before = " but for";

	for (int guard = 0; guard < GUARD_COUNT; guard++) {
		__u32 mode = canary_mode(&status->set, status->seal, guard);

		/* A policy that gives no file away has no use for the guard that keeps them. */
		if (mode == MODE_ENFORCE || !guard_exists(guard) || (guard == GUARD_data && mode == MODE_OFF))
			continue;
		fprintf(out, "%s %s (%s)", before, guard_names[guard], mode_names[mode]);
		before = ",";
	}
}

static void write_headline(const struct status *status, const struct style *style, FILE *out)
{
	static const char *const states[] = {
		[SEAL_NONE] = "not sealed", [SEAL_PROVISIONAL] = "sealing", [SEAL_DONE] = "sealed",
	};
	bool whole = status_whole(status), green = status_green(status);
	const char *dot = style->utf8 ? "\u25cf" : green ? "*" : whole ? "o" : "!";
	_cleanup_free_ char *rest = NULL;
	size_t size;
	FILE *text = open_memstream(&rest, &size);

	if (!text)
		return;
	fputs(green ? "hardened: " : whole ? "loaded: " : "NOT hardened: ", text);
	fputs(whole ? "enforcing" : "NOT every guard holds", text);
	write_weak(status, text);
	fprintf(text, ", %s (since boot +", states[status->seal]);
	if (status->set.loaded_ns < 60 * NS_PER_S) {
		fprintf(text, "%.1fs)", (double)status->set.loaded_ns / NS_PER_S);
	} else {
		char age[CELL];

		write_age(status->set.loaded_ns / NS_PER_S, age);
		fprintf(text, "%s)", age);
	}
	fclose(text);
	fprintf(out, "%s%s%s ", style_on(style, green ? TONE_GOOD : whole ? TONE_WARN : TONE_BAD), dot, style_off(style));
	style_wrap(style, 2, 2, rest, out);
}

/* ---- The rows ---- */

/* "enforce", or what that means until the seal. */
static void mode_cell(const struct status *status, int guard, char ret_text[CELL])
{
	__u32 mode = status->set.mode[guard];

	snprintf(ret_text, CELL, "%s", canary_mode(&status->set, status->seal, guard) == mode ? mode_names[mode] : "audit*");
}

static void name_cell(const struct status *status, int guard, char ret_text[CELL])
{
	(void)status;
	snprintf(ret_text, CELL, "%s", guard_names[guard]);
}

static void rules_cell(const struct status *status, int guard, char ret_text[CELL])
{
	snprintf(ret_text, CELL, "%u", status->set.rules[guard]);
}

static void denied_cell(const struct status *status, int guard, char ret_text[CELL])
{
	snprintf(ret_text, CELL, "%llu", status->denied[guard]);
}

static void would_deny_cell(const struct status *status, int guard, char ret_text[CELL])
{
	snprintf(ret_text, CELL, "%llu", status->would_deny[guard]);
}

static void last_cell(const struct status *status, int guard, char ret_text[CELL])
{
	const struct last_record *last = &status->last[guard];
	char age[CELL];

	if (!last->seq) {
		strcpy(ret_text, "-");
		return;
	}
	/* It may be written while this reads. */
	write_age(status->read_ns > last->boot_ns ? (status->read_ns - last->boot_ns) / NS_PER_S : 0, age);
	snprintf(ret_text, CELL, "%.8s ago #%llu", age, last->seq);
}

static void canary_cell(const struct status *status, int guard, char ret_text[CELL])
{
	snprintf(ret_text, CELL, "%s", status->set.mode[guard] == MODE_OFF ? "-" : canary_names[status->canary[guard]]);
}

static const struct column {
	const char *name;
	int width;		/* negative: flush left */
	unsigned int rank;	/* where there is no room the highest goes first; 0: stays */
	void (*cell)(const struct status *status, int guard, char ret_text[CELL]);
} columns[] = {
	{ "guard", -7, 0, name_cell },
	{ "mode", -7, 0, mode_cell },
	{ "rules", 5, 4, rules_cell },
	{ "denied", 7, 1, denied_cell },
	{ "would-deny", 10, 3, would_deny_cell },
	{ "last", -15, 2, last_cell },
	{ "canary", -8, 0, canary_cell },
};

#define INDENT	2	/* before the first column, and between two */

/* Bits of the columns that there is room for. */
static __u32 fitting(const struct style *style)
{
	__u32 shown = (1u << ARRAY_SIZE(columns)) - 1;

	for (unsigned int rank = ARRAY_SIZE(columns); rank; rank--) {
		unsigned int width = 0;

		for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
			if (shown & 1u << i)
				width += INDENT + abs(columns[i].width);
		for (size_t i = 0; style->columns && width > style->columns && i < ARRAY_SIZE(columns); i++)
			if (columns[i].rank == rank)
				shown &= ~(1u << i);
	}
	return shown;
}

/* `guard` -1: the names of the columns.  Nothing ends in blanks. */
static void write_row(const struct status *status, int guard, __u32 shown, FILE *out)
{
	int owed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		char cell[CELL];
		int blanks;

		if (!(shown & 1u << i))
			continue;
		if (guard < 0)
			strcpy(cell, columns[i].name);
		else
			columns[i].cell(status, guard, cell);
		blanks = abs(columns[i].width) - (int)strlen(cell);
		blanks = blanks < 0 ? 0 : blanks;
		fprintf(out, "%*s%s", owed + INDENT + (columns[i].width > 0 ? blanks : 0), "", cell);
		owed = columns[i].width > 0 ? 0 : blanks;
	}
	fputc('\n', out);
}

static enum tone row_tone(const struct status *status, int guard)
{
	if (!status_proven(status, guard))
		return TONE_BAD;
	if (status->set.mode[guard] == MODE_OFF)
		return TONE_DIM;
	return canary_mode(&status->set, status->seal, guard) == MODE_ENFORCE ? TONE_PLAIN : TONE_WARN;
}

static void write_rows(const struct status *status, const struct style *style, FILE *out)
{
	__u32 shown = fitting(style);

	fputs(style_on(style, TONE_STRONG), out);
	write_row(status, -1, shown, out);
	fputs(style_off(style), out);
	for (int guard = 0; guard < GUARD_COUNT; guard++) {
		fputs(style_on(style, row_tone(status, guard)), out);
		write_row(status, guard, shown, out);
		fputs(style_off(style), out);
	}
}

/* ---- What it rests on ---- */

/* A line of text whose first word says what of. */
static void __attribute__((format(printf, 3, 4)))
write_line(const struct style *style, FILE *out, const char *format, ...)
{
	_cleanup_free_ char *line = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&line, format, args) < 0)
		line = NULL;
	va_end(args);
	if (!line)
		return;
	fputs("  ", out);
	style_wrap(style, 2, strcspn(line, " ") + 3, line, out);
}

static void write_policy(const struct status *status, const struct style *style, FILE *out)
{
	const struct set_info *set = &status->set;
	char name[4 * FILE_LEN + 1], path[4 * FILE_LEN + 1];
	unsigned int room = style->columns;

	event_escape(set->name, sizeof(set->name), name);
	event_escape(set->path, sizeof(set->path), path);
	write_line(style, out, "policy %s (%s) serial %llu%s, signer %s", name[0] ? name : "without a name", path, set->serial,
		   status->counted ? " (counted by the TPM)" : "", set->signer[0] ? set->signer : "none");
	/* A digest that is cut would pass for another. */
	if (!room || room >= strlen(set->digest) + 9)
		fprintf(out, "         %s\n", set->digest);
}

static void write_log(const struct status *status, const struct style *style, FILE *out)
{
	__u64 lost = 0;

	for (int cause = 0; cause < LOST_COUNT; cause++)
		lost += status->lost[cause];
	write_line(style, out, "programs %zu of %u attached; log %llu records, %llu overwritten, %llu lost, room for %u",
		   status->attached, status->set.attachments, status->records, status->overwritten, lost,
		   status->set.records);
	for (int cause = 0; lost && cause < LOST_COUNT; cause++)
		if (status->lost[cause])
			write_line(style, out, "lost %llu %s", status->lost[cause], lost_names[cause]);
	write_line(style, out, "reader %s", status->reader ? "up" : "down (the kernel keeps the log all the same)");
}

static void write_measured(const struct status *status, const struct style *style, FILE *out)
{
	const struct measured *measured = &status->measured;

	if (measured->err)
		write_line(style, out, "measured nothing: %s", measure_why(measured->err));
	else if (!measured->count)
		write_line(style, out, "measured nothing, though there is a TPM: the events of this boot are gone, or no load could extend it");
	else
		write_line(style, out, "measured %zu events in PCR %u%s", measured->count, MEASURE_PCR, measured->replays ? "" :
			   ", which does NOT have the value that they lead to");
}

/* ---- Hints ---- */

static bool records_until_seal(const struct status *status)
{
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		if (canary_mode(&status->set, status->seal, guard) != status->set.mode[guard])
			return true;
	return false;
}

static void write_hints(const struct status *status, const struct style *style, FILE *out)
{
	if (records_until_seal(status))
		write_line(style, out, "* only records until the seal (before-seal: audit)");
	if (status->attached != status->set.attachments)
		write_line(style, out, "hint: %s", status->seal == SEAL_NONE ?
			   "programs are gone from the kernel; hardenctl load attaches them again" :
			   "programs are gone from the kernel, and only a reboot brings them back");
	else if (!status_whole(status))
		write_line(style, out, "hint: a guard did not refuse its canary; hardenctl verify tries each of its hooks");
	else if (status->seal == SEAL_NONE)
		write_line(style, out, "hint: root can still loosen this; hardenctl seal --dry-run lists what a seal needs");
	else if (status->seal == SEAL_DONE && !status_green(status))
		write_line(style, out, "hint: this stays weaker than enforcing until the machine reboots; the next policy "
			   "enforces, or names it in seal.tolerate");
	if (status->n_unbound > 0)
		write_line(style, out, "hint: %s %s where the seal is refused: After=hardenctl-sealed.target wants Requires= beside it",
			   status->unbound, status->n_unbound > 1 ? "start also" : "starts also");
}

void screen_write(const struct status *status, const struct style *style, FILE *out)
{
	if (!status->loaded) {
		fprintf(out, "%s%s%s not loaded: nothing is enforced\n  hint: hardenctl load\n", style_on(style, TONE_BAD),
			style->utf8 ? "\u25cb" : "!", style_off(style));
		return;
	}
	write_headline(status, style, out);
	write_policy(status, style, out);
	fputc('\n', out);
	write_rows(status, style, out);
	fputc('\n', out);
	write_log(status, style, out);
	write_measured(status, style, out);
	write_hints(status, style, out);
}
