// SPDX-License-Identifier: GPL-2.0-only
/*
 * scan_redirects.c - what sends packets elsewhere after our programs have seen them, or copies of them that belong to no
 * socket: rules of nftables and iptables, filters of tc.
 *
 * BPF programs that do so (XDP, tcx, netkit, those of tc and of netfilter) are found as bpf-foreign.
 */
#include "scan_parts.h"

#include <arpa/inet.h>
#include <bpf/btf.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/pkt_sched.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "util.h"

/* ---- nftables ---- */

static const char *const families[] = {
	[NFPROTO_INET] = "inet", [NFPROTO_IPV4] = "ip", [NFPROTO_ARP] = "arp", [NFPROTO_NETDEV] = "netdev",
	[NFPROTO_BRIDGE] = "bridge", [NFPROTO_IPV6] = "ip6",
};

/* What it does that our programs don't see, or NULL. */
static const char *redirects(const struct rtattr *expression, unsigned int family)
{
	struct attributes data = attribute_list(attribute_find(attribute_list(expression), NFTA_EXPR_DATA));
	char name[32], target[32];

	attribute_text(attribute_list(expression), NFTA_EXPR_NAME, name, sizeof(name));
	if (!strcmp(name, "dup"))
		return "dup";
	if (!strcmp(name, "fwd"))
		return "fwd";
	/* Those of the other families write before our programs look. */
	if (!strcmp(name, "payload") && (family == NFPROTO_NETDEV || family == NFPROTO_BRIDGE) &&
	    attribute_find(data, NFTA_PAYLOAD_SREG))
		return "set";
	/* `queue` is none of them: nobody answers it after the seal, as that is a message that the guard refuses. */
	attribute_text(data, NFTA_TARGET_NAME, target, sizeof(target));
	return !strcmp(name, "target") && !strcmp(target, "TEE") ? "TEE" : NULL;
}

static int judge_rule(void *context, const struct nlmsghdr *message)
{
	const struct nfgenmsg *general = NLMSG_DATA(message);
	const char *head = (const char *)general + NLMSG_ALIGN(sizeof(*general)), *what = NULL;
	struct attributes list = { (const void *)head, NLMSG_PAYLOAD(message, sizeof(*general)) }, each;
	unsigned int family = general->nfgen_family;
	const struct rtattr *number = attribute_find(list, NFTA_RULE_HANDLE);
	char table[NFT_NAME_MAXLEN], chain[NFT_NAME_MAXLEN];
	__u64 handle = 0;

	if (message->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE))
		return 0;
	each = attribute_list(attribute_find(list, NFTA_RULE_EXPRESSIONS));
	for (; !what && RTA_OK(each.first, each.len); each.first = RTA_NEXT(each.first, each.len))
		what = redirects(each.first, family);
	if (!what)
		return 0;
	if (number && RTA_PAYLOAD(number) == sizeof(handle))
		memcpy(&handle, RTA_DATA(number), sizeof(handle));
	attribute_text(list, NFTA_RULE_TABLE, table, sizeof(table));
	attribute_text(list, NFTA_RULE_CHAIN, chain, sizeof(chain));
	return FOUND((struct search *)context, forwarding, "delete it with nft delete rule, or tolerate forwarding",
		     "nftables rule %llu in chain %s %.64s %.64s has '%s'", (unsigned long long)be64toh(handle),
		     family < ARRAY_SIZE(families) && families[family] ? families[family] : "?", table, chain, what);
}

/*
 * 1: it is there, as a module or in the kernel itself.  A question to it where it is not had the kernel load it: before the seal
 * it would then be there for all, and after it stand in the log as refused.
 */
static int has_nftables(void)
{
	struct btf *btf;
	int found;

	if (!access("/sys/module/nf_tables", F_OK))
		return 1;
	btf = btf__load_vmlinux_btf();
	if (!btf)
		return -errno;
	found = btf__find_by_name_kind(btf, "nf_tables_newrule", BTF_KIND_FUNC) > 0;
	btf__free(btf);
	return found;
}

static int nftables(struct search *search)
{
	const struct {
		struct nlmsghdr header;
		struct nfgenmsg general;
	} request = {
		.header = { .nlmsg_len = sizeof(request), .nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.general = { .nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0 },
	};
	int err = has_nftables();

	if (err <= 0)
		return err;
	err = search_dump(NETLINK_NETFILTER, &request.header, judge_rule, search);
	/* The egress guard itself refuses questions where it can't look into messages: probe's row netlink-messages. */
	if (err == -EPERM)
		return FOUND(search, forwarding, "unload nf_tables, list the sealing program in egress.netlink, or tolerate forwarding",
			     "rules of nftables can't be read: the guard egress refuses to ask for them on this kernel");
	return err;
}

/* ---- iptables ---- */

/* Its tables tell nobody but their own tool what they hold; but the kernel has the target only once somebody wanted it. */
static int iptables(struct search *search, const char *path)
{
	_cleanup_file_ FILE *file = fopen(path, "re");
	char line[64];

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (fgets(line, sizeof(line), file))
		if (!strcmp(line, "TEE\n"))
			return FOUND(search, forwarding, "delete its rules and unload xt_TEE, or tolerate forwarding",
				     "%s has TEE, which duplicates packets", path);
	return 0;
}

/* ---- tc ---- */

/* Where filters may be: on that device, and below that queueing discipline or class. */
struct hook {
	struct search *search;
	int device;
	__u32 parent;
};

struct tc_request {
	struct nlmsghdr header;
	struct tcmsg tc;
	struct rtattr invisible;	/* for disciplines: those, too, that came by themselves */
};

static int dump_tc(struct hook *hook, int type, search_judge *judge)
{
	const struct tc_request request = {
		.header = { .nlmsg_len = sizeof(request), .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.tc = { .tcm_family = AF_UNSPEC, .tcm_ifindex = hook->device, .tcm_parent = hook->parent },
		.invisible = { .rta_len = RTA_LENGTH(0), .rta_type = TCA_DUMP_INVISIBLE },
	};
	int err = search_dump(NETLINK_ROUTE, &request.header, judge, hook);

	/* A kernel without disciplines, classes or filters; a device that is gone by now. */
	return err == -EOPNOTSUPP || err == -ENODEV ? 0 : err;
}

static struct attributes tc_attributes(const struct nlmsghdr *message)
{
	return (struct attributes){ TCA_RTA(NLMSG_DATA(message)), TCA_PAYLOAD(message) };
}

static int judge_filter(void *context, const struct nlmsghdr *message)
{
	const struct hook *hook = context;
	char kind[32], device[IFNAMSIZ];

	if (message->nlmsg_type != RTM_NEWTFILTER)
		return 0;
	attribute_text(tc_attributes(message), TCA_KIND, kind, sizeof(kind));
	if (!if_indextoname(hook->device, device))
		snprintf(device, sizeof(device), "number %d", hook->device);
	return FOUND(hook->search, forwarding, "delete it with tc filter del, or tolerate forwarding",
		     "a tc filter (%s) on %s", kind, device);
}

static int judge_class(void *context, const struct nlmsghdr *message)
{
	const struct tcmsg *tc = NLMSG_DATA(message);
	struct hook hook = *(const struct hook *)context;

	if (message->nlmsg_type != RTM_NEWTCLASS)
		return 0;
	hook.parent = tc->tcm_handle;
	return dump_tc(&hook, RTM_GETTFILTER, judge_filter);
}

static int judge_qdisc(void *context, const struct nlmsghdr *message)
{
	static const __u32 sides[] = { TC_H_MIN_INGRESS, TC_H_MIN_EGRESS };
	const struct tcmsg *tc = NLMSG_DATA(message);
	struct hook hook = *(const struct hook *)context;
	int err;

	if (message->nlmsg_type != RTM_NEWQDISC)
		return 0;
	hook.device = tc->tcm_ifindex;
	hook.parent = tc->tcm_handle;
	err = dump_tc(&hook, RTM_GETTFILTER, judge_filter);
	for (size_t i = 0; !err && TC_H_MAJ(tc->tcm_handle) == TC_H_MAJ(TC_H_CLSACT) && i < ARRAY_SIZE(sides); i++) {
		hook.parent = TC_H_MAKE(TC_H_CLSACT, sides[i]);
		err = dump_tc(&hook, RTM_GETTFILTER, judge_filter);
	}
	/* Classes have filters of their own. */
	hook.parent = tc->tcm_handle;
	return err ?: dump_tc(&hook, RTM_GETTCLASS, judge_class);
}

int scan_redirects(struct search *search)
{
	struct hook anywhere = { .search = search };
	__u32 first;
	int err;

	if (!search_wants(search, GUARD_egress))
		return 0;
	err = search_enter_netns(&first);
	err = err ?: nftables(search);
	err = err ?: iptables(search, "/proc/self/net/ip_tables_targets");
	err = err ?: iptables(search, "/proc/self/net/ip6_tables_targets");
	return err ?: dump_tc(&anywhere, RTM_GETQDISC, judge_qdisc);
}
