// SPDX-License-Identifier: GPL-2.0-only
/*
 * status_test.c - status and verify say what is true, and so do their exit codes.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 6.12
 */
#include "objects.h"
#include "prometheus.h"
#include "status.h"
#include "util.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/utsname.h>

#define EXEC_PROGRAM	"exec__bprm_check_security"
#define METRICS_DIR	"/tmp/metrics"
#define METRICS		METRICS_DIR "/hardenctl.prom"

static void allow_status_1_where_nothing_is_loaded(void **state)
{
	struct json_object *status;

	(void)state;
	assert_non_null(strstr(HARDEN(1, "status")->out, "not loaded"));
	status = status_json(1);
	assert_field(status, "state", "off");
	json_object_put(status);
	HARDEN(1, "verify");
	HARDEN(1, "log");
	HARDEN(1, "explain", "last");
	HARDEN(1, "unload");
}

/* Not an error: who collects must see it. */
static void allow_metrics_where_nothing_is_loaded(void **state)
{
	struct ran *ran = HARDEN(0, "metrics");

	(void)state;
	assert_true(prom_valid(ran->out));
	assert_int_equal(prom_value(ran->out, "hardenctl_loaded"), 0);
	assert_int_equal(prom_value(ran->out, "hardenctl_sealed"), 0);
	assert_null(strstr(ran->out, "hardenctl_guard_mode"));
}

static void allow_status_2_where_it_is_not_sealed(void **state)
{
	struct ran *ran = HARDEN(2, "status");

	(void)state;
	assert_non_null(strstr(ran->out, "o loaded: enforcing but for ingress (off), kernel (off)"));
	assert_non_null(strstr(ran->out, ", not sealed (since boot +"));
	assert_null(strchr(ran->out, '\033'));
	ran = HARDEN(2, "status", "-q");
	assert_string_equal(ran->out, "");
	assert_string_equal(ran->err, "");
	ran = RUN(UNPRIVILEGED, HARDENCTL, "status", "-q");
	assert_int_equal(ran->status, 4);
	assert_string_equal(ran->err, "");
	HARDEN(0, "verify");
}

/* Every field that section "status --json" of the manual promises, and its type. */
static void allow_status_json_with_every_field(void **state)
{
	static const struct {
		const char *path;
		enum json_type type;
	} fields[] = {
		{ "schema", json_type_string }, { "state", json_type_string },
		{ "policy.name", json_type_string }, { "policy.path", json_type_string },
		{ "policy.digest", json_type_string }, { "policy.signed_by", json_type_null },
		{ "policy.serial", json_type_int }, { "guards", json_type_array },
		{ "attachments.expected", json_type_int }, { "attachments.live", json_type_int },
		{ "log.capacity", json_type_int }, { "log.records", json_type_int },
		{ "log.overwritten", json_type_int }, { "log.lost", json_type_object },
		{ "reader", json_type_string }, { "kernel.release", json_type_string },
		{ "kernel.lsm", json_type_string },
	};
	struct json_object *status = status_json(2);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		struct json_object *value = NULL;

		if (!find_field(status, fields[i].path, &value))
			print_message("# there is no %s\n", fields[i].path);
		assert_true(find_field(status, fields[i].path, &value));
		assert_int_equal(json_object_get_type(value), fields[i].type);
	}
	json_object_put(status);
}

static void allow_status_json_with_true_values(void **state)
{
	struct json_object *status = status_json(2);
	char digest[80], text[16];
	struct set_info set = live_set();
	struct utsname name;

	(void)state;
	snprintf(digest, sizeof(digest), "sha256:%.64s", RUN("sha256sum", POLICY)->out);
	uname(&name);
	assert_field(status, "schema", "hardenctl.status/1");
	assert_field(status, "state", "loaded");
	assert_field(status, "policy.name", "selftest");
	assert_field(status, "policy.path", POLICY);
	assert_field(status, "policy.digest", digest);
	assert_field(status, "policy.serial", "0");
	snprintf(text, sizeof(text), "%u", set.attachments);
	assert_field(status, "attachments.expected", text);
	assert_field(status, "attachments.live", text);
	assert_field(status, "log.capacity", "32768");
	assert_field(status, "log.overwritten", "0");
	assert_field(status, "reader", "down");
	assert_field(status, "kernel.release", name.release);
	assert_non_null(strstr(field(status, "kernel.lsm"), "bpf"));
	json_object_put(status);
}

static struct json_object *guard_row(struct json_object *status, int guard)
{
	struct json_object *list, *row;

	assert_true(json_object_object_get_ex(status, "guards", &list));
	assert_int_equal(json_object_array_length(list), GUARD_COUNT);
	row = json_object_array_get_idx(list, guard);
	assert_field(row, "name", guard_names[guard]);
	return row;
}

static __u64 number(struct json_object *json, const char *path)
{
	struct json_object *value = NULL;

	assert_true(find_field(json, path, &value));
	assert_int_equal(json_object_get_type(value), json_type_int);
	return json_object_get_uint64(value);
}

static void allow_one_row_for_each_guard(void **state)
{
	struct json_object *status = status_json(2);
	struct set_info set = live_set();

	(void)state;
	for (int guard = 0; guard < GUARD_COUNT; guard++) {
		struct json_object *row = guard_row(status, guard);

		assert_field(row, "mode", mode_names[set.mode[guard]]);
		assert_field(row, "canary", set.mode[guard] == MODE_OFF ? "untested" : "refused");
		assert_int_equal(number(row, "rules"), set.rules[guard]);
		assert_true(number(row, "would_deny") == 0);
	}
	assert_int_equal(number(guard_row(status, GUARD_egress), "rules"), 2);
	assert_true(number(guard_row(status, GUARD_exec), "rules") > 0);
	json_object_put(status);
}

static void allow_denied_to_grow_by_refusals_alone(void **state)
{
	struct json_object *first = status_json(2), *second, *third;

	(void)state;
	assert_int_equal(connect_unlisted(9), EPERM);
	second = status_json(2);
	third = status_json(2);
	for (int guard = 0; guard < GUARD_COUNT; guard++) {
		__u64 was = number(guard_row(first, guard), "denied");
		__u64 is = number(guard_row(second, guard), "denied");

		assert_int_equal(is - was, guard == GUARD_egress);
		assert_int_equal(number(guard_row(third, guard), "denied"), is);
	}
	/* Its canaries are recorded all the same. */
	assert_true(number(third, "log.records") > number(second, "log.records"));
	json_object_put(first);
	json_object_put(second);
	json_object_put(third);
}

static void allow_the_last_refusal_of_each_guard(void **state)
{
	struct mark before = mark();
	struct json_object *records, *record, *status, *row;
	char shown[64];

	(void)state;
	assert_int_equal(connect_unlisted(9), EPERM);
	/* The canaries of this come after it. */
	status = status_json(2);
	records = records_since(&before, GUARD_egress);
	assert_int_equal(json_object_array_length(records), 1);
	record = json_object_array_get_idx(records, 0);
	row = guard_row(status, GUARD_egress);
	assert_int_equal(number(row, "last.seq"), number(record, "seq"));
	assert_int_equal(number(row, "last.boot_ns"), number(record, "boot_ns"));
	assert_field(row, "last.reason", "unlisted");
	assert_null(field(guard_row(status, GUARD_modules), "last"));
	snprintf(shown, sizeof(shown), "s ago #%llu ", (unsigned long long)number(record, "seq"));
	assert_non_null(strstr(HARDEN(2, "status")->out, shown));
	json_object_put(records);
	json_object_put(status);
}

/* It shows what it shows at once, and runs no canary for the next screen: these would fill the log. */
static void allow_a_watch_until_it_is_told_to_stop(void **state)
{
	struct json_object *first, *second;
	char text[65536], *line;
	int status;
	pid_t pid;

	(void)state;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		dup2(open("/tmp/watch", O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
		execl(HARDENCTL, HARDENCTL, "status", "--watch", "--json", NULL);
		_exit(127);
	}
	for (int i = 0; i < 300; i++) {
		slurp("/tmp/watch", text, sizeof(text));
		line = strchr(text, '\n');
		if (line && strchr(line + 1, '\n'))
			break;
		usleep(100000);
	}
	assert_int_equal(kill(pid, SIGINT), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
	line = strchr(text, '\n');
	assert_non_null(line);
	*line = 0;
	first = parse_json(text);
	text[strcspn(line + 1, "\n") + (line + 1 - text)] = 0;
	second = parse_json(line + 1);
	assert_field(second, "state", "loaded");
	assert_int_equal(number(second, "log.records"), number(first, "log.records"));
	json_object_put(first);
	json_object_put(second);
	unlink("/tmp/watch");
}

/* That would take the longer, the longer the log is. */
static void allow_no_search_for_what_is_far_back_in_the_log(void **state)
{
	struct json_object *status;

	(void)state;
	assert_int_equal(RUN("sh", "-c", ":")->status, 127);
	status = status_json(2);
	assert_field(guard_row(status, GUARD_exec), "last.reason", "shell");
	json_object_put(status);
	/* To many ports: what is refused again and again is not a record each. */
	for (int i = 0; i < STATUS_WALK; i++)
		assert_int_equal(connect_unlisted(10000 + i), EPERM);
	status = status_json(2);
	assert_true(number(guard_row(status, GUARD_exec), "denied") > 0);
	assert_null(field(guard_row(status, GUARD_exec), "last"));
	assert_field(guard_row(status, GUARD_egress), "last.reason", "unlisted");
	json_object_put(status);
}

static void allow_colours_where_they_are_asked_for(void **state)
{
	(void)state;
	assert_non_null(strstr(HARDEN(2, "status", "--color=always")->out, "\033[33mo\033[0m loaded: "));
	assert_null(strchr(HARDEN(2, "status", "--color", "auto")->out, '\033'));
}

static void allow_metrics_with_true_values(void **state)
{
	static const char denials[] = "hardenctl_denials_total{guard=\"egress\",reason=\"unlisted\"}";
	struct set_info set = live_set();
	struct mark before;
	char policy[256];
	struct ran *ran;
	long long was;

	(void)state;
	ran = HARDEN(0, "metrics");
	assert_true(prom_valid(ran->out));
	assert_int_equal(prom_value(ran->out, "hardenctl_loaded"), 1);
	assert_int_equal(prom_value(ran->out, "hardenctl_sealed"), 0);
	assert_int_equal(prom_value(ran->out, "hardenctl_reader_up"), 0);
	assert_int_equal(prom_value(ran->out, "hardenctl_guard_mode{guard=\"exec\",mode=\"enforce\"}"), 1);
	assert_int_equal(prom_value(ran->out, "hardenctl_guard_mode{guard=\"data\",mode=\"off\"}"), 1);
	assert_int_equal(prom_value(ran->out, "hardenctl_attachments_expected"), set.attachments);
	assert_int_equal(prom_value(ran->out, "hardenctl_attachments_live"), set.attachments);
	snprintf(policy, sizeof(policy), "hardenctl_policy_info{name=\"selftest\",digest=\"%.79s\",serial=\"0\"}",
		 set.digest);
	assert_int_equal(prom_value(ran->out, policy), 1);
	was = prom_value(ran->out, denials);
	assert_int_equal(connect_unlisted(9), EPERM);
	before = mark();
	ran = HARDEN(0, "metrics");
	assert_int_equal(prom_value(ran->out, denials), was + 1);
	assert_int_equal(prom_value(ran->out, denials), before.denied[GUARD_egress]);
	/* It is polled, so it runs no canary. */
	assert_int_equal(prom_value(ran->out, "hardenctl_log_records_total"), before.newest);
	assert_int_equal(mark().newest, before.newest);
}

static unsigned int files_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;	/* "." and ".." */
}

static void allow_metrics_in_a_file_whole_or_not_at_all(void **state)
{
	char text[sizeof(((struct ran *)0)->out)];
	struct ran *ran;
	struct stat st;

	(void)state;
	ran = HARDEN(1, "metrics", "--textfile", METRICS);
	assert_non_null(strstr(ran->err, "write '" METRICS "': No such file or directory"));
	assert_int_equal(mkdir(METRICS_DIR, 0755), 0);
	/* One page, which this takes. */
	assert_int_equal(mount("small", METRICS_DIR, "tmpfs", 0, "size=4k"), 0);
	spill(METRICS, "old");
	ran = HARDEN(1, "metrics", "--textfile", METRICS);
	assert_non_null(strstr(ran->err, "write '" METRICS "': No space left on device"));
	slurp(METRICS, text, sizeof(text));
	assert_string_equal(text, "old");
	assert_int_equal(files_in(METRICS_DIR), 1);
	assert_int_equal(umount(METRICS_DIR), 0);

	umask(077);
	ran = HARDEN(0, "metrics", "--textfile=" METRICS);
	umask(022);
	assert_string_equal(ran->out, "");
	assert_int_equal(stat(METRICS, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	slurp(METRICS, text, sizeof(text));
	assert_true(prom_valid(text));
	assert_string_equal(HARDEN(0, "metrics")->out, text);
	HARDEN(1, "metrics", "--textfile", METRICS "/");
	assert_int_equal(files_in(METRICS_DIR), 1);
	unlink(METRICS);
	rmdir(METRICS_DIR);
}

/* What root can do before the seal: take a program off the cgroup root. */
static void detach(const char *program)
{
	struct set_info set = live_set();
	int cgroup = kernel_cgroup_root(), fd;

	for (__u32 i = 0; i < set.attachments; i++) {
		if (strcmp(set.attachment[i].name, program))
			continue;
		fd = bpf_prog_get_fd_by_id(set.attachment[i].prog_id);
		assert_int_equal(bpf_prog_detach2(fd, cgroup, set.attachment[i].attach_type), 0);
		close(fd);
		close(cgroup);
		return;
	}
	fail_msg("there is no program %s", program);
}

static void deny_proof_where_a_program_is_gone(void **state)
{
	struct json_object *status;
	struct ran *ran;

	(void)state;
	detach(EXEC_PROGRAM);
	ran = HARDEN(2, "status");
	assert_non_null(strstr(ran->out, "NOT every guard holds"));
	assert_non_null(strstr(ran->out, "hint: "));
	status = status_json(2);
	assert_int_equal(number(status, "attachments.live"),
			 number(status, "attachments.expected") - 1);
	assert_field(guard_row(status, GUARD_exec), "canary", "passed");
	assert_field(guard_row(status, GUARD_ptrace), "canary", "refused");
	assert_int_equal(prom_value(HARDEN(0, "metrics")->out, "hardenctl_attachments_live"),
			 number(status, "attachments.live"));
	json_object_put(status);
	assert_non_null(strstr(HARDEN(2, "verify")->out, "canary passed"));
}

/* The guard's first attempt, connect(2), is still refused. */
static void deny_proof_where_a_program_beside_the_first_is_gone(void **state)
{
	struct json_object *status = status_json(2);

	(void)state;
	assert_field(guard_row(status, GUARD_egress), "canary", "refused");
	json_object_put(status);
	detach("egress__sendmsg4");
	status = status_json(2);
	assert_field(guard_row(status, GUARD_egress), "canary", "passed");
	assert_field(guard_row(status, GUARD_ptrace), "canary", "refused");
	json_object_put(status);
}

static void allow_load_to_repair_it(void **state)
{
	struct json_object *status;

	(void)state;
	HARDEN(0, "load", "--policy", POLICY);
	HARDEN(0, "verify");
	status = status_json(2);
	assert_int_equal(number(status, "attachments.live"),
			 number(status, "attachments.expected"));
	assert_field(guard_row(status, GUARD_exec), "canary", "refused");
	assert_field(guard_row(status, GUARD_egress), "canary", "refused");
	json_object_put(status);
}

int main(void)
{
	const struct CMUnitTest before[] = {
		cmocka_unit_test(allow_status_1_where_nothing_is_loaded),
		cmocka_unit_test(allow_metrics_where_nothing_is_loaded),
	};
	const struct CMUnitTest after[] = {
		cmocka_unit_test(allow_status_2_where_it_is_not_sealed),
		cmocka_unit_test(allow_status_json_with_every_field),
		cmocka_unit_test(allow_status_json_with_true_values),
		cmocka_unit_test(allow_one_row_for_each_guard),
		cmocka_unit_test(allow_denied_to_grow_by_refusals_alone),
		cmocka_unit_test(allow_the_last_refusal_of_each_guard),
		cmocka_unit_test(allow_a_watch_until_it_is_told_to_stop),
		cmocka_unit_test(allow_colours_where_they_are_asked_for),
		cmocka_unit_test(allow_metrics_with_true_values),
		cmocka_unit_test(allow_metrics_in_a_file_whole_or_not_at_all),
		cmocka_unit_test(allow_no_search_for_what_is_far_back_in_the_log),
		cmocka_unit_test(deny_proof_where_a_program_is_gone),
		cmocka_unit_test(deny_proof_where_a_program_beside_the_first_is_gone),
		cmocka_unit_test(allow_load_to_repair_it),
	};
	int failed = cmocka_run_group_tests(before, NULL, NULL);

	return failed + cmocka_run_group_tests(after, load_enforce, unload);
}
