// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_logd.c - follows the recorder and streams it to files in RAM.  Expendable: nothing waits for it.
 *
 * It holds no lock on anything that a verdict needs and owns no record, so whoever stops it, or takes its
 * place, gains nothing: the records are the kernel's.
 */
#include <errno.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "anchors.h"
#include "cmd.h"
#include "event.h"
#include "journal.h"
#include "names.h"
#include "stream.h"
#include "util.h"

#define POLL_S		1
#define TORN_TRIES	5	/* polls; a writer that was preempted for longer is given up */

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

struct follower {
	struct stream stream;
	bool open;
	unsigned int torn;	/* polls in which the next record was being written */
	bool complained;	/* about the file system, since it last worked */
	struct journal sink;
	bool journal;		/* the policy asks for it */
	__u64 set;		/* number of the live set */
	__u64 refused;		/* of the one whose policy refuses to send to the journal */
	bool deaf;		/* said that the journal takes nothing, since it last did */
};

/* A line in the place of records that are gone. */
static int write_lost(struct follower *follower, __u64 count, const char *cause)
{
	char line[160];

	snprintf(line, sizeof(line), "{\"v\":1,\"seq\":%llu,\"lost\":%llu,\"cause\":\"%s\"}",
		 (unsigned long long)(follower->stream.at.next + count - 1), (unsigned long long)count, cause);
	return stream_write(&follower->stream, line, count);
}

/*
 * Where it takes nothing, the lines in files go on without it.  journald looks at who sends, which a policy may refuse it: a
 * record of that, sent, would be followed by another one, for ever.  So would one of a refused sending.
 */
static void send_to_journal(struct follower *follower, const struct record *record, const struct event_context *context)
{
	int err;

	if (record->flags & RECORD_CANARY || follower->refused == follower->set || record->tgid == (__u32)getpid() ||
	    (record->object_type == OBJECT_TASK && record->object.task.pid == (__u32)getpid()))
		return;
	err = journal_send(&follower->sink, record, context);
	if (err == -EPERM || err == -EACCES)
		follower->refused = follower->set;
	if (err && !follower->deaf)
		fprintf(stderr, "hardenctl: logd: send record %llu to the journal: %s, ignoring\n",
			(unsigned long long)record->seq, strerror(-err));
	follower->deaf = err;
}

static int write_record(struct follower *follower, const struct record *record,
			const struct event_context *context)
{
	struct json_object *json;
	int err;

	if (record->kind >= KIND_COUNT)
		return write_lost(follower, 1, "unknown-kind");
	json = event_json(record, context);
	err = stream_write(&follower->stream, json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN |
									     JSON_C_TO_STRING_NOSLASHESCAPE), 1);
	json_object_put(json);
	if (!err && follower->journal)
		send_to_journal(follower, record, context);
	return err;
}

/* One record, or what is known of one that is gone.  0: go on; -EAGAIN: later. */
static int follow_one(struct follower *follower, struct recorder *recorder,
		      const struct event_context *context)
{
	__u64 next = follower->stream.at.next;
	struct record record;
	__u64 lost = recorder_next(recorder, next - 1) - next;
	int err;

	if (lost)
		return write_lost(follower, lost, "overwritten");
	err = recorder_read(recorder, next, &record);
	if (err == -EAGAIN && follower->torn++ < TORN_TRIES)
		return err;
	if (err)
		err = write_lost(follower, 1, err == -ESTALE ? "overwritten" : "torn");
	else
		err = write_record(follower, &record, context);
	if (!err)
		follower->torn = 0;
	return err;
}

static void complain(struct follower *follower, int err)
{
	if (err && err != -EAGAIN && !follower->complained)
		fprintf(stderr, "hardenctl: logd: write below '%s': %s; the kernel keeps the records\n",
			STREAM_DIR, strerror(-err));
	follower->complained = err && err != -EAGAIN;
}

/* Once: the TPM will hardly come back, and there is a file every few minutes at worst. */
static void anchor(const struct chain_header *header)
{
	static bool complained;
	struct fail fail;

	if (anchors_add(STREAM_RUN, header, &fail) && !complained) {
		fprintf(stderr, "hardenctl: logd: %s\nhint: %s\n", fail.text, fail.hint);
		complained = true;
	}
}

static void follow(struct follower *follower, const struct set_info *set)
{
	struct event_context context = { .cgroup = kernel_cgroup_root() };
	struct recorder recorder;
	__u64 oldest, newest;
	struct fail fail;
	int err = 0;

	/* Another log than before: unloaded and loaded again. */
	if (follower->open && follower->stream.at.log != set->map_log) {
		stream_close(&follower->stream);
		follower->open = false;
	}
	if (!follower->open && stream_open(STREAM_RUN, set->map_log, &follower->stream, &fail)) {
		complain(follower, -EIO);
		close_fd(&context.cgroup);
		return;
	}
	follower->open = true;
	follower->stream.begins = anchor;
	follower->journal = set->journal;
	follower->set = set->set;
	if (!recorder_open(set, &recorder, &fail)) {
		context.recorder = &recorder;
		recorder_range(&recorder, &oldest, &newest);
		while (!err && !stopped && follower->stream.at.next <= newest)
			err = follow_one(follower, &recorder, &context);
		recorder_close(&recorder);
	}
	complain(follower, err);
	close_fd(&context.cgroup);
}

static void poll_once(struct follower *follower)
{
	const struct set_info *live;
	struct sets sets = {};
	struct fail fail;

	if (sets_find(&sets, &fail))
		return;
	live = sets_live(&sets);
	if (live)
		follow(follower, live);
	sets_free(&sets);
}

static int run(int lock)
{
	struct follower follower = { .stream = STREAM_INIT, .sink = JOURNAL_INIT };
	struct sigaction action = { .sa_handler = stop };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sd_notify(0, "READY=1");
	while (!stopped) {
		poll_once(&follower);
		stream_beat(lock);
		sd_notify(0, "WATCHDOG=1");
		if (!stopped)
			sleep(POLL_S);
	}
	sd_notify(0, "STOPPING=1");
	stream_close(&follower.stream);
	journal_close(&follower.sink);
	return EXIT_DONE;
}

int cmd_logd(int argc, char **argv)
{
	const struct option_row rows[] = { {} };
	int code = cmd_options("logd", argc, argv, rows, &argc), lock;
	struct kernel kernel;
	struct fail fail;

	if (code >= 0)
		return code;
	if (argc > 1)
		return cmd_usage("logd", "takes no argument '%s'", argv[1]);
	kernel_ask(&kernel);
	code = cmd_preflight(&kernel, /* quiet= */ false);
	if (code >= 0)
		return code;
	if (stream_claim(&lock, &fail))
		return cmd_failed(&fail);
	code = run(lock);
	close(lock);
	return code;
}
