/* SPDX-License-Identifier: GPL-2.0-only */
/* prometheus.h - judges Prometheus's text format, in what hardenctl uses of it; for host and VM tests. */
#ifndef HARDENCTL_SELFTESTS_PROMETHEUS_H
#define HARDENCTL_SELFTESTS_PROMETHEUS_H

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_MAX	512

/* The end of a name of letters, digits and '_' at `at`, or NULL. */
static inline const char *prom_name(const char *at)
{
	const char *start = at;

	while (isalnum((unsigned char)*at) || *at == '_')
		at++;
	return at > start && !isdigit((unsigned char)*start) ? at : NULL;
}

/* The end of {label="value",...} at `at`, or NULL. */
static inline const char *prom_labels(const char *at)
{
	do {
		at = prom_name(at + 1);
		if (!at || *at++ != '=' || *at++ != '"')
			return NULL;
		for (; *at != '"'; at++)
			if ((unsigned char)*at < ' ' || *at == 0x7f ||
			    (*at == '\\' && !strchr("\\\"n", *++at)))
				return NULL;
		at++;
	} while (*at == ',');
	return *at == '}' ? at + 1 : NULL;
}

/* Whether `line` is a whole sample of the metric `name`. */
static inline bool prom_sample(const char *line, const char *name)
{
	const char *at = prom_name(line);
	char *end;

	if (!at || strlen(name) != (size_t)(at - line) || strncmp(line, name, at - line))
		return false;
	if (*at == '{')
		at = prom_labels(at);
	if (!at || *at != ' ' || !isdigit((unsigned char)at[1]))
		return false;
	strtoull(at + 1, &end, 10);
	return !*end;
}

/*
 * Whether `text` is: for each metric its HELP, its TYPE and its samples in one block, no name and no series
 * twice; counters and nothing else end in _total.  Says on stdout which line is wrong.
 */
static inline bool prom_valid(const char *text)
{
	char name[128] = "", type[16] = "", line[SAMPLE_MAX], head[160];
	const char *start = text, *end;
	size_t len = 0;

	for (; (end = strchr(start, '\n')); start = end + 1) {
		const char *suffix;
		int used = 0;
		bool fine;

		snprintf(line, sizeof(line), "%.*s", (int)(end - start), start);
		if (!strncmp(line, "# HELP ", 7)) {
			fine = sscanf(line, "# HELP %127[a-z_] %n", name, &used) == 1 && line[used];
			snprintf(head, sizeof(head), "# HELP %s ", name);
			fine = fine && strstr(text, head) == start;
			type[0] = 0;
		} else if (line[0] == '#') {
			suffix = strlen(name) > 6 ? name + strlen(name) - 6 : "";
			snprintf(head, sizeof(head), "# TYPE %s ", name);
			fine = !strncmp(line, head, strlen(head));
			snprintf(type, sizeof(type), "%s", fine ? line + strlen(head) : "");
			fine = fine && !strcmp(type, !strcmp(suffix, "_total") ? "counter" : "gauge");
		} else {
			fine = type[0] && prom_sample(line, name);
			len = fine ? strrchr(line, ' ') - line + 1 : 0;
			/* The same series earlier on would begin a line, too. */
			for (const char *at = text; fine && at < start; at = strchr(at, '\n') + 1)
				fine = strncmp(at, line, len);
		}
		if (!fine) {
			printf("# no valid line: %s\n", line);
			return false;
		}
	}
	return start > text && !*start;
}

/* The value of the series, as in `hardenctl_loaded` or `hardenctl_guard_mode{guard="exec",mode="off"}`; -1: none. */
static inline long long prom_value(const char *text, const char *series)
{
	size_t len = strlen(series);

	for (const char *at = text; (at = strstr(at, series)); at += len)
		if ((at == text || at[-1] == '\n') && at[len] == ' ')
			return strtoll(at + len + 1, NULL, 10);
	return -1;
}

#endif
