// SPDX-License-Identifier: GPL-2.0-only
/* world.c - what is there already, held still by a lock. */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "kernel.h"
#include "util.h"

#define LOCK_DIR	"/run/hardenctl"
#define LOCK_FILE	LOCK_DIR "/lock"
#define LOCK_WAIT_S	60	/* a load under emulation takes some */

void world_close(struct world *world)
{
	sets_free(&world->sets);
	close_fd(&world->cgroup);
	close_fd(&world->lock);
}

/* Two loads at once would each take the other's set for a leftover. */
static int take_lock(struct world *world, struct fail *fail)
{
	if (mkdir(LOCK_DIR, 0755) && errno != EEXIST)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "make '%s': %s", LOCK_DIR,
				strerror(errno));
	world->lock = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (world->lock < 0)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "open '%s': %s", LOCK_FILE,
				strerror(errno));
	/* Bounded: somebody may hold it for ever. */
	for (int tenths = 0; flock(world->lock, LOCK_EX | LOCK_NB); tenths++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fail_set(fail, EXIT_FAILED, errno, NULL, "lock '%s': %s", LOCK_FILE,
					strerror(errno));
		if (tenths == 10 * LOCK_WAIT_S)
			return fail_set(fail, EXIT_FAILED, EBUSY, "lslocks tells who",
					"lock '%s': another process has held it for %d s", LOCK_FILE,
					LOCK_WAIT_S);
		usleep(100000);
	}
	return 0;
}

int world_open(struct world *world, struct fail *fail)
{
	int err = take_lock(world, fail);

	if (err)
		return err;
	world->cgroup = kernel_cgroup_root();
	if (world->cgroup < 0)
		return fail_set(fail, EXIT_KERNEL, -world->cgroup,
				"run hardenctl in the initial cgroup namespace",
				"open the root of the cgroup v2 hierarchy: %s",
				strerror(-world->cgroup));
	err = sets_find(&world->sets, fail);
	world->old = err ? NULL : sets_live(&world->sets);
	return err;
}

int world_check_sealed(const struct world *world, const char *verb, struct fail *fail)
{
	/* A provisional arming is not for ever: who wants to change something waits for the sealer's lock. */
	if (world->sets.seal != SEAL_DONE)
		return 0;
	return fail_set(fail, EXIT_REFUSED, EPERM, "a changed policy takes effect at the next boot",
			"%s: the machine is sealed: policy '%s' stays in force until it reboots", verb,
			world->old ? world->old->name : "?");
}
