/* SPDX-License-Identifier: GPL-2.0-only */
/* replay_parts.h - what judges share; private to replay_*.c. */
#ifndef HARDENCTL_REPLAY_PARTS_H
#define HARDENCTL_REPLAY_PARTS_H

#include "replay.h"

#define ENTRIES_SHOWN	1024	/* of a longer list it is not said which one allowed something */

static inline struct judgement allowed(struct where where)
{
	return (struct judgement) { REPLAY_ALLOWED, where, NULL };
}

static inline struct judgement denied(struct where where)
{
	return (struct judgement) { REPLAY_DENIED, where, NULL };
}

static inline struct judgement unknown(struct where where, const char *why)
{
	return (struct judgement) { REPLAY_UNKNOWN, where, why };
}

/* Whether the subject is the program that an entry is for; NULL: every one. */
static inline bool is_by(struct replay *replay, const char *by, const struct replay_row *row)
{
	return !by || replay_is_file(replay, by, row->exe, &row->record.exe, row->here);
}

/* replay_net.c: egress and ingress. */
struct judgement replay_flow(struct replay *replay, const struct replay_row *row);
struct judgement replay_socket(struct replay *replay, const struct replay_row *row);
struct judgement replay_reroute(struct replay *replay, const struct replay_row *row);
struct judgement replay_deputy(struct replay *replay, const struct replay_row *row);
struct judgement replay_vsock(struct replay *replay, const struct replay_row *row);

/* replay_devices.c: kernel.devices. */
struct judgement replay_device(struct replay *replay, const struct replay_row *row);

#endif
