/* SPDX-License-Identifier: GPL-2.0-only */
/* guest.h - what looks at the image from inside: tools/demo's prompt and the selftest's attacker. */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* Where it talks to the one who started the VM. */
#define PORT		"/dev/ttyS1"
#define WEIGHTS		"/run/model/weights.npz"
#define KEY		"/run/tls/key.pem"

/* The process that holds the weights; 0: not there (yet). */
static inline pid_t find_server(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char path[300], comm[32];
	pid_t found = 0;

	while (proc && !found && (entry = readdir(proc))) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(comm, sizeof(comm), file) && !strcmp(comm, "server\n"))
			found = atoi(entry->d_name);
		fclose(file);
	}
	if (proc)
		closedir(proc);
	return found;
}
