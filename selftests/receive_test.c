// SPDX-License-Identifier: GPL-2.0-only
/*
 * receive_test.c - what was open before the seal and is on its way through a socket at the seal arrives nowhere.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.1 7
 * Alone: it seals the machine
 */
#include "child.h"
#include "modules.h"
#include "sealing.h"
#include "util.h"
#include "victim.h"

#include <linux/perf_event.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define FILE_HERE	"/tmp/received"
#define POLICY_HERE									\
	"version: 1\nexec: { mode: enforce, introduced: allow }\nptrace: { mode: enforce, read: deny }\n"	\
	"modules: { mode: enforce }\negress: { mode: off }\ningress: { mode: off }\ndata: { mode: off }\n"	\
	"kernel: { mode: enforce, devices: [char 1:11] }\n"				\
	"seal: { tolerate: [" TOLERATE_MACHINE ", \"off:egress\", \"off:ingress\", \"off:data\"] }\n"

static struct victim victim;

static int open_of_victim(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", victim.pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int open_memory(void) { return open_of_victim("mem"); }
static int open_environment(void) { return open_of_victim("environ"); }
static int open_status(void) { return open_of_victim("status"); }
static int open_own_memory(void) { return open("/proc/self/mem", O_RDWR | O_CLOEXEC); }
static int open_sysrq(void) { return open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC); }
static int open_parameter(void) { return open("/sys/module/printk/parameters/time", O_WRONLY | O_CLOEXEC); }
static int read_parameter(void) { return open("/sys/module/printk/parameters/time", O_RDONLY | O_CLOEXEC); }
static int open_tracing(void) { return open("/sys/kernel/tracing/trace_marker", O_WRONLY | O_CLOEXEC); }
static int open_physical(void) { return open("/dev/mem", O_RDONLY | O_CLOEXEC); }
static int open_messages(void) { return open("/dev/kmsg", O_WRONLY | O_CLOEXEC); }
static int open_null(void) { return open("/dev/null", O_RDWR | O_CLOEXEC); }
static int open_file(void) { return open(FILE_HERE, O_RDWR | O_CREAT | O_CLOEXEC, 0600); }
static int open_policy(void) { return open(POLICY, O_WRONLY | O_CLOEXEC); }
static int read_policy(void) { return open(POLICY, O_RDONLY | O_CLOEXEC); }
static int make_counter(void) { return eventfd(0, EFD_CLOEXEC); }
static int make_poll(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int make_map(void)
{
	return bpf_map_create(BPF_MAP_TYPE_ARRAY, "own", 4, 8, 1, NULL);
}

static int measure(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_DUMMY, .size = sizeof(attr), .exclude_kernel = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

/* A refused one, or its neighbour that arrives. */
static const struct parcel {
	const char *name;
	int (*open)(void);
	bool arrives;
} parcels[] = {
	{ "memory_of_another", open_memory, false },
	{ "own_memory", open_own_memory, true },
	{ "environment_of_another", open_environment, false },
	{ "status_of_another", open_status, true },
	{ "sysrq", open_sysrq, false },
	{ "parameter", open_parameter, false },
	{ "parameter_to_read", read_parameter, true },
	{ "tracing", open_tracing, false },
	{ "physical_memory", open_physical, false },
	{ "listed_device", open_messages, true },
	{ "null", open_null, true },
	{ "policy", open_policy, false },
	{ "policy_to_read", read_policy, true },
	{ "file", open_file, true },
	{ "map", make_map, false },
	{ "perf_event", measure, false },
	{ "event_counter", make_counter, true },
	{ "poll", make_poll, true },
};

static int sockets[ARRAY_SIZE(parcels)][2];

union control { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; };

static void send_parcel(size_t which)
{
	union control control = {};
	struct iovec part = { "", 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	int fd = parcels[which].open();

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets[which]), 0);
	/* The kernel itself is locked down, say. */
	if (fd < 0)
		return;
	control.header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(fd)) };
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	assert_int_equal(sendmsg(sockets[which][0], &message, 0), 1);
	close(fd);
}

/* The descriptor; -1: the message came without; -2: there was no message. */
static int take_parcel(size_t which)
{
	union control control = {};
	char byte;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(sockets[which][1], &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return -2;
	if (message.msg_controllen < CMSG_LEN(sizeof(fd)) || control.header.cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static void allow_seal(void **state)
{
	(void)state;
	/* The policy's file must be there to be opened, and is guarded from the load on. */
	spill(POLICY, POLICY_HERE);
	for (size_t i = 0; i < ARRAY_SIZE(parcels); i++)
		send_parcel(i);
	HARDEN(0, "load", "--policy", POLICY);
	HARDEN(0, "seal");
	assert_state("sealed");
}

static void deny_or_allow(void **state)
{
	const struct parcel *parcel = *state;
	/* Where the kernel's memory can't be read it can't be told whose a /proc/PID/mem is: none arrives. */
	bool arrives = parcel->arrives && (parcel->open != open_own_memory || tells_texts());
	struct mark before = mark();
	int fd = take_parcel(parcel - parcels);

	if (fd == -2) {
		print_message("# SKIP it can't be opened here\n");
		skip();
	}
	if (arrives) {
		assert_true(fd >= 0);
		close(fd);
		assert_undisturbed(&before, GUARD_seal);
		return;
	}
	assert_int_equal(fd, -1);
	json_object_put(assert_refused(&before, GUARD_seal, "held", 1));
}

static int set_up(void **state)
{
	(void)state;
	victim = start_victim(0);
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(parcels) + 1] = { cmocka_unit_test(allow_seal) };

	for (size_t i = 0; i < ARRAY_SIZE(parcels); i++)
		tests[i + 1] = test_of_row(parcels[i].arrives ? "allow" : "deny", parcels[i].name, "", deny_or_allow, &parcels[i]);
	return _cmocka_run_group_tests("receive", tests, ARRAY_SIZE(tests), set_up, NULL);
}
