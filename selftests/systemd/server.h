/* SPDX-License-Identifier: GPL-2.0-only */
/* server.h - scenarios on an installed server. */
#ifndef SYSTEMD_SERVER_H
#define SYSTEMD_SERVER_H

/* policies/default.yaml for more than a day of timers, cron, lease renewals and restarts. */
void scenario_server(void);

/* nginx, redis and a Python service under a policy that lists them. */
void scenario_services(void);

#endif
