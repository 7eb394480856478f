// SPDX-License-Identifier: GPL-2.0-only
/* metrics.c - what is in force and what was refused, as Prometheus reads it. */
#include "metrics.h"

#include <string.h>

#include "canary.h"
#include "kernel.h"
#include "names.h"
#include "recorder.h"
#include "stream.h"
#include "text.h"
#include "util.h"

int metrics_read(struct metrics *ret_metrics, struct fail *fail)
{
	_cleanup_close_ int cgroup = kernel_cgroup_root();
	struct metrics metrics = { .reader = stream_has_reader() };
	const struct set_info *live;
	struct recorder recorder;
	struct sets sets;
	__u64 oldest;
	int err = sets_find(&sets, fail);

	if (err)
		return err;
	live = sets_live(&sets);
	if (live)
		err = recorder_open(live, &recorder, fail);
	if (live && !err) {
		metrics.loaded = true;
		metrics.seal = sets.seal;
		metrics.set = *live;
		metrics.attached = set_attached(live, cgroup);
		recorder_range(&recorder, &oldest, &metrics.records);
		metrics.overwritten = recorder_overwritten(&recorder);
		metrics.counters = recorder.counters;
		recorder_close(&recorder);
	}
	sets_free(&sets);
	if (!err)
		*ret_metrics = metrics;
	return err;
}

/* A value between its quotes; what would steer a terminal is escaped as everywhere. */
static void write_label(const char *bytes, size_t size, FILE *out)
{
	char escaped[16];

	for (size_t left = strnlen(bytes, size), len; left; bytes += len, left -= len) {
		__u32 c = 0;

		len = text_decode(bytes, left, &c);
		if (len && c == '\n') {
			fputs("\\n", out);
		} else if (c == '"' || c == '\\') {
			fprintf(out, "\\%c", (int)c);
		} else if (!len || text_hidden(c)) {
			len = len ?: 1;
			text_escape(escaped, sizeof(escaped), bytes, len);
			fprintf(out, "\\%s", escaped);
		} else {
			fwrite(bytes, 1, len, out);
		}
	}
}

static void write_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP hardenctl_%s %s\n# TYPE hardenctl_%s %s\n", name, help, name, type);
}

/* A metric that is one number. */
static void write_one(FILE *out, const char *name, const char *type, const char *help, __u64 value)
{
	write_head(out, name, type, help);
	fprintf(out, "hardenctl_%s %llu\n", name, value);
}

static void write_policy(const struct set_info *set, FILE *out)
{
	write_head(out, "policy_info", "gauge", "The policy that is in force.");
	fputs("hardenctl_policy_info{name=\"", out);
	write_label(set->name, sizeof(set->name), out);
	fputs("\",digest=\"", out);
	write_label(set->digest, sizeof(set->digest), out);
	fprintf(out, "\",serial=\"%llu\"} 1\n", set->serial);
}

static void write_modes(const struct metrics *metrics, FILE *out)
{
	write_head(out, "guard_mode", "gauge", "1 for the mode that a guard works in now; no proof: "
		   "hardenctl status tries every guard.");
	for (__u32 guard = 0; guard < GUARD_COUNT; guard++)
		for (__u32 mode = 0; mode < MODE_COUNT; mode++)
			fprintf(out, "hardenctl_guard_mode{guard=\"%s\",mode=\"%s\"} %d\n", guard_names[guard],
				mode_names[mode], canary_mode(&metrics->set, metrics->seal, guard) == mode);
}

static bool same_reason(int a, int b)
{
	return kind_names[a].guard_id == kind_names[b].guard_id && !strcmp(reason_names[a], reason_names[b]);
}

/* One row for each reason of each guard: several hooks may share one. */
static void write_refusals(const struct counters *counters, bool denied, FILE *out)
{
	const char *name = denied ? "denials_total" : "would_deny_total";

	write_head(out, name, "counter", denied ? "Operations that were refused, canaries not among them." :
		   "Operations that a guard in audit mode only recorded, canaries not among them.");
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		__u64 sum = 0;
		int first = 0;

		while (!same_reason(first, kind))
			first++;
		if (first < kind)
			continue;
		for (int other = kind; other < KIND_COUNT; other++)
			if (same_reason(other, kind))
				sum += denied ? counters->kind[other].denied : counters->kind[other].would_deny;
		fprintf(out, "hardenctl_%s{guard=\"%s\",reason=\"%s\"} %llu\n", name, kind_names[kind].guard,
			reason_names[kind], sum);
	}
}

static void write_log(const struct metrics *metrics, FILE *out)
{
	write_one(out, "log_records_total", "counter", "Records written to the kernel's log, canaries among them.",
		  metrics->records);
	write_one(out, "log_overwritten_total", "counter", "Records of them that newer ones have overwritten.",
		  metrics->overwritten);
	write_head(out, "log_lost_total", "counter", "Times that something could not be recorded, by cause.");
	for (int cause = 0; cause < LOST_COUNT; cause++)
		fprintf(out, "hardenctl_log_lost_total{cause=\"%s\"} %llu\n", lost_names[cause],
			metrics->counters.lost[cause]);
}

void metrics_write(const struct metrics *metrics, FILE *out)
{
	write_head(out, "info", "gauge", "The hardenctl that wrote this.");
	fputs("hardenctl_info{version=\"" VERSION "\"} 1\n", out);
	write_one(out, "loaded", "gauge", "Whether a policy is in force.", metrics->loaded);
	write_one(out, "sealed", "gauge", "Whether it is sealed until the machine reboots.",
		  metrics->loaded && metrics->seal == SEAL_DONE);
	write_one(out, "reader_up", "gauge", "Whether hardenctl logd follows the kernel's log.", metrics->reader);
	if (!metrics->loaded)
		return;
	write_policy(&metrics->set, out);
	write_modes(metrics, out);
	write_one(out, "attachments_expected", "gauge", "Programs that the policy needs in the kernel.",
		  metrics->set.attachments);
	write_one(out, "attachments_live", "gauge", "Programs of them that are attached now.", metrics->attached);
	write_refusals(&metrics->counters, /* denied= */ true, out);
	write_refusals(&metrics->counters, /* denied= */ false, out);
	write_log(metrics, out);
}
