// SPDX-License-Identifier: GPL-2.0-only
/*
 * data_keyring.bpf.c - whose keys are: those that programs of data.protect make are for programs of the same entry.
 *
 *   key_alloc (link)        a new key, before anybody can find it
 *   key_permission (link)   whatever is done to a key or by one: reading, searching, linking, unlinking, payloads for the kernel's use
 *
 * Both by the task that asks, not by the credentials that it asks with: a request-key helper has those of another one.  Loaded
 * only if the policy has data.protect with `keys`.
 */
#include "core.bpf.h"
#include "data.bpf.h"

struct map_keys hctl_keys SEC(".maps");

/* include/linux/key.h, the same on every kernel */
#define KEY_ALLOC_UID_KEYRING	0x0010	/* a user's keyring, that all of the user's programs have */
#define KEY_POSSESSED		1ull	/* the lowest bit of a key_ref_t */

#define KEY_TEXT		64

TEXT(key_text) = "key";

static __always_inline __u32 key_class(struct key_type *type)
{
	union key_type_name name = {};

	compat_kernel_string(name.text, sizeof(name.text), type->name);
#pragma unroll
	for (__u32 i = 0; i < KEY_CLASS_COUNT; i++)
		if (name.words[0] == config.key_types[i].words[0] && name.words[1] == config.key_types[i].words[1])
			return i;
	return KEY_CLASS_COUNT;
}

/* A keyring that the kernel has for others than who happens to need it first: add_key(2) makes none with a dot. */
static __always_inline bool is_kernels(struct key *key, __u32 class, unsigned long flags)
{
	char first[2];

	if (class != KEY_CLASS_KEYRING)
		return false;
	compat_kernel_string(first, sizeof(first), key->index_key.description);
	return flags & KEY_ALLOC_UID_KEYRING || first[0] == '.';
}

/* One that somebody can find has users, and is of the type that it was made with. */
static long forget_freed(struct bpf_map *map, __u64 *address, struct key_tag *tag, void *unused)
{
	if (!compat_read(struct key, *address, usage.refs.counter) ||
	    (__u64)compat_read(struct key, *address, index_key.type) != tag->type)
		bpf_map_delete_elem(map, address);
	return 0;
}

SEC("?lsm/key_alloc")
int BPF_PROG(data__key_alloc, struct key *key, const struct cred *cred, unsigned long flags, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct key_type *type = key->index_key.type;
	struct key_tag tag = { .type = (__u64)type };
	__u64 address = (__u64)key;

	if (ret)
		return ret;
	tag.class = type ? key_class(type) : KEY_CLASS_COUNT;
	if (tag.class >= KEY_CLASS_COUNT || !(owned_by(task) & config.data_keys[tag.class]) || is_kernels(key, tag.class, flags)) {
		/* Of a key that lay here before. */
		bpf_map_delete_elem(&hctl_keys, &address);
		return 0;
	}
	if (!program_of(task, &tag.maker))
		return -EPERM;
	if (!bpf_map_update_elem(&hctl_keys, &address, &tag, BPF_ANY))
		return 0;
	bpf_for_each_map_elem(&hctl_keys, forget_freed, NULL, 0);
	return bpf_map_update_elem(&hctl_keys, &address, &tag, BPF_ANY) ? -EPERM : 0;
}

static __always_inline bool refuse_key(__u64 key)
{
	bool deny = verdict(GUARD_data);
	struct record *rec = refusal_begin(KIND_data_key_permission_protected, OBJECT_TEXT, deny,
					   key_of_number((__u32)compat_read(struct key, key, serial)));

	if (rec) {
		record_text(rec, key_text, "");
		compat_kernel_string(rec->object.text.detail, KEY_TEXT, compat_read(struct key, key, index_key.description));
		refusal_end(rec);
	}
	return deny;
}

SEC("?lsm/key_permission")
int data__key_permission(unsigned long long *ctx)
{
	__u64 key = compat_argument(ctx, 0) & ~KEY_POSSESSED;
	struct protected row = {};
	struct identity *maker;
	struct key_tag *tag;
	int ret = ctx[3];

	if (ret)
		return ret;
	/* Then the stack could not be read: every key has an address. */
	if (!key)
		return -EPERM;
	tag = bpf_map_lookup_elem(&hctl_keys, &key);
	if (!tag)
		return 0;
	maker = bpf_map_lookup_elem(&hctl_identities, &tag->maker);
	/* An older policy's program that this one doesn't know: nobody's. */
	row.rules = maker && tag->class < KEY_CLASS_COUNT ? maker->data & config.data_keys[tag->class] : PROTECT_NOBODY;
	return is_refused(&row) ? answer_link(refuse_key(key)) : 0;
}
