// SPDX-License-Identifier: GPL-2.0-only
/* identity.c - files as descriptors, and what the kernel says they are. */
#include "identity.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "util.h"

#define PROGRAM_FILES_MAX	65536

int identities_add_at(struct program_files *files, int dir, const char *name, const char *path,
		      __u32 kind, struct fail *fail)
{
	int fd = openat(dir, name, O_PATH | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	/* A shell that we can't look at is a shell that we could not refuse. */
	if (fd < 0)
		return fail_set(fail, EXIT_FAILED, errno, NULL, "open '%s' to identify it: %s", path,
				strerror(errno));
	return identities_add_fd(files, fd, path, kind, fail);
}

int identities_add_fd(struct program_files *files, int fd, const char *path, __u32 kind, struct fail *fail)
{
	struct program_file *grown, *file;

	if (files->count == PROGRAM_FILES_MAX || strlen(path) >= PROGRAM_PATH) {
		close(fd);
		return fail_set(fail, EXIT_FAILED, E2BIG, "list fewer programs",
				"identify '%s': too many files, or too long a path", path);
	}
	grown = realloc(files->list, (files->count + 1) * sizeof(*grown));
	if (!grown) {
		close(fd);
		return fail_set(fail, EXIT_INTERNAL, ENOMEM, NULL, "out of memory");
	}
	files->list = grown;
	file = &grown[files->count++];
	memset(file, 0, sizeof(*file));
	strcpy(file->path, path);
	file->fd = fd;
	file->order = files->count;
	file->kind = kind;
	file->overrides = KIND_COUNT;
	return 0;
}

void identities_raise_limit(void)
{
	const struct rlimit limit = { PROGRAM_FILES_MAX + 256, PROGRAM_FILES_MAX + 256 };
	struct rlimit now;

	if (!getrlimit(RLIMIT_NOFILE, &now) && now.rlim_cur < limit.rlim_cur)
		setrlimit(RLIMIT_NOFILE, &limit);
}

int identities_add_self(struct program_files *files, struct fail *fail)
{
	int err = identities_add_at(files, AT_FDCWD, "/proc/self/exe", "/proc/self/exe", KIND_COUNT, fail);

	/* Whoever may not run status does not know what is in force. */
	if (!err)
		files->list[files->count - 1].flags = IDENTITY_SELF | IDENTITY_RUN;
	return err;
}

/* What core__file_ids writes for a descriptor. */
struct row {
	__u32 fd;
	__u32 pad;
	struct file_id id;
	__u64 sb, fop;
};

/* Of tens of thousands of files: their places in the list, plus 1, by descriptor. */
struct by_fd {
	__u32 *place, count;
};

static int index_files(const struct program_files *files, struct by_fd *ret_index)
{
	__u32 count = 0;

	for (size_t i = 0; i < files->count; i++)
		if (files->list[i].fd >= (int)count)
			count = files->list[i].fd + 1;
	ret_index->count = count;
	ret_index->place = calloc(count ?: 1, sizeof(*ret_index->place));
	for (size_t i = 0; ret_index->place && i < files->count; i++)
		if (files->list[i].fd >= 0)
			ret_index->place[files->list[i].fd] = i + 1;
	return ret_index->place ? 0 : -ENOMEM;
}

static void take(struct program_files *files, const struct by_fd *index, const struct row *row)
{
	struct program_file *file;

	if (row->fd >= index->count || !index->place[row->fd])
		return;
	file = &files->list[index->place[row->fd] - 1];
	file->id = row->id;
	file->sb = row->sb;
	file->fop = row->fop;
}

struct bpf_link *identities_attach(const struct bpf_program *iter_prog)
{
	union bpf_iter_link_info which = { .task.pid = getpid() };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &which, .link_info_len = sizeof(which));

	return bpf_program__attach_iter(iter_prog, &opts);
}

int identities_ask(struct program_files *files, const struct bpf_link *link, struct fail *fail)
{
	struct row rows[128];
	int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
	int err = fd < 0 ? -errno : 0;
	struct by_fd index = {};
	ssize_t len;

	err = err ?: index_files(files, &index);
	/* The kernel fills the buffer with whole rows. */
	while (!err && (len = read(fd, rows, sizeof(rows))) != 0) {
		if (len < 0 && errno != EAGAIN)
			err = -errno;
		else if (len > 0 && len % sizeof(rows[0]))
			err = -EIO;
		for (size_t i = 0; !err && len > 0 && i < len / sizeof(rows[0]); i++)
			take(files, &index, &rows[i]);
	}
	free(index.place);
	if (fd >= 0)
		close(fd);
	if (err)
		return fail_set(fail, EXIT_FAILED, -err, NULL, "ask the kernel for identities: %s",
				strerror(-err));
	for (size_t i = 0; i < files->count; i++)
		if (!files->list[i].id.ino)
			return fail_set(fail, EXIT_FAILED, ENOENT, NULL,
					"ask the kernel for the identity of '%s': no answer",
					files->list[i].path);
	return 0;
}

int identities_resolve(struct program_files *files, const struct bpf_program *iter_prog,
		       struct fail *fail)
{
	struct bpf_link *link = identities_attach(iter_prog);
	int err = identities_ask(files, link, fail);

	bpf_link__destroy(link);
	return err;
}

static int by_id(const void *a, const void *b)
{
	const struct program_file *x = a, *y = b;
	int order = memcmp(&x->id, &y->id, sizeof(x->id));

	return order ?: (int)x->order - (int)y->order;
}

static void merge(struct program_file *into, const struct program_file *file)
{
	into->flags |= file->flags;
	into->data |= file->data;
	into->place &= file->place;
	/* The list is in the order in which they were added. */
	if (!into->by)
		into->by = file->by;
	if (into->kind == KIND_COUNT)
		into->kind = file->kind;
	if (file->overrides != KIND_COUNT)
		into->overrides = file->overrides;
	close(file->fd);
}

void identities_merge(struct program_files *files)
{
	size_t kept = 0;

	if (files->count)
		qsort(files->list, files->count, sizeof(files->list[0]), by_id);
	for (size_t i = 0; i < files->count; i++) {
		if (kept && !memcmp(&files->list[kept - 1].id, &files->list[i].id, sizeof(struct file_id)))
			merge(&files->list[kept - 1], &files->list[i]);
		else
			files->list[kept++] = files->list[i];
	}
	files->count = kept;
	for (size_t i = 0; i < kept; i++)
		if (files->list[i].kind == files->list[i].overrides)
			files->list[i].kind = KIND_COUNT;
}

void identities_close(struct program_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		if (files->list[i].fd >= 0)
			close(files->list[i].fd);
		files->list[i].fd = -1;
	}
}

void identities_free(struct program_files *files)
{
	identities_close(files);
	free(files->list);
	files->list = NULL;
	files->count = 0;
}
