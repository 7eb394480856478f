// SPDX-License-Identifier: GPL-2.0-only
/* keys.c - every key that a policy may have: those this build enforces, those it refuses. */
#include <stdint.h>
#include <string.h>

#include "names.h"
#include "net.h"
#include "schema.h"
#include "text.h"
#include "util.h"

static const char *const mode_words[] = {
	[MODE_OFF] = "off", [MODE_AUDIT] = "audit", [MODE_ENFORCE] = "enforce", NULL,
};
static_assert(ARRAY_SIZE(mode_words) == MODE_COUNT + 1, "mode_words: one word a mode");

static const char *const before_seal_words[] = { "enforce", "audit", NULL };
const char *const yes_no_words[] = { "yes", "no", NULL };
/* In the order of enum exec_class. */
static const char *const override_words[] = { "shell", "interpreter", "loader", NULL };
static const char *const jit_words[] = { "any", "none", NULL };
static const char *const access_words[] = { "read", "attach", NULL };
static const char *const shm_words[] = {
	[SHM_POSIX] = "posix", [SHM_SYSV] = "sysv", [SHM_HUGETLB] = "hugetlb", [SHM_MEMFD] = "memfd", NULL
};
const char *const key_type_words[] = {
	[KEY_CLASS_USER] = "user", [KEY_CLASS_LOGON] = "logon", [KEY_CLASS_KEYRING] = "keyring", [KEY_CLASS_BIG] = "big_key",
	[KEY_CLASS_ENCRYPTED] = "encrypted", [KEY_CLASS_TRUSTED] = "trusted", [KEY_CLASS_ASYMMETRIC] = "asymmetric", NULL
};
static_assert(ARRAY_SIZE(key_type_words) == KEY_CLASS_COUNT + 1, "key_type_words: one word a class");
static const char *const device_access_words[] = { "read", "write", "both", NULL };
static const char *const failure_words[] = {
	[ON_FAILURE_CONTINUE] = "continue", [ON_FAILURE_POWEROFF] = "poweroff", NULL,
};

/* Reads an integer of low..high; false after saying what is wrong. */
static bool read_number(struct reader *reader, const struct pair *pair, __u64 low, __u64 high,
			__u64 *ret_number)
{
	const char *text = schema_text(reader, pair, pair->value);
	char expected[64];
	__u64 number = 0;

	if (!text)
		return false;
	/* In quotes it is a text, which is another type. */
	if (pair->value->plain && !net_parse_number(text, high, &number) && number >= low) {
		*ret_number = number;
		return true;
	}
	if (low == high)
		snprintf(expected, sizeof(expected), "%llu", low);
	else
		snprintf(expected, sizeof(expected), "a number from %llu to %llu", low, high);
	yaml_error(reader->yaml, pair->value, "'%s' must be %s, not %s'%s'",
		   schema_name(reader, pair->key->name).s, expected,
		   pair->value->plain ? "" : "the text ", yaml_quote(reader->yaml, pair->value).s);
	return false;
}

static void read_version(struct reader *reader, const struct pair *pair)
{
	__u64 version;

	if (!reader->version.yaml)
		reader->version = (struct seen) { reader->yaml, pair->name };
	read_number(reader, pair, 1, 1, &version);
}

static void read_name(struct reader *reader, const struct pair *pair)
{
	const char *text = schema_text(reader, pair, pair->value);
	struct policy *policy = reader->policy;
	size_t len = pair->value->len;

	if (!text)
		return;
	if (len >= sizeof(policy->name)) {
		yaml_error(reader->yaml, pair->value, "'name' is longer than %zu bytes",
			   sizeof(policy->name) - 1);
		return;
	}
	for (size_t at = 0, n; at < len; at += n) {
		__u32 c;

		n = text_decode(text + at, len - at, &c);
		if (!n || text_hidden(c)) {
			yaml_error(reader->yaml, pair->value,
				   "'name' has a control character in it");
			return;
		}
	}
	memset(policy->name, 0, sizeof(policy->name));
	memcpy(policy->name, text, len);
}

static void read_serial(struct reader *reader, const struct pair *pair)
{
	read_number(reader, pair, 0, INT64_MAX, &reader->policy->serial);
}

static void read_records(struct reader *reader, const struct pair *pair)
{
	__u64 records;

	if (read_number(reader, pair, RECORDS_MIN, RECORDS_MAX, &records))
		reader->policy->log_records = records;
}

static void read_journal(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word >= 0)
		reader->policy->log_journal = !strcmp(yes_no_words[word], "yes");
}

/* What a key has decided that no file has, its section has, for records. */
static void begin_at(struct reader *reader, const struct pair *section, bool here, struct where *where)
{
	if (here && !where->line)
		*where = yaml_where(reader->yaml, section->name);
}

/* A section: its key's name says which. */
static void read_section(struct reader *reader, const struct pair *pair)
{
	struct policy *policy = reader->policy;
	unsigned int section = 0;

	while (strcmp(schema_section_name(section), pair->key->name))
		section++;
	if (!reader->sections[section].yaml)
		reader->sections[section] = (struct seen) { reader->yaml, pair->name };
	for (int class = 0; class < EXEC_CLASSES; class++)
		begin_at(reader, pair, section == GUARD_exec, &policy->exec[class].where);
	for (int class = 0; class < KERNEL_CLASSES; class++)
		begin_at(reader, pair, section == GUARD_kernel, &policy->kernel[class].where);
	begin_at(reader, pair, section == GUARD_exec, &policy->libraries.where);
	begin_at(reader, pair, section == GUARD_exec, &policy->jit.where);
	begin_at(reader, pair, section == GUARD_ptrace, &policy->ptrace_read.where);
	begin_at(reader, pair, section == GUARD_modules, &policy->firmware.where);
	begin_at(reader, pair, section == GUARD_egress, &policy->egress_allow);
	begin_at(reader, pair, section == GUARD_egress, &policy->sockets.where);
	begin_at(reader, pair, section == GUARD_egress, &policy->reroutes.where);
	begin_at(reader, pair, section == GUARD_ingress, &policy->ingress_allow);
	begin_at(reader, pair, section == GUARD_egress, &policy->deputies.where);
	begin_at(reader, pair, section == GUARD_egress, &policy->vsocks.where);
	begin_at(reader, pair, section == GUARD_kernel, &policy->lockdown_where);
	begin_at(reader, pair, section == GUARD_kernel, &policy->mounts_where);
	begin_at(reader, pair, section == GUARD_kernel, &policy->sysctls.where);
	begin_at(reader, pair, section == GUARD_kernel, &policy->sysfs.where);
	begin_at(reader, pair, section == GUARD_kernel, &policy->devices.where);

	if (pair->value->type == YAML_MAP) {
		schema_read_map(reader, section, pair->value);
		return;
	}
	/* One mistake, one message: not that its mode is missing, too. */
	if (section < GUARD_COUNT)
		reader->modes[section] = (struct seen) { reader->yaml, pair->name };
	if (pair->value->type != YAML_BAD)
		yaml_error(reader->yaml, pair->value,
			   "section '%s' must be a mapping, but it is %s", pair->key->name,
			   yaml_kind(pair->value));
}

static void read_mode(struct reader *reader, const struct pair *pair)
{
	unsigned int guard = reader->section;
	int mode = schema_word(reader, pair, pair->value);

	reader->modes[guard] = (struct seen) { reader->yaml, pair->name };
	if (mode < 0)
		return;
	if (guard == GUARD_seal && mode != MODE_ENFORCE)
		yaml_error(reader->yaml, pair->value, "the seal guard is always on: "
			   "'seal.mode' can only be 'enforce'");
	else if (!guard_exists(guard) && mode != MODE_OFF)
		yaml_error(reader->yaml, pair->value, "guard '%s' is not supported by this build: "
			   "its mode can only be 'off'", schema_section_name(guard));
	else
		reader->policy->guard[guard].mode = mode;
	if (mode >= 0)
		reader->policy->guard[guard].where = yaml_where(reader->yaml, pair->value);
}

static void read_before_seal(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word < 0)
		return;
	if (reader->section == GUARD_seal && strcmp(before_seal_words[word], "enforce"))
		yaml_error(reader->yaml, pair->value, "the seal guard is always on: "
			   "'seal.before-seal' can only be 'enforce'");
	else
		reader->policy->guard[reader->section].before_seal =
			strcmp(before_seal_words[word], "audit") ? MODE_ENFORCE : MODE_AUDIT;
}

static void read_failure(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);
	struct policy *policy = reader->policy;
	__u8 *field = !strcmp(pair->key->name, "on-load-failure") ? &policy->on_load_failure :
		      !strcmp(pair->key->name, "on-seal-refused") ? &policy->on_seal_refused :
		      &policy->on_canary_lost;

	if (word >= 0)
		*field = word;
}

#define GUARD_SECTION(guard, kinds)	{ SECTION_TOP, #guard, read_section, NULL },
#define KEY(section, name, read, words)	{ section, name, read, words }

const struct key keys[] = {
	KEY(SECTION_TOP, "version", read_version, NULL),
	KEY(SECTION_TOP, "name", read_name, NULL),
	KEY(SECTION_TOP, "serial", read_serial, NULL),
	GUARDS(GUARD_SECTION, GUARD_NOTHING)
	KEY(SECTION_TOP, "log", read_section, NULL),
	KEY(SECTION_TOP, "on-load-failure", read_failure, failure_words),
	KEY(SECTION_TOP, "on-seal-refused", read_failure, failure_words),
	KEY(SECTION_TOP, "on-canary-lost", read_failure, failure_words),

	KEY(SECTION_GUARDS, "mode", read_mode, mode_words),
	KEY(SECTION_GUARDS, "before-seal", read_before_seal, before_seal_words),

	KEY(GUARD_exec, "shells", exec_read_class, class_words),
	KEY(GUARD_exec, "interpreters", exec_read_class, class_words),
	KEY(GUARD_exec, "fileless", exec_read_class, class_words),
	KEY(GUARD_exec, "loader", exec_read_class, class_words),
	KEY(GUARD_exec, "introduced", exec_read_class, class_words),
	KEY(GUARD_exec, "baseline", exec_read_baseline, baseline_words),
	KEY(GUARD_exec, "libraries", exec_read_libraries, NULL),
	KEY(GUARD_exec, "jit", exec_read_jit, jit_words),
	KEY(GUARD_exec, "allow", exec_read_allow, NULL),
	KEY(SECTION_PROGRAM, "path", exec_read_path, NULL),
	KEY(SECTION_PROGRAM, "class", exec_read_override, override_words),
	KEY(SECTION_PROGRAM, "script", exec_read_script, NULL),
	KEY(SECTION_PROGRAM, "verity", exec_read_verity, NULL),
	KEY(GUARD_exec, "except", except_read, NULL),
	KEY(SECTION_EDGE, "parent", except_read_path, NULL),
	KEY(SECTION_EDGE, "program", except_read_path, NULL),
	KEY(SECTION_EDGE, "descends", except_read_flag, yes_no_words),
	KEY(SECTION_EDGE, "unlinked", except_read_flag, yes_no_words),
	KEY(SECTION_EDGE, "after-seal", except_read_flag, yes_no_words),
	KEY(SECTION_EDGE, "script", except_read_script, NULL),

	KEY(GUARD_ptrace, "read", ptrace_read_read, class_words),
	KEY(GUARD_ptrace, "allow", ptrace_read_allow, NULL),
	KEY(SECTION_TRACER, "tracer", ptrace_read_program, NULL),
	KEY(SECTION_TRACER, "target", ptrace_read_program, NULL),
	KEY(SECTION_TRACER, "access", ptrace_read_access, access_words),

	KEY(GUARD_modules, "allow", modules_read_allow, NULL),
	KEY(GUARD_modules, "firmware", modules_read_firmware, class_words),

	KEY(GUARD_egress, "allow", egress_read_allow, NULL),
	KEY(GUARD_egress, "resolve", egress_read_resolve, yes_no_words),
	KEY(GUARD_egress, "sockets", socket_read, NULL),
	KEY(GUARD_egress, "netlink", reroute_read, NULL),
	KEY(SECTION_REROUTE, "operations", reroute_read_operations, NULL),
	KEY(SECTION_REROUTE, "by", reroute_read_by, NULL),
	KEY(SECTION_REROUTE, "optional", reroute_read_optional, yes_no_words),
	KEY(SECTION_SOCKET, "family", socket_read_family, NULL),
	KEY(SECTION_SOCKET, "type", socket_read_type, NULL),
	KEY(SECTION_SOCKET, "proto", socket_read_proto, NULL),
	KEY(SECTION_SOCKET, "by", socket_read_by, NULL),
	KEY(SECTION_SOCKET, "optional", socket_read_optional, yes_no_words),
	KEY(SECTION_ENTRY, "to", egress_read_address, NULL),
	KEY(SECTION_ENTRY, "port", egress_read_port, NULL),
	KEY(SECTION_ENTRY, "proto", egress_read_proto, NULL),
	KEY(SECTION_ENTRY, "by", egress_read_by, NULL),
	KEY(SECTION_ENTRY, "user", egress_read_user, NULL),
	KEY(GUARD_egress, "unix", unix_read, NULL),
	KEY(SECTION_UNIX, "to", unix_read_to, NULL),
	KEY(SECTION_UNIX, "by", unix_read_by, NULL),
	KEY(SECTION_UNIX, "optional", unix_read_optional, yes_no_words),
	KEY(GUARD_egress, "vsock", vsock_read, NULL),
	KEY(SECTION_VSOCK, "cid", vsock_read_cid, NULL),
	KEY(SECTION_VSOCK, "port", vsock_read_port, NULL),
	KEY(SECTION_VSOCK, "by", vsock_read_by, NULL),
	KEY(SECTION_VSOCK, "optional", vsock_read_optional, yes_no_words),

	KEY(GUARD_ingress, "allow", egress_read_allow, NULL),
	KEY(SECTION_SOURCE, "from", egress_read_address, NULL),
	KEY(SECTION_SOURCE, "port", egress_read_port, NULL),
	KEY(SECTION_SOURCE, "proto", egress_read_proto, NULL),
	KEY(SECTION_SOURCE, "by", egress_read_by, NULL),
	KEY(SECTION_SOURCE, "user", egress_read_user, NULL),

	KEY(GUARD_kernel, "allow", kernel_read_allow, NULL),
	KEY(GUARD_kernel, "io_uring", kernel_read_class, class_words),
	KEY(GUARD_kernel, "user_namespaces", kernel_read_class, class_words),
	KEY(GUARD_kernel, "userfaultfd", kernel_read_class, class_words),
	KEY(GUARD_kernel, "perf", kernel_read_class, class_words),
	KEY(GUARD_kernel, "sysctls", sysctl_read, NULL),
	KEY(GUARD_kernel, "mounts", kernel_read_mounts, NULL),
	KEY(GUARD_kernel, "sysfs", kernel_read_sysfs, class_words),
	KEY(GUARD_kernel, "devices", device_read, NULL),
	KEY(SECTION_DEVICE, "device", device_read_names, NULL),
	KEY(SECTION_DEVICE, "access", device_read_access, device_access_words),
	KEY(SECTION_DEVICE, "by", device_read_by, NULL),
	KEY(SECTION_DEVICE, "optional", device_read_optional, yes_no_words),

	KEY(GUARD_data, "protect", data_read, NULL),
	KEY(SECTION_PROTECT, "paths", data_read_paths, NULL),
	KEY(SECTION_PROTECT, "devices", device_read_protected, NULL),
	KEY(SECTION_PROTECT, "optional", data_read_optional, yes_no_words),
	KEY(SECTION_PROTECT, "by", data_read_by, NULL),
	KEY(SECTION_PROTECT, "remove", data_read_remove, class_words),
	KEY(SECTION_PROTECT, "shm", data_read_shm, shm_words),
	KEY(SECTION_PROTECT, "keys", data_read_keys, key_type_words),

	KEY(GUARD_seal, "at", seal_read_at, NULL),
	KEY(GUARD_seal, "retry", seal_read_retry, NULL),
	KEY(GUARD_seal, "tolerate", seal_read_tolerate, NULL),
	KEY(GUARD_seal, "bpf", seal_read_bpf, NULL),
	KEY(GUARD_seal, "upgrades", seal_read_upgrades, class_words),

	KEY(SECTION_LOG, "records", read_records, NULL),
	KEY(SECTION_LOG, "journal", read_journal, yes_no_words),
};

const size_t n_keys = ARRAY_SIZE(keys);
static_assert(ARRAY_SIZE(keys) <= KEYS_MAX, "KEYS_MAX: raise it with the table");
