/* SPDX-License-Identifier: GPL-2.0-only */
/* policy.h - the text of a policy as plain structs.  Pure: reads files, no kernel calls. */
#ifndef HARDENCTL_POLICY_H
#define HARDENCTL_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"
#include "diag.h"
#include "sign.h"

#define POLICY_FILES_MAX	64		/* the policy and its drop-ins */
#define POLICY_BYTES_MAX	(32u << 20)	/* of one file */
#define POLICY_EGRESS_MAX	262144		/* entries of egress.allow; of ingress.allow */
#define POLICY_USERS_MAX	1024		/* users that entries of egress.allow and ingress.allow are for */
#define POLICY_NAMES_MAX	1024		/* host names in both */
#define POLICY_PROGRAMS_MAX	65536		/* entries of exec.allow */
#define POLICY_LIBRARIES_MAX	65536		/* entries of exec.libraries */
#define POLICY_JIT_MAX		4096		/* entries of exec.jit */
#define POLICY_TRACERS_MAX	256		/* entries of ptrace.allow */
#define POLICY_MODULES_MAX	1024		/* entries of modules.allow */
#define POLICY_MOUNTS_MAX	128		/* types of file systems that there are */
#define POLICY_EDGES_MAX	1024		/* entries of exec.except */
#define POLICY_SYSCTLS_MAX	4096		/* entries of kernel.sysctls */
#define POLICY_DEVICES_MAX	1024		/* entries of kernel.devices, and devices of one of data.protect */
#define POLICY_SOCKETS_MAX	1024		/* entries of egress.sockets */
#define POLICY_REROUTES_MAX	1024		/* entries of egress.netlink */
#define POLICY_DEPUTIES_MAX	4096		/* pairs of programs of egress.unix */
#define POLICY_VSOCKS_MAX	4096		/* CIDs of egress.vsock, each with a range of ports */
#define POLICY_OWNERS_MAX	1024		/* programs of one entry of data.protect */
#define POLICY_LIST_MAX		262144		/* entries of one list within an entry */
#define POLICY_DIAGS_MAX	1000		/* past this, one last line says so */

/* Where in the text something stands. */
struct where {
	__u32 file;		/* index into struct policy's files */
	__u32 line;
};

struct cidr {
	__u8 addr[16];		/* network order; host bits are zero; first four bytes for v4 */
	__u8 family;		/* AF_INET or AF_INET6 */
	__u8 len;
};

struct port_range {
	__u16 lo, hi;		/* both included */
};

/* What entries of egress.allow and ingress.allow refer to, each once however many entries do. */
struct egress_program {
	char *path;		/* absolute */
	const char *list;	/* the first: egress.allow or ingress.allow */
	struct where where;
};

struct egress_user {
	char *name;		/* NULL: it was given as a number */
	__u32 uid;
	bool known;		/* false: a name that was not looked up yet */
	struct where where;
};

struct egress_name {
	char *name;		/* a host's */
	struct cidr *to;	/* its addresses, once it was looked up */
	size_t n_to;
	struct where where;
};

struct egress_rule {
	struct cidr *to;	/* at least one, or a name; of ingress.allow: `from` */
	size_t n_to;
	__u16 *names;		/* indices into the policy's egress_names */
	size_t n_names;
	struct port_range *ports;	/* none: every port */
	size_t n_ports;
	bool tcp, udp;		/* both unless `proto` says one */
	bool icmp;		/* ICMPv6, too */
	__u16 *by;		/* indices into the policy's egress_programs; none: any program */
	size_t n_by;
	__u16 *users;		/* indices into the policy's egress_users; none: any user */
	size_t n_users;
	struct where where;
};

/* egress.allow or ingress.allow. */
struct net_rules {
	const char *name;	/* of its key */
	const struct egress_rule *list;
	size_t count;
	bool on;		/* its guard does something */
};

/* An entry of exec.allow. */
struct exec_rule {
	char *path;		/* absolute; with a slash at its end: every program below */
	char *script;		/* while it is read: then it becomes an edge */
	struct verity verity;	/* what it must hold, wherever it is; size 0: it is its path's file */
	int class;		/* enum exec_class that it overrides; -1: none */
	struct where where;
};

/* An entry of exec.libraries or exec.jit. */
struct path_rule {
	char *path;		/* absolute; with a slash at its end, of libraries: every one below */
	struct where where;
};

struct path_rules {
	bool set;		/* what isn't listed is refused */
	struct where where;	/* of the key, or of the section where it is absent */
	struct path_rule *list;
	size_t count;
};

/* An entry of exec.except, or one of exec.allow for a script. */
struct edge_rule {
	char *parent;		/* paths, absolute; NULL: exec.allow, whoever starts it */
	char *program;
	char *script;		/* NULL: whatever the program is given */
	int class;		/* without a parent: as in struct exec_rule */
	bool descends, unlinked, after_seal;
	struct where where;
};

/* An entry of ptrace.allow. */
struct tracer_rule {
	char *tracer;		/* paths, absolute */
	char *target;		/* NULL: any program */
	__u8 access;		/* enum access */
	struct where where;
};

/* An entry of modules.allow. */
struct module_rule {
	struct module_name name;
	struct where where;
};

/* An entry of kernel.sysctls. */
struct sysctl_rule {
	char *name;		/* as in struct sysctl_key; of a tree, up to its last slash */
	struct where where;
};

struct sysctl_rules {
	bool set;		/* what isn't listed is refused after the seal; else only what is dangerous */
	struct where where;	/* of the key, or of the section where it is absent */
	struct sysctl_rule *list;
	size_t count;
};

enum device_form { DEVICE_PATH, DEVICE_NUMBER, DEVICE_DRIVER, DEVICE_MISC };

/* An entry of kernel.devices, or a device of one of data.protect, where only `name`, `form`, `key` and `where` count. */
struct device_rule {
	char *name;		/* as the policy has it; what it means depends on `form` */
	char *by;		/* path of the one program that may; NULL: everybody */
	__u8 form;		/* enum device_form */
	__u8 access;		/* mask of enum device_access */
	bool optional;		/* no error where this machine has no such device */
	__u64 key;		/* but for a path: the row's, without what only this machine knows */
	struct where where;
};

struct device_rules {
	bool set;		/* what isn't listed is not opened after the seal */
	struct where where;	/* of the key, or of the section where it is absent */
	struct device_rule *list;
	size_t count;
};

struct program_paths {
	char **list;
	size_t count;
};

/* An entry of data.protect. */
struct protect_rule {
	struct program_paths paths;	/* absolute; with a slash at its end: a directory, and all that is below */
	struct device_rules devices;	/* character devices */
	__u32 shm;			/* mask of enum shm_class */
	__u32 keys;			/* mask of enum key_class */
	struct program_paths by;	/* the programs whose they are */
	bool remove;			/* everybody may remove the files */
	bool optional;			/* no error where this machine has no such device */
	struct where where;
};

/* An entry of egress.sockets. */
struct socket_rule {
	__u16 family, type;	/* as in struct socket_kind */
	__u32 proto;
	char *by;		/* path of the one program that may; NULL: everybody */
	bool optional;		/* no error where that program is not there */
	struct where where;
};

struct socket_rules {
	bool set;
	struct where where;	/* of the key, or of the section where it is absent */
	struct socket_rule *list;
	size_t count;
};

/* An entry of egress.netlink. */
struct reroute_rule {
	__u32 operations;	/* mask of enum reroute */
	char *by;		/* path of the one program that may; NULL: everybody */
	bool optional;		/* no error where that program is not there */
	struct where where;
};

struct reroute_rules {
	bool set;
	struct where where;	/* of the key, or of the section where it is absent */
	struct reroute_rule *list;
	size_t count;
};

/* Of an entry of egress.unix, one that may with one that it may reach. */
struct deputy_rule {
	char *to;		/* path of the program that made the socket */
	char *by;		/* path of the one that may; NULL: everybody */
	bool optional;		/* no error where one of them is not there */
	struct where where;
};

struct deputy_rules {
	bool set;		/* what isn't listed is refused */
	struct where where;	/* of the key, or of the section where it is absent */
	struct deputy_rule *list;
	size_t count;
};

struct vsock_ports {
	__u32 lo, hi;		/* both included */
};

/* Of an entry of egress.vsock, one CID with one range of ports. */
struct vsock_rule {
	__u32 cid;		/* VSOCK_ANY */
	struct vsock_ports ports;
	char *by;		/* path of the one program that may; NULL: everybody */
	bool optional;		/* no error where that program is not there */
	struct where where;
};

struct vsock_rules {
	bool set;
	struct where where;	/* of the key, or of the section where it is absent */
	struct vsock_rule *list;
	size_t count;
};

struct guard_policy {
	__u8 mode;		/* enum mode */
	__u8 before_seal;	/* MODE_ENFORCE or MODE_AUDIT: what `enforce` means until the seal */
	struct where where;	/* of `mode`'s value */
};

struct seal_policy {
	bool at_load;			/* `load` seals too */
	__u32 retry;			/* seconds */
	__u32 tolerate;			/* mask of enum finding_kind */
	__u16 tolerate_audit, tolerate_off;	/* masks of enum guard_id */
	__u8 bpf;			/* mask of enum seal_bpf */
	bool upgrades;			/* the files of packages may be changed after it */
};

/* Classes of programs, each a key of section exec: deny or allow. */
enum exec_class { EXEC_SHELLS, EXEC_INTERPRETERS, EXEC_LOADER, EXEC_FILELESS, EXEC_INTRODUCED, EXEC_CLASSES };

struct class_policy {
	bool deny;
	struct where where;	/* of the key's value, or of the section where the key is absent */
};

struct policy {
	char *files[POLICY_FILES_MAX];	/* as opened; files[0] is the policy itself */
	size_t n_files;
	char name[NAME_LEN];
	__u64 serial;
	char signer[SIGN_ID_TEXT];	/* number of the key that signed files[0]; "": no key counts here */
	char digest[80];	/* "sha256:..." of all files' bytes, one after the other */
	struct guard_policy guard[GUARD_COUNT];	/* seal: always MODE_ENFORCE */
	struct class_policy exec[EXEC_CLASSES];
	__u8 baseline;		/* enum baseline */
	bool allow;		/* exec.allow is there: what it doesn't list is refused */
	struct where allow_where;
	struct exec_rule *programs;	/* exec.allow */
	size_t n_programs;
	struct path_rules libraries, jit;	/* exec.libraries; exec.jit, not set: any */
	struct edge_rule *edges;	/* exec.except, and what of exec.allow is for a script */
	size_t n_edges;
	struct class_policy ptrace_read;
	struct tracer_rule *tracers;	/* ptrace.allow */
	size_t n_tracers;
	struct module_rule *modules;	/* modules.allow */
	size_t n_modules;
	struct where modules_where;	/* of the key, where there are entries */
	struct class_policy firmware;
	bool mounts_set;	/* kernel.mounts is there: what it doesn't list is not mounted after the seal */
	bool mounts[POLICY_MOUNTS_MAX];	/* what it lists, by filesystem_find() */
	struct where mounts_where;	/* of the key, or of the section where it is absent */
	struct sysctl_rules sysctls;	/* kernel.sysctls */
	struct device_rules devices;	/* kernel.devices */
	struct class_policy sysfs;	/* kernel.sysfs */
	struct protect_rule *protect;	/* data.protect */
	size_t n_protect;
	struct where protect_where;	/* of the key, where there are entries */
	struct egress_rule *egress;
	size_t n_egress;
	struct egress_program *egress_programs;
	size_t n_egress_programs;
	struct egress_user *egress_users;
	size_t n_egress_users;
	struct egress_name *egress_names;
	size_t n_egress_names;
	bool resolve;		/* egress.resolve: names are looked up */
	struct where egress_allow;	/* of egress.allow, or of the section */
	struct egress_rule *ingress;	/* ingress.allow, with the programs, users and names of egress */
	size_t n_ingress;
	struct where ingress_allow;	/* of ingress.allow, or of the section */
	struct socket_rules sockets;	/* egress.sockets */
	struct reroute_rules reroutes;	/* egress.netlink */
	struct deputy_rules deputies;	/* egress.unix */
	struct vsock_rules vsocks;	/* egress.vsock */
	struct class_policy kernel[KERNEL_CLASSES];
	__u64 lockdown;		/* kernel.allow: mask of indices into lockdown_words */
	struct where lockdown_where;	/* of kernel.allow, or of the section */
	__u32 log_records;
	bool log_journal;	/* log.journal */
	struct seal_policy seal;
	__u8 on_load_failure, on_seal_refused, on_canary_lost;	/* enum on_failure */
};

/*
 * Reads `path` and the drop-ins policy.d/NAME.yaml beside it (in name order: a later scalar
 * replaces, a list is appended).  Fills `diags` with every error and warning there is, located.
 * Returns 0 and a policy that the caller frees, -EINVAL if the text is wrong (diags say how), or
 * -errno if a file could not be read (then the last diag says which).  On failure *ret_policy is
 * untouched.
 */
int policy_parse(const char *path, struct diags *diags, struct policy **ret_policy);

/*
 * The same where the machine's keys count.  Each file must be signed by one of them, and is not parsed before; -EKEYREJECTED
 * where it is not, or where the keys can't be used.  With `warn` that is a warning: what a later load would say.
 */
int policy_parse_signed(const char *path, bool warn, struct diags *diags, struct policy **ret_policy);

/* The same for text in memory, without drop-ins; `name` stands for the file in messages. */
int policy_parse_buffer(const char *name, const char *text, size_t len, struct diags *diags,
			struct policy **ret_policy);

/* A policy that is not there yet: another text for its first file, and one more drop-in after all others. */
struct policy_edit {
	const char *text;
	size_t len;
	const char *dropin_name, *dropin;	/* NULL: none */
	bool alone;		/* without the drop-ins that are there */
};

/* policy_parse() as it would be if `path` had that text. */
int policy_parse_edited(const char *path, const struct policy_edit *edit, struct diags *diags, struct policy **ret_policy);

/*
 * Makes of it one whose guards record what they would have refused.  It seals nothing and powers nothing off.  The seal guard
 * stays: it keeps those from being disarmed.
 */
void policy_audit(struct policy *policy);

/* Takes all entries out of a list of paths. */
void policy_clear_paths(struct path_rules *rules);

/* Of GUARD_egress or GUARD_ingress. */
struct net_rules policy_net_rules(const struct policy *policy, __u32 guard);

/* Takes all paths out of a list. */
void policy_free_programs(struct program_paths *paths);

void policy_free_protect(struct protect_rule *rule);
void policy_free_egress_rule(struct egress_rule *rule);
void policy_free(struct policy *policy);

#endif
