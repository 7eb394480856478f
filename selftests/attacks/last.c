// SPDX-License-Identifier: GPL-2.0-only
/*
 * last.c - attacks that may take the pins away: no hook sees what they do.  The pins are expendable, so what
 * the root cgroup holds must not notice.
 */
#include "attacks.h"

#define BED		WORK "/bed"

/* In a namespace of one's own the directory below the moved mount is free, and goes. */
static void remove_below(const char *directory)
{
	pid_t pid = fork();

	if (!pid) {
		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
			_exit(1);
		umount2(directory, MNT_DETACH);
		_exit(rmdir(directory) ? errno : 0);
	}
	waitpid(pid, NULL, 0);
}

/* Removing a directory detaches every mount that stands on it, in whatever namespace. */
static enum outcome move_and_rmdir(void)
{
	mount(NULL, "/sys", NULL, MS_PRIVATE, NULL);
	mkdir(BED, 0755);
	if (mount(PINS_MOUNT, BED, NULL, MS_MOVE, NULL))
		return HELD;
	remove_below(BED);
	if (access(BED "/hardenctl", F_OK))
		return loosened("the pins went with the directory that they had been moved to");
	mount(BED, PINS_MOUNT, NULL, MS_MOVE, NULL);
	return HELD;
}

const struct attack attacks_last[] = {
	{ "move_and_rmdir", 116, move_and_rmdir, ONLY(HERE), NULL },
	{},
};
