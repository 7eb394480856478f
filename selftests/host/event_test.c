// SPDX-License-Identifier: GPL-2.0-only
/*
 * event_test.c - whatever a process calls itself or asks for, each form of a record is valid and safe to show, and the manual
 * and the schema know every member.
 *
 * It leaves build/host/events*.jsonl for selftests/host/events, which holds them against the schema.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "event.h"
#include "event_ecs.h"
#include "event_ocsf.h"
#include "event_parts.h"
#include "names.h"
#include "text.h"
#include "util.h"

#define SAMPLES		"build/host/events"
#define MANUAL		"man/hardenctl-events.5.scd"
#define SCHEMA		"man/hardenctl-events.schema.json"
#define RANDOM_RECORDS	20000
#define SEED		0x68617264u

static struct recorder recorder = { .log = -1, .programs = -1 };
static const struct event_context context = { .recorder = &recorder, .cgroup = -1 };

static const char *const hostile[] = {
	"/usr/bin/dash", "", "\"},{\"v\":2,\"guard\":\"", "\\\"\\u0000\\", "/tmp/\033[2J\033]0;owned\a\033[31m",
	"two\nlines\r\t\b\v\f\x01\x1f\x7f", "\xff\xfe\xc3(\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82", "\xc2\x9b" "2J\xc2\x85",
	"caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x92\xa5", "\xe2\x80\xae" "fdp.exe\xe2\x80\x8b\xef\xbb\xbf\xf3\xa0\x80\x81",
	"../../etc/shadow%s%n%x", "/proc/self/\x1b" "c${jndi:ldap://x}';--", "*/?[a-z]<script>&amp;",
};

static struct json_object *native(struct json_object *event, const struct record *record)
{
	(void)record;
	return event;
}

static const struct form {
	const char *name;
	struct json_object *(*make)(struct json_object *event, const struct record *record);
} forms[] = {
	{ "", native }, { "-ocsf", event_ocsf }, { "-ecs", event_ecs },
};

static void fill(char *to, size_t size, const char *pattern)
{
	size_t len = strlen(pattern);

	memset(to, 0, size);
	for (size_t i = 0; len && i < size; i++)
		to[i] = pattern[i % len];
}

/* What the kernel side writes for that kind. */
static int object_type(int kind)
{
	const struct kind_name *name = &kind_names[kind];
	bool words = !strcmp(name->reason, "core_pattern") || !strcmp(name->reason, "seccomp");

	switch (name->guard_id) {
	case GUARD_exec:
		return !strncmp(name->hook, "bprm", 4) ? OBJECT_EXEC : OBJECT_FILE;
	case GUARD_ptrace:
		return words ? OBJECT_TEXT : OBJECT_TASK;
	case GUARD_modules:
		return strstr(name->hook, "read") ? OBJECT_FILE : !strcmp(name->hook, "kernel_load_data") ? OBJECT_NONE : OBJECT_TEXT;
	case GUARD_egress:
		return strstr(name->hook, "unix") ? OBJECT_PEER : !strcmp(name->reason, "reroute") ||
		       !strcmp(name->reason, "socket_option") ? OBJECT_REQUEST : OBJECT_NET;
	case GUARD_ingress:
		return OBJECT_NET;
	case GUARD_kernel:
		return (!strcmp(name->hook, "file_open") && strcmp(name->reason, "swap")) || !strcmp(name->hook, "dev") ? OBJECT_FILE :
		       OBJECT_TEXT;
	case GUARD_data:
		return !strncmp(name->hook, "file_", 5) || !strncmp(name->hook, "bprm", 4) ? OBJECT_FILE : OBJECT_TEXT;
	default:
		return !strncmp(name->hook, "bpf", 3) ? OBJECT_BPF : !strcmp(name->reason, "held") ? OBJECT_FILE : OBJECT_TEXT;
	}
}

/* A record of that kind that says `text` wherever it can say something. */
static struct record record_of(int kind, const char *text)
{
	struct record record;

	memset(&record, 0, sizeof(record));
	record.seq = 7;
	record.kind = kind;
	record.flags = RECORD_DENIED;
	record.pid = record.tgid = 12;
	record.rule = (struct rule_ref){ .file = 1, .line = 19 };
	record.object_type = object_type(kind);
	fill(record.comm, sizeof(record.comm), text);
	fill((char *)record.object.raw, sizeof(record.object.raw), text);
	fill(recorder.names[1].path, sizeof(recorder.names[1].path), text);
	if (record.object_type == OBJECT_FILE)
		fill(record.object.file.path, sizeof(record.object.file.path), text);
	if (record.object_type == OBJECT_EXEC) {
		fill(record.object.exec.path, sizeof(record.object.exec.path), text);
		fill(record.object.exec.args, sizeof(record.object.exec.args), text);
	}
	fill(record.parent_comm, sizeof(record.parent_comm), text);
	record.first = record.seq;
	record.count = 1;
	record.ns[NS_NET] = 4026531841;
	if (record.object_type == OBJECT_NET)
		record.object.net = (struct object_net){ { 192, 0, 2, 1 }, AF_INET, 443, IPPROTO_TCP, SOCK_STREAM };
	if (record.object_type == OBJECT_NET && !strcmp(kind_names[kind].reason, "vsock"))
		record.object.net = (struct object_net){ { 2, [4] = 9 }, AF_VSOCK, 0, 0, SOCK_STREAM };
	if (record.object_type == OBJECT_BPF)
		record.object.bpf = (struct object_bpf){ .cmd = BPF_PROG_LOAD, .type = 15 };
	if (record.object_type == OBJECT_REQUEST)
		record.object.request = (struct object_request){ .number = 4, .class = REROUTE_route };
	return record;
}

/* UTF-8 that neither steers nor deceives who looks at it. */
static bool is_clean(const char *text, size_t len)
{
	size_t n;

	for (__u32 c; len; text += n, len -= n) {
		n = text_decode(text, len, &c);
		if (!n || text_hidden(c))
			return false;
	}
	return true;
}

static void expect_clean_values(struct json_object *value)
{
	enum json_type type = json_object_get_type(value);

	if (type == json_type_string) {
		assert_true(is_clean(json_object_get_string(value), json_object_get_string_len(value)));
	} else if (type == json_type_array) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			expect_clean_values(json_object_array_get_idx(value, i));
	} else if (type == json_type_object) {
		json_object_object_foreach(value, key, member) {
			assert_true(is_clean(key, strlen(key)));
			expect_clean_values(member);
		}
	}
}

/* That one line of it comes back as what it was; puts `json`. */
static void expect_valid_json(struct json_object *json, FILE *sample)
{
	const char *line = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *back;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	back = json_tokener_parse_ex(tokener, line, strlen(line) + 1);
	if (!back)
		print_message("# %s: %s\n", json_tokener_error_desc(json_tokener_get_error(tokener)), line);
	assert_non_null(back);
	if (!json_object_equal(json, back))
		print_message("# %s\n# %s\n", line, json_object_to_json_string(back));
	assert_true(json_object_equal(json, back));
	assert_null(strchr(line, '\n'));
	expect_clean_values(back);
	if (sample)
		fprintf(sample, "%s\n", line);
	json_tokener_free(tokener);
	json_object_put(back);
	json_object_put(json);
}

static void expect_clean_text(const struct record *record)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	event_text(record, &context, out);
	assert_int_equal(fclose(out), 0);
	assert_true(size > 1 && text[size - 1] == '\n');
	if (!is_clean(text, size - 1))
		print_message("# kind %u: %s\n", record->kind, text);
	assert_true(is_clean(text, size - 1));
	free(text);
}

static void expect_valid(const struct record *record, FILE *samples[ARRAY_SIZE(forms)])
{
	expect_clean_text(record);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		expect_valid_json(forms[i].make(event_json(record, &context), record), samples ? samples[i] : NULL);
}

static void open_samples(const char *mode, FILE *ret_samples[ARRAY_SIZE(forms)])
{
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		snprintf(path, sizeof(path), SAMPLES "%s.jsonl", forms[i].name);
		ret_samples[i] = fopen(path, mode);
		assert_non_null(ret_samples[i]);
	}
}

static void close_samples(FILE *samples[ARRAY_SIZE(forms)])
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		assert_int_equal(fclose(samples[i]), 0);
}

static void allow_every_kind_with_hostile_texts(void **state)
{
	static const __u8 flags[] = { RECORD_DENIED, 0, RECORD_DENIED | RECORD_CANARY, RECORD_DENIED | RECORD_CUT };
	FILE *samples[ARRAY_SIZE(forms)];

	(void)state;
	open_samples("w", samples);
	for (int kind = 0; kind < KIND_COUNT; kind++)
		for (size_t i = 0; i < ARRAY_SIZE(hostile); i++)
			for (size_t j = 0; j < ARRAY_SIZE(flags); j++) {
				struct record record = record_of(kind, hostile[i]);

				record.flags = flags[j];
				/* Every form once, and every text once. */
				expect_valid(&record, !i || (!j && kind % ARRAY_SIZE(hostile) == i) ? samples : NULL);
			}
	close_samples(samples);
}

static __u32 next_random(__u32 *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void allow_records_of_random_bytes(void **state)
{
	FILE *samples[ARRAY_SIZE(forms)];
	__u32 seed = SEED;

	(void)state;
	open_samples("a", samples);
	for (int i = 0; i < RANDOM_RECORDS; i++) {
		struct record record;

		for (size_t j = 0; j < sizeof(record); j++)
			((unsigned char *)&record)[j] = next_random(&seed);
		for (size_t j = 0; j < sizeof(recorder.names[1].path); j++)
			recorder.names[1].path[j] = next_random(&seed);
		record.kind %= KIND_COUNT;
		record.rule.file %= 4;
		/* Half of them of a type that the kernel side would not write, which the schema need not know. */
		if (i % 2)
			record.object_type = object_type(record.kind);
		expect_valid(&record, i % 100 == 1 ? samples : NULL);
	}
	close_samples(samples);
}

static void allow_lines_for_what_is_lost(void **state)
{
	static struct json_object *(*const makers[])(struct json_object *) = { NULL, event_ocsf_lost, event_ecs_lost };
	FILE *samples[ARRAY_SIZE(forms)];
	struct json_object *lost;

	(void)state;
	open_samples("a", samples);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		lost = event_lost(42, 3, "overwritten");
		expect_valid_json(makers[i] ? makers[i](lost) : lost, samples[i]);
	}
	close_samples(samples);
}

static void allow_what_turns_text_around_as_escapes(void **state)
{
	static const struct {
		const char *text, *shown;
	} texts[] = {
		{ "a\xe2\x80\xae" "b", "a\\xe2\\x80\\xaeb" }, { "\xe2\x80\x8b", "\\xe2\\x80\\x8b" },
		{ "\xc2\x85", "\\xc2\\x85" }, { "\x1b[0m", "\\x1b[0m" }, { "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "\xe2\x82", "\\xe2\\x82" }, { "caf\xc3\xa9", "caf\xc3\xa9" }, { "", "" },
	};
	char shown[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		event_escape(texts[i].text, strlen(texts[i].text), shown);
		assert_string_equal(shown, texts[i].shown);
	}
}

/* ---- What the manual and the schema know ---- */

static char *slurp(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(in);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, in) > 0);
	fclose(in);
	return text;
}

static void expect_in_manual(const char *manual, const char *mark, const char *word)
{
	char marked[96];

	snprintf(marked, sizeof(marked), "%s%s%s", mark, word, mark);
	if (!strstr(manual, marked))
		print_message("# %s has no %s\n", MANUAL, marked);
	assert_non_null(strstr(manual, marked));
}

static struct json_object *at(struct json_object *json, const char *key)
{
	struct json_object *value = NULL;

	if (json)
		json_object_object_get_ex(json, key, &value);
	return value;
}

static void expect_in_shape(struct json_object *shape, const char *key)
{
	if (!at(at(shape, "properties"), key))
		print_message("# %s has no '%s'\n", SCHEMA, key);
	assert_non_null(at(at(shape, "properties"), key));
}

/* A member of an object is in one shape or another. */
static void expect_in_a_shape(struct json_object *shapes, const char *key)
{
	bool found = false;

	json_object_object_foreach(shapes, name, shape)
		found = found || (strcmp(name, "event") && at(at(shape, "properties"), key));
	if (!found)
		print_message("# %s has no object with '%s'\n", SCHEMA, key);
	assert_true(found);
}

static void expect_known(struct json_object *event, const char *manual, struct json_object *shapes)
{
	json_object_object_foreach(event, key, value) {
		expect_in_manual(manual, "*", key);
		expect_in_shape(at(shapes, "event"), key);
		if (json_object_get_type(value) != json_type_object)
			continue;
		json_object_object_foreach(value, inner, unused) {
			(void)unused;
			expect_in_manual(manual, "*", inner);
			if (!strcmp(key, "object"))
				expect_in_a_shape(shapes, inner);
			else if (at(at(at(at(shapes, "event"), "properties"), key), "properties"))
				expect_in_shape(at(at(at(shapes, "event"), "properties"), key), inner);
		}
	}
}

static void allow_every_member_that_manual_and_schema_know(void **state)
{
	struct json_object *schema = json_object_from_file(SCHEMA), *event, *shapes = at(schema, "$defs"), *required;
	char *manual = slurp(MANUAL);

	(void)state;
	assert_non_null(shapes);
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct record record = record_of(kind, "x");

		record.flags |= RECORD_CUT;
		event = event_json(&record, &context);
		expect_known(event, manual, shapes);
		json_object_put(event);
	}
	event = event_lost(3, 1, "torn");
	json_object_object_foreach(event, key, value) {
		(void)value;
		expect_in_manual(manual, "*", key);
		expect_in_shape(at(shapes, "lost"), key);
	}
	json_object_put(event);
	/* And the other way round: what may be there is described, too. */
	json_object_object_foreach(at(at(shapes, "event"), "properties"), member, shape) {
		(void)shape;
		expect_in_manual(manual, "*", member);
	}
	required = at(at(shapes, "event"), "required");
	assert_true(json_object_array_length(required) > 20);
	json_object_put(schema);
	free(manual);
}

static void allow_every_name_that_the_manual_knows(void **state)
{
	char *manual = slurp(MANUAL);

	(void)state;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		expect_in_manual(manual, "_", reason_names[kind]);
		expect_in_manual(manual, "*", kind_names[kind].guard);
	}
	assert_non_null(strstr(manual, OCSF_VERSION));
	assert_non_null(strstr(manual, ECS_VERSION));
	free(manual);
}

/* ---- What SIEMs get ---- */

static const char *path_text(struct json_object *json, const char *path)
{
	char key[64];
	size_t len;

	for (; *path && json; path += len + (path[len] == '.')) {
		len = strcspn(path, ".");
		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		json = json_object_get_type(json) == json_type_array ? json_object_array_get_idx(json, atoi(key)) : at(json, key);
	}
	return json ? json_object_get_string(json) : "(none)";
}

static void expect_at(struct json_object *json, const char *path, const char *expected)
{
	if (strcmp(path_text(json, path), expected))
		print_message("# %s is '%s', not '%s'\n", path, path_text(json, path), expected);
	assert_string_equal(path_text(json, path), expected);
}

static const struct {
	int kind;
	const char *type_uid, *category, *type;
} siem[] = {
	{ KIND_exec_bprm_check_security_shell, "100701", "process", "start" },
	{ KIND_exec_bprm_check_security_introduced, "100701", "process", "start" },
	{ KIND_exec_file_open_raw_device, "100103", "file", "change" },
	{ KIND_exec_mmap_file_library, "100501", "library", "start" },
	{ KIND_exec_mmap_file_introduced, "100501", "library", "start" },
	{ KIND_exec_file_mprotect_introduced, "100501", "library", "start" },
	{ KIND_exec_file_open_jit, "100408", "process", "change" },
	{ KIND_exec_file_mprotect_jit, "100402", "process", "change" },
	{ KIND_ptrace_ptrace_access_check_attach, "100704", "process", "change" },
	{ KIND_ptrace_ptrace_traceme_traceme, "100704", "process", "change" },
	{ KIND_ptrace_ptrace_access_check_read, "100703", "process", "access" },
	{ KIND_ptrace_sysctl_core_pattern, "100304", "configuration", "change" },
	{ KIND_ptrace_file_ioctl_seccomp, "100304", "process", "access" },
	{ KIND_modules_kernel_read_file_finit_module, "100201", "driver", "start" },
	{ KIND_modules_kernel_module_request_autoload, "100201", "driver", "start" },
	{ KIND_modules_kernel_read_file_firmware, "100304", "driver", "start" },
	{ KIND_modules_kernel_load_data_kexec, "100304", "driver", "start" },
	{ KIND_modules_kernel_load_data_ima_policy, "100304", "driver", "start" },
	{ KIND_modules_kernel_load_data_certificate, "100304", "driver", "start" },
	{ KIND_egress_connect4_unlisted, "400101", "network", "connection" },
	{ KIND_egress_sendmsg4_unlisted, "400106", "network", "connection" },
	{ KIND_egress_sendmsg6_unlisted, "400106", "network", "connection" },
	{ KIND_egress_skb_egress_source_route, "400106", "network", "connection" },
	{ KIND_egress_sock_create_socket_type, "100301", "network", "connection" },
	{ KIND_egress_socket_setsockopt_socket_option, "100304", "network", "connection" },
	{ KIND_egress_netlink_send_reroute, "100304", "configuration", "change" },
	{ KIND_egress_unix_may_send_deputy, "400106", "network", "connection" },
	{ KIND_egress_unix_stream_connect_deputy, "400101", "network", "connection" },
	{ KIND_egress_socket_connect_vsock, "400101", "network", "connection" },
	{ KIND_egress_socket_listen_vsock, "400107", "network", "connection" },
	{ KIND_ingress_socket_listen_unlisted, "400107", "network", "connection" },
	{ KIND_ingress_skb_ingress_unlisted, "400101", "network", "connection" },
	{ KIND_kernel_locked_down_lockdown, "100304", "api", "access" },
	{ KIND_kernel_inode_unlink_pseudo_file, "100104", "file", "deletion" },
	{ KIND_kernel_file_open_swap, "100304", "file", "access" },
	{ KIND_kernel_file_open_device, "100114", "file", "access" },
	{ KIND_kernel_dev_device, "100114", "file", "access" },
	{ KIND_kernel_sb_kern_mount_mount, "100304", "configuration", "change" },
	{ KIND_kernel_sysctl_dangerous_sysctl, "100304", "configuration", "change" },
	{ KIND_seal_file_open_write, "100103", "file", "change" },
	{ KIND_seal_file_receive_held, "100114", "file", "access" },
	{ KIND_seal_inode_setattr_attributes, "100106", "file", "change" },
	{ KIND_seal_inode_rmdir_unlink, "100104", "file", "deletion" },
	{ KIND_seal_inode_rename_rename, "100105", "file", "change" },
	{ KIND_seal_inode_mknod_create, "100101", "file", "creation" },
	{ KIND_seal_sb_umount_unmount, "100113", "configuration", "change" },
	{ KIND_seal_move_mount_move, "100112", "configuration", "change" },
	{ KIND_seal_sb_mount_cover, "100112", "configuration", "change" },
	{ KIND_seal_state_findings, "100304", "configuration", "info" },
	{ KIND_seal_sysctl_canary_lost, "100304", "configuration", "info" },
	{ KIND_seal_bpf_load, "100304", "api", "access" },
};

static void allow_the_class_that_a_siem_expects(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(siem); i++) {
		struct record record = record_of(siem[i].kind, "/x");
		struct json_object *ocsf = event_ocsf(event_json(&record, &context), &record);
		struct json_object *ecs = event_ecs(event_json(&record, &context), &record);

		expect_at(ocsf, "type_uid", siem[i].type_uid);
		expect_at(ecs, "event.category.0", siem[i].category);
		expect_at(ecs, "event.type.1", siem[i].type);
		json_object_put(ocsf);
		json_object_put(ecs);
	}
}

/* What OCSF requires of each class. */
static void allow_what_each_class_requires(void **state)
{
	static const struct {
		int class;
		const char *member;
	} wanted[] = {
		{ 1001, "file.name" }, { 1002, "driver.file.name" }, { 1003, "kernel.name" }, { 1004, "process.pid" },
		{ 1005, "module.load_type_id" }, { 1007, "process.pid" }, { 4001, "dst_endpoint" },
	};
	static const char *const always[] = {
		"metadata.version", "metadata.product.name", "metadata.sequence", "severity_id", "time", "device.type_id", "actor.process.pid",
		"actor.process.name", "actor.process.user.uid", "actor.process.parent_process.pid", "message", "unmapped.boot_ns",
		"unmapped.object", "unmapped.hook", "unmapped.canary",
	};

	(void)state;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct record record = record_of(kind, "");
		struct json_object *ocsf = event_ocsf(event_json(&record, &context), &record);
		int class = json_object_get_int(at(ocsf, "class_uid")), found = 0;

		assert_int_equal(json_object_get_int(at(ocsf, "category_uid")), class / 1000);
		assert_int_equal(json_object_get_int(at(ocsf, "type_uid")), class * 100 + json_object_get_int(at(ocsf, "activity_id")));
		for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
			if (wanted[i].class == class) {
				assert_string_not_equal(path_text(ocsf, wanted[i].member), "(none)");
				assert_string_not_equal(path_text(ocsf, wanted[i].member), "");
				found++;
			}
		assert_int_equal(found, 1);
		for (size_t i = 0; i < ARRAY_SIZE(always); i++) {
			if (!strcmp(path_text(ocsf, always[i]), "(none)"))
				print_message("# kind %d has no %s\n", kind, always[i]);
			assert_string_not_equal(path_text(ocsf, always[i]), "(none)");
		}
		json_object_put(ocsf);
	}
}

static void allow_ocsf_with_true_values(void **state)
{
	struct record record = record_of(KIND_egress_connect4_unlisted, "/x");
	struct json_object *event = event_json(&record, &context), *parent = json_object_new_object(), *ocsf;

	(void)state;
	event_add_text(event, "exe", "/usr/bin/curl");
	event_add_text(parent, "comm", "cron");
	event_add_text(parent, "exe", "/usr/sbin/cron");
	event_add(event, "parent", parent);
	event_add_number(event, "first_seq", 3);
	ocsf = event_ocsf(event, &record);
	expect_at(ocsf, "metadata.version", OCSF_VERSION);
	expect_at(ocsf, "metadata.sequence", "7");
	expect_at(ocsf, "action_id", "2");
	expect_at(ocsf, "disposition_id", "2");
	expect_at(ocsf, "status_id", "2");
	expect_at(ocsf, "severity_id", "3");
	expect_at(ocsf, "is_alert", "true");
	expect_at(ocsf, "dst_endpoint.ip", "192.0.2.1");
	expect_at(ocsf, "dst_endpoint.port", "443");
	expect_at(ocsf, "connection_info.direction_id", "2");
	expect_at(ocsf, "connection_info.protocol_name", "tcp");
	expect_at(ocsf, "connection_info.protocol_num", "6");
	expect_at(ocsf, "policy.uid", "line 19");
	expect_at(ocsf, "message", "denied egress: unlisted tcp 192.0.2.1:443");
	expect_at(ocsf, "actor.process.pid", "12");
	expect_at(ocsf, "actor.process.file.path", "/usr/bin/curl");
	expect_at(ocsf, "actor.process.file.name", "curl");
	expect_at(ocsf, "actor.process.parent_process.name", "cron");
	expect_at(ocsf, "unmapped.first_seq", "3");
	expect_at(ocsf, "unmapped.seq", "(none)");
	json_object_put(ocsf);
	record = record_of(KIND_ingress_skb_ingress_unlisted, "/x");
	record.flags = 0;
	ocsf = event_ocsf(event_json(&record, &context), &record);
	expect_at(ocsf, "src_endpoint.ip", "192.0.2.1");
	expect_at(ocsf, "dst_endpoint.port", "443");
	expect_at(ocsf, "connection_info.direction_id", "1");
	expect_at(ocsf, "action_id", "3");
	expect_at(ocsf, "disposition_id", "15");
	expect_at(ocsf, "severity_id", "2");
	json_object_put(ocsf);
}

static void allow_ecs_with_true_values(void **state)
{
	struct record record = record_of(KIND_egress_connect4_unlisted, "/x");
	struct json_object *event = event_json(&record, &context), *ecs;

	(void)state;
	event_add_text(event, "exe", "/usr/bin/curl");
	ecs = event_ecs(event, &record);
	expect_at(ecs, "ecs.version", ECS_VERSION);
	expect_at(ecs, "event.kind", "alert");
	expect_at(ecs, "event.type.0", "denied");
	expect_at(ecs, "event.action", "egress-denied");
	expect_at(ecs, "event.outcome", "success");
	expect_at(ecs, "event.code", "egress/unlisted");
	expect_at(ecs, "event.sequence", "7");
	expect_at(ecs, "rule.id", "19");
	expect_at(ecs, "process.pid", "12");
	expect_at(ecs, "process.executable", "/usr/bin/curl");
	expect_at(ecs, "user.id", "0");
	expect_at(ecs, "destination.ip", "192.0.2.1");
	expect_at(ecs, "destination.port", "443");
	expect_at(ecs, "network.direction", "egress");
	expect_at(ecs, "network.transport", "tcp");
	expect_at(ecs, "network.type", "ipv4");
	expect_at(ecs, "hardenctl.hook", "connect4");
	json_object_put(ecs);
	record = record_of(KIND_exec_bprm_check_security_shell, "/usr/bin/dash");
	fill((char *)&record.object.file.id, sizeof(record.object.file.id), "");
	record.flags = RECORD_CANARY;
	ecs = event_ecs(event_json(&record, &context), &record);
	expect_at(ecs, "event.kind", "event");
	expect_at(ecs, "event.type.0", "allowed");
	expect_at(ecs, "event.action", "exec-would-deny");
	expect_at(ecs, "file.inode", "0");
	expect_at(ecs, "destination", "(none)");
	json_object_put(ecs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_every_kind_with_hostile_texts),
		cmocka_unit_test(allow_records_of_random_bytes),
		cmocka_unit_test(allow_lines_for_what_is_lost),
		cmocka_unit_test(allow_what_turns_text_around_as_escapes),
		cmocka_unit_test(allow_every_member_that_manual_and_schema_know),
		cmocka_unit_test(allow_every_name_that_the_manual_knows),
		cmocka_unit_test(allow_the_class_that_a_siem_expects),
		cmocka_unit_test(allow_what_each_class_requires),
		cmocka_unit_test(allow_ocsf_with_true_values),
		cmocka_unit_test(allow_ecs_with_true_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
