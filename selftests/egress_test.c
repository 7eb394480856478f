// SPDX-License-Identifier: GPL-2.0-only
/*
 * egress_test.c - every way to send to another host is refused where the destination is not listed.
 * Boots: plain
 * Long boots: lockdown
 *
 * Each way is tried four times: before the load, where it must reach the unlisted host (or the zero
 * packets of the refusals would prove nothing); loaded, to an unlisted address and to an unlisted
 * port of a listed address; and to a listed destination, where the data must arrive.
 */
#include "send_raw.h"
#include "util.h"

/* SMC opens TCP connections in the kernel, which are judged; without the entry there would be no such socket. */
#define POLICY_HERE	POLICY_TEXT("enforce", "enforce", "enforce", "enforce\n  sockets: [{family: smc}]")
#define RULE_LINE	"9"	/* of egress.allow there */

/* One way to send, to one form of address. */
struct attack {
	const char *name;
	enum form form;
	int proto;
	int (*send)(const struct dest *to);
	const char *hook;
	bool from_there;			/* from the other namespace to this one */
	const char *field, *value;		/* a further field of the record */
	const char *(*missing)(void);		/* what the kernel lacks for it, or NULL */
};

static struct wire wire;

#define WAY(way, form, proto, hook) \
	{ #way, form, proto, way, hook, false, NULL, NULL, NULL }
#define FROM_THERE(way, form, proto, hook) \
	{ "from_another_netns_" #way, form, proto, way, hook, true, NULL, NULL, NULL }
#define BY(way, form, proto, hook, field, value) \
	{ #way, form, proto, way, hook, false, field, value, NULL }
#define WITH(way, form, proto, hook, missing) \
	{ #way, form, proto, way, hook, false, NULL, NULL, missing }

static const struct attack attacks[] = {
	WAY(tcp_connect, V4, TCP, "connect4"),
	WAY(tcp_connect, V6, TCP, "connect6"),
	WAY(tcp_connect, MAPPED, TCP, "connect6"),
	WAY(tcp_fastopen, V4, TCP, "connect4"),
	WAY(tcp_fastopen, V6, TCP, "connect6"),
	WAY(tcp_fastopen, MAPPED, TCP, "connect6"),
	WAY(tcp_fastopen_connect, V4, TCP, "connect4"),
	WAY(tcp_fastopen_connect, V6, TCP, "connect6"),
	WAY(udp_connect, V4, UDP, "connect4"),
	WAY(udp_connect, V6, UDP, "connect6"),
	WAY(udp_connect, MAPPED, UDP, "connect6"),
	WAY(udp_connect, V4_ON_V6, UDP, "connect4"),
	WAY(udp_sendto, V4, UDP, "sendmsg4"),
	WAY(udp_sendto, V6, UDP, "sendmsg6"),
	WAY(udp_sendto, MAPPED, UDP, "sendmsg4"),
	WAY(udp_sendto, V4_ON_V6, UDP, "sendmsg4"),
	WAY(udp_sendto_unspec, V4, UDP, "sendmsg4"),
	WAY(udp_sendto_connected, V4, UDP, "sendmsg4"),
	WAY(udp_sendto_addrform, V4_ON_V6, UDP, "sendmsg4"),
	WAY(udp_sendmsg, V4, UDP, "sendmsg4"),
	WAY(udp_sendmsg, V6, UDP, "sendmsg6"),
	WAY(udp_sendmmsg, V4, UDP, "sendmsg4"),
	WAY(udp_sendmmsg, V6, UDP, "sendmsg6"),
	FROM_THERE(tcp_connect, V4, TCP, "connect4"),
	FROM_THERE(udp_sendto, V6, UDP, "sendmsg6"),
	BY(tcp_connect_by_nobody, V4, TCP, "connect4", "uid", "65534"),
	BY(udp_sendto_by_nobody, V6, UDP, "sendmsg6", "uid", "65534"),
	BY(tcp_connect_in_cgroup, V6, TCP, "connect6", "cgroup", CGROUP_NAME),
	BY(udp_sendto_in_cgroup, V4, UDP, "sendmsg4", "cgroup", CGROUP_NAME),
	WITH(uring_connect, V4, TCP, "connect4", without_uring),
	WITH(uring_sendmsg, V6, UDP, "sendmsg6", without_uring),
	WITH(smc_connect, V4, TCP, "connect4", without_smc),
	WITH(smc_fastopen, V4, TCP, "connect4", without_smc),
	WITH(int80_connect, V4, TCP, "connect4", without_int80),
	WITH(int80_sendto, V6, UDP, "sendmsg6", without_int80),
};

static struct host *target(const struct attack *attack)
{
	return attack->from_there ? &wire.here : &wire.there;
}

static struct dest dest_of(const struct attack *attack, int network, __u16 port)
{
	return dest(attack->form, network == LISTED ? forms[attack->form].listed :
						      forms[attack->form].unlisted,
		    attack->from_there ? "1" : "2", port);
}

static int launch(const struct attack *attack, const struct dest *to)
{
	int fd;

	if (attack->from_there)
		wire_enter(&wire.there);
	fd = attack->send(to);
	if (attack->from_there)
		wire_enter(&wire.here);
	return fd;
}

static void skip_if_missing(const struct attack *attack)
{
	const char *missing = attack->missing ? attack->missing() : NULL;

	if (!missing)
		return;
	print_message("# SKIP this kernel has no %s\n", missing);
	skip();
}

static void expect_arrival(const struct attack *attack, const struct dest *to, int port)
{
	const struct linger reset = { .l_onoff = 1 };
	char text[64];
	int fd = launch(attack, to);

	if (fd < 0)
		print_message("# %s\n", strerror(-fd));
	assert_true(fd >= 0);
	wire_receive(target(attack), attack->proto, port, text);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	assert_string_equal(text, PAYLOAD);
}

static void expect_refusal(const struct attack *attack, int network, __u16 port)
{
	struct dest to = dest_of(attack, network, port);
	struct mark before = mark();
	struct json_object *record;
	char text[64];

	skip_if_missing(attack);
	wire_strays(&wire, target(attack));
	assert_int_equal(launch(attack, &to), -EPERM);
	assert_int_equal(wire_strays(&wire, target(attack)), 0);
	wire_silent(target(attack));
	record = assert_refused(&before, GUARD_egress, "unlisted", 1);
	assert_field(record, "hook", attack->hook);
	assert_field(record, "object.family", attack->form == V6 ? "inet6" : "inet");
	assert_field(record, "object.proto", attack->proto == TCP ? "tcp" : "udp");
	snprintf(text, sizeof(text), "%s%s", network == LISTED ? forms[attack->form].listed :
		 forms[attack->form].unlisted, attack->from_there ? "1" : "2");
	assert_field(record, "object.addr", text);
	snprintf(text, sizeof(text), "%u", port);
	assert_field(record, "object.port", text);
	assert_field(record, "rule.file", POLICY);
	assert_field(record, "rule.line", RULE_LINE);
	assert_non_null(strstr(field(record, "exe"), "/egress_test"));
	if (attack->field)
		assert_field(record, attack->field, attack->value);
	json_object_put(record);
}

static void allow_before_load(void **state)
{
	const struct attack *attack = *state;
	struct dest to = dest_of(attack, UNLISTED, LISTED_PORT);

	skip_if_missing(attack);
	expect_arrival(attack, &to, LISTED);
	assert_true(wire_strays(&wire, target(attack)) > 0);
	to = dest_of(attack, LISTED, UNLISTED_PORT);
	expect_arrival(attack, &to, UNLISTED);
	assert_true(wire_strays(&wire, target(attack)) > 0);
}

static void deny_unlisted_address(void **state)
{
	expect_refusal(*state, UNLISTED, LISTED_PORT);
}

static void deny_unlisted_port(void **state)
{
	expect_refusal(*state, LISTED, UNLISTED_PORT);
}

static void allow_listed(void **state)
{
	const struct attack *attack = *state;
	struct dest to = dest_of(attack, LISTED, LISTED_PORT);
	struct mark before = mark();

	skip_if_missing(attack);
	wire_strays(&wire, target(attack));
	expect_arrival(attack, &to, LISTED);
	assert_int_equal(wire_strays(&wire, target(attack)), 0);
	assert_undisturbed(&before, GUARD_egress);
}

static int set_up(void **state)
{
	(void)state;
	/* Where there is none, the tests say so. */
	RUN("modprobe", "smc");
	wire_open(&wire);
	return mkdir(CGROUP, 0755) && errno != EEXIST;
}

static int load(void **state)
{
	(void)state;
	load_text(POLICY_HERE);
	return 0;
}

static int tear_down(void **state)
{
	rmdir(CGROUP);
	unload(state);
	wire_close();
	return 0;
}

static struct CMUnitTest test_of(const struct attack *attack, const char *verdict,
				 const char *which, CMUnitTestFunction function)
{
	char name[128];

	snprintf(name, sizeof(name), "%s_%s", attack->name, forms[attack->form].name);
	return test_of_row(verdict, name, which, function, attack);
}

int main(void)
{
	struct CMUnitTest unloaded[ARRAY_SIZE(attacks)], loaded[3 * ARRAY_SIZE(attacks)];
	struct CMUnitTest *next = loaded;
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++) {
		unloaded[i] = test_of(&attacks[i], "allow", "before_load", allow_before_load);
		*next++ = test_of(&attacks[i], "deny", "unlisted_address", deny_unlisted_address);
		*next++ = test_of(&attacks[i], "deny", "unlisted_port", deny_unlisted_port);
		*next++ = test_of(&attacks[i], "allow", "listed", allow_listed);
	}
	failed = cmocka_run_group_tests(unloaded, set_up, NULL);
	return failed + cmocka_run_group_tests(loaded, load, tear_down);
}
