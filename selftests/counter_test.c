// SPDX-License-Identifier: GPL-2.0-only
/*
 * counter_test.c - what serial a signed policy had stands in a counter of the TPM, and an older one is not loaded after a reboot.
 * Boots: tpm
 * Kernels: 6.12
 *
 * What a reboot takes away is taken away here: what is in force, and the file that keeps the serial for the boot.
 */
#include "child.h"
#include "sealing.h"

#include <sys/stat.h>

#include "serial.h"
#include "tpm.h"

#define KEYS		"/etc/hardenctl/keys.d"
#define KEY		KEYS "/owner.pub"
#define SECRET		"/tmp/owner.key"
#define FIRST_PLACE	0x0180c001
#define SECOND_PLACE	0x0180c002
#define SCRATCH_PLACE	0x0180c003

static void reboot_it(void)
{
	RUN(HARDENCTL, "unload");
	unlink(SERIAL_RUN "/" SERIAL_FILE);
}

static struct ran *load_serial(int code, unsigned int serial)
{
	char text[2048];

	snprintf(text, sizeof(text), "%sserial: %u\n", POLICY_ENFORCE, serial);
	spill(POLICY, text);
	assert_int_equal(RUN("minisign", "-S", "-s", SECRET, "-m", POLICY)->status, 0);
	return HARDEN(code, "load", "--policy", POLICY);
}

static void assert_kept(const char *by)
{
	struct json_object *status = status_json(2);

	assert_field(status, "policy.serial_kept", by);
	json_object_put(status);
	assert_int_equal(!strstr(HARDEN(2, "status")->out, "(counted by the TPM)"), !strcmp(by, "boot"));
}

static void assert_counted(unsigned int below, unsigned int serial)
{
	char wanted[96];

	reboot_it();
	snprintf(wanted, sizeof(wanted), "its serial %u is below %u, which the TPM has counted", below, serial);
	assert_non_null(strstr(load_serial(2, below)->err, wanted));
	assert_state("off");
	load_serial(0, serial);
	assert_kept("tpm");
}

static int result_at(__u32 place)
{
	__u8 label[TPM_LABEL];
	struct tpm *tpm;
	__u64 value;
	int err;

	assert_int_equal(tpm_open(&tpm), 0);
	err = tpm_counter_read(tpm, place, label, &value);
	tpm_close(tpm);
	return err;
}

/* One counter, in one of the places. */
static void assert_at(__u32 place, __u32 other)
{
	assert_int_equal(result_at(place), 0);
	assert_int_equal(result_at(other), -ENOENT);
	assert_int_equal(result_at(SCRATCH_PLACE), -ENOENT);
}

static int set_up(void **state)
{
	(void)state;
	mkdir("/etc/hardenctl", 0755);
	return 0;
}

static void allow_an_unsigned_policy_without_a_counter(void **state)
{
	(void)state;
	load_text(POLICY_ENFORCE "serial: 9\n");
	assert_kept("boot");
	assert_int_equal(result_at(FIRST_PLACE), -ENOENT);
	reboot_it();
	load_text(POLICY_ENFORCE "serial: 1\n");
	reboot_it();
}

static void deny_an_older_signed_policy_after_a_reboot(void **state)
{
	(void)state;
	assert_int_equal(mkdir(KEYS, 0755), 0);
	assert_int_equal(RUN("minisign", "-G", "-W", "-p", KEY, "-s", SECRET)->status, 0);
	load_serial(0, 5);
	assert_kept("tpm");
	assert_at(FIRST_PLACE, SECOND_PLACE);
	assert_counted(4, 5);
}

static void deny_what_is_older_by_one_step(void **state)
{
	(void)state;
	load_serial(0, 6);
	assert_counted(5, 6);
	assert_at(FIRST_PLACE, SECOND_PLACE);
	load_serial(0, 6 + 64);
	assert_counted(69, 70);
	assert_at(FIRST_PLACE, SECOND_PLACE);
}

static void deny_what_is_older_by_a_day(void **state)
{
	(void)state;
	load_serial(0, 20261231);
	assert_at(SECOND_PLACE, FIRST_PLACE);
	assert_counted(70, 20261231);
	load_serial(0, 20270101);
	assert_at(FIRST_PLACE, SECOND_PLACE);
	assert_counted(20261231, 20270101);
}

/* One that is only tried, and one that is refused, don't count. */
static void allow_what_was_in_force_after_others_were_not(void **state)
{
	char text[2048];

	(void)state;
	snprintf(text, sizeof(text), "%sserial: %u\n", POLICY_ENFORCE, 20280101);
	spill(POLICY, text);
	HARDEN(2, "load", "--policy", POLICY);
	assert_int_equal(RUN("minisign", "-S", "-s", SECRET, "-m", POLICY)->status, 0);
	HARDEN(0, "load", "--dry-run", "--policy", POLICY);
	reboot_it();
	load_serial(0, 20270101);
	assert_kept("tpm");
}

/* It says so, and refuses within the boot. */
static void allow_a_machine_whose_tpm_is_gone(void **state)
{
	(void)state;
	assert_int_equal(rename(TPM_DEVICE, "/dev/away"), 0);
	reboot_it();
	load_serial(0, 3);
	assert_kept("boot");
	assert_non_null(strstr(load_serial(2, 2)->err, "which was in force in this boot"));
	reboot_it();
	assert_int_equal(rename("/dev/away", TPM_DEVICE), 0);
	assert_non_null(strstr(load_serial(2, 3)->err, "which the TPM has counted"));
}

/* Nothing is known of the serials then. */
static void deny_all_beside_what_is_not_ours(void **state)
{
	const __u8 label[TPM_LABEL] = "somebody else";
	struct tpm *tpm;
	struct ran *ran;
	__u64 value;

	(void)state;
	assert_int_equal(tpm_open(&tpm), 0);
	assert_int_equal(tpm_counter_make(tpm, SECOND_PLACE, label, &value), 0);
	tpm_close(tpm);
	ran = load_serial(1, 20280101);
	assert_non_null(strstr(ran->err, "something else is in its place"));
	assert_non_null(strstr(ran->err, "tpm2_nvundefine"));
	assert_state("off");
	assert_int_equal(tpm_open(&tpm), 0);
	assert_int_equal(tpm_counter_remove(tpm, SECOND_PLACE), 0);
	tpm_close(tpm);
	load_serial(0, 20270101);
	assert_kept("tpm");
}

static int tear_down(void **state)
{
	(void)state;
	reboot_it();
	unlink(KEY);
	rmdir(KEYS);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_an_unsigned_policy_without_a_counter),
		cmocka_unit_test(deny_an_older_signed_policy_after_a_reboot),
		cmocka_unit_test(deny_what_is_older_by_one_step),
		cmocka_unit_test(deny_what_is_older_by_a_day),
		cmocka_unit_test(allow_what_was_in_force_after_others_were_not),
		cmocka_unit_test(allow_a_machine_whose_tpm_is_gone),
		cmocka_unit_test(deny_all_beside_what_is_not_ours),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
