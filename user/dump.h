/* SPDX-License-Identifier: GPL-2.0-only */
/* dump.h - what becomes of egress.allow and ingress.allow: names looked up, entries merged. */
#ifndef HARDENCTL_DUMP_H
#define HARDENCTL_DUMP_H

#include <stdio.h>

#include "policy.h"
#include "rules.h"

struct json_object;

/* As entries of a policy would have it, a network a line, with what was looked up as comments. */
void dump_write(const struct policy *policy, const struct rules *rules, FILE *out);

/* The same as an object with `names`, `users`, `networks` and `sources`. */
struct json_object *dump_json(const struct policy *policy, const struct rules *rules);

#endif
