// SPDX-License-Identifier: GPL-2.0-only
/* socket_names.c - families, types and protocols of sockets, as policies and records spell them. Pure. */
#include "socket_names.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "util.h"

/* include/linux/socket.h; those that this C library may not know by number. */
const struct socket_word socket_families[] = {
	{ "unspec", AF_UNSPEC }, { "unix", AF_UNIX }, { "inet", AF_INET }, { "ax25", AF_AX25 }, { "ipx", AF_IPX },
	{ "appletalk", AF_APPLETALK }, { "netrom", AF_NETROM }, { "bridge", AF_BRIDGE }, { "atmpvc", AF_ATMPVC },
	{ "x25", AF_X25 }, { "inet6", AF_INET6 }, { "rose", AF_ROSE }, { "decnet", AF_DECnet }, { "key", AF_KEY },
	{ "netlink", AF_NETLINK }, { "packet", AF_PACKET }, { "econet", AF_ECONET }, { "atmsvc", AF_ATMSVC },
	{ "rds", AF_RDS }, { "irda", AF_IRDA }, { "pppox", AF_PPPOX }, { "wanpipe", AF_WANPIPE }, { "llc", AF_LLC },
	{ "ib", 27 }, { "mpls", 28 }, { "can", AF_CAN }, { "tipc", AF_TIPC }, { "bluetooth", AF_BLUETOOTH },
	{ "iucv", AF_IUCV }, { "rxrpc", AF_RXRPC }, { "isdn", AF_ISDN }, { "phonet", AF_PHONET },
	{ "ieee802154", AF_IEEE802154 }, { "caif", AF_CAIF }, { "alg", AF_ALG }, { "nfc", AF_NFC },
	{ "vsock", AF_VSOCK }, { "kcm", 41 }, { "qipcrtr", 42 }, { "smc", 43 }, { "xdp", 44 }, { "mctp", 45 },
	{ NULL, 0 },
};
static_assert(ARRAY_SIZE(socket_families) <= SOCKET_WORDS, "SOCKET_WORDS: raise it with the table");

const struct socket_word socket_types[] = {
	{ "stream", SOCK_STREAM }, { "dgram", SOCK_DGRAM }, { "raw", SOCK_RAW }, { "rdm", SOCK_RDM },
	{ "seqpacket", SOCK_SEQPACKET }, { "dccp", SOCK_DCCP }, { "packet", SOCK_PACKET },
	{ NULL, 0 },
};

/* Of inet and inet6.  The first name of a number is the one that records have. */
const struct socket_word socket_protos[] = {
	{ "icmp", IPPROTO_ICMP }, { "igmp", IPPROTO_IGMP }, { "ipip", IPPROTO_IPIP }, { "tcp", IPPROTO_TCP },
	{ "egp", IPPROTO_EGP }, { "pup", IPPROTO_PUP }, { "udp", IPPROTO_UDP }, { "idp", IPPROTO_IDP },
	{ "tp", IPPROTO_TP }, { "dccp", IPPROTO_DCCP }, { "ipv6", IPPROTO_IPV6 }, { "rsvp", IPPROTO_RSVP },
	{ "gre", IPPROTO_GRE }, { "esp", IPPROTO_ESP }, { "ah", IPPROTO_AH }, { "icmpv6", IPPROTO_ICMPV6 },
	{ "ipv6-icmp", IPPROTO_ICMPV6 }, { "mtp", IPPROTO_MTP }, { "ospf", 89 }, { "encap", IPPROTO_ENCAP },
	{ "pim", IPPROTO_PIM }, { "comp", IPPROTO_COMP }, { "vrrp", 112 }, { "l2tp", 115 }, { "sctp", IPPROTO_SCTP },
	{ "udplite", IPPROTO_UDPLITE }, { "mpls", IPPROTO_MPLS }, { "ethernet", 143 }, { "raw", IPPROTO_RAW },
	{ "smc", 256 }, { "mptcp", 262 },
	{ NULL, 0 },
};
static_assert(ARRAY_SIZE(socket_protos) <= SOCKET_WORDS, "SOCKET_WORDS: raise it with the table");

const struct socket_word *socket_word_find(const struct socket_word *words, const char *name)
{
	for (; words->name; words++)
		if (!strcmp(words->name, name))
			return words;
	return NULL;
}

const char *socket_word_name(const struct socket_word *words, __u32 number, char *buffer, size_t size)
{
	for (; words->name; words++)
		if (words->number == number)
			return words->name;
	snprintf(buffer, size, "%u", number);
	return buffer;
}

void socket_word_names(const struct socket_word *words, const char *ret_names[SOCKET_WORDS])
{
	size_t n = 0;

	for (; words->name; words++)
		ret_names[n++] = words->name;
	ret_names[n] = NULL;
}

bool socket_is_ordinary(__u32 family, __u32 type, __u32 proto)
{
	bool inet = family == AF_INET || family == AF_INET6;

	return family == AF_UNIX || family == AF_NETLINK ||
	       (inet && ((type == SOCK_STREAM && proto == IPPROTO_TCP) || (type == SOCK_DGRAM && proto == IPPROTO_UDP)));
}
