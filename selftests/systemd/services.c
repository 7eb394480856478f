// SPDX-License-Identifier: GPL-2.0-only
/* services.c - nginx, redis and a Python service under a policy that lists them, sealed. */
#include "server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest.h"
#include "refusals.h"
#include "steps.h"

static const struct service {
	const char *unit;
	int port;
	const char *request, *answer;
	bool reloads;
} services[] = {
	{ "nginx", 80, "GET / HTTP/1.0\r\n\r\n", "Welcome to nginx", true },
	{ "redis-server", 6379, "SET key value\r\nGET key\r\nQUIT\r\n", "value", false },
	{ "selftest-web", 8000, "GET /?2*21 HTTP/1.0\r\n\r\n", "the answer is 42", true },
};
#define SERVICES	(sizeof(services) / sizeof(services[0]))

/* What one request over loopback brings; "" when nobody listens. */
static const char *ask(const struct service *service)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(service->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval patience = { .tv_sec = 20 };
	static char answer[1 << 14];
	size_t len = 0;
	ssize_t got;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)) &&
	    send(fd, service->request, strlen(service->request), MSG_NOSIGNAL) > 0)
		while ((got = recv(fd, answer + len, sizeof(answer) - 1 - len, 0)) > 0)
			len += got;
	close(fd);
	answer[len] = '\0';
	return answer;
}

static void check_answers(const struct service *service, const char *when)
{
	double end = uptime() + 20;
	bool good = false;

	/* An exec service has been started before it listens. */
	while (!good && uptime() < end) {
		good = strstr(ask(service), service->answer);
		if (!good)
			usleep(300000);
	}
	ok(good, "%s: %s answers requests", when, service->unit);
}

static void verb(const struct service *service, const char *verb, const char *when)
{
	bool good = !run(SYSTEMCTL, verb, service->unit);

	ok(good, "%s: systemctl %s %s", when, verb, service->unit);
	if (!good) {
		run("/usr/bin/journalctl", "-b", "-n", "30", "--no-pager", "-u", service->unit);
		note("%s", said);
	}
}

static void check_service(const struct service *service, const char *when)
{
	/* systemd starts nothing more than five times in ten seconds. */
	run(SYSTEMCTL, "reset-failed", service->unit);
	verb(service, "start", when);
	check_answers(service, when);
	verb(service, "restart", when);
	check_answers(service, when);
	if (service->reloads) {
		verb(service, "reload", when);
		check_answers(service, when);
	}
	verb(service, "stop", when);
	ok(!ask(service)[0], "%s: %s is stopped", when, service->unit);
}

/* What keeps an address in scenario server over the end of its lease. */
static void check_lifetimes(void)
{
	if (access("/usr/sbin/dhclient", F_OK))
		return;
	run("/usr/bin/ip", "-4", "addr", "show", "dev", "eth0");
	ok(said_has("inet 10.0.2.") && !said_has("forever"), "the kernel knows when the address of eth0 ends");
	run("/usr/bin/ip", "-4", "addr", "show", "dev", "eth1");
	ok(said_has("inet 10.0.3.") && said_has("valid_lft forever"), "that of eth1 never ends for the kernel");
}

void scenario_services(void)
{
	run(SYSTEMCTL, "is-system-running", "--wait");
	note("up after %.1f s: %s", uptime(), strtok(said, "\n") ?: "");
	check_lifetimes();
	for (size_t i = 0; i < SERVICES; i++)
		check_service(&services[i], "before");
	verb(&services[0], "start", "before");
	if (check_load("/etc/hardenctl/policy.yaml"))
		check_seal();
	check_answers(&services[0], "sealed");
	verb(&services[0], "stop", "sealed");
	for (size_t i = 0; i < SERVICES; i++)
		check_service(&services[i], "sealed");
	/* The same interpreter without being listed for it: its parent is not what matters, the file is. */
	ok(!run(SYSTEMCTL, "daemon-reload"), "sealed: systemctl daemon-reload");
	ok(!run(SYSTEMCTL, "restart", "systemd-journald", "systemd-udevd", "systemd-logind", "cron", "ssh"),
	   "sealed: the machine's own units restart");
	for (size_t i = 0; i < SERVICES; i++)
		check_service(&services[i], "restarted");
	check_sealed("at last");
	check_refusals();
	check_failed_units();
}
