// SPDX-License-Identifier: GPL-2.0-only
/*
 * measure_test.c - what is put in force stands in a register of the TPM, and so does what each file of the log begins with.
 * Boots: tpm
 * Kernels: 6.12
 * Alone: it seals the machine
 */
#include "child.h"
#include "sealing.h"

#include <sodium.h>

#include "anchors.h"
#include "measure.h"
#include "stream.h"
#include "util.h"

/* tools/replay-pcr is a script. */
#define POLICY_MEASURED	POLICY_TEXT("audit", "enforce", "enforce", "enforce") SEAL_TEXT(TOLERATE_GUARDS ", \"audit:exec\"")
#define KEY_FILE	"/tmp/measure.key"
#define EVENTS		MEASURE_RUN "/" MEASURE_POLICY

static void read_pcr(unsigned int pcr, __u8 ret_value[TPM_DIGEST])
{
	struct tpm *tpm;

	assert_int_equal(tpm_open(&tpm), 0);
	assert_int_equal(tpm_read(tpm, pcr, ret_value), 0);
	tpm_close(tpm);
}

static const char *pcr_text(void)
{
	static char text[2 * TPM_DIGEST + 1];
	__u8 value[TPM_DIGEST];

	read_pcr(MEASURE_PCR, value);
	return sodium_bin2hex(text, sizeof(text), value, sizeof(value));
}

static void assert_measured(const char *count, const char *last)
{
	struct json_object *json = parse_json(RUN(HARDENCTL, "status", "--json")->out), *measured, *events, *event;

	assert_field(json, "measured.tpm", "true");
	assert_field(json, "measured.replays", "true");
	assert_field(json, "measured.count", count);
	assert_field(json, "measured.value", pcr_text());
	assert_true(json_object_object_get_ex(json, "measured", &measured));
	assert_true(json_object_object_get_ex(measured, "events", &events));
	event = json_object_array_get_idx(events, json_object_array_length(events) - 1);
	assert_memory_equal(json_object_get_string(event), last, strlen(last));
	assert_true(!last[strlen("hardenctl unload")] || strstr(json_object_get_string(event), live_set().digest));
	json_object_put(json);
}

/* Whoever has a quote asks with tools of his own. */
static struct ran *replay(const char *policy, const char *pcr)
{
	return RUN("tools/replay-pcr", "--policy", policy, "--pcr", pcr, EVENTS);
}

static void allow_a_tpm_with_nothing_in_it(void **state)
{
	__u8 value[TPM_DIGEST], zero[TPM_DIGEST] = {};

	(void)state;
	unlink(EVENTS);
	read_pcr(MEASURE_PCR, value);
	assert_memory_equal(value, zero, sizeof(value));
}

static void allow_load_reload_and_unload_to_be_told_apart(void **state)
{
	char before[80];
	const char *key;

	(void)state;
	load_text(POLICY_AUDIT);
	assert_measured("1", "hardenctl load policy=sha256:");
	snprintf(before, sizeof(before), "%s", pcr_text());
	assert_int_equal(replay(POLICY, pcr_text())->status, 0);
	load_text(POLICY_MEASURED);
	assert_measured("2", "hardenctl load policy=sha256:");
	assert_string_not_equal(before, pcr_text());
	HARDEN(0, "audit", "--policy", POLICY);
	assert_measured("3", "hardenctl audit policy=sha256:");
	HARDEN(0, "unload");
	assert_int_equal(replay(POLICY, pcr_text())->status, 1);
	assert_non_null(strstr(replay(POLICY, pcr_text())->err, "the policy in force is another one: none"));
	key = strstr(HARDEN(0, "load", "--policy", POLICY)->out, "log key: ");
	assert_non_null(key);
	snprintf(before, sizeof(before), "%.64s\n", key + strlen("log key: "));
	spill(KEY_FILE, before);
	assert_measured("5", "hardenctl load policy=sha256:");
	/* A load that fails and one that is only tried leave no event. */
	HARDEN(0, "load", "--dry-run", "--policy", POLICY);
	HARDEN(2, "load", "--policy", "/dev/null");
	assert_measured("5", "hardenctl load policy=sha256:");
}

static void deny_events_that_lead_elsewhere(void **state)
{
	static char text[65536], *at;
	struct json_object *json;
	struct ran *ran;

	(void)state;
	spill("/tmp/other.yaml", POLICY_AUDIT);
	assert_int_equal(replay(POLICY, pcr_text())->status, 0);
	ran = replay("/tmp/other.yaml", pcr_text());
	assert_int_equal(ran->status, 1);
	assert_non_null(strstr(ran->err, "another one: sha256:"));
	assert_int_equal(replay(POLICY, "00")->status, 1);
	ran = RUN("tools/replay-pcr", "--sealed", EVENTS);
	assert_int_equal(ran->status, 1);
	assert_non_null(strstr(ran->err, "not sealed"));
	/* An audit that never was. */
	slurp(EVENTS, text, sizeof(text));
	at = strstr(text, "hardenctl audit");
	assert_non_null(at);
	memcpy(at, "hardenctl  load", strlen("hardenctl  load"));
	spill(EVENTS, text);
	json = status_json(2);
	assert_field(json, "measured.replays", "false");
	json_object_put(json);
	assert_non_null(strstr(HARDEN(2, "status")->out, "does NOT have the value"));
	assert_int_equal(replay(POLICY, pcr_text())->status, 1);
	memcpy(at, "hardenctl audit", strlen("hardenctl audit"));
	spill(EVENTS, text);
	assert_measured("5", "hardenctl load policy=sha256:");
}

static void allow_the_seal_to_be_measured(void **state)
{
	struct ran *ran;

	(void)state;
	HARDEN(0, "seal");
	assert_measured("6", "hardenctl seal policy=sha256:");
	ran = RUN("tools/replay-pcr", "--sealed", "--policy", POLICY, "--pcr", pcr_text(), EVENTS);
	assert_int_equal(ran->status, 0);
	assert_non_null(strstr(HARDEN(0, "status")->out, "measured 6 events in PCR 13\n"));
	/* Again is no event. */
	HARDEN(0, "seal");
	assert_measured("6", "hardenctl seal policy=sha256:");
}

/* ---- The log ---- */

#define RUN_DIR		"/tmp/measured-run"
#define LOG_ID		7
#define LINES		200

static void anchor(const struct chain_header *header)
{
	struct fail fail;

	assert_int_equal(anchors_add(RUN_DIR, header, &fail), 0);
}

/* Writes a log below `run` that `key` begins, with one line that differs. */
static void write_log(const char *run, const char *key, unsigned int other, void (*begins)(const struct chain_header *))
{
	struct stream stream;
	struct fail fail;
	char line[256];

	assert_int_equal(stream_open(run, LOG_ID, &stream, &fail), 0);
	assert_true(stream.chained);
	assert_int_equal(chain_open(key, &stream.at.chain), 0);
	stream.room = 8192;
	stream.begins = begins;
	for (unsigned int i = 1; i <= LINES; i++) {
		snprintf(line, sizeof(line), "{\"v\":1,\"seq\":%u,\"comm\":\"%s\",\"filler\":\"%0100d\"}", i, i == other ? "nobody" : "cat", 0);
		assert_int_equal(stream_write(&stream, line, 1), 0);
	}
	stream_close(&stream);
}

/* What anchors_check() and verify_log() say of the files below `run`. */
static void judge(const char *run, const char *key, enum log_verdict *ret_lines, enum log_verdict *ret_tpm)
{
	static char text[64][16384];
	struct verify verify = { .keys = &key, .n_keys = 1 };
	struct log_file files[64] = {};
	struct verify_place place = {};
	char path[64][512], dir[256];
	struct dirent **names;
	int fd, count;

	snprintf(dir, sizeof(dir), "%s/" STREAM_LOG, run);
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	count = stream_list(fd, &names);
	assert_in_range(count, 2, 63);
	for (int i = 0; i < count; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%.200s", dir, names[i]->d_name);
		slurp(path[i], text[i], sizeof(text[i]));
		files[i] = (struct log_file) { .path = path[i], .text = text[i], .len = strlen(text[i]) };
	}
	stream_free_list(names, count);
	close(fd);
	verify_sort(files, count);
	verify_log(files, count, &verify);
	*ret_lines = verify.verdict;
	*ret_tpm = anchors_check(RUN_DIR, files, count, &place);
}

/* With the log's first key all of it can be written anew, and nothing in it is wrong then. */
static void deny_a_log_rewritten_with_its_key(void **state)
{
	static const char forged[] = "/tmp/forged-run";
	enum log_verdict lines, tpm;
	char key[CHAIN_HEX + 1], unused[CHAIN_HEX + 1];
	struct fail fail;

	(void)state;
	assert_int_equal(stream_new_chain(RUN_DIR, LOG_ID, key, &fail), 0);
	write_log(RUN_DIR, key, 0, anchor);
	judge(RUN_DIR, key, &lines, &tpm);
	assert_int_equal(lines, LOG_WHOLE);
	assert_int_equal(tpm, LOG_WHOLE);
	assert_int_equal(stream_new_chain(forged, LOG_ID, unused, &fail), 0);
	write_log(forged, key, LINES / 2, NULL);
	judge(forged, key, &lines, &tpm);
	assert_int_equal(lines, LOG_WHOLE);
	assert_int_equal(tpm, LOG_ALTERED);
	/* What it extends the TPM by now comes second. */
	write_log(forged, key, LINES / 2, anchor);
	judge(forged, key, &lines, &tpm);
	assert_int_equal(tpm, LOG_ALTERED);
}

static void deny_a_log_whose_events_are_gone(void **state)
{
	enum log_verdict lines, tpm;
	char key[CHAIN_HEX + 1];
	struct fail fail;

	(void)state;
	assert_int_equal(unlink(RUN_DIR "/" MEASURE_LOG), 0);
	assert_int_equal(stream_new_chain(RUN_DIR, LOG_ID, key, &fail), 0);
	write_log(RUN_DIR, key, 0, NULL);
	judge(RUN_DIR, key, &lines, &tpm);
	assert_int_equal(lines, LOG_WHOLE);
	assert_int_equal(tpm, LOG_UNCHECKED);
}

/* The real one, after the seal. */
static void allow_logd_to_anchor_its_files(void **state)
{
	pid_t logd = fork();
	char events[4096] = "";
	int status;

	(void)state;
	if (!logd) {
		execl(HARDENCTL, HARDENCTL, "logd", NULL);
		_exit(127);
	}
	for (int i = 0; i < 150 && !strstr(events, "segment"); i++) {
		usleep(100000);
		if (!access(MEASURE_RUN "/" MEASURE_LOG, F_OK))
			slurp(MEASURE_RUN "/" MEASURE_LOG, events, sizeof(events));
	}
	assert_non_null(strstr(events, "\\\"segment\\\":1,"));
	/* Until it has written what there is. */
	for (int i = 0; i < 100 && RUN(HARDENCTL, "log", "--verify", "--key-file", KEY_FILE)->status; i++)
		usleep(200000);
	HARDEN(0, "log", "--verify", "--key-file", KEY_FILE);
	kill(logd, SIGTERM);
	assert_int_equal(waitpid(logd, &status, 0), logd);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_a_tpm_with_nothing_in_it),
		cmocka_unit_test(allow_load_reload_and_unload_to_be_told_apart),
		cmocka_unit_test(deny_events_that_lead_elsewhere),
		cmocka_unit_test(allow_the_seal_to_be_measured),
		cmocka_unit_test(allow_logd_to_anchor_its_files),
		cmocka_unit_test(deny_a_log_rewritten_with_its_key),
		cmocka_unit_test(deny_a_log_whose_events_are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
