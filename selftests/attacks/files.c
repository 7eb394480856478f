// SPDX-License-Identifier: GPL-2.0-only
/* files.c - attacks on the binary, the policy and its drop-ins, by name, by inode and by directory. */
#include "attacks.h"

#include <dirent.h>

#define COPY		WORK "/file"
#define LINKED		WORK "/linked"

static const char *const guarded[] = { BINARY, POLICY_FILE, DROPIN };
static const char *const directories[] = { ETC, DROPINS };

#define EXPECT_REFUSED(call)								\
	({ if ((call) >= 0) outcome = loosened("%s: %s went through", path, #call); })

static enum outcome open_for_writing(void)
{
	static const int flags[] = { O_WRONLY, O_RDWR, O_WRONLY | O_APPEND, O_WRONLY | O_TRUNC,
				     O_RDWR | O_CREAT, O_RDONLY | O_TRUNC };
	enum outcome outcome = HELD;
	char self[64];

	for (size_t i = 0; i < ARRAY_SIZE(guarded) * ARRAY_SIZE(flags); i++) {
		const char *path = guarded[i / ARRAY_SIZE(flags)];
		int flag = flags[i % ARRAY_SIZE(flags)], fd = open(path, O_PATH | O_CLOEXEC);

		EXPECT_REFUSED(open(path, flag | O_CLOEXEC, 0600));
		snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
		EXPECT_REFUSED(open(self, flag | O_CLOEXEC, 0600));
		EXPECT_REFUSED(truncate(path, 0));
		close(fd);
	}
	return outcome;
}

static enum outcome names_of_files(void)
{
	enum outcome outcome = HELD;

	close(open(COPY, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	close(open("/etc/attack", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	for (size_t i = 0; i < ARRAY_SIZE(guarded); i++) {
		const char *path = guarded[i], *other = i ? "/etc/attack" : COPY;

		EXPECT_REFUSED(unlink(path));
		EXPECT_REFUSED(rename(path, i ? "/etc/moved" : WORK "/moved"));
		EXPECT_REFUSED(rename(other, path));
		EXPECT_REFUSED(renameat2(AT_FDCWD, other, AT_FDCWD, path, RENAME_EXCHANGE));
	}
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		const char *path = directories[i];

		EXPECT_REFUSED(rmdir(path));
		EXPECT_REFUSED(renameat2(AT_FDCWD, path, AT_FDCWD, "/etc/attack", RENAME_EXCHANGE));
		if (outcome == LOOSENED)
			renameat2(AT_FDCWD, path, AT_FDCWD, "/etc/attack", RENAME_EXCHANGE);
		EXPECT_REFUSED(rename(path, "/etc/moved"));
		rename("/etc/moved", path);
	}
	unlink(COPY);
	unlink("/etc/attack");
	return outcome;
}

/* A file system that numbers its inodes anew when they come back from disk would have other ones. */
static enum outcome names_after_drop_caches(void)
{
	for (int i = 0; i < 3; i++)
		put_text("/proc/sys/vm/drop_caches", "3");
	return names_of_files();
}

static enum outcome attributes_of_files(void)
{
	enum outcome outcome = HELD;

	for (size_t i = 0; i < ARRAY_SIZE(guarded) + ARRAY_SIZE(directories); i++) {
		const char *path = i < ARRAY_SIZE(guarded) ? guarded[i] :
				   directories[i - ARRAY_SIZE(guarded)];

		EXPECT_REFUSED(chmod(path, 0777));
		EXPECT_REFUSED(chown(path, 65534, 65534));
		EXPECT_REFUSED(utimensat(AT_FDCWD, path, NULL, 0));
	}
	return outcome;
}

/* Another name or mount, and the same inode. */
static enum outcome other_ways_to_files(void)
{
	enum outcome outcome = HELD;
	const char *path = COPY;

	/* The new name can't be taken away again. */
	if (!link(BINARY, LINKED) || errno == EEXIST) {
		EXPECT_REFUSED(open(LINKED, O_WRONLY | O_CLOEXEC));
		EXPECT_REFUSED(chmod(LINKED, 0777));
		EXPECT_REFUSED(truncate(LINKED, 0));
		EXPECT_REFUSED(unlink(LINKED));
	}
	mkdir(COPY "s", 0755);
	if (!mount(ETC, COPY "s", NULL, MS_BIND, NULL)) {
		EXPECT_REFUSED(open(COPY "s/policy.yaml", O_WRONLY | O_CLOEXEC));
		EXPECT_REFUSED(unlink(COPY "s/policy.yaml"));
		EXPECT_REFUSED(open(COPY "s/policy.d/20.yaml", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		umount2(COPY "s", MNT_DETACH);
	}
	return outcome;
}

/* What the next load would read, or stumble over. */
static enum outcome new_dropins(void)
{
	const char *path = DROPINS;
	enum outcome outcome = HELD;
	char self[64];
	int fd;

	EXPECT_REFUSED(open(DROPINS "/20.yaml", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	EXPECT_REFUSED(mknod(DROPINS "/21.yaml", S_IFREG | 0600, 0));
	EXPECT_REFUSED(symlink("/tmp/x", DROPINS "/22.yaml"));
	EXPECT_REFUSED(link("/etc/passwd", DROPINS "/23.yaml"));
	fd = open(DROPINS, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	EXPECT_REFUSED(linkat(AT_FDCWD, self, AT_FDCWD, DROPINS "/24.yaml", AT_SYMLINK_FOLLOW));
	close(open("/etc/attack", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	EXPECT_REFUSED(rename("/etc/attack", DROPINS "/25.yaml"));
	unlink("/etc/attack");
	return outcome;
}

/* No drop-in can be read from these, but a load fails at them. */
static enum outcome odd_dropins(void)
{
	const char *path = DROPINS;
	enum outcome outcome = HELD;

	EXPECT_REFUSED(mkdir(DROPINS "/30.yaml", 0700));
	EXPECT_REFUSED(mknod(DROPINS "/31.yaml", S_IFIFO | 0600, 0));
	EXPECT_REFUSED(mknod(DROPINS "/32.yaml", S_IFCHR | 0600, 0x0103));
	rmdir(DROPINS "/30.yaml");
	unlink(DROPINS "/31.yaml");
	unlink(DROPINS "/32.yaml");
	return outcome;
}

static enum outcome bind_over_files(void)
{
	int code = HELD;

	close(open(COPY, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	if (!mount(COPY, POLICY_FILE, NULL, MS_BIND, NULL)) {
		code = still_refused();
		if (umount2(POLICY_FILE, MNT_DETACH))
			code = disturbed("umount of a file bound over the policy: %s", strerror(errno));
	}
	unlink(COPY);
	return code;
}

static enum outcome other_files(void)
{
	const char *const path = "/etc/attack-own";
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return disturbed("another file in /etc: %s", strerror(errno));
	close(fd);
	if (chmod(path, 0644) || truncate(path, 1) || rename(path, "/etc/attack-own2") ||
	    unlink("/etc/attack-own2"))
		return disturbed("changing another file in /etc: %s", strerror(errno));
	return HELD;
}

const struct attack attacks_files[] = {
	{ "open_for_writing", 128, open_for_writing, 0, NULL },
	{ "names_of_files", 128, names_of_files, 0, NULL },
	{ "names_after_drop_caches", 128, names_after_drop_caches, ONLY(HERE), NULL },
	{ "attributes_of_files", 128, attributes_of_files, 0, NULL },
	{ "other_ways_to_files", 128, other_ways_to_files, 0, NULL },
	{ "new_dropins", 128, new_dropins, 0, NULL },
	{ "odd_dropins", 128, odd_dropins, 0, NULL },
	{ "bind_over_files", 128, bind_over_files, 0, NULL },
	{ "other_files", 0, other_files, ONLY(HERE) | ONLY(CGROUP), NULL },
	{},
};
