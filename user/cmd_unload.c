// SPDX-License-Identifier: GPL-2.0-only
/* cmd_unload.c - takes the policy out of force. */
#include <stdio.h>

#include "cmd.h"
#include "load.h"

int cmd_unload(int argc, char **argv)
{
	const struct option_row rows[] = { {} };
	int code = cmd_options("unload", argc, argv, rows, &argc);
	struct kernel kernel;
	struct fail fail;

	if (code >= 0)
		return code;
	if (argc > 1)
		return cmd_usage("unload", "takes no argument '%s'", argv[1]);
	kernel_ask(&kernel);
	code = cmd_preflight(&kernel, /* quiet= */ false);
	if (code >= 0)
		return code;
	if (load_undo(&fail))
		return cmd_failed(&fail);
	cmd_measure("unload", NULL);
	puts("unloaded: nothing is enforced now");
	return EXIT_DONE;
}
