// SPDX-License-Identifier: GPL-2.0-only
/* bpf.c - attacks by bpf(2), and by what takes a program's descriptor without it. */
#include "attacks.h"

#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#define COMMANDS	61	/* more than any kernel has */
#define PATH_FD		(1u << 14)	/* BPF_F_PATH_FD, 6.5 */

/* Attributes as words: room for what the newest kernel may know, and more. */
union words {
	__u32 word[128];
	__u64 pair[64];
};

static int try_command(int cmd, const union words *attr, unsigned int size)
{
	int fd = sysbpf(cmd, attr, size);

	if (fd > 2)
		close(fd);
	return fd;
}

static void try_sizes(int cmd, const union words *attr)
{
	static const unsigned int sizes[] = { 0, 4, 12, 32, 64, 152, 512, 8192 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		try_command(cmd, attr, sizes[i]);
}

/* The commands that could block or take a page of memory do neither with these. */
static enum outcome every_command(void)
{
	union words zero = {}, ones, ids = {}, fds = {};

	memset(&ones, 0xff, sizeof(ones));
	for (int cmd = 0; cmd < COMMANDS; cmd++) {
		try_sizes(cmd, &zero);
		try_sizes(cmd, &ones);
		/* Another one of ours for each command, or the test takes too long. */
		for (size_t i = cmd % 4; i < kept.n_programs; i += 4) {
			ids.word[0] = kept.program_ids[i];
			try_command(cmd, &ids, 64);
			fds.word[0] = kept.programs[i];
			fds.word[1] = kept.cgroup;
			try_command(cmd, &fds, 64);
			fds.word[1] = kept.programs[i];
			fds.word[0] = kept.cgroup;
			try_command(cmd, &fds, 64);
		}
		for (size_t i = cmd % 4; i < kept.n_links; i += 4) {
			ids.word[0] = kept.link_ids[i];
			try_command(cmd, &ids, 64);
			fds.word[0] = kept.links[i];
			fds.word[1] = kept.foreign[F_LSM_CGROUP];
			try_command(cmd, &fds, 64);
		}
		for (size_t i = 0; i < kept.n_maps; i++) {
			fds.word[0] = kept.maps[i];
			fds.word[1] = kept.maps[i];
			try_command(cmd, &fds, 64);
		}
	}
	return HELD;
}

static const __u32 attach_flags[] = { 0, BPF_F_ALLOW_OVERRIDE, BPF_F_ALLOW_MULTI, BPF_F_REPLACE,
				      1u << 3 /* BEFORE */, 1u << 4 /* AFTER */, 1u << 5 /* ID */,
				      1u << 6 /* PREORDER */, 1u << 13 /* LINK */ };

/* {target_fd, attach_bpf_fd, attach_type, flags, replace_bpf_fd, relative_fd, expected_revision} */
static enum outcome detach_ours(void)
{
	enum outcome outcome = HELD;

	for (__u32 i = 0; i < kept.set.attachments; i++) {
		const struct attachment *at = &kept.set.attachment[i];

		if (at->leg != LEG_CGROUP)
			continue;
		for (size_t flag = 0; flag < ARRAY_SIZE(attach_flags); flag++)
			for (int by = -1; by <= (int)kept.n_programs; by++) {
				union words attr = { .word = { kept.cgroup, 0, at->attach_type,
							       attach_flags[flag] } };

				attr.word[1] = by < 0 ? 0 : by < (int)kept.n_programs ?
					       kept.programs[by] : kept.foreign[F_LSM_CGROUP];
				attr.word[4] = attr.word[1];
				attr.word[5] = at->prog_id;
				if (sysbpf(BPF_PROG_DETACH, &attr, 32) >= 0)
					outcome = loosened("BPF_PROG_DETACH of a program of ours");
			}
	}
	return outcome;
}

static const struct {
	enum foreign which;
	__u32 attach_type;
	bool admitted;		/* by seal.bpf */
} attaches[] = {
	{ F_SYSCTL, BPF_CGROUP_SYSCTL, false },
	{ F_CONNECT4, BPF_CGROUP_INET4_CONNECT, false },
	{ F_LSM_CGROUP, BPF_LSM_CGROUP, false },
	{ F_SOCKOPT, BPF_CGROUP_SETSOCKOPT, false },
	{ F_DEVICE, BPF_CGROUP_DEVICE, true },
	{ F_SKB, BPF_CGROUP_INET_EGRESS, true },
	/* Posing as what seal.bpf admits. */
	{ F_SYSCTL, BPF_CGROUP_DEVICE, false },
	{ F_CONNECT4, BPF_CGROUP_DEVICE, false },
	{ F_LSM_CGROUP, BPF_CGROUP_INET_INGRESS, false },
	{ F_SYSCALL, BPF_CGROUP_DEVICE, false },
};

/* By PROG_ATTACH and by LINK_CREATE, to the root and to a child. */
static enum outcome attach_foreign(void)
{
	const int targets[] = { kept.cgroup, kept.child_cgroup };
	enum outcome outcome = HELD;

	for (size_t i = 0; i < 2 * ARRAY_SIZE(attaches) * ARRAY_SIZE(attach_flags); i++) {
		size_t row = i / 2 % ARRAY_SIZE(attaches);
		union words attr = { .word = { targets[i % 2], kept.foreign[attaches[row].which],
			attaches[row].attach_type, attach_flags[i / 2 / ARRAY_SIZE(attaches)] } };
		union words link = { .word = { attr.word[1], attr.word[0], attr.word[2], 0 } };
		int fd = sysbpf(BPF_LINK_CREATE, &link, 64);

		if (fd >= 0)
			close(fd);
		if (fd >= 0 && !attaches[row].admitted)
			outcome = loosened("LINK_CREATE of a foreign program, type %u", attr.word[2]);
		if (!attaches[row].admitted && sysbpf(BPF_PROG_ATTACH, &attr, 32) >= 0)
			outcome = loosened("PROG_ATTACH of a foreign program, type %u", attr.word[2]);
	}
	return outcome;
}

static enum outcome update_links(void)
{
	enum outcome outcome = HELD;

	for (size_t i = 0; i < kept.n_links; i++) {
		union words update = { .word = { kept.links[i], kept.foreign[F_LSM_CGROUP] } };
		union words detach = { .word = { kept.links[i] } };

		for (size_t by = 0; by < kept.n_programs; by++) {
			update.word[1] = kept.programs[by];
			if (sysbpf(BPF_LINK_UPDATE, &update, 16) >= 0)
				outcome = loosened("BPF_LINK_UPDATE");
		}
		if (sysbpf(BPF_LINK_DETACH, &detach, 4) >= 0)
			outcome = loosened("BPF_LINK_DETACH");
	}
	return outcome;
}

static enum outcome descriptors_by_id(void)
{
	static const __u32 flags[] = { 0, BPF_F_WRONLY, BPF_F_RDONLY | BPF_F_WRONLY, 1u << 16, ~BPF_F_RDONLY };
	enum outcome outcome = HELD;

	for (size_t i = 0; i < kept.n_programs; i++)
		if (bpf_prog_get_fd_by_id(kept.program_ids[i]) >= 0)
			outcome = loosened("a descriptor of a program of ours");
	for (size_t i = 0; i < kept.n_links; i++)
		if (bpf_link_get_fd_by_id(kept.link_ids[i]) >= 0)
			outcome = loosened("a descriptor of a link of ours");
	for (size_t i = 0; i < kept.n_maps * ARRAY_SIZE(flags); i++) {
		union words attr = { .word = { kept.map_ids[i / ARRAY_SIZE(flags)], 0,
					       flags[i % ARRAY_SIZE(flags)] } };

		if (sysbpf(BPF_MAP_GET_FD_BY_ID, &attr, 12) >= 0)
			outcome = loosened("a writable descriptor of a map of ours");
	}
	return outcome;
}

/* {pathname, bpf_fd, file_flags, path_fd} */
static enum outcome descriptors_of_pins(void)
{
	static const __u32 flags[] = { 0, BPF_F_RDONLY, BPF_F_WRONLY, BPF_F_RDONLY | BPF_F_WRONLY };
	const char *name = strrchr(kept.pin, '/') + 1;
	enum outcome outcome = HELD;

	for (size_t i = 0; i < 2 * ARRAY_SIZE(flags); i++) {
		union words attr = { .pair = { (__u64)(i & 1 ? name : kept.pin) } };
		int fd;

		attr.word[3] = flags[i / 2] | (i & 1 ? PATH_FD : 0);
		attr.word[4] = i & 1 ? kept.pins : 0;
		fd = sysbpf(BPF_OBJ_GET, &attr, 24);
		if (fd >= 0)
			outcome = loosened("BPF_OBJ_GET of a pin, flags %#x", attr.word[3]);
	}
	return outcome;
}

/* By every command that writes, through descriptors from before the seal. */
static enum outcome write_maps(void)
{
	static char key[64], value[1 << 16];
	static const int commands[] = { BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM,
					BPF_MAP_LOOKUP_AND_DELETE_ELEM, BPF_MAP_UPDATE_BATCH,
					BPF_MAP_DELETE_BATCH, BPF_MAP_LOOKUP_AND_DELETE_BATCH };
	enum outcome outcome = HELD;
	__u32 count;

	for (size_t i = 0; i < kept.n_maps * ARRAY_SIZE(commands); i++) {
		int cmd = commands[i % ARRAY_SIZE(commands)], fd = kept.maps[i / ARRAY_SIZE(commands)];
		bool batch = cmd >= BPF_MAP_LOOKUP_BATCH && cmd <= BPF_MAP_DELETE_BATCH;
		union words one = { .pair = { fd, (__u64)key, (__u64)value } };
		union words many = { .pair = { 0, (__u64)key, (__u64)key, (__u64)value } };

		count = 1;
		many.word[8] = count;
		many.word[9] = fd;
		if (bpf_map_get_next_key(fd, NULL, key))
			continue;
		if (sysbpf(cmd, batch ? &many : &one, batch ? 56 : 32) >= 0)
			outcome = loosened("bpf command %d wrote to map %u", cmd,
					   kept.map_ids[i / ARRAY_SIZE(commands)]);
	}
	return outcome;
}

static enum outcome map_maps(void)
{
	enum outcome outcome = HELD;
	void *at;
	int fd;

	for (size_t i = 0; i < kept.n_maps; i++) {
		at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, kept.maps[i], 0);
		if (at != MAP_FAILED)
			outcome = loosened("a writable mapping of map %u", kept.map_ids[i]);
		at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, kept.maps[i], 0);
		if (at != MAP_FAILED && !mprotect(at, 4096, PROT_READ | PROT_WRITE))
			outcome = loosened("a mapping of map %u made writable", kept.map_ids[i]);
		fd = set_map(kept.map_ids[i]);
		at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (at != MAP_FAILED)
			outcome = loosened("a writable mapping of a read-only descriptor");
		bpf_map_freeze(fd);
		close(fd);
	}
	if (kept.mapping && !mprotect((void *)kept.mapping, 4096, PROT_READ | PROT_WRITE))
		outcome = loosened("the log's mapping from before the seal made writable");
	return outcome;
}

/* What is in a map of maps can be had from it by the outer map's programs; nobody has new programs. */
static enum outcome map_in_map(void)
{
	__u32 zero = 0, id = 0;
	int fd = set_map(kept.set.map_state);

	if (!bpf_map_update_elem(kept.outer, &zero, &fd, BPF_ANY) &&
	    !bpf_map_lookup_elem(kept.outer, &zero, &id) && bpf_map_get_fd_by_id(id) >= 0)
		return loosened("a map of maps gave the state map for writing");
	bpf_map_delete_elem(kept.outer, &zero);
	close(fd);
	return HELD;
}

static enum outcome run_programs(void)
{
	struct bpf_iter { __u32 link_fd, flags; } iter = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	enum outcome outcome = HELD;

	for (size_t i = 0; i < kept.n_programs; i++)
		if (!bpf_prog_test_run_opts(kept.programs[i], &opts))
			outcome = loosened("BPF_PROG_TEST_RUN of a program of ours");
	if (!bpf_prog_test_run_opts(kept.foreign[F_SYSCALL], &opts))
		outcome = loosened("BPF_PROG_TEST_RUN of a syscall program");
	for (size_t i = 0; i < kept.n_links; i++) {
		iter.link_fd = kept.links[i];
		if (sysbpf(BPF_ITER_CREATE, &iter, sizeof(iter)) >= 0)
			outcome = loosened("BPF_ITER_CREATE");
	}
	if (bpf_raw_tracepoint_open("sys_enter", kept.foreign[F_RAW_TP]) >= 0)
		outcome = loosened("BPF_RAW_TRACEPOINT_OPEN");
	return outcome;
}

static bool was_seen(void)
{
	__u32 zero = 0;
	__u64 value = 0, none = 0;

	bpf_map_lookup_elem(kept.seen, &zero, &value);
	bpf_map_update_elem(kept.seen, &zero, &none, BPF_ANY);
	return value;
}

/* perf's ioctl takes a program by its descriptor; no hook of bpf(2) is asked. */
static enum outcome attach_by_perf(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr),
					.sample_period = 1 };
	char id[32] = "";
	int fd;

	slurp("/sys/kernel/tracing/events/syscalls/sys_enter_getpgid/id", id, sizeof(id));
	attr.config = strtoull(id, NULL, 10);
	if (!attr.config)
		return HELD;
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);
	if (fd < 0)
		return HELD;
	ioctl(fd, PERF_EVENT_IOC_SET_BPF, kept.foreign[F_TRACEPOINT]);
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	was_seen();
	for (int i = 0; i < 20; i++) {
		cpu_set_t first;

		CPU_ZERO(&first);
		CPU_SET(0, &first);
		sched_setaffinity(0, sizeof(first), &first);
		syscall(SYS_getpgid, 0);
	}
	close(fd);
	return was_seen() ? loosened("a foreign tracing program ran, attached by perf's ioctl") : HELD;
}

/* So does rtnetlink. */
static enum outcome attach_by_netlink(void)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = if_nametoindex("lo"), .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, tc, .prog_fd = kept.foreign[F_TC]);
	enum outcome outcome = HELD;

	libbpf_set_print(NULL);
	if (!bpf_xdp_attach(hook.ifindex, kept.foreign[F_XDP], 2 /* XDP_FLAGS_SKB_MODE */, NULL)) {
		outcome = loosened("a foreign XDP program attached by rtnetlink");
		bpf_xdp_detach(hook.ifindex, 2, NULL);
	}
	bpf_tc_hook_create(&hook);
	if (!bpf_tc_attach(&hook, &tc))
		outcome = loosened("a foreign tc program attached by rtnetlink");
	hook.attach_point |= BPF_TC_INGRESS;
	bpf_tc_hook_destroy(&hook);
	return outcome;
}

/* Its end undoes a part of what the kernel shares with our program on the same hook. */
static enum outcome end_foreign_link(void)
{
	close(kept.foreign_link);
	return HELD;
}

/* Binds maps to programs, which lengthens lives and shortens none. */
static enum outcome bind_maps(void)
{
	union words attr = {};

	for (size_t i = 0; i < kept.n_programs; i++) {
		attr.word[0] = kept.programs[i];
		attr.word[1] = kept.own_map;
		try_command(35 /* BPF_PROG_BIND_MAP */, &attr, 12);
	}
	return HELD;
}

static enum outcome own_maps(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "attack", 4, 8, 4, NULL);
	__u64 value = 1;
	__u32 key = 1;

	if (fd < 0)
		return HELD;
	if (bpf_map_update_elem(fd, &key, &value, BPF_ANY) || bpf_map_delete_elem(fd, &key) ||
	    bpf_map_freeze(fd))
		return disturbed("a map of one's own: %s", strerror(errno));
	close(fd);
	return HELD;
}

static const char tolerated[] = "loaded before the seal; bpf-foreign is tolerated here, perf and tc are the "
				"kernel guard's, which is off";

const struct attack attacks_bpf[] = {
	{ "every_command", 111, every_command, ONLY(HERE) | ONLY(NAMESPACES), NULL },
	{ "detach_ours", 114, detach_ours, 0, NULL },
	{ "attach_foreign", 71, attach_foreign, 0, NULL },
	{ "update_links", 114, update_links, 0, NULL },
	{ "descriptors_by_id", 113, descriptors_by_id, 0, NULL },
	{ "descriptors_of_pins", 112, descriptors_of_pins, 0, NULL },
	{ "write_maps", 111, write_maps, 0, NULL },
	{ "map_maps", 118, map_maps, 0, NULL },
	{ "map_in_map", 111, map_in_map, 0, NULL },
	{ "run_programs", 71, run_programs, 0, NULL },
	{ "attach_by_perf", 71, attach_by_perf, ONLY(HERE), tolerated },
	{ "attach_by_netlink", 71, attach_by_netlink, ONLY(HERE), tolerated },
	{ "end_foreign_link", 122, end_foreign_link, ONLY(HERE), NULL },
	{ "bind_maps", 118, bind_maps, 0, NULL },
	{ "own_maps", 0, own_maps, 0, NULL },
	{},
};
