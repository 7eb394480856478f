// SPDX-License-Identifier: GPL-2.0-only
/* scan.c - what is there already and would break a promise once the machine is sealed. */
#include "scan.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "event.h"
#include "names.h"
#include "util.h"

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

int findings_add(struct findings *findings, const struct set_info *set, enum finding_kind kind,
		 __u32 guard, const char *advice, const char *format, ...)
{
	char raw[sizeof(findings->list->what) / 4];
	struct finding *grown, *finding;
	va_list args;

	grown = realloc(findings->list, (findings->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	findings->list = grown;
	finding = &grown[findings->count++];
	memset(finding, 0, sizeof(*finding));
	finding->kind = kind;
	finding->guard = guard;
	finding->advice = advice;
	finding->tolerated = tolerated(set, kind, guard);
	findings->open += !finding->tolerated;
	va_start(args, format);
	vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	event_escape(raw, sizeof(raw), finding->what);
	return 0;
}

void findings_free(struct findings *findings)
{
	free(findings->list);
	memset(findings, 0, sizeof(*findings));
}

static int scan_modes(const struct set_info *set, struct findings *findings)
{
	int err = 0;

	for (__u32 guard = 0; !err && guard < GUARD_COUNT; guard++) {
		if (set->mode[guard] == MODE_AUDIT)
			err = findings_add(findings, set, FINDING_audit, guard,
					   "set its mode to enforce, or tolerate it",
					   "guard %s only records", guard_names[guard]);
		if (set->mode[guard] == MODE_OFF)
			err = findings_add(findings, set, FINDING_off, guard,
					   "set its mode to enforce, or tolerate it",
					   "guard %s is off", guard_names[guard]);
	}
	return err;
}

int scan(struct hardenctl_bpf *skel, const struct set_info *set, struct findings *ret_findings,
	 struct fail *fail)
{
	int err = scan_modes(set, ret_findings);

	(void)skel;
	if (err)
		return fail_set(fail, EXIT_INTERNAL, -err, NULL, "scan: %s", strerror(-err));
	return 0;
}
