// SPDX-License-Identifier: GPL-2.0-only
/* verify_log.c - whether exported lines are what logd wrote. */
#include "verify_log.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "util.h"

#define JSON_FLAGS	(JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
#define NO_MAC		"0000000000000000000000000000000000000000000000000000000000000000"

/* Where the verification has got to. */
struct walk {
	struct verify *verify;
	const struct log_file *file;
	size_t line;			/* in the file, from 1 */
	bool keyed, begun;
	struct chain chain;		/* where there is a key */
	__u32 segment;
	__u64 next;			/* seq of the next record */
	char mac[CHAIN_HEX + 1];	/* of the line before; "": it has none */
	bool met;			/* the line that the state says is the last one it knows */
};

static __attribute__((format(printf, 3, 4))) int say(struct walk *walk, enum log_verdict verdict, const char *format, ...)
{
	struct verify *verify = walk->verify;
	va_list args;

	verify->unchecked += verdict == LOG_UNCHECKED;
	/* The first of the worst. */
	if (verify->verdict >= verdict)
		return verdict == LOG_ALTERED ? -EBADMSG : 0;
	verify->verdict = verdict;
	verify->place.path = walk->file->path;
	verify->place.line = walk->line;
	va_start(args, format);
	vsnprintf(verify->place.what, sizeof(verify->place.what), format, args);
	va_end(args);
	return verdict == LOG_ALTERED ? -EBADMSG : 0;
}

#define altered(walk, ...)	say(walk, LOG_ALTERED, __VA_ARGS__)
#define unchecked(walk, ...)	say(walk, LOG_UNCHECKED, __VA_ARGS__)

/* ---- Headers ---- */

/* Which of the keys begins the chain that this header is of. */
static bool find_key(struct walk *walk, const struct chain_header *header, const char *line, size_t len)
{
	__u8 previous[CHAIN_BYTES];

	chain_parse(header->previous, previous);
	for (size_t i = 0; i < walk->verify->n_keys; i++) {
		if (chain_open(walk->verify->keys[i], &walk->chain))
			continue;
		chain_seek(&walk->chain, header->segment, previous);
		if (chain_accept(&walk->chain, line, len))
			return true;
	}
	return false;
}

/* The oldest that there is: what came before it may be gone. */
static int check_oldest(struct walk *walk, const struct chain_header *header, const char *line, size_t len)
{
	walk->next = header->first;
	if (!header->segment || header->segment > CHAIN_SEGMENTS)
		return altered(walk, "no segment has the number %u", header->segment);
	if (header->segment == 1 && header->previous[0] && strcmp(header->previous, NO_MAC))
		return altered(walk, "it is the first segment, and says that a line stood before it");
	if (walk->keyed && !find_key(walk, header, line, len))
		return altered(walk, "the header was not made with the key: it was altered, or the key is another log's");
	return 0;
}

static int check_newer(struct walk *walk, const struct chain_header *header, const char *line, size_t len)
{
	__u32 want = walk->segment + 1;

	if (header->segment < want)
		return altered(walk, "segment %u is there twice", header->segment);
	if (header->segment > want)
		return altered(walk, "%u segment%s missing before this one, number %u", header->segment - want,
			       header->segment - want > 1 ? "s are" : " is", header->segment);
	if (strcmp(header->previous, walk->mac) || header->first != walk->next)
		return altered(walk, "segment %u does not end where this one begins, before record %llu: lines are missing at "
			       "its end, or were altered or added", walk->segment, (unsigned long long)header->first);
	if (!walk->keyed)
		return 0;
	chain_segment(&walk->chain);
	return chain_accept(&walk->chain, line, len) ? 0 : altered(walk, "the header was altered: its MAC is not of this line");
}

static int check_header(struct walk *walk, const char *line, size_t len)
{
	struct chain_header header;
	int err;

	if (!chain_parse_header(line, len, &header))
		return altered(walk, "a file begins with the header of its segment, and this line is none");
	if (walk->keyed && !header.previous[0])
		return altered(walk, "it says that the log has no chain, and a log that has a key has one");
	err = walk->begun ? check_newer(walk, &header, line, len) : check_oldest(walk, &header, line, len);
	if (err)
		return err;
	if (!walk->begun)
		walk->verify->first = header.first;
	walk->begun = true;
	walk->segment = header.segment;
	return walk->keyed ? 0 : unchecked(walk, "there is no key to verify the chain with");
}

/* ---- Lines ---- */

/* As logd begins each: the number is the first thing to say. */
static bool parse_line(const char *text, size_t len, struct log_line *ret_line)
{
	struct log_line line = { .text = text, .len = len };
	unsigned long long seq = 0, lost = 0;
	char begin[128], again[128];
	int fields;

	snprintf(begin, sizeof(begin), "%.*s", (int)MIN(len, sizeof(begin) - 1), text);
	fields = sscanf(begin, "{\"v\":1,\"seq\":%llu,\"lost\":%llu,", &seq, &lost);
	if (fields < 1 || (fields == 2 && (!lost || lost > seq)))
		return false;
	if (fields == 2)
		snprintf(again, sizeof(again), "{\"v\":1,\"seq\":%llu,\"lost\":%llu,", seq, lost);
	else
		snprintf(again, sizeof(again), "{\"v\":1,\"seq\":%llu,", seq);
	line.seq = seq;
	line.lost = fields == 2 ? lost : 0;
	*ret_line = line;
	return !strncmp(begin, again, strlen(again));
}

static int check_number(struct walk *walk, const struct log_line *line)
{
	__u64 first = line->seq - (line->lost ? line->lost - 1 : 0);

	if (first == walk->next)
		return 0;
	return altered(walk, "it is for record %llu, where record %llu must come: %s", (unsigned long long)first,
		       (unsigned long long)walk->next, first > walk->next ? "lines before it are missing, or it was altered" :
		       "it was inserted, repeated, moved or altered");
}

static int ask_kernel(struct walk *walk, const struct log_line *line)
{
	struct verify *verify = walk->verify;
	char why[WHY_SIZE] = "";

	switch (verify->ask ? verify->ask(verify->arg, line, why) : LINE_GONE) {
	case LINE_SAME:
		verify->same++;
		/* The time, the cgroup and the MAC are nothing that the kernel knows. */
		return walk->keyed ? 0 : unchecked(walk, "there is no key to verify the chain with");
	case LINE_GONE:
		if (walk->keyed)
			return 0;
		return unchecked(walk, "there is no key, and the kernel has no record %llu %s", (unsigned long long)line->seq,
				 verify->ask ? "any more" : "that could be asked for");
	case LINE_DOUBTFUL:
		return unchecked(walk, "%s", why);
	case LINE_OTHER:
		break;
	}
	return altered(walk, "%s", why);
}

static int check_line(struct walk *walk, const char *text, size_t len)
{
	struct log_line line;
	int err;

	if (!parse_line(text, len, &line))
		return altered(walk, "it is no line of a log");
	err = check_number(walk, &line);
	if (!err && walk->keyed && !chain_accept(&walk->chain, text, len))
		err = altered(walk, "it was altered or inserted, or lines before it are missing: its MAC is not of this line");
	err = err ?: ask_kernel(walk, &line);
	if (err)
		return err;
	walk->next = line.seq + 1;
	walk->verify->last = line.seq;
	walk->verify->lines++;
	walk->verify->lost += line.lost;
	return 0;
}

/* ---- The end ---- */

/* What can make the next line must be what this chain has come to; nobody can have an older key. */
static int meet_state(struct walk *walk)
{
	const struct chain_state *state = walk->verify->state;
	char mac[CHAIN_HEX + 1];

	if (!state || state->chain.segment != walk->segment || state->chain.lines != walk->line)
		return 0;
	chain_print(state->chain.mac, mac);
	if (strcmp(mac, walk->mac) || (walk->keyed && sodium_memcmp(state->chain.key, walk->chain.key, CHAIN_BYTES)))
		return altered(walk, "logd's own state does not fit: this line was altered, or the state was");
	walk->met = true;
	return 0;
}

static int check_end(struct walk *walk)
{
	const struct chain_state *state = walk->verify->state;

	if (!state || !state->chain.segment || walk->met)
		return 0;
	if (state->chain.segment < walk->segment || (state->chain.segment == walk->segment && state->chain.lines < walk->line))
		return altered(walk, "logd's own state is older than the lines: somebody put back an old one");
	if (state->chain.segment == walk->segment)
		return altered(walk, "%llu lines are missing after this one: logd has written %u to this file",
			       (unsigned long long)(state->chain.lines - walk->line), state->chain.lines);
	return altered(walk, "what comes after this line is missing: logd has got to line %u of segment %u, and this is segment %u",
		       state->chain.lines, state->chain.segment, walk->segment);
}

/* A reader may be in the middle of a line, or of the header of a new file, but not before what its state says is written. */
static int check_rest(struct walk *walk, size_t len, bool newest)
{
	walk->line++;
	if (newest && walk->verify->state && (walk->met || !walk->verify->state->chain.segment)) {
		walk->line--;
		return 0;
	}
	return altered(walk, len ? "the file ends within a line" : "the file is empty");
}

static int check_file(struct walk *walk, const struct log_file *file, bool newest)
{
	const char *at = file->text, *end = file->text + file->len, *stop;
	int err = 0;

	walk->file = file;
	for (walk->line = 0; !err && at < end; at = stop + 1) {
		stop = memchr(at, '\n', end - at);
		if (!stop)
			return check_rest(walk, end - at, newest);
		walk->line++;
		err = walk->line == 1 ? check_header(walk, at, stop + 1 - at) : check_line(walk, at, stop + 1 - at);
		if (!err && !chain_has_mac(at, stop + 1 - at, walk->mac))
			walk->mac[0] = 0;
		err = err ?: meet_state(walk);
	}
	if (!err && !file->len)
		err = check_rest(walk, 0, newest);
	return err;
}

void verify_log(const struct log_file *files, size_t count, struct verify *verify)
{
	struct walk walk = { .verify = verify, .keyed = verify->n_keys > 0 };
	int err = 0;

	verify->verdict = LOG_WHOLE;
	verify->place = (struct verify_place) {};
	verify->lines = verify->same = verify->unchecked = 0;
	verify->first = verify->last = verify->lost = 0;
	for (size_t i = 0; !err && i < count; i++)
		err = check_file(&walk, &files[i], i + 1 == count);
	if (!err && count)
		check_end(&walk);
	sodium_memzero(&walk.chain, sizeof(walk.chain));
}

/* ---- Files ---- */

static int by_place(const void *a, const void *b)
{
	const struct log_file *x = a, *y = b;
	int order = strcmp(x->header.boot, y->header.boot);

	if (order)
		return order;
	if (x->header.log != y->header.log)
		return x->header.log < y->header.log ? -1 : 1;
	if (x->header.segment != y->header.segment)
		return x->header.segment < y->header.segment ? -1 : 1;
	return strcmp(x->path, y->path);
}

void verify_sort(struct log_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *end = memchr(files[i].text, '\n', files[i].len);
		size_t len = end ? end + 1 - files[i].text : 0;

		memset(&files[i].header, 0, sizeof(files[i].header));
		if (!chain_parse_header(files[i].text, len, &files[i].header))
			memset(&files[i].header, 0, sizeof(files[i].header));
	}
	if (count)
		qsort(files, count, sizeof(*files), by_place);
}

size_t verify_group(const struct log_file *files, size_t count)
{
	size_t n = count ? 1 : 0;

	while (n < count && files[n].header.log == files[0].header.log && !strcmp(files[n].header.boot, files[0].header.boot))
		n++;
	return n;
}

/* ---- Against the kernel's records ---- */

static __attribute__((format(printf, 3, 4))) bool differs(char ret_why[WHY_SIZE], bool same, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!same)
		vsnprintf(ret_why, WHY_SIZE, format, args);
	va_end(args);
	return !same;
}

/*
 * What a line may have otherwise than the same record has it now: the time, which is computed from the present clock, and the
 * cgroup, of which the kernel holds the number, and which may be gone or renamed.  Neither is order or identity: these are seq and
 * boot_ns, which are compared, as is all else.
 */
static bool is_passing(const char *key)
{
	return !strcmp(key, "time") || !strcmp(key, "cgroup");
}

/*
 * Paths of programs stand in a table of their own, whose rows are never changed, but may come after the line: it then has none,
 * and the device and inode beside it, which are compared, say which program it was.
 */
static bool came_later(const char *key, struct json_object *of_line)
{
	return (!strcmp(key, "exe") || !strcmp(key, "maker")) && json_object_is_type(of_line, json_type_string) &&
	       !json_object_get_string_len(of_line);
}

static bool same_object(struct json_object *kernel, struct json_object *line, bool top, char ret_why[WHY_SIZE])
{
	struct json_object_iterator a = json_object_iter_begin(kernel), a_end = json_object_iter_end(kernel);
	struct json_object_iterator b = json_object_iter_begin(line), b_end = json_object_iter_end(line);

	for (; !json_object_iter_equal(&a, &a_end) && !json_object_iter_equal(&b, &b_end);
	     json_object_iter_next(&a), json_object_iter_next(&b)) {
		struct json_object *x = json_object_iter_peek_value(&a), *y = json_object_iter_peek_value(&b);
		const char *key = json_object_iter_peek_name(&a);

		if (strcmp(key, json_object_iter_peek_name(&b)))
			return !differs(ret_why, false, "it has no '%s' where the kernel's record has it", key);
		if ((top && is_passing(key)) || came_later(key, y))
			continue;
		if (json_object_is_type(x, json_type_object) && json_object_is_type(y, json_type_object)) {
			if (!same_object(x, y, false, ret_why))
				return false;
		} else if (differs(ret_why, !strcmp(json_object_to_json_string_ext(x, JSON_FLAGS),
						    json_object_to_json_string_ext(y, JSON_FLAGS)),
				   "its '%s' is not what the kernel's record says, %.160s", key,
				   json_object_to_json_string_ext(x, JSON_FLAGS))) {
			return false;
		}
	}
	return !differs(ret_why, json_object_iter_equal(&a, &a_end) && json_object_iter_equal(&b, &b_end),
			"it has not the members that the kernel's record has");
}

/* What stands before the last member, as an object. */
static struct json_object *parse_body(const struct log_line *line, char **ret_body)
{
	static const char without[] = ",\"chain\":null}\n";
	char mac[CHAIN_HEX + 1];
	size_t cut = chain_has_mac(line->text, line->len, mac) ? CHAIN_END : sizeof(without) - 1;

	if (line->len <= cut || asprintf(ret_body, "%.*s}", (int)(line->len - cut), line->text) < 0)
		return NULL;
	return json_tokener_parse(*ret_body);
}

bool verify_record(const struct record *record, const struct event_context *context, const struct log_line *line,
		   char ret_why[WHY_SIZE])
{
	_cleanup_free_ char *body = NULL;
	struct json_object *has = parse_body(line, &body), *right = event_json(record, context);
	bool same = false;

	/* In one spelling, or a member could be there twice, and each reader see another one. */
	if (!json_object_is_type(has, json_type_object) || strcmp(json_object_to_json_string_ext(has, JSON_FLAGS), body))
		differs(ret_why, false, "it is not spelled as logd does");
	else
		same = same_object(right, has, true, ret_why);
	json_object_put(has);
	json_object_put(right);
	return same;
}

/* Records that are said to be lost, and are there. */
static enum line_answer verify_lost(struct recorder *recorder, const struct log_line *line, char ret_why[WHY_SIZE])
{
	bool torn = memmem(line->text, line->len, "\"cause\":\"torn\"", 14);
	bool unknown = memmem(line->text, line->len, "\"cause\":\"unknown-kind\"", 22);
	__u64 seq = line->seq - line->lost;
	struct record record;

	while ((seq = recorder_next(recorder, seq)) && seq <= line->seq) {
		if (recorder_read(recorder, seq, &record) || (unknown && record.kind >= KIND_COUNT))
			continue;
		snprintf(ret_why, WHY_SIZE, "it says that record %llu is lost, and the kernel has it%s", (unsigned long long)seq,
			 torn ? ": it may have been written in those seconds" : "");
		return torn ? LINE_DOUBTFUL : LINE_OTHER;
	}
	return LINE_GONE;
}

enum line_answer verify_line(struct recorder *recorder, const struct event_context *context, const struct log_line *line,
			     char ret_why[WHY_SIZE])
{
	__u64 oldest, newest;
	struct record record;

	recorder_range(recorder, &oldest, &newest);
	if (line->seq > newest) {
		snprintf(ret_why, WHY_SIZE, "the kernel's newest record is %llu", (unsigned long long)newest);
		return LINE_OTHER;
	}
	if (line->lost)
		return verify_lost(recorder, line, ret_why);
	if (recorder_read(recorder, line->seq, &record))
		return LINE_GONE;
	if (record.kind >= KIND_COUNT) {
		snprintf(ret_why, WHY_SIZE, "the kernel's record is of a kind that has no name");
		return LINE_OTHER;
	}
	return verify_record(&record, context, line, ret_why) ? LINE_SAME : LINE_OTHER;
}
