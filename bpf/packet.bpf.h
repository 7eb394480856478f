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

/* Its first bytes, word by word, which costs half as much as what the compiler makes of memcpy(). */
static __always_inline bool read_start(struct __sk_buff *skb, __u32 *word, int words)
{
	__u8 *data = (__u8 *)(long)skb->data, *end = (__u8 *)(long)skb->data_end;

	if (data + 4 * words > end)
		return !bpf_skb_load_bytes(skb, 0, word, 4 * words);
#pragma unroll
	for (int i = 0; i < words; i++)
		word[i] = *(__u32 *)(data + 4 * i);
	return true;
}

/* The first word of what a packet carries: ports, or the type of an ICMP message. */
static __always_inline void take_carried(struct packet *p, __u32 word, bool out)
{
	union { __u32 word; __u16 port[2]; __u8 type; } start = { .word = word };

	if (is_icmp(p->carried)) {
		p->icmp = start.type;
	} else if (p->carried == IPPROTO_TCP || p->carried == IPPROTO_UDP) {
		p->t.port = bpf_ntohs(start.port[out]);
		p->local = bpf_ntohs(start.port[!out]);
	}
}

static __always_inline void read_carried(struct __sk_buff *skb, struct packet *p, __u32 at, bool out)
{
	__u32 word;

	if (bpf_skb_load_bytes(skb, at, &word, sizeof(word)))
		p->bad = true;
	else
		take_carried(p, word, out);
}

static __always_inline void read_packet4(struct __sk_buff *skb, struct packet *p, bool out)
{
	union { __u32 word[IP_MIN / 4 + 1]; __u8 byte[IP_MIN + 4]; } start;

	p->t.family = AF_INET;
	if (!read_start(skb, start.word, IP_MIN / 4 + 1)) {
		p->bad = true;
		return;
	}
	p->carried = start.byte[9];
	p->t.addr[0] = start.word[out ? 4 : 3];
	/* A router alert, and nothing else, is what IGMP has there. */
	p->routed = (start.byte[0] & 0xf) > 5 && p->carried != IPPROTO_IGMP;
	/* Of a later fragment, which raw sockets alone send here, no port is known. */
	if ((start.byte[6] << 8 | start.byte[7]) & IP_OFFSET)
		return;
	if ((start.byte[0] & 0xf) == 5)
		take_carried(p, start.word[IP_MIN / 4], out);
	else
		read_carried(skb, p, (start.byte[0] & 0xf) * 4, out);
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
	union { __u32 word[IPV6_MIN / 4 + 1]; __u8 byte[IPV6_MIN + 4]; } start;
	__u32 at;

	p->t.family = AF_INET6;
	if (!read_start(skb, start.word, IPV6_MIN / 4 + 1)) {
		p->bad = true;
		return;
	}
	p->carried = start.byte[6];
	for (int i = 0; i < 4; i++)
		p->t.addr[i] = start.word[(out ? 6 : 2) + i];
	unmap6(&p->t);
	if (p->carried == IPPROTO_TCP || p->carried == IPPROTO_UDP) {
		take_carried(p, start.word[IPV6_MIN / 4], out);
		return;
	}
	at = skip_headers(skb, p);
	if (!p->bad && (p->carried == IPPROTO_TCP || p->carried == IPPROTO_UDP || is_icmp(p->carried)))
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
		struct record *__rec = packet_begin(kind, OBJECT_NET, __deny, skb, sock,		\
			key_of_address((p)->t.addr, (p)->t.family, (guard) == GUARD_ingress ? (p)->local : (p)->t.port,	\
				       (p)->carried, (sock)->type));				\
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
