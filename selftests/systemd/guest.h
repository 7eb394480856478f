/* SPDX-License-Identifier: GPL-2.0-only */
/* guest.h - running commands and printing TAP, for the test runner inside the VM. */
#ifndef SYSTEMD_GUEST_H
#define SYSTEMD_GUEST_H

#include <stdbool.h>
#include <stddef.h>

#define HARDENCTL	"/usr/sbin/hardenctl"
#define SYSTEMCTL	"/usr/bin/systemctl"

/* What the last run() printed, both streams, and how it ended. */
extern char said[1 << 18];

/* The exit status; 128 and more: killed by a signal; -1: could not be started; 200: took too long. */
#define TOO_LONG	200
int run_argv(const char *const *argv, unsigned int seconds);
#define run(...)	run_argv((const char *const[]) { __VA_ARGS__, NULL }, 90)

/* One TAP line; the failing ones with what the last command said. */
void ok(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
void skip(const char *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void plan(void);

/* Which file takes the TAP; the count goes on from the last time in this boot. */
void tap_open(const char *path);

/* A whole small file, "" if there is none. */
const char *slurp(const char *path);
double uptime(void);
bool said_has(const char *text);

/* How many lines of the log, canaries aside, have all three texts. */
int logged(const char *one, const char *two, const char *three);

/* Waits until logged() is more than `before`; false after so many seconds. */
bool logged_more(int before, const char *one, const char *two, const char *three, int seconds);

#endif
