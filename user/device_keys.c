// SPDX-License-Identifier: GPL-2.0-only
/* device_keys.c - kernel.devices, and devices of data.protect: by path, number or the name of their driver. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "schema.h"
#include "util.h"

#define MAJOR_LAST	4095
#define MINOR_LAST	0xfffff
#define NAME_LAST	64	/* bytes; the kernel's names of drivers are shorter */

static const char expected[] = "it must be a path like '/dev/kmsg', numbers like 'char 4:64', 'char 4:*' or 'block *', "
			       "a driver of /proc/devices like 'char ttyS', or a name of /proc/misc like 'misc rfkill'";

/* "4:64", "4:*" and "*" behind the word: true, and the key.  False: no number, but perhaps a name. */
static bool read_number(const char *text, bool character, __u64 *ret_key)
{
	const char *colon = strchr(text, ':');
	__u64 major, minor;
	char number[16];

	if (!strcmp(text, "*")) {
		*ret_key = DISK_KEY(0, 0, character) | DEVICE_ANY;
		return true;
	}
	if (!colon || colon - text >= (long)sizeof(number))
		return false;
	snprintf(number, sizeof(number), "%.*s", (int)(colon - text), text);
	if (net_parse_number(number, MAJOR_LAST, &major))
		return false;
	*ret_key = DISK_KEY(major, 0, character) | DEVICE_ANY_MINOR;
	if (!strcmp(colon + 1, "*"))
		return true;
	if (net_parse_number(colon + 1, MINOR_LAST, &minor))
		return false;
	*ret_key = DISK_KEY(major, minor, character);
	return true;
}

static bool is_driver(const char *text)
{
	size_t len = strlen(text);

	return len && len <= NAME_LAST && text[0] != '*' && !strchr(text, ':') && !strpbrk(text, " \t");
}

/* False: it is none of the forms. */
static bool read_form(const char *text, struct device_rule *rule)
{
	bool character = !strncmp(text, "char ", 5);
	const char *rest = strchr(text, ' ');

	rule->form = DEVICE_PATH;
	if (text[0] == '/')
		return strlen(text) < PROGRAM_PATH;
	if (!rest++)
		return false;
	rule->form = DEVICE_MISC;
	if (!strncmp(text, "misc ", 5))
		return is_driver(rest);
	if (!character && strncmp(text, "block ", 6))
		return false;
	rule->form = DEVICE_NUMBER;
	if (read_number(rest, character, &rule->key))
		return true;
	rule->form = DEVICE_DRIVER;
	rule->key = DISK_KEY(0, 0, character);
	return is_driver(rest);
}

static void read_name(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	struct device_rule rule = { .where = yaml_where(reader->yaml, item) };
	const char *text = schema_text(reader, pair, item);

	if (!text)
		return;
	if (!read_form(text, &rule)) {
		yaml_error(reader->yaml, item, "'%s' is no entry of '%s': %s", yaml_quote(reader->yaml, item).s,
			   reader->protect ? "data.protect.devices" : "kernel.devices", expected);
		return;
	}
	rule.name = strdup(text);
	if (!rule.name)
		reader->err = -ENOMEM;
	else if (schema_add_item(reader, item, &reader->devices->list, &reader->devices->count, POLICY_DEVICES_MAX,
				 &rule, sizeof(rule)))
		free(rule.name);
}

void device_read_names(struct reader *reader, const struct pair *pair)
{
	schema_each(reader, pair, read_name);
}

/* What the policy says of all block devices, or of one by its number; of a path only this machine knows. */
static bool is_block(const struct device_rule *rule)
{
	return rule->form != DEVICE_PATH && rule->form != DEVICE_MISC && !(rule->key >> 32 & 1);
}

void device_read_protected(struct reader *reader, const struct pair *pair)
{
	struct device_rules *devices = &reader->protect->devices;

	reader->devices = devices;
	schema_each(reader, pair, read_name);
	reader->devices = NULL;
	for (size_t i = 0; i < devices->count; i++)
		if (is_block(&devices->list[i]))
			yaml_error(reader->yaml, pair->value, "'data.protect.devices' is for character devices: mount(2) and others "
				   "open block devices by themselves; which those are that nobody opens from the seal on, "
				   "'kernel.devices' tells");
}

void device_read_access(struct reader *reader, const struct pair *pair)
{
	static const __u8 masks[] = { DEVICE_READ, DEVICE_WRITE, DEVICE_READ | DEVICE_WRITE };
	int word = schema_word(reader, pair, pair->value);

	if (word >= 0)
		reader->device->access = masks[word];
}

void device_read_by(struct reader *reader, const struct pair *pair)
{
	reader->device->by = schema_program(reader, pair);
}

void device_read_optional(struct reader *reader, const struct pair *pair)
{
	int word = schema_word(reader, pair, pair->value);

	if (word >= 0)
		reader->device->optional = !strcmp(yes_no_words[word], "yes");
}

/* Each of the entry's devices with what the entry says of all. */
static void add_devices(struct reader *reader, const struct yaml_node *item, const struct device_rules *devices,
			const struct device_rule *said)
{
	struct device_rules *rules = &reader->policy->devices;

	for (size_t i = 0; i < devices->count; i++) {
		struct device_rule *rule = &devices->list[i];

		rule->access = said->access;
		rule->optional = said->optional;
		rule->by = said->by ? strdup(said->by) : NULL;
		if (said->by && !rule->by)
			reader->err = -ENOMEM;
		if (said->by && is_block(rule))
			yaml_error(reader->yaml, item, "'by' is for character devices: mount(2) and others open block devices "
				   "by themselves");
		if (!schema_add_item(reader, item, &rules->list, &rules->count, POLICY_DEVICES_MAX, rule, sizeof(*rule)))
			continue;
		free(rule->name);
		free(rule->by);
	}
}

static void read_entry(struct reader *reader, const struct pair *pair, const struct yaml_node *item)
{
	struct device_rule said = { .access = DEVICE_READ | DEVICE_WRITE };
	struct device_rules devices = {};

	if (item->type == YAML_BAD)
		return;
	reader->device = &said;
	reader->devices = &devices;
	if (item->type == YAML_MAP) {
		schema_read_map(reader, SECTION_DEVICE, item);
		if (!schema_has(reader->yaml, item, "device"))
			yaml_error(reader->yaml, item, "this entry of 'kernel.devices' has no 'device'");
	} else {
		read_name(reader, pair, item);
	}
	reader->device = NULL;
	reader->devices = NULL;
	add_devices(reader, item, &devices, &said);
	free(devices.list);
	free(said.by);
}

void device_read(struct reader *reader, const struct pair *pair)
{
	struct device_rules *rules = &reader->policy->devices;

	if (!rules->set)
		rules->where = yaml_where(reader->yaml, pair->name);
	rules->set = true;
	schema_each_item(reader, pair, read_entry);
}
