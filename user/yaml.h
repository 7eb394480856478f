/* SPDX-License-Identifier: GPL-2.0-only */
/* yaml.h - YAML without its surprises: one document, no tags or aliases, as a flat tree. */
#ifndef HARDENCTL_YAML_H
#define HARDENCTL_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"
#include "diag.h"
#include "policy.h"
#include "source.h"
#include "text.h"

#define YAML_NODES_MAX	4194304
#define YAML_DEPTH_MAX	16

/* YAML_BAD was reported already: whoever meets it says nothing more. */
enum yaml_type { YAML_TEXT, YAML_LIST, YAML_MAP, YAML_BAD };

struct yaml_node {
	__u8 type;		/* enum yaml_type */
	bool null;		/* YAML_TEXT: nothing there, "~" or "null" */
	bool plain;		/* YAML_TEXT: without quotes */
	__u32 at, end;		/* bytes of the file */
	__u32 text, len;	/* in the pool of texts, each with a NUL */
	__u32 next;		/* index of the next child of the same parent; 0: none */
	__u32 count;		/* of children; in a map, key and value take turns */
};

struct yaml {
	struct source source;
	__u32 file;		/* index of the file, for struct where */
	struct yaml_node *nodes;	/* parents before children; [0] is the root */
	size_t n_nodes;
	char *pool;
	size_t pool_len;
};

/*
 * Parses `len` bytes (at most POLICY_BYTES_MAX), which must outlive the tree. Tags, anchors,
 * aliases, directives and further documents are errors in `diags`, as is what isn't YAML at all.
 * Returns 0 and a tree (perhaps with YAML_BAD nodes), -EINVAL if there is no tree to look at, or
 * -ENOMEM.
 */
int yaml_parse(const char *name, __u32 file, const char *bytes, size_t len, struct diags *diags,
	       struct yaml **ret_yaml);
void yaml_free(struct yaml *yaml);

/* The first child of a list or map, or NULL; and the child after `child`, or NULL. */
const struct yaml_node *yaml_first(const struct yaml *yaml, const struct yaml_node *node);
const struct yaml_node *yaml_next(const struct yaml *yaml, const struct yaml_node *child);

const char *yaml_text(const struct yaml *yaml, const struct yaml_node *node);
struct text_quote yaml_quote(const struct yaml *yaml, const struct yaml_node *node);
struct where yaml_where(const struct yaml *yaml, const struct yaml_node *node);

/* "a list", "a mapping", "text", "nothing": what a node is, for messages. */
const char *yaml_kind(const struct yaml_node *node);

/* What to mark of a node: of a list or mapping only its beginning. */
struct diag_place yaml_place(const struct yaml *yaml, const struct yaml_node *node);

/* A warning at a node. */
#define yaml_warning(yaml, node, ...) do {					\
	struct diag_place yaml_place_ = yaml_place(yaml, node);			\
	diag_warning((yaml)->source.diags, &yaml_place_, __VA_ARGS__);			\
} while (0)

/* An error at a node. */
#define yaml_error(yaml, node, ...) do {					\
	struct diag_place yaml_place_ = yaml_place(yaml, node);			\
	diag_error((yaml)->source.diags, &yaml_place_, __VA_ARGS__);			\
} while (0)

#endif
