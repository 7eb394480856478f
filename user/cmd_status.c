// SPDX-License-Identifier: GPL-2.0-only
/* cmd_status.c - what is in force, as proven just now. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "screen.h"
#include "status.h"
#include "unbound.h"

#define WATCH_S		2	/* from one screen to the next */
#define WATCH_PROVE_S	60	/* canaries leave records: they run less often */

#define HOME_AND_CLEAR	"\033[H\033[J"

struct show {
	bool json, quiet, watch;
	const char *colour;
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void print_json(const struct status *status)
{
	struct json_object *json = screen_json(status);

	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

static void print_text(struct status *status, const struct show *show)
{
	struct style style;

	/* A terminal may have another size by now. */
	if (!style_ask(show->colour, STDOUT_FILENO, &style))
		return;
	status->n_unbound = unbound_units(NULL, status->unbound, sizeof(status->unbound));
	if (show->watch && style.cursor)
		fputs(HOME_AND_CLEAR, stdout);
	screen_write(status, &style, stdout);
	if (show->watch && !style.cursor)
		putchar('\n');
}

static int report(struct status *status, const struct show *show)
{
	struct fail fail;

	/* 1 would say that nothing is loaded, which is not what a failure tells. */
	if (status_refresh(status, WATCH_PROVE_S * 1000000000ull, &fail)) {
		if (!show->quiet)
			cmd_failed(&fail);
		return fail.exit_code == EXIT_FAILED ? EXIT_INTERNAL : fail.exit_code;
	}
	if (!status->loaded) {
		/* What is loaded has its hooks; only here is it worth the time to ask. */
		kernel_ask_hooks(&status->kernel);
		if (kernel_lacks(&status->kernel))
			return cmd_preflight(&status->kernel, show->quiet);
	}
	if (!show->quiet)
		status_measure(status);
	if (show->json)
		print_json(status);
	else if (!show->quiet)
		print_text(status, show);
	if (!status->loaded)
		return EXIT_FAILED;
	return status_green(status) ? EXIT_DONE : EXIT_REFUSED;
}

/* Until SIGINT or SIGTERM, or until there is nobody to show it to. */
static int watch(struct status *status, const struct show *show)
{
	const struct sigaction action = { .sa_handler = stop };
	const struct timespec pause = { .tv_sec = WATCH_S };
	const struct kernel kernel = status->kernel;
	int code;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	do {
		status->kernel = kernel;
		code = report(status, show);
		if (code > EXIT_REFUSED || fflush(stdout))
			break;
		nanosleep(&pause, NULL);
	} while (!stopped);
	return code;
}

static int parse(int argc, char **argv, struct show *show)
{
	const struct option_row rows[] = {
		{ "--json", NULL, &show->json, NULL },
		{ "--quiet", "-q", &show->quiet, NULL },
		{ "--watch", "-w", &show->watch, NULL },
		{ "--color", NULL, NULL, &show->colour },
		{},
	};
	struct style style;
	int code = cmd_options("status", argc, argv, rows, &argc);

	if (code >= 0)
		return code;
	if (argc > 1)
		return cmd_usage("status", "takes no argument '%s'", argv[1]);
	code = cmd_colour("status", show->colour, STDOUT_FILENO, &style);
	if (code >= 0)
		return code;
	if (show->quiet && show->watch)
		return cmd_usage("status", "--quiet shows nothing, so --watch has nothing to show");
	if (show->quiet)
		show->json = false;
	return -1;
}

int cmd_status(int argc, char **argv)
{
	struct status status = {};
	struct show show = {};
	int code = parse(argc, argv, &show);

	if (code >= 0)
		return code;
	kernel_ask(&status.kernel);
	code = cmd_preflight(&status.kernel, show.quiet);
	if (code >= 0)
		return code;
	return show.watch ? watch(&status, &show) : report(&status, &show);
}
