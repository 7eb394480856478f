// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_log_follow.c - log -f: what comes, as it comes.
 *
 * It reads the kernel's records, so that it goes on across a reload, across unload and load, where another log begins, and
 * whatever becomes of logd.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "cmd_log.h"
#include "util.h"

#define POLL_MS		1000
#define TORN_TRIES	5	/* polls; a writer that was preempted for longer is given up */

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

struct follower {
	struct log_view view;
	__u32 log;		/* id of the log map that view->next is of; 0: none yet */
	unsigned int torn;	/* polls in which the next record was being written */
	bool waits;		/* said that nothing is loaded */
};

static int follow_set(struct follower *follower, const struct set_info *set)
{
	struct log_view *view = &follower->view;
	struct recorder recorder;
	struct fail fail;
	int err;

	/* It was just unloaded: the next poll sees that. */
	if (recorder_open(set, &recorder, &fail))
		return 0;
	if (!follower->log)
		view->next = log_view_first(view->request, &recorder);
	else if (follower->log != set->map_log)
		view->next = 1;
	follower->log = set->map_log;
	err = log_view_print(view, &recorder);
	if (err == -EAGAIN && follower->torn++ >= TORN_TRIES) {
		view->next++;
		err = log_view_lost(view, 1, "torn");
	}
	if (err != -EAGAIN)
		follower->torn = 0;
	recorder_close(&recorder);
	return err == -EAGAIN ? 0 : err;
}

/* Says it once: who starts first waits for the load. */
static void wait_for_load(struct follower *follower)
{
	if (!follower->waits)
		fputs("hardenctl: log: nothing is loaded; waiting\n", stderr);
	follower->waits = true;
}

static int poll_once(struct follower *follower, bool first, int *ret_code)
{
	const struct set_info *live;
	struct sets sets = {};
	struct fail fail;
	int err = 0;

	/* While it follows, a set may go between two questions. */
	if (sets_find(&sets, &fail)) {
		*ret_code = first ? cmd_failed(&fail) : EXIT_DONE;
		return first ? -ECANCELED : 0;
	}
	live = sets_live(&sets);
	if (live)
		err = follow_set(follower, live);
	else
		wait_for_load(follower);
	if (live)
		follower->waits = false;
	sets_free(&sets);
	return err;
}

/* Whether whoever reads it has gone: no write would tell as long as there is nothing to write. */
static bool reader_left(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return poll(&out, 1, POLL_MS) > 0;
}

int log_follow(const struct log_request *request)
{
	struct follower follower = { .view = { .request = request, .context = { .cgroup = kernel_cgroup_root() } } };
	struct sigaction action = { .sa_handler = stop };
	int err = 0, code = EXIT_DONE;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	for (bool first = true; !stopped && !err; first = false) {
		err = poll_once(&follower, first, &code);
		if (!err && !stopped && reader_left())
			break;
	}
	close_fd(&follower.view.context.cgroup);
	if (err && err != -ECANCELED)
		return log_write_failed(err);
	return code;
}
