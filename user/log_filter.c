// SPDX-License-Identifier: GPL-2.0-only
/* log_filter.c - which records somebody wants to see. */
#include "log_filter.h"

#include <string.h>

#include "names.h"

bool log_filter_path(const char *path, const char *wanted)
{
	size_t len = strlen(wanted);

	if (len && wanted[len - 1] == '/')
		return !strncmp(path, wanted, len);
	return !strcmp(path, wanted);
}

static bool is_of_program(const struct record *record, const char *wanted, const struct recorder *recorder)
{
	char path[PROGRAM_PATH];

	recorder_program(recorder, &record->exe, path);
	return path[0] && log_filter_path(path, wanted);
}

bool log_filter_matches(const struct log_filter *filter, const struct record *record, const struct recorder *recorder)
{
	if (record->kind >= KIND_COUNT)
		return false;
	if ((record->flags & RECORD_CANARY) && !filter->canaries)
		return false;
	if (filter->guard >= 0 && kind_names[record->kind].guard_id != (__u32)filter->guard)
		return false;
	if (record->boot_ns < filter->since || record->boot_ns > filter->until)
		return false;
	if (filter->pid && record->pid != filter->pid && record->tgid != filter->pid)
		return false;
	if (filter->reason && strcmp(reason_names[record->kind], filter->reason))
		return false;
	/* A look-up in the kernel, so it comes last. */
	return !filter->exe || is_of_program(record, filter->exe, recorder);
}

void log_filter_reasons(int guard, const char *ret_names[KIND_COUNT + 1])
{
	size_t n = 0, i;

	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if (guard >= 0 && kind_names[kind].guard_id != (__u32)guard)
			continue;
		for (i = 0; i < n && strcmp(ret_names[i], reason_names[kind]); i++)
			;
		ret_names[i] = reason_names[kind];
		n += i == n;
	}
	ret_names[n] = NULL;
}

const char *log_filter_reason(const char *name, int guard)
{
	const char *names[KIND_COUNT + 1];

	log_filter_reasons(guard, names);
	for (size_t i = 0; names[i]; i++)
		if (!strcmp(names[i], name))
			return names[i];
	return NULL;
}
