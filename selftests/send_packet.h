/* SPDX-License-Identifier: GPL-2.0-only */
/* send_packet.h - ways to send of which the hooks on connect and sendmsg do not see where they end. */
#ifndef HARDENCTL_SELFTESTS_SEND_PACKET_H
#define HARDENCTL_SELFTESTS_SEND_PACKET_H

#include "send.h"

#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>

/* Says nothing: it may never stand. */
static UNUSED int tcp_begin(const struct dest *to)
{
	int fd = open_socket(to, SOCK_STREAM);

	return connect(fd, (struct sockaddr *)&to->at, to->len) && errno != EINPROGRESS ? give_up(fd) : fd;
}

static UNUSED int send_with_control(const struct dest *to, int level, int type, const void *data, size_t size)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(64)] = {};
	int fd = open_socket(to, SOCK_DGRAM);
	struct iovec text;
	struct mmsghdr message = message_to(to, &text);
	struct cmsghdr *header;

	message.msg_hdr.msg_control = control;
	message.msg_hdr.msg_controllen = CMSG_SPACE(size);
	header = CMSG_FIRSTHDR(&message.msg_hdr);
	header->cmsg_level = level;
	header->cmsg_type = type;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), data, size);
	return sendmsg(fd, &message.msg_hdr, 0) < 0 ? give_up(fd) : fd;
}

/* By way of 10.12.0.2: loose and strict source route, and a record of the route, which names no way. */
static UNUSED int udp_loose_route(const struct dest *to)
{
	static const __u8 route[] = { 131, 7, 4, 10, 12, 0, 2, 0 };

	return send_with_control(to, IPPROTO_IP, IP_RETOPTS, route, sizeof(route));
}

static UNUSED int udp_strict_route(const struct dest *to)
{
	static const __u8 route[] = { 137, 7, 4, 10, 12, 0, 2, 0 };

	return send_with_control(to, IPPROTO_IP, IP_RETOPTS, route, sizeof(route));
}

static UNUSED int udp_record_route(const struct dest *to)
{
	static const __u8 route[] = { 7, 7, 4, 0, 0, 0, 0, 0 };

	return send_with_control(to, IPPROTO_IP, IP_RETOPTS, route, sizeof(route));
}

/* By way of fd12::2: type 2, as mobile hosts have it. */
static UNUSED int udp_routing_header(const struct dest *to)
{
	static const __u8 route[24] = { 0, 2, 2, 1, 0, 0, 0, 0, 0xfd, 0x12, [23] = 2 };

	return send_with_control(to, IPPROTO_IPV6, IPV6_RTHDR, route, sizeof(route));
}

/* ---- Sockets of which the sender writes more than the payload ---- */

/* `to` without its port, which raw sockets of IPv6 take for a protocol. */
static UNUSED int send_bytes(const struct dest *to, int type, int proto, const void *data, size_t size)
{
	int fd = socket(to->family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, proto);
	struct dest host = *to;

	((struct sockaddr_in *)&host.at)->sin_port = 0;
	if (fd < 0)
		return -errno;
	return sendto(fd, data, size, 0, (struct sockaddr *)&host.at, host.len) < 0 ? give_up(fd) : fd;
}

static UNUSED __u16 port_of(const struct dest *to)
{
	return ((const struct sockaddr_in *)&to->at)->sin_port;
}

/* A checksum is for who receives it: the other host's wire counts what came. */
static UNUSED int raw_tcp(const struct dest *to)
{
	const struct tcphdr syn = { .th_sport = htons(4000), .th_dport = port_of(to), .th_off = 5, .th_flags = TH_SYN };

	return send_bytes(to, SOCK_RAW, IPPROTO_TCP, &syn, sizeof(syn));
}

static UNUSED int raw_udp(const struct dest *to)
{
	struct { struct udphdr header; char text[sizeof(PAYLOAD)]; } datagram = {
		.header = { .uh_sport = htons(4000), .uh_dport = port_of(to), .uh_ulen = htons(sizeof(datagram)) },
		.text = PAYLOAD,
	};

	return send_bytes(to, SOCK_RAW, IPPROTO_UDP, &datagram, sizeof(datagram));
}

/* With its own IPv4 header; `offset`: of a later fragment, in eights of bytes. */
static UNUSED int raw_header(const struct dest *to, __u16 offset)
{
	struct { struct ip header; struct udphdr udp; char text[sizeof(PAYLOAD)]; } packet = {
		.header = {
			.ip_v = 4, .ip_hl = 5, .ip_ttl = 64, .ip_p = IPPROTO_UDP, .ip_off = htons(offset), .ip_id = htons(7),
			.ip_len = htons(sizeof(packet)), .ip_dst = ((const struct sockaddr_in *)&to->at)->sin_addr,
		},
		.udp = { .uh_sport = htons(4000), .uh_dport = port_of(to), .uh_ulen = htons(sizeof(packet) - sizeof(struct ip)) },
		.text = PAYLOAD,
	};

	return send_bytes(to, SOCK_RAW, IPPROTO_RAW, &packet, sizeof(packet));
}

static UNUSED int raw_own_header(const struct dest *to)
{
	return raw_header(to, 0);
}

static UNUSED int raw_later_fragment(const struct dest *to)
{
	return raw_header(to, 8);
}

static UNUSED int echo(const struct dest *to, int type)
{
	const struct icmphdr echo = { .type = to->family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST, .un.echo.id = htons(7) };

	return send_bytes(to, type, to->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6, &echo, sizeof(echo));
}

static UNUSED int ping(const struct dest *to)
{
	return echo(to, SOCK_DGRAM);
}

static UNUSED int raw_ping(const struct dest *to)
{
	return echo(to, SOCK_RAW);
}

#endif
