// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_test.c - what a load has filled can only be read from user space, by root too.
 * Boots: plain
 * Long boots: lockdown
 */
#include "objects.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#define MAPS_MAX	256

struct map {
	struct bpf_map_info info;
	int fd;				/* as one gets it: for reading and writing */
	void *key, *value;		/* an entry that is there */
};

static __u32 ids[MAPS_MAX];		/* of all maps that came with the load */
static size_t n_ids;

static bool map_open(__u32 id, struct map *ret_map)
{
	__u32 len = sizeof(ret_map->info);

	memset(ret_map, 0, sizeof(*ret_map));
	ret_map->fd = bpf_map_get_fd_by_id(id);
	assert_true(ret_map->fd >= 0);
	assert_int_equal(bpf_obj_get_info_by_fd(ret_map->fd, &ret_map->info, &len), 0);
	ret_map->key = calloc(1, ret_map->info.key_size);
	ret_map->value = calloc(1, ret_map->info.value_size);
	/* The storage of tasks has no next key: its keys are descriptors of theirs. */
	if (ret_map->info.type == BPF_MAP_TYPE_TASK_STORAGE)
		*(int *)ret_map->key = syscall(SYS_pidfd_open, getpid(), 0);
	else if (bpf_map_get_next_key(ret_map->fd, NULL, ret_map->key))
		return false;
	return !bpf_map_lookup_elem(ret_map->fd, ret_map->key, ret_map->value);
}

static void map_close(struct map *map)
{
	if (map->info.type == BPF_MAP_TYPE_TASK_STORAGE)
		close(*(int *)map->key);
	close(map->fd);
	free(map->key);
	free(map->value);
}

static void *map_writable(const struct map *map)
{
	return mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED, map->fd, 0);
}

/* By a key that is there or, where the map is empty, by one that is not. */
static void expect_read_only(struct map *map, bool entry)
{
	void *again = malloc(map->info.value_size);

	assert_int_equal(bpf_map_update_elem(map->fd, map->key, map->value, BPF_ANY), -EPERM);
	assert_int_equal(bpf_map_delete_elem(map->fd, map->key), -EPERM);
	if (!entry) {
		free(again);
		return;
	}
	assert_int_equal(bpf_map_lookup_and_delete_elem(map->fd, map->key, again), -EPERM);
	assert_int_equal(bpf_map_lookup_elem(map->fd, map->key, again), 0);
	free(again);
	if (!(map->info.map_flags & BPF_F_MMAPABLE))
		return;
	assert_ptr_equal(map_writable(map), MAP_FAILED);
	assert_int_equal(errno, EPERM);
}

/* What this policy does not list, or the kernel has no need of. */
static bool may_be_empty(const char *name)
{
	static const char *const names[] = {
		"hctl_tracers", "hctl_readers", "hctl_runnable", "hctl_disks", "hctl_edges", "hctl_scripts", "hctl_execs",
		"hctl_verity", "hctl_modules", "hctl_sysctls", "hctl_devices", "hctl_dev_users",
		"hctl_sockets", "hctl_sock_kinds", "hctl_netlink", "hctl_from4", "hctl_from6", "hctl_unix", "hctl_vsock",
		"hctl_protected", "hctl_prot_names", "hctl_shm", "hctl_segments", "hctl_keys",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static void deny_change_of_every_map_of_the_set(void **state)
{
	unsigned int tried = 0;
	struct map map;

	(void)state;
	for (size_t i = 0; i < n_ids; i++) {
		bool entry = map_open(ids[i], &map);

		if (!entry)
			print_message("# %s has no entry\n", map.info.name);
		assert_true(entry || may_be_empty(map.info.name));
		expect_read_only(&map, entry);
		tried++;
		map_close(&map);
	}
	/*
	 * state names log counters programs tasks sockets proof identities heads edges scripts execs verity modules mounts sysctls devices
	 * dev_users sock_kinds netlink unix vsock tracers readers runnable disks filesystems set own guarded mount trie4 trie6
	 * from4 from6 ports protected prot_names shm segments keys, and the constants.
	 */
	assert_true(tried >= 40);
	HARDEN(0, "verify");
}

/* The same calls work where nothing forbids them: the refusals above come from the frozen maps. */
static void allow_change_of_a_map_of_ones_own(void **state)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	int array = bpf_map_create(BPF_MAP_TYPE_ARRAY, "own", 4, 8, 1, &opts);
	int hash = bpf_map_create(BPF_MAP_TYPE_HASH, "own", 4, 8, 1, NULL);
	struct map map = { .fd = array };
	__u64 value = 1;
	__u32 key = 0;
	void *mapped;

	(void)state;
	assert_int_equal(bpf_map_update_elem(array, &key, &value, BPF_ANY), 0);
	mapped = map_writable(&map);
	assert_ptr_not_equal(mapped, MAP_FAILED);
	munmap(mapped, getpagesize());
	assert_int_equal(bpf_map_update_elem(hash, &key, &value, BPF_ANY), 0);
	assert_int_equal(bpf_map_delete_elem(hash, &key), 0);
	close(array);
	close(hash);
}

static bool known(const __u32 *list, size_t count, __u32 id)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == id)
			return true;
	return false;
}

static int set_up(void **state)
{
	__u32 before[MAPS_MAX], id = 0;
	size_t n_before = 0;

	while (n_before < MAPS_MAX && !bpf_map_get_next_id(id, &id))
		before[n_before++] = id;
	load_enforce(state);
	settled_objects();
	id = 0;
	while (n_ids < MAPS_MAX && !bpf_map_get_next_id(id, &id))
		if (!known(before, n_before, id))
			ids[n_ids++] = id;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deny_change_of_every_map_of_the_set),
		cmocka_unit_test(allow_change_of_a_map_of_ones_own),
	};

	return cmocka_run_group_tests(tests, set_up, unload);
}
