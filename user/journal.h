/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * journal.h - records as entries of systemd's journal, by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL).
 *
 * Not by sd_journal_send(): its socket blocks, and whoever stops journald would stop who sends.
 */
#ifndef HARDENCTL_JOURNAL_H
#define HARDENCTL_JOURNAL_H

#include <stddef.h>

#include "event.h"

#define JOURNAL_SOCKET	"/run/systemd/journal/socket"

struct journal {
	int fd;
};

#define JOURNAL_INIT	{ .fd = -1 }

/* Fixed, one for each guard: units/hardenctl.catalog explains them. */
extern const char *const journal_ids[GUARD_COUNT];

/* The datagram for a record, which the caller frees.  -ENOMEM. */
int journal_entry(const struct record *record, const struct event_context *context, char **ret_entry, size_t *ret_size);

/* Sends it, without ever waiting.  -EAGAIN: the journal is behind; -ENOENT, -ECONNREFUSED: there is none; -EPERM: refused. */
int journal_send(struct journal *journal, const struct record *record, const struct event_context *context);
void journal_close(struct journal *journal);

#endif
