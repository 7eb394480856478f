/* SPDX-License-Identifier: GPL-2.0-only */
/* socket_names.h - families, types and protocols of sockets, as policies and records spell them. */
#ifndef HARDENCTL_SOCKET_NAMES_H
#define HARDENCTL_SOCKET_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

struct socket_word {
	const char *name;
	__u32 number;
};

/* Each ends with a row whose name is NULL. */
extern const struct socket_word socket_families[], socket_types[], socket_protos[];

/* The most rows that one of them has. */
#define SOCKET_WORDS	64

/* The row of that name, or NULL. */
const struct socket_word *socket_word_find(const struct socket_word *words, const char *name);

/* The name of that number, or the number in words; `buffer` is of 16 bytes at least. */
const char *socket_word_name(const struct socket_word *words, __u32 number, char *buffer, size_t size);

/* The names alone, which end with NULL, for who looks for the nearest. */
void socket_word_names(const struct socket_word *words, const char *ret_names[SOCKET_WORDS]);

/* Whether every policy allows such a socket, so that none can list it. */
bool socket_is_ordinary(__u32 family, __u32 type, __u32 proto);

#endif
