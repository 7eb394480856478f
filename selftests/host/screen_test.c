// SPDX-License-Identifier: GPL-2.0-only
/* screen_test.c - status in one glance: what its headline says, what fits on a terminal, what other terminals can't show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <string.h>
#include <unistd.h>

#include "event.h"
#include "names.h"
#include "screen.h"
#include "text.h"

#define NS_PER_S	1000000000ull

static struct status status;
static char shown[8192];

static const char *screen(const struct style *style)
{
	FILE *out = fmemopen(shown, sizeof(shown), "w");

	assert_non_null(out);
	screen_write(&status, style, out);
	fclose(out);
	return shown;
}

static const char *plain(void)
{
	return screen(&(struct style){});
}

static bool has(const char *text)
{
	return strstr(shown, text);
}

/* A sealed machine where all is well. */
static int set_up(void **state)
{
	(void)state;
	for (const char *const *name = (const char *const []){ "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG", "COLUMNS", NULL };
	     *name; name++)
		unsetenv(*name);
	setenv("TERM", "xterm", 1);
	status = (struct status){ .loaded = true, .seal = SEAL_DONE, .attached = 57, .read_ns = 400 * NS_PER_S,
				  .records = 238, .reader = true };
	status.set.attachments = 57;
	status.set.records = 32768;
	status.set.serial = 7;
	status.set.loaded_ns = 1800000000;
	strcpy(status.set.name, "inference");
	strcpy(status.set.path, "/etc/hardenctl/policy.yaml");
	memset(status.set.digest, 'a', 71);
	for (int guard = 0; guard < GUARD_COUNT; guard++) {
		status.set.mode[guard] = status.set.before_seal[guard] = MODE_ENFORCE;
		status.canary[guard] = CANARY_REFUSED;
	}
	status.set.mode[GUARD_data] = MODE_OFF;
	status.set.tolerate_off = 1u << GUARD_data;
	status.canary[GUARD_data] = CANARY_UNTESTED;
	status.denied[GUARD_exec] = 12;
	status.last[GUARD_exec] = (struct last_record){ 231, 388 * NS_PER_S, KIND_exec_bprm_check_security_shell };
	return 0;
}

/* Without a TPM there is nothing to measure with; with one, what was measured must lead to what it says. */
static void deny_a_measurement_that_is_none(void **state)
{
	(void)state;
	status.measured.err = -ENOENT;
	plain();
	assert_true(has("\n  measured nothing: this machine has no TPM 2.0\n"));
	status.measured = (struct measured){ .count = 2, .replays = true };
	plain();
	assert_true(has("\n  measured 2 events in PCR 13\n"));
	status.measured.replays = false;
	plain();
	assert_true(has("\n  measured 2 events in PCR 13, which does NOT have the value that they lead to\n"));
	status.measured.count = 0;
	plain();
	assert_true(has("\n  measured nothing, though there is a TPM: "));
}

static void allow_a_headline_that_says_all(void **state)
{
	static const char expected[] =
		"* hardened: enforcing, sealed (since boot +1.8s)\n"
		"  policy inference (/etc/hardenctl/policy.yaml) serial 7, signer none\n"
		"         aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
		"\n"
		"  guard    mode     rules   denied  would-deny  last             canary\n"
		"  exec     enforce      0       12           0  12s ago #231     refused\n"
		"  ptrace   enforce      0        0           0  -                refused\n";

	(void)state;
	plain();
	assert_memory_equal(shown, expected, strlen(expected));
	assert_true(has("\n  data     off          0        0           0  -                -\n"));
	assert_true(has("log 238 records, 0 overwritten, 0 lost, room for 32768\n  reader up\n"));
	assert_false(has("hint: "));
	screen(&(struct style){ .utf8 = true });
	assert_memory_equal(shown, "\u25cf hardened: ", 13);
}

static void allow_no_headline_better_than_the_truth(void **state)
{
	(void)state;
	status.seal = SEAL_NONE;
	assert_memory_equal(plain(), "o loaded: enforcing, not sealed (", 33);
	assert_true(has("hint: root can still loosen this"));

	status.set.before_seal[GUARD_exec] = MODE_AUDIT;
	status.canary[GUARD_exec] = CANARY_RECORDED;
	assert_memory_equal(plain(), "o loaded: enforcing but for exec (audit), not sealed (", 54);
	assert_true(has("  exec     audit* "));
	assert_true(has("* only records until the seal"));

	set_up(state);
	status.set.mode[GUARD_kernel] = MODE_OFF;
	status.set.mode[GUARD_egress] = MODE_AUDIT;
	status.canary[GUARD_egress] = CANARY_RECORDED;
	assert_memory_equal(plain(), "o loaded: enforcing but for egress (audit), kernel (off), sealed (", 66);
	assert_true(has("hint: this stays weaker"));

	/* The policy may want it so; it is named all the same. */
	status.set.tolerate_off |= 1u << GUARD_kernel;
	status.set.tolerate_audit |= 1u << GUARD_egress;
	assert_memory_equal(plain(), "* hardened: enforcing but for egress (audit), kernel (off), sealed (", 68);

	set_up(state);
	status.canary[GUARD_modules] = CANARY_PASSED;
	assert_memory_equal(plain(), "! NOT hardened: NOT every guard holds, sealed (", 47);
	assert_true(has("hint: a guard did not refuse"));

	set_up(state);
	status.attached--;
	assert_memory_equal(plain(), "! NOT hardened: NOT every guard holds, sealed (", 47);
	assert_true(has("programs 56 of 57 attached"));
	assert_true(has("only a reboot brings them back"));

	status.loaded = false;
	assert_string_equal(plain(), "! not loaded: nothing is enforced\n  hint: hardenctl load\n");
}

/* No line is wider than the terminal, whatever the numbers; the columns that say most are left. */
static void allow_narrow_terminals(void **state)
{
	(void)state;
	for (int guard = 0; guard < GUARD_COUNT; guard++) {
		status.denied[guard] = 1234567;
		status.would_deny[guard] = 1234567890;
		status.last[guard] = (struct last_record){ 32768, NS_PER_S, 0 };
	}
	for (unsigned int width = 40; width <= 120; width++) {
		screen(&(struct style){ .columns = width });
		for (const char *line = shown, *end; (end = strchr(line, '\n')); line = end + 1)
			if (text_columns(line, end - line) > width)
				fail_msg("of %u columns: %.*s", width, (int)(end - line), line);
		assert_true(has("guard    mode"));
		assert_true(has("canary\n"));
		assert_int_equal(has("would-deny  "), width >= 66);
		assert_int_equal(has("  rules"), width >= 73);
		assert_int_equal(has("  aaaa"), width >= 80);
	}
	screen(&(struct style){ .columns = 46 });
	assert_true(has("\n  guard    mode      denied  canary\n  exec     enforce  1234567  refused\n"));
}

static void allow_colours_only_where_they_are_wanted(void **state)
{
	int controller, terminal;
	struct style style;

	(void)state;
	assert_null(strchr(plain(), '\033'));
	assert_memory_equal(screen(&(struct style){ .colour = true }), "\033[32m*\033[0m hardened", 18);
	assert_int_equal(openpty(&controller, &terminal, NULL, NULL, NULL), 0);
	assert_true(style_ask(NULL, terminal, &style) && style.colour && style.cursor);
	assert_true(style_ask("never", terminal, &style) && !style.colour);
	setenv("NO_COLOR", "1", 1);
	assert_true(style_ask("auto", terminal, &style) && !style.colour);
	assert_true(style_ask("always", terminal, &style) && style.colour);
	setenv("NO_COLOR", "", 1);
	assert_true(style_ask(NULL, terminal, &style) && style.colour);
	setenv("TERM", "dumb", 1);
	assert_true(style_ask(NULL, terminal, &style) && !style.colour && !style.cursor);
	unsetenv("TERM");
	assert_true(style_ask(NULL, terminal, &style) && !style.colour);
	assert_false(style_ask("sometimes", terminal, &style));
	close(controller);
	close(terminal);
	assert_true(style_ask(NULL, STDIN_FILENO, &style));
}

static void allow_characters_and_widths_that_a_terminal_has(void **state)
{
	struct winsize size = { .ws_col = 132 };
	int controller, terminal, pipe_fds[2];
	struct style style;

	(void)state;
	assert_int_equal(openpty(&controller, &terminal, NULL, NULL, NULL), 0);
	assert_int_equal(pipe(pipe_fds), 0);
	/* A serial console knows no size. */
	assert_true(style_ask(NULL, terminal, &style) && style.columns == 80 && !style.utf8);
	setenv("LANG", "C.UTF-8", 1);
	setenv("TERM", "vt220", 1);
	assert_true(style_ask(NULL, terminal, &style) && style.utf8);
	setenv("LC_ALL", "C", 1);
	assert_true(style_ask(NULL, terminal, &style) && !style.utf8);
	setenv("LC_ALL", "de_DE.utf8", 1);
	setenv("TERM", "dumb", 1);
	assert_true(style_ask(NULL, terminal, &style) && !style.utf8);
	assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
	assert_true(style_ask(NULL, terminal, &style) && style.columns == 132);
	setenv("COLUMNS", "64", 1);
	assert_true(style_ask(NULL, terminal, &style) && style.columns == 64);
	setenv("COLUMNS", "x", 1);
	assert_true(style_ask(NULL, terminal, &style) && style.columns == 132);
	assert_true(style_ask(NULL, pipe_fds[1], &style) && !style.columns && !style.colour);
	close(controller);
	close(terminal);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void allow_hostile_names_without_harm(void **state)
{
	(void)state;
	strcpy(status.set.name, "\033[2J\r\n");
	screen(&(struct style){ .columns = 60 });
	assert_null(strchr(shown, '\033'));
	assert_true(has("policy \\x1b[2J\\x0d\\x0a ("));
	status.set.name[0] = 0;
	plain();
	assert_true(has("policy without a name ("));
}

static void allow_records_in_the_colours_of_their_parts(void **state)
{
	struct record record = { .seq = 7, .kind = KIND_exec_bprm_check_security_shell, .flags = RECORD_DENIED };
	struct recorder recorder = { .log = -1, .programs = -1 };
	struct event_context context = { .recorder = &recorder, .cgroup = -1 };
	FILE *out = fmemopen(shown, sizeof(shown), "w");

	(void)state;
	assert_non_null(out);
	event_show(&record, &context, &(struct style){ .colour = true }, out);
	record.flags = 0;
	event_show(&record, &context, &(struct style){ .colour = true }, out);
	record.flags = RECORD_CANARY | RECORD_DENIED;
	event_show(&record, &context, &(struct style){}, out);
	fclose(out);
	assert_memory_equal(shown, "\033[2m7 ", 6);
	assert_true(has("Z\033[0m \033[31mdenied exec:\033[0m shell "));
	assert_true(has("Z\033[0m \033[33mwould-deny exec:\033[0m shell "));
	assert_true(has("Z denied exec: shell "));
	assert_true(has("[canary]\n"));
}

static void allow_json_with_the_last_refusal(void **state)
{
	struct json_object *json = screen_json(&status), *guards, *row, *last;

	(void)state;
	assert_true(json_object_object_get_ex(json, "guards", &guards));
	row = json_object_array_get_idx(guards, GUARD_exec);
	assert_true(json_object_object_get_ex(row, "last", &last));
	assert_string_equal(json_object_to_json_string_ext(last, JSON_C_TO_STRING_PLAIN),
			    "{\"seq\":231,\"boot_ns\":388000000000,\"reason\":\"shell\"}");
	row = json_object_array_get_idx(guards, GUARD_ptrace);
	assert_true(json_object_object_get_ex(row, "last", &last));
	assert_null(last);
	json_object_put(json);
}

#define TEST(name)	cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(allow_a_headline_that_says_all),
		TEST(deny_a_measurement_that_is_none),
		TEST(allow_no_headline_better_than_the_truth),
		TEST(allow_narrow_terminals),
		TEST(allow_colours_only_where_they_are_wanted),
		TEST(allow_characters_and_widths_that_a_terminal_has),
		TEST(allow_hostile_names_without_harm),
		TEST(allow_records_in_the_colours_of_their_parts),
		TEST(allow_json_with_the_last_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
