/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire.h - two hosts and a wire: this network namespace, another, and a veth pair between them.
 *
 *   here   10.11.0.1 fd11::1 (listed by POLICY_TEXT, ports 8000 to 8099)  10.12.0.1 fd12::1 (not)
 *   there  10.11.0.2 fd11::2                                              10.12.0.2 fd12::2
 *
 * There is no second process: a socket belongs to the namespace in which it was made, so the test
 * holds the sockets of both hosts.  Each host listens with TCP and UDP on a listed and on an
 * unlisted port, and its packet socket shows what really arrived.  Neighbours are permanent: an ARP
 * request is a finding.
 */
#ifndef HARDENCTL_SELFTESTS_WIRE_H
#define HARDENCTL_SELFTESTS_WIRE_H

#include "common.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#define LISTED_PORT	8000
#define MARK_PORT	8099	/* the last listed one */
#define UNLISTED_PORT	8100
#define PATIENCE_MS	10000	/* an emulated guest on a busy machine */

enum { TCP, UDP };
enum { LISTED, UNLISTED };

struct host {
	int ns;			/* its network namespace */
	int packets;		/* sees all that arrives */
	int mark;		/* sends the marks that end a count at the other host */
	int listener[2][2];	/* by TCP/UDP, and LISTED/UNLISTED port; IPv6 and IPv4 in one */
};

struct wire {
	struct host here, there;
};

static UNUSED void wire_enter(const struct host *host)
{
	assert_int_equal(setns(host->ns, CLONE_NEWNET), 0);
}

static UNUSED int host_listen(int proto, __u16 port)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int type = proto == TCP ? SOCK_STREAM : SOCK_DGRAM, one = 1;
	int fd = socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	if (proto == TCP)
		assert_int_equal(listen(fd, 16), 0);
	return fd;
}

/* ip(8) asks the kernel again and again, which may be short of something just then; what it said is shown. */
#define WIRE_TRIES	3

static UNUSED bool wire_batch(const char *commands)
{
	struct ran *ran;

	spill("/tmp/ip.batch", commands);
	for (int i = 0; i < WIRE_TRIES; i++) {
		ran = RUN("ip", "-batch", "/tmp/ip.batch");
		if (!ran->status)
			return true;
		print_message("# ip: exit %d: %s%s\n", ran->status, ran->out, ran->err);
		usleep(200000);
	}
	return false;
}

/* Makes a host of the current namespace, whose end of the wire is `device`. */
static UNUSED void host_open(struct host *host, const char *device, const char *commands)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	const int one = 1, size = 8 << 20;

	assert_true(wire_batch(commands));
	/* Data rides in a SYN without a cookie, in both directions: fast open at its fastest. */
	spill("/proc/sys/net/ipv4/tcp_fastopen", "1543");
	spill("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
	host->packets = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			       htons(ETH_P_ALL));
	assert_true(host->packets >= 0);
	assert_int_equal(setsockopt(host->packets, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one,
				    sizeof(one)), 0);
	assert_int_equal(setsockopt(host->packets, SOL_SOCKET, SO_RCVBUFFORCE, &size,
				    sizeof(size)), 0);
	at.sll_ifindex = if_nametoindex(device);
	assert_int_equal(bind(host->packets, (struct sockaddr *)&at, sizeof(at)), 0);
	host->mark = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(host->mark >= 0);
	for (int proto = TCP; proto <= UDP; proto++) {
		host->listener[proto][LISTED] = host_listen(proto, LISTED_PORT);
		host->listener[proto][UNLISTED] = host_listen(proto, UNLISTED_PORT);
	}
}

/* Whether `port` (network order) is one that a host listens on: its packets are replies. */
static UNUSED bool wire_server_port(__u16 port)
{
	return port == htons(LISTED_PORT) || port == htons(UNLISTED_PORT);
}

/*
 * 1 if the packet, which begins with its network header, goes where the policy does not allow it;
 * 2 if it is a mark; 0 for listed destinations, replies, and what IPv6 does to find neighbours.
 */
static UNUSED int wire_judge(const __u8 *packet, size_t len, __u16 type)
{
	static const __u8 net4[] = { 10, 11, 0 }, net6[8] = { 0xfd, 0x11 };
	bool v6 = type == htons(ETH_P_IPV6), listed;
	size_t header = v6 ? 40 : (packet[0] & 15) * 4;
	__u8 proto = packet[v6 ? 6 : 9];
	__u16 from, to;

	if (type == htons(ETH_P_ARP) || len < header + 4)
		return 1;
	if (v6 && (proto == IPPROTO_ICMPV6 || packet[24] == 0xff))
		return 0;
	memcpy(&from, packet + header, sizeof(from));
	memcpy(&to, packet + header + 2, sizeof(to));
	listed = (v6 ? !memcmp(packet + 24, net6, sizeof(net6)) :
		  !memcmp(packet + 16, net4, sizeof(net4))) &&
		 (proto == IPPROTO_TCP || proto == IPPROTO_UDP) &&
		 ntohs(to) >= LISTED_PORT && ntohs(to) <= MARK_PORT;
	if (listed)
		return ntohs(to) == MARK_PORT ? 2 : 0;
	return !(proto == IPPROTO_TCP && wire_server_port(from));
}

/*
 * How many packets that `judge` returns 1 for have arrived at `to` since the last count.  A mark is sent after them; the
 * wire keeps their order, so what has not come before the mark was never sent.
 */
static UNUSED unsigned int wire_count(struct wire *wire, struct host *to,
				      int (*judge)(const __u8 *packet, size_t len, __u16 type))
{
	struct host *from = to == &wire->here ? &wire->there : &wire->here;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(MARK_PORT) };
	struct pollfd ready = { .fd = to->packets, .events = POLLIN };
	struct tpacket_stats seen = {};
	struct sockaddr_ll ll = {};
	unsigned int count = 0;
	socklen_t size;
	__u8 packet[2048];
	ssize_t len;
	int what = 0;

	inet_pton(AF_INET, to == &wire->here ? "10.11.0.1" : "10.11.0.2", &at.sin_addr);
	assert_int_equal(sendto(from->mark, "", 1, 0, (struct sockaddr *)&at, sizeof(at)), 1);
	while (what != 2) {
		size = sizeof(ll);
		assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
		len = recvfrom(to->packets, packet, sizeof(packet), 0, (struct sockaddr *)&ll,
			       &size);
		assert_true(len > 0);
		what = judge(packet, len, ll.sll_protocol);
		count += what == 1;
	}
	size = sizeof(seen);
	assert_int_equal(getsockopt(to->packets, SOL_PACKET, PACKET_STATISTICS, &seen, &size), 0);
	assert_int_equal(seen.tp_drops, 0);
	return count;
}

/* How many packets to unlisted destinations have arrived at `to` since the last count. */
static UNUSED unsigned int wire_strays(struct wire *wire, struct host *to)
{
	return wire_count(wire, to, wire_judge);
}

/* What the next client sent to a listener; "" if it sent nothing. */
static UNUSED void wire_receive(const struct host *host, int proto, int port, char ret_text[64])
{
	struct pollfd ready = { .fd = host->listener[proto][port], .events = POLLIN };
	const struct linger reset = { .l_onoff = 1 };
	ssize_t len = -1;

	ret_text[0] = 0;
	if (poll(&ready, 1, PATIENCE_MS) != 1)
		return;
	if (proto == TCP)
		ready.fd = accept4(ready.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (poll(&ready, 1, PATIENCE_MS) == 1)
		len = recv(ready.fd, ret_text, 63, 0);
	ret_text[len < 0 ? 0 : len] = 0;
	if (proto == UDP)
		return;
	/* No farewells that a later count would meet. */
	setsockopt(ready.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(ready.fd);
}

/* Nothing waits at any listener of the host. */
static UNUSED void wire_silent(const struct host *host)
{
	for (int proto = TCP; proto <= UDP; proto++)
		for (int port = LISTED; port <= UNLISTED; port++) {
			struct pollfd ready = {
				.fd = host->listener[proto][port], .events = POLLIN,
			};

			assert_int_equal(poll(&ready, 1, 0), 0);
		}
}

/* All of it can be said twice. */
#define WIRE_ADDRESSES(device, self, other, mac)				\
	"address replace 10.11.0." self "/24 dev " device "\n"			\
	"address replace 10.12.0." self "/24 dev " device "\n"			\
	"address replace fd11::" self "/64 dev " device " nodad\n"		\
	"address replace fd12::" self "/64 dev " device " nodad\n"		\
	"link set " device " up\n"						\
	"neigh replace 10.11.0." other " lladdr " mac " dev " device " nud permanent\n" \
	"neigh replace 10.12.0." other " lladdr " mac " dev " device " nud permanent\n" \
	"neigh replace fd11::" other " lladdr " mac " dev " device " nud permanent\n" \
	"neigh replace fd12::" other " lladdr " mac " dev " device " nud permanent\n"

/* Before the policy is loaded: a veth pair needs a module. */
static UNUSED void wire_open(struct wire *wire)
{
	char commands[2048];
	cpu_set_t one;

	/* Packets of one processor stay in order. */
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	/* What a test has left that failed before its end. */
	RUN(HARDENCTL, "unload");
	RUN("ip", "link", "delete", "hctl0");
	assert_int_equal(RUN("modprobe", "veth")->status, 0);
	wire->here.ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	wire->there.ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_true(wire->here.ns >= 0 && wire->there.ns >= 0);
	wire_enter(&wire->here);
	snprintf(commands, sizeof(commands),
		 "link add hctl0 address 02:00:00:00:00:01 type veth peer name hctl1 "
		 "address 02:00:00:00:00:02 netns /proc/%d/fd/%d\n", getpid(), wire->there.ns);
	assert_true(wire_batch(commands));
	host_open(&wire->here, "hctl0", WIRE_ADDRESSES("hctl0", "1", "2", "02:00:00:00:00:02"));
	wire_enter(&wire->there);
	host_open(&wire->there, "hctl1", "link set lo up\n"
		  WIRE_ADDRESSES("hctl1", "2", "1", "02:00:00:00:00:01"));
	wire_enter(&wire->here);
}

/* The device goes at once; the namespace may take its time. */
static UNUSED void wire_close(void)
{
	assert_int_equal(RUN("ip", "link", "delete", "hctl0")->status, 0);
}

#endif
