// SPDX-License-Identifier: GPL-2.0-only
/*
 * data_web_test.c - a web server with its key and files protected: it works unhindered, and nobody else gets at them.
 * Boots: plain
 * Kernels: 6.12
 * Alone: it seals the machine
 */
#include "child.h"
#include "files.h"
#include "sealing.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define BASE	"/tmp/web"		/* a tmpfs */
#define SECRET	BASE "/secret"
#define NEXT	BASE "/next"		/* the key that comes after, and its certificate */
#define LOGS	BASE "/logs"
#define SERVER	BASE "/nginx"
#define ROTATOR	BASE "/rotator"		/* a copy of this program: what brings new keys */
#define MARKER	"what only the server may read"
#define URL	"https://localhost:8443/page"
#define BEGIN_MS	60000

static pid_t server;

static bool serves(const char *certificate)
{
	struct ran *ran = RUN("curl", "-sS", "--cacert", certificate, URL);

	return !ran->status && !strcmp(ran->out, MARKER);
}

/* A reload is over when the new workers answer. */
static void await(const char *certificate)
{
	for (int i = 0; i < BEGIN_MS / 100 && !serves(certificate); i++)
		usleep(100000);
	assert_true(serves(certificate));
}

static void start_server(void)
{
	server = fork();
	assert_true(server >= 0);
	if (!server) {
		execl(SERVER, SERVER, "-p", BASE, "-c", BASE "/conf", "-e", LOGS "/error", "-g", "daemon off;", NULL);
		_exit(127);
	}
}

static void allow_all_of_its_work(void **state)
{
	struct mark before = mark();
	struct stat st;

	(void)state;
	start_server();
	await(BASE "/cert");
	for (int i = 0; i < 20; i++)
		assert_true(serves(BASE "/cert"));
	kill(server, SIGHUP);
	await(BASE "/cert");
	assert_int_equal(rename(LOGS "/access", LOGS "/access.1"), 0);
	kill(server, SIGUSR1);
	for (int i = 0; i < BEGIN_MS / 100 && stat(LOGS "/access", &st); i++)
		usleep(100000);
	assert_true(serves(BASE "/cert"));
	assert_int_equal(stat(LOGS "/access", &st), 0);
	assert_undisturbed(&before, GUARD_data);
}

static void allow_a_new_key(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_false(serves(NEXT "/cert"));
	assert_int_equal(RUN(ROTATOR, "rotate")->status, 0);
	kill(server, SIGHUP);
	await(NEXT "/cert");
	assert_undisturbed(&before, GUARD_data);
}

static void deny_everybody_else(void **state)
{
	static const char *const files[] = { SECRET, SECRET "/key", SECRET "/www/page", SECRET "/key.new" };
	struct mark before = mark();
	struct json_object *record;
	struct ran *ran;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_int_equal(open(files[i], i == 3 ? O_CREAT | O_WRONLY | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0600), -1);
		assert_int_equal(errno, EPERM);
	}
	record = assert_refused(&before, GUARD_data, "protected", sizeof(files) / sizeof(files[0]));
	json_object_put(record);
	ran = RUN("openssl", "ec", "-in", SECRET "/key");
	assert_int_not_equal(ran->status, 0);
	assert_null(strstr(ran->out, "PRIVATE"));
	assert_int_equal(RUN("mv", SECRET "/key", BASE "/taken")->status, 1);
	assert_int_equal(RUN("cp", NEXT "/key", SECRET "/key")->status, 1);
	assert_int_equal(RUN("openssl", "ec", "-in", NEXT "/key")->status, 0);
	assert_int_equal(RUN("mv", NEXT "/key", BASE "/moved")->status, 0);
	assert_true(serves(NEXT "/cert"));
}

static void seal(void **state)
{
	(void)state;
	load_text("version: 1\nexec: { mode: off }\nptrace: { mode: enforce }\nmodules: { mode: off }\n"
		  "egress: { mode: off }\ningress: { mode: off }\nkernel: { mode: off }\n"
		  "data: { mode: enforce, protect: [{paths: " SECRET "/, by: [" SERVER ", " ROTATOR "]}] }\n"
		  SEAL_TEXT(", \"off:exec\", \"off:modules\", \"off:egress\", \"off:ingress\", \"off:kernel\""));
	HARDEN(0, "seal");
	assert_state("sealed");
	assert_whole();
}

static void allow_it_to_stop(void **state)
{
	struct mark before = mark();
	int status;

	(void)state;
	kill(server, SIGQUIT);
	assert_int_equal(waitpid(server, &status, 0), server);
	assert_int_equal(status, 0);
	assert_whole();
	assert_undisturbed(&before, GUARD_data);
}

static void make_key(const char *key, const char *certificate)
{
	assert_int_equal(RUN("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
			     "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate)->status, 0);
}

static int set_up(void **state)
{
	(void)state;
	if (access("build/nginx", X_OK))
		fail_msg("no nginx here: tools/setup --vm");
	mkdir(BASE, 0755);
	if (mount("none", BASE, "tmpfs", 0, NULL) || mkdir(SECRET, 0755) || mkdir(SECRET "/www", 0755) || mkdir(NEXT, 0755) ||
	    mkdir(LOGS, 0755) || chmod(BASE, 0755))
		return -1;
	make_key(SECRET "/key", BASE "/cert");
	make_key(NEXT "/key", NEXT "/cert");
	copy_file(BASE "/cert", SECRET "/cert");
	spill(SECRET "/www/page", MARKER);
	spill(BASE "/conf",
	      "user nobody nogroup;\nworker_processes 2;\npid " BASE "/pid;\nevents {}\n"
	      "http {\n  access_log " LOGS "/access;\n  client_body_temp_path " BASE "/body;\n  proxy_temp_path " BASE "/proxy;\n"
	      "  fastcgi_temp_path " BASE "/fastcgi;\n  uwsgi_temp_path " BASE "/uwsgi;\n  scgi_temp_path " BASE "/scgi;\n"
	      "  server {\n    listen 127.0.0.1:8443 ssl;\n    ssl_certificate " SECRET "/cert;\n    ssl_certificate_key " SECRET "/key;\n"
	      "    root " SECRET "/www;\n  }\n}\n");
	copy_file("build/nginx", SERVER);
	copy_file("/proc/self/exe", ROTATOR);
	return RUN("ip", "link", "set", "lo", "up")->status;
}

/* What it brings is there before it takes the old one's place. */
static int rotate(void)
{
	copy_file(NEXT "/key", SECRET "/key.next");
	copy_file(NEXT "/cert", SECRET "/cert.next");
	return rename(SECRET "/key.next", SECRET "/key") || rename(SECRET "/cert.next", SECRET "/cert") ? errno : 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seal),
		cmocka_unit_test(allow_all_of_its_work),
		cmocka_unit_test(allow_a_new_key),
		cmocka_unit_test(deny_everybody_else),
		cmocka_unit_test(allow_it_to_stop),
	};

	if (argc > 1 && !strcmp(argv[0], ROTATOR))
		return rotate();
	return cmocka_run_group_tests(tests, set_up, NULL);
}
