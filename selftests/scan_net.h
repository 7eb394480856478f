/* SPDX-License-Identifier: GPL-2.0-only */
/* scan_net.h - sockets, devices and switches that the scan must find. */
#ifndef HARDENCTL_SELFTESTS_SCAN_NET_H
#define HARDENCTL_SELFTESTS_SCAN_NET_H

#include "scan.h"

#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>

#define PROTO_MPTCP	262
#define IP_FORWARD	"/proc/sys/net/ipv4/ip_forward"
#define IP6_FORWARD	"/proc/sys/net/ipv6/conf/lo/forwarding"

/* ---- Sockets ---- */

static int socket_of(int family, int type, int proto)
{
	int fd = socket(family, type | SOCK_CLOEXEC, proto);

	assert_true(fd >= 0);
	return fd;
}

static void inet_neighbours(void)
{
	neighbours[0] = socket_of(AF_NETLINK, SOCK_RAW, 0);
	neighbours[1] = socket_of(AF_INET6, SOCK_DGRAM, 0);
	neighbours[2] = socket_of(AF_INET, SOCK_STREAM, 0);
	neighbours[3] = socket_of(AF_UNIX, SOCK_DGRAM, 0);
}

static const char *make_raw(void)
{
	inet_neighbours();
	found_fd = socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	expect("pid %d (%.15s", getpid(), program_invocation_short_name);
	return NULL;
}

static const char *make_packet(void)
{
	inet_neighbours();
	found_fd = socket_of(AF_PACKET, SOCK_DGRAM, 0);
	expect("has a packet socket: fd %d", found_fd);
	return NULL;
}

static bool open_raw6(void)
{
	return socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6) >= 0;
}

static const char *make_raw_elsewhere(void)
{
	inet_neighbours();
	start_child(0, CLONE_NEWNET, open_raw6);
	expect("pid %d (", children[0]);
	return NULL;
}

static void end_first_child(void)
{
	end_child(0);
}

static const char *make_raw_in_flight(void)
{
	put_in_flight(socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	expect("that no descriptor shows");
	return NULL;
}

static const char *make_mptcp(void)
{
	inet_neighbours();
	found_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, PROTO_MPTCP);
	expect("family inet, type stream, protocol 262: fd %d", found_fd);
	return found_fd < 0 ? "this kernel has no MPTCP" : NULL;
}

static int connected(int type, const char *from, const char *to, in_port_t port)
{
	struct sockaddr_in self = { .sin_family = AF_INET };
	struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = port };
	int fd = socket_of(AF_INET, type, 0);

	inet_pton(AF_INET, from, &self.sin_addr);
	inet_pton(AF_INET, to, &peer.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&self, sizeof(self)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&peer, sizeof(peer)), 0);
	return fd;
}

static const char *make_udp(void)
{
	neighbours[0] = connected(SOCK_DGRAM, "127.0.0.1", "127.0.0.1", htons(9));
	neighbours[1] = socket_of(AF_INET, SOCK_DGRAM, 0);
	found_fd = connected(SOCK_DGRAM, "127.0.0.1", "127.0.0.2", htons(9));
	expect("is connected to 127.0.0.2 port 9 (udp): fd %d", found_fd);
	return NULL;
}

static const char *make_udp_mapped(void)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(9) };

	found_fd = socket_of(AF_INET6, SOCK_DGRAM, 0);
	neighbours[0] = socket_of(AF_INET6, SOCK_DGRAM, 0);
	inet_pton(AF_INET6, "::ffff:127.0.0.2", &to.sin6_addr);
	assert_int_equal(connect(found_fd, (struct sockaddr *)&to, sizeof(to)), 0);
	inet_pton(AF_INET6, "::1", &to.sin6_addr);
	assert_int_equal(connect(neighbours[0], (struct sockaddr *)&to, sizeof(to)), 0);
	expect("is connected to 127.0.0.2 port 9 (udp): fd %d", found_fd);
	return NULL;
}

/*
 * Two connections to one listener: ours to an address that is not listed, and one from such an address, whose end
 * here was accepted.
 */
static const char *make_tcp(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	neighbours[0] = socket_of(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(neighbours[0], (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(neighbours[0], 4), 0);
	assert_int_equal(getsockname(neighbours[0], (struct sockaddr *)&at, &len), 0);
	neighbours[1] = connected(SOCK_STREAM, "127.0.0.3", "127.0.0.1", at.sin_port);
	neighbours[2] = accept4(neighbours[0], NULL, NULL, SOCK_CLOEXEC);
	assert_true(neighbours[2] >= 0);
	found_fd = connected(SOCK_STREAM, "127.0.0.1", "127.0.0.2", at.sin_port);
	expect("is connected to 127.0.0.2 port %u (tcp): fd %d", ntohs(at.sin_port), found_fd);
	return NULL;
}

/* ---- Network devices ---- */

static int open_tun(void)
{
	struct ifreq request = { .ifr_name = "hctl0", .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	return fd >= 0 && !ioctl(fd, TUNSETIFF, &request) ? fd : -1;
}

static bool has_tun(void)
{
	return open_tun() >= 0;
}

static const char *make_tun(void)
{
	const char *lack = need_module("tun") ?: need_module("dummy");

	if (lack)
		return lack;
	RUN("ip", "link", "add", "hctl1", "type", "dummy");
	RUN("ip", "link", "set", "hctl1", "up");
	found_fd = open_tun();
	assert_true(found_fd >= 0);
	expect("network device hctl0 of kind tun");
	return NULL;
}

static void clear_tun(void)
{
	close_found();
	assert_non_null(strstr(RUN("ip", "link")->out, "hctl1"));
}

static const char *make_namespace(void)
{
	const char *lack = need_module("tun");

	if (lack)
		return lack;
	start_child(0, CLONE_NEWNET, has_tun);
	start_child(1, CLONE_NEWNET, NULL);
	expect("another network namespace, of pid %d (", children[0]);
	return NULL;
}

/* ---- Forwarding ---- */

static const char *make_forwarding(void)
{
	assert_true(put(IP_FORWARD, "1"));
	expect(IP_FORWARD " is on");
	return NULL;
}

static void clear_forwarding(void)
{
	assert_true(put(IP_FORWARD, "0"));
}

static const char *make_forwarding6(void)
{
	if (!put(IP6_FORWARD, "1"))
		return "this kernel has no IPv6";
	expect(IP6_FORWARD " is on");
	return NULL;
}

static void clear_forwarding6(void)
{
	assert_true(put(IP6_FORWARD, "0"));
}

#endif
