// SPDX-License-Identifier: GPL-2.0-only
/*
 * counter.c - the highest serial of a signed policy that was ever in force here, in a counter of the TPM.
 *
 * A counter begins where no other of this TPM has been and goes up by one at a time, so the serial that it stands for is its value
 * and what its label adds to that.  For a serial that is much higher another counter is made, and the first one removed: there are two
 * places, of which the higher counts, so that at no time there is none.
 */
#include "counter.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tpm.h"
#include "util.h"

/* In the owner's range (TCG, Registry of Reserved TPM 2.0 Handles and Localities). */
#define PLACES		2
#define PLACE(i)	(0x0180c001u + (i))
#define SCRATCH		0x0180c003u
#define STEPS_MAX	64	/* of raising; each is a write of its flash memory, and some milliseconds */

struct label {
	char magic[TPM_LABEL - sizeof(__u64)];
	__u64 add;		/* big endian */
};

static const char magic[] = "hardenctl serial";

/* The serial at each place that has a counter. */
struct counter {
	bool there[PLACES];
	__u64 serial[PLACES];
};

static bool is_ours(const struct label *label)
{
	struct label ours = {};

	memcpy(ours.magic, magic, sizeof(magic));
	return !memcmp(ours.magic, label->magic, sizeof(ours.magic));
}

static int read_places(struct tpm *tpm, struct counter *ret_counter)
{
	struct label label;
	__u64 value;
	int err;

	memset(ret_counter, 0, sizeof(*ret_counter));
	for (int i = 0; i < PLACES; i++) {
		err = tpm_counter_read(tpm, PLACE(i), (__u8 *)&label, &value);
		if (err && err != -ENOENT)
			return err;
		if (!err && !is_ours(&label))
			return -EBADMSG;
		ret_counter->there[i] = !err;
		if (!err)
			ret_counter->serial[i] = value + be64toh(label.add);
	}
	return 0;
}

/* Of the higher one; -1: there is none. */
static int place_of(const struct counter *counter)
{
	if (counter->there[0] && counter->there[1])
		return counter->serial[1] > counter->serial[0];
	return counter->there[0] ? 0 : counter->there[1] ? 1 : -1;
}

/* -ENODEV: no TPM, or none that this machine can talk to. */
static int open_tpm(struct tpm **ret_tpm)
{
	int err = tpm_open(ret_tpm);

	return err == -ENOENT || err == -EOPNOTSUPP || err == -ELIBACC ? -ENODEV : err;
}

static const char *why(int err)
{
	return err == -EBADMSG ? "something else is in its place" :
	       err == -EACCES ? "the TPM's owner has a password, which only tpm2-tools ask for" :
	       err == -EAGAIN ? "others make counters just now" : "the TPM does not answer";
}

int counter_highest(__u64 *ret_serial, struct fail *fail)
{
	struct tpm *tpm = NULL;
	struct counter counter;
	int place, err = open_tpm(&tpm);

	*ret_serial = 0;
	if (err == -ENODEV)
		return 0;
	err = err ?: read_places(tpm, &counter);
	tpm_close(tpm);
	if (err)
		return fail_set(fail, EXIT_FAILED, EIO, "look at the TPM, or remove what is at 0x180c001 and 0x180c002 (tpm2_nvundefine)",
				"read the TPM's counter of serials: %s", why(err));
	place = place_of(&counter);
	if (place >= 0)
		*ret_serial = counter.serial[place];
	return 0;
}

/* What a counter that is made now begins with, if nobody else makes one. */
static int ask_beginning(struct tpm *tpm, __u64 *ret_value)
{
	static const __u8 label[TPM_LABEL];
	__u64 value;
	int err;

	tpm_counter_remove(tpm, SCRATCH);
	err = tpm_counter_make(tpm, SCRATCH, label, &value);
	*ret_value = value + 1;
	return err ?: tpm_counter_remove(tpm, SCRATCH);
}

static int make(struct tpm *tpm, __u32 index, __u64 serial)
{
	struct label label = {};
	__u64 beginning, value;
	int err;

	/* One that was never raised, as its making was interrupted. */
	tpm_counter_remove(tpm, index);
	err = ask_beginning(tpm, &beginning);
	if (err)
		return err;
	memcpy(label.magic, magic, sizeof(magic));
	label.add = htobe64(serial - beginning);
	err = tpm_counter_make(tpm, index, (const __u8 *)&label, &value);
	if (!err && value == beginning)
		return 0;
	tpm_counter_remove(tpm, index);
	return err ?: -EAGAIN;
}

static int raise_to(struct tpm *tpm, const struct counter *counter, __u64 serial)
{
	int err = 0, place = place_of(counter);
	__u64 steps = place < 0 ? ~0ull : serial - counter->serial[place];

	if (place >= 0 && counter->serial[place] >= serial)
		return 0;
	if (steps > STEPS_MAX) {
		err = make(tpm, PLACE(place == 0), serial);
		return err || place < 0 ? err : tpm_counter_remove(tpm, PLACE(place));
	}
	while (!err && steps--)
		err = tpm_counter_raise(tpm, PLACE(place));
	return err;
}

int counter_note(__u64 serial, struct fail *fail)
{
	struct tpm *tpm = NULL;
	struct counter counter;
	int err = open_tpm(&tpm);

	if (err == -ENODEV)
		return 0;
	err = err ?: read_places(tpm, &counter);
	err = err ?: raise_to(tpm, &counter, serial);
	tpm_close(tpm);
	return err ? fail_set(fail, EXIT_FAILED, EIO, NULL, "raise the TPM's counter of serials to %llu: %s", serial, why(err)) : 0;
}
