/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * egress_ioctl.bpf.h - after the seal nobody changes by ioctl where packets go, unless the policy lists it: addresses, routes,
 * devices, neighbours.  What asks, and what sets a card's own properties (SIOCETHTOOL), goes on.
 */
#ifndef HARDENCTL_EGRESS_IOCTL_BPF_H
#define HARDENCTL_EGRESS_IOCTL_BPF_H

#include "core.bpf.h"
#include "egress_reroute.bpf.h"
#include "introduced.bpf.h"

#define SOCKET_IOCTLS	0x89	/* second byte of all of include/uapi/linux/sockios.h */
#define FILE_SOCKET	0140000

#define IN(number, low)	(1ull << ((number) - (low)))

/* By the last byte, 64 at a time. */
#define ROUTE_0		(IN(0x0b, 0) | IN(0x0c, 0) | IN(0x0d, 0) | IN(0x1e, 0))	/* ADDRT, DELRT, RTMSG, SIFMETRIC */
#define ADDRESS_0	(IN(0x16, 0) | IN(0x18, 0) | IN(0x1a, 0) | IN(0x1c, 0) | IN(0x36, 0))	/* SIFADDR, SIFDSTADDR ... DIFADDR */
/* SIFLINK, SIFFLAGS, SIFMEM, SIFMTU, SIFNAME, SIFHWADDR, SIFENCAP, SIFSLAVE, SIFPFLAGS, SIFHWBROADCAST */
#define LINK_0		(IN(0x11, 0) | IN(0x14, 0) | IN(0x20, 0) | IN(0x22, 0) | IN(0x23, 0) | IN(0x24, 0) | IN(0x26, 0) | \
			 IN(0x30, 0) | IN(0x34, 0) | IN(0x37, 0))
#define NEIGHBOUR_64	(IN(0x53, 64) | IN(0x55, 64) | IN(0x60, 64) | IN(0x62, 64))	/* DARP, SARP, DRARP, SRARP */
#define LINK_64		(IN(0x41, 64) | IN(0x43, 64) | IN(0x71, 64))	/* SIFBR, SIFTXQLEN, SIFMAP */
/* ADDDLCI, DELDLCI, SIFVLAN, BONDENSLAVE, -RELEASE, -SETHWADDR, -CHANGEACTIVE, BRADDBR, BRDELBR, BRADDIF, BRDELIF */
#define LINK_128	(IN(0x80, 128) | IN(0x81, 128) | IN(0x83, 128) | IN(0x90, 128) | IN(0x91, 128) | IN(0x92, 128) | \
			 IN(0x95, 128) | IN(0xa0, 128) | IN(0xa1, 128) | IN(0xa2, 128) | IN(0xa3, 128))
/* Tunnels, and drivers' own: all but the asking GETTUNNEL, GETPRL and GET6RD. */
#define LINK_192	(~0ull << (0xf0 - 192) & ~(IN(0xf0, 192) | IN(0xf4, 192) | IN(0xf8, 192)))

/* REROUTE_NONE: it changes nothing. */
static __always_inline __u32 ioctl_class(__u32 number)
{
	__u32 at = number & 63;

	if (number == (CANARY_IOCTL & 0xff))
		return REROUTE_CANARY;
	switch (number >> 6) {
	case 0:
		return ROUTE_0 >> at & 1 ? REROUTE_route : ADDRESS_0 >> at & 1 ? REROUTE_address :
		       LINK_0 >> at & 1 ? REROUTE_link : REROUTE_NONE;
	case 1:
		return NEIGHBOUR_64 >> at & 1 ? REROUTE_neighbour : LINK_64 >> at & 1 ? REROUTE_link : REROUTE_NONE;
	case 2:
		return LINK_128 >> at & 1 ? REROUTE_link : REROUTE_NONE;
	}
	return LINK_192 >> at & 1 ? REROUTE_link : REROUTE_NONE;
}

static __always_inline int judge_network(struct file *file, __u32 cmd)
{
	__u32 class;

	if (cmd >> 8 != SOCKET_IOCTLS || config.mode[GUARD_egress] == MODE_OFF)
		return 0;
	class = ioctl_class(cmd & 0xff);
	if (class == REROUTE_NONE || (file->f_inode->i_mode & FILE_TYPE) != FILE_SOCKET || !armed() ||
	    !judged_from_seal(GUARD_egress) || (reroutes_of(bpf_get_current_task_btf()) >> class & 1))
		return 0;
	return refuse_reroute(KIND_egress_file_ioctl_reroute, 0, cmd, class);
}

#endif
