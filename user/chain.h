/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chain.h - the forward-secure chain of exported lines.
 *
 * Each line is authenticated together with the one before it, by a key that is used once and then replaced by a hash of itself.
 * Who reads the present key, be it root, can make lines that come after, and none that were there before.  Lines come in
 * segments (files); the key that a segment begins with is an element of a chain of its own, so that whoever has the first key can
 * begin anywhere, and files at the old end may be gone.
 *
 *	S[1] = the first key		S[n+1] = H(S[n], "segment")
 *	L[n,0] = H(S[n], "line")	L[n,i+1] = H(L[n,i], "next")
 *	MAC[n,i] = H(L[n,i], "mac" || MAC of the line before, be it in the segment before || the line without its "chain")
 *
 * H is keyed BLAKE2b with 32 bytes.  Pure: no files, no kernel.
 */
#ifndef HARDENCTL_CHAIN_H
#define HARDENCTL_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"

#define CHAIN_BYTES	32			/* of a key and of a MAC */
#define CHAIN_HEX	(2 * CHAIN_BYTES)
/* What a line ends with: its last member, in place of the brace that closes the object, and the newline. */
#define CHAIN_END	(sizeof(",\"chain\":\"\"}\n") - 1 + CHAIN_HEX)
/* A bound for what a header may claim: 2 MiB each, it is 32 TiB of lines. */
#define CHAIN_SEGMENTS	(1u << 24)

struct chain {
	__u8 coming[CHAIN_BYTES];	/* S of the segment to come */
	__u8 key[CHAIN_BYTES];		/* L of the line to come */
	__u8 mac[CHAIN_BYTES];		/* of the line before; 0: there is none */
	__u32 segment;			/* the one that was begun last, from 1; 0: none */
	__u32 lines;			/* in it, its header among them */
};

/* Where whoever writes the lines has got to: what is kept in a file, and overwritten with every line. */
struct chain_state {
	__u32 version;		/* CHAIN_VERSION */
	__u32 log;		/* id of the log map */
	__u64 next;		/* seq of the record that is to come */
	__u64 first;		/* seq that the segment begins with */
	__u64 size;		/* of its file, in bytes */
	struct chain chain;
	__u8 sum[16];		/* BLAKE2b of all that, against a file that was torn */
};
#define CHAIN_VERSION	1
static_assert(sizeof(struct chain_state) == 152, "chain_state: written as bytes, no padding");

#define CHAIN_BOOT	37	/* a boot's id, with its NUL */
#define CHAIN_HEADER	320	/* room for a header without its MAC */

/* What a segment begins with, without its MAC: which one of which log it is, and what came before. */
struct chain_header {
	__u32 segment, log;
	__u64 first;			/* seq of the record that is to come */
	char boot[CHAIN_BOOT];
	char previous[CHAIN_HEX + 1];	/* MAC of the line before it; "": the log has no chain */
};

void chain_print_header(const struct chain_header *header, char ret_json[CHAIN_HEADER]);

/* Whether the line, with its newline, is a header, spelled as that function spells it. */
bool chain_parse_header(const char *line, size_t len, struct chain_header *ret_header);

/* A first key, and the chain that begins with it. */
void chain_new(struct chain *ret_chain, char ret_key[CHAIN_HEX + 1]);

/* The chain that `key` begins, 64 hexadecimal digits.  -EINVAL: it is no key. */
int chain_open(const char *key, struct chain *ret_chain);

/* Goes on to the next segment; what can make lines of the last one is erased. */
void chain_segment(struct chain *chain);

/* Goes on to segment number `segment`, which is not behind it: with `mac`, what the line before it had. */
void chain_seek(struct chain *chain, __u32 segment, const __u8 mac[CHAIN_BYTES]);

/* The MAC of the next line, `len` bytes as they are without "chain"; its key is replaced by the next one. */
void chain_line(struct chain *chain, const char *body, size_t len, char ret_mac[CHAIN_HEX + 1]);

/* Writes line `body`, an object, with its last member and a newline to `ret_line`; returns its length.  A NULL `mac` is null. */
size_t chain_close_line(const char *body, size_t len, const char *mac, char *ret_line, size_t size);

/* Whether the line, with its newline, has a MAC as chain_close_line() writes it; what stands before it without one is its body. */
bool chain_has_mac(const char *line, size_t len, char ret_mac[CHAIN_HEX + 1]);

/* Whether the line, with its newline, is the next one of the chain, which then goes on. */
bool chain_accept(struct chain *chain, const char *line, size_t len);

/* 64 hexadecimal digits to bytes, and back. */
bool chain_parse(const char *text, __u8 ret_bytes[CHAIN_BYTES]);
void chain_print(const __u8 bytes[CHAIN_BYTES], char ret_text[CHAIN_HEX + 1]);

/* Fills in the sum; whether it is right. */
void chain_state_close(struct chain_state *state);
bool chain_state_valid(const struct chain_state *state);

#endif
