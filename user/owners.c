// SPDX-License-Identifier: GPL-2.0-only
/* owners.c - programs of data.protect that run whatever text they are given, or without which others can't do their work. */
#include "owners.h"

#include <string.h>

#include "classes.h"
#include "text.h"
#include "tpm.h"

/*
 * By the very same path: what leads to it otherwise gets a warning too many, never one too few.  A tree of exec.allow
 * overrides no class, but where the class isn't refused no entry keeps the program to anything.
 */
static bool runs_scripts_only(const struct policy *policy, const char *path, enum exec_class class)
{
	bool script = false;

	if (policy->guard[GUARD_exec].mode != MODE_ENFORCE || !policy->exec[class].deny)
		return false;
	for (size_t i = 0; i < policy->n_programs; i++)
		if (!strcmp(policy->programs[i].path, path))
			return false;
	for (size_t i = 0; i < policy->n_edges; i++) {
		if (strcmp(policy->edges[i].program, path))
			continue;
		if (!policy->edges[i].script)
			return false;
		script = true;
	}
	return script;
}

static void warn_of(const struct policy *policy, const struct protect_rule *rule, const char *path, struct diags *diags)
{
	struct diag_place place = { .file = policy->files[rule->where.file], .line = rule->where.line };
	int class = classes_find(path);

	if (class < 0 || runs_scripts_only(policy, path, class))
		return;
	diag_warning(diags, &place, "'%s' in 'by' runs whatever text it is given, so whoever may start it has what is protected here: "
		     "name a compiled program, or let 'exec.allow' have it run one script only", text_quote(path, strlen(path)).s);
}

static bool is_for_hardenctl(const struct protect_rule *rule)
{
	for (size_t i = 0; i < rule->by.count; i++)
		if (!strcmp(strrchr(rule->by.list[i], '/') + 1, "hardenctl"))
			return true;
	return false;
}

static void warn_of_devices(const struct policy *policy, const struct protect_rule *rule, struct diags *diags)
{
	for (size_t i = 0; i < rule->devices.count; i++) {
		const struct device_rule *device = &rule->devices.list[i];
		struct diag_place place = { .file = policy->files[device->where.file], .line = device->where.line };

		if (!strcmp(device->name, TPM_DEVICE) && !is_for_hardenctl(rule))
			diag_warning(diags, &place, "hardenctl has '%s' measure what it puts in force, and can't where 'by' doesn't list "
				     "'/usr/sbin/hardenctl'", device->name);
		if (rule->optional && device->form != DEVICE_NUMBER && !policy->devices.set)
			diag_warning(diags, &place, "where this machine gets '%s' after the load only, everybody may open it: list what "
				     "may be opened in 'kernel.devices', then nobody may", device->name);
	}
}

void owners_warn(const struct policy *policy, struct diags *diags)
{
	for (size_t i = 0; i < policy->n_protect; i++) {
		for (size_t j = 0; j < policy->protect[i].by.count; j++)
			warn_of(policy, &policy->protect[i], policy->protect[i].by.list[j], diags);
		warn_of_devices(policy, &policy->protect[i], diags);
	}
}
