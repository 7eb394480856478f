// SPDX-License-Identifier: GPL-2.0-only
/* request_names.c - what was asked of the kernel by number, in words. Pure. */
#include "request_names.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
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
	{ LEVEL_IP, 64, "IPT_SO_SET_REPLACE" }, { LEVEL_IP, 96, "ARPT_SO_SET_REPLACE" }, { LEVEL_IP, 128, "EBT_SO_SET_ENTRIES" },
	{ LEVEL_IPV6, 64, "IP6T_SO_SET_REPLACE" },
};

static const struct request_word ioctls[] = {
	{ 0, SIOCADDRT, "SIOCADDRT" }, { 0, SIOCDELRT, "SIOCDELRT" }, { 0, SIOCSIFFLAGS, "SIOCSIFFLAGS" },
	{ 0, SIOCSIFADDR, "SIOCSIFADDR" }, { 0, SIOCSIFDSTADDR, "SIOCSIFDSTADDR" }, { 0, SIOCSIFBRDADDR, "SIOCSIFBRDADDR" },
	{ 0, SIOCSIFNETMASK, "SIOCSIFNETMASK" }, { 0, SIOCSIFMETRIC, "SIOCSIFMETRIC" }, { 0, SIOCSIFMTU, "SIOCSIFMTU" },
	{ 0, SIOCSIFNAME, "SIOCSIFNAME" }, { 0, SIOCSIFHWADDR, "SIOCSIFHWADDR" }, { 0, SIOCDIFADDR, "SIOCDIFADDR" },
	{ 0, SIOCSIFTXQLEN, "SIOCSIFTXQLEN" }, { 0, SIOCSARP, "SIOCSARP" }, { 0, SIOCDARP, "SIOCDARP" },
	{ 0, SIOCSIFVLAN, "SIOCSIFVLAN" }, { 0, SIOCBONDENSLAVE, "SIOCBONDENSLAVE" }, { 0, SIOCBRADDBR, "SIOCBRADDBR" },
	{ 0, SIOCBRDELBR, "SIOCBRDELBR" }, { 0, SIOCBRADDIF, "SIOCBRADDIF" }, { 0, SIOCBRDELIF, "SIOCBRDELIF" },
	{ 0, SIOCDEVPRIVATE + 1, "SIOCADDTUNNEL" }, { 0, SIOCDEVPRIVATE + 2, "SIOCDELTUNNEL" },
	{ 0, SIOCDEVPRIVATE + 3, "SIOCCHGTUNNEL" },
};

static const char *find_word(const struct request_word *words, size_t count, const struct object_request *request)
{
	for (size_t i = 0; i < count; i++)
		if (words[i].group == request->group && words[i].number == request->number)
			return words[i].name;
	return NULL;
}

/* Four for each thing: RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE, RTM_SETLINK. */
static const char *route_thing(__u32 type)
{
	static const char *const things[] = {
		"LINK", "ADDR", "ROUTE", "NEIGH", "RULE", "QDISC", "TCLASS", "TFILTER", "ACTION",
		[(RTM_GETNEIGHTBL - RTM_BASE) / 4] = "NEIGHTBL", [(RTM_NEWADDRLABEL - RTM_BASE) / 4] = "ADDRLABEL",
		[(RTM_NEWMDB - RTM_BASE) / 4] = "MDB", [(RTM_NEWNSID - RTM_BASE) / 4] = "NSID",
		[(RTM_NEWCHAIN - RTM_BASE) / 4] = "CHAIN", [(RTM_NEWNEXTHOP - RTM_BASE) / 4] = "NEXTHOP",
	};
	size_t thing = (type - RTM_BASE) / 4;

	return type >= RTM_BASE && thing < ARRAY_SIZE(things) ? things[thing] : NULL;
}

static void message_name(const struct object_request *request, char *ret_text, size_t size)
{
	static const char *const verbs[] = { "NEW", "DEL", "GET", "SET" };
	static const struct { __u32 protocol; const char *name; } protocols[] = {
		{ NETLINK_ROUTE, "route" }, { NETLINK_XFRM, "xfrm" }, { NETLINK_NETFILTER, "netfilter" },
		{ NETLINK_GENERIC, "generic" }, { NETLINK_ISCSI, "iscsi" }, { NETLINK_SCSITRANSPORT, "scsitransport" },
		{ NETLINK_RDMA, "rdma" },
	};
	const char *thing = request->group == NETLINK_ROUTE ? route_thing(request->number) : NULL;

	if (thing) {
		snprintf(ret_text, size, "RTM_%s%s", verbs[request->number % 4], thing);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (protocols[i].protocol != request->group)
			continue;
		if (request->group == NETLINK_NETFILTER)
			snprintf(ret_text, size, "netlink netfilter subsystem %u message %u", request->number >> 8,
				 request->number & 0xff);
		else
			snprintf(ret_text, size, "netlink %s message %u", protocols[i].name, request->number);
		return;
	}
	snprintf(ret_text, size, "netlink protocol %u message %u", request->group, request->number);
}

void request_name(const struct record *record, char *ret_text, size_t size)
{
	const struct object_request *request = &record->object.request;
	const char *word;

	switch (record->kind) {
	case KIND_egress_netlink_send_reroute:
		message_name(request, ret_text, size);
		return;
	case KIND_egress_file_ioctl_reroute:
		word = find_word(ioctls, ARRAY_SIZE(ioctls), request);
		if (word)
			snprintf(ret_text, size, "%s", word);
		else
			snprintf(ret_text, size, "ioctl 0x%x", request->number);
		return;
	}
	word = find_word(options, ARRAY_SIZE(options), request);
	if (word)
		snprintf(ret_text, size, "%s", word);
	else
		snprintf(ret_text, size, "option %u of level %u", request->number, request->group);
}
