// SPDX-License-Identifier: GPL-2.0-only
/* anchors.c - what every file of the log begins with, in a register of the TPM. */
#include "anchors.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "util.h"

int anchors_add(const char *run, const struct chain_header *header, struct fail *fail)
{
	char json[CHAIN_HEADER];

	chain_print_header(header, json);
	return measure_event(run, MEASURE_LOG, MEASURE_LOG_PCR, json, fail);
}

struct check {
	const struct log_file *files;
	size_t count;
	bool *anchored;			/* by file */
	const struct log_file *other;	/* has another header than the one that the TPM was extended by first */
};

static bool same_log(const struct chain_header *a, const struct chain_header *b)
{
	return a->log == b->log && !strcmp(a->boot, b->boot);
}

/*
 * The first event for a segment is logd's: what comes later for the same one is the same, by a logd that was killed in between, or
 * somebody else's.
 */
static void see(void *arg, const char *event)
{
	char line[CHAIN_HEADER + CHAIN_END], json[CHAIN_HEADER];
	struct check *check = arg;
	struct chain_header header;

	if (strlen(event) >= CHAIN_HEADER)
		return;
	chain_close_line(event, strlen(event), NULL, line, sizeof(line));
	if (!chain_parse_header(line, strlen(line), &header) || !same_log(&header, &check->files->header))
		return;
	for (size_t i = 0; i < check->count; i++) {
		const struct chain_header *claim = &check->files[i].header;

		if (claim->segment != header.segment)
			continue;
		chain_print_header(claim, json);
		if (strcmp(json, event))
			check->other = check->other ?: &check->files[i];
		check->anchored[i] = true;
	}
}

static enum log_verdict __attribute__((format(printf, 4, 5)))
say(struct verify_place *place, const struct log_file *file, enum log_verdict verdict, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(place->what, sizeof(place->what), format, args);
	va_end(args);
	place->path = file->path;
	place->line = 1;
	return verdict;
}

enum log_verdict anchors_check(const char *run, const struct log_file *files, size_t count, struct verify_place *ret_place)
{
	_cleanup_free_ bool *anchored = calloc(count, sizeof(*anchored));
	struct check check = { .files = files, .count = count, .anchored = anchored };
	const struct measure_visit visit = { MEASURE_LOG, MEASURE_LOG_PCR, see, &check };
	__u8 value[TPM_DIGEST];
	int err;

	if (!anchored)
		return say(ret_place, files, LOG_UNCHECKED, "no memory");
	err = measure_replay(run, &visit, value);
	if (err == -ENOENT || err == -EOPNOTSUPP)
		return LOG_WHOLE;
	if (check.other)
		return say(ret_place, check.other, LOG_ALTERED, "the TPM was extended by another header for segment %u",
			   check.other->header.segment);
	if (err)
		return say(ret_place, files, LOG_UNCHECKED, "PCR %u of the TPM: %s", MEASURE_LOG_PCR, err == -ESRCH ?
			   "what it was extended by (measured-log) is gone" : err == -EBADMSG ?
			   "measured-log does not lead to its value" : measure_why(err));
	for (size_t i = 0; i < count; i++)
		if (!anchored[i])
			return say(ret_place, &files[i], LOG_UNCHECKED, "the TPM was never extended by this header");
	return LOG_WHOLE;
}
