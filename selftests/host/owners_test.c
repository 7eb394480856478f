// SPDX-License-Identifier: GPL-2.0-only
/* owners_test.c - which programs of data.protect check warns of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "owners.h"
#include "util.h"

#define ENTRY(script)	"{path: /usr/bin/python3, class: interpreter" script "}"
#define PINNED		ENTRY(", script: /usr/sbin/backup")

static const struct {
	const char *exec, *owner;
	size_t warnings;
} cases[] = {
	{ "{mode: enforce}", "/usr/sbin/server", 0 },
	{ "{mode: enforce}", "/usr/bin/python3", 1 },
	{ "{mode: enforce}", "/bin/bash", 1 },
	{ "{mode: enforce}", "[/bin/bash, /usr/sbin/server, /usr/bin/perl]", 2 },
	{ "{mode: enforce, allow: [" PINNED "]}", "/usr/bin/python3", 0 },
	{ "{mode: enforce, allow: [" PINNED "]}", "/usr/bin/python3.11", 1 },
	{ "{mode: enforce, allow: [" PINNED ", " ENTRY("") "]}", "/usr/bin/python3", 1 },
	{ "{mode: enforce, allow: [" PINNED "], except: [{parent: /usr/sbin/cron, program: /usr/bin/python3}]}",
	  "/usr/bin/python3", 1 },
	/* Here nothing keeps it to its script. */
	{ "{mode: audit, allow: [" PINNED "]}", "/usr/bin/python3", 1 },
	{ "{mode: enforce, interpreters: allow, allow: [{path: /usr/bin/python3, script: /usr/sbin/backup}]}",
	  "/usr/bin/python3", 1 },
};

static void allow_owners_that_run_their_own_code_alone_without_a_warning(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct policy *policy = NULL;
		struct diags diags = {};
		char text[1024];
		size_t before;
		int len;

		len = snprintf(text, sizeof(text), "version: 1\nexec: %s\nptrace: {mode: off}\nmodules: {mode: off}\negress: {mode: off}\n"
			       "ingress: {mode: off}\nkernel: {mode: off}\ndata: {mode: enforce, protect: [{paths: /run/keys/, by: %s}]}\n",
			       cases[i].exec, cases[i].owner);
		assert_int_equal(policy_parse_buffer("t.yaml", text, len, &diags, &policy), 0);
		before = diags.count;
		owners_warn(policy, &diags);
		assert_int_equal(diags.count - before, cases[i].warnings);
		if (cases[i].warnings)
			assert_non_null(strstr(diags.list[before].text, "runs whatever text it is given"));
		policy_free(policy);
		diags_free(&diags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_owners_that_run_their_own_code_alone_without_a_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
