// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_netlink.bpf.c - after the seal nobody changes by netlink where packets go, unless the policy lists it.
 *
 *   netlink_send (link)   every message that somebody sends to the kernel, each of those that come in one call: routes,
 *                         addresses, devices, rules, neighbours, queueing and filters, nftables and its like, IPsec,
 *                         generic netlink.  Questions go on
 *
 * Generic netlink numbers its families as they come (wireguard, l2tp, openvswitch, MPTCP's and others among them), so that all but
 * asking which there are counts as a change.  So does what we have never heard of.
 */
#include "core.bpf.h"
#include "compat.bpf.h"
#include "egress.bpf.h"
#include "egress_reroute.bpf.h"

struct map_netlink hctl_netlink SEC(".maps");

/* include/uapi/linux/netlink.h, the same on every kernel. */
#define NETLINK_ROUTE		0
#define NETLINK_USERSOCK	2
#define NETLINK_SOCK_DIAG	4
#define NETLINK_NFLOG		5
#define NETLINK_XFRM		6
#define NETLINK_SELINUX		7
#define NETLINK_AUDIT		9
#define NETLINK_FIB_LOOKUP	10
#define NETLINK_CONNECTOR	11
#define NETLINK_NETFILTER	12
#define NETLINK_KOBJECT_UEVENT	15
#define NETLINK_GENERIC		16
#define NETLINK_CRYPTO		21
#define HEADER_SIZE		16
#define TYPE_FIRST		16	/* below are those that every protocol has, which do nothing */
#define MESSAGES_MAX		256	/* in one call */
#define RTM_SETLINK		19
#define RTM_NEWADDR		20
#define IFF_UP			1
#define IFA_ADDRESS		1
#define IFA_LOCAL		2
#define IFA_FLAGS		8
#define ATTRIBUTES_MAX		4
#define ADDRESS_SIZE		8	/* struct ifaddrmsg */
#define LINK_SIZE		16	/* struct ifinfomsg */
#define ATTRIBUTE_SIZE		4	/* struct rtattr */
#define NUMBER(number)		(1ull << (number))

/* What leads nowhere: sockets' states, the audit log, events of devices, ciphers. */
#define HARMLESS	(NUMBER(NETLINK_USERSOCK) | NUMBER(NETLINK_SOCK_DIAG) | NUMBER(NETLINK_NFLOG) | NUMBER(NETLINK_SELINUX) |	\
			 NUMBER(NETLINK_AUDIT) | NUMBER(NETLINK_FIB_LOOKUP) | NUMBER(NETLINK_CONNECTOR) |			\
			 NUMBER(NETLINK_KOBJECT_UEVENT) | NUMBER(NETLINK_CRYPTO))

/* Four types for each thing: make, remove, ask, set. */
#define RTM_KIND(type)		((type) & 3)
#define RTM_ASK			2
#define RTM_THING(type)		(((type) - TYPE_FIRST) >> 2)

static __always_inline __u32 route_class(__u32 type)
{
	if (RTM_KIND(type) == RTM_ASK)
		return REROUTE_NONE;
	switch (RTM_THING(type)) {
	case 0:		/* LINK */
	case 15:	/* DCB */
	case 17:	/* MDB */
	case 18:	/* NSID */
	case 19:	/* STATS */
	case 23:	/* LINKPROP */
	case 24:	/* VLAN */
	case 26:	/* TUNNEL */
		return REROUTE_link;
	case 1:		/* ADDR */
	case 14:	/* ADDRLABEL */
		return REROUTE_address;
	case 2:		/* ROUTE */
	case 22:	/* NEXTHOP */
	case 25:	/* NEXTHOPBUCKET */
		return REROUTE_route;
	case 3:		/* NEIGH */
	case 12:	/* NEIGHTBL */
		return REROUTE_neighbour;
	case 4:		/* RULE */
		return REROUTE_rule;
	case 5:		/* QDISC */
	case 6:		/* TCLASS */
	case 7:		/* TFILTER */
	case 8:		/* ACTION */
	case 21:	/* CHAIN */
		return REROUTE_tc;
	}
	return REROUTE_other;
}

/* Subsystem and message of nfnetlink. */
#define NF_COUNTERS	1	/* conntrack */
#define NF_EXPECTED	2
#define NF_IPSET	6
#define NF_TABLES	10
#define NF_COMPAT	11
#define NF_HOOK		12
/* Their questions, by number: those that only read. */
#define NF_COUNTERS_ASK	(NUMBER(1) | NUMBER(4) | NUMBER(5) | NUMBER(6) | NUMBER(7))
#define NF_EXPECTED_ASK	(NUMBER(1) | NUMBER(3))
#define NF_IPSET_ASK	(NUMBER(1) | NUMBER(7) | NUMBER(8) | NUMBER(11) | NUMBER(12) | NUMBER(13) | NUMBER(14) | NUMBER(15))
#define NF_TABLES_ASK	(NUMBER(1) | NUMBER(4) | NUMBER(7) | NUMBER(10) | NUMBER(13) | NUMBER(16) | NUMBER(19) | NUMBER(23))

/* Without one, as batches begin and end, it is a message of no subsystem. */
static __always_inline __u32 netfilter_class(__u32 type)
{
	__u32 message = type & 0xff;
	__u64 asks = 0;

	switch (type >> 8) {
	case NF_COUNTERS:
		asks = NF_COUNTERS_ASK;
		break;
	case NF_EXPECTED:
		asks = NF_EXPECTED_ASK;
		break;
	case NF_IPSET:
		asks = NF_IPSET_ASK;
		break;
	case NF_TABLES:
		asks = NF_TABLES_ASK;
		break;
	case 0:
	case NF_COMPAT:
	case NF_HOOK:
		return REROUTE_NONE;
	}
	return message < 64 && (asks >> message & 1) ? REROUTE_NONE : REROUTE_netfilter;
}

/* XFRM_MSG_GETSA, GETPOLICY, GETAE, GETSADINFO, GETSPDINFO, GETDEFAULT */
#define XFRM_ASK	(NUMBER(18) | NUMBER(21) | NUMBER(31) | NUMBER(35) | NUMBER(37) | NUMBER(40))

/* The class of what it changes; REROUTE_NONE: nothing. */
static __always_inline __u32 message_class(__u32 protocol, __u32 type)
{
	if (protocol == NETLINK_NETFILTER)
		return netfilter_class(type);
	if (protocol != NETLINK_ROUTE && protocol != NETLINK_XFRM && protocol != NETLINK_GENERIC)
		return REROUTE_other;
	if (type < TYPE_FIRST)
		return REROUTE_NONE;
	if (protocol == NETLINK_ROUTE)
		return route_class(type);
	if (protocol == NETLINK_XFRM)
		return type < 64 && (XFRM_ASK >> type & 1) ? REROUTE_NONE : REROUTE_xfrm;
	/* The family of families has the first number. */
	return type == TYPE_FIRST ? REROUTE_NONE : type == CANARY_MESSAGE ? REROUTE_CANARY : REROUTE_generic;
}

/* The class of all that a protocol can change; REROUTE_NONE: there are several. */
static __always_inline __u32 protocol_class(__u32 protocol)
{
	return protocol == NETLINK_ROUTE ? REROUTE_NONE : protocol == NETLINK_NETFILTER ? REROUTE_netfilter :
	       protocol == NETLINK_XFRM ? REROUTE_xfrm : protocol == NETLINK_GENERIC ? REROUTE_generic : REROUTE_other;
}

struct messages {
	__u64 at;
	__u32 left;
	__u32 protocol;
	__u32 allowed;		/* mask of enum reroute */
	__u32 class;		/* of the first message that is not; REROUTE_NONE: none */
	__u32 type;		/* of the last that was looked at */
};

static __always_inline bool is_own_address(__u64 value, __u32 len, __u8 family)
{
	if (family == AF_INET)
		return len == 4 && compat_read(struct in_addr, value, s_addr) == bpf_htonl(0x7f000001);
	return len == 16 && !compat_read(struct in6_addr, value, in6_u.u6_addr32[0]) &&
	       !compat_read(struct in6_addr, value, in6_u.u6_addr32[1]) &&
	       !compat_read(struct in6_addr, value, in6_u.u6_addr32[2]) &&
	       compat_read(struct in6_addr, value, in6_u.u6_addr32[3]) == bpf_htonl(1);
}

/* 127.0.0.1/8 or ::1/128, maybe flags, and nothing else. */
static __always_inline bool gives_own_address(__u64 at, __u32 len)
{
	__u64 device = at + HEADER_SIZE, attribute = device + ADDRESS_SIZE;
	__u32 left = len - HEADER_SIZE - ADDRESS_SIZE, size, type;
	bool given = false;
	__u8 family;

	if (len < HEADER_SIZE + ADDRESS_SIZE || compat_read(struct ifaddrmsg, device, ifa_index) != LOOPBACK_INDEX)
		return false;
	family = compat_read(struct ifaddrmsg, device, ifa_family);
	if (!(family == AF_INET && compat_read(struct ifaddrmsg, device, ifa_prefixlen) == 8) &&
	    !(family == AF_INET6 && compat_read(struct ifaddrmsg, device, ifa_prefixlen) == 128))
		return false;
	for (int i = 0; i < ATTRIBUTES_MAX && left; i++) {
		size = compat_read(struct rtattr, attribute, rta_len);
		type = compat_read(struct rtattr, attribute, rta_type);
		if (size < ATTRIBUTE_SIZE || size > left)
			return false;
		if (type == IFA_LOCAL || type == IFA_ADDRESS)
			given = is_own_address(attribute + ATTRIBUTE_SIZE, size - ATTRIBUTE_SIZE, family);
		if (type != IFA_FLAGS && !(given && (type == IFA_LOCAL || type == IFA_ADDRESS)))
			return false;
		size = (size + 3) & ~3u;
		if (size > left)
			size = left;
		attribute += size;
		left -= size;
	}
	return given && !left;
}

/*
 * What any loopback device is anyway: up, with its own addresses, which lead nowhere.  systemd says so in each network namespace
 * that it makes for PrivateNetwork=, up to version 253 for PrivateIPC= in the machine's own, too; refused, it aborts.
 */
static __always_inline bool sets_up_loopback(__u64 at, __u32 len, __u32 type)
{
	if (type == RTM_NEWADDR)
		return gives_own_address(at, len);
	return type == RTM_SETLINK && len == HEADER_SIZE + LINK_SIZE &&
	       compat_read(struct ifinfomsg, at + HEADER_SIZE, ifi_index) == LOOPBACK_INDEX &&
	       compat_read(struct ifinfomsg, at + HEADER_SIZE, ifi_flags) == IFF_UP &&
	       compat_read(struct ifinfomsg, at + HEADER_SIZE, ifi_change) == IFF_UP;
}

/* One message, and on to the next as the kernel goes: where it stops, there is nothing more. */
static long look_at_message(__u32 i, struct messages *messages)
{
	__u64 at = messages->at;	/* or CO-RE would take it for a field of the kernel's, too */
	__u32 len, step, class;

	if (messages->left < HEADER_SIZE)
		return 1;
	len = compat_read(struct nlmsghdr, at, nlmsg_len);
	messages->type = compat_read(struct nlmsghdr, at, nlmsg_type);
	if (len < HEADER_SIZE || len > messages->left) {
		messages->left = 0;
		return 1;
	}
	class = message_class(messages->protocol, messages->type);
	if (class != REROUTE_NONE && !(messages->allowed >> class & 1) &&
	    !(messages->protocol == NETLINK_ROUTE && sets_up_loopback(at, len, messages->type))) {
		messages->class = class;
		return 1;
	}
	step = (len + 3) & ~3u;
	if (step > messages->left)
		step = messages->left;
	messages->at += step;
	messages->left -= step;
	return 0;
}

SEC("lsm/netlink_send")
int BPF_PROG(egress__netlink_send, struct sock *sk, struct sk_buff *skb, int ret)
{
	struct messages messages = { .protocol = sk->sk_protocol, .class = REROUTE_NONE };

	if (ret || (messages.protocol < 64 && (HARMLESS >> messages.protocol & 1)))
		return ret;
	if (!armed() || !judged_from_seal(GUARD_egress))
		return 0;
	messages.allowed = reroutes_of(bpf_get_current_task_btf());
	messages.class = protocol_class(messages.protocol);
	/* A batch of nftables has thousands. */
	if ((!compat_can_read() || messages.protocol == NETLINK_NETFILTER) && messages.class != REROUTE_NONE &&
	    (messages.allowed >> messages.class & 1))
		return 0;
	if (compat_can_read()) {
		messages.class = REROUTE_NONE;
		messages.at = (__u64)skb->data;
		messages.left = skb->len;
		bpf_loop(MESSAGES_MAX, look_at_message, &messages, 0);
		if (messages.class == REROUTE_NONE && messages.left < HEADER_SIZE)
			return 0;
	} else if (messages.protocol == NETLINK_ROUTE) {
		/* Every lookup of a name asks which addresses there are: what does that can't be told from what changes them. */
		return 0;
	}
	return refuse_reroute(KIND_egress_netlink_send_reroute, messages.protocol, messages.type, messages.class);
}
