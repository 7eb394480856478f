// SPDX-License-Identifier: GPL-2.0-only
/* replay_files.c - which file a policy's path is on this machine, and what its modules.dep says. */
#include "replay_parts.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>

#include "util.h"

#define MODULES_BYTES	(16u << 20)	/* of modules.dep */

/* A path that some list has, and what it leads to here. */
struct replay_path {
	const char *path;	/* the policy's; NULL: an empty slot */
	char *real;		/* without links; NULL: it is not there */
	__u64 ino;
	__u32 dev;
};

/* By where the text is, not by what it says: a policy stays where it is, and this is asked for each record and entry. */
static struct replay_path *find_path(struct replay_path *paths, size_t n_slots, const char *path)
{
	size_t at = ((uintptr_t)path >> 4) * 0x9e3779b97f4a7c15ull >> 32 & (n_slots - 1);

	while (paths[at].path && paths[at].path != path)
		at = (at + 1) & (n_slots - 1);
	return &paths[at];
}

static bool make_room(struct replay *replay)
{
	size_t n = replay->n_slots ? 2 * replay->n_slots : 64;
	struct replay_path *paths;

	if (2 * replay->n_paths < replay->n_slots)
		return true;
	paths = calloc(n, sizeof(*paths));
	if (!paths)
		return false;
	for (size_t i = 0; i < replay->n_slots; i++)
		if (replay->paths[i].path)
			*find_path(paths, n, replay->paths[i].path) = replay->paths[i];
	free(replay->paths);
	replay->paths = paths;
	replay->n_slots = n;
	return true;
}

/* Looks at each path once.  NULL: out of memory, as if it were not there. */
static const struct replay_path *look_at(struct replay *replay, const char *path)
{
	struct replay_path *slot;
	char real[PATH_MAX];
	struct stat st;

	if (!make_room(replay))
		return NULL;
	slot = find_path(replay->paths, replay->n_slots, path);
	if (slot->path)
		return slot;
	replay->n_paths++;
	slot->path = path;
	if (!realpath(path, real) || stat(real, &st))
		return slot;
	slot->real = strdup(real);
	slot->ino = st.st_ino;
	slot->dev = major(st.st_dev) << 20 | minor(st.st_dev);
	return slot;
}

static bool is_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	while (len && directory[len - 1] == '/')
		len--;
	return !strncmp(path, directory, len) && path[len] == '/';
}

bool replay_is_file(struct replay *replay, const char *listed, const char *path, const struct file_id *id, bool here)
{
	bool tree = *listed && listed[strlen(listed) - 1] == '/';
	const struct replay_path *file;

	if (!*path && !(here && id->ino))
		return false;
	if (tree ? is_below(path, listed) : !strcmp(path, listed))
		return true;
	file = look_at(replay, listed);
	if (!file || !file->real)
		return false;
	if (tree)
		return is_below(path, file->real);
	return !strcmp(path, file->real) || (here && id->ino && file->ino == id->ino && file->dev == id->dev);
}

static char *read_modules(void)
{
	_cleanup_file_ FILE *in = NULL;
	_cleanup_free_ char *text = NULL;
	struct utsname name;
	char path[PATH_MAX];
	struct stat st;
	size_t len;

	uname(&name);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", name.release);
	in = fopen(path, "re");
	if (!in || fstat(fileno(in), &st) || st.st_size > MODULES_BYTES)
		return strdup("");
	text = malloc(st.st_size + 1);
	if (!text)
		return NULL;
	len = fread(text, 1, st.st_size, in);
	text[len] = 0;
	return TAKE_PTR(text);
}

/* Whether "kernel/net/8021q/8021q.ko.xz", up to a blank or a colon, is that module's; '-' and '_' are the same. */
static bool is_module(const char *path, size_t len, const char *name)
{
	const char *base = memrchr(path, '/', len), *end;

	base = base ? base + 1 : path;
	end = memmem(base, path + len - base, ".ko", 3);
	if (!end || strlen(name) != (size_t)(end - base))
		return false;
	for (; base < end; base++, name++)
		if ((*base == '-' ? '_' : *base) != (*name == '-' ? '_' : *name))
			return false;
	return true;
}

/* Its line of modules.dep, or NULL. */
static const char *line_of(struct replay *replay, const char *name)
{
	if (!replay->modules)
		replay->modules = read_modules();
	for (const char *at = replay->modules; at && *at; at = strchrnul(at, '\n'), at += *at == '\n') {
		size_t len = strcspn(at, ":\n");

		if (at[len] == ':' && is_module(at, len, name))
			return at;
	}
	return NULL;
}

int replay_has_module(struct replay *replay, const char *name)
{
	const char *line = line_of(replay, name);

	return line ? 1 : replay->modules && *replay->modules ? 0 : -1;
}

bool replay_needs_module(struct replay *replay, const char *module, const char *other)
{
	const char *at = line_of(replay, module);

	if (!at)
		return false;
	for (at += strcspn(at, ":"); *at && *at != '\n';) {
		size_t len;

		at++;
		len = strcspn(at, " \n");
		if (is_module(at, len, other))
			return true;
		at += len;
	}
	return false;
}

int replay_open(const struct policy *policy, const struct rules *rules, struct replay *ret_replay)
{
	*ret_replay = (struct replay) { .policy = policy, .rules = rules };
	return make_room(ret_replay) ? 0 : -ENOMEM;
}

void replay_close(struct replay *replay)
{
	for (size_t i = 0; i < replay->n_slots; i++)
		free(replay->paths[i].real);
	for (size_t i = 0; i < 2 * ENTRIES_SHOWN; i++)
		if (replay->entries[i / ENTRIES_SHOWN])
			rules_free(replay->entries[i / ENTRIES_SHOWN][i % ENTRIES_SHOWN]);
	free(replay->entries[0]);
	free(replay->entries[1]);
	free(replay->paths);
	free(replay->modules);
	memset(replay, 0, sizeof(*replay));
}
