// SPDX-License-Identifier: GPL-2.0-only
/* journal.c - records as entries of systemd's journal. */
#include "journal.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "names.h"
#include "util.h"

const char *const journal_ids[GUARD_COUNT] = {
	[GUARD_exec] = "f14fdc1c828b4f55b26bc8d3ec7f92e3",
	[GUARD_ptrace] = "3467dce0ebea44b08d71412ded2e0f5a",
	[GUARD_modules] = "791ed79588b64ed2a57485f6cf8c5720",
	[GUARD_egress] = "c547710142d2404db401b04a10dc6b2e",
	[GUARD_ingress] = "1bfed81c594047a2833e1e71a3dd60d3",
	[GUARD_kernel] = "06527cb779e949f7a986bd5655a29351",
	[GUARD_data] = "ea033c767cee4f71bf9def17779f6d1b",
	[GUARD_seal] = "2d1e072b72d44f05818fe526c2d3448c",
};

/* With its length: whatever a value has in it, it can't begin another field. */
static void add(FILE *out, const char *name, const char *value, size_t len)
{
	__u64 size = htole64(len);

	fprintf(out, "%s\n", name);
	fwrite(&size, sizeof(size), 1, out);
	fwrite(value, len, 1, out);
	fputc('\n', out);
}

static void add_text(FILE *out, const char *name, const char *value)
{
	add(out, name, value, strlen(value));
}

static __attribute__((format(printf, 3, 4))) void add_format(FILE *out, const char *name, const char *format, ...)
{
	char text[FILE_LEN + 16];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add_text(out, name, text);
}

static void add_exe(FILE *out, const struct record *record, const struct event_context *context)
{
	char path[PROGRAM_PATH], text[4 * PROGRAM_PATH + 1];

	recorder_program(context->recorder, &record->exe, path);
	event_escape(path, sizeof(path), text);
	if (text[0])
		add_text(out, "HARDENCTL_EXE", text);
}

/* As the log shows it, without the newline. */
static int add_message(FILE *out, const struct record *record, const struct event_context *context)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *line = open_memstream(&text, &len);

	if (!line)
		return -ENOMEM;
	event_text(record, context, line);
	if (fclose(line))
		return -ENOMEM;
	add(out, "MESSAGE", text, len && text[len - 1] == '\n' ? len - 1 : len);
	return 0;
}

int journal_entry(const struct record *record, const struct event_context *context, char **ret_entry, size_t *ret_size)
{
	const struct kind_name *kind = &kind_names[record->kind];
	_cleanup_free_ char *entry = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&entry, &size);
	int err;

	if (!out)
		return -ENOMEM;
	err = add_message(out, record, context);
	add_text(out, "PRIORITY", "4");
	add_text(out, "MESSAGE_ID", journal_ids[kind->guard_id]);
	add_text(out, "SYSLOG_IDENTIFIER", "hardenctl");
	add_format(out, "OBJECT_PID", "%u", record->tgid);
	add_format(out, "HARDENCTL_SEQ", "%llu", (unsigned long long)record->seq);
	add_text(out, "HARDENCTL_GUARD", kind->guard);
	add_text(out, "HARDENCTL_HOOK", kind->hook);
	add_text(out, "HARDENCTL_REASON", reason_names[record->kind]);
	add_text(out, "HARDENCTL_ACTION", record->flags & RECORD_DENIED ? "denied" : "would-deny");
	if (record->rule.line && record->rule.file < STATE_FILES)
		add_format(out, "HARDENCTL_RULE", "%.*s:%u", FILE_LEN - 1, context->recorder->names[record->rule.file].path,
			   record->rule.line);
	add_exe(out, record, context);
	if (fclose(out) || err)
		return -ENOMEM;
	*ret_entry = TAKE_PTR(entry);
	*ret_size = size;
	return 0;
}

int journal_send(struct journal *journal, const struct record *record, const struct event_context *context)
{
	static const struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET };
	_cleanup_free_ char *entry = NULL;
	size_t size;
	int err = journal_entry(record, context, &entry, &size);

	if (err)
		return err;
	if (journal->fd < 0)
		journal->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (journal->fd < 0 ||
	    sendto(journal->fd, entry, size, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}

void journal_close(struct journal *journal)
{
	close_fd(&journal->fd);
	journal->fd = -1;
}
