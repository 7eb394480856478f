// SPDX-License-Identifier: GPL-2.0-only
/* unbound.c - units that wait for the seal and start without it all the same. */
#include "unbound.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define TARGET	"hardenctl-sealed.target"

struct unit {
	char name[NAME_MAX + 1];
	bool found;		/* its file was; drop-ins and links may come first */
	bool after, bound;
};

struct units {
	struct unit *units;
	size_t count;
};

/* As systemd.unit(5) has them, the first first. */
static const char *const system_dirs[] = {
	"/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient", "/etc/systemd/system",
	"/run/systemd/system", "/run/systemd/generator", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", NULL,
};

static struct unit *unit_of(struct units *all, const char *name, size_t len)
{
	struct unit *grown;

	for (size_t i = 0; i < all->count; i++)
		if (!strncmp(all->units[i].name, name, len) && !all->units[i].name[len])
			return &all->units[i];
	grown = realloc(all->units, (all->count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	all->units = grown;
	grown += all->count++;
	*grown = (struct unit) {};
	snprintf(grown->name, sizeof(grown->name), "%.*s", (int)len, name);
	return grown;
}

/* Whether the list of "KEY=a b c" has the target. */
static bool lists_target(const char *line, const char *key)
{
	size_t len = strlen(key), at;
	const char *list = line + len;

	if (strncmp(line, key, len))
		return false;
	list += strspn(list, " \t");
	if (*list++ != '=')
		return false;
	for (list += strspn(list, " \t\r\n"); *list; list += at, list += strspn(list, " \t\r\n")) {
		at = strcspn(list, " \t\r\n");
		if (at == strlen(TARGET) && !strncmp(list, TARGET, at))
			return true;
	}
	return false;
}

/* A line that ends with a backslash goes on in the next. */
static void read_file(const char *path, struct unit *unit)
{
	_cleanup_file_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	char whole[LINE_MAX * 2] = "";
	size_t size = 0, len = 0;

	while (file && getline(&line, &size, file) > 0) {
		const char *text = line + strspn(line, " \t");

		len += snprintf(whole + len, sizeof(whole) - len, "%s", text);
		if (len >= sizeof(whole))
			len = sizeof(whole) - 1;
		if (len > 1 && whole[len - 1] == '\n' && whole[len - 2] == '\\') {
			whole[len - 2] = ' ';
			len--;
			continue;
		}
		unit->after |= lists_target(whole, "After");
		unit->bound |= lists_target(whole, "Requires") || lists_target(whole, "Requisite") || lists_target(whole, "BindsTo");
		whole[len = 0] = 0;
	}
}

/* Drop-ins, or links to what the unit requires. */
static void read_directory(const char *path, struct unit *unit, bool links)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char file[PATH_MAX + NAME_MAX + 2];

	while (dir && (entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (links) {
			unit->bound |= !strcmp(entry->d_name, TARGET);
		} else if (dot && !strcmp(dot, ".conf")) {
			snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
			read_file(file, unit);
		}
	}
	if (dir)
		closedir(dir);
}

static int read_entry(struct units *all, const char *dir, const char *name)
{
	const char *dot = strrchr(name, '.');
	bool dropins = dot && !strcmp(dot, ".d"), links = dot && !strcmp(dot, ".requires");
	char path[PATH_MAX];
	struct unit *unit;

	if (!dot || name[0] == '.' || !strcmp(dot, ".wants"))
		return 0;
	unit = unit_of(all, name, dropins || links ? (size_t)(dot - name) : strlen(name));
	if (!unit)
		return -ENOMEM;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (dropins || links)
		read_directory(path, unit, links);
	else if (!unit->found)
		read_file(path, unit);
	unit->found |= !dropins && !links;
	return 0;
}

int unbound_units(const char *const *dirs, char *ret_names, size_t size)
{
	struct units all = {};
	struct dirent *entry;
	int err = 0, count = 0;
	size_t len = 0;

	for (dirs = dirs ?: system_dirs; !err && *dirs; dirs++) {
		DIR *dir = opendir(*dirs);

		while (dir && !err && (entry = readdir(dir)))
			err = read_entry(&all, *dirs, entry->d_name);
		if (dir)
			closedir(dir);
	}
	ret_names[0] = 0;
	for (size_t i = 0; !err && i < all.count; i++) {
		if (!all.units[i].found || !all.units[i].after || all.units[i].bound)
			continue;
		if (len < size)
			len += snprintf(ret_names + len, size - len, "%s%s", count ? ", " : "", all.units[i].name);
		count++;
	}
	free(all.units);
	return err ?: count;
}
