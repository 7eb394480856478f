// SPDX-License-Identifier: GPL-2.0-only
/* cmd_probe.c - what this kernel can enforce. */
#include <json-c/json.h>
#include <stdio.h>

#include "cmd.h"

static void print_json(const struct kernel *kernel, bool able)
{
	struct json_object *json = json_object_new_object(), *list = json_object_new_array();

	json_object_object_add(json, "schema", json_object_new_string("hardenctl.probe/1"));
	json_object_object_add(json, "release", json_object_new_string(kernel->release));
	json_object_object_add(json, "lsm", json_object_new_string(kernel->lsm));
	json_object_object_add(json, "able", json_object_new_boolean(able));
	for (size_t i = 0; i < kernel->n_checks; i++) {
		const struct kernel_check *check = &kernel->check[i];
		struct json_object *row = json_object_new_object();

		json_object_object_add(row, "name", json_object_new_string(check->name));
		json_object_object_add(row, "ok", json_object_new_boolean(check->ok));
		json_object_object_add(row, "required", json_object_new_boolean(check->required));
		json_object_object_add(row, "detail", json_object_new_string(check->detail));
		json_object_object_add(row, "consequence", check->consequence && !check->ok ?
				       json_object_new_string(check->consequence) : NULL);
		json_object_object_add(row, "hint", check->hint && !check->ok ?
				       json_object_new_string(check->hint) : NULL);
		json_object_array_add(list, row);
	}
	json_object_object_add(json, "checks", list);
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

static void print_text(const struct kernel *kernel, bool able)
{
	printf("kernel %s: hardenctl %s enforce here\n\n", kernel->release, able ? "can" : "can NOT");
	for (size_t i = 0; i < kernel->n_checks; i++) {
		const struct kernel_check *check = &kernel->check[i];

		printf("  %-4s %-24s %s\n", check->ok ? "ok" : "NO", check->name, check->detail);
		if (!check->ok && check->consequence)
			printf("       then: %s\n", check->consequence);
		if (!check->ok && check->hint)
			printf("       hint: %s\n", check->hint);
	}
	if (!kernel_privileged())
		puts("\nNot privileged: the cgroup root was not looked for.");
}

int cmd_probe(int argc, char **argv)
{
	bool json = false;
	const struct option_row rows[] = { { "--json", NULL, &json, NULL }, {} };
	struct kernel kernel;
	int code = cmd_options("probe", argc, argv, rows, &argc);
	bool able;

	if (code >= 0)
		return code;
	if (argc > 1)
		return cmd_usage("probe", "takes no argument '%s'", argv[1]);
	kernel_ask(&kernel);
	kernel_ask_hooks(&kernel);
	able = !kernel_lacks(&kernel);
	if (json)
		print_json(&kernel, able);
	else
		print_text(&kernel, able);
	return able ? EXIT_DONE : EXIT_KERNEL;
}
