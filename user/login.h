/* SPDX-License-Identifier: GPL-2.0-only */
/* login.h - whether a policy would keep out whoever checks it. */
#ifndef HARDENCTL_LOGIN_H
#define HARDENCTL_LOGIN_H

#include "diag.h"
#include "policy.h"
#include "rules.h"

/* How the caller came here. */
struct login {
	const char *connection;	/* SSH_CONNECTION: "CLIENT PORT SERVER PORT", or NULL */
	const char *shell;	/* what a login starts, or NULL */
};

/* Of this process. */
struct login login_own(void);

/* Warns where the caller's next login would not come in, or end at its shell. */
void login_warn(const struct login *login, const struct policy *policy, const struct rules *rules, struct diags *diags);

#endif
