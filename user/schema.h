/* SPDX-License-Identifier: GPL-2.0-only */
/* schema.h - reads a policy's mappings by a table of keys; private to the parser of policies. */
#ifndef HARDENCTL_SCHEMA_H
#define HARDENCTL_SCHEMA_H

#include <stdbool.h>

#include "policy.h"
#include "yaml.h"

#define KEYS_MAX	128	/* rows of the table of keys */

/* Where a key may stand: in a guard's section (enum guard_id), at the top, or in one of these. */
enum section {
	SECTION_TOP = GUARD_COUNT,
	SECTION_LOG,
	SECTION_ENTRY,		/* an entry of egress.allow */
	SECTION_SOURCE,		/* an entry of ingress.allow */
	SECTION_TRACER,		/* an entry of ptrace.allow */
	SECTION_PROGRAM,	/* an entry of exec.allow */
	SECTION_EDGE,		/* an entry of exec.except */
	SECTION_DEVICE,		/* an entry of kernel.devices */
	SECTION_SOCKET,		/* an entry of egress.sockets */
	SECTION_REROUTE,	/* an entry of egress.netlink */
	SECTION_UNIX,		/* an entry of egress.unix */
	SECTION_VSOCK,		/* an entry of egress.vsock */
	SECTION_PROTECT,	/* an entry of data.protect */
	SECTION_COUNT,
	SECTION_GUARDS = SECTION_COUNT,	/* of a key: in every guard's section */
};

/* A key that some file had, for what can only be judged after the last one. */
struct seen {
	const struct yaml *yaml;	/* NULL: no file had it */
	const struct yaml_node *node;
};

/* An entry of egress.unix: each of `by` may reach each of `to`. */
struct deputy_entry {
	struct program_paths to, by;
	bool optional;
};

/* An entry of egress.vsock. */
struct vsock_entry {
	__u32 *cids;
	size_t n_cids;
	struct vsock_ports *ports;
	size_t n_ports;
	char *by;
	bool optional;
};

struct reader {
	struct policy *policy;
	const struct yaml *yaml;	/* the file that is being read */
	unsigned int section;		/* enum section of the keys that are being read */
	struct egress_rule *rule;	/* SECTION_ENTRY, SECTION_SOURCE: the one that is being read */
	struct tracer_rule *tracer;	/* SECTION_TRACER: likewise */
	struct exec_rule *program;	/* SECTION_PROGRAM: likewise */
	struct edge_rule *edge;		/* SECTION_EDGE: likewise */
	struct device_rules *devices;	/* SECTION_DEVICE, SECTION_PROTECT: the entry's; for the former, what else it says is in `device` */
	struct device_rule *device;
	struct socket_rule *socket;	/* SECTION_SOCKET: the one that is being read, where its `proto` is, if that is a name */
	const struct yaml_node *socket_proto;
	bool socket_proto_named;
	struct reroute_rule *reroute;	/* SECTION_REROUTE: the one that is being read */
	struct deputy_entry *deputy;	/* SECTION_UNIX: likewise */
	struct vsock_entry *vsock;	/* SECTION_VSOCK: likewise */
	struct protect_rule *protect;	/* SECTION_PROTECT: likewise */
	struct seen sections[SECTION_COUNT], modes[GUARD_COUNT], version;
	struct seen *names;		/* by index of policy->egress_names: where each stands first */
	size_t n_names;
	bool egress_set, ingress_set;	/* policy->egress_allow, ->ingress_allow is of the key, not of its section */
	int err;			/* -ENOMEM, once it happened */
};

struct key;

/* A key's name and value in a file. */
struct pair {
	const struct key *key;
	const struct yaml_node *name, *value;
};

struct key {
	unsigned int section;		/* enum section */
	const char *name;
	void (*read)(struct reader *reader, const struct pair *pair);
	const char *const *words;	/* the values that there are, or NULL */
};

/* keys.c: every key that a policy may have. */
extern const struct key keys[];
extern const size_t n_keys;

/* "exec.mode", "egress.allow.to", "version": a key's full name. */
struct key_name {
	char s[64];
};
struct key_name schema_name(const struct reader *reader, const char *key);
const char *schema_section_name(unsigned int section);

/* Reads one mapping whose keys belong to `section`. */
void schema_read_map(struct reader *reader, unsigned int section, const struct yaml_node *map);

/* Reads a file's tree into reader->policy; errors go to the tree's diags. */
void schema_read(struct reader *reader, const struct yaml *yaml);

/* After the last file: what no file had but must be there, located in the `first`. */
void schema_finish(struct reader *reader, const struct yaml *first);

/* The text of a value, or NULL after saying why there is none. */
const char *schema_text(struct reader *reader, const struct pair *pair,
			const struct yaml_node *value);

/* Index of a value in the key's words, or -1 after saying why not. */
int schema_word(struct reader *reader, const struct pair *pair, const struct yaml_node *value);

/* Reads a value that is deny or allow. */
void schema_read_class(struct reader *reader, const struct pair *pair, struct class_policy *class);

/* Says what is wrong with an item that is none of the words, "is no ...", and which of them it is most like. */
void schema_unknown(struct reader *reader, const struct yaml_node *item, const char *text, const char *const *words,
		    const char *what);

/* Calls `read` for the value, or for each item if it is a list; an empty list is an error. */
void schema_each(struct reader *reader, const struct pair *pair,
		 void (*read)(struct reader *reader, const struct pair *pair,
			      const struct yaml_node *item));

/* Calls `read` for each item of a list, which may be empty; anything else is an error. */
void schema_each_item(struct reader *reader, const struct pair *pair,
		      void (*read)(struct reader *reader, const struct pair *pair,
				   const struct yaml_node *item));

/* Whether the value is a list; false after saying so where it is none. */
bool schema_is_list(struct reader *reader, const struct pair *pair);

/* Whether a mapping has a key of that name. */
bool schema_has(const struct yaml *yaml, const struct yaml_node *map, const char *name);

/*
 * Adds one item to a list that grows whenever its count is a power of two.  -E2BIG after saying so, -ENOMEM.
 */
int schema_add_item(struct reader *reader, const struct yaml_node *value, void *list, size_t *count,
		    size_t max, const void *item, size_t size);

extern const char *const class_words[];	/* "deny", "allow" */
extern const char *const baseline_words[];	/* by enum baseline */
extern const char *const yes_no_words[];
extern const char *const key_type_words[];	/* by enum key_class: what the kernel calls them */

/*
 * The path of a script, which must stand there just as an interpreter will be given it; the caller frees it.  NULL after
 * saying why there is none.
 */
char *schema_script(struct reader *reader, const struct pair *pair);

/* The absolute path of a program, which the caller frees; NULL after saying why there is none. */
char *schema_program(struct reader *reader, const struct pair *pair);

/* The same for one item of a list. */
char *schema_program_item(struct reader *reader, const struct pair *pair, const struct yaml_node *item);

/* exec_keys.c */
void exec_read_class(struct reader *reader, const struct pair *pair);
void exec_read_baseline(struct reader *reader, const struct pair *pair);
void exec_read_allow(struct reader *reader, const struct pair *pair);
void exec_read_path(struct reader *reader, const struct pair *pair);
void exec_read_libraries(struct reader *reader, const struct pair *pair);
void exec_read_jit(struct reader *reader, const struct pair *pair);
void exec_read_script(struct reader *reader, const struct pair *pair);
void exec_read_verity(struct reader *reader, const struct pair *pair);
void exec_read_override(struct reader *reader, const struct pair *pair);

/* except_keys.c: exec.except, and the keys of its entries. */
void except_read(struct reader *reader, const struct pair *pair);
void except_read_path(struct reader *reader, const struct pair *pair);
void except_read_script(struct reader *reader, const struct pair *pair);
void except_read_flag(struct reader *reader, const struct pair *pair);

/* ptrace_keys.c: ptrace.read, ptrace.allow, and the keys of its entries. */
void ptrace_read_read(struct reader *reader, const struct pair *pair);
void ptrace_read_allow(struct reader *reader, const struct pair *pair);
void ptrace_read_program(struct reader *reader, const struct pair *pair);
void ptrace_read_access(struct reader *reader, const struct pair *pair);

/* modules_keys.c */
void modules_read_allow(struct reader *reader, const struct pair *pair);
void modules_read_firmware(struct reader *reader, const struct pair *pair);

/* egress_keys.c: egress.allow, ingress.allow, and the keys of their entries. */
void egress_read_allow(struct reader *reader, const struct pair *pair);
void egress_read_address(struct reader *reader, const struct pair *pair);
void egress_read_port(struct reader *reader, const struct pair *pair);
void egress_read_proto(struct reader *reader, const struct pair *pair);
void egress_read_by(struct reader *reader, const struct pair *pair);
void egress_read_user(struct reader *reader, const struct pair *pair);
void egress_read_resolve(struct reader *reader, const struct pair *pair);

/* After the last file: host names without egress.resolve. */
void egress_finish(struct reader *reader);

/* socket_keys.c: egress.sockets, and the keys of its entries. */
void socket_read(struct reader *reader, const struct pair *pair);
void socket_read_family(struct reader *reader, const struct pair *pair);
void socket_read_type(struct reader *reader, const struct pair *pair);
void socket_read_proto(struct reader *reader, const struct pair *pair);
void socket_read_by(struct reader *reader, const struct pair *pair);
void socket_read_optional(struct reader *reader, const struct pair *pair);

/* reroute_keys.c: egress.netlink, and the keys of its entries. */
void reroute_read(struct reader *reader, const struct pair *pair);
void reroute_read_operations(struct reader *reader, const struct pair *pair);
void reroute_read_by(struct reader *reader, const struct pair *pair);
void reroute_read_optional(struct reader *reader, const struct pair *pair);

/* unix_keys.c: egress.unix, and the keys of its entries. */
void unix_read(struct reader *reader, const struct pair *pair);
void unix_read_to(struct reader *reader, const struct pair *pair);
void unix_read_by(struct reader *reader, const struct pair *pair);
void unix_read_optional(struct reader *reader, const struct pair *pair);

/* vsock_keys.c: egress.vsock, and the keys of its entries. */
void vsock_read(struct reader *reader, const struct pair *pair);
void vsock_read_cid(struct reader *reader, const struct pair *pair);
void vsock_read_port(struct reader *reader, const struct pair *pair);
void vsock_read_by(struct reader *reader, const struct pair *pair);
void vsock_read_optional(struct reader *reader, const struct pair *pair);

/* kernel_keys.c */
void kernel_read_allow(struct reader *reader, const struct pair *pair);
void kernel_read_class(struct reader *reader, const struct pair *pair);
void kernel_read_mounts(struct reader *reader, const struct pair *pair);
void kernel_read_sysfs(struct reader *reader, const struct pair *pair);

/* sysctl_keys.c: kernel.sysctls */
void sysctl_read(struct reader *reader, const struct pair *pair);

/* device_keys.c: kernel.devices, and the keys of its entries; devices of data.protect */
void device_read(struct reader *reader, const struct pair *pair);
void device_read_names(struct reader *reader, const struct pair *pair);
void device_read_protected(struct reader *reader, const struct pair *pair);
void device_read_access(struct reader *reader, const struct pair *pair);
void device_read_by(struct reader *reader, const struct pair *pair);
void device_read_optional(struct reader *reader, const struct pair *pair);

/* data_keys.c: data.protect, and the keys of its entries */
void data_read(struct reader *reader, const struct pair *pair);
void data_read_paths(struct reader *reader, const struct pair *pair);
void data_read_by(struct reader *reader, const struct pair *pair);
void data_read_remove(struct reader *reader, const struct pair *pair);
void data_read_shm(struct reader *reader, const struct pair *pair);
void data_read_keys(struct reader *reader, const struct pair *pair);
void data_read_optional(struct reader *reader, const struct pair *pair);

/* seal_keys.c */
void seal_read_at(struct reader *reader, const struct pair *pair);
void seal_read_retry(struct reader *reader, const struct pair *pair);
void seal_read_tolerate(struct reader *reader, const struct pair *pair);
void seal_read_upgrades(struct reader *reader, const struct pair *pair);
void seal_read_bpf(struct reader *reader, const struct pair *pair);

#endif
