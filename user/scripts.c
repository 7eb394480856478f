// SPDX-License-Identifier: GPL-2.0-only
/* scripts.c - the way that a script's path leads: each directory and link of it, and the script. */
#include "scripts.h"

#include <bpf/bpf.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

#define STEPS_MAX	256	/* directories and links on the way of one path */

struct walk {
	struct program_files *files;
	const char *path;
	char rest[2 * PATH_MAX];	/* what is still ahead */
	int at;				/* the directory reached */
	struct fail *fail;
};

static int walk_failed(const struct walk *walk, int err)
{
	return fail_set(walk->fail, EXIT_FAILED, err, "name a script that is there, or leave the entry out",
			"find the script '%s': %s", walk->path, strerror(err));
}

static int add(const struct walk *walk, int fd, bool place)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	int err = copy < 0 ? walk_failed(walk, errno) :
		  identities_add_fd(walk->files, copy, walk->path, KIND_COUNT, walk->fail);

	if (!err)
		walk->files->list[walk->files->count - 1].place = place;
	return err;
}

static void go_to(struct walk *walk, int fd)
{
	if (walk->at >= 0)
		close(walk->at);
	walk->at = fd;
}

static int enter_root(struct walk *walk)
{
	go_to(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	return walk->at < 0 ? walk_failed(walk, errno) : add(walk, walk->at, /* place= */ true);
}

/* Takes the first component off the rest; false: there is none. */
static bool next_component(struct walk *walk, char ret_name[NAME_MAX + 1])
{
	char *from = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(from, "/");

	/* No file has the name that stays empty where it is too long. */
	snprintf(ret_name, NAME_MAX + 1, "%.*s", len > NAME_MAX ? 0 : (int)len, from);
	memmove(walk->rest, from + len, strlen(from + len) + 1);
	return len;
}

static int follow(struct walk *walk, int link)
{
	char target[PATH_MAX] = "", rest[sizeof(walk->rest)];
	int err;

	if (readlinkat(link, "", target, sizeof(target) - 1) < 0)
		return walk_failed(walk, errno);
	memcpy(rest, walk->rest, sizeof(rest));
	if (snprintf(walk->rest, sizeof(walk->rest), "%s/%s", target, rest) >= (int)sizeof(walk->rest))
		return walk_failed(walk, ENAMETOOLONG);
	err = add(walk, link, /* place= */ true);
	return err ?: target[0] == '/' ? enter_root(walk) : 0;
}

/* 1: that was the file. */
static int step(struct walk *walk, const char *name)
{
	int fd = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), err;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		err = walk_failed(walk, errno);
	} else if (S_ISLNK(st.st_mode)) {
		err = follow(walk, fd);
	} else if (S_ISDIR(st.st_mode)) {
		err = add(walk, fd, /* place= */ true);
		if (!err) {
			go_to(walk, fd);
			return 0;
		}
	} else if (S_ISREG(st.st_mode)) {
		err = add(walk, fd, /* place= */ false) ?: 1;
	} else {
		err = walk_failed(walk, EINVAL);
	}
	if (fd >= 0)
		close(fd);
	return err;
}

int scripts_walk(struct program_files *files, const char *path, struct fail *fail)
{
	struct walk walk = { .files = files, .path = path, .at = -1, .fail = fail };
	char name[NAME_MAX + 1];
	int err;

	snprintf(walk.rest, sizeof(walk.rest), "%s", path);
	err = enter_root(&walk);
	for (int i = 0; !err && i < STEPS_MAX && next_component(&walk, name); i++)
		err = step(&walk, name);
	if (walk.at >= 0)
		close(walk.at);
	/* Its end is a directory, or too far away, or a file in its middle. */
	if (!err || (err > 0 && walk.rest[strspn(walk.rest, "/")]))
		return walk_failed(&walk, err ? ENOTDIR : EISDIR);
	return err > 0 ? 0 : err;
}

/* As the kernel does it (fs/binfmt_script.c). */
int scripts_line(const char *path, struct argument *ret_program, struct argument *ret_argument)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char line[HEAD_SIZE] = "", *program = line + 2, *end, *argument;
	ssize_t len = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	memset(ret_program, 0, sizeof(*ret_program));
	memset(ret_argument, 0, sizeof(*ret_argument));
	if (len < 0)
		return -errno;
	if (len >= SELFMAG && !memcmp(line, ELFMAG, SELFMAG))
		return -ENOEXEC;
	if (strncmp(line, "#!", 2))
		return 0;
	end = strchr(line, '\n');
	if (!end)
		return -E2BIG;
	while (end > program && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = 0;
	program += strspn(program, " \t");
	argument = program + strcspn(program, " \t");
	if (*argument)
		*argument++ = 0;
	argument += strspn(argument, " \t");
	if (strlen(program) > ARGUMENT_MAX || strlen(argument) > ARGUMENT_MAX)
		return -E2BIG;
	strcpy(ret_program->text, program);
	strcpy(ret_argument->text, argument);
	return 1;
}

static int moved(int guarded, const struct file_id *script, const char *path, const struct bpf_link *ids,
		 struct fail *fail)
{
	struct program_files files = {};
	struct guarded row;
	int err = scripts_walk(&files, path, fail);

	/* Gone is moved, too. */
	if (err) {
		identities_free(&files);
		return 1;
	}
	err = identities_ask(&files, ids, fail);
	if (!err && memcmp(&files.list[files.count - 1].id, script, sizeof(*script)))
		err = 1;
	for (size_t i = 0; !err && i < files.count; i++)
		if (bpf_map_lookup_elem(guarded, &files.list[i].id, &row))
			err = 1;
	identities_free(&files);
	return err;
}

int scripts_moved(const struct set_info *set, const struct bpf_link *ids, char ret_path[PROGRAM_PATH],
		  struct fail *fail)
{
	_cleanup_close_ int scripts = set_map(set->map_scripts), guarded = set_map(set->map_guarded);
	struct argument key, *at = NULL;
	struct script script;
	int err = 0;

	if (scripts < 0 || guarded < 0)
		return fail_set(fail, EXIT_FAILED, EIO, NULL, "read the table of scripts: %s", strerror(EIO));
	while (!err && !bpf_map_get_next_key(scripts, at, &key)) {
		at = &key;
		if (!bpf_map_lookup_elem(scripts, &key, &script))
			err = moved(guarded, &script.id, key.text, ids, fail);
	}
	if (err > 0)
		memcpy(ret_path, key.text, PROGRAM_PATH);
	return err;
}
