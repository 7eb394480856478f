// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_option.bpf.c - refuses socket options by which packets go elsewhere than the rules for destinations have seen.
 *
 *   socket_setsockopt (link)   setsockopt(2) and io_uring's, of 32-bit programs, too: routes that the sender lays down (IP
 *                              options, routing headers, flow labels that carry some), headers of his own, addresses that are
 *                              not this machine's, IPsec for one socket.  After the seal tables of iptables and its like,
 *                              unless egress.netlink lists netfilter
 *
 * Not refused, as an address stays what it was: SO_BINDTODEVICE, SO_MARK, IP_UNICAST_IF, IP_FREEBIND, which a message can have with
 * it without any option.  IP_RETOPTS of a message is what no hook on options sees.
 */
#include "egress_reroute.bpf.h"
#include "egress_socket.bpf.h"

/* Numbers of include/uapi/linux/in.h and in6.h, the same on every kernel. */
#define SOL_IP		0
#define SOL_IPV6	41
#define BIT(option)	(1ull << (option))

#define IP_HDRINCL	3
#define IP_OPTIONS	4
#define IP_IPSEC_POLICY	16
#define IP_XFRM_POLICY	17
#define IP_TRANSPARENT	19
#define IP_BAD		(BIT(IP_HDRINCL) | BIT(IP_OPTIONS) | BIT(IP_IPSEC_POLICY) | BIT(IP_XFRM_POLICY) | BIT(IP_TRANSPARENT))

#define IPV6_2292PKTOPTIONS	6
#define IPV6_FLOWLABEL_MGR	32
#define IPV6_IPSEC_POLICY	34
#define IPV6_XFRM_POLICY	35
#define IPV6_HDRINCL		36
#define IPV6_HOPOPTS		54
#define IPV6_RTHDRDSTOPTS	55
#define IPV6_RTHDR		57
#define IPV6_DSTOPTS		59
#define IPV6_TRANSPARENT	75
#define IPV6_BAD	(BIT(IPV6_2292PKTOPTIONS) | BIT(IPV6_FLOWLABEL_MGR) | BIT(IPV6_IPSEC_POLICY) |		\
			 BIT(IPV6_XFRM_POLICY) | BIT(IPV6_HDRINCL) | BIT(IPV6_HOPOPTS) | BIT(IPV6_RTHDRDSTOPTS) |	\
			 BIT(IPV6_RTHDR) | BIT(IPV6_DSTOPTS))

static __always_inline bool is_bad(int level, __u32 option)
{
	if (level == SOL_IP)
		return option < 64 && (IP_BAD >> option & 1);
	return option < 64 ? IPV6_BAD >> option & 1 : option == IPV6_TRANSPARENT;
}

/* Tables of netfilter, of virtual servers and of multicast routes: iptables, arptables, ebtables, ipvsadm. */
static __always_inline bool is_table(int level, __u32 option)
{
	return option >= 128 || ((option >> 1) == 32) || (level == SOL_IP && option >= 64);
}

/* A raw socket of protocol raw brings headers of its own anyway: who may have that may have the option on others. */
static __always_inline bool may_bring_headers(int level, __u32 option)
{
	struct asked raw = { .family = level == SOL_IP ? AF_INET : AF_INET6, .type = SOCK_RAW, .proto = IPPROTO_RAW };

	return option == (level == SOL_IP ? IP_HDRINCL : IPV6_HDRINCL) &&
	       socket_listed_for(&raw, bpf_get_current_task_btf());
}

static __always_inline int judge_table(int level, __u32 option)
{
	__u32 class = option == CANARY_OPTION ? REROUTE_CANARY : REROUTE_netfilter;

	if (!armed() || !judged_from_seal(GUARD_egress) || (reroutes_of(bpf_get_current_task_btf()) >> class & 1))
		return 0;
	return refuse_reroute(KIND_egress_socket_setsockopt_reroute, level, option, class);
}

static __always_inline int judge_option(int level, __u32 option)
{
	struct record *rec;
	bool deny;

	if (!armed() || may_bring_headers(level, option))
		return 0;
	deny = verdict(GUARD_egress);
	rec = refusal_begin(KIND_egress_socket_setsockopt_socket_option, OBJECT_REQUEST, deny,
			    key_of_number((__u64)level << 32 | option));
	if (rec) {
		rec->object.request.group = level;
		rec->object.request.number = option;
		rec->object.request.class = REROUTE_NONE;
		refusal_end(rec);
	}
	return answer_link(deny);
}

SEC("lsm/socket_setsockopt")
int BPF_PROG(egress__socket_setsockopt, struct socket *sock, int level, int option, int ret)
{
	if (ret || (level != SOL_IP && level != SOL_IPV6))
		return ret;
	if (is_bad(level, option))
		return judge_option(level, option);
	return is_table(level, option) ? judge_table(level, option) : 0;
}
