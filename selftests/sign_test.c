// SPDX-License-Identifier: GPL-2.0-only
/*
 * sign_test.c - where the machine has keys, a policy that none of them signed is not loaded, nor is one that is older.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 * Alone: it seals the machine
 */
#include "child.h"
#include "sealing.h"

#include <sys/stat.h>

#include "serial.h"

#define KEYS		"/etc/hardenctl/keys.d"
#define KEY		KEYS "/owner.pub"
#define SECRET		"/tmp/owner.key"
#define DROPIN		"/tmp/policy.d/10-more.yaml"
#define TEXT(serial)	POLICY_SEALABLE "serial: " serial "\n"

static void sign(const char *path)
{
	assert_int_equal(RUN("minisign", "-S", "-s", SECRET, "-m", path)->status, 0);
}

static void put_signed(const char *text)
{
	spill(POLICY, text);
	sign(POLICY);
}

static struct ran *load(int code)
{
	return HARDEN(code, "load", "--policy", POLICY);
}

/* The number of the key, as it says itself. */
static const char *key_number(void)
{
	static char text[512];
	const char *at;

	slurp(KEY, text, sizeof(text));
	at = strstr(text, "public key ");
	assert_non_null(at);
	at += strlen("public key ");
	text[at - text + strcspn(at, "\n")] = 0;
	return at;
}

/* Refused, recorded, and what was in force is still. */
static void assert_load_refused(const char *verb, const char *why)
{
	struct set_info before = live_set();
	struct mark from = mark();
	struct json_object *record;

	assert_non_null(strstr(HARDEN(2, verb, "--policy", POLICY)->err, why));
	record = assert_refused(&from, GUARD_seal, "policy", 1);
	assert_field(record, "object.what", "load");
	assert_non_null(strstr(field(record, "object.detail"), POLICY));
	json_object_put(record);
	assert_true(live_set().set == before.set);
	assert_in_force(before.digest);
}

static int set_up(void **state)
{
	(void)state;
	mkdir("/etc/hardenctl", 0755);
	mkdir("/tmp/policy.d", 0755);
	assert_int_equal(mkdir(KEYS, 0755), 0);
	assert_int_equal(RUN("minisign", "-G", "-W", "-p", KEY, "-s", SECRET)->status, 0);
	return 0;
}

static void deny_a_first_policy_without_a_signature(void **state)
{
	struct ran *ran;

	(void)state;
	spill(POLICY, TEXT("4"));
	ran = load(2);
	assert_non_null(strstr(ran->err, POLICY));
	assert_non_null(strstr(ran->err, "minisign -S"));
	assert_non_null(strstr(ran->err, "nothing was changed"));
	assert_state("off");
	/* Before it is signed, somebody looks through it. */
	assert_non_null(strstr(HARDEN(0, "check", POLICY)->err, "load refuses it"));
	HARDEN(2, "check", "--strict", POLICY);
}

static void allow_a_signed_policy(void **state)
{
	struct json_object *status;

	(void)state;
	put_signed(TEXT("4"));
	load(0);
	status = status_json(2);
	assert_field(status, "policy.signed_by", key_number());
	assert_field(status, "policy.serial_kept", "boot");
	json_object_put(status);
	assert_non_null(strstr(HARDEN(2, "status")->out, key_number()));
}

static void deny_what_was_not_signed_and_keep_what_was(void **state)
{
	(void)state;
	/* The signature beside it is of another text. */
	spill(POLICY, POLICY_AUDIT "serial: 4\n");
	assert_load_refused("load", "did not sign this text");
	assert_load_refused("audit", "did not sign this text");
	assert_int_equal(unlink(POLICY ".minisig"), 0);
	assert_load_refused("load", "minisign -S");
	put_signed(TEXT("4"));
	load(0);
}

static void deny_a_dropin_of_somebody_else(void **state)
{
	(void)state;
	spill(DROPIN, "egress: { allow: [{ to: 10.9.0.0/16 }] }\n");
	assert_load_refused("load", DROPIN);
	sign(DROPIN);
	load(0);
	assert_int_equal(unlink(DROPIN), 0);
	assert_int_equal(unlink(DROPIN ".minisig"), 0);
	load(0);
}

static void deny_keys_that_others_may_write(void **state)
{
	(void)state;
	assert_int_equal(chmod(KEYS, 0777), 0);
	assert_load_refused("load", KEYS);
	assert_int_equal(chmod(KEYS, 0755), 0);
	assert_int_equal(rename(KEY, "/etc/owner.pub"), 0);
	assert_load_refused("load", KEYS);
	assert_int_equal(rename("/etc/owner.pub", KEY), 0);
	load(0);
}

/* Signed as well, once. */
static void deny_an_older_policy(void **state)
{
	(void)state;
	put_signed(TEXT("5"));
	load(0);
	put_signed(TEXT("4"));
	assert_load_refused("load", "its serial 4 is below 5");
	HARDEN(0, "unload");
	assert_non_null(strstr(load(2)->err, "its serial 4 is below 5"));
	assert_state("off");
	put_signed(TEXT("5"));
	load(0);
}

static void deny_another_key_after_the_seal(void **state)
{
	(void)state;
	HARDEN(0, "seal");
	errno = 0;
	assert_int_equal(open(KEY, O_WRONLY), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(open(KEYS "/other.pub", O_WRONLY | O_CREAT, 0644), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(unlink(KEY), -1);
	assert_int_equal(errno, EPERM);
	spill("/etc/other.pub", "not a key of ours\n");
	assert_int_equal(unlink("/etc/other.pub"), 0);
	assert_non_null(strstr(load(2)->err, "sealed"));
	assert_field(status_json(0), "policy.signed_by", key_number());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deny_a_first_policy_without_a_signature),
		cmocka_unit_test(allow_a_signed_policy),
		cmocka_unit_test(deny_what_was_not_signed_and_keep_what_was),
		cmocka_unit_test(deny_a_dropin_of_somebody_else),
		cmocka_unit_test(deny_keys_that_others_may_write),
		cmocka_unit_test(deny_an_older_policy),
		cmocka_unit_test(deny_another_key_after_the_seal),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
