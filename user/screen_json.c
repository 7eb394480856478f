// SPDX-License-Identifier: GPL-2.0-only
/* screen_json.c - what is in force, for programs. */
#include "screen.h"

#include <sodium.h>

#include "event.h"
#include "names.h"

static void add(struct json_object *to, const char *key, struct json_object *value)
{
	json_object_object_add(to, key, value);
}

static struct json_object *text(const char *bytes)
{
	char escaped[4 * FILE_LEN + 1];

	event_escape(bytes, FILE_LEN, escaped);
	return json_object_new_string(escaped);
}

/* NULL, which JSON has as null, where there is none. */
static struct json_object *last_json(const struct last_record *last)
{
	struct json_object *json;

	if (!last->seq)
		return NULL;
	json = json_object_new_object();
	add(json, "seq", json_object_new_uint64(last->seq));
	add(json, "boot_ns", json_object_new_uint64(last->boot_ns));
	add(json, "reason", json_object_new_string(reason_names[last->kind]));
	return json;
}

static struct json_object *guards_json(const struct status *status)
{
	struct json_object *list = json_object_new_array();

	for (int guard = 0; guard < GUARD_COUNT; guard++) {
		struct json_object *row = json_object_new_object();

		add(row, "name", json_object_new_string(guard_names[guard]));
		add(row, "mode", json_object_new_string(mode_names[status->set.mode[guard]]));
		add(row, "before_seal", json_object_new_string(mode_names[status->set.before_seal[guard]]));
		add(row, "canary", json_object_new_string(canary_names[status->canary[guard]]));
		add(row, "denied", json_object_new_uint64(status->denied[guard]));
		add(row, "would_deny", json_object_new_uint64(status->would_deny[guard]));
		add(row, "rules", json_object_new_int64(status->set.rules[guard]));
		add(row, "last", last_json(&status->last[guard]));
		json_object_array_add(list, row);
	}
	return list;
}

static struct json_object *policy_json(const struct status *status)
{
	struct json_object *policy = json_object_new_object();

	add(policy, "name", text(status->set.name));
	add(policy, "path", text(status->set.path));
	add(policy, "digest", text(status->set.digest));
	add(policy, "signed_by", status->set.signer[0] ? text(status->set.signer) : NULL);
	add(policy, "serial", json_object_new_uint64(status->set.serial));
	/* How long a lower one is refused: for this boot, or for good. */
	add(policy, "serial_kept", json_object_new_string(status->counted ? "tpm" : "boot"));
	add(policy, "loaded_ns", json_object_new_uint64(status->set.loaded_ns));
	return policy;
}

static struct json_object *log_json(const struct status *status)
{
	struct json_object *log = json_object_new_object(), *lost = json_object_new_object();

	for (int cause = 0; cause < LOST_COUNT; cause++)
		add(lost, lost_names[cause], json_object_new_uint64(status->lost[cause]));
	add(log, "capacity", json_object_new_int64(status->set.records));
	add(log, "records", json_object_new_uint64(status->records));
	add(log, "overwritten", json_object_new_uint64(status->overwritten));
	add(log, "lost", lost);
	return log;
}

static struct json_object *measured_json(const struct measured *measured)
{
	struct json_object *json = json_object_new_object(), *events = json_object_new_array();
	char value[2 * TPM_DIGEST + 1];

	sodium_bin2hex(value, sizeof(value), measured->value, TPM_DIGEST);
	add(json, "tpm", json_object_new_boolean(!measured->err));
	add(json, "why", measured->err ? json_object_new_string(measure_why(measured->err)) : NULL);
	add(json, "pcr", json_object_new_int(MEASURE_PCR));
	add(json, "value", measured->err ? NULL : json_object_new_string(value));
	add(json, "replays", json_object_new_boolean(measured->replays));
	add(json, "count", json_object_new_uint64(measured->count));
	for (size_t i = 0; i < measured->count && i < MEASURE_SHOWN; i++)
		json_object_array_add(events, json_object_new_string(measured->events[i]));
	add(json, "events", events);
	return json;
}

struct json_object *screen_json(const struct status *status)
{
	static const char *const states[] = {
		[SEAL_NONE] = "loaded", [SEAL_PROVISIONAL] = "sealing", [SEAL_DONE] = "sealed",
	};
	struct json_object *json = json_object_new_object(), *part;

	add(json, "schema", json_object_new_string("hardenctl.status/1"));
	add(json, "state", json_object_new_string(status->loaded ? states[status->seal] : "off"));
	add(json, "policy", policy_json(status));
	add(json, "guards", guards_json(status));
	part = json_object_new_object();
	add(part, "expected", json_object_new_int64(status->set.attachments));
	add(part, "live", json_object_new_int64(status->attached));
	add(json, "attachments", part);
	add(json, "log", log_json(status));
	add(json, "measured", measured_json(&status->measured));
	add(json, "reader", json_object_new_string(status->reader ? "up" : "down"));
	part = json_object_new_object();
	add(part, "release", text(status->kernel.release));
	add(part, "lsm", text(status->kernel.lsm));
	add(json, "kernel", part);
	return json;
}
