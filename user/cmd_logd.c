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

#include "cmd.h"
#include "event.h"
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
};

/* A line in the place of records that are gone. */
static int write_lost(struct follower *follower, __u64 from, __u64 count, const char *cause)
{
	char line[160];

	snprintf(line, sizeof(line), "{\"v\":1,\"seq\":%llu,\"lost\":%llu,\"cause\":\"%s\"}",
		 (unsigned long long)(from + count - 1), (unsigned long long)count, cause);
	return stream_write(&follower->stream, from, line);
}

static int write_record(struct follower *follower, const struct record *record,
			const struct event_context *context)
{
	struct json_object *json;
	int err;

	if (record->kind >= KIND_COUNT)
		return write_lost(follower, follower->stream.next, 1, "unknown-kind");
	json = event_json(record, context);
	err = stream_write(&follower->stream, follower->stream.next,
			   json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
	return err;
}

/* One record, or what is known of one that is gone.  0: go on; -EAGAIN: later. */
static int follow_one(struct follower *follower, struct recorder *recorder,
		      const struct event_context *context)
{
	struct stream *stream = &follower->stream;
	struct record record;
	__u64 lost = recorder_next(recorder, stream->next - 1) - stream->next;
	int err;

	if (lost) {
		err = write_lost(follower, stream->next, lost, "overwritten");
		stream->next += err ? 0 : lost;
		return err;
	}
	err = recorder_read(recorder, stream->next, &record);
	if (err == -EAGAIN && follower->torn++ < TORN_TRIES)
		return err;
	if (err)
		err = write_lost(follower, stream->next, 1, err == -ESTALE ? "overwritten" : "torn");
	else
		err = write_record(follower, &record, context);
	if (err)
		return err;
	follower->torn = 0;
	stream->next++;
	return 0;
}

static void complain(struct follower *follower, int err)
{
	if (err && err != -EAGAIN && !follower->complained)
		fprintf(stderr, "hardenctl: logd: write below '%s': %s; the kernel keeps the records\n",
			STREAM_DIR, strerror(-err));
	follower->complained = err && err != -EAGAIN;
}

static void follow(struct follower *follower, const struct set_info *set)
{
	struct event_context context = { .cgroup = kernel_cgroup_root() };
	struct recorder recorder;
	__u64 oldest, newest;
	struct fail fail;
	int err = 0;

	/* Another log than before: unloaded and loaded again. */
	if (follower->open && follower->stream.log != set->map_log) {
		stream_close(&follower->stream);
		follower->open = false;
	}
	if (!follower->open && stream_open(set->map_log, &follower->stream, &fail)) {
		complain(follower, -EIO);
		close_fd(&context.cgroup);
		return;
	}
	follower->open = true;
	if (!recorder_open(set, &recorder, &fail)) {
		context.recorder = &recorder;
		recorder_range(&recorder, &oldest, &newest);
		while (!err && !stopped && follower->stream.next <= newest)
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
	struct follower follower = { .stream = { .dir = -1, .file = -1 } };
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
