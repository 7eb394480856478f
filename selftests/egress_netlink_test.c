// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_netlink_test.c - after the seal nobody changes where packets go, by netlink, ioctl or socket option, unless the policy lists
 * it, for everybody or for one program; who asks is not disturbed.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.1 7
 * Alone: it seals the machine
 */
#include "child.h"
#include "sealing.h"
#include "util.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define IP		"/usr/bin/ip"
#define POLICY_HERE(egress)								\
	"version: 1\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"	\
	"egress: { mode: " egress " }\n"						\
	"ingress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n"		\
	SEAL_TEXT(", \"off:exec\", \"off:ptrace\", \"off:modules\", \"off:ingress\", \"off:kernel\", \"off:data\"")
/* %s is this program. */
#define LISTED	"netlink: [{operations: rule}, {operations: [address, link], by: " IP "}, {operations: [neighbour], by: %s}, "	\
		"{operations: xfrm, by: /no/such/program, optional: yes}]"

#define XFRM		6
#define NETFILTER	12
#define NF(subsystem, message)	((subsystem) << 8 | (message))

enum verdict { PASSES, REFUSED };

/* On 6.1 under lockdown=confidentiality messages can't be read: all of a protocol is one. */
static const struct message {
	const char *name;
	int protocol, type;
	enum verdict verdict, blind;
	const char *what, *class;	/* in the record */
} messages[] = {
	{ "newlink", NETLINK_ROUTE, RTM_NEWLINK, REFUSED, PASSES, "RTM_NEWLINK", "link" },
	{ "dellink", NETLINK_ROUTE, RTM_DELLINK, REFUSED, PASSES, "RTM_DELLINK", "link" },
	{ "setlink", NETLINK_ROUTE, RTM_SETLINK, REFUSED, PASSES, "RTM_SETLINK", "link" },
	{ "getlink", NETLINK_ROUTE, RTM_GETLINK, PASSES, PASSES, NULL, NULL },
	{ "newaddr", NETLINK_ROUTE, RTM_NEWADDR, REFUSED, PASSES, "RTM_NEWADDR", "address" },
	{ "deladdr", NETLINK_ROUTE, RTM_DELADDR, REFUSED, PASSES, "RTM_DELADDR", "address" },
	{ "getaddr", NETLINK_ROUTE, RTM_GETADDR, PASSES, PASSES, NULL, NULL },
	{ "newroute", NETLINK_ROUTE, RTM_NEWROUTE, REFUSED, PASSES, "RTM_NEWROUTE", "route" },
	{ "delroute", NETLINK_ROUTE, RTM_DELROUTE, REFUSED, PASSES, "RTM_DELROUTE", "route" },
	{ "getroute", NETLINK_ROUTE, RTM_GETROUTE, PASSES, PASSES, NULL, NULL },
	{ "newnexthop", NETLINK_ROUTE, 104, REFUSED, PASSES, "RTM_NEWNEXTHOP", "route" },
	{ "newqdisc", NETLINK_ROUTE, RTM_NEWQDISC, REFUSED, PASSES, "RTM_NEWQDISC", "tc" },
	{ "newtfilter", NETLINK_ROUTE, RTM_NEWTFILTER, REFUSED, PASSES, "RTM_NEWTFILTER", "tc" },
	{ "delaction", NETLINK_ROUTE, RTM_DELACTION, REFUSED, PASSES, "RTM_DELACTION", "tc" },
	{ "gettfilter", NETLINK_ROUTE, RTM_GETTFILTER, PASSES, PASSES, NULL, NULL },
	{ "setneightbl", NETLINK_ROUTE, RTM_SETNEIGHTBL, PASSES, PASSES, NULL, NULL },	/* this program may */
	{ "newneigh", NETLINK_ROUTE, RTM_NEWNEIGH, PASSES, PASSES, NULL, NULL },
	{ "newrule", NETLINK_ROUTE, RTM_NEWRULE, PASSES, PASSES, NULL, NULL },		/* everybody may */
	{ "unknown_new", NETLINK_ROUTE, 1024, REFUSED, PASSES, "netlink route message 1024", "other" },
	{ "unknown_get", NETLINK_ROUTE, 1026, PASSES, PASSES, NULL, NULL },
	{ "noop", NETLINK_ROUTE, NLMSG_NOOP, PASSES, PASSES, NULL, NULL },
	{ "nft_newtable", NETFILTER, NF(10, 0), REFUSED, REFUSED, "netlink netfilter subsystem 10 message 0", "netfilter" },
	{ "nft_newrule", NETFILTER, NF(10, 6), REFUSED, REFUSED, "netlink netfilter subsystem 10 message 6", "netfilter" },
	{ "nft_getrule", NETFILTER, NF(10, 7), PASSES, REFUSED, NULL, NULL },
	{ "conntrack_new", NETFILTER, NF(1, 0), REFUSED, REFUSED, "netlink netfilter subsystem 1 message 0", "netfilter" },
	{ "conntrack_get", NETFILTER, NF(1, 1), PASSES, REFUSED, NULL, NULL },
	{ "queue_verdict", NETFILTER, NF(3, 1), REFUSED, REFUSED, "netlink netfilter subsystem 3 message 1", "netfilter" },
	{ "xfrm_newsa", XFRM, 16, REFUSED, REFUSED, "netlink xfrm message 16", "xfrm" },
	{ "xfrm_newpolicy", XFRM, 19, REFUSED, REFUSED, "netlink xfrm message 19", "xfrm" },
	{ "xfrm_getsa", XFRM, 18, PASSES, REFUSED, NULL, NULL },
	{ "generic_families", NETLINK_GENERIC, 16, PASSES, REFUSED, NULL, NULL },
	{ "generic_other", NETLINK_GENERIC, 31, REFUSED, REFUSED, "netlink generic message 31", "generic" },
	{ "rdma", 20, 5 << 10 | 3, REFUSED, REFUSED, "netlink rdma message 5123", "other" },
	{ "iscsi", 8, 13, REFUSED, REFUSED, "netlink iscsi message 13", "other" },
	{ "sock_diag", NETLINK_SOCK_DIAG, 20, PASSES, PASSES, NULL, NULL },
	{ "uevent", NETLINK_KOBJECT_UEVENT, 16, PASSES, PASSES, NULL, NULL },
};

static bool blind;
static char self[256];

/* A message that the kernel finds too short, if it comes that far. */
static int send_bytes(int protocol, const void *bytes, size_t size)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), err;

	if (fd < 0)
		return -1;
	err = send(fd, bytes, size, 0) < 0 ? errno : 0;
	close(fd);
	return err;
}

static int send_type(int protocol, int type)
{
	const struct nlmsghdr header = { .nlmsg_len = sizeof(header), .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST };

	return send_bytes(protocol, &header, sizeof(header));
}

static void skip_protocol(void)
{
	print_message("# SKIP this kernel has no such protocol of netlink\n");
	skip();
}

static void allow_before_the_seal(void **state)
{
	const struct message *message = *state;
	struct mark before = mark();
	int err = send_type(message->protocol, message->type);

	if (err < 0)
		skip_protocol();
	assert_int_not_equal(err, EPERM);
	assert_undisturbed(&before, GUARD_egress);
}

static void judge_after_the_seal(void **state)
{
	const struct message *message = *state;
	struct mark before = mark();
	struct json_object *record;
	int err = send_type(message->protocol, message->type);

	if (err < 0)
		skip_protocol();
	if ((blind ? message->blind : message->verdict) == PASSES) {
		assert_int_not_equal(err, EPERM);
		assert_undisturbed(&before, GUARD_egress);
		return;
	}
	assert_int_equal(err, EPERM);
	record = assert_refused(&before, GUARD_egress, "reroute", 1);
	assert_field(record, "hook", "netlink_send");
	if (!blind) {
		assert_field(record, "object.what", message->what);
		assert_field(record, "object.detail", message->class);
	}
	assert_field(record, "rule.line", "5");
	json_object_put(record);
}

/* ---- Many messages in one call ---- */

static size_t add_header(char *at, int type, size_t len)
{
	const struct nlmsghdr header = { .nlmsg_len = len, .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST };

	memcpy(at, &header, sizeof(header));
	return NLMSG_ALIGN(len);
}

static void judge_batches(void **state)
{
	static char bytes[300 * 16 + 64];
	struct mark before = mark();
	size_t size = 0;

	(void)state;
	if (blind) {
		print_message("# SKIP this kernel's messages can't be read\n");
		skip();
	}
	/* Questions alone; the last of them a change. */
	for (int i = 0; i < 200; i++)
		size += add_header(bytes + size, RTM_GETLINK, 16);
	assert_int_not_equal(send_bytes(NETLINK_ROUTE, bytes, size), EPERM);
	assert_undisturbed(&before, GUARD_egress);
	size += add_header(bytes + size, RTM_NEWROUTE, 16);
	assert_int_equal(send_bytes(NETLINK_ROUTE, bytes, size), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "reroute", 1));
	/* As many as are looked at, and one more. */
	before = mark();
	size = 0;
	for (int i = 0; i < 256; i++)
		size += add_header(bytes + size, RTM_GETLINK, 16);
	assert_int_not_equal(send_bytes(NETLINK_ROUTE, bytes, size), EPERM);
	assert_undisturbed(&before, GUARD_egress);
	size += add_header(bytes + size, RTM_GETLINK, 16);
	assert_int_equal(send_bytes(NETLINK_ROUTE, bytes, size), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "reroute", 1));
	/* Behind one of odd length; behind one where the kernel stops. */
	before = mark();
	memset(bytes, 0, sizeof(bytes));
	size = add_header(bytes, RTM_GETLINK, 17);
	size += add_header(bytes + size, RTM_DELROUTE, 16);
	assert_int_equal(send_bytes(NETLINK_ROUTE, bytes, size), EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "reroute", 1));
	before = mark();
	add_header(bytes, RTM_GETLINK, 15);
	assert_int_not_equal(send_bytes(NETLINK_ROUTE, bytes, size), EPERM);
	add_header(bytes, RTM_GETLINK, 4096);
	assert_int_not_equal(send_bytes(NETLINK_ROUTE, bytes, size), EPERM);
	assert_undisturbed(&before, GUARD_egress);
}

/* ---- By program, for real ---- */

static void allow_to_the_listed_program(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(RUN(IP, "address", "add", "10.99.0.1/32", "dev", "lo")->status, 0);
	assert_int_equal(RUN(IP, "link", "set", "lo", "mtu", "40000")->status, 0);
	assert_int_equal(RUN(IP, "rule", "add", "pref", "777", "lookup", "main")->status, 0);
	assert_non_null(strstr(RUN(IP, "address", "show", "dev", "lo")->out, "10.99.0.1/32"));
	assert_int_equal(RUN(IP, "route", "show")->status, 0);
	assert_undisturbed(&before, GUARD_egress);
}

static void deny_to_the_listed_program_what_it_is_not_listed_for(void **state)
{
	struct mark before = mark();
	struct json_object *record;
	struct ran *ran;

	(void)state;
	if (blind)
		skip();
	ran = RUN(IP, "route", "add", "10.98.0.0/16", "dev", "lo");
	assert_int_not_equal(ran->status, 0);
	assert_non_null(strstr(ran->err, "Operation not permitted"));
	record = assert_refused(&before, GUARD_egress, "reroute", 1);
	assert_field(record, "object.what", "RTM_NEWROUTE");
	assert_field(record, "comm", "ip");
	json_object_put(record);
	assert_null(strstr(RUN(IP, "route", "show")->out, "10.98.0.0"));
}

static int add_a_link(const void *arg)
{
	(void)arg;
	return send_type(NETLINK_ROUTE, RTM_NEWLINK);
}

static int ask_for_links(const void *arg)
{
	(void)arg;
	return send_type(NETLINK_ROUTE, RTM_GETLINK) == EPERM ? EPERM : 0;
}

/* A device there can have its other end here. */
static void deny_in_another_network_namespace(void **state)
{
	static const struct place place = { .namespaces = CLONE_NEWNET };
	struct mark before = mark();
	struct child child;

	(void)state;
	if (blind)
		skip();
	child = in_child(&place, add_a_link, NULL);
	assert_int_equal(child.err, EPERM);
	json_object_put(assert_refused(&before, GUARD_egress, "reroute", 1));
	before = mark();
	child = in_child(&place, ask_for_links, NULL);
	assert_int_equal(child.err, 0);
	assert_undisturbed(&before, GUARD_egress);
}

/* What a message says of a device: its flags, or an address that it gets. */
struct setting {
	int type, index;
	unsigned int flags, prefix;
	const char *address;
	enum verdict verdict;
	unsigned short extra;	/* an attribute before the address, and behind it */
};

static const struct setting settings[] = {
	/* As systemd does for PrivateNetwork= and PrivateIPC=, which a refusal aborts. */
	{ RTM_SETLINK, 1, IFF_UP, 0, NULL, PASSES, 0 },
	{ RTM_NEWADDR, 1, 0, 8, "127.0.0.1", PASSES, 0 },
	{ RTM_NEWADDR, 1, 0, 128, "::1", PASSES, 0 },
	{ RTM_NEWADDR, 1, 0, 8, "127.0.0.1", PASSES, IFA_FLAGS },
	{ RTM_NEWADDR, 1, 0, 128, "::1", PASSES, IFA_FLAGS },
	/* Another device, other flags, another address; and devices are made by RTM_NEWLINK. */
	{ RTM_SETLINK, 2, IFF_UP, 0, NULL, REFUSED, 0 },
	{ RTM_SETLINK, 0, IFF_UP, 0, NULL, REFUSED, 0 },
	{ RTM_SETLINK, 1, 0, 0, NULL, REFUSED, 0 },
	{ RTM_SETLINK, 1, IFF_UP | IFF_PROMISC, 0, NULL, REFUSED, 0 },
	{ RTM_NEWADDR, 2, 0, 8, "127.0.0.1", REFUSED, 0 },
	{ RTM_NEWADDR, 1, 0, 32, "127.0.0.1", REFUSED, 0 },
	{ RTM_NEWADDR, 1, 0, 8, "10.0.0.1", REFUSED, 0 },
	{ RTM_NEWADDR, 1, 0, 64, "::1", REFUSED, 0 },
	{ RTM_NEWADDR, 1, 0, 128, "fd11::1", REFUSED, 0 },
	{ RTM_NEWADDR, 1, 0, 8, "127.0.0.1", REFUSED, IFA_BROADCAST },
	{ RTM_DELADDR, 1, 0, 8, "127.0.0.1", REFUSED, 0 },
	{ RTM_NEWLINK, 1, IFF_UP, 0, NULL, REFUSED, 0 },
};

static char *write_attribute(char *at, unsigned short type, const void *value, size_t len)
{
	const struct rtattr head = { sizeof(head) + len, type };

	memcpy(at, &head, sizeof(head));
	memcpy(at + sizeof(head), value, len);
	return at + sizeof(head) + len;
}

/* The end of what it has written. */
static char *write_setting(const struct setting *setting, char *at)
{
	struct ifinfomsg link = { .ifi_index = setting->index, .ifi_flags = setting->flags, .ifi_change = setting->flags ?: IFF_UP };
	struct ifaddrmsg device = { .ifa_prefixlen = setting->prefix, .ifa_index = setting->index };
	bool v6 = setting->address && strchr(setting->address, ':');
	const __u32 none = 0;
	struct in6_addr address;

	if (!setting->address)
		return (char *)memcpy(at, &link, sizeof(link)) + sizeof(link);
	device.ifa_family = v6 ? AF_INET6 : AF_INET;
	at = (char *)memcpy(at, &device, sizeof(device)) + sizeof(device);
	assert_int_equal(inet_pton(device.ifa_family, setting->address, &address), 1);
	if (setting->extra)
		at = write_attribute(at, setting->extra, &none, sizeof(none));
	at = write_attribute(at, IFA_LOCAL, &address, v6 ? 16 : 4);
	return setting->extra ? write_attribute(at, setting->extra, &none, sizeof(none)) : at;
}

/* What the kernel answers. */
static int set_device(const void *arg)
{
	struct nlmsghdr header = { .nlmsg_type = ((const struct setting *)arg)->type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK };
	char message[128] = "";
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char asked[sizeof(message)];
	} answer = {};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), err = 0;

	header.nlmsg_len = write_setting(arg, message + sizeof(header)) - message;
	memcpy(message, &header, sizeof(header));
	if (send(fd, message, header.nlmsg_len, 0) < 0)
		err = errno;
	else if (recv(fd, &answer, sizeof(answer), 0) < (ssize_t)(sizeof(answer.header) + sizeof(answer.error)))
		err = EBADMSG;
	else
		err = -answer.error.error;
	close(fd);
	return err;
}

static void judge_settings(unsigned long namespaces)
{
	const struct place place = { .namespaces = namespaces };
	struct mark before = mark();
	int refused = 0, err;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		if (settings[i].verdict == REFUSED && blind)
			continue;
		err = in_child(&place, set_device, &settings[i]).err;
		if (settings[i].verdict == REFUSED)
			assert_int_equal(err, EPERM);
		else
			assert_true(!err || err == EEXIST);
		refused += settings[i].verdict == REFUSED;
	}
	if (refused)
		json_object_put(assert_refused(&before, GUARD_egress, "reroute", refused));
	else
		assert_undisturbed(&before, GUARD_egress);
}

static void allow_no_more_than_the_loopback_device_as_it_is(void **state)
{
	(void)state;
	judge_settings(0);
}

static void allow_no_more_than_that_in_another_network_namespace(void **state)
{
	(void)state;
	judge_settings(CLONE_NEWNET);
}

/* ---- ioctl, and options ---- */

static const struct command {
	const char *name;
	unsigned int cmd;
	enum verdict verdict;
	const char *what, *class;
} commands[] = {
	{ "sifaddr", SIOCSIFADDR, REFUSED, "SIOCSIFADDR", "address" },
	{ "gifaddr", SIOCGIFADDR, PASSES, NULL, NULL },
	{ "sifnetmask", SIOCSIFNETMASK, REFUSED, "SIOCSIFNETMASK", "address" },
	{ "sifflags", SIOCSIFFLAGS, REFUSED, "SIOCSIFFLAGS", "link" },
	{ "gifflags", SIOCGIFFLAGS, PASSES, NULL, NULL },
	{ "sifname", SIOCSIFNAME, REFUSED, "SIOCSIFNAME", "link" },
	{ "sifmtu", SIOCSIFMTU, REFUSED, "SIOCSIFMTU", "link" },
	{ "gifmtu", SIOCGIFMTU, PASSES, NULL, NULL },
	{ "addrt", SIOCADDRT, REFUSED, "SIOCADDRT", "route" },
	{ "delrt", SIOCDELRT, REFUSED, "SIOCDELRT", "route" },
	{ "sarp", SIOCSARP, PASSES, NULL, NULL },	/* this program may change neighbours */
	{ "garp", SIOCGARP, PASSES, NULL, NULL },
	{ "braddbr", SIOCBRADDBR, REFUSED, "SIOCBRADDBR", "link" },
	{ "sifvlan", SIOCSIFVLAN, REFUSED, "SIOCSIFVLAN", "link" },
	{ "gettunnel", SIOCDEVPRIVATE, PASSES, NULL, NULL },
	{ "addtunnel", SIOCDEVPRIVATE + 1, REFUSED, "SIOCADDTUNNEL", "link" },
	{ "private", SIOCDEVPRIVATE + 15, REFUSED, "ioctl 0x89ff", "link" },
	{ "ethtool", SIOCETHTOOL, PASSES, NULL, NULL },
	{ "gifconf", SIOCGIFCONF, PASSES, NULL, NULL },
	{ "outq", SIOCOUTQ, PASSES, NULL, NULL },
};

static int unsealed[ARRAY_SIZE(commands)];

/* No memory that the kernel could read its arguments from. */
static int try_command(const struct command *command)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	assert_true(fd >= 0);
	err = ioctl(fd, command->cmd, NULL) ? errno : 0;
	close(fd);
	return err;
}

static void allow_command_before_the_seal(void **state)
{
	const struct command *command = *state;
	struct mark before = mark();

	unsealed[command - commands] = try_command(command);
	assert_int_not_equal(unsealed[command - commands], EPERM);
	assert_undisturbed(&before, GUARD_egress);
}

static void judge_command_after_the_seal(void **state)
{
	const struct command *command = *state;
	struct mark before = mark();
	struct json_object *record;

	if (command->verdict == PASSES) {
		assert_int_equal(try_command(command), unsealed[command - commands]);
		assert_undisturbed(&before, GUARD_egress);
		return;
	}
	assert_int_equal(try_command(command), EPERM);
	record = assert_refused(&before, GUARD_egress, "reroute", 1);
	assert_field(record, "hook", "file_ioctl");
	assert_field(record, "object.what", command->what);
	assert_field(record, "object.detail", command->class);
	json_object_put(record);
}

static int try_option(int family, int level, int option)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), value = 0, err;

	assert_true(fd >= 0);
	err = setsockopt(fd, level, option, &value, sizeof(value)) ? errno : 0;
	close(fd);
	return err;
}

/* iptables, arptables, ebtables, ipvsadm, and what is not a table beside them. */
static const struct table { int family, level, option; bool table; } tables[] = {
	{ AF_INET, 0, 64, true }, { AF_INET, 0, 96, true }, { AF_INET, 0, 128, true }, { AF_INET, 0, 1152, true },
	{ AF_INET6, 41, 64, true }, { AF_INET6, 41, 65, true }, { AF_INET6, 41, 200, true },
	{ AF_INET, 0, 1, false }, { AF_INET, 0, 50, false }, { AF_INET6, 41, 66, false }, { AF_INET6, 41, 80, false },
};

static void allow_tables_before_the_seal(void **state)
{
	struct mark before = mark();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		assert_int_not_equal(try_option(tables[i].family, tables[i].level, tables[i].option), EPERM);
	assert_undisturbed(&before, GUARD_egress);
}

static void deny_tables_after_the_seal(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		struct mark before = mark();
		int err = try_option(tables[i].family, tables[i].level, tables[i].option);

		if (!tables[i].table) {
			assert_int_not_equal(err, EPERM);
			assert_undisturbed(&before, GUARD_egress);
			continue;
		}
		assert_int_equal(err, EPERM);
		json_object_put(assert_refused(&before, GUARD_egress, "reroute", 1));
	}
}

/* ---- Loads ---- */

static int load_listed(void **state)
{
	char text[2048];

	(void)state;
	snprintf(text, sizeof(text), POLICY_HERE("enforce, " LISTED), self);
	load_text(text);
	return 0;
}

static void allow_but_record_in_audit(void **state)
{
	struct mark before;
	char text[2048];

	(void)state;
	snprintf(text, sizeof(text), POLICY_HERE("audit, " LISTED), self);
	load_text(text);
	before = mark();
	assert_int_not_equal(send_type(NETLINK_GENERIC, 31), EPERM);
	json_object_put(assert_would_deny(&before, GUARD_egress, "reroute"));
	before = mark();
	assert_int_not_equal(send_type(NETLINK_ROUTE, RTM_NEWRULE), EPERM);
	assert_undisturbed(&before, GUARD_egress);
}

static int seal(void **state)
{
	(void)state;
	HARDEN(0, "seal");
	return 0;
}

static void explain_what_would_allow_it(void **state)
{
	struct ran *ran;

	(void)state;
	assert_int_equal(send_type(NETLINK_GENERIC, 31), EPERM);
	ran = HARDEN(0, "explain", "last");
	if (!blind)
		assert_non_null(strstr(ran->out, "netlink generic message 31"));
	assert_non_null(strstr(ran->out, "- {operations: generic}"));
}

static void stay_proven(void **state)
{
	(void)state;
	HARDEN(0, "verify");
}

int main(void)
{
	struct CMUnitTest before[ARRAY_SIZE(messages)], after[ARRAY_SIZE(messages)];
	struct CMUnitTest commands_before[ARRAY_SIZE(commands)], commands_after[ARRAY_SIZE(commands)];
	const struct CMUnitTest audit[] = { cmocka_unit_test(allow_but_record_in_audit) };
	const struct CMUnitTest unsealed_others[] = { cmocka_unit_test(allow_tables_before_the_seal) };
	const struct CMUnitTest others[] = {
		cmocka_unit_test(judge_batches),
		cmocka_unit_test(allow_to_the_listed_program),
		cmocka_unit_test(deny_to_the_listed_program_what_it_is_not_listed_for),
		cmocka_unit_test(deny_in_another_network_namespace),
		cmocka_unit_test(allow_no_more_than_the_loopback_device_as_it_is),
		cmocka_unit_test(allow_no_more_than_that_in_another_network_namespace),
		cmocka_unit_test(deny_tables_after_the_seal),
		cmocka_unit_test(explain_what_would_allow_it),
		cmocka_unit_test(stay_proven),
	};
	struct kernel kernel;
	int failed;

	kernel_ask(&kernel);
	kernel_ask_hooks(&kernel);
	blind = !kernel.reads_memory;
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		before[i] = test_of_row("allow", messages[i].name, "before_the_seal", allow_before_the_seal, &messages[i]);
		after[i] = test_of_row(messages[i].verdict == PASSES ? "allow" : "deny", messages[i].name, "after_the_seal",
				       judge_after_the_seal, &messages[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		commands_before[i] = test_of_row("allow", commands[i].name, "ioctl_before_the_seal",
						 allow_command_before_the_seal, &commands[i]);
		commands_after[i] = test_of_row(commands[i].verdict == PASSES ? "allow" : "deny", commands[i].name,
						"ioctl_after_the_seal", judge_command_after_the_seal, &commands[i]);
	}
	failed = cmocka_run_group_tests(audit, NULL, NULL);
	failed += cmocka_run_group_tests(before, load_listed, NULL);
	failed += cmocka_run_group_tests(commands_before, NULL, NULL);
	failed += cmocka_run_group_tests(unsealed_others, NULL, NULL);
	failed += cmocka_run_group_tests(after, seal, NULL);
	failed += cmocka_run_group_tests(commands_after, NULL, NULL);
	return failed + cmocka_run_group_tests(others, NULL, NULL);
}
