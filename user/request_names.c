// SPDX-License-Identifier: GPL-2.0-only
/* request_names.c - what was asked of the kernel by number, in words. Pure. */
#include "request_names.h"

#include <stdio.h>

#include "util.h"

struct request_word {
	__u32 group, number;
	const char *name;
};

/* As the kernel numbers them: glibc has names of its own for some. */
#define LEVEL_IP	0
#define LEVEL_IPV6	41

static const struct request_word options[] = {
	{ LEVEL_IP, 3, "IP_HDRINCL" }, { LEVEL_IP, 4, "IP_OPTIONS" }, { LEVEL_IP, 16, "IP_IPSEC_POLICY" },
	{ LEVEL_IP, 17, "IP_XFRM_POLICY" }, { LEVEL_IP, 19, "IP_TRANSPARENT" },
	{ LEVEL_IPV6, 6, "IPV6_2292PKTOPTIONS" }, { LEVEL_IPV6, 32, "IPV6_FLOWLABEL_MGR" },
	{ LEVEL_IPV6, 34, "IPV6_IPSEC_POLICY" }, { LEVEL_IPV6, 35, "IPV6_XFRM_POLICY" }, { LEVEL_IPV6, 36, "IPV6_HDRINCL" },
	{ LEVEL_IPV6, 54, "IPV6_HOPOPTS" }, { LEVEL_IPV6, 55, "IPV6_RTHDRDSTOPTS" }, { LEVEL_IPV6, 57, "IPV6_RTHDR" },
	{ LEVEL_IPV6, 59, "IPV6_DSTOPTS" }, { LEVEL_IPV6, 75, "IPV6_TRANSPARENT" },
};

void request_name(const struct record *record, char *ret_text, size_t size)
{
	const struct object_request *request = &record->object.request;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (options[i].group != request->group || options[i].number != request->number)
			continue;
		snprintf(ret_text, size, "%s", options[i].name);
		return;
	}
	snprintf(ret_text, size, "option %u of level %u", request->number, request->group);
}
