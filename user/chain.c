// SPDX-License-Identifier: GPL-2.0-only
/* chain.c - the forward-secure chain of exported lines. */
#include "chain.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define TAG_SIZE	16
#define LINE_BEGIN	",\"chain\":"

/* What a hash is for: no two of them ever hash the same bytes under one key. */
static const char tag_segment[TAG_SIZE] = "hctl segment", tag_line[TAG_SIZE] = "hctl line", tag_next[TAG_SIZE] = "hctl next",
		  tag_mac[TAG_SIZE] = "hctl mac", tag_state[TAG_SIZE] = "hctl state";

static_assert(CHAIN_BYTES == crypto_generichash_KEYBYTES && CHAIN_BYTES == crypto_generichash_BYTES, "one hash makes one key");

static void begin(crypto_generichash_state *hash, const __u8 *key, const char tag[TAG_SIZE])
{
	crypto_generichash_init(hash, key, key ? CHAIN_BYTES : 0, CHAIN_BYTES);
	crypto_generichash_update(hash, (const unsigned char *)tag, TAG_SIZE);
}

static void end(crypto_generichash_state *hash, __u8 ret[CHAIN_BYTES])
{
	crypto_generichash_final(hash, ret, CHAIN_BYTES);
	sodium_memzero(hash, sizeof(*hash));
}

/* `ret` may be `key`. */
static void derive(const __u8 key[CHAIN_BYTES], const char tag[TAG_SIZE], __u8 ret[CHAIN_BYTES])
{
	crypto_generichash_state hash;

	begin(&hash, key, tag);
	end(&hash, ret);
}

bool chain_parse(const char *text, __u8 ret_bytes[CHAIN_BYTES])
{
	char again[CHAIN_HEX + 1];
	size_t len = 0;

	if (strlen(text) != CHAIN_HEX ||
	    sodium_hex2bin(ret_bytes, CHAIN_BYTES, text, CHAIN_HEX, NULL, &len, NULL) || len != CHAIN_BYTES)
		return false;
	/* One spelling: capitals would be an edit that nobody sees. */
	chain_print(ret_bytes, again);
	return !strcmp(text, again);
}

void chain_print(const __u8 bytes[CHAIN_BYTES], char ret_text[CHAIN_HEX + 1])
{
	sodium_bin2hex(ret_text, CHAIN_HEX + 1, bytes, CHAIN_BYTES);
}

void chain_new(struct chain *ret_chain, char ret_key[CHAIN_HEX + 1])
{
	memset(ret_chain, 0, sizeof(*ret_chain));
	randombytes_buf(ret_chain->coming, CHAIN_BYTES);
	chain_print(ret_chain->coming, ret_key);
}

int chain_open(const char *key, struct chain *ret_chain)
{
	memset(ret_chain, 0, sizeof(*ret_chain));
	return chain_parse(key, ret_chain->coming) ? 0 : -EINVAL;
}

void chain_segment(struct chain *chain)
{
	derive(chain->coming, tag_line, chain->key);
	derive(chain->coming, tag_segment, chain->coming);
	chain->segment++;
	chain->lines = 0;
}

void chain_seek(struct chain *chain, __u32 segment, const __u8 mac[CHAIN_BYTES])
{
	while (chain->segment < segment)
		chain_segment(chain);
	memcpy(chain->mac, mac, CHAIN_BYTES);
}

/* `open`: the line but for the brace that closes it, which its last member is put before. */
static void step(struct chain *chain, const char *open, size_t len, char ret_mac[CHAIN_HEX + 1])
{
	crypto_generichash_state hash;

	begin(&hash, chain->key, tag_mac);
	crypto_generichash_update(&hash, chain->mac, CHAIN_BYTES);
	crypto_generichash_update(&hash, (const unsigned char *)open, len);
	crypto_generichash_update(&hash, (const unsigned char *)"}", 1);
	end(&hash, chain->mac);
	derive(chain->key, tag_next, chain->key);
	chain->lines++;
	chain_print(chain->mac, ret_mac);
}

void chain_line(struct chain *chain, const char *body, size_t len, char ret_mac[CHAIN_HEX + 1])
{
	step(chain, body, len - 1, ret_mac);
}

size_t chain_close_line(const char *body, size_t len, const char *mac, char *ret_line, size_t size)
{
	const char *quote = mac ? "\"" : "";

	return snprintf(ret_line, size, "%.*s" LINE_BEGIN "%s%s%s}\n", (int)len - 1, body, quote, mac ?: "null", quote);
}

bool chain_has_mac(const char *line, size_t len, char ret_mac[CHAIN_HEX + 1])
{
	static const char before[] = LINE_BEGIN "\"", after[] = "\"}\n";
	__u8 bytes[CHAIN_BYTES];

	if (len < CHAIN_END || memcmp(line + len - CHAIN_END, before, sizeof(before) - 1) ||
	    memcmp(line + len - sizeof(after) + 1, after, sizeof(after) - 1))
		return false;
	memcpy(ret_mac, line + len - CHAIN_END + sizeof(before) - 1, CHAIN_HEX);
	ret_mac[CHAIN_HEX] = 0;
	return chain_parse(ret_mac, bytes);
}

bool chain_accept(struct chain *chain, const char *line, size_t len)
{
	char mac[CHAIN_HEX + 1], right[CHAIN_HEX + 1];
	struct chain next = *chain;
	bool same;

	if (!chain_has_mac(line, len, mac))
		return false;
	step(&next, line, len - CHAIN_END, right);
	same = !sodium_memcmp(mac, right, CHAIN_HEX);
	if (same)
		*chain = next;
	sodium_memzero(&next, sizeof(next));
	return same;
}

void chain_print_header(const struct chain_header *header, char ret_json[CHAIN_HEADER])
{
	const char *quote = header->previous[0] ? "\"" : "";

	snprintf(ret_json, CHAIN_HEADER, "{\"v\":1,\"segment\":%u,\"log\":%u,\"boot\":\"%s\",\"first\":%llu,\"previous\":%s%s%s}",
		 header->segment, header->log, header->boot, (unsigned long long)header->first, quote,
		 header->previous[0] ? header->previous : "null", quote);
}

bool chain_parse_header(const char *line, size_t len, struct chain_header *ret_header)
{
	char text[CHAIN_HEADER + CHAIN_END], json[CHAIN_HEADER], again[CHAIN_HEADER + CHAIN_END], mac[CHAIN_HEX + 1];
	struct chain_header header = {};
	unsigned long long first;
	__u8 bytes[CHAIN_BYTES];

	if (len >= sizeof(text) || memchr(line, 0, len))
		return false;
	memcpy(text, line, len);
	text[len] = 0;
	if (sscanf(text, "{\"v\":1,\"segment\":%u,\"log\":%u,\"boot\":\"%36[0-9a-f-]\",\"first\":%llu,\"previous\":\"%64[0-9a-f]",
		   &header.segment, &header.log, header.boot, &first, header.previous) < 4)
		return false;
	header.first = first;
	if (header.previous[0] && !chain_parse(header.previous, bytes))
		return false;
	/* One spelling, and nothing besides. */
	chain_print_header(&header, json);
	chain_close_line(json, strlen(json), chain_has_mac(line, len, mac) ? mac : NULL, again, sizeof(again));
	*ret_header = header;
	return !strcmp(text, again);
}

static void sum(const struct chain_state *state, __u8 ret[sizeof(state->sum)])
{
	crypto_generichash_state hash;
	__u8 whole[CHAIN_BYTES];

	begin(&hash, NULL, tag_state);
	crypto_generichash_update(&hash, (const unsigned char *)state, offsetof(struct chain_state, sum));
	end(&hash, whole);
	memcpy(ret, whole, sizeof(state->sum));
}

void chain_state_close(struct chain_state *state)
{
	state->version = CHAIN_VERSION;
	sum(state, state->sum);
}

bool chain_state_valid(const struct chain_state *state)
{
	__u8 right[sizeof(state->sum)];

	sum(state, right);
	return state->version == CHAIN_VERSION && !memcmp(right, state->sum, sizeof(right));
}
