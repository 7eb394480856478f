/* SPDX-License-Identifier: GPL-2.0-only */
/* packet.bpf.h - what a packet's own headers say of where it goes or comes from: for the hooks that see packets. */
#ifndef HARDENCTL_PACKET_BPF_H
#define HARDENCTL_PACKET_BPF_H

#include "core.bpf.h"
#include "egress.bpf.h"

/* The same on every kernel: if_ether.h, ip.h, ipv6.h, in.h, in6.h. */
#define ETH_P_IP	0x0800
#define ETH_P_IPV6	0x86DD
#define IP_MIN		20
#define IPV6_MIN	40
#define IP_OFFSET	0x1fff
#define IPPROTO_IGMP	2
#define NEXTHDR_HOP	0
#define NEXTHDR_ROUTING	43
#define NEXTHDR_FRAGMENT 44
#define NEXTHDR_AUTH	51
#define NEXTHDR_DEST	60
#define HEADERS_MAX	6	/* of extension, before what a packet carries */

struct packet {
	struct target t;	/* the other end; without user and program */
	__u16 local;		/* port at this end, host order */
	__u8 carried;		/* IPPROTO_* of what it carries */
	__u8 icmp;		/* type */
	bool routed;		/* it brings the way that it is to go */
	bool bad;		/* its headers make no sense */
};

/* The first bytes of what a packet carries: ports, or the type of an ICMP message. */
static __always_inline void read_carried(struct __sk_buff *skb, struct packet *p, __u32 at, bool out)
{
	__u16 ports[2] = {};

	if (p->carried != IPPROTO_TCP && p->carried != IPPROTO_UDP && !is_icmp(p->carried))
		return;
	if (bpf_skb_load_bytes(skb, at, ports, sizeof(ports))) {
		p->bad = true;
		return;
	}
	if (is_icmp(p->carried)) {
		p->icmp = ports[0];
		return;
	}
	p->t.port = bpf_ntohs(ports[out]);
	p->local = bpf_ntohs(ports[!out]);
}

static __always_inline void read_packet4(struct __sk_buff *skb, struct packet *p, bool out)
{
	__u8 *data = (__u8 *)(long)skb->data, *end = (__u8 *)(long)skb->data_end;
	__u8 header[IP_MIN];

	p->t.family = AF_INET;
	if (data + IP_MIN <= end)
		__builtin_memcpy(header, data, sizeof(header));
	else if (bpf_skb_load_bytes(skb, 0, header, sizeof(header)))
		p->bad = true;
	if (p->bad)
		return;
	p->carried = header[9];
	__builtin_memcpy(&p->t.addr[0], header + (out ? 16 : 12), 4);
	/* A router alert, and nothing else, is what IGMP has there. */
	p->routed = (header[0] & 0xf) > 5 && p->carried != IPPROTO_IGMP;
	/* Of a later fragment, which raw sockets alone send here, no port is known. */
	if (!((header[6] << 8 | header[7]) & IP_OFFSET))
		read_carried(skb, p, (header[0] & 0xf) * 4, out);
}

/* Where what it carries begins; p->carried: what that is. */
static __always_inline __u32 skip_headers(struct __sk_buff *skb, struct packet *p)
{
	__u32 at = IPV6_MIN;
	__u8 next[2];

	for (int i = 0; i < HEADERS_MAX; i++) {
		if (p->carried != NEXTHDR_HOP && p->carried != NEXTHDR_ROUTING && p->carried != NEXTHDR_FRAGMENT &&
		    p->carried != NEXTHDR_AUTH && p->carried != NEXTHDR_DEST)
			return at;
		if (bpf_skb_load_bytes(skb, at, next, sizeof(next)))
			break;
		p->routed |= p->carried == NEXTHDR_ROUTING;
		at += p->carried == NEXTHDR_FRAGMENT ? 8 : p->carried == NEXTHDR_AUTH ? (next[1] + 2) * 4 : (next[1] + 1) * 8;
		p->carried = next[0];
	}
	p->bad = true;
	return at;
}

static __always_inline void read_packet6(struct __sk_buff *skb, struct packet *p, bool out)
{
	__u8 *data = (__u8 *)(long)skb->data, *end = (__u8 *)(long)skb->data_end;
	__u8 header[IPV6_MIN];
	__u32 at;

	p->t.family = AF_INET6;
	if (data + IPV6_MIN <= end)
		__builtin_memcpy(header, data, sizeof(header));
	else if (bpf_skb_load_bytes(skb, 0, header, sizeof(header)))
		p->bad = true;
	if (p->bad)
		return;
	p->carried = header[6];
	__builtin_memcpy(p->t.addr, header + (out ? 24 : 8), 16);
	unmap6(&p->t);
	at = skip_headers(skb, p);
	if (!p->bad)
		read_carried(skb, p, at, out);
}

static __always_inline void read_packet(struct __sk_buff *skb, struct packet *p, bool out)
{
	p->t.uid = UID_ANY;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		read_packet4(skb, p, out);
	else if (skb->protocol == bpf_htons(ETH_P_IPV6))
		read_packet6(skb, p, out);
	else
		p->bad = true;
	p->t.proto = is_icmp(p->carried) ? IPPROTO_ICMP : p->carried;
}

/* A refusal by that is not in the name of the task that happens to run. */
#define refuse_packet(guard, kind, skb, sock, p)						\
	({											\
		bool __deny = verdict(guard);							\
		struct record *__rec = packet_begin(kind, OBJECT_NET, __deny, skb, sock);	\
												\
		if (__rec) {									\
			__builtin_memcpy(__rec->object.net.addr, (p)->t.addr, sizeof(__rec->object.net.addr));	\
			__rec->object.net.family = (p)->t.family;				\
			__rec->object.net.proto = (p)->carried;					\
			__rec->object.net.type = (sock)->type;					\
			__rec->object.net.port = (guard) == GUARD_ingress ? (p)->local : (p)->t.port;	\
			refusal_end(__rec);							\
		}										\
		__deny;										\
	})

static __always_inline bool goes_to(struct __sk_buff *skb, __u32 addr)
{
	__u8 *data = (__u8 *)(long)skb->data, *end = (__u8 *)(long)skb->data_end;

	return skb->protocol == bpf_htons(ETH_P_IP) && data + IP_MIN <= end && *(__u32 *)(data + 16) == bpf_htonl(addr);
}

/* A packet of the kernel's own, which nobody here asked for: counted alone. */
static __always_inline bool count_packet(__u32 guard, __u32 kind)
{
	struct counters *c = counters_of(kind);
	bool deny = verdict(guard);

	if (c)
		count(c, kind, deny, false);
	return deny;
}

/* A canary's packet never passes, whatever the mode: sendmsg4 let it go for that.  Who else sends there has it dropped, too. */
#define judge_loopback(skb, canary, kind)							\
	({											\
		struct counters *__c;								\
		int __answer = 1;								\
												\
		if (goes_to(skb, canary) && armed()) {						\
			__c = counters_of(kind);						\
			if (__c)								\
				count(__c, kind, true, true);					\
			__answer = 0;								\
		}										\
		__answer;									\
	})

#endif
