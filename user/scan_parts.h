/* SPDX-License-Identifier: GPL-2.0-only */
/* scan_parts.h - what the parts of the seal's scan share.  Only user/scan*.c include it. */
#ifndef HARDENCTL_SCAN_PARTS_H
#define HARDENCTL_SCAN_PARTS_H

#include <linux/rtnetlink.h>

#include "rows.h"
#include "scan.h"

/* One scan under way. */
struct search {
	struct scan *scan;
	const struct set_info *set;
	struct findings *findings;
	struct row_task *tasks;		/* every thread */
	size_t n_tasks;
	struct row_file *files;
	size_t n_files;
	struct row_map *maps;
	size_t n_maps;
	struct row_program *programs;	/* ours */
	size_t n_programs;
	int own;			/* the set's table of our own objects */
};

/* Whether the findings of that guard count. */
bool search_wants(const struct search *search, __u32 guard);

/* Adds a finding; only the want of memory fails it. */
#define FOUND(search, kind, advice, ...)						\
	findings_add((search)->findings, (search)->set, FINDING_##kind, GUARD_seal, advice, __VA_ARGS__)

/* Whether an object is one of ours. */
bool search_own(const struct search *search, enum own_type type, __u32 id);

/* Runs an iterator to its end.  The caller frees the rows, of that size. */
int search_read(const struct bpf_link *link, size_t size, void **ret_rows, size_t *ret_count);

/* A process in words: pid, comm and program. */
struct who {
	char text[160];
};
struct flow_text {
	char text[256];
};
struct who who_is(__u32 tgid, const char comm[COMM_LEN]);

/* The TCP and UDP sockets of search->files that a guard judges by what the policy does not list. */
int search_flows(struct search *search);

/* Whether the row is such a socket.  What of it is not listed, in words. */
bool is_cut(const struct row_file *file);
struct flow_text flow_text(const struct row_file *file);

/* The first line of a file below `dir`, "" where it can't be read; -errno then. */
int read_first(int dir, const char *path, char *ret_line, size_t size);

/* Goes to the machine's first network namespace, and stays there. */
int search_enter_netns(__u32 *ret_netns);

/* Asks by netlink, and has `judge`, which returns 0 or -errno, look at each message of the answer. */
typedef int search_judge(void *context, const struct nlmsghdr *message);
int search_dump(int protocol, const struct nlmsghdr *request, search_judge *judge, void *context);

/* Attributes of a message, or of an attribute. */
struct attributes {
	const struct rtattr *first;
	int len;
};
struct attributes attribute_list(const struct rtattr *at);	/* of NULL: none */
const struct rtattr *attribute_find(struct attributes list, unsigned int type);	/* or NULL */
void attribute_text(struct attributes list, unsigned int type, char *ret_text, size_t size);	/* "" where there is none */

/* The parts.  Each returns 0 or -errno, and that only where it could not look. */
int scan_tasks(struct search *search);		/* tracer, process-unlisted, exec-memory, descriptor */
int scan_files(struct search *search);		/* proc-mem, descriptor, probe */
int scan_sockets(struct search *search);	/* socket-raw, socket-unlisted, listener-unlisted */
int scan_net(struct search *search);		/* forwarding, tunnel */
int scan_redirects(struct search *search);	/* forwarding: nftables, iptables, tc */
int scan_programs(struct search *search);	/* bpf-foreign */
int scan_system(struct search *search);		/* probe, binfmt, core-pipe, swap, kexec, hibernation */

#endif
