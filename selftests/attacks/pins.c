// SPDX-License-Identifier: GPL-2.0-only
/* pins.c - attacks on the pins: names, attributes, directories, other ways to the same inodes. */
#include "attacks.h"

#include <sys/xattr.h>

#define OTHER		PINS_MOUNT "/attacks"		/* a pin of the attacker's own map */
#define COPY		WORK "/copy"

static const char *set_dir(void)
{
	static char path[64];

	snprintf(path, sizeof(path), PINS "/%llu", (unsigned long long)kept.set.set);
	return path;
}

#define EXPECT_REFUSED(call)								\
	({ if ((call) >= 0) outcome = loosened("%s went through", #call); })

static enum outcome unlink_pins(void)
{
	const char *name = strrchr(kept.pin, '/') + 1;
	enum outcome outcome = HELD;

	EXPECT_REFUSED(unlink(kept.pin));
	EXPECT_REFUSED(unlinkat(kept.pins, name, 0));
	EXPECT_REFUSED(unlinkat(kept.pins_path, name, 0));
	EXPECT_REFUSED(rmdir(set_dir()));
	EXPECT_REFUSED(rmdir(PINS));
	EXPECT_REFUSED(rmdir(PINS_MOUNT));
	return outcome;
}

static enum outcome unlink_own_pin(void)
{
	unlink(OTHER);
	if (bpf_obj_pin(kept.own_map, OTHER))
		return disturbed("pinning another map: %s", strerror(errno));
	if (rename(OTHER, OTHER "2") || chmod(OTHER "2", 0600) || unlink(OTHER "2"))
		return disturbed("renaming and unlinking another pin: %s", strerror(errno));
	return HELD;
}

static enum outcome rename_pins(void)
{
	enum outcome outcome = HELD;
	char inside[160];

	unlink(OTHER);
	bpf_obj_pin(kept.own_map, OTHER);
	snprintf(inside, sizeof(inside), "%s/attacks", set_dir());
	EXPECT_REFUSED(rename(kept.pin, PINS_MOUNT "/moved"));
	EXPECT_REFUSED(rename(OTHER, kept.pin));
	EXPECT_REFUSED(rename(OTHER, inside));
	EXPECT_REFUSED(renameat2(AT_FDCWD, OTHER, AT_FDCWD, kept.pin, RENAME_EXCHANGE));
	EXPECT_REFUSED(renameat2(AT_FDCWD, kept.pin, AT_FDCWD, OTHER, RENAME_EXCHANGE));
	EXPECT_REFUSED(rename(set_dir(), PINS_MOUNT "/moved"));
	EXPECT_REFUSED(rename(PINS, PINS_MOUNT "/moved"));
	mkdir(PINS_MOUNT "/empty", 0700);
	EXPECT_REFUSED(rename(PINS_MOUNT "/empty", set_dir()));
	EXPECT_REFUSED(renameat2(AT_FDCWD, PINS_MOUNT "/empty", AT_FDCWD, PINS, RENAME_EXCHANGE));
	rmdir(PINS_MOUNT "/empty");
	unlink(OTHER);
	return outcome;
}

static enum outcome attributes_of_pins(void)
{
	const char *const paths[] = { kept.pin, set_dir(), PINS };
	const int fds[] = { kept.pin_path, kept.pins, kept.pins_path };
	enum outcome outcome = HELD;
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		EXPECT_REFUSED(chmod(paths[i], 0777));
		EXPECT_REFUSED(lchown(paths[i], 65534, 65534));
		EXPECT_REFUSED(utimensat(AT_FDCWD, paths[i], NULL, AT_SYMLINK_NOFOLLOW));
		setxattr(paths[i], "user.attack", "1", 1, 0);
		setxattr(paths[i], "security.attack", "1", 1, 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[i]);
		EXPECT_REFUSED(chmod(path, 0777));
		EXPECT_REFUSED(truncate(path, 0));
		EXPECT_REFUSED(open(path, O_RDWR | O_CLOEXEC));
		EXPECT_REFUSED(fchownat(fds[i], "", 65534, 65534, AT_EMPTY_PATH));
	}
	return outcome;
}

static enum outcome links_to_pins(void)
{
	enum outcome outcome = HELD;
	char inside[160];

	snprintf(inside, sizeof(inside), "%s/attacks", set_dir());
	if (!link(kept.pin, PINS_MOUNT "/linked")) {
		EXPECT_REFUSED(unlink(PINS_MOUNT "/linked"));
	}
	EXPECT_REFUSED(symlink("/", inside));
	EXPECT_REFUSED(bpf_obj_pin(kept.own_map, inside));
	return outcome;
}

/* The same inodes through mounts of one's own. */
static enum outcome other_ways_to_pins(void)
{
	const char *name = strrchr(kept.pin, '/') + 1;
	enum outcome outcome = HELD;
	char path[192];

	mkdir(COPY, 0755);
	if (!mount(PINS, COPY, NULL, MS_BIND, NULL)) {
		snprintf(path, sizeof(path), COPY "/%llu/%s", (unsigned long long)kept.set.set, name);
		EXPECT_REFUSED(unlink(path));
		EXPECT_REFUSED(chmod(path, 0777));
		EXPECT_REFUSED(rename(path, COPY "/moved"));
		umount2(COPY, MNT_DETACH);
	}
	snprintf(path, sizeof(path), "hardenctl/%llu/%s", (unsigned long long)kept.set.set, name);
	EXPECT_REFUSED(unlinkat(kept.tree, path, 0));
	EXPECT_REFUSED(unlinkat(kept.bpffs, path, 0));
	EXPECT_REFUSED(fchmodat(kept.tree, path, 0777, 0));
	EXPECT_REFUSED(renameat(kept.tree, path, kept.tree, "moved"));
	return outcome;
}

static enum outcome bind_over_pins(void)
{
	enum outcome outcome = HELD;

	if (!mount(WORK, PINS, NULL, MS_BIND, NULL)) {
		outcome = still_refused();
		if (umount2(PINS, MNT_DETACH))
			return disturbed("umount of a bind mount over the pins: %s", strerror(errno));
	}
	return outcome;
}

/* Places whose bind mounts of the pins end with them: in the initial namespace they can't be taken away. */
#define AWAY	(ONLY(NAMESPACES) | ONLY(CHROOT))

const struct attack attacks_pins[] = {
	{ "unlink_pins", 115, unlink_pins, 0, NULL },
	{ "unlink_own_pin", 0, unlink_own_pin, ONLY(HERE) | ONLY(SHARED) | ONLY(CGROUP), NULL },
	{ "rename_pins", 115, rename_pins, 0, NULL },
	{ "attributes_of_pins", 115, attributes_of_pins, 0, NULL },
	{ "links_to_pins", 115, links_to_pins, 0, NULL },
	{ "other_ways_to_pins", 115, other_ways_to_pins, AWAY, NULL },
	{ "bind_over_pins", 116, bind_over_pins, 0, NULL },
	{},
};
