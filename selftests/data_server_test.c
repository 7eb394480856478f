// SPDX-License-Identifier: GPL-2.0-only
/*
 * data_server_test.c - a database server with its data protected: it works unhindered, and nobody else gets at them.
 * Boots: plain
 * Kernels: 6.12
 * Alone: it seals the machine
 */
#include "child.h"
#include "files.h"
#include "sealing.h"

#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <sys/mount.h>

#define BASE	"/tmp/server"		/* a tmpfs */
#define DATA	BASE "/data"
#define SOCKETS	BASE "/socket"
#define MARKER	"what the database keeps"

static char programs[PATH_MAX];	/* of PostgreSQL */
static pid_t server;

static const char *program(const char *name)
{
	static char paths[2][PATH_MAX + 32];
	static int next;
	char *path = paths[next++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/%s", programs, name);
	return path;
}

#define PSQL(sql)	RUN(program("psql"), "-h", SOCKETS, "-U", "owner", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-Atqc", sql)

static const char *asked(const char *sql)
{
	struct ran *ran = PSQL(sql);

	if (ran->status)
		print_message("# %s\n# %s\n", sql, ran->err);
	assert_int_equal(ran->status, 0);
	return ran->out;
}

static void start_server(void)
{
	server = fork();
	assert_true(server >= 0);
	if (!server) {
		spill(BASE "/log", "");
		dup2(open(BASE "/log", O_WRONLY | O_APPEND), 2);
		execlp("setpriv", UNPRIVILEGED, program("postgres"), "-D", DATA, "-k", SOCKETS, "-c", "listen_addresses=", "-c",
		       "logging_collector=on", "-c", "autovacuum_naptime=1s", "-c", "max_parallel_workers=2", NULL);
		_exit(127);
	}
	for (int i = 0; i < 600 && PSQL("select 1")->status; i++)
		usleep(100000);
	assert_string_equal(asked("select 1"), "1\n");
}

static void stop_server(void)
{
	int status;

	kill(server, SIGINT);
	assert_int_equal(waitpid(server, &status, 0), server);
	assert_int_equal(status, 0);
}

/* ---- What it does all day ---- */

static void work(void)
{
	asked("create table kept (id serial primary key, text text); create index on kept (text)");
	asked("insert into kept (text) select '" MARKER " ' || n from generate_series(1, 5000) n");
	asked("update kept set text = text || '.' where id % 2 = 0");
	asked("delete from kept where id % 5 = 0");
	asked("checkpoint");
	asked("vacuum (analyze, parallel 2) kept");
	asked("vacuum full kept");
	asked("cluster kept using kept_pkey; reindex table kept");
	assert_string_equal(asked("select count(*) from kept where text like '" MARKER "%'"), "4000\n");
	/* Parallel workers share memory that they make for each other. */
	assert_string_equal(asked("set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0; "
				  "select count(*) from kept a join kept b using (text)"), "4000\n");
	asked("create temp table sorted as select * from kept order by text");
	asked("alter system set work_mem = '1MB'");
	assert_string_equal(asked("select pg_reload_conf()"), "t\n");
	assert_string_equal(asked("select pg_rotate_logfile()"), "t\n");
	asked("select pg_switch_wal()");
	asked("create database other");
	asked("drop database other");
	asked("drop table kept");
}

static void allow_all_of_its_work(void **state)
{
	struct mark before = mark();

	(void)state;
	start_server();
	work();
	stop_server();
	start_server();
	asked("create table kept as select '" MARKER "' as text; checkpoint");
	assert_undisturbed(&before, GUARD_data);
}

/* A backup by the server's own protocol is a client's right, which pg_hba.conf gives. */
static void allow_its_clients(void **state)
{
	struct mark before = mark();
	struct ran *ran = RUN(program("pg_dump"), "-h", SOCKETS, "-U", "owner", "-t", "kept", "postgres");

	(void)state;
	assert_int_equal(ran->status, 0);
	assert_non_null(strstr(ran->out, MARKER));
	assert_undisturbed(&before, GUARD_data);
}

static void deny_everybody_else(void **state)
{
	static const char *const files[] = { DATA "/PG_VERSION", DATA "/global/pg_control", DATA "/postgresql.auto.conf", DATA "/base" };
	struct mark before = mark();
	struct json_object *record;
	struct ran *ran;
	char path[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_int_equal(open(files[i], O_RDONLY | O_CLOEXEC), -1);
		assert_int_equal(errno, EPERM);
	}
	record = assert_refused(&before, GUARD_data, "protected", sizeof(files) / sizeof(files[0]));
	json_object_put(record);
	/* The file of the table, by its name, and by the tools of backups. */
	snprintf(path, sizeof(path), DATA "/%s", asked("select pg_relation_filepath('kept')"));
	path[strcspn(path, "\n")] = 0;
	assert_int_equal(RUN("cp", path, BASE "/copy")->status, 1);
	assert_int_equal(RUN(UNPRIVILEGED, "cp", path, BASE "/copy")->status, 1);
	ran = RUN("grep", "-ar", MARKER, DATA);
	assert_int_equal(ran->status, 2);
	assert_null(strstr(ran->out, MARKER));
	ran = RUN("tar", "-cf", BASE "/copy", DATA);
	assert_int_not_equal(ran->status, 0);
	assert_int_not_equal(RUN("grep", "-aq", MARKER, BASE "/copy")->status, 0);
	assert_int_not_equal(RUN(UNPRIVILEGED, program("pg_checksums"), "-D", DATA)->status, 0);
	/* The very same, where nothing is protected. */
	before = mark();
	spill(BASE "/open/file", MARKER);
	assert_int_equal(RUN("grep", "-arq", MARKER, BASE "/open")->status, 0);
	assert_int_equal(RUN("tar", "-cf", BASE "/copy", BASE "/open")->status, 0);
	assert_undisturbed(&before, GUARD_data);
}

/* Whoever may log in to the database as its owner has it start programs; but what it starts would have its files open. */
static void deny_programs_that_it_is_made_to_start(void **state)
{
	struct mark before = mark();
	struct json_object *record;

	(void)state;
	assert_int_not_equal(PSQL("copy kept to program 'cat > " BASE "/copied'")->status, 0);
	record = assert_refused(&before, GUARD_data, "inherit", 1);
	json_object_put(record);
	before = mark();
	asked("copy kept to '" SOCKETS "/copied'");
	assert_int_equal(RUN("grep", "-q", MARKER, SOCKETS "/copied")->status, 0);
	assert_undisturbed(&before, GUARD_data);
}

static void seal(void **state)
{
	char text[PATH_MAX + 1024];

	(void)state;
	snprintf(text, sizeof(text), "version: 1\nexec: { mode: off }\nptrace: { mode: enforce }\nmodules: { mode: off }\n"
		 "egress: { mode: off }\ningress: { mode: off }\nkernel: { mode: off }\n"
		 "data: { mode: enforce, protect: [{paths: " DATA "/, by: %s}, {shm: [posix, sysv], by: %s}] }\n"
		 SEAL_TEXT(", \"off:exec\", \"off:modules\", \"off:egress\", \"off:ingress\", \"off:kernel\""),
		 program("postgres"), program("postgres"));
	load_text(text);
	HARDEN(0, "seal");
	assert_state("sealed");
	assert_whole();
}

static void allow_it_to_stop(void **state)
{
	struct mark before = mark();

	(void)state;
	stop_server();
	assert_whole();
	assert_undisturbed(&before, GUARD_data);
}

static int set_up(void **state)
{
	glob_t found;

	(void)state;
	if (glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found))
		fail_msg("no PostgreSQL here: tools/setup --vm");
	snprintf(programs, sizeof(programs), "%.*s", (int)(strlen(found.gl_pathv[0]) - strlen("/postgres")), found.gl_pathv[0]);
	globfree(&found);
	mkdir(BASE, 0755);
	if (mount("none", BASE, "tmpfs", 0, NULL) || mkdir(SOCKETS, 0777) || chmod(SOCKETS, 0777) || mkdir(BASE "/open", 0755) ||
	    chmod(BASE, 0777))
		return -1;
	return RUN(UNPRIVILEGED, program("initdb"), "-D", DATA, "-U", "owner", "-A", "trust", "-N", "--locale=C", "-E", "UTF8")->status;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seal),
		cmocka_unit_test(allow_all_of_its_work),
		cmocka_unit_test(allow_its_clients),
		cmocka_unit_test(deny_everybody_else),
		cmocka_unit_test(deny_programs_that_it_is_made_to_start),
		cmocka_unit_test(allow_it_to_stop),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
