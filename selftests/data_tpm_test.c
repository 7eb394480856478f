// SPDX-License-Identifier: GPL-2.0-only
/*
 * data_tpm_test.c - a TPM that the policy gives to one program: no other quotes as it or unseals what it sealed.
 * Boots: tpm
 * Kernels: 6.12
 * Alone: it seals the machine
 */
#include "child.h"
#include "files.h"
#include "sealing.h"
#include "util.h"

#include <limits.h>
#include <sys/mount.h>

#define BASE	"/tmp/tpm"		/* a tmpfs, for nodes and programs */
#define OWNER	"/usr/bin/tpm2"
#define OTHER	BASE "/tpm2"		/* the same bytes */
#define OWN	BASE "/hardenctl"	/* a link to the one that is tested: a policy has absolute paths */
#define MARKER	"what the TPM keeps"

#define POLICY_TPM									\
	"version: 1\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"	\
	"egress: { mode: off }\ningress: { mode: off }\nkernel: { mode: off }\n"		\
	"data: { mode: enforce, protect: [{devices: [/dev/tpm0, /dev/tpmrm0], by: [" OWNER ", " OWN "]}] }\n" \
	SEAL_TEXT(", \"off:exec\", \"off:ptrace\", \"off:modules\", \"off:egress\", \"off:ingress\", \"off:kernel\"")

/* The resource manager is what programs use; below it lies the same TPM. */
static const struct way {
	const char *name, *device, *gives;
	const char *argv[8];
} ways[] = {
	{ "unseal", "device:/dev/tpmrm0", MARKER, { "unseal", "-Q", "-c", BASE "/sealed.ctx" } },
	{ "quote", "device:/dev/tpmrm0", "quoted:", { "quote", "-c", BASE "/key.ctx", "-l", "sha256:13", "-q", "abcd" } },
	{ "read_registers", "device:/dev/tpmrm0", "sha256:", { "pcrread", "sha256:13" } },
	{ "random", "device:/dev/tpmrm0", "", { "getrandom", "--hex", "8" } },
	{ "below_the_manager", "device:/dev/tpm0", "", { "getrandom", "--hex", "8" } },
	{ "node", "device:" BASE "/node", "", { "getrandom", "--hex", "8" } },
};

static struct ran *run_way(const char *program, const struct way *way)
{
	const char *const *argv = way->argv;

	setenv("TPM2TOOLS_TCTI", way->device, 1);
	/* What it says of a quote goes to its standard output. */
	return RUN(program, argv[0], argv[1], argv[2], argv[3], argv[4], argv[5], argv[6]);
}

static void deny(void **state)
{
	const struct way *way = *state;
	struct mark before = mark();
	struct json_object *record;
	struct ran *ran = run_way(OTHER, way);

	assert_int_not_equal(ran->status, 0);
	assert_non_null(strstr(ran->err, "Operation not permitted"));
	assert_true(!way->gives[0] || !strstr(ran->out, way->gives));
	record = assert_refused(&before, GUARD_data, "protected", 1);
	assert_field(record, "hook", "file_open");
	assert_rule(record, "data:");
	json_object_put(record);
	before = mark();
	ran = run_way(OWNER, way);
	assert_int_equal(ran->status, 0);
	assert_non_null(strstr(ran->out, way->gives));
	assert_undisturbed(&before, GUARD_data);
}

static void allow_all_before_the_load(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct ran *ran = run_way(OTHER, &ways[i]);

		assert_int_equal(ran->status, 0);
		assert_non_null(strstr(ran->out, ways[i].gives));
	}
	load_text(POLICY_TPM);
}

/* What is put in force is measured although the policy before it keeps the TPM from others. */
static void assert_measures(const char *count)
{
	struct json_object *json = parse_json(RUN(HARDENCTL, "status", "--json")->out);

	assert_field(json, "measured.tpm", "true");
	assert_field(json, "measured.replays", "true");
	assert_field(json, "measured.count", count);
	json_object_put(json);
}

static void allow_hardenctl_to_measure(void **state)
{
	struct mark before;

	(void)state;
	assert_measures("1");
	load_text(POLICY_TPM);
	before = mark();
	assert_measures("2");
	HARDEN(0, "seal");
	assert_state("sealed");
	assert_measures("3");
	assert_undisturbed(&before, GUARD_data);
	assert_whole();
}

static int set_up(void **state)
{
	char path[PATH_MAX];

	(void)state;
	mkdir(BASE, 0755);
	if (mount("none", BASE, "tmpfs", 0, NULL) || !realpath(HARDENCTL, path) || symlink(path, OWN))
		return -1;
	copy_file(OWNER, OTHER);
	spill(BASE "/secret", MARKER);
	setenv("TPM2TOOLS_TCTI", "device:/dev/tpmrm0", 1);
	return system("set -e; cd " BASE "; node=$(stat -c '0x%t 0x%T' /dev/tpm0); mknod node c $node;"
		      OWNER " createprimary -Q -C o -G ecc256 -c parent.ctx;"
		      OWNER " create -Q -C parent.ctx -i secret -u public -r private;"
		      OWNER " load -Q -C parent.ctx -u public -r private -c sealed.ctx;"
		      OWNER " createprimary -Q -C o -G ecc256:ecdsa-sha256:null -c key.ctx "
		      "-a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign'") ? -1 : 0;
}

int main(void)
{
	struct CMUnitTest tests[2 * ARRAY_SIZE(ways) + 2];
	size_t n = 0;

	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_all_before_the_load);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		tests[n++] = test_of_row("deny", ways[i].name, "", deny, &ways[i]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_hardenctl_to_measure);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		tests[n++] = test_of_row("deny", ways[i].name, "sealed", deny, &ways[i]);
	return _cmocka_run_group_tests("data_tpm", tests, n, set_up, NULL);
}
