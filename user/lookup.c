// SPDX-License-Identifier: GPL-2.0-only
/* lookup.c - the names of users and hosts in a policy, once, by the machine that it is to be loaded on. */
#include "lookup.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "util.h"

static struct diag_place place_of(const struct policy *policy, const struct where *where)
{
	return (struct diag_place) { .file = policy->files[where->file], .line = where->line };
}

static void find_user(const struct policy *policy, struct egress_user *user, struct diags *diags)
{
	struct diag_place place = place_of(policy, &user->where);
	const struct passwd *entry;

	errno = 0;
	entry = getpwnam(user->name);
	if (entry && entry->pw_uid != UID_ANY) {
		user->uid = entry->pw_uid;
		user->known = true;
		return;
	}
	/* What errno is where there is no such user differs from one source to the next. */
	diag_error(diags, &place, "there is no user '%s'%s%s", user->name, entry || !errno ? "" : ": ",
		   entry || !errno ? "" : strerror(errno));
}

static bool is_there(const struct egress_name *name, const struct cidr *cidr)
{
	for (size_t i = 0; i < name->n_to; i++)
		if (!memcmp(&name->to[i], cidr, sizeof(*cidr)))
			return true;
	return false;
}

static int add_address(struct egress_name *name, const struct sockaddr *addr)
{
	struct cidr cidr = { .family = addr->sa_family, .len = addr->sa_family == AF_INET ? 32 : 128 }, *grown;

	if (addr->sa_family == AF_INET)
		memcpy(cidr.addr, &((const struct sockaddr_in *)addr)->sin_addr, 4);
	else if (addr->sa_family == AF_INET6)
		memcpy(cidr.addr, &((const struct sockaddr_in6 *)addr)->sin6_addr, 16);
	else
		return 0;
	if (is_there(name, &cidr))
		return 0;
	grown = reallocarray(name->to, name->n_to + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	name->to = grown;
	grown[name->n_to++] = cidr;
	return 0;
}

/* All addresses, also of families that this machine has none of now. */
static int find_host(const struct policy *policy, struct egress_name *name, struct diags *diags)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct diag_place place = place_of(policy, &name->where);
	struct addrinfo *list = NULL;
	int code = getaddrinfo(name->name, NULL, &hints, &list), err = 0;

	if (code == EAI_MEMORY)
		return -ENOMEM;
	for (const struct addrinfo *at = code ? NULL : list; !err && at; at = at->ai_next)
		err = add_address(name, at->ai_addr);
	if (!code)
		freeaddrinfo(list);
	if (!err && !name->n_to)
		diag_error(diags, &place, "'%s' has no address: %s", name->name,
			   !code ? "none of IPv4 or IPv6" : code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code));
	return err;
}

/* By their indices in the policy. */
struct needed {
	bool users[POLICY_USERS_MAX], names[POLICY_NAMES_MAX];
};

/* Those of entries of guards that are on. */
static void mark(const struct policy *policy, __u32 guard, struct needed *needed)
{
	struct net_rules entries = policy_net_rules(policy, guard);

	for (size_t i = 0; entries.on && i < entries.count; i++) {
		for (size_t j = 0; j < entries.list[i].n_users; j++)
			needed->users[entries.list[i].users[j]] = true;
		for (size_t j = 0; j < entries.list[i].n_names; j++)
			needed->names[entries.list[i].names[j]] = true;
	}
}

int lookup_names(struct policy *policy, struct diags *diags)
{
	struct needed needed = {};
	size_t before = diags->errors;
	int err = 0;

	mark(policy, GUARD_egress, &needed);
	mark(policy, GUARD_ingress, &needed);
	for (size_t i = 0; i < policy->n_egress_users; i++)
		if (needed.users[i] && !policy->egress_users[i].known)
			find_user(policy, &policy->egress_users[i], diags);
	for (size_t i = 0; !err && i < policy->n_egress_names; i++)
		err = needed.names[i] ? find_host(policy, &policy->egress_names[i], diags) : 0;
	return err ?: diags->errors > before ? -ENXIO : 0;
}
