// SPDX-License-Identifier: GPL-2.0-only
/* mounts.c - attacks on the mount that the pins live under, and its copies. */
#include "attacks.h"

#include <sys/prctl.h>

#define BPFFS_DIR	WORK "/tree"
#define MOVE_MOUNT_FROM_EMPTY	MOVE_MOUNT_F_EMPTY_PATH

static const int umount_flags[] = { 0, MNT_FORCE, MNT_EXPIRE, MNT_EXPIRE, UMOUNT_NOFOLLOW, MNT_DETACH,
				    MNT_DETACH | MNT_FORCE };

static void umount_all_ways(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(umount_flags); i++)
		umount2(path, umount_flags[i]);
}

static enum outcome umount_bpffs(void)
{
	umount_all_ways(PINS_MOUNT);
	umount_all_ways("/proc/1/root" PINS_MOUNT);
	return HELD;
}

static enum outcome umount_sys(void)
{
	umount_all_ways("/sys/fs");
	umount_all_ways("/sys");
	return HELD;
}

/* MNT_DETACH takes all that stands on it. */
static enum outcome umount_root(void)
{
	umount2("/", MNT_DETACH);
	umount2("/proc/1/root", MNT_DETACH);
	return HELD;
}

static enum outcome umount_by_descriptors(void)
{
	const int fds[] = { kept.bpffs, kept.pins, kept.pins_path, kept.pin_path, kept.tree };
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[i]);
		umount2(path, MNT_DETACH);
		snprintf(path, sizeof(path), "/proc/self/fd/%d/..", fds[i]);
		umount2(path, MNT_DETACH);
	}
	return HELD;
}

/* Back in the first process's namespace; what goes there goes for all. */
static enum outcome umount_by_setns(void)
{
	int fd = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNS))
		return HELD;
	umount2(PINS_MOUNT, MNT_DETACH);
	umount2("/sys", MNT_DETACH);
	return HELD;
}

/* The parent is made private or slave first, so that nothing seems to propagate. */
static enum outcome umount_after_changed_propagation(void)
{
	static const unsigned long changes[] = { MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE };

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		mount(NULL, "/sys", NULL, changes[i], NULL);
		umount2(PINS_MOUNT, MNT_DETACH);
		mount(NULL, PINS_MOUNT, NULL, changes[i], NULL);
		umount2(PINS_MOUNT, MNT_DETACH);
		mount(NULL, PINS_MOUNT, NULL, MS_SHARED, NULL);
		mount(NULL, "/sys", NULL, MS_SHARED, NULL);
	}
	return HELD;
}

/*
 * The initial namespace's mounts become slaves of a namespace of ours, whose own events then go there and
 * not back.
 */
static enum outcome umount_in_master(void)
{
	int go[2], status;
	char byte;
	pid_t pid;

	if (pipe(go))
		return HELD;
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNS) || write(go[1], "", 1) != 1)
			_exit(1);
		usleep(200000);
		umount2(PINS_MOUNT, MNT_DETACH);
		umount2("/sys", MNT_DETACH);
		_exit(0);
	}
	if (read(go[0], &byte, 1) == 1)
		mount(NULL, "/sys", NULL, MS_SLAVE, NULL);
	waitpid(pid, &status, 0);
	mount(NULL, "/sys", NULL, MS_SHARED, NULL);
	return HELD;
}

/* What is mounted over it can go again; it must still be there below. */
static enum outcome mount_over(void)
{
	if (mount("over", PINS_MOUNT, "tmpfs", 0, NULL))
		return HELD;
	if (umount2(PINS_MOUNT, 0))
		return disturbed("umount of a tmpfs over it: %s", strerror(errno));
	return HELD;
}

static enum outcome mount_over_sys(void)
{
	enum outcome outcome = HELD;

	if (mount("over", "/sys", "tmpfs", 0, NULL))
		return HELD;
	outcome = still_refused();
	if (umount2("/sys", MNT_DETACH))
		return disturbed("umount of a tmpfs over /sys: %s", strerror(errno));
	return outcome;
}

static enum outcome remount(void)
{
	mount(NULL, PINS_MOUNT, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
	umount2(PINS_MOUNT, MNT_DETACH);
	mount(NULL, PINS_MOUNT, NULL, MS_REMOUNT | MS_RDONLY, NULL);
	mount(NULL, PINS_MOUNT, NULL, MS_REMOUNT, "mode=0777");
	umount2(PINS_MOUNT, MNT_DETACH);
	mount(NULL, PINS_MOUNT, NULL, MS_REMOUNT | MS_BIND, NULL);
	return HELD;
}

/* Moved below a mount of ours, which then goes as a whole. */
static enum outcome move_and_umount(const char *what, unsigned long from)
{
	mkdir(BPFFS_DIR, 0755);
	if (mount("below", BPFFS_DIR, "tmpfs", 0, NULL))
		return HELD;
	/* Nothing that stands on a shared mount can be moved. */
	mount(NULL, BPFFS_DIR, NULL, MS_PRIVATE, NULL);
	mount(NULL, from == 2 ? "/sys" : "/", NULL, MS_PRIVATE, NULL);
	mkdir(BPFFS_DIR "/at", 0755);
	if (!mount(what, BPFFS_DIR "/at", NULL, MS_MOVE, NULL)) {
		umount2(BPFFS_DIR "/at/fs/bpf", MNT_DETACH);
		umount2(BPFFS_DIR "/at", MNT_DETACH);
		umount2(BPFFS_DIR, MNT_DETACH);
		mount(BPFFS_DIR "/at", what, NULL, MS_MOVE, NULL);
	}
	mount(NULL, from == 2 ? "/sys" : "/", NULL, MS_SHARED, NULL);
	umount2(BPFFS_DIR, MNT_DETACH);
	return HELD;
}

static enum outcome move_bpffs(void)
{
	return move_and_umount(PINS_MOUNT, 2);
}

static enum outcome move_sys(void)
{
	return move_and_umount("/sys", 1);
}

/* A copy of everything with shared propagation, which goes lazily: only its top meets a hook. */
static enum outcome rbind_and_umount(void)
{
	mkdir(BPFFS_DIR, 0755);
	if (mount("/", BPFFS_DIR, NULL, MS_BIND | MS_REC, NULL))
		return HELD;
	umount2(BPFFS_DIR "/sys/fs/bpf", MNT_DETACH);
	umount2(BPFFS_DIR "/sys", MNT_DETACH);
	umount2(BPFFS_DIR, MNT_DETACH);
	return HELD;
}

static enum outcome detached_tree(void)
{
	int tree = syscall(SYS_open_tree, AT_FDCWD, "/sys", OPEN_TREE_CLONE | AT_RECURSIVE | OPEN_TREE_CLOEXEC);

	mkdir(BPFFS_DIR, 0755);
	if (tree >= 0 && !syscall(SYS_move_mount, tree, "", AT_FDCWD, BPFFS_DIR, MOVE_MOUNT_FROM_EMPTY)) {
		umount2(BPFFS_DIR "/fs/bpf", MNT_DETACH);
		umount2(BPFFS_DIR, MNT_DETACH);
	}
	if (tree >= 0)
		close(tree);
	if (!syscall(SYS_move_mount, kept.tree, "", AT_FDCWD, BPFFS_DIR, MOVE_MOUNT_FROM_EMPTY))
		umount2(BPFFS_DIR, MNT_DETACH);
	return HELD;
}

#define RACE_BED	WORK "/race"
#define RACE_LOAD	WORK "/load"
#define RACE_COPIES	1000	/* mounts that take long to copy */
#define RACE_TRIES	40

/* Copies so many mounts, again and again, that whoever changes a mount has to wait for it. */
static pid_t keep_mounts_busy(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	unshare(CLONE_NEWNS);
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mkdir(RACE_LOAD, 0755);
	mount("load", RACE_LOAD, "tmpfs", 0, NULL);
	mkdir(RACE_LOAD "/at", 0755);
	mount(NULL, RACE_LOAD, NULL, MS_PRIVATE, NULL);
	for (int i = 0; i < RACE_COPIES; i++)
		mount("/etc", RACE_LOAD "/at", NULL, MS_BIND, NULL);
	for (;;) {
		pid = fork();
		if (!pid)
			_exit(unshare(CLONE_NEWNS));
		waitpid(pid, NULL, 0);
	}
}

/* The bpffs is moved below a mount, or back. */
static bool race_once(void)
{
	pid_t pid;
	bool gone;

	if (mount("bed", RACE_BED, "tmpfs", 0, NULL))
		return false;
	mount(NULL, RACE_BED, NULL, MS_PRIVATE, NULL);
	mkdir(RACE_BED "/at", 0755);
	pid = fork();
	if (!pid)
		_exit(mount(PINS_MOUNT, RACE_BED "/at", NULL, MS_MOVE, NULL) ? errno : 0);
	usleep(random() % 8000);
	umount2(RACE_BED, MNT_DETACH);
	waitpid(pid, NULL, 0);
	gone = access(PINS, F_OK) && access(RACE_BED "/at/hardenctl", F_OK);
	mount(RACE_BED "/at", PINS_MOUNT, NULL, MS_MOVE, NULL);
	umount2(RACE_BED, MNT_DETACH);
	return gone;
}

/*
 * The hook of umount comes before the kernel locks the mounts.  So a mount that is being waited for can still be
 * moved below what may go.
 */
static enum outcome race_move_against_umount(void)
{
	enum outcome outcome = HELD;
	pid_t busy = keep_mounts_busy();

	sleep(2);
	mkdir(RACE_BED, 0755);
	mount(NULL, "/sys", NULL, MS_PRIVATE, NULL);
	for (int i = 0; i < RACE_TRIES && outcome == HELD; i++)
		if (race_once())
			outcome = loosened("the pins' mount went with the one it was moved below, try %d", i);
	kill(busy, SIGKILL);
	waitpid(busy, NULL, 0);
	mount(NULL, "/sys", NULL, MS_SHARED, NULL);
	return outcome;
}

/* What runc does to enter a container's root: it must work in a namespace of one's own. */
static enum outcome container(void)
{
	pid_t pid = fork();
	int status;

	if (pid)
		return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		       (enum outcome)WEXITSTATUS(status) : HELD;
	mkdir(BPFFS_DIR, 0755);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) ||
	    mount(WORK, BPFFS_DIR, NULL, MS_BIND | MS_REC, NULL) || chdir(BPFFS_DIR))
		_exit(HELD);
	if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH))
		_exit(disturbed("a container's root: %s", strerror(errno)));
	_exit(HELD);
}

/* A bpf file system with rights to hand on (6.9). */
static enum outcome delegate(void)
{
	static const char *const options[] = { "delegate_cmds", "delegate_maps", "delegate_progs",
					       "delegate_attachs" };
	struct { __u32 flags, fd; } token = {};
	int fs = syscall(SYS_fsopen, "bpf", 0), mounted, fd;

	for (size_t i = 0; fs >= 0 && i < ARRAY_SIZE(options); i++)
		syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, options[i], "any", 0);
	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return HELD;
	mounted = syscall(SYS_fsmount, fs, 0, 0);
	token.fd = mounted;
	fd = sysbpf(36 /* BPF_TOKEN_CREATE */, &token, sizeof(token));
	close(mounted);
	close(fs);
	return fd < 0 ? HELD : loosened("BPF_TOKEN_CREATE gave %d", fd);
}

static enum outcome other_mounts(void)
{
	mkdir(BPFFS_DIR, 0755);
	if (mount("other", BPFFS_DIR, "tmpfs", 0, NULL))
		return HELD;
	if (umount2(BPFFS_DIR, MNT_DETACH))
		return disturbed("umount of a tmpfs: %s", strerror(errno));
	if (mount("other", BPFFS_DIR, "bpf", 0, NULL))
		return HELD;
	return umount2(BPFFS_DIR, 0) ? disturbed("umount of another bpffs: %s", strerror(errno)) : HELD;
}

#define AWAY	(ONLY(NAMESPACES) | ONLY(CHROOT))	/* copies there end with the place */

const struct attack attacks_mounts[] = {
	{ "umount_bpffs", 116, umount_bpffs, 0, NULL },
	{ "umount_sys", 116, umount_sys, 0, NULL },
	{ "umount_root", 116, umount_root, 0, NULL },
	{ "umount_by_descriptors", 116, umount_by_descriptors, 0, NULL },
	{ "umount_by_setns", 116, umount_by_setns, 0, NULL },
	{ "umount_after_changed_propagation", 116, umount_after_changed_propagation, 0, NULL },
	{ "umount_in_master", 116, umount_in_master, ONLY(HERE), NULL },
	{ "mount_over", 116, mount_over, 0, NULL },
	{ "mount_over_sys", 116, mount_over_sys, 0, NULL },
	{ "remount", 116, remount, 0, NULL },
	{ "move_bpffs", 116, move_bpffs, 0, NULL },
	{ "move_sys", 116, move_sys, 0, NULL },
	{ "race_move_against_umount", 116, race_move_against_umount, ONLY(HERE), NULL },
	{ "rbind_and_umount", 116, rbind_and_umount, AWAY, NULL },
	{ "detached_tree", 116, detached_tree, AWAY, NULL },
	{ "container", 0, container, 0, NULL },
	{ "delegate", 73, delegate, 0, NULL },
	{ "other_mounts", 0, other_mounts, 0, NULL },
	{},
};
