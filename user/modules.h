/* SPDX-License-Identifier: GPL-2.0-only */
/* modules.h - modules.allow: the modules that a policy lists, and those that they need. */
#ifndef HARDENCTL_MODULES_H
#define HARDENCTL_MODULES_H

#include "identity.h"
#include "kernel.h"
#include "policy.h"

/* Names under which something may be loaded, each with what for. */
struct module_names {
	struct module_use_row {
		struct module_name name;
		__u32 uses;		/* mask of enum module_use */
	} *list;
	size_t count;
};

/*
 * Opens the file of each module of modules.allow and of what it needs, as modules.dep has them, and collects their names
 * and aliases.  One that this kernel has not is an error, with its line; one that is built in needs nothing.
 */
int modules_find(struct program_files *files, struct module_names *ret_names, const struct policy *policy,
		 const struct kernel *kernel, struct fail *fail);

/* The table of these names. */
int modules_fill(int map, const struct module_names *names, struct fail *fail);

void modules_free(struct module_names *names);

#endif
