// SPDX-License-Identifier: GPL-2.0-only
/* login.c - whether a policy would keep out whoever checks it: the address of the login, and its shell. */
#include "login.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "replay.h"
#include "text.h"

/* Who starts the shell of a login.  For a warning the name is enough. */
static const char *const starters[] = { "sshd", "sshd-session", "login", "agetty", "su", "dropbear", "systemd", NULL };

static bool is_starter(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;

	for (size_t i = 0; starters[i]; i++)
		if (!strcmp(base, starters[i]))
			return true;
	return false;
}

struct login login_own(void)
{
	const struct passwd *entry = getpwuid(getuid());

	return (struct login) {
		.connection = getenv("SSH_CONNECTION"),
		.shell = entry && entry->pw_shell && entry->pw_shell[0] ? entry->pw_shell : getenv("SHELL"),
	};
}

static struct diag_place place_of(const struct policy *policy, struct where where)
{
	return (struct diag_place) { .file = policy->files[where.file], .line = where.line };
}

static bool enforces(const struct policy *policy, __u32 guard)
{
	return policy->guard[guard].mode == MODE_ENFORCE;
}

static const char *when(const struct policy *policy, __u32 guard)
{
	return policy->guard[guard].before_seal == MODE_AUDIT ? "once the machine is sealed, " : "";
}

/* "192.0.2.1 50312 192.0.2.2 22", of IPv6 with a zone perhaps.  False: it is not over the network. */
static bool read_connection(const char *text, struct flow *ret_flow, char ret_client[INET6_ADDRSTRLEN])
{
	static const __u8 local6[16] = { [15] = 1 };
	char client[64];
	unsigned int port;

	*ret_flow = (struct flow) { .proto = IPPROTO_TCP };
	if (sscanf(text, "%63s %*s %*s %u", client, &port) != 2 || !port || port > 65535)
		return false;
	client[strcspn(client, "%")] = 0;
	ret_flow->port = port;
	ret_flow->family = strchr(client, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(ret_flow->family, client, ret_flow->addr) != 1 ||
	    !inet_ntop(ret_flow->family, ret_flow->addr, ret_client, INET6_ADDRSTRLEN))
		return false;
	return ret_flow->family == AF_INET ? ret_flow->addr[0] != 127 : memcmp(ret_flow->addr, local6, 16) != 0;
}

/* For the program that takes logins, where entries are for one. */
static bool is_listed(const struct policy *policy, const struct rules *rules, struct flow flow)
{
	if (rules_match(rules, GUARD_ingress, &flow))
		return true;
	for (size_t i = 0; i < policy->n_egress_programs; i++) {
		flow.by = i + 1;
		if (is_starter(policy->egress_programs[i].path) && rules_match(rules, GUARD_ingress, &flow))
			return true;
	}
	return false;
}

static void warn_of_connection(const struct login *login, const struct policy *policy, const struct rules *rules,
			       struct diags *diags)
{
	struct diag_place place = place_of(policy, policy->ingress_allow);
	char client[INET6_ADDRSTRLEN];
	struct flow flow;

	if (!enforces(policy, GUARD_ingress) || !read_connection(login->connection, &flow, client))
		return;
	/* What is for a user or host that was not looked up may be for this one. */
	if (is_listed(policy, rules, flow) || rules_table(rules, GUARD_ingress)->unresolved)
		return;
	diag_warning(diags, &place, "you are logged in by ssh from %s to port %u, which 'ingress.allow' does not list: %sa login from "
		     "there would not come in any more", client, flow.port, when(policy, GUARD_ingress));
}

/* Whether some entry lets who takes logins start it, or everybody. */
static bool may_start(const struct policy *policy, struct replay *replay, const char *shell)
{
	const struct file_id none = {};

	for (size_t i = 0; i < policy->n_programs; i++)
		if (policy->programs[i].class == EXEC_SHELLS &&
		    replay_is_file(replay, policy->programs[i].path, shell, &none, /* here= */ false))
			return true;
	for (size_t i = 0; i < policy->n_edges; i++) {
		const struct edge_rule *edge = &policy->edges[i];

		if (edge->parent && is_starter(edge->parent) && !edge->script &&
		    replay_is_file(replay, edge->program, shell, &none, /* here= */ false))
			return true;
	}
	return false;
}

static void warn_of_shell(const struct login *login, const struct policy *policy, struct diags *diags)
{
	const struct class_policy *shells = &policy->exec[EXEC_SHELLS];
	struct diag_place place = place_of(policy, shells->where);
	char shell[PATH_MAX];
	struct replay replay;
	bool may;

	if (!enforces(policy, GUARD_exec) || !shells->deny || !realpath(login->shell, shell) ||
	    replay_open(policy, NULL, &replay))
		return;
	may = may_start(policy, &replay, shell);
	replay_close(&replay);
	if (!may)
		diag_warning(diags, &place, "your logins end in '%s', and shells are refused: %sthey would get no prompt any more; an "
			     "entry of 'exec.except' with sshd or login as its parent would let it, until the seal",
			     text_quote(login->shell, strlen(login->shell)).s, when(policy, GUARD_exec));
}

void login_warn(const struct login *login, const struct policy *policy, const struct rules *rules, struct diags *diags)
{
	if (login->connection)
		warn_of_connection(login, policy, rules, diags);
	if (login->shell)
		warn_of_shell(login, policy, diags);
}
