// SPDX-License-Identifier: GPL-2.0-only
/* scan_tasks.c - what runs: traced tasks, programs that the policy refuses, memory that is code and data. */
#include "scan_parts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "hardenctl.skel.h"
#include "util.h"
#include "verity.h"

static int tracers(struct search *search)
{
	int err = 0;

	for (size_t i = 0; !err && i < search->n_tasks; i++) {
		const struct row_task *task = &search->tasks[i];

		if (task->tracer)
			err = FOUND(search, tracer, "end the tracer, or have it detach",
				    "%s is traced by pid %u (%.16s)", who_is(task->tgid, task->comm).text,
				    task->tracer, task->tracer_comm);
	}
	return err;
}

/*
 * Whether exec.allow lists by its digest the file that a link of procfs leads to: the one that is executed, whatever its
 * name is by now.  No iterator may ask for digests.
 */
static bool verified(const struct search *search, const char *link, __u32 kind)
{
	int map = bpf_map__fd(search->scan->skel->maps.hctl_verity);
	_cleanup_close_ int fd = -1;
	struct verity verity;
	__u64 kinds;

	if (bpf_map_get_next_key(map, NULL, &verity))
		return false;
	fd = open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd >= 0 && !verity_measure(fd, &verity) && !bpf_map_lookup_elem(map, &verity, &kinds) && kind < 64 &&
	       (kinds & 1ull << kind);
}

/* Whether the policy would refuse the program, and what it is called there. */
static bool refused(const struct search *search, const struct file_id *id, const char *link, struct identity *ret_identity)
{
	int fd = bpf_map__fd(search->scan->skel->maps.hctl_identities);
	__u32 kind;

	if (bpf_map_lookup_elem(fd, id, ret_identity)) {
		*ret_identity = (struct identity){ .kind = KIND_COUNT, .path = "what exec.allow does not list" };
		/* All 0: a kernel thread. */
		if (!id->ino)
			return false;
	}
	kind = ret_identity->kind;
	if (kind == KIND_COUNT && (!search->scan->set->allow || (ret_identity->flags & IDENTITY_RUN)))
		return false;
	return !verified(search, link, kind == KIND_COUNT ? KIND_exec_bprm_check_security_unlisted : kind);
}

static int unlisted(struct search *search, __u32 tgid, const char comm[COMM_LEN], const struct file_id *id,
		    const char *link)
{
	struct identity identity;

	if (!refused(search, id, link, &identity))
		return 0;
	/* A login shell counts, too: who has it goes on having it after the seal. */
	return FOUND(search, process_unlisted,
		     "end it, and seal from a unit rather than from a shell, or tolerate process-unlisted",
		     "%s runs %s", who_is(tgid, comm).text, identity.path);
}

static void link_mapping(const struct row_map *map, char ret_link[96])
{
	snprintf(ret_link, 96, "/proc/%u/map_files/%llx-%llx", map->tgid, (unsigned long long)map->start,
		 (unsigned long long)map->end);
}

static int programs(struct search *search)
{
	char link[96];
	int err = 0;

	/* The program by name, and below, its code: PR_SET_MM_EXE_FILE can change only the first. */
	for (size_t i = 0; !err && i < search->n_tasks; i++) {
		snprintf(link, sizeof(link), "/proc/%u/exe", search->tasks[i].tgid);
		err = unlisted(search, search->tasks[i].tgid, search->tasks[i].comm, &search->tasks[i].exe, link);
	}
	for (size_t i = 0; !err && i < search->n_maps; i++) {
		link_mapping(&search->maps[i], link);
		if (search->maps[i].flags & MAP_UNLISTED)
			err = unlisted(search, search->maps[i].tgid, search->maps[i].comm,
				       &search->maps[i].id, link);
	}
	return err;
}

/* A snapshot that is taken at the seal tells nothing before. */
static int introduced(struct search *search)
{
	static const char advice[] = "end it; or install it on a file system that a baseline can hold, or set exec.introduced "
				     "to allow";
	int err = 0;

	for (size_t i = 0; !err && i < search->n_tasks; i++)
		if (search->tasks[i].introduced)
			err = FOUND(search, process_unlisted, advice, "%s is not in the baseline",
				    who_is(search->tasks[i].tgid, search->tasks[i].comm).text);
	return err;
}

/* What is mapped there. */
static void name_mapping(const struct row_map *map, char *ret_name, size_t size)
{
	char link[96];
	ssize_t len;

	link_mapping(map, link);
	len = map->id.ino ? readlink(link, ret_name, size - 1) : -1;
	if (len < 0)
		snprintf(ret_name, size, "%s", map->id.ino ? "a file" : "anonymous memory");
	else
		ret_name[len] = 0;
}

static const char *code_of(const struct row_map *map)
{
	return map->flags & MAP_WRITABLE ? "writable code" :
	       map->flags & MAP_UNLINKED ? "code of an unlinked file in memory" :
	       map->flags & MAP_INTRODUCED ? "code that is not in the baseline" :
	       map->flags & MAP_JIT ? "code that exec.jit does not let it have" :
	       map->flags & MAP_LIBRARY ? "code that exec.libraries does not list" : NULL;
}

static int memory(struct search *search)
{
	int err = 0;

	for (size_t i = 0; !err && i < search->n_maps; i++) {
		const struct row_map *map = &search->maps[i];
		const char *what = code_of(map);
		char name[PATH_MAX];

		if (!what)
			continue;
		name_mapping(map, name, sizeof(name));
		err = FOUND(search, exec_memory, "end the process, or tolerate exec-memory",
			    "%s has %s at %llx: %.80s", who_is(map->tgid, map->comm).text, what,
			    (unsigned long long)map->start, name);
	}
	return err;
}

/* What it has submitted goes on after the seal, and so does what it submits then. */
static int rings(struct search *search)
{
	int err = 0;

	for (size_t i = 0; !err && i < search->n_tasks; i++)
		if (search->tasks[i].uring)
			err = FOUND(search, descriptor, "end it, or set kernel.io_uring to allow", "%s uses io_uring",
				    who_is(search->tasks[i].tgid, search->tasks[i].comm).text);
	return err;
}

/* The processor asks nobody when they are used. */
static int ports(struct search *search)
{
	int err = 0;

	for (size_t i = 0; !err && i < search->n_tasks; i++)
		if (search->tasks[i].ports)
			err = FOUND(search, descriptor, "end it, or list ioport in kernel.allow", "%s may use I/O ports",
				    who_is(search->tasks[i].tgid, search->tasks[i].comm).text);
	return err;
}

int scan_tasks(struct search *search)
{
	int err = 0;

	if (search->set->kernel_deny & 1 << KERNEL_IO_URING)
		err = rings(search);
	if (!err && search_wants(search, GUARD_kernel) && (search->set->kernel_tries & KERNEL_TRY_IOPORT))
		err = ports(search);
	if (!err && search_wants(search, GUARD_ptrace))
		err = tracers(search);
	if (!err && search_wants(search, GUARD_exec)) {
		err = programs(search);
		err = err ?: introduced(search);
		err = err ?: memory(search);
	}
	return err;
}
