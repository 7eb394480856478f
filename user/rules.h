/* SPDX-License-Identifier: GPL-2.0-only */
/* rules.h - from a policy to rows for the kernel's maps.  Pure. */
#ifndef HARDENCTL_RULES_H
#define HARDENCTL_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"
#include "diag.h"
#include "policy.h"

struct trie_row {
	struct cidr net;
	struct span span;
};

struct rules {
	struct trie_row *rows;	/* each network once */
	size_t n_rows, n_rows4;	/* all; those of them that are AF_INET */
	struct port_rule *ports;
	size_t n_ports;
};

/*
 * The longest matching prefix alone decides in the kernel, so each row carries the ports of every
 * rule whose network contains it; equal spans are stored once, overlapping ranges merged.
 * v4-mapped v6 networks (::ffff:0:0/96 and longer) become v4 ones, as the kernel side normalises
 * addresses before it looks them up.  Returns 0 and rules that the caller frees; -EINVAL with a
 * located diag where more than SPAN_MAX port rules meet on one address; -ENOMEM.
 */
int rules_compile(const struct policy *policy, struct diags *diags, struct rules **ret_rules);

/* Asks the rows as the kernel does: longest prefix, then its span. `port` is in host order. */
bool rules_match(const struct rules *rules, int family, const void *addr, __u16 port, __u8 proto);

void rules_free(struct rules *rules);

#endif
