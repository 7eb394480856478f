// SPDX-License-Identifier: GPL-2.0-only
/* scan_files.c - descriptors and mappings that would outlive the seal. */
#include "scan_parts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "hardenctl.skel.h"
#include "util.h"

#define MODE_WRITE	0x2	/* FMODE_WRITE */
#define DELETED		" (deleted)"
#define MAJOR_OF(device)	((device) >> 20)
#define MAJOR_MISC	10
#define MAJOR_MSR	202
#define MINOR_SNAPSHOT	231
#define MINOR_OF(device)	((device) & 0xfffff)

static const char end_holder[] = "end the process that has it open";
static const char end_measurer[] = "end the process that measures";

/* Where the path did not fit into the row. */
static void complete_path(const struct row_file *file, char ret_path[PATH_MAX])
{
	char link[96];
	ssize_t len;

	if (file->path[0]) {
		snprintf(ret_path, PATH_MAX, "%.*s", ROW_PATH, file->path);
		return;
	}
	snprintf(link, sizeof(link), "/proc/%u/task/%u/fd/%u", file->tgid, file->pid, file->fd);
	len = readlink(link, ret_path, PATH_MAX - 1);
	ret_path[len < 0 ? 0 : len] = 0;
}

/* The last component, without what the kernel adds for a name that is gone. */
static const char *last_name(char *path)
{
	size_t len = strlen(path), cut = strlen(DELETED);
	char *slash;

	if (len > cut && !strcmp(path + len - cut, DELETED))
		path[len - cut] = 0;
	slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* The process whose memory is at that address; NULL: it is gone, and nobody can get at it any more. */
static const struct row_task *owner_of(const struct search *search, __u64 mm)
{
	for (size_t i = 0; mm && i < search->n_tasks; i++)
		if (search->tasks[i].mm == mm)
			return &search->tasks[i];
	return NULL;
}

static __u64 memory_of(const struct search *search, __u32 pid)
{
	for (size_t i = 0; i < search->n_tasks; i++)
		if (search->tasks[i].pid == pid)
			return search->tasks[i].mm;
	return 0;
}

/* What shows a process's memory, or where what lies in it, to whoever has it open, whatever it asked then. */
static const struct shown {
	const char *name;
	bool by_memory;		/* the file keeps the memory itself, so that it tells whose it is */
} shown[] = {
	{ "mem", true }, { "environ", true }, { "auxv", true }, { "pagemap", true },
	{ "maps", false }, { "smaps", false }, { "smaps_rollup", false }, { "numa_maps", false },
};

static const struct shown *find_shown(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
		if (!strcmp(name, shown[i].name))
			return &shown[i];
	return NULL;
}

/* The thread in whose directory the file is, by its path: where the kernel can't be asked. */
static __u32 owner_by_path(const char *path, const char *name)
{
	const char *at = name - 1;

	if (at <= path)
		return 0;
	while (at > path && isdigit((unsigned char)at[-1]))
		at--;
	return strtoul(at, NULL, 10);
}

static const struct row_task *task_of(const struct search *search, __u32 pid)
{
	for (size_t i = 0; i < search->n_tasks; i++)
		if (search->tasks[i].pid == pid && search->tasks[i].mm)
			return &search->tasks[i];
	return NULL;
}

static int proc_file(struct search *search, const struct row_file *file)
{
	const struct row_task *owner;
	const struct shown *kind;
	char path[PATH_MAX];
	const char *name;
	bool memory;

	complete_path(file, path);
	name = last_name(path);
	if (!strcmp(name, "kcore"))
		return FOUND(search, descriptor, end_holder, "%s has the kernel's memory open: fd %u, %.60s",
			     who_is(file->tgid, file->comm).text, file->fd, path);
	kind = find_shown(name);
	memory = !strcmp(name, "mem");
	if (!kind || !search_wants(search, GUARD_ptrace) || (!memory && !search->set->ptrace_read))
		return 0;
	owner = kind->by_memory ? owner_of(search, file->private) :
				  task_of(search, file->owner ?: owner_by_path(path, name));
	if (!owner || owner->mm == memory_of(search, file->pid))
		return 0;
	return FOUND(search, proc_mem, end_holder, "%s has the %s of pid %u (%.16s) open: fd %u",
		     who_is(file->tgid, file->comm).text, memory ? "memory" : kind->name, owner->tgid, owner->comm,
		     file->fd);
}

/* A number of /proc/PID/fdinfo/FD; 0: the descriptor is gone, or there is no such number. */
static int fdinfo_number(const struct row_file *file, const char *key, __u32 *ret_number)
{
	_cleanup_free_ char *line = NULL;
	_cleanup_file_ FILE *info = NULL;
	size_t size = 0, len = strlen(key);
	char path[96];

	*ret_number = 0;
	snprintf(path, sizeof(path), "/proc/%u/task/%u/fdinfo/%u", file->tgid, file->pid, file->fd);
	info = fopen(path, "re");
	if (!info)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	while (getline(&line, &size, info) > 0)
		if (!strncmp(line, key, len) && line[len] == ':')
			*ret_number = strtoul(line + len + 1, NULL, 10);
	return 0;
}

/* Programs and links of ours, and maps where they could be written. */
static int bpf_object(struct search *search, const struct row_file *file, const char *name)
{
	static const struct {
		const char *name, *key;
		enum own_type type;
		const char *text;
		__u32 mode;
	} rows[] = {
		{ "bpf-prog", "prog_id", OWN_PROG, "program", 0 },
		{ "bpf_link", "link_id", OWN_LINK, "link", 0 },
		{ "bpf-link", "link_id", OWN_LINK, "link", 0 },
		{ "bpf_link", "prog_id", OWN_PROG, "program, by a link", 0 },
		{ "bpf-link", "prog_id", OWN_PROG, "program, by a link", 0 },
		{ "bpf-map", "map_id", OWN_MAP, "map, for writing", MODE_WRITE },
	};
	int err = 0;
	__u32 id;

	for (size_t i = 0; !err && i < ARRAY_SIZE(rows); i++) {
		if (strcmp(name, rows[i].name) || (rows[i].mode & ~file->mode))
			continue;
		err = fdinfo_number(file, rows[i].key, &id);
		if (!err && id && search_own(search, rows[i].type, id))
			return FOUND(search, descriptor, end_holder, "%s has hardenctl's %s %u open: fd %u",
				     who_is(file->tgid, file->comm).text, rows[i].text, id, file->fd);
	}
	return err;
}

static const struct {
	const char *name, *text;
	enum kernel_class class;
} anonymous_kinds[] = {
	{ "[io_uring]", "a ring of io_uring", KERNEL_IO_URING },
	{ "[userfaultfd]", "a userfaultfd", KERNEL_USERFAULTFD },
};

static int anonymous(struct search *search, const struct row_file *file)
{
	char path[PATH_MAX], *name;

	complete_path(file, path);
	name = strchr(path, ':');
	if (!name)
		return 0;
	name++;
	for (size_t i = 0; i < ARRAY_SIZE(anonymous_kinds); i++)
		if (!strncmp(name, anonymous_kinds[i].name, strlen(anonymous_kinds[i].name)))
			return !(search->set->kernel_deny & 1 << anonymous_kinds[i].class) ? 0 :
			       FOUND(search, descriptor, end_holder, "%s has %s open: fd %u",
				     who_is(file->tgid, file->comm).text, anonymous_kinds[i].text, file->fd);
	if (!strncmp(name, "[perf_event]", 12))
		return FOUND(search, probe, end_measurer, "%s has a perf event open: fd %u", who_is(file->tgid, file->comm).text,
			     file->fd);
	if (!strcmp(name, "seccomp notify"))
		return !search_wants(search, GUARD_ptrace) ? 0 :
		       FOUND(search, tracer, end_holder, "%s answers for system calls of others: fd %u",
			     who_is(file->tgid, file->comm).text, file->fd);
	return bpf_object(search, file, name);
}

static void name_guarded(const struct search *search, const struct file_id *id, struct guarded *ret_name)
{
	int fd = bpf_map__fd(search->scan->skel->maps.hctl_guarded);

	if (bpf_map_lookup_elem(fd, id, ret_name))
		strcpy(ret_name->path, "a guarded file");
}

static int writable(struct search *search, __u32 tgid, const char *comm, const struct file_id *id,
		    const char *how)
{
	struct guarded guarded;

	name_guarded(search, id, &guarded);
	return FOUND(search, descriptor, end_holder, "%s has %.80s %s", who_is(tgid, comm).text,
		     guarded.path, how);
}

/* `path`: "" where it is unknown. */
static int withheld(struct search *search, __u32 tgid, const char *comm, const struct file_id *id, const char *path,
		    const char *how)
{
	char number[32];

	snprintf(number, sizeof(number), "file %llu", (unsigned long long)id->ino);
	return FOUND(search, descriptor, end_holder, "%s has %.100s of data.protect %s, which is for other programs",
		     who_is(tgid, comm).text, path[0] ? path : number, how);
}

static bool is_disk(const struct search *search, __u32 device)
{
	int fd = bpf_map__fd(search->scan->skel->maps.hctl_disks);
	__u64 block = DISK_KEY(0, device, 0), character = DISK_KEY(0, device, 1);
	__u32 disk;

	return !bpf_map_lookup_elem(fd, &block, &disk) || !bpf_map_lookup_elem(fd, &character, &disk);
}

static int device(struct search *search, __u32 tgid, const char *comm, __u32 device)
{
	static const char *const mem[] = { NULL, "/dev/mem", "/dev/kmem", NULL, "/dev/port" };
	__u32 minor = MINOR_OF(device);

	if (MAJOR_OF(device) == 1 && minor < ARRAY_SIZE(mem) && mem[minor])
		return FOUND(search, descriptor, end_holder, "%s has %s open or mapped",
			     who_is(tgid, comm).text, mem[minor]);
	if (MAJOR_OF(device) == MAJOR_MISC && minor == MINOR_SNAPSHOT)
		return FOUND(search, descriptor, end_holder, "%s has /dev/snapshot open", who_is(tgid, comm).text);
	if (is_disk(search, device))
		return FOUND(search, descriptor, end_holder, "%s has device %u:%u open, which programs lie on",
			     who_is(tgid, comm).text, MAJOR_OF(device), minor);
	if (MAJOR_OF(device) != MAJOR_MSR)
		return FOUND(search, descriptor, "end the process that has it open, or list the device in kernel.devices",
			     "%s has device %u:%u open, which the policy does not list", who_is(tgid, comm).text,
			     MAJOR_OF(device), minor);
	return FOUND(search, descriptor, end_holder, "%s has the MSRs of processor %u open",
		     who_is(tgid, comm).text, minor);
}

static int judge(struct search *search, const struct row_file *file)
{
	char how[48];

	/* Our own programs and maps are open here, of course. */
	if (file->tgid == (__u32)getpid())
		return 0;
	switch (file->class) {
	case ROW_PROC:
		return proc_file(search, file);
	case ROW_ANON:
		return anonymous(search, file);
	case ROW_GUARDED:
		snprintf(how, sizeof(how), "open for writing: fd %u", file->fd);
		return writable(search, file->tgid, file->comm, &file->id, how);
	case ROW_PROTECTED:
		return withheld(search, file->tgid, file->comm, &file->id, file->path, "open");
	case ROW_PSEUDO:
		return FOUND(search, descriptor, end_holder, "%s has %.100s open%s: fd %u",
			     who_is(file->tgid, file->comm).text, file->path[0] ? file->path : "a file that configures the kernel",
			     file->mode & MODE_WRITE ? " for writing" : "", file->fd);
	case ROW_DEVICE:
		return device(search, file->tgid, file->comm, file->device);
	}
	return 0;
}

int scan_files(struct search *search)
{
	int err = 0;

	for (size_t i = 0; !err && i < search->n_files; i++)
		err = judge(search, &search->files[i]);
	/* A mapping needs no descriptor any more. */
	for (size_t i = 0; !err && i < search->n_maps; i++) {
		const struct row_map *map = &search->maps[i];

		if (map->flags & MAP_GUARDED)
			err = writable(search, map->tgid, map->comm, &map->id, "mapped, for writing");
		if (!err && (map->flags & MAP_PROTECTED))
			err = withheld(search, map->tgid, map->comm, &map->id, "", "mapped");
		if (!err && (map->flags & MAP_DEVICE))
			err = device(search, map->tgid, map->comm, map->device);
		if (!err && (map->flags & MAP_HARDWARE))
			err = FOUND(search, descriptor, "end the process, or list pci-access in kernel.allow",
				    "%s has a device's memory mapped, at %llx", who_is(map->tgid, map->comm).text,
				    (unsigned long long)map->start);
		if (!err && (map->flags & MAP_PERF))
			err = FOUND(search, probe, end_measurer, "%s has a perf event mapped, at %llx",
				    who_is(map->tgid, map->comm).text, (unsigned long long)map->start);
	}
	return err;
}
