// SPDX-License-Identifier: GPL-2.0-only
/* cmd_probe.c - what this kernel can enforce. */
#include <json-c/json.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "measure.h"
#include "style.h"

static const struct {
	const char *name, *heading;
} groups[CHECK_GROUPS] = {
	[CHECK_KERNEL] = { "kernel", "The kernel and its switches" },
	[CHECK_HOOK] = { "hook", "LSM hooks" },
	[CHECK_CGROUP] = { "cgroup", "Hooks of the root cgroup" },
	[CHECK_ITERATOR] = { "iterator", "Iterators and tracepoints" },
	[CHECK_LIMIT] = { "limit", "What some kernels give no way to refuse, or only wholesale" },
};

static struct json_object *text(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static struct json_object *check_json(const struct kernel_check *check)
{
	struct json_object *row = json_object_new_object();

	json_object_object_add(row, "name", text(check->name));
	json_object_object_add(row, "group", text(groups[check->group].name));
	json_object_object_add(row, "ok", json_object_new_boolean(check->ok));
	json_object_object_add(row, "required", json_object_new_boolean(check->required));
	json_object_object_add(row, "detail", text(check->detail));
	json_object_object_add(row, "consequence", check->ok ? NULL : text(check->consequence));
	json_object_object_add(row, "hint", check->ok ? NULL : text(check->hint));
	return row;
}

static void print_json(const struct kernel *kernel, bool able)
{
	struct json_object *json = json_object_new_object(), *list = json_object_new_array();
	char programs[MEASURE_DIGEST];

	json_object_object_add(json, "schema", text("hardenctl.probe/1"));
	json_object_object_add(json, "release", text(kernel->release));
	json_object_object_add(json, "lsm", text(kernel->lsm));
	measure_programs(programs);
	json_object_object_add(json, "programs", text(programs));
	json_object_object_add(json, "able", json_object_new_boolean(able));
	for (size_t i = 0; i < kernel->n_checks; i++)
		json_object_array_add(list, check_json(&kernel->check[i]));
	json_object_object_add(json, "checks", list);
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

static void print_check(const struct kernel_check *check, const struct style *style)
{
	enum tone tone = check->ok ? TONE_GOOD : check->required ? TONE_BAD : TONE_WARN;

	printf("  %s%-4s%s %-28s %s%s\n", style_on(style, tone), check->ok ? "ok" : "NO", style_off(style), check->name,
	       check->detail, check->group == CHECK_HOOK && !check->required ? " (optional)" : "");
	if (!check->ok && check->consequence)
		printf("       then: %s\n", check->consequence);
	if (!check->ok && check->hint)
		printf("       hint: %s\n", check->hint);
}

static void print_group(const struct kernel *kernel, enum check_group group, const struct style *style)
{
	size_t count = 0, good = 0;

	for (size_t i = 0; i < kernel->n_checks; i++) {
		count += kernel->check[i].group == group;
		good += kernel->check[i].group == group && kernel->check[i].ok;
	}
	if (!count)
		return;
	printf("\n%s%s: %zu of %zu%s\n", style_on(style, TONE_STRONG), groups[group].heading, good, count, style_off(style));
	for (size_t i = 0; i < kernel->n_checks; i++)
		if (kernel->check[i].group == group)
			print_check(&kernel->check[i], style);
}

static void print_text(const struct kernel *kernel, bool able, const struct style *style)
{
	char programs[MEASURE_DIGEST];

	printf("kernel %s: hardenctl %s%s enforce%s here\n", kernel->release, style_on(style, able ? TONE_GOOD : TONE_BAD),
	       able ? "can" : "can NOT", style_off(style));
	measure_programs(programs);
	printf("BPF programs of this hardenctl: %s\n", programs);
	for (int group = 0; group < CHECK_GROUPS; group++)
		print_group(kernel, group, style);
	if (!kernel_privileged())
		puts("\nNot privileged: the cgroup root was not looked for.");
}

int cmd_probe(int argc, char **argv)
{
	bool json = false;
	const char *colour = NULL;
	const struct option_row rows[] = { { "--json", NULL, &json, NULL }, { "--color", NULL, NULL, &colour }, {} };
	struct style style;
	struct kernel kernel;
	int code = cmd_options("probe", argc, argv, rows, &argc);
	bool able;

	if (code >= 0)
		return code;
	if (argc > 1)
		return cmd_usage("probe", "takes no argument '%s'", argv[1]);
	code = cmd_colour("probe", colour, STDOUT_FILENO, &style);
	if (code >= 0)
		return code;
	kernel_ask(&kernel);
	kernel_ask_hooks(&kernel);
	able = !kernel_lacks(&kernel);
	if (json)
		print_json(&kernel, able);
	else
		print_text(&kernel, able, &style);
	return able ? EXIT_DONE : EXIT_KERNEL;
}
