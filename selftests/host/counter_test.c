// SPDX-License-Identifier: GPL-2.0-only
/* counter_test.c - the TPM's counter of serials, with a TPM of the test's own, which stops at any step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "counter.h"
#include "tpm.h"
#include "util.h"

#define INDICES		8
#define FIRST_PLACE	0x0180c001
#define SECOND_PLACE	0x0180c002
#define HIGHEST		0x7fffffffffffffffull
#define NEVER		~0u

/* TPM 2.0 part 3, TPM2_NV_Increment: a new counter begins above every one that was ever there. */
static struct {
	struct {
		__u32 index;		/* 0: free */
		__u8 label[TPM_LABEL];
		__u64 value;		/* 0: never raised */
	} list[INDICES];
	__u64 max;
	bool absent, password;
	unsigned int steps, stop_at;	/* of what changes it: from there on it does not answer */
	unsigned int makes, raises;
	bool others;			/* somebody else makes a counter after each of ours */
} tpm;

static int find(__u32 index)
{
	for (int i = 0; i < INDICES; i++)
		if (tpm.list[i].index == index)
			return i;
	return -1;
}

static bool stopped(void)
{
	return tpm.steps++ >= tpm.stop_at;
}

int tpm_open(struct tpm **ret_tpm)
{
	*ret_tpm = NULL;
	return tpm.absent ? -ENOENT : 0;
}

void tpm_close(struct tpm *unused)
{
	(void)unused;
}

int tpm_read(struct tpm *unused, unsigned int pcr, __u8 ret_value[TPM_DIGEST])
{
	(void)unused, (void)pcr, (void)ret_value;
	return -EIO;
}

int tpm_event(struct tpm *unused, unsigned int pcr, const void *data, size_t size)
{
	(void)unused, (void)pcr, (void)data, (void)size;
	return -EIO;
}

int tpm_counter_read(struct tpm *unused, __u32 index, __u8 ret_label[TPM_LABEL], __u64 *ret_value)
{
	int at = find(index);

	(void)unused;
	if (at < 0 || !tpm.list[at].value)
		return -ENOENT;
	memcpy(ret_label, tpm.list[at].label, TPM_LABEL);
	*ret_value = tpm.list[at].value;
	return 0;
}

int tpm_counter_raise(struct tpm *unused, __u32 index)
{
	int at = find(index);

	(void)unused;
	if (stopped())
		return -EIO;
	if (at < 0)
		return -ENOENT;
	tpm.raises++;
	tpm.list[at].value = tpm.list[at].value ? tpm.list[at].value + 1 : tpm.max + 1;
	if (tpm.list[at].value > tpm.max)
		tpm.max = tpm.list[at].value;
	return 0;
}

int tpm_counter_make(struct tpm *unused, __u32 index, const __u8 label[TPM_LABEL], __u64 *ret_value)
{
	__u8 again[TPM_LABEL];
	int at = find(0);

	if (tpm.password)
		return -EACCES;
	if (stopped())
		return -EIO;
	assert_int_equal(find(index), -1);
	assert_true(at >= 0);
	tpm.list[at].index = index;
	tpm.list[at].value = 0;
	memcpy(tpm.list[at].label, label, TPM_LABEL);
	tpm.makes++;
	at = tpm_counter_raise(unused, index);
	tpm.max += tpm.others;
	return at ?: tpm_counter_read(unused, index, again, ret_value);
}

int tpm_counter_remove(struct tpm *unused, __u32 index)
{
	int at = find(index);

	(void)unused;
	if (at < 0)
		return -ENOENT;
	if (tpm.password)
		return -EACCES;
	if (stopped())
		return -EIO;
	memset(&tpm.list[at], 0, sizeof(tpm.list[at]));
	return 0;
}

/* ---- Tests ---- */

static int begin(void **state)
{
	(void)state;
	memset(&tpm, 0, sizeof(tpm));
	tpm.max = 1000;
	tpm.stop_at = NEVER;
	return 0;
}

static __u64 highest(void)
{
	struct fail fail;
	__u64 serial;

	assert_int_equal(counter_highest(&serial, &fail), 0);
	return serial;
}

static void note(__u64 serial)
{
	struct fail fail;

	assert_int_equal(counter_note(serial, &fail), 0);
	assert_int_equal(highest(), serial);
}

static void deny_note(__u64 serial, const char *why)
{
	struct fail fail = {};

	assert_true(counter_note(serial, &fail) < 0);
	assert_non_null(strstr(fail.text, why));
}

static void allow_any_serial_as_the_first(void **state)
{
	static const __u64 serials[] = { 1, 2, 1000, 1001, 1002, 20261124, HIGHEST };

	for (size_t i = 0; i < ARRAY_SIZE(serials); i++) {
		begin(state);
		assert_int_equal(highest(), 0);
		note(serials[i]);
	}
}

static void allow_steps_without_another_counter(void **state)
{
	(void)state;
	note(5);
	assert_int_equal(tpm.makes, 2);
	tpm.raises = 0;
	/* Once more the same, and a lower one, which a caller has refused before. */
	note(5);
	assert_int_equal(tpm.raises, 0);
	note(6);
	assert_int_equal(tpm.raises, 1);
	note(6 + 64);
	assert_int_equal(tpm.raises, 65);
	assert_int_equal(tpm.makes, 2);
	assert_int_equal(find(SECOND_PLACE), -1);
}

static void allow_a_leap_with_another_counter(void **state)
{
	(void)state;
	note(5);
	note(5 + 65);
	assert_int_equal(find(FIRST_PLACE), -1);
	note(20261124);
	assert_int_equal(find(SECOND_PLACE), -1);
	note(HIGHEST);
	assert_int_equal(find(FIRST_PLACE), -1);
}

/* Wherever it stops, the older serial or the newer one is there, and the next load goes on from that. */
static void allow_a_leap_that_stops_at_any_step(void **state)
{
	struct fail fail;
	unsigned int at;
	__u64 kept;

	for (at = 0; at < 32; at++) {
		begin(state);
		note(5);
		tpm.steps = 0;
		tpm.stop_at = at;
		if (!counter_note(1000, &fail))
			break;
		kept = highest();
		assert_true(kept == 5 || kept == 1000);
		tpm.stop_at = NEVER;
		note(1000);
		note(5000);
		assert_true((find(FIRST_PLACE) < 0) != (find(SECOND_PLACE) < 0));
	}
	assert_in_range(at, 5, 31);
}

static void allow_a_first_counter_that_stops_at_any_step(void **state)
{
	struct fail fail;
	unsigned int at;

	for (at = 0; at < 32; at++) {
		begin(state);
		tpm.stop_at = at;
		if (!counter_note(7, &fail))
			break;
		assert_true(highest() == 0 || highest() == 7);
		tpm.stop_at = NEVER;
		note(7);
	}
	assert_in_range(at, 3, 31);
}

static void deny_a_leap_where_the_owner_has_a_password(void **state)
{
	(void)state;
	note(5);
	tpm.password = true;
	note(6);
	deny_note(1000, "has a password");
	assert_int_equal(highest(), 6);
}

static void deny_a_counter_beside_others_that_are_made(void **state)
{
	(void)state;
	note(5);
	tpm.others = true;
	deny_note(1000, "others make counters");
	assert_int_equal(highest(), 5);
	assert_int_equal(find(SECOND_PLACE), -1);
	tpm.others = false;
	note(1000);
}

static void deny_what_somebody_else_has_there(void **state)
{
	__u8 label[TPM_LABEL] = "hardenctl seria";
	struct fail fail = {};
	__u64 value, serial;

	(void)state;
	note(5);
	assert_int_equal(tpm_counter_make(NULL, SECOND_PLACE, label, &value), 0);
	assert_true(counter_highest(&serial, &fail) < 0);
	assert_non_null(strstr(fail.text, "something else"));
	deny_note(6, "something else");
}

static void allow_a_machine_without_a_tpm(void **state)
{
	struct fail fail;

	(void)state;
	tpm.absent = true;
	assert_int_equal(highest(), 0);
	assert_int_equal(counter_note(5, &fail), 0);
	assert_int_equal(highest(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(allow_any_serial_as_the_first, begin),
		cmocka_unit_test_setup(allow_steps_without_another_counter, begin),
		cmocka_unit_test_setup(allow_a_leap_with_another_counter, begin),
		cmocka_unit_test_setup(allow_a_leap_that_stops_at_any_step, begin),
		cmocka_unit_test_setup(allow_a_first_counter_that_stops_at_any_step, begin),
		cmocka_unit_test_setup(deny_a_leap_where_the_owner_has_a_password, begin),
		cmocka_unit_test_setup(deny_a_counter_beside_others_that_are_made, begin),
		cmocka_unit_test_setup(deny_what_somebody_else_has_there, begin),
		cmocka_unit_test_setup(allow_a_machine_without_a_tpm, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
