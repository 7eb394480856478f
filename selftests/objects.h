/* SPDX-License-Identifier: GPL-2.0-only */
/* objects.h - what is in the kernel: BPF objects, pins, the set in force, and that it refuses. */
#ifndef HARDENCTL_SELFTESTS_OBJECTS_H
#define HARDENCTL_SELFTESTS_OBJECTS_H

#include "common.h"
#include "pins.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define FREEING_TRIES	600	/* a tenth of a second each: RCU is slow on an emulated guest */

/* An address that no policy here lists; what its connect meets: an errno, or 0. */
static UNUSED int connect_unlisted(__u16 port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	inet_pton(AF_INET, "203.0.113.9", &to.sin_addr);
	err = connect(fd, (struct sockaddr *)&to, sizeof(to)) ? errno : 0;
	close(fd);
	return err;
}

struct objects {
	unsigned int progs, maps, links;
};

static UNUSED unsigned int count_ids(int (*next_id)(__u32 id, __u32 *ret_id))
{
	unsigned int count = 0;
	__u32 id = 0;

	while (!next_id(id, &id))
		count++;
	assert_int_equal(errno, ENOENT);
	return count;
}

static UNUSED struct objects objects(void)
{
	return (struct objects){ count_ids(bpf_prog_get_next_id), count_ids(bpf_map_get_next_id),
				 count_ids(bpf_link_get_next_id) };
}

/* Whether a map of ours is in the kernel; programs hold maps, so without maps there are none either. */
static UNUSED bool has_our_map(void)
{
	__u32 id = 0;

	while (!bpf_map_get_next_id(id, &id)) {
		struct bpf_map_info info = {};
		__u32 len = sizeof(info);
		int fd = bpf_map_get_fd_by_id(id), err;

		if (fd < 0)
			continue;
		err = bpf_obj_get_info_by_fd(fd, &info, &len);
		close(fd);
		if (!err && !strncmp(info.name, "hctl_", 5))
			return true;
	}
	return false;
}

/* What the kernel holds while nothing of ours is loaded: the test before may have unloaded just now. */
static UNUSED struct objects unloaded_objects(void)
{
	for (int i = 0; i < FREEING_TRIES && has_our_map(); i++)
		usleep(100000);
	assert_false(has_our_map());
	return objects();
}

/* What the kernel holds once it has freed what was let go: when a second has brought no change. */
static UNUSED struct objects settled_objects(void)
{
	struct objects now = objects(), before;

	for (int i = 0, same = 0; i < FREEING_TRIES && same < 10; i++) {
		before = now;
		usleep(100000);
		now = objects();
		same = memcmp(&now, &before, sizeof(now)) ? 0 : same + 1;
	}
	return now;
}

/* Asserts that the kernel comes to hold exactly that; what was let go is freed some time later. */
static UNUSED void assert_objects(const struct objects *expected)
{
	struct objects now = objects();

	for (int i = 0; i < FREEING_TRIES && memcmp(&now, expected, sizeof(now)); i++) {
		usleep(100000);
		now = objects();
	}
	assert_int_equal(now.progs, expected->progs);
	assert_int_equal(now.maps, expected->maps);
	assert_int_equal(now.links, expected->links);
}

/* Whether a program of that guard is in the kernel; the kernel cuts names to 15 characters. */
static UNUSED bool has_program_of(const char *guard)
{
	char prefix[16];
	__u32 id = 0;

	snprintf(prefix, sizeof(prefix), "%.12s__", guard);
	while (!bpf_prog_get_next_id(id, &id)) {
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0)
			continue;
		assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
		close(fd);
		if (!strncmp(info.name, prefix, strlen(prefix)))
			return true;
	}
	return false;
}

static UNUSED void assert_no_program_of(const char *guard)
{
	bool has = has_program_of(guard);

	for (int i = 0; i < FREEING_TRIES && has; i++) {
		usleep(100000);
		has = has_program_of(guard);
	}
	assert_false(has);
}

/* Number of sets that have pins; 0 too where there is no directory for them. */
static UNUSED unsigned int pinned_sets(void)
{
	unsigned int count = 0;
	DIR *dir = opendir(PINS);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count;
}

static UNUSED struct json_object *parse_json(const char *text)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *json;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	json = json_tokener_parse_ex(tokener, text, strlen(text));
	if (!json)
		print_message("# %s\n", text);
	assert_non_null(json);
	json_tokener_free(tokener);
	return json;
}

/* What status says, which the caller puts. */
static UNUSED struct json_object *status_json(int code)
{
	return parse_json(HARDEN(code, "status", "--json")->out);
}

/* Asserts that the policy with `digest` is in force as a whole, and nothing else. */
static UNUSED void assert_in_force(const char *digest)
{
	struct set_info set = live_set();
	int cgroup = kernel_cgroup_root();

	assert_string_equal(set.digest, digest);
	assert_int_equal(set_attached(&set, cgroup), set.attachments);
	close(cgroup);
	assert_int_equal(pinned_sets(), 1);
	HARDEN(0, "verify");
}

#endif
