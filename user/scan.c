// SPDX-License-Identifier: GPL-2.0-only
/* scan.c - what is there already and would break a promise once the machine is sealed. */
#include "scan_parts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "hardenctl.skel.h"
#include "names.h"
#include "text.h"
#include "util.h"

#define KIND_FINDINGS_MAX	100	/* of one kind; the rest is summed up in one */
#define ROWS_MAX		(1u << 20)

static bool tolerated(const struct set_info *set, enum finding_kind kind, __u32 guard)
{
	switch (kind) {
	case FINDING_audit:
		return set->tolerate_audit & (1u << guard);
	case FINDING_off:
		return set->tolerate_off & (1u << guard);
	case FINDING_canary:
		return false;
	default:
		return set->tolerate & (1u << kind);
	}
}

/* Whether that very one is there already: threads and forks share what they have open. */
static bool known(const struct findings *findings, enum finding_kind kind, const char *what)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->list[i].kind == kind && !strcmp(findings->list[i].what, what))
			return true;
	return false;
}

static size_t of_kind(const struct findings *findings, enum finding_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->list[i].kind == kind;
	return count;
}

int findings_add(struct findings *findings, const struct set_info *set, enum finding_kind kind,
		 __u32 guard, const char *advice, const char *format, ...)
{
	char raw[sizeof(findings->list->what)];
	struct finding *grown, new = {
		.kind = kind, .guard = guard, .advice = advice,
		.tolerated = tolerated(set, kind, guard),
	};
	size_t count = of_kind(findings, kind);
	va_list args;

	va_start(args, format);
	vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	text_escape(new.what, sizeof(new.what), raw, strlen(raw));
	if (count > KIND_FINDINGS_MAX || known(findings, kind, new.what))
		return 0;
	if (count == KIND_FINDINGS_MAX)
		snprintf(new.what, sizeof(new.what), "and more, which are not listed");
	grown = realloc(findings->list, (findings->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	findings->list = grown;
	grown[findings->count++] = new;
	findings->open += !new.tolerated;
	return 0;
}

void findings_free(struct findings *findings)
{
	free(findings->list);
	memset(findings, 0, sizeof(*findings));
}

bool search_wants(const struct search *search, __u32 guard)
{
	return guard_exists(guard) && search->set->mode[guard] != MODE_OFF;
}

bool search_own(const struct search *search, enum own_type type, __u32 id)
{
	struct own key = { .type = type, .id = id };
	__u32 value;

	return !bpf_map_lookup_elem(search->own, &key, &value);
}

struct who who_is(__u32 tgid, const char comm[COMM_LEN])
{
	char link[64], exe[PATH_MAX] = "";
	struct who who;

	snprintf(link, sizeof(link), "/proc/%u/exe", tgid);
	if (readlink(link, exe, sizeof(exe) - 1) < 0)
		exe[0] = 0;
	snprintf(who.text, sizeof(who.text), "pid %u (%.16s%s%s)", tgid, comm, exe[0] ? ", " : "", exe);
	return who;
}

int read_first(int dir, const char *path, char *ret_line, size_t size)
{
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, ret_line, size - 1);
	int err = len < 0 ? -errno : 0;

	ret_line[len < 0 ? 0 : len] = 0;
	ret_line[strcspn(ret_line, "\n")] = 0;
	return err;
}

static int scan_modes(struct search *search)
{
	static const char advice[] = "set its mode to enforce, or tolerate it";
	const struct set_info *set = search->set;
	int err = 0;

	for (__u32 guard = 0; !err && guard < GUARD_COUNT; guard++) {
		if (set->mode[guard] == MODE_AUDIT)
			err = findings_add(search->findings, set, FINDING_audit, guard, advice,
					   "guard %s only records", guard_names[guard]);
		if (set->mode[guard] == MODE_OFF)
			err = findings_add(search->findings, set, FINDING_off, guard, advice,
					   "guard %s is off", guard_names[guard]);
	}
	return err;
}

int search_read(const struct bpf_link *link, size_t size, void **ret_rows, size_t *ret_count)
{
	_cleanup_close_ int fd = bpf_iter_create(bpf_link__fd(link));
	_cleanup_free_ char *rows = NULL;
	size_t used = 0, room = 0;
	ssize_t len = fd < 0 ? -1 : 1;
	char *grown;

	while (len > 0 || (len < 0 && fd >= 0 && (errno == EAGAIN || errno == EINTR))) {
		if (room - used < size) {
			room = room ? 2 * room : 64 * size;
			grown = room / size > ROWS_MAX ? NULL : realloc(rows, room);
			if (!grown)
				return -ENOMEM;
			rows = grown;
		}
		len = read(fd, rows + used, room - used);
		used += len > 0 ? len : 0;
	}
	if (len < 0)
		return -errno;
	if (used % size)
		return -EIO;
	*ret_rows = TAKE_PTR(rows);
	*ret_count = used / size;
	return 0;
}

static int search_open(struct search *search)
{
	const struct scan *scan = search->scan;
	int err;

	search->own = set_map(search->set->map_own);
	if (search->own < 0)
		return search->own;
	err = search_read(scan->tasks, sizeof(*search->tasks), (void **)&search->tasks, &search->n_tasks);
	err = err ?: search_read(scan->files, sizeof(*search->files), (void **)&search->files,
				 &search->n_files);
	err = err ?: search_read(scan->maps, sizeof(*search->maps), (void **)&search->maps,
				 &search->n_maps);
	return err ?: search_read(scan->programs, sizeof(*search->programs), (void **)&search->programs,
				  &search->n_programs);
}

static void search_close(struct search *search)
{
	free(search->tasks);
	free(search->files);
	free(search->maps);
	free(search->programs);
	close_fd(&search->own);
}

#define _cleanup_search_	__attribute__((cleanup(search_close)))

int scan_prepare(struct scan *scan, struct hardenctl_bpf *skel, const struct set_info *set,
		 struct fail *fail)
{
	scan->skel = skel;
	scan->set = set;
	scan->tasks = bpf_program__attach_iter(skel->progs.scan__tasks, NULL);
	scan->files = bpf_program__attach_iter(skel->progs.scan__files, NULL);
	scan->maps = bpf_program__attach_iter(skel->progs.scan__maps, NULL);
	scan->programs = bpf_program__attach_iter(skel->progs.scan__programs, NULL);
	if (scan->tasks && scan->files && scan->maps && scan->programs)
		return 0;
	return fail_set(fail, EXIT_FAILED, errno, NULL, "scan: attach its iterators: %s", strerror(errno));
}

void scan_close(struct scan *scan)
{
	bpf_link__destroy(scan->tasks);
	bpf_link__destroy(scan->files);
	bpf_link__destroy(scan->maps);
	bpf_link__destroy(scan->programs);
}

int scan(struct scan *scan, struct findings *ret_findings, struct fail *fail)
{
	static const struct {
		const char *what;
		int (*look)(struct search *search);
	} parts[] = {
		{ "the guards' modes", scan_modes },
		{ "the machine", search_open },
		{ "the running tasks", scan_tasks },
		{ "open descriptors", scan_files },
		{ "sockets", scan_sockets },
		{ "the network", scan_net },
		{ "netfilter and tc", scan_redirects },
		{ "BPF programs", scan_programs },
		{ "kernel settings", scan_system },
	};
	_cleanup_search_ struct search search = {
		.scan = scan, .set = scan->set, .findings = ret_findings, .own = -1,
	};
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		err = parts[i].look(&search);
		/* Who cannot look cannot say that nothing is there. */
		if (err)
			return fail_set(fail, EXIT_FAILED, -err, NULL, "scan: look at %s: %s",
					parts[i].what, strerror(-err));
	}
	return 0;
}
