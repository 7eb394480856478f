// SPDX-License-Identifier: GPL-2.0-only
/* policy_fuzz.c - libFuzzer entry: any bytes make a policy or located errors, and nothing else. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "policy.h"
#include "rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7 loses some of its own memory after a syntax error. Leaks of ours still count. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml";
}

/* An error without a place, or a place outside the text, is a bug. */
static void check_diags(const struct diags *diags)
{
	FILE *null = fopen("/dev/null", "w");

	if (diags->errors && !diags->count)
		abort();
	for (size_t i = 0; i < diags->count; i++) {
		const struct diag *diag = &diags->list[i];

		if (!diag->text || !diag->width || (diag->source && (!diag->line || !diag->column)))
			abort();
	}
	if (null) {
		diags_print(diags, null);
		fclose(null);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diags diags = { 0 };
	struct policy *policy = NULL;
	struct rules *rules = NULL;
	int err = policy_parse_buffer("fuzz", (const char *)data, size, &diags, &policy);

	if (err && err != -EINVAL)
		abort();
	if (!err != !!policy || !err != !diags.errors)
		abort();
	if (policy) {
		err = rules_compile(policy, &diags, &rules);
		if (!err != !!rules)
			abort();
	}
	check_diags(&diags);
	rules_free(rules);
	policy_free(policy);
	diags_free(&diags);
	return 0;
}
