/* SPDX-License-Identifier: GPL-2.0-only */
/* scan_redirects.h - rules and filters that send packets elsewhere, which the scan must find, and some that don't. */
#ifndef HARDENCTL_SELFTESTS_SCAN_REDIRECTS_H
#define HARDENCTL_SELFTESTS_SCAN_REDIRECTS_H

#include "scan.h"

#define NFT_TABLE(family)	"add table " family " hctl; "
#define NFT_EGRESS		"{ type filter hook egress device \"lo\" priority 0; }; "

static bool went(const struct ran *ran)
{
	if (ran->status)
		print_message("# exit status %d: %s\n", ran->status, ran->err);
	return !ran->status;
}

static const char *make_nft_dup(void)
{
	const char *lack = need_module("nft_dup_ipv4");

	if (lack)
		return lack;
	assert_true(went(RUN("nft", NFT_TABLE("ip")
			    "add chain ip hctl out { type filter hook output priority 0; }; add chain ip hctl copied; "
			    "add rule ip hctl out ip daddr 127.0.0.9 accept; "
			    "add rule ip hctl copied ip daddr 127.0.0.9 dup to 127.0.0.1")));
	expect("in chain ip hctl copied has 'dup'");
	return NULL;
}

static void clear_nft_dup(void)
{
	assert_true(went(RUN("nft", "flush chain ip hctl copied")));
}

static void clear_nft_egress(void)
{
	assert_true(went(RUN("nft", "flush chain netdev hctl sent")));
}

static const char *make_nft_fwd(void)
{
	const char *lack = need_module("nft_fwd_netdev");

	if (lack)
		return lack;
	assert_true(went(RUN("nft", NFT_TABLE("netdev") "add chain netdev hctl sent " NFT_EGRESS
			    "add rule netdev hctl sent ip daddr 127.0.0.9 fwd to \"lo\"")));
	expect("in chain netdev hctl sent has 'fwd'");
	return NULL;
}

/* Beside it stands one that reads the same bytes. */
static const char *make_nft_rewrite(void)
{
	assert_true(went(RUN("nft", NFT_TABLE("netdev") "add chain netdev hctl sent " NFT_EGRESS "add chain netdev hctl other; "
			    "add rule netdev hctl other ip daddr 127.0.0.9 counter; "
			    "add rule netdev hctl sent ip daddr 127.0.0.9 ip daddr set 127.0.0.10")));
	expect("in chain netdev hctl sent has 'set'");
	return NULL;
}

/* ARP, of which there is none on lo. */
static const char *make_tc_filter(void)
{
	const char *lack = need_module("sch_ingress") ?: need_module("act_mirred") ?: need_module("dummy");

	if (lack)
		return lack;
	RUN("ip", "link", "add", "hctl1", "type", "dummy");
	assert_true(went(RUN("tc", "qdisc", "replace", "dev", "hctl1", "root", "fq_codel")));
	assert_true(went(RUN("tc", "qdisc", "replace", "dev", "lo", "clsact")));
	assert_true(went(RUN("tc", "filter", "add", "dev", "lo", "egress", "protocol", "arp", "matchall", "action", "mirred",
			    "egress", "redirect", "dev", "lo")));
	expect("a tc filter (matchall) on lo");
	return NULL;
}

static void clear_tc_filter(void)
{
	assert_true(went(RUN("tc", "filter", "del", "dev", "lo", "egress")));
}

/* A class can have filters that its discipline doesn't show. */
static const char *make_tc_class(void)
{
	const char *lack = need_module("sch_htb") ?: need_module("cls_u32") ?: need_module("dummy");

	if (lack)
		return lack;
	RUN("ip", "link", "add", "hctl1", "type", "dummy");
	assert_true(went(RUN("tc", "qdisc", "replace", "dev", "hctl1", "root", "handle", "1:", "htb")));
	assert_true(went(RUN("tc", "class", "replace", "dev", "hctl1", "parent", "1:", "classid", "1:10", "htb", "rate",
			    "1mbit")));
	assert_true(went(RUN("tc", "filter", "add", "dev", "hctl1", "parent", "1:10", "protocol", "arp", "u32", "match",
			    "u32", "0", "0", "classid", "1:10")));
	expect("a tc filter (u32) on hctl1");
	return NULL;
}

static void clear_tc_class(void)
{
	assert_true(went(RUN("tc", "filter", "del", "dev", "hctl1", "parent", "1:10")));
}

#endif
